"""
The roster of one node: its sessions, the people and conversations that it knows, and who listens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.events import (
    KINDS,
    AccountChanged,
    Ended,
    Event,
    Joined,
    Kicked,
    Left,
    PresenceChanged,
    Renamed,
    RoomRenamed,
    Said,
)
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.ids import isDirect, readersOf
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import RosterPart
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import (
    PersonRecord,
)

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session


MOST_DIRECTS = 1000
"""So many private conversations of one person are known when they come: IStore.directs."""


class Roster:
    """
    What one node knows, changed by events alone but for the coming and going of its own sessions.

    @ivar sessions: the sessions on this node by their ids.
    @ivar people: whom this node knows, by id.
    @ivar conversations: what this node has readers of, by id; people's own channels among them.
    @ivar roomNames: by folded name, the ids of the rooms among them.
    @ivar comingBack: by person, how many sessions are finding out where they left off.
    """

    def __init__(
        self,
        node: str,
        forget: Callable[[Conversation], None],
        dismiss: Callable[[Conversation], None],
    ) -> None:
        """
        @param node: the node's name.
        @param forget: is called with what may have lost its last listener.
        @param dismiss: is called with what is known no longer.
        """
        self._node = node
        self._forget = forget
        self._dismiss = dismiss
        self.sessions: dict[str, Session] = {}
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.roomNames: dict[str, str] = {}
        self._local: dict[str, tuple[Session, ...]] = {}
        self._directs: dict[str, set[str]] = {}
        self._unplaced: set[str] = set()
        self.comingBack: Counter[str] = Counter()
        self._steps = {
            kind: (getattr(self, f"know_{kind}", None), getattr(self, f"seat_{kind}", None))
            for kind in KINDS
        }

    def listening(self, id: str) -> Conversation | None:
        """
        The conversation of an id, if this node has a reader of it.
        """
        conversation = self.conversations.get(id)
        if conversation is None and isDirect(id):
            here = [who for who in readersOf(id) if who in self._local]
            if any(who in self.comingBack for who in here):
                # Where it stands is being read.
                self._unplaced.add(id)
                return self.openDirect(id, head=0, busy=True)
            # All that were there before are known, so this one is new; where there were too many
            # to know, it begins with the first that is heard of it.
            known = all(len(self._directs.get(who, ())) < MOST_DIRECTS for who in here)
            return self.openDirect(id, head=0 if known else -1)
        return conversation

    def openDirect(self, id: str, head: int, busy: bool = False) -> Conversation | None:
        """
        Know a direct conversation, if one of its people is here.

        @param head: the seq up to which nothing of it is to be told here.
        @param busy: whether that is not known for sure yet.
        """
        if not any(who in self._local for who in readersOf(id)):
            return None
        for who in readersOf(id):
            self._directs.setdefault(who, set()).add(id)
        conversation = self.conversations.get(id)
        if conversation is None:
            conversation = self.conversations[id] = Conversation(id, head=head, busy=busy)
        return conversation

    def directHeads(self, person: str) -> dict[str, int]:
        """
        The direct conversations of somebody that are told here, and up to which seq they were.
        """
        known = self._directs.get(person, set()) - self._unplaced
        return {id: self.conversations[id].head for id in known}

    def placeDirects(self, person: str, heads: Mapping[str, int]) -> list[Conversation]:
        """
        Know where the direct conversations of somebody stand.

        @param heads: the seqs up to which nothing of them is to be told here, where that was not
            known before.
        @return: those of which something has waited for that.
        """
        for id, head in heads.items():
            self.openDirect(id, head)
        waited = self._unplaced & self._directs.get(person, set())
        self._unplaced -= waited
        for id in waited:
            conversation = self.conversations[id]
            conversation.head = conversation.begun = heads.get(id, 0)
            conversation.busy = False
        return [self.conversations[id] for id in waited]

    def apply(self, conversation: Conversation, event: Event, portion: Portion) -> None:
        """
        Change the room and its people as an event says, and have it told if it is news to anyone.
        """
        room = conversation.room
        know, seat = self._steps[event.kind]
        if know is not None and not know(room, event):
            return
        if room is not None:
            room.apply(event)
        if seat is not None:
            seat(conversation, event, portion)
        portion.events.append(event)
        origin = self.sessions.get(event.origin)
        if origin is not None and not origin.receiver.echo:
            portion.leaveOut(origin, event.id)

    # How people are known: know_KIND returns whether the event is news.

    def know_joined(self, room: Room | None, event: Joined) -> bool:
        """
        Somebody became a member.
        """
        record = event.person
        if room is not None and event.followed < room.kicked.get(record.id, event.followed):
            # It comes late: they were put out since.
            return False
        person = self.people.get(record.id)
        if person is None:
            person = self.people[record.id] = Person(record)
        news = room is not None and record.id not in room.members
        person.apply(event)
        if room is not None:
            person.rooms[room.id] = None
        return news

    def know_left(self, room: Room | None, event: Left) -> bool:
        """
        Somebody is no longer a member.
        """
        return self._parted(room, event.author.id)

    def know_kicked(self, room: Room | None, event: Kicked) -> bool:
        """
        Somebody was put out.
        """
        self._parted(room, event.person)
        return True

    def _parted(self, room: Room | None, id: str) -> bool:
        person = self.people.get(id)
        if person is not None and room is not None:
            person.rooms.pop(room.id, None)
            self._forgetPerson(person)
        return room is not None and id in room.members

    def know_renamed(self, room: Room | None, event: Renamed) -> bool:
        """
        Somebody has a new name.
        """
        return self._changed(event)

    def know_account(self, room: Room | None, event: AccountChanged) -> bool:
        """
        Somebody has registered.
        """
        return self._changed(event)

    def know_presence(self, room: Room | None, event: PresenceChanged) -> bool:
        """
        Somebody came, went away or left.
        """
        return self._changed(event) and event.before != event.now

    def _changed(self, event: Event) -> bool:
        person = self.people.get(event.author.id)
        if person is not None:
            person.apply(event)
        return True

    # Who listens changes in the order of events: seat_KIND is called before the event is told.

    def seat_joined(self, conversation: Conversation, event: Joined, portion: Portion) -> None:
        """
        Whoever joined listens from here on, on all their connections.
        """
        room = conversation.room
        if room is not None:
            known = event.followed >= 0
            room.members[event.person.id] = event.followed if known else conversation.head
        for session in self._local.get(event.person.id, ()):
            format = session.receiver.formatFor(conversation.id)
            portion.enter(conversation.audience, session, format, session.receive)

    def seat_said(self, conversation: Conversation, event: Said, portion: Portion) -> None:
        """
        Whom a private message is for can answer it without naming its author.
        """
        if event.peer is not None:
            for session in self._local.get(event.peer.id, ()):
                if not session.ignores(event.author):
                    session.lastDirect = event.author.name

    def seat_left(self, conversation: Conversation, event: Left, portion: Portion) -> None:
        """
        Whoever left listens no longer.
        """
        self._unseat(conversation, event.author.id, portion)

    def seat_roomRenamed(
        self, conversation: Conversation, event: RoomRenamed, portion: Portion
    ) -> None:
        """
        The room is found by another name.
        """
        self.roomNames.pop(foldRoom(event.old), None)
        self.roomNames[foldRoom(event.new)] = conversation.id

    def seat_kicked(self, conversation: Conversation, event: Kicked, portion: Portion) -> None:
        """
        Whoever was kicked is told so, and listens no longer.
        """
        self._unseat(conversation, event.person, portion)

    def seat_ended(self, conversation: Conversation, event: Ended, portion: Portion) -> None:
        """
        Nobody listens to what is no more.
        """
        room = conversation.room
        for id in list(room.members) if room is not None else ():
            self._parted(room, id)
            self._unseat(conversation, id, portion)
        if room is not None:
            room.members.clear()

    def _unseat(self, conversation: Conversation, id: str, portion: Portion) -> None:
        for session in self._local.get(id, ()):
            portion.leave(conversation.audience, session)

    # Who is here.

    def enlist(self, session: Session, record: PersonRecord) -> bool:
        """
        A session has begun: what happens to its person reaches it from now on.

        @return: whether it is its person's first on this node.
        """
        first = record.id not in self._local
        self.sessions[session.id] = session
        self._local[record.id] = (*self._local.get(record.id, ()), session)
        person = self.people.get(record.id)
        if person is None:
            person = self.people[record.id] = Person(record)
        channel = self.conversations.get(record.id)
        if channel is None:
            channel = self.conversations[record.id] = Conversation(record.id)
        channel.audience.add(session, session.receiver.formatFor(record.id), session.receive)
        return first

    def delist(self, session: Session, person: str) -> bool:
        """
        A session has ended: nothing reaches it any more.

        @return: whether it was its person's last on this node.
        """
        self.sessions.pop(session.id, None)
        mine = tuple(one for one in self._local.get(person, ()) if one is not session)
        known = self.people.get(person)
        for id in (*(known.rooms if known is not None else ()), person):
            conversation = self.conversations.get(id)
            if conversation is not None:
                conversation.audience.remove(session)
                self._forget(conversation)
        if mine:
            self._local[person] = mine
            return False
        self._local.pop(person, None)
        for id in list(self._directs.get(person, ())):
            if not any(who in self._local for who in readersOf(id)):
                self._dropDirect(id)
        self.conversations.pop(person, None)
        if known is not None:
            self._forgetPerson(known)
        return True

    def sessionsOf(self, person: str) -> frozenset[Session]:
        """
        The sessions of a person on this node.
        """
        return frozenset(self._local.get(person, ()))

    def part(self, conversation: str, epoch: int, counter: int) -> RosterPart:
        """
        Who is in a conversation on this node.

        @param counter: the counter of the newest run that this node has announced in it.
        """
        known = self.conversations.get(conversation)
        people: list[tuple[PersonRecord, int]] = []
        if known is not None and known.room is not None:
            counter = known.counters.get(self._node, (epoch, counter))[1]
            people = [
                (self.people[id].on(self._node), joined)
                for id, joined in known.room.members.items()
                if id in self._local
            ]
        return RosterPart(self._node, epoch, counter, tuple(people))

    def _dropDirect(self, id: str) -> None:
        for who in readersOf(id):
            self._directs[who].discard(id)
            if not self._directs[who]:
                del self._directs[who]
        self._unplaced.discard(id)
        self._dismiss(self.conversations.pop(id))

    def drop(self, conversation: Conversation) -> None:
        """
        Know a room no longer.
        """
        self.conversations.pop(conversation.id, None)
        room = conversation.room
        if room is None:
            return
        self.roomNames.pop(foldRoom(room.name), None)
        for id in room.members:
            person = self.people.get(id)
            if person is not None:
                person.rooms.pop(room.id, None)
                self._forgetPerson(person)

    def know(self, record: PersonRecord, node: str, room: str) -> None:
        """
        Take what a roster, or the store, tells of a member of a room.

        @param node: where they are connected; C{""} if nothing is known of that.
        """
        person = self.people.get(record.id)
        if person is None:
            person = self.people[record.id] = Person(record)
        if node:
            person.learn(node, record)
        person.rooms[room] = None

    def _forgetPerson(self, person: Person) -> None:
        if not person.rooms and person.id not in self._local:
            self.people.pop(person.id, None)
