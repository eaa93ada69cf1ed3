"""
Numbers and lengths of time, as people type and read them.
"""

from __future__ import annotations

import re
from typing import Final

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.units import DAYS, HOURS, MINUTES, SECONDS, WEEKS

UNITS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
"""Units of time and their seconds, the longest first."""


LONGEST: Final = 100 * 365 * DAYS
"""No length of time is longer."""

_TYPED: Final = {
    "w": WEEKS, "week": WEEKS, "d": DAYS, "day": DAYS, "h": HOURS, "hour": HOURS,
    "m": MINUTES, "min": MINUTES, "minute": MINUTES,
    "s": SECONDS, "sec": SECONDS, "second": SECONDS,
}  # fmt: skip
_PART: Final = re.compile(r"\s*([0-9]{1,9})\s*([a-z]+?)s?(?![a-z])", re.ASCII)


def durationOf(text: str) -> float:
    """
    Read a length of time: C{90 days}, C{2h}, C{1h 30min}.

    @return: seconds, more than 0.
    @raise BadInput: it is none.
    """
    lowered, at, seconds = text.strip().lower(), 0, 0.0
    while at < len(lowered):
        found = _PART.match(lowered, at)
        unit = _TYPED.get(found[2] or "s") if found else None
        if found is None or unit is None:
            break
        seconds += int(found[1]) * unit
        at = found.end()
    if at < len(lowered) or not 0 < seconds <= LONGEST:
        raise BadInput(why="Give a time such as 2h, 7d or 90 days.")
    return seconds


def counted(number: int, one: str, many: str = "") -> str:
    """
    @param one: what there is one of.
    @param many: what there are several of; by default with an C{s}.
    @return: such as C{"1 room"} or C{"1,200 rooms"}.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def durationText(seconds: float) -> str:
    """
    A duration in its two longest units.

    @return: such as C{"1 hour 30 minutes"}; C{"1 second"} at least.
    """
    left = max(round(seconds), 1)
    words = []
    for unit, length in UNITS:
        number, left = divmod(left, length)
        if number:
            words.append(counted(number, unit))
        if len(words) == 2 or (words and not left):
            break
    return " ".join(words)
