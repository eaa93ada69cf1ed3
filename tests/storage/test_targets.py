"""
What was done to a message is found by an index, and not by going through the log.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.contracts.store_case import ANN
from tests.storage.plans import plan
from twisted_chat.domain.events import Edited, Reacted
from twisted_chat.storage import acts, targets

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
    steps = plan(tmp_path, work)
    assert f"INDEX log_target (conversation=? AND target=?{by})" in steps[0], steps


def test_whatIsKeptAsideOfSomebodyIsLookedUpInTheLog(tmp_path: Path) -> None:
    steps = plan(tmp_path, lambda connection: acts.forgetHidden(connection, "person"))
    assert steps[0] == "SCAN hidden", steps
    assert any("log USING INDEX log_place (conversation=? AND seq=?)" in step for step in steps)
