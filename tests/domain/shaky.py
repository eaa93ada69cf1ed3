"""
A store that does what a test wants it to do wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, fail

from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.events import Event
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Placement


class Shaky:
    """
    A store around another.

    @ivar batches: what it was told to append, so far.
    @ivar wrong: says what goes wrong with a batch before anything of it is committed; C{None} if
        nothing does.
    @ivar first: is called with each batch before anything else.
    @ivar slow: whether answers wait in L{late} until L{answer} is called.
    """

    def __init__(self, inner: IStore) -> None:
        self.inner = inner
        self.batches: list[list[Event]] = []
        self.wrong: Callable[[Sequence[Event]], Exception | None] = lambda events: None
        self.first: Callable[[Sequence[Event]], None] = lambda events: None
        self.slow = False
        self.late: list[Callable[[], object]] = []
        self.brokenReads: set[str] = set()
        self.slowReads: set[str] = set()

    def append(self, events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        """
        IStore.append.
        """
        self.first(events)
        self.batches.append(list(events))
        if not self.slow:
            return self._append(events)
        return self._later(lambda: self._append(events))

    def _append(self, events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        wrong = self.wrong(events)
        return self.inner.append(events) if wrong is None else fail(wrong)

    def _later(self, act: Callable[[], Deferred[Any]]) -> Deferred[Any]:
        waiting: Deferred[Any] = Deferred()
        self.late.append(lambda: act().chainDeferred(waiting))
        return waiting

    def answer(self) -> None:
        """
        Give the answers that wait.
        """
        late, self.late = self.late, []
        for act in late:
            act()

    def texts(self) -> list[list[str]]:
        """
        @return: for each batch the texts, or else the kinds, of its events.
        """
        return [[getattr(e, "text", "") or e.kind for e in batch] for batch in self.batches]

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def call(*arguments: Any, **named: Any) -> Deferred[Any]:
            if name in self.brokenReads:
                return fail(NotSaved(why="the disk gave an error"))
            if name in self.slowReads:
                # What is read is read now; that it is told comes late.
                result = method(*arguments, **named)
                return self._later(lambda: result)
            done: Deferred[Any] = method(*arguments, **named)
            return done

        return call


def diskFull() -> NotSaved:
    """
    @return: a new one each time: what was raised holds all that it came through.
    """
    return NotSaved(why="the disk is full")


def saying(
    *texts: str, error: Callable[[], Exception] = diskFull
) -> Callable[[Sequence[Event]], Any]:
    """
    What goes wrong with every batch that has one of some texts in it.
    """

    def wrong(events: Sequence[Event]) -> Exception | None:
        return error() if any(getattr(e, "text", None) in texts for e in events) else None

    return wrong


def outcome(deferred: Deferred[Any]) -> list[Any]:
    """
    @return: a list that gets what becomes of something: its result, or the exception.
    """
    found: list[Any] = []
    deferred.addCallbacks(found.append, lambda failure: found.append(failure.value))
    return found
