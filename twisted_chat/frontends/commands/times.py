"""
Durations and time zones in slash commands: C{2h}, C{2 hours}, C{+02:00}.
"""

from __future__ import annotations

import re

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.quantities import durationOf

FURTHEST = 14 * 60
"""No zone is more minutes away from UTC, to the east or the west."""

STEP = 15
"""
Zones are so many minutes apart, all that there are in the world: each of a room's readers' zones is
one more spelling of what is said there.
"""

_ZONE = re.compile(r"(?:UTC|GMT)?(?:([+-])([0-9]{1,2})(?::?([0-9]{2}))?)?|Z", re.IGNORECASE)


def secondsOf(text: str) -> float:
    """
    How long something lasts that may be for ever.

    @param text: a duration; C{""} for ever.
    @return: seconds; 0 for ever.
    @raise BadInput: see L{durationOf}.
    """
    return durationOf(text) if text else 0.0


def parseZone(text: str) -> int:
    """
    A zone as people type it: C{+02:00}, C{-0330}, C{+2}, C{UTC}.

    @return: minutes east of UTC.
    @raise BadInput: there is no such zone.
    """
    found = _ZONE.fullmatch(text.strip())
    if text.strip() and found is not None:
        sign, hours, minutes = found.groups()
        east = int(hours or 0) * 60 + int(minutes or 0)
        if east <= FURTHEST and int(minutes or 0) in range(0, 60, STEP):
            return -east if sign == "-" else east
    raise BadInput(why="Give the zone's distance from UTC, such as +02:00, -03:30 or +00:00.")


def showZone(zone: int) -> str:
    """
    @param zone: minutes east of UTC.
    @return: such as C{+02:00}.
    """
    return f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
