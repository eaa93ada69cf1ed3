"""
L{twisted_chat.frontends.irc.talklines}: messages, edits, deletions and reactions as IRC lines.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frontends.irc.spelled import (
    ALEX,
    BEA,
    FROM_ALEX,
    FROM_BEA,
    NOBODY,
    PASSING_TAGS,
    PLAIN,
    SERVER,
    TAGGED,
    TAGS,
    event,
    having,
    lines,
)
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Reacted,
    Restored,
    Said,
    Tagged,
    Unreacted,
)
from twisted_chat.domain.names import cleanText
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Author
from twisted_chat.frontends.irc.ircformat import ircFormat
from twisted_chat.frontends.irc.message import clientTags
from twisted_chat.frontends.irc.talklines import CUTS, MOST_CLIENT_TAGS

MULTILINE = having("message-tags", "batch", "draft/multiline")
REDACTING = having("message-tags", "draft/message-redaction")

LONG = "word " * 200 + "end"


def said(text: str = "hi all", **fields: Any) -> Said:
    return event(Said, text=text, **fields)


# Messages.


def test_aMessageIsAPrivmsgToTheChannel() -> None:
    assert lines(PLAIN, said()) == [FROM_ALEX + "PRIVMSG #lobby :hi all"]


def test_aRoomWhoseNameBeginsWithASignHasTwo() -> None:
    assert lines(PLAIN, said(), "#x") == [FROM_ALEX + "PRIVMSG ##x :hi all"]


def test_aNoticeIsANoticeAndAnActionIsCtcp() -> None:
    assert lines(PLAIN, said(notice=True)) == [FROM_ALEX + "NOTICE #lobby :hi all"]
    assert lines(PLAIN, said("waves", action=True)) == [
        FROM_ALEX + "PRIVMSG #lobby :\x01ACTION waves\x01"
    ]


def test_aPrivateMessageGoesToWhomItIsFor() -> None:
    assert lines(PLAIN, said(peer=BEA), "") == [FROM_ALEX + "PRIVMSG bea :hi all"]


def test_whoHasNoUserAndHostGetsThoseOfTheServer() -> None:
    author = Author("p-carl", "carl")
    assert lines(PLAIN, said(author=author)) == [":carl!~u@irc.example PRIVMSG #lobby :hi all"]


@pytest.mark.parametrize(
    ("name", "nick"),
    [
        ("x PRIVMSG #ops :hi", "x_PRIVMSG_#ops_:hi"),
        ("a!b@c", "a_b_c"),
        (":a", "_a"),
        ("", "*"),
        ("carl/matrix", "carl/matrix"),
    ],
)
def test_whoIsCalledWhatNobodyIsCalledHereIsNotTakenForACommand(name: str, nick: str) -> None:
    author = Author("p-x", name)
    assert lines(PLAIN, said(author=author)) == [f":{nick}!~u@irc.example PRIVMSG #lobby :hi all"]


def test_whatNobodySaysTheServerSays() -> None:
    assert lines(PLAIN, said(author=NOBODY)) == [":irc.example PRIVMSG #lobby :hi all"]


@pytest.mark.parametrize(
    ("cap", "tags"),
    [
        ("message-tags", "@msgid=e1 "),
        ("server-time", "@time=2026-11-21T14:02:00.123Z "),
        ("account-tag", "@account=alex "),
        ("draft/multiline", ""),
    ],
)
def test_eachTagIsForWhoHasAskedForIt(cap: str, tags: str) -> None:
    assert lines(having(cap), said()) == [tags + FROM_ALEX + "PRIVMSG #lobby :hi all"]


def test_tagsStandTogether() -> None:
    assert lines(TAGGED, said()) == [TAGS + FROM_ALEX + "PRIVMSG #lobby :hi all"]


def test_aGuestHasNoAccountTag() -> None:
    assert lines(having("account-tag"), said(author=BEA)) == [FROM_BEA + "PRIVMSG #lobby :hi all"]


def test_whatHasNoTimeYetHasNoTimeTag() -> None:
    assert lines(having("server-time"), said(at=0.0)) == [FROM_ALEX + "PRIVMSG #lobby :hi all"]


def test_aTimeIsShownAsItWasMeant() -> None:
    line = lines(having("server-time"), said(at=1795269720.007))
    assert line is not None
    assert line[0].startswith("@time=2026-11-21T14:02:00.007Z ")


def test_clientsTagsGoOnAfterTheServers() -> None:
    what = said(tags=(("+typing", "done"), ("+a", "b; c"), ("+bare", "")))
    assert lines(having("message-tags"), what) == [
        "@msgid=e1;+typing=done;+a=b\\:\\sc;+bare " + FROM_ALEX + "PRIVMSG #lobby :hi all"
    ]
    assert lines(having("server-time"), what) == lines(having("server-time"), said())


def test_aTagOfTheServersOwnCannotComeFromAClient() -> None:
    what = said(tags=(("account", "bea"), ("+bad key", "x"), ("+", "x"), ("", "x")))
    assert lines(having("message-tags"), what) == lines(having("message-tags"), said())


def test_aReplySaysToWhatByBothNamesOfTheTag() -> None:
    assert lines(REDACTING, said(replyId="e0")) == [
        "@msgid=e1;+reply=e0;+draft/reply=e0 " + FROM_ALEX + "PRIVMSG #lobby :hi all"
    ]
    own = said(replyId="e0", tags=(("+draft/reply", "e0"),))
    assert lines(REDACTING, own) == [
        "@msgid=e1;+draft/reply=e0;+reply=e0 " + FROM_ALEX + "PRIVMSG #lobby :hi all"
    ]


def test_whatIsForOperatorsGoesToThemOnly() -> None:
    what = said(atLeast=int(Role.OPERATOR))
    assert lines(PLAIN, what) == [FROM_ALEX + "PRIVMSG @#lobby :hi all"]


def test_stylesAreCodes() -> None:
    what = said(styles=((0, 2, "b"),))
    assert lines(PLAIN, what) == [FROM_ALEX + "PRIVMSG #lobby :\x02hi\x0f all"]


def test_whatWasDeletedIsNotSpelled() -> None:
    assert lines(PLAIN, said("")) is None


# Messages of several lines.


def test_eachLineIsOneMessageAndBlankOnesAreLeftOut() -> None:
    assert lines(TAGGED, said("one\n\ntwo")) == [
        TAGS + FROM_ALEX + "PRIVMSG #lobby :one",
        PASSING_TAGS + FROM_ALEX + "PRIVMSG #lobby :two",
    ]


def test_severalLinesAreABatchForWhoHasThat() -> None:
    assert lines(MULTILINE, said("one\n\ntwo", notice=True, tags=(("+x", "y"),))) == [
        "@msgid=e1;+x=y " + FROM_ALEX + "BATCH +e1 draft/multiline #lobby",
        "@batch=e1 " + FROM_ALEX + "NOTICE #lobby :one",
        "@batch=e1 " + FROM_ALEX + "NOTICE #lobby :",
        "@batch=e1 " + FROM_ALEX + "NOTICE #lobby :two",
        FROM_ALEX + "BATCH -e1",
    ]


def test_thereIsNoBatchForWhoDoesNotKnowBatches() -> None:
    without = having("message-tags", "draft/multiline")
    assert lines(without, said("one\ntwo")) == lines(having("message-tags"), said("one\ntwo"))


def test_oneLineNeedsNoBatch() -> None:
    assert lines(MULTILINE, said()) == ["@msgid=e1 " + FROM_ALEX + "PRIVMSG #lobby :hi all"]


def test_aLongLineIsCutAtWordEnds() -> None:
    first, *others = lines(TAGGED, said(LONG)) or []
    assert first.startswith(TAGS)
    texts = [line.partition(" :")[2].partition(" :")[2] for line in (first, *others)]
    assert "".join(texts) == LONG
    assert all(text.endswith(" ") for text in texts[:-1])
    assert others
    assert not any("msgid=" in line for line in others)


def test_inABatchThePiecesOfALongLineAreOneLineAgain() -> None:
    _, first, *others, _ = lines(MULTILINE, said(LONG)) or []
    assert first.startswith("@batch=e1 :")
    assert others
    assert all(line.startswith("@batch=e1;draft/multiline-concat :") for line in others)
    assert len(first.partition(" ")[2].encode()) > 480


def test_aTextIsCutWhereItsAuthorsClientHadCutIt() -> None:
    what = said("hello\n#how is everyone?", tags=((CUTS, "14,3,x,99,6"),))
    assert lines(PLAIN, what) == [
        FROM_ALEX + "PRIVMSG #lobby :hel",
        FROM_ALEX + "PRIVMSG #lobby :lo",
        FROM_ALEX + "PRIVMSG #lobby :#how is ",
        FROM_ALEX + "PRIVMSG #lobby :everyone?",
    ]
    assert (lines(MULTILINE, what) or [])[3:5] == [
        "@batch=e1 " + FROM_ALEX + "PRIVMSG #lobby :#how is ",
        "@batch=e1;draft/multiline-concat " + FROM_ALEX + "PRIVMSG #lobby :everyone?",
    ]


def test_aTextThatIsAnotherByNowIsNotCutWhereTheFirstOneWas() -> None:
    what = said("entirely different text", tags=((CUTS, "11"),), edited=True)
    for format in (PLAIN, MULTILINE):
        spelled = lines(format, what)
        assert spelled is not None
        assert [line.rpartition(":")[2] for line in spelled] == [what.text]


def test_everyPieceHasTheTagsOfClients() -> None:
    both = lines(having("message-tags"), said("one\ntwo", tags=(("+x", "y"),))) or []
    assert [line.partition(" ")[0] for line in both] == ["@msgid=e1;+x=y", "@+x=y"]


def test_anActionOfSeveralLinesIsOneForEach() -> None:
    expected = [
        "@msgid=e1 " + FROM_ALEX + "PRIVMSG #lobby :\x01ACTION waves\x01",
        FROM_ALEX + "PRIVMSG #lobby :\x01ACTION and goes\x01",
    ]
    assert lines(MULTILINE, said("waves\nand goes", action=True)) == expected


def test_stylesGoOnInTheNextPiece() -> None:
    both = lines(PLAIN, said("one\ntwo", styles=((0, 3, "b"), (4, 7, "b")))) or []
    assert [line.partition(" :")[2] for line in both] == ["\x02one", "\x02two"]


# Edits, deletions, reactions.


def edited(text: str = "new", **fields: Any) -> Edited:
    return event(Edited, target=7, targetId="e0", targetAuthor=ALEX, text=text, **fields)


def deleted(**fields: Any) -> Deleted:
    return event(Deleted, target=7, targetId="e0", **({"targetAuthor": ALEX} | fields))


def test_anEditIsARedactionAndAReply() -> None:
    assert lines(REDACTING, edited()) == [
        FROM_ALEX + "REDACT #lobby e0 edited",
        "@msgid=e1;+reply=e0;+draft/reply=e0 " + FROM_ALEX + "PRIVMSG #lobby :new",
    ]


def test_anEditIsTheNewTextWithAMarkForWhoCannotRedact() -> None:
    assert lines(PLAIN, edited()) == [FROM_ALEX + "PRIVMSG #lobby :new (edited)"]
    assert lines(having("message-tags"), edited("a\nb")) == [
        "@msgid=e1;+reply=e0;+draft/reply=e0 " + FROM_ALEX + "PRIVMSG #lobby :a",
        "@+reply=e0;+draft/reply=e0 " + FROM_ALEX + "PRIVMSG #lobby :b (edited)",
    ]


def test_anEditOfWhatWasDeletedSinceIsNotSpelled() -> None:
    assert lines(REDACTING, edited("")) is None
    assert lines(PLAIN, edited("")) is None


def test_aPrivateEditGoesToWhomTheMessageWasFor() -> None:
    assert lines(REDACTING, edited(peer=BEA), "")[:1] == [FROM_ALEX + "REDACT bea e0 edited"]  # type: ignore[index]


def test_aDeletionIsARedaction() -> None:
    assert lines(REDACTING, deleted()) == [FROM_ALEX + "REDACT #lobby e0"]
    assert lines(REDACTING, deleted(reason="no ads")) == [FROM_ALEX + "REDACT #lobby e0 :no ads"]


def test_whoCannotRedactIsToldOfADeletion() -> None:
    assert lines(PLAIN, deleted()) == [FROM_ALEX + "NOTICE #lobby :deleted a message"]
    assert lines(PLAIN, deleted(targetAuthor=BEA, reason="ads")) == [
        FROM_ALEX + "NOTICE #lobby :deleted a message of bea's (ads)"
    ]
    assert lines(PLAIN, deleted(peer=BEA), "") == [FROM_ALEX + "NOTICE bea :deleted a message"]


def test_whoCannotRedactIsNotToldOfEachOfManyDeletions() -> None:
    assert lines(PLAIN, deleted(act="a1")) is None
    assert lines(REDACTING, deleted(act="a1")) == [FROM_ALEX + "REDACT #lobby e0"]


def test_aRestoredMessageComesFromWhoSaidIt() -> None:
    what = event(Restored, target=7, targetId="e0", targetAuthor=BEA, text="hi")
    assert lines(REDACTING, what) == [
        "@msgid=e1;+reply=e0;+draft/reply=e0 " + FROM_BEA + "PRIVMSG #lobby :hi"
    ]
    assert lines(PLAIN, what) is None


def test_reactionsAreTags() -> None:
    given = {"target": 7, "targetId": "e0", "emoji": "👍"}
    for kind, tag in ((Reacted, "react"), (Unreacted, "unreact")):
        what = event(kind, **given)
        assert lines(having("message-tags"), what) == [
            f"@msgid=e1;+draft/{tag}=👍;+reply=e0;+draft/reply=e0 {FROM_ALEX}TAGMSG #lobby"
        ]
        assert lines(having("server-time"), what) is None


def test_ofAReactionThatIsGoneFromTheLogOnlyItsIdIsTold() -> None:
    what = event(Unreacted, target=7, targetId="e0", emoji="", reaction="e5")
    assert lines(REDACTING, what) == [FROM_ALEX + "REDACT #lobby e5"]
    assert lines(TAGGED, what) is None


def test_whatClientsTellEachOtherIsTags() -> None:
    what = event(Tagged, tags=(("+typing", "active"),), atLeast=int(Role.VOICE))
    assert lines(TAGGED, what) == [TAGS.strip() + ";+typing=active " + FROM_ALEX + "TAGMSG +#lobby"]
    assert lines(having("server-time"), what) is None
    assert lines(TAGGED, event(Tagged, tags=())) is None


# Whatever people write.

NAMES = st.sampled_from(["a", "bea", "ü" * 32, "😀" * 16])
PEOPLE = st.builds(
    lambda name, user, host: Author("p", name, name, user=user, host=host),
    NAMES,
    st.sampled_from(["", "~b", "~" + "u" * 17]),
    st.sampled_from(["", "b.cloak", "h" * 63]),
)
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            ["word ", "a" * 300, "\n", "\n\n", " " * 400, "a\u0301" * 80, "😀\u200d" * 60]
        ),
    ),
    max_size=12,
).map(lambda parts: cleanText("".join(parts)))
STYLES = st.lists(st.integers(0, 1200), max_size=40, unique=True).map(
    lambda ends: tuple(
        (first, last, "bc4,12") for first, last in zip(*[iter(sorted(ends))] * 2, strict=False)
    )
)
CLIENT_TAGS = st.dictionaries(
    st.text(max_size=20).map(lambda key: "+" + key), st.text(max_size=3000), max_size=5
)
CAPS = st.sets(
    st.sampled_from(
        ["message-tags", "server-time", "account-tag", "batch", "draft/multiline",
         "draft/message-redaction"]
    )
)  # fmt: skip


@given(CAPS, PEOPLE, TEXTS, STYLES, CLIENT_TAGS, st.booleans(), st.sampled_from(["", "é" * 50]))
def test_noLineIsTooLongOrBroken(
    caps: set[str],
    author: Author,
    text: str,
    styles: tuple[tuple[int, int, str], ...],
    tags: dict[str, str],
    action: bool,
    place: str,
) -> None:
    fields = {"author": author, "peer": author, "id": "f" * 24}
    target = {"target": 1, "targetId": "e" * 24}
    for what in (
        said(text, styles=styles, action=action, tags=tuple(tags.items()), **fields),
        event(Edited, text=text, **target, **fields),
        event(Reacted, emoji=text[:16], **target, **fields),
        event(Tagged, tags=tuple(clientTags(tags).items()), **fields),
    ):
        spelled = ircFormat(frozenset(caps), SERVER).spell(what, place)
        for line in (spelled or b"").split(b"\r\n")[:-1]:
            line.decode()
            assert not set(line) & set(b"\r\n\0")
            before, _, rest = line.partition(b" ") if line[:1] == b"@" else (b"", b"", line)
            assert rest.startswith(b":")
            assert len(rest) <= 510
            assert len(before) + 1 <= 8191
        assert spelled is None or spelled.endswith(b"\r\n")


@given(TEXTS)
def test_nothingOfATextIsLost(text: str) -> None:
    spelled = lines(MULTILINE, said(text)) or []
    whole = ""
    for line in spelled:
        if " PRIVMSG #lobby :" in line:
            tags, _, piece = line.partition(" PRIVMSG #lobby :")
            whole += piece if "concat" in tags else "\n" + piece
    assert whole[1:] == text


def test_noMoreClientTagsThanMayBe() -> None:
    line = having("message-tags").spell(
        said(tags=(("+a", "x" * 4000), ("+b", "y" * 200), ("+c", "z"))), "lobby"
    )
    assert line is not None
    assert b"+a=" in line
    assert b"+b" not in line
    assert len(line.partition(b" ")[0]) <= MOST_CLIENT_TAGS + len("@msgid=e1;")
