"""
L{twisted_chat.storage.sqlite_upkeep}: what the database wants to have done, people don't wait for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, execute

from tests.conftest import Wrongs
from tests.contracts.store_case import StoreCase, now
from tests.storage.quick import memory, template
from tests.storage.test_failures import Disk
from twisted_chat.domain.interfaces import IStore
from twisted_chat.storage import sqlite_link, sqlite_open, sqlite_upkeep
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_index import _MERGE, MOST_BEHIND
from twisted_chat.storage.sqlite_upkeep import _CHECKPOINT
from twisted_chat.storage.threads import NoThreads

PAGES = 200
"""After so many a checkpoint is due, in these tests."""


class Queue(NoThreads):
    """
    Does at once what is to be done, or keeps what is to be written until it is told to.

    @ivar waiting: what is kept, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], object]] = []
        self._holds = False

    def write(self, work: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        if not self._holds:
            return super().write(work, *arguments)
        done: Deferred[Any] = Deferred()
        self.waiting.append(lambda: execute(work, *arguments).chainDeferred(done))
        return done

    def hold(self) -> None:
        """
        From now on what is to be written waits.
        """
        self._holds = True

    def step(self, pieces: int = 1) -> None:
        """
        Do some pieces of it.
        """
        for _ in range(pieces):
            self.waiting.pop(0)()

    def release(self) -> None:
        """
        Do what waits, and all that follows from it.
        """
        while self.waiting:
            self.step()
        self._holds = False


class UpkeepCase(StoreCase):
    """
    A store in a file, on a disk that tells what is executed.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        self.disk = Disk()
        self.queue = Queue()
        self.file = folder / "chat.db"
        if not self.file.exists():
            self.file.write_bytes(template())
        return SqliteStore(f"sqlite:///{self.file}", self.queue, seconds, self.disk.connect)

    @pytest.fixture(autouse=True)
    def _nothingWaits(self, _started: None) -> Iterator[None]:
        """
        What is kept is done before the store is closed.
        """
        yield
        self.queue.release()

    def executed(self, statement: str) -> list[int]:
        """
        @return: grows by 1 with each time that this is executed.
        """
        times: list[int] = []

        def note(when: str, what: str) -> None:
            if (when, what) == ("after", statement):
                times.append(1)

        self.disk.wrong = note
        return times

    def talk(self, messages: int) -> None:
        """
        So much is said, in one commit.
        """
        self.placed(*(self.said(f"tea {number}") for number in range(messages)))

    def segments(self) -> int:
        """
        @return: how many a search has to look into.
        """
        with closing(sqlite3.connect(self.file)) as database:
            ((found,),) = database.execute("SELECT count(DISTINCT segid) FROM words_idx")
        return int(found)


class TestMerging(UpkeepCase):
    """
    The segments of the index.
    """

    def test_theyStayFewHoweverMuchIsSaid(self) -> None:
        for _ in range(40):
            self.talk(MOST_BEHIND)
        assert self.segments() < 8

    def test_theyStayFewWhereEachWordIsLookedForAtOnce(self) -> None:
        for _ in range(40):
            self.talk(1)
            now(self.store.search([(self.lobby, 1)], "tea"))
        assert self.segments() < 8

    def test_noCommitMergesThem(self) -> None:
        self.queue.hold()
        # So much that SQLite, left to itself, would find work to do.
        words = (f"word{number}" for number in count())
        for _ in range(10):
            texts = [" ".join(islice(words, 60)) for _ in range(MOST_BEHIND)]
            self.store.append([self.said(text) for text in texts])
            self.queue.step()
            now(self.taken())
        assert self.segments() == 10

    def test_whatIsSaidMeanwhileComesBetweenTheSteps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twisted_chat.storage.sqlite_index.MERGED", 1)
        merged = self.mergeable()
        said: list[object] = []
        self.store.append([self.said("coffee")]).addCallback(said.append)
        self.queue.step()
        assert (len(merged), said) == (1, [])
        self.queue.step()
        assert (len(merged), len(said)) == (1, 1)
        self.queue.release()
        assert len(merged) > 1

    def test_nothingIsMergedOnceTheStoreIsClosed(self, wrongs: Wrongs) -> None:
        merged = self.mergeable()
        stopped = self.store.stop()
        self.queue.release()
        now(stopped)
        assert len(merged) == 1
        assert wrongs.flush() == []

    def taken(self) -> Deferred[None]:
        """
        The index takes up what was said, and nothing is merged yet.
        """
        taken = self.queue.write(self.store._index.catchUp)  # type: ignore[attr-defined]
        self.queue.step()
        return taken

    def mergeable(self) -> list[int]:
        """
        There is something to merge, and what does so waits in front of all else.

        @return: grows by 1 with each step of it.
        """
        self.queue.hold()
        for _ in range(4):
            self.store.append([self.said("tea") for _ in range(MOST_BEHIND - 1)])
            self.queue.step()
            now(self.taken())
        self.store.search([(self.lobby, 1)], "tea")
        self.queue.step()
        return self.executed(_MERGE)


class TestCheckpoints(UpkeepCase):
    """
    The write-ahead log.
    """

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Let few pages be enough.
        """
        monkeypatch.setattr(sqlite_upkeep, "CHECKPOINT", PAGES)

    def talkFor(self, pages: int) -> None:
        """
        So much is said that about so many are written.
        """
        # Looked for behind each commit.
        for _ in range(pages // sqlite_link.PAGES + 2):
            self.talk(1)

    def test_itIsBroughtIntoTheDatabaseBesideTheWriterAndThenByIt(self) -> None:
        writer = self.disk.opened[-1]
        order = self.executed(_CHECKPOINT)
        self.talkFor(PAGES)
        others = [one for one in self.disk.opened if one is not writer]
        assert (len(order), len(others)) == (2, 1)

    def test_soItBeginsAnewAndStaysSmall(self) -> None:
        log = self.file.with_name("chat.db-wal")
        self.talkFor(5 * PAGES)
        size = log.stat().st_size
        self.talkFor(15 * PAGES)
        assert log.stat().st_size < 2 * size

    def test_noCommitBringsTheLogIntoTheDatabase(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_upkeep, "CHECKPOINT", sqlite_open.LATEST)
        before = self.file.read_bytes()
        for _ in range(1200):
            self.talk(1)
        assert self.file.read_bytes() == before

    def test_whereItFailsPeopleTalkOnAndItIsTriedAgain(self, wrongs: Wrongs) -> None:
        self.disk.fail("before", _CHECKPOINT, sqlite3.SQLITE_IOERR)
        self.talkFor(PAGES)
        assert wrongs.flush() == ["a checkpoint failed, and is tried again: the disk gave an error"]
        times = self.executed(_CHECKPOINT)
        self.talkFor(PAGES)
        assert len(times) == 2
        assert wrongs.flush() == []


def test_aDatabaseInMemoryHasNoneAndWantsNone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_upkeep, "CHECKPOINT", 1)
    store = SqliteStore("sqlite://", NoThreads(), lambda: 0.0, memory)
    now(store.start())
    store._upkeep.written()
    now(store.stop())
