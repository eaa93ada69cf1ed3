"""
A store that takes its time, as one with threads and a disk does: what it is asked is done a little
later, and told a little after that; what is written, one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock

from twisted_chat.storage.threads import NoThreads

NO_TIME = 0.3
"""How many jobs are done at once."""

SELDOM = 0.1
"""How many take long."""

BEFORE, LONG = 0.002, 0.02
"""How long a job waits at most, in seconds, and one that takes long."""

AFTER = (0, 0, 0.0005, 0.002)
"""After how many seconds it is told what has come of a job."""


class Late(NoThreads):
    """
    Does everything on the clock.

    @ivar hurry: whether it does everything at once.
    """

    def __init__(self, clock: Clock, random: Random) -> None:
        super().__init__()
        self.hurry = True
        self._clock = clock
        self._random = random
        self._writing: deque[tuple[Callable[[], Deferred[Any]], Deferred[Any]]] = deque()
        self._busy = False

    def write(self, work: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """
        See L{IThreads.write<twisted_chat.storage.threads.IThreads.write>}.
        """
        if self.hurry or not self._open:
            return super().write(work, *arguments)
        done: Deferred[Any] = Deferred()
        self._writing.append((lambda: execute(work, *arguments), done))
        self._next()
        return done

    def read(self, work: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """
        See L{IThreads.read<twisted_chat.storage.threads.IThreads.read>}.
        """
        if self.hurry or not self._open:
            return super().write(work, *arguments)
        done: Deferred[Any] = Deferred()

        def do() -> None:
            self._later(AFTER, execute(work, *arguments).chainDeferred, done)

        self._clock.callLater(self._pause(), do)
        return done

    search = read

    def _next(self) -> None:
        if not self._busy and self._writing:
            self._busy = True
            self._clock.callLater(self._pause(), self._do)

    def _do(self) -> None:
        work, done = self._writing.popleft()
        self._later(AFTER, self._done, work(), done)

    def _done(self, result: Deferred[Any], done: Deferred[Any]) -> None:
        result.chainDeferred(done)
        self._busy = False
        self._next()

    def _pause(self) -> float:
        chance = self._random.random()
        if chance < NO_TIME:
            return 0.0
        return self._random.random() * (LONG if chance > 1 - SELDOM else BEFORE)

    def _later(self, seconds: tuple[float, ...], act: Callable[..., object], *what: Any) -> None:
        self._clock.callLater(self._random.choice(seconds), act, *what)
