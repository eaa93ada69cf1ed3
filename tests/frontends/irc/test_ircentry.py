"""
Coming in: PASS, and what the terms of the network ask for.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from tests.frontends.irc.clients import FAR, HOST, IrcDoors
from twisted_chat.domain.rates import Rate, RateLimits, Rates


@pytest.fixture
def doors() -> IrcDoors:
    """
    A network in which ann is registered.
    """
    made = IrcDoors()
    made.net.registered("ann").logout()
    return made


def terms(doors: IrcDoors, **those: str) -> None:
    """
    Let other terms hold.
    """
    hub = doors.net.hubs[0]
    hub.terms = replace(hub.terms, **those)  # type: ignore[arg-type]


COMING = ("NICK bea", "USER bea 0 * :Bea")


def test_theServerNamesItsVersionInTheWordsThatClientsReadItFrom(doors: IrcDoors) -> None:
    """
    ircII and ScrollZ complain of a server that does not (RFC 2812, section 5.1, RPL_YOURHOST).
    """
    version = doors.factories[0].version
    line = f":chat.example 002 bea :Your host is chat.example, running version {version}"
    assert doors.connect().send(*COMING)[1] == line


def test_passMayNameAnAccountAndADevice(doors: IrcDoors) -> None:
    client = doors.connect()
    said = client.send("PASS :ann@phone:correct horse", *COMING)
    assert said[0].startswith(":chat.example 001 bea ")
    assert client.protocol.account is not None
    assert (client.protocol.account.name, client.protocol.device) == ("ann", "phone")


def test_aWrongPasswordIsToldByItsNumericAndEndsIt(doors: IrcDoors) -> None:
    for account in ("ann", "nobody"):
        client = doors.connect()
        assert client.send(f"PASS {account}:wrong", *COMING) == [
            ":chat.example 464 bea :Password incorrect",
            "ERROR :The name or the password is wrong. Try again.",
        ]
        assert client.ended


def test_noPasswordOfAnAccountIsTakenOnAnOpenWire(doors: IrcDoors) -> None:
    client = doors.connect(host=FAR)
    [said] = client.send("PASS :ann:correct horse", *COMING)
    assert said.startswith("ERROR :This connection is not encrypted")


@pytest.mark.parametrize("password", ["sesame", "open:sesame"])
def test_whereGuestsNeedThePasswordOfTheNetworkPassGivesIt(doors: IrcDoors, password: str) -> None:
    terms(doors, entry="password", password=password)
    assert doors.connect().send(f"PASS {password}", *COMING)[0].split(" ")[1] == "001"
    for line in ("PASS wrong", "PASS x"):
        said = doors.connect().send(line, "NICK cid", "USER cid 0 * :Cid")
        assert said[0] == ":chat.example 464 cid :Password incorrect"
        assert said[1].startswith("ERROR :That is not the network's password")
    said = doors.connect().send("PASS :ann:correct horse", "NICK dan", "USER dan 0 * :Dan")
    assert said[0].startswith(":chat.example 001 dan ")


@pytest.mark.parametrize("guess", ["guess{}", "guess:{}"])
def test_theNetworksPasswordIsNotTriedFasterThanFiveAMinute(doors: IrcDoors, guess: str) -> None:
    right = guess.format("right")
    terms(doors, entry="password", password=right)
    hub = doors.net.hubs[0]
    hub.rates = Rates(RateLimits(), hub.clock.seconds)
    for number in range(5):
        said = doors.connect(host=FAR).send(f"PASS {guess.format(number)}", *COMING)
        assert "too fast" not in said[-1]
    for given in (right, guess.format("wrong")):
        late = doors.connect(host=FAR)
        [line] = late.send(f"PASS {given}", *COMING, seconds=0.01)
        assert line == "ERROR :You log in too fast. Wait 12 s."
        assert late.ended
    doors.net.settle(12)
    assert doors.connect(host=FAR).send(f"PASS {right}", *COMING)[0].split(" ")[1] == "001"


def test_whoChoosesAnotherNickHasGivenThePasswordOnce(doors: IrcDoors) -> None:
    terms(doors, entry="password", password="sesame")
    hub = doors.net.hubs[0]
    hub.rates = Rates(RateLimits(logins=Rate(1, 0.01)), hub.clock.seconds)
    client = doors.connect(host=FAR)
    client.send("PASS sesame", "NICK ann", "USER bea 0 * :Bea")
    assert client.send("NICK bea")[0].startswith(":chat.example 001 bea ")


def test_whereOnlyAccountsComeInWhoCanMayLogInYet(doors: IrcDoors) -> None:
    terms(doors, entry="accounts")
    old = doors.connect()
    said = old.send(*COMING)
    assert said[0].startswith(":chat.example FAIL * ACCOUNT_REQUIRED :Only registered people")
    assert old.ended
    new = doors.connect()
    said = new.send("CAP LS 302", "CAP REQ :sasl", *COMING, "CAP END")
    assert said[-1].startswith(":chat.example FAIL * ACCOUNT_REQUIRED :")
    assert not new.ended
    blob = b64encode(b"\0ann\0correct horse").decode()
    said = new.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {blob}")
    assert [line.split(" ")[1] for line in said[:4]] == ["AUTHENTICATE", "900", "903", "001"]
    another = doors.connect()
    said = another.send("CAP LS 302", "NICK cid", "USER cid 0 * :Cid", "CAP END")
    said = another.send("REGISTER * * :battery staple")
    assert said[0].startswith(":chat.example REGISTER SUCCESS cid ")
    assert said[2].startswith(":chat.example 001 cid ")


def test_whoIsRefusedANickThatIsRegisteredMayTakeAnother(doors: IrcDoors) -> None:
    client = doors.connect()
    taken = ":chat.example 433 ann ann :That nick is registered. If it is yours, "
    # To a client that knows no SASL it is no help to be told of that.
    assert client.send("NICK ann", "USER ann 0 * :Ann") == [
        taken + "give ann:PASSWORD as the password of the server."
    ]
    assert client.send("NICK bea")[0].startswith(":chat.example 001 bea ")
    client = doors.connect()
    said = client.send("CAP LS 302", "NICK ann", "USER ann 0 * :Ann", "CAP END")[-1]
    assert said == taken + "log in to it with SASL."


@pytest.mark.parametrize("user", ["u" * 40, "ü" * 40])
def test_aUserIsNoLongerThanIsAnnounced(doors: IrcDoors, user: str) -> None:
    client = doors.connect()
    said = client.send("NICK bea", f"USER {user} 0 * :Bea")
    (longest,) = [word for line in said for word in line.split(" ") if word.startswith("USERLEN=")]
    (row,) = [line for line in client.send("WHO bea") if " 352 " in line]
    length = len(row.split(" ")[4].encode())
    assert length in (int(longest.partition("=")[2]), int(longest.partition("=")[2]) - 1)


def test_whatOneDoesOneselfHasTimeAndAccountTooWhereNobodyElseReadsIt(doors: IrcDoors) -> None:
    session = doors.net.registered("eva")
    doors.net.join("dev", session)
    eva = doors.connect()
    eva.send("CAP REQ :server-time account-tag batch labeled-response", "PASS :eva:correct horse")
    lines = eva.send("NICK eva", "USER eva 0 * :Eva", "CAP END", "MODE eva +i")
    bea = doors.enter("bea")
    bea.send("JOIN #dev")
    lines += eva.got()
    doors.net.now(session.renameRoom(session.roomNamed("dev"), "new"))
    lines += eva.got() + eva.send("@label=x QUIT :bye")
    own = [line for line in lines if " :eva!" in line]
    assert [line.split(" ")[2] for line in own] == ["JOIN", "MODE", "PART", "JOIN", "QUIT"]
    for line in own:
        tags = line.split(" ")[0].removeprefix("@label=x;").removeprefix("@")
        assert re.fullmatch(r"time=[-0-9:.TZ]+;account=eva", tags)
    assert own[-1].startswith("@label=x;")


def test_whoIsBackAtOnceIsNotToldThatTheyHaveGone(doors: IrcDoors) -> None:
    """
    Clients empty a channel that they read themselves leave so.
    """
    bea = doors.enter("bea")
    bea.send("JOIN #dev")
    coming = "PASS :ann:correct horse\r\nNICK ann\r\nUSER a 0 * :A\r\n"
    first = doors.connect()
    first.send(*coming.splitlines(), "JOIN #dev")
    second = doors.connect()
    bea.got()
    first.protocol.connectionLost(Failure(ConnectionLost()))
    lines = second.send(coming)
    assert [line.split(" ")[1] for line in bea.got()] == ["QUIT", "JOIN"]
    words = [line.split(" ")[1] for line in lines if "#dev" in line or "!" in line]
    assert words == ["JOIN", "353", "366"]


def test_whoseNickIsTakenIsWaitedForUntilTheyGiveAnother(doors: IrcDoors) -> None:
    doors.enter("alex")
    client = doors.connect()
    client.send("CAP LS 302", "NICK alex", "USER a 0 * :A")
    assert " 433 alex alex " in client.send("CAP END")[-1]
    assert client.send("CAP END") == []
    assert " 001 bea " in client.send("NICK bea")[0]


class TestWhoAmI:
    """
    draft/whoami.
    """

    def come(self, doors: IrcDoors, *caps: str) -> list[str]:
        """
        What somebody with some capabilities reads on coming in.
        """
        client = doors.connect(host=FAR)
        client.send("CAP LS 302", f"CAP REQ :{' '.join(caps)}")
        return client.send("NICK bea", "USER bea 0 * :Bea B.", "CAP END")

    def test_aClientIsToldAsWhomItIsShownBetweenWhatIsSupportedAndTheUsers(
        self, doors: IrcDoors
    ) -> None:
        lines = self.come(doors, "chghost", "draft/whoami")
        numbers = [line.split(" ")[1] for line in lines]
        at = numbers.index("SETNAME")
        assert (numbers[at - 1], numbers[at + 1]) == ("005", "251")
        assert lines[at] == f":bea!~bea@{HOST} SETNAME :Bea B."

    @pytest.mark.parametrize("caps", [("chghost", "setname"), ("draft/whoami",)])
    def test_whoLacksOneOfTheTwoCapabilitiesIsNotToldAsWhomTheyAreShown(
        self, doors: IrcDoors, caps: tuple[str, ...]
    ) -> None:
        assert "SETNAME" not in " ".join(self.come(doors, *caps))
