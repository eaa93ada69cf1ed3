"""
Events of several conversations: who listens in more than one of them is told once.

Many have most of their rooms in common, and hundreds may go at once. So it is not noted one by one
who has had which event, but in which rooms it was told; and who is in two rooms is looked for once,
however many events are told in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from twisted_chat.domain.audience import Listener
from twisted_chat.domain.delivery import Format

Hearers = Mapping[Listener, Format]
"""Who listens, and in which format."""

_NOBODY: frozenset[Listener] = frozenset()


class Overlaps:
    """
    Who of those who listen in one conversation listens in others, too. It holds as long as nobody
    comes or goes there.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[frozenset[Listener], frozenset[Listener]]] = {}

    def of(
        self, here: Hearers, others: tuple[Hearers, ...]
    ) -> tuple[frozenset[Listener], frozenset[Listener]]:
        """
        @return: who listens there, too, and who does not.
        """
        key = (id(here), *map(id, others))
        found = self._known.get(key)
        if found is None:
            both: set[Listener] = set()
            for each in others:
                both |= here.keys() & each.keys()
                if len(both) == len(here):
                    # Nearly always, where people have most of their rooms in common.
                    break
            found = self._known[key] = frozenset(both), frozenset(here.keys() - both)
        return found

    def clear(self) -> None:
        """
        People may come and go from here on.
        """
        self._known.clear()


class Told:
    """
    Who has had one event.

    @ivar left: in how many more conversations it is to be told here.
    """

    __slots__ = ("_missed", "_overlaps", "_some", "_where", "left")

    def __init__(self, left: int, overlaps: Overlaps) -> None:
        self.left = left
        self._overlaps = overlaps
        # All who listen there have had it, but for those who were spared it wherever they are.
        self._where: tuple[Hearers, ...] = ()
        self._missed: frozenset[Listener] = _NOBODY
        self._some: frozenset[Listener] = _NOBODY

    def has(self, listener: Listener) -> bool:
        """
        Whether somebody has had it.
        """
        return listener in self._some or (
            listener not in self._missed and any(listener in here for here in self._where)
        )

    def among(self, here: Hearers) -> tuple[frozenset[Listener], frozenset[Listener]]:
        """
        @param here: all who listen in a conversation.
        @return: who of them has had it, and who has not.
        """
        had, fresh = self._overlaps.of(here, self._where)
        more, less = (self._some & here.keys()) - had, self._missed & had
        if more or less:
            return (had | more) - less, (fresh | less) - more
        return had, fresh

    def toAll(self, here: Hearers, but: Set[Listener]) -> None:
        """
        All who listen in a conversation have it now.

        @param here: they; the mapping itself, which is looked into as long as it holds.
        @param but: who of them was spared it there.
        """
        still = {one for one in self._missed if one not in here or one in but}
        self._missed = frozenset(still.union([one for one in but if not self.has(one)]))
        self._where += (here,)

    def toSome(self, listeners: Iterable[Listener]) -> None:
        """
        Some have it now.
        """
        having = frozenset(listeners)
        self._some |= having
        self._missed -= having

    def note(self) -> None:
        """
        Note who has had it, since people may come and go from here on.
        """
        for here in self._where:
            self._some |= here.keys() - self._missed
        self._where, self._missed = (), _NOBODY
