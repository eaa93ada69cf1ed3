"""
L{twisted_chat.admin.table}: what can be asked for, how it is typed, and how it is checked.
"""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from tests.admin.desks import Office, Refused
from twisted_chat.admin.commandline import ABOUT, declare
from twisted_chat.admin.messages import VERSION, requestOf
from twisted_chat.admin.order import NUMBER, PRIVATE, SECRET, TEXT, WORDS, Argument, Kind, Order
from twisted_chat.admin.table import ORDERS, orderNamed
from twisted_chat.domain.errors import BadInput


def parser() -> ArgumentParser:
    """
    What C{twisted-chat admin} reads its arguments with.
    """
    made = ArgumentParser()
    declare(made)
    return made


def given(*words: str) -> tuple[Order, dict[str, object]]:
    """
    What is asked for by some words.
    """
    parsed = parser().parse_args(words)
    return parsed.order, parsed.order.read(parsed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("accounts list", {}),
        ("accounts list b*", {"mask": "b*"}),
        ("accounts create bea", {"name": "bea", "operator": False}),
        ("accounts create --operator bea", {"name": "bea", "operator": True}),
        ("accounts delete bea --with-messages", {"name": "bea", "messages": True}),
        ("accounts suspend bea being rude", {"name": "bea", "reason": "being rude"}),
        ("bans add bea --for 2h too much", {"who": "bea", "seconds": 7200.0, "reason": "too much"}),
        ("bans add bea too --for 2h much", {"who": "bea", "seconds": 7200.0, "reason": "too much"}),
        ("bans add bea", {"who": "bea", "reason": ""}),
        ("invitations create dev lobby --uses 3", {"rooms": ["dev", "lobby"], "uses": 3}),
        ("rooms set dev keep 90 days", {"room": "dev", "setting": "keep", "value": "90 days"}),
        ("lockdown", {}),
        ("lockdown 2", {"level": 2}),
        ("undo", {}),
    ],
)
def test_whatIsTypedIsWhatTheOrderIsGiven(typed: str, expected: dict[str, object]) -> None:
    order, arguments = given(*typed.split())
    assert typed.startswith(order.words)
    assert arguments == expected
    if not any(argument.kind is SECRET for argument in order.arguments):
        order.take(arguments)


@pytest.mark.parametrize("words", ["--data-dir d", "--json", "--config f"])
def test_optionsMayStandBeforeTheOrderAndBehindIt(words: str) -> None:
    for line in (f"{words} rooms show dev", f"rooms show {words} dev", f"rooms show dev {words}"):
        parsed = parser().parse_args(line.split())
        assert (parsed.data_dir, str(parsed.config), parsed.json) == (
            "d" if "d" in words.split() else None,
            "f" if "f" in words.split() else "None",
            words == "--json",
        )


def test_aPasswordIsNeverAnArgument() -> None:
    for order in ORDERS:
        if any(argument.kind is SECRET for argument in order.arguments):
            with pytest.raises(SystemExit):
                given(*order.words.split(), "bea", "correct horse")


def test_aTimeThatIsNoneIsRefused() -> None:
    with pytest.raises(BadInput, match="Give a time such as 2h"):
        given("bans", "add", "bea", "--for", "long")


def test_everyNounIsExplainedAndEveryOrderStandsOnce() -> None:
    words = [order.words for order in ORDERS]
    assert len(words) == len(set(words))
    assert {each.split()[0] for each in words if " " in each} == set(ABOUT)
    assert all(orderNamed(order.words) is order for order in ORDERS)


@pytest.mark.parametrize(
    ("order", "arguments", "why"),
    [
        ("accounts show", {}, "accounts show needs name"),
        ("accounts show", {"name": 5}, "accounts show: name: Expected `str`, got `int`"),
        ("accounts show", {"name": "bea", "x": 1}, "accounts show takes no x"),
        ("bans add", {"who": "bea", "seconds": -1}, "bans add: seconds: Expected `float` >= 0"),
        ("lockdown", {"level": "1"}, "lockdown: level: Expected `int`"),
        ("invitations create", {"rooms": ["a", 1]}, "invitations create: rooms: Expected `str`"),
        ("accounts eat", {}, "The server knows no 'accounts eat'"),
        ("__init__", {}, "The server knows no '__init__'"),
    ],
)
def test_whatTheServerIsGivenIsChecked(
    office: Office, order: str, arguments: dict[str, object], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        office.do(order, **arguments)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"\xff",
        b'{"order":5}',
        b'{"order":"acts","more":1}',
        b'{"x":"acts"}',
    ],
)
def test_whatIsNoRequestIsRefused(line: bytes) -> None:
    with pytest.raises(BadInput, match="That is not a request"):
        requestOf(line)


def test_aRequestOfAnotherVersionIsRefused() -> None:
    with pytest.raises(BadInput, match="restart it"):
        requestOf(b'{"order":"acts","version":%d}' % (VERSION + 1))


@pytest.mark.parametrize("kind", [TEXT, WORDS, PRIVATE])
def test_wordsThatNeedNotBeGivenAreNotAskedFor(
    kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = ArgumentParser()
    Argument("mask", "whom").declare(parser)
    Argument("reason", "why", kind, "").declare(parser)
    assert not parser.parse_args(["bea"]).reason
    assert parser.parse_args(["bea", "a", "b"]).reason == ["a", "b"]
    with pytest.raises(SystemExit):
        parser.parse_args([])
    assert capsys.readouterr().err.endswith("required: MASK\n")


@pytest.mark.parametrize("typed", ["-1", "x", "9999999", "1.5", "\u0661"])
def test_aNumberThatIsNoneIsExplained(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    Argument("level", "how far", NUMBER).declare(parser)
    assert parser.parse_args(["3"]).level == 3
    with pytest.raises(SystemExit):
        parser.parse_args([typed])
    said = f"argument LEVEL: must be a whole number from 0 to 1,000,000, not {typed!r}\n"
    assert capsys.readouterr().err.endswith(said)
