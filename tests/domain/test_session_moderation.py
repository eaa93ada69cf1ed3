"""
Who may do what about the order in a room, and what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from tests.doubles import Ear, Net, heard
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import (
    AlreadyInRoom,
    BadInput,
    MayNotEnter,
    MayNotRead,
    MayNotSpeak,
    NameTaken,
    NoSuchPerson,
    NoSuchRoom,
    NotAllowed,
    NotInRoom,
    Outranked,
    PersonNotInRoom,
    TooLong,
    TooMany,
)
from twisted_chat.domain.events import Joined, RolesChanged
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.masklist import MaskList
from twisted_chat.domain.person import OFFLINE
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import PersonRecord, RoleChange

WEEK = 7 * 86400.0


class Scene:
    """
    A room with an owner, somebody whose rights are tried, and another member, on two nodes.
    """

    def __init__(self, role: Role = Role.MEMBER, other: Role = Role.MEMBER, **how: Any) -> None:
        self.net = Net(**how)
        self.owner = self.net.registered("owner")
        self.me = self.net.registered("me", 1)
        self.other = self.net.registered("other")
        self.stranger = self.net.guest("stranger", 1)
        self.left: Room | None = None
        self.net.join("dev", self.owner, self.me, self.other)
        self.net.say(self.other, "dev", "something")
        self.give("other", other)
        self.give("me", role)

    def give(self, name: str, role: Role) -> None:
        """
        Somebody is to have a role.
        """
        if role is Role.OWNER:
            self.net.now(self.owner.transfer(self.room(self.owner), name))
        elif role is not Role.MEMBER:
            self.net.now(self.owner.setRole(self.room(self.owner), name, role))
        self.net.settle()

    def room(self, session: Session) -> Room:
        """
        The room, as somebody knows it.
        """
        return session.roomNamed("dev")

    @property
    def here(self) -> Room:
        """
        The room, as who is tried knows it.
        """
        return self.left or self.room(self.me)

    def set(self, **settings: str) -> None:
        """
        The owner sets something.
        """
        for name, value in settings.items():
            name = name.replace("_", "-")
            self.net.now(self.owner.configure(self.room(self.owner), name, value))


def locked(s: Scene) -> Deferred[Any]:
    """
    Set the topic where it is locked.
    """
    s.set(topic_lock="on")
    return s.me.setTopic(s.here, "news")


def closedInvite(s: Scene) -> Deferred[Any]:
    """
    Invite somebody into a closed room.
    """
    s.set(invite_only="on")
    return s.me.invite(s.here, "stranger")


def unban(s: Scene) -> Deferred[Any]:
    """
    Take a ban back.
    """
    s.net.now(s.owner.ban(s.room(s.owner), "stranger"))
    return s.me.unban(s.here, "stranger")


def unmute(s: Scene) -> Deferred[Any]:
    """
    Take a mute back.
    """
    s.net.now(s.owner.mute(s.room(s.owner), "other"))
    return s.me.unmute(s.here, "other")


NEEDS: dict[str, tuple[Role, Callable[[Scene], Deferred[Any]]]] = {
    "topic": (Role.MEMBER, lambda s: s.me.setTopic(s.here, "news")),
    "locked topic": (Role.HALFOP, locked),
    "setting": (Role.OPERATOR, lambda s: s.me.configure(s.here, "slow", "5")),
    "kick": (Role.HALFOP, lambda s: s.me.kick(s.here, "other")),
    "ban": (Role.OPERATOR, lambda s: s.me.ban(s.here, "stranger")),
    "unban": (Role.OPERATOR, unban),
    "mute": (Role.HALFOP, lambda s: s.me.mute(s.here, "other")),
    "unmute": (Role.HALFOP, unmute),
    "exception": (Role.OPERATOR, lambda s: s.me.listMask(s.here, "exception", "a*")),
    "invitation": (Role.OPERATOR, lambda s: s.me.listMask(s.here, "invitation", "a*")),
    "open invite": (Role.MEMBER, lambda s: s.me.invite(s.here, "stranger")),
    "closed invite": (Role.OPERATOR, closedInvite),
    "rename": (Role.ADMIN, lambda s: s.me.renameRoom(s.here, "news")),
    "archive": (Role.OWNER, lambda s: s.me.archive(s.here)),
    "destroy": (Role.OWNER, lambda s: s.me.destroy(s.here)),
    "transfer": (Role.OWNER, lambda s: s.me.transfer(s.here, "other")),
    "voice": (Role.HALFOP, lambda s: s.me.setRole(s.here, "other", Role.VOICE)),
    "halfop": (Role.OPERATOR, lambda s: s.me.setRole(s.here, "other", Role.HALFOP)),
    "op": (Role.OPERATOR, lambda s: s.me.setRole(s.here, "other", Role.OPERATOR)),
    "admin": (Role.ADMIN, lambda s: s.me.setRole(s.here, "other", Role.ADMIN)),
    "delete": (Role.OPERATOR, lambda s: s.me.delete(s.here.id, 1)),
}
"""For what one does to a simple member: the least role that is needed."""


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("what", NEEDS)
def test_whatNeedsARoleNeedsJustThat(what: str, role: Role) -> None:
    needed, act = NEEDS[what]
    scene = Scene(role)
    if role >= needed:
        scene.net.now(act(scene))
    else:
        with pytest.raises(NotAllowed):
            scene.net.now(act(scene))


AGAINST: dict[str, Callable[[Scene], Deferred[Any]]] = {
    "kick": lambda s: s.me.kick(s.here, "other"),
    "mute": lambda s: s.me.mute(s.here, "other"),
    "ban": lambda s: s.me.ban(s.here, "other"),
    "demote": lambda s: s.me.setRole(s.here, "other", Role.MEMBER),
}


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.OWNER])
@pytest.mark.parametrize("role", [role for role in Role if role >= Role.OPERATOR])
@pytest.mark.parametrize("what", AGAINST)
def test_nobodyButAnOperatorActsAgainstWhoStandsAsHighAsThey(
    what: str, role: Role, other: Role
) -> None:
    scene = Scene(role, other)
    act = AGAINST[what]
    if other is Role.MEMBER and what == "demote":
        with pytest.raises(BadInput, match="other is a member already"):
            scene.net.now(act(scene))
    elif other is Role.MEMBER or role > other or role is other is Role.OPERATOR:
        scene.net.now(act(scene))
    else:
        with pytest.raises(Outranked, match=r"other is an? "):
            scene.net.now(act(scene))
        assert scene.here.role(scene.other.personId) is other


@pytest.mark.parametrize("what", [w for w in NEEDS if not w.startswith(("locked", "closed", "un"))])
def test_whoIsNotInTheRoomDoesNothingThereWhateverTheyWere(what: str) -> None:
    scene = Scene(Role.ADMIN)
    scene.left = scene.here
    scene.net.now(scene.me.leave(scene.here))
    scene.net.settle()
    with pytest.raises((NotInRoom, PersonNotInRoom, NoSuchRoom, MayNotRead)):
        scene.net.now(NEEDS[what][1](scene))


class TestWhatComesOfIt:
    """
    What the others see, and what holds from then on.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.scene = Scene(Role.OPERATOR)
        self.net, self.me, self.other = self.scene.net, self.scene.me, self.scene.other
        self.room = self.scene.here
        list(heard(self.me, self.other))

    def last(self, session: Session) -> str:
        """
        The last line that somebody got.
        """
        (lines,) = heard(session)
        return lines[-1] if lines else ""

    def test_whoIsKickedSeesItAndNothingAfterAndMayComeBack(self) -> None:
        self.net.now(self.me.kick(self.room, "OTHER", "be nice"))
        self.net.say(self.me, "dev", "gone")
        assert self.last(self.other).split()[2:] == ["kicked", "me", "other"]
        assert self.other.rooms == []
        with pytest.raises(PersonNotInRoom):
            self.net.now(self.me.kick(self.room, "other"))
        with pytest.raises(NotInRoom):
            self.other.roomNamed("dev")
        self.net.join("dev", self.other)

    def test_aBanPutsOutAndKeepsOutUntilItEnds(self) -> None:
        self.net.now(self.me.ban(self.room, "other", 60, "spam"))
        assert self.other.rooms == []
        with pytest.raises(MayNotEnter, match=r"you are banned \(spam\)"):
            self.net.now(self.other.join("dev"))
        assert [e.mask for e in self.me.entries(self.room, "ban")] == ["account:other"]
        self.net.clock.advance(60)
        assert self.me.entries(self.room, "ban") == []
        self.net.join("dev", self.other)

    def test_betweenABanAndTheKickThatFollowsNothingMoreIsSaid(self) -> None:
        self.net.now(self.me.listMask(self.room, "ban", "other"))
        assert self.other.rooms != []
        with pytest.raises(MayNotSpeak, match="you are banned"):
            self.net.say(self.other, "dev", "one more thing")
        self.net.now(self.me.unban(self.room, "other"))
        self.net.say(self.other, "dev", "thanks")

    def test_aBanOfAnAccountHoldsUnderEveryName(self) -> None:
        self.net.now(self.me.ban(self.room, "other"))
        self.net.now(self.other.rename("innocent"))
        with pytest.raises(MayNotEnter):
            self.net.now(self.other.join("dev"))

    def test_aBanOfAGuestIsAboutTheirAddress(self) -> None:
        scene = self.scene
        for hub in self.net.hubs:
            hub.cloak = lambda address: f"x{address}.cloak"
        guest = self.net.guest("guest", address="192.0.2.9")
        self.net.join("dev", guest)
        self.net.now(self.me.ban(self.room, "guest"))
        assert [e.mask for e in self.me.entries(self.room, "ban")] == ["*@x192.0.2.9.cloak"]
        for name, address, banned in (("new", "192.0.2.9", True), ("far", "192.0.2.10", False)):
            visitor = self.net.guest(name, 1, address=address)
            if banned:
                with pytest.raises(MayNotEnter):
                    self.net.now(visitor.join("dev"))
            else:
                self.net.join("dev", visitor)
        assert scene.stranger.rooms == []

    def test_whatStandsForAnAddressIsNotBannedAsAName(self) -> None:
        for list in ("ban", "mute"):
            with pytest.raises(BadInput, match="stands for an address"):
                self.net.now(self.me.listMask(self.room, list, "3FA1c09be27d5582.cloak"))
        self.net.now(self.me.listMask(self.room, "ban", "*@3fa1c09be27d5582.cloak"))
        masks = [entry.mask for entry in self.me.entries(self.room, "ban")]
        assert masks == ["*@3fa1c09be27d5582.cloak"]

    def test_whoMistypesANameOrANetworkIsToldThatItIsAboutNobody(self) -> None:
        for typed in ("other:", "10.0.0.0/33", "account:other,"):
            with pytest.raises(BadInput, match="Nobody can be called "):
                self.net.now(self.me.ban(self.room, typed))
        self.net.now(self.me.ban(self.room, "*!~b@2001:db8::/32"))
        assert len(self.other.rooms) == 1

    def test_aBanOfAGuestPutsOutAllAtTheirAddressWhoStandBelow(self) -> None:
        for hub in self.net.hubs:
            hub.cloak = lambda address: f"x{address}.cloak"
        guest, same = (self.net.guest(name, address="192.0.2.9") for name in ("guest", "same"))
        other = self.net.guest("elsewhere", 1, address="192.0.2.10")
        self.net.join("dev", guest, same, other)
        self.net.now(self.me.ban(self.room, "guest"))
        self.net.settle()
        assert [len(each.rooms) for each in (guest, same, other)] == [0, 0, 1]

    def test_aGuestWhoIsNotInTheRoomIsBannedByAddressAndUnbannedByName(self) -> None:
        for hub in self.net.hubs:
            hub.cloak = lambda address: f"x{address}.cloak"
        guest = self.net.guest("guest", address="192.0.2.9")
        self.net.now(self.me.ban(self.room, "guest"))
        assert [e.mask for e in self.me.entries(self.room, "ban")] == ["*@x192.0.2.9.cloak"]
        # Another name does not help.
        self.net.now(guest.rename("innocent"))
        with pytest.raises(MayNotEnter):
            self.net.now(guest.join("dev"))
        self.net.now(self.me.unban(self.room, "innocent"))
        self.net.join("dev", guest)
        # Whom one lets in by name is let in, not all at their address.
        self.net.now(guest.leave(guest.roomNamed("dev")))
        self.net.now(self.me.listMask(self.room, "invitation", "innocent"))
        entries = self.me.entries(self.room, "invitation")
        assert [entry.mask for entry in entries] == ["innocent"]

    def test_anExceptionOutweighsABanAndAMute(self) -> None:
        self.net.now(self.me.listMask(self.room, "ban", "*"))
        with pytest.raises(MayNotEnter):
            self.net.now(self.scene.stranger.join("dev"))
        self.net.now(self.me.listMask(self.room, "exception", "stra*"))
        self.net.join("dev", self.scene.stranger)
        self.net.now(self.me.mute(self.room, "*"))
        self.net.say(self.scene.stranger, "dev", "hi")
        with pytest.raises(MayNotSpeak, match="you are muted"):
            self.net.say(self.other, "dev", "hi")

    def test_whoIsMutedNeitherSpeaksNorEditsNorReactsButReadsAndDeletesTheirOwn(self) -> None:
        self.net.now(self.me.mute(self.room, "other", 60))
        here = self.other.roomNamed("dev")
        for act in (
            lambda: self.other.say(here, "x"),
            lambda: self.other.edit(here.id, None, "x"),
            lambda: self.other.react(here.id, 1, "👍"),
            lambda: self.other.setTopic(here, "x"),
        ):
            with pytest.raises(MayNotSpeak):
                self.net.now(act())
        assert len(self.net.now(self.other.history(here.id)).events) == 1
        self.net.now(self.other.delete(here.id, 1))
        self.net.clock.advance(60)
        self.net.say(self.other, "dev", "free again")

    @pytest.mark.parametrize("keep", [False, True])
    def test_whoIsMutedTellsClientsNothingEither(self, keep: bool) -> None:
        there = self.scene.room(self.other)
        assert self.net.now(self.other.tag(there, (("+x", "y"),), keep=keep)) is not None
        self.net.now(self.me.mute(self.room, "other"))
        self.net.settle()
        with pytest.raises(MayNotSpeak):
            self.net.now(self.other.tag(there, (("+x", "y"),), keep=keep))

    def test_inAModeratedRoomAVoiceIsNeeded(self) -> None:
        self.scene.set(moderated="on")
        with pytest.raises(MayNotSpeak, match="you have no voice"):
            self.net.say(self.other, "dev", "hi")
        self.net.now(self.me.setRole(self.room, "other", Role.VOICE))
        self.net.say(self.other, "dev", "hi")

    def test_whereOnlyRegisteredPeopleSpeakAGuestNeedsAVoice(self) -> None:
        guest = self.net.guest("gus")
        self.net.join("dev", guest)
        self.scene.set(**{"registered-speech": "on"})
        with pytest.raises(MayNotSpeak, match="only registered people may"):
            self.net.say(guest, "dev", "hi")
        self.net.say(self.other, "dev", "hi")
        self.net.now(self.me.setRole(self.room, "gus", Role.VOICE))
        self.net.say(guest, "dev", "hi")

    def test_whereClientsAreAskedNothingAllElseIsSaid(self) -> None:
        self.scene.set(**{"no-requests": "on"})
        here = self.other.roomNamed("dev")
        for session, room in ((self.other, here), (self.me, self.room)):
            with pytest.raises(MayNotSpeak, match="clients may not be asked"):
                self.net.now(session.tag(room, (("x", "y"),), asks=True))
        self.net.now(self.other.tag(here, (("+typing", "active"),)))
        self.net.say(self.other, "dev", "hi")

    def test_anArchivedRoomIsReadOnlyForEverybodyAndCanBeOpenedAgain(self) -> None:
        owner, there = self.scene.owner, self.scene.room(self.scene.owner)
        self.net.now(owner.archive(there))
        for session in (owner, self.me, self.other):
            with pytest.raises(MayNotSpeak, match="archived"):
                self.net.say(session, "dev", "hi")
            assert self.net.now(session.history(there.id)).total == 1
        self.net.now(owner.archive(there, False))
        self.net.say(self.other, "dev", "hi")

    def test_anEndedRoomIsGoneForEverybodyAndItsNameIsFree(self) -> None:
        owner, old = self.scene.owner, self.room.id
        self.net.now(owner.destroy(self.scene.room(owner), "done"))
        self.net.settle()
        assert self.last(self.other) == "dev 0 ended owner done"
        for session in (owner, self.me, self.other):
            assert session.rooms == []
            assert self.net.now(self.net.store.memberships(session.personId)) == []
        for hub in self.net.hubs:
            assert old not in hub.roster.conversations
            assert hub.roster.roomNames == {}
        new = self.net.join("dev", self.other)
        assert new.id != old
        assert new.role(self.other.personId) is Role.OWNER
        assert self.net.now(self.other.history(new.id)).total == 0

    def test_aRenamedRoomIsFoundByItsNewNameOnly(self) -> None:
        self.net.now(self.scene.owner.renameRoom(self.scene.room(self.scene.owner), "news"))
        self.net.settle()
        assert self.other.roomNamed("#News").name == "news"
        with pytest.raises(NotInRoom):
            self.other.roomNamed("dev")
        assert self.net.join("news", self.scene.stranger).id == self.room.id
        self.net.join("taken", self.other)
        with pytest.raises(NameTaken):
            self.net.now(self.scene.owner.renameRoom(self.room, "Taken"))
        owner = self.scene.owner
        with pytest.raises(BadInput, match="is called that already"):
            self.net.now(owner.renameRoom(owner.roomNamed("news"), "news"))
        assert self.net.now(owner.renameRoom(owner.roomNamed("news"), "News")).new == "News"

    def test_aTransferLeavesTheOldOwnerAnAdminAndOneOwner(self) -> None:
        owner = self.scene.owner
        with pytest.raises(PersonNotInRoom):
            self.net.now(owner.transfer(self.scene.room(owner), "stranger"))
        self.net.join("dev", self.scene.stranger)
        with pytest.raises(BadInput, match="not registered"):
            self.net.now(owner.transfer(self.scene.room(owner), "stranger"))
        self.net.now(owner.transfer(self.scene.room(owner), "other"))
        roles = self.room.roles
        assert roles[self.other.personId] is Role.OWNER
        assert roles[owner.personId] is Role.ADMIN
        with pytest.raises(BadInput, match=r"other is the owner of dev already\."):
            self.net.now(self.other.transfer(self.scene.room(self.other), "other"))

    def test_ofTwoWhoGiveARoomTheSameNameAtOnceOneDoes(self) -> None:
        owner = self.scene.owner
        renamed = [owner.renameRoom(self.scene.room(owner), "news") for _ in range(2)]
        assert self.net.now(renamed[0]).new == "news"
        with pytest.raises(BadInput, match=r"news is called that already\."):
            self.net.now(renamed[1])

    @pytest.mark.parametrize("closing", ["invite_only", "password"])
    def test_anInvitationOpensAClosedRoomOnceItIsGivenAndRunsOut(self, closing: str) -> None:
        stranger = self.scene.stranger
        self.scene.set(**{closing: "on"})
        with pytest.raises(MayNotEnter):
            self.net.now(stranger.join("dev"))
        self.net.now(self.me.invite(self.room, "Stranger"))
        assert self.last(stranger) == " 0 invited me dev"
        self.net.clock.advance(WEEK)
        with pytest.raises(MayNotEnter):
            self.net.now(stranger.join("dev"))
        self.net.now(self.me.invite(self.room, "stranger"))
        self.net.join("dev", stranger)
        with pytest.raises(AlreadyInRoom):
            self.net.now(self.me.invite(self.room, "stranger"))
        with pytest.raises(NoSuchPerson):
            self.net.now(self.me.invite(self.room, "nobody"))

    def test_whoIsTakenOffAListLeavesTheOthersThereAndOtherListsAlone(self) -> None:
        for mask in ("x*", "y*", "z*"):
            self.net.now(self.me.listMask(self.room, "ban", mask))
        self.net.now(self.me.unban(self.room, "y*"))
        assert [entry.mask for entry in self.me.entries(self.room, "ban")] == ["x*", "z*"]
        self.net.now(self.me.invite(self.room, "stranger"))
        with pytest.raises(BadInput, match=r"no entry .* /bans shows who is on it\."):
            self.net.now(self.me.unban(self.room, "stranger"))
        self.scene.set(invite_only="on")
        self.net.join("dev", self.scene.stranger)

    def test_listsSettingsAndTextsThatMakeNoSenseAreRefused(self) -> None:
        for deferred in (
            lambda: self.me.configure(self.room, "nonsense", "on"),
            lambda: self.me.configure(self.room, "slow", "soon"),
            lambda: self.me.listMask(self.room, "friends", "a*"),
            lambda: self.me.unlistMask(self.room, "friends", "a*"),
            lambda: self.me.unban(self.room, "nobody"),
            lambda: self.me.ban(self.room, "two words"),
            lambda: self.me.setRole(self.room, "other", Role.OWNER),
        ):
            with pytest.raises((BadInput, NotAllowed)):
                self.net.now(deferred())
        with pytest.raises(BadInput):
            self.me.entries(self.room, "friends")
        with pytest.raises(TooLong):
            self.net.now(self.me.setTopic(self.room, "x" * 391))
        with pytest.raises(TooLong):
            self.net.now(self.me.kick(self.room, "other", "x" * 301))
        assert self.other.rooms != []

    def test_theLobbyCanBeNeitherRenamedNorDestroyed(self) -> None:
        owner = self.scene.owner
        lobby = self.net.join("Lobby", owner)
        for act in (owner.renameRoom(lobby, "other"), owner.destroy(lobby)):
            with pytest.raises(BadInput):
                self.net.now(act)


def test_aListHasOnlySoManyEntries() -> None:
    scene = Scene(Role.OPERATOR, limits=Limits(list=2))
    for mask in ("a*", "b*", "A*"):
        scene.net.now(scene.me.listMask(scene.here, "ban", mask))
    with pytest.raises(TooMany):
        scene.net.now(scene.me.listMask(scene.here, "ban", "c*"))
    scene.net.now(scene.me.unban(scene.here, "a*"))
    scene.net.now(scene.me.listMask(scene.here, "ban", "c*"))


def test_whoCantBeMutedForWantOfSpaceKeepsTheirVoice() -> None:
    scene = Scene(Role.OPERATOR, Role.VOICE, limits=Limits(list=1))
    scene.net.now(scene.me.mute(scene.here, "somebody"))
    with pytest.raises(TooMany):
        scene.net.now(scene.me.mute(scene.here, "other"))
    assert scene.here.role(scene.other.personId) is Role.VOICE


def test_whoIsMutedLosesTheirVoiceAndWhoIsGivenOneMaySpeakAgain() -> None:
    net = Net(nodes=1)
    ann, bob = net.guest("ann"), net.guest("bob")
    room = net.join("dev", ann, bob)
    net.now(ann.setRole(room, "bob", Role.VOICE))
    net.now(ann.mute(room, "bob", 60.0))
    with pytest.raises(MayNotSpeak):
        net.say(bob, "dev", "still here")
    assert room.role(bob.personId) is Role.MEMBER
    net.now(ann.setRole(room, "bob", Role.VOICE))
    net.say(bob, "dev", "still here")


def test_aBanByMaskPutsOutWhomItIsAboutButNobodyWhoStandsAsHigh() -> None:
    net = Net()
    ann, bob, carl = net.guest("ann"), net.guest("bob"), net.guest("carl", 1)
    room = net.join("dev", ann, bob, carl)
    net.now(ann.setRole(room, "bob", Role.OPERATOR))
    net.now(ann.ban(room, "*@192.0.2.*"))
    net.now(ann.ban(room, "c*"))
    net.settle()
    assert [view.name for view in ann.who(room)] == ["ann", "bob"]


def test_aBanByAddressPutsOutWhoIsThereAndOnAnotherNodeOneOfWhatStandsForIt() -> None:
    net = Net()
    for hub in net.hubs:
        hub.cloak = lambda address: f"x{address}.cloak"
    ann = net.guest("ann", address="198.51.100.1")
    near, far = (net.guest(name, node, address="192.0.2.9") for node, name in enumerate("nf"))
    room = net.join("dev", ann, near, far)
    for mask, left in (("*@192.0.2.0/24", ["ann", "f"]), ("*@x192.0.2.9.*", ["ann"])):
        net.now(ann.ban(room, mask))
        net.settle()
        assert [view.name for view in ann.who(room)] == left


def test_aBanOfAnIPv6AddressIsAboutItsNetworkAndIsCalledAsItWasTyped() -> None:
    net = Net()
    ann, bob = net.guest("ann"), net.guest("bob", address="2001:db8::7")
    room = net.join("dev", ann, bob)
    net.now(ann.ban(room, "*@2001:DB8::9"))
    net.settle()
    assert [view.name for view in ann.who(room)] == ["ann"]
    with pytest.raises(MayNotEnter):
        net.now(bob.join("dev"))
    assert [entry.mask for entry in ann.entries(room, "ban")] == ["*@2001:db8::9"]
    with pytest.raises(BadInput):
        net.now(ann.unlistMask(room, "ban", "*@2001:db8::8"))
    net.now(ann.unlistMask(room, "ban", "*@2001:db8::9"))
    net.join("dev", bob)


@pytest.mark.parametrize("node", [0, 1])
def test_underAnotherNameOneHasTheRightsOfTheAccountWhileOneIsThere(node: int) -> None:
    net = Net()
    ann, bob = net.registered("ann", node), net.guest("bob")
    room = net.join("dev", ann, bob)
    login = PasswordLogin("ann", "correct horse", "nan")
    nan = net.now(net.portals[1].login(login, Ear(), IChatUser))[1]
    net.join("dev", nan)
    for who in (ann, bob, nan):
        assert who.roomNamed("dev").role(nan.personId) is Role.OWNER
    net.now(nan.kick(nan.roomNamed("dev"), "bob"))
    net.now(nan.leave(nan.roomNamed("dev")))
    net.settle()
    assert (room.members, room.faces) == ({ann.personId: 0}, {})


def test_ofThoseWhoWerePutOutOnlySoManyAreRemembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted_chat.domain.room.MOST_KICKED", 2)
    scene = Scene(Role.OWNER)
    here = scene.here
    for name in ("stranger", "other", "owner"):
        if name == "stranger":
            scene.net.join("dev", scene.stranger)
        scene.net.now(scene.me.kick(here, name))
    assert list(here.kicked) == [scene.other.personId, scene.owner.personId]


def test_aRoomThatNobodyOwnsIsGivenToSomebodyByAnOperator() -> None:
    net = Net(nodes=1)
    ann, bob = net.guest("ann"), net.guest("bob")
    room = net.join("dev", ann, bob)
    net.now(ann.register("correct horse"))
    with pytest.raises(NotAllowed):
        net.now(bob.transfer(room, "ann"))
    net.now(ann.transfer(room, "ann"))
    assert room.role(ann.personId) is Role.OWNER


def test_aBanPutsOutAllWhomItIsAboutThoughOneIsPutOutBySomebodyElseAtThatMoment() -> None:
    scene = Scene(Role.OPERATOR)
    scene.net.join("dev", scene.stranger)

    def hear(data: bytes) -> None:
        if b" bans " in data:
            scene.owner.kick(scene.room(scene.owner), "other")

    scene.owner.receive = hear
    scene.owner.reformat()
    changed = scene.net.now(scene.me.ban(scene.here, "*r*"))
    assert [entry.mask for entry in changed.added] == ["*r*"]
    scene.net.settle()
    assert scene.here.members.keys() == {scene.owner.personId, scene.me.personId}


def test_aBanPutsOutAllWhomItIsAboutThoughOneIsMadeAnOperatorAtThatMoment() -> None:
    scene = Scene(Role.OPERATOR)
    scene.net.join("dev", scene.stranger)

    def hear(data: bytes) -> None:
        if b" bans " in data:
            scene.owner.setRole(scene.room(scene.owner), "other", Role.ADMIN)

    scene.owner.receive = hear
    scene.owner.reformat()
    scene.net.now(scene.me.ban(scene.here, "*r*"))
    scene.net.settle()
    there = {scene.owner.personId, scene.me.personId, scene.other.personId}
    assert scene.here.members.keys() == there


def test_whoLosesTheirVoiceToTwoAtOnceIsMutedAllTheSame() -> None:
    scene = Scene(Role.OPERATOR, Role.VOICE)
    scene.owner.setRole(scene.room(scene.owner), "other", Role.MEMBER)
    changed = scene.net.now(scene.me.mute(scene.here, "other"))
    assert [entry.mask for entry in changed.added] == ["account:other"]


def test_toSeeWhoOfThousandsIsBannedOthersHaveTheirTurnInBetween(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twisted_chat.domain.moderation.AT_ONCE", 3)
    owner = net.registered("owner")
    people = [net.guest(f"p{n}", address=f"198.51.100.{n}") for n in range(9)]
    room = net.join("dev", owner, *people)
    asked: list[object] = []
    turns: list[int] = []
    about = MaskList.about

    def counting(masks: MaskList, *what: Any) -> Any:
        asked.append(what)
        return about(masks, *what)

    def resting(clock: Any, delay: float) -> Deferred[None]:
        turns.append(len(asked))
        asked.clear()
        return deferLater(clock, delay)

    monkeypatch.setattr("twisted_chat.domain.moderation.deferLater", resting)
    monkeypatch.setattr(MaskList, "about", counting)
    net.now(owner.ban(room, "*@198.51.100.8"))
    net.settle()
    assert len(turns) == 3
    # What else is asked before the ban has its place.
    assert max(turns[1:]) <= 3
    assert people[8].personId not in room.members
    assert len(room.members) == 9


def test_aMemberWhoCameFromElsewhereMayBeCalledWhatNobodyIsCalledHere(net: Net) -> None:
    """
    With the log of another network come the members of its rooms.
    """
    ann, gus = net.registered("ann"), net.guest("gus")
    room = net.join("dev", ann, gus)
    far = PersonRecord("far", "Ann Smith", "Ann Smith", presence=OFFLINE)
    joined = ann.hub.event(Joined, far.author, room.id, person=far, node="far")
    net.now(ann.hub.publish(joined))
    room.members = dict(reversed(room.members.items()))
    assert [view.name for view in ann.who(room)] == ["ann", "Ann Smith", "gus"]
    with pytest.raises(PersonNotInRoom):
        net.now(ann.kick(room, "nobody"))
    assert net.now(ann.kick(room, "gus")).name == "gus"
    net.now(ann.configure(room, "auditorium", "on"))
    list(heard(ann))
    change = RoleChange(far.id, far.name, Role.VOICE)
    net.now(ann.hub.publish(ann.hub.event(RolesChanged, ann.author, room.id, changes=(change,))))
    assert [line.split()[2] for (line,) in heard(ann)] == ["roles"]


def test_aRoomThatGetsTheNameOfOneThatEndsAtThatMomentIsFoundByIt(net: Net) -> None:
    ann, bea = net.registered("ann"), net.registered("bea")
    net.join("dev", ann)
    news = net.join("news", bea)
    ann.destroy(ann.roomNamed("dev"))
    bea.renameRoom(news, "dev")
    net.settle()
    assert bea.roomNamed("dev") is news
