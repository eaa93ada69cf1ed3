"""
The rules of rooms: settings; roles and lists just as they are given, several changes at once; and
asking people in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from twisted.internet.defer import Deferred, succeed

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import AlreadyInRoom, BadInput
from twisted_chat.domain.events import Invited, ListChanged, RolesChanged, SettingsChanged
from twisted_chat.domain.masks import invitationOf
from twisted_chat.domain.moderation import INVITATION_LASTS, Moderation
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED, Room
from twisted_chat.domain.roomlists import keeperOf
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.settings import FORWARD, Value, forwardTo, sealPassword, settingNamed
from twisted_chat.domain.values import Mask, RoleChange

_CLOSING: Final = ("invite-only", "password")
"""The settings with which only operators invite."""

_NARROWING: Final = (*_CLOSING, "limit", "registered")
"""The settings for which an invitation makes a difference."""


class Rules(Moderation):
    """
    What a session can do about the rules of rooms.
    """

    __slots__ = ()

    @asDeferred
    async def configure(self, room: Room, name: str, value: str) -> SettingsChanged:
        """
        Change a setting of a room.

        @param name: see L{SETTINGS<twisted_chat.domain.settings.SETTINGS>}.
        @param value: as somebody types it.
        """
        setting = settingNamed(name)
        rights.require(room, self.personId, Role.OPERATOR)
        parsed = setting.parse(value)
        if setting.name == FORWARD and parsed:
            parsed = await self.forwardOf(room, typedRoom(str(parsed)))
        change = ((setting.name, parsed),)
        return await self._publishAs(room, Role.OPERATOR, SettingsChanged, changes=change)

    def forwardOf(self, room: Room, name: str) -> Deferred[str]:
        """
        The room into which people may come who may not join another: one of which this person is
        an operator too.

        @param name: as somebody types it.
        @return: the value of the setting.
        """

        def check(there: Room) -> Deferred[str]:
            if there.id == room.id:
                raise BadInput(why=f"{room.typed} can't send people on to itself.")
            rights.requireRole(there, self.personId, Role.OPERATOR)
            return succeed(forwardTo(there.name, there.id))

        return self.outside(name, check)

    @asDeferred
    async def adjust(self, room: Room, changes: Mapping[str, Value]) -> SettingsChanged | None:
        """
        Change settings of a room, all at once.

        @param changes: values by the names of settings; a password as it is typed, and a room to
            send people to as L{forwardOf} gives it.
        @return: C{None} if they were so already.
        """

        def check() -> None:
            rights.require(room, self.personId, Role.OPERATOR)

        wanted = tuple(
            (name, sealPassword(str(value)) if name == "password" and value else value)
            for name, value in changes.items()
            if value != room.setting(name)
        )
        if not wanted:
            check()
            return None
        return await self._publishLogged(room, check, SettingsChanged, changes=wanted)

    @asDeferred
    async def giveRoles(
        self, room: Room, wanted: Sequence[tuple[Person, Role, bool]]
    ) -> RolesChanged | None:
        """
        Make members something in a room, all at once, as L{setRole} does.

        @param wanted: who is to have which role, and whether they have a voice beside it, which
            they keep when the role is taken from them.
        @return: C{None} if they were so already.
        """
        others = [
            (person, role, voiced)
            for person, role, voiced in wanted
            if (room.role(person.id), room.hasVoiceBeside(person.id)) != (role, voiced)
        ]
        if not others:
            rights.require(room, self.personId, Role.HALFOP)
            return None

        def check() -> None:
            for person, role, _ in others:
                self._mayMake(room, person, role)

        def changes() -> tuple[RoleChange, ...]:
            return tuple(
                room.roleChange(person.id, person.name, role, voiced)
                for person, role, voiced in others
            )

        return await self._giveRoles(room, check, changes)

    @asDeferred
    async def changeList(
        self, room: Room, list: str, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> ListChanged | None:
        """
        Put masks into one of a room's lists, and take others out, just as they are given.

        @param list: see L{twisted_chat.domain.room.LISTS}.
        @param added: canonical masks: see L{twisted_chat.domain.masks}.
        @return: C{None} if it was so already.
        """
        known = {entry.mask for entry in room.lists[list].holding(self.now)}
        new = [mask for mask in dict.fromkeys(added) if mask not in known]
        gone = tuple(mask for mask in dict.fromkeys(removed) if mask in known)
        entries = tuple(Mask(mask, self.name, self.now) for mask in new)

        def check() -> None:
            rights.require(room, self.personId, keeperOf(list))
            self._requireSpaceIn(room, list, set(new), len(gone))

        if not (new or gone):
            check()
            return None
        changes = {"list": list, "added": entries, "removed": gone}
        return await self._publishLogged(room, check, ListChanged, **changes)

    @asDeferred
    async def invite(self, room: Room, name: str) -> Invited:
        """
        Ask somebody into a room; where they could not join, an operator's word lets them in, once.
        """
        guest = await self.findPerson(name)
        seen = rights.membersSeen(room, self.personId)
        if guest.id in seen or self._memberOrNone(room, guest.name) is not None:
            raise AlreadyInRoom(name=guest.name, room=room.name)
        if room.isOperatorsRoom:
            rights.mayBeAsked(room, guest.name, await self._isOperator(guest.id))
        closed = any(room.setting(name) for name in _CLOSING)
        rights.require(room, self.personId, Role.OPERATOR if closed else Role.MEMBER)
        narrow = room.lists["ban"] or any(room.setting(name) for name in _NARROWING)
        if narrow and room.power(self.personId) >= Role.OPERATOR:
            mask = invitationOf(guest.name, guest.account)
            entry = Mask(mask, self.name, self.now, self.now + INVITATION_LASTS)

            def check() -> None:
                rights.require(room, self.personId, Role.OPERATOR)
                self._requireSpaceIn(room, INVITED, {mask})

            await self._publishLogged(room, check, ListChanged, list=INVITED, added=(entry,))
        invited = self.event(
            Invited, guest.id, room.id, room=room.id, roomName=room.name, name=guest.name
        )
        return await self.hub.publish(invited)

    async def _isOperator(self, person: str) -> bool:
        """
        Whether somebody, by their id, is an operator of the network, here or not.
        """
        known = self.hub.roster.people.get(person)
        if known is not None and known.record.operator:
            return True
        account = await self.hub.store.accountById(person)
        return account is not None and account.operator
