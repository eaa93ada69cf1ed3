"""
Noting down that something was deleted, so that its bytes are looked after: see C{sqlite_sweep}.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from twisted_chat.storage.schema import facts

UNSWEPT = "unswept"
"""The fact that counts the deletions since the files were swept."""

EMPTY = "empty"
"""
The one that counts the rooms that have ended and never held anything: they are removed, and there
is nothing in the files to look for.
"""

_COUNT = update(facts).where(facts.c.name == bindparam("fact")).values(value=facts.c.value + 1)
_NOTED = select(facts.c.name, facts.c.value).where(facts.c.name.in_((UNSWEPT, EMPTY)))


def sweepLater(connection: Connection, fact: str = UNSWEPT) -> None:
    """
    Something is deleted in the present transaction, and the files are to be swept some time.

    @param fact: L{UNSWEPT} or L{EMPTY}.
    """
    if not connection.execute(_COUNT, {"fact": fact}).rowcount:
        connection.execute(insert(facts).values(name=fact, value=1))


def unswept(connection: Connection) -> dict[str, int]:
    """
    @return: what was noted, by fact; empty where there is nothing to sweep.
    """
    return {row.name: row.value for row in connection.execute(_NOTED)}
