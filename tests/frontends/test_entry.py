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


def test_the_networks_password_is_asked_for_before_the_name(logged: list[str]) -> None:
    line = Doors(terms=SESAME).connect()
    assert line.got().endswith("commands.\nNetwork password: ")
    answer = line.type("sesame")
    assert re.fullmatch(r"! That is not the network's password.*\nNetwork password: ", answer)
    assert line.type("open sesame") == "Your name: "
    assert line.type("alex") == "Room [lobby]: "
    assert line.type("") == "* You are in lobby, alone.\n"
    assert not [each for each in logged if "sesame" in each]


def test_a_telnet_does_not_show_the_networks_password() -> None:
    line = Doors(terms=SESAME).connect()
    # It shows itself to be a telnet with the first wrong password.
    line.send(b"\xff\xfd\x03wrong\r\n")
    assert line.pipe.value().endswith(b"Network password: " + IAC_WILL_ECHO)
    line.pipe.clear()
    line.send(b"open sesame\r\n")
    assert line.pipe.value() == IAC_WONT_ECHO + b"\r\nYour name: "


def test_five_wrong_passwords_of_the_network_end_the_connection() -> None:
    line = Doors(terms=SESAME).connect()
    assert "wrong too often" in line.type("one", "two", "three", "four", "five")
    assert line.ended


def test_who_has_an_account_leaves_the_networks_password_out() -> None:
    doors = Doors(terms=SESAME)
    first = doors.connect()
    first.type("open sesame", "alex", "", "/register alex-password", "[EXIT]")
    first.gone()
    line = doors.connect(node=1)
    line.got()
    assert line.type("") == "Your name: "
    assert line.type("alex").endswith("Password: ")
    assert "lobby" in line.type("alex-password")


def test_a_guest_who_left_it_out_is_asked_for_it() -> None:
    line = Doors(terms=SESAME).connect()
    line.type("")
    answer = line.type("alex")
    assert re.fullmatch(r"! That is not the network's password.*\nNetwork password: ", answer)
    assert line.type("open sesame", "alex").endswith("Room [lobby]: ")


def test_who_logs_out_need_not_give_it_again() -> None:
    line = Doors(terms=SESAME).connect()
    line.type("open sesame", "alex", "")
    assert line.type("/logout").endswith("Your name: ")
    assert line.type("alex") == "Room [lobby]: "


def test_where_only_accounts_come_in_one_is_told_so_and_registers_instead() -> None:
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


def test_in_a_lockdown_nobody_is_told_to_register() -> None:
    doors = Doors()
    doors.net.now(doors.net.operator("oscar").lockdown(1))
    for hub in doors.net.hubs:
        hub.terms = Terms(entry="accounts")
    line = doors.connect()
    told = "Only registered people come in here. Nobody can register for now.\n"
    assert line.got().endswith(f"* {told}Your name: ")
    assert line.type("alex") == f"! {told}Your name: "


def test_with_an_invitation_one_comes_into_its_rooms() -> None:
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


def test_where_nobody_registers_one_is_told_so() -> None:
    line = Doors(terms=Terms(entry="accounts", register="off")).connect()
    greeting = line.got()
    assert "gives out accounts" in greeting
    assert "/register" not in greeting
    assert "Nobody can register" in line.type("/register alex alex-password")


@pytest.mark.parametrize("typed", ["/register", "/register alex", "/register a b c d"])
def test_registering_before_one_has_a_name_is_explained(typed: str) -> None:
    line = Doors(terms=Terms(entry="accounts")).connect()
    line.got()
    assert line.type(typed).startswith("! Usage: /register NAME PASSWORD [CODE]\n")


def test_no_password_is_registered_where_somebody_could_listen() -> None:
    line = Doors(terms=Terms(entry="accounts")).connect(host=FAR)
    line.got()
    assert "not encrypted" in line.type("/register alex alex-password")


def test_the_topic_of_the_network_is_read_before_the_name_is_asked() -> None:
    line = Doors(terms=Terms(topic="all about cake")).connect()
    assert line.got().endswith("commands.\n* Topic: all about cake\nYour name: ")


def test_who_comes_from_a_banned_address_is_told_why_and_disconnected() -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar", address="198.51.100.1")
    doors.net.now(oscar.serverBan("192.0.2.0/24", 3600, "floods"))
    doors.net.settle()
    line = doors.connect(node=1, host=FAR)
    assert line.got() == "! You are banned from this network for another 1 hour: floods.\n"
    assert line.ended


def test_who_is_disconnected_by_an_operator_reads_why_and_others_do() -> None:
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
def test_who_is_made_an_operator_of_the_network_reads_it(node: int) -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar")
    doors.register("alex")
    alex = doors.connect(node)
    alex.type("alex", "alex-password", "/nick alexa")
    doors.net.now(oscar.makeOperator("alex"))
    doors.net.settle()
    assert "* oscar made you an operator of the network\n" in alex.got()


def test_others_are_not_told_in_the_words_that_are_for_who_is_banned_or_suspended() -> None:
    doors = Doors()
    oscar = doors.net.operator("oscar")
    doors.register("alex")
    bea, gus, alex = doors.enter("bea"), doors.enter("gus"), doors.connect(node=1)
    alex.type("alex", "alex-password")
    for order, line, shown, own in (
        (
            lambda: oscar.serverBan("gus", 3600, "floods"), gus,
            "* gus left lobby (banned from the network: floods)\n",
            "! You are banned from this network for another 1 hour: floods.\n",
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


def test_a_code_for_a_lost_password_is_used_once_and_then_a_new_one_is_set() -> None:
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


def test_the_end_of_an_account_is_the_end_of_the_connection() -> None:
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
