"""
What is done to rooms on behalf of the network, by whoever need not be in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from twisted_chat.domain.deeds import deedOf
from twisted_chat.domain.errors import BadInput, NoSuchRoom
from twisted_chat.domain.events import Archived, Ended, Event, RolesChanged, SettingsChanged
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.official import Official
from twisted_chat.domain.orders import OPERATOR
from twisted_chat.domain.records import Account
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room, handedTo
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.settings import FORWARD, forwardTo, settingNamed

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

E = TypeVar("E", bound=Event)


class Steward:
    """
    Changes rooms for operators of the network.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def find(self, name: str) -> str:
        """
        The id of a room.

        @param name: as people type it.
        @raise NoSuchRoom: there is none.
        """
        spelled = roomName(name)
        folded = foldRoom(spelled)
        id = self._hub.roster.roomNames.get(folded)
        if id is None:
            id = await self._hub.store.roomId(folded)
        if id is None:
            raise NoSuchRoom(room=spelled)
        return id

    async def configure(self, by: Official, name: str, setting: str, value: str) -> SettingsChanged:
        """
        Change a setting of a room.

        @param setting: see L{SETTINGS<twisted_chat.domain.settings.SETTINGS>}.
        @param value: as somebody types it.
        """
        chosen = settingNamed(setting)
        parsed = chosen.parse(value)
        forward = str(parsed) if chosen.name == FORWARD else ""
        if forward:
            id = await self.find(typedRoom(forward))
            if id == await self.find(name):
                raise BadInput(why=f"{roomName(name)} can't send people on to itself.")
            parsed = forwardTo(forward, id)
        changes = ((chosen.name, parsed),)
        return await self._change(by, name, SettingsChanged, lambda room: {"changes": changes})

    async def transfer(self, by: Official, name: str, account: Account) -> RolesChanged:
        """
        Make somebody registered the owner of a room; whoever was it is an admin then.
        """

        def changes(room: Room) -> dict[str, Any]:
            if room.roles.get(account.id) is Role.OWNER:
                raise BadInput(why=f"{account.name} is the owner of {room.typed} already.")
            return {"changes": handedTo(room, account.id, account.name, self._hub.roster.people)}

        return await self._change(by, name, RolesChanged, changes)

    async def archive(self, by: Official, name: str, archived: bool = True) -> Archived:
        """
        Close a room for talk, or open it again.
        """

        def changes(room: Room) -> dict[str, Any]:
            if room.archived is archived:
                state = "archived already" if archived else "not archived"
                raise BadInput(why=f"{room.typed} is {state}.")
            return {"archived": archived}

        return await self._change(by, name, Archived, changes)

    async def destroy(self, by: Official, name: str, reason: str = "") -> Ended:
        """
        End a room, with all that was said in it.
        """

        def changes(room: Room) -> dict[str, Any]:
            if self._hub.isLasting(room):
                raise BadInput(why=f"{room.typed} can't be destroyed: the network needs it.")
            return {"reason": reason}

        return await self._change(by, name, Ended, changes)

    async def _change(
        self,
        by: Official,
        name: str,
        kind: type[E],
        fields: Callable[[Room], dict[str, Any]],
    ) -> E:
        """
        Let something happen in a room, tell the operators of it, and the server's log.

        @param fields: gives what the event says, and raises what speaks against it.
        """

        def publish(room: Room) -> Deferred[E]:
            def renewed(event: Event) -> Event:
                return replace(event, **fields(room)).based(basis())

            def basis() -> tuple[int]:
                return (self._hub.roster.conversations[room.id].head,)

            event = self._hub.event(kind, by.author, room.id, basis=basis(), **fields(room))
            return self._hub.publish(event, renewed, room.name).addCallback(told, room.name)

        def told(event: E, room: str) -> E:
            self._hub.orders.used(by, OPERATOR, f"{deedOf(event)} in {room}")
            return event

        try:
            return await self._hub.copies.using(await self.find(name), publish)
        except NoSuchRoom:
            raise NoSuchRoom(room=roomName(name)) from None
