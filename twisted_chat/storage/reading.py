"""
Reading the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
)

from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Event,
    ListChanged,
    Reacted,
    Restored,
    RolesChanged,
    Said,
    SettingsChanged,
    TagsKept,
    Unreacted,
)
from twisted_chat.domain.records import Page
from twisted_chat.storage.codec import SHOWN, eventOf
from twisted_chat.storage.onestep import inOneStep, rowsOf
from twisted_chat.storage.schema import ASIDE, READ, conversations, log
from twisted_chat.storage.stretches import Stretches
from twisted_chat.storage.versions import NOT_GONE

LARGEST = 2**63 - 1
"""The largest number that a database takes."""

MOST_COUNTED = 10_000
"""What has to be looked at to be counted is not counted beyond so many."""

CHUNK = 500
"""How many conversations are asked for at once."""


_BESIDE = tuple(
    cls.kind for cls in (Reacted, Unreacted, RolesChanged, SettingsChanged, ListChanged, TagsKept)
)
"""The kinds that a wide page gives beside L{READ}."""


def bounded(number: int) -> int:
    """
    A number that somebody has typed, as one that a database takes.
    """
    return max(0, min(number, LARGEST))


def inChunks(connection: Connection, statement: Select[Any], ids: Sequence[str]) -> Iterator[Any]:
    """
    @param statement: asks for some C{ids} of conversations.
    @return: the rows that it gives for any number of them.
    """
    for start in range(0, len(ids), CHUNK):
        yield from connection.execute(statement, {"ids": ids[start : start + CHUNK]})


def _inRange(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(log.join(conversations, conversations.c.number == log.c.conversation))
        .where(
            conversations.c.id == bindparam("conversation"),
            log.c.seq >= bindparam("low"),
            log.c.seq <= bindparam("high"),
        )
    )


def _isOf(kinds: Iterable[str]) -> ColumnElement[bool]:
    """
    Not C{IN}, whose list SQLAlchemy spells anew each time.
    """
    return or_(*[log.c.kind == literal_column(f"'{kind}'") for kind in kinds])


# The statements stand here, and not in the functions, since to make one costs more than to run it.
_readable = and_(_isOf(READ), ~log.c.deleted)
_played = and_(
    _isOf((*READ, *_BESIDE)),
    ~log.c.deleted,
)
_changes = and_(
    ~log.c.deleted,
    _isOf((Edited.kind, Deleted.kind, Restored.kind)),
    log.c.target.between(bindparam("first"), bindparam("after")),
)
_missed = or_(_readable, _changes)
_most: BindParameter[int] = bindparam("most")
_shown = _inRange(*SHOWN)
_there = case((NOT_GONE, log.c.text), else_="").label("text")
_happened = _inRange(*(_there if each is log.c.text else each for each in SHOWN))


def _firstOf(rows: Select[Any]) -> Select[Any]:
    return inOneStep(rows.order_by(log.c.seq).limit(_most))


def _lastOf(rows: Select[Any]) -> Select[Any]:
    return inOneStep(rows.order_by(log.c.seq.desc()).limit(_most))


_REPLAY = _firstOf(_happened)
_ORDERED = {
    (True, False): _firstOf(_shown.where(_readable)),
    (False, False): _lastOf(_shown.where(_readable)),
    (True, True): _firstOf(_shown.where(_played)),
    (False, True): _lastOf(_shown.where(_played)),
}
"""By whether the oldest are wanted, and whether all that can be read again."""
# What is too old to be kept is missing at the beginning, and need not be counted.
_first = (
    select(func.min(log.c.seq))
    .where(log.c.conversation == conversations.c.number)
    .scalar_subquery()
)
_PLACES = select(conversations.c.head, conversations.c.holed, _first).where(
    conversations.c.id == bindparam("conversation")
)
_COUNT = select(func.count()).select_from(
    _inRange(log.c.seq).where(_readable).limit(bindparam("counted")).subquery()
)
# By itself SQLite takes the index of all rows, which is unique, and goes through the whole range.
_COUNT_ASIDE = text(
    "SELECT count(*) FROM log INDEXED BY log_aside"  # noqa: S608 - our own words
    " JOIN conversations ON conversations.number = log.conversation"
    " WHERE conversations.id = :conversation AND log.seq BETWEEN :low AND :high"
    f" AND {ASIDE.text}"
)
_NO_TALK, _NO_EVENTS = Stretches("talk", READ), Stretches("events", (*READ, *_BESIDE))
_MISSED = _lastOf(_shown.where(_missed, NOT_GONE))
_COUNT_CHANGES = select(func.count()).select_from(
    _inRange(log.c.seq).where(_changes).where(ASIDE).limit(MOST_COUNTED).subquery()
)
_edits = log.alias("edits")
_newest = (
    select(_edits.c.id)
    .where(_edits.c.conversation == log.c.conversation, _edits.c.seq == log.c.edited_seq)
    .scalar_subquery()
)
_MESSAGE = _shown.where(log.c.kind == Said.kind, ~log.c.deleted).add_columns(_newest)
_HEADS = select(conversations.c.id, conversations.c.head).where(
    conversations.c.id.in_(bindparam("ids", expanding=True))
)


def heads(connection: Connection, conversations: Sequence[str]) -> Mapping[str, int]:
    """
    See L{IStore.heads<twisted_chat.domain.interfaces.IStore.heads>}.
    """
    return dict(inChunks(connection, _HEADS, conversations))


def replay(connection: Connection, conversation: str, after: int, limit: int) -> Sequence[Event]:
    """
    See L{IStore.replay<twisted_chat.domain.interfaces.IStore.replay>}.
    """
    asked = _asked(conversation, after + 1, LARGEST, limit)
    return [eventOf(row, conversation) for row in rowsOf(connection, _REPLAY, asked)]


def history(
    connection: Connection,
    conversation: str,
    first: int = 1,
    before: int = 0,
    after: int = 0,
    limit: int = 50,
    oldest: bool = False,
    wide: bool = False,
) -> Page:
    """
    See L{IStore.history<twisted_chat.domain.interfaces.IStore.history>}.
    """
    high = before - 1 if before > 0 else LARGEST
    asked = _asked(conversation, max(first, after + 1), high, limit)
    oldest = oldest or after > 0
    statement = _ORDERED[oldest, wide]
    if oldest:
        rows = rowsOf(connection, statement, asked)
    else:
        rows = (_NO_EVENTS if wide else _NO_TALK).newest(connection, statement, asked)
    # Where they are fewer than might be, there are no more; of a wide page nobody asks how many.
    total = len(rows) if wide or len(rows) < asked["most"] else _count(connection, asked)
    return _page(conversation, rows if oldest else rows[::-1], total)


def missed(
    connection: Connection, conversation: str, first: int, after: int, upto: int, limit: int
) -> Page:
    """
    See L{IStore.missed<twisted_chat.domain.interfaces.IStore.missed>}.
    """
    asked = _asked(conversation, max(first, after + 1), upto, limit)
    asked.update(first=bounded(first), after=bounded(after))
    rows = rowsOf(connection, _MISSED, asked)
    total = len(rows)
    if total >= asked["most"]:
        changes = connection.execute(_COUNT_CHANGES, asked).scalar_one()
        total = _count(connection, asked) + int(changes)
    return _page(conversation, rows[::-1], total)


def message(connection: Connection, conversation: str, seq: int) -> Said | None:
    """
    See L{IStore.message<twisted_chat.domain.interfaces.IStore.message>}.
    """
    if not 0 < seq <= LARGEST:
        return None
    asked = {"conversation": conversation, "low": seq, "high": seq}
    row = connection.execute(_MESSAGE, asked).one_or_none()
    found = messageOf(row, conversation)
    if row is None or found is None:
        return None
    return replace(found, newest=row[-1] or "")


def _asked(conversation: str, low: int, high: int, limit: int) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "low": bounded(low),
        "high": bounded(high),
        "most": bounded(limit),
    }


def _count(connection: Connection, asked: dict[str, Any]) -> int:
    """
    How much there is to read in a range, without going through all of it. Where some numbers have
    no row, that can't be told; then not more than L{MOST_COUNTED} are counted.
    """
    found = connection.execute(_PLACES, asked).one_or_none()
    if found is None:
        return 0
    head, holed, first = found
    if holed:
        return int(connection.execute(_COUNT, {**asked, "counted": MOST_COUNTED}).scalar_one())
    if first is None:
        return 0
    places: int = min(asked["high"], head) - max(asked["low"], first) + 1
    if places <= 0:
        return 0
    return places - _countAside(connection, asked, first)


def _countAside(connection: Connection, asked: dict[str, Any], first: int) -> int:
    """
    How many in a range can't be read.

    @param first: the seq of the first that there is.
    """
    conversation, low, high = asked["conversation"], max(asked["low"], first), asked["high"]
    stretch = _NO_TALK.within(connection, conversation, low, high)
    if stretch is None:
        return int(connection.execute(_COUNT_ASIDE, asked).scalar_one())
    sides = ({**asked, "high": stretch[0] - 1}, {**asked, "low": stretch[1] + 1})
    counted = [int(connection.execute(_COUNT_ASIDE, side).scalar_one()) for side in sides]
    return sum(counted) + stretch[1] - stretch[0] + 1


def _page(conversation: str, rows: Sequence[Any], total: int) -> Page:
    return Page(tuple(eventOf(row, conversation, present=True) for row in rows), total)


def messageOf(row: Any, conversation: str) -> Said | None:
    """
    @param row: of a message, with L{SHOWN}; or C{None}.
    """
    if row is None:
        return None
    event = eventOf(row, conversation, present=True)
    assert isinstance(event, Said)
    return event
