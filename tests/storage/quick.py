"""
Stores that start at once: migrations run one time, and what they leave is copied; SQLAlchemy puts
each statement into words one time, for all stores.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine

from twisted_chat.storage import sqlite_open
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_open import connect
from twisted_chat.storage.threads import NoThreads


@cache
def _first() -> Engine:
    engine = create_engine("sqlite://", isolation_level="AUTOCOMMIT")
    # With the first connection, the dialect looks at the database that it is for.
    engine.connect().close()
    return engine


def _sharing(*words: Any, **how: Any) -> Engine:
    """
    An engine that has the compiled statements in common with all others of the tests. A server has
    one for as long as it runs; that each test compiles its own takes half of its time.
    """
    engine = create_engine(*words, **how)
    engine.dialect, engine._compiled_cache = _first().dialect, _first()._compiled_cache
    return engine


sqlite_open.create_engine = _sharing


@cache
def template() -> bytes:
    """
    @return: a database without rooms.
    """
    opened: list[sqlite3.Connection] = []

    def kept(database: str) -> sqlite3.Connection:
        opened.append(connect(database))
        return opened[0]

    store = SqliteStore("sqlite://", NoThreads(), lambda: 0.0, kept)
    store.start().addErrback(lambda why: why.raiseException())
    bytes = opened[0].serialize()
    store.stop()
    return bytes


def memory(database: str) -> sqlite3.Connection:
    """
    Open a database in memory that has all its tables; give it to L{SqliteStore}.
    """
    connection = connect(database)
    connection.deserialize(template())
    return connection


def memoryStore(seconds: Callable[[], float], threads: NoThreads | None = None) -> SqliteStore:
    """
    @param threads: what does its work; C{None} does everything at once.
    @return: a store in memory.
    """
    return SqliteStore("sqlite://", threads or NoThreads(), seconds, memory)


def fileStore(folder: Path, seconds: Callable[[], float]) -> SqliteStore:
    """
    @return: a store with a file in a folder that does everything at once.
    """
    file = folder / "chat.db"
    if not file.exists():
        file.write_bytes(template())
    return SqliteStore(f"sqlite:///{file}", NoThreads(), seconds)
