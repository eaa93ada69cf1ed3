"""
What is deleted is in no file any more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import pytest
from twisted.internet.defer import Deferred

from tests.contracts.store_case import StoreCase, now, seqs
from tests.storage.quick import fileStore
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Ended,
    Restored,
    TopicChanged,
)
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Account, Act, Placement
from twisted_chat.domain.values import Author
from twisted_chat.storage import sqlite_sweep
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads
from twisted_chat.storage.versions import AT_ONCE

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

FIRST, SECOND, THIRD = "Xylophonquark", "Zwiebelmuster", "Krähenfüße"
RARE = [FIRST, SECOND, THIRD]
SPELLINGS = [word for rare in RARE for word in (rare, rare.lower())] + ["krahenfusse"]


class SweepCase(StoreCase):
    """
    A store in a file, with much else in it.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return fileStore(folder, seconds)

    def left(self) -> set[str]:
        """
        @return: which of the rare words are in any file.
        """
        content = b"".join(path.read_bytes() for path in self.folder.iterdir())
        return {word for word in SPELLINGS if word.encode() in content}

    def talk(self, batches: int, conversation: str = "") -> None:
        """
        Much is said.
        """
        chance = random.Random(7)
        letters = "abcdefghijklmnopqrstuvwxyz"
        for _ in range(batches):
            messages = [
                " ".join("".join(chance.choices(letters, k=5)) for _ in range(8)) for _ in range(50)
            ]
            where = (conversation or self.lobby,)
            self.placed(*(self.said(text, conversations=where) for text in messages))

    def sayAndDelete(self) -> None:
        """
        Say a rare word, make two others of it, delete it, with much talk between.
        """
        (said,) = self.placed(self.said(f"the {FIRST} here"))
        self.talk(20)
        for word in (SECOND, THIRD):
            self.placed(self.event(Edited, target=said.seq, text=f"a {word} there"))
            self.talk(20)
        assert self.left() >= set(RARE)
        self.placed(self.event(Deleted, target=said.seq))


class TestSweep(SweepCase):
    """
    Deleted messages and ended rooms.
    """

    def test_aDeletedWordIsInNoFileAfterASweep(self) -> None:
        self.talk(20)
        self.sayAndDelete()
        self.talk(3)
        now(self.store.sweepDeleted())
        assert self.left() == set()
        assert now(self.store.history(self.lobby)).total == 83 * 50

    def test_aDeletedWordIsInNoFileWhereThereIsLittleElse(self) -> None:
        self.placed(self.said(f"{FIRST} {THIRD}"))
        self.placed(self.event(Deleted, target=1))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_aDeletedTopicIsInNoFileAfterASweep(self) -> None:
        self.placed(self.event(TopicChanged, text=FIRST))
        self.talk(3)
        assert FIRST in self.left()
        self.placed(self.event(Deleted, target=1, topic=True))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_aDeletedWordIsInNoFileWhenTheStoreIsClosed(self) -> None:
        self.sayAndDelete()
        now(self.store.stop())
        assert self.left() == set()
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())

    def test_nothingOfAnEndedRoomIsInAnyFile(self) -> None:
        dev = self.newRoom("dev")
        for word in RARE:
            self.placed(self.said(word, conversations=(dev,)))
            self.talk(15, dev)
            self.talk(5)
        assert self.left() >= set(RARE)
        self.placed(self.event(Ended, conversations=(dev,)))
        now(self.store.sweepDeleted())
        assert self.left() == set()
        assert now(self.store.history(self.lobby)).total == 15 * 50

    def test_whatAnOperatorHasDeletedIsThereUntilTheActIsForgotten(self) -> None:
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea")))
        (said,) = self.placed(self.said(f"the {FIRST} here"))
        self.talk(5)
        self.placed(self.event(Edited, target=said.seq, text=f"a {SECOND}"))
        self.talk(5)
        self.placed(self.event(Deleted, target=said.seq, act="act"))
        now(self.store.sweepDeleted())
        # What it read last can be restored, from one place.
        assert self.left() == {SECOND}
        now(self.store.forgetActs(10.5))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_whatWasRestoredAndIsDeletedForGoodIsInNoFile(self) -> None:
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea")))
        (said,) = self.placed(self.said(f"the {FIRST} here"))
        self.talk(5)
        self.placed(self.event(Deleted, target=said.seq, act="act"))
        self.talk(5)
        self.placed(self.event(Restored, target=said.seq, text=f"the {FIRST} here"))
        assert now(self.store.search([(self.lobby, 1)], FIRST)).total == 1
        self.talk(5)
        self.placed(self.event(Deleted, target=said.seq))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_nothingThatWasTooOldIsInAnyFile(self) -> None:
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea")))
        (hidden, other) = self.placed(self.said(f"the {FIRST} here"), self.said(f"a {SECOND}"))
        self.talk(5)
        assert now(self.store.search([(self.lobby, 1)], "here")).total == 1
        self.clock.advance(100)
        limit = self.clock.seconds()
        self.placed(self.event(Edited, target=other.seq, text=f"a {THIRD}"))
        self.talk(5)
        self.placed(self.event(Deleted, target=hidden.seq, act="act"))
        while now(self.store.expire(self.lobby, limit, 100)) >= 100:
            pass
        now(self.store.sweepDeleted())
        assert self.left() == set()
        assert now(self.store.history(self.lobby)).total == 5 * 50

    def test_whatWasTooOldIsInNoFileWhereNothingElseWasDeleted(self) -> None:
        self.placed(self.said(f"{FIRST} {THIRD}"))
        now(self.store.expire(self.lobby, self.clock.seconds() + 1, 100))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_nothingOfAnErasedAccountIsInAnyFile(self) -> None:
        account = Account("ann-id", FIRST, "ann", "ann", SECOND, 1.0, preferences={"x": THIRD})
        now(self.store.createAccount(account))
        now(self.store.setMetadata("ann-id", "url", THIRD))
        self.placed(self.joined(Author("ann-id", FIRST, FIRST)))
        self.talk(5)
        assert self.left() >= {FIRST, SECOND}
        now(self.store.eraseAccount("ann-id", 2.0))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_theRestIsStillFound(self) -> None:
        (kept,) = self.placed(self.said("the Glockenturm stays"))
        self.sayAndDelete()
        now(self.store.sweepDeleted())
        found = now(self.store.search([(self.lobby, 1)], "glockenturm"))
        assert seqs(found.events) == [kept.seq]
        for word in RARE:
            assert now(self.store.search([(self.lobby, 1)], word)).total == 0

    def test_aSweepThatWasNotFinishedIsGoneOnWithAfterTheStart(self) -> None:
        self.sayAndDelete()
        # As after kill -9: another program opens what the first has left behind.
        other = SqliteStore(f"sqlite:///{self.folder / 'chat.db'}", NoThreads(), self.clock.seconds)
        now(other.start())
        assert self.left() != set()
        now(other.sweepDeleted())
        assert self.left() == set()
        now(other.stop())

    def test_whatIsDeletedDuringASweepIsLeftToTheNext(self) -> None:
        self.sayAndDelete()
        (late,) = self.placed(self.said(f"the {FIRST}"))
        threads = Slow()
        slow = SqliteStore(f"sqlite:///{self.folder / 'chat.db'}", threads, self.clock.seconds)
        now(slow.start())
        threads.waits = True
        sweeping = slow.sweepDeleted()
        # It comes between the first step of the sweep and the second.
        slow.append([self.event(Deleted, target=late.seq)])
        asked = slow.sweepDeleted()
        while threads.waiting:
            threads.one()
        now(sweeping)
        now(asked)
        assert self.left() == set()
        threads.waits = False
        now(slow.stop())

    def test_nothingIsDoneWhenNothingWasDeleted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sayAndDelete()
        now(self.store.sweepDeleted())
        before = self.files()
        now(self.store.sweepDeleted())
        assert self.files() == before

    def test_aRoomInWhichNothingEverHappenedIsRemovedAndTheFilesAreLeftAlone(self) -> None:
        """
        Somebody who joins room after room would have the index merged all the time.
        """
        assert isinstance(self.store, SqliteStore)
        self.talk(10)
        empty = [self.newRoom(f"room{number}") for number in range(3)]
        for id in empty:
            self.placed(self.event(Ended, conversations=(id,), idleSince=self.clock.seconds() + 1))
        done: list[str] = []
        raw, database = self.store._link.raw, self.folder / "chat.db"
        before = database.read_bytes()
        raw.set_trace_callback(done.append)
        now(self.store.sweepDeleted())
        raw.set_trace_callback(None)
        assert any("DELETE FROM conversations" in statement for statement in done)
        assert not any("merge" in each or "wal_checkpoint" in each for each in done)
        assert database.read_bytes() == before, "no other connection has done it either"
        assert raw.execute("SELECT count(*) FROM conversations").fetchone() == (1,)
        assert raw.execute("SELECT * FROM facts WHERE name <> 'deeds'").fetchall() == []

    def test_aRoomThatEndsEmptyWithSomethingNotedOfItIsInNoFile(self) -> None:
        dev = self.newRoom("dev")
        now(self.store.setMetadata(dev, "url", FIRST))
        assert self.left() == {FIRST}
        self.placed(self.event(Ended, conversations=(dev,), idleSince=self.clock.seconds() + 1))
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def test_theWriterCutsOffALogThatIsInTheDatabaseAlready(self) -> None:
        """
        To bring megabytes of it there would keep those waiting who want to say something.
        """
        assert isinstance(self.store, SqliteStore)
        self.placed(self.said("the Glockenturm stays"))
        self.sayAndDelete()
        database, raw = self.folder / "chat.db", self.store._link.raw
        assert b"Glockenturm" not in database.read_bytes()
        found: list[bool] = []

        def look(statement: str) -> None:
            if "TRUNCATE" in statement:
                found.append(b"Glockenturm" in database.read_bytes())

        raw.set_trace_callback(look)
        now(self.store.sweepDeleted())
        raw.set_trace_callback(None)
        assert found == [True]

    def test_aSweepGoesOnWhereTheDatabaseIsOpenedAnewMeanwhile(self) -> None:
        """
        As after an error of the disk in what somebody said between two of its steps.
        """
        assert isinstance(self.store, SqliteStore)
        self.placed(self.said("one"))
        edits = [self.event(Edited, target=1, text=f"a {SECOND}") for _ in range(3 * AT_ONCE)]
        self.placed(*edits)
        self.placed(self.event(Deleted, target=1))
        link = self.store._link
        for _ in sqlite_sweep.steps(link, {"unswept": 1}):
            link.close()
        now(self.store.sweepDeleted())
        assert self.left() == set()

    def files(self) -> dict[str, bytes]:
        """
        @return: all files with what is in them.
        """
        names = [path for path in self.folder.iterdir() if not path.name.endswith("-shm")]
        return {path.name: path.read_bytes() for path in names}

    def test_theWritingGoesOnBetweenTheStepsOfASweep(self) -> None:
        self.talk(60)
        self.sayAndDelete()
        threads = Slow()
        slow = SqliteStore(f"sqlite:///{self.folder / 'chat.db'}", threads, self.clock.seconds)
        now(slow.start())
        threads.waits = True
        sweeping = slow.sweepDeleted()
        placed: list[Deferred[Sequence[Placement]]] = []
        done: list[object] = []
        # A sweep that fails must not make this go on for ever.
        sweeping.addBoth(done.append)
        while not done:
            placed.append(slow.append([self.said("meanwhile")]))
            threads.one()
        while threads.waiting:
            threads.one()
        assert done == [None]
        assert sqlite_sweep.FORGETS_WORDS or len(placed) > 4
        assert all(deferred.called for deferred in placed)
        threads.waits = False
        now(slow.stop())
        assert self.left() == set()


class Slow(NoThreads):
    """
    Does one thing at a time, when it is told to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits = False
        self.waiting: list[Deferred[None]] = []

    def write(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        Keep the work for later.
        """
        if not self.waits:
            return super().write(work, *arguments)
        go: Deferred[None] = Deferred()
        self.waiting.append(go)
        return go.addCallback(lambda _: work(*arguments))

    read = write

    def one(self) -> None:
        """
        Do what was asked for first.
        """
        self.waiting.pop(0).callback(None)
