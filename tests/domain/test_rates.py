"""
Rates: who does too much waits, is told for how long, and slows nobody else.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from twisted.internet.task import Clock

from twisted_chat.domain.errors import TooFast, TooManyHere
from twisted_chat.domain.rates import (
    MOST_UNTOLD,
    PATIENCE,
    SHARED,
    Rate,
    RateLimits,
    Rates,
)
from twisted_chat.domain.units import HOURS, MINUTES

HERE, THERE, TRUSTED = "192.0.2.7", "192.0.2.8", "127.0.0.1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rates(clock: Clock) -> Rates:
    return Rates(RateLimits(), clock.seconds, lambda address: address == TRUSTED)


def test_aConnectionMaySayTwentyLinesAtOnceAndThenFiveASecond(clock: Clock, rates: Rates) -> None:
    bucket = rates.lineBucket(HERE)
    assert bucket is not None
    assert [bucket.spend() for _ in range(20)] == [0.0] * 20
    assert bucket.spend() == pytest.approx(0.2)
    assert bucket.spend() == pytest.approx(0.4)
    clock.advance(1)
    assert [bucket.spend() for _ in range(3)] == [0.0] * 3
    assert bucket.spend() > 0


def test_linesOfOneAccountCountTogetherAndThoseOfAnotherDoNot(rates: Rates) -> None:
    assert [rates.line(HERE, "alex") for _ in range(20)] == [0.0] * 20
    assert rates.line(THERE, "alex") > 0
    assert rates.line(THERE, "bea") == 0


def test_guestsOfOneAddressMaySaySeveralTimesWhatOneMay(rates: Rates) -> None:
    assert [rates.line(HERE, "") for _ in range(20 * SHARED)] == [0.0] * 20 * SHARED
    assert rates.line(HERE, "") > 0
    assert rates.line(THERE, "") == 0


def test_whoIsTrustedIsNotCounted(rates: Rates) -> None:
    assert rates.lineBucket(TRUSTED) is None
    for _ in range(100):
        rates.arrive(TRUSTED)
        rates.join("one", TRUSTED)
        rates.makeRoom(TRUSTED, "")
        rates.login(TRUSTED, "alex")
        rates.registration(TRUSTED)


def test_joinsAreCountedBySessionAndTheWaitIsTold(clock: Clock, rates: Rates) -> None:
    for _ in range(20):
        rates.join("one", HERE)
    with pytest.raises(TooFast) as refused:
        rates.join("one", HERE)
    assert refused.value.text == "You join too fast. Wait 3 s."
    rates.join("two", HERE)
    clock.advance(3)
    rates.join("one", HERE)


def test_passwordsOfRoomsAreGuessedNoFasterByComingAgain(clock: Clock, rates: Rates) -> None:
    for number in range(20 * SHARED):
        rates.join(f"visit {number}", HERE, "guess")
    with pytest.raises(TooFast):
        rates.join("one more", HERE, "guess")
    rates.join("without", HERE)
    rates.join("elsewhere", THERE, "guess")
    clock.advance(MINUTES / 20)
    rates.join("later", HERE, "guess")


def test_roomsAreMadeNoFasterByComingAgain(clock: Clock, rates: Rates) -> None:
    for _ in range(20 * SHARED):
        rates.makeRoom(HERE, "")
    with pytest.raises(TooFast) as refused:
        rates.makeRoom(HERE, "")
    assert refused.value.text == "You make rooms too fast. Wait 1 s."
    rates.makeRoom(THERE, "")
    for _ in range(20):
        rates.makeRoom(HERE, "bea")
    with pytest.raises(TooFast):
        rates.makeRoom(THERE, "bea")
    clock.advance(MINUTES / 20)
    rates.makeRoom(HERE, "")
    rates.makeRoom(HERE, "bea")


def test_guestsOfAnAddressMakeFewRoomsInADay(clock: Clock, rates: Rates) -> None:
    made = 0
    for _ in range(60 * 24):
        with suppress(TooFast):
            while True:
                rates.makeRoom(HERE, "")
                made += 1
        clock.advance(MINUTES)
    assert 790 < made < 810
    rates.makeRoom(THERE, "")
    rates.makeRoom(HERE, "bea")


@pytest.mark.parametrize("name", ["alex", "nobody"])
def test_passwordsAreCountedByAddressAndByAccount(clock: Clock, rates: Rates, name: str) -> None:
    for _ in range(5):
        rates.login(HERE, name)
    with pytest.raises(TooFast):
        rates.login(HERE, "other")
    with pytest.raises(TooFast):
        rates.login(THERE, name)
    clock.advance(1 * MINUTES)
    rates.login(HERE, name)


def test_anAddressRegistersFiveAccountsInAnHour(clock: Clock, rates: Rates) -> None:
    for _ in range(5):
        rates.registration(HERE)
    with pytest.raises(TooFast):
        rates.registration(HERE)
    rates.registration(THERE)
    clock.advance(HOURS / 5)
    rates.registration(HERE)


def test_newConnectionsComeThirtyAtOnceAndThreeASecond(clock: Clock, rates: Rates) -> None:
    for _ in range(30):
        rates.arrive(HERE)
        rates.depart(HERE)
    with pytest.raises(TooFast):
        rates.arrive(HERE)
    rates.depart(HERE)
    rates.arrive(THERE)
    clock.advance(1)
    rates.arrive(HERE)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ],
)
def test_connectionsOfOneAddressAreCountedWhatever64TheyAreIn(
    clock: Clock, first: str, second: str, same: bool
) -> None:
    rates = Rates(RateLimits(connections=Rate(1000, 1000), here=2), clock.seconds)
    rates.arrive(first)
    rates.arrive(first)
    if same:
        with pytest.raises(TooManyHere):
            rates.arrive(second)
        rates.depart(second)
        rates.depart(first)
    rates.arrive(second)


def test_whereOneOfSeveralConnectionsGoesTheOthersAreCountedOn(clock: Clock) -> None:
    rates = Rates(RateLimits(connections=Rate(1000, 1000), here=3), clock.seconds)
    for _ in range(3):
        rates.arrive(HERE)
    rates.depart(HERE)
    rates.arrive(HERE)
    with pytest.raises(TooManyHere):
        rates.arrive(HERE)


def test_whoGoesOnAfterManyRefusalsIsToBeDisconnected(clock: Clock, rates: Rates) -> None:
    one, two = rates.patience(), rates.patience()
    assert not any(one.take() for _ in range(PATIENCE))
    assert one.take()
    assert not two.take()


def test_otherLimitsHoldAtOnce(clock: Clock, rates: Rates) -> None:
    rates.change(RateLimits(registrations=Rate(1, 1)))
    rates.registration(HERE)
    with pytest.raises(TooFast):
        rates.registration(HERE)


def test_theLogIsToldOfRefusedConnectionsNowAndThenAndHowManyThereWere(
    clock: Clock, rates: Rates
) -> None:
    assert [rates.turnedAway(HERE) for _ in range(100)] == [1] * 5 + [0] * 95
    assert rates.turnedAway(THERE) == 1
    clock.advance(MINUTES)
    assert [rates.turnedAway(HERE) for _ in range(3)] == [96, 0, 0]


def test_theLogIsToldOfWhoHasToWaitAllTheTimeOnceAMinute(clock: Clock, rates: Rates) -> None:
    def waiting(seconds: int, who: str = HERE) -> int:
        """
        Five times a second: as one who sends without an end is read.
        """
        told = 0
        for _ in range(5 * seconds):
            told += rates.floods(who)
            clock.advance(0.2)
        return told

    assert waiting(20) == 0, "somebody has pasted a text"
    assert waiting(10) == 1
    assert waiting(60) == 1
    assert waiting(20, THERE) == 0
    clock.advance(2 * MINUTES)
    assert waiting(20) == 0


def test_howManyWereRefusedIsKeptOfALimitedNumberOfAddresses(rates: Rates) -> None:
    for number in range(MOST_UNTOLD + 50):
        for _ in range(6):
            rates.turnedAway(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(rates._untold) == MOST_UNTOLD
