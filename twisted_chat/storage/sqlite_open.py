"""
Opening SQLite: which file, how durable, how forgetful.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

from twisted_chat.storage.refusals import StartRefused

DATABASE = "chat.sqlite"
"""What the file in the data folder is called."""

MEMORY = ":memory:"

FILE = "sqlite:///"
"""What stands before the path in a URL."""

BUSY_TIMEOUT = 5.0
"""How long another program may hold the database, in seconds."""

CACHE = 4 * 1024
"""
The page cache of a connection, in KiB. The system's own is behind it; when large segments of the
index are merged, all of them pass through this one.
"""

CHECKPOINT = 4000
"""
After how many pages the write-ahead log is brought into the database: 16 MB. A page that many
commits have changed is brought there once.
"""

LATEST = 3 * CHECKPOINT
"""
After how many pages a commit brings them there itself: where what should do it beside the commits
(L{twisted_chat.storage.sqlite_upkeep}) does not come to it.
"""

STATEMENTS = 256
"""How many a connection keeps compiled: a batch of talk has one for each number of rows."""

PRAGMAS = (
    "synchronous=FULL",
    # macOS confirms before its disk does, unless it is asked so.
    "fullfsync=ON",
    "foreign_keys=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
    f"cache_size=-{CACHE}",
    f"wal_autocheckpoint={LATEST}",
)

TRIES = 100
"""How often the journal mode is asked for while other programs start too."""

Connect = Callable[[str], sqlite3.Connection]


def connect(database: str) -> sqlite3.Connection:
    """
    Open a database for use by one thread at a time.

    @param database: the path of the file, or L{MEMORY}.
    """
    if database != MEMORY:
        _makeFile(database)
    return sqlite3.connect(
        database,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS,
    )


def _makeFile(database: str) -> None:
    """
    What people say is for the server's eyes; SQLite's own files take over the mode.

    A file that is there is not touched: to close any descriptor of it takes away the locks of all
    connections that this process has to it (POSIX), and then the next program that looks into the
    database takes itself for the last one, and removes the write-ahead log under the server.
    """
    # Where it is a link to a file that is not there yet, SQLite would make that one with another.
    file = os.path.realpath(database)
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass


def prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """
    Make a connection durable, and forgetful where it should be; or close it.
    """
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    for left in reversed(range(TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                raise
            # This is the one statement that never waits for others: let another wait for it.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


def databaseOf(url: str) -> str:
    """
    The path in a database URL, or L{MEMORY}.

    @param url: C{sqlite:///PATH}, or C{sqlite://} for a database in memory.
    @raise StartRefused: it is no such URL.
    """
    if url.startswith(FILE):
        # As it is: a folder may have a question mark in its name.
        return url[len(FILE) :] or MEMORY
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StartRefused(f"{url} is not the URL of a database.") from error
    if parsed.get_backend_name() != "sqlite":
        raise StartRefused(f"{parsed.get_backend_name()} is not a kind of database that is known.")
    return parsed.database or MEMORY


def openEngine(database: str, open: Connect, readers: int) -> Engine:
    """
    SQLAlchemy's view of a database. It neither begins nor commits by itself.

    @param open: opens a connection.
    @param readers: how many connections are kept; 0 for none, each is closed after its use.
    """
    creator = lambda: prepared(open(database))  # noqa: E731
    if not readers:
        return create_engine(
            "sqlite://", creator=creator, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
    return create_engine(
        "sqlite://",
        creator=creator,
        poolclass=QueuePool,
        pool_size=readers,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
    )
