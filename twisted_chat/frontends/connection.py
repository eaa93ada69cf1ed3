"""
A connection on which lines come in and go out: nc, telnet, openssl s_client.

It knows bytes, lines and limits; what the lines mean is told by who inherits from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.interfaces import (
    IDelayedCall,
    IHalfCloseableProtocol,
    ISSLTransport,
)
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.domain.coroutines import carriedOut, metered
from twisted_chat.domain.counts import INTERNAL
from twisted_chat.domain.errors import ChatError, TooFast
from twisted_chat.domain.limits import TokenBucket
from twisted_chat.domain.units import KIB
from twisted_chat.frontends.ending import EndingConnection
from twisted_chat.frontends.outbox import Outbox
from twisted_chat.frontends.turns import Turn, Turns

if TYPE_CHECKING:
    from twisted_chat.frontends.clients import Clients

ANSWER: Final = 16 * KIB
"""How many bytes of an answer count as one more line that was said."""

WORK: Final = 0.01
"""Seconds of the server's time that count as one more line, however short the answer is."""

FAR_TOO_LONG: Final = "Input line was far too long"

TURNED_AWAY: Final = "turned-away"
"""What is counted as refused beside each L{ChatError}: connections that may not stay."""

NOWHERE: Final = "unknown"
"""Where a proxy's own connections come from, by which it looks whether the server lives."""

_WRONG: Final = "{who}: internal error"

LINE, TOO_LONG, GREET = "line", "tooLong", "greet"
"""What a turn is about: C{turn_line} and so on."""


@implementer(IHalfCloseableProtocol)
class LineConnection(EndingConnection):
    """
    One connection.

    Turns are done by C{turn_KIND} methods: C{turn_greet} first, C{turn_line} for each line.

    @ivar address: where the client is.
    @ivar outbox: where all that is written goes.
    @ivar counted: whether it counts for its address.
    @ivar mostSkipped: bytes of a line that is too long; then the client is disconnected.
    @ivar skipped: how many there were so far.
    """

    # Ten thousand who are idle must not take much room, so nothing is kept in a dict: what
    # LineReceiver has stands here too, and whoever inherits declares slots.
    __slots__ = (
        "_after", "_buffer", "_busyReceiving", "_pace", "_patience", "_timer", "_turns", "address",
        "connected", "counted", "factory", "gone", "line_mode", "outbox", "paused", "reason",
        "skipped", "transport",
    )  # fmt: skip

    factory: Clients
    transport: Any
    outbox: Outbox

    delimiter = b"\n"
    mostSkipped: int

    _log = Logger()
    _turns: Turns

    def __init__(self) -> None:
        self._buffer, self._busyReceiving, self.line_mode, self.paused = b"", False, 1, False
        self.connected, self.transport = 0, None
        self.address = ""
        self.counted = False
        self.skipped = 0
        self.gone, self.reason = ("lost", ""), ""
        self._after = b""
        self._timer: IDelayedCall | None = None
        self._pace: TokenBucket | None = None
        self._patience: TokenBucket | None = None

    # What who inherits does, beside lineReceived.

    def disconnect(self, reason: str) -> None:
        """
        End the connection, and say why.

        @param reason: one line for the person.
        """
        raise NotImplementedError

    def refused(self, why: Failure) -> None:
        """
        Say why something did not work.
        """
        raise NotImplementedError

    def publishes(self, turn: Turn) -> bool:
        """
        Whether a turn only publishes; see L{turns.Actor.publishes}.
        """
        return False

    def publish(self, turn: Turn, done: Callable[[object], None]) -> None:
        """
        Do a turn that only publishes; see L{turns.Actor.publish}.
        """
        raise NotImplementedError

    def opened(self) -> None:
        """
        The client can be written to.
        """

    @property
    def MAX_LENGTH(self) -> int:  # type: ignore[override]
        """
        How long a line may be, with what may be a carriage return at its end.
        """
        return self.factory.limits.line + 1

    # How it begins.

    def connectionMade(self) -> None:
        """
        Begin, unless there are too many already.
        """
        factory = self.factory
        self.address = factory.addressOf(self.transport.getPeer())
        self._turns = Turns(self, factory.clock, factory.limits.turns)
        sendQueue = factory.limits.sendQueue
        self.outbox = Outbox(self.transport, sendQueue, self._tooSlow, self._turns.readOn)
        self.opened()
        self._pace = factory.hub.rates.lineBucket(self.address)
        refusal = factory.made(self)
        if refusal:
            factory.counts.refusals[TURNED_AWAY] += 1
            self.gone = (TURNED_AWAY, refusal)
            if times := factory.hub.rates.turnedAway(self.address):
                n = f" ({times} times)" if times > 1 else ""
                self._log.warn("{who}: refused{n}: {why}", who=self.address, n=n, why=refusal)
            self.disconnect(refusal)
            return
        self.log("connected")
        self._turns.push((GREET, ""), 0)

    def log(self, what: str) -> None:
        """
        Tell the log of a connection on which nobody has come in.

        @param what: has become of it.
        """
        if self.address != NOWHERE:
            self._log.info("{address}: {what}", address=self.address, what=what)

    def _tooSlow(self, reason: str) -> None:
        self._turns.stop()
        self.gone = ("lost", reason)
        self.factory.counts.overflows += 1
        self._log.warn("{address}: disconnected, {reason}", address=self.address, reason=reason)

    # What is read.

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have come, in any pieces.
        """
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        while self._after:
            data, self._after = self._after, b""
            super().dataReceived(data)  # type: ignore[no-untyped-call]

    def skip(self, line: bytes) -> None:
        """
        Leave out a line that is too long.

        @param line: the beginning of it, and perhaps what comes after it.
        """
        self.skipped = 0
        self.rawDataReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        """
        More of a line that is too long, and perhaps what comes after it. Without any end it is no
        mistake, and not waited for.
        """
        line, ended, self._after = data.partition(self.delimiter)
        self.skipped += len(line)
        self.charge(len(line))
        if self.skipped > self.mostSkipped:
            self._after = b""
            self.gone = ("lost", FAR_TOO_LONG)
            self.disconnect(FAR_TOO_LONG)
        self.line_mode = int(bool(ended))

    def take(self, turn: Turn, size: int) -> None:
        """
        Something was asked for: let it have its turn; who asks too fast is read no more for a
        while. A line counts for as many as it has KiB: what all are sent may be as long.

        @param size: its bytes.
        """
        lines = max(1.0, size / KIB)
        if not self.lost:
            self._turns.push(turn, size)
            self._rest(self._counted(lines))
        elif wait := self._counted(lines):
            self._rest(wait)
        else:
            self._turns.push(turn, size)

    def _counted(self, lines: float) -> float:
        """
        Count some lines, or what counts as much.

        @return: for how many seconds to read no more.
        """
        if self._pace is None:
            return 0.0
        rates = self.factory.hub.rates
        return max(self._pace.spend(lines), rates.line(self.address, self.accountId, lines))

    def _rest(self, seconds: float) -> None:
        """
        Read no more for a while. Whoever has gone is not waited for: the rest was too much.
        """
        if seconds and self.lost:
            self.leaveOut()
        elif seconds:
            self._turns.rest(seconds)
            if self.factory.hub.rates.floods(self.accountId or self.address):
                self._log.info("{who} sends more than it may, and waits", who=self.whoIsThere())

    def charge(self, size: int) -> None:
        """
        Something was read that is no turn: it counts like lines, a KiB like one.

        @param size: its bytes.
        """
        self._rest(self._counted(size / KIB))

    def writeAnswer(self, data: bytes) -> None:
        """
        Write what was asked for. Whoever asks for much waits for it later, on all connections: long
        lists cost the server time, and so everybody.
        """
        self.outbox.write(data)
        if len(data) >= ANSWER:
            self._rest(self._counted(len(data) // ANSWER))

    def heed(self, refusal: ChatError) -> None:
        """
        Something was refused, and that has been said: who does too much again and again goes.
        """
        # The frames of awaited Deferreds hold what was raised through them: some fifty objects that
        # only the garbage collector would find.
        refusal.__traceback__ = refusal.__context__ = None
        if refusal.code != TooFast.code:
            return
        if self._patience is None:
            self._patience = self.factory.hub.rates.patience()
        if self._patience.take():
            self._log.warn("{who}: disconnected, did too much", who=self.whoIsThere())
            self.disconnect("You did too much in too short a time. Come again later.")

    def wentWrong(self, why: Failure) -> None:
        """
        Something failed that is no fault of the client: it is in the log, and counted.
        """
        # What was under way when a connection was lost may stumble over that.
        if self.finished:
            self._log.failure(_WRONG, why, LogLevel.debug, who=self.whoIsThere())
        else:
            self._log.failure(_WRONG, why, who=self.whoIsThere())
            self.factory.counts.refusals[INTERNAL] += 1

    @property
    def accountId(self) -> str:
        """
        The id of the account of whoever has come in; C{""} for nobody, and for a guest.
        """
        return ""

    # What is done.

    def act(self, turn: Turn, done: Callable[[object], None]) -> None:
        """
        Do what a turn says, and answer it; see L{turns.Actor.act}.
        """
        worked = self.factory.hub.rates.worked
        carriedOut(metered(self._act(*turn), worked, WORK, self._worked), done)

    def _worked(self, lines: int) -> None:
        """
        What was asked for took the server as much time as some lines may.
        """
        self._rest(self._counted(lines))

    async def _act(self, kind: str, content: Any) -> None:
        result = None
        try:
            doing = getattr(self, "turn_" + kind)(content)
            result = doing if doing is None else await doing
        except Exception:
            self.refused(Failure())
        if kind != GREET:
            # The first words end with the first question themselves, in one write.
            self.answered(result)

    def answered(self, result: Any) -> None:
        """
        A turn that was waited for is done.

        @param result: what its method returned; C{None} if it was refused.
        """

    @property
    def behind(self) -> bool:
        """
        Whether the client has still to read what was answered; see L{turns.Actor.behind}.
        """
        return self.outbox.slow and not self.outbox.closed

    def overdue(self) -> None:
        """
        Something takes so long that the client may have gone meanwhile.
        """
        if self.behind:
            self.outbox.giveUp()
            return
        self._log.error("{address}: disconnected, no answer in time", address=self.address)
        self.disconnect("The server took too long. Come again later.")

    @property
    def encrypted(self) -> bool:
        """
        Whether nobody on the way to the client can read along.
        """
        return bool(ISSLTransport.providedBy(self.transport))

    def whoIsThere(self) -> str:
        """
        Who this is, for the log.
        """
        return self.address
