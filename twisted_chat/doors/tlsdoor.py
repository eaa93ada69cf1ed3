"""
The door for TLS, for those too who come to it without.

A client in which TLS is not switched on sees nothing at such a door: it waits for the server to
speak, and the server for it. What it sends at last is no TLS, and here it is told so in the words
of its own wire, instead of being disconnected.
"""

from __future__ import annotations

from typing import Final

from OpenSSL import SSL
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.interfaces import IReceiver
from twisted_chat.doors.halfclose import HalfClosingFactory, HalfClosingTLS

HANDSHAKE: Final = 0x16
"""With this byte each client begins: ContentType.handshake (RFC 8446, section 5.1)."""

NO_TLS: Final = (
    "This door is for TLS, which you do not use: switch it on in your client,"
    " or come in by the door without it."
)


def wordsOf(error: SSL.Error) -> str:
    """
    @return: what OpenSSL says of an error, C{"unsupported protocol"}; C{""} if it says nothing.
    """
    queue = error.args[0] if error.args else ()
    return str(queue[-1][-1]) if queue else ""


class TLSDoor(HalfClosingTLS):
    """
    The TLS beneath one protocol; or none, just to say so.
    """

    _log = Logger()

    _heard = False
    _bare = False

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have come, of TLS or not.
        """
        if self._bare:
            return
        if not self._heard:
            self._heard = True
            if data[0] != HANDSHAKE and IReceiver.providedBy(self.wrappedProtocol):
                self._explain()
                return
        super().dataReceived(data)

    def wrapped(self, size: int) -> None:
        """
        What TLS puts around what is said counts, too: to open thousands of records with a byte in
        each costs the server time.
        """
        charge = getattr(self.wrappedProtocol, "charge", None)
        if charge is not None and size > 0 and self.connected:
            charge(size)

    def _explain(self) -> None:
        self._bare = True
        protocol = self.wrappedProtocol
        # What it would have read behind the handshake: it stands below no question, then.
        self._appSendBuffer.clear()
        protocol.outbox.divert(None)
        self._log.info("{address}: no TLS at the door for it", address=protocol.address)
        protocol.disconnect(NO_TLS)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has ended. Where that is since the two sides can't come to terms, the log
        says so: an old client can't tell its person.
        """
        failed, protocol = self._reason, self.wrappedProtocol
        if failed is not None and failed.check(SSL.Error) and hasattr(protocol, "leave"):
            protocol.leave(f"TLS: {wordsOf(failed.value)}")
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _write(self, data: bytes) -> None:
        if self._bare:
            self.transport.write(data)
        else:
            super()._write(data)  # type: ignore[no-untyped-call]

    def loseConnection(self) -> None:
        """
        End the connection when all is written.
        """
        if self._bare:
            self.disconnecting = True
            self.transport.loseConnection()
        else:
            super().loseConnection()


class TLSDoorFactory(HalfClosingFactory):
    """
    Puts TLS beneath the protocols of another factory.
    """

    protocol = TLSDoor
