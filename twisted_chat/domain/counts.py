"""
What a node has done since it began, in plain numbers: whoever measures reads them.

Counting costs an addition per batch or per connection; nothing is counted for each reader.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from twisted.logger import Logger

from twisted_chat.domain.errors import NotSaved

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of what is told apart of durations, in seconds; the rest is beyond the last."""

NEVER = float("-inf")

INTERNAL = "internal"
"""What should never happen: it is counted among the refusals."""


class Durations:
    """
    How long something has taken, again and again.

    @ivar tally: how many were at most each of L{BOUNDS} and above the one before; last, the rest.
    @ivar total: the sum of all, in seconds.
    """

    __slots__ = ("tally", "total")

    def __init__(self) -> None:
        self.tally = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """
        It has taken so long once more.
        """
        self.tally[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class Counts:
    """
    What a node has done.

    @ivar connections: by wire, how many there are.
    @ivar accepted: by wire, how many there have been.
    @ivar logins: how many there have been of an C{"account"} and of a C{"guest"}.
    @ivar refusals: by L{ChatError.code<twisted_chat.domain.errors.ChatError.code>}, how often
        somebody was refused something, and of L{INTERNAL} errors.
    @ivar overflows: how many were disconnected since they did not read.
    @ivar events: by kind, how many have their place, stored and others.
    @ivar commits: how long the log took for each batch.
    @ivar committedAt: when something was last stored, in POSIX seconds; negative infinity when
        something was not stored since.
    @ivar unsavedAt: the other way round.
    @ivar unsavedWhy: the reason of that, for people.
    @ivar portions: how many runs of events were handed out.
    @ivar deliveries: how often one of them was handed to a reader.
    @ivar lines: how often an event was.
    """

    _log = Logger()

    __slots__ = (
        "accepted", "commits", "committedAt", "connections", "deliveries", "events", "lines",
        "logins", "overflows", "portions", "refusals", "unsavedAt", "unsavedWhy",
    )  # fmt: skip

    def __init__(self) -> None:
        self.connections: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.logins: Counter[str] = Counter()
        # There from the beginning: who is told when it grows is told of the first one, too.
        self.refusals = Counter({INTERNAL: 0, NotSaved.code: 0})
        self.overflows = 0
        self.events: Counter[str] = Counter()
        self.commits = Durations()
        self.committedAt = self.unsavedAt = NEVER
        self.unsavedWhy = ""
        self.portions = self.deliveries = self.lines = 0

    def saved(self, now: float) -> None:
        """
        Something was stored.
        """
        self.committedAt = now
        if self.unsavedAt != NEVER:
            self.unsavedAt = NEVER
            self._log.warn("what is said is saved again")

    def unsaved(self, now: float, why: str) -> None:
        """
        Something could not be stored.

        @param why: the reason, for people.
        """
        if self.unsavedAt == NEVER:
            self._log.warn("what is said is not saved: {why}", why=why)
        self.committedAt = NEVER
        self.unsavedAt = now
        self.unsavedWhy = why
