"""
People who come, talk and go, each with a connection and an address of their own.

Unlike those of L{benchmarks.crowd}, they live with losing their connection: they tell L{Town} of
it, which decides whether that was right.
"""

import heapq
import socket
import struct
import time
from array import array
from collections import Counter
from collections.abc import Callable
from random import Random

from benchmarks.clients import Client, Loop, Pacer, connected
from benchmarks.errors import LoadError
from benchmarks.traffic import MICROSECONDS, NANOSECONDS_PER_MICROSECOND, PAYLOAD
from benchmarks.wires import WIRES, Step, Wire

FAR_AWAY = 3600.0
"""Seconds: nothing is due."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection."""

# Linux: with what is read comes the time at which it arrived. The socket module does not name it.
SO_TIMESTAMPNS = 35
TIMESPEC = struct.Struct("qq")
NOTES_SIZE = socket.CMSG_SPACE(TIMESPEC.size)


def wallClock() -> int:
    """
    @return: the time of now in microseconds, by the clock that the system notes arrivals with.
    """
    return time.time_ns() // NANOSECONDS_PER_MICROSECOND


class Schedule(Pacer):
    """
    What is to be done when.

    @ivar lateness: microseconds by which each thing was late.
    """

    def __init__(self) -> None:
        self.lateness = array("q")
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    @property
    def due(self) -> float:  # type: ignore[override]
        """See L{Pacer.due}."""
        return self._waiting[0][0] if self._waiting else time.monotonic() + FAR_AWAY

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        """Do something so many seconds from now."""
        self._count += 1
        heapq.heappush(self._waiting, (time.monotonic() + seconds, self._count, then))

    def fire(self, now: float) -> None:
        """See L{Pacer.fire}."""
        while self._waiting and self._waiting[0][0] <= now:
            due, _, then = heapq.heappop(self._waiting)
            self.lateness.append(int((time.monotonic() - due) * MICROSECONDS))
            then()


class Visitor(Client):
    """
    A connection that may be lost.

    @ivar gone: whether it has ended, by whomever's doing.
    """

    __slots__ = ("gone",)

    def __init__(self, loop: Loop, sock: socket.socket, name: str, room: str) -> None:
        super().__init__(loop, sock, name, room)
        self.gone = False

    def begin(self) -> None:
        """Be served from now on."""
        self.start(self.readable)

    def readable(self) -> None:
        """Called by the loop."""
        try:
            count = self.receive()
        except LoadError as error:
            self._end(str(error))
            return
        if count:
            self.heard(bytes(self._loop.buffer[:count]))

    def writable(self) -> None:
        """See L{Client.writable}."""
        try:
            super().writable()
        except LoadError as error:
            self._end(str(error))

    def put(self, data: bytes) -> None:
        """Send something, if there is still somebody to send it to."""
        if not self.gone:
            try:
                self.send(data)
            except LoadError as error:
                self._end(str(error))

    def close(self) -> None:
        """See L{Client.close}; it may be called again."""
        if not self.gone:
            self.gone = True
            super().close()

    def reset(self) -> None:
        """Vanish without a farewell."""
        if not self.gone:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.close()

    def _end(self, why: str) -> None:
        if not self.gone:
            self.close()
            self.lost(why)

    # For who inherits.

    def heard(self, data: bytes) -> None:
        """
        Something has come.
        """

    def lost(self, why: str) -> None:
        """
        The server has closed the connection; not called if we have.
        """


class Person(Visitor):
    """
    Somebody who behaves: comes in, says something now and then, answers pings.

    @ivar wire: what they speak.
    @ivar inside: whether they are in their room.
    @ivar stays: whether they neither talk nor go.
    """

    stays = False

    __slots__ = (
        "_heard",
        "_leaving",
        "_number",
        "_step",
        "_steps",
        "_town",
        "inside",
        "spoken",
        "wire",
    )

    def __init__(
        self, town: "Town", sock: socket.socket, number: int, wire: Wire, room: str
    ) -> None:
        """
        @param number: unique; it is in the name and in what is said.
        """
        super().__init__(town.loop, sock, f"p{number}", room)
        self._town = town
        self._number = number
        self.wire = wire
        self._steps = iter(wire.login(self.name, room))
        self._step: Step | None = next(self._steps)
        self._heard = b""
        self._leaving = False
        self.inside = False
        self.spoken = 0

    def begin(self) -> None:
        """See L{Visitor.begin}."""
        super().begin()
        self._takeSteps()

    def heard(self, data: bytes) -> None:
        """See L{Visitor.heard}."""
        answer = self.wire.unasked(data)
        if answer:
            self.put(answer)
        if self.inside:
            self._town.lines += data.count(b"\n")
            return
        self._heard += data
        self._takeSteps()

    def _takeSteps(self) -> None:
        while self._step is not None and self._step.expect in self._heard:
            expected, answer = self._step.expect, self._step.answer
            self._heard = self._heard.partition(expected)[2] if expected else b""
            self._step = next(self._steps, None)
            if answer:
                self.put(answer)
        if self._step is None and not self.inside and not self.gone:
            self.inside = True
            self._heard = b""
            self._town.arrived(self)

    def say(self) -> None:
        """
        Say a line, with the time of now in it.
        """
        self.spoken += 1
        text = b"@%x;%d;%d;" % (wallClock(), self._number, self.spoken)
        self.put(self.wire.say(self.room, text.ljust(self._town.size, b".")))

    def leave(self, how: str) -> None:
        """
        Go.

        @param how: C{"quit"}, C{"close"} or C{"reset"}.
        """
        self._leaving = True
        if how == "quit":
            self.put(self.wire.leave())
        elif how == "close":
            self.close()
        else:
            self.reset()

    def lost(self, why: str) -> None:
        """See L{Visitor.lost}."""
        if not self._leaving:
            self._town.wronged(f"{why} (heard last: {self._heard[-200:]!r})")


class Witness(Person):
    """
    Somebody who stays, and looks at what is said in their room.

    The system tells when it came: when this process finds the time to read it says nothing of the
    server.
    """

    __slots__ = ("_came", "_last", "_rest")
    stays = True

    def __init__(
        self, town: "Town", sock: socket.socket, number: int, wire: Wire, room: str
    ) -> None:
        super().__init__(town, sock, number, wire, room)
        self._last: dict[int, int] = {}
        self._rest = b""
        self._came = 0
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def take(self) -> int:
        """See L{Client.take}."""
        count, notes, _, _ = self._socket.recvmsg_into([self._loop.buffer], NOTES_SIZE)
        for _, kind, note in notes:
            if kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = TIMESPEC.unpack_from(note)
                self._came = seconds * MICROSECONDS + nanoseconds // NANOSECONDS_PER_MICROSECOND
        return count

    def heard(self, data: bytes) -> None:
        """See L{Visitor.heard}: every message is in its place, and its age is noted."""
        super().heard(data)
        if not self.inside:
            return
        whole, _, self._rest = (self._rest + data).rpartition(b"\n")
        for stamp, who, count in PAYLOAD.findall(whole):
            speaker, number = int(who), int(count)
            expected = self._last.get(speaker, 0) + 1
            if number != expected:
                self._town.wronged(
                    f"{self.name} got message {number} of p{speaker}, not {expected}"
                )
            self._last[speaker] = number
            self._town.latencies.append(self._came - int(stamp, 16))


class Town:
    """
    All of them.

    @ivar loop: serves their sockets.
    @ivar schedule: what they do when.
    @ivar latencies: microseconds from when a message was sent until the system had it for a
        L{Witness}.
    @ivar wrongs: the first sentences about what must not have happened.
    @ivar count: how often what happened.
    @ivar lines: lines that ordinary people got.
    @ivar size: bytes of a message's text.
    @ivar moves: whether people come and go.
    """

    MOST_WRONGS = 20

    def __init__(self, ports: dict[str, int], people: int, roomSize: int, rng: Random) -> None:
        """
        @param ports: by wire.
        @param people: how many there are to be, those who stay included.
        @param roomSize: people in a room.
        """
        self.loop = Loop()
        self.schedule = Schedule()
        self.latencies = array("q")
        self.wrongs: list[str] = []
        self.count: Counter[str] = Counter()
        self.lines = 0
        self.size = 60
        self.inside: list[Person] = []
        self.moves = False
        self._ports = ports
        self._people = people
        self._rooms = max(1, people // roomSize)
        self._rng = rng
        self._addresses = 0

    def room(self, number: int) -> str:
        """
        @return: the plain name of a room.
        """
        return f"town{number % self._rooms}"

    @property
    def rooms(self) -> int:
        """
        How many rooms there are.
        """
        return self._rooms

    def address(self) -> str:
        """
        @return: an address that nobody else has.
        """
        self._addresses += 1
        number = self._addresses
        return f"127.{1 + (number >> 16) % 60}.{number >> 8 & 255}.{number & 255}"

    def connect(
        self, wire: str, source: str = "", receiveBuffer: int | None = None
    ) -> socket.socket:
        """
        @return: a connection to the door of a wire.
        @raise LoadError: when nobody accepts.
        """
        where = "127.0.0.1", self._ports[wire], source or self.address()
        # To wait would keep everybody else waiting, where a storm has filled the server's backlog.
        return connected(*where, receiveBuffer, wait=False)

    def bring(self, room: int, wire: str, kind: type[Person] = Person) -> None:
        """
        Let somebody come.
        """
        sock = self.connect(wire)
        self.count["came"] += 1
        kind(self, sock, self.count["came"], WIRES[wire], self.room(room)).begin()

    def arrived(self, person: Person) -> None:
        """
        Somebody is in their room.
        """
        if not person.stays:
            self.inside.append(person)
        self.count["inside"] += 1

    def wronged(self, what: str) -> None:
        """
        Something happened that must not.
        """
        self.count["wrongs"] += 1
        if len(self.wrongs) < self.MOST_WRONGS:
            self.wrongs.append(what)

    # What they do.

    def talk(self, perSecond: float) -> None:
        """
        From now on somebody says something so many times in a second.
        """
        interval = 1 / perSecond
        due = time.monotonic()

        def speak() -> None:
            nonlocal due
            if self.inside:
                person = self._one()
                if not person.gone:
                    person.say()
                    self.count["said"] += 1
            due += interval
            self.schedule.after(max(0.0, due - time.monotonic()), speak)

        self.schedule.after(0.0, speak)

    def comeAndGo(self, perSecond: float) -> None:
        """
        From now on so many people leave in a second, and as many others come; as long as L{moves}
        says so.
        """
        self.moves = True

        def change() -> None:
            if not self.moves:
                return
            if self.inside:
                person = self._one(leaves=True)
                person.leave(self._rng.choices(("quit", "close", "reset"), (6, 3, 1))[0])
                self.count["left"] += 1
            self.bring(self._rng.randrange(self._rooms), self._rng.choice(list(self._ports)))
            self.schedule.after(self._rng.expovariate(perSecond), change)

        self.schedule.after(0.0, change)

    def _one(self, leaves: bool = False) -> Person:
        place = self._rng.randrange(len(self.inside))
        person = self.inside[place]
        if leaves or person.gone:
            self.inside[place] = self.inside[-1]
            self.inside.pop()
        return person
