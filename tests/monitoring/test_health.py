"""
L{twisted_chat.monitoring.health}: whether the log takes writes, without loading the disk.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from tests.conftest import Wrongs
from tests.doubles import START
from twisted_chat.domain.counts import Counts
from twisted_chat.domain.errors import NotSaved
from twisted_chat.monitoring.health import FRESH, PATIENCE, REMEMBERED, STARTING, STOPPING, Health


class Log:
    """
    As much of a hub as health needs, with a store that does what it is told.

    @ivar writes: how often something was written.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.counts = Counts()
        self.store = self
        self.writes = 0
        self.result: Any = lambda: succeed(None)
        self.health = Health(self)  # type: ignore[arg-type]
        self.health.standing = ""

    def setNetworkFact(self, name: str, value: object) -> Deferred[None]:
        """
        IStore.setNetworkFact.
        """
        self.writes += 1
        answer: Deferred[None] = self.result()
        return answer

    def check(self) -> list[str]:
        """
        @return: the answer; none yet if there is none.
        """
        found: list[str] = []
        self.health.check().addCallback(found.append)
        return found


@pytest.fixture
def log() -> Log:
    """
    One that is open.
    """
    return Log()


def test_aLogThatTakesATinyWriteIsWell(log: Log) -> None:
    assert log.check() == [""]
    assert log.writes == 1


def test_whatWasJustCommittedNeedsNoWrite(log: Log) -> None:
    log.counts.committedAt = log.clock.seconds()
    assert log.check() == [""]
    log.clock.advance(FRESH)
    assert log.check() == [""]
    assert log.writes == 0
    log.clock.advance(1)
    log.check()
    assert log.writes == 1


def test_howeverOftenSomebodyAsksTheDiskIsAskedOnceInAWhile(log: Log) -> None:
    for _ in range(100):
        assert log.check() == [""]
        log.clock.advance(FRESH / 100)
    assert log.writes == 1


def test_whoAsksMeanwhileWaitsForTheSameAnswer(log: Log) -> None:
    answer: Deferred[None] = Deferred()
    log.result = lambda: answer
    one, two = log.check(), log.check()
    assert (one, two, log.writes) == ([], [], 1)
    answer.callback(None)
    assert (one, two) == ([""], [""])
    assert log.clock.getDelayedCalls() == []


def test_aLogThatRefusesIsNotWellUntilItTakesWritesAgain(log: Log) -> None:
    log.result = lambda: fail(NotSaved(why="the disk is full"))
    (why,) = log.check()
    assert "the disk is full" in why
    assert log.check() == [why]
    log.result = lambda: succeed(None)
    log.clock.advance(FRESH + 1)
    assert log.check() == [""]


def test_aCommitShowsThatItHasHealed(log: Log) -> None:
    log.result = lambda: fail(NotSaved(why="the disk is full"))
    log.check()
    log.counts.committedAt = log.clock.seconds()
    assert log.check() == [""]


def test_aMessageThatWasNotSavedCountsForMoreThanATinyWriteForAWhile(log: Log) -> None:
    log.counts.unsaved(log.clock.seconds(), "Not saved: the disk is full.")
    assert log.check() == ["Not saved: the disk is full."]
    assert log.writes == 0
    log.clock.advance(REMEMBERED + 1)
    assert log.check() == [""]
    log.counts.unsaved(log.clock.seconds(), "Not saved: the disk is full.")
    log.counts.saved(log.clock.seconds())
    assert log.check() == [""]


def test_aLogThatHangsIsToldSoInTimeAndIsAskedNoMore(log: Log) -> None:
    answer: Deferred[None] = Deferred()
    log.result = lambda: answer
    found = log.check()
    assert not log.health.hangs
    log.clock.advance(PATIENCE)
    assert found == ["the log has not answered for 2 s"]
    assert log.health.hangs
    log.clock.advance(10 * FRESH)
    assert log.check() == found
    assert log.writes == 1
    answer.callback(None)
    assert not log.health.hangs
    assert log.check() == [""]


def test_aClockThatIsSetBackLeavesNothingUnasked(log: Log) -> None:
    log.counts.committedAt = log.clock.seconds()
    log.check()
    log.clock.rightNow -= 3600
    log.result = lambda: fail(NotSaved(why="the disk is full"))
    (why,) = log.check()
    assert "the disk is full" in why
    log.clock.rightNow -= 3600
    log.result = lambda: succeed(None)
    assert log.check() == [""]
    log.counts.unsaved(log.clock.seconds(), "Not saved: the disk is full.")
    log.clock.rightNow -= 3600
    assert log.check() == [""]


def test_aBugIsLoggedAndNotToldToEverybody(log: Log, wrongs: Wrongs) -> None:
    log.result = lambda: fail(ZeroDivisionError("a bug"))
    assert log.check() == ["the log can't be written to"]
    assert len(wrongs.flush(ZeroDivisionError)) == 1


def test_beforeTheStartAndAfterTheEndItIsNotWell(log: Log) -> None:
    log.health.standing = STARTING
    assert log.check() == [STARTING]
    log.health.standing = ""
    log.result = lambda: Deferred()
    found = log.check()
    log.health.stop()
    assert found == [STOPPING]
    assert log.check() == [STOPPING]
    assert log.clock.getDelayedCalls() == []
