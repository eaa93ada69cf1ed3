"""
L{twisted_chat.frontends.irc.moments}: whatever time a client gives, it has a last moment.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twisted_chat.frontends.irc import moments
from twisted_chat.frontends.irc.moments import lastMoment, millisecond, readTime

FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999


def test_theFirstAndTheLastTimeThatCanBeSaidAreRead() -> None:
    assert readTime("0001-01-01T00:00:00.000Z") == FIRST
    assert readTime("9999-12-31T23:59:59.999999Z") == LAST
    assert readTime("1970-01-01T00:00:00Z") == 0
    for wrong in ("0000-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026", "", "*"):
        assert readTime(wrong) is None


@pytest.fixture
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0

    def counted(at: float) -> int:
        nonlocal steps
        steps += 1
        assert steps < 100_000, "it does not come to an end"
        return millisecond(at)

    monkeypatch.setattr(moments, "millisecond", counted)


@pytest.mark.usefixtures("_counted")
@given(st.integers(FIRST - 1, LAST))
@example(-1)
@example(0)
@example(-500)
@example(FIRST - 1)
@example(LAST)
def test_theLastMomentOfAMillisecondIsInItAndTheNextIsNot(at: int) -> None:
    moment = lastMoment(at)
    assert millisecond(moment) == at
    after = moment
    while millisecond(after) == at:
        after = math.nextafter(after, math.inf)
    assert after - moment < 0.001
