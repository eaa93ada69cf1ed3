"""
Logging in later, under the name that one has: rights, operators, other connections, certificates.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net, heard
from twisted_chat.domain.accounterrors import Banned, NotRegistered, Suspended
from twisted_chat.domain.errors import BadInput, Closing, NoSuchPerson, TooMany
from twisted_chat.domain.ids import NETWORK
from twisted_chat.domain.official import Official
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Author

BY = Official(Author("op", "op"), "192.0.2.1")


def do(net: Net, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """
    The result of something.
    """
    return net.now(Deferred.fromCoroutine(coroutine))


def test_rightsFollowTheAccountAndGoWithIt(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea", node=1)
    room = net.join("den", ann, bea)
    assert room.role(bea.personId) is Role.MEMBER
    do(net, bea.assume(ann.account))
    net.settle()
    assert room.role(bea.personId) is Role.OWNER
    do(net, bea.assume(None))
    net.settle()
    assert room.role(bea.personId) is Role.MEMBER


def test_whatAGuestIsTheirAccountIsWhereItIsNew(net: Net) -> None:
    net.registered("ann", node=1).logout()
    guest, bea = net.guest("guest"), net.guest("bea", node=1)
    room = net.join("den", guest, bea)
    net.now(guest.configure(room, "invite-only", "on"))
    list(heard(bea))
    account = net.now(net.store.account("ann"))
    do(net, guest.passRoles(account))
    net.settle()
    assert bea.roomNamed("den").role(account.id) is Role.OPERATOR
    (told,) = heard(bea)
    assert [line.split()[2] for line in told] == ["roles"]
    net.now(guest.logout())
    ann = net.login("ann", node=1)
    net.join("den", ann)
    assert bea.roomNamed("den").role(ann.personId) is Role.OPERATOR


@pytest.mark.parametrize("why", ["ban", "mute", "there", "role", "gone", "nothing"])
def test_whatTheAccountIsItselfHoldsWhereItIsKnown(net: Net, why: str) -> None:
    ann = net.registered("ann", node=1)
    guest, bea = net.guest("guest"), net.guest("bea", node=1)
    room = net.join("den", guest, bea)
    given = Role.MEMBER
    if why in ("ban", "mute"):
        net.now(guest.listMask(room, why, "account:ann"))
    elif why in ("there", "role"):
        net.join("den", ann)
    if why == "role":
        given = Role.VOICE
        net.now(guest.setRole(room, "ann", given))
        net.now(ann.leave(ann.roomNamed("den")))
    elif why == "gone":
        net.now(guest.leave(room))
    elif why == "nothing":
        net.now(guest.setRole(room, "guest", given))
    do(net, guest.passRoles(ann.account))
    net.settle()
    assert bea.roomNamed("den").role(ann.personId) is given


def test_whatIsTakenFromAGuestMeanwhileIsNotPassedOn(net: Net) -> None:
    net.registered("ann").logout()
    guest, bea = net.guest("guest"), net.guest("bea", node=1)
    room = net.join("den", guest, bea)
    net.now(guest.setRole(room, "bea", Role.OPERATOR))
    net.settle()
    account = net.now(net.store.account("ann"))
    taken = bea.setRole(bea.roomNamed("den"), "guest", Role.MEMBER)
    passed = Deferred.fromCoroutine(guest.passRoles(account))
    net.now(taken)
    net.now(passed)
    assert bea.roomNamed("den").role(account.id) is Role.MEMBER


def test_whoIsHereUnderTheirAccountsOwnNameStaysThat(net: Net) -> None:
    ann, bob = net.registered("ann"), net.registered("bob")
    do(net, ann.assume(ann.account))
    for other in (bob.account, None):
        with pytest.raises(BadInput):
            do(net, ann.assume(other))


def test_anAccountThatNobodyMayUseIsNotAssumed(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    ann.logout()
    do(net, net.hubs[0].registry.suspend(BY, "ann", "spam"))
    account = net.now(net.store.account("ann"))
    with pytest.raises(Suspended):
        do(net, bea.assume(account))
    do(net, net.hubs[0].registry.unsuspend(BY, "ann"))
    account = net.now(net.store.account("ann"))
    do(net, net.hubs[0].doorman.ban(BY, "account:ann"))
    with pytest.raises(Banned):
        do(net, bea.assume(account))
    assert bea.account is None


def test_anOperatorsAccountMakesAnOperatorAndNoLonger(net: Net) -> None:
    net.registered("ann").logout()
    account = net.now(net.store.account("ann"))
    net.now(net.store.changeAccount(account.id, operator=True))
    account = net.now(net.store.account("ann"))
    bea = net.guest("bea")
    do(net, bea.assume(account))
    assert bea.operator
    assert bea.personId in net.hubs[0].operators
    do(net, bea.assume(None))
    assert not bea.operator
    assert not net.hubs[0].operators


def test_otherConnectionsOfTheAccountAreEndedByNameOnAllNodes(net: Net) -> None:
    ann = net.registered("ann")
    other, guest = net.guest("anna", node=1), net.guest("guest")
    do(net, other.assume(ann.account))
    for name in ("guest", "nobody"):
        with pytest.raises(NoSuchPerson):
            do(net, ann.endOthers(name, ann.account))
    with pytest.raises(NoSuchPerson):
        do(net, guest.endOthers("anna", None))
    with pytest.raises(BadInput):
        do(net, ann.endOthers("ann", ann.account))
    assert do(net, ann.endOthers("ANNA", ann.account)) == "anna"
    assert other.ended
    assert other.receiver.disconnected  # type: ignore[attr-defined]
    assert not ann.ended


def test_certificatesAreAnAccountsOwn(net: Net) -> None:
    ann, bea = net.registered("ann"), net.registered("bea")
    print_ = "0a" * 32
    colons = ":".join(["0A"] * 32)
    assert do(net, ann.addFingerprint(colons)) == print_
    assert do(net, ann.fingerprints()) == [print_]
    for wrong in ("", "0a", "x" * 64):
        with pytest.raises(BadInput):
            do(net, ann.addFingerprint(wrong))
    with pytest.raises(BadInput):
        do(net, bea.addFingerprint(print_))
    with pytest.raises(BadInput):
        do(net, bea.removeFingerprint(print_))
    do(net, ann.removeFingerprint(print_))
    do(net, bea.addFingerprint(print_))
    with pytest.raises(NotRegistered):
        do(net, net.guest("cid").fingerprints())


def test_anAccountHasSoManyCertificates(net: Net) -> None:
    ann = net.registered("ann")
    for number in range(20):
        do(net, ann.addFingerprint(f"{number:064x}"))
    with pytest.raises(TooMany):
        do(net, ann.addFingerprint("f" * 64))


def test_whoGoesWhileTheyBecomeSomebodyRegisteredLeavesNothing() -> None:
    net = Net(wrap=cast(Any, Shaky))
    ann, store = net.registered("ann"), cast(Shaky, net.store)
    net.now(ann.tell("ann", "note to myself"))
    ann.logout()
    guest = net.guest("guest")
    store.slowReads = {"directs"}
    assumed = outcome(Deferred.fromCoroutine(guest.assume(ann.account)))
    net.settle()
    guest.logout()
    store.answer()
    net.settle()
    assert [type(each) for each in assumed] == [Closing]
    assert set(net.hubs[0].roster.conversations) == {NETWORK}
    assert net.now(net.hubs[0].network.people()) == 0


def test_anAccountThatIsSuspendedWhileItIsProvenIsNotAssumed(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    ann.logout()
    proven = net.now(net.store.account("ann"))
    do(net, net.hubs[0].registry.suspend(BY, "ann", "spam"))
    with pytest.raises(Suspended):
        do(net, bea.assume(proven))
    assert bea.ended


def test_whatAnAccountIsMeanwhileIsKnownToWhoAssumesIt(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    net.now(net.store.changeAccount(ann.personId, operator=True))
    proven = net.now(net.store.account("ann"))
    net.now(net.store.changeAccount(ann.personId, operator=False))
    net.now(ann.setQuiet(True))
    do(net, bea.assume(proven))
    assert (bea.operator, bea.quiet) == (False, True)
