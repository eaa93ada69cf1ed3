"""
What clients without history are shown of what they have missed; bytes in, bytes out.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred, fail

from tests.doubles import Net
from tests.frontends.irc.clients import HOST, PASSWORD, Irc, IrcDoors
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.units import DAYS

KEPT = f":bea!~u@{HOST} "
"""Bea, as the log knows her: neither user nor host are kept."""


class TestMissed:
    """
    Ann is a member of C{#dev}, and bea is there. What they say is told in C{ann}'s zone, UTC.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors(net=Net(nodes=1, limits=Limits(catchUp=5)))
        net = self.doors.net
        session = net.registered("ann")
        net.join("dev", session)
        session.logout()
        net.settle()
        self.bea = self.doors.enter("bea")
        self.bea.send("JOIN #dev")

    def come(self, *caps: str, device: str = "") -> Irc:
        """
        Ann comes in.
        """
        client = self.doors.connect()
        account = f"ann@{device}" if device else "ann"
        lines = [f"CAP REQ :{' '.join(caps)}"] if caps else []
        lines += [f"PASS :{account}:{PASSWORD}", "NICK ann", "USER a 0 * :A", "CAP END"]
        client.protocol.dataReceived("".join(f"{line}\r\n" for line in lines).encode())
        self.doors.net.settle()
        return client

    def quit(self, client: Irc) -> None:
        """
        She goes.
        """
        client.send("QUIT :bye")
        client.lose()

    def texts(self, client: Irc) -> list[str]:
        """
        What she reads that was said, its time left out.
        """
        lines = [line for line in client.got() if " PRIVMSG " in line]
        return [re.sub(r"\[[-\d :]+\]", "[]", line.split(" :", 1)[1]) for line in lines]

    def test_itComesBehindTheNamesWithItsTime(self) -> None:
        self.bea.send("PRIVMSG #dev :\x02one", "PRIVMSG #dev :\x01ACTION waves\x01")
        self.bea.send("TOPIC #dev :soup", "PRIVMSG ann :psst")
        lines = self.come().got()
        at = next(i for i, line in enumerate(lines) if " 366 " in line)
        shown = [re.sub(r"\d\d:\d\d", "hh:mm", line) for line in lines[at + 1 :]]
        assert shown[:3] == [
            KEPT + "PRIVMSG #dev :[hh:mm] \x02one",
            KEPT + "PRIVMSG #dev :\x01ACTION [hh:mm] waves\x01",
            KEPT + "PRIVMSG ann :[hh:mm] psst",
        ]

    def test_aTopicThatWasDeletedMeanwhileIsNoNewsOfThePresentOne(self) -> None:
        self.bea.send("TOPIC #dev :soup")
        self.quit(self.come("draft/message-redaction"))
        self.bea.send("PRIVMSG ChanServ :DELETE #dev 1", "TOPIC #dev :bread")
        lines = self.come("draft/message-redaction").got()
        assert [line for line in lines if " 332 " in line or " TOPIC " in line] == [
            f":{HOST} 332 ann #dev :bread"
        ]
        assert any(" REDACT #dev " in line for line in lines)

    @pytest.mark.parametrize(
        ("caps", "shown"),
        [((), []), (("echo-message",), [":told"]), (("znc.in/self-message",), [":told"])],
    )
    def test_onesOwnPrivateWordsAreForThoseWhoKnowSuch(
        self, caps: tuple[str, ...], shown: list[str]
    ) -> None:
        one = self.come(device="one")
        self.bea.send("PRIVMSG ann :psst")
        self.quit(self.come("server-time", *caps, device="two"))
        one.send("PRIVMSG bea :told")
        second = self.come("server-time", *caps, device="two")
        own = [line for line in second.got() if " PRIVMSG bea " in line]
        assert [line.split(" ")[-1] for line in own] == shown

    def test_anotherDaysHasItsDate(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        self.doors.net.clock.advance(2 * DAYS)
        (line,) = [line for line in self.come().got() if " PRIVMSG " in line]
        assert re.search(r" :\[2026-\d\d-\d\d \d\d:\d\d\] one$", line)

    def test_withServerTimeItIsAsItWasSaidAndWithBatchInOne(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        lines = self.come("server-time", "batch", device="phone").got()
        (line,) = [line for line in lines if " PRIVMSG " in line]
        said = re.escape(KEPT) + "PRIVMSG #dev :one"
        assert re.fullmatch(r"@batch=1;time=2026-\S+Z " + said, line)
        assert f":{HOST} BATCH +1 chathistory #dev" in lines

    def test_whereNothingIsToBeShownItIsToldHowMuchItIs(self) -> None:
        hub = self.doors.net.hubs[0]
        hub.limits = replace(hub.limits, catchUp=0)
        self.bea.send("PRIVMSG #dev :one", "PRIVMSG #dev :two")
        client = self.come()
        lines = client.got()
        assert any(
            line.endswith(" :2 earlier messages that you missed in #dev are not shown.")
            for line in lines
        )
        assert not [line for line in lines if " PRIVMSG " in line]

    @pytest.mark.parametrize("what", ["deviceMarks", "missed"])
    def test_whatCantBeReadIsToldTheNextTime(
        self, monkeypatch: pytest.MonkeyPatch, what: str
    ) -> None:
        self.quit(self.come())
        self.bea.send("PRIVMSG #dev :one", "PRIVMSG ann :psst")
        with monkeypatch.context() as broken:
            why = NotSaved(why="disk I/O error")
            broken.setattr(self.doors.net.store, what, lambda *asked: fail(why))
            ann = self.come()
        assert self.texts(ann) == []
        self.bea.send("PRIVMSG #dev :two")
        assert self.texts(ann) == ["two"]
        self.quit(ann)
        assert self.texts(self.come()) == ["[] one", "[] two", "[] psst"]

    def test_eachDeviceIsToldOnce(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        home = self.come()
        assert self.texts(home) == ["[] one"]
        self.bea.send("PRIVMSG #dev :two")
        assert self.texts(home) == ["two"]
        phone = self.come(device="phone")
        # Her account has not read, and this device was never told.
        assert self.texts(phone) == ["[] one", "[] two"]
        self.quit(home)
        self.bea.send("PRIVMSG #dev :three", "PRIVMSG ann :psst")
        assert self.texts(phone) == ["three", "psst"]
        self.quit(phone)
        assert self.texts(self.come(device="phone")) == []
        assert self.texts(self.come()) == ["[] three", "[] psst"]

    def test_whoHasHistoryAsksForIt(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        assert self.texts(self.come("draft/chathistory")) == []

    def test_whatALostClientMayNotHaveGotIsToldAgain(self) -> None:
        client = self.come()
        client.got()
        self.doors.net.clock.advance(60)
        client.send("PING x")
        self.bea.send("PRIVMSG #dev :heard")
        self.doors.net.clock.advance(10)
        client.send("PING x")
        self.bea.send("PRIVMSG #dev :lost")
        self.doors.net.clock.advance(10)
        client.lose()
        assert self.texts(self.come()) == ["[] lost"]

    def test_whoClosesWithoutAWordIsLostAndHasNotQuit(self) -> None:
        client = self.come()
        self.doors.net.clock.advance(60)
        client.send("PING x")
        self.doors.net.clock.advance(10)
        self.bea.send("PRIVMSG #dev :lost")
        self.bea.got()
        client.protocol.readConnectionLost()
        client.lose()
        assert self.bea.got() == [":ann!~a@chat.example QUIT :Connection lost"]
        assert self.texts(self.come()) == ["[] lost"]

    def test_theEndOfTheServerWaitsUntilItIsNoted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = self.come()
        self.bea.send("PRIVMSG #dev :heard")
        self.doors.net.clock.advance(10)
        client.send("PING x")
        (factory,) = self.doors.factories
        noted: Deferred[None] = Deferred()
        monkeypatch.setattr(factory.hub.store, "setDeviceMarks", lambda *_: noted)
        factory.stopReading()
        ended: list[None] = []
        factory.sayGoodbye().addCallback(ended.append)
        client.lose()
        self.bea.lose()
        assert ended == []
        noted.callback(None)
        assert ended == [None]

    @pytest.mark.parametrize(
        ("ends", "taken", "again"),
        [(True, True, []), (True, False, ["[] heard"]), (False, True, ["[] heard"])],
    )
    def test_whatItsMachineHasTakenIsNotToldAgainAfterTheEndOfTheServer(
        self, ends: bool, taken: bool, again: list[str]
    ) -> None:
        client = self.come()
        self.bea.send("PRIVMSG #dev :heard")
        client.pipe.isTaken = lambda: taken  # type: ignore[attr-defined]
        (factory,) = self.doors.factories
        factory.closing = ends
        client.protocol.disconnect("")
        client.lose()
        factory.closing = False
        assert self.texts(self.come()) == again

    def test_whatWasShownToWhoIsLostAtOnceIsShownAgain(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        client = self.come()
        client.lose()
        assert self.texts(self.come()) == ["[] one"]

    def test_onlyTheNewestAreShownAndTheOthersCounted(self) -> None:
        self.bea.send(*(f"PRIVMSG #dev :{number}" for number in range(8)))
        client = self.come()
        lines = client.got()
        assert [line[-1] for line in lines if " PRIVMSG " in line] == list("34567")
        text = "3 earlier messages that you missed in #dev are not shown."
        assert f":{HOST} NOTICE ann :{text}" in lines

    def test_whatWasDeletedIsNotShown(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        session = self.bea.protocol.session
        room = session.roomNamed("dev")
        self.doors.net.now(session.delete(room.id, None))
        assert self.texts(self.come()) == []

    def test_whoLeavesAndComesAgainHasMissedNothing(self) -> None:
        client = self.come()
        client.send("PART #dev")
        self.bea.send("PRIVMSG #dev :one")
        client.send("JOIN #dev")
        assert self.texts(client) == []

    def test_aDeviceThatSaysThatItIsAProgramIsShownNothingFromThenOn(self) -> None:
        program = self.come(device="program")
        program.send("MODE ann +B")
        self.quit(program)
        self.bea.send("PRIVMSG #dev :!leave", "PRIVMSG ann :!op")
        program = self.come(device="program")
        assert self.texts(program) == []
        self.bea.send("PRIVMSG #dev :!ping")
        assert self.texts(program) == ["!ping"]
        program.send("MODE ann +B", "MODE ann -B")
        self.quit(program)
        self.bea.send("PRIVMSG #dev :hello")
        assert self.texts(self.come(device="program"))[-1] == "[] hello"

    def test_otherDevicesOfAProgramsPersonAreShownWhatTheyMissed(self) -> None:
        self.come(device="program").send("MODE ann +B")
        self.bea.send("PRIVMSG #dev :hello")
        assert self.texts(self.come()) == ["[] hello"]

    def test_guestsAreShownNothing(self) -> None:
        self.bea.send("PRIVMSG #dev :one")
        carl = self.doors.enter("carl")
        carl.send("JOIN #dev")
        assert self.texts(carl) == []

    def test_underAnotherNickTooInTheChannelsThatItJoins(self) -> None:
        client = self.doors.connect()
        client.send(f"PASS :ann:{PASSWORD}", "NICK anna", "USER a 0 * :A")
        client.send("JOIN #dev")
        self.quit(client)
        self.bea.send("PRIVMSG #dev :one")
        client = self.doors.connect()
        client.send(f"PASS :ann:{PASSWORD}", "NICK anna", "USER a 0 * :A")
        client.protocol.dataReceived(b"JOIN #dev\r\n")
        self.doors.net.settle()
        assert self.texts(client) == ["[] one"]
