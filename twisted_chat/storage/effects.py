"""
What follows from an event, in the same transaction: C{store_KIND} for each kind that has effects.

An effect is called before its event gets its place for good, and may refuse it; then it has
changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Table, and_, bindparam, delete, insert, literal, select, update

from twisted_chat.domain.errors import NameTaken, NoSuchMessage
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
    Reacted,
    RolesChanged,
    RoomRenamed,
    Said,
    SettingsChanged,
    Targeted,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.ids import readersOf
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.roles import Role
from twisted_chat.storage.codec import LogRow, rowOf
from twisted_chat.storage.heads import Head, Heads
from twisted_chat.storage.schema import (
    DIRECT,
    ENDED,
    conversations,
    facts,
    log,
    masks,
    memberships,
    readMarks,
    roles,
    settings,
)
from twisted_chat.storage.sqlite_link import Link
from twisted_chat.storage.words import searchText

ENTERED_EVERY = 60.0
"""Entering a room is written down again when it has been this many seconds."""

UNSWEPT = "unswept"
"""The fact that counts the deletions since the files were swept."""

GONE = "~"
"""What the id of an ended room begins with, as long as its log is not removed yet."""


class Pending:
    """
    What the present transaction has still to write: many rows at once cost half.
    """

    def __init__(self, link: Link) -> None:
        """
        @param link: what writes it.
        """
        self._link = link
        self._next = 0
        self.rows: list[LogRow] = []
        self.words: list[tuple[int, str]] = []
        self.marks: dict[tuple[int, str], int] = {}

    def add(self, event: Event, number: int) -> None:
        """
        An event goes into the log.

        @param number: of its conversation.
        """
        row = self._next or self._first()
        self._next = row + 1
        self.rows.append(rowOf(event, row, number))
        if event.kind == Said.kind:
            self.words.append((row, searchText(event.text)))  # type: ignore[attr-defined]

    def flush(self) -> None:
        """
        Write what there is, so that it can be looked up and changed.
        """
        if self.rows:
            self._link.addRows(self.rows)
            self.rows = []
        if self.words:
            self._link.addWords(self.words)
            self.words = []
        if self.marks:
            self._link.moveMarks([(n, person, seq) for (n, person), seq in self.marks.items()])
            self.marks = {}

    def forget(self) -> None:
        """
        The transaction has failed.
        """
        self._next = 0
        self.rows = []
        self.words = []
        self.marks = {}

    def _first(self) -> int:
        newest = select(log.c.row).order_by(log.c.row.desc()).limit(1)
        return int(self._link.connection.execute(newest).scalar() or 0) + 1


class Effects:
    """
    What events of each kind do to the tables beside the log.
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
        self.byKind: dict[str, Callable[[Head, Any], None]] = {
            name.removeprefix("store_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("store_")
        }

    def beginDirect(self, id: str, event: Said, at: float) -> Head:
        """
        Somebody says the first thing in a private conversation.

        @param id: of the conversation.
        @param at: POSIX seconds.
        """
        values = {"id": id, "kind": DIRECT, "created_at": at, "entered_at": at}
        made = self._link.run(insert(conversations).values(values))
        (number,) = made.inserted_primary_key or (0,)
        named = {who.id: who.name for who in (event.peer, event.author) if who is not None}
        names = {person: named.get(person, "") for person in readersOf(id)}
        for person, name in names.items():
            row = {"conversation": number, "person": person, "name": name}
            self._link.run(insert(memberships).values(row))
        head = Head(number, entered=at, names=names)
        self._heads.put(id, head)
        return head

    def store_said(self, head: Head, event: Said) -> None:
        """
        Who speaks has read; in private the name under which they were last seen is kept.
        """
        author = event.author
        if event.read and author.account:
            self._pending.marks[head.number, author.id] = event.seq
        names = head.names
        if names is not None and names.get(author.id) != author.name:
            names[author.id] = author.name
            key = {"conversation": head.number, "person": author.id}
            self._put(memberships, key, {"name": author.name})

    def store_edited(self, head: Head, event: Edited) -> None:
        """
        The message reads differently now; as it was first said it stays for who reads on from then.
        """
        row = self._target(head, event)
        values = {"present": event.text, "edited_seq": event.seq}
        self._link.run(update(log).where(log.c.row == row).values(values))
        self._link.replaceWords(row, searchText(event.text))

    def store_deleted(self, head: Head, event: Deleted) -> None:
        """
        The text goes, from the log, its later versions, and the index for searching.
        """
        row = self._target(head, event)
        edits = and_(
            log.c.conversation == head.number,
            log.c.target == event.target,
            log.c.kind == Edited.kind,
        )
        # No other field of a message or an edit holds any of its text.
        for which in (log.c.row == row, edits):
            blank = {"text": "", "present": None, "deleted": True}
            self._link.run(update(log).where(which).values(blank))
        self._link.removeWords([row])
        self._sweepLater()

    def store_reacted(self, head: Head, event: Reacted) -> None:
        """
        There must be something to react to.
        """
        self._target(head, event)

    def store_unreacted(self, head: Head, event: Unreacted) -> None:
        """
        As with a reaction.
        """
        self._target(head, event)

    def store_topic(self, head: Head, event: TopicChanged) -> None:
        """
        The room's topic, who set it, and when.
        """
        self._change(head, topic=event.text, topic_by=event.author.name, topic_at=event.at)

    def store_kicked(self, head: Head, event: Kicked) -> None:
        """
        Who is put out is no member any more.
        """
        self._leave(head, event.person)

    def store_roles(self, head: Head, event: RolesChanged) -> None:
        """
        The roles of people.
        """
        for change in event.changes:
            key = {"conversation": head.number, "person": change.person}
            if change.role == Role.MEMBER:
                self._remove(roles, key)
            else:
                self._put(roles, key, {"name": change.name, "role": int(change.role)})

    def store_settings(self, head: Head, event: SettingsChanged) -> None:
        """
        The room's settings.
        """
        for name, value in event.changes:
            written = msgspec.json.encode(value).decode()
            self._put(settings, {"conversation": head.number, "name": name}, {"value": written})

    def store_bans(self, head: Head, event: ListChanged) -> None:
        """
        The room's lists.
        """
        for mask in event.removed:
            self._remove(masks, {"conversation": head.number, "list": event.list, "mask": mask})
        for entry in event.added:
            key = {"conversation": head.number, "list": event.list, "mask": entry.mask}
            values = {
                "setter": entry.setter,
                "at": entry.at,
                "until": entry.until,
                "reason": entry.reason,
            }
            self._put(masks, key, values)

    def store_roomRenamed(self, head: Head, event: RoomRenamed) -> None:
        """
        The room's name, which no other room may have.
        """
        fold = foldRoom(event.new)
        other = select(conversations.c.number).where(
            conversations.c.fold == fold, conversations.c.number != head.number
        )
        if self._link.run(other).first() is not None:
            raise NameTaken(name=event.new)
        self._change(head, name=event.new, fold=fold)

    def store_archived(self, head: Head, event: Archived) -> None:
        """
        Whether the room is closed for talk.
        """
        self._change(head, archived=event.archived)

    def store_ended(self, head: Head, event: Ended) -> None:
        """
        Nobody finds the room any more. Its log may be long, so the sweep removes it, bit by bit.
        """
        self._pending.flush()
        for table in (settings, roles, masks, memberships, readMarks):
            self._remove(table, {"conversation": head.number})
        # The number tells it from one that ended under the same id before.
        hidden = f"{GONE}{head.number}"
        self._change(
            head, id=hidden, kind=ENDED, fold=None, name="", topic="", topic_by="", topic_at=0.0
        )
        self._heads.put(event.conversation, None)
        self._sweepLater()

    def store_joined(self, head: Head, event: Joined) -> None:
        """
        A registered person's membership lasts. That of a guest doesn't, and costs no commit.
        """
        if event.at - head.entered >= ENTERED_EVERY:
            head.entered = event.at
            head.moved = True
        if event.person.account:
            self._join(head, event.person.id, event.person.account)

    def store_left(self, head: Head, event: Left) -> None:
        """
        Who leaves on purpose is no member any more.
        """
        if event.author.account and event.reason == "left":
            self._leave(head, event.author.id)

    def store_account(self, head: Head, event: AccountChanged) -> None:
        """
        The memberships of somebody who was a guest until now.
        """
        if head.names is None:
            self._join(head, event.author.id, event.account)

    def _join(self, head: Head, person: str, name: str) -> None:
        key = {"conversation": head.number, "person": person}
        there = select(literal(1)).where(*_matching(memberships, key))
        if self._link.run(there).first() is None:
            values = {**key, "name": name, "joined_seq": head.seq}
            self._link.run(insert(memberships).values(values))

    def _leave(self, head: Head, person: str) -> None:
        self._remove(memberships, {"conversation": head.number, "person": person})

    def _target(self, head: Head, event: Targeted) -> int:
        """
        The row of the message to which something is done.
        """
        if not 0 < event.target < event.seq:
            raise NoSuchMessage(number=event.target)
        self._pending.flush()
        found = self._link.connection.execute(
            _TARGET, {"number": head.number, "seq": event.target}
        ).one_or_none()
        if found is None:
            raise NoSuchMessage(number=event.target)
        row, id, author = found
        wanted = event.targetAuthor
        if (wanted is not None and wanted.id != author) or event.targetId not in ("", id):
            raise NoSuchMessage(number=event.target)
        return int(row)

    def _change(self, head: Head, **values: object) -> None:
        where = conversations.c.number == head.number
        self._link.run(update(conversations).where(where).values(values))

    def _put(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        changed = self._link.run(update(table).where(*_matching(table, key)).values(values))
        if not changed.rowcount:
            self._link.run(insert(table).values({**key, **values}))

    def _remove(self, table: Table, key: Mapping[str, Any]) -> None:
        self._link.run(delete(table).where(*_matching(table, key)))

    def _sweepLater(self) -> None:
        counted = update(facts).where(facts.c.name == UNSWEPT).values(value=facts.c.value + 1)
        if not self._link.run(counted).rowcount:
            self._link.run(insert(facts).values(name=UNSWEPT, value=1))


_TARGET = select(log.c.row, log.c.id, log.c.author).where(
    log.c.conversation == bindparam("number"),
    log.c.seq == bindparam("seq"),
    log.c.kind == Said.kind,
    ~log.c.deleted,
)


def _matching(table: Table, key: Mapping[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]
