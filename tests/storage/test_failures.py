"""
What the store does when the disk does not do what it should: nothing is lost, nothing twice, and it
heals by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.store_case import ANN, GUS, StoreCase, now, seqs, texts
from tests.storage.quick import template
from twisted_chat.domain.errors import NoSuchMessage, NoSuchRoom, NotSaved
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Ended,
    Kicked,
    Left,
    Reacted,
    Restored,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Account, Act
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_batch import AT_ONCE
from twisted_chat.storage.threads import NoThreads

PLACE = "INSERT INTO placing"
"""How the statement that commits a whole batch begins."""


class Disk:
    """
    A disk on which all goes well until it is told otherwise.

    @ivar wrong: called with each statement that is executed, before and after it; may raise. One
        that is a transaction of its own counts as beginning and committing it too.
    """

    def __init__(self) -> None:
        self.wrong: Callable[[str, str], None] = lambda when, statement: None
        self.opened: list[sqlite3.Connection] = []

    def connect(self, database: str) -> sqlite3.Connection:
        """
        Open a file on this disk.
        """
        disk = self

        class Shaky(sqlite3.Connection):
            """
            A connection that asks the disk.
            """

            def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
                steps = (statement,)
                if statement.startswith(PLACE):
                    steps = ("BEGIN IMMEDIATE", PLACE, "COMMIT")
                for step in steps:
                    disk.wrong("before", step)
                result = super().execute(statement, *arguments)
                for step in steps:
                    disk.wrong("after", step)
                return result

        disk.wrong("before", "OPEN")
        connection = sqlite3.connect(
            database, isolation_level=None, check_same_thread=False, factory=Shaky
        )
        self.opened.append(connection)
        return connection

    def fail(self, when: str, statement: str, code: int, times: int = 1) -> None:
        """
        Let a statement fail, a number of times.
        """
        left = [times]

        def wrong(now: str, what: str) -> None:
            if (now, what) == (when, statement) and left[0]:
                left[0] -= 1
                error = sqlite3.OperationalError("injected")
                error.sqlite_errorcode = code
                raise error

        self.wrong = wrong


class TestFailures(StoreCase):
    """
    A store on a shaky disk.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        self.disk = Disk()
        file = folder / "chat.db"
        if not file.exists():
            file.write_bytes(template())
        return SqliteStore(f"sqlite:///{file}", NoThreads(), seconds, self.disk.connect)

    def test_whoseAccountCouldNotBeErasedHasReadWhatTheySpeakBehind(self) -> None:
        now(self.store.createAccount(Account(ANN.id, "ann", "ann", "ann", "", 1.0)))
        self.placed(self.joined(ANN))
        self.disk.fail("before", "COMMIT", sqlite3.SQLITE_FULL)
        with pytest.raises(NotSaved):
            now(self.store.eraseAccount(ANN.id, 99.0))
        (said,) = self.placed(self.said("still here", read=True))
        assert now(self.store.readMark(ANN.id, self.lobby)).seq == said.seq

    def refusedBatch(self, *events: Any) -> str:
        """
        @return: why a batch fails as a whole.
        """
        with pytest.raises(NotSaved) as caught:
            self.append(*events)
        return str(caught.value.fields["why"])

    def writer(self) -> sqlite3.Connection:
        """
        @return: the connection that was opened last.
        """
        return self.disk.opened[-1]

    @pytest.mark.parametrize(
        ("code", "why"),
        [
            (sqlite3.SQLITE_FULL, "the disk is full"),
            (sqlite3.SQLITE_IOERR_WRITE, "the disk gave an error"),
            (sqlite3.SQLITE_BUSY, "another program holds the database"),
            (sqlite3.SQLITE_READONLY, "the database can't be written to"),
            (sqlite3.SQLITE_CORRUPT, "the database is damaged"),
        ],
    )
    @pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "COMMIT"])
    @pytest.mark.parametrize("joins", [False, True])
    def test_aBatchThatIsNotCommittedLeavesNothing(
        self, joins: bool, statement: str, code: int, why: str
    ) -> None:
        self.placed(self.said("one"))
        # A membership takes more than the one statement of other batches.
        batch = (self.said("two"), self.joined(ANN)) if joins else (self.said("two"),)
        self.disk.fail("before", statement, code)
        assert self.refusedBatch(*batch) == why
        assert texts(self.everything()) == ["one"]
        assert now(self.store.heads([self.lobby])) == {self.lobby: 1}
        assert self.room().members == ()
        assert now(self.store.search([(self.lobby, 1)], "two")).total == 0
        # It heals by itself, and the numbers go on where they should.
        assert seqs(self.placed(self.said("three"))) == [2]

    def test_aCommitThatHappenedThoughItFailedIsFoundByTheIds(self) -> None:
        self.placed(self.said("one"))
        before = len(self.disk.opened)
        self.disk.fail("after", "COMMIT", sqlite3.SQLITE_IOERR_FSYNC)
        placements = self.append(
            self.joined(GUS),
            self.said("two"),
            self.joined(ANN),
            self.said("hole", kept=False),
            self.said("four"),
        )
        assert [(p.event.seq, p.after) for p in placements] == [
            (0, (1,)),
            (2, (1,)),
            (0, (2,)),
            (3, (2,)),
            (4, (3,)),
        ]
        # What the connection believes of the file is not to be trusted any more.
        assert len(self.disk.opened) > before
        assert texts(self.everything()) == ["one", "two", "four"]
        assert now(self.store.heads([self.lobby])) == {self.lobby: 4}
        assert len(self.room().members) == 1
        assert [p.event.at for p in placements if p.event.seq in (2, 4)] == [
            event.at for event in self.everything()[1:]
        ]
        assert seqs(self.placed(self.said("five"))) == [5]

    def test_anEditThatHappenedThoughItsCommitFailedTellsWhatItStandsFor(self) -> None:
        self.placed(self.said("one"), self.event(Edited, target=1, text="won"))
        again = [self.event(Edited, target=1, text=text) for text in ("two", "three")]
        (usual,) = self.placed(again[0])
        self.disk.fail("after", "COMMIT", sqlite3.SQLITE_IOERR_FSYNC)
        (found,) = self.placed(again[1])
        assert usual.shown
        assert found.shown == usual.id
        assert texts(now(self.store.history(self.lobby)).events) == ["three"]

    def test_aDeletionThatHappenedThoughItsCommitFailedTellsThatTheTopicIsGone(self) -> None:
        self.placed(self.event(TopicChanged, text="tea"))
        self.disk.fail("after", "COMMIT", sqlite3.SQLITE_IOERR_FSYNC)
        (found,) = self.placed(self.event(Deleted, target=1, topic=True))
        assert found.current  # type: ignore[attr-defined]
        assert self.everything()[1] == found

    def test_aCommitOfWhichNothingCanBeLearnedAtOnceIsFoundLater(self) -> None:
        events = [self.said("one"), self.said("two")]
        back = self.gone()
        why = self.refusedBatch(*events)
        assert why == "the database can't be opened (Input/output error)"
        back()
        # Each is tried alone, as after every failure, and none is there twice.
        assert [self.placed(event)[0].seq for event in events] == [1, 2]
        assert texts(self.everything()) == ["one", "two"]
        assert seqs(self.placed(self.said("three"))) == [3]

    def gone(self) -> Callable[[], None]:
        """
        A commit happens and fails, and then the disk is away.

        @return: brings it back.
        """
        self.disk.fail("after", "COMMIT", sqlite3.SQLITE_IOERR)
        failing = self.disk.wrong

        def wrong(when: str, statement: str) -> None:
            failing(when, statement)
            if statement == "OPEN":
                raise OSError(5, "Input/output error")

        def back() -> None:
            self.disk.wrong = lambda when, statement: None

        self.disk.wrong = wrong
        return back

    def test_whatCanBeDoneJustOnceIsFoundLaterToo(self) -> None:
        """
        By itself each of them is refused the second time, since it has been done, or was outdated.
        """
        self.placed(*[self.said(str(number)) for number in range(4)])
        self.placed(self.event(Reacted, target=2, emoji="+"))
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea")))
        self.placed(self.event(Deleted, target=3, act="act"))
        events = [
            self.event(Deleted, target=1),
            self.event(Unreacted, target=2, emoji="+"),
            self.event(Restored, target=3, text="2"),
            self.event(Reacted, target=4, emoji="+"),
            self.event(Kicked, person="bea-id", name="bea", basis=(6,)),
        ]
        back = self.gone()
        self.refusedBatch(*events)
        back()
        again = [self.append(event)[0] for event in events]
        assert [(p.error, p.event.seq, p.after) for p in again] == [
            (None, seq, (seq - 1,)) for seq in range(7, 12)
        ]
        assert [event.id for event in self.everything()[6:]] == [event.id for event in events]
        # What has not been done before is refused as ever.
        assert isinstance(self.refused(self.event(Deleted, target=1)), NoSuchMessage)
        assert seqs(self.placed(self.said("five"))) == [12]

    @pytest.mark.parametrize("said", [False, True])
    def test_aRoomThatEndedThoughTheCommitFailedHasEnded(self, said: bool) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("one", conversations=(dev,)))
        batch = [self.said("two"), self.event(Ended, conversations=(dev,))][0 if said else 1 :]
        self.disk.fail("after", "COMMIT", sqlite3.SQLITE_IOERR_FSYNC)
        assert [placement.error for placement in self.append(*batch)] == [None] * len(batch)
        assert now(self.store.room(dev)) is None
        # To end it once more is another matter.
        ended = self.refused(self.event(Ended, conversations=(dev,)))
        assert isinstance(ended, NoSuchRoom)

    @pytest.mark.parametrize("many", [AT_ONCE, AT_ONCE + 1])
    def test_aDiskThatIsReallyFull(self, many: int) -> None:
        self.placed(self.said("one"))
        writer = next(c for c in self.disk.opened)
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count = {pages}")
        batch = [self.said("x" * 2000) for _ in range(many)]
        assert self.refusedBatch(*batch) == "the disk is full"
        assert texts(self.everything()) == ["one"]
        # What needs no room on the disk goes on.
        assert self.placed(self.guestLeft())[0].seq == 0
        with suppress(sqlite3.ProgrammingError):
            # Where it was not sure what had happened, it is closed, and the limit went with it.
            writer.execute("PRAGMA max_page_count = 1000000")
        assert seqs(self.placed(*batch))[0] == 2

    def guestLeft(self) -> Any:
        """
        @return: a guest's going, which is not stored.
        """
        return self.event(Left, author=GUS, reason="quit")

    def test_everyConnectionIsDurableAndForgetful(self) -> None:
        now(self.store.rooms())
        wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
        assert len(self.disk.opened) == 2
        for connection in self.disk.opened:
            for name, value in wanted.items():
                assert connection.execute(f"PRAGMA {name}").fetchone() == (value,)

    def test_otherWritesLeaveNothingEither(self) -> None:
        account = Account("a", "Ann", "ann", "ann", "", 0.0)
        for statement in ("BEGIN IMMEDIATE", "COMMIT"):
            self.disk.fail("before", statement, sqlite3.SQLITE_FULL)
            with pytest.raises(NotSaved, match="the disk is full"):
                now(self.store.createAccount(account))
            assert now(self.store.account("ann")) is None
        now(self.store.createAccount(account))

    def test_readingTellsWhatIsWrongAndGoesOn(self) -> None:
        self.placed(self.said("one"))
        self.disk.fail("before", "BEGIN", sqlite3.SQLITE_IOERR)
        with pytest.raises(NotSaved, match="the disk gave an error"):
            now(self.store.history(self.lobby))
        assert now(self.store.history(self.lobby)).total == 1
        self.disk.wrong = lambda when, statement: None

    def test_stopClosesWhateverFails(self) -> None:
        self.disk.fail("before", "PRAGMA wal_checkpoint(TRUNCATE)", sqlite3.SQLITE_IOERR)
        with pytest.raises(NotSaved):
            now(self.store.stop())
        for connection in self.disk.opened:
            with pytest.raises(sqlite3.ProgrammingError):
                connection.execute("SELECT 1")
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())
