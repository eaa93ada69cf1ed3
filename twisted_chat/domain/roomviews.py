"""
What there is to see of rooms: which there are, and who is in them; and what can be done in one from
outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import NoSuchRoom, NotInRoom, PersonNotInRoom
from twisted_chat.domain.events import Said
from twisted_chat.domain.names import cleanLine, foldAny, foldOrRefuse, foldRoom, roomName
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import RoomListing
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.talk import Talk

T = TypeVar("T")

COUNTED = 100_000
"""After so many members of whom it was seen whether they are connected, others have their turn."""


class PersonView(Struct, frozen=True):
    """
    Somebody, as another person sees them.

    @ivar role: what they are in the room that was asked about.
    @ivar presence: C{"online"}, C{"away"} or C{"offline"}.
    @ivar account: the account's name, or C{""} for a guest.
    """

    id: str
    name: str
    role: Role
    presence: str
    away: str
    account: str


class RoomViews(Talk):
    """
    What a session can see of rooms, and do in those in which its person is not.
    """

    __slots__ = ()

    @property
    def leftUnread(self) -> Sequence[Room]:
        """
        The rooms that this person is out of, which the client has not read yet.
        """
        return self._held.left if self._held is not None else ()

    def unseated(self, room: Room) -> None:
        """
        This person is out of a room.
        """
        if self._held is not None:
            self._held.left.append(room)

    @asDeferred
    async def listRooms(self, counted: bool = True) -> list[RoomListing]:
        """
        The rooms that this person may know of, by name.

        @param counted: whether it is to be counted how many are in each and connected.
        """
        mine = {room.id for room in self.rooms}
        found: list[RoomListing] = []
        looked = 0
        for listing in await self.hub.store.rooms():
            if listing.hidden and listing.id not in mine and not self.operator:
                continue
            here = self.hub.roster.conversations.get(listing.id)
            if here is not None and here.room is not None:
                listing = self._presentListing(listing, here.room, counted)
                looked += listing.members if counted else 0
            found.append(listing)
            if looked >= COUNTED:
                looked = 0
                await deferLater(self.hub.clock, 0)
        return found

    def _presentListing(self, listing: RoomListing, room: Room, counted: bool) -> RoomListing:
        present = 0
        if counted:
            people = self.hub.roster.people
            # All who are in all rooms: a generator would take half as long again.
            present = len([1 for id in room.members if (who := people.get(id)) and who.nodes])
        return RoomListing(
            id=listing.id,
            name=listing.name,
            topic=room.topic,
            members=len(room.members),
            hidden=listing.hidden,
            archived=listing.archived,
            createdAt=listing.createdAt,
            topicAt=room.topicAt,
            present=present,
        )

    def who(self, room: Room) -> list[PersonView]:
        """
        The members of a room: the highest roles first, then by name.

        @raise NotInRoom: this person is not in it.
        """
        rights.requireMember(room, self.personId)
        views = []
        for id in rights.membersSeen(room, self.personId):
            person = self.hub.roster.people.get(id)
            if person is not None:
                views.append(
                    PersonView(
                        id, person.name, room.role(id), person.presence, person.away, person.account
                    )
                )
        return sorted(views, key=lambda view: (-view.role, view.name.casefold()))

    def seesEverybody(self, room: Room) -> bool:
        """
        Whether this person sees all who are in a room, as one of them.
        """
        return self.personId in room.members and rights.seesAll(room, self.personId)

    def member(self, room: Room, name: str) -> Person:
        """
        Somebody in a room, by name.

        @raise PersonNotInRoom: nobody of that name is in it.
        """
        wanted = foldOrRefuse(name)
        for id in rights.membersSeen(room, self.personId):
            person = self.hub.roster.people.get(id)
            if person is not None and foldAny(person.name) == wanted:
                return person
        raise PersonNotInRoom(name=cleanLine(name), room=room.name)

    def company(self, room: Room, most: int) -> tuple[list[str], int]:
        """
        The names of some of the others who are in a room and connected now, and how many there
        are.

        @param most: how many names.
        """
        known, own = self.hub.roster.people.get, self.personId
        seen = map(known, rights.membersSeen(room, own))
        here = [each for each in seen if each is not None and each.nodes and each.record.id != own]
        return sorted([each.record.name for each in here[:most]], key=str.casefold), len(here)

    async def roomCalled(self, text: str) -> Room:
        """
        A room in which this connection listens, by its name as people type it, or by one that it
        had until not long ago: what was set up with that goes on to work.

        @raise NotInRoom: it does not listen there.
        """
        try:
            return self.roomNamed(text)
        except NotInRoom as refusal:
            former = str(refusal.fields["room"])
            id = await self.hub.store.formerRoomId(foldRoom(former))
            if id is None:
                raise
        was = typedRoom(former)
        now = await self.seeRoom(was, lambda room: room.typed)
        try:
            return self.roomNamed(now)
        except NotInRoom as refusal:
            refusal.fields["remedy"] = f"It was called {was}; /join {now} takes you in."
            raise

    # From outside.

    async def _idOf(self, name: str) -> str:
        """
        @raise NoSuchRoom: no room has the name, nor had it until not long ago.
        """
        id = await self.hub.copies.idOf(foldRoom(name))
        if id is None:
            raise NoSuchRoom(room=name)
        return id

    def sayOutside(self, name: str, text: str, **how: Any) -> Deferred[Said]:
        """
        Say something in a room without being in it, where the room allows that.

        @param name: the room's name.
        @param how: see L{say}.
        """
        return self.outside(name, lambda room: self.say(room, text, **how))

    @asDeferred
    async def outside(self, name: str, act: Callable[[Room], Deferred[T]]) -> T:
        """
        Do something in a room without being in it.

        @param name: the room's name, or one that it had until not long ago.
        @raise NoSuchRoom: there is none of that name that this person may know of.
        """
        spelled = roomName(name)
        id = await self._idOf(spelled)

        def acting(room: Room) -> Deferred[T]:
            rights.mayKnow(room, self.personId)
            return act(room)

        return await self.hub.copies.using(id, acting)

    @asDeferred
    async def seeRoom(self, name: str, see: Callable[[Room], T]) -> T:
        """
        See something of a room, in which this person need not be.

        @param name: as people type it; or one that it had until not long ago.
        @param see: called with it.
        @return: what C{see} has returned.
        @raise NoSuchRoom: there is none of that name that this person may know of.
        """
        spelled = roomName(name)
        id = self.hub.roster.roomNames.get(foldRoom(spelled))
        if id is None:
            id = await self._idOf(spelled)

        def look(room: Room) -> T:
            rights.mayKnow(room, self.personId)
            return see(room)

        try:
            return await self.hub.copies.using(id, look)
        except NoSuchRoom:
            raise NoSuchRoom(room=spelled) from None

    def present(self, room: Room) -> Iterator[Person]:
        """
        Who is in a room and connected; to those who are not in it themselves the invisible are not
        shown.
        """
        roster = self.hub.roster
        people = roster.people
        hidden = roster.invisible if self.personId not in room.members else ()
        for id in rights.membersSeen(room, self.personId):
            person = people.get(id)
            if person is not None and person.nodes and id not in hidden:
                yield person
