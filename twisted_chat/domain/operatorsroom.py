"""
The room where operators read what people report. It is theirs alone: who comes in, stays and reads
there has to be an operator of the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import NoSuchMessage, NoSuchRoom
from twisted_chat.domain.events import Event, Kicked, RoomRenamed, Said, SettingsChanged
from twisted_chat.domain.ids import QUOTE
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.room import Room
from twisted_chat.domain.settings import Value
from twisted_chat.domain.values import SERVER

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

ROOM: Final = "operatorsRoom"
"""The fact that holds its id: a room of that name that people have made is another one."""

LONGEST_QUOTE: Final = 300
"""Characters of a reported message that operators are shown."""

_RULES: Final[dict[str, Value]] = {"invite-only": True, "hidden": True, "history": "all"}


class OperatorsRoom:
    """
    Makes the room, and speaks in it.

    @ivar id: its id; C{""} as long as there is none.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.id = ""
        self._starting = DeferredLock()

    async def start(self) -> None:
        """
        See to it that there is such a room, that it is closed, and that it has its name.
        """
        await self._starting.run(self._start)

    @asDeferred
    async def _start(self) -> None:
        hub = self._hub
        name = roomName(hub.terms.operatorsRoom)
        own = (await hub.store.networkFacts()).get(ROOM)
        record = await hub.store.room(own) if isinstance(own, str) else None
        there = await hub.store.roomId(foldRoom(name))
        if record is None and there is None:
            # It is known whose it is before anybody can come in.
            id, now = hub.ids(), hub.clock.seconds()
            self.id = id
            made = await hub.store.openRoom(name, foldRoom(name), SERVER, now, id)
            assert made is not None
            there = made.id
            if there == id:
                record = made
                await hub.store.setNetworkFact(ROOM, id)
            else:
                # Somebody else was faster.
                self.id = ""
        if there is not None and (record is None or there != record.id):
            # Whoever has made it may have left it open to people, or to themselves.
            self._log.warn(
                "{room} is a room of other people, so the operators' {state}; end it, or set"
                " network.operators_room to another name",
                room=name,
                state="is there no more" if record is None else f"is called {record.name} still",
            )
        if record is None:
            return
        self.id = record.id
        await hub.copies.using(record.id, self._close)
        if there is None:
            await hub.copies.using(record.id, lambda room: self._rename(room, name))

    def _rename(self, room: Room, name: str) -> Deferred[Any] | None:
        if room.name == name:
            return None
        return self._publish(RoomRenamed, room, old=room.name, new=name)

    def _close(self, room: Room) -> Deferred[Any] | None:
        changes = tuple((n, value) for n, value in _RULES.items() if room.setting(n) != value)
        if not changes:
            return None
        return self._publish(SettingsChanged, room, changes=changes)

    async def putOut(self, person: str, name: str) -> None:
        """
        Put somebody out who is no operator of the network any more, if they are in.

        @param person: their id.
        """
        if self.id:
            await self._hub.copies.using(self.id, lambda room: self._putOut(room, person, name))

    def _putOut(self, room: Room, person: str, name: str) -> Deferred[Any] | None:
        if person not in room.members:
            return None
        why = "no operator of the network any more"
        return self._publish(Kicked, room, person=person, name=name, reason=why)

    def _publish(self, kind: type[Event], room: Room, **fields: object) -> Deferred[Any]:
        return self._hub.publish(self._hub.event(kind, SERVER, room.id, **fields))

    async def say(self, text: str, id: str = "") -> bool:
        """
        Tell the operators something that is kept.

        @param id: of the message; C{""} for any.
        @return: whether it is: C{False} if there is no such room.
        """
        if not self.id or self._starting.locked:
            await self.start()
        if not self.id:
            return False
        try:
            await self._hub.copies.using(self.id, lambda room: self._say(room, text, id))
        except NoSuchRoom:
            # Somebody has ended it.
            self.id = ""
            return await self.say(text, id)
        return True

    async def show(self, said: Said, place: str) -> None:
        """
        Show the operators a message, as long as it is there, and once.

        @param place: where it was said.
        """
        text = " / ".join(said.text.splitlines())
        if len(text) > LONGEST_QUOTE:
            text = text[:LONGEST_QUOTE] + "…"
        id = QUOTE + said.id
        if await self._hub.store.placeOfId(id) is None:
            try:
                await self.say(f"{place}: <{said.author.name}> {text}", id)
            except NoSuchMessage:
                # It has been deleted meanwhile.
                return

    def _say(self, room: Room, text: str, id: str) -> Deferred[Any]:
        said = Said(id=id or self._hub.ids(), author=SERVER, conversations=(room.id,), text=text)
        return self._hub.publish(said)
