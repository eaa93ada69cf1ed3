"""
L{twisted_chat.doors.tlsdoor}: who comes to the door for TLS without it reads so.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.doors.test_certificates import clockNow
from tests.frontends.clients import Doors
from tests.frontends.irc.clients import IrcDoors
from twisted_chat.domain.rates import RateLimits, Rates
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.selfsigned import selfSigned
from twisted_chat.doors.tlsdoor import NO_TLS

PEER = IPv4Address("TCP", "203.0.113.9", 40000)


def come(folder: Path, factory: Any) -> tuple[Any, StringTransport]:
    """
    Somebody connects to a door for TLS.
    """
    clock = clockNow()
    certificates = Certificates(*selfSigned(folder, "chat.example", clock), clock)
    server = certificates.wrap(factory).buildProtocol(PEER)
    transport = StringTransport(peerAddress=PEER)
    server.makeConnection(transport)
    return server, transport


@pytest.mark.parametrize("sent", [b"alex\n", b"CAP LS 302\r\nNICK alex\r\n", b"\xff\xf4"])
def test_whoSpeaksWithoutTlsReadsSo(tmp_path: Path, sent: bytes) -> None:
    doors = Doors(nodes=1)
    server, transport = come(tmp_path, doors.factories[0])
    assert transport.value() == b"", "nothing is said to who is silent"
    server.dataReceived(sent)
    assert transport.value() == f"! {NO_TLS}\r\n".encode()
    assert transport.disconnecting
    # What still comes is about nothing.
    server.dataReceived(b"\x16\x03\x01 and more\n")
    assert transport.value() == f"! {NO_TLS}\r\n".encode()


def test_anIrcClientReadsItAsAnError(tmp_path: Path) -> None:
    server, transport = come(tmp_path, IrcDoors().factories[0])
    server.dataReceived(b"CAP LS 302\r\n")
    assert transport.value() == f"ERROR :{NO_TLS}\r\n".encode()
    assert transport.disconnecting


def test_whoIsToldHasASecondToTakeIt(tmp_path: Path) -> None:
    doors = Doors(nodes=1)
    server, transport = come(tmp_path, doors.factories[0])
    server.dataReceived(b"alex\n")
    doors.net.clock.advance(1)
    assert transport.disconnected


def test_itIsNotSaidInTheMidstOfAHandshake(tmp_path: Path) -> None:
    """
    Where the first bytes are TLS, what comes is for TLS to judge.
    """
    server, transport = come(tmp_path, Doors(nodes=1).factories[0])
    client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
    client.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    hello = client.bio_read(65536)
    server.dataReceived(hello[:1])
    server.dataReceived(b"alex\n")
    assert NO_TLS.encode() not in transport.value()
    assert transport.disconnecting


def test_theLogTellsWhyTheTwoSidesDidNotComeToTerms(tmp_path: Path, logged: list[str]) -> None:
    server, transport = come(tmp_path, Doors(nodes=1).factories[0])
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_1_VERSION)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    client = SSL.Connection(context, None)
    client.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    server.dataReceived(client.bio_read(65536))
    assert transport.disconnecting
    server.connectionLost(Failure(ConnectionDone()))
    assert logged[-1] == f"{PEER.host}: disconnected: TLS: unsupported protocol"


def test_aProtocolThatHasNoWordsForItIsClosed(tmp_path: Path) -> None:
    server, transport = come(tmp_path, Factory.forProtocol(Protocol))
    server.dataReceived(b"alex\n")
    assert NO_TLS.encode() not in transport.value()
    assert transport.disconnecting


def counted(folder: Path) -> tuple[Any, StringTransport, SSL.Connection]:
    """
    Somebody has come in by TLS whose lines are counted.
    """
    doors = Doors(nodes=1)
    hub = doors.net.hubs[0]
    hub.rates = Rates(RateLimits(), hub.clock.seconds)
    server, transport = come(folder, doors.factories[0])
    client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
    client.set_connect_state()
    for _ in range(4):
        with contextlib.suppress(SSL.WantReadError):
            client.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            server.dataReceived(client.bio_read(65536))
        if transport.value():
            client.bio_write(transport.value())
            transport.clear()
    return server, transport, client


def test_whatTlsPutsAroundTinyRecordsCountsLikeLines(tmp_path: Path) -> None:
    server, transport, client = counted(tmp_path)
    records = 0
    while transport.producerState == "producing":
        for _ in range(50):
            client.send(b"x")
        server.dataReceived(client.bio_read(65536))
        records += 50
    # 17 KiB may be on their way and 20 are free; there are 22 bytes around each.
    assert 37 * 1024 <= records * 22 <= 39 * 1024


def test_aLargeRecordThatComesInPiecesCountsOnce(tmp_path: Path) -> None:
    server, transport, client = counted(tmp_path)
    for _ in range(2):
        client.send(b"x" * 7000 + b"\n")
        come = client.bio_read(65536)
        for start in range(0, len(come), 100):
            server.dataReceived(come[start : start + 100])
    assert transport.producerState == "producing"
