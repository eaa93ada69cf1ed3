"""
Logging in by AUTHENTICATE, before somebody has come in and after.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from scramp import ScramClient
from twisted.internet.defer import Deferred, fail

from tests.conftest import Wrongs
from tests.frontends.irc.clients import FAR, Irc, IrcDoors
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.official import Official
from twisted_chat.domain.rates import Rate, RateLimits, Rates
from twisted_chat.domain.values import Author
from twisted_chat.frontends.irc.loggedin import LONGEST_DEVICE

PASSWORD = "correct horse"


@pytest.fixture
def doors() -> IrcDoors:
    """
    A network in which ann is registered.
    """
    made = IrcDoors()
    made.net.registered("ann").logout()
    return made


def plain(account: str, password: str, authzid: str = "") -> str:
    """
    What the client says in the mechanism PLAIN.
    """
    return "AUTHENTICATE " + b64encode(f"{authzid}\0{account}\0{password}".encode()).decode()


def begin(doors: IrcDoors, **how: Any) -> Irc:
    """
    A client that may use SASL, and has not come in.
    """
    client = doors.connect(**how)
    client.send("CAP LS 302", "CAP REQ :sasl")
    return client


def numerics(lines: list[str]) -> list[str]:
    """
    The commands or numerics of lines.
    """
    return [line.split(" ")[1] for line in lines]


def test_whoLogsInBeforeComingInComesInAsTheirAccount(doors: IrcDoors) -> None:
    client = begin(doors)
    assert client.send("AUTHENTICATE PLAIN") == [":chat.example AUTHENTICATE +"]
    said = client.send(plain("ann", PASSWORD))
    assert said == [
        ":chat.example 900 * *!~u@chat.example ann :You are now logged in as ann",
        ":chat.example 903 * :SASL authentication successful",
    ]
    said = client.send("NICK Ann", "USER ann 0 * :Ann", "CAP END")
    assert said[0].startswith(":chat.example 001 ann ")
    assert client.protocol.session.lasting


def test_underAnotherNickTheyHaveTheirAccountAllTheSame(doors: IrcDoors) -> None:
    client = begin(doors)
    client.send("NICK bea", "AUTHENTICATE PLAIN", plain("ann@phone", PASSWORD))
    client.send("USER ann 0 * :Ann", "CAP END")
    session = client.protocol.session
    assert (session.name, session.account is not None and session.account.name) == ("bea", "ann")
    assert client.protocol.device == "phone"


def test_whatADeviceIsCalledIsShort(doors: IrcDoors) -> None:
    named = "ann@\x1b[1mphone" + "x" * 200
    bySasl, byPass = begin(doors), doors.connect()
    bySasl.send("AUTHENTICATE PLAIN", plain(named, PASSWORD))
    byPass.send(f"PASS :{named}:{PASSWORD}", "NICK ann", "USER ann 0 * :Ann")
    for client in (bySasl, byPass):
        assert client.protocol.device == "phone" + "x" * (LONGEST_DEVICE - 5)


def test_whoComesWithACodeForALostPasswordMaySetAnother(doors: IrcDoors) -> None:
    by = Official(Author("op", "op"), "")
    code = doors.net.now(Deferred.fromCoroutine(doors.net.hubs[0].registry.reset(by, "ann")))
    # A login that came to nothing does not spend it.
    for client in (begin(doors), begin(doors)):
        client.send("AUTHENTICATE PLAIN")
        assert "903" in numerics(client.send(plain("ann", code)))
    client.send("NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert client.protocol.session.resetting


@pytest.mark.parametrize("name", ["ann", "nobody", "no:name", ""])
def test_aWrongPasswordAndAnUnknownNameAreToldTheSame(doors: IrcDoors, name: str) -> None:
    client = begin(doors)
    client.send("AUTHENTICATE PLAIN")
    said = client.send(plain(name, "wrong horse"))
    assert said == [":chat.example 904 * :SASL authentication failed"]


def test_whoCantBeFoundIsAskedTheSameInScram(doors: IrcDoors) -> None:
    answers = []
    for name in ("ann", "bob", "bob"):
        client = begin(doors)
        client.send("AUTHENTICATE SCRAM-SHA-256")
        first = b64encode(f"n,,n={name},r=abcdefgh".encode()).decode()
        said = client.send(f"AUTHENTICATE {first}")[0].split(" ")[2]
        answers.append(b64decode(said).decode().split(","))
    nonces, salts, rounds = zip(*answers, strict=True)
    assert len({len(nonce) for nonce in nonces}) == 1
    assert len({len(salt) for salt in salts}) == 1
    assert salts[1] == salts[2]
    assert all(each.startswith("i=") for each in rounds)


def test_scramShowsThePasswordToNobody(doors: IrcDoors) -> None:
    client = begin(doors)
    scram = ScramClient(["SCRAM-SHA-256"], "ann", PASSWORD)

    def say(text: str) -> str:
        said = client.send("AUTHENTICATE " + b64encode(text.encode()).decode())
        return b64decode(said[0].split(" ")[2]).decode()

    client.send("AUTHENTICATE SCRAM-SHA-256")
    scram.set_server_first(say(scram.get_client_first()))
    scram.set_server_final(say(scram.get_client_final()))
    assert numerics(client.send("AUTHENTICATE +")) == ["900", "903"]


def test_whoIsInMayLogInLaterAndTheirRoomsAreTold(doors: IrcDoors) -> None:
    bea = doors.enter("bea", "sasl")
    watcher = doors.enter("cid", "account-notify")
    for client in (watcher, bea):
        doors.net.now(client.protocol.session.join("lobby"))
        client.protocol.session.release()
    bea.got(), watcher.got()
    said = bea.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD))
    assert numerics(said) == ["AUTHENTICATE", "900", "903"]
    assert watcher.got() == [":bea!~bea@chat.example ACCOUNT ann"]


def test_whoIsHereAsTheirAccountCantBecomeSomebodyElse(doors: IrcDoors) -> None:
    doors.net.registered("bob").logout()
    client = begin(doors)
    client.send("NICK ann", "AUTHENTICATE PLAIN", plain("ann", PASSWORD))
    client.send("USER ann 0 * :Ann", "CAP END")
    assert numerics(client.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD)))[-1] == "903"
    assert numerics(client.send("AUTHENTICATE PLAIN", plain("bob", PASSWORD)))[-1] == "907"


def test_whoComesInMeanwhileIsNotLoggedIn(doors: IrcDoors) -> None:
    client = begin(doors)
    client.send("AUTHENTICATE PLAIN", "NICK bea", "USER b 0 * :b")
    said = client.send("CAP END")
    assert numerics(said)[:2] == ["906", "001"]


def test_anUnknownMechanismIsAnsweredWithThoseThatThereAre(doors: IrcDoors) -> None:
    client = begin(doors)
    assert client.send("AUTHENTICATE OTHER") == [
        ":chat.example 908 * PLAIN,SCRAM-SHA-256 :are available SASL mechanisms",
        ":chat.example 904 * :SASL authentication failed",
    ]


def test_whoEndsItOrSaysTooMuchMayBeginAgain(doors: IrcDoors) -> None:
    client = begin(doors)
    client.send("AUTHENTICATE PLAIN")
    assert numerics(client.send("AUTHENTICATE *")) == ["906"]
    client.send("AUTHENTICATE PLAIN")
    assert numerics(client.send("AUTHENTICATE " + "A" * 401)) == ["905"]
    client.send("AUTHENTICATE PLAIN")
    assert numerics(client.send(plain("ann", PASSWORD))) == ["900", "903"]


def test_onAnOpenWireThereIsNoLogin(doors: IrcDoors) -> None:
    far = doors.connect(host=FAR)
    said = far.send("CAP LS 302")
    assert "sasl" not in " ".join(said)
    assert far.send("CAP REQ :sasl")[0].split(" ")[3] == "NAK"
    assert far.send("AUTHENTICATE PLAIN") == [
        ":chat.example 904 * :No password is taken here. connect to port 6697 with TLS"
    ]


def test_whoFailsFiveTimesIsDisconnected(doors: IrcDoors) -> None:
    client = begin(doors)
    for _ in range(5):
        assert not client.ended
        said = client.send("AUTHENTICATE PLAIN", plain("ann", "wrong horse"))
    assert said[-1] == "ERROR :Too many failed logins. Come again later."
    assert client.ended


def test_attemptsAreCountedByAddressAndByAccount(doors: IrcDoors) -> None:
    hub, clock = doors.net.hubs[0], doors.net.clock
    hub.rates = Rates(RateLimits(logins=Rate(2, 1 / 60)), clock.seconds)
    for name in ("ann", "nobody", "ann"):
        client = begin(doors, tls=True, host=FAR)
        said = client.send("AUTHENTICATE PLAIN", plain(name, PASSWORD))
    assert said[-1] == ":chat.example 904 * :You log in too fast. Wait 60 s."
    client.send("AUTHENTICATE SCRAM-SHA-256")
    first = b64encode(b"n,,n=somebody,r=abcdefgh").decode()
    assert numerics(client.send(f"AUTHENTICATE {first}")) == ["904"]


def test_aSuspendedAccountIsToldSoToWhoKnowsItsPasswordAlone(doors: IrcDoors) -> None:
    account = doors.net.now(doors.net.store.account("ann"))
    doors.net.now(doors.net.store.changeAccount(account.id, suspended="spam"))
    client = begin(doors)
    said = client.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD))
    assert said[-1] == ":chat.example 902 * :The account ann is suspended: spam."
    said = client.send("AUTHENTICATE PLAIN", plain("ann", "wrong horse"))
    assert numerics(said)[-1] == "904"
    bea = doors.enter("bea", "sasl")
    said = bea.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD))
    assert numerics(said)[-1] == "902"
    assert bea.protocol.session.account is None


class Certificate:
    """
    As much of a certificate as is looked at.
    """

    def digest(self, algorithm: str) -> bytes:
        return b":".join([b"AB"] * 32)


def test_aCertificateOpensTheAccountForWhichItStands(doors: IrcDoors) -> None:
    client = doors.connect(tls=True, host=FAR, certificate=Certificate())
    said = client.send("CAP LS 302", "CAP REQ :sasl")
    assert "sasl=PLAIN,SCRAM-SHA-256,EXTERNAL" in " ".join(said)
    client.send("AUTHENTICATE EXTERNAL")
    assert numerics(client.send("AUTHENTICATE +")) == ["904"]
    account = doors.net.now(doors.net.store.account("ann"))
    doors.net.now(doors.net.store.addFingerprint(account.id, "ab" * 32))
    client.send("AUTHENTICATE EXTERNAL")
    assert numerics(client.send("AUTHENTICATE +")) == ["900", "903"]


def test_anAccountWithoutKeysHasThemAfterItsNextLoginByPassword(doors: IrcDoors) -> None:
    store = doors.net.store
    account = doors.net.now(store.account("ann"))
    doors.net.now(store.changeAccount(account.id, scram=""))
    client = begin(doors)
    client.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD))
    assert doors.net.now(store.account("ann")).scram.startswith("SCRAM-SHA-256$")


def test_whatCantBeLookedUpEndsTheLoginAndItMayBeginAnew(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = doors.connect(tls=True, host=FAR, certificate=Certificate())
    client.send("CAP LS 302", "CAP REQ :sasl")
    with monkeypatch.context() as broken:
        why = NotSaved(why="disk I/O error")
        broken.setattr(doors.net.store, "accountOfFingerprint", lambda shown: fail(why))
        said = client.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert said[1] == ":chat.example 904 * :Not saved: disk I/O error. Nobody has seen it."
    assert numerics(client.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD)))[-1] == "903"


def test_whatGoesWrongWithinEndsTheLoginAndItMayBeginAnew(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
) -> None:
    client = begin(doors)
    with monkeypatch.context() as broken:
        broken.setattr(doors.net.store, "account", lambda name: 1 // 0)
        said = client.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD))
    assert numerics(said) == ["AUTHENTICATE", "904", "FAIL"]
    assert len(wrongs.flush(ZeroDivisionError)) == 1
    assert numerics(client.send("AUTHENTICATE PLAIN", plain("ann", PASSWORD)))[-1] == "903"
