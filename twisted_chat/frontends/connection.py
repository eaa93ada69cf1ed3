"""
A connection on which lines come in and go out: nc, telnet, openssl s_client.

It knows bytes, lines, limits and the end of a connection; what the lines mean is told by who
inherits from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IReactorTime,
)
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger, LogLevel
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.domain.names import decode
from twisted_chat.frontends.lineformat import EOL, ERROR
from twisted_chat.frontends.outbox import Outbox
from twisted_chat.frontends.telnet import TelnetFilter
from twisted_chat.frontends.turns import KIB, Turn, TurnLimits, Turns

SECONDS: Final = 1.0

CLOSING: Final = 1 * SECONDS
"""In this time a client has to take what it has been told before it is disconnected."""

LINE, TOO_LONG, GREET = "line", "tooLong", "greet"
"""What a turn is about: C{turn_line} and so on."""


@dataclass(frozen=True, slots=True)
class LineLimits:
    """
    What a client of the line protocol may ask of the server.

    @ivar line: bytes in a line.
    @ivar login: seconds to say who one is.
    @ivar connections: how many there may be at the same time.
    @ivar sendQueue: bytes that may wait for a client that does not read.
    @ivar outstanding: see L{TurnLimits.turns}.
    @ivar outstandingBytes: see L{TurnLimits.size}.
    """

    line: int = 8 * KIB
    login: float = 60 * SECONDS
    connections: int = 10_000
    sendQueue: int = KIB * KIB
    outstanding: int = 64
    outstandingBytes: int = 64 * KIB


class Connections(Protocol):
    """
    What a connection needs of its factory.

    @ivar addressOf: names the place that a connection comes from.
    @ivar closing: whether nothing more is read.
    """

    addressOf: Callable[[IAddress], str]
    clock: IReactorTime
    limits: LineLimits
    turnLimits: TurnLimits
    closing: bool

    def made(self, protocol: Any) -> bool:
        """
        There is one more.

        @return: whether it may stay.
        """

    def lost(self, protocol: Any) -> None:
        """
        There is one less.
        """


@implementer(IHalfCloseableProtocol)
class LineConnection(LineReceiver):
    """
    One connection.

    Turns are done by C{turn_KIND} methods: C{turn_greet} first, C{turn_line} for each line.

    @ivar address: where the client is.
    @ivar outbox: where all that is written goes.
    @ivar telnet: parts text from telnet's commands.
    @ivar gone: how the session of a connection that is lost ends, and a text about it.
    """

    factory: Connections
    transport: Any
    outbox: Outbox
    telnet: TelnetFilter

    delimiter = b"\n"
    address = ""
    gone = ("lost", "")

    _log = Logger()
    _turns: Turns
    _after = b""
    _timer: IDelayedCall | None = None

    # What who inherits does.

    def publishes(self, turn: Turn) -> bool:
        """
        Whether a turn only publishes; see L{turns.Actor.publishes}.
        """
        return False

    def publish(self, turn: Turn) -> Deferred[Any]:
        """
        Do a turn that only publishes; see L{turns.Actor.publish}.
        """
        raise NotImplementedError

    def answered(self, result: Any) -> None:
        """
        A turn that was waited for is done.

        @param result: what its method returned; C{None} if it was refused.
        """

    def ended(self) -> None:
        """
        The connection has gone.
        """

    # How it begins, and how it ends.

    def connectionMade(self) -> None:
        """
        Begin, unless there are too many already.
        """
        factory, limits = self.factory, self.factory.limits
        # Instances share the table of their attributes' names, two thirds of a kilobyte, only as
        # long as each has them all from its first moment on; the first four are LineReceiver's.
        self._buffer, self._busyReceiving, self.line_mode, self.paused = b"", False, 1, False
        self._after, self._timer, self.gone = b"", None, ("lost", "")
        self.address = factory.addressOf(self.transport.getPeer())
        # The line ends with what may be a carriage return.
        self.MAX_LENGTH = limits.line + 1
        self.outbox = Outbox(self.transport, limits.sendQueue, self._tooSlow)
        self.telnet = TelnetFilter()
        self._turns = Turns(self, factory.clock, factory.turnLimits)
        if not factory.made(self):
            self._log.warn("{address}: refused, there are too many", address=self.address)
            self.disconnect("The server is full. Try again later.")
            return
        self._log.info("{address}: connected", address=self.address)
        self._turns.push((GREET, ""), 0)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has gone.
        """
        self.within(0, None)
        self._turns.stop()
        self.outbox.lost()
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
            self.lineReceived(rest)
            self._turns.whenIdle().addCallback(self._allAnswered)
        else:
            self.close()

    def writeConnectionLost(self) -> None:
        """
        Nothing can be written any more.
        """
        self.close()

    def disconnect(self, reason: str) -> None:
        """
        End the connection, and say why.

        @param reason: one line for the person.
        """
        self.write([ERROR + reason])
        self.close()

    def close(self) -> None:
        """
        End the connection, in a second at the latest.
        """
        self._turns.stop()
        if not self.outbox.closed:
            self.outbox.close()
            self.within(CLOSING, self.transport.abortConnection)

    def within(self, seconds: float, then: Callable[[], object] | None) -> None:
        """
        Set the one timer that a connection has; whatever it was set to is forgotten.

        @param then: what is done when it runs out; C{None}: it stands still.
        """
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if then is not None:
            self._timer = self.factory.clock.callLater(seconds, then)

    def _tooSlow(self, reason: str) -> None:
        self.gone = ("lost", reason)
        self._log.warn("{address}: disconnected, {reason}", address=self.address, reason=reason)

    # What is read.

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have come: text, and perhaps telnet's commands.
        """
        text, answers = self.telnet.feed(data)
        if answers:
            self.outbox.write(answers)
        super().dataReceived(text)  # type: ignore[no-untyped-call]
        while self._after:
            text, self._after = self._after, b""
            super().dataReceived(text)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:
        """
        A line has come, with or without a carriage return at its end.
        """
        line = line.removesuffix(b"\r")
        if len(line) > self.factory.limits.line:
            # Without a carriage return, one more byte than is allowed has come through.
            self._turns.push((TOO_LONG, ""), 0)
        else:
            self._turns.push((LINE, decode(line)), len(line))

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        A line is too long: say so once, and leave all of it out.
        """
        self._turns.push((TOO_LONG, ""), 0)
        self.rawDataReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        """
        A part of a line that is too long, and perhaps what comes after it.
        """
        _, ended, self._after = data.partition(self.delimiter)
        self.line_mode = int(bool(ended))

    def resumeProducing(self) -> None:
        """
        Read on, unless the server is closing.
        """
        if not self.factory.closing:
            super().resumeProducing()  # type: ignore[no-untyped-call]

    # What is done.

    def act(self, turn: Turn) -> Deferred[Any]:
        """
        Do what a turn says, and answer it.
        """
        kind, text = turn
        doing = maybeDeferred(getattr(self, "turn_" + kind), text)
        return doing.addErrback(self.refused).addCallback(self.answered)

    def overdue(self) -> None:
        """
        Something takes so long that the client may have gone meanwhile.
        """
        self._log.error("{address}: disconnected, no answer in time", address=self.address)
        self.disconnect("The server took too long. Come again later.")

    def whoIsThere(self) -> str:
        """
        Who this is, for the log.
        """
        return self.address

    def turn_tooLong(self, text: str) -> None:
        """
        A line was left out.
        """
        limit = self.factory.limits.line
        raise BadInput(why=f"That line is too long: {limit} bytes are the limit. It was left out.")

    def refused(self, why: Failure) -> None:
        """
        Say why something did not work: the one place where that is said.
        """
        if isinstance(why.value, ChatError):
            self.write([ERROR + why.value.text])
            self._log.info("{who} was refused: {code}", who=self.whoIsThere(), code=why.value.code)
            return
        # What was under way when a connection was lost may stumble over that.
        level = LogLevel.debug if self.outbox.closed else LogLevel.critical
        self._log.failure("{address}: internal error", why, level, address=self.address)
        self.write([ERROR + "Internal error; it has been logged."])

    def write(self, lines: Sequence[str], end: str = "") -> None:
        """
        Write lines of the server's own, in one go.

        @param lines: without line ends.
        @param end: what stands behind them, such as a prompt.
        """
        if lines or end:
            self.outbox.write("".join([*(line + EOL for line in lines), end]).encode())
