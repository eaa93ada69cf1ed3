"""
Keeping order in rooms: topics, roles, lists, and putting people out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence, Set
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, inlineCallbacks

from twisted_chat.domain import rights
from twisted_chat.domain.avatar import Check
from twisted_chat.domain.deeds import deedOf
from twisted_chat.domain.errors import BadInput, ChatError, PersonNotInRoom, TooMany
from twisted_chat.domain.events import (
    Archived,
    Ended,
    Event,
    Kicked,
    ListChanged,
    RolesChanged,
    RoomRenamed,
    TopicChanged,
)
from twisted_chat.domain.masklist import MaskList
from twisted_chat.domain.masks import ACCOUNT, Subject, parseMask
from twisted_chat.domain.membership import Membership
from twisted_chat.domain.names import fold, roomName
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import TITLES, Role
from twisted_chat.domain.room import INVITED, LISTS, Room, handedTo
from twisted_chat.domain.values import Mask, RoleChange

INVITATION_LASTS = 7 * 86400.0
"""Seconds."""


class Moderation(Membership):
    """
    What a session can do about the order in rooms.
    """

    __slots__ = ()

    def _as(self, room: Room, role: Role, kind: type[Event], **fields: Any) -> Deferred[Any]:
        """
        Let something happen that needs a role.
        """
        return self._order(room, lambda: rights.require(room, self.personId, role), kind, **fields)

    def _order(self, room: Room, check: Check, kind: type[Event], **fields: Any) -> Deferred[Any]:
        """
        Let something happen that the server's log names, with who did it; see L{publishIn}.
        """

        def log(event: Event) -> Event:
            self._log.info("{who} {deed} in {room}", who=self, deed=deedOf(event), room=room.name)
            return event

        return self.publishIn(room, check, kind, **fields).addCallback(log)

    def setTopic(self, room: Room, text: str) -> Deferred[TopicChanged]:
        """
        Give a room a topic; C{""} for none.
        """
        try:
            text = self.note(text, self.hub.limits.topic)
        except ChatError:
            return fail()

        def check() -> None:
            locked = bool(room.setting("topic-lock"))
            rights.require(room, self.personId, Role.HALFOP if locked else Role.MEMBER)
            rights.mayAct(room, self.personId, self.subject, self.now)
            rights.mayBeHeard(room, self.personId)

        return self.publishIn(room, check, TopicChanged, text=text)

    def renameRoom(self, room: Room, name: str, reason: str = "") -> Deferred[RoomRenamed]:
        """
        Give a room another name; its members and what was said stay. Where nobody owns it, its
        operators may.
        """
        try:
            new, reason = roomName(name), self.note(reason)
            if self.hub.isLasting(room):
                raise BadInput(why=f"{room.name} can't be renamed: the network needs it.")
            if new == room.name:
                raise BadInput(why=f"{room.name} is called that already.")
        except ChatError:
            return fail()

        def check() -> None:
            owned = Role.OWNER in room.roles.values()
            rights.require(room, self.personId, Role.ADMIN if owned else Role.OPERATOR)

        return self._order(room, check, RoomRenamed, old=room.name, new=new, reason=reason)

    def archive(self, room: Room, archived: bool = True) -> Deferred[Archived]:
        """
        Close a room for talk, or open it again.
        """
        return self._as(room, Role.OWNER, Archived, archived=archived)

    def destroy(self, room: Room, reason: str = "") -> Deferred[Ended]:
        """
        End a room, with all that was said in it.
        """
        try:
            reason = self.note(reason)
            if self.hub.isLasting(room):
                raise BadInput(why=f"{room.name} can't be destroyed: the network needs it.")
        except ChatError:
            return fail()
        return self._as(room, Role.OWNER, Ended, reason=reason)

    # Roles.

    def setRole(self, room: Room, name: str, role: Role) -> Deferred[RolesChanged]:
        """
        Make a member something in a room; L{Role.MEMBER} takes a role away.
        """
        try:
            target = self.member(room, name)
        except ChatError:
            return fail()

        def check() -> None:
            self._mayMake(room, target, role)
            if room.role(target.id) is role:
                raise BadInput(why=f"{target.name} is {_article(role)} already.")

        def change() -> tuple[RoleChange, ...]:
            voiced = room.hasVoiceBeside(target.id)
            return (room.given(target.id, target.name, role, voiced),)

        return self._giveRoles(room, check, change)

    def _mayMake(self, room: Room, target: Person, role: Role) -> None:
        """
        Whether this person may give somebody a role.
        """
        self._requireThere(room, target)
        mine, now = room.power(self.personId), room.role(target.id)
        needed = Role.HALFOP if max(role, now) <= Role.VOICE else Role.OPERATOR
        # Who stays what they are gets a voice beside it, or loses that.
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
        return self._order(
            room,
            check,
            RolesChanged,
            renew=lambda event: replace(event, changes=changes()),
            changes=changes(),
        )

    def transfer(self, room: Room, name: str) -> Deferred[RolesChanged]:
        """
        Give a room to another registered person; this one stays an admin of it.
        """
        try:
            target = self.member(room, name)
            if not target.account:
                raise BadInput(why=f"{target.name} is not registered, and so can't own a room.")
        except ChatError:
            return fail()

        def check() -> None:
            owned = Role.OWNER in room.roles.values()
            rights.require(room, self.personId, Role.OWNER if owned else Role.OPERATOR)
            self._requireThere(room, target)

        def changes() -> tuple[RoleChange, ...]:
            return handedTo(room, room.whose(target.id), target.name, self.hub.roster.people)

        return self._giveRoles(room, check, changes)

    # Putting people out.

    def kick(self, room: Room, name: str, reason: str = "") -> Deferred[Kicked]:
        """
        Put somebody out of a room; nothing keeps them from joining again.
        """
        try:
            target = self.member(room, name)
            reason = self.note(reason)
        except ChatError:
            return fail()
        return self._kick(room, target, reason)

    def _kick(self, room: Room, target: Person, reason: str) -> Deferred[Kicked]:
        def check() -> None:
            rights.require(room, self.personId, Role.HALFOP)
            rights.requireAbove(room, self.personId, target.id, target.name)
            self._requireThere(room, target)

        return self._order(room, check, Kicked, person=target.id, name=target.name, reason=reason)

    @inlineCallbacks
    def ban(
        self, room: Room, who: str, seconds: float = 0.0, reason: str = ""
    ) -> Generator[Deferred[Any], Any, ListChanged]:
        """
        Keep somebody out of a room, and put them out if they are in.

        @param who: the name of somebody, or a mask.
        @param seconds: for how long; 0 for ever.
        """
        target = self._memberOrNone(room, who)
        changed = yield self._enter(room, "ban", who, seconds, reason, target)
        for person in [target] if target is not None else self._banned(room, changed.added):
            if person.id in room.members:
                yield self._kick(room, person, self.note(reason) or "banned")
        return changed

    def _banned(self, room: Room, entries: Sequence[Mask]) -> list[Person]:
        """
        Who is in a room and not to be, of those whom this person may put out.
        """
        found = []
        banned = MaskList(entries)
        for id in room.members:
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

    @inlineCallbacks
    def mute(
        self, room: Room, who: str, seconds: float = 0.0, reason: str = ""
    ) -> Generator[Deferred[Any], Any, ListChanged]:
        """
        Let somebody read in a room, but not speak: one who has a voice loses it. See L{ban} for
        the parameters.
        """
        target = self._memberOrNone(room, who)
        if target is not None and room.role(target.id) is Role.VOICE:
            yield self.setRole(room, who, Role.MEMBER)
        return (yield self._enter(room, "mute", who, seconds, reason, target))

    def listMask(
        self, room: Room, list: str, who: str, seconds: float = 0.0, reason: str = ""
    ) -> Deferred[ListChanged]:
        """
        Put an entry into one of a room's lists.

        @param list: one of L{LISTS}.
        """
        if list not in LISTS:
            return fail(BadInput(why=f"There are the lists {', '.join(LISTS)}."))
        return self._enter(room, list, who, seconds, reason, self._memberOrNone(room, who))

    @inlineCallbacks
    def _enter(
        self,
        room: Room,
        list: str,
        who: str,
        seconds: float,
        reason: str,
        target: Person | None,
    ) -> Generator[Deferred[Any], Any, ListChanged]:
        reason = self.note(reason)
        mask = yield self._maskFor(who, target)
        until = self.now + seconds if seconds > 0 else 0.0
        entry = Mask(mask, self.name, self.now, until, reason)
        needed = Role.HALFOP if list == "mute" else Role.OPERATOR

        def check() -> None:
            rights.require(room, self.personId, needed)
            if target is not None and list in ("ban", "mute"):
                rights.requireAbove(room, self.personId, target.id, target.name)
            self._requireSpaceIn(room, list, {mask})

        return (yield self._order(room, check, ListChanged, list=list, added=(entry,)))

    def _requireSpaceIn(self, room: Room, list: str, added: Set[str], gone: int = 0) -> None:
        """
        @param added: masks that are to be in one of a room's lists.
        @param gone: how many others are to be no more.
        @raise TooMany: it would have too many entries.
        """
        here = {entry.mask for entry in room.lists[list].holding(self.now)}
        if added - here and len(here | added) - gone > self.hub.limits.list:
            raise TooMany(why=f"The list {list} has {len(here)} entries, and is full.")

    @inlineCallbacks
    def _maskFor(self, who: str, target: Person | None) -> Generator[Deferred[Any], Any, str]:
        """
        The mask that is about somebody for good: the account, else the address, else the name.
        """
        mask = parseMask(who)
        if target is not None:
            if target.account:
                return ACCOUNT + fold(target.account)
            return f"*@{target.record.host}" if target.record.host else fold(target.name)
        if not any(sign in mask for sign in "*?@:"):
            account = yield self.hub.store.account(mask)
            if account is not None:
                return ACCOUNT + mask
        return mask

    def _memberOrNone(self, room: Room, name: str) -> Person | None:
        try:
            return self.member(room, name)
        except ChatError:
            # It may be the mask of anybody.
            return None

    @inlineCallbacks
    def unlistMask(
        self, room: Room, list: str, who: str
    ) -> Generator[Deferred[Any], Any, ListChanged]:
        """
        Take an entry out of one of a room's lists: by its mask, or by the name of whom it is about.
        """
        if list not in LISTS:
            raise BadInput(why=f"There are the lists {', '.join(LISTS)}.")
        target = self._memberOrNone(room, who)
        masks = {parseMask(who), (yield self._maskFor(who, target))}
        if list == "invitation" and masks.isdisjoint(room.lists[list]):
            # Where somebody can be let in, they can be asked in too.
            list = INVITED
        found = tuple(mask for mask in room.lists[list] if mask in masks)
        if not found:
            raise BadInput(why=f"There is no entry for {who} in that list.")
        needed = Role.HALFOP if list == "mute" else Role.OPERATOR
        return (yield self._as(room, needed, ListChanged, list=list, removed=found))

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

    def entries(self, room: Room, list: str) -> list[Mask]:
        """
        The entries of one of a room's lists that have not run out.

        @raise ChatError: this person is not in the room.
        """
        rights.requireMember(room, self.personId)
        if list not in LISTS:
            raise BadInput(why=f"There are the lists {', '.join(LISTS)}.")
        return room.lists[list].holding(self.now)


def _article(role: Role) -> str:
    title = TITLES[role]
    return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"
