"""
Handshakes of TLS, a few at a time.

One takes a millisecond or two of the server's time, and hundreds may be due at the same moment:
everybody comes back after a restart, or somebody says hello on all the connections that they have.
The reactor would do them all before anybody else has a turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime

PORTION: Final = 0.004
"""Seconds of handshakes after which others have their turn."""


class Handshakes:
    """
    Lets the connections of a factory take steps of their handshakes.
    """

    def __init__(self, clock: IReactorTime) -> None:
        """
        @param clock: the reactor's time.
        """
        self._clock = clock
        self._waiting: deque[Callable[[], None]] = deque()
        self._next: IDelayedCall | None = None
        self._spent = self._at = 0.0

    def take(self, step: Callable[[], None]) -> bool:
        """
        Take a step, now or when its turn has come.

        @return: whether it was taken now.
        """
        # What else was done since then was others' turn.
        self._spent = max(self._spent - max(self._clock.seconds() - self._at, 0.0), 0.0)
        if not self._waiting and self._spent < PORTION:
            self._do(step)
            return True
        self._waiting.append(step)
        if self._next is None:
            self._next = self._clock.callLater(0, self._goOn)
        return False

    def _do(self, step: Callable[[], None]) -> None:
        began = self._clock.seconds()
        try:
            step()
        finally:
            self._at = self._clock.seconds()
            self._spent += max(self._at - began, 0.0)

    def _goOn(self) -> None:
        self._next = None
        self._spent = 0.0
        try:
            while self._waiting and self._spent < PORTION:
                self._do(self._waiting.popleft())
        finally:
            # What goes wrong with one is nobody else's trouble.
            if self._waiting:
                self._next = self._clock.callLater(0, self._goOn)
