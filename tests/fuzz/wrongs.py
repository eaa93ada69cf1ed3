"""
What goes wrong unseen while something is tried.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    eventAsText,
    globalLogPublisher,
)
from zope.interface import implementer


@implementer(ILogObserver)
class Wrongs:
    """
    Keeps what is logged as an error.

    @ivar events: so far.
    """

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        """
        Take an event: L{twisted.logger.ILogObserver}.
        """
        level = event.get("log_level")
        if "log_failure" in event or (level is not None and level >= LogLevel.error):
            self.events.append(event)


@contextmanager
def nothingLogged() -> Iterator[None]:
    """
    @raise AssertionError: something was logged as an error meanwhile; it is shown.
    """
    seen = Wrongs()
    globalLogPublisher.addObserver(seen)
    try:
        yield
        gc.collect(1)  # a Deferred tells of the failure that nobody took when it is collected
    finally:
        globalLogPublisher.removeObserver(seen)
    assert not seen.events, "\n".join(eventAsText(event) for event in seen.events)
