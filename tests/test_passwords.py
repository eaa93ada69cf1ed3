"""
Hashing of passwords: right ones, wrong ones, and too many at a time.
"""

from __future__ import annotations

import os
import sys
from threading import Event
from typing import Any

import pytest
import pytest_twisted
from argon2 import PasswordHasher
from scramp import ScramMechanism  # type: ignore[import-untyped]
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from twisted_chat.domain.errors import Busy, Closing
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.scramkeys import mechanism, readScramKeys
from twisted_chat.passwords import MODEST, MOST_WAITING, THREADS, Argon2Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def passwords() -> Any:
    """
    A pool that is stopped in the end.
    """
    pool = Argon2Passwords(reactor, CHEAP, iterations=4096)
    pool.start()
    yield pool
    if not pool._closed:
        pool.stop()


def test_itHashesPasswords(passwords: Argon2Passwords) -> None:
    verifyObject(IPasswords, passwords)


@pytest_twisted.inlineCallbacks
def test_onlyTheRightPasswordIsRight(passwords: Argon2Passwords) -> Any:
    hashed = (yield passwords.seal("correct horse")).hash
    assert "correct horse" not in hashed
    assert (yield passwords.verify(hashed, "correct horse"))
    assert not (yield passwords.verify(hashed, "battery staple"))


def test_aThreadThatStandsBackReadsNoModules() -> None:
    """
    Whoever reads one holds what all threads need, and on a busy machine such a thread seldom runs.
    """
    mechanism.cache_clear()
    pool = Argon2Passwords(reactor, CHEAP)
    # It was not started, so nothing is done in a thread.
    refused = pool.seal("correct horse")
    assert mechanism.cache_info().currsize == 1
    pool.stop()
    refused.addErrback(lambda why: why.trap(Closing))


def test_oneHashingTakesOneCore() -> None:
    """
    A flood of them would keep the reactor from its core.
    """
    assert Argon2Passwords(reactor)._hasher.parallelism == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
@pytest_twisted.inlineCallbacks
def test_whoHashesStandsBackBehindTheOthers(passwords: Argon2Passwords) -> Any:
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    theirs = yield passwords._do(lambda: os.getpriority(os.PRIO_PROCESS, 0))
    assert (theirs, os.getpriority(os.PRIO_PROCESS, 0)) == (max(MODEST, mine), mine)


@pytest_twisted.inlineCallbacks
def test_whatIsKeptChecksThePasswordWithoutBeingShownItToo(passwords: Argon2Passwords) -> Any:
    sealed = yield passwords.seal("correct horse")
    salt, storedKey, _, iterations = readScramKeys(sealed.scram)
    mechanism = ScramMechanism("SCRAM-SHA-256")
    again = mechanism.make_auth_info("correct horse", iterations, salt)
    assert again[1] == storedKey
    assert "correct" not in repr(sealed)


@pytest_twisted.inlineCallbacks
def test_whoHasNoAccountHasNoPasswordButIsAskedForItAllTheSame(passwords: Argon2Passwords) -> Any:
    assert not (yield passwords.verify("", "nobody"))
    assert not (yield passwords.verify("not a hash", "nobody"))


@pytest_twisted.inlineCallbacks
def test_moreThanTheQueueHoldsIsRefusedAtOnce(passwords: Argon2Passwords) -> Any:
    taken = [passwords.seal(str(number)) for number in range(MOST_WAITING)]
    refused: list[Failure] = []
    passwords.seal("one too many").addErrback(refused.append)
    assert refused[0].check(Busy)
    yield gatherResults(taken)
    assert passwords.waiting == 0


@pytest_twisted.inlineCallbacks
def test_atTheEndWhatWaitsIsRefusedAndWhatIsUnderWayIsFinished(passwords: Argon2Passwords) -> Any:
    results: list[Any] = []
    hashings: list[Deferred[Any]] = [passwords.seal(str(number)) for number in range(20)]
    for each in hashings:
        each.addBoth(results.append)
    passwords.stop()
    refused = [result for result in results if isinstance(result, Failure)]
    assert len(refused) == 20 - THREADS
    assert all(failure.check(Closing) for failure in refused)
    yield gatherResults(hashings[:THREADS])


@pytest_twisted.inlineCallbacks
def test_theEndWaitsForNoHashing() -> Any:
    begun, enough, finished = Event(), Event(), Event()

    class Slow(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            begun.set()
            enough.wait(5)
            finished.set()
            return CHEAP.hash(password)

    passwords = Argon2Passwords(reactor, Slow(), iterations=4096)
    passwords.start()
    hashing = passwords.seal("correct horse")
    assert begun.wait(5)
    passwords.stop()
    assert not finished.is_set()
    enough.set()
    yield hashing
