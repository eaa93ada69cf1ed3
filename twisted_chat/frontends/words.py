"""
Numbers, times and lists of names in plain English.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from twisted_chat.domain.quantities import counted

MINUTE: Final = 60
DAY_MINUTES: Final = 24 * 60

MOST_NAMES: Final = 5
"""How many names are listed, if there are more."""

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


def withDates(parts: Iterable[tuple[float, Sequence[str]]], now: float, zone: int = 0) -> list[str]:
    """
    Lines of a log, with one for the date where another day begins. What is all of today needs none;
    so that what comes after it has its day too, nothing ends in another one.

    @param parts: lines that belong together, and when that was; what has no lines has no day.
    @param now: POSIX seconds.
    @param zone: minutes east of UTC.
    """
    lines: list[str] = []
    day = today = dayNumber(now, zone)
    for at, spelled in parts:
        if spelled and (itsDay := dayNumber(at, zone)) != day:
            day = itsDay
            lines.append(_dayBegins(at, zone))
        lines += spelled
    if day != today:
        lines.append(_dayBegins(now, zone))
    return lines


def _dayBegins(at: float, zone: int) -> str:
    return f"--- {longDate(at, zone)} ---"


def listed(names: Sequence[str], total: int = 0, most: int = MOST_NAMES) -> str:
    """
    Names in a sentence.

    @param names: all of them, or the first ones.
    @param total: how many there are; by default those given.
    @param most: how many are named, at least one.
    @return: such as C{"bea and carl"}, or C{"bea, carl and 12 others"}.
    """
    total = max(total, len(names))
    if total == len(names) <= most:
        *first, last = names or ("nobody",)
        return f"{', '.join(first)} and {last}" if first else last
    shown = names[:most]
    others = counted(total - len(shown), "other")
    return f"{', '.join(shown)} and {others}" if shown else others
