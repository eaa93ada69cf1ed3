"""
The hub: one node's rooms and people. What is published goes out through it, and what all nodes have
committed comes in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from itertools import count
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from twisted_chat.domain.announcements import (
    Batch,
    Run,
)
from twisted_chat.domain.audience import Listener
from twisted_chat.domain.conversation import Arrival, Conversation
from twisted_chat.domain.copies import Copies
from twisted_chat.domain.events import (
    Event,
)
from twisted_chat.domain.fanout import FanOut, Portion
from twisted_chat.domain.groupcommit import MOST_EVENTS, GroupCommit, Recheck
from twisted_chat.domain.ids import Ids
from twisted_chat.domain.interfaces import INetwork, INode, IStore
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.records import Placement, RosterPart
from twisted_chat.domain.repair import Repair
from twisted_chat.domain.roster import Roster

_REMEMBERED = 1024
"""
Of so many events of several conversations it is remembered who has had them, if the parts do not
come together.
"""


@implementer(INode)
class Hub:
    """
    One node.

    @ivar node: its name.
    @ivar epoch: how often the node of that name has been started.
    @ivar store: what lasts.
    @ivar network: what is live on all nodes.
    @ivar clock: the reactor's time.
    @ivar ids: makes ids.
    @ivar lobby: the folded name of the room that always exists.
    @ivar limits: how much one person may have or say.
    @ivar roster: the sessions, people and conversations that this node knows.
    @ivar copies: opens rooms.
    @ivar commits: what is on its way into the log.
    """

    def __init__(
        self,
        store: IStore,
        network: INetwork,
        clock: IReactorTime,
        node: str = "one",
        epoch: int = 1,
        commitSpacing: float = 0.001,
        queueEvents: int = 20_000,
        queueBytes: int = 32 * 1024 * 1024,
        limits: Limits | None = None,
        cloak: Callable[[str], str] = lambda address: "",
        lobby: str = "lobby",
    ) -> None:
        """
        @param limits: how much one person may have or say.
        @param cloak: what others are shown in the place of an address; C{""} where the address
            says nothing of who somebody is.
        @param lobby: the name of the room that always exists.
        @param commitSpacing: seconds between the starts of two commits while there is much to do.
        @param queueEvents: how many events may wait for a commit before publishers must wait too.
        @param queueBytes: likewise for their size.
        """
        self.store = store
        self.network = network
        self.clock = clock
        self.node = node
        self.epoch = epoch
        self.limits = limits or Limits()
        self.cloak = cloak
        self.lobby = foldRoom(lobby)
        self.ids = Ids(clock.seconds)
        self.copies = Copies(self)
        self.roster = Roster(node, self.copies.forget, self.copies.dismiss)
        self.repair = Repair(self)
        self.commits = GroupCommit(
            store,
            clock,
            self._announce,
            self.repair.catchUp,
            commitSpacing,
            queueEvents,
            queueBytes,
        )
        self._announced: dict[str, int] = {}
        self._sessions = count(1)
        self._fanOut = FanOut(clock)
        self._given: OrderedDict[str, tuple[set[Listener], int]] = OrderedDict()

    def start(self) -> Deferred[None]:
        """
        Take part in the network.
        """
        self.repair.start()
        return self.network.attach(self)

    @inlineCallbacks
    def stop(self) -> Generator[Deferred[Any], Any, None]:
        """
        Take nothing more, and leave the network when all that was taken is delivered.
        """
        yield self.commits.finish()
        self.repair.stop()
        yield self.network.detach()

    # What goes out.

    def publish(self, event: Event, recheck: Recheck | None = None) -> Deferred[Event]:
        """
        Let something have happened.

        @param recheck: checks its author's rights again if they have changed meanwhile, and gives
            the event with a new basis; or raises L{ChatError}.
        @return: the event at its place, when this node's members have it.
        """
        return self.commits.submit(event, recheck)

    def nextSession(self) -> str:
        """
        An id for a new session on this node.
        """
        return f"{self.node}.{self.epoch}.{next(self._sessions)}"

    def announced(self, conversation: str) -> int:
        """
        The counter of the newest run that this node has announced in a conversation.
        """
        return self._announced.get(conversation, 0)

    def _announce(self, placements: Sequence[Placement]) -> Deferred[None]:
        runs: dict[str, list[Event]] = {}
        after: dict[str, int] = {}
        for placement in placements:
            event = placement.event
            if not event.stored:
                event = event.following(placement.after)
            for conversation, follows in zip(event.conversations, placement.after, strict=True):
                if conversation in runs:
                    runs[conversation].append(event)
                else:
                    runs[conversation] = [event]
                    after[conversation] = follows
        announced = []
        for conversation, events in runs.items():
            counter = self._announced[conversation] = self.announced(conversation) + 1
            announced.append(Run(conversation, after[conversation], counter, tuple(events)))
        return self.network.announce(Batch(self.node, self.epoch, tuple(announced)))

    # What comes in.

    def receive(self, batch: Batch) -> Deferred[None]:
        """
        Take what a node has committed: INode.receive.
        """
        arrivals = []
        touched = []
        for run in batch.runs:
            conversation = self.roster.listening(run.conversation)
            if conversation is not None:
                arrival = Arrival(batch.node, batch.epoch, run)
                arrivals.append(arrival.done)
                conversation.waiting.append(arrival)
                touched.append(conversation)
        self.advance(touched)
        pending = [done for done in arrivals if not done.called]
        if not pending:
            return succeed(None)
        return gatherResults(pending).addCallback(lambda _: None)

    def rosterPart(self, conversation: str) -> RosterPart:
        """
        Who is in a conversation on this node: INode.rosterPart.
        """
        return self.roster.part(conversation, self.epoch, self.announced(conversation))

    def advance(self, conversations: Sequence[Conversation]) -> None:
        """
        Hand out whatever can be handed out in some conversations.
        """
        portions = []
        served: list[tuple[Conversation, list[Arrival]]] = []
        for conversation in conversations:
            events, arrivals = conversation.ready(MOST_EVENTS)
            if arrivals:
                served.append((conversation, arrivals))
                conversation.busy = True
            if events:
                portions.append(self._portion(conversation, events))
            self.repair.look(conversation)
        if served:
            self._fanOut.hand(portions, lambda: self._handed(served))

    def _handed(self, served: Sequence[tuple[Conversation, Sequence[Arrival]]]) -> None:
        for conversation, arrivals in served:
            conversation.busy = False
            for arrival in arrivals:
                arrival.done.callback(None)
        self.advance([conversation for conversation, _ in served if conversation.waiting])
        for conversation, _ in served:
            self.copies.forget(conversation)

    def _portion(self, conversation: Conversation, events: Sequence[Event]) -> Portion:
        """
        Apply some events, and see who gets them.
        """
        known = self.roster.conversations
        portion = Portion([known[id].audience for id in conversation.channels if id in known])
        for event in events:
            self.roster.apply(conversation, event, portion)
        portion.place = conversation.room.name if conversation.room is not None else ""
        portion.spare(self._hadBy)
        return portion

    def _hadBy(self, event: Event) -> set[Listener]:
        """
        Who has had an event of several conversations.
        """
        had, left = self._given.pop(event.id, (None, 0))
        if had is None:
            known = self.roster.conversations
            had, left = set(), sum(id in known for id in event.conversations)
        if left > 1:
            self._given[event.id] = had, left - 1
            if len(self._given) > _REMEMBERED:
                self._given.popitem(last=False)
        return had
