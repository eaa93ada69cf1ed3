"""
Who is here: the sessions of one node, whose they are, and how they are reached.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.directs import Directs
from twisted_chat.domain.events import ReadMarked, Said
from twisted_chat.domain.names import fold, foldRoom
from twisted_chat.domain.person import Person
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session


class Attendance:
    """
    The sessions of one node, and what they listen to.

    @ivar sessions: the sessions on this node by their ids.
    @ivar people: whom this node knows, by id.
    @ivar conversations: what this node has readers of, by id; people's own channels among them, if
        anything was told there since they came.
    @ivar roomNames: by folded name, the ids of the rooms among the conversations.
    @ivar comingBack: by person, how many sessions are finding out where they left off.
    @ivar leaving: by person, how often it is being told just now that they have gone from here.
    @ivar entering: by person, the ids of the rooms into which their sessions are just coming.
    @ivar invisible: the ids of those who have a session on this node and are invisible.
    @ivar most: how many people have had a session on this node at the same time.
    """

    def __init__(
        self,
        forget: Callable[[Conversation], None],
        dismiss: Callable[[Conversation], None],
    ) -> None:
        """
        @param forget: is called with what may have lost its last listener.
        @param dismiss: is called with what is known no longer.
        """
        self._forget = forget
        self.sessions: dict[str, Session] = {}
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.roomNames: dict[str, str] = {}
        self._local: dict[str, tuple[Session, ...]] = {}
        self._faces: dict[str, tuple[Session, ...]] = {}
        self.comingBack: Counter[str] = Counter()
        self.leaving: Counter[str] = Counter()
        self.entering: dict[str, tuple[str, ...]] = {}
        self.invisible: set[str] = set()
        self.most = 0
        self.directs = Directs(self, dismiss)

    @property
    def peopleHere(self) -> int:
        """
        How many people have a session on this node.
        """
        return len(self._local)

    def here(self) -> Iterator[tuple[str, Sequence[Session]]]:
        """
        Who has a session on this node: the ids of people, and their sessions.
        """
        return iter(self._local.items())

    def isHere(self, person: str) -> bool:
        """
        Whether somebody has a session on this node, by their id.
        """
        return person in self._local

    def reads(self, whose: str) -> bool:
        """
        Whether somebody has a session on this node, under whichever name.

        @param whose: see L{PersonRecord.whose}.
        """
        return whose in self._local or whose in self._faces

    def room(self, id: str) -> Room | None:
        """
        This node's copy of the room of an id, if there is one.
        """
        conversation = self.conversations.get(id)
        return None if conversation is None else conversation.room

    def unname(self, name: str, id: str) -> None:
        """
        A room is called that no longer. Another one may be by now.
        """
        if self.roomNames.get(folded := foldRoom(name)) == id:
            del self.roomNames[folded]

    # Who is here.

    def enlist(self, session: Session, record: PersonRecord) -> bool:
        """
        A session has begun: what happens to its person reaches it from now on.

        @return: whether it is its person's first on this node.
        """
        first = record.id not in self._local
        self.sessions[session.id] = session
        self._local[record.id] = (*self._local.get(record.id, ()), session)
        self.most = max(self.most, len(self._local))
        person = self.people.get(record.id)
        if person is None:
            self.people[record.id] = Person(record)
        elif first and not person.nodes:
            # What was known is of their last visit.
            person.record = record
        self._hearChannel(session, record.id)
        if record.identity:
            self.addFace(session, record.identity)
        return first

    def hears(self, id: str) -> bool:
        """
        Whether anybody here is told what happens in a conversation, or on a person's channel.
        """
        return id in self.conversations or self.reads(id)

    def channel(self, whose: str) -> Conversation | None:
        """
        The channel of a person who has a session here; else C{None}. Nearly everybody who is idle
        was never told anything there, so it is made when somebody is.
        """
        channel = self.conversations.get(whose)
        if channel is None and self.reads(whose):
            channel = self.conversations[whose] = Conversation(whose)
            for session in (*self._local.get(whose, ()), *self._faces.get(whose, ())):
                self._hearChannel(session, whose)
        return channel

    def _hearChannel(self, session: Session, id: str) -> None:
        channel = self.conversations.get(id)
        if channel is not None:
            channel.audience.add(session, session.receiver.formatFor(id), session.receive)

    def addFace(self, session: Session, whose: str) -> None:
        """
        A session is somebody's under another name: what reaches them in private reaches it too.

        @param whose: the account's id.
        """
        self._faces[whose] = (*self._faces.get(whose, ()), session)
        self._hearChannel(session, whose)

    def removeFace(self, session: Session, whose: str) -> None:
        """
        The reverse of L{addFace}.
        """
        rest = tuple(one for one in self._faces.get(whose, ()) if one is not session)
        self._faces.pop(whose, None)
        if rest:
            self._faces[whose] = rest
        channel = self.conversations.get(whose)
        if channel is not None:
            channel.audience.remove(session)
        self._closeChannel(whose)

    def _closeChannel(self, whose: str) -> None:
        if not self.reads(whose):
            self.directs.leave(whose)
            self.conversations.pop(whose, None)

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
        if session.identity != person:
            self.removeFace(session, session.identity)
        if mine:
            self._local[person] = mine
            return False
        self._local.pop(person, None)
        self.invisible.discard(person)
        self._closeChannel(person)
        if known is not None:
            self._forgetPerson(known)
        return True

    def sessionsOf(self, person: str) -> frozenset[Session]:
        """
        The sessions of a person on this node, those under other names than the account's too.
        """
        return frozenset((*self._local.get(person, ()), *self._faces.get(person, ())))

    def tellRead(self, event: Said) -> None:
        """
        Whoever speaks has read: let their other connections on this node know it.

        @param event: of somebody registered.
        """
        author = event.author
        mine = (*self._local.get(author.id, ()), *self._faces.get(author.id, ()))
        if len(mine) < 2:
            # Nearly everybody has one connection.
            return
        read = ReadMarked(
            id=f"{event.id}.read",
            author=author,
            conversations=(author.id,),
            origin=event.origin,
            where=event.conversation,
            upto=event.seq,
            time=event.at,
        )
        for session in mine:
            if session.id != event.origin:
                session.receiver.happened(read)

    def namesake(self, whose: str, folded: str) -> str:
        """
        The id of the person under whose name somebody is connected to this node; C{""} if they are
        not connected under that name.

        @param whose: see L{PersonRecord.whose}.
        """
        for session in (*self._local.get(whose, ()), *self._faces.get(whose, ())):
            if fold(session.name) == folded:
                return session.personId
        return ""

    def _forgetPerson(self, person: Person) -> None:
        if not person.rooms and person.id not in self._local:
            self.people.pop(person.id, None)
