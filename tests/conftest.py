"""
What every test keeps: nothing goes wrong unseen.

A test fails for what was logged as an error, for a Deferred whose failure nobody took, and for
calls that it leaves behind on the reactor. One that lets something go wrong on purpose takes the
fixture C{wrongs} and flushes what it expects.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import importlib.metadata
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.examples import examples

pytest.register_assert_rewrite("tests.contracts")

# Before each test, pytest asks for Twisted's, which is read from its files each time.
importlib.metadata.version = cache(importlib.metadata.version)

IN_MEMORY = "/dev/shm"
ENOUGH = 1 << 30
"""Bytes; the tests need a tenth of it."""


def _hasRoom(folder: str) -> bool:
    """
    Whether a folder in memory takes all files of the tests, programs among them.
    """
    if not os.access(folder, os.W_OK):
        return False
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize >= ENOUGH and not system.f_flag & os.ST_NOEXEC


if sys.platform == "linux" and _hasRoom(IN_MEMORY):
    # No test cuts off the power: what is in memory outlasts a killed server as it does on a disk,
    # and thousands of databases need not wait for one.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)

settings.register_profile(
    "local", examples(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


@implementer(ILogObserver)
class Wrongs:
    """
    What was logged as an error since it was last flushed.
    """

    def __init__(self) -> None:
        self._events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        """
        Take a log event: L{twisted.logger.ILogObserver}.
        """
        if event.get("log_format") == "Unhandled error in Deferred:":
            # A headline; what it is about follows as an event of its own.
            return
        level = event.get("log_level")
        if "log_failure" in event or (level is not None and level >= LogLevel.error):
            self._events.append(event)

    def flush(self, *kinds: type[BaseException]) -> list[str]:
        """
        Say that what was logged was expected.

        @param kinds: only failures of these kinds; all that was logged if none is given.
        @return: the messages.
        """
        gc.collect()
        found = [e for e in self._events if not kinds or _isOf(e, kinds)]
        self._events = [e for e in self._events if not any(e is one for one in found)]
        return [formatEvent(event) for event in found]

    def told(self) -> str:
        """
        All of it, with tracebacks, for who reads the test's failure; it is forgotten then.
        """
        events, self._events = self._events, []
        return "\n".join(f"{formatEvent(event)}\n{_failureOf(event)}" for event in events)


def _failureOf(event: LogEvent) -> str:
    failure = event.get("log_failure")
    return failure.getTraceback() if isinstance(failure, Failure) else ""


def _isOf(event: LogEvent, kinds: Sequence[type[BaseException]]) -> bool:
    failure = event.get("log_failure")
    return isinstance(failure, Failure) and failure.check(*kinds) is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    What takes long begins first, so that no process has it left when the others are done.
    """
    items.sort(key=lambda item: item.get_closest_marker("integration") is None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """
    What is imported is there to stay: it need not be looked through again and again.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def wrongs(request: pytest.FixtureRequest) -> Iterator[Wrongs]:
    """
    Fails the test for what goes wrong unseen; L{Wrongs.flush} for what was meant to.
    """
    seen = Wrongs()
    before = _delayedCalls()
    globalLogPublisher.addObserver(seen)
    try:
        yield seen
        # Pytest keeps the instance of each test to its own end, with the network that it has.
        if request.instance is not None:
            vars(request.instance).clear()
        # A Deferred reports the failure that nobody took when it is collected. To look at what is
        # young costs little; the rest is looked at when the module ends.
        gc.collect(1)
    finally:
        globalLogPublisher.removeObserver(seen)
    told = seen.told()
    left = [call for call in _delayedCalls() if not any(call is one for one in before)]
    for call in left:
        call.cancel()
    if told:
        pytest.fail(f"This was logged and not expected:\n{told}", pytrace=False)
    if left:
        pytest.fail(f"These calls were left on the reactor: {left}", pytrace=False)


_modules = count(1)
LOOK_AGAIN = 64
"""After so many modules, what seemed to be there to stay is looked through once more."""


@pytest.fixture(autouse=True, scope="session")
def _nothingUnseenAtAll() -> Iterator[None]:
    """
    Fails for the failures that nobody took in what seemed to be there to stay.
    """
    yield
    gc.unfreeze()
    _collectAll("in one of the last files' tests")


@pytest.fixture(autouse=True, scope="module")
def _nothingUnseenInTheModule() -> Iterator[None]:
    """
    Fails for the failures that nobody took in any of the module's tests.
    """
    # The last test's own things go only when it is over; what is left then mostly stays.
    if next(_modules) % LOOK_AGAIN == 0:
        gc.unfreeze()
    _collectAll("before this file's tests")
    gc.freeze()
    yield
    _collectAll("in one of this file's tests")


def _collectAll(when: str) -> None:
    seen = Wrongs()
    globalLogPublisher.addObserver(seen)
    gc.collect()
    globalLogPublisher.removeObserver(seen)
    told = seen.told()
    if told:
        pytest.fail(f"Nobody took this, {when}:\n{told}", pytrace=False)


def _delayedCalls() -> list[Any]:
    """
    What waits on the real reactor, if there is one in this process.
    """
    reactor = sys.modules.get("twisted.internet.reactor")
    return list(reactor.getDelayedCalls()) if reactor is not None else []


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The working folder has been removed.
    """
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


@pytest.fixture
def lockless(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The file system has no locks.
    """

    def refuse(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """
    What is logged meanwhile.
    """
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)
