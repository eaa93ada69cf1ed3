"""
Being put into rooms, whatever their rules.
"""

from __future__ import annotations

from msgspec.structs import replace

from twisted_chat.domain import rights
from twisted_chat.domain.assuming import Assuming
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.delivery import Delivery
from twisted_chat.domain.errors import ChatError, Closing, NoSuchRoom, NotSaved
from twisted_chat.domain.events import Joined
from twisted_chat.domain.names import roomName
from twisted_chat.domain.registry import ROOMS_TO_ENTER
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.standing import withRole
from twisted_chat.domain.values import SERVER


class Summoned(Assuming):
    """
    How a session comes into rooms because others say so.
    """

    __slots__ = ()

    @asDeferred
    async def beIn(self, name: str) -> bool:
        """
        Be a member of a room, whatever its rules: an operator, or an invitation, says so. One that
        there is not is made, and nobody owns it.

        @return: whether this person was no member before.
        """
        _, new = await self._beIn(roomName(name))
        return new

    async def _beIn(self, name: str, origin: str = "") -> tuple[Room, bool]:
        """
        @param origin: the id of this session if it has asked for it; else it is told like all
            others of the person.
        """
        id = await self.hub.copies.find(name, SERVER)
        return await self.hub.copies.keeping(id, lambda room: self._settleIn(room, origin))

    async def _settleIn(self, room: Room, origin: str) -> tuple[Room, bool]:
        self.requireGoing()
        rights.mayBeIn(room, self.identity)
        new = self.personId not in room.members
        if new:
            joined = self.event(Joined, room.id, person=self.record, node=self.hub.node)
            await self.hub.publish(replace(joined, origin=origin))
            if self.ended and not self.hub.roster.isHere(self.personId):
                # Their going was told before this.
                await self.tellGone((room.id,), "lost", "")
            self.seatElsewhere(room)
            self._log.info("{who} was put into {room}", who=self, room=room.name)
        elif not self.isIn(room):
            self._seat(room)
        return room, new

    @asDeferred
    async def beThereToo(self, id: str) -> None:
        """
        Listen in a room that this person has come into on another node.

        @param id: the room's id.
        """
        known = self.hub.roster.conversations.get(id)
        if self.ended or (known is not None and self in known.audience.formats):
            return
        try:
            room = await self.roomWithMe(id)
        except (NoSuchRoom, Closing):
            # They have left it, or this connection has gone.
            return
        joined = self.event(Joined, id, person=self.record, node=self.hub.node)
        told = withRole(replace(joined, origin="", at=self.now), room)
        self.receiver.happened(told)
        self.receive(Delivery([told], room.name).bytesFor(self.receiver.formatFor(id)))
        self.tellHere(id)

    async def enterInvited(self) -> None:
        """
        Come into the rooms that this person's invitation to the network was about.
        """
        rooms, left = self.preferences.get(ROOMS_TO_ENTER), []
        for name in rooms if isinstance(rooms, list) else ():
            try:
                await self.beIn(typedRoom(str(name)))
            except ChatError as refusal:
                self._log.info("{who} is not in {room}: {why}", who=self, room=name, why=refusal)
                if isinstance(refusal, NotSaved | Closing):
                    # They come into it when they come the next time.
                    left.append(name)
        if rooms != (left or None):
            await self.setPreference(ROOMS_TO_ENTER, left or None)
