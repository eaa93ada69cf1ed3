"""
L{twisted_chat.domain.counts}: what the log's outcomes leave in a node's numbers.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.logger import LogLevel, capturedLogs, formatEvent

from tests.doubles import Net
from twisted_chat.domain.counts import NEVER, Counts
from twisted_chat.domain.errors import ChatError, NotSaved


class Full:
    """
    A store whose disk is full when it is told so.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def append(self, events: Any) -> Deferred[Any]:
        """
        IStore.append.
        """
        if self.full:
            return fail(NotSaved(why="the disk is full"))
        answer: Deferred[Any] = self._inner.append(events)
        return answer


def test_eachSideOfTheLogsOutcomesIsKnownUntilTheOther() -> None:
    net = Net(nodes=1, wrap=Full)  # type: ignore[arg-type]
    counts = net.hubs[0].counts
    alex = net.guest("alex")
    net.join("lobby", alex)
    net.say(alex, "lobby", "one")
    assert counts.committedAt > 0
    assert counts.unsavedAt == NEVER
    net.store.full = True  # type: ignore[attr-defined]
    with pytest.raises(ChatError):
        net.say(alex, "lobby", "two")
    assert counts.committedAt == NEVER
    assert counts.unsavedWhy == "the disk is full"
    net.store.full = False  # type: ignore[attr-defined]
    net.say(alex, "lobby", "three")
    assert counts.unsavedAt == NEVER
    assert counts.events["said"] == 2


def test_theLogTellsOnceThatNothingIsSavedAndOnceThatItIsAgain() -> None:
    counts = Counts()
    with capturedLogs() as logs:
        counts.saved(1.0)
        for now in (2.0, 3.0):
            counts.unsaved(now, "the disk is full")
        for now in (4.0, 5.0):
            counts.saved(now)
    assert [(log["log_level"], formatEvent(log)) for log in logs] == [
        (LogLevel.warn, "what is said is not saved: the disk is full"),
        (LogLevel.warn, "what is said is saved again"),
    ]
