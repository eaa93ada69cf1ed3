"""
Roll call: whom the network forgot to mention is found in the rosters, and the members are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from twisted_chat.domain.announcements import Run
from twisted_chat.domain.conversation import Arrival, Conversation
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.events import (
    AccountChanged,
    Ended,
    Event,
    Joined,
    Left,
    Ordered,
    PresenceChanged,
    Renamed,
)
from twisted_chat.domain.names import fold
from twisted_chat.domain.orders import SEAT
from twisted_chat.domain.person import OFFLINE, Person
from twisted_chat.domain.records import Member, RosterPart
from twisted_chat.domain.room import Room
from twisted_chat.domain.unawaited import untilTold
from twisted_chat.domain.values import SERVER, PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


class RollCall:
    """
    Compares this node's copies of rooms with who is there.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @asDeferred
    async def compare(self, conversation: Conversation) -> None:
        """
        See whether the rosters tell of anything that this node has not heard of.
        """
        parts = await self._hub.network.roster(conversation.id)
        room = conversation.room
        if room is None:
            return
        known: dict[str, dict[str, PersonRecord]] = {}
        for id in room.members:
            person = self._hub.roster.people.get(id)
            if person is not None:
                for node in person.nodes:
                    known.setdefault(node, {})[id] = person.on(node)
        told = {part.node: part for part in parts}
        for node in known.keys() | told.keys():
            if node not in told or self._tellsNews(conversation, told[node], known.get(node, {})):
                conversation.doubtful |= {node}
        if conversation.doubtful - {self._hub.node}:
            await self.reconcile(conversation)

    def _tellsNews(
        self, conversation: Conversation, part: RosterPart, known: dict[str, PersonRecord]
    ) -> bool:
        counter = conversation.counters.get(part.node, (0, 0))
        if (part.epoch, part.counter) != counter:
            return (part.epoch, part.counter) > counter
        # What has come from several nodes may have come in another order than it happened.
        return {record.id: record for record, _ in part.people} != known

    @asDeferred
    async def reconcile(self, conversation: Conversation) -> None:
        """
        Tell this node's members of the coming and going on the doubtful nodes. Those of which not
        all could be learned stay doubtful until the next sweep.
        """
        hub, room = self._hub, conversation.room
        conversation.doubtful -= {hub.node}
        if room is None or conversation.calling:
            return
        conversation.calling = True
        try:
            before = dict(room.members)
            parts = await hub.network.roster(room.id)
            record = await hub.store.room(room.id)
            connected = await self._connectedStill(room, parts)
            if conversation.room is None or hub.roster.conversations.get(room.id) is None:
                return
            if record is None:
                self.end(conversation)
                return
            told = {part.node: part for part in parts}
            # What was read may be older than what has come meanwhile.
            if room.members != before or record.rightsSeq != room.rightsSeq:
                return
            lasting = {member.id: member for member in record.members}
            current = []
            for node in list(conversation.doubtful):
                epoch, counter = conversation.counters.get(node, (0, 0))
                part = told.get(node) or RosterPart(node, epoch, counter, ())
                if (part.epoch, part.counter) >= (epoch, counter):
                    conversation.counters[node] = (part.epoch, part.counter)
                    conversation.doubtful -= {node}
                    current.append(part)
        finally:
            conversation.calling = False
        for part in current:
            self.tell(list(self._connected(room, part)))
            self.tell(list(self._gone(room, part, lasting, connected)))
        self.tell(list(self._lasting(room, lasting)))
        for member in record.members:
            if member.id in room.members:
                room.members[member.id] = member.joinedSeq

    def end(self, conversation: Conversation) -> None:
        """
        The room is no more, and nobody of this node was told.
        """
        self.tell([self._hub.event(Ended, SERVER, conversation.id)])

    def tell(self, events: Sequence[Event]) -> None:
        """
        Hand out what no node has announced, in all the conversations that it is about.
        """
        now = self._hub.clock.seconds()
        touched: dict[str, list[Event]] = {}
        for event in events:
            for id in event.conversations:
                touched.setdefault(id, []).append(replace(event, at=event.at or now))
        known = [(self._hub.roster.listening(id), run) for id, run in touched.items()]
        here = [(conversation, run) for conversation, run in known if conversation is not None]
        for conversation, run in here:
            arrival = Arrival("", 0, Run(conversation.id, conversation.head, 0, tuple(run)))
            conversation.waiting.insert(0, arrival)
        self._hub.advance([conversation for conversation, _ in here])

    def _connected(self, room: Room, part: RosterPart) -> Iterator[Event]:
        """
        Who is there and was not known to be, or not as they are.
        """
        for record, joined in part.people:
            known = self._hub.roster.people.get(record.id)
            if known is not None and record.id in room.members:
                yield from self._news(known, part.node, record)
            else:
                yield self._joined(room, part.node, record, joined)

    async def _connectedStill(self, room: Room, parts: Sequence[RosterPart]) -> set[str]:
        """
        Which of the registered members are connected, though a node where they were thought to be
        does not tell of them in this room: it may not have heard that they are members.
        """
        hub, found = self._hub, set()
        told = {part.node: {record.id for record, _ in part.people} for part in parts}
        for id in list(room.members):
            known = hub.roster.people.get(id)
            if known is None or not known.account or known.record.identity:
                continue
            if all(id in told.get(node, ()) for node in known.nodes if node != hub.node):
                continue
            holder = await hub.network.holder(fold(known.name))
            if holder is not None and holder[0] == id:
                found.add(id)
                seat = hub.event(Ordered, SERVER, id, order=SEAT, person=id, text=room.id)
                untilTold(hub.clock, partial(hub.publish, seat), f"where {id} is")
        return found

    def _gone(
        self, room: Room, part: RosterPart, lasting: dict[str, Member], connected: set[str]
    ) -> Iterator[Event]:
        """
        Who was known to be there and is not.
        """
        there = {record.id for record, _ in part.people}
        for id in room.members:
            known = self._hub.roster.people.get(id)
            if known is None or part.node not in known.nodes or id in there:
                continue
            if id in lasting and id not in connected:
                record = replace(known.record, account=lasting[id].name, presence=OFFLINE)
                yield from self._news(known, part.node, record)
            elif not known.account or known.record.identity:
                yield self._left(room, known, "lost")

    def _lasting(self, room: Room, lasting: dict[str, Member]) -> Iterator[Event]:
        """
        The registered members who became members, or are no more, without this node's knowing.
        """
        for id in room.members:
            known = self._hub.roster.people.get(id)
            lasts = known is not None and known.account and not known.record.identity
            if id not in lasting and known is not None and lasts:
                yield self._left(room, known, "left")
        for member in lasting.values():
            if member.id not in room.members:
                record = PersonRecord(member.id, member.name, account=member.name, presence=OFFLINE)
                known = self._hub.roster.people.get(member.id)
                node = self._hub.node if known is None else next(iter(known.nodes), self._hub.node)
                here = known.on(node) if known is not None else record
                yield self._joined(room, node, here, member.joinedSeq)

    def _joined(self, room: Room, node: str, record: PersonRecord, followed: int) -> Joined:
        return self._hub.event(
            Joined, record.author, room.id, person=record, node=node, followed=followed
        )

    def _left(self, room: Room, known: Person, reason: str) -> Left:
        return self._hub.event(Left, known.record.author, room.id, reason=reason)

    def learn(self, node: str, record: PersonRecord) -> None:
        """
        Take what a node tells of somebody whom this one knows, and have told what is news.
        """
        self.tell(list(self._news(self._hub.roster.people[record.id], node, record)))

    def _news(self, known: Person, node: str, record: PersonRecord) -> Iterator[Event]:
        """
        What has happened to somebody, as their rooms on this node are told.
        """
        after = Person(known.record)
        after.nodes = known.nodes
        after.learn(node, record)
        event, rooms = self._hub.event, (known.id, *known.rooms)
        if after.name != known.name and known.nodes:
            names = {"old": known.name, "new": after.name}
            at = after.record.namedAt
            yield event(Renamed, known.record.author, *rooms, **names, at=at)
        if after.account != known.account:
            whose = {"account": after.account, "identity": after.record.identity}
            yield event(AccountChanged, after.record.author, *rooms, **whose)
        if after.on(node) != replace(known.on(node), name=after.name, account=after.account):
            yield event(
                PresenceChanged,
                after.record.author,
                *rooms,
                person=record,
                node=node,
                before=known.presence,
                now=after.presence,
            )
