"""
Searching the log with SQLite's own full-text index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, TextClause, column, text
from sqlalchemy.exc import DBAPIError

from twisted_chat.domain.errors import SearchTooLong
from twisted_chat.domain.records import Page
from twisted_chat.storage.codec import SHOWN, eventOf
from twisted_chat.storage.onestep import inOneStep, rowsOf
from twisted_chat.storage.reading import MOST_COUNTED, bounded
from twisted_chat.storage.words import searchWords

SEARCH_TIME = 2.0
"""So many seconds a search may take; other searches wait for it."""

STEPS = 500_000
"""So many steps of SQLite's machine, some 10 ms, are made between two looks at the time."""

MOST_PLACES = 16
"""
Of so many conversations the index tells what was said there. Where there are more, it costs less to
see of each match whether it may be read.
"""

# The rooms come as one JSON value, since there is no limit to how many they are. The order of the
# tables is the order in which SQLite is to go through them: the matches, the newest first.
_FOUND = """
WITH readable AS MATERIALIZED (
    SELECT conversations.number, conversations.id, json_extract(value, '$[1]') AS first
    FROM json_each(:readable)
    CROSS JOIN conversations ON conversations.id = json_extract(value, '$[0]')
)
SELECT {columns}
FROM words
CROSS JOIN log ON log.row = words.rowid
JOIN readable ON readable.number = log.conversation
WHERE words MATCH {match} AND log.seq >= readable.first
ORDER BY words.rowid DESC
LIMIT :most
"""

_ANYWHERE = "('text : (' || :words || ')')"
# No conversation has the number 0.
_THERE = (
    "('text : (' || :words || ') AND place : (0 '"
    " || (SELECT coalesce(group_concat('OR ' || number, ' '), '') FROM readable) || ')')"
)


def _page(match: str) -> Select[Any]:
    columns = ", ".join([*map(str, SHOWN), "readable.id AS conversation"])
    found = text(_FOUND.format(columns=columns, match=match))
    return inOneStep(found.columns(*SHOWN, column("conversation")))


def _count(match: str) -> TextClause:
    found = _FOUND.format(columns="1", match=match)
    return text(f"SELECT count(*) FROM ({found})")  # noqa: S608 - our own names


# Made once: to build a statement costs more than to execute it.
_PAGES = {True: _page(_THERE), False: _page(_ANYWHERE)}
_COUNTS = {True: _count(_THERE), False: _count(_ANYWHERE)}
"""By whether there are few conversations."""


def search(
    connection: Connection,
    readable: Sequence[tuple[str, int]],
    words: str,
    limit: int,
    seconds: Callable[[], float],
) -> Page:
    """
    See L{IStore.search<twisted_chat.domain.interfaces.IStore.search>}. Not more than
    L{MOST_COUNTED} are counted.

    @param seconds: the time now.
    """
    query = _query(words)
    if not query or not readable:
        return Page((), 0)
    asked: dict[str, object] = {
        "readable": msgspec.json.encode([(id, bounded(first)) for id, first in readable]).decode(),
        "words": query,
        "most": bounded(limit),
    }
    few = len(readable) <= MOST_PLACES
    with _until(connection, seconds() + SEARCH_TIME, seconds):
        found = rowsOf(connection, _PAGES[few], asked)
        total = connection.execute(_COUNTS[few], {**asked, "most": MOST_COUNTED}).scalar_one()
    return Page(tuple(eventOf(row, row[-1], present=True) for row in reversed(found)), total)


@contextmanager
def _until(connection: Connection, end: float, seconds: Callable[[], float]) -> Iterator[None]:
    """
    Break off what takes too long.

    @param end: when it has to be done.
    @raise SearchTooLong: it was not.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_progress_handler(lambda: seconds() > end, STEPS)
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        raise SearchTooLong() from error
    finally:
        raw.set_progress_handler(None, 0)


def _query(words: str) -> str:
    """
    The words as FTS5 wants them: each a string, so that nothing in it is an operator.
    """
    return " ".join('"' + word.replace('"', '""') + '"' for word in searchWords(words))
