"""
Several changes of a room's order at once, invitations, and what one sees from outside.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles import Net, heard
from twisted_chat.domain.errors import (
    AlreadyInRoom,
    ChatError,
    MayNotEnter,
    NoSuchRoom,
    NotAllowed,
    Outranked,
    TooMany,
)
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.moderation import INVITATION_LASTS
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED
from twisted_chat.domain.session import Session


def person(session: Session) -> Person:
    """
    Somebody as others know them.
    """
    return session.person


class TestSeveralAtOnce:
    """
    Settings, roles, lists.
    """

    def test_settingsAreOneEventWithoutWhatIsSoAlready(self, net: Net) -> None:
        ann = net.guest("ann")
        room = net.join("dev", ann)
        changed = net.now(ann.adjust(room, {"moderated": True, "limit": 3, "outside": False}))
        assert changed.changes == (("moderated", True), ("limit", 3))
        assert net.now(ann.adjust(room, {"moderated": True})) is None

    def test_aPasswordIsSealed(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        room = net.join("dev", ann)
        changed = net.now(ann.adjust(room, {"password": "off"}))
        assert "off" not in str(changed.changes)
        with pytest.raises(MayNotEnter):
            net.now(bea.join("dev"))
        net.join("dev", bea, password="off")

    def test_rolesAreOneEvent(self, net: Net) -> None:
        ann, bea, carl = net.guest("ann"), net.guest("bea"), net.guest("carl", 1)
        room = net.join("dev", ann, bea, carl)
        wanted = [(person(bea), Role.OPERATOR, False), (person(carl), Role.VOICE, False)]
        changed = net.now(ann.giveRoles(room, wanted))
        assert [(each.name, each.role) for each in changed.changes] == [
            ("bea", Role.OPERATOR),
            ("carl", Role.VOICE),
        ]
        assert net.now(ann.giveRoles(room, wanted)) is None

    def test_oneThatMayNotBeGivenKeepsAllFromBeingGiven(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea")
        room = net.join("dev", ann, bea)
        wanted = [(person(ann), Role.VOICE, False), (person(bea), Role.ADMIN, False)]
        with pytest.raises(NotAllowed):
            net.now(ann.giveRoles(room, wanted))
        assert room.role(ann.personId) is Role.OPERATOR

    def test_aVoiceBesideARoleIsKeptWhenThatIsAnotherOne(self, net: Net) -> None:
        ann, bea = net.registered("ann"), net.guest("bea", 1)
        room = net.join("dev", ann, bea)
        there = bea.roomNamed("dev")
        net.now(ann.giveRoles(room, [(person(bea), Role.OPERATOR, True)]))
        net.settle()
        for copy in (room, there):
            assert copy.role(bea.personId) is Role.OPERATOR
            assert copy.hasVoiceBeside(bea.personId)
        assert net.now(net.store.room(room.id)).voiced == {bea.personId}
        net.now(ann.setRole(room, "bea", Role.ADMIN))
        assert room.hasVoiceBeside(bea.personId)
        changed = net.now(ann.setRole(room, "bea", Role.VOICE))
        assert changed.changes[0].voicedBefore
        assert not room.hasVoiceBeside(bea.personId)

    def test_aNewOwnerKeepsTheVoiceBesideAndSoDoesTheOld(self, net: Net) -> None:
        ann, bea = net.registered("ann"), net.registered("bea")
        room = net.join("dev", ann, bea)
        both = [(person(ann), Role.OWNER, True), (person(bea), Role.OPERATOR, True)]
        net.now(ann.giveRoles(room, both))
        net.now(ann.transfer(room, "bea"))
        assert room.roles == {ann.personId: Role.ADMIN, bea.personId: Role.OWNER}
        assert room.voiced == {ann.personId, bea.personId}

    def test_onlyOperatorsGiveAVoiceBesideARoleAndNotAboveThemselves(self, net: Net) -> None:
        ann, bea, carl = net.registered("ann"), net.guest("bea"), net.guest("carl")
        room = net.join("dev", ann, bea, carl)
        net.now(ann.giveRoles(room, [(person(bea), Role.HALFOP, False)]))
        with pytest.raises(NotAllowed):
            net.now(bea.giveRoles(room, [(person(bea), Role.HALFOP, True)]))
        net.now(ann.giveRoles(room, [(person(carl), Role.OPERATOR, False)]))
        net.now(carl.giveRoles(room, [(person(bea), Role.HALFOP, True)]))
        with pytest.raises(Outranked):
            net.now(carl.giveRoles(room, [(person(ann), Role.OWNER, True)]))
        assert room.voiced == {bea.personId}

    def test_masksAreTakenAsTheyAre(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.registered("bea")
        room = net.join("dev", ann, bea)
        net.now(ann.changeList(room, "ban", ["bea", "*!~b"], []))
        assert list(room.lists["ban"]) == ["bea", "*!~b"]
        assert bea.personId in room.members
        changed = net.now(ann.changeList(room, "ban", ["x", "bea"], ["*!~b", "none"]))
        assert ([entry.mask for entry in changed.added], changed.removed) == (["x"], ("*!~b",))
        assert net.now(ann.changeList(room, "ban", ["x"])) is None

    def test_aListHasALimit(self) -> None:
        net = Net(limits=Limits(list=2))
        ann = net.guest("ann")
        room = net.join("dev", ann)
        with pytest.raises(TooMany):
            net.now(ann.changeList(room, "ban", ["a", "b", "c"]))
        assert not room.lists["ban"]

    def test_whatHasRunOutIsForgottenAndTakesNoPlaceInAList(self) -> None:
        net = Net(limits=Limits(list=2))
        ann = net.registered("ann")
        room = net.join("dev", ann)
        for mask in ("a", "b"):
            net.now(ann.ban(room, mask, 60.0))
        with pytest.raises(TooMany, match="2 entries"):
            net.now(ann.changeList(room, "ban", ["c"]))
        net.clock.advance(60)
        net.now(ann.changeList(room, "ban", ["b"]))
        net.now(ann.ban(room, "c", 60.0))
        assert sorted(room.lists["ban"]) == ["b", "c"]
        stored = net.now(net.store.room(room.id)).lists["ban"]
        assert sorted(entry.mask for entry in stored) == ["b", "c"]

    @pytest.mark.parametrize("changes", [{"moderated": True}, {"moderated": False}])
    def test_nothingIsChangedByWhoMayNotNotEvenWhatIsSoAlready(
        self, net: Net, changes: dict[str, Any]
    ) -> None:
        ann, bea = net.guest("ann"), net.guest("bea")
        room = net.join("dev", ann, bea)
        for doing in (
            bea.adjust(room, changes),
            bea.changeList(room, "ban", ["x"] if changes["moderated"] else []),
            bea.giveRoles(room, [(person(bea), Role(changes["moderated"]), False)]),
        ):
            with pytest.raises(NotAllowed):
                net.now(doing)


class TestInvitations:
    """
    Asking somebody in.
    """

    @pytest.mark.parametrize(
        ("setting", "value"),
        [("invite-only", "on"), ("password", "x"), ("limit", "1"), ("registered", "on")],
    )
    def test_anOperatorsOpensWhatIsClosedOnce(self, net: Net, setting: str, value: str) -> None:
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        room = net.join("dev", ann)
        net.now(ann.configure(room, setting, value))
        net.now(ann.invite(room, "bea"))
        net.join("dev", bea)
        assert not room.lists[INVITED]
        assert not bea.roomNamed("dev").lists[INVITED]
        net.now(bea.leave(bea.roomNamed("dev")))
        with pytest.raises(MayNotEnter):
            net.now(bea.join("dev"))

    def test_itLastsAWeekAndOverARestart(self, net: Net) -> None:
        ann, bea = net.registered("ann"), net.registered("bea", 1)
        room = net.join("dev", ann)
        net.now(ann.configure(room, "invite-only", "on"))
        net.now(ann.invite(room, "bea"))
        ann.logout()
        net.settle()
        assert net.now(net.store.room(room.id)).lists[INVITED][0].mask == "account:bea"
        net.clock.advance(INVITATION_LASTS + 1)
        with pytest.raises(MayNotEnter):
            net.now(bea.join("dev"))

    def test_onlySoManyAreInvitedWhoHaveNotCome(self) -> None:
        net = Net(limits=Limits(list=2))
        ann, guests = net.guest("ann"), [net.guest(f"gus{number}", 1) for number in range(3)]
        room = net.join("dev", ann)
        net.now(ann.configure(room, "invite-only", "on"))
        for guest in guests[:2]:
            net.now(ann.invite(room, guest.name))
        net.now(ann.invite(room, "gus1"))
        with pytest.raises(TooMany, match="The list invited has 2 entries"):
            net.now(ann.invite(room, "gus2"))
        net.join("dev", guests[0])
        net.now(ann.invite(room, "gus2"))
        net.clock.advance(INVITATION_LASTS)
        net.now(ann.invite(room, "gus1"))
        assert list(room.lists[INVITED]) == ["gus1"]

    def test_itIsGoneFromTheStoreWhenItIsUsed(self, net: Net) -> None:
        ann, bea = net.registered("ann"), net.registered("bea", 1)
        room = net.join("dev", ann)
        net.now(ann.configure(room, "invite-only", "on"))
        net.now(ann.invite(room, "bea"))
        net.join("dev", bea)
        assert not net.now(net.store.room(room.id)).lists.get(INVITED)

    def test_aSimpleMembersIsNoMoreThanAWord(self, net: Net) -> None:
        ann, bea, carl = net.guest("ann"), net.guest("bea"), net.guest("carl", 1)
        room = net.join("dev", ann, bea)
        net.now(ann.configure(room, "limit", "1"))
        net.now(bea.invite(room, "carl"))
        assert not room.lists[INVITED]
        with pytest.raises(MayNotEnter, match="full"):
            net.now(carl.join("dev"))

    def test_whoIsAskedKnowsWhereUntilTheyCome(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        room = net.join("dev", ann)
        net.now(ann.invite(room, "bea"))
        net.settle()
        assert dict(bea.asked) == {room.id: "dev"}
        net.join("dev", bea)
        assert not bea.asked

    def test_theRoomReadsNothingOfItOnWiresThatHaveOnlyText(self, net: Net) -> None:
        ann, bea, carl = net.guest("ann"), net.guest("bea", 1), net.guest("carl")
        room = net.join("dev", ann, carl)
        list(heard(ann, bea, carl))
        net.now(ann.invite(room, "bea"))
        net.settle()
        assert list(heard(bea)) == [[" 0 invited ann dev"]]

    def test_whoIsInUnderAnotherNameIsInAlready(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea")
        room = net.join("dev", ann, bea)
        with pytest.raises(AlreadyInRoom):
            net.now(ann.invite(room, "bea"))


def test_whyNobodyMayEnterIsSaidInAWordToo(net: Net) -> None:
    ann, bea = net.guest("ann"), net.guest("bea", 1)
    room = net.join("dev", ann)
    for setting, on, off, cause in (
        ("invite-only", "on", "off", "invite"),
        ("password", "x", "off", "password"),
        ("limit", "1", "off", "limit"),
        ("registered", "on", "off", "registered"),
    ):
        net.now(ann.configure(room, setting, on))
        with pytest.raises(MayNotEnter) as refused:
            net.now(bea.join("dev"))
        assert refused.value.fields["cause"] == cause
        net.now(ann.configure(room, setting, off))
    net.now(ann.ban(room, "bea"))
    with pytest.raises(MayNotEnter) as refused:
        net.now(bea.join("dev"))
    assert refused.value.fields["cause"] == "ban"


def test_fromOutsideARoomIsSeenUnlessItIsHidden(net: Net) -> None:
    ann, bea = net.guest("ann"), net.guest("bea", 1)
    room = net.join("dev", ann)
    assert net.now(bea.seeRoom("#DEV", lambda room: room.name)) == "dev"
    net.now(ann.configure(room, "hidden", "on"))
    for name in ("dev", "none"):
        with pytest.raises(NoSuchRoom):
            net.now(bea.seeRoom(name, lambda room: room.name))
    assert net.now(ann.seeRoom("dev", lambda room: room.name)) == "dev"


def test_whoIsOfflineIsNotPresent(net: Net) -> None:
    ann, bea = net.guest("ann"), net.registered("bea", 1)
    room = net.join("dev", ann, bea)
    assert {each.name for each in ann.present(room)} == {"ann", "bea"}
    bea.logout()
    net.settle()
    assert {each.name for each in ann.present(room)} == {"ann"}


def test_aRoomThatNobodyOwnsIsRenamedByItsOperators(net: Net) -> None:
    ann, bea, owner = net.guest("ann"), net.guest("bea"), net.registered("owner")
    room = net.join("dev", ann, bea)
    with pytest.raises(NotAllowed):
        net.now(bea.renameRoom(room, "new"))
    assert net.now(ann.renameRoom(room, "new", "better")).reason == "better"
    owned = net.join("owned", owner, ann)
    net.now(owner.setRole(owned, "ann", Role.OPERATOR))
    with pytest.raises(NotAllowed):
        net.now(ann.renameRoom(owned, "mine"))


def test_anAdminIsAboveOperatorsAndAdminsAreEqualsWhoMayNotActAgainstEachOther(net: Net) -> None:
    owner, one, two = net.registered("owner"), net.guest("one"), net.guest("two")
    room = net.join("dev", owner, one, two)
    for name in ("one", "two"):
        net.now(owner.setRole(room, name, Role.ADMIN))
    with pytest.raises(Outranked):
        net.now(one.kick(room, "two"))
    net.now(owner.setRole(room, "two", Role.OPERATOR))
    with pytest.raises(ChatError):
        net.now(two.kick(room, "one"))
    net.now(one.kick(room, "two"))
