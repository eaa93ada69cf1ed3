"""
The subcommands that deal with backups and with the log as a file.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGHUP, SIGTERM, getsignal, signal
from typing import IO, Final

# The outermost part: from here on the clock is an argument.
from twisted.python.runtime import seconds

from twisted_chat.beginning import madeOrNot, requireData
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.units import MIB
from twisted_chat.operating import archive, backup, drill
from twisted_chat.operating.place import declarePlace, placeOf
from twisted_chat.storage import sqlite_copy, transfer
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.sqlite_open import DATABASE

STANDARD = "-"
"""Stands for the standard input."""

ENDING: Final = (SIGTERM, SIGHUP)
"""The signals that end what is under way as Ctrl-C does."""


@contextmanager
def _endingInOrder() -> Iterator[None]:
    """
    Let what is under way clean up when the program is ended, or its terminal closed: there may be a
    copy of all data, or a server that was started to try it out.
    """

    def end(number: int, frame: object) -> None:
        for each in ENDING:
            signal(each, SIG_IGN)
        raise KeyboardInterrupt(number)

    # Under nohup it goes on.
    before = {each: getsignal(each) for each in ENDING if getsignal(each) is not SIG_IGN}
    for each in before:
        signal(each, end)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal(each, handler or SIG_DFL)


def declareBackup(parser: ArgumentParser) -> None:
    """
    The arguments of C{backup}.
    """
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write, a tar")
    declarePlace(parser)


@_endingInOrder()
def runBackup(arguments: Namespace) -> int:
    """
    Make a backup of a server, running or not.
    """
    place = placeOf(arguments)
    manifest = backup.backUp(arguments.file, place, seconds)
    size = arguments.file.stat().st_size / MIB
    print(f"{arguments.file}: {size:.1f} MiB, {_content(manifest)}")
    for path in (place.settings.tls.cert, place.settings.tls.key):
        if path is not None and path.name not in manifest.files:
            print(f"Not in it, since it is not in the data folder: {path}")
    return 0


def _content(manifest: archive.Manifest) -> str:
    messages = manifest.tables.get("log")
    rows = messages.rows if messages is not None else 0
    return f"{rows} events, schema {manifest.revision}; {', '.join(manifest.files)}"


def declareRestore(parser: ArgumentParser) -> None:
    """
    The arguments of C{restore}.
    """
    parser.add_argument("file", metavar="FILE", type=Path, help="a backup")
    declarePlace(parser)


@_endingInOrder()
def runRestore(arguments: Namespace) -> int:
    """
    Go back to a backup.
    """
    place = placeOf(arguments)
    folder, database = place.folder, place.folder / DATABASE
    manifest = backup.restore(arguments.file, folder)
    print(f"{folder}: {_content(manifest)}")
    if place.database.absolute() != database.absolute():
        print(f"A start with these settings uses another database, {place.database}:")
        print(
            f"let network.database name the one that was restored, sqlite:///{database.absolute()}"
        )
    if archive.SETTINGS in manifest.files:
        print(f"The settings of then are in {folder / archive.SETTINGS}; a start does not read it.")
    return 0


@_endingInOrder()
def runDrill(arguments: Namespace) -> int:
    """
    Try a backup out: restore it, start it, kill it, start it, compare.
    """
    differences = drill.drill(placeOf(arguments), seconds, lambda line: print(line, flush=True))
    for difference in differences:
        print(f"twisted-chat: different: {difference}", file=sys.stderr)
    return 1 if differences else 0


def declareExport(parser: ArgumentParser) -> None:
    """
    The arguments of C{export}.
    """
    parser.add_argument("room", metavar="ROOM", nargs="?", help="only this room")
    declarePlace(parser)


def runExport(arguments: Namespace) -> int:
    """
    Write the log as JSON lines.
    """
    for line in _lines(placeOf(arguments).existing().database, arguments.room):
        sys.stdout.buffer.write(line)
    return 0


def _lines(database: Path, room: str | None) -> Iterator[bytes]:
    with sqlite_copy.refusing(f"{database} can't be read", database):
        yield from transfer.exported(database, room)


def declareImport(parser: ArgumentParser) -> None:
    """
    The arguments of C{import}.
    """
    parser.add_argument(
        "file", metavar="FILE", help="JSON lines as export writes them; - for stdin"
    )
    declarePlace(parser)


@_endingInOrder()
def runImport(arguments: Namespace) -> int:
    """
    Take up a log that C{export} has written.
    """
    place = placeOf(arguments)
    with sqlite_copy.refusing(f"{place.folder} can't be used"):
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whoever owns the folder may not be allowed to read the file.
    with _opened(arguments.file) as file:
        place.becomeOwner()
        lock = FolderLock(place.folder, place.database)
        try:
            requireData(place.folder, place.database)
            with madeOrNot(place.database):
                taken = transfer.importFrom(file, place.database, seconds)
        finally:
            lock.release()
    conversations = counted(taken.conversations, "conversation")
    print(f"{conversations} with {counted(taken.events, 'event')}")
    return 0


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    """
    What somebody has named as the file to read.
    """
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    with sqlite_copy.refusing(f"{name} can't be read"):
        file = open(name, "rb")  # noqa: SIM115 - closed below
    with file:
        yield file
