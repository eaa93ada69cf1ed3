"""
L{twisted_chat.doors.openfiles}: on systems that say that there is no limit, and have one.
"""

from __future__ import annotations

import resource

import pytest
from twisted.logger import LogLevel, capturedLogs

from twisted_chat.doors.openfiles import OPEN_MAX, limitToWatched, mostConnections, raiseFileLimit


class System:
    """
    One with a limit of its own.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limits = (256, resource.RLIM_INFINITY)

    def getrlimit(self, which: int) -> tuple[int, int]:
        return self.limits

    def setrlimit(self, which: int, wanted: tuple[int, int]) -> None:
        if wanted[0] == resource.RLIM_INFINITY or wanted[0] > self.most:
            raise ValueError("current limit exceeds maximum limit")
        self.limits = wanted


@pytest.mark.parametrize(
    ("most", "connections", "soft"),
    [(50_000, 20_000, 20_256), (OPEN_MAX, 20_000, OPEN_MAX), (OPEN_MAX, 1_000, 1_256)],
)
def test_asManyFilesAsNeededOrAsThereCanBe(
    monkeypatch: pytest.MonkeyPatch, most: int, connections: int, soft: int
) -> None:
    """
    macOS.
    """
    system = System(most)
    monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
    with capturedLogs() as logs:
        raiseFileLimit(connections)
    assert system.limits == (soft, resource.RLIM_INFINITY)
    told = [log["log_level"] for log in logs]
    assert told == ([LogLevel.warn] if soft < connections + 256 else [])


def test_aLimitThatCantBeRaisedAtAllIsToldAndNothingMore(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(0)
    monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
    with capturedLogs() as logs:
        raiseFileLimit(1000)
    assert system.limits[0] == 256
    (told,) = logs
    assert (told["hard"], told["most"]) == (256, 128)


class Select:
    """
    A reactor, as far as it is looked at.
    """

    __module__ = "twisted.internet.selectreactor"


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ((1_024, 50_000), (1_024, 1_024)),
        ((256, resource.RLIM_INFINITY), (256, 1_024)),
        ((512, 512), (512, 512)),
    ],
)
def test_noMoreFilesAreOpenThanSelectCanWatch(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], wanted: tuple[int, int]
) -> None:
    """
    Whoever came beyond that was greeted and cut off.
    """
    system = System(50_000)
    system.limits = limits
    monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
    limitToWatched(object())
    assert system.limits == limits
    with capturedLogs() as logs:
        limitToWatched(Select())
    assert system.limits == wanted
    assert [log["log_level"] for log in logs] == [LogLevel.warn]
    assert mostConnections(10_000) == max(wanted[1] - 256, wanted[1] // 2)
