"""
What was done to a message is found by an index, and not by going through the log.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.contracts.store_case import ANN, AT, BEA, now
from tests.storage.plans import plan
from tests.storage.quick import memoryStore
from twisted_chat.domain.errors import TooMany
from twisted_chat.domain.events import Edited, Reacted, Said, Unreacted
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


def edited(text: str, number: int) -> Edited:
    """
    @return: another text for the first message.
    """
    usual: dict[str, Any] = {"author": ANN, "conversations": ("room",), "target": 1}
    return Edited(id=f"edit {number}", text=text, **usual)


def test_whatIsEditedAgainAndAgainIsNotGoneThroughEachTime() -> None:
    store = memoryStore(lambda: AT)
    now(store.start())
    now(store.openRoom("lobby", "lobby", ANN, AT, "room"))
    now(store.append([Said(id="first", author=ANN, conversations=("room",), text="well")]))
    asked: list[str] = []
    store._link.raw.set_trace_callback(asked.append)
    placed = [now(store.append([edited(f"well, {n}", n)])) for n in range(20)]
    store._link.raw.set_trace_callback(None)
    shown = [one.event.shown for (one,) in placed]
    assert shown == ["", *(f"edit {n}" for n in range(19))]
    assert sum("log.seq + " in text for text in asked) == 1
    now(store.stop())


def test_ofAsManyMessagesAsAreRememberedNoMoreIsKept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "MOST_REMEMBERED", 2)
    versions = targets.Versions()
    for row in (1, 2, 1, 3):
        versions.note(row, "some")
    assert list(versions._newest) == [1, 3]
    versions.forget()
    assert not versions._newest


def test_nobodyReactsToOneMessageForEver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "MOST_REACTIONS", 6)
    store = memoryStore(lambda: AT)
    now(store.start())
    now(store.openRoom("lobby", "lobby", ANN, AT, "room"))
    usual: dict[str, Any] = {"author": ANN, "conversations": ("room",)}
    now(store.append([Said(id="first", text="well", **usual)]))
    kinds = [Reacted, Unreacted] * 3
    events = [kind(id=f"r{n}", target=1, emoji="x", **usual) for n, kind in enumerate(kinds)]
    assert [one.error for one in now(store.append(events))] == [None] * 6
    (one,) = now(store.append([Reacted(id="more", target=1, emoji="y", **usual)]))
    assert isinstance(one.error, TooMany)
    other = {**usual, "author": BEA}
    (one,) = now(store.append([Reacted(id="other", target=1, emoji="y", **other)]))
    assert one.error is None
    now(store.stop())


def test_reactionsAreInTheOrderOfTheIndex(tmp_path: Path) -> None:
    reacted = Reacted(emoji="x", **AIMED)
    steps = plan(tmp_path, lambda connection: targets.reactionOf(connection, 1, reacted))
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_toFindTheNewestVersionTheEarlierOnesAreNotRead() -> None:
    """
    The numbers of their rows are in the index; to read the rows takes ten times as long.
    """
    store = memoryStore(lambda: AT)
    now(store.start())
    now(store.openRoom("lobby", "lobby", ANN, AT, "room"))
    first = Said(id="first", author=ANN, conversations=("room",), text="well")
    now(store.append([first, *(edited(f"well, {n}", n) for n in range(200))]))
    raw = store._link.raw
    event = edited("at last", 200).placed(202, AT)
    steps = [0]

    def step() -> None:
        steps[0] += 1

    raw.set_progress_handler(step, 1)
    assert targets.withShown(store._link.connection, 1, event).shown == "edit 199"
    raw.set_progress_handler(None, 0)
    assert steps[0] < 200 * 11
    now(store.stop())
