"""
The line protocol: transcripts of what people type and read.
"""

from __future__ import annotations

import re

import pytest

from tests.frontends.clients import Doors, Pipe, untimed
from twisted_chat.domain.groupcommit import GroupCommit
from twisted_chat.domain.pace import Pace

MENU = "* You are in no room. 1 joins lobby, 2 exits; /help shows the commands.\n"
ASIDE = (
    "* You are in dev, but talk in no room now: /switch ROOM. 1 joins lobby, 2 exits;"
    " /help shows the commands.\n"
)


def test_aGuestComesInAndTalks(doors: Doors) -> None:
    alex = doors.connect()
    assert alex.got() == (
        "Welcome to chat.example: nobody is here yet. /help shows the commands.\nYour name: "
    )
    assert alex.type("alex") == "Room [lobby]: "
    assert alex.type("") == "* You are in lobby, alone.\n"
    bea = doors.connect(node=1)
    assert "1 person here. /help" in bea.got()
    carl = doors.connect()
    assert "1 person in 1 room. /help" in carl.got()
    assert bea.type("bea", "lobby") == "Room [lobby]: * You are in lobby with alex.\n"
    assert alex.got() == "* bea joined lobby\n"
    assert bea.type("hi all") == "", "own lines are not shown again"
    assert untimed(alex.got()) == "hh:mm #1 <bea> hi all\n"
    assert alex.type("/me waves", "/reply 1 hi bea!") == ""
    assert untimed(bea.got()) == "hh:mm #2 * alex waves\nhh:mm #3 <alex> (to #1) hi bea!\n"


@pytest.mark.parametrize("text", ["one", "//one", "/me one"])
def test_whereTheLogHasMuchToDoWhatIsSaidIsSaidAllTheSame(doors: Doors, text: str) -> None:
    alex, carl, bea = doors.enter("alex"), doors.enter("carl"), doors.enter("bea", node=1)
    bea.got()
    doors.net.hubs[0].commits.setPace(Pace(mostEvents=1))
    carl.send(b"zero\n", seconds=0)
    alex.send(f"{text}\ntwo\n".encode())
    _, said, then = bea.got().splitlines()
    assert said.endswith("one")
    assert then.endswith("<alex> two")


def test_theFirstWordsEndWithTheFirstQuestionInOneWrite(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(Pipe, "write", lambda _, data: written.append(data))
    doors.connect()
    assert len(written) == 1
    assert written[0].endswith(b"\r\nYour name: ")


def test_whoComesLaterReadsTheLastLinesAndTheTopic(doors: Doors) -> None:
    doors.enter("alex").type("/topic lunch at noon", "hello")
    bea = doors.connect()
    bea.got()
    assert untimed(bea.type("bea", "")) == (
        "Room [lobby]: * You are in lobby with alex. Topic: lunch at noon\n"
        "* alex set the topic: lunch at noon\n"
        "hh:mm #2 <alex> hello\n"
    )


def test_whatHappensInAnotherRoomIsToldWithItsName(doors: Doors) -> None:
    bea = doors.enter("bea", "dev", node=1)
    alex = doors.enter("alex", "dev")
    alex.type("/join lobby")
    bea.type("hi", "/edit last hi there", "/topic lunch")
    assert untimed(alex.got()) == (
        "hh:mm dev/1 <bea> hi\n* dev/1 now reads: hi there\n* bea set the topic in dev: lunch\n"
    )
    alex.type("/switch dev")
    bea.type("again")
    assert untimed(alex.got()) == "hh:mm #4 <bea> again\n"


def test_aRoomWithASignInItsNameIsCalledWhatMeansItIfItIsTyped(doors: Doors) -> None:
    alex, bea = doors.enter("alex", "##x"), doors.enter("bea", node=1)
    alex.type("/invite bea")
    assert bea.got() == "* alex invites you to ##x: /join ##x\n"
    assert bea.type("/join ##x", "/switch lobby") == (
        "* You are in ##x with alex.\n* You are in lobby, alone.\n"
    )
    alex.type("hi", "/topic tea")
    assert untimed(bea.got()) == "hh:mm ##x/1 <alex> hi\n* alex set the topic in ##x: tea\n"
    bea.type("/reply ##x/1 hi alex")
    assert untimed(alex.got()).endswith("hh:mm #3 <bea> (to #1) hi alex\n")
    assert "\n  ##x  " in "\n" + bea.type("/rooms x")
    assert "in ##x with you" in bea.type("/whois alex")
    assert bea.type("/leave ##x") == "* You have left ##x\n"
    assert bea.type("/history ##x") == "! You are not in ##x. /join ##x takes you in.\n"
    assert bea.type("/reply ##x/1 late") == "! You are not in ##x. /join ##x takes you in.\n"
    alex.type("two")
    assert (
        bea.type("/join ##x", "/history 1").splitlines()[-2] == "* … 3 earlier: /history before 4"
    )
    bea.type("/switch lobby")
    assert "* … 3 earlier: /history before ##x/4" in bea.type("/history ##x 1")
    alex.got()
    assert alex.type("/renameroom ##y") == "* ##x is called ##y now\n"
    assert bea.got() == "* ##x is now called ##y\n"
    assert untimed(bea.type("/history ##x 1")).endswith("* ##x is now called ##y\n")
    bea.type("/leave ##x")
    gone = "! You are not in ##y. It was called ##x; /join ##y takes you in.\n"
    assert bea.type("/history ##x") == gone


def test_aGuestTakesARoomWithASignInItsNameAlong(doors: Doors) -> None:
    doors.register("bea")
    guest = doors.enter("guest", "##x")
    assert guest.type("/login bea bea-password").endswith("* You are in ##x, alone.\n")
    assert len(guest.type("/rooms x").splitlines()) == 2, "and no other one is made"


def test_aSlashIsSaidWithTwo(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.type("//help yourself", "/say /me too")
    assert untimed(bea.got()) == "hh:mm #1 <alex> /help yourself\nhh:mm #2 <alex> /me too\n"


def test_linesEndWithOrWithoutACarriageReturnAndMayComeInPieces(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.send(b"one\r\ntwo\nthr")
    alex.send("ee ü".encode()[:-1])
    alex.send("ü".encode()[-1:] + b"\r\n\r\n \n")
    assert untimed(bea.got()) == (
        "hh:mm #1 <alex> one\nhh:mm #2 <alex> two\nhh:mm #3 <alex> three ü\n"
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("typo\x7f\x7fxt", "tyxt"),
        ("typo\b\bxt", "tyxt"),
        ("\x7f\x7fa\x7f\x7f\x7fb", "b"),
        ("日本語\x7f\b語", "日語"),
    ],
)
def test_whatWasTakenBackInCharacterModeIsNotSaid(doors: Doors, typed: str, said: str) -> None:
    """
    A telnet that sends each key as it is pressed sends those that take back, too.
    """
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    for key in typed.encode():
        alex.send(bytes((key,)), seconds=0)
    alex.send(b"\r\0")
    assert untimed(bea.got()) == f"hh:mm #1 <alex> {said}\n"


def test_aPasswordWithACharacterTakenBackIsTheRightOne(doors: Doors) -> None:
    """
    It is not shown, so nobody sees what is wrong with it.
    """
    doors.register("bea")
    line = doors.connect()
    assert "You are in lobby" in line.type("beb\x7fa", "bea-passwurd\x7f\x7f\x7ford")


def test_bytesThatAreNoTextAreReplaced(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.got()
    alex.send(b"a\xfeb\x00c\x1b[31md\n")
    assert untimed(bea.got()) == "hh:mm #1 <alex> a\ufffdbcd\n"


def test_aPrivateMessageIsSeenOnBothSides(doors: Doors) -> None:
    bea, alex = doors.enter("bea", node=1), doors.enter("alex")
    bea.got()
    assert untimed(alex.type("/msg bea psst")) == "hh:mm @bea/1 <alex> psst\n"
    assert untimed(bea.got()) == "hh:mm @alex/1 <alex> psst\n"
    assert untimed(bea.type("/r what?")) == "hh:mm @alex/2 <bea> what?\n"
    assert untimed(alex.got()) == "hh:mm @bea/2 <bea> what?\n"


def test_anAnswerIsNotSentToWhoHasTakenTheNameSince(doors: Doors) -> None:
    alex, carl = doors.enter("alex"), doors.enter("carl")
    carl.type("/msg alex psst", "[EXIT]")
    carl.gone()
    stranger = doors.enter("carl", node=1)
    stranger.got()
    alex.got()
    assert alex.type("/r a secret") == "! carl has gone, so that was not sent.\n"
    assert stranger.got() == ""


def test_whoWantsReceiptsReadsTheNumbersOfTheirLines(doors: Doors) -> None:
    alex = doors.enter("alex")
    alex.type("one", "/receipts on")
    assert alex.type("two").startswith("* #2 ")


def test_whoWasKickedSaysNothingWhereTheyWereNot(doors: Doors) -> None:
    bea = doors.enter("bea")
    alex = doors.enter("alex")
    alex.type("/join dev", "/join lobby")
    bea.type("/kick alex spam")
    assert alex.got() == "* bea kicked alex (spam)\n"
    assert alex.type("a secret") == (
        "! You are no longer in the room. That was not said.\n" + ASIDE
    )
    assert "secret" not in bea.got()


def test_whatIsPastedForARoomThatOneWasPutOutOfChoosesNothingOfTheMenu(doors: Doors) -> None:
    bea, carl = doors.enter("bea", "dev"), doors.enter("carl")
    alex = doors.enter("alex", "dev")
    bea.type("/kick alex")
    alex.got()
    alex.send(b"Steps:\n1\na secret\n2\nanother\n")
    assert alex.got().count("! ") == 5
    assert carl.got() == ""
    assert alex.ended == ""
    doors.net.clock.advance(2.0)
    assert alex.type("1") == "* You are in lobby with carl.\n"


def test_aClockThatIsSetBackKeepsNobodyFromChoosingOfTheMenu(doors: Doors) -> None:
    bea, alex = doors.enter("bea", "dev"), doors.enter("alex", "dev")
    bea.type("/kick alex")
    alex.type("what?")
    doors.net.clock.rightNow -= 3600
    assert alex.type("1") == "* You are in lobby, alone.\n"


def test_whatWasMeantForARoomThatOneWasPutOutOfIsSaidInNoOther(
    doors: Doors,
) -> None:
    carl, bea = doors.enter("carl", "dev"), doors.enter("bea")
    alex = doors.enter("alex", "dev")
    alex.type("/join lobby")
    bea.type("/kick alex")
    carl.got()
    alex.got()
    for typed in ("/me waves", "/say me", "/reply 1 me", "/topic me", "/leave", "/leave for me"):
        assert alex.type(typed).startswith("! You talk in no room now."), typed
    alex.send(b"a\nparagraph\n/me pasted\n")
    assert alex.got().count("! You") == 3
    assert carl.got() == ""
    assert alex.type("/switch dev") == "* You are in dev with carl.\n"
    alex.type("hello")
    assert untimed(carl.got()) == "hh:mm #1 <alex> hello\n"


def test_whoWasPutOutMayDoWhatIsAboutNoRoom(doors: Doors) -> None:
    bea, alex = doors.enter("bea"), doors.enter("alex")
    bea.type("/kick alex")
    alex.got()
    assert untimed(alex.type("/msg bea why?")) == "hh:mm @bea/1 <alex> why?\n" + MENU


def test_whoPutsThemselvesOutReadsInWhichRoomsTheyAre(doors: Doors) -> None:
    alex = doors.enter("alex", "dev")
    alex.type("/join own")
    assert alex.type("/kick alex") == "* alex is out of own\n" + ASIDE


def test_aRoomIntoWhichAnotherConnectionHasComeIsNamedAndNotTalkedIn(
    doors: Doors,
) -> None:
    doors.register("bea", "own")
    here, there = doors.connect(), doors.connect()
    here.type("bea", "bea-password", "q")
    there.type("bea", "bea-password", "dev")
    doors.enter("alex", "dev").type("hi")
    assert untimed(here.got()).endswith("hh:mm dev/1 <alex> hi\n")
    assert here.type("hello all") == (
        "! You talk in no room now, so nobody would read that.\n" + ASIDE
    )
    assert "hello" not in there.got()


def test_whoIsPutIntoARoomWhileAskedForOneMakesNoneByTalking(doors: Doors) -> None:
    doors.register("bea", "own")
    here, there = doors.connect(), doors.connect()
    here.type("bea", "bea-password", "q", "[EXIT]")
    first = doors.connect()
    assert first.type("bea", "bea-password").endswith("Room [lobby]: ")
    there.type("bea", "bea-password", "dev")
    assert first.type("hi people").endswith(ASIDE)
    assert "hi" not in [line.split()[0] for line in there.type("/rooms").splitlines() if line]


def test_outsideOfRoomsThereIsAMenu(doors: Doors) -> None:
    alex = doors.enter("alex")
    assert alex.type("q").endswith(MENU)
    assert alex.type("hello").endswith(MENU)
    assert alex.type("1") == "* You are in lobby, alone.\n"
    assert alex.type("q").endswith(MENU)
    assert alex.type("2") == "* Goodbye\n"
    assert alex.ended == "closed"


def test_leavingOneOfSeveralRoomsGoesBackToAnother(doors: Doors) -> None:
    alex = doors.enter("alex", "dev")
    answer = alex.type("/join lobby", "q")
    assert MENU not in answer
    assert "dev" in answer.splitlines()[-1]


@pytest.mark.parametrize("typed", ["[EXIT]", "[exit]", " [Exit] "])
def test_exitEndsTheVisitWhereverOneIs(doors: Doors, typed: str) -> None:
    for before in ([], ["a"], ["b", ""], ["c", "", "q"]):
        line = doors.connect()
        line.type(*before)
        assert line.type(typed) == "* Goodbye\n"
        assert line.ended == "closed"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (lambda line: line.type("[EXIT]"), "* alex left lobby (quit)\n"),
        (lambda line: line.type("/quit so long"), "* alex left lobby (quit: so long)\n"),
        (lambda line: line.endOfInput() or line.gone(), "* alex left lobby (quit)\n"),
        (lambda line: line.lose(), "* alex left lobby (connection lost)\n"),
    ],
)
def test_othersAreToldHowSomebodyWent(doors: Doors, how: object, told: str) -> None:
    bea, alex = doors.enter("bea", node=1), doors.enter("alex")
    bea.got()
    assert callable(how)
    how(alex)
    assert bea.got() == told
    assert doors.connect().type("alex").endswith("Room [lobby]: "), "the name is free again"


def test_onlyWhatPublishesIsNotWaitedFor(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    alex = doors.enter("alex").protocol
    for text in ("hello", "/me waves", "//slash", ""):
        assert alex.publishes(("line", text)), text
    for text in ("/who", "/unknown", "q", "[EXIT]"):
        assert not alex.publishes(("line", text)), text
    monkeypatch.setattr(GroupCommit, "full", True)
    assert not alex.publishes(("line", "hello"))


def test_aCommandSeesWhatWasSaidBeforeIt(doors: Doors) -> None:
    alex = doors.enter("alex")
    alex.send(b"one\ntwo\n/edit last three\n/history 2\n")
    answer = untimed(alex.got())
    assert answer.endswith("hh:mm #1 <alex> one\nhh:mm #2 <alex> three (edited)\n")


def test_aMessageThatIsTooLongIsRefused(doors: Doors) -> None:
    alex = doors.enter("alex")
    assert alex.type("x" * 2001).startswith("! That is too long: 2001 characters")


def test_whatIsSaidWhileSomebodyComesInIsShownOnceAndAsSaidInTheirRoom() -> None:
    doors = Doors(nodes=1)
    bea = doors.enter("bea")
    carl = doors.connect()
    carl.type("carl")
    carl.send(b"lobby\n", seconds=0)
    bea.send(b"one\ntwo\n", seconds=0)
    doors.net.settle()
    bea.type("three")
    assert re.findall(r"(\S+) <bea> (\w+)", carl.got()) == [
        ("#1", "one"), ("#2", "two"), ("#3", "three"),
    ]  # fmt: skip
