"""
L{twisted_chat.frontends.turns}: the commands of one connection take effect in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from tests.conftest import Wrongs
from twisted_chat.frontends.turns import PORTION, Turn, TurnLimits, Turns

LIMITS = TurnLimits(turns=8, size=100, patience=60)


class Doer:
    """
    Does nothing until a test says so. What begins with C{p} only publishes.

    @ivar behind: whether the client has still to read what was answered.
    @ivar unread: what it pushes when it is told to read on.
    """

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.doing: dict[str, Deferred[Any]] = {}
        self.paused = False
        self.late = 0
        self.atOnce = False
        self.behind = False
        self.unread: list[str] = []
        self.turns: Turns

    def publishes(self, turn: Turn) -> bool:
        return turn[1].startswith("p")

    def publish(self, turn: Turn, done: Callable[[object], None]) -> None:
        self._begin(turn[1]).addBoth(done)

    def act(self, turn: Turn, done: Callable[[object], None]) -> None:
        assert not self.doing, "a barrier waits for all before it"
        self._begin(turn[1]).addBoth(done)

    def _begin(self, text: str) -> Deferred[Any]:
        self.begun.append(text)
        if self.atOnce:
            return succeed(None)
        self.doing[text] = Deferred()
        return self.doing[text]

    def done(self, text: str) -> None:
        self.doing.pop(text).callback(None)

    def pauseProducing(self) -> None:
        assert not self.paused
        self.paused = True

    def resumeProducing(self) -> None:
        assert self.paused
        self.paused = False
        while self.unread and not self.paused:
            self.turns.push(("line", self.unread.pop(0)), 1)

    def overdue(self) -> None:
        self.late += 1


def made() -> tuple[Doer, Turns, Clock]:
    doer, clock = Doer(), Clock()
    doer.turns = Turns(doer, clock, LIMITS)
    return doer, doer.turns, clock


def push(turns: Turns, *texts: str, size: int = 1) -> None:
    for text in texts:
        turns.push(("line", text), size)


def test_whatOnlyPublishesIsNotWaitedFor() -> None:
    doer, turns, _ = made()
    push(turns, "p1", "p2", "p3")
    assert doer.begun == ["p1", "p2", "p3"]


def test_aBarrierWaitsForAllBeforeItAndAllBehindItWait() -> None:
    doer, turns, _ = made()
    push(turns, "p1", "p2", "b3", "p4", "b5")
    doer.done("p2")
    assert doer.begun == ["p1", "p2"]
    doer.done("p1")
    assert doer.begun == ["p1", "p2", "b3"]
    doer.done("b3")
    assert doer.begun == ["p1", "p2", "b3", "p4"]
    doer.done("p4")
    assert doer.begun[-1] == "b5"


def test_whoHasNotReadWhatWasAnsweredGetsNoMoreAnswersUntilThen() -> None:
    doer, turns, _ = made()
    doer.behind = True
    push(turns, "p1", "b2", "p3", "b4")
    doer.done("p1")
    assert doer.begun == ["p1"]
    doer.behind = False
    turns.readOn()
    assert doer.begun == ["p1", "b2"]
    doer.done("b2")
    doer.done("p3")
    assert doer.begun == ["p1", "b2", "p3", "b4"]


def test_whoNeverReadsWhatWasAnsweredIsNotWaitedForInVain() -> None:
    doer, turns, clock = made()
    doer.behind = True
    push(turns, "b1")
    clock.advance(LIMITS.patience)
    assert (doer.begun, doer.late) == ([], 1)
    turns.stop()
    turns.readOn()
    assert doer.begun == []


def test_whereNothingMoreIsBegunNobodyIsTooLate() -> None:
    doer, turns, clock = made()
    push(turns, "b1", "b2")
    turns.rest(10)
    turns.stop()
    assert clock.getDelayedCalls() == []
    doer.done("b1")
    assert doer.begun == ["b1"]
    assert clock.getDelayedCalls() == []


def test_whoHasGoneNeitherIsWaitedForNorHasToWait() -> None:
    doer, turns, clock = made()
    doer.behind = True
    doer.unread = ["b3"]
    turns.rest(10)
    push(turns, "b1", "p2")
    assert (doer.begun, turns.waits) == ([], True)
    doer.behind = False
    turns.hasten()
    assert (doer.begun, doer.paused) == (["b1"], False)
    doer.done("b1")
    assert (doer.begun, turns.waits) == (["b1", "p2"], True)
    doer.done("p2")
    assert (doer.begun, turns.waits) == (["b1", "p2", "b3"], False)
    doer.done("b3")
    assert not clock.getDelayedCalls()


def test_whatIsDoneAtOnceIsFollowedAtOnce() -> None:
    doer, turns, clock = made()
    doer.atOnce = True
    push(turns, "b1", "p2", "b3")
    assert doer.begun == ["b1", "p2", "b3"]
    assert not clock.getDelayedCalls()


def test_readingPausesWhenManyAreOutstandingAndResumesAtHalf() -> None:
    doer, turns, _ = made()
    push(turns, *(f"p{n}" for n in range(LIMITS.turns - 1)))
    assert not doer.paused
    push(turns, "p7")
    assert doer.paused
    for n in range(3):
        doer.done(f"p{n}")
    assert doer.paused
    doer.done("p3")
    assert not doer.paused


def test_readingPausesWhenManyBytesAreOutstanding() -> None:
    doer, turns, _ = made()
    push(turns, "p1", size=LIMITS.size)
    assert doer.paused
    doer.done("p1")
    assert not doer.paused


def test_readingPausesWhenManyWaitBehindABarrier() -> None:
    doer, turns, _ = made()
    push(turns, "b0", *(f"p{n}" for n in range(1, LIMITS.turns)))
    assert doer.paused
    doer.done("b0")
    assert len(doer.begun) == LIMITS.turns
    assert doer.paused, "they are outstanding now"


def test_neverMoreAreOutstandingThanAllowedThoughMoreArePushed() -> None:
    doer, turns, _ = made()
    push(turns, *(f"p{n}" for n in range(3 * LIMITS.turns)))
    assert len(doer.doing) == LIMITS.turns
    doer.done("p0")
    assert doer.begun[-1] == f"p{LIMITS.turns}"


def test_whatWasReadWhilePausedComesWhenReadingResumes() -> None:
    doer, turns, _ = made()
    push(turns, *(f"p{n}" for n in range(LIMITS.turns)))
    doer.unread = ["p8", "b9"]
    for n in range(LIMITS.turns):
        doer.done(f"p{n}")
    doer.done("p8")
    assert doer.begun[-2:] == ["p8", "b9"]


def test_idleIsWhenAllIsDoneAndNothingWasLeftUnread() -> None:
    doer, turns, _ = made()
    push(turns, "b0", *(f"p{n}" for n in range(1, LIMITS.turns)))
    doer.unread = ["b8"]
    fired: list[None] = []
    turns.whenIdle().addCallback(fired.append)
    doer.done("b0")
    for n in range(1, LIMITS.turns):
        doer.done(f"p{n}")
    assert doer.begun[-1] == "b8"
    assert not fired
    doer.done("b8")
    assert fired == [None]
    turns.whenIdle().addCallback(fired.append)
    assert len(fired) == 2


def test_patienceEndsWhenABarrierIsNotDoneInTime() -> None:
    doer, turns, clock = made()
    push(turns, "b1")
    clock.advance(LIMITS.patience - 1)
    assert doer.late == 0
    clock.advance(1)
    assert doer.late == 1


def test_patienceEndsWhileReadingIsPaused() -> None:
    doer, turns, clock = made()
    push(turns, *(f"p{n}" for n in range(LIMITS.turns)))
    clock.advance(LIMITS.patience)
    assert doer.late == 1


def test_patienceBeginsAnewWithEachOneThatIsDone() -> None:
    doer, turns, clock = made()
    push(turns, "p1", "p2", "b3")
    for text in ("p1", "p2", "b3"):
        clock.advance(LIMITS.patience - 1)
        doer.done(text)
    assert doer.late == 0
    assert not clock.getDelayedCalls()


def test_noTimerRunsWhileTheClientCanBeHeard() -> None:
    _, turns, clock = made()
    push(turns, "p1", "p2")
    assert not clock.getDelayedCalls()


def test_nothingBeginsAfterTheEnd() -> None:
    doer, turns, clock = made()
    push(turns, "p1", "b2", "b3")
    fired: list[None] = []
    turns.whenIdle().addCallback(fired.append)
    turns.stop()
    doer.done("p1")
    push(turns, "b4")
    assert doer.begun == ["p1"]
    assert not clock.getDelayedCalls()
    assert not fired


def test_aTurnThatFailsIsLoggedAndDoesNotStopTheOthers(wrongs: Wrongs) -> None:
    doer, turns, _ = made()
    push(turns, "b1", "b2")
    doer.doing.pop("b1").errback(Failure(ZeroDivisionError()))
    assert doer.begun == ["b1", "b2"]
    assert len(wrongs.flush(ZeroDivisionError)) == 1


@pytest.mark.parametrize("text", ["p", "b"])
def test_aThousandThatAreDoneAtOnceNeedNoDeepStack(text: str) -> None:
    doer, turns, _ = made()
    push(turns, "b0")
    doer.atOnce = True
    push(turns, *[text] * 1000)
    doer.done("b0")
    assert len(doer.begun) == 1001


@given(st.lists(st.sampled_from("pb"), max_size=40), st.randoms(use_true_random=False))
def test_allTakeEffectInTheOrderInWhichTheyCame(kinds: list[str], random: Any) -> None:
    doer, turns, clock = made()
    texts = [f"{kind}{n}" for n, kind in enumerate(kinds)]
    doer.unread = list(texts)
    while doer.unread or doer.doing:
        if doer.unread and not doer.paused and random.random() < 0.6:
            push(turns, doer.unread.pop(0))
        elif doer.doing:
            doer.done(random.choice(list(doer.doing)))
    assert doer.begun == texts
    assert turns.idle
    assert not doer.paused
    assert not clock.getDelayedCalls()


def test_whoTakesMuchOfTheServersTimeIsReadOnAfterOthersHadTheirTurn() -> None:
    clock = Clock()

    class Slow(Doer):
        """
        Takes three tenths of a portion for each turn.

        @ivar rests: after how many turns reading paused.
        """

        def __init__(self) -> None:
            super().__init__()
            self.atOnce = True
            self.rests: list[int] = []

        def act(self, turn: Turn, done: Callable[[object], None]) -> None:
            clock.rightNow += 0.3 * PORTION
            super().act(turn, done)

        def pauseProducing(self) -> None:
            super().pauseProducing()
            self.rests.append(len(self.begun))

    doer = Slow()
    doer.turns = Turns(doer, clock, LIMITS)
    doer.unread = [f"b{number}" for number in range(10)]
    doer.paused = True
    doer.resumeProducing()
    assert (len(doer.begun), doer.paused) == (4, True)
    clock.advance(0)
    assert doer.begun == [f"b{number}" for number in range(10)]
    assert (doer.rests, doer.paused) == ([4, 8], False)


def test_soAreThoseWhichHaveWaitedForAnotherOne() -> None:
    doer, turns, clock = made()
    push(turns, "b0", "b1", "b2", "p3", "b4", "b5")
    begin = doer.act

    def slowly(turn: Turn, done: Callable[[object], None]) -> None:
        clock.rightNow += 0.6 * PORTION
        begin(turn, done)

    doer.atOnce, doer.act = True, slowly  # type: ignore[method-assign]
    doer.done("b0")
    assert (doer.begun, turns.idle) == (["b0", "b1", "b2"], False)
    push(turns, "p6")
    turns.readOn()
    assert doer.begun == ["b0", "b1", "b2"]
    clock.advance(0)
    assert doer.begun == ["b0", "b1", "b2", "p3", "b4", "b5", "p6"]
    assert (turns.idle, clock.getDelayedCalls()) == (True, [])


def test_whoHasToRestRestsAsLongHoweverMuchTimeTheyHaveTaken() -> None:
    doer, turns, clock = made()

    def take(turn: Turn, done: Callable[[object], None]) -> None:
        clock.rightNow += PORTION
        turns.rest(10)
        done(None)

    doer.act = take  # type: ignore[method-assign]
    turns.push(("line", "b"), 1)
    clock.advance(9)
    assert doer.paused
    clock.advance(1)
    assert not doer.paused
