"""
L{twisted_chat.storage.sqlite_index}: the index follows the log at a distance, and nobody notices.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Wrongs
from tests.contracts.store_case import StoreCase, now, seqs
from tests.storage.quick import fileStore, template
from tests.storage.test_failures import Disk
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.events import Deleted, Edited, Ended
from twisted_chat.domain.interfaces import IStore
from twisted_chat.storage import sqlite_index
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_index import MOST_BEHIND
from twisted_chat.storage.threads import NoThreads

RARE = "xylophonquark"


class IndexCase(StoreCase):
    """
    A store in a file whose index can be looked at.
    """

    @pytest.fixture(autouse=True)
    def _laterClosed(self) -> Iterator[None]:
        self._left: list[IStore] = []
        yield
        for store in self._left:
            now(store.stop())

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return fileStore(folder, seconds)

    def indexed(self) -> list[int]:
        """
        @return: the rows of the log that are in the index.
        """
        with closing(sqlite3.connect(self.folder / "chat.db")) as database:
            return [row for (row,) in database.execute("SELECT rowid FROM words ORDER BY rowid")]

    def found(self, words: str) -> list[int]:
        """
        @return: where in the lobby something is found.
        """
        page = now(self.store.search([(self.lobby, 1)], words))
        assert page.total == len(page.events)
        return seqs(page.events)

    def crash(self) -> None:
        """
        Go on with another store, as after kill -9: nothing of the first one has been closed.
        """
        self._left.append(self.store)
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())


class TestIndex(IndexCase):
    """
    An index that is behind.
    """

    def test_whatWasJustSaidIsFoundThoughACommitIndexesNothing(self) -> None:
        self.placed(self.said("green tea"), self.said("coffee"), self.said("black tea"))
        assert self.indexed() == []
        assert self.found("tea") == [1, 3]
        assert self.indexed() == [1, 2, 3]
        self.placed(self.said("more tea"))
        assert self.found("tea") == [1, 3, 4]

    def test_itIsNeverFarBehind(self) -> None:
        for number in range(4 * MOST_BEHIND):
            self.placed(self.said(f"tea {number}"))
            assert number - MOST_BEHIND < len(self.indexed()) <= number + 1

    def test_whatACrashLeavesOutIsTakenUpAtTheStart(self) -> None:
        self.placed(self.said("tea"))
        assert self.found("tea") == [1]
        self.placed(self.said(RARE), self.event(Edited, target=1, text="coffee"))
        self.crash()
        assert self.indexed() == [1, 2]
        assert (self.found(RARE), self.found("coffee"), self.found("tea")) == ([2], [1], [])

    def test_allThatWasBehindAtACrashIsTakenUpHoweverMuch(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite_index, "AT_ONCE", 3)
        self.placed(*(self.said("tea") for _ in range(10)))
        self.crash()
        assert self.indexed() == list(range(1, 11))

    def test_whatIsDeletedBeforehandIsNeverTakenUp(self) -> None:
        self.placed(self.said("tea"), self.said(RARE), self.said("coffee"))
        self.placed(self.event(Deleted, target=2))
        assert self.found(RARE) == []
        assert self.indexed() == [1, 3]
        now(self.store.sweepDeleted())
        assert not any(RARE.encode() in path.read_bytes() for path in self.folder.iterdir())

    def test_theNewestMayBeDeletedToo(self) -> None:
        self.placed(self.said("tea"), self.said("tea"))
        assert self.found("tea") == [1, 2]
        self.placed(self.event(Deleted, target=2))
        self.placed(self.said("tea"))
        assert self.found("tea") == [1, 4]

    def test_whatIsEditedBeforehandIsFoundAsItReadsNow(self) -> None:
        self.placed(self.said("tea"), self.said(RARE))
        self.placed(self.event(Edited, target=2, text="Kaffee"))
        assert (self.found(RARE), self.found("kaffee"), self.found("tea")) == ([], [2], [1])

    def test_numbersOfRowsThatComeAgainAreNoTrap(self) -> None:
        self.placed(self.said("tea"))
        dev = self.newRoom("dev")
        self.placed(*(self.said(RARE, conversations=(dev,)) for _ in range(5)))
        assert self.found("tea") == [1]
        self.placed(self.event(Ended, conversations=(dev,)))
        now(self.store.sweepDeleted())
        # The rows of the ended room were the last ones, and a new start counts on from the first.
        self.again()
        self.placed(self.said("more tea"))
        assert self.found("tea") == [1, 2]


class TestFailingIndex(IndexCase):
    """
    An index that can't be written.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        self.disk = Disk()
        file = folder / "chat.db"
        if not file.exists():
            file.write_bytes(template())
        return SqliteStore(f"sqlite:///{file}", NoThreads(), seconds, self.disk.connect)

    def test_aSearchMissesNothingWhereNothingCanBeWritten(self) -> None:
        self.placed(*(self.said("tea") for _ in range(3)))
        self.disk.fail("before", "COMMIT", sqlite3.SQLITE_FULL, times=2)
        for _ in range(2):
            assert self.found("tea") == [1, 2, 3]
            assert self.indexed() == []
        assert self.found("tea") == self.indexed() == [1, 2, 3]

    def test_aSearchThatWouldMissSomethingSaysSo(self) -> None:
        self.placed(self.said("tea"))
        self.disk.fail("before", sqlite_index._ADD, sqlite3.SQLITE_FULL, times=2)
        with pytest.raises(NotSaved, match="the disk is full"):
            self.found("tea")
        assert self.indexed() == []
        assert self.found("tea") == [1]

    def test_itIsTriedAgainAfterAsManyMessages(self, wrongs: Wrongs) -> None:
        self.placed(*(self.said("tea") for _ in range(MOST_BEHIND - 1)))
        messages = [self.said("tea") for _ in range(2 * MOST_BEHIND)]
        failed: list[str] = []

        def wrong(when: str, statement: str) -> None:
            if when == "before" and statement == sqlite_index._ADD and not failed:
                failed.append(statement)
                error = sqlite3.OperationalError("injected")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error

        self.disk.wrong = wrong
        self.placed(messages[0])
        assert wrongs.flush() == ["the index is behind, and is tried again: the disk is full"]
        assert self.indexed() == []
        for message in messages[1:]:
            self.placed(message)
        assert len(self.indexed()) > MOST_BEHIND
