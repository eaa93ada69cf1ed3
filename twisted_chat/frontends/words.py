"""
Numbers, times and lists of names in plain English.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from twisted_chat.domain.spans import counted as counted
from twisted_chat.domain.spans import durationText as durationText

MINUTE: Final = 60
DAY_MINUTES: Final = 24 * 60

MOST_NAMES: Final = 5
"""So many names are listed, if there are more."""

_CLOCK: Final = tuple(f"{at // 60:02}:{at % 60:02}" for at in range(DAY_MINUTES))


def clockTime(at: float, zone: int = 0) -> str:
    """
    @param at: POSIX seconds.
    @param zone: minutes east of UTC.
    @return: such as C{"14:02"}.
    """
    return _CLOCK[(int(at) // MINUTE + zone) % DAY_MINUTES]


def _moment(at: float, zone: int) -> datetime:
    return datetime.fromtimestamp(at, UTC) + timedelta(minutes=zone)


def dayNumber(at: float, zone: int = 0) -> int:
    """
    @return: a number that two times have in common just if they are on the same day of a zone.
    """
    return (int(at) // MINUTE + zone) // DAY_MINUTES


def longDate(at: float, zone: int = 0) -> str:
    """
    @return: such as C{"Saturday, 21 November 2026"}.
    """
    moment = _moment(at, zone)
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def dateTime(at: float, zone: int = 0) -> str:
    """
    @return: such as C{"21 November 2026, 14:02"}.
    """
    moment = _moment(at, zone)
    return f"{moment.day} {moment:%B %Y}, {clockTime(at, zone)}"


def listed(names: Sequence[str], total: int = 0, most: int = MOST_NAMES) -> str:
    """
    Names in a sentence.

    @param names: all of them, or the first ones.
    @param total: how many there are; by default those given.
    @param most: so many are named, at least one.
    @return: such as C{"bea and carl"}, or C{"bea, carl and 12 others"}.
    """
    total = max(total, len(names))
    if total == len(names) <= most:
        *first, last = names or ("nobody",)
        return f"{', '.join(first)} and {last}" if first else last
    shown = names[:most]
    others = counted(total - len(shown), "other")
    return f"{', '.join(shown)} and {others}" if shown else others
