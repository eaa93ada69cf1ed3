"""
Something that takes long and that one does at a time, so that nobody's crowd is in others' way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, TypeVar

from twisted.internet.defer import Deferred, DeferredLock

from twisted_chat.domain.errors import Busy

T = TypeVar("T")

MOST_WAITING: Final = 64
"""How many may wait behind each other."""


class Turnstile:
    """
    Lets those through who have the same key, one behind the other; who have different keys don't
    wait for each other.
    """

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        self._locks: dict[Hashable, DeferredLock] = {}

    def __len__(self) -> int:
        """
        How many keys are in use.
        """
        return len(self._locks)

    async def run(self, key: Hashable, doing: Callable[[], Deferred[T]]) -> T:
        """
        Do something when nobody with the same key does any more.

        @return: what came of it.
        @raise Busy: too many wait for it already.
        """
        lock = self._locks.setdefault(key, DeferredLock())
        if len(lock.waiting) >= MOST_WAITING:
            raise Busy()
        try:
            return await lock.run(doing)
        finally:
            if not lock.locked:
                self._locks.pop(key, None)
