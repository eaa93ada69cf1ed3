"""
L{twisted_chat.serverlog.output}: the log makes nobody wait.
"""

from __future__ import annotations

import errno
import os
import pty
import socket
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.logger import Logger

from twisted_chat.serverlog.output import AGAIN, MOST_WAITING, Unhurried, takerOf
from twisted_chat.serverlog.text import REFUGE, TextLog, refugeIn
from twisted_chat.serverlog.text import Place as LogPlace

LINE = "x" * 99 + "\n"
MANY = 20_000
"""More than any kernel keeps for who does not read, and more than may wait."""


@dataclass
class Place:
    """
    A place with two ends.

    @ivar log: writes there.
    @ivar read: reads what there is at the other end; C{b""} for nothing.
    @ivar close: closes the other end.
    """

    clock: Clock
    place: Unhurried
    log: TextLog
    read: Callable[[], bytes]
    close: Callable[[], None]

    def rest(self) -> bytes:
        """
        Read until nothing more comes.
        """
        read = b""
        while True:
            some = self.read()
            self.clock.advance(AGAIN)
            if not some and not (some := self.read()):
                return read
            read += some


def pair(kind: str, stack: ExitStack) -> tuple[int, int]:
    """
    @return: the end to write to, and the one to read from, which does not wait.
    """
    if kind == "pipe":
        there, here = os.pipe()
    elif kind == "terminal":
        there, here = pty.openpty()
        # Or line ends become two characters.
        tty.setraw(here)
    else:
        ours, theirs = socket.socketpair()
        here, there = ours.detach(), theirs.detach()
    stack.callback(os.close, here)
    os.set_blocking(there, False)
    return here, there


@pytest.fixture(params=["pipe", "terminal", "socket"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        here, there = pair(request.param, stack)
        closed: list[int] = []

        def read() -> bytes:
            try:
                return os.read(there, 1 << 16)
            except BlockingIOError:
                return b""

        def close() -> None:
            if not closed:
                closed.append(there)
                os.close(there)

        stack.callback(close)
        clock = Clock()
        take = takerOf(stack.enter_context(os.fdopen(os.dup(here), "w")))
        assert take is not None
        place = Unhurried(take, clock.callLater)

        def refuge() -> LogPlace:
            opened: Any = refugeIn(tmp_path)()
            stack.callback(opened.close)
            return opened  # type: ignore[no-any-return]

        log = TextLog(place, lambda call: call(), refuge)
        yield Place(clock, place, log, read, close)


def test_whatIsReadArrivesAtOnce(made: Place) -> None:
    Logger("here", observer=made.log).info("hello")
    assert made.read().endswith(b"[here#info] hello\n")
    assert made.clock.getDelayedCalls() == []


def test_whoDoesNotReadKeepsNobodyWaitingAndGetsTheRestInOrderLater(made: Place) -> None:
    lines = [f"{number:05} {LINE}" for number in range(5000)]
    for line in lines:
        made.place.write(line)
        made.place.flush()
    assert len(made.clock.getDelayedCalls()) == 1
    assert made.rest().decode() == "".join(lines)
    assert made.clock.getDelayedCalls() == []


def test_whatIsTooMuchToWaitIsLeftOutAndCountedWhereItIsMissing(made: Place) -> None:
    for number in range(MANY):
        made.place.write(f"{number:05} {LINE}")
        made.place.flush()
    told = made.rest().decode().splitlines()
    left = [int(line[:5]) for line in told[:-1]]
    assert left == list(range(len(left)))
    assert len(left) * 106 >= MOST_WAITING - 106
    assert told[-1].startswith(f"[-] {MANY - len(left)} lines of the log are missing here")
    made.place.write(LINE)
    made.place.flush()
    assert made.rest() == LINE.encode()


def test_oneTurnsLinesMayBeMoreThanMayWaitAndNothingIsLost(made: Place) -> None:
    """
    As when everybody's connection is lost at once.
    """
    much = LINE * (2 * MOST_WAITING // len(LINE))
    made.place.write(much)
    made.place.flush()
    assert made.rest().decode() == much
    made.place.write(LINE)
    made.place.flush()
    assert made.rest().decode() == LINE


def test_whenTheOtherEndIsGoneTheLogGoesOnElsewhere(made: Place, tmp_path: Path) -> None:
    for number in range(5000):
        made.place.write(f"{number:05} {LINE}")
        made.place.flush()
    some = made.read()
    made.close()
    made.clock.advance(AGAIN)
    Logger("here", observer=made.log).info("hello")
    lines = (tmp_path / REFUGE).read_text().splitlines()
    assert "The log goes on here" in lines[0]
    assert lines[-1].endswith("[here#info] hello")
    # What the system had taken is lost with whoever did not read it; what had waited is not.
    waited = [int(line[:5]) for line in lines[2:-1]]
    assert waited == list(range(5000 - len(waited), 5000))
    assert len(some) // len(f"00000 {LINE}") < len(waited) < 5000


def test_howManyLinesWereLeftOutIsToldWhereTheLogGoesOnToo(made: Place, tmp_path: Path) -> None:
    for _ in range(MANY):
        made.place.write(LINE)
        made.place.flush()
    made.close()
    Logger("here", observer=made.log).info("hello")
    told = (tmp_path / REFUGE).read_text().splitlines()[-1]
    assert "lines of the log are missing here" in told


def test_whatWaitedBeforeTheReactorRanIsTriedAgainWhenItDoes() -> None:
    clock, running, full, taken = Clock(), False, True, bytearray()

    def take(data: bytes) -> int:
        taken.extend(b"" if full else data)
        return 0 if full else len(data)

    def later(seconds: float, call: Callable[[], None]) -> object:
        return clock.callLater(seconds, call) if running else None

    place = Unhurried(take, later)
    for line in ("the start\n", "open\n"):
        place.write(line)
        place.flush()
        running = True
    full = False
    clock.advance(AGAIN)
    assert taken == b"the start\nopen\n"


def test_aTerminalOfAnotherUserKeepsNobodyWaitingEitherWhenItIsStopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*given: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with ExitStack() as stack:
        here, there = pair("terminal", stack)
        stack.callback(os.close, there)
        file = stack.enter_context(os.fdopen(os.dup(here), "w"))
        monkeypatch.setattr(os, "open", refuse)
        take = takerOf(file)
        assert take is not None
        termios.tcflow(here, termios.TCOOFF)
        assert take(b"hello") == 0
        termios.tcflow(here, termios.TCOON)
        assert take(b"hello") == 5


def test_forAFileNobodyWaits(tmp_path: Path) -> None:
    with open(tmp_path / "log", "w", encoding="utf-8") as file:
        assert takerOf(file) is None
    assert takerOf(file) is None, "a closed one"
