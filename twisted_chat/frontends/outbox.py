"""
Bounded writing to one client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

TOO_SLOW = "SendQ exceeded"
"""Why somebody who does not read is disconnected."""


@implementer(IPushProducer)
class Outbox:
    """
    What is written to one client, as long as the client reads it.

    The transport's buffer tells, by L{pauseProducing} and L{resumeProducing}, when more waits in it
    than it likes. From then on until it is empty, what is written is counted.
    """

    __slots__ = (
        "_diverted", "_limit", "_onDrained", "_onOverflow", "_plain", "_slow", "_transport",
        "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        transport: Any,
        limit: int,
        onOverflow: Callable[[str], None],
        onDrained: Callable[[], None] | None = None,
    ) -> None:
        """
        @param transport: a TCP, unix or TLS transport: an C{ITCPTransport} and C{IConsumer}.
        @param limit: bytes that may be written while the buffer is not empty.
        @param onOverflow: called once, with the reason, when a client has been disconnected that
            does not read. It may be in the midst of a write.
        @param onDrained: called whenever a client that was L{slow} has read all.
        """
        self._transport = transport
        self._limit = limit
        self._onOverflow: Callable[[str], None] | None = onOverflow
        self._onDrained = onDrained
        self._waiting = 0
        self._slow = False
        self._diverted: Callable[[bytes], None] | None = None
        # Asked at each write, and so in one place: neither slow nor diverted.
        self._plain = True
        transport.registerProducer(self, True)

    @property
    def closed(self) -> bool:
        """
        Whether nothing is written any more.
        """
        return self._transport is None

    @property
    def slow(self) -> bool:
        """
        Whether the client has still to read what was written.
        """
        return self._slow

    def write(self, data: bytes) -> None:
        """
        Write, whole or not at all. It never raises and never blocks.
        """
        if self._plain:
            self._transport.write(data)
        elif self._diverted is not None:
            self._diverted(data)
        else:
            self._writeSlowly(data)

    def divert(self, elsewhere: Callable[[bytes], None] | None) -> None:
        """
        Give what is to be written to something else, which has to write other things first;
        C{None}: write it again.
        """
        if self._transport is not None:
            self._diverted = elsewhere
            self._plain = elsewhere is None and not self._slow

    def _writeSlowly(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        self._waiting += len(data)
        if self._waiting > self._limit:
            self.giveUp()
        else:
            transport.write(data)

    def giveUp(self) -> None:
        """
        Disconnect a client that does not read.
        """
        onOverflow = self._onOverflow
        self.abort()
        if onOverflow is not None:
            onOverflow(TOO_SLOW)

    def close(self) -> None:
        """
        Close the connection when all is written. Nothing more is.
        """
        transport = self._drop()
        if transport is not None:
            # With a producer that is paused, the transport would wait for it instead of closing.
            transport.unregisterProducer()
            transport.loseConnection()

    def abort(self) -> None:
        """
        Close the connection at once.
        """
        transport = self._drop()
        if transport is not None:
            transport.unregisterProducer()
            transport.abortConnection()

    def lost(self) -> None:
        """
        The connection is closed.
        """
        self._drop()

    def _drop(self) -> Any:
        transport, self._transport = self._transport, None
        self._onOverflow = self._onDrained = self._diverted = None
        self._slow, self._plain = True, False
        return transport

    # IPushProducer, for the transport.

    def pauseProducing(self) -> None:
        """
        More waits in the transport's buffer than it likes. TCP says so again with each write.
        """
        if not self._slow:
            self._waiting = 0
            self._slow, self._plain = True, False

    def resumeProducing(self) -> None:
        """
        The transport's buffer is empty.
        """
        if self._transport is not None:
            self._slow, self._plain = False, self._diverted is None
            if self._onDrained is not None:
                self._onDrained()

    def stopProducing(self) -> None:
        """
        The connection is closed.
        """
        self._drop()
