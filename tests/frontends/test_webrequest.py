"""
A page in a browser that sends a form to a door talks to nobody.
"""

from __future__ import annotations

import pytest

from tests.frontends.clients import Doors
from tests.frontends.irc.clients import IrcDoors
from twisted_chat.frontends.webrequest import isWebRequest

POST = ("POST / HTTP/1.1", "Host: localhost:6667", "Content-Type: text/plain", "")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("GET / HTTP/1.1", True),
        ("POST /x?y=z HTTP/1.0", True),
        ("PRI * HTTP/2.0", True),
        ("OPTIONS http://a/ HTTP/1.1", True),
        ("get / http/1.1", False),
        ("GET", False),
        ("NICK alex", False),
        ("alex", False),
        ("/say GET / HTTP/1.1", False),
    ],
)
def test_howABrowserBeginsIsNoName(line: str, found: bool) -> None:
    assert isWebRequest(line) is found


def test_whatAFormSaysOnIrcIsNotObeyed() -> None:
    doors = IrcDoors()
    alex = doors.enter("alex")
    alex.send("JOIN #dev")
    browser = doors.connect()
    lines = browser.send(*POST, "NICK bea", "USER b 0 * :B", "JOIN #dev", "PRIVMSG #dev :spam")
    assert lines == ["ERROR :This is no web server."]
    assert browser.ended
    assert alex.got() == []
    # Who is in may say what they like.
    assert alex.send("GET / HTTP/1.1")[0].endswith("421 alex GET :Unknown command")


def test_whatAFormSaysOnTheLineProtocolIsNotObeyed() -> None:
    doors = Doors()
    alex = doors.connect()
    alex.type("alex", "dev")
    browser = doors.connect()
    assert browser.type(*POST, "bea", "dev", "spam").endswith("! This is no web server.\n")
    assert browser.ended
    assert "bea" not in alex.got()
