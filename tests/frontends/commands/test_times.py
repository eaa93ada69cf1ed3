"""
Durations and zones as people type them.
"""

from __future__ import annotations

import pytest

from twisted_chat.domain.errors import BadInput
from twisted_chat.frontends.commands.times import parseZone, secondsOf, showZone


@pytest.mark.parametrize(("text", "seconds"), [("", 0), ("2h", 7200), ("1 Day", 86400)])
def test_whatHasNoTimeLastsForEver(text: str, seconds: float) -> None:
    assert secondsOf(text) == seconds


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+02:00", 120), ("-0330", -210), ("+2", 120), ("UTC", 0), ("utc+5:45", 345), ("z", 0)],
)
def test_aZoneIsADistanceFromUtc(text: str, minutes: int) -> None:
    assert parseZone(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "2", "+15:00", "+02:60", "Berlin", "+14:01", "+02:01", "-0320", "+13:59"]
)
def test_noOtherZoneIsTaken(text: str) -> None:
    with pytest.raises(BadInput, match="distance from UTC"):
        parseZone(text)


@pytest.mark.parametrize("minutes", [0, 120, -210, 345, 840])
def test_aShownZoneCanBeTyped(minutes: int) -> None:
    assert parseZone(showZone(minutes)) == minutes
