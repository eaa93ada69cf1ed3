"""
Commands about people and accounts, with a real network behind them.
"""

from __future__ import annotations

import pytest

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from twisted_chat.domain.accounterrors import Insecure, WrongPassword
from twisted_chat.domain.errors import BadInput, BadName, NameTaken, NoSuchPerson
from twisted_chat.frontends.commands.command import WrongUsage


def test_whoisTellsWhatMayBeKnown(net: Net, come: Come) -> None:
    alex = come("alex", "lobby")
    bea = come("bea", "lobby", node=1, registered=True)
    bea.does("away lunch")
    net.settle()
    assert alex.does("whois BEA") == ["* bea is registered, away: lunch", "  in lobby with you"]
    bea.session.logout()
    net.settle()
    lines = alex.does("whois bea")
    assert lines[0] == "* bea is registered, offline"
    assert lines[-1].startswith("  last here at ")
    assert alex.does("whois alex")[0] == "* alex is a guest, online"
    with pytest.raises(NoSuchPerson):
        alex.does("whois nobody")


def test_whoIsGoneIsKnownByTheAccountsNameAndNotByOneThatIsFree(net: Net, come: Come) -> None:
    alex = come("alex", "lobby", registered=True)
    bea = come("bea", "lobby", node=1)
    alex.does("nick alexb")
    net.settle()
    bea.heard()
    alex.session.logout()
    net.settle()
    assert bea.heard() == ["lobby 0 presence alexb quit"]
    come("alexb", "lobby")
    assert bea.does("who")[1:] == [
        "  alex   owner         offline",
        "  alexb         guest",
        "  bea           guest",
    ]
    assert bea.does("names") == ["* In lobby now: alexb and bea"]


def test_whoIsAwayIsShownSoUntilTheyAreBack(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("away lunch")
    assert alex.does("who")[1].endswith("away: lunch")
    assert alex.does("back") == ["* You are back"]
    assert alex.does("who")[1].endswith("guest")


def test_aNameIsChangedIfItIsFree(come: Come) -> None:
    alex = come("alex", "lobby")
    come("bea")
    assert alex.does("nick Alexa") == ["* You are called Alexa now"]
    with pytest.raises(NameTaken):
        alex.does("nick bea")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("a,b", '"," is not allowed in a name'),
        ("#x", '"#" is not allowed in a name'),
        ("##x", '"#" is not allowed in a name'),
        ("@x", '"@" is not allowed in a name'),
        ("+x", 'it begins with "+"'),
        ("1x", "it begins with a digit"),
        ("x y", "it has a space in it"),
        ('"x y"', "it has a space in it"),
    ],
)
def test_whoCannotBeCalledSoReadsWhy(come: Come, typed: str, why: str) -> None:
    """
    Also where the name looks like a room or like several words.
    """
    alex = come("alex", "lobby")
    with pytest.raises(BadName) as refused:
        alex.does(f"nick {typed}")
    assert refused.value.text == f"{typed} can't be used as a name: {why}."
    assert alex.session.name == "alex"
    with pytest.raises(WrongUsage):
        alex.does("nick ")


def test_whoIsIgnoredIsNotHeard(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    assert alex.does("ignored") == ["* You ignore nobody"]
    assert alex.does("ignore bea") == ["* You hear nothing of bea any more"]
    assert alex.does("ignored") == ["* You ignore bea"]
    alex.heard()
    bea.does("say hi")
    assert alex.heard() == []
    assert alex.does("unignore bea") == ["* You hear bea again"]
    bea.does("say hi")
    assert len(alex.heard()) == 1


def test_whoIsIgnoredIsHeardAgainByThePresentNameToo(net: Net, come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby", registered=True)
    alex.does("ignore bea")
    bea.does("nick beate")
    assert alex.does("unignore beate") == ["* You hear beate again"]
    assert alex.does("ignored") == ["* You ignore nobody"]
    for name in ("beate", "nobody"):
        with pytest.raises(BadInput, match=f"You do not ignore {name}"):
            alex.does(f"unignore {name}")


def test_whoIsQuietIsNotToldWhoComes(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("quiet")
    come("bea", "lobby")
    assert alex.heard() == []
    assert alex.does("quiet off") == ["* You are told who comes and goes"]
    come("carl", "lobby")
    assert len(alex.heard()) == 1


def test_passwordsAreNotTakenWhereOthersCouldReadThem(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.secure = False
    for typed in ("register correct-horse", "login bea correct-horse", "password a b"):
        with pytest.raises(Insecure, match="openssl s_client -connect"):
            alex.does(typed)
    assert alex.asked == []
    assert alex.session.account is None


def test_whoRegistersHasTheName(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("register correct-horse") == [
        "* alex is yours now, and needs your password from now on"
    ]
    with pytest.raises(WrongPassword):
        alex.does("password wrong new-password")
    assert alex.does("password correct-horse new-password") == [
        "* Your password is another one now"
    ]


def test_aGuestHasAZoneAsLongAsTheyAreHere(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("set zone +02:00") == ["* Your time zone is +02:00 now"]
    assert alex.session.zone == 120
    with pytest.raises(BadInput, match="distance from UTC"):
        alex.does("set zone noon")


def test_loginIsWithAPasswordAloneOrWithAName(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("login secret") == ["* Welcome back"]
    alex.does("login bea secret")
    assert alex.asked == [("relogin", "alex", "secret"), ("relogin", "bea", "secret")]


def test_goingIsLeftToTheWire(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("logout") == []
    assert alex.does("quit see you") == []
    assert alex.asked == [("signOut",), ("end", "see you")]
