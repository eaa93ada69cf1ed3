"""
Rooms: this node's copy of what a room is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice

from msgspec.structs import replace

from twisted_chat.domain.events import (
    AccountChanged,
    Archived,
    Deleted,
    Event,
    Joined,
    Kicked,
    Left,
    ListChanged,
    Restored,
    RolesChanged,
    RoomRenamed,
    SettingsChanged,
    TopicChanged,
)
from twisted_chat.domain.masklist import MaskList
from twisted_chat.domain.masks import Subject
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import RoomRecord
from twisted_chat.domain.roles import Role
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.settings import SETTINGS, Value
from twisted_chat.domain.values import Mask, PersonRecord, RoleChange

INVITED = "invited"

LISTS = ("ban", "exception", "invitation", "mute", INVITED)
"""
Who may not join, nor speak; who is spared both; who may join where one has to be invited; who may
not speak; whom somebody has invited, who may come in once.
"""

MOST_FORGOTTEN = 4
"""
How many of those who need wait no more are forgotten at each message in slow mode: more than come.
"""

MOST_KICKED = 1000
"""Of how many it is remembered when they were put out."""


class Room:
    """
    What a room is: who is in it, what they are in it, and its rules.

    Changes only through L{apply}. It sends nothing, stores nothing and checks nobody's rights.

    @ivar changes: how many events have been applied: as long as there is no other, nothing that is
        seen of it is another.
    @ivar auditorium: whether those without a voice are seen by its operators alone.
    @ivar history: who may read what was said: C{"all"}, C{"joined"} or C{"none"}. What the room
        says of it; by default all while anyone may join, else from one's joining on.
    @ivar isOperatorsRoom: whether it is the room of the network's operators, and of nobody else.
    @ivar moderated: whether those without a voice may not speak.
    @ivar registeredSpeech: whether guests without a voice may not.
    @ivar renamed: the seq and the time of the name that it got last, as far as this node has
        seen it.
    @ivar members: by person id, the seq that each one's joining followed.
    @ivar faces: of members who are there under another name than their account's, the ids of
        the accounts.
    @ivar lists: by name, the lists; see L{LISTS}.
    @ivar kicked: by person id, the seq at which they were put out; of those who were put out last.
    @ivar screens: whether what people without a voice say is for its operators alone.
    @ivar lastSpoke: by person id, when they last said something, in this order; in slow mode, of
        those who have to wait.
    @ivar slow: seconds between two messages of one person.
    """

    __slots__ = (
        "archived", "auditorium", "changes", "createdAt", "faces", "history", "id",
        "isOperatorsRoom", "kicked", "lastSpoke", "lists", "members", "moderated", "name",
        "operators", "registeredSpeech", "renamed", "rightsSeq", "roles", "screens", "settings",
        "slow", "topic", "topicAt", "topicBy", "voiced",
    )  # fmt: skip

    def __init__(
        self, record: RoomRecord, operators: Collection[str] = (), isOperatorsRoom: bool = False
    ) -> None:
        """
        @param operators: the ids of those who act as operators of the network; they may change.
        @param isOperatorsRoom: whether it is theirs alone.
        """
        self.changes = 0
        self.operators = operators
        self.isOperatorsRoom = isOperatorsRoom
        self.id = record.id
        self.name = record.name
        self.renamed = (0, 0.0)
        self.createdAt = record.createdAt
        self.rightsSeq = record.rightsSeq
        self.topic, self.topicBy, self.topicAt = record.topic, record.topicBy, record.topicAt
        self.archived = record.archived
        self.settings: dict[str, Value] = dict(record.settings)
        self.roles: dict[str, Role] = dict(record.roles)
        self.voiced: set[str] = set(record.voiced)
        self.lists = {name: MaskList(record.lists.get(name, ())) for name in LISTS}
        self.members: dict[str, int] = {member.id: member.joinedSeq for member in record.members}
        self.faces: dict[str, str] = {}
        self.kicked: dict[str, int] = {}
        self.lastSpoke: dict[str, float] = {}
        self._settle()

    def setting(self, name: str) -> Value:
        """
        The value of a setting: the room's own, or the default.
        """
        value = self.settings.get(name)
        return SETTINGS[name].default if value is None else value

    @property
    def typed(self) -> str:
        """
        The name so that it means this room if it is typed: see L{typedRoom}.
        """
        return typedRoom(self.name)

    def role(self, person: str) -> Role:
        """
        What somebody is in this room, by their id.
        """
        return self.roles.get(self.faces.get(person, person), Role.MEMBER)

    def holders(self, least: Role) -> set[str]:
        """
        The ids of those who are something in this room, whether they are there now or not.

        @param least: this or more, which is more than a member.
        """
        return {id for id in (*self.roles, *self.faces) if self.role(id) >= least}

    def hasVoiceBeside(self, person: str) -> bool:
        """
        Whether somebody, by their id, was given a voice beside a higher role.
        """
        return self.whose(person) in self.voiced

    def roleChange(self, person: str, name: str, role: Role, voiced: bool = False) -> RoleChange:
        """
        What makes somebody something in this room, for L{RolesChanged}.

        @param person: the id of somebody, or that of their account.
        @param voiced: whether with a voice beside.
        """
        before, voicedBefore = self.role(person), self.hasVoiceBeside(person)
        beside = voiced and role > Role.VOICE
        return RoleChange(self.whose(person), name, role, before, beside, voicedBefore)

    def power(self, person: str) -> Role:
        """
        What somebody may do in this room, by their id: operators of the network as much as its
        owner.
        """
        return Role.OWNER if person in self.operators else self.role(person)

    def whose(self, person: str) -> str:
        """
        Under which id somebody who is in this room has their rights.
        """
        return self.faces.get(person, person)

    def _settle(self) -> None:
        """
        Work out what follows from the settings.
        """
        chosen = str(self.setting("history"))
        self.auditorium = bool(self.setting("auditorium"))
        self.moderated = bool(self.setting("moderated"))
        self.registeredSpeech = bool(self.setting("registered-speech"))
        self.screens = bool(self.setting("op-moderated"))
        self.slow = int(self.setting("slow"))
        closed = any(self.setting(name) for name in ("invite-only", "hidden", "password"))
        self.history = chosen or ("joined" if closed else "all")

    def listed(self, name: str, subject: Subject, now: float) -> Mask | None:
        """
        The entry of a list that is about somebody, if there is one that has not run out.
        """
        return self.lists[name].about(subject, now)

    def apply(self, event: Event) -> None:
        """
        Change as an event says that this room has changed.
        """
        self.changes += 1
        if event.rights and event.seq:
            self.rightsSeq = event.seq
        method = getattr(self, "apply_" + event.kind, None)
        if method is not None:
            method(event)

    def apply_said(self, event: Event) -> None:
        """
        Somebody spoke; it counts in slow mode.
        """
        if self.slow:
            self.lastSpoke.pop(event.author.person, None)
            self.lastSpoke[event.author.person] = event.at
            self._forgetSpeakers(event.at)

    def _forgetSpeakers(self, now: float) -> None:
        """
        Nobody need be remembered who may speak again, whether they are still there or not.
        """
        for person, at in list(islice(self.lastSpoke.items(), MOST_FORGOTTEN)):
            if at + self.slow > now:
                break
            del self.lastSpoke[person]

    def apply_topic(self, event: TopicChanged) -> None:
        """
        The topic is another one.
        """
        self.topic, self.topicBy, self.topicAt = event.text, event.author.name, event.at

    def apply_deleted(self, event: Deleted) -> None:
        """
        Something is gone from the log; with it the topic, if that is what it was.
        """
        if event.current:
            self.topic = self.topicBy = ""

    def apply_restored(self, event: Restored) -> None:
        """
        It is there again.
        """
        if event.current:
            self.topic = event.text
            self.topicBy = (event.targetAuthor or event.author).name

    def apply_kicked(self, event: Kicked) -> None:
        """
        Somebody is out.
        """
        self.members.pop(event.person, None)
        self.faces.pop(event.person, None)
        self.kicked.pop(event.person, None)
        self.kicked[event.person] = event.seq
        if len(self.kicked) > MOST_KICKED:
            del self.kicked[next(iter(self.kicked))]

    def apply_roles(self, event: RolesChanged) -> None:
        """
        People have other roles.
        """
        for change in event.changes:
            if change.role is Role.MEMBER:
                self.roles.pop(change.person, None)
            else:
                self.roles[change.person] = change.role
            if change.voiced:
                self.voiced.add(change.person)
            else:
                self.voiced.discard(change.person)

    def apply_settings(self, event: SettingsChanged) -> None:
        """
        The rules are others.
        """
        self.settings.update(event.changes)
        self._settle()
        if not self.slow:
            self.lastSpoke.clear()

    def apply_bans(self, event: ListChanged) -> None:
        """
        One of the lists is another one; what has run out goes without a word.
        """
        entries = self.lists[event.list]
        entries.tidy(event.at)
        for mask in event.removed:
            entries.drop(mask)
        for entry in event.added:
            entries.put(entry)
        for mask, reason in event.reasons:
            if (there := entries.get(mask)) is not None:
                entries.put(replace(there, reason=reason))

    def apply_roomRenamed(self, event: RoomRenamed) -> None:
        """
        The name is another one.
        """
        self.name, self.renamed = event.new, (event.seq, event.at)

    def apply_archived(self, event: Archived) -> None:
        """
        It is closed for talk, or open again.
        """
        self.archived = event.archived

    def apply_joined(self, event: Joined) -> None:
        """
        Somebody is in. Where the joining stands in the order is known to the hub alone, which
        corrects the seq.
        """
        self.members.setdefault(event.person.id, 0)
        self.know(event.person)
        self.lists[INVITED].drop(event.invitation)

    def know(self, person: PersonRecord) -> None:
        """
        See under which id a member has their rights.
        """
        self._bind(person.id, person.identity)

    def apply_account(self, event: AccountChanged) -> None:
        """
        Somebody has the rights of another account, or of none.
        """
        self._bind(event.author.person, event.identity)

    def _bind(self, person: str, identity: str) -> None:
        if identity:
            self.faces[person] = identity
        else:
            self.faces.pop(person, None)

    def apply_left(self, event: Left) -> None:
        """
        Somebody is out.
        """
        self.members.pop(event.author.person, None)
        self.faces.pop(event.author.person, None)


def handedTo(
    room: Room, owner: str, name: str, people: Mapping[str, Person]
) -> tuple[RoleChange, ...]:
    """
    The changes of roles that make somebody the owner of a room. Whoever was it is an admin then.

    @param owner: under which id the new owner has their rights.
    @param name: what the new owner is called.
    @param people: whom this node knows, by id.
    """
    before = next((id for id, role in room.roles.items() if role is Role.OWNER), "")
    change = room.roleChange(owner, name, Role.OWNER, room.hasVoiceBeside(owner))
    # Where a guest has made the room nobody owns it, until an operator gives it to somebody.
    if not before or before == owner:
        return (change,)
    known = people.get(before)
    spelled = known.name if known is not None else "the former owner"
    return (room.roleChange(before, spelled, Role.ADMIN, room.hasVoiceBeside(before)), change)
