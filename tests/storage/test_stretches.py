"""
Where there is nothing to read for long is gone through once, and nothing is missing for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.store_case import ANN, StoreCase, now, seqs
from tests.storage.quick import fileStore, memoryStore
from twisted_chat.domain.events import Deleted, Edited, Event, Reacted, Restored, Said
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Act
from twisted_chat.domain.values import Author
from twisted_chat.storage import stretches
from twisted_chat.storage.sqlite import SqliteStore

EDITS = 300


class TestStretches(StoreCase):
    """
    A message that was edited again and again, with few behind it and before it.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return memoryStore(seconds)

    @pytest.fixture(autouse=True)
    def _small(self, _started: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stretches, "LONG", 20)
        monkeypatch.setattr(stretches, "STEPS", 500)

    def say(self, *texts: str) -> None:
        """
        Say something in the lobby.
        """
        self.placed(*map(self.said, texts))

    def edit(self, times: int) -> None:
        """
        Edit the first message.
        """
        self.placed(*(self.event(Edited, target=1, text=f"{n}") for n in range(times)))

    def steps(self, **how: Any) -> int:
        """
        @return: how many steps it takes to read a page.
        """
        assert isinstance(self.store, SqliteStore)
        raw, asked, steps = self.store._link.raw, list[str](), list[None]()
        raw.set_trace_callback(asked.append)
        now(self.store.history(self.lobby, **how))
        raw.set_trace_callback(None)
        raw.set_progress_handler(lambda: steps.append(None), 1)
        for statement in asked:
            raw.execute(statement).fetchall()
        raw.set_progress_handler(None, 0)
        return len(steps)

    @pytest.mark.parametrize("wide", [False, True])
    def test_theyAreGoneThroughOnce(self, wide: bool) -> None:
        self.say("one", "two")
        self.edit(EDITS)
        how: dict[str, Any] = {"limit": 2, "wide": wide}
        first = self.steps(**how)
        again = self.steps(**how)
        assert again * 10 < first
        # What is edited behind that is gone through, until it is much.
        self.edit(5)
        assert again < self.steps(**how) < again + 5 * 40
        self.edit(EDITS)
        assert self.steps(**how) > first / 2
        assert self.steps(**how) <= again * 2
        self.say("three")
        page = now(self.store.history(self.lobby, **how))
        assert (seqs(page.events)[0], page.total) == (2, 2 if wide else 3)

    def test_whatIsRestoredInOneIsRead(self) -> None:
        now(self.store.recordAct(Act("act", 0.0, "ann", "purge", "")))
        self.say("one", "two")
        self.edit(EDITS)
        (said,) = self.placed(self.said("three"))
        self.edit(EDITS)
        self.placed(self.event(Deleted, target=said.seq, act="act"))
        for _ in range(3):
            assert seqs(now(self.store.history(self.lobby)).events) == [1, 2]
        self.placed(self.event(Restored, target=said.seq, text="three"))
        page = now(self.store.history(self.lobby))
        assert (seqs(page.events), page.total) == ([1, 2, said.seq], 3)

    def test_ofTwoOnesThatWhatIsDeletedPartsTheLongerIsRemembered(self) -> None:
        self.say("one")
        self.edit(EDITS)
        now(self.store.history(self.lobby))
        (said,) = self.placed(self.said("two"))
        self.edit(EDITS // 5)
        self.placed(self.event(Deleted, target=said.seq))
        steps = [self.steps() for _ in range(3)]
        assert steps[0] == steps[-1] < EDITS * 15

    @pytest.mark.parametrize("seed", range(8))
    def test_aPageIsTheSameWhateverWasReadBefore(self, seed: int) -> None:
        chance = random.Random(seed)
        readable: list[int] = []
        self.say("one")
        readable.append(1)
        for _ in range(12):
            if chance.random() < 0.6:
                self.edit(chance.randrange(5, 80))
            for said in self.placed(*map(self.said, ["x"] * chance.randrange(4))):
                readable.append(said.seq)
            if chance.random() < 0.3 and len(readable) > 1:
                gone = readable.pop(chance.randrange(1, len(readable)))
                self.placed(self.event(Deleted, target=gone))
            head = now(self.store.heads([self.lobby]))[self.lobby]
            for _ in range(6):
                limit, before = chance.randrange(1, 6), chance.choice([0, chance.randrange(head)])
                first = chance.choice([1, chance.randrange(1, head + 1)])
                page = now(self.store.history(self.lobby, first=first, before=before, limit=limit))
                there = [seq for seq in readable if first <= seq < (before or head + 1)]
                assert seqs(page.events) == there[-limit:]
                assert page.total == len(there)

    def test_ofSoManyRoomsAsAreRememberedNoMoreAreKept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stretches, "MOST_REMEMBERED", 2)
        assert isinstance(self.store, SqliteStore)
        for name in "abc":
            room = (self.newRoom(name),)
            self.placed(self.said("one", conversations=room))
            crowd = [self.reaction(n, room) for n in range(EDITS)]
            self.placed(*crowd)
            now(self.store.history(room[0]))
        assert len(self.store._link.connection.info["stretches"]) == 2

    def reaction(self, number: int, room: Sequence[str]) -> Event:
        """
        @return: one of many to the first message.
        """
        author = Author(f"p{number}", f"p{number}")
        reacted: Event = self.event(
            Reacted, target=1, emoji="x", author=author, conversations=tuple(room)
        )
        return reacted


def test_eachConnectionLearnsItByItself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "STEPS", 500)
    store = fileStore(tmp_path, lambda: 0.0)
    now(store.start())
    now(store.openRoom("lobby", "lobby", ANN, 0.0, "room"))
    usual: dict[str, Any] = {"author": ANN, "conversations": ("room",)}
    now(store.append([Said(id="one", text="one", **usual)]))
    for n in range(12):
        edits = [Edited(id=f"e{n}.{m}", target=1, text="x", **usual) for m in range(100)]
        now(store.append(edits))
        page = now(store.history("room"))
        assert (seqs(page.events), page.total) == ([1], 1)
    now(store.stop())
