"""
What people say in few words, without a message: reactions, and the reasons that they give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, and_, bindparam, or_, select

from twisted_chat.domain.emojis import bare
from twisted_chat.domain.events import Deleted, Kicked, ListChanged, Reacted, RoomRenamed, Unreacted
from twisted_chat.storage.acts import keepAside, takeBack
from twisted_chat.storage.codec import CODECS, withoutRemarks
from twisted_chat.storage.rows import alter
from twisted_chat.storage.schema import conversations, hidden, log, masks
from twisted_chat.storage.unswept import sweepLater

_REACTIONS = (Reacted.kind, Unreacted.kind)
_REASONED = (Deleted.kind, Kicked.kind, ListChanged.kind, RoomRenamed.kind)

# Made once: to build a statement costs more than to execute it.
_ROWS = select(
    log.c.row, log.c.conversation, log.c.seq, log.c.kind, log.c.target, log.c.author, log.c.data
).where(log.c.row.in_(bindparam("rows", expanding=True)), log.c.kind.in_((*_REACTIONS, *_REASONED)))
_MEANT = select(log.c.row, log.c.seq, log.c.data).where(log.c.id == bindparam("id"))
_ITS_REACTIONS = select(log.c.row, log.c.kind, log.c.data).where(
    log.c.conversation == bindparam("number"),
    log.c.target == bindparam("target"),
    log.c.author == bindparam("author"),
    log.c.kind.in_(_REACTIONS),
    log.c.row < bindparam("row"),
)
_LISTED = (
    select(conversations.c.id, masks.c.list, masks.c.mask)
    .join(masks, masks.c.conversation == conversations.c.number)
    .where(
        masks.c.reason != "",
        masks.c.at >= bindparam("since"),
        or_(
            masks.c.author == bindparam("person"),
            and_(masks.c.author == "", masks.c.setter == bindparam("name")),
        ),
    )
    .order_by(conversations.c.number, masks.c.list)
)
_BACK = (
    select(log.c.row, hidden.c.conversation, hidden.c.seq, hidden.c.text)
    .join(hidden, and_(log.c.conversation == hidden.c.conversation, log.c.seq == hidden.c.seq))
    .where(hidden.c.act == bindparam("act"), log.c.kind.in_(_REASONED))
)


def listed(
    connection: Connection, person: str, name: str, since: float = 0.0
) -> Sequence[tuple[str, str, str]]:
    """
    See L{IStore.reasonsListed<twisted_chat.domain.interfaces.IStore.reasonsListed>}.
    """
    asked = {"person": person, "name": name, "since": since}
    return [(room, list, mask) for room, list, mask in connection.execute(_LISTED, asked)]


def reword(connection: Connection, number: int, event: ListChanged) -> None:
    """
    Give entries of a room's list other reasons.

    @param number: of the room.
    """
    for mask, reason in event.reasons:
        key = {"conversation": number, "list": event.list, "mask": mask}
        alter(connection, masks, key, {"reason": reason})
    if event.reasons:
        sweepLater(connection)


def inLog(event: Any) -> Unreacted:
    """
    @param event: what takes a reaction back.
    @return: the same as it stands in the log: a reaction that is gone from there is not in this.
    """
    unreacted: Unreacted = replace(event, emoji="", tags=()) if event.reaction else event
    return unreacted


def retract(connection: Connection, number: int, event: Unreacted) -> None:
    """
    Take a reaction that is meant by its id out of the log; see L{Unreacted.act}.

    @param number: of the conversation.
    """
    row, seq, data = connection.execute(_MEANT, {"id": event.reaction}).one()
    keepAside(connection, number, seq, event.act, event.emoji)
    _blank(connection, row, withoutRemarks(data), True)
    sweepLater(connection)


def blank(connection: Connection, rows: Sequence[int], act: str) -> None:
    """
    See L{IStore.blankRemarks<twisted_chat.domain.interfaces.IStore.blankRemarks>}.
    """
    for row, number, seq, kind, target, author, data in connection.execute(
        _ROWS, {"rows": rows}
    ).all():
        left = withoutRemarks(data)
        if left == data:
            continue
        if kind in _REASONED:
            keepAside(connection, number, seq, act, data)
        elif kind == Unreacted.kind:
            # With what it has taken back, or that would seem to be there again.
            asked = {"number": number, "target": target, "author": author, "row": row}
            emoji = bare(CODECS[kind].fields(data)["emoji"])
            for before, its, theirs in connection.execute(_ITS_REACTIONS, asked).all():
                if bare(CODECS[its].fields(theirs)["emoji"]) == emoji:
                    _blank(connection, before, withoutRemarks(theirs), True)
        _blank(connection, row, left, kind in _REACTIONS)
    sweepLater(connection)


def restore(connection: Connection, act: str) -> int:
    """
    See L{IStore.restoreReasons<twisted_chat.domain.interfaces.IStore.restoreReasons>}.
    """
    found = connection.execute(_BACK, {"act": act}).all()
    for row, number, seq, data in found:
        _blank(connection, row, data, False)
        takeBack(connection, number, seq)
    return len(found)


def _blank(connection: Connection, row: int, data: str | None, gone: bool) -> None:
    values: dict[str, object] = {"data": data}
    if gone:
        values["deleted"] = True
    alter(connection, log, {"row": row}, values)
