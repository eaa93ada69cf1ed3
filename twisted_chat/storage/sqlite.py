"""
The store that needs nothing installed: a SQLite database in the data folder, or in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from twisted.internet.defer import Deferred, DeferredLock, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import NotKnown, NotSaved
from twisted_chat.domain.events import Event
from twisted_chat.domain.ids import Ids
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import (
    ANY,
    Account,
    Criteria,
    Page,
    Placement,
)
from twisted_chat.storage import (
    accounts,
    people,
    rooms,
    sqlite_search,
    sqlite_sweep,
)
from twisted_chat.storage.append import Appender
from twisted_chat.storage.formernames import formerFolds
from twisted_chat.storage.migrations import upgrade
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.sqlite_copy import removeBefore
from twisted_chat.storage.sqlite_index import WordIndex, mergeInSteps
from twisted_chat.storage.sqlite_link import Link, plainly
from twisted_chat.storage.sqlite_open import MEMORY, Connect, connect, databaseOf, openEngine
from twisted_chat.storage.sqlite_rooms import SqliteRooms
from twisted_chat.storage.sqlite_upkeep import Upkeep
from twisted_chat.storage.threads import IThreads
from twisted_chat.storage.unswept import UNSWEPT, unswept

READERS = 3
"""How many connections read: those of the threads that read, and of the one that searches."""

LAST_SWEEP = 2.0
"""How long the sweep may take when the store is closed, in seconds."""


@implementer(IStore)
class SqliteStore(SqliteRooms):
    """
    An L{IStore} on SQLite. No other program may write to its database meanwhile.
    """

    def __init__(
        self,
        url: str,
        threads: IThreads,
        seconds: Callable[[], float],
        connect: Connect = connect,
        clock: IReactorTime | None = None,
    ) -> None:
        """
        @param url: C{sqlite:///PATH}, or C{sqlite://} for a database in memory.
        @param threads: do the work.
        @param seconds: the time now, in POSIX seconds.
        @param connect: opens the file of a path as the driver does.
        @param clock: tells when to look again what became of something, where the database could
            not be asked; C{None}: it stays unknown.
        @raise StartRefused: there is no such kind of database.
        """
        self._database = databaseOf(url)
        # A database in memory belongs to its one connection.
        self._lasting = self._database != MEMORY
        link = Link(openEngine(self._database, connect, 0), self._lasting)
        readers = openEngine(self._database, connect, READERS) if self._lasting else None
        super().__init__(threads, link, readers, seconds, clock)
        self._index = WordIndex(self._link)
        self._appender = Appender(self._link, self._index, seconds)
        self._upkeep = Upkeep(threads, link, self._index, readers)
        self._sweeping = DeferredLock()
        self._newId = Ids(seconds)
        self._roomFolds, self._formerFolds = set(), set()
        # Nearly everybody who comes in as a guest has a name that nobody has registered.
        self._folds: set[str] = set()
        self._started = False

    def prepare(self) -> None:
        """
        Bring the database up to date here and now, where no reactor runs yet: a start that has to
        be refused is refused before anything else begins.

        @raise StartRefused: see L{start}.
        """
        if self._lasting:
            self._open()
            self._link.close()

    @asDeferred
    async def start(self) -> None:
        """
        See L{IStore.start}.

        @return: fails with L{StartRefused} if the data is newer than the program, or can't be used.
        """
        self._threads.start()
        try:
            await self._threads.write(self._open)
        except BaseException:
            await self._threads.stop()
            raise
        self._started = True
        self._upkeep.start()

    @asDeferred
    async def stop(self) -> None:
        """
        See L{IStore.stop}. While a disk hangs it does not fire. One that has not been started, or
        has been stopped, is left as it is.
        """
        if not self._started:
            return
        self._started = False
        self._upkeep.stop()
        self._doubts.end()
        closed = self._threads.write(self._close)
        # Nothing may come behind the closing, or it would open the database again.
        stopped = self._threads.stop()
        try:
            await closed
        finally:
            await stopped
            if self._readers is not None:
                self._readers.dispose()

    def append(self, events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        """
        See L{IStore.append}.
        """
        self._noteNames(events)
        placed: Deferred[Sequence[Placement]] = self._threads.write(self._append, events)
        self._upkeep.written()
        return placed

    @asDeferred
    async def search(
        self,
        readable: Sequence[tuple[str, int]],
        words: str | None,
        limit: int = 20,
        criteria: Criteria = ANY,
    ) -> Page:
        """
        See L{IStore.search}.
        """
        asked = (readable, words, limit, criteria, self._seconds)
        try:
            await self._upkeep.follow()
        except NotSaved:
            # Where nothing can be written, what there is can be read.
            return await self._threads.write(self._searchWhole, *asked)
        return await self._search(sqlite_search.search, *asked)

    def sweepDeleted(self) -> Deferred[None]:
        """
        See L{IStore.sweepDeleted}.
        """
        return self._sweeping.run(self._sweep)

    def removeCopies(self, before: float) -> Deferred[Sequence[str]]:
        """
        See L{IStore.removeCopies}.
        """
        return self._threads.write(self._removeCopies, before)

    def createAccount(self, account: Account, invitation: str = "") -> Deferred[None]:
        """
        See L{IStore.createAccount}.
        """
        # Before it is there: what is looked up in between is looked up in vain, and no worse.
        self._folds.add(account.fold)
        return self._write(accounts.createAccount, account, invitation)

    def account(self, fold: str) -> Deferred[Account | None]:
        """
        See L{IStore.account}.
        """
        if fold not in self._folds:
            return succeed(None)
        return self._read(accounts.account, fold)

    def eraseAccount(self, id: str, at: float) -> Deferred[Sequence[str]]:
        """
        See L{IStore.eraseAccount}.
        """
        erased = self._appender.erased
        # Before it is blank: no mark comes behind that.
        erased.add(id)

        def failed(why: Failure) -> Failure:
            if why.check(NotKnown) is None:
                erased.discard(id)
            return why

        return self._write(people.erase, id, at).addErrback(failed)

    # What follows runs in the threads.

    def _open(self) -> None:
        place = self._database
        try:
            with plainly(place):
                try:
                    self._link.begin()
                    upgrade(self._link.connection, place)
                    self._link.commit()
                except BaseException as error:
                    self._link.abandon(error)
                    self._link.close()
                    raise
                sqlite_sweep.forgetWords(self._link)
                mergeInSteps(self._link)
                self._folds = accounts.folds(self._link.connection)
                self._roomFolds = set()
                for fold in rooms.folds(self._link.connection):
                    self._noteName(fold)
                self._formerFolds = formerFolds(self._link.connection)
        except NotSaved as error:
            why = error.fields["why"]
            raise StartRefused(f"The data in {place} can't be used: {why}.") from error

    def _close(self) -> None:
        try:
            with plainly():
                noted = unswept(self._link.connection)
                deadline = self._seconds() + LAST_SWEEP
                for _ in sqlite_sweep.steps(self._link, noted):
                    if self._seconds() > deadline:
                        # The next start goes on with it.
                        break
                else:
                    sqlite_sweep.finish(self._link, noted)
                sqlite_sweep.cutLog(self._link)
        finally:
            self._link.close()

    def _removeCopies(self, before: float) -> Sequence[str]:
        if not self._lasting:
            return ()
        try:
            return removeBefore(Path(self._database), before)
        except OSError as error:
            raise NotSaved(why=f"{error.filename} can't be removed: {error.strerror}") from error

    def _append(self, events: Sequence[Event]) -> list[Placement]:
        with plainly():
            return self._appender.append(events)

    def _searchWhole(self, *asked: *sqlite_search.Asked) -> Page:
        with plainly(), self._index.whole():
            return sqlite_search.search(self._link.connection, *asked)

    @asDeferred
    async def _sweep(self) -> None:
        noted = await self._threads.write(self._unswept)
        left = sqlite_sweep.steps(self._link, noted)
        # Between two steps the writer takes what else there is.
        while await self._threads.write(self._step, left):
            pass
        if UNSWEPT in noted:
            # What is brought into the database aside need not be by the writer.
            await self._upkeep.checkpoint()
        if noted:
            await self._threads.write(self._finish, noted)

    def _unswept(self) -> Mapping[str, int]:
        with plainly():
            return unswept(self._link.connection)

    def _step(self, left: Iterator[None]) -> bool:
        with plainly(), self._link.attempt():
            return next(left, self) is None

    def _finish(self, noted: Mapping[str, int]) -> None:
        with plainly(), self._link.attempt():
            sqlite_sweep.finish(self._link, noted)
