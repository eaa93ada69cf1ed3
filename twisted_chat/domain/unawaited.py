"""
What becomes of the failures of what nobody waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.errors import ChatError


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
