"""
The rules of token buckets.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twisted_chat.domain.limits import Buckets, TokenBucket


class Watch:
    """
    A clock that can be set, back too.
    """

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def seconds(self) -> float:
        return self.now


def test_aBurstIsAllowedThenTheRate() -> None:
    clock = Clock()
    bucket = TokenBucket(5.0, 20.0, clock.seconds)
    assert [bucket.take() for _ in range(20)] == [0.0] * 20
    assert bucket.take() == pytest.approx(0.2)
    clock.advance(0.2)
    assert bucket.take() == 0.0
    assert bucket.take() > 0.0


def test_whatIsRefusedTakesNothing() -> None:
    clock = Clock()
    bucket = TokenBucket(1.0, 2.0, clock.seconds)
    bucket.take(1.5)
    assert [bucket.take() for _ in range(3)] == [pytest.approx(0.5)] * 3
    assert bucket.take(0.5) == 0.0


def test_itHoldsNoMoreThanItsBurstHoweverLongItWaits() -> None:
    clock = Clock()
    bucket = TokenBucket(1.0, 3.0, clock.seconds)
    clock.advance(1e9)
    assert [bucket.take() for _ in range(3)] == [0.0] * 3
    assert bucket.take() > 0.0


def test_aClockThatGoesBackNeitherGivesNorLocks() -> None:
    watch = Watch(1000.0)
    bucket = TokenBucket(1.0, 2.0, watch.seconds)
    bucket.take(2.0)
    watch.now = 0.0
    assert bucket.take() == pytest.approx(1.0)
    watch.now = 1.0
    assert bucket.take() == 0.0
    assert bucket.take() == pytest.approx(1.0)


def test_whatCostsMoreThanAFullBucketIsHadForAFullOne() -> None:
    clock = Clock()
    bucket = TokenBucket(1.0, 4.0, clock.seconds)
    bucket.take(1.0)
    assert bucket.take(100.0) == pytest.approx(1.0)
    clock.advance(1.0)
    assert bucket.take(100.0) == 0.0
    assert bucket.take() == pytest.approx(1.0)


@given(
    st.floats(0.01, 1000.0),
    st.floats(1.0, 100.0),
    st.floats(0.0, 2e9),
    st.lists(st.floats(0.0, 10.0), max_size=20),
)
def test_whoeverWaitsAsLongAsToldIsLetThrough(
    rate: float, burst: float, start: float, takes: list[float]
) -> None:
    watch = Watch(start)
    bucket = TokenBucket(rate, burst, watch.seconds)
    for n in takes:
        wait = bucket.take(n)
        assert 0.0 <= wait <= burst / rate
        if wait:
            watch.now += wait
            assert bucket.take(n) == 0.0


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 4.0)), max_size=50))
def test_neverMoreIsLetThroughThanTheBurstAndTheRateAllow(
    steps: list[tuple[float, float]],
) -> None:
    watch = Watch()
    bucket = TokenBucket(2.0, 5.0, watch.seconds)
    taken = 0.0
    for pause, n in steps:
        watch.now += pause
        taken += n if not bucket.take(n) else 0.0
        assert taken <= 5.0 + 2.0 * watch.now + 1e-3


@pytest.mark.parametrize(
    ("rate", "burst"), [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (float("nan"), 1.0)]
)
def test_rateAndBurstAreMoreThanZero(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        TokenBucket(rate, burst, Clock().seconds)


def test_eachKeyHasABucketOfItsOwn() -> None:
    buckets = Buckets(1.0, 1.0, Clock().seconds)
    assert buckets.take("a") == 0.0
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0.0


def test_itKeepsNoMoreKeysThanItMay() -> None:
    buckets = Buckets(1.0, 1.0, Clock().seconds, maxKeys=10)
    for key in range(1000):
        buckets.take(key)
    assert len(buckets) == 10
    with pytest.raises(ValueError, match="maxKeys"):
        Buckets(1.0, 1.0, Clock().seconds, maxKeys=0)


def test_fullOnesGoAsOthersComeEvenWhereThereIsRoom() -> None:
    clock = Clock()
    buckets = Buckets(1.0, 10.0, clock.seconds)
    buckets.take("spender", 10.0)
    for key in range(100):
        clock.advance(0.01)
        buckets.take(key)
    assert len(buckets) == 101
    clock.advance(5.0)
    for key in range(100, 500):
        clock.advance(0.05)
        buckets.take(key)
    assert "spender" not in buckets
    assert len(buckets) <= 25


def test_aFullBucketGoesBeforeAnOlderOneThatIsNot() -> None:
    clock = Clock()
    buckets = Buckets(1.0, 10.0, clock.seconds, maxKeys=2)
    buckets.take("spender", 10.0)
    buckets.take("saver", 1.0)
    clock.advance(1.0)
    buckets.take("new")
    assert "spender" in buckets
    assert "saver" not in buckets


def test_ifNoneIsFullTheOneUsedLongestAgoGoes() -> None:
    buckets = Buckets(1.0, 10.0, Clock().seconds, maxKeys=2)
    buckets.take("a", 5.0)
    buckets.take("b", 5.0)
    buckets.take("a")
    buckets.take("c")
    assert "a" in buckets
    assert "b" not in buckets
