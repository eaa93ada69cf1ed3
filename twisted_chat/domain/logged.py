"""
The events that have a place in the log.
"""

from __future__ import annotations

from typing import ClassVar

from twisted_chat.domain.event import Event
from twisted_chat.domain.values import Author, Mask, RoleChange


class Said(Event, frozen=True, kw_only=True):
    """
    Somebody said something.

    @ivar text: one or more lines, separated by C{\\n}; clean (see L{names.cleanText}).
    @ivar notice: it wants no answer (IRC's NOTICE).
    @ivar action: what the author does, in the third person (C{/me}).
    @ivar replyTo: the seq of the message that it answers, or 0.
    @ivar replyId: the id of that message, or C{""}.
    @ivar meant: the id by which its author means that message, if by one: it may be that of an
        edit, see L{Targeted.shown}. It is not kept: later on all is read under the first id.
    @ivar kept: whether the text goes into the log; a room may want that nothing is kept.
    @ivar read: whether speaking shows that its author has read the conversation so far.
    @ivar styles: how parts of the text look: from, to (in characters), and the style, spelled as
        L{twisted_chat.frontends.irc.styles} says. Whoever has no styles passes them over.
    @ivar tags: what clients told each other with it, for wires that can (IRCv3 client-only tags).
    @ivar atLeast: it is only for members of at least this role; then it is not kept.
    @ivar edited: set when read back from the log: the text is a later version.
    @ivar newest: likewise, where one message is read by its number: the id of the edit that gave it
        its text. There are wires on which that stands as a message of its own.
    """

    kind: ClassVar[str] = "said"

    text: str
    notice: bool = False
    action: bool = False
    replyTo: int = 0
    replyId: str = ""
    meant: str = ""
    styles: tuple[tuple[int, int, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    atLeast: int = 0
    kept: bool = True
    read: bool = False
    edited: bool = False
    newest: str = ""


class Targeted(Event, frozen=True, kw_only=True):
    """
    Something done to an earlier message.

    @ivar target: the seq of that message in the same conversation.
    @ivar targetId: its id.
    @ivar targetAuthor: who had said it.
    @ivar shown: the id of the newest event that gave it another text or had it restored, if there
        is one: there are wires on which that stands as a message of its own. Known for edits and
        deletions once they have their place.
    @ivar meant: see L{Said.meant}.
    """

    target: int
    targetId: str = ""
    targetAuthor: Author | None = None
    shown: str = ""
    meant: str = ""


class Edited(Targeted, frozen=True, kw_only=True):
    """
    A message got a new text.

    @ivar notice: what it is stays: see L{Said}.
    @ivar action: likewise.
    """

    kind: ClassVar[str] = "edited"

    text: str
    notice: bool = False
    action: bool = False


class Deleted(Targeted, frozen=True, kw_only=True):
    """
    A message was deleted; its text is gone from the log when this is seen.

    @ivar act: the act of an operator that deletes it: as long as that can be undone, the text is
        kept aside. C{""} if it is gone for good.
    @ivar wordless: whether it was no message but L{TagsKept}, of which only clients know.
    @ivar topic: whether it was no message but a topic (L{TopicChanged}).
    @ivar current: whether that was the room's present topic, so that it has none now; known once
        this has its place.
    """

    kind: ClassVar[str] = "deleted"

    reason: str = ""
    act: str = ""
    wordless: bool = False
    topic: bool = False
    current: bool = False


class Restored(Targeted, frozen=True, kw_only=True):
    """
    A message that an operator had deleted is there again.

    @ivar text: what it reads.
    @ivar notice: see L{Said}.
    @ivar action: likewise.
    @ivar topic: see L{Deleted}.
    @ivar current: whether it is the room's topic again; known once this has its place.
    """

    kind: ClassVar[str] = "restored"

    text: str
    notice: bool = False
    action: bool = False
    topic: bool = False
    current: bool = False


class Reacted(Targeted, frozen=True, kw_only=True):
    """
    Somebody reacted to a message.

    @ivar tags: see L{Said}; the reaction may be among them, as the client has spelled it.
    """

    kind: ClassVar[str] = "reacted"

    emoji: str
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def readable(self) -> bool:
        """
        See L{Event.readable}: one that is gone from the log has no emoji any more.
        """
        return bool(self.emoji)


class Unreacted(Targeted, frozen=True, kw_only=True):
    """
    Somebody took a reaction back.

    @ivar emoji: read back from the log, C{""} where the reaction is gone from there.
    @ivar tags: see L{Reacted}.
    @ivar reaction: the id of the reaction, where one was meant by it; then it is gone from the log.
    @ivar act: the act of an operator that takes such a one away: see L{Deleted}.
    """

    kind: ClassVar[str] = "unreacted"

    emoji: str
    tags: tuple[tuple[str, str], ...] = ()
    reaction: str = ""
    act: str = ""

    @property
    def readable(self) -> bool:
        """
        See L{Event.readable}: where it has no emoji, it tells at least which reaction has gone.
        """
        return bool(self.emoji or self.reaction)


class TagsKept(Event, frozen=True, kw_only=True):
    """
    What a client tells others without a message and wants to be read again: see
    L{twisted_chat.domain.passing.Tagged}.

    @ivar tags: client-only tags and their values; none any more once it is deleted.
    """

    kind: ClassVar[str] = "tagsKept"

    tags: tuple[tuple[str, str], ...] = ()


class TopicChanged(Event, frozen=True, kw_only=True):
    """
    A room has a new topic; C{""} for none.

    @ivar deleted: set when read back from the log: there was a text, and it is deleted.
    """

    kind: ClassVar[str] = "topic"

    text: str
    deleted: bool = False

    @property
    def readable(self) -> bool:
        """
        See L{Event.readable}: one without a text has taken the topic away.
        """
        return not self.deleted


class Kicked(Event, frozen=True, kw_only=True):
    """
    Somebody was put out of a room.
    """

    kind: ClassVar[str] = "kicked"
    rights: ClassVar[bool] = True

    person: str
    name: str
    reason: str = ""


class RolesChanged(Event, frozen=True, kw_only=True):
    """
    People were given roles in a room.
    """

    kind: ClassVar[str] = "roles"
    rights: ClassVar[bool] = True

    changes: tuple[RoleChange, ...]


class RolesGoneOver(RolesChanged, frozen=True, kw_only=True):
    """
    Somebody has in a room the role of the account as which they go on now, or no longer that of the
    one before; or they are there under another name, too, than the one under which their role was
    changed. It follows from L{AccountChanged<twisted_chat.domain.passing.AccountChanged>} or from
    L{RolesChanged}: no node publishes it, each tells its own people.
    """

    stored: ClassVar[bool] = False
    rights: ClassVar[bool] = False


class SettingsChanged(Event, frozen=True, kw_only=True):
    """
    A room's settings were changed.

    @ivar changes: names and new values; see L{twisted_chat.domain.settings}.
    """

    kind: ClassVar[str] = "settings"
    rights: ClassVar[bool] = True

    changes: tuple[tuple[str, str | int | bool], ...]


class ListChanged(Event, frozen=True, kw_only=True):
    """
    One of a room's lists was changed.

    @ivar list: see L{twisted_chat.domain.room.LISTS}.
    @ivar added: new entries; one with the mask of an old one takes its place.
    @ivar removed: the masks of the entries that are gone.
    @ivar reasons: of entries that stay, by their masks, the reasons that they have now: C{""} for
        one that is gone with what its author wrote. It is no news to anybody.
    """

    kind: ClassVar[str] = "bans"
    rights: ClassVar[bool] = True

    list: str
    added: tuple[Mask, ...] = ()
    removed: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


class RoomRenamed(Event, frozen=True, kw_only=True):
    """
    A room has a new name; its id stays.

    @ivar taking: the id of another room that had the new name until not long ago, and to which it
        leads no longer.
    """

    kind: ClassVar[str] = "roomRenamed"
    rights: ClassVar[bool] = True
    renames: ClassVar[bool] = True

    old: str
    new: str
    reason: str = ""
    taking: str = ""


class Archived(Event, frozen=True, kw_only=True):
    """
    A room was closed for talk (or opened again); what was said can still be read.
    """

    kind: ClassVar[str] = "archived"
    rights: ClassVar[bool] = True

    archived: bool = True
