"""
L{twisted_chat.admin.door}: who may come to the admin socket, and how they are answered.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
from typing import Any

import msgspec
import pytest
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import LogLevel, capturedLogs

from tests.admin.desks import Office
from tests.conftest import Wrongs
from twisted_chat.admin import door
from twisted_chat.admin.door import AdminConnection, AdminDoor, AdminFactory, Peer
from twisted_chat.admin.messages import LONGEST_REQUEST, Request, encode
from twisted_chat.admin.socketpath import SOCKET

MINE = os.geteuid()


class Pipe(StringTransport):
    """
    What a connection writes to.
    """

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        self.loseConnection()


class Visitor:
    """
    Somebody who comes to the socket.
    """

    def __init__(self, office: Office, factory: AdminFactory) -> None:
        self.office = office
        self.pipe = Pipe()
        made: Any = factory.buildProtocol(None)
        self.connection: AdminConnection = made
        self.connection.makeConnection(self.pipe)

    def ask(self, order: str, **arguments: object) -> None:
        self.connection.dataReceived(encode(Request(order, arguments)) + b"\n")
        self.office.net.settle(0.1)

    def got(self) -> list[dict[str, Any]]:
        """
        What has come since this was last called.
        """
        lines = self.pipe.value().splitlines()
        self.pipe.clear()
        return [msgspec.json.decode(line) for line in lines]

    def leave(self) -> None:
        self.connection.connectionLost()
        self.office.net.settle(0.1)


def visitors(office: Office, *users: int) -> list[Visitor]:
    """
    Those who come, as the users that they are.
    """
    left = iter(users)
    factory = AdminFactory(office.desk, office.net.clock, lambda _: Peer(7, next(left)))
    return [Visitor(office, factory) for _ in users]


def test_whoAsksIsAnsweredAndHungUpOn(office: Office) -> None:
    (visitor,) = visitors(office, MINE)
    visitor.ask("lockdown")
    row, end = visitor.got()
    assert row["row"]["level"] == 0
    assert end == {"end": True}
    assert visitor.pipe.disconnecting
    visitor.leave()
    assert office.net.clock.getDelayedCalls() == []


def test_anErrorIsOneSentenceAndACode(office: Office) -> None:
    (visitor,) = visitors(office, MINE)
    visitor.ask("accounts show", name="bea")
    assert visitor.got() == [{"error": "There is nobody called bea.", "code": "no-such-person"}]
    assert visitor.pipe.disconnecting


def test_whatShouldNeverHappenIsInTheLogAndTheConnectionEnds(
    office: Office, monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
) -> None:
    monkeypatch.setattr(office.hub.doorman, "serverBans", lambda: 1 / 0)
    (visitor,) = visitors(office, MINE)
    visitor.ask("bans list")
    assert [each["code"] for each in visitor.got()] == ["internal"]
    assert visitor.pipe.disconnecting
    assert len(wrongs.flush(ZeroDivisionError)) == 1


@pytest.mark.parametrize("user", [0, MINE])
def test_rootAndTheServersOwnUserMayAsk(office: Office, user: int) -> None:
    (visitor,) = visitors(office, user)
    visitor.ask("bans list")
    assert visitor.got() == [{"end": True}]


def test_othersMayNotWhateverTheySay(office: Office) -> None:
    (visitor,) = visitors(office, MINE + 1)
    with capturedLogs() as logs:
        visitor.ask("lockdown", level=3)
    (only,) = visitor.got()
    assert "Only root" in only["error"]
    assert visitor.pipe.disconnecting
    assert office.hub.doorman.level == 0
    visitor.leave()
    assert office.net.clock.getDelayedCalls() == []
    del logs


def test_whoMayNotIsInTheLog(office: Office) -> None:
    with capturedLogs() as logs:
        visitors(office, MINE + 1)
    (event,) = [log for log in logs if log["log_level"] is LogLevel.warn]
    assert str(event["peer"]) == f"admin.sock (user {MINE + 1}, process 7)"


def test_whoSaysNothingInTimeIsHungUpOn(office: Office) -> None:
    (visitor,) = visitors(office, MINE)
    visitor.connection.dataReceived(b'{"order"')
    office.net.clock.advance(9.9)
    assert not visitor.pipe.disconnecting
    office.net.clock.advance(0.2)
    assert visitor.pipe.disconnecting
    assert visitor.got() == [{"error": "Nothing was asked for in time."}]


def test_aRequestThatIsTooLongIsRefused(office: Office) -> None:
    (visitor,) = visitors(office, MINE)
    visitor.connection.dataReceived(b"x" * (LONGEST_REQUEST + 2))
    assert visitor.pipe.disconnecting
    assert "at most 65536 bytes" in visitor.got()[0]["error"]


def test_oneConnectionHasOneRequest(office: Office) -> None:
    (visitor,) = visitors(office, MINE)
    line = encode(Request("lockdown")) + b"\n"
    visitor.connection.dataReceived(line + line)
    office.net.settle(0.1)
    assert len(visitor.got()) == 2


def test_tooManyAtTheSameTimeAreRefused(office: Office) -> None:
    *crowd, last = visitors(office, *[MINE] * 17)
    assert "Too many" in last.got()[0]["error"]
    assert not any(visitor.pipe.disconnecting for visitor in crowd)
    last.leave()
    crowd[0].ask("bans list")
    assert crowd[0].got() == [{"end": True}]
    for visitor in crowd:
        visitor.leave()


def many(office: Office) -> None:
    """
    Make more accounts than are read at once.
    """
    for number in range(5):
        office.do("accounts create", name=f"bea{number}", password="correct horse")


def test_whoReadsSlowlyIsWaitedForButNotForEver(office: Office) -> None:
    many(office)
    (visitor,) = visitors(office, MINE)
    producer = visitor.pipe.producer
    assert producer is not None
    producer.pauseProducing()
    visitor.ask("accounts list")
    assert len(visitor.got()) == 1
    producer.resumeProducing()
    producer.pauseProducing()
    office.net.settle(0.1)
    assert len(visitor.got()) >= 1
    office.net.clock.advance(59)
    assert not visitor.pipe.aborted
    office.net.clock.advance(1.1)
    assert visitor.pipe.aborted
    visitor.leave()
    assert office.net.clock.getDelayedCalls() == []


def test_whatWasBegunIsDoneThoughNobodyWaitsForIt(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(office)
    (visitor,) = visitors(office, MINE)
    holding: Deferred[None] = Deferred()
    change = office.net.store.changeAccount

    def later(*arguments: Any, **named: Any) -> Deferred[None]:
        return holding.addCallback(lambda _: change(*arguments, **named))

    monkeypatch.setattr(office.net.store, "changeAccount", later)
    visitor.ask("accounts suspend", name="bea0")
    visitor.leave()
    monkeypatch.undo()
    holding.callback(None)
    office.net.settle(0.1)
    assert office.do1("accounts show", name="bea0")["suspended"]


# The socket itself.


class Reactor(MemoryReactorClock):
    """
    Notes the umask under which it was told to listen.
    """

    umask = -1

    def listenUNIX(self, address: Any, *arguments: Any, **named: Any) -> Any:
        self.umask = os.umask(0o077)
        os.umask(self.umask)
        return super().listenUNIX(address, *arguments, **named)


def test_theSocketIsItsOwnersAloneFromItsFirstMoment(office: Office) -> None:
    reactor, before = Reactor(), os.umask(0o022)
    try:
        AdminDoor(reactor, office.desk).open()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    ((path, _, _, mode, _),) = reactor.unixServers
    assert path == str(office.desk.folder / SOCKET)
    assert mode == 0o600
    assert reactor.umask == 0o177


def test_aSocketThatWasLeftIsRemovedAndNothingElse(office: Office) -> None:
    path = office.desk.folder / SOCKET
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert stat.S_ISSOCK(path.stat().st_mode)
    AdminDoor(Reactor(), office.desk).open()
    assert not path.exists()
    path.write_text("a file")
    AdminDoor(Reactor(), office.desk).open()
    assert path.read_text() == "a file"


def test_aServerThatCantListenThereGoesOn(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **named: Any) -> None:
        raise OSError(98, "Address already in use")

    reactor = Reactor()
    monkeypatch.setattr(reactor, "listenUNIX", refuse)
    with capturedLogs() as logs:
        opened = AdminDoor(reactor, office.desk)
        opened.open()
        assert opened.close().called
    (event,) = [log for log in logs if log["log_level"] is LogLevel.warn]
    assert "Address already in use" in str(event["error"])


def test_whereTheSystemTellsInAnotherWayOnlyTheModeOfTheFileHolds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "openbsd7")
    assert door.peerOf(object()) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only there it tells so")
def test_theSystemTellsWhoIsAtTheOtherEnd() -> None:
    here, there = socket.socketpair()

    class Transport:
        def getHandle(self) -> socket.socket:
            return here

    with here, there:
        assert door.peerOf(Transport()) == Peer(os.getpid(), MINE)
