"""
The PROXY protocol, versions 1 and 2: a proxy in front of the server tells who is behind it.

From the addresses that are proxies, the header is required and believed; from all others it is
nothing but bytes. The format is that of HAProxy's "The PROXY protocol", sections 2.1 and 2.2.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocol, IProtocolFactory
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.domain.units import SECONDS

PATIENCE: Final = 5 * SECONDS
"""How long the header may take."""

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
"""What a header of version 2 begins with."""

LONGEST_1: Final = 107
"""Bytes of a header of version 1 with its end, at most."""

LONGEST_2: Final = 4096
"""Bytes of a header of version 2 that are waited for; the addresses need 52, the rest is extra."""

_FIXED: Final = struct.Struct("!12sBBH")
_LOCAL, _PROXIED = 0x20, 0x21
_TCP4, _TCP6 = 0x11, 0x21


class BadHeader(Exception):
    """
    It is no header of the PROXY protocol.
    """


@implementer(IAddress)
@dataclass(frozen=True, slots=True)
class NobodyTold:
    """
    The proxy does not say who is behind it, or speaks for itself.
    """


def readHeader(data: bytes) -> tuple[IAddress, int] | None:
    """
    Read a header.

    @param data: what has come so far.
    @return: who is behind the proxy, and how many bytes the header has; C{None} if there is more to
        come.
    @raise BadHeader: it is none.
    """
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        return _readBinary(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _readText(data)
    raise BadHeader("neither version 1 nor version 2")


def _readText(data: bytes) -> tuple[IAddress, int] | None:
    line, end, _ = data[:LONGEST_1].partition(b"\r\n")
    if not end:
        if len(data) >= LONGEST_1:
            raise BadHeader("version 1 without an end")
        return None
    size = len(line) + 2
    words = line.decode("ascii", "replace").split(" ")
    if words[1:2] == ["UNKNOWN"]:
        return NobodyTold(), size
    if len(words) != 6 or words[1] not in ("TCP4", "TCP6"):
        raise BadHeader("version 1 with other words")
    return _address(words[1] == "TCP6", words[2], words[4]), size


def _address(six: bool, host: str, port: str) -> IAddress:
    try:
        known = ip_address(host)
        number = int(port) if port.isdigit() else -1
    except ValueError:
        raise BadHeader("an address that is none") from None
    if known.version != (6 if six else 4) or not 0 <= number <= 65535:
        raise BadHeader("an address of another kind")
    return IPv6Address("TCP", host, number) if six else IPv4Address("TCP", host, number)


def _readBinary(data: bytes) -> tuple[IAddress, int] | None:
    if len(data) < _FIXED.size:
        return None
    _, command, family, length = _FIXED.unpack_from(data)
    size = _FIXED.size + length
    if command not in (_LOCAL, _PROXIED) or size > LONGEST_2:
        raise BadHeader("version 2 with another command, or too long")
    if len(data) < size:
        return None
    rest = data[_FIXED.size : size]
    if command == _PROXIED and family == _TCP4 and length >= 12:
        port = struct.unpack_from("!H", rest, 8)[0]
        return IPv4Address("TCP", socket.inet_ntop(socket.AF_INET, rest[:4]), port), size
    if command == _PROXIED and family == _TCP6 and length >= 36:
        port = struct.unpack_from("!H", rest, 32)[0]
        return IPv6Address("TCP", socket.inet_ntop(socket.AF_INET6, rest[:16]), port), size
    return NobodyTold(), size


@implementer(IProtocolFactory)
class ProxiedFactory:
    """
    Makes the protocols of another factory, for clients behind a proxy, once it has told who they
    are.
    """

    noisy = False

    def __init__(
        self, inner: IProtocolFactory, clock: Any, isProxy: Callable[[IAddress], bool]
    ) -> None:
        """
        @param inner: makes the protocols.
        @param clock: the reactor's time.
        @param isProxy: whether an address is one of our proxies'.
        """
        self.inner = inner
        self.clock = clock
        self.isProxy = isProxy

    def doStart(self) -> None:
        """
        The port begins to listen.
        """
        self.inner.doStart()

    def doStop(self) -> None:
        """
        The port listens no longer.
        """
        self.inner.doStop()

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        """
        Make a protocol; for nearly everybody just the one that the other factory makes.
        """
        if self.isProxy(addr):
            return HeaderReader(self)
        return self.inner.buildProtocol(addr)


class HeaderReader(Protocol):
    """
    Waits for the header, then lets another protocol take its place.
    """

    transport: Any

    _log = Logger()
    _timer: IDelayedCall | None = None

    def __init__(self, factory: ProxiedFactory) -> None:
        self._factory = factory
        self._data = b""

    def connectionMade(self) -> None:
        """
        A proxy has connected.
        """
        self._timer = self._factory.clock.callLater(PATIENCE, self._refuse, "no header came")

    def dataReceived(self, data: bytes) -> None:
        """
        The header, or a part of it; and perhaps what is behind it.
        """
        self._data += data
        try:
            found = readHeader(self._data)
        except BadHeader as why:
            self._refuse(str(why))
            return
        if found is not None:
            address, size = found
            self._stop()
            self._giveWay(address, self._data[size:])

    def _giveWay(self, address: IAddress, rest: bytes) -> None:
        transport = self.transport
        transport.comesFrom(address)
        protocol: Any = self._factory.inner.buildProtocol(address)
        if protocol is None:
            transport.abortConnection()
            return
        transport.protocol = protocol
        protocol.makeConnection(transport)
        if rest:
            protocol.dataReceived(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The proxy has gone before it said anything.
        """
        self._stop()

    def _refuse(self, why: str) -> None:
        proxy = getattr(self.transport.getPeer(), "host", "unix")
        self._log.warn("proxy {proxy}: refused, {why}", proxy=proxy, why=why)
        self._stop()
        self.transport.abortConnection()

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
