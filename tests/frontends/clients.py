"""
Clients of the line protocol without sockets: bytes in, bytes out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import INegotiated
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import directlyProvides

from tests.doubles import Net
from twisted_chat.domain.terms import Terms
from twisted_chat.doors.door import normalizeAddress
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.frontends.line import ChatFactory, ChatProtocol

NEAR, FAR = "127.0.0.1", "192.0.2.7"
LIMITS = ClientLimits()


def untimed(text: str) -> str:
    """
    With the times of messages as C{hh:mm}.
    """
    return re.sub(r"^\d\d:\d\d ", "hh:mm ", text, flags=re.MULTILINE)


class Pipe(StringTransport):
    """
    A transport that tells what became of it, and does not read while it is paused.

    @ivar written: what was written since L{clear}, write by write.
    """

    written: list[bytes]

    def __init__(self, host: str) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", host, 40000))
        self.ended = ""
        self.clogged = False

    def write(self, data: bytes) -> None:
        super().write(data)
        self.written.append(data)

    def clear(self) -> None:
        super().clear()
        self.written = []

    def loseConnection(self) -> None:
        super().loseConnection()
        self.ended = self.ended or "closed"

    def abortConnection(self) -> None:
        super().abortConnection()
        self.ended = "aborted"


class Line:
    """
    One client.

    @ivar protocol: what the server has for it.
    """

    protocol: ChatProtocol

    def __init__(self, net: Net, factory: ChatFactory, host: str, tls: bool) -> None:
        self._net = net
        self.pipe = Pipe(host)
        if tls:
            directlyProvides(self.pipe, INegotiated)
        protocol = factory.buildProtocol(self.pipe.getPeer())
        assert isinstance(protocol, ChatProtocol)
        self.protocol = protocol
        protocol.makeConnection(self.pipe)

    def send(self, data: bytes, seconds: float = 0.05) -> None:
        """
        Send bytes, and give the server a little time.
        """
        self.protocol.dataReceived(data)
        if seconds:
            self._net.settle(seconds)

    def got(self) -> str:
        """
        What has come since this was last asked.
        """
        data = self.pipe.value()
        self.pipe.clear()
        return data.decode().replace("\r\n", "\n")

    def type(self, *lines: str) -> str:
        """
        Type lines, one after the other.

        @return: what has come, up to now.
        """
        for line in lines:
            self.send(line.encode() + b"\n")
        return self.got()

    @property
    def ended(self) -> str:
        """
        How the server has ended the connection; C{""} if it has not.
        """
        return self.pipe.ended

    def endOfInput(self, seconds: float = 0.05) -> None:
        """
        Say that nothing more comes.
        """
        self.protocol.readConnectionLost()
        self._net.settle(seconds)

    def lose(self, reason: type[Exception] = ConnectionLost) -> None:
        """
        Let the connection be lost.
        """
        self.protocol.connectionLost(Failure(reason()))
        self._net.settle()

    def gone(self) -> None:
        """
        What the reactor does when the server has closed the connection.
        """
        assert self.ended
        self.lose(ConnectionDone)


class Doors:
    """
    A network, and a factory for each node, through which clients come in.
    """

    def __init__(
        self,
        nodes: int = 2,
        limits: ClientLimits = LIMITS,
        terms: Terms | None = None,
        net: Net | None = None,
        **how: Any,
    ) -> None:
        """
        @param terms: what holds for the network as a whole.
        @param net: the network, if there is one already.
        @param how: for L{ChatFactory}.
        """
        terms = replace(terms or Terms(), isTrusted=lambda address: address == NEAR)
        self.net = net or Net(nodes=nodes, terms=terms)
        self.factories = [
            ChatFactory(
                portal,
                hub,
                self.net.clock,
                name="chat.example",
                lobby="lobby",
                addressOf=normalizeAddress,
                hint="openssl s_client -quiet -connect chat.example:5001",
                limits=limits,
                **how,
            )
            for portal, hub in zip(self.net.portals, self.net.hubs, strict=True)
        ]
        for factory in self.factories:
            factory.ready()

    def connect(self, node: int = 0, host: str = NEAR, tls: bool = False) -> Line:
        """
        Somebody connects.
        """
        return Line(self.net, self.factories[node], host, tls)

    def enter(self, name: str, room: str = "lobby", node: int = 0, **how: Any) -> Line:
        """
        A guest comes in and enters a room; what they have read until then is not kept.
        """
        line = self.connect(node, **how)
        line.type(name, room)
        return line

    def register(self, name: str, room: str = "lobby", node: int = 0) -> None:
        """
        Somebody comes in, registers, enters a room and goes.
        """
        line = self.enter(name, room, node)
        line.type(f"/register {name}-password", "[EXIT]")
        line.gone()
