"""
What one person has written.

The index has the authors stretch by stretch of the log, so that to write costs little: see
L{STRETCH_OF<twisted_chat.storage.schema.STRETCH_OF>}. Somebody's last message is looked for in one
stretch after the other, which takes two microseconds for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, literal_column, select, text

from twisted_chat.domain.events import Event, Said
from twisted_chat.domain.ids import reportsOf
from twisted_chat.storage.codec import SHOWN, eventOf
from twisted_chat.storage.onestep import inOneStep, rowsOf
from twisted_chat.storage.reading import bounded, messageOf
from twisted_chat.storage.schema import ENDED, STRETCH, STRETCH_OF, conversations, log
from twisted_chat.storage.versions import NOT_GONE

# From the newest stretch of a conversation back to its first, until there is something.
_LAST_ROW = text(f"""
WITH RECURSIVE place (number) AS (
    SELECT number FROM conversations WHERE id = :conversation
), ends (first, newest) AS (
    SELECT
        (SELECT row FROM log WHERE conversation = number ORDER BY seq LIMIT 1) / {STRETCH},
        (SELECT row FROM log WHERE conversation = number ORDER BY seq DESC LIMIT 1) / {STRETCH}
    FROM place
), back (stretch, found) AS (
    SELECT newest + 1, NULL FROM ends
    UNION ALL
    SELECT stretch - 1, (
        SELECT max(row) FROM log
        WHERE {STRETCH_OF} = stretch - 1 AND author = :person
        AND conversation = (SELECT number FROM place) AND kind = '{Said.kind}' AND NOT deleted
    )
    FROM back, ends WHERE found IS NULL AND stretch > first
)
SELECT found FROM back WHERE found IS NOT NULL
""").columns(log.c.row)  # noqa: S608 - our own names

# Made once: to build a statement costs more than to execute it.
_stretch = literal_column(STRETCH_OF, BigInteger)
_LAST_SAID = select(*SHOWN).where(log.c.row == _LAST_ROW.scalar_subquery())
_WRITTEN = inOneStep(
    select(*SHOWN, log.c.row, conversations.c.id.label("place"))
    .join(conversations, conversations.c.number == log.c.conversation)
    .where(
        _stretch >= bindparam("stretch"),
        log.c.author == bindparam("person"),
        log.c.row > bindparam("after"),
        log.c.at >= bindparam("since"),
        ~log.c.deleted,
        NOT_GONE,
        conversations.c.kind != ENDED,
    )
    .order_by(_stretch, log.c.row)
    .limit(bindparam("most"))
)
_REPORTS = (
    select(*SHOWN, conversations.c.id.label("place"))
    .join(conversations, conversations.c.number == log.c.conversation)
    .where(
        log.c.id > bindparam("begins"),
        log.c.id < bindparam("behind"),
        log.c.author == "",
        log.c.at >= bindparam("since"),
        ~log.c.deleted,
        conversations.c.kind != ENDED,
    )
    .order_by(log.c.id)
    .limit(bindparam("most"))
)


def lastOf(connection: Connection, conversation: str, person: str) -> Said | None:
    """
    See L{IStore.lastOf<twisted_chat.domain.interfaces.IStore.lastOf>}.
    """
    asked = {"conversation": conversation, "person": person}
    return messageOf(connection.execute(_LAST_SAID, asked).one_or_none(), conversation)


def writtenBy(
    connection: Connection, person: str, after: int, limit: int, since: float = 0.0
) -> Sequence[tuple[int, Event]]:
    """
    See L{IStore.writtenBy<twisted_chat.domain.interfaces.IStore.writtenBy>}.
    """
    first = bounded(after)
    asked: dict[str, Any] = {
        "stretch": first // STRETCH,
        "person": person,
        "after": first,
        "since": since,
        "most": bounded(limit),
    }
    return [
        (row[-2], eventOf(row, row[-1], present=True))
        for row in rowsOf(connection, _WRITTEN, asked)
    ]


def reportedBy(
    connection: Connection, person: str, limit: int, since: float = 0.0
) -> Sequence[Event]:
    """
    See L{IStore.reportedBy<twisted_chat.domain.interfaces.IStore.reportedBy>}.
    """
    begins, behind = reportsOf(person)
    asked = {"begins": begins, "behind": behind, "since": since, "most": bounded(limit)}
    return [eventOf(row, row[-1], present=True) for row in connection.execute(_REPORTS, asked)]
