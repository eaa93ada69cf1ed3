"""
This server beside others: C{python -m benchmarks.compare}. Linux only.

Each scenario runs in rounds, and in each round on every server in turn (A B C A B C), each time on
a new process. So what else the machine does meanwhile meets all of them alike. Figures are the
medians of the rounds.
"""

import argparse
import gc
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.clients import Door, Loop
from benchmarks.errors import LoadError, NoAnswer
from benchmarks.figures import FIGURES, environment
from benchmarks.load import (
    addAmounts,
    addCores,
    amountsFor,
    checkCores,
    onCores,
    raiseFileLimit,
)
from benchmarks.programs import OTHERS, TwistedChat
from benchmarks.scenarios import FIRST_IDLERS, SCENARIOS, Bench, Options, run
from benchmarks.server import Program, startedServer
from benchmarks.wires import WIRES

ABOUT = "Measure this server beside ngIRCd and InspIRCd. See benchmarks/README.md."

WIRE = "irc"
"""What all of them speak."""

SOURCES = 64
NOISE = 1.2
"""Who is within this factor of another is level with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    A figure that is compared.

    @ivar scenario: where it is from.
    @ivar figure: key in L{FIGURES}.
    @ivar more: whether more is better.
    """

    scenario: str
    figure: str
    more: bool = False


ROWS = (
    Row("fanout", "usPerLine"),
    Row("fanout", "p99Milliseconds"),
    Row("single", "usPerLine"),
    Row("single", "p99Milliseconds"),
    Row("rooms", "usPerLine"),
    Row("rooms", "p99Milliseconds"),
    Row("logins", "loginsPerCPUSecond", more=True),
    Row("idle", "kibPerConnection"),
    Row("bigjoin", "msPerJoin"),
    Row("bigjoin", "maxMilliseconds"),
)

BRIEF: Mapping[str, Mapping[str, int]] = {
    "fanout": {"seconds": 4},
    "single": {"seconds": 4},
    "rooms": {"seconds": 4},
    "logins": {"rounds": 1},
    "idle": {"members": 5000},
    "bigjoin": {"members": 2000, "rounds": 10},
}
"""What is less here than where one server runs alone, since there are several, and in turns."""


@dataclass(slots=True)
class Measured:
    """
    What was seen.

    @ivar values: those of all turns by program, scenario and figure.
    @ivar silent: programs and scenarios without an answer.
    @ivar troubles: what went wrong, as sentences.
    """

    values: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    silent: set[tuple[str, str]] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)


def parseArguments(arguments: Sequence[str]) -> argparse.Namespace:
    """
    @raise SystemExit: with a usage error, or after C{--help}.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=ABOUT)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}: all of them")
    parser.add_argument("--turns", type=int, default=3, help="how often each server runs (3)")
    addCores(parser)
    parser.add_argument("--folder", metavar="DIR", help="where temporary folders are made")
    addAmounts(parser)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]!r}")
    checkCores(parser, options)
    return options


def contestants() -> tuple[list[Program], list[str]]:
    """
    @return: who can be measured, this server first; and a sentence for each who can't.
    """
    programs: list[Program] = [TwistedChat(WIRE)]
    absent = []
    for program in OTHERS.values():
        try:
            program.found()
        except LoadError as error:
            absent.append(str(error))
        else:
            programs.append(program)
    return programs, absent


def measure(
    program: Program, scenario: str, amounts: Options, options: argparse.Namespace
) -> tuple[Mapping[str, float], tuple[str, ...]]:
    """
    Run one scenario on a new process of one server.

    @return: figures and faults.
    @raise LoadError: when it can't be done.
    """
    core = options.pin[0] if options.pin else None
    if options.window is None:
        amounts = replace(amounts, window=program.window)
    with startedServer(program, options.folder, core) as started:
        loop = Loop()
        try:
            door = Door("127.0.0.1", started.port, False, SOURCES, program.backlog)
            bench = Bench(loop, door, WIRES[WIRE], started.process, amounts)
            result = run(scenario, bench, WIRE, "")
            return result.figures, result.faults
        finally:
            loop.close()


def race(
    programs: Sequence[Program], scenarios: Sequence[str], options: argparse.Namespace
) -> Measured:
    """
    Run every scenario on every server, in turns. Who does not answer is not asked again.
    """
    seen = Measured()
    for scenario in scenarios:
        amounts = brief(scenario, options)
        raiseFileLimit(amounts.members + FIRST_IDLERS)
        for turn in range(1, options.turns + 1):
            for program in programs:
                if (program.name, scenario) in seen.silent:
                    continue
                print(f"{scenario}, turn {turn}: {program.name} ...", file=sys.stderr, flush=True)
                try:
                    figures, faults = measure(program, scenario, amounts, options)
                except LoadError as error:
                    seen.troubles.append(f"{scenario}, {program.name}: {error}")
                    if isinstance(error, NoAnswer):
                        seen.silent.add((program.name, scenario))
                    continue
                finally:
                    gc.collect()
                for fault in faults:
                    seen.troubles.append(f"{scenario}, {program.name}: FAULT: {fault}")
                for key, value in figures.items():
                    seen.values.setdefault((program.name, scenario, key), []).append(value)
    return seen


def brief(scenario: str, options: argparse.Namespace) -> Options:
    """
    @return: how much of everything: what the command line says, L{BRIEF}, the scenario's own.
    """
    known = dict(vars(options))
    for name, value in BRIEF.get(scenario, {}).items():
        if known[name] is None:
            known[name] = value
    return amountsFor(scenario, argparse.Namespace(**known))


def table(names: Sequence[str], scenarios: Mapping[str, Options], seen: Measured) -> str:
    """
    @param names: of the programs, this server first.
    @param scenarios: those that were run.
    @return: Markdown: a row for each figure, a column for each server with the median and the range
        of the turns, and by how much this server's work is dearer (more than 1) or cheaper (less).
    """
    others = names[1:]
    rows = [("scenario", "figure", *names, *(f"times {name}" for name in others), "")]
    rows.append(("---", "---", *("---:",) * (len(names) + len(others)), "---"))
    for row in ROWS:
        if row.scenario not in scenarios:
            continue
        values = [seen.values.get((name, row.scenario, row.figure)) for name in names]
        figure = FIGURES[row.figure]
        cells = []
        for name, each in zip(names, values, strict=True):
            silent = (name, row.scenario) in seen.silent
            cells.append("no answer" if silent else _cell(each, figure.digits))
        ratios = [_ratio(values[0], each, row.more) for each in values[1:]]
        shown = ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        known = [ratio for ratio in ratios if ratio is not None]
        title = f"{row.scenario}, {scenarios[row.scenario].members:,} people"
        rows.append((title, figure.title, *cells, *shown, _verdict(known)))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(values: Sequence[float] | None, digits: int) -> str:
    if values is None:
        return "failed"
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def _ratio(own: Sequence[float] | None, other: Sequence[float] | None, more: bool) -> float | None:
    """
    @return: less than 1 if we are ahead; C{None} if there is nothing to compare.
    """
    if own is None or other is None:
        return None
    ours, theirs = statistics.median(own), statistics.median(other)
    top, bottom = (theirs, ours) if more else (ours, theirs)
    return top / bottom if bottom > 0 else None


def _verdict(ratios: Sequence[float]) -> str:
    if not ratios:
        return ""
    worst = max(ratios)
    if worst * NOISE < 1:
        return "ahead of all"
    return "level or ahead" if worst <= NOISE else "**behind**"


def main(arguments: Sequence[str]) -> int:
    """
    @return: the exit code: 0, or 1 when something could not be measured or is not to be trusted.
    """
    options = parseArguments(arguments)
    programs, absent = contestants()
    where = environment(options.pin)
    gc.disable()  # no pauses of the generator's own
    scenarios = options.scenarios or list(SCENARIOS)
    with onCores(options):
        seen = race(programs, scenarios, options)
    versions = [program.version() for name, program in OTHERS.items() if _among(name, programs)]
    print(f"{where}\n{'; '.join(versions)}\n")
    amounts = {scenario: brief(scenario, options) for scenario in scenarios}
    print(table([program.name for program in programs], amounts, seen))
    for sentence in (*absent, *seen.troubles):
        print(f"- {sentence}")
    return 1 if seen.troubles else 0


def _among(name: str, programs: Sequence[Program]) -> bool:
    return any(program.name == name for program in programs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
