"""
Reading without what one does not want to read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred

from twisted_chat.domain.audience import isIgnorable, isIgnored
from twisted_chat.domain.avatar import Avatar
from twisted_chat.domain.events import Event
from twisted_chat.domain.records import Page
from twisted_chat.domain.values import Author

Read = Callable[[int, int], Deferred[Page]]
"""Reads the newest events: below a seq, and at most so many."""

MOST_READS: Final = 50
"""How often it is read on, where there is nothing but what is not wanted."""


class Sparing(Avatar):
    """
    What a session's person is spared when they read.
    """

    __slots__ = ()

    def ignores(self, author: Author) -> bool:
        """
        Whether this person wants to hear nothing of somebody.
        """
        return isIgnored(author, self.ignored)

    def wants(self, event: Event) -> bool:
        """
        Whether this person wants to read of an event.
        """
        return not (isIgnorable(event) and self.ignores(event.author))

    async def gathered(
        self, read: Read, before: int, limit: int, wants: Callable[[Event], bool]
    ) -> Page:
        """
        The newest events of a range that are wanted: as many as are asked for, if there are so
        many, whatever stands between them.

        @param before: only what is below this seq.
        """
        page = await read(before, limit)
        found = [event for event in page.events if wants(event)]
        if len(found) == len(page.events) and not self.ignored:
            return page
        for _ in range(MOST_READS):
            if len(page.events) >= page.total:
                return Page(tuple(found[-limit:]), len(found))
            if len(found) > limit:
                break
            page = await read(page.events[0].seq, self.hub.limits.page)
            found = [event for event in page.events if wants(event)] + found
        shown = tuple(found[-limit:])
        return Page(shown, len(shown), more=True)
