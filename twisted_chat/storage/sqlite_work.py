"""
Reading from and writing to SQLite, piece by piece, each in a thread of its own kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_chat.domain.errors import NotSaved
from twisted_chat.storage.doubts import Doubts, InDoubt
from twisted_chat.storage.sqlite_link import Link, OutcomeUnknown, plainly, snapshot
from twisted_chat.storage.threads import IThreads

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class SqliteWork:
    """
    What the parts of a store stand on: functions of a connection are given to its threads.
    """

    def __init__(
        self,
        threads: IThreads,
        link: Link,
        readers: Engine | None,
        seconds: Callable[[], float],
        clock: IReactorTime | None = None,
    ) -> None:
        """
        @param threads: do the work.
        @param link: the connection that writes.
        @param readers: the connections that read; C{None} where the one that writes does it.
        @param seconds: the time now, in POSIX seconds.
        @param clock: see L{Doubts}.
        """
        self._threads = threads
        self._link = link
        self._readers = readers
        self._seconds = seconds
        self._doubts = Doubts(lambda number: threads.write(self._happened, number), clock)

    def _read(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> Deferred[T]:
        if self._readers is None:
            return self._threads.write(self._readHere, work, arguments)
        return self._threads.read(self._readAside, self._readers, work, arguments)

    def _search(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> Deferred[T]:
        if self._readers is None:
            return self._read(work, *arguments)
        return self._threads.search(self._readAside, self._readers, work, arguments)

    def _write(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> Deferred[T]:
        return self._threads.write(self._transact, work, arguments).addErrback(self._doubts.settle)

    # What follows runs in the threads.

    def _readHere(self, work: Callable[[Connection, *Ts], T], arguments: tuple[*Ts]) -> T:
        with plainly():
            return work(self._link.connection, *arguments)

    def _readAside(
        self, readers: Engine, work: Callable[[Connection, *Ts], T], arguments: tuple[*Ts]
    ) -> T:
        with plainly(), snapshot(readers) as connection:
            return work(connection, *arguments)

    def _transact(self, work: Callable[[Connection, *Ts], T], arguments: tuple[*Ts]) -> T:
        link = self._link
        with plainly():
            try:
                link.begin()
                before, number = link.raw.total_changes, 0
                result = work(link.connection, *arguments)
                if link.raw.total_changes != before:
                    number = link.number()
                link.commit()
            except BaseException as error:
                link.abandon(error)
                if isinstance(error, OutcomeUnknown) and self._wasDone(number, result):
                    return result
                raise
            return result

    def _wasDone(self, number: int, result: object) -> bool:
        """
        Whether something was done although its commit has failed.

        @param number: of the transaction; 0 for one that has changed nothing.
        @raise InDoubt: that can't be told now.
        """
        if not number:
            return False
        try:
            return self._happened(number)
        except NotSaved as error:
            raise InDoubt(number, result, error) from error

    def _happened(self, number: int) -> bool:
        with plainly():
            return self._link.happened(number)
