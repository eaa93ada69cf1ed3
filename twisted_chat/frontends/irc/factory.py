"""
What all IRC clients have in common.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from operator import is_
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.proofs import Proofs
from twisted_chat.domain.unawaited import toLog
from twisted_chat.domain.units import SECONDS
from twisted_chat.frontends.clients import Clients
from twisted_chat.frontends.irc import isupport
from twisted_chat.frontends.irc.answering import NICK, forAll
from twisted_chat.frontends.irc.client import IrcClient
from twisted_chat.frontends.irc.commands.server import tellSupportedAgain
from twisted_chat.frontends.irc.facts import Door, ServerFacts, factsAt
from twisted_chat.frontends.irc.manynames import ManyNames
from twisted_chat.frontends.irc.message import spell
from twisted_chat.frontends.irc.numerics import ERR_YOUREBANNEDCREEP, RPL_ISUPPORT
from twisted_chat.frontends.irc.terms import IrcTerms
from twisted_chat.frontends.turns import PORTION

LOOK_EVERY: Final = 15 * SECONDS
"""How often it is seen which clients have been silent for long."""


class IrcFactory(Clients):
    """
    Makes IRC clients.

    @ivar server: the name that the server's lines come from.
    @ivar version: what the server runs.
    @ivar startedAt: since when, in POSIX seconds.
    @ivar startedText: the same for people to read.
    @ivar terms: what was decided about IRC alone; it may change.
    @ivar greeting: what each client reads first; made by L{welcome}.
    @ivar names: tells who is in large channels.
    @ivar unregistered: the connections that have not come in yet.
    @ivar passwords: hashes them.
    @ivar proofs: finds out whose a password or a certificate is.
    @ivar secret: what nobody else knows, for L{sasl.Exchange}.
    """

    protocol = IrcClient  # type: ignore[assignment]
    wire = "irc"
    asksCertificates = True

    _log = Logger()

    def __init__(
        self,
        *arguments: Any,
        passwords: IPasswords,
        secret: bytes,
        terms: IrcTerms | None = None,
        ping: float = 120 * SECONDS,
        **named: Any,
    ) -> None:
        """
        @param passwords: hashes them.
        @param secret: the network's, 16 bytes or more; others are made of it.
        @param terms: what was decided about IRC alone.
        @param ping: after so many seconds of silence a client is asked for a sign of life, and
            after as many more it is disconnected.
        """
        super().__init__(*arguments, **named)
        self.server = serverName(self.name)
        self.version = f"twisted_chat-{version('twisted-chat')}"
        self.ping = ping
        self.passwords = passwords
        self.proofs = Proofs(self.hub, passwords)
        self.secret = hmac.digest(secret, b"SCRAM keys of accounts that are not there", "sha256")
        self.terms = terms or IrcTerms()
        self.unregistered: set[IrcClient] = set()
        self.names = ManyNames()
        self._facts: dict[Door, ServerFacts] = {}
        self._supported: dict[Door, Sequence[bytes]] = {}
        self.greeting: Sequence[bytes] = ()
        self._basis: tuple[object, ...] = (None,) * 4
        self.startedAt = self.clock.seconds()
        started = datetime.fromtimestamp(self.startedAt, UTC)
        self.startedText = f"{started:%Y-%m-%d %H:%M:%S} UTC"
        self._looking = LoopingCall(self.look)
        self._looking.clock = self.clock

    def _arrived(self, protocol: Any) -> str:
        why = super()._arrived(protocol)
        if why and self.hub.doorman.refuseAddress(protocol.address) is not None:
            protocol.numeric(ERR_YOUREBANNEDCREEP, why)
        return why

    def factsAt(self, door: Door) -> ServerFacts:
        """
        What clients are told of the server where they have come in.
        """
        hub, terms = self.hub, self.terms
        basis = (self.name, hub.limits, hub.terms, terms)
        # Each command asks; what it is made of changes when the settings are read again.
        if not all(map(is_, basis, self._basis)):
            self._basis = basis
            self._facts.clear()
            self._supported.clear()
            self.greeting = ()
        known = self._facts.get(door)
        if known is None:
            facts = ServerFacts(
                server=self.server,
                network=self.name,
                limits=hub.limits,
                relaySeparators=terms.relaySeparators,
                icon=terms.icon,
            )
            known = self._facts[door] = factsAt(door, facts, hub.terms, terms.sts)
        return known

    def supportedAt(self, door: Door) -> Sequence[bytes]:
        """
        The lines of RPL_ISUPPORT there, as L{Answering.alike<answering.Answering.alike>} tells
        them.
        """
        facts = self.factsAt(door)
        known = self._supported.get(door)
        if known is None:
            lines = isupport.told(facts, self.server)
            spelled = [(RPL_ISUPPORT, NICK, *words, isupport.SENTENCE) for words in lines]
            known = self._supported[door] = forAll(self.server, spelled)
        return known

    @property
    def description(self) -> str:
        """
        What the network is, in a line.
        """
        return self.hub.terms.topic or self.name

    def ready(self) -> None:
        """
        People can come in.
        """
        super().ready()
        if not self._looking.running:
            looking = self._looking.start(LOOK_EVERY, now=False)
            looking.addErrback(toLog(self._log, "who is silent is not asked any more"))

    def stopReading(self) -> None:
        """
        Take nothing more from anybody.
        """
        if self._looking.running:
            self._looking.stop()
        super().stopReading()

    def announce(self) -> None:
        """
        What is to be had may have changed: tell who wants to know (IRCv3 cap-notify), and everybody
        whose tokens of RPL_ISUPPORT are others now.
        """
        before = dict(self._facts)

        def tell(client: IrcClient) -> None:
            with client.replies.apart():
                client.offer()
                if client.door in before:
                    tellSupportedAgain(client, before[client.door])

        what = "not everybody is told what is to be had now"
        self._forEach(tell).addErrback(toLog(self._log, what))

    def look(self) -> Deferred[None]:
        """
        Ask those who have been silent for long, and give up those who don't answer. One look at
        all costs less than a timer for each.
        """
        return self._forEach(self._lookAt)

    @asDeferred
    async def _forEach(self, act: Callable[[IrcClient], None]) -> None:
        """
        Do something for all clients. It may be due for thousands, as when everybody came back at
        the same time, or the way to them is cut: so others have their turn in between.
        """
        clock = self.clock
        began = clock.seconds()
        for client in list(self.protocols):
            act(client)
            if clock.seconds() - began >= PORTION:
                await deferLater(clock, 0)
                began = clock.seconds()

    def _lookAt(self, client: IrcClient) -> None:
        if not client.registered or client.outbox.closed:
            return
        now = self.clock.seconds()
        silence = now - client.heardAt
        # Not by the silence alone: the clock may have been set, or the machine have slept.
        if client.pingedAt and now - client.pingedAt >= self.ping:
            client.gone = ("lost", f"Ping timeout: {int(silence)} seconds")
            client.disconnect(client.gone[1])
        elif silence >= self.ping and not client.pingedAt:
            client.pingedAt = now
            client.outbox.write(spell("PING", (self.server,)))


def serverName(network: str) -> str:
    """
    @return: what can stand as the source of a line and has a dot, so that it is no nick.
    """
    name = "".join(each if each.isalnum() or each in "-." else "-" for each in network)
    name = (name.strip("-.") or "chat")[:63]
    if not name.isascii():
        name = "chat"
    return name if "." in name else f"{name}.chat"
