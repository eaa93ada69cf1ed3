"""
A batch in one step of the driver.

SQLite's driver lets other threads run at each statement, several times, and waits for its turn
again after each: beside a busy reactor that takes longer than the commit. So what nearly every
batch consists of, rows of the log and how far conversations and readers have got by them, is one
statement that is a transaction of its own. It adds rows to a view, whose trigger puts everything
where it belongs. Both are temporary: they belong to the connection, and nothing of them is in the
file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

from twisted_chat.storage.codec import COLUMNS

AT_ONCE = 24
"""How many rows go into one statement."""


class Many:
    """
    A statement for many rows at once.

    The driver lets other threads run at each step of a statement, and a step for each row would
    have this thread and the reactor's wait for each other all the time.
    """

    def __init__(self, text: str, columns: int) -> None:
        """
        @param text: the statement, with C{{rows}} for the rows.
        @param columns: values in a row.
        """
        self._text = text
        self._row = f"({', '.join('?' * columns)})"
        self._texts: dict[int, str] = {}

    def execute(self, raw: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
        """
        Execute it.
        """
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            text = self._texts.get(len(part))
            if text is None:
                listed = ", ".join([self._row] * len(part))
                text = self._texts[len(part)] = self._text.format(rows=listed)
            raw.execute(text, list(chain.from_iterable(part)))


HEAD = ("head", "rights", "last", "entered", "holed")
"""How far the conversation of a row has got by then; 0 where a later row tells it."""

READ = "read"
"""Whether the author of a row has read up to it."""

_ALL = (*COLUMNS, *HEAD, READ)

_NULLS = {"target": "nullif(NEW.target, 0)", "data": "nullif(NEW.data, '')"}
"""What stands for nothing in a row: the driver would look for a way to adapt each C{None}."""

_NEW = ", ".join(_NULLS.get(each, f"NEW.{each}") for each in COLUMNS)

_NOTHING = ", ".join(f"NULL AS {each}" for each in _ALL)

VIEW = f"CREATE TEMP VIEW IF NOT EXISTS placing AS SELECT {_NOTHING}"

TRIGGER = f"""
CREATE TEMP TRIGGER IF NOT EXISTS place INSTEAD OF INSERT ON placing BEGIN
    INSERT INTO log ({", ".join(COLUMNS)}) VALUES ({_NEW});
    UPDATE conversations SET
        head = max(head, NEW.head),
        rights_seq = max(rights_seq, NEW.rights),
        last_at = max(last_at, NEW.last),
        entered_at = max(entered_at, NEW.entered),
        holed = max(holed, NEW.holed)
    WHERE number = NEW.conversation AND NEW.head;
    INSERT INTO read_marks (conversation, person, seq)
        SELECT NEW.conversation, NEW.author, NEW.seq WHERE NEW.read
        ON CONFLICT (person, conversation) DO UPDATE SET seq = max(seq, excluded.seq);
END
"""  # noqa: S608 - our own names

PLACE = Many("INSERT INTO placing VALUES {rows}", len(_ALL))
"""
Its rows have the values of L{COLUMNS}, L{HEAD} and L{READ}, but 0 for no target and C{""} for no
data: plain numbers and texts alone.
"""

ADD_ROWS = Many(
    f"INSERT INTO log ({', '.join(COLUMNS)}) VALUES {{rows}}",  # noqa: S608 - our own names
    len(COLUMNS),
)
"""Adds rows to the log, where there is more to do than L{PLACE} does: rows of L{COLUMNS}."""

MOVE_HEADS = Many(
    "WITH moved (head, rights, last, entered, holed, number) AS (VALUES {rows})"
    " UPDATE conversations SET head = max(conversations.head, moved.head),"
    " rights_seq = max(rights_seq, rights), last_at = max(last_at, last),"
    " entered_at = max(entered_at, entered), holed = max(conversations.holed, moved.holed)"
    " FROM moved WHERE conversations.number = moved.number",
    len(HEAD) + 1,
)
"""Likewise moves conversations on: rows of L{HEAD} and the number of the conversation."""

MOVE_MARKS = Many(
    "INSERT INTO read_marks (conversation, person, seq) VALUES {rows}"
    " ON CONFLICT (person, conversation) DO UPDATE SET seq = max(seq, excluded.seq)",
    3,
)
"""Likewise the marks of who has read on."""
