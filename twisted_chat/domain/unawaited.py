"""
What nobody waits for: what becomes of its failures, and how it is told all the same.
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
"""Seconds until something is tried again that has to be told."""

_log = Logger()


def toLog(log: Logger, what: str, /, **fields: Any) -> Callable[[Failure], None]:
    """
    An errback that has the log tell of a failure: in one line where something was refused, as when
    the disk is full, and else with the traceback.

    @param what: what did not happen, with fields in braces.
    """

    def failed(why: Failure) -> None:
        if why.check(ChatError):
            log.warn(what + ": {why}", why=why.value, **fields)
        else:
            log.failure(what, why, **fields)

    return failed


def faultsToLog(log: Logger, what: str, /, **fields: Any) -> Callable[[Failure], None]:
    """
    Likewise L{toLog}, but nobody has to know of what was refused.
    """

    def failed(why: Failure) -> None:
        if not why.check(ChatError):
            log.failure(what, why, **fields)

    return failed


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
        else:
            faultsToLog(_log, "{what} was not told", what=what)(why)

    return maybeDeferred(tell).addCallbacks(lambda _: None, failed)
