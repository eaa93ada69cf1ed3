"""
MARKREAD; bytes in, bytes out.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import fail

from tests.frontends.irc.clients import HOST, PASSWORD, Irc, IrcDoors, number
from tests.frontends.irc.test_history import timeOf
from twisted_chat.domain.errors import NotSaved

CAP = "draft/read-marker"
OLD, OLDER = "timestamp=2024-05-06T07:08:09.123Z", "timestamp=2024-05-06T07:08:09.122Z"


def told(client: Irc, *lines: str) -> list[str]:
    """
    What a client is told of marks.
    """
    return [line for line in client.send(*lines) if "MARKREAD" in line]


def login(doors: IrcDoors, *caps: str) -> Irc:
    """
    Ann comes in, by one more connection.
    """
    client = doors.connect()
    client.send(f"CAP REQ :{' '.join(caps)}", f"PASS :ann:{PASSWORD}", "NICK ann", "USER a 0 * :A")
    client.send("CAP END")
    return client


def test_aMarkIsSetAskedForAndNeverGoesBack(doors: IrcDoors) -> None:
    alex = doors.enter("alex", CAP)
    alex.send("JOIN #dev")
    doors.enter("bea")
    for target in ("#dev", "bea"):
        assert told(alex, f"MARKREAD {target}") == [f":{HOST} MARKREAD {target} *"]
        for line in (OLD, OLDER, ""):
            answer = told(alex, f"MARKREAD {target} {line}".strip())
            assert answer == [f":{HOST} MARKREAD {target} {OLD}"]


def test_whatWasReadWhileNothingWasSaidIsNotThePresentMarkForEver(doors: IrcDoors) -> None:
    doors.net.registered("ann").logout()
    ann, bea = login(doors, CAP, "server-time"), doors.enter("bea")
    assert told(ann, f"MARKREAD bea {OLD}") == [f":{HOST} MARKREAD bea {OLD}"]
    doors.net.clock.advance(1)
    bea.send("PRIVMSG ann :x")
    at = f"timestamp={timeOf(ann.got()[0].split(' ')[0])}"
    assert told(ann, f"MARKREAD bea {at}") == [f":{HOST} MARKREAD bea {at}"]
    assert told(ann, "MARKREAD bea") == [f":{HOST} MARKREAD bea {at}"]


def test_theTimeOfAMessageIsGivenBackAsItWas(doors: IrcDoors) -> None:
    doors.net.registered("ann").logout()
    ann = login(doors, CAP, "server-time", "echo-message")
    ann.send("JOIN #dev")
    for _ in range(20):
        doors.net.clock.advance(0.0117)
        at = f"timestamp={timeOf(ann.send('PRIVMSG #dev :x')[0].split(' ')[0])}"
        assert told(ann, f"MARKREAD #dev {at}") == [f":{HOST} MARKREAD #dev {at}"]
    ahead = told(ann, "MARKREAD #dev timestamp=2199-01-01T00:00:00.000Z")[0]
    assert " timestamp=2026-" in ahead


def test_itIsToldBetweenTheJoinAndTheEndOfTheNames(doors: IrcDoors) -> None:
    alex = doors.enter("alex", CAP)
    assert [line.split(" ")[1] for line in alex.send("JOIN #dev")] == [
        "JOIN",
        "MARKREAD",
        "353",
        "366",
    ]
    alex.send(f"MARKREAD #dev {OLD}", "PART #dev")
    assert f":{HOST} MARKREAD #dev {OLD}" in alex.send("JOIN #dev")


def test_itLastsForAccountsAndIsToldTheirOtherConnections(doors: IrcDoors) -> None:
    session = doors.net.registered("ann")
    doors.net.join("dev", session)
    ann, other, plain = login(doors, CAP), login(doors, CAP), login(doors, "batch")
    assert told(ann, f"MARKREAD #dev {OLD}") == [f":{HOST} MARKREAD #dev {OLD}"]
    assert told(other) == [f":{HOST} MARKREAD #dev {OLD}"]
    assert told(plain) == []
    assert told(ann, f"MARKREAD #dev {OLDER}") == [f":{HOST} MARKREAD #dev {OLD}"]
    assert told(other) == []
    again = login(doors, CAP)
    assert again.send("MARKREAD #dev") == [f":{HOST} MARKREAD #dev {OLD}"]


def test_whoSpeaksOrReadsOnAnotherWireHasReadOnAllConnections(doors: IrcDoors) -> None:
    session = doors.net.registered("ann")
    doors.net.join("dev", session)
    bea = doors.enter("bea")
    bea.send("JOIN #dev")
    ann, other = login(doors, CAP, "server-time", "echo-message"), login(doors, CAP)
    other.got()
    for target in ("#dev", "bea"):
        said = ann.send(f"PRIVMSG {target} :here I am")
        assert not [line for line in said if "MARKREAD" in line]
        at = f"timestamp={timeOf(said[-1].split(' ')[0])}"
        assert told(other) == [f":{HOST} MARKREAD {target} {at}"]
        assert told(ann, f"MARKREAD {target}") == [f":{HOST} MARKREAD {target} {at}"]
    bea.send("PRIVMSG #dev :what is new?", "PRIVMSG ann :and here?")
    for client in (ann, other):
        assert told(client) == []
    doors.net.now(session.markAllRead())
    doors.net.settle()
    for client in (ann, other):
        (room, direct) = told(client)
        assert room.startswith(f":{HOST} MARKREAD #dev timestamp=2026-")
        assert direct.startswith(f":{HOST} MARKREAD bea timestamp=2026-")
    doors.net.now(session.markAllRead())
    doors.net.settle()
    assert told(ann) == []


def test_aPrivateConversationIsNamedByItsOther(doors: IrcDoors) -> None:
    session = doors.net.registered("ann")
    bea = doors.enter("bea")
    bea.send("PRIVMSG ann :hi")
    ann, other = login(doors, CAP), login(doors, CAP)
    other.got()
    told(ann, "MARKREAD bea timestamp=2199-01-01T00:00:00.000Z")
    (line,) = told(other)
    assert line.startswith(f":{HOST} MARKREAD bea timestamp=2026-")
    session.logout()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS :"),
        ("MARKREAD #dev *", "INVALID_PARAMS * :"),
        ("MARKREAD #dev timestamp=*", "INVALID_PARAMS timestamp=* :"),
        ("MARKREAD #dev msgid=1", "INVALID_PARAMS msgid=1 :"),
        (f"MARKREAD #none {OLD}", "INVALID_PARAMS #none :"),
        (f"MARKREAD nobody {OLD}", "INVALID_PARAMS nobody :"),
    ],
)
def test_whatIsWrongIsSaid(doors: IrcDoors, line: str, code: str) -> None:
    alex = doors.enter("alex", CAP)
    alex.send("JOIN #dev")
    assert alex.send(line)[0].startswith(f":{HOST} FAIL MARKREAD {code}")


def test_whatCouldNotBeKeptIsNoMistakeOfTheClient(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.net.registered("ann").logout()
    ann = login(doors, CAP)
    ann.send("JOIN #dev")
    for what, line in (("markRead", f"MARKREAD #dev {OLD}"), ("readMark", "MARKREAD #dev")):
        monkeypatch.setattr(doors.net.store, what, lambda *mark: fail(NotSaved(why="x")))
        (told,) = ann.send(line)
        assert told.startswith(f":{HOST} FAIL MARKREAD INTERNAL_ERROR #dev :")


def test_aMarkThatCantBeReadKeepsNobodyOutOfTheirChannels(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = doors.net.registered("ann")
    for room in ("dev", "ops"):
        doors.net.join(room, session)
    session.logout()
    doors.net.settle()
    monkeypatch.setattr(doors.net.store, "readMark", lambda *mark: fail(NotSaved(why="x")))
    ann = doors.connect()
    ann.send(f"CAP REQ :{CAP}", f"PASS :ann:{PASSWORD}", "NICK ann", "USER a 0 * :A")
    lines = ann.send("CAP END", "JOIN #new")
    for place in ("#dev", "#ops", "#new"):
        about = [line.split(" ")[1] for line in lines if f" {place}" in line]
        assert about == ["JOIN", "MARKREAD", "353", "366"], place


def test_whereNothingIsKnownNothingWasRead(doors: IrcDoors) -> None:
    alex, bea = doors.enter("alex", CAP), doors.enter("bea")
    assert alex.send("MARKREAD #none") == [f":{HOST} MARKREAD #none *"]
    assert bea.send("MARKREAD #none") == [number("bea", "421 MARKREAD :Unknown command")]
