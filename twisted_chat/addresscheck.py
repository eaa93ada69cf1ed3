"""
The operator's own check of addresses: a program that is asked before somebody may come in.

It reads one JSON object on its standard input, C{{"address": "192.0.2.7", "name": "alex",
"account": ""}}, and answers with one on its standard output: C{{"allow": true}}, or
C{{"allow": false, "reason": "an open proxy"}}. What it does not answer in time, or not like that,
counts as allowed, and is in the log: a check that is broken must not close the network.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from signal import SIGKILL
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.domain.interfaces import IAddressCheck

AT_ONCE: Final = 4
"""How many programs run at the same time; the others wait for their turn."""

APART: Final = "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])"
"""
Runs the program that its arguments are, in a session and process group of its own, so that it can
be ended with all that it has started. The reactor has no word for that.
"""

MOST_ANSWER: Final = 64 * 1024
"""Bytes of an answer."""


class Question(msgspec.Struct):
    """
    What the program is asked.
    """

    address: str
    name: str
    account: str


class Verdict(msgspec.Struct):
    """
    What the program answers.
    """

    allow: bool
    reason: str = ""


class _Asking(ProcessProtocol):
    """
    One run of the program.
    """

    transport: Any

    def __init__(self, question: bytes, clock: Any, seconds: float) -> None:
        """
        @param seconds: how long it may take.
        """
        self._question = question
        self._answer = b""
        self._clock = clock
        self._seconds = seconds
        self._timer: IDelayedCall | None = None
        self._why = ""
        self._group = 0
        self.done: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """
        It runs: ask.
        """
        self._group = self.transport.pid
        self._timer = self._clock.callLater(self._seconds, self._late)
        self.transport.write(self._question)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        """
        A part of the answer.
        """
        self._answer += data
        if len(self._answer) > MOST_ANSWER:
            self._end("it answered too much")

    def _late(self) -> None:
        self._end("it took too long")

    def _end(self, why: str) -> None:
        if self._why or not self._group:
            return
        self._why = why
        with suppress(ProcessLookupError, PermissionError):
            # What it has started (curl, dig) too, even if the program itself has ended. There may
            # be no such group yet, or any more.
            os.killpg(self._group, SIGKILL)
        try:
            self.transport.signalProcess("KILL")
        except ProcessExitedAlready:
            # It has ended by itself; that will be told.
            pass
        # Whatever has made a group of its own may still have our pipes, and would be waited for.
        self.transport.loseConnection()

    def errReceived(self, data: bytes) -> None:
        """
        What it complains of is not for us; its author finds it by running it.
        """

    def processEnded(self, reason: Failure) -> None:
        """
        It has answered, or not.
        """
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if not self._why and not reason.check(ProcessDone):
            self._why = "it failed"
        if self._why:
            self.done.errback(ValueError(self._why))
        else:
            self.done.callback(self._answer)


@implementer(IAddressCheck)
class CommandCheck:
    """
    Asks a program.
    """

    _log = Logger()

    def __init__(self, reactor: Any, command: Sequence[str], seconds: float) -> None:
        """
        @param reactor: runs it.
        @param command: the program's path, and its arguments.
        @param seconds: how long it may take.
        """
        self._reactor = reactor
        self._apart = (sys.executable, "-I", "-S", "-c", APART, *command)
        self._seconds = seconds
        self._waiting: deque[tuple[Deferred[str | None], Callable[[], bool], Question]] = deque()
        self._running = 0
        self._advancing = False

    def refuse(
        self, address: str, name: str, account: str, isThere: Callable[[], bool]
    ) -> Deferred[str | None]:
        """
        See L{IAddressCheck.refuse}.
        """
        done: Deferred[str | None] = Deferred()
        self._waiting.append((done, isThere, Question(address, name, account)))
        self._advance()
        return done

    def _advance(self) -> None:
        # An answer may come before the call returns, and thousands may wait.
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._waiting and self._running < AT_ONCE:
                done, isThere, question = self._waiting.popleft()
                if isThere():
                    self._running += 1
                    self._ask(question).addBoth(self._answered, done)
                else:
                    done.callback(None)
        finally:
            self._advancing = False

    def _answered(self, result: Any, done: Deferred[str | None]) -> None:
        self._running -= 1
        done.callback(result)
        self._advance()

    def _ask(self, question: Question) -> Deferred[str | None]:
        asking = _Asking(msgspec.json.encode(question) + b"\n", self._reactor, self._seconds)
        try:
            self._reactor.spawnProcess(asking, sys.executable, self._apart, env=None)
        except OSError as error:
            # There are too many processes or open files, or the program has gone.
            asking.done.errback(ValueError(f"it can't be run: {error}"))
        return asking.done.addCallback(self._read).addErrback(self._broken, question.address)

    def _read(self, answer: bytes) -> str | None:
        verdict = msgspec.json.decode(answer, type=Verdict)
        return None if verdict.allow else verdict.reason

    def _broken(self, why: Failure, address: str) -> None:
        why.trap(ValueError, msgspec.MsgspecError)
        self._log.error(
            "the address check said nothing of {address}, who is let in: {why}",
            address=address,
            why=str(why.value),
        )
