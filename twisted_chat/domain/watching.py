"""
Others from afar, and how one shows oneself: what can be known without sharing a room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.task import deferLater

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadName, NoSuchRoom, Silenced, TooLong, TooMany
from twisted_chat.domain.events import ProfileChanged
from twisted_chat.domain.lookout import REMEMBERED
from twisted_chat.domain.names import cleanLine, fold, personName
from twisted_chat.domain.person import OFFLINE, ONLINE
from twisted_chat.domain.records import Departure, SeenRoom, Sighting
from twisted_chat.domain.relaying import Relaying
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.sparse import drop, put
from twisted_chat.domain.values import PersonRecord

MOST_SEEN = 1000
"""How many people are found at once."""

OCCUPANTS = 500
"""How many of those who are in a room are looked at in one turn of the reactor."""


class Sight(Sighting, frozen=True, kw_only=True):
    """
    Somebody who is connected, as another person may see them: with their presence for the whole
    network, and in the rooms of which the other may know.

    @ivar near: whether both are in one of these.
    """

    near: bool


class Occupant(Struct, frozen=True):
    """
    Somebody in a room.

    @ivar record: what may be known of them, with their presence for the whole network.
    @ivar role: what they are there.
    @ivar actedAt: when they last did something that others could read, in POSIX seconds; 0 if this
        node does not know.
    @ivar voiced: whether they have a voice beside a higher role.
    """

    record: PersonRecord
    role: Role
    actedAt: float
    voiced: bool = False


class Identity(Struct, frozen=True):
    """
    What somebody may know of another.

    @ivar rooms: the names of the rooms that both are in.
    @ivar seenAt: when they were last connected, in POSIX seconds; 0 if not known, or now.
    """

    name: str
    account: str
    presence: str
    away: str
    host: str
    rooms: tuple[str, ...]
    seenAt: float


class Watching(Relaying):
    """
    What a session can do about people with whom it need not share a room, and how its person
    appears to others.

    @ivar curious: whether it wants to hear, too, what those whose names it watches change about
        themselves. Whoever sets this calls L{reformat}.
    """

    __slots__ = ("_watched", "curious")

    _watched: dict[str, str]
    curious: bool

    # Looking.

    async def look(self, mask: str) -> list[Sight]:
        """
        Who is connected, as far as this person may know.

        @param mask: a name; or a mask with C{*} or C{?}, which may also be that of a host, user
            or real name, and does not find those who are invisible elsewhere.
        @return: at most L{MOST_SEEN}.
        """
        folded = ""
        if not isPattern(mask):
            try:
                folded = fold(mask)
            except BadName:
                return []
        seen: dict[str, Sight] = {}
        for sighting in await self.hub.network.sightings(mask, MOST_SEEN, folded):
            sight = self._seen(sighting, seen.get(sighting.record.id))
            if folded or self._finds(sight):
                seen[sighting.record.id] = sight
        return list(seen.values())

    def _seen(self, sighting: Sighting, other: Sight | None) -> Sight:
        """
        @param other: as they are seen on another node.
        """
        record = sighting.record
        all = self.operator or record.id == self.personId
        open = [room for room in sighting.rooms if all or not room.secluded or self._seesAll(room)]
        mine = self.person.rooms
        near = any(room.id in mine for room in open)
        rooms = tuple(
            room for room in open if all or room.id in mine or not (room.hidden or record.invisible)
        )
        since, actedAt, encrypted = sighting.since, sighting.actedAt, sighting.encrypted
        if other is not None:
            if ONLINE in (record.presence, other.record.presence):
                record = replace(record, presence=ONLINE, away="")
            since, actedAt = min(since, other.since), max(actedAt, other.actedAt)
            encrypted = encrypted and other.encrypted
        return Sight(record, rooms, since, actedAt, encrypted, near=near)

    def _seesAll(self, seen: SeenRoom) -> bool:
        """
        Whether this person sees all who are in a room, as one of its operators.
        """
        room = self.hub.roster.room(seen.id)
        return room is not None and rights.seesAll(room, self.personId)

    def _finds(self, sight: Sight) -> bool:
        own = sight.record.id == self.personId
        return own or sight.near or self.operator or not sight.record.invisible

    @asDeferred
    async def whois(self, name: str) -> Identity:
        """
        What this person may know of another: of whoever bears a name, else of whose it is.

        @raise NoSuchPerson: there is nobody of that name.
        """
        found = await self.findPerson(name)
        account = await self.hub.store.accountById(found.id)
        # An account's other nick is a person of its own, who comes and goes apart from it.
        borne = await self.look(found.name)
        known = self.hub.roster.people.get(found.id)
        if borne:
            record = borne[0].record
        elif known is not None:
            record = known.being(known.presence, known.away)
        else:
            record = PersonRecord(found.id, found.name, presence=OFFLINE)
        shared = tuple(
            room.name for room in self.rooms if record.id in rights.membersSeen(room, self.personId)
        )
        return Identity(
            name=found.name,
            account=account.name if account is not None else "",
            presence=record.presence,
            away=record.away,
            host=record.host,
            rooms=shared,
            seenAt=account.seenAt if account is not None and record.presence == OFFLINE else 0.0,
        )

    async def lookInto(self, name: str) -> tuple[Room | None, list[Occupant]]:
        """
        Who of those who are in a room is connected, as far as this person may know.

        @return: the room, if this person may know of it, and they in the order of their joining.
        """
        try:
            room, ids = await self.seeRoom(name, self._inside)
        except (BadName, NoSuchRoom):
            return None, []
        found: list[Occupant] = []
        for start in range(0, len(ids), OCCUPANTS):
            if start:
                # Of thousands not all are looked at while everybody waits.
                await deferLater(self.hub.clock, 0)
            found += self._occupants(room, ids[start : start + OCCUPANTS])
        return room, found

    def _inside(self, room: Room) -> tuple[Room, Sequence[str]]:
        return room, list(rights.membersSeen(room, self.personId))

    def _occupants(self, room: Room, ids: Sequence[str]) -> Iterator[Occupant]:
        all = self.personId in room.members or self.operator
        lookout, people = self.hub.lookout, self.hub.roster.people
        for id in ids:
            person = people.get(id)
            # Those who have gone meanwhile are not there.
            if person is None or not person.nodes or id not in room.members:
                continue
            if all or not person.record.invisible:
                record = lookout.marked(person.being(person.presence, person.away))
                voiced = room.hasVoiceBeside(id)
                yield Occupant(record, room.role(id), lookout.actedAt(id), voiced)

    def addressesOf(self, person: str) -> list[str]:
        """
        The addresses of somebody's connections to this node.

        @param person: their id.
        @return: empty, if it is not this person's own id, and this person is no operator.
        """
        if person != self.personId and not self.operator:
            return []
        sessions = self.hub.roster.sessionsOf(person)
        return sorted({each.address for each in sessions if each.personId == person})

    async def departed(self, mask: str, most: int) -> list[Departure]:
        """
        Who bore a name and does not any more, the last one first; but nobody whose account is
        erased.

        @param mask: a name; or a mask, which does not find those who were invisible.
        @param most: of so many, the last ones.
        """
        if self.operator or not isPattern(mask):
            found = list(await self.hub.network.departed(mask, most))
        else:
            own = self.personId
            seen = await self.hub.network.departed(mask, REMEMBERED)
            found = [d for d in seen if d.record.id == own or not d.record.invisible][:most]
        erased = set()
        for id in {departure.record.whose for departure in found if departure.record.account}:
            account = await self.hub.store.accountById(id)
            if account is not None and account.erasedAt:
                erased.add(id)
        return [departure for departure in found if departure.record.whose not in erased]

    async def bearer(self, name: str) -> str:
        """
        @return: a name as whoever is connected under it spells it; C{""} if nobody is.
        """
        try:
            holder = await self.hub.network.holder(fold(name))
        except BadName:
            return ""
        return "" if holder is None else str(holder[1])

    # Watching.

    @property
    def watched(self) -> Collection[str]:
        """
        The names that it watches, as it has spelled them.
        """
        return self._watched.values()

    async def watch(self, name: str) -> str:
        """
        Be told when somebody bears a name, or nobody any more: see
        L{IReceiver.happened<twisted_chat.domain.interfaces.IReceiver.happened>}.

        @return: see L{bearer}.
        @raise TooMany: it watches as many as it may.
        """
        spelling = personName(name)
        folded = fold(spelling)
        if folded not in self._watched:
            most = self.hub.limits.watch
            if len(self._watched) >= most:
                raise TooMany(why=f"You watch {most} names, and no more are allowed.")
            self._watched = put(self._watched, folded, spelling)
            await self.hub.lookout.watch(folded, self)  # type: ignore[arg-type]
        return await self.bearer(spelling)

    def unwatch(self, name: str) -> None:
        """
        Watch a name no more; nothing happens if it is not watched.
        """
        try:
            folded = fold(name)
        except BadName:
            return
        if folded in self._watched:
            self._watched = drop(self._watched, folded)
            self.hub.lookout.unwatch(folded, self)  # type: ignore[arg-type]

    def reformat(self) -> None:
        """
        Ask the receiver again for its formats.
        """
        super().reformat()
        for folded in self._watched:
            self.hub.lookout.seat(folded, self)  # type: ignore[arg-type]

    def unwatchAll(self) -> None:
        """
        Watch nothing any more.
        """
        for name in list(self._watched):
            self.unwatch(name)

    # Being seen.

    async def setRealName(self, text: str) -> None:
        """
        Be called something in more words.

        @raise Silenced: this person is muted in a room, where all would read it.
        """
        real, limit = cleanLine(text).strip(), self.hub.limits.real
        if len(real) > limit:
            raise TooLong(length=len(real), unit="characters", limit=limit)
        if (room := self._silencedIn()) is not None:
            raise Silenced(room=room.name)
        await self._appear(real=real)

    async def setBot(self, bot: bool) -> None:
        """
        Be known as a program, or no longer.
        """
        await self._appear(bot=bot)

    async def setInvisible(self, invisible: bool) -> None:
        """
        Be found only by those who share a room with this person or know their name, or by all.
        """
        await self._appear(invisible=invisible)

    async def _appear(self, **marks: Any) -> None:
        before = self.person.record
        after = replace(before, **marks)
        if after != before:
            self.countRooms()
            changed = self.event(ProfileChanged, *self.everywhere, person=after, before=before)
            await self.hub.publish(changed)


def isPattern(mask: str) -> bool:
    """
    Whether a mask can be about several people, rather than one name.
    """
    return any(each in mask for each in "*?!@")
