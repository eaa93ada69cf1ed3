"""
Invitations to the network: codes that let people register, and come into some rooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.accounterrors import WrongInvitation
from twisted_chat.domain.codes import hashCode, newCode
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.official import Official
from twisted_chat.domain.records import Invitation

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

MOST_ROOMS: Final = 20
MOST_USES: Final = 10_000


class Invitations:
    """
    Makes them, and takes them back.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def invite(
        self, by: Official, rooms: Sequence[str] = (), uses: int = 1, seconds: float = 0.0
    ) -> str:
        """
        Let people register, and come into some rooms.

        @param rooms: their names.
        @param uses: how many people.
        @param seconds: for how long; 0 for ever.
        @return: the code, which is known to nobody else.
        """
        names = tuple(dict.fromkeys(roomName(room) for room in rooms))
        if len(names) > MOST_ROOMS:
            raise BadInput(why=f"An invitation is to at most {MOST_ROOMS} rooms.")
        if not 1 <= uses <= MOST_USES:
            raise BadInput(why=f"An invitation can be used 1 to {MOST_USES:,} times.")
        code, now = newCode(), self._hub.clock.seconds()
        until = now + seconds if seconds > 0 else 0.0
        invitation = Invitation(hashCode(code), names, uses, until, by.author.name, now)
        await self._hub.store.createInvitation(invitation)
        self._hub.orders.used(by, "invitation", f"made an invitation for {uses}")
        return code

    async def unmade(self, rooms: Sequence[str]) -> list[str]:
        """
        Of the rooms of an invitation those that there are not yet: each is made when the first one
        comes in, as it is by joining.

        @param rooms: their names.
        """
        names = dict.fromkeys(roomName(room) for room in rooms)
        return [name for name in names if not await self._isThere(foldRoom(name))]

    async def _isThere(self, fold: str) -> bool:
        store = self._hub.store
        return not (await store.roomId(fold) is None and await store.formerRoomId(fold) is None)

    async def invitations(self) -> list[Invitation]:
        """
        The invitations that can be used still, oldest first.
        """
        return [each for each in await self._hub.store.invitations() if self._isLive(each)]

    def _isLive(self, invitation: Invitation) -> bool:
        until = invitation.until
        return invitation.uses > 0 and (not until or until > self._hub.clock.seconds())

    async def uninvite(self, by: Official, code: str) -> Invitation:
        """
        Take an invitation back.

        @param code: the code, or the beginning of its hash.
        """
        typed, hashed = code.strip().lower(), hashCode(code)
        for each in await self._hub.store.invitations():
            if each.code == hashed or (len(typed) >= 6 and each.code.startswith(typed)):
                await self._hub.store.removeInvitation(each.code)
                self._hub.orders.used(by, "invitation", "took an invitation back")
                found: Invitation = each
                return found
        raise BadInput(why="There is no such invitation.")

    async def tidy(self) -> None:
        """
        Forget the invitations that nobody can use any more.
        """
        for each in await self._hub.store.invitations():
            if not self._isLive(each):
                await self._hub.store.removeInvitation(each.code)

    async def _invitedTo(self, invitation: str) -> list[str]:
        """
        @param invitation: the hash of its code.
        @return: the rooms that it is about.
        @raise WrongInvitation: there is none.
        """
        for each in await self.invitations():
            if each.code == invitation:
                return list(each.rooms)
        raise WrongInvitation()
