"""
Taking the log out of a database, and into one, as the lines of L{twisted_chat.storage.loglines}.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy.exc import DBAPIError

from twisted_chat.domain.errors import BadInput, BadName, NoSuchRoom
from twisted_chat.domain.events import KINDS
from twisted_chat.domain.ids import Ids, isDirect
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.units import MIB
from twisted_chat.storage.codec import CODECS
from twisted_chat.storage.loglines import (
    LOG,
    MOST_ID,
    VERSION,
    Beginning,
    Belonging,
    ConversationLine,
    Entry,
    EventLine,
    Given,
    Kind,
    Person,
)
from twisted_chat.storage.rows import rankNumber, rankOf
from twisted_chat.storage.schema import DIRECT, ROOM
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_copy import moment, refusing, requireRevision
from twisted_chat.storage.sqlite_index import WordIndex
from twisted_chat.storage.sqlite_link import Link, OutcomeUnknown
from twisted_chat.storage.sqlite_open import connect, openEngine
from twisted_chat.storage.threads import NoThreads
from twisted_chat.storage.versions import GONE

MOST_LINE = 16 * MIB
"""A longer line is none of ours."""

_encode = msgspec.json.Encoder().encode
_kindOf = msgspec.json.Decoder(Kind).decode
_beginningOf = msgspec.json.Decoder(Beginning).decode
_conversationOf = msgspec.json.Decoder(ConversationLine).decode
_eventOf = msgspec.json.Decoder(EventLine).decode


def exported(database: Path, room: str | None = None) -> Iterator[bytes]:
    """
    The log, as it is at one moment; a server may run meanwhile.

    @param room: only this one, by its name.
    @return: the lines.
    @raise NoSuchRoom: there is no such room.
    @raise BadInput: the data is of another version of the program.
    @raise sqlite3.Error: the database can't be read.
    """
    with moment(database) as connection:
        requireRevision(connection)
        where, values = "kind IN (?, ?)", (ROOM, DIRECT)
        if room is not None:
            where, values = "kind = ? AND fold = ?", (ROOM, _foldOf(room))
        numbers = connection.execute(
            f"SELECT number FROM conversations WHERE {where} ORDER BY kind DESC, number",  # noqa: S608
            values,
        ).fetchall()
        if room is not None and not numbers:
            raise NoSuchRoom(room=room)
        yield _encode(Beginning()) + b"\n"
        for (number,) in numbers:
            line = _conversation(connection, number)
            yield _encode(line) + b"\n"
            yield from _events(connection, number, line.conversation)


def _foldOf(room: str) -> str:
    try:
        return foldRoom(roomName(room))
    except BadName:
        raise NoSuchRoom(room=room) from None


def _conversation(connection: sqlite3.Connection, number: int) -> ConversationLine:
    row = connection.execute(
        "SELECT kind, id, name, head, created_at, topic, topic_by, topic_author, topic_at,"
        " archived"
        " FROM conversations WHERE number = ?",
        (number,),
    ).fetchone()
    kind, id, name, head, createdAt, topic, topicBy, topicAuthor, topicAt, archived = row

    def rows(statement: str) -> list[tuple[Any, ...]]:
        return connection.execute(f"{statement} WHERE conversation = ?", (number,)).fetchall()

    lists: dict[str, tuple[Entry, ...]] = {}
    for which, *entry in rows('SELECT list, mask, setter, at, "until", reason, author FROM masks'):
        lists[which] = (*lists.get(which, ()), Entry(*entry))
    return ConversationLine(
        kind=kind,
        conversation=name if kind == ROOM else id,
        id=id if kind == ROOM else "",
        head=head,
        createdAt=createdAt,
        topic=topic,
        topicBy=topicBy,
        topicAuthor=topicAuthor,
        topicAt=topicAt,
        archived=bool(archived),
        settings={
            key: msgspec.json.decode(value)
            for key, value in rows("SELECT name, value FROM settings")
        },
        roles=tuple(
            Given(person, name, *rankOf(kept))
            for person, name, kept in rows("SELECT person, name, role FROM roles")
        ),
        lists=lists,
        members=tuple(
            Belonging(*one) for one in rows("SELECT person, name, joined_seq FROM memberships")
        ),
        read=dict(rows("SELECT person, seq FROM read_marks")),
    )


def _events(connection: sqlite3.Connection, number: int, name: str) -> Iterator[bytes]:
    for row in connection.execute(
        "SELECT kind, seq, id, at, author, author_name, author_account,"  # noqa: S608 - our own names
        f" CASE WHEN {GONE} THEN '' ELSE text END, target, data,"
        f" present, edited_seq, deleted OR {GONE} FROM log WHERE conversation = ? ORDER BY seq",
        (number,),
    ):
        kind, seq, id, at, author, authorName, account, text, target, data, *state = row
        present, editedSeq, deleted = state
        line = EventLine(
            kind=kind,
            conversation=name,
            seq=seq,
            id=id,
            at=at,
            author=Person(author, authorName, bool(account)),
            # What was deleted had an empty one, for a while, whatever it was.
            text=text if CODECS[kind].hasText else None,
            target=target,
            data=msgspec.Raw(data.encode()) if data else msgspec.UNSET,
            present=present,
            editedSeq=editedSeq,
            deleted=bool(deleted),
        )
        yield _encode(line) + b"\n"


@dataclass(slots=True)
class Taken:
    """
    What was taken in.
    """

    conversations: int = 0
    events: int = 0


def importFrom(file: IO[bytes], database: Path, seconds: Callable[[], float]) -> Taken:
    """
    Take lines into a database: all of them, or none. It is brought up to date, or made, before.

    @param file: the lines.
    @param database: no server has it open.
    @param seconds: the time now, in POSIX seconds.
    @raise BadInput: a line is wrong, or what it tells of is there already.
    @raise StartRefused: the database can't be used.
    """
    SqliteStore(f"sqlite:///{database}", NoThreads(), seconds).prepare()
    engine = openEngine(str(database), connect, 0)
    link = Link(engine, True)
    with refusing(f"{database} can't be written"):
        try:
            link.begin()
            taking = _Taking(link, seconds)
            taking.takeAll(file)
            link.commit()
            # Now, rather than when people want to talk; what is lacking then the server takes up.
            with suppress(sqlite3.Error, OutcomeUnknown):
                WordIndex(link).catchUp()
        except (OutcomeUnknown, DBAPIError) as error:
            link.abandon(error)
            raise BadInput(
                why=f"{database} can't be written: {error.__cause__ or error}."
            ) from error
        except BaseException as error:
            link.abandon(error)
            raise
        finally:
            link.close()
            engine.dispose()
    return taking.taken


@dataclass(slots=True)
class _Conversation:
    """
    A conversation that is being taken in.
    """

    number: int
    head: int
    seq: int = 0
    events: int = 0
    rights: int = 0
    at: float = 0.0


class _Taking:
    """
    Takes lines in, in one transaction.
    """

    def __init__(self, link: Link, seconds: Callable[[], float]) -> None:
        self._link = link
        self._now = seconds()
        self._newId = Ids(seconds)
        self._open: dict[str, _Conversation] = {}
        self._row: int = self._first("SELECT coalesce(max(row), 0) FROM log")
        self.taken = Taken()

    def takeAll(self, file: IO[bytes]) -> None:
        """
        Take in all lines of a file.
        """
        number = 0
        while line := file.readline(MOST_LINE + 1):
            number += 1
            try:
                if len(line) > MOST_LINE:
                    raise BadInput(why=f"it is longer than {MOST_LINE} bytes")
                if line.strip():
                    self._take(line, number)
            except (BadInput, BadName) as error:
                raise BadInput(why=f"Line {number}: {error.text.rstrip('.')}.") from error
            except sqlite3.IntegrityError as error:
                raise BadInput(why=f"Line {number}: it has something twice.") from error
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise BadInput(why=f"Line {number} is not as it should be: {error}.") from error
            except RecursionError as error:
                raise BadInput(why=f"Line {number} is nested too deeply.") from error
        if not number:
            raise BadInput(why="There are no lines; an export has one at least.")
        self._end()

    def _take(self, line: bytes, number: int) -> None:
        kind = _kindOf(line).kind
        if number == 1:
            if kind != LOG or _beginningOf(line).version != VERSION:
                raise BadInput(why=f'it has to be {{"kind":"{LOG}","version":{VERSION}}}')
        elif kind in (ROOM, DIRECT):
            self._takeConversation(_conversationOf(line))
        else:
            self._takeEvent(_eventOf(line))

    def _first(self, statement: str, *values: object) -> Any:
        found = self._link.raw.execute(statement, values).fetchone()
        return None if found is None else found[0]

    def _insert(self, table: str, **values: object) -> int:
        columns = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our own
        made = self._link.raw.execute(statement, tuple(values.values()))
        assert made.lastrowid is not None
        return made.lastrowid

    def _takeConversation(self, line: ConversationLine) -> _Conversation:
        line.check()
        isRoom = line.kind == ROOM
        name = fold = None
        if isRoom:
            name = roomName(line.conversation)
            fold = foldRoom(name)
            id = line.id or self._newId()
        else:
            id = line.conversation
            if not isDirect(id) or len(id[1:].split("=")) != 2:
                raise BadInput(why=f"{id} is no private conversation")
        if len(id) > 2 * MOST_ID or (isRoom and isDirect(id)):
            raise BadInput(why=f"{id} can't be the id of a room")
        there = "SELECT name FROM conversations WHERE id = ? OR fold = ?"
        if self._first(there, id, fold) is not None:
            raise BadInput(why=f"{line.conversation} is there already; nothing is overwritten")
        number = self._insert(
            "conversations",
            id=id,
            kind=line.kind,
            name=name or "",
            fold=fold,
            created_at=line.createdAt,
            # To take it in counts as entering it: it is not to end at once for being old.
            entered_at=self._now,
            topic=line.topic,
            topic_by=line.topicBy,
            topic_author=line.topicAuthor,
            topic_at=line.topicAt,
            archived=line.archived,
        )
        self._takeBelongings(line, number)
        taken = self._open[line.conversation] = _Conversation(number, line.head)
        self.taken.conversations += 1
        return taken

    def _takeBelongings(self, line: ConversationLine, number: int) -> None:
        here = {"conversation": number}
        for name, value in line.settings.items():
            self._insert("settings", **here, name=name, value=_encode(value).decode())
        for one in line.roles:
            kept = rankNumber(one.role, one.voiced)
            self._insert("roles", **here, person=one.person, name=one.name, role=kept)
        for which, entries in line.lists.items():
            for entry in entries:
                self._insert("masks", **here, list=which, **asdict(entry))
        for member in line.members:
            self._insert(
                "memberships",
                **here,
                person=member.person,
                name=member.name,
                joined_seq=member.joinedSeq,
            )
        for person, seq in line.read.items():
            self._insert("read_marks", **here, person=person, seq=seq)

    def _takeEvent(self, line: EventLine) -> None:
        line.check()
        here = self._open.get(line.conversation)
        if here is None:
            if isDirect(line.conversation):
                raise BadInput(why=f"{line.conversation} has no line of its own before it")
            here = self._takeConversation(ConversationLine(ROOM, line.conversation))
        if line.seq <= here.seq or line.at <= here.at:
            raise BadInput(why=f"{line.conversation} #{line.seq} is not behind #{here.seq}")
        if self._first("SELECT 1 FROM log WHERE id = ?", line.id) is not None:
            raise BadInput(why=f"the event {line.id} is there already; nothing is overwritten")
        self._row += 1
        self._insert(
            "log",
            row=self._row,
            conversation=here.number,
            seq=line.seq,
            id=line.id,
            at=line.at,
            kind=line.kind,
            author=line.author.id,
            author_name=line.author.name,
            author_account=line.author.account,
            text=line.text,
            target=line.target,
            data=None if line.data is msgspec.UNSET else bytes(line.data).decode(),
            present=line.present,
            edited_seq=line.editedSeq,
            deleted=line.deleted,
        )
        here.seq, here.at = line.seq, line.at
        here.events += 1
        if KINDS[line.kind].rights:
            here.rights = line.seq
        self.taken.events += 1

    def _end(self) -> None:
        """
        Tell where the conversations stand.
        """
        for here in self._open.values():
            head = max(here.head, here.seq)
            self._link.raw.execute(
                "UPDATE conversations SET head = ?, rights_seq = ?, last_at = ?, holed = ?"
                " WHERE number = ?",
                (head, here.rights, here.at, here.events < head, here.number),
            )
