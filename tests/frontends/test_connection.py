"""
Connections of the line protocol: how they begin and end, and what they may not do.
"""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from tests.conftest import Wrongs
from tests.frontends.clients import LIMITS, Doors, untimed
from tests.frontends.irc.clients import IrcDoors
from twisted_chat.domain.counts import INTERNAL
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.interfaces import IReceiver
from twisted_chat.domain.session import Session
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.frontends.connection import LineConnection
from twisted_chat.frontends.ending import CLOSING
from twisted_chat.frontends.line import ChatProtocol
from twisted_chat.frontends.turns import TurnLimits
from twisted_chat.storage.doubts import AGAIN, Doubts, InDoubt

PATIENCE = TurnLimits().patience


def test_aConnectionIsWhatTheDomainAndTwistedExpect(doors: Doors) -> None:
    line = doors.connect()
    assert verifyObject(IReceiver, line.protocol)
    assert verifyObject(IHalfCloseableProtocol, line.protocol)


def test_whatHadBeenSaidBeforeAConnectionWasLostTakesEffect(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    rooms: Deferred[list[Any]] = Deferred()
    monkeypatch.setattr(doors.net.store, "rooms", lambda: rooms)
    timers = len(doors.net.clock.getDelayedCalls())
    bea.got()
    alex.send(b"/rooms\nsaid in time\n")
    alex.lose()
    assert bea.got() == ""
    rooms.callback([])
    doors.net.settle()
    assert untimed(bea.got()) == (
        "hh:mm #1 <alex> said in time\n* alex left lobby (connection lost)\n"
    )
    assert len(doors.net.clock.getDelayedCalls()) == timers


@pytest.mark.parametrize("kind", [Doors, IrcDoors])
def test_whoHasGoneIsFreedWithoutTheGarbageCollector(
    kind: type[Doors | IrcDoors], monkeypatch: pytest.MonkeyPatch
) -> None:
    # In tests, what is logged is remembered, and whom it is about.
    quiet = Logger(observer=lambda event: None)
    for each in (LineConnection, ChatProtocol, Session):
        monkeypatch.setattr(each, "_log", quiet)
    doors = kind()
    alex = doors.enter("alex")
    alex.protocol.dataReceived(b"LIST\n/rooms\nPRIVMSG alex :hello\n")
    doors.net.settle()
    connection = ref(alex.protocol)
    gc.disable()
    try:
        alex.lose()
        del alex
        assert connection() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("kind", "closed", "knock"),
    [
        (Doors, b"/join den\n/set password sesame\n", b"/join den sasame\n"),
        (IrcDoors, b"JOIN #den\r\nMODE #den +k sesame\r\n", b"JOIN #den sasame\r\n"),
    ],
)
def test_aRefusedJoinLeavesNothingToTheGarbageCollector(
    kind: type[Doors | IrcDoors], closed: bytes, knock: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = Logger(observer=lambda event: None)
    for each in (LineConnection, ChatProtocol, Session):
        monkeypatch.setattr(each, "_log", quiet)
    doors = kind()
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.protocol.dataReceived(closed)
    # The first time, something may be made that is kept.
    alex.protocol.dataReceived(knock)
    doors.net.settle()
    while gc.collect():
        pass  # what other tests have left
    gc.disable()
    try:
        alex.protocol.dataReceived(knock)
        doors.net.settle()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_whoWaitsTooLongForAnAnswerIsDisconnected(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
) -> None:
    alex = doors.enter("alex")
    monkeypatch.setattr(doors.net.store, "rooms", lambda: Deferred())
    alex.type("/rooms")
    doors.net.clock.advance(PATIENCE)
    assert alex.got() == "! The server took too long. Come again later.\n"
    assert alex.ended == "closed"
    assert len(wrongs.flush()) == 1


def test_whoDidSomethingThatIsInDoubtIsToldBeforeTheyHaveWaitedTooLong(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    alex = doors.enter("alex")
    why = NotSaved(why="the database can't be opened")
    doubts = Doubts(lambda number: fail(why), doors.net.clock)

    def createAccount(*given: Any) -> Deferred[Any]:
        return doubts.settle(Failure(InDoubt(1, None, why)))

    monkeypatch.setattr(doors.net.store, "createAccount", createAccount)
    alex.type("/register alex-password")
    doors.net.clock.pump([AGAIN] * int(PATIENCE / AGAIN))
    assert alex.got().startswith("! It is not known whether that was saved")
    assert alex.ended == ""


def test_afterTheEndOfInputAllIsDoneAndAnsweredThenClosed(doors: Doors) -> None:
    line = doors.connect()
    line.send(b"alex\nlobby\nHello\n/history 1\n", seconds=0)
    line.endOfInput()
    assert untimed(line.got()).endswith("* You are in lobby, alone.\nhh:mm #1 <alex> Hello\n")
    assert line.ended == "closed"


def test_theLastLineNeedNotHaveAnEnd(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.send(b"Hello", seconds=0)
    alex.endOfInput()
    assert "#1 <alex> Hello\n" in bea.got()
    assert alex.ended == "closed"


def test_whoReadsTheAnswersSlowlyAfterTheEndOfInputIsNotCutOff(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea")
    for line in (alex, bea):
        line.send(b"/help\n")
        line.protocol.outbox.pauseProducing()
        line.endOfInput()
    doors.net.clock.advance(LIMITS.turns.patience - 1)
    assert (alex.ended, bea.ended) == ("", "")
    alex.protocol.outbox.resumeProducing()
    assert alex.ended == "closed"
    doors.net.clock.advance(1)
    assert bea.ended == "aborted"
    alex.gone()
    bea.gone()


def test_whoDoesNotTakeTheRestIsCutOffInTime(doors: Doors) -> None:
    alex = doors.enter("alex")
    alex.endOfInput()
    assert alex.ended == "closed"
    doors.net.clock.advance(CLOSING)
    assert alex.ended == "aborted"


def test_manyLinesAtOnceAllTakeEffectInOrder(doors: Doors) -> None:
    bea, alex = doors.enter("bea", node=1), doors.enter("alex")
    bea.got()
    alex.send("".join(f"line {number}\n" for number in range(300)).encode(), seconds=0)
    assert alex.pipe.producerState == "paused"
    alex.endOfInput(1.0)
    heard = untimed(bea.got()).splitlines()
    assert heard[:300] == [f"hh:mm #{n + 1} <alex> line {n}" for n in range(300)]
    assert alex.ended == "closed"


def test_aLineThatIsTooLongIsLeftOutAndTheConnectionLives() -> None:
    doors = Doors(limits=ClientLimits(line=20))
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.send(b"x" * 21 + b"\r\nnext\n")
    assert alex.got() == "! That line is too long: 20 bytes are the limit. It was left out.\n"
    alex.send(b"y" * 20 + b"\r\n")
    assert alex.got() == ""
    for _ in range(5):
        alex.send(b"z" * 50)
    assert alex.got().count("too long") == 1
    alex.send(b"the end\nlast\n")
    heard = untimed(bea.got())
    assert heard == f"hh:mm #1 <alex> next\nhh:mm #2 <alex> {'y' * 20}\nhh:mm #3 <alex> last\n"
    assert alex.ended == ""


def test_whatFollowsALineThatIsTooLongIsNotLookedThroughForTelnetAgain() -> None:
    doors = Doors(limits=ClientLimits(line=20))
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.send(b"x" * 30 + b"\na\xff\xff\xf6b\n")
    assert untimed(bea.got()) == "hh:mm #1 <alex> a\ufffd\ufffdb\n"


def test_moreThanSoManyConnectionsAreRefused() -> None:
    doors = Doors(limits=ClientLimits(connections=1))
    first = doors.enter("alex")
    second = doors.connect()
    assert second.got() == "! The server is full. Try again later.\n"
    second.gone()
    first.lose()
    assert "Welcome" in doors.connect().got()


def test_whoDoesNotReadIsDisconnectedAndTheOthersAreNot() -> None:
    doors = Doors(limits=ClientLimits(sendQueue=1000))
    alex, bea, carl = doors.enter("alex"), doors.enter("bea"), doors.enter("carl")
    bea.got()
    bea.protocol.outbox.pauseProducing()
    for _ in range(12):
        alex.type("x" * 100)
    assert bea.ended == "aborted"
    assert len(bea.pipe.value()) <= 1000
    alex.got()
    bea.lose()
    assert alex.got() == "* bea left lobby (connection lost: SendQ exceeded)\n"
    assert carl.ended == ""


def test_whoDoesNotReadTheAnswersGetsNoMoreAndIsDisconnectedInTime() -> None:
    doors = Doors()
    alex, bea = doors.enter("alex"), doors.enter("bea")
    bea.got()
    bea.protocol.outbox.pauseProducing()
    assert bea.type("/help\n/who\nhello all") == ""
    bea.protocol.outbox.resumeProducing()
    doors.net.settle()
    assert bea.got().startswith("* Talking\n")
    assert "<bea> hello all" in alex.got()
    bea.protocol.outbox.pauseProducing()
    bea.type("/help")
    doors.net.clock.advance(PATIENCE)
    assert bea.ended == "aborted"
    bea.lose()
    assert alex.got() == "* bea left lobby (connection lost: SendQ exceeded)\n"


def test_whatGoesWrongWithinIsLoggedAndTheConnectionLives(
    doors: Doors, wrongs: Wrongs, monkeypatch: pytest.MonkeyPatch
) -> None:
    alex = doors.enter("alex")
    assert alex.protocol.visit is not None
    monkeypatch.setattr(doors.net.store, "rooms", lambda: 1 // 0)
    assert alex.type("/rooms") == "! Internal error; it has been logged.\n"
    assert len(wrongs.flush(ZeroDivisionError)) == 1
    assert doors.factories[0].counts.refusals[INTERNAL] == 1
    assert alex.type("/names").startswith("* ")


def test_whatGoesWrongOnIrcIsLoggedAndTheConnectionLives(
    wrongs: Wrongs, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = IrcDoors()
    alex = doors.enter("alex")
    monkeypatch.setattr(doors.net.store, "rooms", lambda: 1 // 0)
    told = alex.send("LIST")
    assert "FAIL * INTERNAL_ERROR :Internal error; it has been logged." in told[-1]
    assert len(wrongs.flush(ZeroDivisionError)) == 1
    assert doors.factories[0].counts.refusals[INTERNAL] == 1
    assert alex.send("PING x") == [":chat.example PONG chat.example x"]


def test_nobodyIsGreetedBeforeTheServerIsReady() -> None:
    doors = Doors()
    factory = doors.factories[0]
    factory.isReady = False
    line = doors.connect()
    assert line.type("alex") == ""
    factory.ready()
    doors.net.settle()
    assert line.got().endswith("Your name: Room [lobby]: ")


def test_atTheEndEverybodyIsToldAndWaitedFor(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea")
    alex.got()
    factory = doors.factories[0]
    factory.stopReading()
    alex.protocol.resumeProducing()
    assert alex.pipe.producerState == "paused"
    closed: list[None] = []
    factory.sayGoodbye().addCallback(closed.append)
    assert alex.got() == "! The server is shutting down.\n"
    alex.gone()
    assert not closed
    bea.gone()
    assert closed == [None]


def test_aConnectionThatIsLostAmidItsWorkLeavesNothingBehind(doors: Doors) -> None:
    line = doors.connect()
    line.send(b"alex\nlobby\nHello\n", seconds=0)
    line.lose()
    doors.net.settle()
    assert doors.connect().type("alex").endswith("Room [lobby]: ")


def test_aLineMayHaveNoByteTooManyWithOrWithoutACarriageReturn() -> None:
    doors = Doors(limits=ClientLimits(line=20))
    alex = doors.enter("alex")
    for end in (b"\n", b"\r\n"):
        alex.send(b"x" * 20 + end)
        assert alex.got() == ""
        alex.send(b"x" * 21 + end)
        assert "too long" in alex.got()
