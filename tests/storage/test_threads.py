"""
L{twisted_chat.storage.threads}: the writer keeps the order, and nobody waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Event, get_ident
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from zope.interface import implementer

from tests.contracts.store_case import ANN, now
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.events import Said
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads, StoreThreads

T = TypeVar("T")

PATIENCE = 10.0
"""How long a thread may take, in seconds."""


@implementer(IReactorFromThreads)
class Calls:
    """
    The part of a reactor that threads use; its calls are made by hand.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def callFromThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """
        Keep a call.
        """
        self._calls.put(lambda: callable(*args, **kwargs))

    def until(self, deferred: Deferred[Any]) -> None:
        """
        Make the calls until a Deferred has fired.
        """
        while not deferred.called:
            self._calls.get(timeout=PATIENCE)()


def test_whatIsWrittenIsDoneInOrderInOneThread() -> None:
    calls = Calls()
    threads = StoreThreads(calls)
    threads.start()
    done: list[tuple[int, int]] = []
    for number in range(100):
        last = threads.write(lambda number: done.append((number, get_ident())), number)
    calls.until(last)
    assert [number for number, _ in done] == list(range(100))
    assert len({thread for _, thread in done}) == 1
    assert get_ident() not in {thread for _, thread in done}
    calls.until(threads.stop())


def test_readingDoesNotWaitForWriting() -> None:
    calls = Calls()
    threads = StoreThreads(calls)
    threads.start()
    go = Event()
    writing = threads.write(go.wait, PATIENCE)
    reading = threads.read(lambda: 7)
    calls.until(reading)
    assert now(reading) == 7
    assert not writing.called
    go.set()
    calls.until(writing)
    assert now(writing) is True
    calls.until(threads.stop())


def test_nothingWaitsForWhatIsSearched() -> None:
    calls = Calls()
    threads = StoreThreads(calls, readers=1)
    threads.start()
    go = Event()
    searching = [threads.search(go.wait, PATIENCE) for _ in range(3)]
    for pool in (threads.read, threads.write):
        other = pool(lambda: 7)
        calls.until(other)
        assert now(other) == 7
    assert not searching[0].called
    go.set()
    calls.until(threads.stop())
    assert [now(each) for each in searching] == [True] * 3


def test_aFailureIsGivenToWhoAsked() -> None:
    calls = Calls()
    threads = StoreThreads(calls)
    threads.start()
    for pool in (threads.write, threads.read):
        failing = pool(lambda: 1 // 0)
        calls.until(failing)
        with pytest.raises(ZeroDivisionError):
            now(failing)
    calls.until(threads.stop())


def test_stopWaitsForWhatWasTakenAndTakesNoMore() -> None:
    calls = Calls()
    threads = StoreThreads(calls)
    threads.start()
    taken = [threads.write(lambda: "w"), threads.read(lambda: "r")]
    stopped = threads.stop()
    late = [threads.write(lambda: "w"), threads.read(lambda: "r")]
    for deferred in late:
        with pytest.raises(NotSaved, match="the store is closed"):
            now(deferred)
    calls.until(stopped)
    assert [now(deferred) for deferred in taken] == ["w", "r"]


@pytest.mark.parametrize("kept", ["in memory", "in a file"])
def test_aStoreWorksInThreads(tmp_path: Path, kept: str) -> None:
    calls = Calls()
    url = "sqlite://" if kept == "in memory" else f"sqlite:///{tmp_path / 'chat.db'}"
    store = SqliteStore(url, StoreThreads(calls), lambda: 1e9)

    def result(deferred: Deferred[T]) -> T:
        results: list[T] = []
        deferred.addCallback(results.append)
        calls.until(deferred)
        return results[0]

    result(store.start())
    room = result(store.openRoom("lobby", "lobby", ANN, 0.0))
    assert room is not None
    said = Said(id="one", author=ANN, conversations=(room.id,), text="tea")
    other = Said(id="two", author=ANN, conversations=(room.id,), text="more tea")
    late = [store.append([said]), store.append([other]), store.append([said])]
    assert [result(deferred)[0].event.seq for deferred in late] == [1, 2, 1]
    pages = [store.history(room.id) for _ in range(5)]
    pages += [store.search([(room.id, 1)], "tea") for _ in range(5)]
    assert [result(page).total for page in pages] == [2] * 10
    result(store.stop())


@pytest.mark.parametrize("threads", [NoThreads(), StoreThreads(Calls())])
def test_nothingIsTakenBeforeTheStart(threads: NoThreads | StoreThreads) -> None:
    with pytest.raises(NotSaved):
        now(threads.write(lambda: 7))
    assert now(threads.stop()) is None


def test_withoutThreadsAllIsDoneAtOnce() -> None:
    threads = NoThreads()
    threads.start()
    assert now(threads.write(lambda one, other: one + other, 3, 4)) == 7
    with pytest.raises(ZeroDivisionError):
        now(threads.read(lambda: 1 // 0))
    now(threads.stop())
    with pytest.raises(NotSaved):
        now(threads.read(lambda: 7))
