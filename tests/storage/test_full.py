"""
A disk that is full refuses what has to be written, and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contracts.store_case import ANN, GUS, StoreCase, now, seqs, texts
from tests.storage.quick import template
from tests.storage.test_failures import PLACE, Disk
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.events import Left
from twisted_chat.domain.interfaces import IStore
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads

MINUTES = 60.0


class TestFullDisk(StoreCase):
    """
    A store whose disk takes nothing more.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        self.disk = Disk()
        self._before: tuple[int, ...] = ()
        file = folder / "chat.db"
        if not file.exists():
            file.write_bytes(template())
        return SqliteStore(f"sqlite:///{file}", NoThreads(), seconds, self.disk.connect)

    def fill(self) -> None:
        """
        Let the disk take no commit any more.
        """

        def wrong(when: str, statement: str) -> None:
            # Nothing has to be written where nothing was changed.
            changes = statement == PLACE or self.changed() != self._before
            if when == "before" and statement in (PLACE, "COMMIT") and changes:
                error = sqlite3.OperationalError("injected")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            self._before = self.changed() if statement == "COMMIT" else self._before

        self._before = self.changed()
        self.disk.wrong = wrong

    def changed(self) -> tuple[int, ...]:
        """
        @return: how much was changed, by connection.
        """
        changes = []
        for connection in self.disk.opened:
            try:
                changes.append(connection.total_changes)
            except sqlite3.ProgrammingError:
                # It is closed.
                changes.append(0)
        return tuple(changes)

    def makeRoom(self) -> None:
        """
        Let the disk take everything again.
        """
        self.disk.wrong = lambda when, statement: None

    def test_whoComesInIsLetInThoughItCanNotBeNoted(self) -> None:
        self.placed(self.joined(GUS))
        self.clock.advance(10 * MINUTES)
        self.fill()
        (placed,) = self.placed(self.joined(GUS))
        assert placed.at >= self.clock.seconds()
        self.placed(self.event(Left, author=GUS, reason="quit"))
        self.makeRoom()
        early = self.clock.seconds()
        assert self.lobby in self.idle(early)
        self.placed(self.joined(GUS))
        assert self.lobby not in self.idle(early)

    def test_aMembershipThatCanNotBeKeptIsRefused(self) -> None:
        self.fill()
        with pytest.raises(NotSaved, match="the disk is full"):
            self.append(self.joined(ANN))
        self.makeRoom()
        self.placed(self.joined(ANN))
        assert [member.id for member in self.room().members] == [ANN.id]

    def test_readingAndSearchingGoOn(self) -> None:
        self.placed(self.said("one kettle"))
        assert now(self.store.search([(self.lobby, 1)], "kettle")).total == 1
        self.placed(self.said("two kettle"))
        self.fill()
        with pytest.raises(NotSaved, match="the disk is full"):
            self.append(self.said("three"))
        assert now(self.store.search([(self.lobby, 1)], "kettle")).total == 2
        assert texts(now(self.store.history(self.lobby)).events) == ["one kettle", "two kettle"]
        self.makeRoom()
        assert now(self.store.search([(self.lobby, 1)], "kettle")).total == 2
        assert seqs(self.placed(self.said("three"))) == [3]

    def test_aBatchOfComingsThatCanNotBeNotedIsPlacedWhole(self) -> None:
        self.clock.advance(10 * MINUTES)
        self.fill()
        placed = self.placed(self.joined(GUS), self.event(Left, author=GUS, reason="quit"))
        assert placed[0].at < placed[1].at
        self.makeRoom()
