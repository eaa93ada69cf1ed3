"""
L{twisted_chat.storage.doubts}: a commit that fails may have happened, and who asked for it is told
what is so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.contracts.store_case import ANN, AT, StoreCase, now
from tests.domain.shaky import outcome
from tests.doubles import Net, heard
from tests.storage.quick import template
from tests.storage.test_failures import Disk
from twisted_chat.domain.errors import NotKnown, NotSaved
from twisted_chat.domain.records import Account, Act, Invitation
from twisted_chat.domain.values import Mask
from twisted_chat.storage.doubts import AGAIN, TRIES
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads

BEA = Account("bea-id", "Bea", "bea", "bea", "", AT)
CAT = Account("cat-id", "Cat", "cat", "cat", "", AT)
BAN = Mask("gus", "oscar", AT)
CODE = Invitation("code", ("lobby",), 2, 0.0, "oscar", AT)
ACT = Act("act", AT, "oscar", "ban", "gus", {})

FAULT = sqlite3.SQLITE_IOERR_FSYNC

DEEDS: dict[str, tuple[Callable[[Any], Deferred[Any]], Callable[[Any], object]]] = {
    "an account is made": (
        lambda store: store.createAccount(CAT, "code"),
        lambda store: (now(store.account("cat")), now(store.invitations())[0].uses),
    ),
    "somebody is suspended": (
        lambda store: store.changeAccount("bea-id", suspended="spam"),
        lambda store: now(store.account("bea")).suspended,
    ),
    "somebody is an operator": (
        lambda store: store.changeAccount("bea-id", operator=True),
        lambda store: now(store.account("bea")).operator,
    ),
    "a password is another": (
        lambda store: store.changeAccount("bea-id", password="hash", scram="keys"),
        lambda store: now(store.account("bea")).password,
    ),
    "an account is erased": (
        lambda store: store.eraseAccount("bea-id", AT),
        lambda store: now(store.account("bea")).erasedAt,
    ),
    "somebody is kept out": (
        lambda store: store.putServerBan(BAN),
        lambda store: now(store.serverBans()),
    ),
    "an invitation is taken back": (
        lambda store: store.removeInvitation("code"),
        lambda store: now(store.invitations()),
    ),
    "an act is remembered": (
        lambda store: store.recordAct(ACT),
        lambda store: now(store.acts(0.0)),
    ),
    "a fact is remembered": (
        lambda store: store.setNetworkFact("claimed", True),
        lambda store: now(store.networkFacts()),
    ),
    "a certificate stands for somebody": (
        lambda store: store.addFingerprint("bea-id", "f" * 64),
        lambda store: now(store.fingerprints("bea-id")),
    ),
    "a room is made": (
        lambda store: store.openRoom("tea", "tea", ANN, AT, "tea-id"),
        lambda store: now(store.roomId("tea")),
    ),
}
"""What a store does outside of the log, and what can be seen of it."""


def gone(disk: Disk, when: str) -> None:
    """
    A commit fails, before or after it has happened, and then the disk is not there.
    """
    disk.fail(when, "COMMIT", FAULT)
    failing = disk.wrong
    failed = False

    def wrong(now: str, statement: str) -> None:
        nonlocal failed
        if failed and statement == "OPEN":
            raise OSError(5, "Input/output error")
        try:
            failing(now, statement)
        except sqlite3.Error:
            failed = True
            raise

    disk.wrong = wrong


def back(disk: Disk) -> None:
    """
    The disk is there again.
    """
    disk.wrong = lambda when, statement: None


class TestDoubts(StoreCase):
    """
    A store on a shaky disk.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> SqliteStore:
        self.disk = Disk()
        file = folder / "chat.db"
        if not file.exists():
            file.write_bytes(template())
        url = f"sqlite:///{file}"
        return SqliteStore(url, NoThreads(), seconds, self.disk.connect, clock=self.clock)

    def prepared(self) -> None:
        """
        What some deeds need is there.
        """
        now(self.store.createAccount(BEA))
        now(self.store.createInvitation(CODE))

    @pytest.mark.parametrize("deed", DEEDS)
    def test_aDeedThatHappenedThoughItsCommitFailedIsDone(self, deed: str) -> None:
        self.prepared()
        do, seen = DEEDS[deed]
        before = seen(self.store)
        self.disk.fail("after", "COMMIT", FAULT)
        now(do(self.store))
        assert seen(self.store) != before

    @pytest.mark.parametrize("deed", DEEDS)
    def test_aDeedOfWhichNothingWasCommittedIsRefused(self, deed: str) -> None:
        self.prepared()
        do, seen = DEEDS[deed]
        before = seen(self.store)
        self.disk.fail("before", "COMMIT", FAULT)
        with pytest.raises(NotSaved, match="the disk gave an error"):
            now(do(self.store))
        assert seen(self.store) == before
        # It heals by itself.
        now(do(self.store))
        assert seen(self.store) != before

    def test_aDeedIsNotTakenForTheOneBeforeIt(self) -> None:
        self.prepared()
        change = self.store.changeAccount
        self.disk.fail("after", "COMMIT", FAULT)
        now(change("bea-id", suspended="spam"))
        self.disk.fail("before", "COMMIT", FAULT)
        with pytest.raises(NotSaved):
            now(change("bea-id", suspended=""))
        self.again()
        self.disk.fail("before", "COMMIT", FAULT)
        with pytest.raises(NotSaved):
            now(change("bea-id", suspended=""))

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_whoCanBeToldNothingAtOnceIsToldWhenTheDiskIsBack(self, when: str) -> None:
        self.prepared()
        gone(self.disk, when)
        result = outcome(self.store.removeInvitation("code"))
        self.clock.pump([AGAIN] * 3)
        assert result == []
        back(self.disk)
        # Whatever is written first, what is in doubt is looked up before it.
        now(self.store.changeAccount("bea-id", suspended="spam"))
        self.clock.advance(AGAIN)
        if when == "after":
            assert result == [CODE]
        else:
            assert [type(each) for each in result] == [NotSaved]
        assert now(self.store.invitations()) == ([] if when == "after" else [CODE])
        assert not self.clock.getDelayedCalls()

    @pytest.mark.parametrize("ends", ["the time", "the store"])
    def test_whatNobodyCanTellIsSaidToBeUnknown(self, ends: str) -> None:
        self.prepared()
        gone(self.disk, "after")
        result = outcome(self.store.changeAccount("bea-id", suspended="spam"))
        if ends == "the time":
            self.clock.pump([AGAIN] * TRIES)
        else:
            stopped = outcome(self.store.stop())
            assert [type(each) for each in stopped] == [NotSaved]
        assert [type(each) for each in result] == [NotKnown]
        assert not self.clock.getDelayedCalls()
        back(self.disk)
        if ends == "the store":
            self.store = self.makeStore(self.folder, self.clock.seconds)
            now(self.store.start())

    def test_aStoreWithoutAClockSaysAtOnceThatItIsUnknown(self) -> None:
        self.prepared()
        now(self.store.stop())
        url = f"sqlite:///{self.folder / 'chat.db'}"
        self.store = SqliteStore(url, NoThreads(), self.clock.seconds, self.disk.connect)
        now(self.store.start())
        gone(self.disk, "after")
        with pytest.raises(NotKnown, match="can't be opened"):
            now(self.store.changeAccount("bea-id", suspended="spam"))
        back(self.disk)


class TestPeople:
    """
    What people of a network see of it.
    """

    @pytest.fixture(autouse=True)
    def _network(self, tmp_path: Path) -> Iterator[None]:
        self.disk = Disk()
        file = tmp_path / "chat.db"
        file.write_bytes(template())

        def shaky(usual: object) -> SqliteStore:
            return SqliteStore(f"sqlite:///{file}", NoThreads(), lambda: AT, self.disk.connect)

        self.net = Net(nodes=1, wrap=shaky)
        yield
        self.net.now(self.net.store.stop())

    def test_whoIsSuspendedGoesAlsoWhereTheCommitIsInDoubt(self) -> None:
        oscar, bea = self.net.operator("oscar"), self.net.registered("bea")
        self.disk.fail("after", "COMMIT", FAULT)
        self.net.now(oscar.suspend("bea"))
        self.net.settle()
        assert bea.ended

    def test_whoRegistersIsRegisteredAlsoWhereTheCommitIsInDoubt(self) -> None:
        gus = self.net.guest("gus")
        self.disk.fail("after", "COMMIT", FAULT)
        self.net.now(gus.register("correct horse"))
        assert gus.account is not None

    def test_whoIsInARoomThatEndsIsToldAlsoWhereTheCommitIsInDoubt(self) -> None:
        ann, bea = self.net.registered("ann"), self.net.guest("bea")
        dev = self.net.join("dev", ann, bea)
        list(heard(bea))
        self.disk.fail("after", "COMMIT", FAULT)
        self.net.now(ann.destroy(dev))
        self.net.settle(1)
        (lines,) = heard(bea)
        assert len(lines) == 1
        assert "ended" in lines[0]
        assert bea.rooms == ann.rooms == []

    @pytest.mark.parametrize("texts", [("two",), ("two", "three")])
    def test_whoSpeaksAsTheDiskGoesDoesNotReadThatNobodyHasSeenIt(
        self, texts: tuple[str, ...]
    ) -> None:
        ann, bea = self.net.guest("ann"), self.net.guest("bea")
        self.net.join("dev", ann, bea)
        self.net.say(ann, "dev", "one")
        list(heard(ann, bea))
        gone(self.disk, "after")
        results = [outcome(ann.say(ann.roomNamed("dev"), text)) for text in texts]
        self.net.settle(1)
        assert [[type(each) for each in result] for result in results] == [[NotKnown]] * len(texts)
        # As long as the disk is away, what comes then is certainly not there.
        later = outcome(ann.say(ann.roomNamed("dev"), "later"))
        self.net.settle(1)
        assert [type(each) for each in later] == [NotSaved]
        assert list(heard(bea)) == [[]]
        back(self.disk)
        self.net.say(ann, "dev", "last")
        self.net.settle(1)
        assert [line.split()[-1] for line in next(heard(bea))] == [*texts, "last"]
