"""
The roster of one node: its sessions, the people and conversations that it knows, and who listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted_chat.domain.attendance import Attendance
from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.events import (
    KINDS,
    AccountChanged,
    Ended,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    MetadataChanged,
    PresenceChanged,
    ProfileChanged,
    Renamed,
    RoomRenamed,
    Said,
    Tagged,
)
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.names import fold, foldRoom
from twisted_chat.domain.person import OFFLINE, Person
from twisted_chat.domain.records import RosterPart
from twisted_chat.domain.rights import hearers, isSeen, witnesses
from twisted_chat.domain.room import Room
from twisted_chat.domain.standing import (
    SHIFTING,
    WITH_ROLE,
    Consequence,
    follows,
    standing,
    unseen,
    withRole,
)
from twisted_chat.domain.values import PersonRecord


class Roster(Attendance):
    """
    What one node knows, changed by events alone but for the coming and going of its own sessions.

    @ivar steps: by kind of event, who knows what it says, and who sees who listens then.
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
        super().__init__(forget, dismiss)
        self._node = node
        self.steps: dict[str, tuple[Any, Any]] = {
            kind: (getattr(self, f"know_{kind}", None), getattr(self, f"seat_{kind}", None))
            for kind in KINDS
        }

    def listening(self, id: str) -> Conversation | None:
        """
        The conversation of an id, if this node has a reader of it.
        """
        conversation = self.conversations.get(id)
        if conversation is None:
            return self.directs.listening(id) if isDirect(id) else self.channel(id)
        return conversation

    def apply(self, conversation: Conversation, event: Event, portion: Portion) -> None:
        """
        Change the room and its people as an event says, and have it told if it is news to anyone.
        """
        room = conversation.room
        know, seat = self.steps[event.kind]
        if know is not None and not know(room, event):
            return
        later: Iterable[Consequence] = ()
        if room is not None:
            hidden = unseen(room, event)
            before = standing(room, event) if event.kind in SHIFTING else None
            room.apply(event)
            if before is not None:
                consequences = list(follows(room, event, before, self.people))
                self._tellBeside(portion, [one for one in consequences if one.first])
                later = [one for one in consequences if not one.first]
            # A face is known once they have joined, and not any more once they have left.
            if hidden and not isSeen(room, hidden):
                self._confine(portion, event, witnesses(room, hidden))
            if room.roles and event.kind in WITH_ROLE:
                event = withRole(event, room)
        if seat is not None:
            seat(conversation, event, portion)
        portion.events.append(event)
        origin = self.sessions.get(event.origin)
        if origin is not None:
            if not origin.receiver.echoes(event):
                portion.leaveOut(origin, event.id)
            elif origin.receiver.isAnswer(event):
                portion.answer(origin, event.id)
        if later:
            self._tellBeside(portion, later)

    def _tellBeside(self, portion: Portion, consequences: Iterable[Consequence]) -> None:
        """
        Have told what follows from an event.
        """
        for each in consequences:
            if each.only:
                self._confine(portion, each.event, (each.only,))
            for id in each.spared:
                for session in self._local.get(id, ()):
                    portion.leaveOut(session, each.event.id)
            portion.events.append(each.event)

    def _confine(self, portion: Portion, event: Event, people: Iterable[str]) -> None:
        """
        Have an event told to some people alone, as far as they listen.
        """
        portion.confine(event.id, [one for id in people for one in self._local.get(id, ())])

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
        person = self.people.get(event.author.person)
        if person is not None and event.node:
            person.see(event.node, OFFLINE, "")
            if person.nodes:
                return False
        return self._parted(room, event.author.person)

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
        Somebody has a new name. Each of their connections holds it: the name stays theirs when
        the one that took it ends, and the old one is free.
        """
        person = self.people.get(event.author.person)
        before = fold(person.name) if person is not None else ""
        news = self._changed(event)
        for session in self._local.get(event.author.person, ()):
            if session.id != event.origin or before != fold(event.old):
                session.followName(before)
        # Two of their connections may have taken the same one; and who is not there is not shown.
        there = room is None or (
            event.author.person in room.members and bool(person and person.nodes)
        )
        return news and there and event.old != event.new

    def know_account(self, room: Room | None, event: AccountChanged) -> bool:
        """
        Somebody has registered.
        """
        return self._changed(event)

    def know_profile(self, room: Room | None, event: ProfileChanged) -> bool:
        """
        Something else about somebody is another.
        """
        if event.person.id in self._local:
            (self.invisible.add if event.person.invisible else self.invisible.discard)(
                event.person.id
            )
        return self._changed(event)

    def know_metadata(self, room: Room | None, event: MetadataChanged) -> bool:
        """
        Something else is noted of somebody.
        """
        person = self.people.get(event.target)
        if person is not None:
            person.apply(event)
        return True

    def know_presence(self, room: Room | None, event: PresenceChanged) -> bool:
        """
        Somebody came, went away or left.
        """
        there = room is None or event.person.id in room.members
        return self._changed(event) and there and (event.before != event.now or event.again)

    def _changed(self, event: Event) -> bool:
        person = self.people.get(event.author.person)
        if person is not None:
            person.apply(event)
        return True

    # Who listens changes in the order of events: seat_KIND is called before the event is told.

    def seat_presence(
        self, conversation: Conversation, event: PresenceChanged, portion: Portion
    ) -> None:
        """
        Whoever is here is told of none of their connections that they have come, or gone.
        """
        if OFFLINE in (event.before, event.now):
            for session in self._local.get(event.person.id, ()):
                portion.leaveOut(session, event.id)

    def seat_joined(self, conversation: Conversation, event: Joined, portion: Portion) -> None:
        """
        Whoever joined listens from here on, on all their connections.
        """
        room = conversation.room
        if room is not None:
            known = event.followed >= 0
            room.members[event.person.id] = event.followed if known else conversation.head
        for session in self._local.get(event.person.id, ()):
            session.settled(conversation.id)
            format = session.receiver.formatFor(conversation.id)
            portion.enter(conversation.audience, session, format, session.receive)
            if session.id != event.origin:
                session.receiver.happened(event)
        if event.node != self._node and event.person.id in self._local:
            self._local[event.person.id][0].tellHere(conversation.id)

    def seat_said(self, conversation: Conversation, event: Said, portion: Portion) -> None:
        """
        Whom a private message is for can answer it without naming its author.
        """
        if event.read and event.author.account:
            self.tellRead(event)
        if event.peer is not None:
            for session in self.sessionsOf(event.peer.id):
                if not session.ignores(event.author):
                    session.lastDirect = event.author
        elif (room := conversation.room) is not None:
            self._tellHearers(room, event, portion)

    def seat_tagged(self, conversation: Conversation, event: Tagged, portion: Portion) -> None:
        """
        It may be for members of some role only.
        """
        if conversation.room is not None:
            self._tellHearers(conversation.room, event, portion)

    def _tellHearers(self, room: Room, event: Said | Tagged, portion: Portion) -> None:
        if people := hearers(room, event.author.person, event.atLeast):
            self._confine(portion, event, people)

    def seat_left(self, conversation: Conversation, event: Left, portion: Portion) -> None:
        """
        Whoever left listens no longer.
        """
        self._unseat(conversation, event.author.person, portion)

    def seat_roomRenamed(
        self, conversation: Conversation, event: RoomRenamed, portion: Portion
    ) -> None:
        """
        The room is found by another name.
        """
        self.unname(event.old, conversation.id)
        self.roomNames[foldRoom(event.new)] = conversation.id
        portion.inform(event)

    def seat_metadata(
        self, conversation: Conversation, event: MetadataChanged, portion: Portion
    ) -> None:
        """
        Who wants to be told of which key is known to each connection alone.
        """
        self._tell(portion, event)

    # What one of somebody's connections has read, the others need not show as new.
    seat_readMarked = seat_metadata

    def seat_invited(self, conversation: Conversation, event: Invited, portion: Portion) -> None:
        """
        Whoever is invited can be shown where to.
        """
        for session in conversation.audience.formats if conversation.room is None else ():
            session.askedInto(event)  # type: ignore[attr-defined]

    def _tell(self, portion: Portion, event: Event) -> None:
        for audience in portion.audiences:
            for session in audience.formats:
                if portion.isFor(session, event.id):
                    session.receiver.happened(event)  # type: ignore[attr-defined]

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
        self._tell(portion, event)
        for id in list(room.members) if room is not None else ():
            self._parted(room, id)
            self._unseat(conversation, id, portion, told=False)
        if room is not None:
            room.members.clear()

    def _unseat(
        self, conversation: Conversation, id: str, portion: Portion, told: bool = True
    ) -> None:
        for session in self._local.get(id, ()):
            # Not who is about to listen there, and would not be told of it.
            if told and conversation.room is not None and session.isIn(conversation.room):
                session.unseated(conversation.room)
            portion.leave(conversation.audience, session)

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

    def drop(self, conversation: Conversation) -> None:
        """
        Know a room no longer.
        """
        self.conversations.pop(conversation.id, None)
        room = conversation.room
        if room is None:
            return
        self.unname(room.name, room.id)
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
