"""
How SQLite does what the store asks it for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine

from tests.storage.quick import fileStore


def plan(folder: Path, work: Callable[[Connection], object]) -> list[str]:
    """
    @param folder: where a new database can be.
    @param work: executes one statement.
    @return: the steps in which SQLite does it.
    """
    fileStore(folder, lambda: 0.0).prepare()
    with closing(sqlite3.connect(folder / "chat.db")) as raw:
        engine = create_engine("sqlite://", creator=lambda: raw)
        executed: list[str] = []
        with engine.connect() as connection:
            raw.set_trace_callback(executed.append)
            work(connection)
            raw.set_trace_callback(None)
        (asked,) = [text for text in executed if text.startswith(("SELECT", "DELETE"))]
        return [step for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {asked}")]
