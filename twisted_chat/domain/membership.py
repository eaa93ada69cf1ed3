"""
Being in rooms: joining and leaving.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import (
    ChatError,
    MayNotEnter,
    MayNotRead,
    NoSuchRoom,
    NotInRoom,
    NotSaved,
    RoomRenamedMeanwhile,
    TooMany,
)
from twisted_chat.domain.events import Invited, Joined, Left, Ordered, PresenceChanged
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.orders import SEAT
from twisted_chat.domain.person import AWAY, OFFLINE, Person
from twisted_chat.domain.records import Page
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED, Room
from twisted_chat.domain.roomviews import RoomViews
from twisted_chat.domain.settings import FORWARD, forwardId
from twisted_chat.domain.sparse import during, listed
from twisted_chat.domain.unawaited import untilTold
from twisted_chat.domain.values import PersonRecord

OWNED: Final = 2
"""How many times the rooms that they may be in somebody may own."""

NO_LINES: Final = Page((), 0)


class Entrance(Struct, frozen=True):
    """
    What somebody finds who has come into a room.

    @ivar new: whether they were not a member before.
    @ivar page: the last lines of the room, as far as they may read them; none if they are not
        wanted.
    """

    room: Room
    new: bool
    page: Page


SentOn = Callable[[ChatError], None]


def _noMatter(refusal: ChatError) -> None:
    """
    Whoever is sent on need not be told.
    """


class Membership(RoomViews):
    """
    What a session can do about being in rooms.
    """

    __slots__ = ()

    async def comeInto(
        self, name: str, password: str = "", sentOn: SentOn = _noMatter, lines: bool = True
    ) -> Entrance:
        """
        Become a member of a room, which is made if there is none of that name, nor one that had it
        until not long ago. Whoever may not join it may come into another one instead, if the room
        says so. What is said there from then on is held until L{release}.

        @param password: the room's password, if it has one.
        @param sentOn: told why they may not, and of the other room, before they come into that; or
            what the room is called now. Nobody comes into it if that raises an error.
        @param lines: whether its last lines are wanted, which have to be read.
        """
        self.hub.rates.join(self.id, self.address, password)
        spelled = roomName(name)
        folded = foldRoom(spelled)
        id = self.hub.roster.roomNames.get(folded) or await self._findRoom(spelled)
        if self._sawRenamed(id, folded):
            id = await self._findRoom(spelled, taking=id)

        def join(room: Room) -> Awaitable[Entrance]:
            if room.id == id and foldRoom(room.name) != folded:
                sentOn(RoomRenamedMeanwhile(room=spelled, forward=room.name))
            return self._join(room, password, lines)

        try:
            return await self.hub.copies.keeping(id, join)
        except MayNotEnter as refusal:
            other = await self._otherRoom(refusal)
            if other is None:
                raise
            sentOn(refusal)
            try:
                return await self.hub.copies.keeping(other, join)
            except (MayNotEnter, NoSuchRoom, TooMany):
                # What they had asked for is what they are told of. Nobody is sent on twice.
                raise refusal from None

    join = asDeferred(comeInto)

    async def _findRoom(self, name: str, taking: str = "") -> str:
        """
        The id of a room that this node does not know, and that may have to be made.

        @param taking: the id of the room whose former name it gets.
        """
        self._requireSpace()
        return await self.hub.copies.find(name, self.author, self._mayMakeRoom, taking)

    def _sawRenamed(self, id: str, folded: str) -> bool:
        """
        Whether this person is in a room that was renamed while they were: by the name that it had
        they mean another one. What somebody owns keeps it all the same.
        """
        room = self.hub.roster.room(id)
        if room is None or foldRoom(room.name) == folded or Role.OWNER in room.roles.values():
            return False
        seq, at = room.renamed
        joined = room.members.get(self.personId, seq)
        return self.isIn(room) and joined < seq and self.since < at

    @asDeferred
    async def _mayMakeRoom(self) -> None:
        """
        @raise TooFast: this person has made so many.
        @raise TooMany: they own so many.
        """
        self.hub.rates.makeRoom(self.address, self.accountId)
        if self.account is not None:
            await self.mayOwnMore(self.account.id, "You own")

    async def mayOwnMore(self, account: str, who: str) -> None:
        """
        Rooms that somebody owns do not end by themselves, so nobody owns any number of them; but
        the operators of the network give them to whom they like.

        @param account: the id of somebody's account.
        @param who: C{"You own"}, C{"bea owns"}.
        @raise TooMany: they own L{OWNED} times as many as one may be in.
        """
        most = OWNED * self.hub.limits.rooms
        if not self.operator and (owned := await self.hub.store.roomsOwned(account)) >= most:
            why = f"{who} {owned} rooms, and no more are allowed."
            raise TooMany(why=why, remedy="/destroy ROOM ends one, with all that was said in it.")

    async def _otherRoom(self, refusal: MayNotEnter) -> str | None:
        """
        The id of the room into which somebody may come instead, if there is one. The refusal has
        its name then.
        """
        chosen = str(refusal.fields.get(FORWARD, ""))
        id = forwardId(chosen)
        if not id:
            return await self.hub.store.roomId(foldRoom(chosen)) if chosen else None
        other = await self.hub.store.room(id)
        if other is None:
            return None
        refusal.fields[FORWARD] = other.name
        return id

    def _requireSpace(self) -> None:
        # Other connections of the person may be about to join too.
        most, coming = self.hub.limits.rooms, len(self.hub.roster.entering.get(self.personId, ()))
        # The person may be in rooms in which this connection does not listen.
        known = len(self.person.rooms) + coming
        if known >= most and (mine := len(self.rooms) + coming) >= most:
            why = f"You are in {mine} rooms, and no more are allowed."
            raise TooMany(why=why, remedy="/leave takes you out of one.")

    async def _join(self, room: Room, password: str, lines: bool) -> Entrance:
        new = self.personId not in room.members
        if new:
            await self._becomeMember(room, password)
        elif self not in self.hub.roster.conversations[room.id].audience.formats:
            # The account has joined on another node.
            self.hold()
            self._seat(room)
        upto = self.hub.roster.conversations[room.id].head
        if new:
            # What came behind the joining has been published, and is held.
            upto = room.members.get(self.personId, upto)
        page = await self._lastLines(room, upto) if lines else NO_LINES
        return Entrance(room, new, page)

    async def _becomeMember(self, room: Room, password: str) -> None:
        self._requireSpace()
        free, here = not self.held, self.hub.roster.conversations[room.id]
        self.hold()

        def check() -> None:
            if not (self.operator or self.hub.doorman.mayJoin):
                why = "the network is locked down for now"
                raise MayNotEnter(room=room.name, cause="closed", why=why)
            others = here.coming - {self.personId}
            rights.mayEnter(room, self.identity, self.subject, password, self.now, others)

        def fields() -> dict[str, Any]:
            used = room.listed(INVITED, self.subject, self.now)
            return {"person": self.record, "invitation": used.mask if used else ""}

        def renew(joined: Joined) -> Joined:
            return replace(joined, **fields())

        try:
            entering = listed(self.hub.roster.entering, self.personId, room.id)
            with entering, here.expecting(self.personId):
                await self.publishIn(room, check, Joined, renew, node=self.hub.node, **fields())
        except BaseException:
            if free:
                self.release()
            raise
        if self.ended and not self.hub.roster.isHere(self.personId):
            # The connection was lost meanwhile, and the room does not know of it.
            await self.tellGone((room.id,), "lost", "")
            raise NotInRoom(room=room.name)
        self.seatElsewhere(room)
        self._log.info("{who} joined {room}", who=self, room=room.name)

    def seatElsewhere(self, room: Room) -> None:
        """
        Let this person's connections to other nodes listen in a room into which they have come.
        """
        if self.account is None or self.hub.network.alone:
            return
        here = {"person": self.personId, "text": room.id}
        order = self.event(Ordered, self.personId, order=SEAT, **here)
        untilTold(self.hub.clock, lambda: self.hub.publish(order), f"where {self.personId} is")

    def tellGone(self, rooms: Sequence[str], reason: str, text: str) -> Deferred[None]:
        """
        Tell rooms that this person is gone from this node, if they are: a guest has left them, a
        registered one is offline, or elsewhere still.

        @param rooms: their ids.
        @param reason: C{"quit"}, C{"lost"} or C{"ended"} (by the server).
        @param text: what to say of it.
        @return: see L{untilTold}.
        """

        def tell() -> Deferred[None] | None:
            # They may have come back before it could be told.
            gone = not self.hub.roster.isHere(self.personId)
            return self._tellGone(rooms, reason, text) if gone else None

        return untilTold(self.hub.clock, tell, f"that {self.personId} has gone")

    @asDeferred
    async def _tellGone(self, rooms: Sequence[str], reason: str, text: str) -> None:
        if self.account is not None and not self.hub.network.alone:
            # Where they have other connections, it is not known by any room whether they are here.
            rooms = (*rooms, self.personId)
        if not rooms:
            return
        if not self.lasting:
            node = self.hub.node
            await self.hub.publish(self.event(Left, *rooms, reason=reason, text=text, node=node))
            return
        record = replace(self.person.record, presence=OFFLINE)
        with during(self.hub.roster.leaving, self.personId):
            await self.hub.publish(self.presenceChanged(rooms, record, reason, text))

    def tellHere(self, room: str) -> None:
        """
        This person has come into a room on another node, and is connected to this one, too.

        @param room: its id.
        """

        def tell() -> Deferred[Any] | None:
            here = self.hub.node in self.person.nodes
            return self.hub.publish(self.presenceChanged((room,), self.record)) if here else None

        untilTold(self.hub.clock, tell, f"that {self.personId} is here, too")

    def presenceChanged(
        self, rooms: Sequence[str], record: PersonRecord, reason: str = "", text: str = ""
    ) -> PresenceChanged:
        """
        What to tell rooms when this person comes, goes away or goes, on this node.

        @param rooms: their ids.
        @param record: what may be known of the person from then on.
        """
        before, after = Person(self.person.record), Person(self.person.record)
        before.nodes = after.nodes = self.person.nodes
        if record.presence != OFFLINE and self.hub.roster.leaving[self.personId]:
            # That they have gone is told before this.
            before.see(self.hub.node, OFFLINE, "")
        after.learn(self.hub.node, record)
        return self.event(
            PresenceChanged,
            *rooms,
            person=record,
            node=self.hub.node,
            before=before.presence,
            now=after.presence,
            again=before.presence == record.presence == AWAY and before.away != after.away,
            reason=reason,
            text=text,
        )

    def askedInto(self, event: Invited) -> None:
        """
        Somebody has invited this person.
        """
        asked = {**self.asked, event.room: event.roomName}
        if len(asked) > self.hub.limits.rooms:
            del asked[next(iter(asked))]
        self.asked = asked

    def settled(self, room: str) -> None:
        """
        This person has come into a room.

        @param room: its id.
        """
        if room in self.asked:
            self.asked = {id: name for id, name in self.asked.items() if id != room}

    async def _lastLines(self, room: Room, upto: int) -> Page:
        try:
            first = self.readableFrom(room.id)
        except MayNotRead:
            return NO_LINES
        if first > upto:
            return NO_LINES

        def read(before: int, limit: int) -> Deferred[Page]:
            return self.hub.store.history(room.id, first=first, before=before, limit=limit)

        try:
            return await self.gathered(read, upto + 1, self.hub.limits.lastLines, self.wants)
        except NotSaved:
            # They are in all the same.
            return NO_LINES

    @asDeferred
    async def leave(self, room: Room, text: str = "") -> Left:
        """
        Be a member of a room no longer.

        @param text: what to say of it.
        """
        text = self.note(text)
        rights.requireMember(room, self.personId)
        if not rights.isHeard(room, self.personId, self.subject, self.now):
            text = ""
        left = await self.hub.publish(self.event(Left, room.id, reason="left", text=text))
        self._log.info("{who} left {room}", who=self, room=room.name)
        return left

    def roomWithMe(self, id: str) -> Deferred[Room]:
        """
        Listen in a room in which the account is a member already.

        @raise NoSuchRoom: it is a member no more.
        """

        def seat(room: Room) -> Room:
            if self.personId not in room.members:
                raise NoSuchRoom(room=room.name)
            self._seat(room)
            return room

        return self.hub.copies.using(id, seat)

    def _seat(self, room: Room) -> None:
        self.requireGoing()
        self.person.rooms[room.id] = None
        audience = self.hub.roster.conversations[room.id].audience
        audience.add(self, self.receiver.formatFor(room.id), self.receive)
        if self.former is not None:
            # From here on its client hears of the room by this session.
            audience.remove(self.former)

    def listenAgain(self) -> None:
        """
        Listen in all rooms of this person: the session that was to take this one's place did not
        come.
        """
        for id in () if self.ended else list(self.person.rooms):
            room = self.hub.roster.room(id)
            if room is not None and not self.isIn(room):
                self._seat(room)
