"""
The commands of one connection, taken in order.

A command that only publishes is acted on at once, and need not be done when the next one comes: the
log keeps the order. Every other command is a barrier. It waits until all before it are done or
refused, and all behind it wait until it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.units import KIB, MINUTES

PORTION: Final = 0.002
"""Seconds of the server's time after which others have their turn before more is read."""

Turn = tuple[str, Any]
"""What is to be done, for the actor to understand, and what came with it."""


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """
    How much of one connection may be under way.

    @ivar turns: how many, waiting or outstanding; then reading pauses.
    @ivar size: how many bytes of them.
    @ivar patience: seconds in which something of what is waited for has to be done. While reading
        is paused, nothing else would tell that the client has gone.
    """

    turns: int = 64
    size: int = 64 * KIB
    patience: float = 1 * MINUTES


class Actor(Protocol):
    """
    What a connection's turns are done by.
    """

    def publishes(self, turn: Turn) -> bool:
        """
        Whether a turn only publishes. Asked just before it is acted on.
        """

    def publish(self, turn: Turn, done: Callable[[object], None]) -> None:
        """
        Do one that only publishes. This never raises.

        @param done: to be called, as of L{act}, when it is done, or refused and answered.
        """

    def act(self, turn: Turn, done: Callable[[object], None]) -> None:
        """
        Do any other one. This never raises.

        @param done: to be called with anything but a failure when it is done and answered; that may
            be before this returns.
        """

    @property
    def behind(self) -> bool:
        """
        Whether the client has still to read what was answered.
        """

    def pauseProducing(self) -> None:
        """
        Read no more for now.
        """

    def resumeProducing(self) -> None:
        """
        Read on, beginning with what has been read and not been pushed; this may push.
        """

    def overdue(self) -> None:
        """
        Nothing of what was waited for was done in time.
        """


class Turns:
    """
    The turns of one connection that are waiting or outstanding.
    """

    __slots__ = (
        "_actor", "_advancing", "_clock", "_idle", "_limits", "_outstanding", "_paused",
        "_resting", "_running", "_size", "_sizeNow", "_spent", "_stopped", "_timer", "_waiting",
    )  # fmt: skip

    _log = Logger()

    def __init__(self, actor: Actor, clock: IReactorTime, limits: TurnLimits) -> None:
        """
        @param clock: tells when patience has run out.
        """
        self._actor = actor
        self._clock = clock
        self._limits = limits
        self._waiting: list[tuple[Turn, int]] = []
        self._size = self._sizeNow = 0
        self._outstanding = 0
        self._running = False
        self._paused = False
        self._resting: IDelayedCall | None = None
        self._spent = 0.0
        self._advancing = False
        self._stopped = False
        self._timer: IDelayedCall | None = None
        self._idle: tuple[Deferred[None], ...] = ()

    @property
    def idle(self) -> bool:
        """
        Whether nothing is waiting or outstanding.
        """
        return not (self._waiting or self._outstanding or self._running)

    @property
    def size(self) -> int:
        """
        The bytes of what is waiting or outstanding.
        """
        return self._size

    @property
    def waits(self) -> bool:
        """
        Whether something was pushed that is not begun yet.
        """
        return bool(self._waiting)

    @property
    def stopped(self) -> bool:
        """
        Whether nothing more is begun.
        """
        return self._stopped

    def push(self, turn: Turn, size: int) -> None:
        """
        Take one more.

        @param size: its bytes.
        """
        if self._stopped:
            return
        self._waiting.append((turn, size))
        self._size += size
        self._advance()

    def whenIdle(self) -> Deferred[None]:
        """
        @return: fires when all that was pushed is done; never, if they are stopped first.
        """
        if self.idle:
            return succeed(None)
        done: Deferred[None] = Deferred()
        self._idle += (done,)
        return done

    def rest(self, seconds: float) -> None:
        """
        Read no more for so long, beside all else that may keep from reading.
        """
        if self._stopped:
            return
        if self._resting is None:
            self._resting = self._clock.callLater(seconds, self._rested)
            if not self._paused:
                self._actor.pauseProducing()
        else:
            self._resting.reset(seconds)

    def readOn(self) -> None:
        """
        The client is not L{Actor.behind} any more.
        """
        if not self._stopped:
            self._advance()

    def hasten(self) -> None:
        """
        The client has gone: neither is it waited for, nor has it to wait.
        """
        if self._resting is not None:
            self._resting.cancel()
            self._rested()
        self._advance()

    def _rested(self) -> None:
        self._resting = None
        if not self._paused:
            self._actor.resumeProducing()

    def stop(self) -> None:
        """
        Begin nothing more.
        """
        if not self._stopped:
            self._stopped = True
            # The two know each other, and only the garbage collector would part them.
            del self._actor
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        self._waiting.clear()
        self._idle = ()
        self._watch()

    def _advance(self) -> None:
        # What is acted on may be done, and what is read may be pushed, before the call returns.
        if self._advancing:
            return
        self._advancing = True
        try:
            while (self._waiting and self._begin()) or self._flow():
                pass
        finally:
            self._advancing = False
        self._watch()
        if self._idle and self.idle:
            idle, self._idle = self._idle, ()
            for done in idle:
                done.callback(None)

    def _begin(self) -> bool:
        """
        Act on the first that waits, of which there is one, if it is its turn.

        @return: whether there was one.
        """
        if self._running:
            return False
        turn, size = self._waiting[0]
        publishes = self._actor.publishes(turn)
        if self._outstanding and (not publishes or self._outstanding >= self._limits.turns):
            return False
        if not publishes and self._actor.behind:
            # Whoever does not read is not answered yet: long answers cost the server time.
            return False
        del self._waiting[0]
        if publishes:
            self._outstanding += 1
            self._actor.publish(turn, partial(self._published, size))
        else:
            self._running = True
            self._sizeNow = size
            began = self._clock.seconds()
            self._actor.act(turn, self._done)
            self._spent += max(self._clock.seconds() - began, 0.0)
            if self._spent >= PORTION:
                # Thousands of commands may come in one read; others are served in between.
                self._spent = 0.0
                self._makeWay()
        return True

    def _makeWay(self) -> None:
        """
        Let others have their turn before more is read, and before what waits here is begun.
        """
        if self._resting is None:
            self.rest(0)
        if self._waiting and not self._running:
            self._running = True
            self._clock.callLater(0, self._goOn)

    def _goOn(self) -> None:
        self._running = False
        self._advance()

    def _published(self, size: int, result: object) -> None:
        self._outstanding -= 1
        self._ended(result, size)

    def _done(self, result: object) -> None:
        self._running = False
        self._ended(result, self._sizeNow)

    def _ended(self, result: object, size: int) -> None:
        if isinstance(result, Failure):
            self._log.failure("a turn failed instead of being answered", result)
        self._size -= size
        if self._timer is not None:
            self._timer.reset(self._limits.patience)
        # Nearly always it was something that was said, and nobody waits for that.
        if self._waiting or self._paused or self._idle or self._timer is not None:
            self._advance()

    def _flow(self) -> bool:
        """
        Pause reading, or resume it.

        @return: whether that has brought something to act on.
        """
        limits = self._limits
        under = len(self._waiting) + self._outstanding + self._running
        if not self._paused:
            if (under >= limits.turns or self._size >= limits.size) and not self._stopped:
                self._paused = True
                if self._resting is None:
                    self._actor.pauseProducing()
        elif under <= limits.turns // 2 and self._size <= limits.size // 2 and not self._stopped:
            self._paused = False
            if self._resting is None:
                self._actor.resumeProducing()
                return True
        return False

    def _watch(self) -> None:
        """
        Let time run just while something is waited for.
        """
        awaited = self._running or self._paused or bool(self._waiting)
        if awaited and not self._stopped:
            if self._timer is None:
                self._timer = self._clock.callLater(self._limits.patience, self._overdue)
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _overdue(self) -> None:
        self._timer = None
        self._actor.overdue()
