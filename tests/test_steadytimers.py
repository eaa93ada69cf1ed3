"""
Timers and a clock that somebody sets.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from tests.systemreactor import SystemReactor, closeReactor
from twisted_chat import steadytimers
from twisted_chat.steadytimers import SteadyTimers, elapsedOf, workedOf

YEAR = 366 * 86_400.0


class Reactor(SystemReactor):
    """
    One whose time of day is set.
    """

    now = 1_790_000_000.0

    def seconds(self) -> float:
        """
        The time of day.
        """
        return self.now


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    made = Reactor()
    yield made
    closeReactor(made)


def test_aClockThatIsSetBackDelaysNoTimer(reactor: Reactor) -> None:
    called: list[int] = []
    timers = SteadyTimers(reactor)
    timers.begin()
    timers.callLater(0, called.append, 1)
    reactor.now -= YEAR
    reactor.runUntilCurrent()
    assert called == [1]


def test_aClockThatIsSetForwardHurriesNoTimer(reactor: Reactor) -> None:
    timers = SteadyTimers(reactor)
    timers.begin()
    waiting = timers.callLater(3600, lambda: None)
    reactor.now += 2 * YEAR
    reactor.runUntilCurrent()
    assert waiting.active()
    waiting.cancel()


def test_theSecondsAreTheTimeOfDayAndRatesGoByTheTimers(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers = SteadyTimers(reactor)
    timers.begin()
    monkeypatch.setattr(steadytimers, "seconds", lambda: 12.0)
    monkeypatch.setattr(steadytimers, "monotonic", lambda: 34.0)
    assert (timers.seconds(), elapsedOf(timers)()) == (12.0, 34.0)


def test_workIsWhatTheThreadHasDoneAndElseTheTimeThatHasGoneBy(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steadytimers, "thread_time", lambda: 56.0)
    assert workedOf(SteadyTimers(reactor))() == 56.0
    clock = Clock()
    clock.advance(7)
    assert workedOf(clock)() == 7.0
