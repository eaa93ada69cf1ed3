"""
Clients that say nothing for long.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import HOST, IrcDoors

ASKED = f"PING :{HOST}"


class TestSilence:
    """
    Alex is in, and the network looks who is silent.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors()
        self.alex = self.doors.enter("alex")
        self.ping = self.alex.protocol.factory.ping

    def after(self, seconds: float) -> list[str]:
        """
        @return: what alex reads when the network looks again.
        """
        self.doors.net.clock.advance(seconds)
        self.alex.protocol.factory.look()
        return self.alex.got()

    def test_whoIsSilentIsAskedOnceAndThenDisconnected(self) -> None:
        assert self.after(self.ping - 1) == []
        assert self.after(1) == [ASKED]
        assert self.after(self.ping - 1) == []
        (error,) = self.after(1)
        assert error == f"ERROR :Ping timeout: {int(2 * self.ping)} seconds"
        assert self.alex.ended

    def test_whoAnswersStaysAndIsAskedAgain(self) -> None:
        for _ in range(3):
            assert self.after(self.ping) == [ASKED]
            self.alex.send("PONG x")

    def test_whoWasNeverAskedIsNotDisconnectedWhateverTheClockSays(self) -> None:
        assert self.after(1000 * self.ping) == [ASKED]
        self.alex.send("PONG x")
        assert self.after(1) == []
