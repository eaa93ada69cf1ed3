"""
Copies of a SQLite database that is in use, and what tells whether two databases say the same.
"""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
from twisted.logger import Logger

from twisted_chat.domain.errors import BadInput
from twisted_chat.storage.schema import REVISION
from twisted_chat.storage.sqlite_link import complaint, sentence
from twisted_chat.storage.sqlite_open import BUSY_TIMEOUT

PAGES = 1024
"""How many pages are copied in one step: 4 MB."""

KEPT_BEFORE = 2
"""How many of the copies that are made before migrations stay."""

INDEX = "words"
"""What the index for searching is called, and what the names of its parts begin with."""

_log = Logger()
_encode = msgspec.json.Encoder().encode


class TableSum(msgspec.Struct, frozen=True):
    """
    What a table says.

    @ivar rows: how many rows it has.
    @ivar columns: their columns, in the order in which they are summed.
    @ivar sha256: of all rows in the order of their keys, each a JSON list and a line end.
    """

    rows: int
    columns: tuple[str, ...]
    sha256: str


@contextmanager
def refusing(what: str, database: Path | None = None) -> Iterator[None]:
    """
    Tell what the database or the disk complains of, in one line.

    @param what: what does not work then: C{"/srv/chat.tar can't be written"}.
    @param database: the database that is opened, if one is.
    @raise BadInput: instead of what was raised.
    """
    try:
        yield
    except sqlite3.Error as error:
        why = sentence(error) if database is None else complaint(error, database)
        raise BadInput(why=f"{what}: {why}.") from error
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        if database is None:
            raise
        # So much so that not even what SQLite complains of need be text.
        raise BadInput(why=f"{what}: the database is damaged.") from error
    except OSError as error:
        raise BadInput(why=f"{what}: {error.strerror or error}.") from error


def opened(database: Path) -> sqlite3.Connection:
    """
    Open a database that is there, beside whoever else has it open. On a file system that is only
    read it can be read alone, and only if there is no write-ahead log: SQLite could make no files
    for looking into that.

    @raise sqlite3.Error: it is not there, or can't be opened.
    @raise OSError: its folder is not there.
    """
    isSealed = (
        os.statvfs(database.parent).f_flag & os.ST_RDONLY
        and not database.with_name(f"{database.name}-wal").exists()
    )
    return sqlite3.connect(
        f"{database.absolute().as_uri()}?{'immutable=1' if isSealed else 'mode=rw'}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
    )


@contextmanager
def moment(database: Path) -> Iterator[sqlite3.Connection]:
    """
    A database as it is at one moment; whoever writes to it is not held up.
    """
    with closing(opened(database)) as connection:
        connection.execute("BEGIN")
        # The moment is that of the first look.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


def copyDatabase(database: Path, copy: Path) -> None:
    """
    Copy a database, in steps, as it is at one moment.

    @param copy: where; there must be no such file. Only its owner may read it.
    @raise sqlite3.Error: the database can't be read, or its copy not be written.
    @raise OSError: the copy can't be made.
    """
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        # Without the transaction that reads, SQLite would begin anew at each commit of another.
        with moment(database) as source, closing(opened(copy)) as target:
            # What is not whole is thrown away; the sync comes at the end.
            target.execute("PRAGMA journal_mode=OFF")
            target.execute("PRAGMA synchronous=OFF")
            source.backup(target, pages=PAGES)
        sync(copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """
    Wait until a file, or what a folder lists, is on the disk.

    @raise OSError: the disk gave an error.
    """
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def keepBefore(database: Path, revision: str) -> Path:
    """
    Copy a database beside itself before it is brought up to date. The newest copies stay.

    @param revision: what it is brought up to.
    @return: where the copy is; one of the same name is replaced.
    @raise BadInput: it could not be copied.
    """
    kept = database.with_name(f"{database.name}.before-{revision}")
    partial = kept.with_name(f".{kept.name}.new")
    with refusing(f"{database} can't be copied before it is brought up to date", database):
        partial.unlink(missing_ok=True)
        copyDatabase(database, partial)
        partial.replace(kept)
        sync(kept.parent)
        for old in _copiesBefore(database)[:-KEPT_BEFORE]:
            old.unlink()
    _log.info("the data as it was before the upgrade is in {kept}", kept=str(kept))
    return kept


def removeBefore(database: Path, at: float) -> list[str]:
    """
    Remove the copies that were made before migrations, and before a time, with what was left of
    one that did not come to its end: what has been deleted since is in them.

    @param at: POSIX seconds.
    @return: the paths of those that are gone.
    @raise OSError: one can't be removed.
    """
    unfinished = database.parent.glob(f".{glob.escape(database.name)}.before-*.new")
    copies = [*_copiesBefore(database), *unfinished]
    gone = [copy for copy in copies if copy.stat().st_mtime < at]
    for copy in gone:
        copy.unlink()
    if gone:
        sync(database.parent)
    return [str(copy) for copy in gone]


def _copiesBefore(database: Path) -> list[Path]:
    """
    The copies that were made before migrations, the oldest first.
    """
    copies = database.parent.glob(f"{glob.escape(database.name)}.before-*")
    return sorted(copies, key=lambda file: (file.stat().st_mtime_ns, file.name))


def revisionIn(connection: sqlite3.Connection) -> str | None:
    """
    What a database was last brought up to; C{None} if it has no tables of ours.
    """
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return None
    return None if found is None else str(found[0])


def requireRevision(connection: sqlite3.Connection) -> None:
    """
    Only a start changes the tables.

    @raise BadInput: they are not those of this program.
    """
    found = revisionIn(connection)
    if found is None:
        raise BadInput(why="There are no tables yet; the start of a server makes them.")
    if found != REVISION:
        raise BadInput(
            why=f"The data is of schema {found}, and this program needs {REVISION}. If the program"
            " is the newer of the two, start the server once: it brings the data up to date. Else"
            " install the version that has written the data."
        )


def damage(connection: sqlite3.Connection) -> str | None:
    """
    What is wrong with the file of a database, if anything is.
    """
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return None if found == "ok" else str(found).splitlines()[-1]


def tableSums(connection: sqlite3.Connection) -> dict[str, TableSum]:
    """
    What the tables of a database say, but for the index for searching, which follows from them.
    """
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    ).fetchall()
    return {name: tableSum(connection, name) for (name,) in names if not name.startswith(INDEX)}


def tableSum(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str] = (),
    where: str = "true",
) -> TableSum:
    """
    What one table says.

    @param columns: which are summed; all if none is named.
    @param where: which rows are summed, in SQL.
    """
    described = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    summed = tuple(columns) or tuple(sorted(column[1] for column in described))
    keys = [column[1] for column in described if column[5]] or summed
    selected, order = (", ".join(f'"{name}"' for name in names) for names in (summed, keys))
    digest = sha256()
    rows = 0
    for row in connection.execute(
        f'SELECT {selected} FROM "{table}" WHERE {where} ORDER BY {order}'  # noqa: S608 - our own
    ):
        digest.update(_encode(row) + b"\n")
        rows += 1
    return TableSum(rows, summed, digest.hexdigest())
