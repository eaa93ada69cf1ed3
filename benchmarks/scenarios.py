"""
The experiments. Each is a function from a L{Bench} to a L{Result}, and a row in L{SCENARIOS}.
"""

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.clients import SECONDS, Client, Door, Loop
from benchmarks.crowd import CALM_SLICE, Arrivals, Entry, Seat, seats, waitForCalm
from benchmarks.errors import LoadError, NoAnswer
from benchmarks.figures import Result, Target, percentile
from benchmarks.server import CPUTime, ServerProcess
from benchmarks.traffic import Listener, Pace, Speaker, Window, stampNow
from benchmarks.wires import Wire

WARM_UP = 1 * SECONDS
DRAIN_LIMIT = 15 * SECONDS
"""How long the last messages may take to arrive everywhere after the speakers have stopped."""

RUN_LIMIT = 180 * SECONDS
"""The longest that one run of a scenario may take."""

MICROSECONDS = 1_000_000
MICROSECONDS_PER_MILLISECOND = 1000
SAMPLES = 10
"""Members of one big room whose messages are read and not only counted."""

FIRST_IDLERS = 200
"""Connections before the first look at the memory, so that what is needed once is there."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What a scenario can be told.

    @ivar members: connections, in all.
    @ivar roomSize: people per room.
    @ivar senders: people who speak.
    @ivar inflight: messages of each speaker that the observer has not yet seen.
    @ivar rate: messages per second in all, where the pace does not depend on what comes back.
    @ivar seconds: measured time, after a warm-up.
    @ivar rounds: how often everyone logs in.
    @ivar window: people who log in at the same time.
    @ivar size: bytes of a message's text.
    @ivar quiet: whether everyone hides joins and leaves.
    """

    members: int = 1000
    roomSize: int = 1000
    senders: int = 10
    inflight: int = 10
    rate: float = 2000
    seconds: float = 10 * SECONDS
    rounds: int = 3
    window: int = 40
    size: int = 40
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """
    All that a scenario works with.

    @ivar loop: to serve the sockets.
    @ivar door: where to connect.
    @ivar wire: what to speak.
    @ivar server: the process to measure.
    @ivar options: how much of everything.
    """

    loop: Loop
    door: Door
    wire: Wire
    server: ServerProcess
    options: Options

    def arrivals(self) -> Arrivals:
        """
        @return: a way in, as the options say.
        """
        options = self.options
        return Arrivals(self.loop, self.door, self.wire, options.window, options.quiet)

    def crowd(self, people: Sequence[Seat]) -> list[Client]:
        """
        Bring people in, and wait until it is calm.

        @return: their clients in the order in which they came in.
        """
        clients = self.arrivals().bring(people)
        waitForCalm(self.loop, self.server)
        return clients

    def speaker(self, client: Client, number: int) -> Speaker:
        """
        @return: the client as one that speaks.
        """
        return Speaker(client, number, self.wire, self.options.size)


class Meter:
    """
    What passes between L{start} and L{stop}; several such stretches add up.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._seconds = self._generator = self._server = self._serverMain = 0.0
        self._lines = 0
        self._from: tuple[float, float, CPUTime, int]

    def start(self) -> None:
        """Begin a stretch."""
        self._from = self._read()

    def stop(self) -> None:
        """End a stretch."""
        before, after = self._from, self._read()
        self._seconds += after[0] - before[0]
        self._generator += after[1] - before[1]
        self._server += after[2].total - before[2].total
        self._serverMain += after[2].main - before[2].main
        self._lines += after[3] - before[3]

    def shares(self) -> dict[str, float]:
        """
        @return: how busy both processes were.
        """
        return {
            "serverPercent": 100 * self._server / self._seconds,
            "serverMainPercent": 100 * self._serverMain / self._seconds,
            "generatorPercent": 100 * self._generator / self._seconds,
        }

    def perLine(self) -> dict[str, float]:
        """
        @return: rate and price of delivered lines.
        @raise LoadError: when none was delivered.
        """
        if not self._lines:
            raise LoadError("no line was delivered while it was measured")
        return {
            "linesPerSecond": self._lines / self._seconds,
            "usPerLine": self._server * MICROSECONDS / self._lines,
        }

    def per(self, count: int) -> tuple[float, float]:
        """
        @param count: of whatever was done.
        @return: so many per second, and per second of the server's CPU.
        """
        return count / self._seconds, count / max(self._server, 0.01)

    def _read(self) -> tuple[float, float, CPUTime, int]:
        now = time.monotonic()
        return now, time.process_time(), self._bench.server.cpuTime(), self._bench.loop.lines


class Talk:
    """
    Speakers and listeners in calm rooms: warm up, measure, let the last messages arrive, check.
    """

    def __init__(self, bench: Bench, speakers: Sequence[Speaker]) -> None:
        self._bench = bench
        self._speakers = speakers
        self._latencies = array("q")
        self._listeners: list[Listener] = []

    def listen(
        self, clients: Sequence[Client], onHeard: Callable[[list[int]], None] | None = None
    ) -> None:
        """Read what these clients get; C{onHeard} is for each of their L{Listener}s."""
        for client in clients:
            bench = self._bench
            listener = Listener(bench.loop, client, self._latencies, onHeard, wire=bench.wire)
            self._listeners.append(listener)

    def measure(
        self, start: Callable[[], None], stop: Callable[[], None], pace: Pace | None = None
    ) -> tuple[dict[str, float], tuple[str, ...]]:
        """
        @param start: makes the speakers begin.
        @param stop: makes them end, where not the pace does it.
        @return: figures and faults.
        """
        loop, options, meter = self._bench.loop, self._bench.options, Meter(self._bench)
        linesBefore = loop.lines
        start()
        loop.run(lambda: False, WARM_UP, pace)
        spoken, measured = self._spoken(), len(self._latencies)
        meter.start()
        loop.run(lambda: False, options.seconds, pace)
        meter.stop()
        spoken, latencies = self._spoken() - spoken, sorted(self._latencies[measured:])
        stop()
        expected = linesBefore + self._spoken() * (options.roomSize - 1)
        loop.run(lambda: loop.lines >= expected, DRAIN_LIMIT)
        faults = self._faults(loop.lines - expected)
        if not latencies:
            raise LoadError("; ".join(["nobody heard anything while it was measured", *faults]))
        figures = meter.perLine() | meter.shares()
        figures["messagesPerSecond"] = spoken / options.seconds
        for key, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
            value = percentile(latencies, share) / MICROSECONDS_PER_MILLISECOND
            figures[f"{key}Milliseconds"] = value
        return figures, faults

    def _spoken(self) -> int:
        return sum(speaker.spoken for speaker in self._speakers)

    def _faults(self, surplus: int) -> tuple[str, ...]:
        faults = [fault for listener in self._listeners for fault in listener.complaints]
        if surplus:
            what = "more lines than messages called for" if surplus > 0 else "lines are missing"
            faults.append(f"{abs(surplus):,} {what}")
        return tuple(faults)


Measured = tuple[dict[str, float], tuple[str, ...]]


def oneRoom(bench: Bench) -> Measured:
    """
    Everyone in one room, some speak as fast as their windows allow. The observer is who came last,
    whom a server usually serves last.
    """
    options = bench.options
    if not 0 < options.senders < options.members:
        raise LoadError("there must be at least one sender, and one member who only listens")
    clients = bench.crowd(seats(options.members, options.members))
    speakers = [bench.speaker(client, n) for n, client in enumerate(clients[: options.senders])]
    window = Window(speakers, options.inflight)
    talk = Talk(bench, speakers)
    talk.listen(clients[-1:], window.seen)
    # The first speaker is among those who are read, so that a server's complaints are seen.
    talk.listen(clients[: -1 : max(1, len(clients) // SAMPLES)])
    return talk.measure(window.open, window.close)


def manyRooms(bench: Bench) -> Measured:
    """
    Rooms of a few people, everyone speaks in turn, at an even rate in all. One member of each room
    is read, not always the same place in the order of coming.
    """
    size = bench.options.roomSize
    if size < 2 or bench.options.members % size:
        raise LoadError("the members must fill rooms of at least two")
    rooms: dict[str, list[Client]] = {}
    for client in bench.crowd(seats(bench.options.members, size)):
        rooms.setdefault(client.room, []).append(client)
    turns = [client for place in zip(*rooms.values(), strict=True) for client in place]
    speakers = [bench.speaker(client, n) for n, client in enumerate(turns)]
    talk = Talk(bench, speakers)
    talk.listen([members[n % size] for n, members in enumerate(rooms.values())])
    pace = Pace(speakers, bench.options.rate)
    return talk.measure(lambda: None, lambda: None, pace)


def logins(bench: Bench) -> Measured:
    """
    Everyone connects, logs in and joins a small room; then, unmeasured, everyone hangs up.
    """
    options, meter, arrivals = bench.options, Meter(bench), bench.arrivals()
    for number in range(options.rounds):
        people = seats(options.members, options.roomSize, number * options.members)
        meter.start()
        clients = arrivals.bring(people)
        meter.stop()
        for client in clients:
            client.close()
        waitForCalm(bench.loop, bench.server)
    perSecond, perCPUSecond = meter.per(options.members * options.rounds)
    figures = {"loginsPerSecond": perSecond, "loginsPerCPUSecond": perCPUSecond}
    return figures | meter.shares(), ()


def idle(bench: Bench) -> Measured:
    """
    What a connection that is logged in and in a small room keeps of the server's memory.
    """
    options = bench.options
    bench.crowd(seats(FIRST_IDLERS, options.roomSize))
    before = bench.server.memory()
    bench.crowd(seats(options.members, options.roomSize, FIRST_IDLERS))
    kib = (bench.server.memory() - before) / options.members
    return {"connections": options.members, "kibPerConnection": kib}, ()


def bigJoin(bench: Bench) -> Measured:
    """
    People who are somewhere else come into one big room, one at a time: each is shown who is there,
    and everybody there is told of the newcomer.
    """
    options, loop, room = bench.options, bench.loop, "bench0"
    newcomers = bench.crowd([Seat(f"n{n}", "door") for n in range(options.rounds)])
    bench.crowd(seats(options.members, options.members))
    meter, times, told, linesBefore = Meter(bench), [], 0, loop.lines
    meter.start()
    for number, client in enumerate(newcomers):
        entry = Entry(loop, client, bench.wire, room)
        told += options.members + number
        begun = stampNow()
        entry.begin()
        everybody = partial(_allTold, loop, entry, linesBefore + told)
        if not loop.run(everybody, DRAIN_LIMIT):
            raise NoAnswer(f"a join did not reach everybody: {entry.story()}")
        times.append(stampNow() - begun)
    meter.stop()
    loop.run(lambda: False, CALM_SLICE)
    surplus = loop.lines - linesBefore - told
    faults = (f"{surplus:,} more lines than joins called for",) if surplus else ()
    times.sort()
    figures = meter.perLine() | meter.shares()
    figures["msPerJoin"] = (
        figures["usPerLine"] * told / options.rounds / MICROSECONDS_PER_MILLISECOND
    )
    figures["p50Milliseconds"] = percentile(times, 0.5) / MICROSECONDS_PER_MILLISECOND
    figures["maxMilliseconds"] = times[-1] / MICROSECONDS_PER_MILLISECOND
    return figures, faults


def _allTold(loop: Loop, entry: Entry, lines: int) -> bool:
    return entry.inside and loop.lines >= lines


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    An experiment.

    @ivar measure: does it; its docstring says what.
    @ivar defaults: its options where the command line says nothing.
    @ivar oneRoomForAll: whether a room is always as large as all members.
    """

    measure: Callable[[Bench], Measured]
    defaults: Options
    oneRoomForAll: bool = False


SCENARIOS: Mapping[str, Scenario] = {
    "fanout": Scenario(oneRoom, Options(), oneRoomForAll=True),
    "single": Scenario(oneRoom, Options(senders=1, inflight=1), oneRoomForAll=True),
    "rooms": Scenario(manyRooms, Options(roomSize=10)),
    "logins": Scenario(logins, Options(members=3000, roomSize=10)),
    "idle": Scenario(idle, Options(members=10_000, roomSize=10)),
    "bigjoin": Scenario(bigJoin, Options(members=5000, rounds=20), oneRoomForAll=True),
}

TARGETS: Mapping[tuple[str, str, bool], Sequence[Target]] = {
    ("line", "fanout", False): (Target("usPerLine", 0.20), Target("p99Milliseconds", 50)),
    ("line", "single", False): (Target("usPerLine", 6),),
    ("line", "single", True): (Target("usPerLine", 20),),
    ("line", "rooms", False): (Target("usPerLine", 20), Target("p99Milliseconds", 5)),
    ("line", "logins", False): (Target("loginsPerCPUSecond", 5000, atLeast=True),),
    ("line", "idle", False): (Target("kibPerConnection", 6),),
    ("line", "idle", True): (Target("kibPerConnection", 36),),
    ("irc", "fanout", False): (Target("usPerLine", 0.20), Target("p99Milliseconds", 50)),
    ("irc", "single", False): (Target("usPerLine", 6),),
    ("irc", "rooms", False): (Target("usPerLine", 20), Target("p99Milliseconds", 5)),
    ("irc", "logins", False): (Target("loginsPerCPUSecond", 4000, atLeast=True),),
    ("irc", "idle", False): (Target("kibPerConnection", 6),),
    # A line to each member, as dear as one message at a time; the names are in it.
    ("irc", "bigjoin", False): (Target("usPerLine", 6),),
}
"""By wire, scenario and whether over TLS; also what C{all} runs, in this order."""

MEMORY_TARGETS: Mapping[tuple[str, str, bool], Sequence[Target]] = {
    **TARGETS,
    ("line", "rooms", False): (Target("usPerLine", 9), Target("p99Milliseconds", 5)),
    ("irc", "rooms", False): (Target("usPerLine", 9), Target("p99Milliseconds", 5)),
}
"""The same with the log in memory (C{--database sqlite://})."""


def run(name: str, bench: Bench, wire: str, command: str) -> Result:
    """
    @param name: key in L{SCENARIOS}.
    @param wire: what the bench's wire is called.
    @param command: what the result says it was made with.
    @return: what the scenario has shown.
    @raise LoadError: when it can't be done.
    @raise NoAnswer: when the server does not answer, or the run takes longer than L{RUN_LIMIT}.
    """
    bench.loop.deadline = time.monotonic() + RUN_LIMIT
    figures, faults = SCENARIOS[name].measure(bench)
    return Result(name, wire, bench.door.tls, command, figures, faults)
