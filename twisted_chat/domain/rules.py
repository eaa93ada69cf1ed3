"""
The order in rooms, several changes at once: settings, roles and lists just as they are given; whom
one asks in, and what one may see of rooms in which one is not.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred, succeed

from twisted_chat.domain import rights
from twisted_chat.domain.errors import AlreadyInRoom, BadInput, NoSuchRoom, NotInRoom
from twisted_chat.domain.events import Invited, ListChanged, RolesChanged, Said, SettingsChanged
from twisted_chat.domain.masks import invitationOf
from twisted_chat.domain.moderation import INVITATION_LASTS, Moderation
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import Account
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED, Room
from twisted_chat.domain.settings import FORWARD, Value, forwardTo, sealPassword, settingNamed
from twisted_chat.domain.values import Mask, RoleChange

T = TypeVar("T")

_CLOSING: Final = ("invite-only", "password")
"""The settings with which only operators invite."""

_NARROWING: Final = (*_CLOSING, "limit", "registered")
"""The settings for which an invitation makes a difference."""


class Rules(Moderation):
    """
    What a session can do about the rules of rooms.
    """

    __slots__ = ()

    @inlineCallbacks
    def configure(
        self, room: Room, name: str, value: str
    ) -> Generator[Deferred[Any], Any, SettingsChanged]:
        """
        Change a setting of a room.

        @param name: see L{SETTINGS<twisted_chat.domain.settings.SETTINGS>}.
        @param value: as somebody types it.
        """
        setting = settingNamed(name)
        rights.require(room, self.personId, Role.OPERATOR)
        parsed = setting.parse(value)
        if setting.name == FORWARD and parsed:
            parsed = yield self.forwardOf(room, str(parsed))
        change = ((setting.name, parsed),)
        return (yield self._publishAs(room, Role.OPERATOR, SettingsChanged, changes=change))

    def forwardOf(self, room: Room, name: str) -> Deferred[str]:
        """
        The room into which people may come who may not join another: one of which this person is
        an operator too.

        @param name: as somebody types it.
        @return: the value of the setting.
        """

        def check(there: Room) -> Deferred[str]:
            if there.id == room.id:
                raise BadInput(why=f"{room.name} can't send people on to itself.")
            rights.requireRole(there, self.personId, Role.OPERATOR)
            return succeed(forwardTo(there.name, there.id))

        return self.outside(name, check)

    def adjust(
        self, room: Room, changes: Mapping[str, Value]
    ) -> Deferred[SettingsChanged] | Deferred[None]:
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
            return maybeDeferred(check)
        return self._publishLogged(room, check, SettingsChanged, changes=wanted)

    def giveRoles(
        self, room: Room, wanted: Sequence[tuple[Person, Role, bool]]
    ) -> Deferred[RolesChanged] | Deferred[None]:
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
            return maybeDeferred(rights.require, room, self.personId, Role.HALFOP)

        def check() -> None:
            for person, role, _ in others:
                self._mayMake(room, person, role)

        def changes() -> tuple[RoleChange, ...]:
            return tuple(
                room.roleChange(person.id, person.name, role, voiced)
                for person, role, voiced in others
            )

        return self._giveRoles(room, check, changes)

    def changeList(
        self, room: Room, list: str, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> Deferred[ListChanged] | Deferred[None]:
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
            rights.require(room, self.personId, Role.HALFOP if list == "mute" else Role.OPERATOR)
            self._requireSpaceIn(room, list, set(new), len(gone))

        if not (new or gone):
            return maybeDeferred(check)
        return self._publishLogged(room, check, ListChanged, list=list, added=entries, removed=gone)

    @inlineCallbacks
    def invite(self, room: Room, name: str) -> Generator[Deferred[Any], Any, Invited]:
        """
        Ask somebody into a room; where they could not join, an operator's word lets them in, once.
        """
        guest = yield self.findPerson(name)
        seen = rights.membersSeen(room, self.personId)
        if guest.id in seen or self._memberOrNone(room, guest.name) is not None:
            raise AlreadyInRoom(name=guest.name, room=room.name)
        if room.isOperatorsRoom:
            rights.mayBeAsked(room, guest.name, (yield self._isOperator(guest.id)))
        closed = any(room.setting(name) for name in _CLOSING)
        rights.require(room, self.personId, Role.OPERATOR if closed else Role.MEMBER)
        narrow = room.lists["ban"] or any(room.setting(name) for name in _NARROWING)
        if narrow and room.power(self.personId) >= Role.OPERATOR:
            mask = invitationOf(guest.name, guest.account)
            entry = Mask(mask, self.name, self.now, self.now + INVITATION_LASTS)

            def check() -> None:
                rights.require(room, self.personId, Role.OPERATOR)
                self._requireSpaceIn(room, INVITED, {mask})

            yield self._publishLogged(room, check, ListChanged, list=INVITED, added=(entry,))
        invited = self.event(
            Invited, guest.id, room.id, room=room.id, roomName=room.name, name=guest.name
        )
        done: Invited = yield self.hub.publish(invited)
        return done

    @inlineCallbacks
    def _isOperator(self, person: str) -> Generator[Deferred[Any], Any, bool]:
        """
        Whether somebody, by their id, is an operator of the network, here or not.
        """
        known = self.hub.roster.people.get(person)
        if known is not None and known.record.operator:
            return True
        account: Account | None = yield self.hub.store.accountById(person)
        return account is not None and account.operator

    async def roomCalled(self, text: str) -> Room:
        """
        A room in which this connection listens, by its name as people type it, or by one that it
        had until not long ago: what was set up with that goes on to work.

        @raise NotInRoom: it does not listen there.
        """
        try:
            return self.roomNamed(text)
        except NotInRoom as refusal:
            former = str(refusal.fields["room"])
            id = await self.hub.store.formerRoomId(foldRoom(former))
            if id is None:
                raise
        name: str = await self.seeRoom(former, lambda room: room.name)
        try:
            return self.roomNamed(name)
        except NotInRoom as refusal:
            refusal.fields["remedy"] = f"It was called {former}; /join {name} takes you in."
            raise

    # From outside.

    @inlineCallbacks
    def _idOf(self, name: str) -> Generator[Deferred[Any], Any, str]:
        """
        @raise NoSuchRoom: no room has the name, nor had it until not long ago.
        """
        id: str | None = yield self.hub.copies.idOf(foldRoom(name))
        if id is None:
            raise NoSuchRoom(room=name)
        return id

    def sayOutside(self, name: str, text: str, **how: Any) -> Deferred[Said]:
        """
        Say something in a room without being in it, where the room allows that.

        @param name: the room's name.
        @param how: see L{say}.
        """
        return self.outside(name, lambda room: self.say(room, text, **how))

    @inlineCallbacks
    def outside(
        self, name: str, act: Callable[[Room], Deferred[T]]
    ) -> Generator[Deferred[Any], Any, T]:
        """
        Do something in a room without being in it.

        @param name: the room's name, or one that it had until not long ago.
        @raise NoSuchRoom: there is none of that name that this person may know of.
        """
        spelled = roomName(name)
        id = yield self._idOf(spelled)

        def acting(room: Room) -> Deferred[T]:
            rights.mayKnow(room, self.personId)
            return act(room)

        done: T = yield self.hub.copies.using(id, acting)
        return done

    @inlineCallbacks
    def seeRoom(self, name: str, see: Callable[[Room], T]) -> Generator[Deferred[Any], Any, T]:
        """
        See something of a room, in which this person need not be.

        @param name: as people type it; or one that it had until not long ago.
        @param see: called with it.
        @return: what C{see} has returned.
        @raise NoSuchRoom: there is none of that name that this person may know of.
        """
        spelled = roomName(name)
        id = self.hub.roster.roomNames.get(foldRoom(spelled))
        if id is None:
            id = yield self._idOf(spelled)

        def look(room: Room) -> T:
            rights.mayKnow(room, self.personId)
            return see(room)

        try:
            seen: T = yield self.hub.copies.using(id, look)
        except NoSuchRoom:
            raise NoSuchRoom(room=spelled) from None
        return seen

    def present(self, room: Room) -> Iterator[Person]:
        """
        Who is in a room and connected; to those who are not in it themselves the invisible are not
        shown.
        """
        roster = self.hub.roster
        people = roster.people
        hidden = roster.invisible if self.personId not in room.members else ()
        for id in rights.membersSeen(room, self.personId):
            person = people.get(id)
            if person is not None and person.nodes and id not in hidden:
                yield person
