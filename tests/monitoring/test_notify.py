"""
L{twisted_chat.monitoring.notify}: the service manager's protocol, over a real datagram socket.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from twisted_chat.monitoring.notify import EndSignals, HangUp, Systemd, Watchdog

PID = 4711


class Manager:
    """
    Who has started the server, and listens.
    """

    def __init__(self, address: str) -> None:
        self.environ = {"NOTIFY_SOCKET": address.replace("\0", "@")}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        """
        What has been told since this was last asked, one text for each datagram.
        """
        found = []
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """
    One with a socket in a folder.
    """
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.socket.close()


def test_whatIsToldIsOneDatagram(manager: Manager) -> None:
    Systemd(manager.environ, PID).tell("READY=1", "STATUS=open")
    assert manager.heard() == ["READY=1\nSTATUS=open"]


def test_aSocketThatIsInNoFolderIsReachedToo() -> None:
    manager = Manager(f"\0twisted-chat-test-{os.getpid()}")
    with manager.socket:
        Systemd(manager.environ, PID).tell("READY=1")
        assert manager.heard() == ["READY=1"]


def test_withoutAManagerNothingIsTold() -> None:
    systemd = Systemd({}, PID)
    systemd.tell("READY=1")
    assert systemd.patience == 0


def test_aManagerThatHasGoneIsLoggedAndNothingMore(manager: Manager) -> None:
    manager.socket.close()
    with capturedLogs() as logs:
        Systemd(manager.environ, PID).tell("READY=1")
    assert [log["log_level"] for log in logs] == [LogLevel.warn]


@pytest.mark.parametrize(
    ("environ", "patience"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(PID)}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_howLongTheManagerWaitsIsReadFromTheEnvironment(
    environ: dict[str, str], patience: float
) -> None:
    assert Systemd(environ, PID).patience == patience


class Fitness:
    """
    Health that says what it is told.
    """

    hangs = False
    why = ""

    def check(self) -> Deferred[str]:
        """
        Health.check.
        """
        return succeed(self.why)


class Watched:
    """
    A watchdog that is to be fed every ten seconds.
    """

    def __init__(self, manager: Manager) -> None:
        self.clock = Clock()
        self.health = Fitness()
        systemd = Systemd({**manager.environ, "WATCHDOG_USEC": "10000000"}, PID)
        self.dog = Watchdog(systemd, self.health, self.clock)  # type: ignore[arg-type]


def test_theServerSaysThatItIsAliveInHalfTheTimeThatItHas(manager: Manager) -> None:
    watched = Watched(manager)
    watched.dog.start()
    assert manager.heard() == ["WATCHDOG=1"]
    watched.clock.pump([2.5] * 4)
    assert manager.heard() == ["WATCHDOG=1"] * 2
    watched.dog.stop()
    watched.clock.advance(60)
    assert manager.heard() == []


def test_aLogThatHangsKeepsItSilent(manager: Manager) -> None:
    watched = Watched(manager)
    watched.health.hangs = True
    watched.health.why = "the log hangs"
    watched.dog.start()
    watched.clock.pump([5] * 3)
    assert manager.heard() == ["STATUS=the log hangs"]
    watched.dog.stop()


def test_aFullDiskIsToldAndIsNoReasonForARestart(manager: Manager) -> None:
    watched = Watched(manager)
    watched.health.why = "the disk is full"
    watched.dog.start()
    watched.clock.pump([5])
    watched.health.why = ""
    watched.clock.pump([5])
    assert manager.heard() == [
        "WATCHDOG=1\nSTATUS=the disk is full",
        "WATCHDOG=1",
        "WATCHDOG=1\nSTATUS=the log takes writes",
    ]
    watched.dog.stop()


def test_withoutAManagerTheWatchdogDoesNotRun() -> None:
    clock = Clock()
    Watchdog(Systemd({}, PID), Fitness(), clock).start()  # type: ignore[arg-type]
    assert clock.getDelayedCalls() == []


class Turns:
    """
    A reactor that takes calls from anywhere.
    """

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def callFromThread(self, call: Any, *arguments: Any) -> None:
        """
        IReactorFromThreads.callFromThread.
        """
        self.calls.append(partial(call, *arguments))


def test_sighupIsHeededInTheReactorAndThenMeansWhatItMeantBefore() -> None:
    before = signal.getsignal(signal.SIGHUP)
    turns, done = Turns(), list[str]()
    hangUp = HangUp(turns)
    hangUp.forget()
    assert signal.getsignal(signal.SIGHUP) is before
    hangUp.heed(lambda: done.append("done"))
    try:
        signal.raise_signal(signal.SIGHUP)
        assert done == []
        turns.calls[0]()
        assert done == ["done"]
    finally:
        hangUp.forget()
    assert signal.getsignal(signal.SIGHUP) is before


class Ending(Turns):
    """
    Such a reactor, which can be stopped once.
    """

    running = True

    def callWhenRunning(self, call: Any) -> None:
        """
        IReactorCore.callWhenRunning.
        """
        call()

    def stop(self) -> None:
        """
        IReactorCore.stop.
        """
        if not self.running:
            raise ReactorNotRunning()
        self.running = False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_aSignalToEndStopsTheReactorAndAnotherOneIsNoFailure(number: signal.Signals) -> None:
    before = {asked: signal.getsignal(asked) for asked in (signal.SIGTERM, signal.SIGINT)}
    turns = Ending()
    try:
        EndSignals(turns).heed()
        signal.raise_signal(number)
        signal.raise_signal(number)
    finally:
        for asked, meaning in before.items():
            signal.signal(asked, meaning)
    assert turns.running
    with capturedLogs() as logs:
        for call in turns.calls:
            call()
    assert not turns.running
    assert [log["log_level"] for log in logs] == [LogLevel.info] * 2


def test_aCtrlCThatIsMeantForOthersIsIgnored() -> None:
    """
    Shells have it so for what a script starts in the background.
    """
    before = {asked: signal.getsignal(asked) for asked in (signal.SIGTERM, signal.SIGINT)}
    turns = Ending()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        EndSignals(turns).heed()
        signal.raise_signal(signal.SIGINT)
        assert turns.calls == []
        signal.raise_signal(signal.SIGTERM)
        assert len(turns.calls) == 1
    finally:
        for asked, meaning in before.items():
            signal.signal(asked, meaning)


def test_theServiceManagerIsToldWhereSocketsAreMadeInTwoSteps(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    macOS can't close them for programs that are run in the same moment.
    """
    monkeypatch.delattr(socket, "SOCK_CLOEXEC", raising=False)
    Systemd(manager.environ, PID).tell("READY=1")
    assert manager.heard() == ["READY=1"]


def test_whenAllIsDoneNoSignalCutsTheEndShort() -> None:
    """
    One that comes while Python ends would make a clean end look like none.
    """
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    turns = Ending()
    try:
        EndSignals(turns).heed()
        EndSignals(turns).ignore()
        for number in numbers:
            signal.raise_signal(number)
    finally:
        for number, meaning in before.items():
            signal.signal(number, meaning)
    assert turns.calls == []
