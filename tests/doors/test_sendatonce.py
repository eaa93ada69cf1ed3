"""
L{twisted_chat.doors.sendatonce}: sending at once changes when bytes go, and nothing else.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from errno import ECONNRESET, EPIPE, EWOULDBLOCK
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from twisted.internet import unix
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPullProducer,
    IPushProducer,
    IReactorTCP,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs, formatEventAsClassicLogText
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted_chat.doors import sendatonce
from twisted_chat.doors.quietports import QuietUnixPort
from twisted_chat.doors.sendatonce import (
    ACCEPTED_AT_ONCE,
    AtOncePort,
    AtOnceReactor,
    AtOnceServer,
    plainHost,
)
from twisted_chat.doors.socketoptions import SocketOptions

PEER = ("192.0.2.7", 40000)


class FakeSocket:
    """
    A socket that takes what it is told to take.

    @ivar takes: what each C{send} does, in turn: a number of bytes, or an error; all of it when
        the list is used up.
    @ivar arrived: what was sent, one item a call.
    @ivar unread: what each C{recv} gives, in turn; then the end.
    """

    def __init__(self, *takes: int | OSError) -> None:
        self.takes = list(takes)
        self.arrived: list[bytes] = []
        self.unread: list[bytes] = []
        self.closed = False
        self.shut: list[int] = []

    def setblocking(self, flag: bool) -> None:
        assert flag is False

    def fileno(self) -> int:
        return 99

    def send(self, data: bytes | memoryview) -> int:
        taken = self.takes.pop(0) if self.takes else len(data)
        if isinstance(taken, OSError):
            raise taken
        self.arrived.append(bytes(data[:taken]))
        return min(taken, len(data))

    def recv(self, size: int) -> bytes:
        assert not self.closed
        return self.unread.pop(0) if self.unread else b""

    def getsockname(self) -> tuple[str, int]:
        return ("192.0.2.1", 5000)

    def setsockopt(self, *options: object) -> None:
        pass

    def shutdown(self, how: int) -> None:
        self.shut.append(how)

    def close(self) -> None:
        self.closed = True


@implementer(IHalfCloseableProtocol)
class Recording(Protocol):
    """
    A protocol that notes what happens to it.
    """

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.lost: list[type[BaseException]] = []
        self.readLost = 0
        self.writeLost = 0

    def dataReceived(self, data: bytes) -> None:
        assert not self.lost
        self.heard.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.append(type(reason.value))

    def readConnectionLost(self) -> None:
        self.readLost += 1

    def writeConnectionLost(self) -> None:
        self.writeLost += 1


@implementer(IPushProducer, IPullProducer)
class Producer:
    """
    A producer that notes what it is told.
    """

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class Connected:
    """
    A transport on a fake socket, and a reactor turned by hand.
    """

    def __init__(self, *takes: int | OSError, peer: tuple[Any, ...] = PEER) -> None:
        self.socket = FakeSocket(*takes)
        self.reactor = MemoryReactorClock()
        self.protocol = Recording()
        fake: Any = self.socket
        nowhere: Any = None
        self.transport = AtOnceServer(fake, self.protocol, peer, nowhere, 0, self.reactor)
        self.transport.repstr = "<fake>"
        self.protocol.makeConnection(self.transport)

    @property
    def waits(self) -> bool:
        """
        Whether the reactor was asked to say when the socket is writable.
        """
        return self.transport in self.reactor.getWriters()

    def turn(self) -> None:
        """
        One turn of the reactor in which the socket is writable.
        """
        self.reactor.advance(0)
        if self.waits:
            why = self.transport.doWrite()
            if why is not None:
                self.reactor.removeWriter(self.transport)
                self.transport.connectionLost(Failure(why))

    def finish(self) -> bytes:
        """
        Turn until nothing waits.

        @return: all that arrived.
        """
        for _ in range(100):
            if not self.waits:
                break
            self.turn()
        return b"".join(self.socket.arrived)


def test_whatTheSocketTakesIsSentAtOnceAndTheReactorIsNotAsked() -> None:
    """
    The whole gain: no buffer, no C{addWriter}.
    """
    here = Connected()
    here.transport.write(b"one")
    here.transport.writeSequence([b"two", b"three"])
    assert here.socket.arrived == [b"one", b"twothree"]
    assert not here.waits


def test_whatTheSocketDoesNotTakeFollowsInOrder() -> None:
    """
    After a partial send everything waits behind the rest.
    """
    here = Connected(2, 1)
    here.transport.write(b"first")
    here.transport.write(b"second")
    here.transport.writeSequence([b"third", b"fourth"])
    assert here.socket.arrived == [b"fi"]
    assert here.waits
    assert here.finish() == b"firstsecondthirdfourth"
    here.transport.write(b"fifth")
    assert here.socket.arrived[-1] == b"fifth"
    assert not here.waits


def test_nothingOvertakesWhatTheReactorHasHalfSent() -> None:
    """
    The rest of a buffer that a turn of the reactor sent in part comes first.
    """
    here = Connected(1, 1)
    here.transport.write(b"first")
    here.turn()
    here.transport.write(b"second")
    assert here.socket.arrived == [b"f", b"i"]
    assert here.finish() == b"firstsecond"


@pytest.mark.skipif(sendatonce.TIOCOUTQ is None, reason="this system does not tell")
def test_whetherThePeersMachineHasTakenAllIsKnownButNotOfWhoIsBehindAProxy() -> None:
    """
    Nothing was written yet, or more than a peer takes that does not read.
    """
    nowhere: Any = None
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        socket.create_connection(door.getsockname()),
    ):
        mine, peer = door.accept()
        with mine:
            transport = AtOnceServer(mine, Recording(), peer, nowhere, 0, MemoryReactorClock())
            assert transport.isTaken()
            transport.comesFrom(IPv4Address("TCP", "192.0.2.8", 40000))
            assert not transport.isTaken()
            del transport._behind
            with suppress(BlockingIOError):
                while mine.send(bytes(65536)):
                    pass
            assert not transport.isTaken()


def test_whereTheSystemHasNoWordForItNothingIsKnownToBeTaken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sendatonce, "TIOCOUTQ", None)
    assert not Connected().transport.isTaken()


def test_ofALostConnectionNothingIsKnown() -> None:
    here = Connected()
    assert not here.transport.isTaken()
    here.transport.connectionLost(Failure(ConnectionDone()))
    assert not here.transport.isTaken()


def test_writingToALostConnectionDoesNothing() -> None:
    """
    The socket is gone then.
    """
    here = Connected()
    here.transport.connectionLost(Failure(ConnectionDone()))
    here.transport.write(b"after")
    here.transport.writeSequence([b"after"])
    assert here.socket.arrived == []
    assert not here.waits


def test_aFullSocketLosesNothing() -> None:
    """
    A socket that takes nothing leaves all to the buffer.
    """
    here = Connected(OSError(EWOULDBLOCK, "full"), OSError(EWOULDBLOCK, "full"), 3)
    here.transport.write(b"hello")
    assert here.waits
    assert here.finish() == b"hello"
    assert here.protocol.lost == []


def test_anErrorIsToldInALaterTurnAndOnce() -> None:
    """
    C{connectionLost} never comes from inside C{write}.
    """
    here = Connected(OSError(ECONNRESET, "reset"), OSError(EPIPE, "pipe"))
    here.transport.write(b"hello")
    here.transport.write(b"more")
    assert here.protocol.lost == []
    here.turn()
    assert here.protocol.lost == [ConnectionLost]
    assert here.socket.closed
    here.transport.write(b"after")
    assert here.socket.arrived == []


def test_whatHadComeBeforeTheEndIsReadFirst() -> None:
    """
    A write may meet the end before a read, and nothing is read while reading is paused.
    """
    here = Connected(OSError(ECONNRESET, "reset"), OSError(EPIPE, "pipe"))
    here.socket.unread = [b"the last words"]
    here.transport.pauseProducing()
    here.transport.write(b"hello")
    here.turn()
    assert here.protocol.heard == [b"the last words"]
    assert here.protocol.lost == [ConnectionLost]


@pytest.mark.parametrize("how", ["loseConnection", "abortConnection"])
def test_whoIsDisconnectedIsNotHeardAnyMore(how: str) -> None:
    """
    It is for the peer's last words only that they are waited for.
    """
    here = Connected()
    here.socket.unread = [b"too late"]
    getattr(here.transport, how)()
    here.turn()
    assert len(here.protocol.lost) == 1
    assert here.protocol.heard == []


def test_aProtocolThatFailedIsGivenNothingMore() -> None:
    """
    The reactor ends a connection whose protocol raises.
    """
    here = Connected()
    here.socket.unread = [b"more"]
    here.transport.connectionLost(Failure(ZeroDivisionError()))
    assert here.protocol.heard == []


def test_whatGoesWrongWithTheLastWordsKeepsNothingOpen() -> None:
    """
    The connection is closed, and its end is told.
    """
    here = Connected()
    here.socket.unread = [b"bad"]
    here.protocol.dataReceived = lambda data: 1 // 0  # type: ignore[method-assign, assignment]
    with pytest.raises(ZeroDivisionError):
        here.transport.connectionLost(Failure(ConnectionLost()))
    assert here.socket.closed
    assert here.protocol.lost == [ConnectionLost]


def test_aResetThatTheSendingSawIsNotTakenForAnOrderlyEnd() -> None:
    """
    The system reports a reset once; the read that follows sees an end of input.
    """
    here = Connected(OSError(ECONNRESET, "reset"))
    here.transport.write(b"hello")
    here.transport.readConnectionLost(Failure(ConnectionDone()))
    assert here.protocol.readLost == 0
    assert here.protocol.lost == [ConnectionLost]


def test_anOrderlyEndOfInputLeavesTheOtherHalfOpen() -> None:
    """
    A half-close, also after the peer's refusal of one write, is Twisted's matter.
    """
    here = Connected(OSError(EPIPE, "pipe"))
    here.transport.write(b"hello")
    here.transport.readConnectionLost(Failure(ConnectionDone()))
    assert here.protocol.readLost == 1
    assert here.protocol.lost == []


def test_closingSendsWhatWaitsFirst() -> None:
    """
    C{loseConnection} flushes; a write after it comes out before the end, as with Twisted.
    """
    here = Connected(1)
    here.transport.write(b"bye")
    here.transport.loseConnection()
    here.transport.write(b"!")
    assert here.protocol.lost == []
    assert here.finish() == b"bye!"
    assert here.protocol.lost == [ConnectionDone]
    assert here.socket.closed


def test_closingWithNothingWaitingEndsInALaterTurn() -> None:
    """
    After sending at once the buffer is empty: the end still comes.
    """
    here = Connected()
    here.transport.write(b"bye")
    here.transport.loseConnection()
    assert here.protocol.lost == []
    here.turn()
    assert b"".join(here.socket.arrived) == b"bye"
    assert here.protocol.lost == [ConnectionDone]


def test_halfClosingSendsWhatWaitsFirst() -> None:
    """
    C{loseWriteConnection} shuts the sending half after the buffer, and writing ends there.
    """
    here = Connected(1)
    here.transport.write(b"last")
    here.transport.loseWriteConnection()
    assert here.finish() == b"last"
    assert here.socket.shut == [socket.SHUT_WR]
    assert here.protocol.writeLost == 1
    here.transport.write(b"too late")
    assert here.finish() == b"last"
    here.transport.loseConnection()
    assert here.protocol.lost == [ConnectionDone]


def test_nothingIsSentAfterAnAbort() -> None:
    """
    C{abortConnection} drops the buffer, and what is written after it.
    """
    here = Connected(1)
    here.transport.write(b"hello")
    here.transport.abortConnection()
    here.transport.write(b"more")
    here.turn()
    assert here.socket.arrived == [b"h"]
    assert here.protocol.lost == [ConnectionAborted]

    here = Connected()
    here.transport.abortConnection()
    here.transport.write(b"more")
    here.turn()
    assert here.socket.arrived == []


def test_aStreamingProducerIsPausedByWhatWaitsAndResumedWhenItIsGone() -> None:
    """
    What goes at once fills no buffer, so it pauses nobody.
    """
    here = Connected()
    producer = Producer()
    here.transport.registerProducer(producer, True)
    big = b"x" * (here.transport.bufferSize + 1)
    here.transport.write(big)
    assert producer.told == []
    here.socket.takes = [0]
    here.transport.write(big)
    assert producer.told == ["pause"]
    assert here.finish() == big + big
    assert producer.told == ["pause", "resume"]
    here.transport.connectionLost(Failure(ConnectionDone()))
    assert producer.told == ["pause", "resume", "stop"]


def test_aPullProducerIsAskedForMoreAfterEachWrite() -> None:
    """
    It would stall if its bytes went at once, since only an emptied buffer asks it for more.
    """
    here = Connected()
    producer = Producer()
    here.transport.registerProducer(producer, False)
    here.transport.write(b"some")
    assert here.socket.arrived == []
    here.turn()
    assert here.socket.arrived == [b"some"]
    assert producer.told == ["resume", "resume"]


@pytest.mark.parametrize("wrong", ["text", 7, None, bytearray(b"bytes")])
def test_onlyBytesAreTaken(wrong: Any) -> None:
    """
    As Twisted does, and before anything is sent.
    """
    here = Connected()
    with pytest.raises(TypeError):
        here.transport.write(wrong)
    assert here.socket.arrived == []


def test_anEmptyWriteMakesNoSystemCall() -> None:
    """
    An empty write makes no system call.
    """
    here = Connected()
    here.transport.write(b"")
    here.transport.writeSequence([])
    assert here.socket.arrived == []
    assert not here.waits


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:0:1", "0.0.0.1"),
        ("::ffff:7f00:1", "127.0.0.1"),
        ("0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"),
        ("0:0:0:0:0:FFFF:C000:207", "192.0.2.7"),
        ("::192.0.2.7", "::192.0.2.7"),
        ("no:address", "no:address"),
    ],
)
def test_anIPv4AddressInsideIPv6IsShownAsIPv4(host: str, plain: str) -> None:
    """
    One person has one address, whatever the socket.
    """
    assert plainHost(host) == plain


def test_thePeerOfASocketForBothFamiliesHasItsOwnFamily() -> None:
    """
    C{getPeer} and C{getHost} of a peer that came by IPv4, and of one that came by IPv6.
    """
    here = Connected(peer=("::ffff:192.0.2.7", 40000, 0, 0))
    assert here.transport.getPeer() == IPv4Address("TCP", "192.0.2.7", 40000)
    assert here.transport.getHost() == IPv4Address("TCP", "192.0.2.1", 5000)
    here = Connected(peer=("2001:db8::7", 40000, 0, 0))
    assert here.transport.getPeer() == IPv6Address("TCP", "2001:db8::7", 40000)


def test_theReactorInFrontOfTheReactorProvidesWhatThatDoes() -> None:
    """
    Endpoints find the real one's other methods, and only those that listen are ours.
    """
    real = MemoryReactorClock()
    front = AtOnceReactor(real, SocketOptions())
    assert verifyObject(IReactorTCP, front)
    assert front.connectTCP == real.connectTCP
    assert front.listenTCP != real.listenTCP
    assert AtOncePort.transport is AtOnceServer


def test_aCrowdMayWaitToBeAcceptedWhoeverMadeTheDoor() -> None:
    """
    Endpoints ask for 50, and the 51st would wait a second. Nobody accepts here.
    """
    front = AtOnceReactor(MemoryReactorClock(), SocketOptions())
    port = front.listenTCP(0, Factory.forProtocol(Protocol), 50, "127.0.0.1")
    crowd = []
    try:
        for _ in range(200):
            crowd.append(socket.create_connection(("127.0.0.1", port.getHost().port), timeout=5))
    finally:
        for each in crowd:
            each.close()
        port.connectionLost(Failure(ConnectionDone()))


def test_aCrowdIsLetInAFewAtATime() -> None:
    """
    Others have their turn in between.
    """
    made: list[Protocol] = []

    class Visitor(Protocol):
        def connectionMade(self) -> None:
            made.append(self)

    front = AtOnceReactor(MemoryReactorClock(), SocketOptions())
    port: Any = front.listenTCP(0, Factory.forProtocol(Visitor), 50, "127.0.0.1")
    crowd = []
    try:
        for _ in range(3 * ACCEPTED_AT_ONCE):
            crowd.append(socket.create_connection(("127.0.0.1", port.getHost().port), timeout=5))
        counts = []
        for _ in range(4):
            port.doRead()
            counts.append(len(made))
        assert counts == [4, 8, 12, 12]
    finally:
        for each in crowd:
            each.close()
        for one in made:
            one.transport.connectionLost(Failure(ConnectionDone()))
        port.connectionLost(Failure(ConnectionDone()))


def test_aSocketThatListensAlreadySendsAtOnceTooAndHasTheOptions() -> None:
    """
    One that a service manager has opened.
    """
    reactor = MemoryReactorClock()
    front = AtOnceReactor(reactor, SocketOptions(sendBuffer=64 * 1024))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        factory = Factory.forProtocol(Protocol)
        port = front.adoptStreamPort(listener.fileno(), socket.AF_INET, factory)
        try:
            assert isinstance(port, AtOncePort)
            assert port.transport is AtOnceServer
            assert port.getHost().port == listener.getsockname()[1]
            # The system doubles what it is asked for.
            buffer = listener.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            assert 64 * 1024 <= buffer <= 128 * 1024
        finally:
            port.connectionLost(Failure(ConnectionDone()))
            assert listener.fileno() >= 0, "it was duplicated"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest.mark.parametrize("adopted", [False, True])
def test_whatListensHasNoLineInTheLog(
    tmp_path: Path, family: socket.AddressFamily, adopted: bool
) -> None:
    """
    Neither when it opens nor when it closes, whoever has made the socket.
    """
    front = AtOnceReactor(MemoryReactorClock(), SocketOptions())
    factory, path = Factory(), str(tmp_path / "door")
    factory.noisy = False
    with capturedLogs() as logs, socket.socket(family) as listener:
        if adopted:
            listener.bind(path if family == socket.AF_UNIX else ("127.0.0.1", 0))
            listener.listen()
            port: Any = front.adoptStreamPort(listener.fileno(), family, factory)
        elif family == socket.AF_UNIX:
            port = front.listenUNIX(path, factory, mode=0o600)
            assert S_IMODE(Path(path).stat().st_mode) == 0o600
        else:
            port = front.listenTCP(0, factory, 50, "127.0.0.1")
        assert (factory.numPorts, port.connected) == (1, True)
        port.connectionLost(Failure(ConnectionDone()))
        assert (factory.numPorts, port.connected) == (0, False)
    assert [line for line in map(formatEventAsClassicLogText, logs) if line is not None] == []


def test_connectionsOfAUnixSocketAreTheReactorsOwn() -> None:
    assert QuietUnixPort.transport is unix.Server
