"""
Clients that say nothing for long.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import HOST, IrcDoors
from twisted_chat.frontends.outbox import Outbox
from twisted_chat.frontends.turns import PORTION

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

    def test_theLogTellsWhyAClientHasGoneButNotItsOwnWords(self, logged: list[str]) -> None:
        self.doors.enter("bea").send("QUIT :my last words")
        self.doors.enter("carl").lose()
        for _ in range(2):
            self.after(self.ping)
        self.alex.lose()
        gone = [line.partition(": ")[2] for line in logged if " has gone" in line]
        lost = f"alex has gone: Ping timeout: {int(2 * self.ping)} seconds"
        assert gone == ["bea has gone", "carl has gone: connection lost", lost]

    def test_whoAnswersStaysAndIsAskedAgain(self) -> None:
        for _ in range(3):
            assert self.after(self.ping) == [ASKED]
            self.alex.send("PONG x")

    def test_whoWasNeverAskedIsNotDisconnectedWhateverTheClockSays(self) -> None:
        assert self.after(1000 * self.ping) == [ASKED]
        self.alex.send("PONG x")
        assert self.after(1) == []

    def test_thousandsWhoAreSilentAreAskedInPartsWithOthersTurnsInBetween(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock, write = self.doors.net.clock, Outbox.write

        def slowly(outbox: Outbox, data: bytes) -> None:
            clock.rightNow += 0.6 * PORTION
            write(outbox, data)

        others = [self.doors.enter(f"guest{number}") for number in range(9)]
        clients = [self.alex, *others]
        for client in clients:
            client.protocol.heardAt -= self.ping
        monkeypatch.setattr(Outbox, "write", slowly)
        self.alex.protocol.factory.look()
        asked = [client for client in clients if client.got() == [ASKED]]
        assert len(asked) == 2
        asked[0].send("PONG x", seconds=0)
        gone = next(client for client in others if client not in asked)
        gone.lose()
        self.doors.net.settle()
        assert [client.got() for client in clients if client not in (*asked, gone)] == [[ASKED]] * 7
