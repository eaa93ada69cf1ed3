"""
L{twisted_chat.frontends.ending}: what was said before a connection was lost.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import PlainPasswords
from tests.frontends.clients import FAR, NEAR, Doors, Line, untimed
from tests.frontends.irc.clients import PASSWORD, Irc, IrcDoors, by
from twisted_chat.domain.rates import RateLimits, Rates
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.frontends.ending import AFTERWARDS
from twisted_chat.frontends.turns import TurnLimits


@pytest.fixture
def verifying(monkeypatch: pytest.MonkeyPatch) -> Deferred[bool]:
    """
    Fires when a password has been looked at.
    """
    verified: Deferred[bool] = Deferred()
    monkeypatch.setattr(PlainPasswords, "verify", lambda self, hash, password: verified)
    return verified


def script(doors: Doors, text: str, host: str = NEAR) -> Line:
    """
    A client that says all that it has to say, and goes before it is done.
    """
    line = doors.connect(host=host)
    line.send(text.encode(), seconds=0)
    line.lose()
    return line


def ircScript(doors: IrcDoors, *lines: str) -> Irc:
    """
    The same on IRC.
    """
    client = doors.connect()
    client.protocol.dataReceived("".join(f"{line}\r\n" for line in lines).encode())
    client.lose()
    return client


def isLeft(doors: Doors | IrcDoors, *others: Line | Irc) -> bool:
    """
    Whether nothing of a connection is left but others.
    """
    known = {each.protocol for each in others}
    return all(set(factory.protocols) <= known for factory in doors.factories)


def test_aScriptThatClosesAtOnceHasSaidWhatItSaid(doors: Doors) -> None:
    bea = doors.enter("bea", node=1)
    bea.got()
    script(doors, "alex\nlobby\nbuild is done\n/me sighs\n/quit gone home\nnot said\n")
    assert untimed(bea.got()) == (
        "* alex joined lobby\n"
        "hh:mm #1 <alex> build is done\n"
        "hh:mm #2 * alex sighs\n"
        "* alex left lobby (quit: gone home)\n"
    )
    assert isLeft(doors, bea)
    assert "Room [lobby]" in doors.connect().type("alex")


def test_aLineWithoutAnEndIsNotSaidAfterALoss(doors: Doors) -> None:
    bea = doors.enter("bea")
    bea.got()
    script(doors, "alex\nlobby\nrm -r /tmp/x\nrm -r /")
    assert untimed(bea.got()) == (
        "* alex joined lobby\nhh:mm #1 <alex> rm -r /tmp/x\n* alex left lobby (connection lost)\n"
    )


def test_aLineWithoutAnEndIsSaidIfTheEndOfInputCameBeforeTheLoss(doors: Doors) -> None:
    bea = doors.enter("bea")
    bea.got()
    alex = doors.connect()
    alex.send(b"alex\nlobby\nHello", seconds=0)
    alex.endOfInput(seconds=0)
    alex.lose()
    assert untimed(bea.got()) == (
        "* alex joined lobby\nhh:mm #1 <alex> Hello\n* alex left lobby (quit)\n"
    )
    assert isLeft(doors, bea)


def test_whoseWordsTurnOutToBeNoneHasGone(doors: Doors) -> None:
    bea = doors.enter("bea")
    script(doors, "bea\nlobby\nnobody says this\n")
    assert isLeft(doors, bea)


def test_moreThanMayBeUnderWayAtATimeIsStillSaid(doors: Doors) -> None:
    bea = doors.enter("bea")
    bea.got()
    count = 3 * TurnLimits().turns
    script(doors, "alex\nlobby\n" + "".join(f"line {n}\n" for n in range(count)))
    doors.net.settle(1)
    heard = untimed(bea.got()).splitlines()
    assert heard[1:-1] == [f"hh:mm #{n + 1} <alex> line {n}" for n in range(count)]
    assert heard[-1] == "* alex left lobby (connection lost)"
    assert isLeft(doors, bea)


@pytest.mark.parametrize("waits", [False, True])
def test_whatIsMoreThanMayBeSaidAtOnceIsLeftOut(waits: bool) -> None:
    doors = Doors(nodes=1)
    (hub,) = doors.net.hubs
    hub.rates = Rates(RateLimits(), hub.clock.seconds, lambda address: address == NEAR)
    bea = doors.enter("bea")
    bea.got()
    alex = doors.connect(host=FAR)
    lines = "".join(f"line {n}\n" for n in range(60))
    alex.send(f"alex\nlobby\n{lines}".encode(), seconds=0.05 if waits else 0)
    alex.lose()
    doors.net.settle()
    heard = untimed(bea.got()).splitlines()
    assert heard[0] == "* alex joined lobby"
    said = heard[1:-1]
    assert len(said) <= RateLimits().lines.burst
    assert said == [f"hh:mm #{n + 1} <alex> line {n}" for n in range(len(said))]
    assert len(said) >= 15
    assert heard[-1] == "* alex left lobby (connection lost)"
    assert isLeft(doors, bea)


def test_whoDoesNotReadAndGoesHasSaidWhatItSaid(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.protocol.outbox.pauseProducing()
    alex.send(b"/help\n/topic lunch\nhello\n", seconds=0)
    alex.lose()
    heard = untimed(bea.got())
    assert "lunch" in heard
    assert "<alex> hello\n* alex left lobby (connection lost)\n" in heard


def test_whatIsAskedWhenNobodyReadsTheAnswerIsNotLookedUp(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    answer: Deferred[list[Any]] = Deferred()
    asked = []

    def rooms() -> Deferred[list[Any]]:
        asked.append("rooms")
        return answer

    monkeypatch.setattr(doors.net.store, "rooms", rooms)
    alex.send(b"/rooms\n/rooms\nsaid\n")
    alex.lose()
    answer.callback([])
    doors.net.settle()
    assert asked == ["rooms"]
    assert "<alex> said" in bea.got()


def test_nobodyStaysForLongWhoHasGone(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    rooms: Deferred[list[Any]] = Deferred()
    monkeypatch.setattr(doors.net.store, "rooms", lambda: rooms)
    alex.send(b"/rooms\nnever said\n")
    alex.lose()
    doors.net.settle(AFTERWARDS)
    assert bea.got() == "* alex left lobby (connection lost)\n"
    assert isLeft(doors, bea)
    rooms.callback([])
    doors.net.settle()
    assert bea.got() == ""


def test_whoIsSentAwaySinceTheyDoNotReadSaysNothingMore() -> None:
    doors = Doors(limits=ClientLimits(sendQueue=1000))
    alex, bea = doors.enter("alex"), doors.enter("bea")
    bea.protocol.outbox.pauseProducing()
    bea.send(b"/topic lunch\nnever said\n")
    for _ in range(12):
        alex.type("x" * 100)
    assert bea.ended == "aborted"
    bea.lose()
    assert alex.got() == "* bea left lobby (connection lost: SendQ exceeded)\n"


def test_whoIsPutOutMeanwhileIsOutAndSaysNothingMore(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    monkeypatch.setattr(doors.net.store, "rooms", lambda: Deferred())
    alex.send(b"/rooms\nnever said\n")
    alex.lose()
    alex.protocol.disconnect("Out with you.")
    alex.protocol.disconnect("Once is enough.")
    doors.net.settle()
    assert bea.got() == "* alex left lobby (connection lost)\n"
    assert isLeft(doors, bea)


def test_theEndOfTheServerDoesNotWaitForIt(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    alex = doors.enter("alex")
    monkeypatch.setattr(doors.net.store, "rooms", lambda: Deferred())
    alex.send(b"/rooms\nnever said\n")
    alex.lose()
    closed: list[None] = []
    doors.factories[0].stopReading()
    doors.factories[0].sayGoodbye().addCallback(closed.append)
    doors.net.settle()
    assert closed == [None]


class TestWithAPassword:
    """
    Alex has an account, and has last been in the lobby, where bea is.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = Doors()
        self.doors.register("alex")
        self.bea = self.doors.enter("bea")
        self.bea.type("news")

    def test_whatIsBehindThePasswordIsSaidWhenThatHasBeenLookedAt(
        self, verifying: Deferred[bool]
    ) -> None:
        script(self.doors, "alex\nalex-password\nbuild is done\n")
        assert self.bea.got() == ""
        verifying.callback(True)
        self.doors.net.settle()
        heard = untimed(self.bea.got())
        assert heard == (
            "* alex is online\n"
            "hh:mm #2 <alex> build is done\n"
            "* alex went offline (connection lost)\n"
        )
        assert isLeft(self.doors, self.bea)

    def test_whoSaysNothingBehindThePasswordDoesNotComeIn(self, verifying: Deferred[bool]) -> None:
        script(self.doors, "alex\nalex-password\n")
        verifying.callback(True)
        self.doors.net.settle()
        assert self.bea.got() == ""
        assert isLeft(self.doors, self.bea)

    def test_nobodyStaysForLongWhoHasComeInWhenTheyHadGone(
        self, verifying: Deferred[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(self.doors.net.store, "lastOf", lambda *given: Deferred())
        script(self.doors, "alex\nalex-password\n/edit last x\nnever said\n")
        verifying.callback(True)
        self.doors.net.settle()
        assert self.bea.got() == "* alex is online\n"
        self.doors.net.settle(AFTERWARDS)
        assert self.bea.got() == "* alex went offline (connection lost)\n"
        assert isLeft(self.doors, self.bea)

    def test_nothingIsSaidBehindAWrongPassword(self, verifying: Deferred[bool]) -> None:
        script(self.doors, "alex\nalex-passwort\nbuild is done\n")
        verifying.callback(False)
        self.doors.net.settle()
        assert self.bea.got() == ""
        assert isLeft(self.doors, self.bea)

    def test_whatNobodyHasReadIsNotCountedAsRead(
        self, verifying: Deferred[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script(self.doors, "alex\nalex-password\nbuild is done\n/msg bea hi\n")
        verifying.callback(True)
        self.doors.net.settle()
        assert "<alex> build is done" in self.bea.got()
        monkeypatch.undo()
        back = self.doors.connect()
        assert "<bea> news" in untimed(back.type("alex", "alex-password"))


class TestOnIrc:
    """
    Bea is in C{#dev}.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors()
        self.bea = self.doors.enter("bea")
        self.bea.send("JOIN #dev")
        self.bea.got()

    def test_aScriptThatClosesAtOnceHasSaidWhatItSaid(self) -> None:
        ircScript(
            self.doors,
            "NICK bot",
            "USER bot 0 * :bot",
            "JOIN #dev",
            "PRIVMSG #dev :build done",
            "PRIVMSG bea :and you know it",
            "QUIT :bye",
            "PRIVMSG #dev :too late",
        )
        bot = ":bot!~bot@chat.example "
        assert self.bea.got() == [
            f"{bot}JOIN #dev",
            f"{bot}PRIVMSG #dev :build done",
            f"{bot}PRIVMSG bea :and you know it",
            f"{bot}QUIT :Quit: bye",
        ]
        assert isLeft(self.doors, self.bea)

    def test_whoDoesNotSayQuitIsLost(self) -> None:
        ircScript(self.doors, "NICK bot", "USER bot 0 * :b", "JOIN #dev", "PRIVMSG #dev :hi")
        assert self.bea.got()[-2:] == [
            ":bot!~bot@chat.example PRIVMSG #dev :hi",
            ":bot!~bot@chat.example QUIT :Connection lost",
        ]

    def test_whatIsAskedWhenNobodyReadsTheAnswerIsNotLookedUp(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.bea.send("PRIVMSG #dev :something to read")
        asked: list[str] = []
        store = self.doors.net.store

        def count(name: str) -> None:
            ask = getattr(store, name)

            def counted(*given: Any, **how: Any) -> Any:
                asked.append(name)
                return ask(*given, **how)

            monkeypatch.setattr(store, name, counted)

        count("rooms")
        count("history")
        enter = ["NICK bot", "USER bot 0 * :b", "JOIN #dev"]
        ircScript(self.doors, *enter, "PRIVMSG #dev :hi")
        before, asked[:] = list(asked), []
        self.bea.got()
        ask = ["LIST", "CHATHISTORY LATEST #dev * 5", "ZNC *playback PLAY #dev"]
        ask += ["PRIVMSG ChanServ :HISTORY #dev"]
        ircScript(self.doors, *enter, *ask, "PRIVMSG #dev :hi")
        assert asked == before
        assert ":bot!~bot@chat.example PRIVMSG #dev :hi" in self.bea.got()

    def test_whoHasGoneIsNotHeardOfAnyMore(self) -> None:
        ann = self.doors.enter("ann")
        ann.send("JOIN #dev")
        heardAt = ann.protocol.heardAt
        count = 3 * TurnLimits().turns
        ann.protocol.dataReceived(b"PRIVMSG #dev :hi\r\n" * count)
        self.doors.net.clock.rightNow += 1
        ann.lose()
        self.doors.net.settle(1)
        assert len([line for line in self.bea.got() if line.endswith(":hi")]) == count
        assert ann.protocol.heardAt - heardAt < 1

    def test_whatALostClientHasNotGotIsToldAgainAlsoIfItHadSaidQuit(self) -> None:
        session = self.doors.net.registered("ann")
        self.doors.net.join("dev", session)
        session.logout()
        self.bea.send("PRIVMSG #dev :news")
        self.doors.net.settle(60)
        enter = [f"PASS :ann:{PASSWORD}", "NICK ann", "USER a 0 * :A"]
        ircScript(self.doors, *enter, "PRIVMSG #dev :done", "QUIT :bye")
        assert f"{by('ann').replace('~ann', '~a')}PRIVMSG #dev :done" in self.bea.got()
        back = self.doors.connect()
        assert any(line.endswith("news") for line in back.send(*enter))
