"""
What all nodes have to do for their part: ending connections, closing the doors, telling operators.

Orders go through the same pipeline as all events, on a channel of the network's own to which every
hub listens. Each does what the C{order_NAME} method of its L{Orders} says. Where what nodes are
told may get lost, orders are kept in the store for a while too, and each node looks there for those
that it has not heard of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.coroutines import allOf, asDeferred
from twisted_chat.domain.errors import BadInput, BadName, ChatError, NoSuchPerson, NotSaved
from twisted_chat.domain.events import Event, Notified, Ordered
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.ids import NETWORK
from twisted_chat.domain.names import fold, nameShown
from twisted_chat.domain.official import Official
from twisted_chat.domain.unawaited import faultsToLog, toLog, untilTold
from twisted_chat.domain.units import HOURS
from twisted_chat.domain.values import NOBODY

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub
    from twisted_chat.domain.session import Session

END, DOORS, OPERATOR, JOIN = "end", "doors", "operator", "join"
SEAT, PREFERENCES = "seat", "preferences"
"""The orders: C{order_end} and so on."""

WALLOPS = "wallops"
"""What operators tell all who want to hear it."""

_KEPT: Final = frozenset({END, DOORS, OPERATOR, JOIN})
"""
The orders that have to be obeyed whatever gets lost: those of operators, who are few. What people
set for themselves is in the store, and holds at their next login at the latest.
"""

LOOK: Final = 5.0
"""Seconds between two looks for orders that this node has not heard of."""

KEPT: Final = 1 * HOURS
"""How long they can be found, in seconds."""

LEEWAY: Final = 2.0
"""
By how many seconds the clocks of two nodes may differ. Somebody who came back this soon after an
order may have to come once more: that is better than that they were not sent away at all.
"""

FACT: Final = "order "
"""What the facts that hold them begin with; the id follows."""


class Orders:
    """
    One node's part in what all have to do.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._obeyed: set[str] = set()
        self._underWay: dict[str, Deferred[Any]] = {}
        self._looking = LoopingCall(self._look)
        self._looking.clock = hub.clock

    def start(self) -> Deferred[None]:
        """
        Listen to what all nodes are told.
        """
        roster = self._hub.roster
        channel = roster.conversations[NETWORK] = Conversation(NETWORK)
        # It is never forgotten, whoever listens.
        channel.pins = 1
        roster.steps[Ordered.kind] = (self._know, None)
        roster.steps[Notified.kind] = (None, self._seat)
        if not self._hub.network.lossless:
            self._looking.start(LOOK, now=False)
        return self._hub.network.subscribe(NETWORK)

    def stop(self) -> None:
        """
        Look no more for orders that this node has not heard of.
        """
        if self._looking.running:
            self._looking.stop()

    # Giving orders.

    @asDeferred
    async def give(
        self,
        by: Official,
        order: str,
        person: str = "",
        text: str = "",
        name: str = "",
        told: str = "",
    ) -> Any:
        """
        Let all nodes do something.

        @param order: one of the orders.
        @param person: see L{Ordered}; likewise the others.
        @return: fires when this node has done it, with what came of that; or with the L{ChatError}
            that has kept it from being done. At L{END}, fires just before.
        @raise NotSaved: it could not be kept, so a node to which it does not come will not do it.
        """
        ordered = self._hub.event(
            Ordered,
            by.author,
            NETWORK,
            order=order,
            person=person,
            name=name,
            text=text,
            told=told,
        )
        if self._hub.network.lossless or order not in _KEPT:
            await self._hub.publish(ordered)
        else:
            await self._giveSafely(ordered)
        if order == END:
            # It may be their own end, and they are to read first what came of it.
            return None
        # Whoever has given it may count on it with what they do next.
        return await self._underWay.get(ordered.id, succeed(None))

    def insist(
        self, by: Official, order: str, person: str = "", text: str = "", told: str = ""
    ) -> Deferred[None]:
        """
        Let all nodes do what the store says already: see L{give}, L{untilTold}.
        """

        def give() -> Deferred[Any]:
            return self.give(by, order, person, text, told=told)

        return untilTold(self._hub.clock, give, f"the order {order}")

    async def _giveSafely(self, ordered: Ordered) -> None:
        fields = ("order", "person", "name", "text", "told")
        kept = {field: getattr(ordered, field) for field in fields}
        kept["at"] = self._hub.clock.seconds()
        try:
            await self._hub.store.setNetworkFact(FACT + ordered.id, kept)
        finally:
            # Those whom it reaches can do it whatever the disk says.
            await self._hub.publish(ordered)

    def tell(self, by: Official, topic: str, text: str, whom: str = NETWORK) -> Deferred[Event]:
        """
        Let operators know something, or all who want to (L{WALLOPS}); or one person, by their id.
        """
        return self._hub.publish(self._hub.event(Notified, by.author, whom, topic=topic, text=text))

    def used(self, by: Official, topic: str, deed: str) -> None:
        """
        An operator has used their powers: it is in the server's log, and the others are told.

        @param topic: what sort of deed.
        @param deed: what was done, for people to read; never the text of a message.
        """
        self._log.info("{by} {deed}", by=by, deed=deed)
        told = self.tell(by, topic, f"{by.author.name} {deed}")
        told.addErrback(faultsToLog(self._log, "operators were not told"))

    async def kill(self, by: Official, name: str, reason: str = "") -> str:
        """
        End somebody's connections under a name, on all nodes.

        @return: the name as they spell it.
        """
        id, spelled = await self._connected(name)
        self.used(by, "kill", f"disconnected {spelled}")
        why = f"Disconnected by {by.author.name}" + (f": {reason}" if reason else "")
        await self.give(by, END, id, why, spelled)
        return spelled

    async def put(self, by: Official, name: str, room: str) -> tuple[str, bool | ChatError | None]:
        """
        Put somebody into a room, whatever its rules.

        @param room: its name.
        @return: the name as they spell it, and what came of it: whether they were no member before,
            or why they are none; C{None} of somebody who is not on this node.
        """
        id, spelled = await self._connected(name)
        return spelled, await self.give(by, JOIN, id, room, spelled)

    async def _connected(self, name: str) -> tuple[str, str]:
        """
        @raise NoSuchPerson: nobody of that name is connected.
        """
        shown = nameShown(name.strip())
        try:
            holder = await self._hub.network.holder(fold(shown))
        except BadName:
            holder = None
        if holder is None:
            raise NoSuchPerson(name=shown)
        return holder

    # Obeying.

    def _know(self, room: object, event: Ordered) -> bool:
        # When it is applied, others may just be served.
        if event.id not in self._obeyed:
            self._underWay.setdefault(event.id, Deferred())
        self._hub.clock.callLater(0, self._obey, event)
        return False

    def _obey(self, event: Ordered, before: float = inf) -> None:
        """
        Do what an order says, unless that was done.

        @param before: only connections are meant that began before this, in POSIX seconds.
        """
        if event.id in self._obeyed:
            return
        if not self._hub.network.lossless:
            self._obeyed.add(event.id)
        sessions = [each for each in self._sessionsOf(event) if each.since <= before]
        done = maybeDeferred(getattr(self, "order_" + event.order), event, sessions)
        done.addErrback(self._failed, event)
        done.addCallback(self._over, event.id)

    def _over(self, outcome: Any, id: str) -> None:
        waiting = self._underWay.pop(id, None)
        if waiting is not None:
            waiting.callback(outcome)

    def _failed(self, why: Failure, event: Ordered) -> ChatError:
        if why.check(NotSaved):
            self._again(event)
        if why.check(ChatError):
            self._log.warn("{order} was not done: {why}", order=event.order, why=why.value)
        else:
            self._log.failure("{order} was not done", why, order=event.order)
        return why.value if isinstance(why.value, ChatError) else BadInput(why="internal error")

    def _again(self, event: Ordered) -> None:
        """
        Do later what could not be done, as the database can't be used just now.
        """
        self._obeyed.discard(event.id)
        if not self._hub.network.lossless and event.order in _KEPT:
            # The next look finds it again.
            return
        if self._hub.clock.seconds() < event.at + KEPT:
            self._hub.clock.callLater(LOOK, self._obey, event, event.at + LEEWAY)

    def _sessionsOf(self, event: Ordered) -> list[Session]:
        """
        The connections on this node that an order is about.
        """
        # Not by going through all of them: each who sets something for themselves gives one.
        sessions = sorted(self._hub.roster.sessionsOf(event.person), key=attrgetter("since"))
        if not event.name:
            return sessions
        folded = fold(event.name)
        return [session for session in sessions if fold(session.name) == folded]

    def order_end(self, event: Ordered, sessions: Sequence[Session]) -> None:
        """
        Somebody's connections end.
        """
        for session in sessions:
            session.receiver.happened(event)
            self.expel(session, event.text, event.told)

    def order_doors(self, event: Ordered, sessions: Sequence[Session]) -> Deferred[None]:
        """
        Who may come in is another matter now.
        """
        return self._hub.doorman.reload()

    @asDeferred
    async def order_operator(self, event: Ordered, sessions: Sequence[Session]) -> None:
        """
        Somebody is an operator, or is none any more.
        """
        account = await self._hub.store.accountById(event.person)
        for session in sessions:
            if not session.ended and session.identity == event.person:
                session.account = account and account.bare
                session.operate(account is not None and account.operator)

    @asDeferred
    async def order_preferences(self, event: Ordered, sessions: Sequence[Session]) -> None:
        """
        Somebody has set something for themselves, on one of their connections.
        """
        if not sessions:
            return
        account = await self._hub.store.accountById(event.person)
        for session in sessions:
            if account is not None and not session.ended and session.identity == event.person:
                session.adopt(account.preferences)
                session.reformat()

    def order_join(self, event: Ordered, sessions: Sequence[Session]) -> Deferred[Any] | None:
        """
        Somebody is to be in a room: C{event.text}.
        """
        # The room is all its person's connections'.
        return sessions[0].beIn(event.text) if sessions else None

    def order_seat(self, event: Ordered, sessions: Sequence[Session]) -> Deferred[Any]:
        """
        Somebody has come into a room, perhaps on another node: C{event.text} is its id.
        """
        return allOf(each.beThereToo(event.text) for each in sessions)

    # Finding what nobody has told this node.

    def _look(self) -> Deferred[None]:
        return self._find().addErrback(toLog(self._log, "orders were not looked for"))

    @asDeferred
    async def _find(self) -> None:
        heard = frozenset(self._obeyed)
        facts: Mapping[str, Any] = await self._hub.store.networkFacts()
        orders = {name[len(FACT) :]: facts[name] for name in facts if name.startswith(FACT)}
        # What was given meanwhile is not among them.
        self._obeyed -= heard - orders.keys()
        old = self._hub.clock.seconds() - KEPT
        for id, kept in orders.items():
            if kept["at"] < old:
                await self._hub.store.setNetworkFact(FACT + id, None)
            else:
                self._obeyLate(id, kept)

    def _obeyLate(self, id: str, kept: Mapping[str, Any]) -> None:
        fields = dict(kept)
        before = fields.pop("at") + LEEWAY
        event = Ordered(id=id, author=NOBODY, conversations=(NETWORK,), **fields)
        self._obey(event, before)

    def expel(self, session: Session, why: str, told: str = "") -> None:
        """
        End a connection of this node.

        @param why: what its person reads.
        @param told: what the others read; C{""}: the same.
        """
        self._log.info("{who} is disconnected: {why}", who=session, why=why)
        session.logout("ended", told or why)
        session.receiver.disconnect(why)

    # Hearing what operators are told.

    def seat(self, session: Session) -> None:
        """
        Let somebody hear what operators are told, or no longer, as they wish and may.
        """
        audience = self._hub.roster.conversations[NETWORK].audience
        if session.ended or not (session.operator or session.topics):
            audience.remove(session)
        else:
            format = session.receiver.formatFor(NETWORK)
            audience.add(session, format, session.receive)

    def _seat(self, conversation: Conversation, event: Notified, portion: Portion) -> None:
        """
        Have it told to those alone who want to hear of it, and may.
        """
        if conversation.id != NETWORK:
            return
        # Whoever has done something has had an answer.
        spared = event.author.id if event.topic != WALLOPS else ""
        sessions: Any = conversation.audience.formats
        heard = [s for s in sessions if s.hears(event.topic) and s.identity != spared]
        if len(heard) < len(sessions):
            portion.confine(event.id, heard)
