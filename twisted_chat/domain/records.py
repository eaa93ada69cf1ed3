"""
What the store and the network tell the domain, as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from msgspec import Struct

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import Event
from twisted_chat.domain.roles import Role
from twisted_chat.domain.sparse import NONE_YET
from twisted_chat.domain.values import Author, Mask, PersonRecord


class Placement(Struct, frozen=True):
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
    @ivar skeleton: L{lookalikes.skeleton} of it; no two accounts share it.
    @ivar password: the password's hash in Argon2's own notation.
    @ivar createdAt: POSIX seconds.
    @ivar seenAt: when it was last connected, in POSIX seconds.
    @ivar preferences: what the person has set for themselves: C{zone} (minutes east of UTC),
        C{room} (the id of the room they were last in), C{quiet}, C{ignored} (folded names) ...
    @ivar operator: whether the person is an operator of the whole network.
    @ivar suspended: why nobody may come in with it for now; C{""} if anybody may who can.
    @ivar scram: what checks its password without being shown it (SCRAM-SHA-256), or C{""}.
    @ivar reset: the hash of a code that stands for a lost password once, or C{""}.
    @ivar resetUntil: until when it does, in POSIX seconds.
    @ivar erasedAt: when all else was erased; only the folded name is kept then. 0: never.
    """

    id: str
    name: str
    fold: str
    skeleton: str
    password: str = field(repr=False)
    createdAt: float
    seenAt: float = 0.0
    preferences: Mapping[str, object] = field(default_factory=dict)
    operator: bool = False
    suspended: str = ""
    scram: str = field(default="", repr=False)
    reset: str = field(default="", repr=False)
    resetUntil: float = 0.0
    erasedAt: float = 0.0

    @property
    def author(self) -> Author:
        """
        Its person, as the author of an event, under the account's name.
        """
        return Author(self.id, self.name, self.name)

    @property
    def bare(self) -> Account:
        """
        The same without preferences, and without anything that a password could be guessed by: what
        is kept of each person for as long as they are connected.
        """
        return replace(self, password="", scram="", reset="", preferences=NONE_YET)


class Invitation(Struct, frozen=True):
    """
    An invitation to the network.

    @ivar code: the SHA-256 of the code, in hex: whoever reads the data can't use it.
    @ivar rooms: the names of the rooms that whoever uses it comes into.
    @ivar uses: how often it can be used still.
    @ivar until: when it runs out, in POSIX seconds; 0 for never.
    @ivar setter: the name of the one who made it.
    @ivar at: when, in POSIX seconds.
    """

    code: str
    rooms: tuple[str, ...]
    uses: int
    until: float
    setter: str
    at: float


class Act(Struct, frozen=True):
    """
    What an operator did, and could undo.

    @ivar kind: C{"ban"}, C{"purge"}, C{"delete"}.
    @ivar by: the name of the operator.
    @ivar about: whom or what, for people to read.
    @ivar data: what undoing needs, as JSON can say it.
    @ivar left: whether there was anything left to undo, for one that has been undone.
    """

    id: str
    at: float
    by: str
    kind: str
    about: str
    data: Mapping[str, object] = {}
    left: bool = True


class ReadMark(Struct, frozen=True):
    """
    Up to where somebody has read a conversation.

    @ivar seq: everything up to this is read.
    @ivar at: the latest time that was given for it or, if that is later, that of the event, in
        POSIX seconds; like C{seq} it never goes back.
    """

    seq: int
    at: float


class Member(Struct, frozen=True):
    """
    A stored membership, as a room's snapshot shows it.

    @ivar joinedSeq: the seq that the joining followed.
    """

    id: str
    name: str
    joinedSeq: int


class RoomRecord(Struct, frozen=True):
    """
    A room as the store knows it, at one moment.

    @ivar head: the seq of its newest event; 0 if there is none.
    @ivar rightsSeq: the seq of the newest event that changed what people may do.
    @ivar lists: the entries by list (C{"ban"}, C{"exception"}, C{"invitation"}, C{"mute"},
        C{"invited"}, and C{"former"}: the names that it had until not long ago).
    @ivar roles: by person id.
    @ivar voiced: the ids of those who have a voice beside a higher role.
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
    settings: Mapping[str, str | int | bool] = {}
    roles: Mapping[str, Role] = {}
    voiced: frozenset[str] = frozenset()
    lists: Mapping[str, tuple[Mask, ...]] = {}
    members: tuple[Member, ...] = ()
    created: bool = False


class RoomListing(Struct, frozen=True):
    """
    A room in the list of all rooms.

    @ivar members: how many registered members it has, connected or not.
    @ivar present: how many are in it and connected, as far as this node knows.
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
    present: int = 0


class Membership(Struct, frozen=True):
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


class DirectListing(Struct, frozen=True):
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


class Page(Struct, frozen=True):
    """
    A part of a log, oldest first.

    @ivar events: the events.
    @ivar total: how many there are in the range that was asked for, these and the left-out ones; a
        store need not count beyond ten thousand.
    @ivar more: whether there are more than C{total}, which were not counted, since the
        reader may not have all of the range.
    """

    events: tuple[Event, ...]
    total: int
    more: bool = False


class Criteria(Struct, frozen=True):
    """
    Which messages are looked for, besides those that have some words.

    @ivar author: the name of the one who said it; C{""}: anybody.
    @ivar account: the id of the account of that name, if there is one: what it said under other
        names is meant too.
    @ivar since: not before this time, in POSIX seconds.
    @ivar until: not after this time.
    @ivar oldest: the first ones are wanted, and not the last ones.
    """

    author: str = ""
    account: str = ""
    since: float = 0.0
    until: float = inf
    oldest: bool = False


ANY: Final = Criteria()
"""All messages."""


class SeenRoom(Struct, frozen=True):
    """
    A room in which somebody is.

    @ivar role: what they are there.
    @ivar hidden: whether only members are told of it.
    @ivar secluded: whether only operators of the room are told that this person is there.
    @ivar voiced: whether they have a voice beside a higher role.
    """

    id: str
    name: str
    role: Role
    hidden: bool
    voiced: bool = False
    secluded: bool = False


class Sighting(Struct, frozen=True):
    """
    Somebody who is connected, as one node tells of them.

    @ivar record: what may be known of them, with their presence on that node.
    @ivar rooms: where they are, in the order of their joining.
    @ivar since: when they came, in POSIX seconds.
    @ivar actedAt: when they last did something that others could read, in POSIX seconds.
    @ivar encrypted: whether all their connections are.
    """

    record: PersonRecord
    rooms: tuple[SeenRoom, ...]
    since: float
    actedAt: float
    encrypted: bool


class Departure(Struct, frozen=True):
    """
    Somebody who bore a name, and does not any more.

    @ivar record: what could be known of them then.
    @ivar at: when it ended, in POSIX seconds.
    """

    record: PersonRecord
    at: float


class Census(Struct, frozen=True):
    """
    How many are connected.

    @ivar people: all.
    @ivar invisible: those of them who are invisible.
    @ivar operators: those who act as operators of the network.
    @ivar most: how many people there have been at the same time.
    """

    people: int
    invisible: int
    operators: int
    most: int


class RosterPart(Struct, frozen=True):
    """
    Who is in one conversation on one node.

    @ivar counter: the counter of the node's newest run that is applied in this part.
    @ivar people: who is connected there, and the seq that their joining followed.
    """

    node: str
    epoch: int
    counter: int
    people: tuple[tuple[PersonRecord, int], ...]
