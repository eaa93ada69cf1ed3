"""
What was done to a message is found by the index of targets, and not by going through the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from tests.contracts.store_case import ANN
from tests.storage.quick import fileStore
from twisted_chat.domain.events import Edited, Reacted
from twisted_chat.storage import targets

AIMED: dict[str, Any] = {
    "id": "e",
    "author": ANN,
    "conversations": ("room",),
    "target": 3,
    "seq": 9,
}


@pytest.mark.parametrize(
    ("work", "by"),
    [
        (lambda connection: targets.withShown(connection, 1, Edited(text="x", **AIMED)), ""),
        (
            lambda connection: targets.reactionOf(connection, 1, Reacted(emoji="x", **AIMED)),
            " AND author=?",
        ),
    ],
    ids=["withShown", "reactionOf"],
)
def test_theIndexOfTargetsIsUsed(
    work: Callable[[Connection], object], by: str, tmp_path: Path
) -> None:
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
    assert f"INDEX log_target (conversation=? AND target=?{by})" in steps[0], steps
