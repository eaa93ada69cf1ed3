"""
What one client wants to know of notes (IRCv3 draft/metadata-2 and -3), and what it noted of itself
before it came in.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_REMEMBERED: Final = 64


class Subscriptions:
    """
    The keys that one client wants to be told of.

    @ivar keys: in the order in which it asked for them.
    @ivar early: what it noted of itself before it came in.
    """

    __slots__ = ("_told", "early", "keys")

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}
        self.early: dict[str, str] = {}
        self._told: OrderedDict[str, None] = OrderedDict()

    def isNews(self, id: str) -> bool:
        """
        Whether an event comes for the first time: one that happens in several rooms comes once for
        each of them.

        @param id: the event's.
        """
        if id in self._told:
            return False
        self._told[id] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True
