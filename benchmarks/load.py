"""
The command line: C{python -m benchmarks.load SCENARIO}. Linux only.
"""

import argparse
import gc
import ipaddress
import json
import os
import resource
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace

from benchmarks.awake import awake
from benchmarks.clients import Door, Loop
from benchmarks.crowd import waitForCalm
from benchmarks.errors import LoadError
from benchmarks.figures import Result, asJSON, environment, markdown
from benchmarks.programs import TwistedChat
from benchmarks.scenarios import (
    FIRST_IDLERS,
    MEMORY_TARGETS,
    SCENARIOS,
    TARGETS,
    Bench,
    Options,
    run,
)
from benchmarks.server import ServerProcess, startedServer
from benchmarks.wires import WIRES, IrcWire

ABOUT = "Put a chat server under load and measure what it costs. See benchmarks/README.md."

SPARE_FILES = 100
"""Open files beside the clients' sockets, in either process."""

MOST_SOURCES = 254

IN_MEMORY = "sqlite://"
"""The database URL of a log that is lost with the server."""


def parseArguments(arguments: Sequence[str]) -> argparse.Namespace:
    """
    @raise SystemExit: with a usage error, or after C{--help}.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=ABOUT)
    parser.add_argument("scenario", choices=[*SCENARIOS, "all"])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--wire", choices=list(WIRES), default="line")
    parser.add_argument("--caps", metavar="NAMES", help="what IRC clients ask for (nothing)")
    parser.add_argument("--tls", action="store_true", help="drive the door with TLS")
    addCores(parser)
    parser.add_argument(
        "--sources", type=int, default=64, help="addresses 127.0.0.x to connect from (64)"
    )
    running = parser.add_argument_group("a server that already runs")
    running.add_argument("--pid", type=int, help="measure this process instead of starting one")
    running.add_argument("--host", type=_loopback, default="127.0.0.1", help="loopback only")
    running.add_argument("--port", type=int)
    started = parser.add_argument_group("the server that is started")
    started.add_argument("--config", metavar="FILE", help="its settings, TOML")
    started.add_argument("--database", metavar="URL", help="instead of SQLite in its folder")
    started.add_argument("--folder", metavar="DIR", help="where its temporary folder is made")
    addAmounts(parser)
    options = parser.parse_args(arguments)
    if (options.pid is None) != (options.port is None):
        parser.error("--pid and --port belong together")
    if options.caps and options.wire != "irc":
        parser.error("--caps is for --wire irc")
    checkCores(parser, options)
    if not 1 <= options.sources <= MOST_SOURCES:
        parser.error(f"--sources must be from 1 to {MOST_SOURCES}")
    return options


def addCores(parser: argparse.ArgumentParser) -> None:
    """
    Let the command line say where the server and the generator run.
    """
    parser.add_argument(
        "--pin", type=cores, metavar="SERVER,GENERATOR", help="keep each on one core, such as 0,1"
    )
    parser.add_argument(
        "--awake", action="store_true", help="let those never halt, as virtual machines do"
    )


def checkCores(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """
    @raise SystemExit: with a usage error.
    """
    if options.awake and not options.pin:
        parser.error("--awake needs to know the cores: --pin SERVER,GENERATOR")


@contextmanager
def onCores(options: argparse.Namespace) -> Iterator[None]:
    """
    Run this process, the generator, as L{addCores} has let the command line say.
    """
    with ExitStack() as stack:
        if options.awake:
            stack.enter_context(awake(options.pin))
        if options.pin:
            os.sched_setaffinity(0, {options.pin[1]})
        yield


def addAmounts(parser: argparse.ArgumentParser) -> None:
    """
    Let the amounts of L{Options} be given on the command line.
    """
    amounts = parser.add_argument_group("how much of everything (each scenario has its defaults)")
    amounts.add_argument("--members", type=_amount, help="connections")
    amounts.add_argument("--room-size", type=_amount, dest="roomSize", help="people per room")
    amounts.add_argument("--senders", type=_amount, help="people who speak in the one room")
    amounts.add_argument("--inflight", type=_amount, help="unseen messages of each sender")
    amounts.add_argument("--rate", type=_amount, help="messages per second in all (rooms)")
    amounts.add_argument("--seconds", type=_amount, help="measured time")
    amounts.add_argument("--rounds", type=_amount, help="how often everyone comes in (logins)")
    amounts.add_argument("--window", type=_amount, help="people who come in at the same time")
    amounts.add_argument("--size", type=_amount, help="bytes of a message's text")
    amounts.add_argument("--quiet", action="store_true", default=None, help="hide joins, leaves")


def _amount(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1 on")
    return int(text)


def cores(text: str) -> tuple[int, int]:
    """
    @param text: such as C{0,1}.
    @return: the server's core and the generator's.
    @raise argparse.ArgumentTypeError: they are not there.
    """
    server, _, generator = text.partition(",")
    usable = os.sched_getaffinity(0)
    for core in (server, generator):
        if not core.isdecimal() or int(core) not in usable:
            known = ", ".join(str(core) for core in sorted(usable))
            raise argparse.ArgumentTypeError(f"must be two cores out of {known}, such as 0,1")
    return int(server), int(generator)


def _loopback(text: str) -> str:
    try:
        address = ipaddress.ip_address("127.0.0.1" if text == "localhost" else text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be an IP address or localhost") from error
    if not address.is_loopback:
        raise argparse.ArgumentTypeError("only loopback addresses may be put under load")
    return str(address)


def amountsFor(scenario: str, options: argparse.Namespace) -> Options:
    """
    @return: the scenario's defaults, with what the command line says instead.
    """
    given = {field.name: getattr(options, field.name) for field in fields(Options)}
    known = {name: value for name, value in given.items() if value is not None}
    amounts = replace(SCENARIOS[scenario].defaults, **known)
    if SCENARIOS[scenario].oneRoomForAll:
        amounts = replace(amounts, roomSize=amounts.members)
    return amounts


def raiseFileLimit(connections: int) -> None:
    """
    Let this process, and a server that it starts, open so many sockets.

    @raise LoadError: when the system does not allow it.
    """
    needed = connections + SPARE_FILES
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise LoadError(f"{needed} open files are needed, and the system allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def target(tls: bool, options: argparse.Namespace) -> Iterator[tuple[Door, ServerProcess]]:
    """
    The server to drive: the one that was named, or a new one for as long as the context lasts.
    """
    serverCore = options.pin[0] if options.pin else None
    if options.pid is not None:
        server = ServerProcess(options.pid)
        if serverCore is not None:
            server.pinTo(serverCore)
        yield Door(options.host, options.port, tls, options.sources), server
        return
    program = TwistedChat(options.wire, tls, options.config, options.database)
    with startedServer(program, options.folder, serverCore) as started:
        yield Door("127.0.0.1", started.port, tls, options.sources), started.process


def measure(scenario: str, tls: bool, options: argparse.Namespace, command: str) -> Result:
    """
    Run one scenario.

    @param command: what the result says it was made with.
    @raise LoadError: when it can't be done.
    """
    amounts = amountsFor(scenario, options)
    raiseFileLimit(amounts.members + FIRST_IDLERS)
    with target(tls, options) as (door, server):
        loop = Loop()
        try:
            wire = WIRES[options.wire]
            if options.caps:
                wire = IrcWire(*options.caps.split())
            bench = Bench(loop, door, wire, server, amounts)
            result = run(scenario, bench, options.wire, command)
            if options.pid is not None:
                loop.hangUp()  # the next scenario needs the names
                waitForCalm(loop, server)
            return result
        finally:
            loop.close()


def main(arguments: Sequence[str]) -> int:
    """
    @return: the exit code: 0, or 1 when something could not be measured or is not to be trusted.
    """
    options = parseArguments(arguments)
    if options.scenario == "all":
        # A server that already runs has one door here, so there each scenario runs once.
        planned = [(s, tls) for wire, s, tls in TARGETS if wire == options.wire]
        plan = planned if options.pid is None else [(s, options.tls) for s in SCENARIOS]
    else:
        plan = [(options.scenario, options.tls)]
    gc.disable()  # no pauses of the generator's own; nothing here makes cycles by the message
    where = environment(options.pin)
    results = []
    failed = False
    with onCores(options):
        for scenario, tls in plan:
            print(f"{scenario}{' over TLS' if tls else ''} ...", file=sys.stderr, flush=True)
            try:
                results.append(measure(scenario, tls, options, _command(scenario, tls, arguments)))
            except LoadError as error:
                failed = True
                print(f"{scenario}: {error}", file=sys.stderr)
            gc.collect()
    if options.json:
        print(json.dumps(asJSON(where, results), indent=2))
    elif results:
        inMemory = options.database == IN_MEMORY
        print(f"{where}\n\n{markdown(results, MEMORY_TARGETS if inMemory else TARGETS)}")
    return 1 if failed or any(result.faults for result in results) else 0


def _command(scenario: str, tls: bool, arguments: Sequence[str]) -> str:
    rest = [argument for argument in arguments if argument not in ("all", "--json", scenario)]
    if tls and "--tls" not in rest:
        rest.append("--tls")
    return shlex.join(["python", "-m", "benchmarks.load", scenario, *rest])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
