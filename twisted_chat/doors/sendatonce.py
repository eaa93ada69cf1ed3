"""
Sending at once: a TCP transport whose C{write} tries the socket first.

Twisted's own transport puts every write into a buffer and asks the reactor to say when the socket
is writable: two C{epoll_ctl} calls and a turn of the reactor for each reader of each batch. Nearly
always the socket is writable already, so L{AtOnceServer} sends first, and gives only the rest to
Twisted's buffer. Whatever is out of the ordinary (bytes that wait already, a connection that is
closing, a pull producer, an error) goes through that buffer as a whole, so that order, closing and
the report of errors are Twisted's own.

Nothing here calls a protocol from inside C{write}.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import termios
from collections.abc import Iterable
from errno import ECONNRESET, ETIMEDOUT
from typing import Any

from twisted.internet import main, tcp
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProducer,
    IProtocol,
    IProtocolFactory,
)
from twisted.python.failure import Failure
from zope.interface import directlyProvides, providedBy

from twisted_chat.doors.quietports import QuietPort, QuietUnixPort
from twisted_chat.doors.socketoptions import SocketOptions

MAPPED = "::ffff:"

MOST_WAITING = 1000
"""
How many connections may wait to be accepted, if the system allows it. With Twisted's 50, whoever
connects at the same time as a crowd waits a second or more until the system tries again.
"""

ACCEPTED_AT_ONCE = 4
"""
How many are let in before others have their turn. Twisted begins with 100: a crowd at the door
would hold everybody up.
"""


TIOCOUTQ: int | None = getattr(termios, "TIOCOUTQ", None)
"""Asks what of what was written is not acknowledged; C{None} where the system has no such word."""

_INT = 4
"""Bytes of what C{ioctl} gives."""


def plainHost(host: str) -> str:
    """
    An address as people write it: no IPv4 address inside IPv6, no zone.

    @param host: C{"::ffff:192.0.2.7"}, C{"::ffff:c000:207"}, C{"fe80::1%eth0"}, C{"192.0.2.7"} ...
    @return: C{"192.0.2.7"}, C{"192.0.2.7"}, C{"fe80::1"}, C{"192.0.2.7"} ...
    """
    host = host.partition("%")[0]
    if host.startswith(MAPPED) and "." in host:
        # So the system spells it.
        return host[len(MAPPED) :]
    if ":" not in host:
        return host
    try:
        within = ipaddress.IPv6Address(host).ipv4_mapped
    except ValueError:
        return host
    return host if within is None else str(within)


class AtOnceServer(tcp.Server):
    """
    One accepted connection, which sends at once what the socket takes.

    A peer that came by IPv4 to a socket for both families has an L{IPv4Address}.
    """

    _resetSeen = False
    _behind: IAddress | None = None

    # Whether nothing but bytes that wait already may keep a write from being sent.
    _direct = False

    def __init__(
        self,
        sock: socket.socket,
        protocol: IProtocol,
        client: tuple[Any, ...],
        server: tcp.Port,
        sessionno: int,
        reactor: Any,
    ) -> None:
        """
        @param sock: what C{accept} gave.
        @param protocol: what the bytes go to.
        @param client: the peer as C{(host, port)} or C{(host, port, flow, scope)}.
        @param server: the port that accepted.
        @param sessionno: the connection's number on that port.
        @param reactor: an C{IReactorFDSet}.
        """
        if client[0].startswith(MAPPED):
            client = (plainHost(client[0]), client[1])
        super().__init__(sock, protocol, client, server, sessionno, reactor)
        # Each write looks at it. In the class, as Twisted has it, it is found later.
        self.dataBuffer = b""
        self._direct = True

    def getHost(self) -> IPv4Address | IPv6Address:
        """
        This end's address, in the family in which the peer came.
        """
        name = self.socket.getsockname()
        if self._addressType is IPv4Address:
            return IPv4Address("TCP", plainHost(name[0]), name[1])
        return IPv6Address("TCP", *name)

    def comesFrom(self, address: IAddress) -> None:
        """
        The peer is a proxy; this is who is behind it.
        """
        self._behind = address

    def getPeer(self) -> IAddress:
        """
        The other end's address.
        """
        return self._behind or super().getPeer()  # type: ignore[no-untyped-call]

    def isTaken(self) -> bool:
        """
        Whether the peer's machine has acknowledged all that was written. C{False} where the system
        does not tell, and for whoever is behind a proxy, which takes things for them.
        """
        waits = self._tempDataBuffer or self.dataBuffer
        if self._behind is not None or waits or not self.connected or TIOCOUTQ is None:
            return False
        try:
            waiting = fcntl.ioctl(self.socket.fileno(), TIOCOUTQ, bytes(_INT))
        except OSError:
            return False
        return not any(waiting)

    def write(self, data: bytes) -> None:
        """
        Send, at once as far as the socket takes it; the rest waits in Twisted's buffer.

        @param data: bytes; they are dropped when the connection is lost already.
        """
        if (
            not self._direct
            or self.dataBuffer
            or self._tempDataBuffer
            or type(data) is not bytes
            or not data
        ):
            super().write(data)  # type: ignore[no-untyped-call]
            return
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            # The reactor meets the error when it sends the buffer, and closes then, not inside
            # this call. But the system tells of a reset only once, and this was it: without
            # a note, the next read would look like an orderly end.
            self._resetSeen = error.errno in (ECONNRESET, ETIMEDOUT)
            sent = 0
        if sent < len(data):
            super().write(data[sent:] if sent else data)  # type: ignore[no-untyped-call]

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """
        Send several pieces in one go.

        @param iovec: the pieces, in order.
        """
        self.write(b"".join(iovec))

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """
        Have something that produces what is written: see L{IConsumer.registerProducer
        <twisted.internet.interfaces.IConsumer.registerProducer>}.
        """
        # One that is pulled is resumed by doWrite, which only runs for what was buffered.
        self._direct = self._direct and streaming
        super().registerProducer(producer, streaming)  # type: ignore[no-untyped-call]

    def loseWriteConnection(self) -> None:
        """
        Send nothing more, when all is sent.
        """
        self._direct = False
        super().loseWriteConnection()  # type: ignore[no-untyped-call]

    def abortConnection(self) -> None:
        """
        Close at once.
        """
        self._direct = False
        super().abortConnection()  # type: ignore[no-untyped-call]

    def startTLS(self, ctx: object, normal: bool = True) -> None:
        """
        Speak TLS from here on; it does the writing.
        """
        self._direct = False
        super().startTLS(ctx, normal)  # type: ignore[no-untyped-call]

    def readConnectionLost(self, reason: Failure) -> None:
        """
        The peer's half of the connection ended: in good order, or by a reset that C{write} saw.

        @param reason: what the reactor made of it.
        """
        if self._resetSeen:
            self.connectionLost(Failure(main.CONNECTION_LOST))
        else:
            super().readConnectionLost(reason)

    def connectionLost(self, reason: Failure) -> None:
        """
        The connection has ended. Where it is the peer who ended it, what had come before is given
        to the protocol first, as much as one read takes: it is still unread if reading was paused,
        or if a write met the end before a read.

        @param reason: what the reactor made of it.
        """
        closing = self.disconnecting or self._aborting or self._writeDisconnected
        try:
            if self.connected and not closing and reason.check(ConnectionLost, ConnectionDone):
                self._readRest()
        finally:
            self._direct = False
            super().connectionLost(reason)

    def _readRest(self) -> None:
        try:
            data = self.socket.recv(self.bufferSize)
        except OSError:
            return
        if data:
            self.protocol.dataReceived(data)


class AtOncePort(QuietPort):
    """
    A listening TCP socket whose connections send at once.

    @ivar options: for its socket.
    @ivar bothFamilies: whether an IPv6 socket takes IPv4 too, whatever the system's default is;
        C{None} leaves it at the default.
    """

    transport = AtOnceServer
    options = SocketOptions()
    bothFamilies: bool | None = None

    def createInternetSocket(self) -> socket.socket:
        """
        The socket, before it is bound, with its options.
        """
        made: socket.socket = super().createInternetSocket()  # type: ignore[no-untyped-call]
        if self.addressFamily == socket.AF_INET6 and self.bothFamilies is not None:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not self.bothFamilies)
        self.options.apply(made)
        return made

    def doRead(self) -> None:
        """
        Accept who waits, a few at a time; the reactor asks again at once.
        """
        self.numberAccepts = min(self.numberAccepts, ACCEPTED_AT_ONCE)
        super().doRead()  # type: ignore[no-untyped-call]

    def _buildAddr(self, address: tuple[Any, ...]) -> IPv4Address | IPv6Address:
        if address[0].startswith(MAPPED):
            return IPv4Address("TCP", plainHost(address[0]), address[1])
        return self._addressType("TCP", *address)


class AtOnceReactor:
    """
    A reactor as endpoints see it, whose TCP ports are L{AtOncePort}s, and whose unix ports are
    quiet.

    C{endpoints.serverFromString(AtOnceReactor(reactor, ...), text)} makes every kind of endpoint
    that listens by C{listenTCP} send at once; all else is the reactor's own.
    """

    def __init__(
        self, reactor: Any, options: SocketOptions, bothFamilies: bool | None = None
    ) -> None:
        """
        @param reactor: the reactor that serves the sockets.
        @param options: for each listening socket.
        @param bothFamilies: see L{AtOncePort}.
        """
        self._reactor = reactor
        self._options = options
        self._bothFamilies = bothFamilies
        directlyProvides(self, providedBy(reactor))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def listenTCP(
        self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """
        Listen.

        @param port: a TCP port number; 0 lets the system choose.
        @param factory: makes the protocols.
        @param backlog: how many connections may wait to be accepted; it is L{MOST_WAITING} at
            least.
        @param interface: an address of this machine; empty means all of IPv4, C{"::"} all of IPv6.
        @return: the listening port.
        @raise CannotListenError: if it can't be bound.
        """
        waiting = max(backlog, MOST_WAITING)
        listening = AtOncePort(port, factory, waiting, interface, self._reactor)
        return self._begin(listening)

    def listenUNIX(
        self,
        address: str,
        factory: IProtocolFactory,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> IListeningPort:
        """
        Listen at a path.

        @param address: the path.
        @param factory: makes the protocols.
        @param backlog: how many connections may wait to be accepted.
        @param mode: of the socket's file.
        @param wantPID: whether a lock beside it says who listens.
        @return: the listening port.
        @raise CannotListenError: if it can't be bound.
        """
        path = os.fsencode(address)
        listening = QuietUnixPort(path, factory, backlog, mode, self._reactor, wantPID)
        listening.startListening()
        return listening

    def adoptStreamPort(
        self, fileDescriptor: int, addressFamily: int, factory: IProtocolFactory
    ) -> IListeningPort:
        """
        Listen by a socket that listens already, such as one that systemd has opened.

        @param fileDescriptor: the socket's; it is duplicated.
        @param addressFamily: C{socket.AF_INET} ...
        @param factory: makes the protocols.
        @return: the listening port.
        """
        if addressFamily == socket.AF_UNIX:
            adopted: IListeningPort = QuietUnixPort._fromListeningDescriptor(  # type: ignore[no-untyped-call]
                self._reactor, fileDescriptor, factory
            )
            adopted.startListening()
            return adopted
        listening = AtOncePort._fromListeningDescriptor(  # type: ignore[no-untyped-call]
            self._reactor, fileDescriptor, addressFamily, factory
        )
        self._options.apply(listening._preexistingSocket)
        return self._begin(listening)

    def _begin(self, listening: AtOncePort) -> IListeningPort:
        listening.options = self._options
        listening.bothFamilies = self._bothFamilies
        listening.startListening()
        return listening
