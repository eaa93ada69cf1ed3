"""
Times as IRC has them: C{2026-11-21T14:02:00.123Z} (IRCv3 server-time).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII).fullmatch

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def _secondText(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def timeText(at: float) -> str:
    """
    A time as it is written; it is never later than what it tells of.

    @param at: POSIX seconds.
    @return: such as C{"2026-11-21T14:02:00.123Z"}.
    """
    second, millisecond = divmod(int(at * 1000), 1000)
    return f"{_secondText(second)}.{millisecond:03}Z"


def readTime(text: str) -> int | None:
    """
    @return: POSIX milliseconds; C{None}: it is no time.
    """
    if not _TIME(text):
        return None
    try:
        passed = datetime.fromisoformat(text) - EPOCH
    except ValueError:
        return None
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000


def millisecond(at: float) -> int:
    """
    @param at: POSIX seconds.
    @return: POSIX milliseconds, as L{timeText} shows them.
    """
    # Down also before 1970: no time at all is the last one of the millisecond before it otherwise.
    return math.floor(at * 1000)


def lastMoment(milliseconds: int) -> float:
    """
    The last time that is shown as some milliseconds, in POSIX seconds.
    """
    at = (milliseconds + 1) / 1000
    while millisecond(at) > milliseconds:
        at = math.nextafter(at, -math.inf)
    return at
