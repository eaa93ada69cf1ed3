"""
What somebody does too much of is slowed or refused, and others don't notice.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from tests.frontends.clients import FAR, NEAR, Doors, Line
from tests.frontends.irc.clients import PASSWORD, IrcDoors
from twisted_chat.domain.interfaces import IAddressCheck
from twisted_chat.domain.rates import PATIENCE, Rate, RateLimits, Rates
from twisted_chat.domain.session import Session
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.frontends.irc.client import IrcClient
from twisted_chat.frontends.turns import PORTION

GENEROUS = Rate(1000, 1000)
"""As much as anybody likes."""


@pytest.fixture
def doors() -> Doors:
    doors = Doors(nodes=1)
    for hub in doors.net.hubs:
        hub.rates = Rates(RateLimits(), hub.clock.seconds, lambda address: address == NEAR)
    return doors


def said(line: Line) -> list[str]:
    """
    @return: the texts that somebody has read since they were last asked.
    """
    return [text.partition("> ")[2] for text in line.got().splitlines() if "> " in text]


def test_sixtyLinesPastedAtOnceAllArriveInOrderAndMeanwhileOthersTalk(doors: Doors) -> None:
    bea, carl = doors.enter("bea"), doors.enter("carl")
    alex = doors.enter("alex", host=FAR)
    bea.got()
    alex.send("".join(f"line {number}\n" for number in range(60)).encode())
    early = len(said(bea))
    assert 10 <= early <= 25
    carl.type("me too")
    assert said(bea) == ["me too"]
    doors.net.settle(5)
    late = said(bea)
    assert 15 <= len(late) < 35
    doors.net.settle(15)
    late += said(bea)
    assert [*range(early, 60)] == [int(text.split()[1]) for text in late]


def test_aLineCountsForAsManyAsItHasKiB(doors: Doors) -> None:
    bea = doors.enter("bea")
    alex = doors.enter("alex", host=FAR)
    bea.got()
    alex.send(b"".join(b"%02d %s\n" % (number, b"x" * 1900) for number in range(25)))
    # 20 KiB are free, and 5 come each second: nearly two for each of these.
    assert 10 <= len(said(bea)) <= 11
    doors.net.settle(2)
    assert 4 <= len(said(bea)) <= 6
    doors.net.settle(5)
    assert said(bea)[-1].startswith("24 ")


def test_theTagsOfAnIrcLineCountWithIt(doors: Doors) -> None:
    irc = IrcDoors(net=doors.net)
    bea, alex = irc.enter("bea", "message-tags"), irc.enter("alex", "message-tags", host=FAR)
    for client in (alex, bea):
        client.send("JOIN #lobby")
    doors.net.settle(10)
    bea.got()
    alex.send(*[f"@+x={'x' * 4000} TAGMSG #lobby"] * 10, seconds=0)
    doors.net.settle(0.05)
    # 20 KiB are free, and 5 come each second.
    early = len(bea.got())
    assert 5 <= early <= 6
    doors.net.settle(5)
    assert len(bea.got()) == 10 - early


def test_commandsOfTelnetCountLikeLinesAndOnesForTheLongerTheyAre(doors: Doors) -> None:
    asker = doors.connect(host=FAR)
    asker.send(b"\xff\xf6" * 32 * 1024)
    asker.send(b"alex\n")
    # 64 KiB are 64 lines, of which 20 are free and 5 come each second.
    doors.net.settle(8)
    assert asker.pipe.producerState == "paused"
    doors.net.settle(2)
    assert asker.pipe.producerState == "producing"
    assert asker.got().count("[Here]") == 1
    near = doors.connect(host=NEAR)
    near.send(b"\xff\xf6" * 32 * 1024)
    assert near.pipe.producerState == "producing"


@pytest.mark.parametrize("filling", [b"x", b"x\r", b"\xff\xff"])
def test_whoNeverEndsALineIsDisconnected(doors: Doors, filling: bytes) -> None:
    line, limits = doors.enter("alex", host=FAR), ClientLimits()
    sent = 0
    most = line.protocol.mostSkipped
    while not line.ended and sent < 10 * most:
        line.send(filling * 2048)
        sent += len(filling) * 2048
        # What is left out counts like lines, so it does not come faster than they may.
        doors.net.clock.advance(2)
    assert line.ended
    assert line.got().endswith("! Input line was far too long\n")
    assert sent <= 2 * (limits.line + most)


def test_whatIsLeftOutOfALineCountsLikeLines(doors: Doors) -> None:
    line = doors.connect(host=FAR)
    line.send(b"x" * 64 * 1024)
    doors.net.settle(8)
    assert line.pipe.producerState == "paused"
    doors.net.settle(2)
    assert line.pipe.producerState == "producing"


def test_whoEndsLinesThatAreTooLongIsNotDisconnected(doors: Doors) -> None:
    alex = doors.enter("alex")
    for _ in range(4):
        alex.send(b"x" * alex.protocol.mostSkipped + b"\n")
    assert alex.got().count("too long") == 4
    assert not alex.ended


def test_whoAsksForLongListsWaitsLaterAndOthersDoNot(doors: Doors) -> None:
    bea = doors.enter("bea")
    for _ in range(60):
        bea.type("x" * 1900)
    alex, carl = doors.enter("alex", host=FAR), doors.enter("carl", host=FAR)
    doors.net.settle(10)
    for _ in range(3):
        assert len(alex.type("/history 60")) > 100_000
        carl.type("/who")
    bea.got()
    alex.type("I come late")
    carl.type("I don't")
    assert said(bea) == ["I don't"]
    doors.net.settle(10)
    assert said(bea) == ["I come late"]


def test_whoKeepsTheServerBusyWaitsLaterHoweverShortTheAnswers(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(room: Session, *given: object) -> list[object]:
        doors.net.clock.rightNow += 0.55
        return []

    monkeypatch.setattr(Session, "who", look)
    bea = doors.enter("bea")
    alex, near = doors.enter("alex", host=FAR), doors.enter("carl")
    for line in (alex, near):
        assert line.type("/who")
    bea.got()
    alex.type("I come late")
    near.type("I don't")
    assert said(bea) == ["I don't"]
    # 0.55 s are 55 lines, of which 20 are free and 5 come each second.
    doors.net.settle(6)
    assert said(bea) == []
    doors.net.settle(2)
    assert said(bea) == ["I come late"]


@pytest.mark.parametrize("names", [[f"guest{each}" for each in range(12)], ["bea"] * 4])
def test_whoAsksForLongListsOnManyConnectionsWaitsOnAllOfThem(
    doors: Doors, names: list[str]
) -> None:
    carl = doors.enter("carl")
    doors.register("bea")
    for _ in range(60):
        carl.type("x" * 1900)
    askers = [doors.connect(host=FAR, tls=True) for _ in names]
    for asker, name in zip(askers, names, strict=True):
        asker.type(name, *(["bea-password"] if name == "bea" else []), "lobby")
    doors.net.settle(30)
    # Each of them asks for what counts as 12 lines, which is less than one connection may say.
    shown = [len(asker.type("/history 60", "/history 60")) for asker in askers]
    assert shown[0] > 200_000
    assert shown[-1] < 150_000
    carl.got()
    for asker in askers:
        asker.type("one")
    early = said(carl)
    assert len(early) < len(askers)
    doors.net.settle(60)
    assert early + said(carl) == ["one"] * len(askers)


def test_whoJoinsTooManyRoomsIsToldHowLongToWaitAndGoesIfTheyGoOn(doors: Doors) -> None:
    alex = doors.enter("alex", host=FAR)
    answers: list[str] = []
    for number in range(24):
        answers += alex.type(f"/join room{number}").splitlines()
        doors.net.settle(0.25)
    assert any(text.startswith("! You join too fast. Wait ") for text in answers)
    for number in range(PATIENCE * 2):
        if alex.ended:
            break
        alex.type(f"/join more{number}")
        doors.net.settle(0.25)
    assert alex.ended
    assert not doors.enter("bea", host=NEAR).ended


def test_passwordsAreNotTriedFasterThanFiveAMinute(doors: Doors) -> None:
    doors.register("alex")
    thief = doors.connect(host=FAR, tls=True)
    thief.type("alex")
    answers = "".join(thief.type(f"guess {number}") for number in range(4))
    assert answers.count("wrong") == 4
    other = doors.connect(host="192.0.2.99", tls=True)
    other.type("alex", "guess 5")
    other.got()
    assert "You log in too fast. Wait 12 s." in other.type("alex-password")
    doors.net.settle(12)
    assert "You are in lobby" in other.type("alex-password")


@pytest.mark.parametrize("command", ["/password {} battery-staple", "/account delete {}"])
def test_whoHasComeInTriesPasswordsNoFasterEither(doors: Doors, command: str) -> None:
    doors.register("alex")
    thief = doors.connect(host=FAR, tls=True)
    thief.type("alex", "alex-password")
    answers = "".join(thief.type(command.format(f"guess-{number}")) for number in range(4))
    assert answers.count("not your present password") == 4
    assert "You log in too fast. Wait 12 s." in thief.type(command.format("alex-password"))


def test_anAddressHasSoManyConnectionsAndThoseOfAccountsAreNotCounted(doors: Doors) -> None:
    doors.register("alex")
    for hub in doors.net.hubs:
        hub.rates.change(RateLimits(here=2))
    first = doors.connect(host=FAR, tls=True)
    first.type("alex", "alex-password")
    lines = [doors.connect(host=FAR) for _ in range(2)]
    assert not any(line.ended for line in lines)
    tooMany = doors.connect(host=FAR)
    assert tooMany.got() == (
        "! There are 2 connections from your address already. Close one, or log in on one.\n"
    )
    assert tooMany.ended
    tooMany.gone()
    assert not doors.connect(host="192.0.2.99").ended
    lines[0].lose()
    assert not doors.connect(host=FAR).ended


def test_anAccountHasSoManyConnectionsThatDoNotCountForTheirAddress(doors: Doors) -> None:
    doors.register("alex")
    limits = RateLimits(here=3, uncounted=5, logins=GENEROUS, connections=GENEROUS)
    doors.net.hubs[0].rates.change(limits)
    lines = []
    for _ in range(5 + 3):
        lines.append(doors.connect(host=FAR, tls=True))
        lines[-1].type("alex", "alex-password")
    assert not any(line.ended for line in lines)
    lines.append(doors.connect(host=FAR))
    assert lines[-1].ended
    for line in lines:
        line.lose()
    assert not doors.net.hubs[0].rates._here


def test_whoIsAGuestAgainCountsForTheirAddressAgain() -> None:
    doors = IrcDoors()
    hub = doors.net.hubs[0]
    hub.rates = Rates(RateLimits(here=1), hub.clock.seconds)
    doors.net.registered("ann").logout()
    client = doors.connect(host=FAR, tls=True)
    client.send("NICK bea", "USER bea 0 * :bea")
    client.send(f"NS IDENTIFY ann {PASSWORD}")
    other = doors.connect(host=FAR)
    assert not other.ended
    other.lose()
    client.send("NS LOGOUT")
    other = doors.connect(host=FAR)
    assert other.ended
    client.lose()
    other.lose()
    assert not hub.rates._here


def test_whoConnectsAgainAndAgainIsRefusedForAWhile(doors: Doors) -> None:
    doors.net.hubs[0].rates.change(RateLimits(connections=Rate(30, 1)))
    lines = [doors.connect(host=FAR) for _ in range(30)]
    assert not any(line.ended for line in lines)
    refused = doors.connect(host=FAR)
    assert refused.got() == "! You connect too fast. Wait 1 s.\n"
    refused.gone()
    doors.net.settle(1)
    assert not doors.connect(host=FAR).ended


@implementer(IAddressCheck)
class Word:
    """
    Somebody whose word counts.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.hesitates: list[Deferred[str | None]] | None = None
        self.wanted: list[Callable[[], bool]] = []

    def refuse(
        self, address: str, name: str, account: str, isThere: Callable[[], bool]
    ) -> Deferred[str | None]:
        self.asked.append((address, name, account))
        self.wanted.append(isThere)
        if self.hesitates is not None:
            self.hesitates.append(Deferred())
            return self.hesitates[-1]
        return succeed("an open proxy" if name == "alex" else None)


def test_whoTheOperatorsCheckRefusesDoesNotComeInAndWhoIsTrustedIsNotAskedAbout(
    doors: Doors,
) -> None:
    word = Word()
    for hub in doors.net.hubs:
        hub.addressCheck = word
    alex = doors.connect(host=FAR)
    alex.got()
    assert "You are banned from this network: an open proxy." in alex.type("alex")
    assert "Room [lobby]:" in doors.connect(host=FAR).type("bea")
    assert "Room [lobby]:" in doors.connect(host=NEAR).type("alex")
    assert word.asked == [(FAR, "alex", ""), (FAR, "bea", "")]


def test_whoHasGoneWhileTheCheckIsAskedDoesNotComeIn(doors: Doors) -> None:
    word = Word()
    word.hesitates = []
    doors.net.hubs[0].addressCheck = word
    alex, bea = doors.connect(host=FAR), doors.connect(host=FAR)
    alex.type("alex")
    bea.type("bea")
    alex.lose()
    assert [isThere() for isThere in word.wanted] == [False, True]
    for answer in word.hesitates:
        answer.callback(None)
    doors.net.settle()
    assert [session.name for session in doors.net.hubs[0].roster.sessions.values()] == ["bea"]


@pytest.mark.parametrize("wire", [Doors, IrcDoors])
def test_whoConnectsThousandsOfTimesDoesNotFillTheLog(
    wire: type[Doors] | type[IrcDoors], logged: list[str]
) -> None:
    doors = wire(nodes=1)
    doors.net.hubs[0].rates = Rates(RateLimits(), doors.net.clock.seconds)
    for pause in (120, 0):
        for _ in range(300):
            client = doors.connect(host=FAR)
            if client.ended:
                client.lose()
        doors.net.settle(pause)
    refused = [line for line in logged if line.startswith(f"{FAR}: refused")]
    assert refused[0] == f"{FAR}: refused: You connect too fast. Wait 1 s."
    assert 5 < len(refused) < 10
    assert any(" times): " in line for line in refused)
    connected = logged.count(f"{FAR}: connected")
    assert sum(line.startswith(FAR) for line in logged) <= 2 * connected + len(refused)


@pytest.mark.parametrize("wire", [Doors, IrcDoors])
def test_theLogNamesWhoSendsTooMuchAllTheTime(
    wire: type[Doors] | type[IrcDoors], logged: list[str]
) -> None:
    doors = wire(nodes=1)
    doors.net.hubs[0].rates = Rates(RateLimits(), doors.net.clock.seconds)
    alex, bea = doors.enter("alex", host=FAR), doors.enter("bea", host="198.51.100.4")
    for client, lines in ((alex, 400), (bea, 60)):
        said = [f"line {n}" for n in range(lines)]
        if isinstance(client, Line):
            client.type(*said)
        else:
            client.send(*[f"PRIVMSG #lobby :{line}" for line in said])
    for _ in range(60):
        doors.net.settle(1)
    told = [line for line in logged if "more than it may" in line]
    assert told == [f"{FAR}: alex sends more than it may, and waits"]


def test_whoComesAgainAndAgainMakesNoMoreRoomsAndJoinsThoseThatThereAre(doors: Doors) -> None:
    told = []
    for each in range(8):
        line = doors.enter(f"guest{each}", host=FAR)
        line.send("".join(f"/join room{each}-{room}\n" for room in range(19)).encode())
        doors.net.settle(2)
        told.append(line.got())
        line.lose()
    assert "fast" not in told[0]
    assert "! You make rooms too fast. Wait 1 s." in told[-1]
    assert sum(text.count("You are in room") for text in told) < 120
    again = doors.enter("again", host=FAR)
    assert "You are in room0-0" in again.type("/join room0-0")
    elsewhere = doors.enter("elsewhere", host="198.51.100.9")
    assert "You are in new" in elsewhere.type("/join new")


def test_ircLinesThatSayNothingCountToo(doors: Doors) -> None:
    irc = IrcDoors(net=doors.net)
    client = irc.connect(host=FAR)
    client.protocol.dataReceived(b"\n" * 64 * 1024)
    assert client.pipe.producerState == "paused"
    # 20 lines are free, and 16 of these are one; the rest is not looked at yet.
    left = len(client.protocol._buffer)
    assert 320 <= 64 * 1024 - left <= 330
    doors.net.settle(1)
    assert 70 <= left - len(client.protocol._buffer) <= 90
    assert client.got() == []


def test_ircLinesThatSayNothingLetOthersHaveTheirTurn(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(client: IrcClient, line: bytes) -> None:
        doors.net.clock.rightNow += 0.6 * PORTION

    monkeypatch.setattr(IrcClient, "turn_empty", slowly)
    client = IrcDoors(net=doors.net).connect(host=NEAR)
    client.protocol.dataReceived(b"\r\n" * 10)
    assert client.pipe.producerState == "paused"
    assert len(client.protocol._buffer) == 2 * 8
    doors.net.settle()
    assert client.protocol._buffer == b""
    assert client.pipe.producerState == "producing"


def test_whoComesAfterSomebodyWasDisconnectedIsNotBlamedForThat(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Objects are where others were that are no more.
    monkeypatch.setattr("twisted_chat.frontends.connection.id", lambda _: 7, raising=False)
    for name in ("alex", "bea"):
        line = doors.enter(name, host=FAR)
        tries = 0
        while not line.ended:
            line.type(f"/join {name}{tries}")
            doors.net.settle(0.25)
            tries += 1
        assert tries > PATIENCE
