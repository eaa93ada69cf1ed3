"""
Giving events their places.

L{Event.placed<twisted_chat.domain.events.Event.placed>} does the same by way of C{replace}, which
costs three times as much: more than anything else that Python does for a message in the log.
"""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import Any

from twisted_chat.domain.events import KINDS, Event

_OWN = ("seq", "at")


class Placer:
    """
    Gives events of one kind their places.
    """

    __slots__ = ("_class", "_putAt", "_putSeq", "_puts", "_values")

    def __init__(self, cls: type[Event]) -> None:
        """
        @param cls: the class of the events; it has slots.
        """
        kept = [field.name for field in fields(cls) if field.name not in _OWN]
        self._class = cls
        self._values = attrgetter(*kept)
        self._puts = [getattr(cls, name).__set__ for name in kept]
        self._putSeq, self._putAt = [getattr(cls, name).__set__ for name in _OWN]

    def __call__(self, event: Event, seq: int, at: float) -> Any:
        """
        @param event: of this kind.
        @param seq: its place; 0 if it has none.
        @param at: POSIX seconds.
        @return: the same event at its place.
        """
        placed = object.__new__(self._class)
        for put, value in zip(self._puts, self._values(event), strict=True):
            put(placed, value)
        self._putSeq(placed, seq)
        self._putAt(placed, at)
        return placed


PLACERS = {kind: Placer(cls) for kind, cls in KINDS.items()}
