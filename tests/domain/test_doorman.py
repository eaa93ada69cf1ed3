"""
Who may come in: the terms of entry, server bans, the lockdown; on all nodes at once.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net
from twisted_chat.domain.accounterrors import (
    AccountsOnly,
    BadLogin,
    Banned,
    LockedDown,
    RegistrationClosed,
    Suspended,
    WrongEntryPassword,
)
from twisted_chat.domain.accounts import GuestName, PasswordLogin, ProvenLogin
from twisted_chat.domain.bans import Bans
from twisted_chat.domain.doorman import AT_ONCE
from twisted_chat.domain.errors import (
    BadInput,
    BadName,
    ChatError,
    MayNotEnter,
    NotOperator,
    TooMany,
)
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.masks import (
    Pattern,
    Subject,
    networkOf,
)
from twisted_chat.domain.servermasks import parseServerMask, serverMaskMatches
from twisted_chat.domain.session import Session
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.units import HOURS
from twisted_chat.domain.values import Mask
from twisted_chat.network.local import LocalNetwork, Switchboard


def comeIn(net: Net, credentials: Any, node: int = 0, **how: Any) -> Session:
    """
    Come in with any credentials.
    """
    session: Session = net.now(net.portals[node].login(credentials, Ear(**how), IChatUser))[1]
    session.release()
    return session


def disconnected(session: Session) -> str:
    """
    What somebody was told who was sent away; C{""} for who was not.
    """
    told: str = session.receiver.disconnected  # type: ignore[attr-defined]
    return told


# The terms of entry.


def test_whereOnlyAccountsComeInGuestsDoNotWhateverTheyGive(net: Net) -> None:
    ann = net.registered("ann")
    ann.logout()
    for hub in net.hubs:
        hub.terms = Terms(entry="accounts", password="sesame")
    for key in ("", "sesame"):
        with pytest.raises(AccountsOnly, match="Register first"):
            comeIn(net, GuestName("gus", key), node=1)
    assert net.login("ann", node=1).name == "ann"


@pytest.mark.parametrize("key", ["", "Sesame", "sesame ", "sesamé", "\udcff"])
def test_guestsNeedTheNetworksPasswordWhereThereIsOne(key: str) -> None:
    net = Net(terms=Terms(entry="password", password="sesame"))
    with pytest.raises(WrongEntryPassword):
        comeIn(net, GuestName("gus", key))
    assert comeIn(net, GuestName("gus", "sesame")).name == "gus"


def test_anEmptyPasswordOpensNothing() -> None:
    net = Net(terms=Terms(entry="password"))
    with pytest.raises(WrongEntryPassword):
        comeIn(net, GuestName("gus", ""))


def test_accountsNeedNoPasswordOfTheNetwork() -> None:
    net = Net(terms=Terms(entry="password", password="sesame"))
    ann = comeIn(net, GuestName("ann", "sesame"))
    net.now(ann.register("correct horse"))
    for credentials in (PasswordLogin("ann", "correct horse"), ProvenLogin(ann.identity)):
        assert comeIn(net, credentials, node=1).identity == ann.identity


def test_theNetworksPasswordIsInNoRepresentation() -> None:
    assert "sesame" not in repr(Terms(password="sesame")) + repr(GuestName("gus", "sesame"))


def test_aRefusalLeavesNothing(net: Net) -> None:
    net.hubs[0].terms = Terms(entry="accounts")
    with pytest.raises(AccountsOnly):
        net.guest("gus")
    assert not net.hubs[0].roster.sessions
    assert net.now(net.hubs[0].network.people()) == 0


# Server bans.


@pytest.mark.parametrize(
    ("typed", "mask"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("*@192.0.2.7", "192.0.2.7"),
        ("192.0.2.9/24", "192.0.2.0/24"),
        ("2001:DB8::1", "2001:db8::/64"),
        ("2001:db8::1/128", "2001:db8::/64"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("Bea", "bea"),
        ("account:Bea", "account:bea"),
        ("bea@*.example", "bea@*.example"),
        # As it is written on IRC.
        ("*!*@192.0.2.7", "192.0.2.7"),
        ("*!*@192.0.2.0/24", "192.0.2.0/24"),
        ("*!*@2001:db8::1", "2001:db8::/64"),
        ("*!*@3fa1c09be27d5582.cloak", "*@3fa1c09be27d5582.cloak"),
        # An IPv4 address within IPv6 is that IPv4 address.
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("*@::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ],
)
def test_aServerBanIsAboutOneOfFourThings(typed: str, mask: str) -> None:
    assert parseServerMask(typed) == mask
    assert parseServerMask(mask) == mask


@pytest.mark.parametrize("typed", ["*", "*@*", "?*", "account:*", "0.0.0.0/0", "::/0", "", "a b"])
def test_nobodyBansEverybody(typed: str) -> None:
    with pytest.raises(BadInput):
        parseServerMask(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "10.0.0.0/33", "300.0.0.1", "*@10.0.0.0/33", "2001:db8::/129", "::!", "[::1]", "$a:bea",
        "192.0.2.7:5000",
    ],
)  # fmt: skip
def test_aMistypedAddressIsNotTakenForTheNameOfSomebody(typed: str) -> None:
    with pytest.raises(BadInput, match="is neither an address, nor a network, nor a name"):
        parseServerMask(typed)


@pytest.mark.parametrize("typed", ["3fa1c09be27d5582.cloak", "FD91FFA5B455C121.cloak"])
def test_whatStandsForAnAddressIsNotTakenForTheNameOfSomebody(typed: str) -> None:
    with pytest.raises(BadInput, match="stands for an address") as refused:
        parseServerMask(typed)
    assert refused.value.text.endswith(f"Write *@{typed.lower()}.")


def test_aBanIsTakenBackAsItIsListed(net: Net) -> None:
    oscar = net.operator("oscar")
    # So one was kept that had been typed with a user.
    listed = "*@192.0.2.66"
    net.now(net.hubs[0].store.putServerBan(Mask(listed, "oscar", 0.0)))
    net.now(net.hubs[0].doorman.reload())
    net.now(oscar.serverUnban(listed))
    assert net.hubs[0].doorman.serverBans() == []


@pytest.mark.parametrize(
    ("mask", "who", "about"),
    [
        ("bea", Subject("bea", "", "192.0.2.7", "x"), True),
        ("bea", Subject("bee", "Bea", "192.0.2.7", "x"), True),
        ("account:bea", Subject("bea", "", "192.0.2.7", "x"), False),
        ("192.0.2.7", Subject("bea", "", "192.0.2.7", "x"), True),
        ("192.0.2.7", Subject("bea", "", "192.0.2.70", "x"), False),
        ("192.0.2.0/24", Subject("bea", "", "192.0.2.70", "x"), True),
        ("192.0.2.0/24", Subject("bea", "", "2001:db8::1", "x"), False),
        ("2001:db8::/64", Subject("bea", "", "2001:db8::ffff:1", "x"), True),
        ("2001:db8::/64", Subject("bea", "", "2001:db8:0:1::1", "x"), False),
        ("*@abc.cloak", Subject("bea", "", "192.0.2.7", "abc.cloak"), True),
        ("192.0.2.7", Subject("bea", "", "unix", ""), False),
    ],
)
def test_aServerBanIsAboutWhomItNames(mask: str, who: Subject, about: bool) -> None:
    assert serverMaskMatches(mask, who) is about
    assert (Bans([Mask(mask, "o", 0)]).of(who, 1.0) is not None) is about


def test_askingForABanIsAskingEachOfThem() -> None:
    random = Random(4)
    masks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32", "2001:db8:1:2::/64", "b*"]
    entries = [Mask(mask, "o", 0, random.choice([0, 5, 50])) for mask in masks]
    for _ in range(500):
        address = random.choice(["10.1.2.3", "10.1.9.9", "10.9.9.9", "2001:db8:1:2::9", "::1"])
        who = Subject(random.choice(["bea", "carl"]), "", address, "h")
        chosen = random.sample(entries, random.randint(0, len(entries)))
        expected = any(
            serverMaskMatches(each.mask, who) and not 0 < each.until <= 10 for each in chosen
        )
        assert (Bans(chosen).of(who, 10) is not None) is expected


@pytest.mark.parametrize("mask", ["gus", "192.0.2.66", "192.0.2.64/26", "*@here.cloak"])
@pytest.mark.parametrize("node", [0, 1])
def test_whoIsBannedGoesAtOnceFromEveryNodeAndStaysOut(net: Net, mask: str, node: int) -> None:
    for hub in net.hubs:
        hub.cloak = lambda address: "here.cloak" if address == "192.0.2.66" else "there.cloak"
    oscar, gus, pat = (
        net.operator("oscar"),
        net.guest("gus", node, address="192.0.2.66"),
        net.guest("pat", node),
    )
    net.join("dev", gus, pat)
    net.now(oscar.serverBan(mask, 2 * HOURS, "spam"))
    net.settle()
    assert disconnected(gus) == "You are banned from this network for 2 hours more: spam."
    assert not disconnected(pat)
    assert gus.personId not in net.hubs[node].roster.people
    for where in range(2):
        with pytest.raises(Banned):
            net.guest("gus", where, address="192.0.2.66")


def test_anAccountThatIsBannedComesInByNoNameAndNoProof(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann", 1)
    net.now(oscar.serverBan("account:ann"))
    net.settle()
    assert disconnected(ann).startswith("You are banned from this network.")
    for credentials in (PasswordLogin("ann", "correct horse", "nan"), ProvenLogin(ann.identity)):
        with pytest.raises(Banned):
            comeIn(net, credentials)


def test_aBanOfAnAddressIsToldWhenSomebodyConnects(net: Net) -> None:
    oscar = net.operator("oscar")
    refuse = net.hubs[1].doorman.refuseAddress
    assert refuse("198.51.100.9") is None
    net.now(oscar.serverBan("198.51.100.0/24", 1 * HOURS, "floods"))
    net.settle()
    told = refuse("198.51.100.9")
    assert told is not None
    assert told.endswith("floods.")
    assert refuse("198.51.101.9") is None
    assert refuse("unix") is None
    net.clock.advance(1 * HOURS)
    assert refuse("198.51.100.9") is None


def test_trustedAddressesAndOperatorsAreSpared(net: Net) -> None:
    for hub in net.hubs:
        hub.terms = replace(hub.terms, isTrusted=lambda address: address == "127.0.0.1")
    oscar, olga = net.operator("oscar"), net.operator("olga", 1, address="192.0.2.66")
    gus = net.guest("gus", 1, address="127.0.0.1")
    for mask in ("127.0.0.1", "*@127.0.*", "192.0.2.66"):
        net.now(oscar.serverBan(mask))
    net.settle()
    assert not disconnected(gus)
    assert not disconnected(olga)
    assert net.hubs[0].doorman.refuseAddress("127.0.0.1") is None
    assert net.login("olga", address="192.0.2.66").operator


def test_whoIsAtATrustedAddressIsBannedByName(net: Net) -> None:
    for hub in net.hubs:
        hub.terms = replace(hub.terms, isTrusted=lambda address: address == "127.0.0.1")
    oscar, gus = net.operator("oscar"), net.guest("gus", 1, address="127.0.0.1")
    net.now(oscar.serverBan("gus"))
    net.settle()
    assert disconnected(gus)
    with pytest.raises(Banned):
        net.guest("gus", 1, address="127.0.0.1")


def test_nobodyBansThemselves(net: Net) -> None:
    oscar = net.operator("oscar", address="192.0.2.7")
    for mask in ("oscar", "192.0.2.7", "192.0.0.0/16", "account:os*"):
        with pytest.raises(BadInput, match="yourself"):
            net.now(oscar.serverBan(mask))
    assert oscar.serverBans() == []


def test_aBanEndsWithItsTimeOrWhenItIsTakenBack(net: Net) -> None:
    oscar = net.operator("oscar")
    net.now(oscar.serverBan("gus", 1 * HOURS))
    net.now(oscar.serverBan("pat"))
    net.settle()
    with pytest.raises(Banned):
        net.guest("gus", 1)
    net.clock.advance(1 * HOURS)
    net.guest("gus", 1)
    assert [entry.mask for entry in oscar.serverBans()] == ["pat"]
    net.now(oscar.serverUnban("Pat"))
    net.settle()
    net.guest("pat", 1)
    with pytest.raises(BadInput):
        net.now(oscar.serverUnban("pat"))


def test_bansLastAndTheOldOnesAreForgotten(net: Net) -> None:
    oscar = net.operator("oscar")
    net.now(oscar.serverBan("gus", 1 * HOURS))
    net.now(oscar.serverBan("pat"))
    doorman = net.hubs[1].doorman
    doorman.bans = Bans()
    net.now(doorman.reload())
    assert sorted(doorman.bans.byMask) == ["gus", "pat"]
    net.clock.advance(26 * HOURS)
    net.now(Deferred.fromCoroutine(doorman.tidy()))
    assert [entry.mask for entry in net.now(net.store.serverBans())] == ["pat"]
    # Else they would be counted among those that there are.
    assert [*doorman.bans.byMask] == ["pat"]


def test_aBanThatIsMadeAnewWhileTheOldOnesAreForgottenHolds() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    oscar, store = net.operator("oscar"), cast(Shaky, net.store)
    for name in ("gus", "pat"):
        net.now(oscar.serverBan(name, 1 * HOURS))
    net.clock.advance(26 * HOURS)
    store.slowReads = {"removeServerBan"}
    tidied = outcome(Deferred.fromCoroutine(net.hubs[0].doorman.tidy()))
    for name in ("gus", "pat"):
        net.now(oscar.serverBan(name))
    while store.late:
        store.answer()
        net.settle()
    assert tidied == [None]
    net.now(net.hubs[0].doorman.reload())
    assert sorted(entry.mask for entry in oscar.serverBans()) == ["gus", "pat"]


def test_aNodeThatWasNotToldLooksForItself() -> None:
    net = Net(seed=1, drop=1.0)
    oscar = net.operator("oscar")
    net.now(oscar.serverBan("gus"))
    assert not net.hubs[1].doorman.bans
    net.settle(0.1)
    net.clock.advance(60)
    net.settle(0.1)
    with pytest.raises(Banned):
        net.guest("gus", 1)
    for hub in net.hubs:
        net.now(hub.stop())


def test_thereIsAnEndToBans(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted_chat.domain.doorman.MOST_BANS", 2)
    oscar = net.operator("oscar")
    for mask in ("a", "b", "a"):
        net.now(oscar.serverBan(mask))
    with pytest.raises(TooMany):
        net.now(oscar.serverBan("c"))


def test_bansThatCameAndWentAreAskedForAsIfThereHadNeverBeenOthers() -> None:
    random = Random(7)
    masks = ["10.0.0.0/8", "10.1.2.3", "bea", "account:bea", "b*", "*@h", "carl!~c", "*e*"]
    people = [
        Subject(name, account, address, "h", "~c")
        for name in ("bea", "carl")
        for account in ("", "Bea")
        for address in ("10.1.2.3", "192.0.2.1", "")
    ]
    bans = Bans()
    for at in range(200):
        chosen = [Mask(mask, "o", at) for mask in random.sample(masks, random.randint(0, 8))]
        assert bans.update(chosen) == chosen
        assert bans.update(chosen) == []
        for who in people:
            expected = any(serverMaskMatches(each.mask, who) for each in chosen)
            assert (bans.of(who, 10) is not None) is expected


def test_amongTenThousandBansTheRightOneIsLookedUp(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Subject] = []
    isAbout = Pattern.isAbout

    def counted(pattern: Pattern, subject: Subject) -> bool:
        compared.append(subject)
        return isAbout(pattern, subject)

    monkeypatch.setattr(Pattern, "isAbout", counted)
    masks = [
        f"{kind}{number}{star}" for number in range(2500) for kind in "bc" for star in ("", "*")
    ]
    bans = Bans(Mask(mask, "o", 1) for mask in masks)
    assert bans.of(Subject("bea", "Carla", "192.0.2.1", "h"), 2) is None
    assert not compared
    found = bans.of(Subject("bea", "C77", "192.0.2.1", "h"), 2)
    assert found is not None
    assert found.mask in ("c77", "c77*", "c7*")
    assert len(compared) == 4


def test_aNewBanIsTheOnlyOneThatThoseWhoAreHereAreAskedFor(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    oscar, gus = net.operator("oscar"), net.guest("gus")
    net.now(oscar.serverBan("x*"))
    net.settle()
    asked: list[list[str]] = []
    of = Bans.of

    def counted(bans: Bans, subject: Subject, now: float) -> Mask | None:
        asked.append(list(bans.byMask))
        return of(bans, subject, now)

    monkeypatch.setattr(Bans, "of", counted)
    net.now(oscar.serverBan("y*"))
    net.settle()
    assert asked == [["y*"]]
    assert not disconnected(gus)
    net.now(oscar.serverUnban("y*"))
    net.settle()
    assert asked == [["y*"]]


def test_othersHaveTheirTurnWhileACrowdIsAskedForABan() -> None:
    net = Net(nodes=1)
    oscar = net.operator("oscar", address="192.0.2.1")
    crowd = [net.guest(f"gus{number}") for number in range(2 * AT_ONCE)]
    banned = Deferred.fromCoroutine(net.hubs[0].doorman.ban(oscar.official, "gus*"))
    assert 0 < sum(map(bool, map(disconnected, crowd))) <= AT_ONCE
    late: list[Any] = []
    net.portals[0].login(GuestName("gusto"), Ear(), IChatUser).addErrback(late.append)
    assert late[0].check(Banned)
    net.now(banned)
    assert all(map(disconnected, crowd))


@pytest.mark.parametrize("asked", ["metadata", "memberships"])
@pytest.mark.parametrize("deed", ["suspend", "serverBan"])
def test_whoIsBannedWhileComingInDoesNotStay(net: Net, asked: str, deed: str) -> None:
    """
    The store is asked for more than one thing; in between somebody may be banned or suspended, and
    the order to send them away may come before they are here.
    """
    oscar, ann = net.operator("oscar"), net.registered("ann")
    ann.logout()
    ask = getattr(net.store, asked)

    def meanwhile(person: str) -> Deferred[Any]:
        setattr(net.store, asked, ask)
        done: Deferred[Any] = getattr(oscar, deed)("ann", reason="spam")
        done.addCallback(lambda _: deferLater(net.clock, 0.01))
        return done.addCallback(lambda _: ask(person))

    setattr(net.store, asked, meanwhile)
    # Refused, or sent away a moment later.
    with suppress(Suspended, Banned):
        net.login("ann", node=1)
    net.settle()
    assert not [each for each in net.hubs[1].roster.sessions.values() if each.name == "ann"]


# The lockdown.


def test_aNodeThatIsStartedKnowsWhatHolds(net: Net) -> None:
    oscar = net.operator("oscar")
    net.now(oscar.serverBan("192.0.2.99"))
    net.now(oscar.lockdown(1))
    late = Hub(net.store, LocalNetwork(Switchboard(), net.clock), net.clock, "late")
    net.now(late.start())
    assert late.doorman.refuseAddress("192.0.2.99") is not None
    assert late.doorman.level == 1


def test_levelOneKeepsNewAccountsAway(net: Net) -> None:
    oscar, gus = net.operator("oscar"), net.guest("gus", 1)
    net.now(oscar.lockdown(1))
    net.settle()
    with pytest.raises(RegistrationClosed):
        net.now(gus.register("correct horse"))
    net.guest("pat", 1)
    net.now(oscar.lockdown(0))
    net.settle()
    net.now(gus.register("correct horse"))


def test_levelTwoKeepsGuestsAwayAndLetsThemStayWhoAreIn(net: Net) -> None:
    oscar, ann, gus = net.operator("oscar"), net.registered("ann", 1), net.guest("gus", 1)
    ann.logout()
    net.now(oscar.lockdown(2))
    net.settle()
    with pytest.raises(LockedDown, match="registered people"):
        net.guest("pat", 1)
    assert not disconnected(gus)
    net.join("dev", gus)
    net.login("ann", node=1)


def test_levelThreeIsForMembersOfRooms(net: Net) -> None:
    oscar, ann, bob = net.operator("oscar"), net.registered("ann", 1), net.registered("bob", 1)
    net.join("dev", ann, oscar)
    for each in (ann, bob):
        each.logout()
    net.settle()
    net.now(oscar.lockdown(3))
    net.settle()
    with pytest.raises(LockedDown, match="members of rooms"):
        net.login("bob", node=1)
    again = net.login("ann", node=1)
    assert [room.name for room in again.rooms] == ["dev"]
    with pytest.raises(MayNotEnter, match="locked down"):
        net.join("other", again)
    again.release()
    net.join("other", oscar)


def test_aLockdownLastsAndOperatorsComeIn(net: Net) -> None:
    oscar = net.operator("oscar")
    net.now(oscar.lockdown(3))
    oscar.logout()
    doorman = net.hubs[1].doorman
    doorman.level = 0
    net.now(doorman.reload())
    assert doorman.level == 3
    assert net.login("oscar", node=1).operator


@pytest.mark.parametrize("level", [-1, 4])
def test_thereAreNoOtherLevels(net: Net, level: int) -> None:
    with pytest.raises(BadInput):
        net.now(net.operator("oscar").lockdown(level))


def test_onlyOperatorsDecide(net: Net) -> None:
    ann = net.registered("ann")
    room = net.join("dev", ann)
    assert room.role(ann.personId)
    for act in (
        lambda: ann.serverBan("gus"),
        lambda: ann.serverUnban("gus"),
        lambda: ann.lockdown(1),
    ):
        with pytest.raises(NotOperator):
            net.now(act())
    with pytest.raises(NotOperator):
        ann.serverBans()


def test_anErasedAccountIsNobodys(net: Net) -> None:
    ann = net.registered("ann")
    net.now(net.store.eraseAccount(ann.identity, net.clock.seconds()))
    for credentials in (PasswordLogin("ann", "correct horse"), ProvenLogin(ann.identity)):
        with pytest.raises(BadLogin):
            comeIn(net, credentials)
    with pytest.raises(ChatError, match="Nobody gets it again"):
        net.guest("ANN", 1)


def test_whatIsNoAddressIsNone() -> None:
    assert networkOf("unix") is None
    assert networkOf("") is None
    assert str(networkOf("fe80::1%eth0")) == "fe80::/64"


def test_nobodyTakesABannedName(net: Net) -> None:
    oscar, gus = net.operator("oscar"), net.guest("gus", 1)
    net.now(oscar.serverBan("troll*"))
    net.settle()
    with pytest.raises(BadName, match="banned"):
        net.now(gus.rename("troll7"))
    assert not gus.ended


def test_whereGuestsCantComeInNobodyBecomesOne(net: Net) -> None:
    ann, gus = net.registered("ann"), net.guest("gus", 1)
    net.now(Deferred.fromCoroutine(gus.assume(ann.account)))
    for hub in net.hubs:
        hub.terms = Terms(entry="accounts")
    with pytest.raises(AccountsOnly):
        net.now(Deferred.fromCoroutine(gus.assume(None)))
    assert gus.account is not None
