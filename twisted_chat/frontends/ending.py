"""
The end of a connection, and what its client had said before that.

A script may say all that it has to say and close at once, both ways. Then the first answer to it
fails, and the connection is lost while most of what was sent waits for its turn behind a login or a
join. Whole lines that had come before take effect all the same, in their order, and unanswered: as
many of them as may be said without waiting, and only for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from twisted_chat.domain.units import SECONDS
from twisted_chat.frontends.outbox import Outbox
from twisted_chat.frontends.turns import Turns

if TYPE_CHECKING:
    from twisted_chat.frontends.clients import Clients

CLOSING: Final = 1 * SECONDS
"""In this time a client has to take what it has been told before it is disconnected."""

NO_MORE: Final = "noMore"
"""What the turn is about that comes when a client says no more: C{turn_noMore}."""

AFTERWARDS: Final = 5 * SECONDS
"""In this time has to be done what a client had said before it was lost; then it has gone."""


class EndingConnection(LineReceiver):
    """
    A connection, as far as it has an end.

    @ivar gone: how the session of a connection that is lost ends, and a text about it.
    @ivar reason: what the server has said when it ended the connection; C{""} if it did not.
    """

    __slots__ = ()

    factory: Clients
    transport: Any
    outbox: Outbox
    gone: tuple[str, str]
    reason: str

    _after: bytes
    _buffer: bytes
    _timer: IDelayedCall | None
    _turns: Turns

    def ended(self) -> None:
        """
        The connection has gone, and nothing more is done for it.
        """

    # How far it has come to its end.

    @property
    def finished(self) -> bool:
        """
        Whether nothing more is done for the client.
        """
        return self._turns.stopped

    @property
    def lost(self) -> bool:
        """
        Whether the client has gone, so that nobody reads what is written, and what it had said
        before is still done.
        """
        return self.outbox.closed and not self._turns.stopped

    @property
    def closed(self) -> bool:
        """
        Whether nothing would come of it if the client came in now: it has gone, and has said
        nothing behind what is done just now.
        """
        return self.finished or (self.lost and not self._saysMore)

    @property
    def _saysMore(self) -> bool:
        return self._turns.waits or self.delimiter in self._buffer

    # How it ends.

    def leave(self, reason: str) -> None:
        """
        Keep why the server ends the connection, for the log; what a client says when it goes by
        itself is not for it.
        """
        if self.gone[0] != "quit":
            self.reason = self.reason or reason

    @property
    def why(self) -> str:
        """
        Why it has ended, as the log has it behind that it has: C{""} if its client has ended it.
        """
        how, text = self.gone
        if how == "quit" and not self.reason:
            return ""
        return f": {self.reason or text or 'connection lost'}"

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has gone: do what had been said, if something had.
        """
        self._setTimer(0, None)
        self.outbox.lost()
        if self.finished or (self._turns.idle and not self._saysMore):
            self._over()
        else:
            self._setTimer(AFTERWARDS, self._over)
            self._turns.hasten()
            self._whenDone()

    def _whenDone(self) -> None:
        self._turns.whenIdle().addCallback(self._done)

    def _done(self, _: object) -> None:
        # Others may have their turn first; then it is read on, and this is asked again.
        if self.lost and not self.paused:
            if self._turns.idle:
                self.close()
            else:
                self._whenDone()

    def _over(self) -> None:
        self._setTimer(0, None)
        self._turns.stop()
        self.ended()
        self.factory.lost(self)

    def readConnectionLost(self) -> None:
        """
        The client says no more: answer what it has said, then close.
        """
        self.gone = ("quit", "")
        self._turns.whenIdle().addCallback(self._allAnswered)

    def _allAnswered(self, _: object) -> None:
        rest = self.clearLineBuffer()  # type: ignore[no-untyped-call]
        if rest:
            # The last line need not have an end.
            self.lineReceived(rest)  # type: ignore[no-untyped-call]
            self._turns.whenIdle().addCallback(self._allAnswered)
        else:
            # As the next command would, this waits until the client has read what was answered.
            self._turns.push((NO_MORE, ""), 0)

    def turn_noMore(self, text: str) -> None:
        """
        All is answered, and read.
        """
        self.close()

    def writeConnectionLost(self) -> None:
        """
        Nothing can be written any more.
        """
        self.close()

    def close(self) -> None:
        """
        End the connection, in a second at the latest.
        """
        lost = self.lost
        self._turns.stop()
        if lost:
            # As with one that is not lost, who ends it is not told of that in the midst of it.
            self._setTimer(0, self._over)
        elif not self.outbox.closed:
            self.outbox.close()
            self._setTimer(CLOSING, self.transport.abortConnection)

    def within(self, seconds: float, then: Callable[[], object] | None) -> None:
        """
        Set the one timer that a connection has; whatever it was set to is forgotten. One that ends
        has its end set to it.

        @param then: what is done when it runs out; C{None}: it stands still.
        """
        if not self.outbox.closed:
            self._setTimer(seconds, then)

    def _setTimer(self, seconds: float, then: Callable[[], object] | None) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if then is not None:
            self._timer = self.factory.clock.callLater(seconds, then)

    # How it is read meanwhile.

    def pauseProducing(self) -> None:
        """
        Read no more for now.
        """
        if self.lost:
            self.paused = True
        else:
            super().pauseProducing()  # type: ignore[no-untyped-call]

    def resumeProducing(self) -> None:
        """
        Read on, unless the server is closing.
        """
        if self.factory.closing:
            return
        if self.lost:
            self.paused = False
            self.dataReceived(b"")  # type: ignore[no-untyped-call]
            self._whenDone()
        else:
            super().resumeProducing()  # type: ignore[no-untyped-call]

    def leaveOut(self) -> None:
        """
        Leave out whatever was read and has not been looked at.
        """
        self._after = b""
        self.clearLineBuffer()  # type: ignore[no-untyped-call]
