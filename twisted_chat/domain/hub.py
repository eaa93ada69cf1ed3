"""
The hub: one node's rooms and people. What is published goes out through it, and what all nodes have
committed comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, pairwise
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from twisted_chat.domain.acts import Acts
from twisted_chat.domain.announcements import Batch, Run
from twisted_chat.domain.conversation import Arrival, Conversation
from twisted_chat.domain.copies import Copies
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.counts import Counts
from twisted_chat.domain.doorman import Doorman
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.events import Event
from twisted_chat.domain.fanout import FanOut
from twisted_chat.domain.groupcommit import MOST_EVENTS, GroupCommit, Recheck
from twisted_chat.domain.ids import Ids
from twisted_chat.domain.interfaces import IAddressCheck, INetwork, INode, IStore
from twisted_chat.domain.leaving import Leaving
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.lookout import Lookout
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.newnames import calledNow, cutAtNames
from twisted_chat.domain.operatorsroom import OperatorsRoom
from twisted_chat.domain.orders import Orders
from twisted_chat.domain.pace import Pace
from twisted_chat.domain.portioning import Portioning
from twisted_chat.domain.rates import RateLimits, Rates
from twisted_chat.domain.records import Placement, RosterPart
from twisted_chat.domain.registry import Registry
from twisted_chat.domain.repair import Repair
from twisted_chat.domain.room import Room
from twisted_chat.domain.roster import Roster
from twisted_chat.domain.steward import Steward
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.turnstile import Turnstile
from twisted_chat.domain.values import Author

E = TypeVar("E", bound=Event)

MOST_ANNOUNCED = 20_000
"""When there are counters of more conversations than this, those that are over are looked for."""


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
    @ivar rates: how much may be done in how much time.
    @ivar roster: the sessions, people and conversations that this node knows.
    @ivar copies: opens rooms.
    @ivar portioning: applies what comes, and sees who gets it.
    @ivar commits: what is on its way into the log.
    @ivar counts: what this node has done.
    @ivar terms: what the settings say about the network as a whole.
    @ivar operators: the ids of those who act as operators of the network on this node.
    @ivar addressCheck: is asked who may come in, beside all else; C{None} for nobody.
    @ivar orders: what all nodes have to do for their part.
    @ivar doorman: who may come in.
    @ivar registry: the accounts of the network.
    @ivar acts: what operators do and can undo.
    @ivar leaving: the end of accounts.
    @ivar steward: changes rooms for those who need not be in them.
    @ivar operatorsRoom: where operators read reports.
    @ivar lookout: who is here, who was, and who wants to know.
    @ivar searches: lets one address of guests, or one account, search once at a time.
    @ivar reload: reads the settings again, and gives what came of it, in lines.
    """

    _log = Logger()

    def __init__(
        self,
        store: IStore,
        network: INetwork,
        clock: IReactorTime,
        node: str = "one",
        epoch: int = 1,
        pace: Pace | None = None,
        limits: Limits | None = None,
        cloak: Callable[[str], str] = lambda address: "",
        lobby: str = "lobby",
        rates: Rates | None = None,
        terms: Terms | None = None,
        addressCheck: IAddressCheck | None = None,
    ) -> None:
        """
        @param pace: how close commits follow upon each other, and how much may wait for them.
        @param cloak: what others are shown in the place of an address; C{""} where the address
            says nothing of who somebody is.
        @param lobby: the name of the room that always exists.
        @param rates: nothing is counted without it.
        """
        self.store = store
        self.network = network
        self.clock = clock
        self.node = node
        self.epoch = epoch
        self.limits = limits or Limits()
        self.cloak = cloak
        self.rates = rates or Rates(RateLimits(), clock.seconds, lambda address: True)
        self.lobby = foldRoom(lobby)
        self.ids = Ids(clock.seconds)
        self.copies = Copies(self)
        self.roster = Roster(node, self.copies.forget, self.copies.dismiss)
        self.portioning = Portioning(self.roster)
        self.repair = Repair(self)
        self.counts = Counts()
        self.commits = GroupCommit(
            store, clock, self._announce, self.repair.catchUp, pace, self.counts
        )
        self.terms = terms or Terms()
        self.addressCheck = addressCheck
        self.operators: set[str] = set()
        self.orders = Orders(self)
        self.doorman = Doorman(self)
        self.registry = Registry(self)
        self.acts = Acts(self)
        self.leaving = Leaving(self)
        self.steward = Steward(self)
        self.operatorsRoom = OperatorsRoom(self)
        self.lookout = Lookout(self)
        # What the network asks and tells each node about people: see INode.
        self.nameChanged = self.lookout.nameChanged
        self.sightings = self.lookout.sightings
        self.departed = self.lookout.departed
        self.census = self.lookout.census
        self.searches = Turnstile()
        self.reload: Callable[[], list[str]] = _nothingToReload
        self._announced: dict[str, int] = {}
        self._leastAnnounced, self._mostAnnounced = 0, MOST_ANNOUNCED
        self._sessions = count(1)
        self._fanOut = FanOut(clock, self.counts)

    @asDeferred
    async def start(self) -> None:
        """
        Take part in the network.
        """
        self.repair.start()
        await self.network.attach(self)
        await self.orders.start()
        await self.doorman.start()

    @asDeferred
    async def stop(self) -> None:
        """
        Take nothing more, and leave the network when all that was taken is delivered.
        """
        await self.commits.finish()
        self.repair.stop()
        self.doorman.stop()
        self.orders.stop()
        await self.network.detach()

    # What goes out.

    def event(self, kind: type[E], author: Author, *conversations: str, **fields: object) -> E:
        """
        Something that happens, and is no session's doing.
        """
        return kind(
            id=self.ids(),
            author=author,
            conversations=conversations,
            **fields,  # type: ignore[arg-type]
        )

    def publish(self, event: E, recheck: Recheck | None = None, room: str = "") -> Deferred[E]:
        """
        Let something have happened.

        @param recheck: checks its author's rights again if they have changed meanwhile, and gives
            the event with a new basis; or raises
            L{ChatError<twisted_chat.domain.errors.ChatError>}.
        @param room: what people call the room that it is about, for whoever is refused it.
        @return: the event at its place, when this node's members have it.
        """
        published: Deferred[Any] = self.commits.submit(event, recheck, room)
        return published

    def countOperators(self) -> None:
        """
        See who acts as an operator of the network on this node.
        """
        sessions = [each for each in self.roster.sessions.values() if each.operator]
        # Rooms look at the same set.
        self.operators.clear()
        self.operators.update(id for each in sessions for id in (each.personId, each.identity))

    def isLasting(self, room: Room) -> bool:
        """
        Whether a room is one that the network can't do without, and that keeps its name.
        """
        return foldRoom(room.name) == self.lobby or room.id == self.operatorsRoom.id

    def nextSession(self) -> str:
        """
        An id for a new session on this node.
        """
        return f"{self.node}.{self.epoch}.{next(self._sessions)}"

    def announced(self, conversation: str) -> int:
        """
        The counter of the newest run that this node has announced in a conversation.
        """
        return self._announced.get(conversation, self._leastAnnounced)

    def _forgetAnnounced(self) -> None:
        """
        Count no more what was announced where nobody of this node listens: rooms end, and guests
        do not come back. Where it is announced again, the counter goes on above all of those.
        """
        known = self.roster.conversations
        gone = [self._announced.pop(id) for id in [*self._announced] if id not in known]
        self._leastAnnounced = max([self._leastAnnounced, *gone])
        self._mostAnnounced = max(MOST_ANNOUNCED, 2 * len(self._announced))

    def _announce(self, placements: Sequence[Placement]) -> Deferred[None]:
        """
        Tell all nodes what was placed.
        """
        cuts = cutAtNames([each.event for each in placements])
        if not cuts:
            return self._tell(placements)
        bounds = (0, *cuts, len(placements))
        told = [self._tell(placements[first:last]) for first, last in pairwise(bounds)]
        return gatherResults(told).addCallback(lambda _: None)

    def _tell(self, placements: Sequence[Placement]) -> Deferred[None]:
        runs: dict[str, list[Event]] = {}
        after: dict[str, int] = {}
        for placement in placements:
            event = calledNow(placement.event, self.roster.people)
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
        if len(self._announced) > self._mostAnnounced:
            self._forgetAnnounced()
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
                arrivals.append(arrival)
                conversation.waiting.append(arrival)
                touched.append(conversation)
        self.advance(touched)
        pending = [arrival.whenOver() for arrival in arrivals if not arrival.over]
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
        hand: list[tuple[Conversation, list[Event]]] = []
        served: list[tuple[Conversation, Sequence[Arrival]]] = []
        for conversation in conversations:
            events, arrivals = conversation.ready(MOST_EVENTS)
            if events or arrivals:
                served.append((conversation, arrivals))
                conversation.busy = True
            if events:
                hand.append((conversation, events))
        made = self.portioning.make(hand) if hand else []
        for conversation, _ in made:
            if not conversation.busy:
                served.append((conversation, ()))
                conversation.busy = True
        for conversation in conversations:
            if not conversation.calm:
                self.repair.look(conversation)
        if served:
            portions = [portion for _, portion in made]
            self._fanOut.hand(portions, lambda: self._handed(served))

    def _handed(self, served: Sequence[tuple[Conversation, Sequence[Arrival]]]) -> None:
        for conversation, arrivals in served:
            conversation.busy = False
            for arrival in arrivals:
                arrival.end()
        more = [conversation for conversation, _ in served if conversation.waiting]
        if more:
            self.advance(more)
        for conversation, _ in served:
            if not conversation.audience:
                self.copies.forget(conversation)


def _nothingToReload() -> list[str]:
    raise BadInput(why="This server can't read its settings again while it runs.")
