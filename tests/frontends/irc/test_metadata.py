"""
Notes of people and channels, by METADATA.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from tests.frontends.clients import LIMITS
from tests.frontends.irc.clients import PASSWORD, Irc, IrcDoors
from twisted_chat.domain.keeping import MOST_KEYS
from twisted_chat.frontends.turns import Turn, Turns

SECOND, THIRD = "draft/metadata-2", "draft/metadata-3"


def inside(lines: list[str]) -> list[str]:
    """
    What is in the one batch that lines are.
    """
    begin, *rest, end = lines
    reference = re.fullmatch(r":\S+ BATCH \+(\S+) metadata\S*.*", begin)
    assert reference is not None
    assert end.endswith(f"BATCH -{reference[1]}")
    mark = f"@batch={reference[1]} :chat.example "
    assert all(line.startswith(mark) for line in rest)
    return [line.removeprefix(mark) for line in rest]


def two(doors: IrcDoors, cap: str) -> tuple[Irc, Irc]:
    """
    Two in one channel, of whom the second wants to be told of urls.
    """
    ann, bea = doors.enter("ann", cap, "batch"), doors.enter("bea", cap, "batch")
    for client in (ann, bea):
        client.send("JOIN #den")
    assert bea.send("METADATA * SUB url")[0] == ":chat.example 770 bea url"
    ann.got()
    return ann, bea


def test_whatIsSetIsRead(doors: IrcDoors) -> None:
    ann = doors.enter("ann", THIRD, "batch")
    assert ann.send("METADATA * SET url :http://example.org") == [
        ":chat.example 761 ann ann url * http://example.org"
    ]
    assert inside(ann.send("METADATA ann GET url other $x")) == [
        "761 ann ann url * http://example.org",
        "766 ann ann other :key not set",
        "FAIL METADATA KEY_INVALID $x :Nothing can be noted under $x: a key has small letters, "
        "digits, dots, slashes, - and _ in it.",
    ]
    assert inside(ann.send("METADATA * LIST")) == ["761 ann ann url * http://example.org"]
    assert ann.send("METADATA * SET url") == [":chat.example 766 ann ann url :key not set"]
    assert inside(ann.send("METADATA * LIST")) == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("METADATA nobody LIST", "FAIL METADATA INVALID_TARGET nobody :"),
        ("METADATA #nowhere LIST", "FAIL METADATA INVALID_TARGET #nowhere :"),
        ("METADATA a* LIST", "FAIL METADATA INVALID_TARGET a* :"),
        ("METADATA @ LIST", "FAIL METADATA INVALID_TARGET @ :"),
        ("METADATA * SING", "FAIL METADATA SUBCOMMAND_INVALID SING :"),
        ("METADATA * SET url", "FAIL METADATA KEY_NOT_SET * url :"),
        ("METADATA * SET $x :y", "FAIL METADATA KEY_INVALID $x :"),
        (f"METADATA * SET url :{'x' * 301}", "FAIL METADATA VALUE_INVALID :"),
        ("METADATA bea SET url :x", "FAIL METADATA KEY_NO_PERMISSION bea url :"),
        ("METADATA bea CLEAR", "FAIL METADATA KEY_NO_PERMISSION bea * :"),
        ("METADATA * GET", "461 ann METADATA :"),
    ],
)
def test_whatIsWrongIsToldByItsCode(doors: IrcDoors, line: str, answer: str) -> None:
    ann = doors.enter("ann", SECOND, "batch")
    doors.enter("bea")
    [said] = ann.send(line)
    assert said.startswith(f":chat.example {answer}")


def test_whoMayNotClearAChannelIsToldSoAlsoWhereThereIsNothing(doors: IrcDoors) -> None:
    ann, bea = two(doors, SECOND)
    refused = ":chat.example FAIL METADATA KEY_NO_PERMISSION #den * :"
    for _ in range(2):
        [said] = bea.send("METADATA #den CLEAR")
        assert said.startswith(refused)
        ann.send("METADATA #den SET url :x")
        bea.got()
    assert inside(ann.send("METADATA #den CLEAR")) == ["761 ann #den url * x"]
    assert inside(ann.send("METADATA #den CLEAR")) == []


def test_whoNotesTooMuchBeforeComingInComesInAllTheSame(doors: IrcDoors) -> None:
    session = doors.net.registered("ann")
    doors.net.join("den", session)
    for number in range(MOST_KEYS):
        doors.net.now(Deferred.fromCoroutine(session.setMetadata(f"k{number}", "x")))
    session.logout()
    doors.net.settle()
    ann = doors.connect()
    ann.send(f"CAP REQ :batch {SECOND} draft/pre-away", f"PASS :ann:{PASSWORD}", "AWAY :out")
    ann.send("METADATA * SET k0 :new", "METADATA * SET other :x", "NICK ann", "USER a 0 * :A")
    ann.got()
    said = ann.send("CAP END")
    begin = next(number for number, line in enumerate(said) if " BATCH " in line)
    end = next(number for number, line in enumerate(said) if " 422 " in line)
    assert said[begin - 1].startswith(":chat.example FAIL METADATA LIMIT_REACHED ann :")
    assert "METADATA ann k0 * new" in inside(said[begin:end])
    assert any("JOIN #den" in line for line in said[end:])
    assert ":chat.example 301 ann ann :out" in ann.send("WHOIS ann")


def test_whoIsPutOutWhileTheNotesAreLookedUpIsToldNoneOfThem(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bea = two(doors, SECOND)
    found: Deferred[dict[str, str]] = Deferred()
    bea.send("PART #den")
    monkeypatch.setattr(doors.net.store, "metadata", lambda target: found)
    bea.send("JOIN #den")
    ann.send("KICK #den bea")
    assert bea.got()[-1].endswith("KICK #den bea ann")
    found.callback({"url": "x"})
    doors.net.settle()
    assert bea.got() == []


def test_theThirdVersionHasAnotherCodeForValues(doors: IrcDoors) -> None:
    ann = doors.enter("ann", THIRD, "batch")
    [said] = ann.send(f"METADATA * SET url :{'x' * 301}")
    assert said.startswith(":chat.example FAIL METADATA INVALID_VALUE url :")


def test_bySecondVersionOneIsToldByAMessageOfItsOwn(doors: IrcDoors) -> None:
    ann, bea = two(doors, SECOND)
    ann.send("METADATA * SET url :x", "METADATA * SET other :y", "METADATA * SET url")
    assert bea.got() == [
        ":chat.example METADATA ann url * x",
        ":chat.example METADATA ann url *",
    ]


def test_byTheThirdVersionOneIsToldByNumerics(doors: IrcDoors) -> None:
    ann, bea = two(doors, THIRD)
    ann.send("METADATA * SET url :x", "METADATA * SET url", "METADATA #den SET url :y")
    assert bea.got() == [
        ":chat.example 761 bea ann url * x",
        ":chat.example 766 bea ann url :key not set",
        ":chat.example 761 bea #den url * y",
    ]


def test_ofSeveralSharedChannelsOneIsToldOnce(doors: IrcDoors) -> None:
    ann, bea = two(doors, THIRD)
    for client in (ann, bea):
        client.send("JOIN #other")
    bea.send("MONITOR + ann")
    ann.send("METADATA * SET url :x")
    assert [line for line in bea.got() if " 761 " in line] == [":chat.example 761 bea ann url * x"]


def test_whoWatchesANickIsToldToo(doors: IrcDoors) -> None:
    ann, bea = doors.enter("ann"), doors.enter("bea", THIRD, "batch", "setname")
    bea.send("METADATA * SUB url", "MONITOR + ann")
    ann.send("METADATA * SET url :x", "SETNAME :another")
    assert bea.got() == [":chat.example 761 bea ann url * x"]


def test_whoJoinsIsToldWhatTheyHaveSubscribedTo(doors: IrcDoors) -> None:
    ann = doors.enter("ann", THIRD, "batch")
    ann.send("JOIN #den", "METADATA * SET url :x", "METADATA #den SET url :y")
    bea = doors.enter("bea", THIRD, "batch")
    bea.send("METADATA * SUB url")
    said = bea.send("JOIN #den")
    at = next(number for number, line in enumerate(said) if " 366 " in line)
    assert inside(said[at + 1 :]) == ["761 bea #den url * y", "761 bea ann url * x"]
    assert inside(bea.send("METADATA #den SYNC")) == [
        "761 bea #den url * y",
        "761 bea ann url * x",
    ]
    assert inside(bea.send("METADATA ann SYNC")) == ["761 bea ann url * x"]


def test_subscriptionsAreKeptInOrderWithoutDoublesAndWithALimit(doors: IrcDoors) -> None:
    ann = doors.enter("ann", THIRD, "batch")
    ann.send("METADATA * SUB a b $ a")
    keys = [f"k{number}" for number in range(99)]
    said: list[str] = []
    for key in keys:
        said += ann.send(f"METADATA * SUB {key}")
    assert said[-1].startswith(":chat.example FAIL METADATA TOO_MANY_SUBS k98 :")
    assert ann.send("METADATA * UNSUB a none") == [":chat.example 771 ann a none"]
    listed = inside(ann.send("METADATA * SUBS"))
    assert [key for line in listed for key in line.split(" ")[2:]] == ["b", *keys[:98]]


def test_whatIsSetBeforeComingInIsToldWhenOneIsIn(doors: IrcDoors) -> None:
    ann = doors.connect()
    ann.send("CAP LS 302", f"CAP REQ :{THIRD} batch")
    assert ann.send("METADATA * SET url :x y", "METADATA * SUB url") == [
        ":chat.example 761 * * url * :x y",
        ":chat.example 770 * url",
    ]
    assert ann.send("METADATA ann LIST")[0].startswith(
        ":chat.example FAIL METADATA INVALID_TARGET ann :"
    )
    said = ann.send("NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert "761 ann ann url * :x y" in " ".join(said)
    motd = next(number for number, line in enumerate(said) if " 422 " in line or " 376 " in line)
    assert any("BATCH +" in line for line in said[:motd])
    assert ann.protocol.session.metadata == {"url": "x y"}


def test_allIsTakenBackAtOnce(doors: IrcDoors) -> None:
    ann, bea = two(doors, THIRD)
    ann.send("METADATA * SET url :x", "METADATA * SET b :y")
    bea.got()
    assert inside(ann.send("METADATA * CLEAR")) == [
        "766 ann ann url :key not set",
        "766 ann ann b :key not set",
    ]
    assert bea.got() == [":chat.example 766 bea ann url :key not set"]


def test_onlyOperatorsNoteOfAChannelAndOnlyMembersReadIt(doors: IrcDoors) -> None:
    ann, bea = two(doors, THIRD)
    [said] = bea.send("METADATA #den SET url :x")
    assert said.startswith(":chat.example FAIL METADATA KEY_NO_PERMISSION #den url :")
    ann.send("METADATA #den SET url :x")
    cid = doors.enter("cid", THIRD, "batch")
    [said] = cid.send("METADATA #den GET url")
    assert said.startswith(":chat.example FAIL METADATA INVALID_TARGET #den :")


def test_whoisShowsWhatIsNotedOfSomebody(doors: IrcDoors) -> None:
    ann, bea = two(doors, THIRD)
    ann.send("METADATA * SET url :x")
    assert ":chat.example 760 bea ann url * x" in bea.send("WHOIS ann")


def test_onlyWhoWantsToBeToldHasATurnForIt(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bea = two(doors, THIRD)
    for number in range(5):
        doors.enter(f"other{number}", *([THIRD] if number % 2 else [])).send("JOIN #den")
    turns: list[str] = []
    push = Turns.push

    def counted(self: Turns, turn: Turn, size: int) -> None:
        turns.append(turn[0])
        push(self, turn, size)

    monkeypatch.setattr(Turns, "push", counted)
    ann.send("METADATA * SET url :x", "METADATA #den SET url :y", "METADATA * SET other :z")
    assert turns.count("happened") == 2
    assert len(bea.got()) == 2 + 5


def test_whoDoesNotReadIsToldNoMoreThanTheyCouldReadLater() -> None:
    ann, bea = two(IrcDoors(limits=replace(LIMITS, sendQueue=10_000)), SECOND)
    bea.protocol.outbox.pauseProducing()
    for number in range(20):
        assert not bea.ended
        ann.send(f"METADATA * SET url :{number:0300}")
    assert bea.protocol._turns.size < 10_000
    for number in range(20):
        ann.send(f"METADATA * SET url :{number:0300}")
    assert bea.ended == "aborted"


def test_ofPeopleWhomOneWatchesItIsToldWhenThatBeginsAndWhenTheyCome(doors: IrcDoors) -> None:
    ann, bea = doors.enter("ann", SECOND, "batch"), doors.enter("bea", SECOND, "batch")
    ann.send("METADATA * SET url :here")
    bea.send("METADATA * SUB url")
    online, offline, *noted = bea.send("MONITOR + ann,cid")
    assert (online, offline) == (":chat.example 730 bea ann", ":chat.example 731 bea cid")
    assert inside(noted) == ["METADATA ann url * here"]
    cid = doors.net.registered("cid")
    doors.net.now(Deferred.fromCoroutine(cid.setMetadata("url", "there")))
    cid.logout()
    doors.net.settle()
    bea.got()
    doors.net.login("cid")
    doors.net.settle()
    online, *noted = bea.got()
    assert online == ":chat.example 730 bea cid"
    assert inside(noted) == ["METADATA cid url * there"]
    dan = doors.enter("dan", SECOND)
    dan.send("METADATA * SET url :where")
    bea.send("MONITOR + den")
    dan.send("NICK den")
    online, *noted = bea.got()
    assert online == ":chat.example 730 bea den"
    assert inside(noted) == ["METADATA den url * where"]


def test_whoSubscribesIsToldOfThoseWhomTheyWatch(doors: IrcDoors) -> None:
    ann, bea = doors.enter("ann", SECOND, "batch"), doors.enter("bea", SECOND, "batch")
    ann.send("METADATA * SET url :here")
    bea.send("MONITOR + ann")
    _, *noted = bea.send("METADATA * SUB url")
    assert inside(noted) == ["METADATA ann url * here"]


def test_whoIsPutIntoAChannelIsToldOfIt(doors: IrcDoors) -> None:
    ann, bea = doors.enter("ann", SECOND, "batch"), doors.enter("bea", SECOND, "batch")
    ann.send("JOIN #den", "METADATA #den SET url :here")
    bea.send("METADATA * SUB url")
    ann.protocol.session.operate()
    ann.send("SAJOIN bea #den")
    assert inside(bea.got()[-3:]) == ["METADATA #den url * here"]
