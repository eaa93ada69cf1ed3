"""
Coming in: who is let in as whom.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnhandledCredentials
from twisted.cred.portal import IRealm
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net, PlainFormat, PlainPasswords
from twisted_chat.domain.accounterrors import BadLogin, NameRegistered
from twisted_chat.domain.accounts import (
    ChatRealm,
    GuestName,
    PasswordLogin,
    makePortal,
)
from twisted_chat.domain.errors import BadInput, BadName, Closing, NameTaken, NotSaved, TooFast
from twisted_chat.domain.ids import NETWORK
from twisted_chat.domain.interfaces import IChatUser, INode, IPasswords, IReceiver
from twisted_chat.domain.passwords import LONGEST, acceptable, prepare
from twisted_chat.domain.person import OFFLINE, ONLINE
from twisted_chat.domain.rates import Rate, RateLimits, Rates


@implementer(IPasswords)
class Counting(PlainPasswords):
    """
    Keeps what it was asked to verify.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def verify(self, hash: str, password: str) -> Deferred[bool]:
        self.asked.append((hash, password))
        return succeed(hash == "plain:" + password)


def test_thePartsProvideTheirInterfaces(net: Net) -> None:
    session = net.guest("ann")
    verifyObject(IChatUser, session)
    verifyObject(IReceiver, session.receiver)
    verifyObject(INode, net.hubs[0])
    verifyObject(IRealm, ChatRealm(net.hubs[0], PlainPasswords()))
    verifyObject(IPasswords, PlainPasswords())


def test_thePortalGivesTheSessionAndItsLogout(net: Net) -> None:
    login = net.portals[0].login(GuestName("ann"), Ear(), IChatUser)
    interface, session, logout = net.now(login)
    assert interface is IChatUser
    assert (session.name, session.account) == ("ann", None)
    logout()
    assert session.ended
    net.guest("ann")


def test_whatIsWrongWithAnAccountsPasswordOrNameCantBeToldApart(net: Net) -> None:
    net.registered("ann").logout()
    passwords = Counting()
    portal = makePortal(net.hubs[0], passwords)
    said = set()
    for name, password in (
        ("ann", "wrong"),
        ("ann", ""),
        ("ann", "\x00"),
        ("nobody", "correct horse"),
        ("not a name", "correct horse"),
        ("", ""),
        ("server", "x"),
    ):
        with pytest.raises(BadLogin) as caught:
            net.now(portal.login(PasswordLogin(name, password), Ear(), IChatUser))
        said.add(str(caught.value))
    assert said == {"The name or the password is wrong. Try again."}
    # And each took as long: a hash was computed every time.
    assert len(passwords.asked) == 7
    assert net.now(portal.login(PasswordLogin("ANN", "correct horse"), Ear(), IChatUser))


def test_aPasswordIsTheSameHoweverItIsTyped(net: Net) -> None:
    net.now(net.guest("ann").register("cafe\u0301 noir"))
    assert net.login("ann", "café noir").name == "ann"


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_aPasswordThatIsTooLongIsWrongWithoutAnyWork(
    net: Net, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.registered("ann").logout()
    prepared = watched(monkeypatch)
    with pytest.raises(BadLogin):
        net.login(name, "\u0660" * (LONGEST + 1))
    assert not prepared


def test_whoTriesPasswordsTooFastIsRefusedBeforeAnyWork(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.registered("ann").logout()
    net.hubs[0].rates = Rates(RateLimits(logins=Rate(2, 1)), net.clock.seconds)
    prepared = watched(monkeypatch)
    for number in range(5):
        with pytest.raises((BadLogin, TooFast)):
            net.login("ann", f"guess {number}")
    assert prepared == ["guess 0", "guess 1"]


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    @return: the passwords that are prepared from now on.
    """
    prepared: list[str] = []

    class Watched:
        def enforce(self, password: str) -> str:
            prepared.append(password)
            return password

    monkeypatch.setattr("twisted_chat.domain.passwords._opaque", Watched())
    return prepared


def test_aPasswordIsNeverShown() -> None:
    assert "secret" not in repr(PasswordLogin("ann", "secret"))


def test_onlyTheKnownWaysLeadIn(net: Net) -> None:
    with pytest.raises(UnhandledCredentials):
        net.now(net.portals[0].login(UsernamePassword(b"ann", b"x"), Ear(), IChatUser))
    with pytest.raises(NotImplementedError):
        net.now(net.portals[0].login(GuestName("ann"), Ear(), IReceiver))
    assert net.now(net.hubs[0].network.people()) == 0


def test_aGuestGetsNoNameThatIsRegisteredTakenOrNone(net: Net) -> None:
    net.registered("ann")
    net.guest("bea", 1)
    for name, error in (("Ann", NameRegistered), ("BEA", NameTaken), ("a b", BadName)):
        with pytest.raises(error):
            net.guest(name)


def test_aRegisteredNameIsKeptFreeWhileItsOwnerIsAway(net: Net) -> None:
    net.registered("ann").logout()
    with pytest.raises(NameRegistered):
        net.guest("ann", 1)
    assert net.login("ann", node=1).name == "ann"


def test_aLoginThatFailsLeavesNothing() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    ann = net.registered("ann")
    net.join("dev", ann)
    ann.logout()
    net.settle()
    store = cast(Shaky, net.store)
    for broken in ("memberships", "directs", "accountById", "room"):
        store.brokenReads = {broken}
        with pytest.raises(NotSaved):
            net.login("ann")
        store.brokenReads = set()
        net.settle()
        for hub in net.hubs:
            assert not hub.roster.sessions
            assert not hub.roster.people
            assert set(hub.roster.conversations) == {NETWORK}
            assert not hub.roster.comingBack
            assert hub.network._channels == {NETWORK}  # type: ignore[attr-defined]
        assert net.now(net.hubs[1].network.people()) == 0
    assert [room.name for room in net.login("ann").rooms] == ["dev"]


def test_aNameIsFreeAgainWhereItsPersonCouldNotBeFound(net: Net) -> None:
    net.registered("ann").logout()
    network: Any = net.hubs[0].network
    network.sightings = lambda *asked: fail(NotSaved(why="the network does not answer"))
    login = net.portals[0].login(PasswordLogin("ann", "correct horse", "nan"), Ear(), IChatUser)
    with pytest.raises(NotSaved):
        net.now(login)
    assert net.guest("nan", 1).name == "nan"


@pytest.mark.parametrize("stays", [True, False])
def test_whatAnAccountIsMeanwhileIsKnownToWhoComesIn(stays: bool) -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    oscar, ann, store = net.operator("oscar"), net.operator("ann"), cast(Shaky, net.store)
    store.slowReads = {"metadata"}
    wish = PasswordLogin("ann", "correct horse")
    came = outcome(net.portals[0].login(wish, Ear(), IChatUser))
    net.settle()
    store.slowReads = set()
    net.now(oscar.unmakeOperator("ann"))
    net.now(ann.setQuiet(True))
    if not stays:
        ann.logout()
    net.settle()
    store.answer()
    net.settle()
    ((_, session, _),) = came
    assert (session.operator, session.quiet) == (False, True)
    assert not session.person.record.operator


@pytest.mark.parametrize(("read", "node"), [("memberships", 0), ("room", 1), ("directs", 0)])
def test_whoIsSentAwayWhileTheyComeInIsNotThoughtToBeHere(read: str, node: int) -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    oscar, ann, bea = net.operator("oscar"), net.registered("ann"), net.guest("bea", node)
    room, store = net.join("dev", bea, ann), cast(Shaky, net.store)
    ann.logout()
    net.settle()
    store.slowReads = {read}
    wish = PasswordLogin("ann", "correct horse")
    came = outcome(net.portals[0].login(wish, Ear(), IChatUser))
    net.settle()
    store.slowReads = set()
    net.now(oscar.kill("ann"))
    net.settle()
    store.answer()
    net.settle()
    assert [type(each) for each in came] == [Closing]
    assert {view.name: view.presence for view in bea.who(room)} == {"ann": OFFLINE, "bea": ONLINE}
    assert net.now(net.hubs[0].network.people()) == 2


def test_nothingIsLeftOfWhoHasGone(net: Net) -> None:
    people = [net.guest("g"), net.guest("h", 1), net.registered("r"), net.registered("s", 1)]
    net.join("dev", *people)
    net.join("other", *people)
    for person in people:
        net.now(person.tell("r", "hi"))
        net.now(person.rename(person.name + "x"))
    net.say(people[0], "dev", "hi")
    for person in people:
        person.logout()
    net.settle()
    for hub in net.hubs:
        roster = hub.roster
        for table in (roster.sessions, roster.people, roster.roomNames):
            assert not table
        assert set(roster.conversations) == {NETWORK}
        assert not roster._local
        assert not roster.directs._of
        assert not hub.portioning._given
        assert not hub.portioning._early
        assert hub.network._channels == {NETWORK}  # type: ignore[attr-defined]
        assert not hub.network._claimed  # type: ignore[attr-defined]
        assert not hub.network._board.names  # type: ignore[attr-defined]


def test_whoIsHereUnderAnotherNameAloneHearsWhatTheAccountIsTold(net: Net) -> None:
    net.registered("ann").logout()
    bea = net.registered("bea", 1)
    login = net.portals[0].login(PasswordLogin("ann", "correct horse", "nan"), Ear(), IChatUser)
    nan = net.now(login)[1]
    nan.release()
    net.now(bea.tell("ann", "anybody there?"))
    net.settle()
    assert [line.split(" ", 2)[2] for line in nan.receiver.lines()] == ["said bea anybody there?"]


def test_anotherFormatHoldsWhereverOneListens(net: Net) -> None:
    ann, bea = net.registered("ann"), net.operator("bea", 1)
    net.now(net.store.changeAccount(ann.personId, operator=True))
    ann.logout()
    net.settle()
    login = net.portals[0].login(PasswordLogin("ann", "correct horse", "nan"), Ear(), IChatUser)
    nan = net.now(login)[1]
    nan.release()
    for format in (PlainFormat(), PlainFormat()):
        nan.receiver.format = format
        nan.reformat()
        for told in (bea.tell("ann", "in private"), bea.tell("nan", "too"), bea.wallops("to all")):
            net.now(told)
        net.settle()
        assert (format.spelled, len(nan.receiver.lines())) == (3, 3)


def test_whoIsHereUnderAnotherNameHearsNothingOfWhomTheyIgnore(net: Net) -> None:
    net.registered("ann").logout()
    bea = net.registered("bea", 1)
    login = net.portals[0].login(PasswordLogin("ann", "correct horse", "nan"), Ear(), IChatUser)
    nan = net.now(login)[1]
    nan.release()
    for text in ("one", "two", "three"):
        net.now(bea.tell("ann", text))
        net.settle()
        net.now(nan.unignore("bea") if text == "two" else nan.ignore("bea"))
    assert [line.split()[-1] for line in nan.receiver.lines()] == ["one", "three"]


def test_whoHasGoneMeanwhileListensNoMore(net: Net) -> None:
    ann = net.registered("ann")
    net.now(ann.tell("ann", "note to myself"))
    audience = net.hubs[0].roster.conversations[ann.personId].audience
    for _ in range(3):
        other = net.login("ann")
        quiet = outcome(other.setQuiet(True))
        other.logout()
        net.settle()
        assert quiet == [None]
        assert [*audience.formats] == [ann]


def test_whoHasComeUnderAnotherNameTakesNothingAlongAndLeavesNothing(net: Net) -> None:
    ann, bea = net.registered("ann"), net.registered("bea", 1)
    for stays in (True, False):
        login = net.portals[0].login(PasswordLogin("ann", "correct horse", "nan"), Ear(), IChatUser)
        other = net.now(login)[1]
        if not stays:
            ann.logout()
        other.logout()
        net.now(bea.tell("ann", "still there?"))
        net.settle()
        assert len(ann.receiver.lines()) == stays  # type: ignore[attr-defined]
    assert net.hubs[0].network._channels == {NETWORK}  # type: ignore[attr-defined]


@pytest.mark.parametrize("node", [0, 1])
def test_aNameIsHeldUntilTheLastOfItsPersonsConnectionsEnds(net: Net, node: int) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    second = net.login("ann", node=node)
    net.now(ann.rename("anna"))
    net.settle()
    assert second.name == "anna"
    assert net.now(net.hubs[0].network.holder("ann")) is None
    ann.logout()
    net.settle()
    with pytest.raises(NameTaken):
        net.now(bea.rename("anna"))
    net.now(second.rename("annie"))
    net.now(bea.rename("anna"))
    second.logout()
    net.settle()
    net.now(bea.rename("annie"))


@pytest.mark.parametrize("node", [0, 1])
def test_ofTwoNamesThatTheirConnectionsTakeAtOnceOneIsHeld(node: int) -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    ann, store = net.registered("ann"), cast(Shaky, net.store)
    second = net.login("ann", node=node)
    store.slowReads = {"account"}
    renamed = outcome(ann.rename("anna"))
    store.slowReads = set()
    net.now(second.rename("nan"))
    net.settle()
    store.answer()
    net.settle()
    assert [ann.name, second.name, *renamed] == ["anna", "anna", None]
    for name in ("ann", "nan"):
        assert net.now(net.hubs[0].network.holder(name)) is None
    net.now(ann.rename("ANNA"))
    ann.logout()
    second.logout()
    net.settle()
    assert net.guest("anna").name == "anna"


def test_whoComesUnderTheirAccountsNameIsCalledAndHoldsWhatTheirOtherConnectionDoes(
    net: Net,
) -> None:
    ann, bea = net.registered("ann"), net.guest("bea", 1)
    net.now(ann.rename("anna"))
    second = net.login("ann")
    assert second.name == "anna"
    assert net.now(net.hubs[0].network.holder("ann")) is None
    ann.logout()
    net.settle()
    with pytest.raises(NameTaken):
        net.now(bea.rename("anna"))


class TestPasswords:
    """
    What a password may be.
    """

    @pytest.mark.parametrize("password", ["x" * 8, "x" * LONGEST, "日本語日本語日本", "a b c d e"])
    def test_aPasswordMayHaveAnyLettersAndSpaces(self, password: str) -> None:
        assert acceptable(password, 8) == password

    @pytest.mark.parametrize(
        "password", ["", "x" * 7, "x" * (LONGEST + 1), "abcdefg\n", "\x7f" * 9]
    )
    def test_aPasswordThatIsTooShortTooLongOrUnprintableIsRefused(self, password: str) -> None:
        with pytest.raises(BadInput):
            acceptable(password, 8)

    def test_oneThatIsTooLongIsRefusedBeforeItIsLookedThrough(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        prepared = watched(monkeypatch)
        with pytest.raises(BadInput, match="at most 300 characters"):
            acceptable("\u0660" * (LONGEST + 1), 8)
        assert not prepared

    def test_spacesOfAllKindsAreSpaces(self) -> None:
        assert prepare("a\u3000b") == "a b"
