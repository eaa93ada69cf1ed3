"""
Copies of rooms: getting them when somebody of this node has to do with one, and letting them go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.coroutines import asDeferred, begun
from twisted_chat.domain.errors import NoSuchRoom, RoomGone
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.person import OFFLINE
from twisted_chat.domain.records import RoomRecord, RosterPart
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import Author, PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

T = TypeVar("T")
Read = Callable[[], Deferred[RoomRecord | None]]


def _anybodyMay() -> Deferred[None]:
    return succeed(None)


class _Seeker(Struct):
    """
    Somebody who looks for a room by its name: see L{Copies.find}.

    @ivar found: fires with the id of the room.
    """

    name: str
    creator: Author
    mayMake: Callable[[], Deferred[None]]
    taking: str
    found: Deferred[str] = field(default_factory=Deferred)


class Copies:
    """
    This node's copies of rooms. One is kept as long as somebody of this node listens, or somebody
    has it pinned.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loading: dict[str, list[Deferred[None]]] = {}
        self._finding: dict[str, list[_Seeker]] = {}

    def find(
        self,
        name: str,
        creator: Author,
        mayMake: Callable[[], Deferred[None]] = _anybodyMay,
        taking: str = "",
    ) -> Deferred[str]:
        """
        The id of the room of a name, or of one that had it until not long ago; made if there is
        none. Many who come at the same time ask the store once.

        @param creator: whose it is, if it is made.
        @param mayMake: called before it is made; what it returns fails with a L{ChatError
            <twisted_chat.domain.errors.ChatError>} if it may not be.
        @param taking: the id of a room that does not keep the name that it had.
        """
        folded = foldRoom(name)
        known = self._hub.roster.roomNames.get(folded)
        if known is not None:
            return succeed(known)
        seeker = _Seeker(name, creator, mayMake, taking)
        seekers = self._finding.setdefault(folded, [])
        seekers.append(seeker)
        if len(seekers) == 1:
            self._findOrMake(folded, seekers).addErrback(self._found, folded)
        return seeker.found

    @asDeferred
    async def _findOrMake(self, folded: str, seekers: list[_Seeker]) -> None:
        """
        @param seekers: at least one, until L{_found}; others may come meanwhile.
        """
        id = await self.idOf(folded)
        while id is None or id == seekers[0].taking:
            try:
                await seekers[0].mayMake()
            except Exception:
                if len(seekers) == 1:
                    raise
                # That is about this one alone; the next may make it, perhaps.
                seekers[0].found.errback()
                del seekers[0]
            else:
                await self._make(folded, seekers[0])
                return
        self._found(id, folded)

    async def _make(self, folded: str, seeker: _Seeker) -> None:
        # Under an id of this node's: so it listens before anybody can come in, and need not read
        # what it has just written.
        hub, id = self._hub, self._hub.ids()
        name, creator, now = seeker.name, seeker.creator, hub.clock.seconds()
        make = partial(hub.store.openRoom, name, folded, creator, now, id, seeker.taking)
        made = self._begin(id)
        try:
            try:
                await self._open(made, make)
            except NoSuchRoom:
                # Somebody else was faster.
                other = await self.idOf(folded)
                if other is None:
                    raise
                id = other
            self._found(id, folded)
        finally:
            self._end(made)

    async def idOf(self, folded: str) -> str | None:
        """
        The id of the room that has a name, or had it until not long ago.
        """
        id = await self._hub.store.roomId(folded)
        return id if id is not None else await self._hub.store.formerRoomId(folded)

    def _found(self, result: str | Failure, folded: str) -> None:
        for seeker in self._finding.pop(folded):
            if isinstance(result, Failure):
                seeker.found.errback(result)
            else:
                seeker.found.callback(result)

    def using(self, id: str, act: Callable[[Room], Deferred[T] | T]) -> Deferred[T]:
        """
        Do something with a room, which is kept meanwhile.

        @raise NoSuchRoom: there is none of that id.
        """

        async def doing(room: Room) -> T:
            done = act(room)
            return await done if isinstance(done, Deferred) else done

        return begun(self.keeping(id, doing))

    async def keeping(self, id: str, act: Callable[[Room], Awaitable[T]]) -> T:
        """
        The same in a coroutine.
        """
        new = id not in self._hub.roster.conversations
        conversation = self._begin(id)
        try:
            if new:
                await self._open(conversation, partial(self._hub.store.room, id))
            elif id in self._loading:
                await self._whenOpen(id)
            if conversation.room is None:
                raise RoomGone()
            return await act(conversation.room)
        finally:
            self._end(conversation)

    def _begin(self, id: str) -> Conversation:
        """
        Keep a conversation, which may be new here, until L{_end}.
        """
        known = self._hub.roster.conversations
        conversation = known.get(id)
        if conversation is None:
            conversation = known[id] = Conversation(id, busy=True)
        conversation.pins += 1
        return conversation

    def _end(self, conversation: Conversation) -> None:
        conversation.pins -= 1
        self.forget(conversation)

    def forget(self, conversation: Conversation) -> None:
        """
        Let a room go, if nobody needs it here.
        """
        roster = self._hub.roster
        if (
            conversation.room is not None
            and not (conversation.pins or conversation.busy or conversation.audience)
            and roster.conversations.get(conversation.id) is conversation
        ):
            self._hub.network.unsubscribe(conversation.id)
            roster.drop(conversation)
            self.dismiss(conversation)

    def dismiss(self, conversation: Conversation) -> None:
        """
        Nothing is handed out any more in a conversation that is known no longer.
        """
        self._hub.repair.cancel(conversation)
        waiting, conversation.waiting = conversation.waiting, []
        for arrival in waiting:
            arrival.end()

    def _open(self, conversation: Conversation, read: Read) -> Deferred[None]:
        """
        Make a conversation that is new here the copy of a room.

        @param read: gives the room as it is stored.
        @return: fails with L{NoSuchRoom} if that is none, or another one.
        """
        self._loading[conversation.id] = []
        opened = self._whenOpen(conversation.id)
        filled = self._read(conversation, read)
        filled.addBoth(self._loaded, conversation)
        filled.addErrback(lambda why: self._log.failure("a room was not opened", why))
        return opened

    def _whenOpen(self, id: str) -> Deferred[None]:
        opened: Deferred[None] = Deferred()
        self._loading[id].append(opened)
        return opened

    @asDeferred
    async def _read(self, conversation: Conversation, read: Read) -> None:
        """
        First listen, then read: what happens in between comes twice rather than never.
        """
        hub, id = self._hub, conversation.id
        await hub.network.subscribe(id)
        try:
            record = await read()
            if record is None or record.id != id:
                raise RoomGone()
            parts = await hub.network.roster(id)
        except BaseException:
            hub.network.unsubscribe(id)
            raise
        self._fill(conversation, record, parts)

    def _fill(
        self, conversation: Conversation, record: RoomRecord, parts: Sequence[RosterPart]
    ) -> None:
        hub = self._hub
        own = record.id == hub.operatorsRoom.id
        room = conversation.room = Room(record, hub.operators, own)
        conversation.head = record.head
        hub.roster.roomNames[foldRoom(room.name)] = room.id
        for member in record.members:
            person = PersonRecord(member.id, member.name, account=member.name, presence=OFFLINE)
            if member.id in hub.roster.people:
                hub.roster.people[member.id].rooms[room.id] = None
            else:
                hub.roster.know(person, "", room.id)
        for part in parts:
            conversation.counters[part.node] = (part.epoch, part.counter)
            for person, joined in part.people:
                room.members.setdefault(person.id, joined)
                room.know(person)
                if person.id in hub.roster.people:
                    # Who shares another room with them has to be told.
                    hub.repair.learn(part.node, person)
                    hub.roster.know(person, "", room.id)
                else:
                    hub.roster.know(person, part.node, room.id)
        conversation.counters[hub.node] = (hub.epoch, hub.announced(conversation.id))

    def _loaded(self, result: Failure | None, conversation: Conversation) -> None:
        waiters = self._loading.pop(conversation.id)
        if isinstance(result, Failure):
            del self._hub.roster.conversations[conversation.id]
            for arrival in conversation.waiting:
                arrival.end()
            for waiter in waiters:
                waiter.errback(result)
            return
        conversation.busy = False
        self._hub.advance([conversation])
        for waiter in waiters:
            waiter.callback(None)
