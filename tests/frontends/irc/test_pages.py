"""
Pages of the log for one IRC client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.interfaces import IDelayedCall

from tests.doubles import Net
from tests.frontends.irc.clients import IrcDoors


class Slow:
    """
    A clock by which a second goes by each time that it is looked at.

    @ivar rests: how often somebody has waited for the next turn of the reactor.
    """

    def __init__(self, net: Net) -> None:
        self._clock = net.clock
        self._looks = 0
        self.rests = 0

    def seconds(self) -> float:
        self._looks += 1
        return self._clock.seconds() + self._looks

    def callLater(self, delay: float, what: Callable[..., object], *args: Any) -> IDelayedCall:
        self.rests += delay == 0
        return self._clock.callLater(delay, what, *args)


def test_whatTakesLongToSpellLetsOthersHaveTheirTurn(monkeypatch: pytest.MonkeyPatch) -> None:
    doors = IrcDoors()
    alex = doors.enter("alex", "batch", "draft/chathistory")
    alex.send("JOIN #dev", *(f"PRIVMSG #dev :{number}" for number in range(3)))
    alex.got()
    clock = Slow(doors.net)
    monkeypatch.setattr(doors.factories[0], "clock", clock)
    lines = alex.send("CHATHISTORY LATEST #dev * 10")
    assert clock.rests == 3
    assert [line.rpartition(" ")[2] for line in lines[1:-1]] == [":0", ":1", ":2"]
