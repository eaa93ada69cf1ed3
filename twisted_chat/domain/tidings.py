"""
Tidings: what is so already, and has to be told although the log can't be used just then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.errors import ChatError, NotSaved

AGAIN: Final = 5.0
"""Seconds until it is tried again."""

_log = Logger()


def untilTold(
    clock: IReactorTime, tell: Callable[[], Deferred[Any] | None], what: str
) -> Deferred[None]:
    """
    Tell something that can't be refused, since it has happened. What does not get its place now is
    tried again until it does, or the server goes down.

    @param tell: publishes it; gives C{None} when there is nothing to tell any more.
    @param what: it is, for the server's log.
    @return: fires when it is told, or can't be now.
    """

    def failed(why: Failure) -> None:
        if why.check(NotSaved):
            clock.callLater(AGAIN, untilTold, clock, tell, what)
        elif not why.check(ChatError):
            _log.failure("{what} was not told", why, what=what)

    return maybeDeferred(tell).addCallbacks(lambda _: None, failed)
