"""
Real sockets: what L{sendatonce<twisted_chat.doors.sendatonce>} and
L{door<twisted_chat.doors.door>} do with the system's TCP.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.systemreactor import SystemReactor, closeReactor
from twisted_chat.doors.door import LINE, Door, makeDoors, normalizeAddress
from twisted_chat.doors.sendatonce import AtOnceReactor, AtOnceServer
from twisted_chat.doors.socketoptions import SocketOptions
from twisted_chat.settings.kinds import SettingsError

pytestmark = pytest.mark.integration


@implementer(IHalfCloseableProtocol)
class Recording(Protocol):
    """
    A protocol that notes what comes, and how it ends.
    """

    def __init__(self) -> None:
        self.received = b""
        self.lost: list[type[BaseException] | None] = []
        self.readLost = 0

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.append(reason.type)

    def readConnectionLost(self) -> None:
        self.readLost += 1

    def writeConnectionLost(self) -> None:
        pass


class Peers(Factory):
    """
    Makes L{Recording} protocols and keeps them.
    """

    noisy = False

    def __init__(self) -> None:
        self.addresses: list[IAddress] = []
        self.made: list[Recording] = []

    def buildProtocol(self, addr: IAddress) -> Recording:
        self.addresses.append(addr)
        self.made.append(Recording())
        return self.made[-1]


@pytest.fixture
def turning() -> Iterator[SystemReactor]:
    """
    A reactor of the test's own, turned by hand.
    """
    made = SystemReactor()
    yield made
    closeReactor(made)


def until(reactor: SystemReactor, done: Callable[[], object]) -> None:
    """
    Turn the reactor until C{done()}, at most 2000 times.
    """
    for _ in range(2000):
        if done():
            return
        reactor.runUntilCurrent()
        reactor.doIteration(0.005)
    raise AssertionError("it does not happen")


def listen(reactor: SystemReactor, **options: Any) -> tuple[Any, Peers]:
    """
    Listen on a port of the system's choice.

    @param options: for L{AtOnceReactor.listenTCP}.
    """
    peers = Peers()
    port = AtOnceReactor(reactor, SocketOptions(), bothFamilies=True).listenTCP(0, peers, **options)
    return port, peers


def test_aSlowReaderGetsEverythingInOrder(turning: SystemReactor) -> None:
    """
    Many writes into a small window, read in small pieces: the same bytes, then the end.
    """
    port, peers = listen(turning, interface="127.0.0.1")
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    until(turning, lambda: peers.made)
    transport = peers.made[0].transport
    assert isinstance(transport, AtOnceServer)
    sent = [b"%06d " % number * 100 for number in range(4000)]
    for piece in sent:
        transport.write(piece)
    assert transport in turning.getWriters(), "it all fitted: the test shows nothing"
    transport.loseConnection()
    client.setblocking(False)
    arrived = bytearray()

    def ended() -> bool:
        try:
            piece = client.recv(30000)
        except BlockingIOError:
            return False
        arrived.extend(piece)
        return not piece

    until(turning, ended)
    assert bytes(arrived) == b"".join(sent)
    client.close()
    until(turning, lambda: peers.made[0].lost)
    assert peers.made[0].lost == [ConnectionDone]
    port.stopListening()
    until(turning, lambda: not port.connected)


def test_aResetPeerIsLostAndNothingIsRaised(turning: SystemReactor) -> None:
    """
    A peer that resets while it is written to.
    """
    port, peers = listen(turning, interface="127.0.0.1")
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    until(turning, lambda: peers.made)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    client.close()
    transport: Any = peers.made[0].transport
    transport.write(b"hello")
    transport.write(b"again")
    assert peers.made[0].lost == []
    until(turning, lambda: peers.made[0].lost)
    assert peers.made[0].lost == [ConnectionLost]
    assert peers.made[0].readLost == 0
    port.stopListening()
    until(turning, lambda: not port.connected)


def test_acceptedSocketsHaveTheListenersOptions(turning: SystemReactor) -> None:
    """
    Set once on the listener, inherited by each connection; idle and busy dead peers are found
    within C{deadAfter}.
    """
    port, peers = listen(turning, interface="127.0.0.1")
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    until(turning, lambda: peers.made)
    transport: Any = peers.made[0].transport

    def option(level: int, name: int) -> int:
        return int(transport.socket.getsockopt(level, name))

    tcp = socket.IPPROTO_TCP
    assert option(tcp, socket.TCP_NODELAY)
    assert option(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    # Linux gives twice what is asked for.
    assert option(socket.SOL_SOCKET, socket.SO_SNDBUF) in (128 * 1024, 2 * 128 * 1024)
    idle = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"
    probing = option(tcp, getattr(socket, idle))
    probing += option(tcp, socket.TCP_KEEPINTVL) * option(tcp, socket.TCP_KEEPCNT)
    # Only Linux has the other one.
    linux = hasattr(socket, "TCP_USER_TIMEOUT")
    unanswered = option(tcp, socket.TCP_USER_TIMEOUT) / 1000 if linux else 40
    assert 60 <= probing + unanswered <= 85
    client.close()
    until(turning, lambda: peers.made[0].readLost)
    transport.loseConnection()
    port.stopListening()
    until(turning, lambda: not port.connected and peers.made[0].lost)


def test_urgentDataIsReadInItsPlace(turning: SystemReactor) -> None:
    """
    As telnet sends its Synch (RFC 854): none of the bytes is lost, and none comes before others.
    """
    port, peers = listen(turning, interface="127.0.0.1")
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    client.sendall(b"a")
    client.send(b"\xff", socket.MSG_OOB)
    client.sendall(b"\xf2b")
    until(turning, lambda: peers.made and peers.made[0].received == b"a\xff\xf2b")
    client.close()
    until(turning, lambda: peers.made[0].readLost)
    peers.made[0].transport.loseConnection()
    port.stopListening()
    until(turning, lambda: not port.connected and peers.made[0].lost)


def test_oneSocketTakesBothFamiliesAndTellsThemApart(turning: SystemReactor) -> None:
    """
    What a bare port number opens.
    """
    try:
        port, peers = listen(turning, interface="::")
        clients = [
            socket.create_connection((host, port.getHost().port)) for host in ("127.0.0.1", "::1")
        ]
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    until(turning, lambda: len(peers.made) == 2)
    assert sorted(str(getattr(address, "host", None)) for address in peers.addresses) == [
        "127.0.0.1",
        "::1",
    ]
    for protocol, address in zip(peers.made, peers.addresses, strict=True):
        transport: Any = protocol.transport
        assert transport.getPeer() == address
        assert transport.getHost().host == transport.getPeer().host
    for client in clients:
        client.close()
    until(turning, lambda: all(protocol.readLost for protocol in peers.made))
    for protocol in peers.made:
        protocol.transport.loseConnection()
    port.stopListening()
    until(turning, lambda: all(protocol.lost for protocol in peers.made) and not port.connected)


def opened(door: Door, factory: Factory) -> None:
    """
    Open a door, which takes no turn of the reactor; raise what it fails with.
    """
    results: list[object] = []
    door.open(factory).addBoth(results.append)
    for result in results:
        if isinstance(result, Failure):
            result.raiseException()


class Greeter(Protocol):
    """
    Says where the peer comes from, and hangs up.
    """

    made: list[Protocol]

    def connectionMade(self) -> None:
        transport: Any = self.transport
        self.made.append(transport)
        transport.write(normalizeAddress(transport.getPeer()).encode())
        transport.loseConnection()


@pytest.mark.parametrize("text", ["0", "tcp:0:interface=127.0.0.1", "tcp6:0:interface=\\:\\:1"])
def test_everyTcpDoorSendsAtOnceAndNamesItsPeers(turning: SystemReactor, text: str) -> None:
    """
    Port numbers and endpoint strings; a second door at the same port is refused.
    """
    made: list[Any] = []
    factory = Factory.forProtocol(type("Here", (Greeter,), {"made": made}))
    factory.noisy = False
    (here,) = makeDoors(turning, LINE, [text], True, SocketOptions())
    opened(here, factory)
    assert here.port is not None
    number = here.port.getHost().port
    host = "::1" if "tcp6" in text else "127.0.0.1"
    client = socket.create_connection((host, number))
    until(turning, lambda: made)
    assert isinstance(made[0], AtOnceServer)
    client.settimeout(5)
    assert client.recv(100).decode() == host
    (again,) = makeDoors(turning, LINE, [str(number)], True, SocketOptions())
    with pytest.raises(SettingsError, match="address already in use"):
        opened(again, factory)
    closing = here.close()
    until(turning, lambda: closing.called and made[0].disconnected)
    client.close()


def test_aUnixDoorNamesItsPeersUnix(turning: SystemReactor, tmp_path: Path) -> None:
    """
    Which the setting C{trusted} knows.
    """
    made: list[Any] = []
    factory = Factory.forProtocol(type("Here", (Greeter,), {"made": made}))
    factory.noisy = False
    path = str(tmp_path / "door")
    (here,) = makeDoors(turning, LINE, [f"unix:{path}"], True, SocketOptions())
    opened(here, factory)
    assert here.commands(None) == [f"nc -U {path}"]
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    until(turning, lambda: made and made[0].disconnected)
    client.settimeout(5)
    assert client.recv(100) == b"unix"
    closing = here.close()
    until(turning, lambda: closing.called)
    client.close()


def test_findingTheAddressForOthersSendsNothingAndAsksNobody() -> None:
    """
    In a process in which any look-up of a name would fail.
    """
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('a look-up')\n"
        "socket.getaddrinfo = socket.gethostbyname = socket.getfqdn = refuse\n"
        "from twisted_chat.doors.door import lanAddress\n"
        "from ipaddress import ip_address\n"
        "found = lanAddress()\n"
        "assert found is None or not ip_address(found).is_loopback\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
