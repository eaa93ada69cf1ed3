"""
What there is to see of rooms: which there are, and who is in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import PersonNotInRoom
from twisted_chat.domain.names import cleanLine, fold, foldOrRefuse
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import RoomListing
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.talk import Talk


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
    Which rooms there are, and who is in them, as one person sees it.
    """

    __slots__ = ()

    @asDeferred
    async def listRooms(self, counted: bool = True) -> list[RoomListing]:
        """
        The rooms that this person may know of, by name.

        @param counted: whether it is to be counted how many are in each and connected.
        """
        mine = {room.id for room in self.rooms}
        listings: Sequence[RoomListing] = await self.hub.store.rooms()
        known = self.hub.roster.conversations
        return [
            listing
            if (here := known.get(listing.id)) is None or here.room is None
            else self._presentListing(listing, here.room, counted)
            for listing in listings
            if not listing.hidden or listing.id in mine or self.operator
        ]

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

    def member(self, room: Room, name: str) -> Person:
        """
        Somebody in a room, by name.

        @raise PersonNotInRoom: nobody of that name is in it.
        """
        wanted = foldOrRefuse(name)
        for id in rights.membersSeen(room, self.personId):
            person = self.hub.roster.people.get(id)
            if person is not None and fold(person.name) == wanted:
                return person
        raise PersonNotInRoom(name=cleanLine(name), room=room.name)

    def company(self, room: Room, most: int) -> tuple[list[str], int]:
        """
        The names of some of the others who are in a room and connected now, and how many there
        are.

        @param most: how many names.
        """
        people = self.hub.roster.people
        names: list[str] = []
        total = 0
        for id in rights.membersSeen(room, self.personId):
            person = people.get(id)
            if person is not None and person.nodes and id != self.personId:
                total += 1
                if len(names) < most:
                    names.append(person.name)
        return sorted(names, key=str.casefold), total
