"""
What operators did, and the texts that are kept aside as long as it can be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)

from twisted_chat.domain.errors import NoSuchMessage
from twisted_chat.domain.ids import reportsOf
from twisted_chat.domain.records import Act
from twisted_chat.storage.rows import add, remove
from twisted_chat.storage.schema import acts, conversations, hidden, log
from twisted_chat.storage.unswept import sweepLater

MOST_ACTS = 1000

_since: BindParameter[float] = bindparam("since")
_act: BindParameter[str] = bindparam("act")
_ACTS = (
    select(acts)
    .where(acts.c.at >= _since, ~acts.c.undone)
    .order_by(acts.c.at.desc(), acts.c.id.desc())
    .limit(MOST_ACTS)
)
_HIDDEN = (
    select(conversations.c.id, hidden.c.seq, hidden.c.text)
    .select_from(hidden)
    .join(conversations, conversations.c.number == hidden.c.conversation)
    .join(log, and_(log.c.conversation == hidden.c.conversation, log.c.seq == hidden.c.seq))
    .where(hidden.c.act == _act)
    .order_by(log.c.row)
)

# There are few of them: each is looked up in the log, rather than the log gone through.
_FORGET = delete(hidden).where(
    exists().where(
        log.c.conversation == hidden.c.conversation,
        log.c.seq == hidden.c.seq,
        or_(
            log.c.author == bindparam("person"),
            and_(log.c.id > bindparam("begins"), log.c.id < bindparam("behind")),
        ),
    )
)


def record(connection: Connection, act: Act) -> None:
    """
    See L{IStore.recordAct<twisted_chat.domain.interfaces.IStore.recordAct>}.
    """
    values = {
        "id": act.id,
        "at": act.at,
        "by": act.by,
        "kind": act.kind,
        "about": act.about,
        "data": msgspec.json.encode(dict(act.data)).decode(),
    }
    add(connection, acts, values)


def actsSince(connection: Connection, since: float) -> Sequence[Act]:
    """
    See L{IStore.acts<twisted_chat.domain.interfaces.IStore.acts>}.
    """
    return [
        Act(
            id=row.id,
            at=row.at,
            by=row.by,
            kind=row.kind,
            about=row.about,
            data=msgspec.json.decode(row.data, type=dict[str, Any]),
        )
        for row in connection.execute(_ACTS, {"since": since})
    ]


def markUndone(connection: Connection, act: str) -> bool:
    """
    See L{IStore.markUndone<twisted_chat.domain.interfaces.IStore.markUndone>}.
    """
    if remove(connection, hidden, {"act": act}):
        sweepLater(connection)
    undone = update(acts).where(acts.c.id == act, ~acts.c.undone).values(undone=True)
    return connection.execute(undone).rowcount == 1


def hiddenBy(connection: Connection, act: str) -> Sequence[tuple[str, int, str]]:
    """
    See L{IStore.hidden<twisted_chat.domain.interfaces.IStore.hidden>}.
    """
    found = connection.execute(_HIDDEN, {"act": act})
    return [(conversation, seq, text) for conversation, seq, text in found]


def keepAside(connection: Connection, number: int, seq: int, act: str, text: str) -> None:
    """
    Keep what an act takes out of the log as long as that can be undone; C{""}: it can't be.

    @param number: of the conversation.
    @param seq: of what it was taken out of.
    """
    if act:
        add(connection, hidden, {"conversation": number, "seq": seq, "act": act, "text": text})


def takeBack(connection: Connection, number: int, seq: int) -> None:
    """
    Keep it aside no longer.

    @raise NoSuchMessage: it is not kept aside any more.
    """
    if not remove(connection, hidden, {"conversation": number, "seq": seq}):
        raise NoSuchMessage(number=seq)


def forget(connection: Connection, before: float) -> None:
    """
    See L{IStore.forgetActs<twisted_chat.domain.interfaces.IStore.forgetActs>}.
    """
    forgotten = connection.execute(delete(acts).where(acts.c.at < before)).rowcount
    # So what belongs to an act that was never recorded does not stay either.
    unheld = ~exists().where(acts.c.id == hidden.c.act)
    blanked = connection.execute(delete(hidden).where(unheld)).rowcount
    if forgotten or blanked:
        sweepLater(connection)


def forgetHidden(connection: Connection, person: str) -> None:
    """
    See L{IStore.forgetHidden<twisted_chat.domain.interfaces.IStore.forgetHidden>}.
    """
    begins, behind = reportsOf(person)
    asked = {"person": person, "begins": begins, "behind": behind}
    if connection.execute(_FORGET, asked).rowcount:
        sweepLater(connection)
