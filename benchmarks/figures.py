"""
Figures: percentiles, targets, the environment that they hold for, and tables.
"""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.floor import sendCost


@dataclass(frozen=True, slots=True)
class Figure:
    """
    What a figure of a L{Result} is called and how it is printed.

    @ivar title: for tables, with the unit.
    @ivar digits: after the point.
    """

    title: str
    digits: int


FIGURES: Mapping[str, Figure] = {
    "usPerLine": Figure("server CPU per delivered line, µs", 3),
    "p50Milliseconds": Figure("latency p50, ms", 2),
    "p99Milliseconds": Figure("latency p99, ms", 2),
    "maxMilliseconds": Figure("latency, longest, ms", 2),
    "linesPerSecond": Figure("delivered lines per second", 0),
    "messagesPerSecond": Figure("messages per second", 0),
    "msPerJoin": Figure("server CPU per join, ms", 2),
    "loginsPerCPUSecond": Figure("logins per second of server CPU", 0),
    "loginsPerSecond": Figure("logins per second", 0),
    "kibPerConnection": Figure("server memory per connection, KiB", 2),
    "connections": Figure("connections", 0),
    "serverPercent": Figure("server busy, % of a core", 0),
    "serverMainPercent": Figure("of which its main thread, %", 0),
    "generatorPercent": Figure("generator busy, % of a core", 0),
}
"""All figures by their key in JSON, in the order in which tables show them."""


@dataclass(frozen=True, slots=True)
class Target:
    """
    What a figure should be.

    @ivar figure: key in L{FIGURES}.
    @ivar limit: the worst that is good enough.
    @ivar atLeast: whether the figure must be at least C{limit}; otherwise at most.
    """

    figure: str
    limit: float
    atLeast: bool = False

    def metBy(self, value: float) -> bool:
        """
        @return: whether the value is good enough.
        """
        return value >= self.limit if self.atLeast else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.atLeast else '≤'} {self.limit:,g}"


@dataclass(frozen=True, slots=True)
class Result:
    """
    What one scenario has shown.

    @ivar scenario: its name.
    @ivar wire: the protocol, see L{benchmarks.wires.WIRES}.
    @ivar tls: whether it ran over TLS.
    @ivar command: the options that it ran with.
    @ivar figures: values by key of L{FIGURES}.
    @ivar faults: sentences; with any, the figures are not to be trusted.
    """

    scenario: str
    wire: str
    tls: bool
    command: str
    figures: Mapping[str, float]
    faults: tuple[str, ...]

    @property
    def title(self) -> str:
        """For tables."""
        words = [self.scenario]
        words += [self.wire.upper()] if self.wire != "line" else []
        return ", ".join([*words, "TLS"] if self.tls else words)


def percentile(ascending: Sequence[int], share: float) -> int:
    """
    @param ascending: sorted values, at least one.
    @param share: from 0 to 1.
    @return: the smallest value that at least this share of all values does not exceed.
    """
    rank = -int(-share * len(ascending) // 1)  # rounded up
    return ascending[max(rank, 1) - 1]


def environment(cores: tuple[int, int] | None = None) -> str:
    """
    @param cores: the server's and the generator's, if they are chosen.
    @return: one line: processor, kernel, Python, Twisted, how busy the machine was before, and what
        the kernel takes for a line there: see L{sendCost}.
    """
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    try:
        twisted = version("twisted")
    except PackageNotFoundError:
        twisted = "not installed"
    return (
        f"{model}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; "
        f"{platform.python_implementation()} {platform.python_version()}; Twisted {twisted}; "
        f"load {os.getloadavg()[0]:.1f} before the run; "
        f"a bare send takes {sendCost(cores):.1f} µs"
    )


def markdown(
    results: Sequence[Result], targets: Mapping[tuple[str, str, bool], Sequence[Target]]
) -> str:
    """
    @param targets: by wire, scenario and whether over TLS.
    @return: the results, each figure a row.
    """
    rows = [("scenario", "figure", "measured", "target", "")]
    rows.append(("---", "---", "---:", "---:", "---"))
    for result in results:
        what = (result.wire, result.scenario, result.tls)
        wanted = {target.figure: target for target in targets.get(what, ())}
        for key, figure in FIGURES.items():
            if key in result.figures:
                value = result.figures[key]
                target = wanted.get(key)
                verdict = "" if target is None else "met" if target.metBy(value) else "**missed**"
                measured = f"{value:,.{figure.digits}f}"
                rows.append((result.title, figure.title, measured, str(target or ""), verdict))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    for result in results:
        lines += ["", f"`{result.command}`"]
        lines += [f"- FAULT: {fault}" for fault in result.faults]
    return "\n".join(lines)


def asJSON(where: str, results: Sequence[Result]) -> dict[str, object]:
    """
    @param where: the environment that they hold for.
    @return: the results, ready for C{json.dumps}.
    """
    return {"environment": where, "results": [asdict(result) for result in results]}
