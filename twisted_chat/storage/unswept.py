"""
Noting down that something was deleted, so that its bytes are looked after: see C{sqlite_sweep}.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from twisted_chat.storage.schema import facts

UNSWEPT = "unswept"
"""The fact that counts the deletions since the files were swept."""

_COUNTED = update(facts).where(facts.c.name == UNSWEPT).values(value=facts.c.value + 1)


def sweepLater(connection: Connection) -> None:
    """
    Something is deleted in the present transaction, and the files are to be swept some time.
    """
    if not connection.execute(_COUNTED).rowcount:
        connection.execute(insert(facts).values(name=UNSWEPT, value=1))
