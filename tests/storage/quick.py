"""
Stores that start at once: migrations run one time, and what they leave is copied.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_link import connect
from twisted_chat.storage.threads import NoThreads


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


def memoryStore(seconds: Callable[[], float]) -> SqliteStore:
    """
    @return: a store in memory that does everything at once.
    """
    return SqliteStore("sqlite://", NoThreads(), seconds, memory)


def fileStore(folder: Path, seconds: Callable[[], float]) -> SqliteStore:
    """
    @return: a store with a file in a folder that does everything at once.
    """
    file = folder / "chat.db"
    if not file.exists():
        file.write_bytes(template())
    return SqliteStore(f"sqlite:///{file}", NoThreads(), seconds)
