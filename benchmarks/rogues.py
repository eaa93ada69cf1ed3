"""
People who misbehave, each kind in its own way. Whether the server closes their connections or bears
with them is its affair; others must not notice.
"""

import base64
import socket
from collections import Counter
from random import Random

from benchmarks.clients import KIB, SECONDS
from benchmarks.errors import LoadError
from benchmarks.people import Town, Visitor

CLOSED, STAYED = "closed by the server", "stayed until they went"

LITTLE = 4 * KIB
"""Bytes that the kernel keeps for a slow reader."""

MOST_ENDLESS = 4 * KIB * KIB
"""Bytes of a line without an end, after which its author gives up."""

TICK = 0.25 * SECONDS


class Rogue(Visitor):
    """
    Somebody who misbehaves in what L{tick} does, every quarter of a second.
    """

    __slots__ = ("_life", "_rng", "_tally", "_town", "wire")

    receiveBuffer: int | None = None
    life = 30 * SECONDS

    def __init__(
        self, town: Town, wire: str, rng: Random, tally: "Counter[tuple[str, str]]"
    ) -> None:
        """
        @param tally: how many of each kind have ended how.
        """
        sock = town.connect(wire, receiveBuffer=self.receiveBuffer)
        super().__init__(
            town.loop, sock, f"r{rng.randrange(10**9)}", town.room(rng.randrange(10**6))
        )
        self._town = town
        self._rng = rng
        self._tally = tally
        self._life = self.life
        self.wire = wire

    def begin(self) -> None:
        """See L{Visitor.begin}."""
        super().begin()
        self.open()
        self._town.schedule.after(TICK, self._tick)

    def _tick(self) -> None:
        if self.gone:
            return
        self._life -= TICK
        if self._life <= 0:
            self._tally[type(self).__name__, STAYED] += 1
            self.close()
            return
        if not self.clogged:
            self.tick()
        if not self.gone:
            self._town.schedule.after(TICK, self._tick)

    def lost(self, why: str) -> None:
        """See L{Visitor.lost}."""
        self._tally[type(self).__name__, CLOSED] += 1

    def enter(self) -> None:
        """Log in and join a room without waiting for anything."""
        if self.wire == "irc":
            self.put(f"NICK {self.name}\r\nUSER r 0 * :r\r\nJOIN #{self.room}\r\n".encode())
        else:
            self.put(f"{self.name}\n{self.room}\n".encode())

    # For who inherits.

    def open(self) -> None:
        """The connection is there."""

    def tick(self) -> None:
        """A quarter of a second has gone by, and nothing waits to be sent."""


class SlowReader(Rogue):
    """Asks for much and reads nothing."""

    __slots__ = ()
    receiveBuffer = LITTLE
    life = 90 * SECONDS

    def open(self) -> None:
        """See L{Rogue.open}."""
        self.enter()
        self._loop.deafen(self)

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        asked = (
            b"HELP\r\nWHO #%s\r\nLIST\r\n"
            if self.wire == "irc"
            else b"/help\n/history 200\n/rooms\n"
        )
        self.put(asked % self.room.encode() if b"%s" in asked else asked)

    def readable(self) -> None:
        """Called at the end only."""
        self._end("closed")


class HalfOpen(Rogue):
    """Connects, says half a line or nothing, and is silent for ever."""

    __slots__ = ()
    life = 90 * SECONDS

    def open(self) -> None:
        """See L{Rogue.open}."""
        self.put(self._rng.choice((b"", b"NI", b"CAP LS 302\r\n", b"half a na")))


class HalfClosed(Rogue):
    """Comes in, then says that nothing more comes, and stays to listen."""

    __slots__ = ()

    def open(self) -> None:
        """See L{Rogue.open}."""
        self.enter()
        self._socket.shutdown(socket.SHUT_WR)


class EndlessLine(Rogue):
    """Sends a line that does not end."""

    __slots__ = ("_sent",)

    def open(self) -> None:
        """See L{Rogue.open}."""
        self._sent = 0
        if self._rng.random() < 0.5:
            self.enter()

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        if self._sent < MOST_ENDLESS:
            self._sent += 64 * KIB
            self.put(b"x" * (64 * KIB))


class Flood(Rogue):
    """Says a thousand things at once, again and again."""

    __slots__ = ()

    def open(self) -> None:
        """See L{Rogue.open}."""
        self.enter()

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        if self.wire == "irc":
            lines: tuple[str, ...] = (
                f"PRIVMSG #{self.room} :flood\r\n",
                f"NICK {self.name}{self._rng.randrange(99)}\r\n",
                "PING x\r\n",
                f"TOPIC #{self.room} :flood\r\n",
                f"WHOIS {self.name}\r\n",
            )
        else:
            lines = (
                "flood\n",
                f"/nick {self.name}{self._rng.randrange(99)}\n",
                "/who\n",
                "/help\n",
            )
        self.put((self._rng.choice(lines) * 200).encode())


class Garbage(Rogue):
    """Sends bytes that are no text, before it has come in or after."""

    __slots__ = ()

    def open(self) -> None:
        """See L{Rogue.open}."""
        if self._rng.random() < 0.5:
            self.enter()

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        odd = self._rng.choice(
            (
                self._rng.randbytes(300),
                b"\xff\xfb\x01\xff\xfd\x03\xff\xf4\xff\xfa\x18",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + self._rng.randbytes(100),
                b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                b"\x00" * 100 + b"\n",
                b"\n" * 100,
            )
        )
        self.put(odd + self._rng.choice((b"", b"\n", b"\r\n")))


class JoinStorm(Rogue):
    """Joins room after room that nobody has heard of."""

    __slots__ = ()

    def open(self) -> None:
        """See L{Rogue.open}."""
        self.enter()

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        rooms = [f"s{self._rng.randrange(10**9)}" for _ in range(25)]
        if self.wire == "irc":
            self.put(f"JOIN {','.join('#' + room for room in rooms)}\r\n".encode())
        else:
            self.put("".join(f"/join {room}\n" for room in rooms).encode())


class Guesser(Rogue):
    """Tries passwords of people that there are not."""

    __slots__ = ()

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        if self.wire == "irc":
            guess = base64.b64encode(f"\0p{self._rng.randrange(99)}\0guess".encode()).decode()
            self.put(f"CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE {guess}\r\n".encode())
        else:
            self.put(f"/login {self.name} guess\n".encode())


class Crowd(Rogue):
    """Connects a hundred times at once from one address; the first of them stays a little."""

    __slots__ = ("_others",)
    life = 10 * SECONDS

    def open(self) -> None:
        """See L{Rogue.open}."""
        source, self._others = self._town.address(), []
        for _ in range(100):
            try:
                sock = self._town.connect(self.wire, source)
            except LoadError:
                break
            other = Visitor(self._loop, sock, self.name, self.room)
            other.begin()
            self._others.append(other)

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        while self._others and self._rng.random() < 0.9:
            self._others.pop().reset()

    def close(self) -> None:
        """See L{Visitor.close}."""
        super().close()
        while self._others:
            self._others.pop().close()


class Vanisher(Rogue):
    """Comes in and vanishes in the middle of a word."""

    __slots__ = ()
    life = 3 * SECONDS

    def open(self) -> None:
        """See L{Rogue.open}."""
        self.enter()

    def tick(self) -> None:
        """See L{Rogue.tick}."""
        if self._rng.random() < 0.3:
            self.put(b"PRIVMSG #to")
            self._tally[type(self).__name__, STAYED] += 1
            self.reset()


KINDS: tuple[type[Rogue], ...] = (
    SlowReader, HalfOpen, HalfClosed, EndlessLine, Flood, Garbage, JoinStorm, Guesser, Crowd,
    Vanisher,
)  # fmt: skip
"""All kinds."""


class Gang:
    """
    Sends rogues to town.

    @ivar tally: how many of each kind have ended how.
    @ivar comes: whether there are more of them to come.
    """

    def __init__(self, town: Town, rng: Random) -> None:
        self.tally: Counter[tuple[str, str]] = Counter()
        self._town = town
        self._rng = rng
        self._next = 0
        self.comes = False

    def start(self, perSecond: float) -> None:
        """From now on so many come in a second, the kinds in turn; as long as L{comes} says so."""
        self.comes = True

        def come() -> None:
            if not self.comes:
                return
            kind = KINDS[self._next % len(KINDS)]
            self._next += 1
            rng = Random(self._rng.getrandbits(64))
            try:
                kind(self._town, rng.choice(("line", "irc")), rng, self.tally).begin()
            except LoadError:
                self.tally[kind.__name__, "not let in"] += 1
            self._town.schedule.after(1 / perSecond, come)

        self._town.schedule.after(0.0, come)
