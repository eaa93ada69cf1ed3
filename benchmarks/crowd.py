"""
Bringing people in: connecting, logging in, joining, and waiting until it is calm again.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.clients import SECONDS, Client, Door, Loop, TLSClient, trustingContext
from benchmarks.errors import NoAnswer
from benchmarks.server import ServerProcess
from benchmarks.wires import Step, Wire

STALL_LIMIT = 20 * SECONDS
"""How long nobody may get any further before the run is given up."""

CALM_SLICE = 0.25 * SECONDS
CALM_SLICES = 2
CALM_LIMIT = 100 * SECONDS
CALM_CPU_SHARE = 0.1
"""A server that uses less than this share of a core, and sends nothing, is calm."""


@dataclass(frozen=True, slots=True)
class Seat:
    """
    Someone who is to come in.

    @ivar name: the name to log in with.
    @ivar room: the plain name of the room to join.
    """

    name: str
    room: str


def seats(count: int, roomSize: int, first: int = 0) -> list[Seat]:
    """
    @param count: how many people.
    @param roomSize: people per room.
    @param first: the number of the first of them; numbers go into the names.
    @return: people C{u0}, C{u1}, ... and rooms C{bench0}, C{bench1}, ..., room by room.
    """
    return [Seat(f"u{n}", f"bench{n // roomSize}") for n in range(first, first + count)]


def counting(loop: Loop, client: Client, wire: Wire) -> Callable[[], None]:
    """
    @return: a reader for a client of this wire that counts lines and answers pings; a ping is no
        line.
    """
    if not wire.unasked(A_PING):
        return client.count

    def count() -> None:
        size = client.receive()
        loop.lines += loop.buffer.count(b"\n", 0, size)
        if loop.buffer.find(b"PING", 0, size) >= 0:
            answer = wire.unasked(bytes(loop.buffer[:size]))
            if answer:
                loop.lines -= answer.count(b"\n")
                client.send(answer)

    return count


A_PING = b"PING :x\r\n"


class Login:
    """
    One client's way through some steps, such as those of its wire's login.
    """

    __slots__ = ("_client", "_done", "_heard", "_loop", "_next", "_steps", "_wire")

    def __init__(
        self,
        loop: Loop,
        client: Client,
        wire: Wire,
        steps: Sequence[Step],
        done: Callable[["Login", Client], None],
    ) -> None:
        self._loop = loop
        self._client = client
        self._wire = wire
        self._steps: Iterator[Step] = iter(steps)
        self._next: Step = next(self._steps)
        self._heard = b""
        self._done = done

    def advance(self) -> None:
        """The client's reader until it is in."""
        heard = bytes(self._loop.buffer[: self._client.receive()])
        unasked = self._wire.unasked(heard)
        if unasked:
            self._client.send(unasked)
        self._heard += heard
        self._takeSteps()

    def begin(self) -> None:
        """Take the steps for which nothing has to be heard."""
        self._takeSteps()

    def story(self) -> str:
        """
        @return: who waits for what, and what came instead.
        """
        heard = self._heard[-300:].decode("utf-8", "replace")
        return f"{self._client.name} waits for {self._next.expect!r} and has heard {heard!r}"

    def _takeSteps(self) -> None:
        while self._next.expect in self._heard:
            self._heard = self._heard.partition(self._next.expect)[2] if self._next.expect else b""
            if self._next.answer:
                self._client.send(self._next.answer)
            step = next(self._steps, None)
            if step is None:
                self._done(self, self._client)
                return
            self._next = step


class Arrivals:
    """
    Brings people in, with at most C{window} of them on their way at a time.
    """

    def __init__(
        self, loop: Loop, door: Door, wire: Wire, window: int, quiet: bool = False
    ) -> None:
        """
        @param window: of them, no more have not yet heard anything than the door's backlog holds.
        @param quiet: whether everyone hides joins and leaves as soon as they are in.
        """
        self._loop = loop
        self._door = door
        self._wire = wire
        self._window = window
        self._greeting = wire.quiet() if quiet else b""
        self._context: ssl.SSLContext | None = trustingContext() if door.tls else None
        self._started = 0
        self._knocking = 0
        self._waiting: Iterator[Seat] = iter(())
        self._underway: set[Login] = set()
        self._inside: list[Client] = []

    def bring(self, people: Sequence[Seat]) -> list[Client]:
        """
        @return: the clients, counting lines, in the order in which they came in.
        @raise NoAnswer: when they don't all come in.
        """
        self._waiting = iter(people)
        inside: list[Client] = []
        self._inside = inside
        self._startSome()
        while True:
            before = len(inside)
            if self._loop.run(lambda: len(inside) == len(people), STALL_LIMIT):
                return inside
            if len(inside) == before:
                stories = "; ".join(login.story() for login in list(self._underway)[:1])
                raise NoAnswer(f"only {before} of {len(people)} came in: {stories}")

    def _startSome(self) -> None:
        while len(self._underway) < self._window and self._knocking < self._door.backlog:
            seat = next(self._waiting, None)
            if seat is None:
                return
            self._knocking += 1
            self._start(seat)

    def _start(self, seat: Seat) -> None:
        sock = self._door.connect(self._started)
        self._started += 1
        if self._context is None:
            client = Client(self._loop, sock, seat.name, seat.room)
        else:
            client = TLSClient(self._loop, sock, seat.name, seat.room, self._context)
        steps = self._wire.login(client.name, client.room)
        login = Login(self._loop, client, self._wire, steps, self._arrived)
        self._underway.add(login)
        client.start(partial(self._accepted, login, client))
        if not self._door.tls:
            login.begin()

    def _accepted(self, login: Login, client: Client) -> None:
        self._knocking -= 1
        self._loop.read(client, login.advance)
        login.advance()
        self._startSome()

    def _arrived(self, login: Login, client: Client) -> None:
        self._underway.remove(login)
        self._loop.read(client, counting(self._loop, client, self._wire))
        if self._greeting:
            client.send(self._greeting)
        self._inside.append(client)
        self._startSome()


class Entry:
    """
    Somebody who has logged in enters one more room; what they are told of it is not counted.

    @ivar inside: whether the answer has come.
    """

    def __init__(self, loop: Loop, client: Client, wire: Wire, room: str) -> None:
        """
        @param room: its plain name.
        """
        enter, entered = wire.enter(room)
        self._loop, self._wire = loop, wire
        self._login = Login(loop, client, wire, (Step(b"", enter), Step(entered, b"")), self._done)
        self.inside = False
        loop.read(client, self._login.advance)

    def begin(self) -> None:
        """Ask to come in."""
        self._login.begin()

    def story(self) -> str:
        """See L{Login.story}."""
        return self._login.story()

    def _done(self, login: Login, client: Client) -> None:
        self.inside = True
        self._loop.read(client, counting(self._loop, client, self._wire))


def waitForCalm(loop: Loop, server: ServerProcess) -> None:
    """
    Drain what joins and leaves have caused, until nothing arrives and the server rests.

    @raise NoAnswer: when it doesn't become calm.
    """
    end = time.monotonic() + CALM_LIMIT
    calm = 0
    while calm < CALM_SLICES:
        if time.monotonic() > end:
            raise NoAnswer("the server did not become calm after people had come in or gone")
        lines, cpu = loop.lines, server.cpuTime().total
        loop.run(lambda: False, CALM_SLICE)
        busy = server.cpuTime().total - cpu > CALM_SLICE * CALM_CPU_SHARE
        calm = 0 if busy or loop.lines != lines else calm + 1
