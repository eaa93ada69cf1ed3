"""
What one person has written is found by the index of authors, and not by going through the log.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.storage.plans import plan
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
    steps = plan(tmp_path, work)
    assert any("log USING INDEX log_author (<expr>" in step for step in steps), steps
    assert not any("SCAN log" in step for step in steps), steps
