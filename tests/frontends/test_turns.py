"""
L{twisted_chat.frontends.turns}: the commands of one connection take effect in order.
"""

from __future__ import annotations

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

    def publish(self, turn: Turn) -> Deferred[Any]:
        return self._begin(turn[1])

    def act(self, turn: Turn) -> Deferred[Any]:
        assert not self.doing, "a barrier waits for all before it"
        return self._begin(turn[1])

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


def test_what_only_publishes_is_not_waited_for() -> None:
    doer, turns, _ = made()
    push(turns, "p1", "p2", "p3")
    assert doer.begun == ["p1", "p2", "p3"]


def test_a_barrier_waits_for_all_before_it_and_all_behind_it_wait() -> None:
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


def test_who_has_not_read_what_was_answered_gets_no_more_answers_until_then() -> None:
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


def test_who_never_reads_what_was_answered_is_not_waited_for_in_vain() -> None:
    doer, turns, clock = made()
    doer.behind = True
    push(turns, "b1")
    clock.advance(LIMITS.patience)
    assert (doer.begun, doer.late) == ([], 1)
    turns.stop()
    turns.readOn()
    assert doer.begun == []


def test_who_has_gone_neither_is_waited_for_nor_has_to_wait() -> None:
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


def test_what_is_done_at_once_is_followed_at_once() -> None:
    doer, turns, clock = made()
    doer.atOnce = True
    push(turns, "b1", "p2", "b3")
    assert doer.begun == ["b1", "p2", "b3"]
    assert not clock.getDelayedCalls()


def test_reading_pauses_when_many_are_outstanding_and_resumes_at_half() -> None:
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


def test_reading_pauses_when_many_bytes_are_outstanding() -> None:
    doer, turns, _ = made()
    push(turns, "p1", size=LIMITS.size)
    assert doer.paused
    doer.done("p1")
    assert not doer.paused


def test_reading_pauses_when_many_wait_behind_a_barrier() -> None:
    doer, turns, _ = made()
    push(turns, "b0", *(f"p{n}" for n in range(1, LIMITS.turns)))
    assert doer.paused
    doer.done("b0")
    assert len(doer.begun) == LIMITS.turns
    assert doer.paused, "they are outstanding now"


def test_never_more_are_outstanding_than_allowed_though_more_are_pushed() -> None:
    doer, turns, _ = made()
    push(turns, *(f"p{n}" for n in range(3 * LIMITS.turns)))
    assert len(doer.doing) == LIMITS.turns
    doer.done("p0")
    assert doer.begun[-1] == f"p{LIMITS.turns}"


def test_what_was_read_while_paused_comes_when_reading_resumes() -> None:
    doer, turns, _ = made()
    push(turns, *(f"p{n}" for n in range(LIMITS.turns)))
    doer.unread = ["p8", "b9"]
    for n in range(LIMITS.turns):
        doer.done(f"p{n}")
    doer.done("p8")
    assert doer.begun[-2:] == ["p8", "b9"]


def test_idle_is_when_all_is_done_and_nothing_was_left_unread() -> None:
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


def test_patience_ends_when_a_barrier_is_not_done_in_time() -> None:
    doer, turns, clock = made()
    push(turns, "b1")
    clock.advance(LIMITS.patience - 1)
    assert doer.late == 0
    clock.advance(1)
    assert doer.late == 1


def test_patience_ends_while_reading_is_paused() -> None:
    doer, turns, clock = made()
    push(turns, *(f"p{n}" for n in range(LIMITS.turns)))
    clock.advance(LIMITS.patience)
    assert doer.late == 1


def test_patience_begins_anew_with_each_one_that_is_done() -> None:
    doer, turns, clock = made()
    push(turns, "p1", "p2", "b3")
    for text in ("p1", "p2", "b3"):
        clock.advance(LIMITS.patience - 1)
        doer.done(text)
    assert doer.late == 0
    assert not clock.getDelayedCalls()


def test_no_timer_runs_while_the_client_can_be_heard() -> None:
    _, turns, clock = made()
    push(turns, "p1", "p2")
    assert not clock.getDelayedCalls()


def test_nothing_begins_after_the_end() -> None:
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


def test_a_turn_that_fails_is_logged_and_does_not_stop_the_others(wrongs: Wrongs) -> None:
    doer, turns, _ = made()
    push(turns, "b1", "b2")
    doer.doing.pop("b1").errback(Failure(ZeroDivisionError()))
    assert doer.begun == ["b1", "b2"]
    assert len(wrongs.flush(ZeroDivisionError)) == 1


@pytest.mark.parametrize("text", ["p", "b"])
def test_a_thousand_that_are_done_at_once_need_no_deep_stack(text: str) -> None:
    doer, turns, _ = made()
    push(turns, "b0")
    doer.atOnce = True
    push(turns, *[text] * 1000)
    doer.done("b0")
    assert len(doer.begun) == 1001


@given(st.lists(st.sampled_from("pb"), max_size=40), st.randoms(use_true_random=False))
def test_all_take_effect_in_the_order_in_which_they_came(kinds: list[str], random: Any) -> None:
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


def test_who_takes_much_of_the_servers_time_is_read_on_after_others_had_their_turn() -> None:
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

        def act(self, turn: Turn) -> Deferred[Any]:
            clock.rightNow += 0.3 * PORTION
            return super().act(turn)

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


def test_who_has_to_rest_rests_as_long_however_much_time_they_have_taken() -> None:
    doer, turns, clock = made()

    def take(turn: Turn) -> Deferred[Any]:
        clock.rightNow += PORTION
        turns.rest(10)
        return succeed(None)

    doer.act = take  # type: ignore[method-assign]
    turns.push(("line", "b"), 1)
    clock.advance(9)
    assert doer.paused
    clock.advance(1)
    assert not doer.paused
