"""
What all connections of a wire have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IReactorTime, ISSLTransport
from twisted.internet.protocol import ServerFactory

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.units import KIB, MIB, SECONDS
from twisted_chat.frontends.turns import TurnLimits

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub
    from twisted_chat.domain.session import Session

FULL = "The server is full. Try again later."

SHUTTING_DOWN = "The server is shutting down."


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """
    What clients may ask of the server.

    @ivar line: bytes in a line of the line protocol.
    @ivar login: seconds to say who one is.
    @ivar connections: how many there may be at the same time.
    @ivar sendQueue: bytes that may wait for a client that does not read.
    @ivar turns: how much of a connection may be under way.
    """

    line: int = 8 * KIB
    login: float = 60 * SECONDS
    connections: int = 10_000
    sendQueue: int = 1 * MIB
    turns: TurnLimits = field(default_factory=TurnLimits)


class Clients(ServerFactory):
    """
    Makes the connections of a wire, plain ones and others.

    @ivar protocols: the connections that there are.
    @ivar closing: whether nothing more is read.
    @ivar isReady: whether people can come in.
    @ivar wire: what its connections are counted under.
    @ivar counts: where they are counted.
    @ivar asksCertificates: whether clients that come through TLS are asked for certificates of
        theirs.
    """

    noisy = False
    wire = "line"
    asksCertificates = False

    def __init__(
        self,
        portal: Portal,
        hub: Hub,
        clock: IReactorTime,
        name: str,
        addressOf: Callable[[IAddress], str],
        hint: str,
        limits: ClientLimits,
        welcome: str = "",
    ) -> None:
        """
        @param portal: gives sessions.
        @param clock: the reactor's time.
        @param name: what the network is called.
        @param addressOf: names the place that a connection comes from.
        @param hint: how to come in through TLS.
        @param welcome: what everyone reads on coming in; C{""} for nothing.
        """
        self.portal = portal
        self.hub = hub
        self.counts = hub.counts
        self.clock = clock
        self.name = name
        self.addressOf = addressOf
        self.hint = hint
        self.limits = limits
        self.welcome = welcome
        self.protocols: set[Any] = set()
        self.closing = False
        self.isReady = False
        self._waiting: list[Deferred[None]] = []
        self._unfinished = 0

    def made(self, protocol: Any) -> str:
        """
        There is one more connection.

        @return: why it may not stay; C{""} if it may.
        """
        self.protocols.add(protocol)
        wire = self.wireOf(protocol)
        self.counts.connections[wire] += 1
        self.counts.accepted[wire] += 1
        why = self._arrived(protocol)
        if not why and sum(self.counts.connections.values()) > self.limits.connections:
            return FULL
        return why

    def _arrived(self, protocol: Any) -> str:
        try:
            self.hub.rates.arrive(protocol.address)
        except ChatError as refusal:
            return refusal.text
        finally:
            protocol.counted = not self.hub.rates.isTrusted(protocol.address)
        return self.hub.doorman.refuseAddress(protocol.address) or ""

    def moved(self, protocol: Any, address: str) -> str:
        """
        A connection is really from somewhere else.

        @return: why it may not stay; C{""} if it may.
        """
        self.forget(protocol)
        protocol.address = address
        return self._arrived(protocol)

    def forget(self, protocol: Any) -> None:
        """
        A connection does not count for its address any more.
        """
        if protocol.counted:
            protocol.counted = False
            self.hub.rates.depart(protocol.address)

    def recount(self, protocol: Any, session: Session) -> None:
        """
        A connection may be somebody else's than before. A guest's counts for its address; an
        account's does not, unless the account has many.

        @param session: that the connection has now.
        """
        if protocol not in self.protocols:
            # It was lost meanwhile.
            return
        rates = self.hub.rates
        mine = self.hub.roster.sessionsOf(session.identity) if session.account is not None else ()
        if 0 < len(mine) <= rates.limits.uncounted:
            self.forget(protocol)
        elif not protocol.counted and not rates.isTrusted(protocol.address):
            protocol.counted = True
            rates.count(protocol.address)

    def lost(self, protocol: Any) -> None:
        """
        There is one less.
        """
        self.protocols.discard(protocol)
        self.forget(protocol)
        self.counts.connections[self.wireOf(protocol)] -= 1
        self._releaseLast()

    def finish(self, doing: Deferred[Any]) -> None:
        """
        Something is still done for a connection that has gone: the end of the server waits for it.

        @param doing: never fails.
        """

        def done(_: object) -> None:
            self._unfinished -= 1
            self._releaseLast()

        self._unfinished += 1
        doing.addCallback(done)

    def wireOf(self, protocol: Any) -> str:
        """
        What a connection is counted under: as long as it lasts the same, even if it comes by a
        gateway and turns out to be less safe than its own way is.
        """
        throughTls = ISSLTransport.providedBy(protocol.transport)
        return f"{self.wire}-tls" if throughTls else self.wire

    def ready(self) -> None:
        """
        People can come in: greet those who wait.
        """
        self.isReady = True
        self._release()

    def whenReady(self) -> Deferred[None]:
        """
        @return: fires when people can come in.
        """
        return succeed(None) if self.isReady else self._wait()

    def _wait(self) -> Deferred[None]:
        waiter: Deferred[None] = Deferred()
        self._waiting.append(waiter)
        return waiter

    def _releaseLast(self) -> None:
        if self.closing and not (self.protocols or self._unfinished):
            self._release()

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(None)

    def stopReading(self) -> None:
        """
        Take nothing more from anybody.
        """
        self.closing = True
        for protocol in self.protocols:
            protocol.pauseProducing()

    def sayGoodbye(self) -> Deferred[None]:
        """
        Tell everybody, and close.

        @return: fires when all have gone, and all is done that was to be done for them.
        """
        for protocol in list(self.protocols):
            protocol.disconnect(SHUTTING_DOWN)
        return self._wait() if self.protocols or self._unfinished else succeed(None)
