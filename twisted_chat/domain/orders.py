"""
What all nodes have to do for their part: ending connections, closing the doors, telling operators.

Orders go through the same pipeline as all events, on a channel of the network's own to which every
hub listens. Each does what the C{order_NAME} method of its L{Orders} says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.errors import BadName, ChatError, NoSuchPerson
from twisted_chat.domain.events import Event, Notified, Ordered
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.ids import NETWORK
from twisted_chat.domain.names import cleanLine, fold
from twisted_chat.domain.values import Author

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub
    from twisted_chat.domain.session import Session

END, DOORS, OPERATOR, JOIN = "end", "doors", "operator", "join"
"""The orders: C{order_end} and so on."""

WALLOPS = "wallops"
"""What operators tell all who want to hear it."""


@dataclass(frozen=True, slots=True)
class Official:
    """
    On whose behalf something is done.

    @ivar author: who it is.
    @ivar address: where they are, for the server's log.
    """

    author: Author
    address: str

    def __str__(self) -> str:
        return f"{self.address}: {self.author.name}"


class Orders:
    """
    One node's part in what all have to do.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

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
        return self._hub.network.subscribe(NETWORK)

    # Giving orders.

    def give(
        self, by: Official, order: str, person: str = "", text: str = "", name: str = ""
    ) -> Deferred[Event]:
        """
        Let all nodes do something.

        @param order: one of the orders.
        @param person: see L{Ordered}; likewise the others.
        @return: fires when this node has it before it.
        """
        ordered = Ordered(
            id=self._hub.ids(),
            author=by.author,
            conversations=(NETWORK,),
            order=order,
            person=person,
            name=name,
            text=text,
        )
        return self._hub.publish(ordered)

    def tell(self, by: Official, topic: str, text: str) -> Deferred[Event]:
        """
        Let operators know something, or all who want to (L{WALLOPS}).
        """
        notified = Notified(
            id=self._hub.ids(), author=by.author, conversations=(NETWORK,), topic=topic, text=text
        )
        return self._hub.publish(notified)

    def used(self, by: Official, topic: str, deed: str) -> None:
        """
        An operator has used their powers: it is in the server's log, and the others are told.

        @param topic: what sort of deed.
        @param deed: what was done, for people to read; never the text of a message.
        """
        self._log.info("{by} {deed}", by=by, deed=deed)
        self.tell(by, topic, f"{by.author.name} {deed}").addErrback(self._untold)

    def _untold(self, why: Failure) -> None:
        if not isinstance(why.value, ChatError):
            self._log.failure("operators were not told", why)

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

    async def put(self, by: Official, name: str, room: str) -> str:
        """
        Put somebody into a room, whatever its rules.

        @param room: its name.
        @return: the name as they spell it.
        """
        id, spelled = await self._connected(name)
        self.used(by, JOIN, f"put {spelled} into {room}")
        await self.give(by, JOIN, id, room, spelled)
        return spelled

    async def _connected(self, name: str) -> tuple[str, str]:
        """
        @raise NoSuchPerson: nobody of that name is connected.
        """
        shown = cleanLine(name).strip()[:64]
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
        self._hub.clock.callLater(0, self._obey, event)
        return False

    def _obey(self, event: Ordered) -> None:
        done = maybeDeferred(getattr(self, "order_" + event.order), event)
        done.addErrback(self._failed, event.order)

    def _failed(self, why: Failure, order: str) -> None:
        if why.check(ChatError):
            self._log.warn("{order} was not done: {why}", order=order, why=why.value)
        else:
            self._log.failure("{order} was not done", why, order=order)

    def _sessionsOf(self, event: Ordered) -> Iterator[Session]:
        """
        The connections on this node that an order is about.
        """
        for session in list(self._hub.roster.sessions.values()):
            if event.person in (session.identity, session.personId) and (
                not event.name or fold(session.name) == fold(event.name)
            ):
                yield session

    def order_end(self, event: Ordered) -> None:
        """
        Somebody's connections end.
        """
        for session in self._sessionsOf(event):
            self.expel(session, event.text)

    def order_doors(self, event: Ordered) -> Deferred[None]:
        """
        Who may come in is another matter now.
        """
        return self._hub.doorman.reload()

    def order_operator(self, event: Ordered) -> Deferred[None]:
        """
        Somebody is an operator, or is none any more.
        """
        return Deferred.fromCoroutine(self._mark(event))

    async def _mark(self, event: Ordered) -> None:
        account = await self._hub.store.accountById(event.person)
        for session in self._sessionsOf(event):
            session.account = account and account.bare
            session.operate(account is not None and account.operator)

    def order_join(self, event: Ordered) -> Deferred[Any] | None:
        """
        Somebody is to be in a room: C{event.text}.
        """
        for session in self._sessionsOf(event):
            # The room is all its person's connections'.
            return session.beIn(event.text)
        return None

    def expel(self, session: Session, why: str) -> None:
        """
        End a connection of this node.

        @param why: what its person reads, and the others.
        """
        self._log.info("{who} is disconnected: {why}", who=session, why=why)
        session.logout("quit", why)
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
        Leave out whoever does not want to hear of it, or may not.
        """
        if conversation.id != NETWORK:
            return
        sessions: Any = conversation.audience.formats
        for session in sessions:
            # Whoever has done something has had an answer.
            own = event.topic != WALLOPS and session.identity == event.author.id
            if own or not session.hears(event.topic):
                portion.leaveOut(session, event.id)
