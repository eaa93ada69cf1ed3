"""
Days: people who read for long are told when another one begins, as times have no date.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from twisted_chat.domain.units import MINUTES
from twisted_chat.frontends.commands.times import STEP
from twisted_chat.frontends.lineformat import EOL, MARK
from twisted_chat.frontends.words import dayNumber, longDate

EVERY: Final = STEP * MINUTES
"""Somewhere a day begins so often, in seconds."""


@lru_cache(maxsize=64)
def _spelled(day: str) -> bytes:
    return f"{MARK}It is {day}{EOL}".encode()


def dayMark(now: float, zone: int) -> bytes:
    """
    What stands before the first thing that is written on a day.

    @param now: POSIX seconds.
    @param zone: minutes east of UTC.
    """
    return _spelled(longDate(now, zone))


class Reading(Protocol):
    """
    A connection by which somebody may read for long.
    """

    @property
    def zone(self) -> int | None:
        """
        The reader's minutes east of UTC; C{None}: there is nobody who would be told of the day.
        """

    def markDay(self) -> None:
        """
        Write a L{dayMark} before what is written next.
        """


class Days:
    """
    Sees to it that it is told. There is one timer for all; what a message costs stays the same, but
    for the first one of a day.
    """

    def __init__(self, clock: IReactorTime, readers: Collection[Reading]) -> None:
        """
        @param readers: those that there are, whenever a day begins.
        """
        self._clock = clock
        self._readers = readers
        self._next: IDelayedCall | None = None
        self._seen = 0.0

    def start(self) -> None:
        """
        From now on.
        """
        self._seen = self._clock.seconds()
        self._next = self._clock.callLater(EVERY - self._seen % EVERY, self._look)

    def stop(self) -> None:
        """
        No more.
        """
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _look(self) -> None:
        before = self._seen
        self.start()
        zones = {reader.zone for reader in self._readers}
        new = {zone for zone in zones if zone is not None and self._isNew(before, zone)}
        if new:
            for reader in self._readers:
                if reader.zone in new:
                    reader.markDay()

    def _isNew(self, before: float, zone: int) -> bool:
        return dayNumber(before, zone) != dayNumber(self._seen, zone)
