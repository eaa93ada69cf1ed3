"""
A connection of IRC: bytes become messages, messages become turns.
"""

from __future__ import annotations

from typing import Final

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from twisted_chat.domain.units import KIB
from twisted_chat.frontends.connection import LineConnection
from twisted_chat.frontends.irc.message import (
    CLIENT_LINE,
    BadLine,
    Empty,
    NotUtf8,
    parse,
    spell,
)
from twisted_chat.frontends.irc.replies import Replies

MESSAGE, TOO_LONG, NOT_UTF8, EMPTY = "message", "tooLong", "notUtf8", "empty"
"""What a turn is about: C{turn_message} and so on."""

BLANK: Final = 64
"""
Bytes for which a line counts that says nothing: some clients end each line twice, and thousands of
such lines come in one read.
"""


class IrcConnection(LineConnection):
    """
    One connection.

    @ivar replies: the server's own words to the client.
    @ivar heardAt: when something was last read, in the clock's seconds.
    @ivar pingedAt: when the client was asked for a sign of life since then; 0 if it was not.
    """

    __slots__ = ("heardAt", "pingedAt", "replies")

    replies: Replies

    # The line ends with what may be a carriage return.
    MAX_LENGTH = CLIENT_LINE + 1
    mostSkipped = 16 * KIB

    def __init__(self) -> None:
        super().__init__()
        self.heardAt = 0.0
        self.pingedAt = 0.0

    def connectionMade(self) -> None:
        """
        Begin, unless there are too many already.
        """
        self.heardAt = self.factory.clock.seconds()
        super().connectionMade()

    def opened(self) -> None:
        """
        The client can be written to.
        """
        self.replies = Replies(self.serverName, self.outbox, self.writeAnswer)

    def readConnectionLost(self) -> None:
        """
        The client says no more. Whoever goes says so by QUIT: it has crashed, or was ended.
        """
        super().readConnectionLost()
        self.gone = ("lost", "")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has gone.
        """
        super().connectionLost(reason)
        self.replies.lost()

    @property
    def serverName(self) -> str:
        """
        The name that the server's lines come from.
        """
        raise NotImplementedError

    def disconnect(self, reason: str) -> None:
        """
        End the connection, and say why.

        @param reason: one line for the person.
        """
        self.leave(reason)
        if not self.outbox.closed:
            self.replies.end()
            self.outbox.write(spell("ERROR", (reason,)))
        self.close()

    def hasTakenAll(self) -> bool:
        """
        Whether the client's machine has acknowledged all that was written, as far as that is known.
        """
        isTaken = getattr(self.transport, "isTaken", None)
        # A gateway takes what is written, whether or not there is still somebody behind it.
        itself = self.factory.addressOf(self.transport.getPeer()) == self.address
        return isTaken is not None and itself and bool(isTaken())

    # What is read.

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have come, in any pieces.
        """
        if not self.lost:
            self.heardAt, self.pingedAt = self.factory.clock.seconds(), 0.0
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """
        A line has come, with or without a carriage return at its end.
        """
        size = len(line)
        try:
            message = parse(line.rstrip(b"\r"))
        except Empty:
            # Nobody is answered, but others have their turn in between.
            self._turns.push((EMPTY, line), 0)
            self.charge(BLANK)
        except NotUtf8 as wrong:
            self.take((NOT_UTF8, wrong), 0)
        except BadLine as wrong:
            self.take((TOO_LONG, wrong), 0)
        else:
            self.take((MESSAGE, message), size)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        A line is too long: say so once, and leave all of it out.
        """
        self.take((TOO_LONG, BadLine()), 0)
        self.skip(line)

    def turn_empty(self, line: bytes) -> None:
        """
        A line says nothing: it is passed over in silence.
        """

    def refused(self, why: Failure) -> None:
        """
        Something went wrong that is no fault of the client.
        """
        self.wentWrong(why)
        self.replies.line("FAIL", "*", "INTERNAL_ERROR", "Internal error; it has been logged.")
        self.replies.end()
