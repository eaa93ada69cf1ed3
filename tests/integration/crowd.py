"""
Many people at once, in one thread: some write at a steady rate, others read.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from threading import Timer
from time import monotonic

from tests.integration.lineclient import PATIENCE, SECONDS, connected
from tests.integration.running import Server

SAID = re.compile(rb"^\d\d:\d\d #(\d+) <([^>\s]+)> (.*)\r\n", re.MULTILINE)
SENT = re.compile(rb"^\* #(\d+) sent\r\n", re.MULTILINE)
INSIDE = b"* You are in "
TICK = 0.01 * SECONDS
"""Between two bursts of writing."""

LOST = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError, BrokenPipeError)


@dataclass(frozen=True, slots=True)
class Line:
    """
    Something said, as a client saw it.
    """

    seq: int
    author: str
    text: str


class Visitor:
    """
    One connection.

    @ivar name: who it is.
    @ivar heard: all the bytes that came.
    @ivar typed: what was said here, in order.
    @ivar gone: whether the connection is over.
    """

    def __init__(self, server: Server, name: str, tls: bool, *greeting: str) -> None:
        """
        @param greeting: what is typed first of all.
        """
        self.name = name
        self.heard = bytearray()
        self.typed: list[str] = []
        self.gone = False
        self._inside = False
        self.socket = connected(server.tlsPort if tls else server.port, tls)
        self.socket.setblocking(False)
        self.type(*greeting)

    @property
    def inside(self) -> bool:
        """
        Whether it has come into a room.
        """
        self._inside = self._inside or INSIDE in self.heard
        return self._inside

    def type(self, *lines: str) -> None:
        """
        Send some lines. If there is no room for them, the connection counts as gone: so little is
        sent that this happens only when the server no longer reads.
        """
        try:
            self.socket.sendall("".join(line + "\n" for line in lines).encode())
        except (*LOST, BlockingIOError, ssl.SSLWantWriteError):
            self.gone = True

    def say(self, text: str) -> None:
        """
        Say something in the room.
        """
        self.typed.append(text)
        self.type(text)

    def read(self) -> None:
        """
        Take what there is.
        """
        try:
            # TLS may hold more than the selector knows of.
            while part := self.socket.recv(65536):
                self.heard += part
            self.gone = True
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except LOST:
            self.gone = True
        except ssl.SSLError as broken:
            # From CPython 3.14 on this has no class of its own here.
            if broken.reason != "UNEXPECTED_EOF_WHILE_READING":
                raise
            self.gone = True

    @property
    def lines(self) -> list[Line]:
        """
        What others said, as far as it came whole.
        """
        return [
            Line(int(seq), author.decode(), text.decode())
            for seq, author, text in SAID.findall(self.heard)
        ]

    @property
    def receipts(self) -> list[int]:
        """
        Under which numbers its own lines are kept.
        """
        return [int(seq) for seq in SENT.findall(self.heard)]


class Crowd:
    """
    Visitors of one server.
    """

    def __init__(self) -> None:
        self.visitors: list[Visitor] = []
        self._selector = DefaultSelector()

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *exc: object) -> None:
        self._selector.close()
        for visitor in self.visitors:
            visitor.socket.close()

    def add(self, server: Server, name: str, tls: bool, *greeting: str) -> Visitor | None:
        """
        Somebody comes.

        @return: C{None} if the server had gone by then.
        """
        try:
            visitor = Visitor(server, name, tls, *greeting)
        except OSError:
            return None
        self.visitors.append(visitor)
        self._selector.register(visitor.socket, EVENT_READ, visitor)
        return visitor

    def turn(self, seconds: float) -> None:
        """
        Read whatever comes, for a while at most.
        """
        for key, _ in self._selector.select(max(seconds, 0)):
            visitor: Visitor = key.data
            visitor.read()
            if visitor.gone:
                self._selector.unregister(visitor.socket)

    def until(self, done: Callable[[], bool]) -> None:
        """
        Read whatever comes until something has happened.
        """
        end = monotonic() + PATIENCE
        while not done():
            assert monotonic() < end, "it does not happen"
            self.turn(1 * SECONDS)

    def talk(self, doom: Doom, next: Callable[[], None], rate: float) -> None:
        """
        Let people talk until the server is dead, and read what it has left.

        @param next: lets somebody say a line.
        @param rate: lines a second.
        """
        began, said = monotonic(), 0
        while not doom.hasCome:
            while said < (monotonic() - began) * rate:
                next()
                said += 1
            self.turn(TICK)
        self.drain()

    def drain(self) -> None:
        """
        Read all that is left, up to the end of every connection: the server has gone.
        """
        self.until(lambda: not self._selector.get_map())


class Doom:
    """
    Kills a server after a while, wherever it and its clients are then.
    """

    def __init__(self, server: Server, after: float) -> None:
        """
        @param after: seconds.
        """
        self._server = server
        self._timer = Timer(after, server.process.kill)

    def __enter__(self) -> Doom:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._server.kill()

    @property
    def hasCome(self) -> bool:
        """
        Whether the server is dead.
        """
        return self._server.process.poll() is not None
