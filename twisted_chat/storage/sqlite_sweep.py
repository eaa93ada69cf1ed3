"""
Seeing to it that what was deleted is in no file any more.

The row of a deleted text is overwritten at once (C{secure_delete}), and so are the rows of the
full-text index. Bytes are left in two places: the segments of that index, which hold the words of a
deleted text until they are merged (SQLite 3.42 and later can be told not to keep them), and the
write-ahead log, until it is cut off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from sqlalchemy import delete, select

from twisted_chat.storage.quotes import OF_ROWS, blankQuotes
from twisted_chat.storage.schema import ENDED, conversations, facts, log
from twisted_chat.storage.sqlite_index import mergePages
from twisted_chat.storage.sqlite_link import Link
from twisted_chat.storage.sqlite_open import BUSY_TIMEOUT
from twisted_chat.storage.unswept import UNSWEPT
from twisted_chat.storage.versions import blankRest, forgetVersions

FORGETS_WORDS = sqlite3.sqlite_version_info >= (3, 42, 0)
"""Whether the index can be told not to keep the words of what is deleted."""

SLICE = 500
"""How many rows of an ended room are removed in one step."""

MERGE = 16
"""How many pages of the index are merged in one step: a millisecond's work or two."""

READERS_WAITED_FOR = 20
"""How long the write-ahead log is not cut off for the sake of those who read it, in ms."""


def forgetWords(link: Link) -> None:
    """
    Tell the full-text index not to keep the words of what is deleted, if it can be told.
    """
    if FORGETS_WORDS:
        link.raw.execute("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)")


def cutLog(link: Link) -> bool:
    """
    Cut off the write-ahead log.

    @return: whether nobody reads what is in it. A backup may do so for long, and what is said
        meanwhile does not wait for it.
    """
    raw = link.raw
    raw.execute(f"PRAGMA busy_timeout={READERS_WAITED_FOR}")
    try:
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")
    return not busy


def steps(link: Link, noted: Mapping[str, int]) -> Iterator[None]:
    """
    Sweep in steps, each a transaction of its own, so that what is said meanwhile need not wait.
    L{finish} is to come after them.

    @param noted: what L{unswept<twisted_chat.storage.unswept.unswept>} gave.
    """
    if noted:
        yield from blankRest(link)
        yield from _emptyEnded(link)
    if UNSWEPT in noted and not FORGETS_WORDS:
        yield from _merge(link)


def finish(link: Link, noted: Mapping[str, int]) -> None:
    """
    End a sweep. What has been deleted since it began is left to the next one; so is all, if the
    write-ahead log can't be cut off now.

    @param noted: what the sweep began with.
    """
    if UNSWEPT in noted and not cutLog(link):
        return
    for name, value in noted.items():
        link.writing.execute(delete(facts).where(facts.c.name == name, facts.c.value == value))
    link.commit()


def _emptyEnded(link: Link) -> Iterator[None]:
    """
    Remove the rooms that have ended, with their logs.
    """
    ended = select(conversations.c.number).where(conversations.c.kind == ENDED)
    for number in link.connection.execute(ended).scalars().all():
        some = select(log.c.row).where(log.c.conversation == number).limit(SLICE)
        while rows := link.connection.execute(some).scalars().all():
            link.removeWords(rows)
            blankQuotes(link.connection, OF_ROWS, {"rows": rows})
            link.writing.execute(delete(log).where(log.c.row.in_(rows)))
            link.commit()
            yield
        link.writing.execute(delete(conversations).where(conversations.c.number == number))
        forgetVersions(link.connection, number)
        link.commit()
        yield


def _merge(link: Link) -> Iterator[None]:
    """
    Merge all segments of the index into one, which leaves out what was deleted.
    """
    # The first step, with a negative number, decides what is to be merged.
    pages = -MERGE
    while mergePages(link, pages):
        pages = MERGE
        yield
