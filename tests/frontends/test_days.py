"""
Whoever reads for long reads when another day begins.
"""

from __future__ import annotations

import pytest

from tests.frontends.clients import Doors, untimed
from twisted_chat.domain.units import DAYS, HOURS, MINUTES

MIDNIGHT = 1_795_392_000.0
"""Monday, 23 November 2026, 00:00 UTC."""


@pytest.fixture
def doors() -> Doors:
    """
    Ten minutes before midnight.
    """
    found = Doors()
    found.net.clock.advance(MIDNIGHT - 10 * MINUTES - found.net.clock.seconds())
    return found


def test_beforeTheFirstThingOfADayStandsWhichOneItIs(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea", node=1)
    alex.type("late")
    bea.got()
    doors.net.clock.advance(20 * MINUTES)
    # Not before there is something to read, and once.
    assert bea.got() == ""
    alex.type("early", "and more")
    assert untimed(bea.got()) == (
        "* It is Monday, 23 November 2026\nhh:mm #2 <alex> early\nhh:mm #3 <alex> and more\n"
    )
    assert alex.type("/names") == "* It is Monday, 23 November 2026\n* In lobby now: alex and bea\n"
    doors.net.clock.advance(3 * DAYS)
    assert "It is" not in bea.type("hello")
    assert untimed(alex.got()) == "* It is Thursday, 26 November 2026\nhh:mm #4 <bea> hello\n"


def test_aDayBeginsWhereItsReaderIs(doors: Doors) -> None:
    alex, bea, carl = (doors.enter(name) for name in ("alex", "bea", "carl"))
    bea.type("/set zone +05:45")
    carl.type("/set zone -01:00")
    alex.type("in the evening")
    bea.got()
    carl.got()
    doors.net.clock.advance(20 * MINUTES)
    alex.type("one")
    assert untimed(bea.got()) == untimed(carl.got()) == "hh:mm #2 <alex> one\n"
    doors.net.clock.advance(1 * HOURS)
    alex.type("two")
    assert untimed(carl.got()) == "* It is Monday, 23 November 2026\nhh:mm #3 <alex> two\n"
    assert untimed(bea.got()) == "hh:mm #3 <alex> two\n"


def test_whoWantsQuietIsNotToldOfIt(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea")
    bea.type("/quiet on")
    doors.net.clock.advance(20 * MINUTES)
    alex.type("one")
    assert untimed(bea.got()) == "hh:mm #1 <alex> one\n"


def test_whoIsNotInIsNotToldOfIt(doors: Doors) -> None:
    alex = doors.enter("alex")
    doors.net.clock.advance(20 * MINUTES)
    answer = alex.type("/logout")
    assert answer.endswith("* You are logged out\nYour name: ")
    assert "It is" not in alex.type("alexa")


def test_withTheServerItsTimersEnd(doors: Doors) -> None:
    before = len(doors.net.clock.getDelayedCalls())
    for factory in doors.factories:
        factory.stopReading()
    assert len(doors.net.clock.getDelayedCalls()) == before - 2
