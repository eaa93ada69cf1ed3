"""
IRC clients without sockets: lines in, lines out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import INegotiated
from twisted.python.failure import Failure
from zope.interface import directlyProvides

from tests.doubles import Net, PlainPasswords
from tests.frontends.clients import FAR, LIMITS, NEAR, Pipe
from twisted_chat.doors.door import normalizeAddress
from twisted_chat.frontends.irc.client import IrcClient
from twisted_chat.frontends.irc.factory import IrcFactory

__all__ = [
    "FAR",
    "HOST",
    "NEAR",
    "PASSWORD",
    "Irc",
    "IrcDoors",
    "by",
    "number",
    "registered",
    "said",
]


HOST = "chat.example"
"""The name of the server, and the host of who has none."""

PASSWORD = "correct horse"
"""The password of everybody who has one."""


class Irc:
    """
    One client.

    @ivar protocol: what the server has for it.
    """

    protocol: IrcClient

    def __init__(
        self, net: Net, factory: IrcFactory, host: str, tls: bool, certificate: Any = None
    ) -> None:
        self._net = net
        self.pipe = Pipe(host)
        if tls:
            directlyProvides(self.pipe, INegotiated)
            self.pipe.getPeerCertificate = lambda: certificate  # type: ignore[attr-defined]
        protocol = factory.buildProtocol(self.pipe.getPeer())
        assert isinstance(protocol, IrcClient)
        self.protocol = protocol
        protocol.makeConnection(self.pipe)
        if tls:
            protocol.handshakeCompleted()

    def send(self, *lines: str, seconds: float = 0.05) -> list[str]:
        """
        Send lines, one after the other.

        @return: the lines that have come up to now.
        """
        for line in lines:
            self.protocol.dataReceived(line.encode() + b"\r\n")
            if seconds:
                self._net.settle(seconds)
        return self.got()

    def got(self) -> list[str]:
        """
        The lines that have come since this was last asked.
        """
        data = self.pipe.value()
        self.pipe.clear()
        return data.decode().split("\r\n")[:-1]

    @property
    def ended(self) -> str:
        """
        How the server has ended the connection; C{""} if it has not.
        """
        return self.pipe.ended

    def lose(self) -> None:
        """
        Let the connection be lost.
        """
        self.protocol.connectionLost(Failure(ConnectionLost()))
        self._net.settle()


class IrcDoors:
    """
    A network, and a factory for each node, through which clients come in.

    @ivar net: the network.
    """

    def __init__(self, nodes: int = 1, net: Net | None = None, **how: Any) -> None:
        """
        @param how: for L{IrcFactory}.
        """
        self.net = net or Net(nodes=nodes)
        for hub in self.net.hubs:
            hub.terms = replace(hub.terms, isTrusted=lambda address: address == NEAR)
        named = {
            "name": "chat.example",
            "addressOf": normalizeAddress,
            "hint": "connect to port 6697 with TLS",
            "limits": LIMITS,
            "passwords": PlainPasswords(),
            "secret": b"16 bytes or more",
        }
        self.factories = [
            IrcFactory(portal, hub, self.net.clock, **{**named, **how})
            for portal, hub in zip(self.net.portals, self.net.hubs, strict=True)
        ]
        for factory in self.factories:
            factory.ready()

    def connect(self, node: int = 0, host: str = NEAR, tls: bool = False, **how: Any) -> Irc:
        """
        Somebody connects.
        """
        return Irc(self.net, self.factories[node], host, tls, **how)

    def enter(self, nick: str, *caps: str, node: int = 0, **how: Any) -> Irc:
        """
        Somebody comes in; what they have read until then is not kept.

        @param caps: the capabilities that they ask for.
        """
        client = self.connect(node, **how)
        if caps:
            client.send("CAP LS 302", f"CAP REQ :{' '.join(caps)}")
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
        if caps:
            client.send("CAP END")
        client.got()
        return client


def by(nick: str) -> str:
    """
    Somebody as the source of a line.
    """
    return f":{nick}!~{nick}@{HOST} "


def number(nick: str, rest: str) -> str:
    """
    A numeric for somebody.
    """
    code, rest = rest.split(" ", 1)
    return f":{HOST} {code} {nick} {rest}"


def registered(doors: IrcDoors, nick: str, *rooms: str) -> tuple[Irc, list[str]]:
    """
    Somebody registered who has been in rooms before and comes in again, and what they read.
    """
    session = doors.net.registered(nick)
    for room in rooms:
        doors.net.join(room, session)
    session.logout()
    doors.net.settle()
    client = doors.connect()
    client.send(f"PASS :{nick}:{PASSWORD}")
    return client, client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")


def said(lines: list[str]) -> list[str]:
    """
    What services have said.
    """
    words = [line.split(" ", 3) for line in lines if "@services." in line]
    return [text.removeprefix(":") for _, _, _, text in words]
