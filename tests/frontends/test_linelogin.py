"""
Coming in by the line protocol: names, passwords, and what was missed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from tests.frontends.clients import FAR, NEAR, Doors, untimed
from twisted_chat.domain.errors import Closing, NotSaved
from twisted_chat.domain.rates import Rate, RateLimits, Rates
from twisted_chat.domain.session import Session


def test_theOperatorsWelcomeIsReadBeforeTheNameIsAsked() -> None:
    line = Doors(welcome="Be kind.\nNo spam.").connect()
    assert line.got().endswith("commands.\nBe kind.\nNo spam.\nYour name: ")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("two words", "can't be used as a name"),
        ("4chan", "can't be used as a name"),
        ("ALEX", "is taken"),
        ("/who", "Say who you are first"),
        ("/hlep", "Did you mean /help?"),
    ],
)
def test_aNameThatWillNotDoIsExplainedAndAskedForAgain(doors: Doors, name: str, why: str) -> None:
    doors.enter("alex")
    line = doors.connect(node=1)
    line.got()
    answer = line.type(name)
    assert answer.startswith("! ")
    assert why in answer
    assert answer.endswith("\nYour name: ")
    assert line.type("bea") == "Room [lobby]: "


def test_enterAloneAsksForTheNameAgain(doors: Doors) -> None:
    line = doors.connect()
    line.got()
    assert line.type("", " ") == "Your name: Your name: "


def test_aRoomThatWillNotDoIsExplainedAndAskedForAgain(doors: Doors) -> None:
    line = doors.connect()
    line.type("alex")
    assert re.fullmatch(r"! .*\nRoom \[lobby\]: ", line.type("no,commas"))
    assert line.type("#dev") == "* You are in dev, alone.\n"


def test_aRoomWithAPasswordIsEnteredByGivingItBehindTheName(doors: Doors) -> None:
    doors.enter("bea", "dev").type("/set password open sesame")
    line = doors.connect()
    line.type("alex")
    assert line.type("dev").startswith("! You can't join dev")
    assert "* You are in dev with bea.\n" in line.type("dev open sesame")


def test_commandsWorkWhereARoomIsAskedFor(doors: Doors) -> None:
    line = doors.connect()
    line.type("alex")
    assert line.type("/rooms").endswith("Room [lobby]: ")
    assert line.type("/join dev") == "* You are in dev, alone.\n"


def test_helpAndQuitAreThereBeforeOneHasAName(doors: Doors) -> None:
    line = doors.connect()
    line.got()
    answer = line.type("/help")
    assert answer.startswith("* Talking\n")
    assert answer.endswith("\nYour name: ")
    assert line.type("/help edit").startswith("* Usage: /edit ")
    assert line.type("/quit") == "* Goodbye\n"
    assert line.ended == "closed"


def test_whatTheMenuOffersIsUnderstoodWhereARoomIsAskedFor(doors: Doors) -> None:
    alex, bea, carl = (doors.connect() for _ in range(3))
    alex.type("alex")
    bea.type("bea")
    carl.type("carl")
    assert alex.type("1") == "* You are in lobby, alone.\n"
    assert bea.type("2") == "* Goodbye\n"
    assert bea.ended == "closed"
    assert carl.type("q").startswith("* You are in no room. 1 joins lobby, 2 exits;")
    assert carl.type("1") == "* You are in lobby with alex.\n"


def test_aPasswordForARoomThatHasNoneIsNotPassedOverInSilence(doors: Doors) -> None:
    line = doors.connect()
    line.type("alex")
    assert line.type("good morning all") == (
        "* good has no password; what is behind its name was not used\n* You are in good, alone.\n"
    )


def test_whoDoesNotSayWhoTheyAreIsDisconnectedInTime(doors: Doors) -> None:
    line = doors.connect()
    line.type("")
    doors.net.clock.advance(59.0)
    assert line.ended == ""
    doors.net.clock.advance(1.0)
    assert "You took too long" in line.got()
    assert line.ended == "closed"


def test_noTimerIsLeftAfterTheLogin(doors: Doors) -> None:
    before = len(doors.net.clock.getDelayedCalls())
    doors.enter("alex").type("hello", "/who")
    assert len(doors.net.clock.getDelayedCalls()) == before


def test_aRegisteredNameNeedsItsPassword(doors: Doors) -> None:
    doors.register("bea")
    line = doors.connect()
    line.got()
    asked = line.type("Bea")
    assert asked.startswith("! The name bea is registered.")
    assert asked.endswith("\nPassword: ")
    assert line.type("wrong").endswith("Try again.\nPassword: ")
    assert line.type("bea-password").startswith("* You are in lobby, alone.\n")


def test_enterAloneInsteadOfThePasswordIsForAnotherName(doors: Doors) -> None:
    doors.register("bea")
    line = doors.connect()
    asked = "! The name bea is registered. Give its password, or Enter alone for another name.\n"
    assert line.type("bea").endswith(asked + "Password: ")
    assert line.type("") == "Your name: "
    assert line.type("carl") == "Room [lobby]: "


def test_fiveWrongPasswordsEndTheConnection(doors: Doors) -> None:
    doors.register("bea")
    line = doors.connect()
    line.type("bea", "1", "2", "3", "4")
    assert line.ended == ""
    line.type("5")
    assert line.ended == "closed"


def test_aPasswordIsTakenOnlyWhereNobodyCanListen(doors: Doors) -> None:
    doors.register("bea")
    far = doors.connect(host=FAR)
    far.got()
    answer = far.type("bea")
    assert answer.endswith("openssl s_client -quiet -connect chat.example:5001\n")
    assert "not encrypted" in answer
    # There is nothing more that could be given here.
    assert "give its password" not in answer
    assert "choose another one" not in answer
    assert far.ended == "closed"
    assert "not encrypted" in doors.enter("carl", host=FAR).type("/login bea bea-password")
    safe = doors.connect(host=FAR, tls=True)
    assert safe.type("bea").endswith("Password: ")


def test_aTelnetDoesNotShowAPassword(doors: Doors) -> None:
    doors.register("bea")
    line = doors.connect()
    line.send(b"\xff\xfd\x03")
    assert line.pipe.value().endswith(b"\xff\xfc\x03")
    line.pipe.clear()
    line.send(b"bea\r\0")
    assert line.pipe.value().endswith(b"Password: \xff\xfb\x01")
    line.pipe.clear()
    line.send(b"\xff\xfd\x01bea-password\r\0")
    assert line.pipe.value().startswith(b"\xff\xfc\x01\r\n* You are in lobby, alone.\r\n")


def test_aClientThatIsNoTelnetGetsNoTelnet(doors: Doors) -> None:
    doors.register("bea")
    line = doors.connect()
    line.type("bea", "bea-password")
    line.send("ÿ\n".encode("latin-1"))
    assert b"\xff" not in line.pipe.value()


def test_anAccountGoesToItsLastRoomAndReadsWhatItMissed(doors: Doors) -> None:
    doors.register("bea")
    alex = doors.enter("alex")
    alex.type(*(f"line {number}" for number in range(60)))
    bea = doors.connect(node=1)
    bea.got()
    answer = untimed(bea.type("bea", "bea-password"))
    _, _, after = answer.partition("Password: ")
    lines = after.splitlines()
    assert lines[:3] == [
        "* You are in lobby with alex.",
        "* 60 new since you left",
        "* … 10 earlier: /history before 11",
    ]
    assert lines[3] == "hh:mm #11 <alex> line 10"
    assert lines[-1] == "hh:mm #60 <alex> line 59"
    alex.type("live")
    assert untimed(bea.got()) == "hh:mm #61 <alex> live\n"
    earlier = untimed(bea.type("/history before 11")).splitlines()
    assert earlier == [f"hh:mm #{number + 1} <alex> line {number}" for number in range(10)]


def test_whatWasMissedElsewhereComesFirstWithItsPlace(doors: Doors) -> None:
    doors.register("bea")
    visit = doors.connect()
    visit.type("bea", "bea-password", "/join dev", "/join lobby", "[EXIT]")
    visit.gone()
    doors.enter("alex", "dev").type("in dev", "/msg bea in private")
    doors.enter("carl").type("in lobby")
    bea = doors.connect()
    answer = untimed(bea.type("bea", "bea-password")).partition("Password: ")[2]
    assert answer == (
        "* 1 new in dev since you left\n"
        "hh:mm dev/1 <alex> in dev\n"
        "* 1 new in @alex since you left\n"
        "hh:mm @alex/1 <alex> in private\n"
        "* You are in lobby with carl.\n"
        "* 1 new since you left\n"
        "hh:mm #1 <carl> in lobby\n"
    )


def test_whereNothingMissedIsShownItIsToldHowMuchItIs(doors: Doors) -> None:
    doors.register("bea")
    visit = doors.connect()
    visit.type("bea", "bea-password", "/join dev", "/join lobby", "[EXIT]")
    visit.gone()
    for hub in doors.net.hubs:
        hub.limits = replace(hub.limits, catchUp=0)
    doors.enter("alex", "dev").type("in dev", "again", "/msg bea in private")
    doors.enter("carl").type("in lobby")
    bea = doors.connect()
    answer = untimed(bea.type("bea", "bea-password")).partition("Password: ")[2]
    assert answer == (
        "* 2 new in dev since you left: /history dev\n"
        "* 1 new in @alex since you left: /history @alex\n"
        "* You are in lobby with carl.\n"
        "* 1 new since you left: /history\n"
    )


def test_whoIsCalledSomethingElseByAnotherConnectionIsToldSo(doors: Doors) -> None:
    doors.register("bea")
    doors.connect().type("bea", "bea-password", "/nick bee")
    answer = doors.connect().type("bea", "bea-password").partition("Password: ")[2]
    assert answer.startswith("* You are called bee, as on your other connection\n")
    assert "called" not in doors.enter("carl").type("/login bea bad")
    told = doors.enter("dora").type("/login bea bea-password")
    assert told.startswith("* You are called bee, as on your other connection\n")


def test_whoIsBackInTheCurrentRoomByAnotherConnectionGoesOnThere(doors: Doors) -> None:
    doors.register("bea")
    here, there = doors.connect(), doors.connect()
    for line in (here, there):
        line.type("bea", "bea-password")
    # Nobody is left in it, so that this node forgets the room, and then finds it again.
    there.type("/leave", "/join lobby", "one")
    here.got()
    assert here.type("two") == ""
    assert untimed(there.got()).endswith("hh:mm #2 <bea> two\n")


def test_whoDeletesTheirAccountIsNotAskedForARoomAnyMore(doors: Doors) -> None:
    doors.register("bea", "dev")
    carl, bea = doors.enter("carl", "dev"), doors.connect()
    bea.type("bea", "bea-password")
    answer = bea.type("/account delete bea-password")
    assert answer.endswith("\n* Your account is deleted. Goodbye\n")
    assert "1 joins" not in answer
    assert bea.ended == "closed"
    assert "is deleted" not in carl.got()


def test_whoRegistersWithSpacesInThePasswordReadsOfQuotes(doors: Doors) -> None:
    line = doors.connect()
    for typed in ("/register bea correct horse", "bea\n\n/register correct horse"):
        assert "stands in quotes" in line.type(typed)
    assert "bea is yours now" in line.type('/register "correct horse"')


def test_inPlaceOfANameOneLogsInAndNothingTypedBecomesARoom(doors: Doors) -> None:
    doors.register("bea", "dev")
    bea = doors.connect()
    assert bea.type("/login bea bea-password", "/names").endswith("* In dev now: bea\n")
    bea.type("[EXIT]")
    # As a script does that does not look at what it reads, where nobody is registered so.
    script = doors.connect()
    answer = script.type("/login bob secret", "lobby")
    assert answer.count("The name or the password is wrong") == 2
    assert answer.endswith("Password: ")
    assert "There is no such room" in doors.enter("carl").type("/rooms secret")
    assert "! Usage: /login NAME PASSWORD" in doors.connect().type("/login bea")
    for command in ("/login bea bea-password", "/register bob secret"):
        far = doors.connect(host=FAR)
        assert "not encrypted" in far.type(command, "lobby", "secret")
        assert far.ended
    assert "There is no such room" in doors.enter("dora").type("/rooms secret")


def test_anAccountInNoRoomIsAskedForOne(doors: Doors) -> None:
    line = doors.connect()
    line.type("bea", "/register bea-password", "[EXIT]")
    line.gone()
    bea = doors.connect()
    assert bea.type("bea", "bea-password").endswith("Password: Room [lobby]: ")


def test_afterALogoutAnotherNameIsAskedFor(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    assert alex.type("/logout") == "* You are logged out\nYour name: "
    assert bea.got() == "* alex left lobby (quit)\n"
    assert alex.type("alexa", "") == "Room [lobby]: * You are in lobby with bea.\n"
    doors.net.clock.advance(100)
    assert alex.ended == ""


def test_aGuestWhoLogsInTakesTheirRoomsAlong(doors: Doors) -> None:
    doors.register("bea", "office")
    other = doors.enter("carl", "dev", node=1)
    line = doors.enter("guest", "dev")
    other.got()
    assert "wrong" in line.type("/login bea nonsense")
    other.type("between")
    assert untimed(line.got()) == "hh:mm #1 <carl> between\n", "still there"
    assert line.type("/login bea bea-password").endswith("* You are in dev with carl.\n")
    assert other.got() == "* guest left dev (quit)\n* bea joined dev\n"
    other.type("hi")
    assert untimed(line.got()) == "hh:mm #2 <carl> hi\n", "once"
    line.type("hello")
    assert untimed(other.got()) == "hh:mm #3 <bea> hello\n"
    assert "office" in line.type("/switch office")


def test_aGuestWhoLogsInStaysInTheCurrentRoomThoughNotInAll(doors: Doors) -> None:
    doors.register("bea", "office")
    line = doors.enter("guest", "den")
    line.type("/join dev", "/join hall")
    hub = doors.net.hubs[0]
    hub.rates = Rates(RateLimits(joins=Rate(1, 0.1)), hub.clock.seconds)
    answer = line.type("/login bea bea-password")
    assert "too fast" in answer
    assert answer.endswith("* You are in hall, alone.\n")


def test_aGuestWhoLogsInTakesTheirRolesAlong(doors: Doors) -> None:
    doors.register("bea")
    line = doors.enter("guest", "den")
    other = doors.enter("carl", "den", node=1)
    line.type("/set invite-only on")
    other.got()
    assert line.type("/login bea bea-password").endswith("* You are in den with carl.\n")
    assert other.got() == (
        "* guest made bea an operator\n* guest left den (quit)\n* bea joined den\n"
    )
    assert line.type("/set invite-only off") == "* invite-only of den is off now\n"


def delayed(doors: Doors, monkeypatch: pytest.MonkeyPatch, node: int = 0) -> list[Deferred[None]]:
    """
    Let each login wait, when all of it is done, for what is in the list that this returns.
    """
    portal, waits = doors.factories[node].portal, list[Deferred[None]]()
    login = portal.login

    async def waiting(*given: Any) -> Any:
        found = await login(*given)
        waits.append(Deferred())
        await waits[-1]
        return found

    monkeypatch.setattr(portal, "login", waiting)
    return waits


def test_nothingIsReadTwiceByWhoLogsInWhereBothAreInTheRoom(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.register("bea")
    carl = doors.enter("carl", node=1)
    line = doors.enter("guest")
    waits = delayed(doors, monkeypatch)
    assert line.type("/login bea bea-password") == ""
    carl.type("meanwhile")
    assert line.got() == ""
    waits[0].callback(None)
    doors.net.settle()
    assert line.got().count("meanwhile") == 1


def test_whoLogsInMissesNothingMeanwhile(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.register("bea")
    for hub in doors.net.hubs:
        hub.limits = replace(hub.limits, lastLines=0)
    carl = doors.enter("carl", "dev", node=1)
    carl.type("/join lobby", "/switch dev")
    line = doors.enter("guest", "dev")
    line.type("/join lobby", "/switch dev")
    waits = delayed(doors, monkeypatch)
    assert line.type("/login bea bea-password") == ""
    carl.type("one", "/msg guest psst", "/msg #lobby two")
    got = line.got()
    assert [got.count(text) for text in ("one", "psst", "two")] == [1, 1, 0], "bea is in the lobby"
    waits[0].callback(None)
    # The guest has gone, and bea is not back in the room.
    carl.send(b"three\n", seconds=0)
    doors.net.settle()
    carl.type("four")
    got = line.got()
    assert [got.count(text) for text in ("one", "two", "three", "four")] == [0, 1, 1, 1]
    assert "dev/" not in got


def test_whoIsRefusedInTheEndStaysWhoTheyAre(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.register("bea")
    carl, line = doors.enter("carl", node=1), doors.enter("guest")
    doorman = doors.net.hubs[0].doorman
    admit, answers = doorman.admit, [True, False]

    async def admitOnce(*who: Any, **where: Any) -> None:
        await admit(*who, **where)
        if not answers.pop(0):
            raise Closing()

    monkeypatch.setattr(doorman, "admit", admitOnce)
    assert line.type("/login bea bea-password").startswith("! The server is shutting down")
    assert answers == []
    carl.type("hello?")
    assert untimed(line.got()) == "hh:mm #1 <carl> hello?\n"


def test_whatIsSaidWhileOneIsShownWhatWasMissedIsSpelledForWhereOneIs(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.register("bea", "lobby")
    bea, carl = doors.connect(), doors.enter("carl", node=1)
    bea.type("bea", "bea-password", "/set zone +02:00")
    bea.lose()
    carl.type("missed")
    waits, missed = list[Deferred[None]](), Session.missed

    def slow(session: Session) -> Any:
        waits.append(Deferred())
        return waits[-1].addCallback(lambda _: missed(session))

    monkeypatch.setattr(Session, "missed", slow)
    again = doors.connect()
    again.type("bea", "bea-password")
    carl.type("meanwhile")
    waits[0].callback(None)
    doors.net.settle()
    carl.type("after")
    lines = re.findall(r"^(\d\d):\d\d #(\d) <carl>", again.got(), re.MULTILINE)
    assert [number for _, number in lines] == ["1", "2", "3"]
    assert len({hour for hour, _ in lines}) == 1


def test_whoCantBeShownWhatWasMissedIsInAllTheSame(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.register("bea")
    line = doors.connect()
    with monkeypatch.context() as patch:
        patch.setattr(Session, "missed", lambda _: fail(NotSaved(why="the disk gave an error")))
        assert "! Not saved" in line.type("bea", "bea-password")
    assert line.type("/whois bea").startswith("* bea is registered, online\n")
    assert len(doors.net.hubs[0].roster.sessions) == 1


def test_aLoginThatComesTooLateIsUndone(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = delayed(doors, monkeypatch)
    line = doors.connect()
    line.type("alex")
    line.lose()
    waits[0].callback(None)
    doors.net.settle()
    assert doors.connect(node=1).type("alex").endswith("Room [lobby]: "), "the name is free"


def test_theLogTellsWhoComesAndGoesButNeitherTextNorPassword(doors: Doors) -> None:
    told: list[str] = []

    def observe(event: LogEvent) -> None:
        told.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    try:
        doors.register("bea")
        line = doors.connect()
        line.type("bea", "wrong-password", "bea-password", "my message")
        line.lose()
        doors.connect().type("a secret, typed too early")
    finally:
        globalLogPublisher.removeObserver(observe)
    log = "\n".join(told)
    assert f"{NEAR}: connected" in log
    assert f"{NEAR}: bea is here" in log
    assert f"{NEAR}: bea was refused: bad-login" in log
    assert f"{NEAR}: bea has gone" in log
    assert "password" not in log
    assert "message" not in log
    assert "secret" not in log


def test_theLogTellsWhySomebodyHasGoneButNotTheirOwnWords(doors: Doors, logged: list[str]) -> None:
    doors.enter("alex").type("/quit my last words")
    doors.enter("bea").lose()
    carl = doors.enter("carl")
    carl.protocol.disconnect("The server took too long.")
    carl.lose()
    late = doors.connect()
    doors.net.clock.advance(60)
    late.lose()
    log = "\n".join(logged)
    assert f"{NEAR}: alex has gone\n" in log
    assert "last words" not in log
    assert f"{NEAR}: bea has gone: connection lost\n" in log
    assert f"{NEAR}: carl has gone: The server took too long.\n" in log
    assert log.endswith(f"{NEAR}: disconnected: You took too long to say who you are. Come again.")


def test_aProxyThatLooksWhetherTheServerLivesFillsNoLog(doors: Doors, logged: list[str]) -> None:
    look = doors.connect(host="unknown")
    assert look.got().startswith("Welcome to "), "as it may expect"
    look.lose()
    assert logged == []
    doors.enter("alex", host="unknown")
    assert logged[0] == "unknown: alex is here"


def test_whoIsLostWhileTheirGuestSaysGoodbyeLeavesNobodyThere(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.register("bea")
    line = doors.enter("guest")
    waits = delayed(doors, monkeypatch)
    line.type("/login bea bea-password")
    waits[0].callback(None)
    assert len(doors.net.hubs[0].roster.sessions) == 1, "bea's, while guest's is being ended"
    line.lose()
    assert not doors.net.hubs[0].roster.sessions
