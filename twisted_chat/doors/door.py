"""
Doors: where people come in.

A door is one place to listen at, for one wire: a port number or a Twisted endpoint string, with
the command that a person types to come in through it.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProtocolFactory,
    IStreamServerEndpoint,
)
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.doors.sendatonce import AtOnceReactor, plainHost
from twisted_chat.doors.socketoptions import SocketOptions
from twisted_chat.settings.addresslist import UNIX
from twisted_chat.settings.kinds import SettingsError

BACKLOG = 1024
"""Connections that may wait to be accepted at a port number; the system may allow fewer."""

UNKNOWN = "unknown"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised here, not listened at
LOOPBACK = ("127.0.0.1", "::1")
UNROUTED = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses for documentation, RFC 5737 and RFC 3849: nobody is there."""


@dataclass(frozen=True, slots=True)
class Wire:
    """
    What people need to know of a wire to come in by it.

    @ivar name: as the table of open doors shows it.
    @ivar setting: the path of the setting that places its doors.
    @ivar option: the option of the command line that does.
    @ivar command: what a person types, with C{{host}} and C{{port}}.
    @ivar unixCommand: the same for a unix socket, with C{{path}}; empty if there is no such way.
    """

    name: str
    setting: str
    option: str
    command: str
    unixCommand: str = ""


LINE = Wire("line", "listen.port", "--port", "nc {host} {port}", "nc -U {path}")
LINE_TLS = Wire(
    "line over TLS",
    "listen.tls_port",
    "--tls-port",
    "openssl s_client -quiet -connect {host}:{port}",
    "openssl s_client -quiet -unix {path}",
)

IRC = Wire("IRC", "listen.irc_port", "--irc-port", "irc://{host}:{port}")
IRC_TLS = Wire("IRC over TLS", "listen.irc_tls_port", "--irc-tls-port", "ircs://{host}:{port}")


def normalizeAddress(address: IAddress | None) -> str:
    """
    Name the place that a connection comes from, for logs, limits and bans.

    @param address: what C{transport.getPeer()} or C{buildProtocol} gives.
    @return: an IPv4 or IPv6 address, the former also when it comes as C{::ffff:a.b.c.d}; or
        C{"unix"} for a unix socket; or C{"unknown"}, which is in no list of addresses.
    """
    if isinstance(address, UNIXAddress):
        return UNIX
    host = getattr(address, "host", None)
    return plainHost(host) if isinstance(host, str) else UNKNOWN


def hasIPv6() -> bool:
    """
    @return: whether this machine lets us listen at IPv6 addresses, and those of IPv4 with them,
        which OpenBSD does not.
    """
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, False)
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


def lanAddress() -> str | None:
    """
    Find the address under which others in this network reach this machine.

    The system is asked which address it would send from. Nothing is sent.

    @return: an address, IPv4 if there is one; C{None} if there is none.
    """
    for family, target in UNROUTED:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                host = str(probe.getsockname()[0])
        except OSError:
            continue
        if host not in (*EVERYWHERE, *LOOPBACK):
            return host
    return None


def isHost(name: str) -> bool:
    """
    Whether a name may be that of a machine: dots, and words of ASCII letters, digits and dashes.
    """
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    return re.fullmatch(rf"{label}(\.{label})*", name, re.ASCII | re.IGNORECASE) is not None


def parseDoor(
    reactor: Any, setting: str, text: str, options: SocketOptions
) -> IStreamServerEndpoint:
    """
    Make an endpoint of what a setting says.

    @param reactor: what it listens with.
    @param setting: the path of the setting.
    @param text: a port number, which means IPv4 and IPv6, or a Twisted endpoint string, which is
        used as it is.
    @param options: for the sockets of TCP endpoints, whose connections send at once.
    @return: the endpoint.
    @raise SettingsError: if it is neither.
    """
    if text.isascii() and text.isdecimal():
        if hasIPv6():
            both = AtOnceReactor(reactor, options, bothFamilies=True)
            return TCP6ServerEndpoint(both, int(text), BACKLOG)
        only4 = AtOnceReactor(reactor, options)
        return TCP4ServerEndpoint(only4, int(text), BACKLOG)
    if text.partition(":")[0] == "tls" and text.split(":")[1].isdecimal():
        why = "that names a folder of certificates, and port 443"
        raise SettingsError(setting, f"{text}: {why}; for TLS there are doors of their own")
    try:
        found: IStreamServerEndpoint = serverFromString(AtOnceReactor(reactor, options), text)
        return found
    except Exception as error:
        # The parsers of endpoint strings, plug-ins among them, raise whatever comes to hand.
        raise SettingsError(setting, f"{text} is no endpoint{_whyNot(text, error)}") from error


def _whyNot(text: str, error: Exception) -> str:
    """
    What people can do something about, of what the parser of an endpoint string has raised.
    """
    if isinstance(error, OSError) and error.filename is not None:
        return f": {error.filename}: {error.strerror}"
    if text.startswith("systemd:"):
        return ": systemd has handed over no such socket"
    return " such as tcp:5000:interface=127.0.0.1 or unix:/run/chat"


class Door:
    """
    One place to listen at.

    @ivar wire: which wire is spoken there.
    @ivar text: the port number or endpoint string that it was made of.
    @ivar asked: whether somebody asked for it by name: then it has to open.
    @ivar port: what listens, while it is open.
    @ivar reason: why it is closed.
    """

    _log = Logger()

    def __init__(self, wire: Wire, text: str, endpoint: IStreamServerEndpoint, asked: bool) -> None:
        """
        @param wire: see above.
        @param text: see above.
        @param endpoint: see L{parseDoor}.
        @param asked: see above.
        """
        self.wire = wire
        self.text = text
        self.asked = asked
        self.port: IListeningPort | None = None
        self.reason = "not opened yet"
        self._endpoint = endpoint

    @property
    def isOpen(self) -> bool:
        """
        Whether people can come in.
        """
        return self.port is not None

    def open(self, factory: IProtocolFactory) -> Deferred[None]:
        """
        Listen.

        @param factory: makes the protocols; with TLS around it, if the wire has that.
        @return: fires when the door is open, or, if nobody asked for it, stays closed; fails with
            L{SettingsError} if one that was asked for can't open.
        """
        return maybeDeferred(self._endpoint.listen, factory).addCallbacks(
            self._opened, self._failed
        )

    def close(self) -> Deferred[None]:
        """
        Stop listening. Those who are in stay.

        @return: fires when it is closed.
        """
        port, self.port = self.port, None
        if port is None:
            return succeed(None)
        self.reason = "closed"
        return maybeDeferred(port.stopListening).addCallback(lambda _: None)

    def commands(self, lan: str | None) -> list[str]:
        """
        Tell how to come in.

        @param lan: this machine's address for others, if it has one.
        @return: what a person types, one for each address; nothing if it is closed.
        """
        if self.port is None:
            return []
        address = self.port.getHost()
        host, number = getattr(address, "host", None), getattr(address, "port", None)
        if host is None:
            path = getattr(address, "name", None) or b""
            path = path.decode("utf-8", "replace") if isinstance(path, bytes) else str(path)
            return [self.wire.unixCommand.format(path=path)] if path else []
        hosts: Sequence[str | None] = (plainHost(host),)
        if host in EVERYWHERE:
            hosts = ("localhost", lan)
        elif host in LOOPBACK:
            hosts = ("localhost",)
        return [self._command(one, number) for one in hosts if one is not None]

    def _command(self, host: str, port: object) -> str:
        # Only where host and port are one word does an IPv6 address need brackets.
        if ":" in host and "{host}:" in self.wire.command:
            host = f"[{host}]"
        return self.wire.command.format(host=host, port=port)

    def _opened(self, port: IListeningPort) -> None:
        self.port = port
        self.reason = ""

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, CannotListenError):
            cause = error.socketError
            why = (getattr(cause, "strerror", None) or str(cause)).lower()
        elif isinstance(error, OverflowError):
            # Endpoint strings take any number for a port and a backlog; the system does not.
            why = "a number in it is out of range"
        elif isinstance(error, OSError | ValueError):
            why = getattr(error, "strerror", None) or str(error)
        else:
            failure.raiseException()
        what = f"port {self.text}" if self.text.isdecimal() else self.text
        self.reason = f"{what} can't be opened: {why}"
        if self.asked:
            raise SettingsError(self.wire.setting, self.reason) from error
        self._log.warn("{door}: {reason}", door=self.wire.name, reason=self.reason)


def makeDoors(
    reactor: Any, wire: Wire, texts: Iterable[str], asked: bool, options: SocketOptions
) -> list[Door]:
    """
    Make the doors that a setting asks for.

    @param reactor: what they listen with.
    @param wire: which wire is spoken there.
    @param texts: the setting's value: see L{parseDoor}.
    @param asked: whether the setting was given, rather than left at its default.
    @param options: see L{parseDoor}.
    @return: a door for each text, none open yet.
    @raise SettingsError: see L{parseDoor}.
    """
    return [
        Door(wire, text, parseDoor(reactor, wire.setting, text, options), asked) for text in texts
    ]


def describeDoors(
    doors: Iterable[Door],
    dataDir: Path,
    fingerprint: str | None,
    lan: str | None,
    more: Iterable[tuple[str, str]] = (),
) -> str:
    """
    Write the table that the start prints.

    @param doors: all of them, in the order of the table.
    @param dataDir: where data is kept.
    @param fingerprint: the SHA-256 of the TLS certificate, if one is in use.
    @param lan: see L{lanAddress}.
    @param more: what else there is to say, with its names.
    @return: lines, each with its end.
    """
    rows: list[tuple[str, str]] = []
    for door in doors:
        if door.isOpen:
            told = door.commands(lan) or [door.text]
        else:
            told = [f"closed: {door.reason} (move it with {door.wire.option})"]
        rows += zip([door.wire.name, *[""] * (len(told) - 1)], told, strict=True)
    # A path is bytes, and need not be text.
    rows.append(("data", os.fsencode(dataDir).decode("utf-8", "replace")))
    if fingerprint is not None:
        rows.append(("certificate", f"SHA-256 {fingerprint}"))
    rows += more
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {text}\n" for name, text in rows)


def wayIn(doors: Iterable[Door], name: str) -> str:
    """
    Tell how to come in from elsewhere.

    @param doors: the best one first.
    @param name: the network's. A name with a dot that may be a machine's is taken for one, and any
        other for a mere name; then it is this machine's address to which clients connect.
    @return: what a person types; C{""} if none is open.
    """
    known = "." in name and isHost(name)
    for door in doors:
        if commands := door.commands(None if known else lanAddress()):
            return commands[0].replace("localhost", name) if known else commands[-1]
    return ""
