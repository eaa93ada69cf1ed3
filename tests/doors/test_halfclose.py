"""
L{twisted_chat.doors.halfclose}: who says no more over TLS is answered nevertheless.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from OpenSSL import SSL
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.doors.test_certificates import clockNow
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.selfsigned import selfSigned


@implementer(IHalfCloseableProtocol)
class Hearing(LineReceiver):
    """
    Repeats lines, and says goodbye when there are no more.
    """

    delimiter = b"\n"
    rests = False

    def lineReceived(self, line: bytes) -> None:
        """
        Repeat a line, then rest, if it rests.
        """
        self.sendLine(line)  # type: ignore[no-untyped-call]
        if self.rests:
            self.pauseProducing()  # type: ignore[no-untyped-call]

    def readConnectionLost(self) -> None:
        """
        Say what is left, and goodbye.
        """
        self.sendLine(b"left: " + self.clearLineBuffer())  # type: ignore[no-untyped-call]
        self.sendLine(b"goodbye")  # type: ignore[no-untyped-call]
        assert self.transport is not None
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """
        Nothing of the kind.
        """


class Client:
    """
    A TLS client that talks to a protocol in memory.
    """

    def __init__(self, folder: Path, protocol: type[Protocol] = Hearing) -> None:
        self.clock: Clock = clockNow()
        self.tls = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        self.tls.set_connect_state()
        certificates = Certificates(*selfSigned(folder, "chat.example", self.clock), self.clock)
        factory = certificates.wrap(Factory.forProtocol(protocol))
        self.server = factory.buildProtocol(None)
        self.transport = StringTransport()
        self.server.makeConnection(self.transport)

    @property
    def protocol(self) -> Hearing:
        """
        What the server speaks through TLS.
        """
        found = self.server.wrappedProtocol
        assert isinstance(found, Hearing)
        return found

    def greet(self) -> None:
        """
        Shake hands.
        """
        for _ in range(4):
            with contextlib.suppress(SSL.WantReadError):
                self.tls.do_handshake()
            self.carry()

    def send(self, data: bytes) -> None:
        """
        Say something.
        """
        self.tls.send(data)
        self.carry()

    def sayNoMore(self) -> None:
        """
        Send the alert that ends one's half.
        """
        self.tls.shutdown()
        self.carry()

    def carry(self) -> None:
        """
        Let the bytes flow, both ways.
        """
        with contextlib.suppress(SSL.WantReadError):
            self.server.dataReceived(self.tls.bio_read(65536))
        if self.transport.value():
            self.tls.bio_write(self.transport.value())
            self.transport.clear()

    def heard(self) -> bytes:
        """
        @return: what has come from the server.
        """
        self.carry()
        said = b""
        with contextlib.suppress(SSL.WantReadError, SSL.ZeroReturnError):
            while True:
                said += self.tls.recv(1000)
        return said


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """
    A client that has come in.
    """
    made = Client(tmp_path)
    made.greet()
    return made


def test_aTlsConnectionIsToldOfBothEndsLikeATcpOne(client: Client) -> None:
    """
    It is an L{IHalfCloseableProtocol}: otherwise TCP would end it at the end of one half.
    """
    assert verifyObject(IHalfCloseableProtocol, client.server)


def test_whoEndsTheirHalfOfTlsIsAnsweredAndThenClosed(client: Client) -> None:
    """
    With a line that has no end: it is the client's own word that there is no more of it.
    """
    client.send(b"one\ntwo\nthr")
    client.sayNoMore()
    assert client.heard() == b"one\ntwo\nleft: thr\ngoodbye\n"
    assert client.transport.disconnecting


def test_theEndIsToldOnce(client: Client) -> None:
    """
    TLS may say it while nothing is read, and TCP says it then.
    """
    client.protocol.pauseProducing()  # type: ignore[no-untyped-call]
    client.sayNoMore()
    client.server.readConnectionLost()
    client.protocol.resumeProducing()  # type: ignore[no-untyped-call]
    client.clock.advance(0)
    client.clock.advance(0)
    assert client.heard() == b"left: \ngoodbye\n"


def test_whatWaitsWhileNothingIsReadComesBeforeTheEnd(client: Client) -> None:
    """
    Lines that have come and that the protocol has not looked at.
    """
    client.protocol.rests = True
    client.send(b"one\ntwo\nthree\n")
    client.sayNoMore()
    assert client.heard() == b"one\n"
    client.protocol.resumeProducing()  # type: ignore[no-untyped-call]
    client.clock.advance(0)
    assert client.heard() == b"two\n"
    client.protocol.rests = False
    client.protocol.resumeProducing()  # type: ignore[no-untyped-call]
    assert client.heard() == b"three\n"
    client.clock.advance(0)
    assert client.heard() == b"left: \ngoodbye\n"


def test_anEndOfTcpAloneLeavesOutALineWithoutAnEnd(client: Client) -> None:
    """
    Somebody else may have cut it off.
    """
    client.send(b"one\n/ban carl for 1")
    client.server.readConnectionLost()
    assert client.heard() == b"one\nleft: \ngoodbye\n"
    assert client.transport.disconnecting


def test_anEndOfTcpBeforeTlsHasBegunEndsTheConnection(tmp_path: Path) -> None:
    """
    There is nothing to answer, and no way to.
    """
    client = Client(tmp_path)
    client.server.readConnectionLost()
    assert client.transport.disconnecting


@pytest.mark.parametrize("alert", [True, False])
def test_aProtocolThatKnowsNoHalvesIsClosed(tmp_path: Path, alert: bool) -> None:
    """
    As Twisted does it.
    """
    client = Client(tmp_path, Protocol)
    client.greet()
    if alert:
        client.sayNoMore()
    else:
        client.server.readConnectionLost()
    assert client.transport.disconnecting


@pytest.mark.parametrize("alert", [True, False])
def test_whoIsSentAwayAndGoesIsClosed(client: Client, alert: bool) -> None:
    """
    There is nobody left to answer.
    """
    client.server.loseConnection()
    assert not client.transport.disconnecting
    if alert:
        client.sayNoMore()
    else:
        client.server.readConnectionLost()
    assert client.transport.disconnecting
    assert client.heard() == b""


def heardBy(client: Client) -> list[bytes]:
    """
    @return: what the server's protocol is given from now on, piece by piece.
    """
    pieces: list[bytes] = []
    hear = client.protocol.dataReceived

    def hearing(data: bytes) -> None:
        pieces.append(data)
        hear(data)  # type: ignore[no-untyped-call]

    client.protocol.dataReceived = hearing  # type: ignore[method-assign]
    return pieces


def test_thousandsOfTinyRecordsAreGivenOnInOnePiece(client: Client) -> None:
    pieces = heardBy(client)
    for _ in range(1000):
        client.tls.send(b"x")
    client.tls.send(b"\n")
    client.sayNoMore()
    assert pieces == [b"x" * 1000 + b"\n"]
    assert client.heard().startswith(b"x" * 1000 + b"\nleft: \n")


def test_whatIsRightBeforeARecordThatIsNotIsHeard(client: Client) -> None:
    pieces = heardBy(client)
    for _ in range(100):
        client.tls.send(b"x\n")
    good = client.tls.bio_read(65536)
    client.tls.send(b"never\n")
    bad = client.tls.bio_read(65536)
    client.server.dataReceived(good + bad[:-1] + bytes([bad[-1] ^ 1]))
    assert pieces == [b"x\n" * 100]
    assert client.transport.disconnecting
