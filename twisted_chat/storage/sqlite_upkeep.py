"""
What a database wants to have done beside what people do, so that they do not wait for it.

The index follows the log, its segments are merged, and the write-ahead log is brought into the
database. SQLite would do the latter two by itself: as part of whichever commit has made it
necessary, which then takes 5 to 20 ms instead of a quarter of one, and so do all that wait behind
it. Here each comes in small steps between the commits, or beside them in another thread.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import Engine
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import NotSaved
from twisted_chat.storage.sqlite_index import MOST_BEHIND, WordIndex
from twisted_chat.storage.sqlite_link import Link, driver, plainly
from twisted_chat.storage.sqlite_open import CHECKPOINT
from twisted_chat.storage.threads import IThreads

_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"
"""Goes as far as that is possible without waiting for anybody."""


class Upkeep:
    """
    Looks after the database of a store for as long as it is open.
    """

    _log = Logger()

    def __init__(
        self, threads: IThreads, link: Link, index: WordIndex, readers: Engine | None
    ) -> None:
        """
        @param threads: do the work.
        @param link: the connection that writes.
        @param index: follows the log.
        @param readers: opens other connections to the database; C{None}: there can't be any.
        """
        self._threads = threads
        self._link = link
        self._index = index
        self._readers = readers
        self._open = False
        self._merging = False
        self._checkpointing = False
        self._checkpointed = 0

    def start(self) -> None:
        """
        The store is open.
        """
        self._open = True
        self._followLater()

    def stop(self) -> None:
        """
        Begin nothing more.
        """
        self._open = False

    def written(self) -> None:
        """
        Something was given to the writer: see whether there is something to do behind it.
        """
        if self._index.behind >= MOST_BEHIND:
            # Behind the commit, while what it has placed is handed out.
            self._followLater()
        if self._link.pages - self._checkpointed >= CHECKPOINT:
            self._checkpointLater()

    @asDeferred
    async def follow(self) -> None:
        """
        Bring the index up with the log.

        @return: fails with L{NotSaved} where nothing can be written.
        """
        await self._threads.write(self._catchUp)
        if self._open and not self._merging:
            self._merging = True
            self._merge().addErrback(self._failed, "merging the index failed")

    def checkpoint(self) -> Deferred[None]:
        """
        Bring the write-ahead log into the database, beside the writer and as far as that goes.

        @return: fails with L{NotSaved} where that can't be.
        """
        if self._readers is None:
            return succeed(None)
        return self._threads.search(self._checkpointAside, self._readers)

    def _followLater(self) -> None:
        self.follow().addErrback(self._failed, "the index is behind")

    @asDeferred
    async def _merge(self) -> None:
        try:
            # Between two steps the writer takes what else there is.
            while self._open and await self._threads.write(self._mergeSome):
                pass
        finally:
            self._merging = False

    def _checkpointLater(self) -> None:
        if self._readers is not None and not self._checkpointing:
            self._checkpointing = True
            self._checkpoint(self._readers).addErrback(self._failed, "a checkpoint failed")

    @asDeferred
    async def _checkpoint(self, readers: Engine) -> None:
        try:
            self._checkpointed = self._link.pages
            await self._threads.search(self._checkpointAside, readers)
            # What was written meanwhile is little. Only when nothing is left of it, which nobody
            # but the writer can see to, does the log begin anew.
            if self._open:
                await self._threads.write(self._checkpointRest)
        finally:
            self._checkpointing = False

    def _failed(self, why: Failure, what: str) -> None:
        refusal = why.value
        if isinstance(refusal, NotSaved):
            text = "{what}, and is tried again: {why}"
            self._log.error(text, what=what, why=refusal.fields["why"])
        else:
            self._log.failure("{what}; it is tried again", why, what=what)

    # What follows runs in the threads.

    def _catchUp(self) -> None:
        with plainly():
            self._index.catchUp()

    def _mergeSome(self) -> bool:
        with plainly():
            return self._index.merge()

    def _checkpointAside(self, readers: Engine) -> None:
        with plainly(), readers.connect() as connection:
            try:
                driver(connection).execute(_CHECKPOINT).fetchall()
            except sqlite3.Error:
                # It may be the connection that is at fault: the next time there is another.
                connection.invalidate()
                raise

    def _checkpointRest(self) -> None:
        with plainly(), self._link.attempt():
            self._link.raw.execute(_CHECKPOINT).fetchall()
