"""
Keeping SQLite's full-text index up with the log.

A message in the index by itself costs as much as all the rest of its commit, one among a few
hundred a quarter of that. So the index follows the log at a distance: before somebody searches, and
whenever it is L{MOST_BEHIND} messages behind. It takes what it lacks from the log as it reads then,
so what is edited or deleted meanwhile needs nothing here, and what a crash has left behind is
nothing special: all messages up to the newest one in the index are in it, or deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from twisted_chat.storage.sqlite_link import Link
from twisted_chat.storage.words import searchText

MOST_BEHIND = 128
"""How many messages may be in the log and not in the index: a millisecond's work."""

AT_ONCE = 1000
"""How many are taken up in one transaction."""

MERGED = 8
"""How many pages of segments of the index are merged in one step: a millisecond's work, too."""

MAKE = (
    "CREATE VIRTUAL TABLE words USING fts5 (text, place, columnsize = 0,"
    """ tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'")"""
)
"""
Makes the index: for each message its words, signs of scripts without spaces by themselves, and the
number of its conversation. It is changed by a new migration and here, as the tables are.
"""

# Both are one step for the driver, which lets other threads run at each: see L{Many}.
_LACKING = """
SELECT json_group_array(json_array(row, text, conversation)) FROM (
    SELECT row, coalesce(present, text) AS text, conversation FROM log
    WHERE row > coalesce((SELECT rowid FROM words ORDER BY rowid DESC LIMIT 1), 0)
    AND kind = 'said' AND NOT deleted
    ORDER BY row LIMIT ?
)
"""
_ADD = """
INSERT INTO words (rowid, text, place)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(?)
"""
_RESTORE = """
INSERT INTO words (rowid, text, place)
SELECT ?, ?, ? WHERE ? < (SELECT rowid FROM words ORDER BY rowid DESC LIMIT 1)
"""

_MERGE = "INSERT INTO words (words, rank) VALUES ('merge', ?)"

_decode = msgspec.json.Decoder(list[tuple[int, str, int]]).decode
_encode = msgspec.json.Encoder().encode


def mergeInSteps(link: Link) -> None:
    """
    Tell SQLite not to merge segments of the index by itself: L{WordIndex.merge} does.
    """
    link.raw.execute("INSERT INTO words (words, rank) VALUES ('automerge', 0)")


def mergePages(link: Link, pages: int) -> bool:
    """
    Merge some of the segments of the index, in a transaction of its own.

    @param pages: how many of their pages; less than 0, to begin to merge all of them into one.
    @return: whether that was not all.
    """
    link.begin()
    before = link.raw.total_changes
    link.raw.execute(_MERGE, (pages,))
    changed = link.raw.total_changes - before
    link.commit()
    # The command itself counts as one (FTS5, section 6.7).
    return changed > 1


class WordIndex:
    """
    The index of what was said; lives in the writing thread.

    @ivar behind: not more messages than these are missing in it.
    """

    def __init__(self, link: Link) -> None:
        """
        @param link: the connection that writes.
        """
        self._link = link
        # What the last run has left is not known.
        self.behind = 1

    def catchUp(self) -> None:
        """
        Take up what is missing.
        """
        if not self.behind:
            return
        # If it fails, it is tried again, but not with each message.
        self.behind = 1
        while self._step() == AT_ONCE:
            pass
        self.behind = 0

    @contextmanager
    def whole(self) -> Iterator[None]:
        """
        The index with all that is missing in it, and behind that as it was: where nothing can be
        written, what there is can be found.
        """
        link = self._link
        link.begin()
        try:
            while self._take() == AT_ONCE:
                pass
            yield
        finally:
            if link.raw.in_transaction:
                link.raw.execute("ROLLBACK")

    def merge(self) -> bool:
        """
        Merge some of the segments that there are, one for each time that something was taken up, in
        a transaction of its own: a search has to look into each of them.

        @return: whether that was not all.
        """
        with self._link.attempt():
            return mergePages(self._link, MERGED)

    def restore(self, row: int, text: str, number: int) -> None:
        """
        A message that was deleted is there again; within the present transaction.

        @param row: its row.
        @param number: of its conversation.
        @param text: what it reads.
        """
        self._link.begin()
        # Behind the newest one that is in the index it would hide those between from catchUp.
        self._link.raw.execute(_RESTORE, (row, searchText(text), number, row))
        self.behind += 1

    def _step(self) -> int:
        """
        Take up some, in a transaction of their own.

        @return: how many.
        """
        link = self._link
        with link.attempt():
            link.begin()
            taken = self._take()
            link.commit()
        return taken

    def _take(self) -> int:
        (found,) = self._link.raw.execute(_LACKING, (AT_ONCE,)).fetchone()
        lacking = _decode(found)
        if lacking:
            words = [(row, searchText(text), number) for row, text, number in lacking]
            self._link.raw.execute(_ADD, (_encode(words).decode(),))
        return len(lacking)
