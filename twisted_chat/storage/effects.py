"""
What follows from an event, in the same transaction: C{store_KIND} for each kind that has effects.

An effect is called before its event gets its place for good, and may refuse it; then it has
changed nothing. It may give back the event with more in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy import case, delete, select, update

from twisted_chat.domain.errors import (
    AlreadyReacted,
    NameTaken,
    NoSuchMessage,
    RoomGone,
    RoomInUse,
)
from twisted_chat.domain.events import (
    AccountChanged,
    Archived,
    Deleted,
    Edited,
    Ended,
    Event,
    Joined,
    Kicked,
    Left,
    ListChanged,
    MetadataChanged,
    Reacted,
    Restored,
    RolesChanged,
    RoomRenamed,
    Said,
    SettingsChanged,
    Targeted,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.ids import QUOTE, readersOf
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED
from twisted_chat.storage.accounts import requireLasting
from twisted_chat.storage.acts import keepAside, takeBack
from twisted_chat.storage.codec import withoutTexts
from twisted_chat.storage.formernames import forgetFormer, formerRoomId, noteRenamed
from twisted_chat.storage.heads import Head, Heads
from twisted_chat.storage.joining import join, joinedAsGuest
from twisted_chat.storage.pending import Pending
from twisted_chat.storage.people import setMetadata
from twisted_chat.storage.quotes import OF_ROW, blankQuotes, isThere
from twisted_chat.storage.remarks import retract, reword
from twisted_chat.storage.rows import add, alter, has, put, rankNumber, remove
from twisted_chat.storage.schema import (
    DIRECT,
    ENDED,
    conversations,
    deviceMarks,
    hidden,
    log,
    masks,
    memberships,
    metadata,
    readMarks,
    roles,
    settings,
)
from twisted_chat.storage.sqlite_link import Link
from twisted_chat.storage.targets import reactionOf, takenBack, targetOf
from twisted_chat.storage.topics import Topics
from twisted_chat.storage.unswept import EMPTY, UNSWEPT, sweepLater
from twisted_chat.storage.versions import blankMessage, blankVersions
from twisted_chat.storage.words import searchText

ENTERED_EVERY = 60.0
"""Entering a room is written down again when it has been this many seconds."""

GONE = "~"
"""What the id of an ended room begins with, as long as its log is not removed yet."""


class Effects:
    """
    What events of each kind do to the tables beside the log.

    @ivar byKind: by kind of event, what it does in each of its conversations.
    @ivar passing: by kind of those that pass, what each does beside that.
    @ivar notesEntries: whether it is written down when somebody enters a room.
    @ivar erased: the ids of accounts that were erased since the start: somebody may be connected
        still, and speak.
    """

    def __init__(self, link: Link, heads: Heads, pending: Pending) -> None:
        """
        @param link: what writes.
        @param heads: where the conversations stand.
        @param pending: what is still to be written.
        """
        self._link = link
        self._heads = heads
        self._pending = pending
        self._topics = Topics(link)
        self.notesEntries = True
        self.erased: set[str] = set()
        self.byKind: dict[str, Callable[[Head, Any], Event | None]] = {
            name.removeprefix("store_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("store_")
        }
        self.passing: dict[str, Callable[[Any], None]] = {MetadataChanged.kind: self.keep_metadata}

    def beginDirect(self, id: str, event: Said, at: float) -> Head:
        """
        Somebody says the first thing in a private conversation.

        @param id: of the conversation.
        @param at: POSIX seconds.
        """
        values = {"id": id, "kind": DIRECT, "created_at": at, "entered_at": at}
        made = add(self._link.writing, conversations, values)
        (number,) = made.inserted_primary_key or (0,)
        people = [who for who in (event.peer, event.author) if who is not None]
        named = {who.id: who.account or who.name for who in people}
        names = {person: named.get(person, "") for person in readersOf(id)}
        for person, name in names.items():
            belonging = {"conversation": number, "person": person, "name": name}
            add(self._link.writing, memberships, belonging)
        head = Head(number, entered=at, names=names)
        self._heads.put(id, head)
        return head

    def store_said(self, head: Head, event: Said) -> None:
        """
        Whoever speaks has read. In private the name that they have for good is kept, or a guest's
        last one. What is quoted must not have gone meanwhile.
        """
        author = event.author
        if event.id.startswith(QUOTE) and not author.id:
            self._pending.flush()
            if not isThere(self._link.connection, event.id.removeprefix(QUOTE)):
                raise NoSuchMessage(number="that")
        if event.read and author.account and author.id not in self.erased:
            self._pending.marks[head.number, author.id] = event.seq
        names = head.names
        if names is not None and names.get(author.id) != (author.account or author.name):
            name = names[author.id] = author.account or author.name
            key = {"conversation": head.number, "person": author.id}
            put(self._link.writing, memberships, key, {"name": name})

    def store_edited(self, head: Head, event: Edited) -> Edited:
        """
        The message reads differently now; the first text stays for those who read on from then.
        """
        row, _, _ = self._target(head, event)
        event = self._pending.versions.shown(self._link.connection, head.number, row, event)
        values = {"present": event.text, "edited_seq": event.seq}
        alter(self._link.writing, log, {"row": row}, values)
        self._link.replaceWords(row, searchText(event.text))
        return event

    def store_deleted(self, head: Head, event: Deleted) -> Deleted:
        """
        The text goes, from the log, its later versions, and the index for searching. Only as long
        as an operator can undo it, it is kept aside.
        """
        if event.topic:
            self._pending.flush()
            return self._topics.delete(head.number, event)
        row, text, data = self._target(head, event)
        connection, target = self._link.writing, event.target
        keepAside(connection, head.number, target, event.act, text)
        blankMessage(connection, row, withoutTexts(data))
        # Nothing was ever done to most messages.
        if blankVersions(connection, head.number, target, target, event.seq):
            event = self._pending.versions.shown(connection, head.number, row, event)
        self._link.removeWords([row])
        blankQuotes(connection, OF_ROW, {"row": row})
        sweepLater(connection)
        return event

    def store_restored(self, head: Head, event: Restored) -> Restored:
        """
        The message reads as it did, if its text is still kept aside.
        """
        if event.topic:
            self._pending.flush()
            return self._topics.restore(head.number, event)
        row, _, _ = self._target(head, event, deleted=True)
        takeBack(self._link.writing, head.number, event.target)
        later = case((log.c.edited_seq.is_not(None), event.text))
        back = {"text": event.text, "present": later, "deleted": False}
        self._link.writing.execute(update(log).where(log.c.row == row).values(back))
        self._pending.index.restore(row, event.text, head.number)
        self._pending.versions.note(row, event.id)
        return event

    def store_reacted(self, head: Head, event: Reacted) -> None:
        """
        There must be something to react to, and this is not there yet.
        """
        self._target(head, event)
        if reactionOf(self._link.connection, head.number, event)[0]:
            raise AlreadyReacted(emoji=event.emoji, number=event.target)

    def store_unreacted(self, head: Head, event: Unreacted) -> Unreacted:
        """
        The reaction must be there; where it is meant by its id, it goes.
        """
        self._target(head, event)
        event = takenBack(self._link.connection, head.number, event)
        if event.reaction:
            retract(self._link.writing, head.number, event)
        return event

    def store_topic(self, head: Head, event: TopicChanged) -> None:
        """
        The room's topic, who set it, and when.
        """
        self._topics.set(head.number, event)

    def store_kicked(self, head: Head, event: Kicked) -> None:
        """
        Whoever is put out is no longer a member.
        """
        self._leave(head, event.person)

    def store_roles(self, head: Head, event: RolesChanged) -> None:
        """
        The roles of people.
        """
        for change in event.changes:
            key = {"conversation": head.number, "person": change.person}
            if change.role == Role.MEMBER:
                remove(self._link.writing, roles, key)
            else:
                number = rankNumber(change.role, change.voiced)
                put(self._link.writing, roles, key, {"name": change.name, "role": number})

    def store_settings(self, head: Head, event: SettingsChanged) -> None:
        """
        The room's settings.
        """
        for name, value in event.changes:
            written = msgspec.json.encode(value).decode()
            key = {"conversation": head.number, "name": name}
            put(self._link.writing, settings, key, {"value": written})
            if name == "hidden" and value:
                forgetFormer(self._link.connection, head.number)

    def store_bans(self, head: Head, event: ListChanged) -> None:
        """
        The room's lists; what has run out goes without a word.
        """
        whole = {"conversation": head.number, "list": event.list}
        here = (masks.c.conversation == head.number) & (masks.c.list == event.list)
        over = (masks.c.until > 0) & (masks.c.until <= event.at)
        connection = self._link.writing
        connection.execute(delete(masks).where(here & over))
        for mask in event.removed:
            remove(connection, masks, {**whole, "mask": mask})
        for entry in event.added:
            values = {**asdict(entry), "author": event.author.id}
            put(connection, masks, {**whole, "mask": entry.mask}, values)
        reword(connection, head.number, event)

    def store_roomRenamed(self, head: Head, event: RoomRenamed) -> None:
        """
        The room's name, which no other room may have, nor have had until not long ago.
        """
        fold = foldRoom(event.new)
        here = conversations.c
        other = select(here.number).where(here.fold == fold, here.number != head.number)
        former = formerRoomId(self._link.connection, fold, event.at)
        mine = former in (None, event.taking, event.conversation)
        if not mine or self._link.writing.execute(other).first() is not None:
            raise NameTaken(name=event.new)
        self._change(head, name=event.new, fold=fold)
        noteRenamed(self._link.connection, head.number, event)

    def store_archived(self, head: Head, event: Archived) -> None:
        """
        Whether the room is closed for talk.
        """
        self._change(head, archived=event.archived)

    def store_ended(self, head: Head, event: Ended) -> None:
        """
        Nobody finds the room any more. Its log may be long, so the sweep removes it, bit by bit.
        One that ends since nobody was in it stays for those who have come in before that.
        """
        if event.idleSince and head.seen >= event.idleSince:
            raise RoomInUse(room="the room")
        self._pending.flush()
        about = {"target": event.conversation}
        held = head.seq or not event.idleSince or has(self._link.connection, metadata, about)
        connection = self._link.writing
        for table in (settings, roles, masks, memberships, readMarks, deviceMarks, hidden):
            remove(connection, table, {"conversation": head.number})
        remove(connection, metadata, about)
        # The number tells it from one that ended under the same id before.
        gone = f"{GONE}{head.number}"
        topic = {"topic": "", "topic_by": "", "topic_author": "", "topic_at": 0.0}
        self._change(head, id=gone, kind=ENDED, fold=None, name="", **topic)
        self._heads.put(event.conversation, None)
        sweepLater(connection, UNSWEPT if held else EMPTY)

    def store_joined(self, head: Head, event: Joined) -> None:
        """
        A registered person's membership lasts. That of a guest, or of somebody under another name
        than their account's, doesn't, and costs no commit.
        """
        lasting = event.person.account and not event.person.identity
        if lasting:
            requireLasting(self._link.connection, event.person.id)
        head.seen = event.at
        if self.notesEntries and event.at - head.entered >= ENTERED_EVERY:
            head.entered = event.at
            head.moved = True
        if event.invitation:
            key = {"conversation": head.number, "list": INVITED, "mask": event.invitation}
            remove(self._link.writing, masks, key)
        if lasting:
            who = event.person
            join(self._link.writing, head.number, who.id, who.account, head.seq)

    def store_left(self, head: Head, event: Left) -> None:
        """
        Whoever leaves on purpose is no longer a member.
        """
        author = event.author
        if author.account and not author.face and event.reason == "left":
            self._leave(head, author.id)

    def store_account(self, head: Head, event: AccountChanged) -> None:
        """
        The memberships of somebody who was a guest until now.
        """
        lasting = event.account and not event.identity and not event.author.face
        if lasting and head.names is None:
            who, joined = event.author.id, joinedAsGuest(self._heads, head, event)
            if joined < head.seq:
                # They have read what was told to them.
                self._pending.marks[head.number, who] = head.seq
            join(self._link.writing, head.number, who, event.account, joined)

    # What is kept of an event that passes, wherever it is told: called once for it.

    def keep_metadata(self, event: MetadataChanged) -> None:
        """
        What is noted of a room, or of somebody registered.
        """
        owner, connection = event.owner, self._link.connection
        if owner:
            if not requireLasting(connection, owner) and self._heads.get(owner) is None:
                raise RoomGone()
            setMetadata(self._link.writing, owner, event.key, event.value)

    def _leave(self, head: Head, person: str) -> None:
        remove(self._link.writing, memberships, {"conversation": head.number, "person": person})

    def _target(
        self, head: Head, event: Targeted, deleted: bool = False
    ) -> tuple[int, str, str | None]:
        """
        The message to which something is done.

        @param deleted: whether it is to be deleted, or not.
        @return: its row, its present text, and its C{data}.
        """
        self._pending.flush()
        return targetOf(self._link.connection, head.number, event, deleted)

    def _change(self, head: Head, **values: object) -> None:
        alter(self._link.writing, conversations, {"number": head.number}, values)
