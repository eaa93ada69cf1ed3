"""
ChanServ, for single messages: the clients here know nothing of message ids.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import Irc, IrcDoors, by, said


@pytest.fixture
def bea(doors: IrcDoors) -> Irc:
    """
    Somebody who made a channel.
    """
    client = doors.enter("bea")
    client.send("JOIN #dev")
    return client


def joined(doors: IrcDoors, nick: str, *caps: str) -> Irc:
    """
    Somebody else in it.
    """
    client = doors.enter(nick, *caps)
    client.send("JOIN #dev")
    return client


def asked(client: Irc, text: str) -> list[str]:
    """
    What ChanServ answers.
    """
    return said(client.send(f"PRIVMSG ChanServ :{text}"))


def test_theHistoryHasNumbers(doors: IrcDoors, bea: Irc) -> None:
    cid = joined(doors, "cid")
    bea.send("PRIVMSG #dev :hello", "PRIVMSG #dev :\x01ACTION waves\x01", "NOTICE #dev :mind")
    cid.send("TOPIC #dev :none", "PRIVMSG #dev :bye")
    lines = asked(cid, "HISTORY #dev")
    assert [line.split(" ", 1)[1] for line in lines if "#" in line] == [
        "#1 <bea> hello",
        "#2 * bea waves",
        "#3 -bea- mind",
        "#5 <cid> bye",
    ]
    first, *rest = asked(cid, "history #dev 2 before 4")
    assert first == "… 1 earlier: HISTORY #dev before 2"
    assert [line.split(" ", 2)[1] for line in rest] == ["#2", "#3"]


def test_theHistoryHasDates(doors: IrcDoors, bea: Irc) -> None:
    bea.send("PRIVMSG #dev :yesterday")
    doors.net.clock.advance(24 * 3600)
    bea.send("PRIVMSG #dev :today")
    days = [line for line in asked(bea, "HISTORY #dev") if line.startswith("--- ")]
    assert days == ["--- Monday, 21 September 2026 ---", "--- Tuesday, 22 September 2026 ---"]


def test_whatHasSeveralLinesIsShownInSeveral(doors: IrcDoors, bea: Irc) -> None:
    cid = doors.net.guest("cid")
    room = doors.net.join("dev", cid)
    doors.net.now(cid.say(room, "one\ntwo"))
    lines = asked(bea, "HISTORY #dev")
    assert lines[-2].endswith("#1 <cid> one")
    assert lines[-1] == "  two"


def test_aMessageIsEditedAndEverybodyReadsIt(doors: IrcDoors, bea: Irc) -> None:
    cid = joined(doors, "cid")
    bea.send("PRIVMSG #dev :helo", "PRIVMSG #dev :there")
    cid.got()
    assert asked(bea, "EDIT #dev 1 hello, you two") == ["#1 now reads: hello, you two"]
    assert cid.got() == [by("bea") + "PRIVMSG #dev :hello, you two (edited)"]
    assert asked(bea, "EDIT #dev last \x02Th\x02ere") == ["#2 now reads: There"]
    assert asked(cid, "EDIT #dev 1 hijacked") == ["Message 1 is not yours."]
    assert asked(bea, "EDIT #dev 99 what") == [
        "There is no message 99 here that you could use for this."
    ]


def test_aTextIsAsItWasTyped(doors: IrcDoors, bea: Irc) -> None:
    cid = joined(doors, "cid")
    bea.send("PRIVMSG #dev :x")
    cid.got()
    for line in ("EDIT #dev last a   b ", "REPLY #dev 1 a   b", "TOPIC #dev  a   b"):
        asked(bea, line)
    assert cid.got() == [
        by("bea") + "PRIVMSG #dev :a   b (edited)",
        by("bea") + "PRIVMSG #dev :a   b",
        by("bea") + "TOPIC #dev :a   b",
    ]


def test_aMessageIsDeleted(doors: IrcDoors, bea: Irc) -> None:
    cid = joined(doors, "cid", "draft/message-redaction", "message-tags")
    bea.send("PRIVMSG #dev :secret")
    (line,) = cid.got()
    id = line.split(" ")[0].removeprefix("@msgid=")
    assert asked(bea, "DELETE #dev last oh no") == ["#1 is deleted"]
    assert cid.got() == [by("bea") + f"REDACT #dev {id} :oh no"]
    assert "secret" not in " ".join(asked(bea, "HISTORY #dev"))


def test_aMessageIsAnsweredAndReactedTo(doors: IrcDoors, bea: Irc) -> None:
    cid = joined(doors, "cid", "message-tags", "echo-message")
    bea.send("PRIVMSG #dev :lunch?")
    cid.got()
    assert asked(bea, "REPLY #dev 1 yes please") == ["Said."]
    assert "+reply=" in (line := cid.got()[0])
    assert line.endswith("PRIVMSG #dev :yes please")
    assert asked(bea, "REACT #dev 1 👍") == ["👍 is at #1 now"]
    assert cid.got()[0].endswith("TAGMSG #dev")
    assert asked(bea, "UNREACT #dev 1 👍") == ["👍 is no longer at #1"]


def test_itIsSearchedInTheChannelAlone(doors: IrcDoors, bea: Irc) -> None:
    bea.send("JOIN #other", "PRIVMSG #other :cake", "PRIVMSG #dev :cake too", "PRIVMSG #dev :tea")
    lines = asked(bea, "SEARCH #dev cake")
    assert lines[:2] == ["1 message found:", "In dev:"]
    assert lines[2].endswith("#1 <bea> cake too")
    assert asked(bea, "SEARCH #dev from:cid cake") == ["Nothing was found"]


def test_aMessageIsReportedByItsNumberOrByWhoSaidIt(doors: IrcDoors, bea: Irc) -> None:
    cid = joined(doors, "cid")
    cid.send("PRIVMSG #dev :one", "PRIVMSG #dev :two")
    operator = doors.net.operator("olga")
    told = ["The operators of the network are told"]
    assert asked(bea, "REPORT #dev #1 rude") == told
    assert asked(bea, "REPORT #dev cid") == told
    doors.net.join("operators", operator)
    page = doors.net.now(operator.history(operator.roomNamed("operators").id))
    assert [event.text for event in page.events if event.kind == "said"] == [
        "bea reports dev/1 of cid (rude)",
        "dev/1: <cid> one",
        "bea reports dev/2 of cid",
        "dev/2: <cid> two",
    ]
    assert asked(bea, "REPORT #dev nobody") == ["nobody has said nothing in #dev."]


def test_aChannelIsArchivedByItsOwner(doors: IrcDoors) -> None:
    doors.net.registered("ann").logout()
    ann = doors.enter("anna")
    ann.send("NS IDENTIFY ann correct horse", "JOIN #work")
    (line,) = asked(ann, "ARCHIVE #work")
    assert line == "work is archived: it can be read, and UNARCHIVE #work opens it again"
    assert "PRIVMSG" not in ann.send("PRIVMSG #work :more")[0]
    assert asked(ann, "UNARCHIVE #work") == ["work is open again"]
    assert asked(doors.enter("bea"), "ARCHIVE #work") == ["You are not in work."]


@pytest.mark.parametrize("text", ["EDIT #dev", "DELETE #dev", "REPORT #dev", "HISTORY #dev x y"])
def test_aWrongUseIsToldItsUsage(bea: Irc, text: str) -> None:
    (line,) = asked(bea, text)
    assert line.startswith(f"Usage: {text.split()[0]} #CHANNEL ")


def test_elsewhereNothingIsDone(doors: IrcDoors, bea: Irc) -> None:
    cid = doors.enter("cid")
    for text in ("HISTORY #dev", "EDIT #dev 1 x", "SEARCH #dev x", "REPORT #dev bea"):
        assert asked(cid, text) == ["You are not in dev."]
