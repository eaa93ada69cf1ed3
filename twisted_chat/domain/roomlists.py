"""
The lists of rooms: who is kept out, may not speak, is spared that, or may come in.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Final

from twisted.internet.defer import Deferred

from twisted_chat.domain import rights
from twisted_chat.domain.avatar import Check, E
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.deeds import deedOf
from twisted_chat.domain.errors import BadInput, ChatError, TooMany
from twisted_chat.domain.events import ListChanged
from twisted_chat.domain.masks import ACCOUNT, parseMask, requireNamable, requireNoCloak
from twisted_chat.domain.membership import Membership
from twisted_chat.domain.names import fold
from twisted_chat.domain.person import Person
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED, LISTS, Room
from twisted_chat.domain.values import Mask

_AGAINST: Final = ("ban", "mute")
"""The lists in which nobody wants to be."""


def requireList(list: str) -> None:
    """
    @raise BadInput: rooms have no such list.
    """
    if list not in LISTS:
        raise BadInput(why=f"There are the lists {', '.join(LISTS)}.")


def keeperOf(list: str) -> Role:
    """
    What somebody has to be in a room to change one of its lists.

    @raise BadInput: rooms have no such list.
    """
    requireList(list)
    return Role.HALFOP if list == "mute" else Role.OPERATOR


class RoomLists(Membership):
    """
    What a session can do about the lists of rooms.
    """

    __slots__ = ()

    def _publishAs(self, room: Room, role: Role, kind: type[E], **fields: Any) -> Deferred[E]:
        """
        Let something happen that needs a role.
        """
        return self._publishLogged(
            room, lambda: rights.require(room, self.personId, role), kind, **fields
        )

    def _publishLogged(self, room: Room, check: Check, kind: type[E], **fields: Any) -> Deferred[E]:
        """
        Let something happen that the server's log names, with who did it; see L{publishIn}.
        """

        def log(event: E) -> E:
            self._log.info("{who} {deed} in {room}", who=self, deed=deedOf(event), room=room.name)
            return event

        return self.publishIn(room, check, kind, **fields).addCallback(log)

    @asDeferred
    async def listMask(
        self, room: Room, list: str, who: str, seconds: float = 0.0, reason: str = ""
    ) -> ListChanged:
        """
        Put an entry into one of a room's lists.

        @param list: one of L{LISTS}.
        """
        target = self._memberOrNone(room, who)
        return await self._putOnList(room, list, who, seconds, reason, target)

    async def _putOnList(
        self,
        room: Room,
        list: str,
        who: str,
        seconds: float,
        reason: str,
        target: Person | None,
    ) -> ListChanged:
        needed, reason = keeperOf(list), self.note(reason)
        mask = await self._maskFor(list, who, target)
        requireNoCloak(mask)
        requireNamable(mask)
        until = self.now + seconds if seconds > 0 else 0.0
        entry = Mask(mask, self.name, self.now, until, reason)

        def check() -> None:
            rights.require(room, self.personId, needed)
            if target is not None and list in _AGAINST:
                rights.requireAbove(room, self.personId, target.id, target.name)
            self._requireSpaceIn(room, list, {mask})

        return await self._publishLogged(room, check, ListChanged, list=list, added=(entry,))

    def _requireSpaceIn(self, room: Room, list: str, added: Set[str], gone: int = 0) -> None:
        """
        @param added: masks that are to be in one of a room's lists.
        @param gone: how many others are to be no more.
        @raise TooMany: it would have too many entries.
        """
        here = {entry.mask for entry in room.lists[list].holding(self.now)}
        most = self.hub.limits.list
        if added - here and len(here | added) - gone > most:
            has = counted(len(here), "entry", "entries")
            raise TooMany(why=f"The list {list} has {has}, and {most} are the limit.", list=list)

    async def _maskFor(self, list: str, who: str, target: Person | None) -> str:
        """
        The mask that is about somebody for good: the account, else the address, else the name.

        @param target: whom it is about, if they are in the room.
        """
        mask = parseMask(who)
        if target is not None:
            if target.account:
                return ACCOUNT + fold(target.account)
            return f"*@{target.record.host}" if target.record.host else fold(target.name)
        if not any(sign in mask for sign in "*?@:"):
            account = await self.hub.store.account(mask)
            if account is not None:
                return ACCOUNT + mask
            if list in _AGAINST and (host := await self._hostOf(mask)):
                return f"*@{host}"
        return mask

    async def _hostOf(self, folded: str) -> str:
        """
        What stands for the address of whoever bears a name now; C{""} if nobody does, or nothing
        stands for it.
        """
        seen = await self.hub.network.sightings(folded, 1, folded)
        return seen[0].record.host if seen else ""

    def _memberOrNone(self, room: Room, name: str) -> Person | None:
        try:
            return self.member(room, name)
        except ChatError:
            # It may be the mask of anybody.
            return None

    @asDeferred
    async def unlistMask(self, room: Room, list: str, who: str) -> ListChanged:
        """
        Take an entry out of one of a room's lists: by its mask, or by the name of whom it is about.
        """
        needed, target = keeperOf(list), self._memberOrNone(room, who)
        masks = {parseMask(who), await self._maskFor(list, who, target)}
        shown = f"/{list}s shows who is on it."
        if list == "invitation" and masks.isdisjoint(room.lists[list]):
            # Where somebody can be let in, they can be asked in too.
            list = INVITED
        found = tuple(mask for mask in room.lists[list] if mask in masks)
        if not found:
            raise BadInput(why=f"There is no entry for {who} in that list.", remedy=shown)
        return await self._publishAs(room, needed, ListChanged, list=list, removed=found)

    def entries(self, room: Room, list: str) -> list[Mask]:
        """
        The entries of one of a room's lists that have not run out.

        @raise ChatError: this person is not in the room.
        """
        rights.requireMember(room, self.personId)
        requireList(list)
        return room.lists[list].holding(self.now)
