"""
Lengths of time as people type and read them.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.quantities import durationOf, durationText, secondsIn
from twisted_chat.domain.settings import SETTINGS
from twisted_chat.domain.units import DAYS, HOURS


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90 days", 90 * DAYS), ("1 day", 1 * DAYS), ("2h", 2 * HOURS), ("1h30m", 1.5 * HOURS),
        ("1 hour 30 minutes", 1.5 * HOURS), ("2 w", 14 * DAYS), ("45s", 45), ("5 MIN", 300),
        ("90s", 90), ("10m", 600), ("7D", 7 * DAYS), ("2 hours", 2 * HOURS), ("1 Day", 1 * DAYS),
        ("10 mins", 600), ("5 secs", 5), ("1h 30 minutes", 1.5 * HOURS), ("1.5h", 1.5 * HOURS),
    ],
)  # fmt: skip
def test_aLengthOfTimeIsRead(typed: str, seconds: float) -> None:
    assert durationOf(typed) == seconds


@pytest.mark.parametrize(
    "typed",
    [
        "", "a while", "5", "2", "h", "-2h", "2 hamsters", "2 hourss", "2x", "fun", "5 parsecs",
        "\N{ARABIC-INDIC DIGIT TWO}h", "1" * 10 + "h", "1 2h", ".5h", "1.h",
    ],
)  # fmt: skip
def test_whatIsNoneIsRefused(typed: str) -> None:
    assert secondsIn(typed) is None
    with pytest.raises(BadInput, match="Give a time such as 2h"):
        durationOf(typed)


@pytest.mark.parametrize("typed", ["0s", "0h0m", "500 ms", "36501d", "9999999w", "999999w"])
def test_nobodyGivesLessThanASecondOrMoreThanAHundredYears(typed: str) -> None:
    assert secondsIn(typed) is not None
    with pytest.raises(BadInput, match="at least 1s and at most 36500d"):
        durationOf(typed)


@given(st.integers(1, 3600 * 24 * 999))
def test_whatIsShownIsReadAgain(seconds: int) -> None:
    # Its two longest units are shown.
    shown = durationOf(durationText(seconds))
    assert abs(shown - seconds) < max(60, seconds / 24)


@given(st.text(max_size=30))
def test_anythingMayBeTyped(text: str) -> None:
    with suppress(BadInput):
        assert durationOf(text) >= 1


def test_aRoomKeepsWhatIsSaidSoLong() -> None:
    keep = SETTINGS["keep"]
    assert keep.parse("90 days") == 90 * DAYS
    assert keep.show(keep.parse("90 days")) == "90 days"
    for never in ("off", "for ever", "FOREVER"):
        assert keep.parse(never) == 0
    assert keep.show(0) == "off"
    for wrong in ("59 minutes", "soon"):
        with pytest.raises(BadInput):
            keep.parse(wrong)
