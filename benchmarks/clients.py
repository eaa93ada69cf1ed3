"""
Thousands of sockets in one process, at as little CPU as Python allows.

Level-triggered epoll, one C{recv_into} into one shared buffer per wake-up, and one count of
newlines: a client that nobody watches costs the generator about 2 µs per wake-up.
"""

import math
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.errors import LoadError, NoAnswer

KIB = 1024
SECONDS = 1.0
BUFFER_SIZE = 256 * KIB
"""Bytes: more than one wake-up brings, and room for many TLS records."""

MOST_EVENTS = 4096
"""Events taken from epoll in one turn."""

LONGEST_WAIT = 0.05 * SECONDS
"""How late C{until} of L{Loop.run} may be asked when nothing arrives."""

CONNECT_LIMIT = 10 * SECONDS

# Linux: choose the port at connect, so that ports may be shared by different destinations.
# The socket module names it only from Python 3.12 on.
IP_BIND_ADDRESS_NO_PORT = 24


@dataclass(frozen=True, slots=True)
class Door:
    """
    Where to connect.

    @ivar host: a loopback address.
    @ivar port: TCP port.
    @ivar tls: whether the port speaks TLS.
    @ivar sources: how many of 127.0.0.1, 127.0.0.2, ... the connections come from; only for IPv4.
    @ivar backlog: how many connections the server lets wait until it accepts them. One more would
        cost a client a second, and everybody else too, since the generator waits with it.
    """

    host: str
    port: int
    tls: bool
    sources: int
    backlog: int = 40

    def connect(self, number: int) -> socket.socket:
        """
        @param number: the how-manieth connection this is; chooses the source address.
        @return: a connected, non-blocking socket, before any TLS.
        @raise LoadError: when nobody accepts.
        """
        source = None if ":" in self.host else f"127.0.0.{1 + number % self.sources}"
        return connected(self.host, self.port, source)


def connected(
    host: str,
    port: int,
    source: str | None,
    receiveBuffer: int | None = None,
    wait: bool = True,
) -> socket.socket:
    """
    @param source: the IPv4 address to come from; C{None}: as the system likes.
    @param receiveBuffer: bytes that the kernel keeps for who does not read; C{None}: as it likes.
    @param wait: whether to wait until somebody has accepted; else the socket may still be on its
        way, and fails when it is read if nobody does.
    @return: a connected, non-blocking socket.
    @raise LoadError: when nobody accepts.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if source is not None:
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
        if receiveBuffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receiveBuffer)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # On loopback the kernel shakes hands by itself, so connecting does not wait for the
        # server unless its backlog is full.
        sock.settimeout(CONNECT_LIMIT if wait else 0)
        sock.connect((host, port))
    except BlockingIOError:
        pass
    except OSError as error:
        sock.close()
        raise LoadError(f"connecting to {host} port {port}: {error}") from error
    sock.setblocking(False)
    return sock


class Pacer:
    """
    Something that is due at times of its own, independent of what arrives.

    @ivar due: monotonic time in seconds of the next call of L{fire}.
    """

    due: float

    def fire(self, now: float) -> None:
        """
        Do what is due up to C{now}, and move C{due}.

        @param now: monotonic time in seconds.
        """
        raise NotImplementedError


class Loop:
    """
    One epoll and what all clients share.

    @ivar lines: newlines received by all clients that have come in.
    @ivar buffer: what the client whose turn it is has just received.
    @ivar deadline: monotonic time in seconds after which nothing is waited for any more.
    """

    def __init__(self) -> None:
        self.lines = 0
        self.deadline = math.inf
        self.buffer = bytearray(BUFFER_SIZE)
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._readers: dict[int, Callable[[], None]] = {}

    def add(self, client: "Client", reader: Callable[[], None]) -> None:
        """Call C{reader} whenever the client's socket can be read."""
        self._clients[client.fileno] = client
        self._readers[client.fileno] = reader
        self._epoll.register(client.fileno, select.EPOLLIN)

    def read(self, client: "Client", reader: Callable[[], None]) -> None:
        """From now on call this reader for the client."""
        self._readers[client.fileno] = reader

    def watchWriting(self, client: "Client", watch: bool) -> None:
        """Call L{Client.writable}, or don't, when the client's socket can be written."""
        self._epoll.modify(client.fileno, select.EPOLLIN | (select.EPOLLOUT if watch else 0))

    def deafen(self, client: "Client") -> None:
        """Don't call the client's reader any more but for the end of the connection."""
        self._epoll.modify(client.fileno, 0)

    def remove(self, client: "Client") -> None:
        """Forget a client; its socket must still be open."""
        self._epoll.unregister(client.fileno)
        del self._clients[client.fileno], self._readers[client.fileno]

    def hangUp(self) -> None:
        """Close the connection of everyone who is still there."""
        for client in list(self._clients.values()):
            client.close()

    def close(self) -> None:
        """Hang up, and be of no more use."""
        self.hangUp()
        self._epoll.close()

    def run(self, until: Callable[[], bool], seconds: float, pacer: Pacer | None = None) -> bool:
        """
        Serve the sockets.

        @param until: asked after each turn.
        @param seconds: the longest to run.
        @param pacer: fired at its times; otherwise only sockets cause anything.
        @return: whether C{until} came true before the time was over.
        @raise NoAnswer: when the deadline has come.
        """
        end = time.monotonic() + seconds
        while not until():
            now = time.monotonic()
            if now >= end:
                return False
            if now >= self.deadline:
                raise NoAnswer("it took too long, and was given up")
            wait = min(LONGEST_WAIT, end - now)
            if pacer is not None:
                if pacer.due <= now:
                    pacer.fire(now)
                # epoll counts in whole milliseconds, which would turn even pacing into bursts;
                # select counts in microseconds, and an epoll can itself be waited for.
                wait = max(0.0, min(wait, pacer.due - time.monotonic()))
                select.select([self._epoll], [], [], wait)
                wait = 0.0
            self._turn(wait)
        return True

    def _turn(self, wait: float) -> None:
        readers = self._readers
        for fileno, mask in self._epoll.poll(wait, MOST_EVENTS):
            reader = readers.get(fileno)
            if reader is None:
                continue  # closed earlier in this very turn
            if mask & select.EPOLLOUT:
                self._clients[fileno].writable()
            if mask & ~select.EPOLLOUT:
                reader()


class Client:
    """
    One connection. By default it counts the lines that it gets and does nothing else.

    @ivar name: the name that it logs in with.
    @ivar room: the plain name of its room.
    @ivar fileno: the socket's file descriptor.
    """

    __slots__ = ("_loop", "_socket", "_unsent", "fileno", "name", "room")

    def __init__(self, loop: Loop, sock: socket.socket, name: str, room: str) -> None:
        self.name = name
        self.room = room
        self.fileno = sock.fileno()
        self._loop = loop
        self._socket = sock
        self._unsent = b""

    def start(self, reader: Callable[[], None]) -> None:
        """
        Begin to be served.

        @param reader: called when there is something to L{receive}.
        """
        self._loop.add(self, reader)

    def receive(self) -> int:
        """
        Read once into the loop's buffer.

        @return: the number of bytes; 0 if it was a false alarm.
        @raise LoadError: when the server has closed the connection.
        """
        try:
            count = self.take()
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lost(str(error)) from error
        if count == 0:
            raise self._lost("end of input")
        return count

    def take(self) -> int:
        """
        Read from the socket into the loop's buffer, as the system has it.

        @return: the number of bytes; 0 at the end of input.
        @raise OSError: as the socket does.
        """
        return self._socket.recv_into(self._loop.buffer)

    def count(self) -> None:
        """The reader of a client that only counts."""
        loop = self._loop
        loop.lines += loop.buffer.count(b"\n", 0, self.receive())

    def send(self, data: bytes) -> None:
        """Send, now or, if the socket is full, when it can be written again."""
        if self._unsent:
            self._unsent += data
            return
        sent = self._sendSome(data)
        if sent < len(data):
            self._unsent = data[sent:]
            self._loop.watchWriting(self, True)

    @property
    def clogged(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._unsent)

    def writable(self) -> None:
        """Called by the loop: send what has waited."""
        self._unsent = self._unsent[self._sendSome(self._unsent) :]
        if not self._unsent:
            self._loop.watchWriting(self, False)

    def close(self) -> None:
        """Hang up."""
        self._loop.remove(self)
        self._socket.close()

    def _sendSome(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0
        except OSError as error:
            raise self._lost(str(error)) from error

    def _lost(self, reason: str) -> LoadError:
        return LoadError(f"the server closed the connection of {self.name}: {reason}")


class TLSClient(Client):
    """
    A connection over TLS: the same contract, one layer further down.
    """

    __slots__ = ("_reader", "_tls", "_view")

    def __init__(
        self, loop: Loop, sock: socket.socket, name: str, room: str, context: ssl.SSLContext
    ) -> None:
        self._tls = context.wrap_socket(sock, do_handshake_on_connect=False)
        self._view = memoryview(loop.buffer)
        super().__init__(loop, self._tls, name, room)

    def start(self, reader: Callable[[], None]) -> None:
        """See L{Client.start}; the handshake comes first."""
        self._reader = reader
        super().start(self._shakeHands)
        self._shakeHands()

    def take(self) -> int:
        """See L{Client.take}: all that the TLS layer holds decrypted, so that no wake-up is needed
        for what the kernel no longer knows of."""
        try:
            count = self._tls.recv_into(self._loop.buffer)
            while self._tls.pending():  # the rest of one record, which always fits the buffer
                count += self._tls.recv_into(self._view[count:])
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        return count

    def _shakeHands(self) -> None:
        # A handshake's flights are far smaller than an empty socket buffer, so it never has to
        # wait for writing.
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            raise self._lost(str(error)) from error
        self._loop.read(self, self._reader)
        self._reader()


def trustingContext() -> ssl.SSLContext:
    """
    @return: a TLS client context that takes any certificate: the targets are loopback addresses
        with self-signed certificates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
