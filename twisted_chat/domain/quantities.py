"""
Numbers and lengths of time, as people type and read them.
"""

from __future__ import annotations

import re
from typing import Final

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.units import DAYS, HOURS, MILLISECONDS, MINUTES, SECONDS, WEEKS

LONGEST: Final = 100 * 365 * DAYS
"""No length of time is longer: it fits into all dates and timers."""

UNITS: Final = {
    "ms": MILLISECONDS,
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECONDS),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTES),
    **dict.fromkeys(("h", "hour", "hours"), HOURS),
    **dict.fromkeys(("d", "day", "days"), DAYS),
    **dict.fromkeys(("w", "week", "weeks"), WEEKS),
}
"""Units of time as they may be typed, and their seconds."""

_SHOWN: Final = (("day", DAYS), ("hour", HOURS), ("minute", MINUTES), ("second", SECONDS))

_UNIT: Final = "|".join(sorted(UNITS, key=len, reverse=True))
_PART: Final = rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s*({_UNIT})(?![a-z])\s*"
_PARTS: Final = re.compile(_PART, re.ASCII)
_WHOLE: Final = re.compile(f"(?:{_PART})+", re.ASCII)


def secondsIn(text: str) -> float | None:
    """
    Read a length of time: C{90s}, C{2 hours}, C{1h 30min}, C{1.5 days}.

    @return: seconds, however many; C{None}: it is none.
    """
    lowered = text.strip().lower()
    if not _WHOLE.fullmatch(lowered):
        return None
    return sum(float(number) * UNITS[unit] for number, unit in _PARTS.findall(lowered))


def durationOf(text: str) -> float:
    """
    Read a length of time that somebody has typed.

    @return: seconds, at least 1.
    @raise BadInput: it is none, or one that is too short or too long.
    """
    seconds = secondsIn(text)
    if seconds is None:
        raise BadInput(why="Give a time such as 2h, 7d or 90 days.")
    if not SECONDS <= seconds <= LONGEST:
        raise BadInput(why=f"Give a time of at least 1s and at most {LONGEST / DAYS:.0f}d.")
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
    for unit, length in _SHOWN:
        number, left = divmod(left, round(length))
        if number:
            words.append(counted(number, unit))
        if len(words) == 2 or (words and not left):
            break
    return " ".join(words)
