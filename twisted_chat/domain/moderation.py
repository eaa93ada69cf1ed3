"""
Keeping order in rooms: topics, roles, lists, and putting people out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from twisted_chat.domain import rights
from twisted_chat.domain.avatar import Check
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import (
    BadInput,
    NameTaken,
    NoSuchRoom,
    NotAllowed,
    NotInRoom,
    Outranked,
    PersonNotInRoom,
)
from twisted_chat.domain.events import (
    Archived,
    Ended,
    Kicked,
    ListChanged,
    RolesChanged,
    RoomRenamed,
    TopicChanged,
)
from twisted_chat.domain.masklist import MaskList
from twisted_chat.domain.masks import Subject
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import Role, titled
from twisted_chat.domain.room import Room, handedTo
from twisted_chat.domain.roomlists import RoomLists
from twisted_chat.domain.units import WEEKS
from twisted_chat.domain.values import Mask, RoleChange

INVITATION_LASTS = 1 * WEEKS

AT_ONCE: Final = 100
"""How many people are looked at before others have their turn, to see who is banned."""


class Moderation(RoomLists):
    """
    What a session can do about the order in rooms.
    """

    __slots__ = ()

    @asDeferred
    async def setTopic(self, room: Room, text: str) -> TopicChanged:
        """
        Give a room a topic; C{""} for none.
        """
        text = self.note(text, self.hub.limits.topic)

        def check() -> None:
            locked = bool(room.setting("topic-lock"))
            rights.require(room, self.personId, Role.HALFOP if locked else Role.MEMBER)
            rights.mayAct(room, self.personId, self.subject, self.now)
            rights.mayBeHeard(room, self.personId)

        return await self.publishIn(room, check, TopicChanged, text=text)

    @asDeferred
    async def renameRoom(self, room: Room, name: str, reason: str = "") -> RoomRenamed:
        """
        Give a room another name; its members and what was said stay, and for a while the name that
        it had leads to it. Where nobody owns it, its operators may.

        @raise NameTaken: another room has the name, or had it until not long ago; who may rename
            that one gets its former name.
        """
        new, reason = roomName(name), self.note(reason)
        if self.hub.isLasting(room):
            raise BadInput(why=f"{room.typed} can't be renamed: the network needs it.")
        taking = await self.hub.store.formerRoomId(foldRoom(new))
        if taking is not None:
            try:
                await self.hub.copies.using(taking, self._mayRename)
            except (NotAllowed, NotInRoom, NoSuchRoom):
                raise NameTaken(name=new) from None
        fields = {"new": new, "reason": reason, "taking": taking or ""}

        def check() -> None:
            self._mayRename(room)
            if new == room.name:
                raise BadInput(why=f"{room.typed} is called that already.")

        def renew(event: RoomRenamed) -> RoomRenamed:
            return replace(event, old=room.name)

        return await self._publishLogged(
            room,
            check,
            RoomRenamed,
            renew=renew,
            old=room.name,
            **fields,
        )

    def _mayRename(self, room: Room) -> None:
        owned = Role.OWNER in room.roles.values()
        rights.require(room, self.personId, Role.ADMIN if owned else Role.OPERATOR)

    def archive(self, room: Room, archived: bool = True) -> Deferred[Archived]:
        """
        Close a room for talk, or open it again.
        """
        return self._publishAs(room, Role.OWNER, Archived, archived=archived)

    @asDeferred
    async def destroy(self, room: Room, reason: str = "") -> Ended:
        """
        End a room, with all that was said in it.
        """
        reason = self.note(reason)
        if self.hub.isLasting(room):
            raise BadInput(why=f"{room.typed} can't be destroyed: the network needs it.")
        return await self._publishAs(room, Role.OWNER, Ended, reason=reason)

    # Roles.

    @asDeferred
    async def setRole(self, room: Room, name: str, role: Role) -> RolesChanged:
        """
        Make a member something in a room; L{Role.MEMBER} takes a role away.
        """
        target = self.member(room, name)

        def check() -> None:
            self._mayMake(room, target, role)
            if room.role(target.id) is role:
                raise BadInput(why=f"{target.name} is {titled(role)} already.")

        def change() -> tuple[RoleChange, ...]:
            voiced = room.hasVoiceBeside(target.id)
            return (room.roleChange(target.id, target.name, role, voiced),)

        return await self._giveRoles(room, check, change)

    def _mayMake(self, room: Room, target: Person, role: Role) -> None:
        """
        Whether this person may give somebody a role.
        """
        self._requireThere(room, target)
        mine, now = room.power(self.personId), room.role(target.id)
        needed = Role.HALFOP if max(role, now) <= Role.VOICE else Role.OPERATOR
        # Whoever stays what they are gets a voice beside it, or loses that.
        rights.require(room, self.personId, needed if role is now else max(needed, role))
        if role is Role.OWNER and role is not now:
            remedy = f"/transfer {target.name} changes it."
            raise BadInput(why="A room has one owner.", remedy=remedy)
        if room.whose(target.id) != self.identity and mine is not Role.OWNER:
            rights.requireAbove(room, self.personId, target.id, target.name)

    def _requireThere(self, room: Room, target: Person) -> None:
        """
        Somebody was in a room, and may be no longer.

        @raise PersonNotInRoom: they are not.
        """
        if target.id not in room.members:
            raise PersonNotInRoom(name=target.name, room=room.name)

    def _giveRoles(
        self, room: Room, check: Check, changes: Callable[[], tuple[RoleChange, ...]]
    ) -> Deferred[RolesChanged]:
        """
        @param changes: makes the changes of what the roles are then.
        """
        return self._publishLogged(
            room,
            check,
            RolesChanged,
            renew=lambda event: replace(event, changes=changes()),
            changes=changes(),
        )

    @asDeferred
    async def transfer(self, room: Room, name: str) -> RolesChanged:
        """
        Give a room to another registered person; this one stays an admin of it.

        @raise TooMany: the other owns enough of them.
        """
        target = self.member(room, name)
        if not target.account:
            raise BadInput(why=f"{target.name} is not registered, and so can't own a room.")

        def check() -> None:
            owned = Role.OWNER in room.roles.values()
            rights.require(room, self.personId, Role.OWNER if owned else Role.OPERATOR)
            self._requireThere(room, target)
            if room.role(target.id) is Role.OWNER:
                raise BadInput(why=f"{target.name} is the owner of {room.typed} already.")

        check()
        own = room.whose(target.id) == self.identity
        who = "You own" if own else f"{target.name} owns"
        await self.mayOwnMore(room.whose(target.id), who)

        def changes() -> tuple[RoleChange, ...]:
            return handedTo(room, room.whose(target.id), target.name, self.hub.roster.people)

        return await self._giveRoles(room, check, changes)

    # Putting people out.

    @asDeferred
    async def kick(self, room: Room, name: str, reason: str = "") -> Kicked:
        """
        Put somebody out of a room; nothing keeps them from joining again.
        """
        target = self.member(room, name)
        return await self._kick(room, target, self.note(reason))

    def _kick(self, room: Room, target: Person, reason: str) -> Deferred[Kicked]:
        def check() -> None:
            rights.require(room, self.personId, Role.HALFOP)
            rights.requireAbove(room, self.personId, target.id, target.name)
            self._requireThere(room, target)

        return self._publishLogged(
            room, check, Kicked, person=target.id, name=target.name, reason=reason
        )

    @asDeferred
    async def ban(
        self, room: Room, who: str, seconds: float = 0.0, reason: str = ""
    ) -> ListChanged:
        """
        Keep somebody out of a room, and put them out if they are in.

        @param who: the name of somebody, or a mask.
        @param seconds: for how long; 0 for ever.
        """
        target = self._memberOrNone(room, who)
        changed = await self._putOnList(room, "ban", who, seconds, reason, target)
        # By an address, others may be meant than the one who was named.
        meant = [] if target is None else [target]
        meant += [each for each in await self._banned(room, changed.added) if each is not target]
        for person in meant:
            if person.id in room.members:
                # They may go, be put out or be given a role by somebody else, at this moment.
                with suppress(Outranked, PersonNotInRoom):
                    await self._kick(room, person, self.note(reason) or "banned")
        return changed

    async def _banned(self, room: Room, entries: Sequence[Mask]) -> list[Person]:
        """
        Who is in a room and not to be, of those whom this person may put out.
        """
        found = []
        banned = MaskList(entries)
        for number, id in enumerate(list(room.members), 1):
            if not number % AT_ONCE:
                await deferLater(self.hub.clock, 0)
            person = self.hub.roster.people.get(id)
            if person is None or room.role(id) >= room.power(self.personId):
                continue
            here = [session.subject for session in self.hub.roster.sessionsOf(id)]
            # Of who is on another node, the address is known by its cloak alone.
            far = person.record
            subjects = here or [Subject(far.name, far.account, "", far.host, far.user)]
            if any(
                banned.about(subject, self.now) and not room.listed("exception", subject, self.now)
                for subject in subjects
            ):
                found.append(person)
        return found

    @asDeferred
    async def mute(
        self, room: Room, who: str, seconds: float = 0.0, reason: str = ""
    ) -> ListChanged:
        """
        Let somebody read in a room, but not speak: one who has a voice loses it. See L{ban} for
        the parameters.
        """
        target = self._memberOrNone(room, who)
        changed = await self._putOnList(room, "mute", who, seconds, reason, target)
        if target is not None and room.role(target.id) is Role.VOICE:
            # They may go, or lose it to somebody else, at this moment.
            with suppress(BadInput, PersonNotInRoom):
                await self.setRole(room, target.name, Role.MEMBER)
        return changed

    def unban(self, room: Room, who: str) -> Deferred[ListChanged]:
        """
        Let somebody in again.
        """
        return self.unlistMask(room, "ban", who)

    def unmute(self, room: Room, who: str) -> Deferred[ListChanged]:
        """
        Let somebody speak again.
        """
        return self.unlistMask(room, "mute", who)
