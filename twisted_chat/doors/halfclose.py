"""
The end of what a client says, over TLS: what it hears goes on.

TLS has an alert for it (C{close_notify}; RFC 8446, section 6.1: it does not end the other
direction). Twisted takes it for the end of the connection, and what the client had sent just before
would be neither done nor answered. Here it is what the end of a client's half of a TCP connection
is without TLS: something that an L{IHalfCloseableProtocol} is told.

Some clients (ncat) end just their half of the TCP connection, without that alert. It is taken for
the same, but then it need not have been the client who ended it, and a line without an end may have
been cut off: it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from OpenSSL import SSL
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
)
from twisted.protocols.basic import LineReceiver
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from twisted_chat.domain.units import KIB
from twisted_chat.doors.handshakes import Handshakes

RECORD: Final = 22
"""Bytes around what is said in a record, at the least (RFC 8446, section 5.2)."""

MOST_AROUND: Final = 17 * KIB
"""
So many bytes more than were said may have come without anything being wrong: a record that has not
come whole, of 16 KiB at the most, can't be received yet.
"""


@implementer(IHalfCloseableProtocol)
class HalfClosingTLS(TLSMemoryBIOProtocol):
    """
    The TLS beneath one protocol.
    """

    factory: HalfClosingFactory
    transport: Any
    wrappedProtocol: Any

    _around = 0
    _early = b""
    _late = False
    _paused = False
    _ended = False
    _cut = False
    _told = False

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have come; of a handshake they may have to wait for their turn.
        """
        if self._handshakeDone:
            tls: Any = self._tlsConnection
            tls.coming, before = len(data), tls.heard
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            self._around += len(data) - (tls.heard - before)
            if self._around > MOST_AROUND:
                self.wrapped(self._around - MOST_AROUND)
                self._around = MOST_AROUND
            return
        waits, self._early = bool(self._early), self._early + data
        if not waits and not self.factory.handshakes.take(self._shake):
            self._late = True
            self.transport.pauseProducing()

    def wrapped(self, size: int) -> None:
        """
        Something has come around what the client has said.

        @param size: its bytes.
        """

    def _shake(self) -> None:
        if not self.connected:
            return
        data, self._early = self._early, b""
        if self._late and not (self._paused or self.disconnecting):
            self.transport.resumeProducing()
        self._late = False
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def peerEnded(self) -> bool:
        """
        The client has said that it says no more. This may be called again and again.

        @return: whether the connection goes on nevertheless.
        """
        if self.disconnecting or not IHalfCloseableProtocol.providedBy(self.wrappedProtocol):
            return False
        if not self._ended:
            self._ended = True
            self._tell()
        return True

    def pauseProducing(self) -> None:
        """
        Read no more for now.
        """
        self._paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """
        Read on.
        """
        self._paused = False
        self.transport.resumeProducing()
        if self._ended:
            # What the protocol was given and has not looked at comes first.
            self.factory.clock.callLater(0, self._tell)

    def _tell(self) -> None:
        # As with TCP, who does not read does not see the end.
        if self.connected and not (self._paused or self._told or self.disconnecting):
            self._told = True
            self.wrappedProtocol.readConnectionLost()

    def readConnectionLost(self) -> None:
        """
        The client's half of the TCP connection has ended.
        """
        protocol = self.wrappedProtocol
        halves = IHalfCloseableProtocol.providedBy(protocol)
        if self.disconnecting or not self._handshakeDone or not halves:
            self.transport.loseConnection()
        elif not self._ended:
            self._ended = self._cut = True
            if isinstance(protocol, LineReceiver):
                protocol.clearLineBuffer()
            self._tell()

    def loseConnection(self) -> None:
        """
        End the connection when all is written.
        """
        super().loseConnection()  # type: ignore[no-untyped-call]
        if self._cut:
            # The client's own alert, which would be waited for, can't come any more.
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """
        Nothing can be written any more.
        """
        self.transport.loseConnection()


class HalfClosingFactory(TLSMemoryBIOFactory):
    """
    Puts TLS beneath the protocols of another factory.

    @ivar clock: see L{HalfClosingFactory.__init__}.
    @ivar handshakes: lets its connections begin, a few at a time.
    """

    # Twisted's default gathers writes until the next turn, with a timer for each connection.
    # Ours are gathered already: one for each batch.
    protocol = HalfClosingTLS

    def __init__(
        self,
        creator: IOpenSSLServerConnectionCreator,
        inner: IProtocolFactory,
        clock: IReactorTime,
    ) -> None:
        """
        @param creator: begins the TLS side of each connection, with a L{HalfClosing}.
        @param inner: makes the protocols.
        @param clock: the reactor's time.
        """
        super().__init__(creator, False, inner, clock)
        self.clock: Any = clock
        self.handshakes = Handshakes(clock)


class HalfClosing(SSL.Connection):
    """
    OpenSSL's side of a connection.

    @ivar coming: about how many bytes have come that were not received.
    @ivar heard: how many bytes were received of what the client has said.
    """

    coming = heard = 0
    _failed: SSL.Error | None = None

    def __init__(self, context: SSL.Context, protocol: TLSMemoryBIOProtocol) -> None:
        """
        @param context: what the connection is made with.
        @param protocol: a L{HalfClosingTLS}.
        """
        super().__init__(context, None)
        self.set_app_data(protocol)

    def recv(self, bufsiz: int, flags: int | None = None) -> bytes:
        """
        Receive what the client has said.

        @param bufsiz: how many bytes at most.
        @param flags: see C{socket.recv}.
        @raise SSL.WantReadError: there is nothing, perhaps for ever.
        """
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        try:
            said = self._record(bufsiz, flags)
        except SSL.ZeroReturnError:
            if not self.get_app_data().peerEnded():
                raise
            raise SSL.WantReadError from None
        if self.coming > RECORD:
            # Of a client that puts each byte into a record of its own, thousands come at once.
            return said + b"".join(self._more(bufsiz - len(said), flags))
        return said

    def _record(self, most: int, flags: int | None) -> bytes:
        said = super().recv(most, flags)
        self.coming -= RECORD + len(said)
        self.heard += len(said)
        return said

    def _more(self, most: int, flags: int | None) -> Iterator[bytes]:
        try:
            while most > 0 and self.coming > 0:
                said = self._record(most, flags)
                most -= len(said)
                yield said
        except (SSL.WantReadError, SSL.ZeroReturnError):
            # That is told again.
            return
        except SSL.Error as error:
            self._failed = error
