"""
Finding places in the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, select

from twisted_chat.domain.events import Edited, Restored, Said
from twisted_chat.storage.reading import bounded, inChunks
from twisted_chat.storage.schema import ENDED, conversations, log

_here = conversations.c

# Made once: to build a statement costs more than to execute it.
_ids: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_OF_ID = (
    select(_here.id, log.c.seq, log.c.kind, log.c.target)
    .join(conversations, _here.number == log.c.conversation)
    .where(log.c.id == bindparam("id"), _here.kind != ENDED)
)
_HEAD = select(_here.number, _here.head).where(_here.id == bindparam("conversation"))
_NEWEST = (
    select(log.c.seq, log.c.at, log.c.row)
    .where(
        log.c.conversation == bindparam("number"),
        log.c.seq >= bindparam("low"),
        log.c.seq <= bindparam("high"),
    )
    .order_by(log.c.seq.desc())
    .limit(1)
)
_SAID_AT = (
    select(log.c.at)
    .where(log.c.conversation == _here.number, log.c.kind == Said.kind, ~log.c.deleted)
    .order_by(log.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_LAST_SAID = select(_here.id, _SAID_AT).where(_here.id.in_(_ids))
_IDS = (
    select(_here.id)
    .where(_here.id > bindparam("after"), _here.kind != ENDED)
    .order_by(_here.id)
    .limit(bindparam("most"))
)


def placeOfId(connection: Connection, id: str) -> tuple[str, int] | None:
    """
    See L{IStore.placeOfId<twisted_chat.domain.interfaces.IStore.placeOfId>}.
    """
    found = connection.execute(_OF_ID, {"id": id}).one_or_none()
    if found is None:
        return None
    conversation, seq, kind, target = found
    return conversation, target if kind in (Edited.kind, Restored.kind) else seq


def seqAt(connection: Connection, conversation: str, at: float) -> int:
    """
    See L{IStore.seqAt<twisted_chat.domain.interfaces.IStore.seqAt>}.
    """
    return placeAt(connection, conversation, at)[0]


def placeAt(connection: Connection, conversation: str, at: float) -> tuple[int, int]:
    """
    The seq and the row of the newest event of a conversation with C{event.at <= at}; twice 0 if
    there is none. Time strictly grows within a conversation, so it is found in a few steps.
    """
    found = connection.execute(_HEAD, {"conversation": conversation}).one_or_none()
    if found is None:
        return 0, 0
    newest, low, high = (0, 0), 1, found.head
    while low <= high:
        middle = (low + high) // 2
        asked = {"number": found.number, "low": low, "high": middle}
        event = connection.execute(_NEWEST, asked).one_or_none()
        if event is None:
            low = middle + 1
        elif event.at <= at:
            newest, low = (event.seq, event.row), middle + 1
        else:
            high = event.seq - 1
    return newest


def lastSaid(connection: Connection, conversations: Sequence[str]) -> Mapping[str, float]:
    """
    See L{IStore.lastSaid<twisted_chat.domain.interfaces.IStore.lastSaid>}.
    """
    found = inChunks(connection, _LAST_SAID, conversations)
    return {id: at for id, at in found if at is not None}


def conversationIds(connection: Connection, after: str, limit: int) -> Sequence[str]:
    """
    See L{IStore.conversationIds<twisted_chat.domain.interfaces.IStore.conversationIds>}.
    """
    asked = {"after": after, "most": bounded(limit)}
    return connection.execute(_IDS, asked).scalars().all()
