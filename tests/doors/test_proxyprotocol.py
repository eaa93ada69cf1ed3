"""
The PROXY protocol: headers are read in any pieces, required of proxies, and nobody else's.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from twisted_chat.doors.door import normalizeAddress
from twisted_chat.doors.proxyprotocol import (
    LONGEST_2,
    PATIENCE,
    SIGNATURE,
    BadHeader,
    HeaderReader,
    NobodyTold,
    ProxiedFactory,
    readHeader,
)

FOUR = b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 5000\r\n"
SIX = b"PROXY TCP6 2001:db8::9 2001:db8::1 4711 5000\r\n"


def binary(command: int, family: int, rest: bytes) -> bytes:
    """
    @return: a header of version 2.
    """
    return SIGNATURE + struct.pack("!BBH", command, family, len(rest)) + rest


FOUR_2 = binary(0x21, 0x11, bytes([203, 0, 113, 9, 192, 0, 2, 1]) + struct.pack("!HH", 4711, 5000))
SIX_2 = binary(
    0x21,
    0x21,
    bytes.fromhex("20010db8" + "0" * 22 + "09") + bytes(16) + struct.pack("!HH", 4711, 5000) + b"x",
)


class Pipe(StringTransport):
    """
    A transport that can be told who is behind its peer, as ours can.
    """

    aborted = False

    def comesFrom(self, address: object) -> None:
        self.peerAddr = address

    def abortConnection(self) -> None:
        self.aborted = True


class Inner(Protocol):
    """
    Keeps what it reads.
    """

    got = b""

    def dataReceived(self, data: bytes) -> None:
        self.got += data


def connection(peer: str = "10.0.0.1") -> tuple[Pipe, Clock]:
    """
    @return: a connection from an address, of which 10.0.0.1 is a proxy's.
    """
    clock = Clock()
    factory = ProxiedFactory(
        Factory.forProtocol(Inner),
        clock,
        lambda address: normalizeAddress(address) == "10.0.0.1",
    )
    address = IPv4Address("TCP", peer, 1)
    pipe = Pipe(peerAddress=address)
    pipe.protocol = factory.buildProtocol(address)
    pipe.protocol.makeConnection(pipe)
    return pipe, clock


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (FOUR, IPv4Address("TCP", "203.0.113.9", 4711)),
        (SIX, IPv6Address("TCP", "2001:db8::9", 4711)),
        (FOUR_2, IPv4Address("TCP", "203.0.113.9", 4711)),
        (SIX_2, IPv6Address("TCP", "2001:db8::9", 4711)),
    ],
)
def test_whoIsBehindTheProxyIsThePeerHoweverTheBytesCome(header: bytes, address: object) -> None:
    for size in (1, 7, 1000):
        pipe, clock = connection()
        data = header + b"hello"
        for start in range(0, len(data), size):
            pipe.protocol.dataReceived(data[start : start + size])
        assert not pipe.aborted
        assert isinstance(pipe.protocol, Inner)
        assert pipe.protocol.got == b"hello"
        assert pipe.getPeer() == address
        assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN whatever\r\n",
        binary(0x20, 0, b""),
        binary(0x20, 0x11, bytes([203, 0, 113, 9]) * 3),
        # Too short for the addresses that it should have.
        binary(0x21, 0x11, bytes(11)),
        binary(0x21, 0x21, bytes(35)),
        # As of a unix socket.
        binary(0x21, 0x31, bytes(216)),
    ],
)
def test_aProxyThatNamesNobodyIsAtNoAddressThatAnybodyTrusts(header: bytes) -> None:
    pipe, _ = connection()
    pipe.protocol.dataReceived(header)
    assert isinstance(pipe.getPeer(), NobodyTold)
    assert normalizeAddress(pipe.getPeer()) == "unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        b"NICK alex\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 4711\r\n",
        b"PROXY TCP4 nobody 192.0.2.1 4711 5000\r\n",
        b"PROXY TCP4 2001:db8::9 192.0.2.1 4711 5000\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 65536 5000\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 +4711 5000\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        binary(0x31, 0x11, bytes(12)),
        SIGNATURE + struct.pack("!BBH", 0x21, 0x11, LONGEST_2),
    ],
)
def test_aProxyWithoutAHeaderIsDisconnected(wrong: bytes) -> None:
    pipe, clock = connection()
    pipe.protocol.dataReceived(wrong)
    assert pipe.aborted
    assert isinstance(pipe.protocol, HeaderReader)
    assert clock.getDelayedCalls() == []


def test_aProxyThatSaysNothingIsDisconnectedInTime() -> None:
    pipe, clock = connection()
    clock.advance(PATIENCE - 0.1)
    assert not pipe.aborted
    clock.advance(0.2)
    assert pipe.aborted


def test_aProxyThatGoesBeforeItSaysAnythingIsNotWaitedFor() -> None:
    pipe, clock = connection()
    pipe.protocol.connectionLost()
    assert clock.getDelayedCalls() == []


def test_whoIsNoProxyIsNotBelieved() -> None:
    pipe, _ = connection("192.0.2.7")
    pipe.protocol.dataReceived(FOUR)
    assert isinstance(pipe.protocol, Inner)
    assert pipe.protocol.got == FOUR
    assert normalizeAddress(pipe.getPeer()) == "192.0.2.7"


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: SIGNATURE + rest))
def test_noBytesDoAnythingButBeReadOrRefused(data: bytes) -> None:
    try:
        found = readHeader(data)
    except BadHeader:
        return
    assert found is None or 0 < found[1] <= len(data)
