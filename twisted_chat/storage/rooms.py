"""
Rooms, and what people have to do with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    Executable,
    Row,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)

from twisted_chat.domain.keeping import MOST_DIRECTS
from twisted_chat.domain.records import (
    DirectListing,
    Member,
    Membership,
    RoomListing,
    RoomRecord,
)
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Mask
from twisted_chat.storage.rows import rankNumber, rankOf
from twisted_chat.storage.schema import (
    DIRECT,
    ROOM,
    accounts,
    conversations,
    masks,
    memberships,
    readMarks,
    roles,
    settings,
)

_here = conversations.c

# Made once: to build a statement costs more than to execute it.
_number: BindParameter[int] = bindparam("number")
_BY_FOLD = select(conversations).where(_here.fold == bindparam("key"))
_BY_ID = select(conversations).where(_here.id == bindparam("key"), _here.kind == ROOM)
_FOLDS = select(_here.fold).where(_here.fold.is_not(None))
_ID_BY_FOLD = select(_here.id).where(_here.fold == bindparam("key"))
_MASKS = select(masks).where(masks.c.conversation == _number).order_by(masks.c.at, masks.c.mask)
_SETTINGS = select(settings.c.name, settings.c.value).where(settings.c.conversation == _number)
_ROLES = select(roles.c.person, roles.c.role).where(roles.c.conversation == _number)
_OWNING = [rankNumber(Role.OWNER, voiced) for voiced in (False, True)]
_OWNED = select(func.count()).where(
    roles.c.person == bindparam("person"), roles.c.role.in_(_OWNING)
)
_MEMBERS = (
    select(memberships.c.person, memberships.c.name, memberships.c.joined_seq)
    .where(memberships.c.conversation == _number)
    .order_by(memberships.c.name, memberships.c.person)
)


def roomsOwned(connection: Connection, person: str) -> int:
    """
    See L{IStore.roomsOwned<twisted_chat.domain.interfaces.IStore.roomsOwned>}.
    """
    return connection.execute(_OWNED, {"person": person}).scalar_one()


def roomId(connection: Connection, fold: str) -> str | None:
    """
    See L{IStore.roomId<twisted_chat.domain.interfaces.IStore.roomId>}.
    """
    id: str | None = connection.execute(_ID_BY_FOLD, {"key": fold}).scalar()
    return id


def folds(connection: Connection) -> set[str]:
    """
    The folded names of all rooms.
    """
    return set(connection.execute(_FOLDS).scalars())


def roomOf(connection: Connection, fold: str) -> RoomRecord | None:
    """
    The room of a folded name.
    """
    return _record(connection, _BY_FOLD, fold)


def room(connection: Connection, id: str) -> RoomRecord | None:
    """
    See L{IStore.room<twisted_chat.domain.interfaces.IStore.room>}.
    """
    return _record(connection, _BY_ID, id)


_EACH = (
    select(
        _here.id,
        _here.name,
        _here.topic,
        select(func.count())
        .where(memberships.c.conversation == _here.number)
        .scalar_subquery()
        .label("members"),
        exists()
        .where(
            settings.c.conversation == _here.number,
            settings.c.name == "hidden",
            settings.c.value == "true",
        )
        .label("hidden"),
        _here.archived,
        _here.created_at.label("createdAt"),
        _here.topic_at.label("topicAt"),
    )
    # Private conversations, of which there are many more, have no name.
    .where(_here.kind == ROOM, _here.fold > "")
    .order_by(_here.fold)
    .subquery()
)

# One step for the driver: at each, this thread and the reactor's would wait for each other.
_LISTED = chain.from_iterable((literal(each.key), each) for each in _EACH.c)
_LISTINGS = select(func.json_group_array(func.json_object(*_LISTED)))

# SQLite has numbers for what is true or not.
_decode = msgspec.json.Decoder(list[RoomListing], strict=False).decode


def listings(connection: Connection) -> Sequence[RoomListing]:
    """
    See L{IStore.rooms<twisted_chat.domain.interfaces.IStore.rooms>}.
    """
    return _decode(connection.execute(_LISTINGS).scalar_one())


def _belonging(kind: str) -> Any:
    """
    The conversations of a kind that a person is in, with up to where they have read.
    """
    return (
        select(_here.id, _here.name, _here.head, memberships.c.joined_seq, readMarks.c.seq)
        .select_from(memberships)
        .join(conversations, _here.number == memberships.c.conversation)
        .outerjoin(
            readMarks,
            and_(
                readMarks.c.conversation == memberships.c.conversation,
                readMarks.c.person == memberships.c.person,
            ),
        )
        .where(memberships.c.person == bindparam("person"), _here.kind == kind)
    )


_other = memberships.alias("other")
_MINE = _belonging(ROOM).order_by(_here.fold)
_DIRECTS = (
    _belonging(DIRECT)
    .add_columns(_other.c.person, _other.c.name, accounts.c.name)
    # Whoever talks to themselves has no other one.
    .outerjoin(
        _other,
        and_(
            _other.c.conversation == memberships.c.conversation,
            _other.c.person != bindparam("person"),
        ),
    )
    .outerjoin(accounts, accounts.c.id == _other.c.person)
    .add_columns(memberships.c.name)
    .order_by(_here.last_at.desc())
    .limit(MOST_DIRECTS)
)


def membershipsOf(connection: Connection, person: str) -> Sequence[Membership]:
    """
    See L{IStore.memberships<twisted_chat.domain.interfaces.IStore.memberships>}.
    """
    found = connection.execute(_MINE, {"person": person})
    return [
        Membership(conversation=id, name=name, joinedSeq=joined, read=read or 0, head=head)
        for id, name, head, joined, read in found
    ]


def directs(connection: Connection, person: str) -> Sequence[DirectListing]:
    """
    See L{IStore.directs<twisted_chat.domain.interfaces.IStore.directs>}.
    """
    found = connection.execute(_DIRECTS, {"person": person})
    return [
        DirectListing(
            conversation=id,
            other=person if them is None else them,
            otherName=own if them is None else (theirs or account or ""),
            read=read or 0,
            head=head,
        )
        for id, _, head, _, read, them, theirs, account, own in found
    ]


def idleRooms(connection: Connection, before: float, unused: float = 0.0) -> Sequence[str]:
    """
    See L{IStore.idleRooms<twisted_chat.domain.interfaces.IStore.idleRooms>}. Entering is written
    down to the minute.
    """
    owned = exists().where(roles.c.conversation == _here.number, roles.c.role.in_(_OWNING))
    lived = exists().where(memberships.c.conversation == _here.number)
    left = and_(_here.entered_at < before, _here.last_at < before)
    found = connection.execute(
        select(_here.id).where(
            _here.kind == ROOM,
            # Of private conversations there are many more.
            _here.fold > "",
            or_(left, and_(_here.head == 0, _here.entered_at < unused)),
            ~owned,
            ~lived,
        )
    )
    return [id for (id,) in found]


def _record(connection: Connection, which: Executable, key: str) -> RoomRecord | None:
    row = connection.execute(which, {"key": key}).one_or_none()
    return None if row is None else _whole(connection, row)


def _whole(connection: Connection, row: Row[Any]) -> RoomRecord:
    """
    A room with all that belongs to it.
    """
    number = {"number": row.number}
    lists: dict[str, list[Mask]] = {}
    for entry in connection.execute(_MASKS, number):
        lists.setdefault(entry.list, []).append(
            Mask(entry.mask, entry.setter, entry.at, entry.until, entry.reason)
        )
    chosen = connection.execute(_SETTINGS, number)
    given = {person: rankOf(kept) for person, kept in connection.execute(_ROLES, number)}
    return RoomRecord(
        id=row.id,
        name=row.name,
        head=row.head,
        rightsSeq=row.rights_seq,
        createdAt=row.created_at,
        topic=row.topic,
        topicBy=row.topic_by,
        topicAt=row.topic_at,
        archived=row.archived,
        settings={name: msgspec.json.decode(value) for name, value in chosen},
        roles={person: role for person, (role, _) in given.items()},
        voiced=frozenset(person for person, (_, voiced) in given.items() if voiced),
        lists={name: tuple(found) for name, found in lists.items()},
        members=tuple(Member(*found) for found in connection.execute(_MEMBERS, number)),
    )
