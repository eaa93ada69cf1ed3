"""
Coming in by the line protocol where not everybody may.
"""

from __future__ import annotations

import re

import pytest
from twisted.internet.defer import Deferred

from tests.frontends.clients import FAR, Doors
from twisted_chat.domain.official import Official
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.values import Author

IAC_WILL_ECHO, IAC_WONT_ECHO = b"\xff\xfb\x01", b"\xff\xfc\x01"
SESAME = Terms(entry="password", password="open sesame")


def test_theNetworksPasswordIsAskedForBeforeTheName(logged: list[str]) -> None:
    line = Doors(terms=SESAME).connect()
    assert line.got().endswith("commands.\nNetwork password: ")
    answer = line.type("sesame")
    assert re.fullmatch(r"! That is not the network's password.*\nNetwork password: ", answer)
    assert line.type("open sesame") == "Your name: "
    assert line.type("alex") == "Room [lobby]: "
    assert line.type("") == "* You are in lobby, alone.\n"
    assert not [each for each in logged if "sesame" in each]


def test_aTelnetDoesNotShowTheNetworksPassword() -> None:
    line = Doors(terms=SESAME).connect()
    # It shows itself to be a telnet with the first wrong password.
    line.send(b"\xff\xfd\x03wrong\r\n")
    assert line.pipe.value().endswith(b"Network password: " + IAC_WILL_ECHO)
    line.pipe.clear()
    line.send(b"open sesame\r\n")
    assert line.pipe.value() == IAC_WONT_ECHO + b"\r\nYour name: "


def test_norDoesOneThatShowsItselfWhenTheQuestionStandsAlready() -> None:
    """
    As PuTTY does, before anything is typed.
    """
    line = Doors(terms=SESAME).connect()
    line.pipe.clear()
    line.send(b"\xff\xfd\x03")
    assert line.pipe.value() == b"\xff\xfc\x03" + IAC_WILL_ECHO
    line.pipe.clear()
    line.send(b"open sesame\r\n")
    assert line.pipe.value() == IAC_WONT_ECHO + b"\r\nYour name: "


def test_fiveWrongPasswordsOfTheNetworkEndTheConnection() -> None:
    line = Doors(terms=SESAME).connect()
    assert "wrong too often" in line.type("one", "two", "three", "four", "five")
    assert line.ended


def test_whoHasAnAccountLeavesTheNetworksPasswordOut() -> None:
    doors = Doors(terms=SESAME)
    first = doors.connect()
    first.type("open sesame", "alex", "", "/register alex-password", "[EXIT]")
    first.gone()
    line = doors.connect(node=1)
    line.got()
    assert line.type("") == "Your name: "
    assert line.type("alex").endswith("Password: ")
    assert "lobby" in line.type("alex-password")


def test_aGuestWhoLeftItOutIsAskedForIt() -> None:
    line = Doors(terms=SESAME).connect()
    line.type("")
    answer = line.type("alex")
    assert re.fullmatch(r"! That is not the network's password.*\nNetwork password: ", answer)
    assert line.type("open sesame", "alex").endswith("Room [lobby]: ")


def test_whoLogsOutNeedNotGiveItAgain() -> None:
    line = Doors(terms=SESAME).connect()
    line.type("open sesame", "alex", "")
    assert line.type("/logout").endswith("Your name: ")
    assert line.type("alex") == "Room [lobby]: "


def test_whereOnlyAccountsComeInOneIsToldSoAndRegistersInstead() -> None:
    line = Doors(terms=Terms(entry="accounts")).connect()
    assert line.got().endswith(
        "* Only registered people come in here. Register first.\n"
        "* Instead of a name: /register NAME PASSWORD\n"
        "Your name: "
    )
    answer = line.type("alex")
    assert answer == "! Only registered people come in here. Register first.\nYour name: "
    assert line.type("/register alex alex-password") == "Room [lobby]: "
    assert line.type("") == "* You are in lobby, alone.\n"


def test_inALockdownNobodyIsToldToRegister() -> None:
    doors = Doors()
    doors.net.now(doors.net.operator("oscar").lockdown(1))
    for hub in doors.net.hubs:
        hub.terms = Terms(entry="accounts")
    line = doors.connect()
    told = "Only registered people come in here. Nobody can register for now.\n"
    assert line.got().endswith(f"* {told}Your name: ")
    assert line.type("alex") == f"! {told}Your name: "


def test_withAnInvitationOneComesIntoItsRooms() -> None:
    doors = Doors(terms=Terms(entry="accounts", register="invitation"))
    net = doors.net
    registry = net.hubs[0].registry
    by = Official(Author("", "server"), "here")
    code = net.now(Deferred.fromCoroutine(registry.invite(by, ["dev"])))
    line = doors.connect(node=1)
    assert "Instead of a name: /register NAME PASSWORD CODE" in line.got()
    assert "needs an invitation" in line.type("/register alex alex-password")
    assert "not right" in line.type("/register alex alex-password abcd-efgh")
    assert "You are in dev" in line.type(f"/register alex alex-password {code}")


def test_whereNobodyRegistersOneIsToldSo() -> None:
    line = Doors(terms=Terms(entry="accounts", register="off")).connect()
    greeting = line.got()
    assert "gives out accounts" in greeting
    assert "/register" not in greeting
    assert "Nobody can register" in line.type("/register alex alex-password")


@pytest.mark.parametrize("typed", ["/register", "/register alex", "/register a b c d"])
def test_registeringBeforeOneHasANameIsExplained(typed: str) -> None:
    line = Doors(terms=Terms(entry="accounts")).connect()
    line.got()
    assert line.type(typed).startswith("! Usage: /register NAME PASSWORD [CODE]\n")


def test_noPasswordIsRegisteredWhereSomebodyCouldListen() -> None:
    line = Doors(terms=Terms(entry="accounts")).connect(host=FAR)
    line.got()
    assert "not encrypted" in line.type("/register alex alex-password")


def test_theTopicOfTheNetworkIsReadBeforeTheNameIsAsked() -> None:
    line = Doors(terms=Terms(topic="all about cake")).connect()
    assert line.got().endswith("commands.\n* Topic: all about cake\nYour name: ")


def test_whoComesFromABannedAddressIsToldWhyAndDisconnected() -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar", address="198.51.100.1")
    doors.net.now(oscar.serverBan("192.0.2.0/24", 3600, "floods"))
    doors.net.settle()
    line = doors.connect(node=1, host=FAR)
    assert line.got() == "! You are banned from this network for 1 hour more: floods.\n"
    assert line.ended


def test_whoIsDisconnectedByAnOperatorReadsWhyAndOthersDo() -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar")
    alex, bea = doors.enter("alex", node=1), doors.enter("bea")
    alex.got()
    doors.net.now(oscar.kill("alex", "spam"))
    doors.net.settle()
    assert alex.got() == "! Disconnected by oscar: spam\n"
    assert alex.ended
    assert bea.got().endswith("* alex left lobby (Disconnected by oscar: spam)\n")


@pytest.mark.parametrize("node", [0, 1])
def test_whoIsMadeAnOperatorOfTheNetworkReadsIt(node: int) -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar")
    doors.register("alex")
    alex = doors.connect(node)
    alex.type("alex", "alex-password", "/nick alexa")
    doors.net.now(oscar.makeOperator("alex"))
    doors.net.settle()
    assert "* oscar made you an operator of the network\n" in alex.got()


def test_othersAreNotToldInTheWordsThatAreForWhoIsBannedOrSuspended() -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar")
    doors.register("alex")
    bea, gus, alex = doors.enter("bea"), doors.enter("gus"), doors.connect(node=1)
    alex.type("alex", "alex-password")
    for order, line, shown, own in (
        (
            lambda: oscar.serverBan("gus", 3600, "floods"), gus,
            "* gus left lobby (banned from the network: floods)\n",
            "! You are banned from this network for 1 hour more: floods.\n",
        ),
        (
            lambda: oscar.suspend("alex", "spam"), alex,
            "* alex went offline (account suspended: spam)\n",
            "! Your account is suspended: spam\n",
        ),
    ):  # fmt: skip
        bea.got()
        line.got()
        doors.net.now(order())
        doors.net.settle()
        assert line.got() == own
        assert bea.got() == shown


def test_aCodeForALostPasswordIsUsedOnceAndThenANewOneIsSet() -> None:
    doors = Doors()
    doors.register("alex")
    oscar = doors.net.operator("oscar")
    code = doors.net.now(oscar.resetAccount("alex"))
    line = doors.connect(node=1)
    line.type("alex")
    assert line.type(code).startswith(
        "* That code works once. Set a new password now: /password NEW\n"
    )
    assert line.type("/password brand-new-one") == "* Your password is another one now\n"
    again = doors.connect()
    again.type("alex")
    assert again.type(code).startswith("! The name or the password is wrong")
    again.type("alex")
    assert "lobby" in again.type("brand-new-one")


def test_theEndOfAnAccountIsTheEndOfTheConnection() -> None:
    doors = Doors()
    line = doors.enter("alex")
    line.type("/register alex-password", "my words")
    assert "not your present password" in line.type("/account delete wrong-password")
    told = line.type("/account delete alex-password with messages").splitlines()
    assert told[0] == "* #1 was deleted"
    assert told[-1] == "! Your account is deleted. Goodbye."
    assert line.ended
    other = doors.connect()
    other.got()
    assert other.type("alex").startswith("! The name alex was that of an account that is gone.")
