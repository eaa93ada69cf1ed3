"""
Events: what happened, as immutable facts.

An event of a stored kind has a place in the log of its conversation (C{seq}: 1, 2, 3, ... without
holes); one of another kind passes through the same pipeline, in order, and is not kept. Dispatch on
events is by name: C{kind} names the method (C{apply_said}, C{event_said}, C{store_said}).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from twisted_chat.domain.values import Author, Mask, PersonRecord, RoleChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    An immutable fact.

    @cvar kind: names the kind, for dispatch.
    @cvar stored: whether it has a place in the log.
    @cvar rights: whether it changes what people may do, and so moves C{rightsSeq}.
    @cvar noise: whether people who want quiet don't see it.
    @ivar id: network-wide and opaque.
    @ivar author: who did it.
    @ivar conversations: where; all but the coming and going of people happens in just one.
    @ivar origin: the id of the session that did it; C{""} if none did.
    @ivar basis: for each conversation the seq up to which its node had applied when the rights
        were checked.
    @ivar peer: in a direct conversation, whom its author talks to.
    @ivar seq: its place in the log, from 1; 0 as long as it has none.
    @ivar at: when it was placed, in POSIX seconds; strictly grows within a conversation.
    """

    kind: ClassVar[str] = ""
    stored: ClassVar[bool] = True
    rights: ClassVar[bool] = False
    noise: ClassVar[bool] = False

    id: str
    author: Author
    conversations: tuple[str, ...]
    origin: str = ""
    basis: tuple[int, ...] = ()
    peer: Author | None = None
    seq: int = 0
    at: float = 0.0

    @property
    def conversation(self) -> str:
        """
        The id of the conversation, for the kinds that happen in one.
        """
        return self.conversations[0]

    @property
    def readable(self) -> bool:
        """
        Whether there is anything of it to show: a deleted message has no text any more.
        """
        return getattr(self, "text", None) != "" or self.kind not in ("said", "edited")

    def placed(self, seq: int, at: float) -> Self:
        """
        The same event at its place in the log.
        """
        return replace(self, seq=seq, at=at)

    def based(self, basis: tuple[int, ...]) -> Self:
        """
        The same event after its rights were checked again.
        """
        return replace(self, basis=basis)

    def following(self, after: tuple[int, ...]) -> Self:
        """
        The same event as it is announced, if it passes: it follows these seqs in its conversations.
        """
        return self

    def size(self) -> int:
        """
        About how many bytes it takes in a queue.
        """
        return 120 + len(getattr(self, "text", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Event):
    """
    Somebody said something.

    @ivar text: one or more lines, separated by C{\\n}; clean (see L{names.cleanText}).
    @ivar notice: it wants no answer (IRC's NOTICE).
    @ivar action: what the author does, in the third person (C{/me}).
    @ivar replyTo: the seq of the message that it answers, or 0.
    @ivar replyId: the id of that message, or C{""}.
    @ivar kept: whether the text goes into the log; a room may want that nothing is kept.
    @ivar read: whether speaking shows that its author has read the conversation so far.
    @ivar edited: set when read back from the log: the text is a later version.
    """

    kind: ClassVar[str] = "said"

    text: str
    notice: bool = False
    action: bool = False
    replyTo: int = 0
    replyId: str = ""
    kept: bool = True
    read: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeted(Event):
    """
    Something done to an earlier message.

    @ivar target: the seq of that message in the same conversation.
    @ivar targetId: its id.
    @ivar targetAuthor: who had said it.
    """

    target: int
    targetId: str = ""
    targetAuthor: Author | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Targeted):
    """
    A message got a new text.
    """

    kind: ClassVar[str] = "edited"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Targeted):
    """
    A message was deleted; its text is gone from the log when this is seen.
    """

    kind: ClassVar[str] = "deleted"

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(Targeted):
    """
    Somebody reacted to a message.
    """

    kind: ClassVar[str] = "reacted"

    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreacted(Targeted):
    """
    Somebody took a reaction back.
    """

    kind: ClassVar[str] = "unreacted"

    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChanged(Event):
    """
    A room has a new topic; C{""} for none.
    """

    kind: ClassVar[str] = "topic"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kicked(Event):
    """
    Somebody was put out of a room.
    """

    kind: ClassVar[str] = "kicked"
    rights: ClassVar[bool] = True

    person: str
    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(Event):
    """
    People were given roles in a room.
    """

    kind: ClassVar[str] = "roles"
    rights: ClassVar[bool] = True

    changes: tuple[RoleChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Event):
    """
    A room's settings were changed.

    @ivar changes: names and new values; see L{twisted_chat.domain.settings}.
    """

    kind: ClassVar[str] = "settings"
    rights: ClassVar[bool] = True

    changes: tuple[tuple[str, str | int | bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanged(Event):
    """
    One of a room's lists was changed.

    @ivar list: C{"ban"}, C{"exception"}, C{"invitation"} or C{"mute"}.
    @ivar added: new entries; one with the mask of an old one takes its place.
    @ivar removed: the masks of the entries that are gone.
    """

    kind: ClassVar[str] = "bans"
    rights: ClassVar[bool] = True

    list: str
    added: tuple[Mask, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRenamed(Event):
    """
    A room has a new name; its id stays.
    """

    kind: ClassVar[str] = "roomRenamed"
    rights: ClassVar[bool] = True

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived(Event):
    """
    A room was closed for talk (or opened again); what was said can still be read.
    """

    kind: ClassVar[str] = "archived"
    rights: ClassVar[bool] = True

    archived: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    """
    A room is gone, its log and all.
    """

    kind: ClassVar[str] = "ended"
    stored: ClassVar[bool] = False
    rights: ClassVar[bool] = True

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """
    Somebody became a member of a room. A registered person's membership is stored and lasts until
    it is ended; a guest is a member while connected.

    @ivar person: what others may know of them.
    @ivar node: the node where they are connected.
    @ivar followed: the seq that the joining followed; -1 as long as it has no place.
    """

    kind: ClassVar[str] = "joined"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    person: PersonRecord
    node: str
    followed: int = -1

    def following(self, after: tuple[int, ...]) -> Self:
        """
        The joining, with what it follows.
        """
        return replace(self, followed=after[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Event):
    """
    Somebody is no longer a member: of one room, or a guest who is gone of all theirs at once.

    @ivar reason: C{"left"}, C{"quit"} or C{"lost"} (the connection).
    @ivar text: what they said of it.
    """

    kind: ClassVar[str] = "left"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(Event):
    """
    Somebody has a new name, everywhere.
    """

    kind: ClassVar[str] = "renamed"
    stored: ClassVar[bool] = False

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Event):
    """
    A guest has registered and so has become, under the same id, the account of that name.
    """

    kind: ClassVar[str] = "account"
    stored: ClassVar[bool] = False

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(Event):
    """
    Somebody came online, went away or went offline, on one node.

    @ivar person: what others may know of them now, on that node.
    @ivar before: what they were for the network until then: C{"online"}, C{"away"}, C{"offline"}.
    @ivar now: what they are for the network now; the same if they are connected elsewhere too.
    @ivar reason: why they are offline: C{"quit"} or C{"lost"}; C{""} otherwise.
    @ivar text: what they said of it.
    """

    kind: ClassVar[str] = "presence"
    stored: ClassVar[bool] = False
    noise: ClassVar[bool] = True

    person: PersonRecord
    node: str
    before: str
    now: str
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """
    Somebody is invited to a room. Its conversation is the channel of the invited person.
    """

    kind: ClassVar[str] = "invited"
    stored: ClassVar[bool] = False

    room: str
    roomName: str


KINDS: dict[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        Said, Edited, Deleted, Reacted, Unreacted, TopicChanged, Kicked, RolesChanged,
        SettingsChanged, ListChanged, RoomRenamed, Archived, Ended, Joined, Left, Renamed,
        AccountChanged, PresenceChanged, Invited,
    )
}  # fmt: skip
"""Every kind of event by its name."""
