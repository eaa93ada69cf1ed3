"""
Lengths of time as people type and read them.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.quantities import durationOf, durationText
from twisted_chat.domain.settings import SETTINGS

HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90 days", 90 * DAY), ("1 day", DAY), ("2h", 2 * HOUR), ("1h30m", 1.5 * HOUR),
        ("1 hour 30 minutes", 1.5 * HOUR), ("2 w", 14 * DAY), ("45s", 45), ("5 MIN", 300),
    ],
)  # fmt: skip
def test_aLengthOfTimeIsRead(typed: str, seconds: float) -> None:
    assert durationOf(typed) == seconds


@pytest.mark.parametrize("typed", ["", "a while", "5", "-2h", "0s", "2 hamsters", "9999999w", "h"])
def test_whatIsNoneIsRefused(typed: str) -> None:
    with pytest.raises(BadInput):
        durationOf(typed)


@given(st.integers(1, 3600 * 24 * 999))
def test_whatIsShownIsReadAgain(seconds: int) -> None:
    # Its two longest units are shown.
    shown = durationOf(durationText(seconds))
    assert abs(shown - seconds) < max(60, seconds / 24)


@given(st.text(max_size=30))
def test_anythingMayBeTyped(text: str) -> None:
    with suppress(BadInput):
        assert durationOf(text) > 0


def test_aRoomKeepsWhatIsSaidSoLong() -> None:
    keep = SETTINGS["keep"]
    assert keep.parse("90 days") == 90 * DAY
    assert keep.show(keep.parse("90 days")) == "90 days"
    for never in ("off", "for ever", "FOREVER"):
        assert keep.parse(never) == 0
    assert keep.show(0) == "off"
    for wrong in ("59 minutes", "soon"):
        with pytest.raises(BadInput):
            keep.parse(wrong)
