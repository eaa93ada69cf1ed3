"""
Removing from the log what is too old to be kept.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select, text

from twisted_chat.storage.quotes import OF_OLDEST, blankQuotes
from twisted_chat.storage.reading import LARGEST, bounded
from twisted_chat.storage.schema import conversations, hidden, log
from twisted_chat.storage.unswept import sweepLater
from twisted_chat.storage.versions import blankVersions

_NUMBER = select(conversations.c.number).where(conversations.c.id == bindparam("conversation"))

# Time strictly grows within a conversation, so what is too old is its beginning.
_oldest = (
    select(log.c.seq, log.c.at)
    .where(log.c.conversation == bindparam("number"))
    .order_by(log.c.seq)
    .limit(bindparam("most"))
    .subquery()
)
_GOING = select(func.min(_oldest.c.seq), func.max(_oldest.c.seq)).where(
    _oldest.c.at < bindparam("before")
)
_UNWORD = text(
    "DELETE FROM words WHERE rowid IN"
    " (SELECT row FROM log WHERE conversation = :number AND seq <= :upto)"
)


def expire(connection: Connection, conversation: str, before: float, limit: int) -> int:
    """
    See L{IStore.expire<twisted_chat.domain.interfaces.IStore.expire>}.
    """
    number = connection.execute(_NUMBER, {"conversation": conversation}).scalar()
    if number is None:
        return 0
    oldest = {"number": number, "most": bounded(limit), "before": before}
    first, upto = connection.execute(_GOING, oldest).one()
    if upto is None:
        return 0
    connection.execute(_UNWORD, {"number": number, "upto": upto})
    blankQuotes(connection, OF_OLDEST, {"number": number, "upto": upto})
    gone = connection.execute(
        delete(log).where(log.c.conversation == number, log.c.seq <= upto)
    ).rowcount
    # Their rows stay until they are too old themselves: nothing is missing but the beginning. Those
    # of what has gone before are blank, and many where a program edits one message for ever.
    blankVersions(connection, number, first, upto, LARGEST)
    connection.execute(delete(hidden).where(hidden.c.conversation == number, hidden.c.seq <= upto))
    sweepLater(connection)
    return gone
