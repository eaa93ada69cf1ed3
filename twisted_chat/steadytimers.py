"""
Timers that do not stand still when somebody sets the clock.

Twisted's reactor asks the time of day when a timer is due. Where that is set back by an hour (a
clock that was wrong, a machine that was moved), all timers wait an hour longer: nothing is swept,
nobody is asked whether they are still there, and who watches the server believes that it hangs.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, thread_time
from typing import Any

from twisted.python.runtime import seconds
from zope.interface import directlyProvides, providedBy


class SteadyTimers:
    """
    A reactor whose timers go by a clock that nobody sets, and whose C{seconds} are still the time
    of day, for what people are shown and what is kept. All else is the reactor's own.

    @ivar callLater: the reactor's.
    """

    def __init__(self, reactor: Any) -> None:
        """
        @param reactor: the reactor that serves the sockets.
        """
        self._reactor = reactor
        self.callLater = reactor.callLater
        directlyProvides(self, providedBy(reactor))

    def begin(self) -> None:
        """
        From now on it is so. No timer may wait yet.
        """
        self._reactor.seconds = monotonic

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def seconds(self) -> float:
        """
        The time of day, in POSIX seconds.
        """
        return seconds()

    def elapsed(self) -> float:
        """
        The time by which the timers go, in seconds since some moment.
        """
        return monotonic()

    def worked(self) -> float:
        """
        How long this thread has worked, in seconds, without what it had to wait for.
        """
        return thread_time()


def elapsedOf(reactor: Any) -> Callable[[], float]:
    """
    @return: gives the time by which a reactor's timers go, in seconds.
    """
    elapsed: Callable[[], float] = getattr(reactor, "elapsed", reactor.seconds)
    return elapsed


def workedOf(reactor: Any) -> Callable[[], float]:
    """
    @return: gives how long a reactor's thread has worked, in seconds; or, where that is not known,
        how long it may have.
    """
    worked: Callable[[], float] = getattr(reactor, "worked", elapsedOf(reactor))
    return worked
