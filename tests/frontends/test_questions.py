"""
A question is answered on its own line, so what comes by itself begins another.
"""

from __future__ import annotations

from tests.frontends.clients import Doors, Line, untimed
from twisted_chat.domain.units import DAYS

DO_SGA = b"\xff\xfd\x03"
"""What a telnet begins with."""

WONT_SGA = b"\xff\xfc\x03"


def newcomer(doors: Doors, name: str = "bea") -> Line:
    """
    Somebody who is asked for a room.
    """
    line = doors.connect(node=1)
    line.got()
    assert line.type(name) == "Room [lobby]: "
    return line


def test_whatComesWhileAQuestionStandsBeginsALineOfItsOwnOnce(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), newcomer(doors)
    alex.type("/msg bea hi", "/msg bea are you there?")
    assert untimed(bea.got()) == "\nhh:mm @alex/1 <alex> hi\nhh:mm @alex/2 <alex> are you there?\n"
    assert bea.type("no,commas").startswith("! ")
    alex.type("/msg bea well?")
    assert untimed(bea.got()) == "\nhh:mm @alex/3 <alex> well?\n"
    assert bea.type("lobby") == "* You are in lobby with alex.\n"
    alex.type("there you are")
    assert untimed(bea.got()) == "hh:mm #1 <alex> there you are\n"


def test_soDoesTheReasonWhySomebodyIsDisconnected(doors: Doors) -> None:
    line = doors.connect()
    assert line.got().endswith("\nYour name: ")
    doors.net.clock.advance(60.0)
    assert line.got().startswith("\n! You took too long")


def test_aLineThatIsTooLongIsAnAnswerToo(doors: Doors) -> None:
    assert newcomer(doors).type("x" * 9000).startswith("! That line is too long")


def test_whatTelnetsTellEachOtherIsNotSeen(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), newcomer(doors)
    bea.send(DO_SGA)
    assert bea.pipe.value() == WONT_SGA
    bea.pipe.clear()
    alex.type("/msg bea hi")
    assert untimed(bea.got()) == "\nhh:mm @alex/1 <alex> hi\n"


def test_anotherDayIsToldOfBelowTheQuestion(doors: Doors) -> None:
    alex, bea = doors.enter("alex"), newcomer(doors)
    doors.net.clock.advance(1 * DAYS)
    alex.type("/msg bea hi")
    assert untimed(bea.got()).startswith("\n* It is ")
    bea.type("no,commas")
    doors.net.clock.advance(1 * DAYS)
    # With what is answered, too, where no line has to be begun.
    assert bea.type("lobby").startswith("* It is ")
