"""
What one person has written is found by the index of authors, and not by going through the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from tests.storage.quick import fileStore
from twisted_chat.storage import authors


@pytest.mark.parametrize(
    "work",
    [
        lambda connection: authors.lastOf(connection, "room", "person"),
        lambda connection: authors.writtenBy(connection, "person", 500, 10, 1.0),
    ],
    ids=["lastOf", "writtenBy"],
)
def test_theIndexOfAuthorsIsUsed(work: Callable[[Connection], object], tmp_path: Path) -> None:
    fileStore(tmp_path, lambda: 0.0).prepare()
    with closing(sqlite3.connect(tmp_path / "chat.db")) as raw:
        engine = create_engine("sqlite://", creator=lambda: raw)
        executed: list[str] = []
        with engine.connect() as connection:
            raw.set_trace_callback(executed.append)
            work(connection)
            raw.set_trace_callback(None)
        (asked,) = [text for text in executed if text.startswith("SELECT")]
        steps = [step for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {asked}")]
    assert any("log USING INDEX log_author (<expr>" in step for step in steps), steps
    assert not any("SCAN log" in step for step in steps), steps
