"""
Whether the log takes writes: the one question behind C{/healthz} and the watchdog.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.errors import ChatError, NotSaved
from twisted_chat.domain.units import SECONDS

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

FRESH = 5 * SECONDS
"""What the log has told is believed for so long: the disk is asked no more often, whoever asks."""

PATIENCE = 2 * SECONDS
"""A log that takes longer for a tiny write does not take writes."""

REMEMBERED = 30 * SECONDS
"""
For so long a message that was not saved counts for more than a tiny write that is: on a disk that
is nearly full there may be room for the one and not for the other.
"""

STARTING, STOPPING = "starting", "shutting down"

TRIED = "checked"
"""The fact of the network that is written to try the log out: when that was, in POSIX seconds."""


class Health:
    """
    Knows from the newest commit whether the log takes writes, or else by a tiny write of its own.

    @ivar standing: why it does not, whatever the log says; C{""} while people can come in.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self.standing = STARTING
        self._hub = hub
        self._why = ""
        self._askedAt = float("-inf")
        self._asking = False
        self._timer: IDelayedCall | None = None
        self._waiting: list[Deferred[str]] = []

    @property
    def hangs(self) -> bool:
        """
        Whether the log neither takes nor refuses what it was given.
        """
        return self._asking and self._timer is None

    def check(self) -> Deferred[str]:
        """
        Ask.

        @return: C{""} if the log takes writes, else the reason in one line; in L{PATIENCE} at the
            latest.
        """
        if self.standing or self.hangs:
            return succeed(self.standing or self._why)
        counts = self._hub.counts
        if self._isWithin(REMEMBERED, counts.unsavedAt):
            return succeed(counts.unsavedWhy)
        if not self._asking:
            if self._isWithin(FRESH, counts.committedAt):
                return succeed("")
            if self._isWithin(FRESH, self._askedAt):
                return succeed(self._why)
            self._ask()
        if not self._asking:
            return succeed(self._why)
        waiter: Deferred[str] = Deferred()
        self._waiting.append(waiter)
        return waiter

    def stop(self) -> None:
        """
        Ask no more: the server shuts down.
        """
        self.standing = STOPPING
        self._tell(STOPPING)

    def _isWithin(self, seconds: float, at: float) -> bool:
        # What is still to come is of a time before somebody has set the clock back.
        return 0 <= self._hub.clock.seconds() - at <= seconds

    def _ask(self) -> None:
        now = self._askedAt = self._hub.clock.seconds()
        self._asking = True
        self._timer = self._hub.clock.callLater(PATIENCE, self._late)
        tried = maybeDeferred(self._hub.store.setNetworkFact, TRIED, int(now))
        tried.addBoth(self._answered)

    def _late(self) -> None:
        self._timer = None
        self._tell(f"the log has not answered for {PATIENCE:.0f} s")

    def _answered(self, result: Any) -> None:
        self._asking = False
        why = ""
        if isinstance(result, Failure):
            why = "the log can't be written to"
            if isinstance(result.value, NotSaved):
                why = str(result.value.fields["why"])
            elif isinstance(result.value, ChatError):
                why = result.value.text
            else:
                self._log.failure("the log could not be tried", result)
        self._tell(why)

    def _tell(self, why: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._why = why
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(why)
