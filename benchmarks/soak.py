"""
Many people for a long time: C{python -m benchmarks.soak --minutes 30 --people 2000}. Linux only.

A server of this source tree has a town full of people: they come, talk and go, on the line protocol
and on IRC, each from an address of their own that is not trusted. First it is quiet: they only
talk. Then people come and go, and a minute later others misbehave too (see L{benchmarks.rogues}).
In the end it is quiet again: what a virtual machine's host has for it changes within half an hour.
What is asked of the server: nothing that it would have to log as an error, memory that stays level,
nobody who behaves disconnected, no message lost, doubled or out of order, and a p99 within twice
the quiet one, which is the mean of both.
"""

import argparse
import gc
import os
import re
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.clients import KIB, SECONDS
from benchmarks.errors import LoadError
from benchmarks.figures import environment, percentile
from benchmarks.load import cores, raiseFileLimit
from benchmarks.people import Person, Town, Witness
from benchmarks.programs import TwistedChat
from benchmarks.rogues import CLOSED, KINDS, STAYED, Gang
from benchmarks.server import ServerProcess, StartedServer, freePort, startedServer, stolen

ABOUT = "Let people and others live on a server for a long time. See benchmarks/README.md."

MINUTES = 60 * SECONDS
QUIET = 60 * SECONDS
SETTLING = 10 * SECONDS
"""Between the last arrival and what is measured."""

SAMPLE_EVERY = 5 * SECONDS
LEAVING = 100 * SECONDS
"""Until the last of those who misbehave has gone."""

ARRIVALS_PER_SECOND = 100
FILL_LIMIT = 300 * SECONDS
STAY = 300 * SECONDS
"""How long somebody stays, on the average."""

SPEAKS_EVERY = 20 * SECONDS
"""How often somebody says something, on the average."""

MOST_TIMES_QUIET = 2.0
MOST_GROWTH = 0.05
"""Memory may grow by so much from the second quarter of the time to the last, and by ..."""
FREE_GROWTH = 4 * KIB
"""... so many KiB."""

MICROSECONDS_PER_MILLISECOND = 1000
MOST_SHOWN = 5
SPARE_FILES = 3000

TROUBLE = re.compile(r"Traceback \(most recent call last\)|#(?:error|critical)\]|Unhandled")
"""What an unhandled error looks like in the log."""


@dataclass(frozen=True, slots=True)
class TownServer(TwistedChat):
    """
    The server of this source tree with two doors, and trust in nobody.

    @ivar ircPort: where IRC is spoken; the line protocol is at the port that is given.
    """

    ircPort: int = 0

    def prepare(self, folder: Path, port: int) -> Sequence[str]:
        """See L{benchmarks.server.Program.prepare}."""
        at = "tcp:{}:interface=127.0.0.1"
        doors = {"--port": at.format(port), "--irc-port": at.format(self.ircPort)}
        return self.commandFor(folder, {**doors, "--tls-port": "off", "--irc-tls-port": "off"})

    def environment(self) -> Mapping[str, str]:
        """See L{benchmarks.server.Program.environment}."""
        found = super(TownServer, self).environment()
        return {**found, "TWISTED_CHAT_TRUSTED_ADDRESSES": "unix"}


@dataclass(slots=True)
class Record:
    """
    What was seen.

    @ivar memory: KiB, every L{SAMPLE_EVERY}, of the time after the quiet.
    @ivar minutes: for each minute its p99 in ms, people inside, KiB, and the cores that the host of
        a virtual machine did not give.
    @ivar before: p99 of the quiet time at first, ms.
    @ivar after: p99 of the quiet time in the end, ms.
    @ivar lively: p99 of the time in which people come and go, and nobody misbehaves, ms.
    @ivar noisy: p99 of the time after it, ms.
    @ivar late: p99 of how late the generator itself was after the quiet, ms.
    @ivar cpu: share of a core that the server used after the quiet.
    @ivar quietWait: share of the quiet time that the server was ready to run and had no core.
    @ivar wait: the same of the time after it.
    @ivar quietStolen: cores that the host of a virtual machine did not give in the quiet time.
    @ivar stolen: the same of the time after it.
    @ivar troubles: lines of the log that say that something went wrong.
    """

    memory: list[float] = field(default_factory=list)
    minutes: list[tuple[float, int, float, float]] = field(default_factory=list)
    before: float = 0.0
    after: float = 0.0
    lively: float = 0.0
    noisy: float = 0.0
    late: float = 0.0
    cpu: float = 0.0
    quietWait: float = 0.0
    wait: float = 0.0
    quietStolen: float = 0.0
    stolen: float = 0.0
    troubles: list[str] = field(default_factory=list)

    @property
    def quiet(self) -> float:
        """
        p99 of the quiet times, ms: their mean.
        """
        return (self.before + self.after) / 2

    @property
    def growth(self) -> tuple[float, float]:
        """
        KiB in the second quarter of the time, and in the last: medians.
        """
        quarter = max(1, len(self.memory) // 4)
        return (
            statistics.median(self.memory[quarter : 2 * quarter] or self.memory),
            statistics.median(self.memory[-quarter:]),
        )


def parseArguments(arguments: Sequence[str]) -> argparse.Namespace:
    """
    @raise SystemExit: with a usage error, or after C{--help}.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=ABOUT)
    parser.add_argument("--minutes", type=float, default=30.0, help="after the quiet (30)")
    parser.add_argument("--people", type=int, default=2000, help="who are there at a time (2000)")
    parser.add_argument("--room-size", type=int, default=20, dest="roomSize", help="(20)")
    parser.add_argument("--rogues", type=float, default=1.0, help="who come in a second (1)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance (1)")
    parser.add_argument("--pin", type=cores, metavar="SERVER,GENERATOR", help="such as 0,1")
    parser.add_argument("--folder", metavar="DIR", help="where the temporary folder is made")
    parser.add_argument("--log", metavar="FILE", help="where to keep the server's log")
    options = parser.parse_args(arguments)
    if options.people < 2 * options.roomSize or options.roomSize < 2:
        parser.error("there must be people for two rooms of two at least")
    return options


class Soak:
    """
    The whole of it.
    """

    def __init__(self, started: StartedServer, ircPort: int, options: argparse.Namespace) -> None:
        self._server: ServerProcess = started.process
        self._output = started.output
        self._options = options
        ports = {"line": started.port, "irc": ircPort}
        rng = Random(f"{options.seed} people")
        self.town = Town(ports, options.people, options.roomSize, rng)
        self.gang = Gang(self.town, Random(f"{options.seed} rogues"))
        self.record = Record()

    def run(self) -> None:
        """
        Fill the town, be quiet, be noisy, look at the log.

        @raise LoadError: when it can't be done.
        """
        town, options, record = self.town, self._options, self.record
        self._fill()
        self._serve(SETTLING)
        town.talk(options.people / SPEAKS_EVERY)
        self._serve(SETTLING)
        waited, lost = self._server.waited(), stolen()
        record.before = self._p99During(QUIET)
        record.quietWait = (self._server.waited() - waited) / QUIET
        record.quietStolen = (stolen() - lost) / QUIET
        self._say(f"quiet: p99 {record.before:.1f} ms")
        town.comeAndGo(options.people / STAY)
        self._serve(SETTLING)
        record.lively = self._p99During(QUIET)
        self._say(f"lively: p99 {record.lively:.1f} ms")
        self.gang.start(options.rogues)
        before, begun = self._server.cpuTime().total, time.monotonic()
        waited, lost = self._server.waited(), stolen()
        mark, lateMark = len(town.latencies), len(town.schedule.lateness)
        self._be(options.minutes * MINUTES)
        seconds = time.monotonic() - begun
        record.cpu = (self._server.cpuTime().total - before) / seconds
        record.wait = (self._server.waited() - waited) / seconds
        record.stolen = (stolen() - lost) / seconds
        record.noisy = self._p99Since(mark)
        late = sorted(town.schedule.lateness[lateMark:])
        record.late = percentile(late, 0.99) / MICROSECONDS_PER_MILLISECOND
        town.moves = self.gang.comes = False
        self._serve(LEAVING)
        record.after = self._p99During(QUIET)
        self._say(f"quiet again: p99 {record.after:.1f} ms")
        record.troubles = troublesIn(self._output)

    def _fill(self) -> None:
        town, options = self.town, self._options
        for number in range(options.people):
            # Those who stay are the first in their rooms, so they see every speaker's first line.
            kind: type[Person] = Witness if number < town.rooms else Person
            wire = ("line", "irc")[(number + number // town.rooms) % 2]
            town.bring(number, wire, kind)
            town.loop.run(lambda: False, 1 / ARRIVALS_PER_SECOND, town.schedule)
            if number == town.rooms - 1:
                self._everybodyIn(number + 1)
        self._everybodyIn(options.people)
        self._say(f"{options.people} people are in {town.rooms} rooms")

    def _everybodyIn(self, count: int) -> None:
        town = self.town
        if not town.loop.run(lambda: town.count["inside"] >= count, FILL_LIMIT, town.schedule):
            raise LoadError(f"only {town.count['inside']} of {count} came in; {town.wrongs[:1]}")

    def _serve(self, seconds: float) -> None:
        self.town.loop.run(lambda: False, seconds, self.town.schedule)

    def _be(self, seconds: float) -> None:
        end, minute = time.monotonic() + seconds, time.monotonic() + MINUTES
        mark, begun, lost = len(self.town.latencies), time.monotonic(), stolen()
        while time.monotonic() < end:
            self._serve(min(SAMPLE_EVERY, max(0.1, end - time.monotonic())))
            self.record.memory.append(self._server.memory())
            if time.monotonic() >= min(minute, end):
                share = (stolen() - lost) / (time.monotonic() - begun)
                row = (self._p99Since(mark), len(self.town.inside), self.record.memory[-1], share)
                self.record.minutes.append(row)
                self._say(f"p99 {row[0]:.1f} ms, {row[1]} people, {row[2] / KIB:.1f} MiB")
                mark, begun, lost = len(self.town.latencies), time.monotonic(), stolen()
                minute += MINUTES

    def _p99During(self, seconds: float) -> float:
        mark = len(self.town.latencies)
        self._serve(seconds)
        return self._p99Since(mark)

    def _p99Since(self, mark: int) -> float:
        found = sorted(self.town.latencies[mark:])
        if not found:
            raise LoadError("nobody heard anything")
        return percentile(found, 0.99) / MICROSECONDS_PER_MILLISECOND

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def troublesIn(output: Path) -> list[str]:
    """
    @return: the lines of a log that say that something went wrong.
    """
    with output.open(errors="replace") as lines:
        return [line.strip() for line in lines if TROUBLE.search(line)]


def violations(record: Record, town: Town) -> list[str]:
    """
    @return: what was asked for and not kept, as sentences.
    """
    found = []
    if record.troubles:
        found.append(f"{len(record.troubles)} errors in the log: {record.troubles[:MOST_SHOWN]}")
    if town.count["wrongs"]:
        found.append(f"{town.count['wrongs']} wrongs: {'; '.join(town.wrongs[:MOST_SHOWN])}")
    if record.noisy > MOST_TIMES_QUIET * record.quiet:
        times = record.noisy / record.quiet
        found.append(
            f"p99 is {times:.1f} times the quiet one, and {MOST_TIMES_QUIET:g} is the most"
        )
    early, late = record.growth
    if late > early * (1 + MOST_GROWTH) + FREE_GROWTH:
        found.append(f"memory grew from {early / KIB:.1f} to {late / KIB:.1f} MiB")
    return found


def report(soak: Soak, broken: Sequence[str]) -> str:
    """
    @return: Markdown.
    """
    record, town, tally = soak.record, soak.town, soak.gang.tally
    early, late = record.growth
    rows = [
        ("what", "seen"),
        ("---", "---:"),
        ("people who came, and who left", f"{town.count['came']:,}, {town.count['left']:,}"),
        ("messages said", f"{town.count['said']:,}"),
        ("lines that people got", f"{town.lines:,}"),
        ("p99 while it was quiet, ms", f"{record.before:.1f}"),
        ("p99 while people came and went, and nobody misbehaved, ms", f"{record.lively:.1f}"),
        ("p99 while others misbehaved, ms", f"{record.noisy:.1f}"),
        ("p99 when it was quiet again, ms", f"{record.after:.1f}"),
        ("lateness of the generator, not in it, p99, ms", f"{record.late:.1f}"),
        ("memory in the second quarter, MiB", f"{early / KIB:.1f}"),
        ("memory in the last quarter, MiB", f"{late / KIB:.1f}"),
        ("server busy, % of a core", f"{100 * record.cpu:.0f}"),
        ("server without a core while it was quiet, %", f"{100 * record.quietWait:.1f}"),
        ("server without a core afterwards, %", f"{100 * record.wait:.1f}"),
        ("cores that the host did not give while it was quiet", f"{record.quietStolen:.2f}"),
        ("cores that the host did not give afterwards", f"{record.stolen:.2f}"),
        ("errors in the log", f"{len(record.troubles)}"),
        ("people who were wronged", f"{town.count['wrongs']}"),
    ]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "| minute | p99, ms | people | memory, MiB | cores that the host did not give |"]
    lines.append("| ---: | ---: | ---: | ---: | ---: |")
    for number, (p99, inside, kib, lost) in enumerate(record.minutes, 1):
        lines.append(f"| {number} | {p99:.1f} | {inside:,} | {kib / KIB:.1f} | {lost:.2f} |")
    ends = (CLOSED, STAYED, "not let in")
    lines += ["", f"| who misbehaves | {' | '.join(ends)} |", "| --- | ---: | ---: | ---: |"]
    for kind in KINDS:
        counts = " | ".join(f"{tally[kind.__name__, end]:,}" for end in ends)
        lines.append(f"| {kind.__name__} | {counts} |")
    lines += ["", *(f"- VIOLATION: {sentence}" for sentence in broken or ())]
    return "\n".join(lines) if broken else "\n".join([*lines, "All was kept."])


def main(arguments: Sequence[str]) -> int:
    """
    @return: the exit code: 0, or 1 when something was not kept or could not be done.
    """
    options = parseArguments(arguments)
    if options.pin:
        os.sched_setaffinity(0, {options.pin[1]})
    gc.disable()  # no pauses of the generator's own
    where = environment(options.pin)
    ircPort = freePort()
    try:
        raiseFileLimit(options.people + SPARE_FILES)
        core = options.pin[0] if options.pin else None
        server = TownServer("line", ircPort=ircPort)
        with startedServer(server, options.folder, core) as started:
            soak = Soak(started, ircPort, options)
            try:
                soak.run()
            finally:
                soak.town.loop.close()
                if options.log:
                    Path(options.log).write_bytes(started.output.read_bytes())
    except LoadError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    broken = violations(soak.record, soak.town)
    print(f"{where}\n\n{report(soak, broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
