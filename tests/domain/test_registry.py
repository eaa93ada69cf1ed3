"""
Accounts: invitations, the first operator, lost passwords, suspension.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net, PlainPasswords, heard
from twisted_chat.domain.accounterrors import (
    BadLogin,
    Banned,
    NameRegistered,
    NeedsInvitation,
    NoSuchAccount,
    NotRegistered,
    RegistrationClosed,
    Suspended,
    WrongCode,
    WrongEntryPassword,
    WrongPassword,
)
from twisted_chat.domain.accounts import GuestName, PasswordLogin, ProvenLogin
from twisted_chat.domain.codes import hashCode, newCode
from twisted_chat.domain.errors import (
    BadInput,
    ChatError,
    NameTaken,
    NoSuchPerson,
    NotOperator,
    NotSaved,
)
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.newaccounts import NewAccount
from twisted_chat.domain.passwords import Sealed
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.units import DAYS, HOURS

INVITED = Terms(register="invitation")


def comeIn(net: Net, credentials: Any, node: int = 0) -> Session:
    """
    Come in with any credentials.
    """
    session: Session = net.now(net.portals[node].login(credentials, Ear(), IChatUser))[1]
    session.release()
    return session


def claimCode(net: Net, node: int = 0) -> str:
    """
    What the server prints at its start.
    """
    code: str = net.now(Deferred.fromCoroutine(net.hubs[node].registry.prepareClaim()))
    return code


def disconnected(session: Session) -> str:
    """
    What somebody was told who was sent away.
    """
    told: str = session.receiver.disconnected  # type: ignore[attr-defined]
    return told


# Codes.


def test_aCodeIsTheSameHoweverItIsTyped() -> None:
    code = newCode()
    assert len(code) == 19
    assert hashCode(code) == hashCode(f" {code.upper()} ") == hashCode(code.replace("-", ""))
    assert hashCode(code) != hashCode(newCode())


# Invitations.


def test_whereAnInvitationIsNeededNobodyRegistersWithoutOne() -> None:
    net = Net(terms=INVITED)
    gus = net.guest("gus")
    with pytest.raises(NeedsInvitation):
        net.now(gus.register("correct horse"))
    with pytest.raises(WrongCode):
        net.now(gus.register("correct horse", newCode()))
    assert gus.account is None


def invitedNet() -> tuple[Net, Session]:
    """
    A network where an invitation is needed, and its operator.
    """
    net = Net()
    oscar = net.operator("oscar")
    for hub in net.hubs:
        hub.terms = INVITED
    return net, oscar


def test_anInvitationWorksSoOftenAndSoLong() -> None:
    net, oscar = invitedNet()
    code = net.now(oscar.invitation(uses=2, seconds=1 * HOURS))
    for name in ("ann", "bob"):
        net.now(net.guest(name, 1).register("correct horse", code))
    with pytest.raises(WrongCode):
        net.now(net.guest("cat", 1).register("correct horse", code))
    old = net.now(oscar.invitation(seconds=1 * HOURS))
    net.clock.advance(1 * HOURS)
    with pytest.raises(WrongCode):
        net.now(net.guest("dan", 1).register("correct horse", old))


def test_anInvitationIsNotUsedUpByWhoCantRegister() -> None:
    net, oscar = invitedNet()
    code = net.now(oscar.invitation())
    ann = net.guest("ann")
    with pytest.raises(ChatError):
        net.now(ann.register("short", code))
    with pytest.raises(NameRegistered):
        comeIn(net, NewAccount("oscar", "correct horse", code))
    net.now(ann.register("correct horse", code))


def test_whoIsInvitedComesIntoTheRoomsWhateverTheirRules() -> None:
    net, oscar = invitedNet()
    dev, secret = net.join("dev", oscar), net.join("secret", oscar)
    net.now(oscar.configure(dev, "invite-only", "on"))
    net.now(oscar.configure(secret, "password", "x"))
    code = net.now(oscar.invitation(["dev", "#Secret", "new"], uses=2))
    ann = net.guest("ann", 1)
    net.now(ann.register("correct horse", code))
    bob = comeIn(net, NewAccount("bob", "correct horse", code), node=1)
    net.settle()
    for each in (ann, bob):
        assert [room.name for room in each.rooms] == ["dev", "secret", "new"]
        assert "invited" not in each.preferences
    # A room that is made for them is nobody's.
    assert ann.roomNamed("new").role(ann.personId) is Role.MEMBER
    net.say(oscar, "dev", "welcome")
    assert [any("welcome" in line for line in lines) for lines in heard(ann, bob)] == [True, True]


def test_invitationsAreListedAndTakenBackAndForgotten() -> None:
    net, oscar = invitedNet()
    one = net.now(oscar.invitation())
    net.clock.advance(1)
    two = net.now(oscar.invitation(["dev"], 3, 1 * HOURS))
    listed = net.now(oscar.invitations())
    assert [(each.uses, each.rooms, each.setter) for each in listed] == [
        (1, (), "oscar"), (3, ("dev",), "oscar")
    ]  # fmt: skip
    assert one not in repr(listed)
    net.now(oscar.removeInvitation(one))
    net.now(oscar.removeInvitation(listed[1].code[:8]))
    assert net.now(oscar.invitations()) == []
    with pytest.raises(WrongCode):
        net.now(net.guest("ann").register("correct horse", two))
    with pytest.raises(BadInput):
        net.now(oscar.removeInvitation(two))
    net.now(oscar.invitation(seconds=1 * HOURS))
    net.clock.advance(1 * HOURS)
    net.now(Deferred.fromCoroutine(net.hubs[0].registry.tidy()))
    assert list(net.now(net.store.invitations())) == []


def test_anInvitationThatIsMadeWhileTheOldOnesAreForgottenStays() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    oscar, store = net.operator("oscar"), cast(Shaky, net.store)
    store.slowReads = {"invitations"}
    tidied = outcome(Deferred.fromCoroutine(net.hubs[0].registry.tidy()))
    net.now(oscar.invitation())
    while store.late:
        store.answer()
    assert tidied == [None]
    store.slowReads = set()
    assert len(net.now(oscar.invitations())) == 1


def test_noOtherInvitationIsTakenBackThanTheOneThatIsMeant() -> None:
    net, oscar = invitedNet()
    codes = [net.now(oscar.invitation()) for _ in range(3)]
    hashed = hashCode(codes[1])
    for wrong in (newCode(), "", hashed[:5], hashed[1:9]):
        with pytest.raises(BadInput):
            net.now(oscar.removeInvitation(wrong))
    assert net.now(oscar.removeInvitation(hashed[:6])).code == hashed
    assert net.now(oscar.removeInvitation(codes[2])).code == hashCode(codes[2])
    assert [each.code for each in net.now(oscar.invitations())] == [hashCode(codes[0])]


@pytest.mark.parametrize(
    "wrong", [{"uses": 0}, {"uses": 10**6}, {"rooms": ["no,commas"]}, {"rooms": list("abc" * 9)}]
)
def test_anInvitationHasItsLimits(net: Net, wrong: dict[str, Any]) -> None:
    oscar = net.operator("oscar")
    if wrong.get("rooms") == list("abc" * 9):
        wrong = {"rooms": [f"room{number}" for number in range(21)]}
    with pytest.raises(ChatError):
        net.now(oscar.invitation(**wrong))


def test_whereRegisteringIsOffNobodyDoes() -> None:
    net = Net(terms=Terms(register="off"))
    with pytest.raises(RegistrationClosed):
        net.now(net.guest("gus").register("correct horse"))
    with pytest.raises(RegistrationClosed):
        comeIn(net, NewAccount("gil", "correct horse"))


# Registering instead of coming in as a guest.


def test_whereOnlyAccountsComeInOneRegistersFirst() -> None:
    net = Net(terms=Terms(entry="accounts"))
    ann = comeIn(net, NewAccount("ann", "correct horse"))
    assert ann.account is not None
    assert net.login("ann", node=1).identity == ann.identity


def test_whoRegistersNeedsTheNetworksPasswordAsAGuestDoes() -> None:
    net = Net(terms=Terms(entry="password", password="sesame"))
    with pytest.raises(WrongEntryPassword):
        comeIn(net, NewAccount("ann", "correct horse"))
    comeIn(net, NewAccount("ann", "correct horse", key="sesame"))


def test_whoRegistersByAnInvitationNeedsNoOtherWord() -> None:
    net, oscar = invitedNet()
    code = net.now(oscar.invitation())
    for hub in net.hubs:
        hub.terms = Terms(entry="password", password="sesame", register="invitation")
    with pytest.raises(NeedsInvitation):
        comeIn(net, NewAccount("ann", "correct horse", key="sesame"))
    comeIn(net, NewAccount("ann", "correct horse", code))


def test_nobodyRegistersTheNameOfWhoIsHere(net: Net) -> None:
    net.guest("gus", 1)
    with pytest.raises(NameTaken):
        comeIn(net, NewAccount("Gus", "correct horse"))
    assert net.now(net.store.account("gus")) is None


# The first operator.


def test_theFirstOperatorIsWhoHasTheCode(net: Net) -> None:
    code = claimCode(net)
    ann = net.registered("ann", 1)
    with pytest.raises(WrongCode):
        net.now(ann.claim(newCode()))
    assert not ann.operator
    net.now(ann.claim(code.upper()))
    net.settle()
    assert ann.operator
    assert net.login("ann").operator


@pytest.mark.parametrize("how", ["claim", "made"])
def test_whoHasBecomeAnOperatorIsOneWhenThatIsTold(net: Net, how: str) -> None:
    """
    What they ask for next, in the same packet perhaps, is not refused.
    """
    ann, acting = net.registered("ann"), []
    told: Deferred[Any]
    if how == "claim":
        told = ann.claim(claimCode(net))
    else:
        told = net.operator("oscar").makeOperator("ann")
    told.addCallback(lambda _: acting.append(ann.operator))
    net.settle()
    assert acting == [True]


def test_theCodeWorksOnceAndThenThereIsNoneAnyMore(net: Net) -> None:
    code = claimCode(net)
    ann, bob = net.registered("ann"), net.registered("bob")
    net.now(ann.claim(code))
    with pytest.raises(WrongCode):
        net.now(bob.claim(code))
    assert claimCode(net, 1) == ""


def test_theCodeIsVoidOnceSomebodyWasMadeAnOperator(net: Net) -> None:
    code = claimCode(net)
    net.operator("oscar").logout()
    with pytest.raises(WrongCode):
        net.now(net.registered("ann").claim(code))
    net.now(net.store.changeAccount(net.now(net.store.account("oscar")).id, operator=False))
    assert claimCode(net) == ""


def test_ofTwoWhoHaveTheCodeAtOnceOneIsTheFirstOperator() -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))
    store = cast(Shaky, net.store)
    code = claimCode(net)
    sessions = [net.registered("ann"), net.registered("bob")]
    store.slowReads = {"networkFacts"}
    outcomes = [outcome(session.claim(code)) for session in sessions]
    store.slowReads = {"changeAccount"}
    store.answer()
    store.slowReads = set()
    store.answer()
    net.settle()
    assert [session.operator for session in sessions] == [True, False]
    assert isinstance(outcomes[1][0], WrongCode)


def test_guestsClaimNothing(net: Net) -> None:
    code = claimCode(net)
    with pytest.raises(NotRegistered):
        net.now(net.guest("gus").claim(code))


def test_eachStartWithoutAnOperatorHasACodeOfItsOwn(net: Net) -> None:
    old, new = claimCode(net), claimCode(net)
    ann = net.registered("ann")
    with pytest.raises(WrongCode):
        net.now(ann.claim(old))
    net.now(ann.claim(new))


def test_whereAnAccountIsMarkedThereIsNoCode(net: Net) -> None:
    ann = net.registered("ann")
    net.now(net.store.changeAccount(ann.identity, operator=True))
    assert claimCode(net) == ""


def test_aNetworkThatHadAnOperatorIsNobodysToClaim(net: Net) -> None:
    ann = net.registered("ann")
    net.now(ann.claim(claimCode(net)))
    net.now(net.store.changeAccount(ann.identity, operator=False))
    assert claimCode(net) == ""


def test_theCodeIsNotInTheStore(net: Net) -> None:
    code = claimCode(net)
    assert code not in repr(net.now(net.store.networkFacts()))


# Operators.


def test_operatorsMakeOperatorsAtOnceOnAllTheirConnections(net: Net) -> None:
    oscar, ann, other = net.operator("oscar"), net.registered("ann", 1), net.login
    second = other("ann", node=0)
    net.now(oscar.makeOperator("Ann"))
    net.settle()
    assert ann.operator
    assert second.operator
    net.now(ann.unmakeOperator("oscar"))
    net.settle()
    assert not oscar.operator
    with pytest.raises(NotOperator):
        net.now(oscar.makeOperator("ann"))


def test_anOperatorMakesNoMistakesWithOperators(net: Net) -> None:
    oscar = net.operator("oscar")
    net.registered("ann")
    with pytest.raises(BadInput, match="already"):
        net.now(oscar.makeOperator("oscar"))
    with pytest.raises(BadInput, match="no operator"):
        net.now(oscar.unmakeOperator("ann"))
    with pytest.raises(BadInput, match="Another operator"):
        net.now(oscar.unmakeOperator("oscar"))
    with pytest.raises(NoSuchPerson):
        net.now(oscar.makeOperator("nobody"))


# Lost passwords.


def test_aCodeStandsForALostPasswordOnce(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann")
    ann.logout()
    code = net.now(oscar.resetAccount("ann"))
    again = net.login("ann", code, node=1)
    assert again.resetting
    assert not net.login("ann", node=1).resetting
    with pytest.raises(BadLogin):
        net.login("ann", code)
    net.now(again.changePassword("", "battery staple"))
    net.login("ann", "battery staple")
    with pytest.raises(BadLogin):
        net.login("ann", "correct horse")
    with pytest.raises(WrongPassword):
        net.now(again.changePassword("", "another one entirely"))


def test_aCodeHoldsForADayAndTheOldPasswordMeanwhile(net: Net) -> None:
    oscar = net.operator("oscar")
    net.registered("ann").logout()
    code = net.now(oscar.resetAccount("ann"))
    assert not net.login("ann").resetting
    net.clock.advance(1 * DAYS)
    with pytest.raises(BadLogin):
        net.login("ann", code)


def test_nothingButTheNewestCodeStandsForALostPassword(net: Net) -> None:
    oscar = net.operator("oscar")
    net.registered("ann").logout()
    older = net.now(oscar.resetAccount("ann"))
    newer = net.now(oscar.resetAccount("ann"))
    for wrong in (older, newCode(), "battery staple", ""):
        with pytest.raises(BadLogin):
            net.login("ann", wrong)
    assert net.login("ann", newer).resetting


def test_ofTwoWhoComeWithOneCodeAtOnceOneComesIn(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(1, wrap=lambda store: cast(Any, Shaky(store)))
    store = cast(Shaky, net.store)
    oscar = net.operator("oscar")
    net.registered("ann").logout()
    code = net.now(oscar.resetAccount("ann"))
    change = store.inner.changeAccount

    def slowly(*what: Any, **fields: Any) -> Deferred[None]:
        return store._later(lambda: change(*what, **fields))

    monkeypatch.setattr(store, "changeAccount", slowly, raising=False)
    logins = [
        outcome(net.portals[0].login(PasswordLogin("ann", code), Ear(), IChatUser)) for _ in "12"
    ]
    net.settle()
    while store.late:
        store.answer()
        net.settle()
    (first,), (second,) = logins
    assert not isinstance(first, Exception)
    assert isinstance(second, BadLogin)


def test_theCodeForALostPasswordMakesNoKeysForSCRAM(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann")
    net.now(net.store.changeAccount(ann.identity, scram=""))
    net.login("ann", net.now(oscar.resetAccount("ann")))
    net.settle()
    assert net.now(net.store.account("ann")).scram == ""
    net.login("ann")
    net.settle()
    assert net.now(net.store.account("ann")).scram


def test_noKeysForSCRAMAreMadeOfAPasswordThatWasChangedMeanwhile(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = net.registered("ann")
    net.now(net.store.changeAccount(ann.identity, scram=""))
    sealing: Deferred[Sealed] = Deferred()
    with monkeypatch.context() as patch:
        patch.setattr(PlainPasswords, "seal", lambda self, password: sealing)
        net.login("ann")
    net.now(ann.changePassword("correct horse", "battery staple"))
    changed = net.now(net.store.account("ann"))
    sealing.callback(net.now(PlainPasswords().seal("correct horse")))
    net.settle()
    assert net.now(net.store.account("ann")) == changed


def test_whoCameWithThePasswordMustKnowItToChangeIt(net: Net) -> None:
    ann = net.registered("ann")
    for old in ("", "wrong one"):
        with pytest.raises(WrongPassword):
            net.now(ann.changePassword(old, "battery staple"))


def test_twoWhoComeWithOneCodeAtOnceAreNotBothLetIn(net: Net) -> None:
    oscar = net.operator("oscar")
    net.registered("ann").logout()
    code = net.now(oscar.resetAccount("ann"))
    logins = [net.portals[0].login(PasswordLogin("ann", code), Ear(), IChatUser) for _ in "12"]
    assert net.now(logins[0])[1].resetting
    with pytest.raises(BadLogin):
        net.now(logins[1])
    net.settle()
    assert len(net.hubs[0].roster.sessions) == 2


@pytest.mark.parametrize("moment", ["before the session begins", "at its end"])
def test_aCodeIsNotSpentByALoginThatIsRefused(moment: str) -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))
    oscar = net.operator("oscar", address="198.51.100.1")
    net.registered("ann", address="198.51.100.2").logout()
    code = net.now(oscar.resetAccount("ann"))
    if moment == "at its end":
        cast(Shaky, net.store).brokenReads = {"memberships"}
        refusal: type[ChatError] = NotSaved
    else:
        net.now(oscar.serverBan("192.0.2.7"))
        refusal = Banned
    with pytest.raises(refusal):
        net.login("ann", code, address="192.0.2.7")
    cast(Shaky, net.store).brokenReads = set()
    other = net.login("ann", address="198.51.100.3")
    assert not other.resetting
    with pytest.raises(WrongPassword):
        net.now(other.changePassword("", "battery staple"))
    assert net.login("ann", code, address="198.51.100.3").resetting


def test_aCodeThatCouldNotBeWrittenOffHoldsStill(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    oscar = net.operator("oscar")
    net.registered("ann").logout()
    code = net.now(oscar.resetAccount("ann"))
    change = net.store.changeAccount
    full = NotSaved(why="the disk is full")
    with monkeypatch.context() as broken:
        broken.setattr(
            net.store,
            "changeAccount",
            lambda id, **what: fail(full) if "reset" in what else change(id, **what),
        )
        with pytest.raises(NotSaved):
            net.login("ann", code)
    assert net.login("ann", code).resetting


def test_whoGoesOnAsAnAccountByItsCodeMaySetAPasswordThen(net: Net) -> None:
    oscar = net.operator("oscar")
    ann = net.registered("ann")
    gus, late, later = [net.guest(name) for name in ("gus", "late", "later")]
    for who, other in ((gus, late), (ann, later)):
        code = net.now(oscar.resetAccount("ann"))
        account = net.now(net.store.accountById(ann.identity))
        reset = net.hubs[0].registry.resetBy(account, code)
        net.now(Deferred.fromCoroutine(who.assume(account, reset)))
        who.release()
        assert who.resetting
        with pytest.raises(BadLogin):
            net.now(Deferred.fromCoroutine(other.assume(account, reset)))
        assert other.account is None


# Suspension.


def test_whoIsSuspendedGoesFromEveryNodeAndStaysOutUntilItIsTakenBack(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann")
    second = net.login("ann", node=1)
    nick = comeIn(net, PasswordLogin("ann", "correct horse", "nan"), node=1)
    net.join("dev", oscar, ann)
    net.say(ann, "dev", "here to stay")
    net.now(oscar.suspend("ann", "spam"))
    net.settle()
    for each in (ann, second, nick):
        assert disconnected(each) == "Your account is suspended: spam"
        assert each.ended
    for credentials in (PasswordLogin("ann", "correct horse"), ProvenLogin(ann.identity, "nan")):
        with pytest.raises(Suspended, match="spam"):
            comeIn(net, credentials, node=1)
    with pytest.raises(BadLogin):
        net.login("ann", "not the password")
    page = net.now(oscar.history(oscar.roomNamed("dev").id))
    assert [event.text for event in page.events] == ["here to stay"]
    net.now(oscar.unsuspend("ann"))
    assert [room.name for room in net.login("ann").rooms] == ["dev"]


def test_operatorsAreNotSuspended(net: Net) -> None:
    oscar = net.operator("oscar")
    net.operator("olga")
    with pytest.raises(BadInput):
        net.now(oscar.suspend("olga"))
    with pytest.raises(BadInput):
        net.now(oscar.unsuspend("olga"))


def test_theLogNamesWhoUsedAnOperatorsPowersAndNoCode(net: Net, logged: list[str]) -> None:
    oscar = net.operator("oscar", address="198.51.100.4")
    net.registered("ann")
    code = net.now(oscar.resetAccount("ann"))
    net.now(oscar.suspend("ann", "spam"))
    net.now(oscar.makeOperator("ann"))
    invitation = net.now(oscar.invitation())
    assert "198.51.100.4: oscar gave out a code for ann" in logged
    assert "198.51.100.4: oscar suspended ann" in logged
    assert "198.51.100.4: oscar made ann an operator of the network" in logged
    assert not [line for line in logged if code in line or invitation in line]


def test_aGuestsNameIsNoAccount(net: Net) -> None:
    oscar = net.operator("oscar")
    comeIn(net, GuestName("gus"))
    for act in (oscar.suspend, oscar.resetAccount, oscar.makeOperator):
        with pytest.raises(NoSuchPerson):
            net.now(act("gus"))


def test_passwordsAreHashedBeforeACodeIsUsed() -> None:
    """
    Too many may want a password hashed at the same time; that must not cost an invitation.
    """
    net, oscar = invitedNet()
    code = net.now(oscar.invitation())

    class Busy(PlainPasswords):
        def seal(self, password: str) -> Deferred[Any]:
            raise BadInput(why="too busy")

    registry = net.hubs[0].registry
    for passwords, name in ((Busy(), "ann"), (PlainPasswords(), "Oscar")):
        registering = registry.register(passwords, "id", name, "correct horse", code)
        with pytest.raises((BadInput, NameRegistered)):
            net.now(Deferred.fromCoroutine(registering))
    assert [each.uses for each in net.now(oscar.invitations())] == [1]


def test_whoIsHereWithoutAnAccountIsNotSaidToBeNobody(net: Net) -> None:
    oscar = net.operator("oscar")
    net.guest("gus", 1)
    for act in (lambda: oscar.suspend("gus"), lambda: oscar.resetAccount("gus")):
        # Where they are is known.
        with pytest.raises(NoSuchAccount, match=r"gus is a guest, and has no account\.$"):
            net.now(act())
