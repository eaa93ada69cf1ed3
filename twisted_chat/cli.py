"""
The program C{twisted-chat}: what is done beside the running server.

To add a subcommand, add a row to L{COMMANDS}.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from signal import SIGINT
from typing import Any

from twisted_chat import config
from twisted_chat.domain.errors import ChatError, NotSaved
from twisted_chat.domain.names import cleanLine
from twisted_chat.runner import requireDocstrings
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.standardfiles import standIn
from twisted_chat.storage.refusals import StartRefused

PROGRAM = "twisted-chat"

INTERRUPTED = 128
"""To this the number of a signal is added for the exit code, as shells have it."""


def noArguments(parser: ArgumentParser) -> None:
    """
    Declare nothing.

    @param parser: of a subcommand without arguments.
    """


def later(name: str) -> Callable[[Any], Any]:
    """
    Name what a subcommand does, or declares, so that it is imported when that is typed: the health
    check, which is asked twice a minute, needs little of the program.

    @param name: of a function, as a dotted name.
    @return: what calls it.
    """

    def call(given: Any) -> Any:
        module, _, function = name.rpartition(".")
        return getattr(import_module(f"twisted_chat.{module}"), function)(given)

    return call


def printConfig(arguments: Namespace) -> int:
    """
    Print the commented example of a settings file.

    @param arguments: none are used.
    @return: the exit code.
    """
    sys.stdout.write(config.example())
    return 0


@dataclass(frozen=True, slots=True)
class Command:
    """
    A subcommand.

    @ivar name: what is typed.
    @ivar summary: one line for the help.
    @ivar run: does it, given the arguments; gives the exit code. A L{ChatError}, a
        L{SettingsError} or a L{StartRefused} from it is printed as one line. A
        C{KeyboardInterrupt} may have the number of the signal that it stands for.
    @ivar declare: adds its arguments to its parser.
    """

    name: str
    summary: str
    run: Callable[[Namespace], int]
    declare: Callable[[ArgumentParser], None] = noArguments


COMMANDS = (
    Command(
        "admin",
        "look after a network: accounts, operators, bans, rooms, and whether all is well",
        later("admin.commandline.run"),
        later("admin.commandline.declare"),
    ),
    Command("config", "print an example of the settings file, with every setting", printConfig),
    Command(
        "healthcheck",
        "ask the running server whether all is well",
        later("monitoring.healthcheck.run"),
        later("monitoring.healthcheck.declare"),
    ),
    Command(
        "backup",
        "write a backup of a server, running or not, into one file",
        later("operating.commandline.runBackup"),
        later("operating.commandline.declareBackup"),
    ),
    Command(
        "restore",
        "restore a backup into an empty data folder",
        later("operating.commandline.runRestore"),
        later("operating.commandline.declareRestore"),
    ),
    Command(
        "drill",
        "try out whether a backup can be restored: make one, start it, kill it, compare",
        later("operating.commandline.runDrill"),
        later("operating.place.declarePlace"),
    ),
    Command(
        "export",
        "write what was said, in a room or everywhere, as JSON lines",
        later("operating.commandline.runExport"),
        later("operating.commandline.declareExport"),
    ),
    Command(
        "import",
        "take in what export has written, while no server runs",
        later("operating.commandline.runImport"),
        later("operating.commandline.declareImport"),
    ),
)


class SubcommandParser(ArgumentParser):
    """
    The parser of a subcommand, which is told of its arguments when it is the one that was typed.

    @ivar declare: adds them.
    """

    declare: Callable[[ArgumentParser], None]

    def parse_known_args(self, *words: Any, **how: Any) -> Any:
        """
        See L{ArgumentParser.parse_known_args}.
        """
        self.declare(self)
        return super().parse_known_args(*words, **how)


def makeParser(commands: Sequence[Command]) -> ArgumentParser:
    """
    Make the parser of the command line.

    @param commands: the subcommands.
    @return: a parser whose result has the subcommand's C{run}.
    """
    parser = ArgumentParser(
        prog=PROGRAM, description="The server itself is started by: twistd -n chat"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version(PROGRAM)}")
    choices = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=SubcommandParser)
    for command in commands:
        declared = choices.add_parser(
            command.name, help=command.summary, description=command.summary
        )
        declared.set_defaults(run=command.run)
        declared.declare = command.declare
    return parser


def main(arguments: Sequence[str] | None = None, commands: Sequence[Command] = COMMANDS) -> int:
    """
    Run the program.

    @param arguments: what is typed after the program's name; C{None} takes the process's own.
    @param commands: the subcommands.
    @return: the exit code: 0 if all is well, 1 if it did not work, more than L{INTERRUPTED} if it
        was ended by a signal.
    @raise SystemExit: with 2 after a usage error, with 0 after C{--help} and C{--version}.
    """
    standIn()
    parsed = makeParser(commands).parse_args(arguments)
    try:
        requireDocstrings()
        code = int(parsed.run(parsed))
        sys.stdout.flush()
        return code
    except NotSaved as error:
        return _refuse(f"The data can't be used: {error.fields['why']}.")
    except ChatError as error:
        # Not its remedy, which is a command with a slash.
        return _refuse(error.sentence)
    except (SettingsError, StartRefused) as error:
        return _refuse(str(error))
    except BrokenPipeError:
        # Whoever reads has seen enough.
        _printNoMore()
        return 1
    except OSError as error:
        _printNoMore()
        what = (
            f"{error.filename} can't be used" if error.filename else "Nothing more can be printed"
        )
        return _refuse(f"{what}: {error.strerror or error}.")
    except KeyboardInterrupt as ended:
        # The line in which it was typed ends here, if there is a terminal still.
        with suppress(OSError):
            print("\ntwisted-chat: Interrupted.", file=sys.stderr)
        return INTERRUPTED + (ended.args[0] if ended.args else SIGINT)


def _printNoMore() -> None:
    """
    What is left in the buffer has nowhere to go.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(why: str) -> int:
    # It may be about a name in a file that somebody else has written.
    print(f"twisted-chat: {cleanLine(why)}", file=sys.stderr)
    return 1
