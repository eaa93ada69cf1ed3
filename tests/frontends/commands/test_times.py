"""
Durations and zones as people type them.
"""

from __future__ import annotations

import pytest

from twisted_chat.domain.errors import BadInput
from twisted_chat.frontends.commands.times import isDuration, parseDuration, parseZone, showZone


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("7D", 604800),
        ("2w", 1209600),
        ("1h30m", 5400),
        ("2 hours", 7200),
        ("1 Day", 86400),
        ("10 min", 600),
        ("5 secs", 5),
        ("1h 30 minutes", 5400),
    ],
)
def test_aDurationIsNumbersWithUnits(text: str, seconds: float) -> None:
    assert parseDuration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "2", "h", "2  h", "2 hourss", "2h ", "2x", "fun", "-2h", "٢h", "1" * 9 + "h"]
)
def test_aWordThatIsNoDurationIsNotTakenForOne(text: str) -> None:
    assert not isDuration(text)
    with pytest.raises(BadInput):
        parseDuration(text)


@pytest.mark.parametrize("text", ["0s", "0h0m", "4000d", "999999w"])
def test_aDurationIsNeitherNothingNorMoreThanTenYears(text: str) -> None:
    assert isDuration(text)
    with pytest.raises(BadInput, match="at least 1s"):
        parseDuration(text)


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
