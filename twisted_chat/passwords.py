"""
Hashing of passwords with Argon2id, in threads of its own.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

from twisted_chat.domain.errors import Busy, Closing
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.passwords import Sealed
from twisted_chat.domain.scramkeys import ITERATIONS, makeScramKeys, mechanism

T = TypeVar("T")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

THREADS = max(1, min(CORES // 2, 4))
"""
How many are hashed at a time, each by one core with 64 MiB: half of the cores are left, where there
is more than one.
"""

MOST_WAITING = 256 * THREADS
"""
How many hashings may wait or be under way: ten to twenty seconds' work. When everybody comes back
at once after a restart, they had better wait than come in as guests; who logs in has a minute.
"""

MODEST = 10
"""How much a thread that hashes stands back behind others: its niceness, on Linux."""


class _Daemon(Thread):
    """
    A thread for which the process does not wait in the end.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(daemon=True, **how)


class _Daemons(ThreadPool):
    """
    Threads for which nobody waits in the end.
    """

    threadFactory: type[Thread] = _Daemon

    def stop(self) -> None:
        """
        Let the threads end when they have done what they are doing.
        """
        # Those that are known are waited for.
        self.threads.clear()
        super().stop()


@implementer(IPasswords)
class Argon2Passwords:
    """
    A pool of threads that hash. Its queue is bounded: a flood of logins makes logins wait, and
    nothing else.
    """

    def __init__(
        self, reactor: Any, hasher: PasswordHasher | None = None, iterations: int = ITERATIONS
    ) -> None:
        """
        @param reactor: in whose thread results are given.
        @param hasher: with the parameters to use; by default the library's own, in one thread.
        @param iterations: of the keys for SCRAM.
        """
        self._reactor = reactor
        self._iterations = iterations
        # By default each would be done by four threads at once.
        self._hasher = hasher or PasswordHasher(parallelism=1)
        self._pool = _Daemons(0, THREADS, "passwords")
        self._nobody = ""
        self._queue: deque[tuple[Deferred[Any], Callable[..., Any], tuple[str, ...]]] = deque()
        self._working = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """
        How many hashings wait or are under way.
        """
        return len(self._queue) + self._working

    def start(self) -> None:
        """
        Be ready for work.
        """
        self._pool.start()

    def stop(self) -> None:
        """
        Refuse what waits. What is under way takes a second at times, and is not waited for.
        """
        self._closed = True
        rest, self._queue = self._queue, deque()
        for done, _, _ in rest:
            done.errback(Closing())
        self._pool.stop()

    def seal(self, password: str) -> Deferred[Sealed]:
        """
        See L{IPasswords.seal}.
        """
        # A thread that stands back would keep the others from running while it reads modules.
        mechanism()
        return self._do(self._seal, password)

    def _seal(self, password: str) -> Sealed:
        return Sealed(self._hasher.hash(password), makeScramKeys(password, self._iterations))

    def verify(self, hash: str, password: str) -> Deferred[bool]:
        """
        See L{IPasswords.verify}.
        """
        return self._do(self._verify, hash, password)

    def _verify(self, hash: str, password: str) -> bool:
        if not hash:
            # A name that nobody has must take as long as one that somebody has.
            self._nobody = self._nobody or self._hasher.hash("nobody")
        try:
            right = self._hasher.verify(hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return right and bool(hash)

    def _do(self, work: Callable[..., T], *arguments: str) -> Deferred[T]:
        if self._closed:
            return fail(Closing())
        if self.waiting >= MOST_WAITING:
            return fail(Busy())
        done: Deferred[T] = Deferred()
        self._queue.append((done, work, arguments))
        self._next()
        return done

    def _next(self) -> None:
        # The pool is given what it has threads for, so that the rest can still be refused.
        while self._queue and self._working < THREADS:
            self._working += 1
            done, work, arguments = self._queue.popleft()
            result = deferToThreadPool(self._reactor, self._pool, _modestly, work, *arguments)
            result.addBoth(self._done, done)

    def _done(self, result: Any, done: Deferred[Any]) -> None:
        self._working -= 1
        self._next()
        done.callback(result)


def _modestly(work: Callable[..., T], *arguments: str) -> T:
    """
    Do some work after what else there is to do on the machine.
    """
    if sys.platform == "linux" and os.getpriority(os.PRIO_PROCESS, 0) < MODEST:
        # Only there this is about the one thread. A sandbox may not allow it.
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, MODEST)
    return work(*arguments)
