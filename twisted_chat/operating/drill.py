"""
Trying out whether a backup is good for anything, before it has to be.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

from twisted_chat.config import Listen, tomlName
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.units import MIB, MINUTES, SECONDS
from twisted_chat.operating.archive import Manifest
from twisted_chat.operating.backup import backUp, restore
from twisted_chat.operating.place import Place
from twisted_chat.settings.environment import PREFIX
from twisted_chat.settings.kinds import quoted
from twisted_chat.storage.sqlite_copy import (
    TableSum,
    damage,
    moment,
    opened,
    refusing,
    tableSum,
)
from twisted_chat.storage.sqlite_open import DATABASE

PATIENCE = 5 * MINUTES
"""A start that takes longer has failed; the data may have to be brought up to date first."""

GREETED_WITHIN = 10 * SECONDS
LOOPBACK = "127.0.0.1"

OWN_TABLES = frozenset({"alembic_version", "facts", "network"})
"""What a server writes down for itself when it starts."""

DOOR = re.compile(r"nc localhost (\d+)$")
OPEN = re.compile(r" is open$")
START = """
import os, threading
from twisted.scripts.twistd import run

def end():
    os.read(0, 1)
    os._exit(1)

threading.Thread(target=end, daemon=True).start()
run()
"""
"""
Starts a server that ends with its input: with whoever has started it, however that ends.
"""

SUPERVISED = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID", "STATE_DIRECTORY")
"""What a supervisor tells the server that it has started itself."""

Clock = Callable[[], float]
Tell = Callable[[str], object]


def drill(place: Place, seconds: Clock, tell: Tell) -> list[str]:
    """
    Back up a server, running or not, restore that beside it, start it, kill it without warning,
    start it again, and compare what it has then with the backup. All of it is removed.

    @param seconds: the time now, in POSIX seconds.
    @param tell: is told of each step, and of how long it took.
    @return: the differences, a line each; none if all is well.
    @raise BadInput: a step did not work.
    """
    place.existing()
    beside = place.folder.absolute().parent
    where = beside if os.access(beside, os.W_OK) else None
    begun = seconds()
    with (
        refusing("The drill needs a folder of its own"),
        TemporaryDirectory(prefix="chat-drill.", dir=where) as name,
    ):
        differences = _steps(place, Path(name), seconds, tell)
    tell(_line("in all", seconds() - begun, "the copies are removed"))
    return differences


def _steps(place: Place, folder: Path, seconds: Clock, tell: Tell) -> list[str]:
    file, data = folder / "backup.tar", folder / "data"

    def timed(step: str, result: str, since: float) -> None:
        tell(_line(step, seconds() - since, result))

    since = seconds()
    manifest = backUp(file, place, seconds)
    rows = sum(table.rows for table in manifest.tables.values())
    size = file.stat().st_size / MIB
    timed("backup", f"{size:.1f} MiB, {rows} rows in {len(manifest.tables)} tables", since)
    since = seconds()
    restore(file, data)
    database = data / DATABASE
    upto = newest(database)
    before = sums(database, manifest, upto)
    timed("restore", "checksums and database are right", since)
    settings = _settings(folder, data)
    for step, result in (("start", "killed while running"), ("start again", "killed again")):
        since = seconds()
        with _server(settings) as port:
            _greet(port)
            timed(step, f"people can come in; {result}", since)
    since = seconds()
    differences = differing(before, sums(database, manifest, upto))
    found = "NOT the same as in the backup" if differences else "the same as in the backup"
    timed("compare", found, since)
    return differences


def _line(step: str, took: float, result: str) -> str:
    return f"{step:<12}{took:8.2f} s  {result}"


def _settings(folder: Path, data: Path) -> Path:
    """
    Write settings for a server that nobody but this machine can come in to, on a free port, and
    that makes no room of its own.
    """
    with moment(data / DATABASE) as database:
        found = database.execute(
            "SELECT fold FROM conversations WHERE kind = 'room' ORDER BY fold <> 'lobby', number"
        ).fetchone()
    # Every setting of this table that has many values is a list of doors.
    doors = [tomlName(one.name) for one in fields(Listen) if one.type == "tuple[str, ...]"]
    lines = [
        "[network]",
        f"data_dir = {quoted(str(data))}",
        'name = "drill"',
        "[rooms]",
        f"default = {quoted(found[0] if found else 'lobby')}",
        "[listen]",
        *(f'{door} = "off"' for door in doors if door != "port"),
        f'port = "tcp:0:interface={LOOPBACK}"',
    ]
    file = folder / "drill.toml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


@contextmanager
def _server(settings: Path) -> Iterator[int]:
    """
    A server that runs until it is killed.

    @return: the port of its door.
    @raise BadInput: it does not start.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        # The settings are those of the file that was made for it.
        if name not in SUPERVISED and not name.startswith(PREFIX)
    }
    process = subprocess.Popen(  # noqa: S603 - ourselves
        # Not with what lies about in the folder where this was typed: -P.
        [sys.executable, "-P", "-c", START, "-n", "--pidfile=", "chat", "--config", str(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
    )
    limit = Timer(PATIENCE, process.kill)
    limit.start()
    try:
        yield _doorOf(process)
    finally:
        process.kill()
        limit.cancel()
        # What it still had to say is read, so that it can end.
        process.communicate()


def _doorOf(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    last: deque[str] = deque(maxlen=5)
    port = 0
    for line in map(str.rstrip, process.stdout):
        last.append(line)
        if door := DOOR.search(line):
            port = int(door[1])
        if OPEN.search(line) and port:
            return port
    raise BadInput(why=f"The restored server does not start: {' | '.join(last) or 'silence'}")


def _greet(port: int) -> None:
    """
    Come to the door, and wait for a greeting.

    @raise BadInput: there was none.
    """
    try:
        with socket.create_connection((LOOPBACK, port), GREETED_WITHIN) as visitor:
            if not visitor.recv(1):
                raise BadInput(why="The restored server hangs up on who comes in.")
    except OSError as error:
        raise BadInput(why=f"Nobody can come in to the restored server: {error}.") from error


def newest(database: Path) -> int:
    """
    @return: the highest number of a conversation.
    @raise BadInput: the database can't be read.
    """
    with refusing("The restored data can't be read"), closing(opened(database)) as connection:
        (number,) = connection.execute("SELECT max(number) FROM conversations").fetchone()
    return number or 0


def sums(database: Path, manifest: Manifest, upto: int) -> dict[str, TableSum]:
    """
    What the tables of a backup say in a database.

    A server may bring the tables up to date, make a room that it needs, and remove rooms that had
    ended already: so the columns and the conversations are those of the backup, and what has ended
    is left out.

    @param upto: the highest number of a conversation in the backup.
    @raise BadInput: the database can't be read, or has not all that the backup has.
    """
    living = f"SELECT number FROM conversations WHERE kind <> 'ended' AND number <= {upto}"  # noqa: S608

    def which(name: str, columns: tuple[str, ...]) -> str:
        column = "number" if name == "conversations" else "conversation"
        return f"{column} IN ({living})" if column in columns else "true"

    with refusing("The restored data can't be read"), closing(opened(database)) as connection:
        if (wrong := damage(connection)) is not None:
            raise BadInput(why=f"The restored data is damaged: {wrong}.")
        return {
            name: tableSum(connection, name, table.columns, which(name, table.columns))
            for name, table in manifest.tables.items()
            if name not in OWN_TABLES
        }


def differing(before: Mapping[str, TableSum], after: Mapping[str, TableSum]) -> list[str]:
    """
    @return: the tables that say different things, a line for each.
    """
    return [
        f"{name}: {table.rows} rows in the backup, {after[name].rows} after the kill"
        + (", of other content" if table.rows == after[name].rows else "")
        for name, table in before.items()
        if table != after[name]
    ]
