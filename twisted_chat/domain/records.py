"""
What the store and the network tell the domain, as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import (
    Event,
)
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import (
    Mask,
    PersonRecord,
)


@dataclass(frozen=True, slots=True)
class Placement:
    """
    What became of one event of an append; just one of three things.

    Either C{error} says why it was refused, or C{outdated} is set: the rights in its conversation
    have changed since its author's were checked, so it was not placed; or else C{event} has
    its place, and the seqs that it follows are in C{after}, one for each conversation.
    """

    event: Event
    after: tuple[int, ...] = ()
    outdated: bool = False
    error: ChatError | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """
    A registered person.

    @ivar id: the person's id.
    @ivar name: the name as it was registered.
    @ivar fold: L{names.fold} of it; no two accounts share it.
    @ivar skeleton: L{names.skeleton} of it; no two accounts share it.
    @ivar password: the password's hash in Argon2's own notation.
    @ivar createdAt: POSIX seconds.
    @ivar seenAt: when it was last connected, in POSIX seconds.
    @ivar preferences: what the person has set for themselves: C{zone} (minutes east of UTC),
        C{room} (the id of the room they were last in), C{quiet}, C{ignored} (folded names) ...
    """

    id: str
    name: str
    fold: str
    skeleton: str
    password: str
    createdAt: float
    seenAt: float = 0.0
    preferences: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """
    A stored membership, as a room's snapshot shows it.

    @ivar joinedSeq: the seq that the joining followed.
    """

    id: str
    name: str
    joinedSeq: int


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """
    A room as the store knows it, at one moment.

    @ivar head: the seq of its newest event; 0 if there is none.
    @ivar rightsSeq: the seq of the newest event that changed what people may do.
    @ivar lists: the entries by list (C{"ban"}, C{"exception"}, C{"invitation"}, C{"mute"}).
    @ivar roles: by person id.
    @ivar created: whether asking for it made it.
    """

    id: str
    name: str
    head: int
    rightsSeq: int
    createdAt: float
    topic: str = ""
    topicBy: str = ""
    topicAt: float = 0.0
    archived: bool = False
    settings: Mapping[str, str | int | bool] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    lists: Mapping[str, tuple[Mask, ...]] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    created: bool = False


@dataclass(frozen=True, slots=True)
class RoomListing:
    """
    A room in the list of all rooms.

    @ivar members: how many registered members it has, connected or not.
    @ivar hidden: whether only members are told of it.
    """

    id: str
    name: str
    topic: str
    members: int
    hidden: bool
    archived: bool
    createdAt: float
    topicAt: float


@dataclass(frozen=True, slots=True)
class Membership:
    """
    A stored membership, as its person sees it.

    @ivar read: up to which seq the person has read.
    @ivar head: the seq of the conversation's newest event.
    """

    conversation: str
    name: str
    joinedSeq: int
    read: int
    head: int


@dataclass(frozen=True, slots=True)
class DirectListing:
    """
    A direct conversation, as one of its two people sees it.

    @ivar other: the id of the other person.
    @ivar otherName: the name that the other last had in it.
    @ivar read: up to which seq this one has read.
    @ivar head: the seq of its newest event.
    """

    conversation: str
    other: str
    otherName: str
    read: int
    head: int


@dataclass(frozen=True, slots=True)
class Page:
    """
    A part of a log, oldest first.

    @ivar events: the events.
    @ivar total: how many there are in the range that was asked for, these and the left-out ones.
    """

    events: tuple[Event, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RosterPart:
    """
    Who is in one conversation on one node.

    @ivar counter: the counter of the node's newest run that is applied in this part.
    @ivar people: who is connected there, and the seq that their joining followed.
    """

    node: str
    epoch: int
    counter: int
    people: tuple[tuple[PersonRecord, int], ...]
