"""
The connection to SQLite that writes, what it complains of, and those that read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from twisted_chat.domain.errors import NotSaved
from twisted_chat.storage.sqlite_batch import PLACE, TRIGGER, VIEW

_SENTENCES = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk gave an error",
    sqlite3.SQLITE_BUSY: "another program holds the database",
    sqlite3.SQLITE_LOCKED: "another program holds the database",
    sqlite3.SQLITE_READONLY: "the database can't be written to",
    sqlite3.SQLITE_CANTOPEN: "the database can't be opened",
    sqlite3.SQLITE_PERM: "the database can't be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_TOOBIG: "it is too long for the database",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}

_UNDONE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT})
"""After these it is certain that a statement has done nothing."""


_COUNT = """
INSERT INTO facts (name, value) VALUES ('deeds', 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1
"""

_COUNTED = "SELECT value FROM facts WHERE name = 'deeds'"


PAGES = 4
"""About so many pages are written by a commit, and one more for three rows that it changes."""


class OutcomeUnknown(Exception):
    """
    A commit failed in a way that does not tell whether it happened.
    """


def cause(error: BaseException) -> BaseException:
    """
    The driver's own error beneath what was wrapped around it.
    """
    if isinstance(error, OutcomeUnknown) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    return error


def sentence(error: sqlite3.Error) -> str:
    """
    What SQLite complains of, in plain words.
    """
    return _SENTENCES.get(_codeOf(error), "the database did not take it")


_OF_THE_FILE = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}
)
"""After these the system can tell more than SQLite does."""


def complaint(error: sqlite3.Error, file: str | Path) -> str:
    """
    The same where a database could not be opened: SQLite needs room, and files beside it.

    @param file: of the database.
    """
    known, path = sentence(error), Path(file)
    if _codeOf(error) not in _OF_THE_FILE:
        return known
    try:
        system = os.statvfs(path.parent)
    except OSError as reason:
        return f"{known} ({path.parent}: {reason.strerror})"
    if not system.f_bavail:
        return f"the disk is full ({known})"
    if system.f_files and not system.f_favail:
        return f"the disk takes no more files: its inodes are used up ({known})"
    if system.f_flag & os.ST_RDONLY:
        return f"{known} ({path.parent}: Read-only file system)"
    needed = ((path.parent, os.R_OK | os.W_OK | os.X_OK), (path, os.R_OK | os.W_OK))
    for place, mode in needed:
        if place.exists() and not os.access(place, mode):
            return f"{known} ({place}: Permission denied)"
    return known


def _codeOf(error: BaseException) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


@contextmanager
def plainly(file: str = "") -> Iterator[None]:
    """
    Tell what the database complains of, and values that it can't hold, as L{NotSaved}.

    @param file: of the database, where it is opened; C{""} where it is open.
    """
    try:
        yield
    except (sqlite3.Error, DBAPIError, OutcomeUnknown) as error:
        why = cause(error)
        known = "the database can't hold it"
        if isinstance(why, sqlite3.Error):
            known = complaint(why, file) if file else sentence(why)
        raise NotSaved(why=known) from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise NotSaved(why="the database can't hold it") from error
    except OSError as error:
        raise NotSaved(why=f"the database can't be opened ({error.strerror})") from error


def driver(connection: Connection) -> sqlite3.Connection:
    """
    The driver's connection beneath one of SQLAlchemy's.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


class Link:
    """
    The connection that writes. It opens when it is needed, and again after the disk gave an error.

    The statements of the hot path go to the driver itself, since SQLAlchemy costs as much as
    SQLite where they are small.

    @ivar pages: about so many have been written to the write-ahead log. SQLite does not tell.
    """

    def __init__(self, engine: Engine, lasting: bool) -> None:
        """
        @param engine: opens the connection.
        @param lasting: whether what is written outlives the connection.
        """
        self._engine = engine
        self._lasting = lasting
        self._connection: Connection | None = None
        self._raw: sqlite3.Connection | None = None
        self._takesBatches = False
        self._doubts: dict[int, bool | None] = {}
        self.pages = 0
        self._changes = 0

    @property
    def connection(self) -> Connection:
        """
        SQLAlchemy's connection.
        """
        if self._connection is None:
            self._connection = self._engine.connect()
            try:
                # Before anything else is written: later the number tells nothing.
                self._settle()
            except BaseException:
                self.close()
                raise
        return self._connection

    @property
    def raw(self) -> sqlite3.Connection:
        """
        The driver's connection.
        """
        if self._raw is None:
            self._raw = driver(self.connection)
        return self._raw

    def begin(self) -> sqlite3.Connection:
        """
        Begin a transaction, unless there is one.

        @return: the driver's connection.
        """
        raw = self.raw
        if not raw.in_transaction:
            raw.execute("BEGIN IMMEDIATE")
        return raw

    @property
    def writing(self) -> Connection:
        """
        SQLAlchemy's connection, within a transaction: one is begun, unless there is one.
        """
        self.begin()
        return self.connection

    def number(self) -> int:
        """
        Give the transaction that was begun a number of its own, which is committed with it.

        @return: the number, for L{happened}.
        """
        self.raw.execute(_COUNT)
        return self._counted()

    def happened(self, number: int) -> bool:
        """
        Whether a transaction was committed of which that was not certain. It must be asked, once at
        least, before the next one begins; where that could not be told, it can be asked again.

        @param number: what L{number} gave.
        """
        self._doubts.setdefault(number, None)
        self.raw  # noqa: B018 - where it is opened anew, that settles it
        self._settle()
        return bool(self._doubts.pop(number))

    def _counted(self) -> int:
        row = self.raw.execute(_COUNTED).fetchone()
        return int(row[0]) if row else 0

    def _settle(self) -> None:
        for number, outcome in self._doubts.items():
            if outcome is None:
                self._doubts[number] = self._counted() == number

    @property
    def inTransaction(self) -> bool:
        """
        Whether a transaction was begun.
        """
        return self._raw is not None and self._raw.in_transaction

    def place(self, rows: Sequence[Sequence[Any]]) -> None:
        """
        Add rows to the log, with what follows from them, and commit that.

        @param rows: what L{PLACE} wants; not more than L{AT_ONCE
            <twisted_chat.storage.sqlite_batch.AT_ONCE>}.
        @raise OutcomeUnknown: it may have been committed, or not.
        """
        raw = self.raw
        if not self._takesBatches:
            raw.execute(VIEW)
            raw.execute(TRIGGER)
            self._takesBatches = True
        try:
            PLACE.execute(raw, rows)
        except sqlite3.Error as error:
            if _codeOf(error) in _UNDONE:
                raise
            raise OutcomeUnknown from error
        self._count(raw)

    def replaceWords(self, row: int, text: str) -> None:
        """
        Change what the index has of a row of the log.
        """
        self.begin().execute("UPDATE words SET text = ? WHERE rowid = ?", (text, row))

    def removeWords(self, rows: Sequence[int]) -> None:
        """
        Take rows of the log out of the index for searching.
        """
        self.begin().executemany("DELETE FROM words WHERE rowid = ?", [(row,) for row in rows])

    def commit(self) -> None:
        """
        Commit what was begun, if anything was.

        @raise OutcomeUnknown: it may have been committed, or not.
        """
        raw = self.raw
        if raw.in_transaction:
            try:
                raw.execute("COMMIT")
            except sqlite3.Error as error:
                raise OutcomeUnknown from error
            self._count(raw)

    def _count(self, raw: sqlite3.Connection) -> None:
        changes = raw.total_changes
        self.pages += PAGES + (changes - self._changes) // 3
        self._changes = changes

    def abandon(self, error: BaseException) -> None:
        """
        Take back what was begun.

        @param error: why; after an error of the disk the connection is opened anew.
        """
        raw = self._raw
        broken = isinstance(error, OutcomeUnknown) or _codeOf(cause(error)) == sqlite3.SQLITE_IOERR
        if raw is not None and raw.in_transaction:
            try:
                raw.execute("ROLLBACK")
            except sqlite3.Error:
                # Closing takes it back as well.
                broken = True
        if broken and self._lasting:
            self.close()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """
        What was begun in here is taken back if anything goes wrong: see L{abandon}.
        """
        try:
            yield
        except BaseException as error:
            self.abandon(error)
            raise

    def close(self) -> None:
        """
        Close the connection.
        """
        connection, self._connection, self._raw = self._connection, None, None
        self._takesBatches = False
        self._changes = 0
        if connection is not None:
            connection.close()


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """
    A connection that sees the database as it is at one moment, and changes nothing.
    """
    with engine.connect() as connection:
        raw = driver(connection)
        try:
            raw.execute("BEGIN")
            yield connection
        except (sqlite3.Error, DBAPIError):
            # It may be the connection that is at fault: the next one gets another.
            connection.invalidate()
            raise
        finally:
            if not connection.invalidated and raw.in_transaction:
                raw.execute("ROLLBACK")
