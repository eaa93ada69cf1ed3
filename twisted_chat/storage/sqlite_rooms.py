"""
What a SQLite store keeps of rooms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import Connection
from twisted.internet.defer import Deferred, succeed

from twisted_chat.domain.events import Event, RoomRenamed
from twisted_chat.domain.ids import Ids
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.records import RoomRecord
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Author
from twisted_chat.storage import rooms
from twisted_chat.storage.accounts import requireLasting
from twisted_chat.storage.formernames import formerRoomId, takeName
from twisted_chat.storage.schema import ROOM
from twisted_chat.storage.sqlite_keeping import SqliteKeeping
from twisted_chat.storage.sqlite_link import driver

# Straight to the driver: a crowd that comes makes many rooms.
_NEW = f"""
INSERT INTO conversations (id, kind, name, fold, created_at, entered_at)
SELECT :id, '{ROOM}', :name, :fold, :at, :at
WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE id = :creator AND erased_at > 0)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own name
MOST_NAMES = 100_000
"""How many names of rooms are kept in mind; where there are more, the database is asked."""

_NEW_ROLE = "INSERT INTO roles (conversation, person, name, role) VALUES (?, ?, ?, ?)"


class SqliteRooms(SqliteKeeping):
    """
    What lasts of rooms, and what people have to do with them.
    """

    _newId: Ids

    # A room that is asked for and not known here is nearly always one that there is not yet.
    _roomFolds: set[str] | None
    _formerFolds: set[str] | None

    def openRoom(
        self,
        name: str,
        fold: str,
        creator: Author | None,
        at: float,
        id: str = "",
        taking: str = "",
    ) -> Deferred[RoomRecord | None]:
        """
        See L{IStore.openRoom}.
        """
        # Before it is there, as with accounts.
        self._noteName(fold)
        former = self._mayBeFormer(fold)
        made = id or self._newId()
        return self._write(_openRoom, name, fold, creator, at, made, former, taking)

    def roomId(self, fold: str) -> Deferred[str | None]:
        """
        See L{IStore.roomId}.
        """
        if self._roomFolds is not None and fold not in self._roomFolds:
            return succeed(None)
        return self._read(rooms.roomId, fold)

    def formerRoomId(self, fold: str) -> Deferred[str | None]:
        """
        See L{IStore.formerRoomId}.
        """
        if not self._mayBeFormer(fold):
            return succeed(None)
        return self._read(formerRoomId, fold, self._seconds())

    def _noteNames(self, events: Sequence[Event]) -> None:
        """
        Some rooms may be about to have other names.
        """
        for event in events:
            if event.kind == RoomRenamed.kind:
                renamed: Any = event
                self._noteName(foldRoom(renamed.new))
                self._noteFormer({foldRoom(renamed.old)})

    def _noteName(self, fold: str) -> None:
        if self._roomFolds is not None:
            self._roomFolds.add(fold)
            if len(self._roomFolds) > MOST_NAMES:
                # Those of rooms that have ended are among them.
                self._roomFolds = None

    def _noteFormer(self, folds: Set[str]) -> None:
        if self._formerFolds is not None:
            self._formerFolds |= folds
            if len(self._formerFolds) > MOST_NAMES:
                self._formerFolds = None

    def _mayBeFormer(self, fold: str) -> bool:
        return self._formerFolds is None or fold in self._formerFolds


def _openRoom(
    connection: Connection,
    name: str,
    fold: str,
    creator: Author | None,
    at: float,
    id: str,
    former: bool,
    taking: str,
) -> RoomRecord | None:
    """
    See L{IStore.openRoom<twisted_chat.domain.interfaces.IStore.openRoom>}.

    @param id: of the room, if it is made.
    @param former: whether another room may have had the name.
    """
    kept = formerRoomId(connection, fold, at) if former and creator and creator.id else None
    if kept == taking:
        kept = None
    made = creator and not kept and _make(driver(connection), name, fold, creator, at, id)
    if made:
        if former:
            takeName(connection, fold)
        return made
    found = rooms.roomOf(connection, fold) or (kept and rooms.room(connection, kept)) or None
    if found is None and creator is not None:
        requireLasting(connection, creator.id)
    return found


def _make(
    raw: sqlite3.Connection, name: str, fold: str, creator: Author, at: float, id: str
) -> RoomRecord | None:
    """
    @return: the new room; C{None} if there is one of that name already, or its creator's account is
        gone.
    """
    given: dict[str, Role] = {}
    values = {"id": id, "name": name, "fold": fold, "at": at, "creator": creator.id}
    made = raw.execute(_NEW, values)
    if not made.rowcount:
        return None
    if creator.id:
        role = given[creator.id] = Role.OWNER if creator.account else Role.OPERATOR
        known = creator.account or creator.name
        raw.execute(_NEW_ROLE, (made.lastrowid, creator.id, known, int(role)))
    return RoomRecord(
        id=id, name=name, head=0, rightsSeq=0, createdAt=at, roles=given, created=True
    )
