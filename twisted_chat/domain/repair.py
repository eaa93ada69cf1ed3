"""
Repair: what the network lost is read from the log, and whom it forgot to mention from the rosters.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twisted_chat.domain.conversation import Arrival, Conversation
from twisted_chat.domain.events import Author, Event, Joined, Left, PresenceChanged, Run
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.person import OFFLINE, Person
from twisted_chat.domain.records import RosterPart

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

PATIENCE = 0.020
"""So many seconds a run that came early waits for what it follows."""

SWEEP = 5.0
"""Seconds between two comparisons of what this node has with what the log has."""

_AT_ONCE = 256


class Repair:
    """
    Closes the holes in what has come to one node.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = hub.clock

    def start(self) -> None:
        """
        Begin to compare this node with the log, if the network needs that.
        """
        if not self._hub.network.lossless:
            self._sweeping.start(SWEEP, now=False).addErrback(
                lambda why: self._log.failure("the sweep has stopped", why)
            )

    def stop(self) -> None:
        """
        Compare no more.
        """
        if self._sweeping.running:
            self._sweeping.stop()
        for conversation in list(self._hub.roster.conversations.values()):
            self.cancel(conversation)

    def cancel(self, conversation: Conversation) -> None:
        """
        Wait no more for what a conversation misses.
        """
        if conversation.timer is not None:
            conversation.timer.cancel()
            conversation.timer = None

    def look(self, conversation: Conversation) -> None:
        """
        See to it that what a conversation misses is fetched, when it has had its time to come.
        """
        if conversation.suspects and conversation.room is not None:
            suspects, conversation.suspects = conversation.suspects, set()
            self._background(self._reconcile(conversation, suspects), "a roster")
        if not conversation.missing:
            self.cancel(conversation)
        elif conversation.timer is None and not conversation.repairing:
            conversation.timer = self._hub.clock.callLater(PATIENCE, self._late, conversation)

    def _background(self, deferred: Deferred[Any], what: str) -> None:
        deferred.addErrback(
            lambda why: self._log.failure(
                "{what} was not repaired; it is tried again", why, what=what
            )
        )

    def _late(self, conversation: Conversation) -> None:
        conversation.timer = None
        self._background(self._mend(conversation), "a conversation")

    @inlineCallbacks
    def catchUp(self, conversations: Sequence[str]) -> Generator[Deferred[Any], Any, None]:
        """
        Bring this node up to the newest event of some conversations.
        """
        for id in conversations:
            conversation = self._hub.roster.conversations.get(id)
            if conversation is not None and not conversation.busy:
                yield self._mend(conversation)

    @inlineCallbacks
    def _mend(self, conversation: Conversation) -> Generator[Deferred[Any], Any, None]:
        """
        Read from the log what follows on what this node has.
        """
        if conversation.repairing:
            return
        conversation.repairing = True
        try:
            while True:
                heads = yield self._hub.store.heads([conversation.id])
                head, target = conversation.head, heads.get(conversation.id, 0)
                if head >= target:
                    break
                events = yield self._hub.store.replay(conversation.id, head, _AT_ONCE)
                if not self._hand(conversation, head, target, events):
                    break
        finally:
            conversation.repairing = False
        self._hub.advance([conversation])

    def _hand(
        self, conversation: Conversation, head: int, target: int, events: Sequence[Event]
    ) -> bool:
        """
        Hand out what was read, up to what comes by itself.

        @return: whether there may be more to read.
        """
        more = len(events) == _AT_ONCE
        upto = events[-1].seq if more else target
        told: list[Event] = []
        for event in events:
            if self._hub.commits.writing(event.id):
                # The batch that it is in is about to be announced here.
                upto, more = event.seq - 1, False
                break
            if event.readable:
                told.append(event)
        waiting = [arrival.run.after for arrival in conversation.waiting]
        if waiting and min(waiting) < upto:
            # What waits knows whom it came from, so it is handed out as it came.
            upto, more = max(min(waiting), head), False
            told = [event for event in told if event.seq <= upto]
        if upto <= conversation.head:
            return False
        run = Run(conversation.id, head, 0, tuple(told))
        conversation.waiting.insert(0, Arrival("", 0, run, upto))
        self._hub.advance([conversation])
        return more

    # Who is there.

    @inlineCallbacks
    def _reconcile(
        self, conversation: Conversation, nodes: set[str]
    ) -> Generator[Deferred[Any], Any, None]:
        parts = yield self._hub.network.roster(conversation.id)
        told = {part.node: part for part in parts}
        for node in nodes - {self._hub.node}:
            epoch, counter = conversation.counters.get(node, (0, 0))
            part = told.get(node) or RosterPart(node, epoch, counter, ())
            if (part.epoch, part.counter) >= (epoch, counter):
                conversation.counters[node] = (part.epoch, part.counter)
                self._correct(conversation, part)

    def _correct(self, conversation: Conversation, part: RosterPart) -> None:
        """
        Tell this node's members of the coming and going that they were not told of.
        """
        room = conversation.room
        if room is None:
            return
        people = self._hub.roster.people
        there = {person.id for person, _ in part.people}
        events: list[Event] = []
        for record, _ in part.people:
            known = people.get(record.id)
            author = Author(record.id, record.name, bool(record.account))
            if record.id not in room.members:
                event: Event = Joined(
                    id=self._hub.ids(),
                    author=author,
                    conversations=(room.id,),
                    person=record,
                    node=part.node,
                )
                events.append(event)
            elif known is not None and known.on(part.node) != record:
                events.append(self._presence(known, part.node, record.presence, room.id))
        for id in list(room.members):
            known = people.get(id)
            if known is None or part.node not in known.nodes or id in there:
                continue
            if known.account:
                events.append(self._presence(known, part.node, OFFLINE, room.id))
            else:
                author = Author(id, known.name)
                left = Left(
                    id=self._hub.ids(), author=author, conversations=(room.id,), reason="lost"
                )
                events.append(left)
        if events:
            now = self._hub.clock.seconds()
            stamped = tuple(replace(event, at=now) for event in events)
            run = Run(room.id, conversation.head, 0, stamped)
            conversation.waiting.insert(0, Arrival("", 0, run))
            self._hub.advance([conversation])

    def _presence(self, person: Person, node: str, presence: str, room: str) -> PresenceChanged:
        before = person.presence
        record = replace(person.on(node), presence=presence)
        others = Person(person.record)
        others.nodes = dict(person.nodes)
        others.learn(node, record)
        return PresenceChanged(
            id=self._hub.ids(),
            author=Author(person.id, person.name, bool(person.account)),
            conversations=(room,),
            person=record,
            node=node,
            before=before,
            now=others.presence,
        )

    @inlineCallbacks
    def _sweep(self) -> Generator[Deferred[Any], Any, None]:
        """
        Find what no later run would reveal.
        """
        try:
            yield self._findDirects()
            known = self._hub.roster.conversations
            lasting = [c.id for c in known.values() if c.room is not None or isDirect(c.id)]
            for start in range(0, len(lasting), _AT_ONCE):
                slice = lasting[start : start + _AT_ONCE]
                heads = yield self._hub.store.heads(slice)
                for id in slice:
                    conversation = known.get(id)
                    if conversation is None or conversation.busy:
                        continue
                    if heads.get(id, 0) > conversation.head:
                        yield self._mend(conversation)
                    if conversation.room is not None:
                        yield self._compareRosters(conversation)
        except Exception:
            self._log.failure("the sweep did not reach its end; the next one comes")

    @inlineCallbacks
    def _findDirects(self) -> Generator[Deferred[Any], Any, None]:
        roster = self._hub.roster
        for id in [
            person.id for person in list(roster.people.values()) if roster.sessionsOf(person.id)
        ]:
            for listing in (yield self._hub.store.directs(id)):
                if listing.conversation not in roster.conversations:
                    roster.openDirect(listing.conversation, head=0)

    @inlineCallbacks
    def _compareRosters(self, conversation: Conversation) -> Generator[Deferred[Any], Any, None]:
        parts = yield self._hub.network.roster(conversation.id)
        room = conversation.room
        if room is None:
            return
        suspects = {
            part.node
            for part in parts
            if (part.epoch, part.counter) > conversation.counters.get(part.node, (0, 0))
        }
        told = {part.node for part in parts}
        for id in room.members:
            person = self._hub.roster.people.get(id)
            suspects |= set(person.nodes) - told if person is not None else set()
        if suspects - {self._hub.node}:
            yield self._reconcile(conversation, suspects)
