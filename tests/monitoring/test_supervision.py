"""
L{twisted_chat.monitoring.supervision}: what a service manager hears of a server, and when.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.test_server import Node
from twisted_chat.monitoring.health import STARTING, STOPPING, Health
from twisted_chat.monitoring.notify import Systemd
from twisted_chat.monitoring.supervision import Supervision, forThisMachine
from twisted_chat.reload import Reload
from twisted_chat.settings.kinds import SettingsError


class Listening(Systemd):
    """
    Keeps what it is told.
    """

    def __init__(self) -> None:
        super().__init__({}, 0)
        self.told: list[str] = []

    def tell(self, *assignments: str) -> None:
        """
        Keep it.
        """
        self.told += assignments


class Signal:
    """
    A signal that is sent by hand.
    """

    heeded: Any = None

    def heed(self, call: Any) -> None:
        """
        HangUp.heed.
        """
        self.heeded = call

    def forget(self) -> None:
        """
        HangUp.forget.
        """
        self.heeded = None


class Watched:
    """
    A node with somebody who watches over it.
    """

    def __init__(self) -> None:
        self.node = Node()
        self.systemd, self.signal = Listening(), Signal()
        self.health = Health(self.node.server.hub)
        self.node.server._supervision = Supervision(
            self.node.clock, self.health, self.systemd, self.signal  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """
    One that has not been started; the limits of files are left alone.
    """
    monkeypatch.setattr("twisted_chat.server.ChatServer._raiseFileLimit", lambda self: None)
    return Watched()


def test_itIsReadyWhenPeopleCanComeInAndNotBefore(watched: Watched) -> None:
    opening = Deferred[None]()
    start = watched.node.store.start
    watched.node.store.start = lambda: opening.addCallback(lambda _: start())
    watched.node.start()
    assert (watched.systemd.told, watched.health.standing) == ([], STARTING)
    opening.callback(None)
    watched.node.settle()
    assert watched.systemd.told == ["READY=1"]
    assert watched.health.standing == ""
    watched.node.stop()


def test_theEndIsToldFirstAndSighupMeansNothingSpecialAnyMore(watched: Watched) -> None:
    watched.node.start()
    assert watched.signal.heeded is not None
    watched.node.stop()
    assert watched.systemd.told == ["READY=1", "STOPPING=1"]
    assert watched.signal.heeded is None
    assert watched.health.standing == STOPPING


def test_readingTheSettingsAgainIsToldWhetherItWorksOrNot(watched: Watched) -> None:
    watched.node.start()
    watched.signal.heeded()
    assert watched.systemd.told == ["READY=1", "RELOADING=1", "READY=1"]

    def broken() -> Any:
        raise SettingsError("limits.line", "is wrong")

    server = watched.node.server
    server._reload = Reload(server.settings, broken, [])
    watched.signal.heeded()
    assert watched.systemd.told[3:] == ["RELOADING=1", "READY=1"]
    watched.node.stop()


def test_beforePeopleCanComeInReadingAgainDoesNotSayReady(watched: Watched) -> None:
    supervision = watched.node.server._supervision
    supervision.reloading()
    supervision.reloaded()
    assert watched.systemd.told == []


def test_aNumberIsForThisMachineAloneAndAnEndpointIsAsItSays() -> None:
    assert forThisMachine("9100") == "tcp:9100:interface=127.0.0.1"
    assert forThisMachine("tcp:9100") == "tcp:9100"
