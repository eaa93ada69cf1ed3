"""
Reading from and writing to SQLite, piece by piece, each in a thread of its own kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_chat.domain.errors import NotSaved
from twisted_chat.storage.doubts import Doubts, InDoubt
from twisted_chat.storage.sqlite_link import Link, OutcomeUnknown, plainly, snapshot
from twisted_chat.storage.threads import IThreads

T = TypeVar("T")
P = ParamSpec("P")

Work = Callable[Concatenate[Connection, P], T]
"""A function of a connection, and of what it is given beside that."""


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
        clock: IReactorTime | None,
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

    def _read(self, work: Work[P, T], *arguments: P.args, **named: P.kwargs) -> Deferred[T]:
        if self._readers is None:
            return self._threads.write(self._readHere, work, arguments, named)
        return self._threads.read(self._readAside, self._readers, work, arguments, named)

    def _search(self, work: Work[P, T], *arguments: P.args, **named: P.kwargs) -> Deferred[T]:
        if self._readers is None:
            return self._read(work, *arguments, **named)
        return self._threads.search(self._readAside, self._readers, work, arguments, named)

    def _write(self, work: Work[P, T], *arguments: P.args, **named: P.kwargs) -> Deferred[T]:
        written = self._threads.write(self._transact, work, arguments, named)
        return written.addErrback(self._doubts.settle)

    # What follows runs in the threads.

    def _readHere(
        self, work: Callable[..., T], arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> T:
        with plainly():
            return work(self._link.connection, *arguments, **named)

    def _readAside(
        self,
        readers: Engine,
        work: Callable[..., T],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
    ) -> T:
        with plainly(), snapshot(readers) as connection:
            return work(connection, *arguments, **named)

    def _transact(
        self, work: Callable[..., T], arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> T:
        link = self._link
        with plainly():
            try:
                link.begin()
                before, number = link.raw.total_changes, 0
                result = work(link.connection, *arguments, **named)
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


Method = Callable[Concatenate[SqliteWork, P], Deferred[T]]
"""What a store can be asked for."""


def reads(work: Work[P, T]) -> Method[P, T]:
    """
    A method that has a function read, beside what is written.
    """

    @wraps(work)
    def read(self: SqliteWork, /, *arguments: P.args, **named: P.kwargs) -> Deferred[T]:
        return self._read(work, *arguments, **named)

    return read


def writes(work: Work[P, T]) -> Method[P, T]:
    """
    A method that has a function write, in a transaction of its own.
    """

    @wraps(work)
    def write(self: SqliteWork, /, *arguments: P.args, **named: P.kwargs) -> Deferred[T]:
        return self._write(work, *arguments, **named)

    return write
