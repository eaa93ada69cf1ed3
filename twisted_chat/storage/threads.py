"""
Where a store does its work: one thread that writes, a few that read, one that searches.

The pools do the same and differ in one thing: L{StoreThreads} has threads, L{NoThreads} does
what it is given at once. A store that is given the latter is synchronous, which is what tests want.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Protocol, TypeAlias, TypeVar, TypeVarTuple

from twisted.internet.defer import Deferred, execute, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads

from twisted_chat.domain.errors import NotSaved

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Job: TypeAlias = "tuple[Deferred[object], Callable[..., object], tuple[object, ...]]"


class IThreads(Protocol):
    """
    What a store needs.
    """

    def start(self) -> None:
        """
        Be ready for work.
        """

    def write(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        Do a piece of work when all that was to be written before is done.

        @return: fires in the reactor's thread.
        """

    def read(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        Do a piece of work beside the writing, in no order.

        @return: fires in the reactor's thread.
        """

    def search(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        Do a piece of work that may take long beside the writing and the reading, and behind what
        else may take long.

        @return: fires in the reactor's thread.
        """

    def stop(self) -> Deferred[None]:
        """
        Take no more work, and end when what was taken is done.
        """


class StoreThreads:
    """
    One writing thread, a few that read, and one for what takes long, for which nobody else waits.

    They are daemons: a process whose disk hangs can end all the same.
    """

    def __init__(self, reactor: IReactorFromThreads, readers: int = 2) -> None:
        """
        @param reactor: in whose thread the results are given.
        @param readers: how many threads read.
        """
        self._reactor = reactor
        self._readers = readers
        # Queues written in C, with nothing around them: this is the hot path.
        self._writing: SimpleQueue[Job | None] = SimpleQueue()
        self._reading: SimpleQueue[Job | None] = SimpleQueue()
        self._searching: SimpleQueue[Job | None] = SimpleQueue()
        self._running = 0
        self._open = False
        self._stopped: Deferred[None] | None = None

    def start(self) -> None:
        """
        Start the threads.
        """
        self._open = True
        self._begin("store writer", self._writing)
        self._begin("store searcher", self._searching)
        for number in range(self._readers):
            self._begin(f"store reader {number + 1}", self._reading)

    def write(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        See L{IThreads.write}.
        """
        return self._put(self._writing, work, arguments)

    def read(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        See L{IThreads.read}.
        """
        return self._put(self._reading, work, arguments)

    def search(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        See L{IThreads.search}.
        """
        return self._put(self._searching, work, arguments)

    def stop(self) -> Deferred[None]:
        """
        End the threads; each finishes what it was given before.
        """
        if not self._open or not self._running:
            self._open = False
            return succeed(None)
        self._open = False
        self._stopped = Deferred()
        self._writing.put(None)
        self._searching.put(None)
        for _ in range(self._readers):
            self._reading.put(None)
        return self._stopped

    def _begin(self, name: str, queue: SimpleQueue[Job | None]) -> None:
        self._running += 1
        Thread(target=self._run, args=(queue,), name=name, daemon=True).start()

    def _put(
        self,
        queue: SimpleQueue[Job | None],
        work: Callable[[*Ts], T],
        arguments: tuple[*Ts],
    ) -> Deferred[T]:
        if not self._open:
            return fail(NotSaved(why="the store is closed"))
        done: Deferred[T] = Deferred()
        queue.put((done, work, arguments))  # type: ignore[arg-type]
        return done

    def _run(self, queue: SimpleQueue[Job | None]) -> None:
        report = self._reactor.callFromThread
        while (job := queue.get()) is not None:
            done, work, arguments = job
            try:
                result = work(*arguments)
            except BaseException as error:
                report(done.errback, error)
            else:
                report(done.callback, result)
            # Otherwise the last batch would stay in memory until the next one.
            del job, done, work, arguments
            result = None
        report(self._ended)

    def _ended(self) -> None:
        self._running -= 1
        if not self._running and self._stopped is not None:
            stopped, self._stopped = self._stopped, None
            stopped.callback(None)


class NoThreads:
    """
    Does everything at once, in the thread of the caller.
    """

    def __init__(self) -> None:
        self._open = False

    def start(self) -> None:
        """
        Be ready for work.
        """
        self._open = True

    def write(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        """
        See L{IThreads.write}.
        """
        if not self._open:
            return fail(NotSaved(why="the store is closed"))
        return execute(work, *arguments)

    read = search = write

    def stop(self) -> Deferred[None]:
        """
        Take no more work.
        """
        self._open = False
        return succeed(None)
