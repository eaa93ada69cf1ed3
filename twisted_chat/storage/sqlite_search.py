"""
Searching the log with SQLite's own full-text index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, TextClause, column, text
from sqlalchemy.exc import DBAPIError

from twisted_chat.domain.errors import SearchTooLong
from twisted_chat.domain.records import Criteria, Page
from twisted_chat.storage.codec import SHOWN, eventOf
from twisted_chat.storage.onestep import inOneStep, rowsOf
from twisted_chat.storage.places import placeAt
from twisted_chat.storage.reading import LARGEST, MOST_COUNTED, bounded
from twisted_chat.storage.sqlite_link import driver
from twisted_chat.storage.words import searchWords

SEARCH_TIME = 2.0
"""How many seconds a search may take; other searches wait for it."""

STEPS = 500_000
"""How many steps of SQLite's machine, some 10 ms, are made between two looks at the time."""

MOST_PLACES = 16
"""
Of so many conversations the index tells what was said there, and where no words are searched for
they are gone through one by one. Where there are more, it costs less to see of each match whether
it may be read.
"""

Asked = tuple[Sequence[tuple[str, int]], str | None, int, Criteria, Callable[[], float]]
"""What is searched for: the parameters of L{search} behind the connection."""

# The rooms come as one JSON value, since there is no limit to how many they are. The order of the
# tables is the order in which SQLite is to go through them: the matches, the newest first.
_FOUND = """
WITH readable AS MATERIALIZED (
    SELECT conversations.number, conversations.id,
        json_extract(value, '$[1]') AS first, json_extract(value, '$[2]') AS last
    FROM json_each(:readable)
    CROSS JOIN conversations ON conversations.id = json_extract(value, '$[0]')
)
SELECT {columns}
FROM {found}
AND {wanted}
ORDER BY {place} {order}
LIMIT :most
"""

_WANTED = """
log.seq BETWEEN readable.first AND readable.last
AND (:author = '' OR log.author_name = :author COLLATE NOCASE OR log.author = :account)
AND log.at BETWEEN :since AND :until
"""

_MATCHING = """
words
CROSS JOIN log ON log.row = words.rowid
JOIN readable ON readable.number = log.conversation
WHERE words MATCH {match} AND words.rowid BETWEEN :lowest AND :highest
"""
_IN_WORDS = _MATCHING.format(match="('text : (' || :words || ')')")
# No conversation has the number 0.
_IN_PLACES = _MATCHING.format(
    match="('text : (' || :words || ') AND place : (0 '"
    " || (SELECT coalesce(group_concat('OR ' || number, ' '), '') FROM readable) || ')')"
)
_SAID = "log.kind = 'said' AND NOT log.deleted"
_IN_LOG = f"""
log
CROSS JOIN readable ON readable.number = log.conversation
WHERE {_SAID}
"""
# As many of each as are wanted of all, in the order of its own index.
_IN_EACH = f"""
readable
CROSS JOIN log ON log.row IN (
    SELECT log.row FROM log
    WHERE log.conversation = readable.number AND {_SAID} AND {_WANTED}
    ORDER BY log.seq {{order}}
    LIMIT :most
)
WHERE true
"""  # noqa: S608 - our own words


class _Way:
    """
    A way to search: two statements, made once, since to make them costs more than to execute them.

    @ivar page: selects what is found.
    @ivar count: counts it.
    """

    def __init__(self, found: str, place: str, oldest: bool) -> None:
        order = "" if oldest else "DESC"
        columns = ", ".join([*map(str, SHOWN), "readable.id AS conversation"])
        parts = {
            "found": found.format(order=order),
            "place": place,
            "order": order,
            "wanted": _WANTED,
        }
        page = text(_FOUND.format(columns=columns, **parts))
        self.page: Select[Any] = inOneStep(page.columns(*SHOWN, column("conversation")))
        counted = _FOUND.format(columns="1", **parts)
        self.count: TextClause = text(f"SELECT count(*) FROM ({counted})")  # noqa: S608 - our own names


_WAYS = {
    (found, oldest): _Way(found, place, oldest)
    for found, place in (
        (_IN_WORDS, "words.rowid"),
        (_IN_PLACES, "words.rowid"),
        (_IN_LOG, "log.row"),
        (_IN_EACH, "log.row"),
    )
    for oldest in (False, True)
}


def search(
    connection: Connection,
    readable: Sequence[tuple[str, int]],
    words: str | None,
    limit: int,
    criteria: Criteria,
    seconds: Callable[[], float],
) -> Page:
    """
    See L{IStore.search<twisted_chat.domain.interfaces.IStore.search>}. Not more than
    L{MOST_COUNTED} are counted, and without words none that is left out.

    @param seconds: the time now.
    """
    query = _query(words or "")
    if not readable or (words is not None and not query):
        return Page((), 0)
    most = bounded(limit)
    places, lowest, highest = _narrowed(connection, readable, criteria)
    asked: dict[str, object] = {
        "readable": msgspec.json.encode(places).decode(),
        "words": query,
        "author": criteria.author,
        "account": criteria.account,
        "since": criteria.since,
        "until": criteria.until,
        "lowest": lowest,
        "highest": highest,
    }
    few = len(readable) <= MOST_PLACES
    if query:
        found, counted = (_IN_PLACES if few else _IN_WORDS), MOST_COUNTED
    else:
        found, counted = (_IN_EACH if few else _IN_LOG), most + 1
    way = _WAYS[found, criteria.oldest]
    with _until(connection, seconds() + SEARCH_TIME, seconds):
        rows = rowsOf(connection, way.page, {**asked, "most": most})
        total = connection.execute(way.count, {**asked, "most": counted}).scalar_one()
    events = tuple(eventOf(row, row[-1], present=True) for row in rows)
    if not criteria.oldest:
        events = events[::-1]
    more = not query and total > most
    return Page(events, most if more else total, more)


def _narrowed(
    connection: Connection, readable: Sequence[tuple[str, int]], criteria: Criteria
) -> tuple[list[tuple[str, int, int]], int, int]:
    """
    Where there can be anything of the time that is wanted: what is older or newer need not be gone
    through.

    @return: the conversations, each with its first and last seq; the first and the last row.
    """
    if len(readable) > MOST_PLACES:
        return [(id, bounded(first), LARGEST) for id, first in readable], 0, LARGEST
    places: list[tuple[str, int, int]] = []
    lowest, highest = LARGEST, 0
    for id, first in readable:
        before, until = (0, 0), (LARGEST, LARGEST)
        if criteria.since > 0:
            before = placeAt(connection, id, criteria.since)
        if criteria.until < inf:
            until = placeAt(connection, id, criteria.until)
        places.append((id, max(bounded(first), before[0]), until[0]))
        lowest, highest = min(lowest, before[1]), max(highest, until[1])
    return places, lowest, highest


@contextmanager
def _until(connection: Connection, end: float, seconds: Callable[[], float]) -> Iterator[None]:
    """
    Break off what takes too long.

    @param end: when it has to be done.
    @raise SearchTooLong: it was not.
    """
    raw = driver(connection)
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
