"""
The network within one process: one node, or for tests several, with the faults of a real one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random
from typing import TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from twisted_chat.domain.announcements import Batch, Run
from twisted_chat.domain.conversation import channelsOf
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.interfaces import INetwork, INode
from twisted_chat.domain.records import Census, Departure, RosterPart, Sighting

K = TypeVar("K")


@dataclass(slots=True)
class Faults:
    """
    What goes wrong between nodes, by a seed.

    @ivar drop: the share of runs that is lost, 0 to 1.
    @ivar double: the share that comes twice.
    @ivar delay: seconds that a run takes at most; within one node and conversation none overtakes
        another.
    """

    random: Random
    drop: float = 0.0
    double: float = 0.0
    delay: float = 0.0


@dataclass(slots=True)
class _Name:
    person: str
    name: str
    claims: int = 1


@dataclass(slots=True)
class Switchboard:
    """
    What the nodes of one process share.
    """

    nodes: dict[str, LocalNetwork] = field(default_factory=dict)
    names: dict[str, _Name] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)


@implementer(INetwork)
class LocalNetwork:
    """
    One node's access to the network.

    @ivar lossless: whether nothing is lost: true without faults.
    """

    def __init__(
        self,
        switchboard: Switchboard | None = None,
        clock: IReactorTime | None = None,
        faults: Faults | None = None,
    ) -> None:
        """
        @param switchboard: shared by the nodes of one network; none for a node alone.
        @param clock: needed with faults only.
        @param faults: what goes wrong on the way to other nodes.
        """
        self._board = switchboard if switchboard is not None else Switchboard()
        self._clock = clock
        self._faults = faults
        self._channels: set[str] = set()
        self._watched: set[str] = set()
        self._claimed: Counter[tuple[str, str]] = Counter()
        self._lastDue: dict[tuple[str, str], float] = {}
        self._underway: set[IDelayedCall] = set()
        self._hub: INode | None = None
        self.lossless = faults is None

    @property
    def alone(self) -> bool:
        """
        Whether there is just one node: INetwork.alone.
        """
        return len(self._board.nodes) < 2

    def attach(self, hub: INode) -> Deferred[None]:
        """
        Take part: INetwork.attach.
        """
        self._hub = hub
        self._board.nodes[hub.node] = self
        return succeed(None)

    def detach(self) -> Deferred[None]:
        """
        Take part no more: INetwork.detach.
        """
        if self._hub is not None:
            self._board.nodes.pop(self._hub.node, None)
        for fold, person in list(self._claimed.elements()):
            self._free(fold, person)
        self._channels.clear()
        self._watched.clear()
        for call in self._underway:
            call.cancel()
        self._underway.clear()
        return succeed(None)

    def announce(self, batch: Batch) -> Deferred[None]:
        """
        Bring a batch to everybody: INetwork.announce.
        """
        assert self._hub is not None
        for node in list(self._board.nodes.values()):
            if node is not self:
                node._hear(batch)
        return self._hub.receive(batch)

    def _hear(self, batch: Batch) -> None:
        runs = [
            run
            for run in batch.runs
            if any(channel in self._channels for channel in channelsOf(run.conversation))
        ]
        if self._faults is None:
            if runs:
                self._take(batch, runs)
        else:
            for run in runs:
                self._mishear(batch, run, self._faults)

    def _mishear(self, batch: Batch, run: Run, faults: Faults) -> None:
        assert self._clock is not None
        times = 1
        if faults.random.random() < faults.drop:
            times = 0
        elif faults.random.random() < faults.double:
            times = 2
        for _ in range(times):
            key = (batch.node, run.conversation)
            due = self._clock.seconds() + faults.random.random() * faults.delay
            due = self._lastDue[key] = max(due, self._lastDue.get(key, 0.0))
            self._later(due - self._clock.seconds(), lambda: self._take(batch, [run]))

    def _later(self, delay: float, act: Callable[[], None]) -> None:
        assert self._clock is not None

        def run() -> None:
            self._underway.discard(call)
            act()

        call = self._clock.callLater(delay, run)
        self._underway.add(call)

    def _take(self, batch: Batch, runs: Sequence[Run]) -> None:
        if self._hub is not None:
            self._hub.receive(Batch(batch.node, batch.epoch, tuple(runs)))

    def subscribe(self, channel: str) -> Deferred[None]:
        """
        Listen: INetwork.subscribe.
        """
        self._channels.add(channel)
        return succeed(None)

    def unsubscribe(self, channel: str) -> None:
        """
        Listen no longer: INetwork.unsubscribe.
        """
        self._channels.discard(channel)

    def roster(self, conversation: str) -> Deferred[Sequence[RosterPart]]:
        """
        Who is in a conversation: INetwork.roster.
        """
        parts = [hub.rosterPart(conversation) for hub in self._hubs]
        return succeed([part for part in parts if part.people or part.counter])

    def claim(self, fold: str, person: str, name: str, instead: str = "") -> Deferred[str]:
        """
        Take a name: INetwork.claim.
        """
        held = self._board.names.get(fold)
        if held is None:
            self._board.names[fold] = _Name(person, name)
            self._tell(fold, person, name)
        elif held.person == person:
            held.claims += 1
            held.name = name
        elif held.person == instead and held.claims == 1 and (fold, instead) in self._claimed:
            _takeOne(self._claimed, (fold, instead))
            _takeOne(self._board.people, instead)
            held.person, held.name = person, name
        else:
            return succeed(held.person)
        self._claimed[fold, person] += 1
        self._board.people[person] += 1
        return succeed(person)

    def _tell(self, fold: str, person: str, name: str) -> None:
        """
        Tell those who watch a name whose it is now.
        """
        for node in list(self._board.nodes.values()):
            if fold in node._watched and node._hub is not None:
                node._hub.nameChanged(fold, person, name)

    def release(self, fold: str, person: str) -> Deferred[None]:
        """
        Give a name up: INetwork.release.
        """
        if (fold, person) in self._claimed:
            self._free(fold, person)
        return succeed(None)

    def _free(self, fold: str, person: str) -> None:
        _takeOne(self._claimed, (fold, person))
        _takeOne(self._board.people, person)
        held = self._board.names.get(fold)
        if held is not None and held.person == person:
            held.claims -= 1
            if not held.claims:
                del self._board.names[fold]
                self._tell(fold, "", held.name)

    def watch(self, fold: str) -> Deferred[None]:
        """
        Be told of a name: INetwork.watch.
        """
        self._watched.add(fold)
        return succeed(None)

    def unwatch(self, fold: str) -> None:
        """
        Be told no more: INetwork.unwatch.
        """
        self._watched.discard(fold)

    def holder(self, fold: str) -> Deferred[tuple[str, str] | None]:
        """
        Who has a name: INetwork.holder.
        """
        held = self._board.names.get(fold)
        return succeed(None if held is None else (held.person, held.name))

    def people(self) -> Deferred[int]:
        """
        How many people are connected: INetwork.people.
        """
        return succeed(len(self._board.people))

    def census(self) -> Deferred[Census]:
        """
        How many are connected to which of the nodes, added up: INetwork.census.
        """
        each = [hub.census() for hub in self._hubs]
        return succeed(
            Census(
                sum(one.people for one in each),
                sum(one.invisible for one in each),
                sum(one.operators for one in each),
                sum(one.most for one in each),
            )
        )

    @asDeferred
    async def sightings(self, mask: str, most: int, fold: str = "") -> Sequence[Sighting]:
        """
        Who is connected: INetwork.sightings.
        """
        whose = ""
        if fold:
            held = self._board.names.get(fold)
            if held is None:
                return ()
            mask, whose = fold, held.person
        seen: list[Sighting] = []
        for hub in self._hubs:
            seen += await hub.sightings(mask, most - len(seen), whose)
        return seen

    def departed(self, mask: str, most: int) -> Deferred[Sequence[Departure]]:
        """
        Who bore a name: INetwork.departed.
        """
        found = [gone for hub in self._hubs for gone in hub.departed(mask, most)]
        return succeed(sorted(found, key=attrgetter("at"), reverse=True)[:most])

    @property
    def _hubs(self) -> list[INode]:
        return [node._hub for node in self._board.nodes.values() if node._hub is not None]


def _takeOne(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
