"""
L{twisted_chat.storage.sqlite_batch}: what one statement does is what several do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.contracts.store_case import ANN, BEA, GUS, StoreCase, now
from tests.storage.quick import template
from tests.storage.test_failures import PLACE, Disk
from twisted_chat.domain.events import Edited, Event, Reacted, TopicChanged
from twisted_chat.domain.interfaces import IStore
from twisted_chat.storage import pending
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads

TABLES = ("conversations", "log", "read_marks", "memberships")
CHANGES = ("BEGIN", "INSERT", "UPDATE", "COMMIT")


class TestBatches(StoreCase):
    """
    A store whose statements are seen.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        self.disk = Disk()
        file = folder / "chat.db"
        file.write_bytes(template())
        return SqliteStore(f"sqlite:///{file}", NoThreads(), seconds, self.disk.connect)

    def statements(self, *batch: Event) -> list[str]:
        """
        @return: how the statements begin that change something while a batch is committed.
        """
        seen: list[str] = []

        def watch(when: str, statement: str) -> None:
            if when == "before" and statement.startswith(CHANGES):
                seen.append(" ".join(statement.split()[:3]))

        self.disk.wrong = watch
        self.placed(*batch)
        return seen

    def test_talkIsOneStatement(self) -> None:
        tea = self.newRoom("tea")
        batch = [
            self.said("one", read=True),
            self.said("two", conversations=(tea,), author=GUS),
            self.joined(GUS),
        ]
        assert self.statements(*batch) == ["BEGIN IMMEDIATE", PLACE, "COMMIT"]

    def test_noTableIsMadeForARow(self) -> None:
        self.placed(self.said("one", read=True))
        raw = self.store._link.raw  # type: ignore[attr-defined]
        asked: list[str] = []
        raw.set_trace_callback(asked.append)
        self.placed(self.said("two", read=True))
        raw.set_trace_callback(None)
        assert asked[0].startswith(PLACE)
        steps = [step for _, step, *_ in raw.execute(f"EXPLAIN {asked[0]}")]
        assert "Insert" in steps
        assert "OpenEphemeral" not in steps

    def test_theDriverGetsPlainValuesAlone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        It looks for a way to adapt all others, C{None} and C{True} too.
        """
        link, given = self.store._link, list[Any]()  # type: ignore[attr-defined]
        place = link.place
        monkeypatch.setattr(link, "place", lambda rows: (given.extend(rows), place(rows)))
        self.placed(
            self.said("one", read=True),
            self.said("two", author=GUS),
            self.said("three", author=BEA),
        )
        assert len(given) == 3
        assert {type(value) for row in given for value in row} == {int, float, str}
        raw = link.raw
        kept = raw.execute("SELECT target, data, author_account FROM log ORDER BY seq").fetchall()
        assert kept == [(None, None, 1), (None, None, 0), (None, None, 1)]

    def test_whatTakesMoreIsATransaction(self) -> None:
        self.placed(self.said("one"))
        found = self.statements(self.said("two"), self.event(TopicChanged, text="tea"))
        assert (found[0], found[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
        assert PLACE not in found

    def test_whatIsNotKeptMovesOnAllTheSame(self) -> None:
        tea, coffee = self.newRoom("tea"), self.newRoom("coffee")
        self.placed(
            self.said("one", conversations=(tea,)),
            self.said("off the record", conversations=(coffee,), kept=False),
        )
        self.placed(
            self.said("secret", conversations=(tea,), kept=False, author=BEA, read=True),
            self.said("two", conversations=(tea,)),
        )
        raw = self.store._link.raw  # type: ignore[attr-defined]
        heads = dict(raw.execute("SELECT id, head FROM conversations").fetchall())
        assert (heads[tea], heads[coffee]) == (3, 1)
        assert now(self.store.readMark(BEA.id, tea)).seq == 2

    def test_oneStatementAndATransactionLeaveTheSame(
        self, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = []
        for most in (pending.AT_ONCE, 0):
            with monkeypatch.context() as changed:
                changed.setattr(pending, "AT_ONCE", most)
                folder = tmp_path_factory.mktemp("store")
                found.append(self.lived(folder))
        assert found[0] == found[1]
        assert len(found[0]["log"]) > 100
        assert len(found[0]["read_marks"]) == 4

    def lived(self, folder: Path) -> dict[str, list[Any]]:
        """
        @return: the tables of a store in which people have talked.
        """
        rng = Random(5)
        ids = iter(range(10_000))
        url = f"sqlite:///{folder / 'chat.db'}"
        store = SqliteStore(url, NoThreads(), self.clock.seconds)
        store.start()
        rooms = ["tea", "coffee"]
        for name in rooms:
            store.openRoom(name, name, GUS, 0.0, id=name)
        for _ in range(60):
            store.append(self.batch(rng, rooms, ids))
        try:
            raw = store._link.raw
            return {
                table: raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                for table in TABLES
            }
        finally:
            store.stop()

    def batch(self, rng: Random, rooms: Sequence[str], ids: Any) -> list[Event]:
        """
        @return: some events of all sorts that there are in talk.
        """
        events: list[Event] = []
        for _ in range(rng.randrange(1, 6)):
            more = {
                "id": f"event{next(ids)}",
                "author": rng.choice([ANN, BEA, GUS]),
                "conversations": (rng.choice(rooms),),
            }
            kind = rng.randrange(8)
            if kind < 5:
                kept, read = rng.random() < 0.9, rng.random() < 0.7
                events.append(self.said(f"text {rng.random()}", kept=kept, read=read, **more))
            elif kind == 5:
                events.append(self.event(Reacted, target=1, emoji="+", **more))
            elif kind == 6:
                events.append(self.event(Edited, target=2, text="other", **more))
            else:
                events.append(self.event(TopicChanged, text="topic", **more))
        return events
