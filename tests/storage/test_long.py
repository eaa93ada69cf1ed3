"""
What could take long: it is broken off, or not counted to its end.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.contracts.store_case import ANN, now
from tests.storage.quick import fileStore, memoryStore
from twisted_chat.domain.errors import SearchTooLong
from twisted_chat.domain.events import Said
from twisted_chat.domain.records import ANY, Criteria
from twisted_chat.storage import reading, sqlite_search
from twisted_chat.storage.sqlite import SqliteStore


def talk(store: SqliteStore, number: int, hole: bool = False) -> str:
    """
    Have a room in which as many messages are kept, and perhaps one is not.

    @return: its id.
    """
    now(store.start())
    room = now(store.openRoom("lobby", "lobby", ANN, 0.0))
    assert room is not None
    where = (room.id,)
    kept = [True] * number + [False] * hole
    now(
        store.append(
            [
                Said(id=f"event{at}", author=ANN, conversations=where, text="tea", kept=each)
                for at, each in enumerate(kept)
            ]
        )
    )
    return room.id


@pytest.mark.parametrize("lasting", [True, False])
def test_aSearchThatTakesTooLongIsBrokenOffAndTheNextOneIsNot(
    lasting: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each look at the time is a second later.
    times = count(1_000_000)
    seconds = lambda: float(next(times))  # noqa: E731
    store = fileStore(tmp_path, seconds) if lasting else memoryStore(seconds)
    room = talk(store, 200)
    assert now(store.search([(room, 1)], "tea")).total == 200
    with monkeypatch.context() as patched:
        patched.setattr(sqlite_search, "STEPS", 50)
        with pytest.raises(SearchTooLong):
            now(store.search([(room, 1)], "tea"))
        # Nor is what the same connection to the database is asked after it.
        assert now(store.history(room)).total == 200
    assert now(store.search([(room, 1)], "tea")).total == 200
    assert now(store.history(room)).total == 200
    now(store.stop())


@pytest.mark.parametrize("criteria", [ANY, Criteria(author="bea"), Criteria(until=1.0)])
def test_whatIsSaidElsewhereMakesNoSearchLonger(
    criteria: Criteria, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_search, "STEPS", 100)
    taken: list[int] = []
    for elsewhere in (20, 2000):
        # Each look at the time comes after as many steps.
        looks = count()
        store = memoryStore(lambda looks=looks: 0.0 * next(looks))
        talk(store, elsewhere)
        rooms = [now(store.openRoom(name, name, ANN, 0.0)) for name in ("dev", "ops")]
        before = next(looks)
        places = [(room.id, 1) for room in rooms if room is not None]
        assert now(store.search(places, None, criteria=criteria)).total == 0
        taken.append(next(looks) - before)
        now(store.stop())
    assert taken[0] == taken[1]


@pytest.mark.parametrize("words", ["tea", None])
@pytest.mark.parametrize("when", ["early", "late"])
def test_whatIsSaidAtOtherTimesMakesNoSearchLonger(
    when: str, words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_search, "STEPS", 100)
    taken: list[int] = []
    for more in (20, 2000):
        looks, at = count(), [1000.0]
        store = memoryStore(lambda looks=looks, at=at: at[0] + 0.0 * next(looks))
        room = talk(store, 3 if when == "early" else more)
        at[0], where = 2000.0, (room,)
        later = range(more if when == "early" else 3)
        now(
            store.append(
                [Said(id=f"later{n}", author=ANN, conversations=where, text="tea") for n in later]
            )
        )
        now(store.search([(room, 1)], "tea"))
        before = next(looks)
        criteria = Criteria(until=1500.0) if when == "early" else Criteria(since=1500.0)
        assert now(store.search([(room, 1)], words, criteria=criteria)).total == 3
        taken.append(next(looks) - before)
        now(store.stop())
    assert taken[1] <= taken[0] + 3


def test_whereNumbersHaveNoRowNotAllIsCounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_COUNTED", 20)
    holed, whole = memoryStore(lambda: 0.0), memoryStore(lambda: 0.0)
    totals = [
        now(store.history(talk(store, 30, hole), limit=5)).total
        for store, hole in ((holed, True), (whole, False))
    ]
    assert totals == [20, 30]
    for store in (holed, whole):
        now(store.stop())


def test_ofAWidePageNothingElseIsCounted() -> None:
    store = memoryStore(lambda: 0.0)
    room = talk(store, 30)
    asked: list[str] = []
    store._link.raw.set_trace_callback(asked.append)
    page = now(store.history(room, limit=5, wide=True))
    assert (len(page.events), page.total) == (5, 5)
    assert len(asked) == 1
    now(store.stop())
