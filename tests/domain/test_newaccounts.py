"""
Names that are being registered: nobody else bears them meanwhile, nor afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from zope.interface import implementer

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net, PlainPasswords
from twisted_chat.domain.accounterrors import NameRegistered
from twisted_chat.domain.accounts import GuestName, PasswordLogin, makePortal
from twisted_chat.domain.errors import Closing, NameTaken, NotSaved
from twisted_chat.domain.interfaces import IAddressCheck, IChatUser, IPasswords
from twisted_chat.domain.newaccounts import NewAccount
from twisted_chat.domain.official import Official
from twisted_chat.domain.passwords import Sealed
from twisted_chat.domain.records import Account
from twisted_chat.domain.values import SERVER

BEA = NewAccount("bea", "correct horse", address="192.0.2.7")


@implementer(IPasswords)
class Slow(PlainPasswords):
    """
    Hashes when it is told to.
    """

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def seal(self, password: str) -> Deferred[Sealed]:
        sealed: Deferred[Sealed] = Deferred()
        inner = super().seal(password)
        self._waiting.append(lambda: inner.chainDeferred(sealed))
        return sealed

    def go(self) -> None:
        for seal in self._waiting:
            seal()


class Writing(Shaky):
    """
    A store that has yet to write an account down.
    """

    def createAccount(self, account: Account, invitation: str) -> Deferred[None]:
        return self._later(lambda: self.inner.createAccount(account, invitation))


@implementer(IAddressCheck)
class SlowCheck:
    """
    Finds nothing wrong with anybody, but not at once.
    """

    def __init__(self) -> None:
        self.answer: Deferred[str | None] = Deferred()

    def refuse(
        self, address: str, name: str, account: str, isThere: Callable[[], bool]
    ) -> Deferred[str | None]:
        return self.answer


def registering(net: Net, passwords: IPasswords) -> list[Any]:
    """
    Somebody comes in by registering.
    """
    return outcome(makePortal(net.hubs[0], passwords).login(BEA, Ear(), IChatUser))


def creating(net: Net, passwords: IPasswords) -> list[Any]:
    """
    An operator registers somebody.
    """
    by = Official(SERVER, "a test")
    registry = net.hubs[0].registry
    return outcome(Deferred.fromCoroutine(registry.create(by, passwords, "bea", "correct horse")))


def inSession(net: Net, passwords: IPasswords) -> list[Any]:
    """
    A guest registers, and is gone before that is done.
    """
    guest = net.guest("bea")
    guest.passwords = passwords
    result = outcome(guest.register("correct horse"))
    guest.logout()
    return result


@pytest.mark.parametrize("register", [registering, creating, inSession])
def test_aGuestWhoComesBeforeAnAccountIsMadeKeepsTheName(
    register: Callable[[Net, IPasswords], list[Any]],
) -> None:
    net, slow = Net(), Slow()
    result = register(net, slow)
    net.settle()
    guest = net.guest("bea", 1)
    slow.go()
    net.settle()
    assert isinstance(result[0], NameTaken)
    assert not guest.ended
    assert net.now(net.store.account("bea")) is None


@pytest.mark.parametrize("register", [registering, creating])
def test_nobodyComesUnderANameWhoseAccountIsBeingMade(
    register: Callable[[Net, IPasswords], list[Any]],
) -> None:
    net = Net(wrap=lambda store: cast(Any, Writing(store)))
    store = cast(Writing, net.store)
    result = register(net, PlainPasswords())
    net.settle()
    with pytest.raises(NameTaken):
        net.guest("bea", 1)
    store.answer()
    net.settle()
    assert not isinstance(result[0], Exception)
    assert net.login("bea", node=1).account is not None


def test_whoIsLetInOnlyWhenTheNameIsRegisteredIsNotLetIn() -> None:
    net, check = Net(), SlowCheck()
    net.hubs[1].addressCheck = check
    guest = outcome(net.portals[1].login(GuestName("bea"), Ear(), IChatUser))
    net.registered("ann").logout()
    ann = PasswordLogin("ann", "correct horse", "bea")
    face = outcome(net.portals[1].login(ann, Ear(), IChatUser))
    net.settle()
    creating(net, PlainPasswords())
    net.settle()
    check.answer.callback(None)
    net.settle()
    assert isinstance(guest[0], NameRegistered)
    assert isinstance(face[0], NameRegistered)
    net.hubs[1].addressCheck = None
    assert net.login("bea", node=1).account is not None


def test_whoGoesWhileTheyAreLookedAtHasNeverBeenHere() -> None:
    net, check = Net(), SlowCheck()
    watcher = net.guest("ann")
    net.now(Deferred.fromCoroutine(watcher.watch("bea")))
    net.hubs[1].addressCheck, ear = check, Ear()
    came = outcome(net.portals[1].login(GuestName("bea"), ear, IChatUser))
    net.settle()
    ear.closed = True
    check.answer.callback(None)
    net.settle()
    assert isinstance(came[0], Closing)
    assert watcher.receiver.happenings == []  # type: ignore[attr-defined]


def test_aNameIsFreeAgainWhoseAccountCouldNotBeMade() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    store = cast(Shaky, net.store)
    store.brokenReads = {"createAccount"}
    assert isinstance(registering(net, PlainPasswords())[0], NotSaved)
    store.brokenReads = set()
    net.guest("bea")


def test_whoRegistersKeepsTheNameAllTheTime() -> None:
    net = Net()
    watcher = net.guest("ann")
    bea = net.guest("bea")
    net.now(Deferred.fromCoroutine(watcher.watch("bea")))
    net.now(bea.register("correct horse"))
    assert watcher.receiver.happenings == []  # type: ignore[attr-defined]
    bea.logout()
    assert net.now(net.hubs[0].network.holder("bea")) is None


def test_whoTakesANameThatIsBeingRegisteredDoesNotGetIt(monkeypatch: pytest.MonkeyPatch) -> None:
    net, slow = Net(), Slow()
    guest = net.guest("ann", 1)
    network, asked = net.hubs[1].network, Deferred[None]()
    claim = network.claim

    async def slowly(*what: str) -> str:
        await asked
        return await claim(*what)

    monkeypatch.setattr(network, "claim", slowly)
    renamed = outcome(guest.rename("bea"))
    made = creating(net, slow)
    slow.go()
    net.settle()
    asked.callback(None)
    net.settle()
    assert not isinstance(made[0], Exception)
    assert isinstance(renamed[0], NameRegistered)
    assert guest.name == "ann"
    assert net.login("bea").account is not None
