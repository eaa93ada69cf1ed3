"""
The rules that every store keeps for rooms, private conversations and accounts.
"""

from __future__ import annotations

import pytest

from tests.contracts.store_case import (
    ANN,
    BEA,
    GUS,
    NOBODY,
    StoreCase,
    now,
    seqs,
    texts,
)
from twisted_chat.domain.accounterrors import NameTooAlike
from twisted_chat.domain.errors import NameTaken, NoSuchMessage, NoSuchRoom, RoomInUse
from twisted_chat.domain.events import (
    AccountChanged,
    Archived,
    Edited,
    Ended,
    Invited,
    Kicked,
    Left,
    ListChanged,
    PresenceChanged,
    RolesChanged,
    RoomRenamed,
    SettingsChanged,
    TopicChanged,
)
from twisted_chat.domain.ids import directId
from twisted_chat.domain.records import Account
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import (
    Author,
    Mask,
    PersonRecord,
    RoleChange,
)


class RoomContract(StoreCase):
    """
    Rooms and memberships.
    """

    def test_openRoomMakesARoomOnce(self) -> None:
        store = self.store
        assert now(store.openRoom("Dev", "dev", None, 5.0)) is None
        made = now(store.openRoom("Dev", "dev", ANN, 5.0))
        assert made is not None
        assert made.created
        assert (made.name, made.head, made.rightsSeq, made.createdAt) == ("Dev", 0, 0, 5.0)
        for creator in (None, BEA):
            found = now(store.openRoom("DEV", "dev", creator, 6.0))
            assert found is not None
            assert not found.created
            assert (found.id, found.name, found.roles) == (made.id, "Dev", {ANN.id: Role.OWNER})
        assert now(store.room("none")) is None

    def test_whoMakesARoomOwnsIt(self) -> None:
        assert self.room(self.newRoom("a", ANN)).roles == {ANN.id: Role.OWNER}
        assert self.room(self.newRoom("b", GUS)).roles == {GUS.id: Role.OPERATOR}
        assert self.room(self.newRoom("c", NOBODY)).roles == {}

    def test_aRoomKeepsItsTopicRolesSettingsAndLists(self) -> None:
        old, new = Mask("a", "ann", 1.0), Mask("a", "bea", 3.0, 4.0, "again")
        topic = self.placed(
            self.event(TopicChanged, text="tea"),
            self.event(
                RolesChanged,
                changes=(
                    RoleChange("x", "X", Role.VOICE),
                    RoleChange("y", "Y", Role.ADMIN, voiced=True),
                ),
            ),
            self.event(RolesChanged, changes=(RoleChange("x", "X", Role.MEMBER),)),
            self.event(SettingsChanged, changes=(("limit", 3), ("hidden", True), ("key", "k"))),
            self.event(SettingsChanged, changes=(("limit", 4), ("hidden", False))),
            self.event(ListChanged, list="ban", added=(old, Mask("b", "ann", 2.0))),
            self.event(ListChanged, list="ban", added=(new,), removed=("b", "none")),
            self.event(ListChanged, list="mute", added=(old,)),
            self.event(Archived),
        )[0]
        for _ in range(2):
            room = self.room()
            assert (room.topic, room.topicBy, room.topicAt) == ("tea", "ann", topic.at)
            assert room.roles == {"y": Role.ADMIN}
            assert room.voiced == {"y"}
            assert room.settings == {"limit": 4, "hidden": False, "key": "k"}
            assert type(room.settings["hidden"]) is bool
            assert room.lists == {"ban": (new,), "mute": (old,)}
            assert room.archived
            self.again()
        self.placed(self.event(Archived, archived=False))
        assert not self.room().archived

    def test_aRoomGetsANewNameUnlessAnotherHasIt(self) -> None:
        dev = self.newRoom("dev")
        rename = {"conversations": (dev,), "old": "dev"}
        error = self.refused(self.event(RoomRenamed, new="LOBBY", **rename))
        assert isinstance(error, NameTaken)
        assert self.room(dev).head == 0
        self.placed(self.event(RoomRenamed, new="Dev", **rename))
        self.placed(self.event(RoomRenamed, new="Ops", **rename))
        found = now(self.store.openRoom("ops", "ops", None, 0.0))
        assert found is not None
        assert (found.id, found.name) == (dev, "Ops")
        assert now(self.store.openRoom("dev", "dev", None, 0.0)) is None

    def test_aRoomIsFoundByTheNameThatItHas(self) -> None:
        assert now(self.store.roomId("dev")) is None
        dev = self.newRoom("dev")
        assert now(self.store.roomId("dev")) == dev
        self.placed(self.event(RoomRenamed, new="Ops", conversations=(dev,), old="dev"))
        for _ in range(2):
            assert now(self.store.roomId("ops")) == dev
            assert now(self.store.roomId("dev")) is None
            self.again()

    def test_roomsAreCountedByTheirOwner(self) -> None:
        assert now(self.store.roomsOwned(ANN.id)) == 0
        dev = self.newRoom("dev")
        self.newRoom("zoo")
        assert now(self.store.roomsOwned(ANN.id)) == 2
        voiced = RoleChange(ANN.id, "ann", Role.OWNER, voiced=True)
        self.placed(
            self.event(RolesChanged, changes=(voiced,), conversations=(dev,)),
            self.event(RolesChanged, changes=(RoleChange(BEA.id, "bea", Role.ADMIN),)),
        )
        assert now(self.store.roomsOwned(ANN.id)) == 2
        assert now(self.store.roomsOwned(BEA.id)) == 0
        handed = (RoleChange(ANN.id, "ann", Role.ADMIN), RoleChange(BEA.id, "bea", Role.OWNER))
        self.placed(self.event(RolesChanged, changes=handed, conversations=(dev,)))
        assert now(self.store.roomsOwned(ANN.id)) == 1
        assert now(self.store.roomsOwned(BEA.id)) == 1

    def test_roomsAreListedByName(self) -> None:
        self.newRoom("zoo")
        dev = self.newRoom("dev")
        self.placed(
            self.event(SettingsChanged, changes=(("hidden", True),), conversations=(dev,)),
            self.joined(ANN, conversations=(dev,)),
            self.joined(GUS, conversations=(dev,)),
        )
        listed = now(self.store.rooms())
        assert [(r.name, r.members, r.hidden) for r in listed] == [
            ("dev", 1, True),
            ("lobby", 0, False),
            ("zoo", 0, False),
        ]

    def test_aRegisteredMembershipLastsUntilItIsEnded(self) -> None:
        self.placed(self.said("a"), self.joined(ANN), self.joined(BEA), self.joined(GUS))
        self.placed(self.said("b"), self.joined(ANN))
        members = {(m.id, m.name, m.joinedSeq) for m in self.room().members}
        assert members == {(ANN.id, "ann", 1), (BEA.id, "bea", 1)}
        self.placed(self.event(Left, author=BEA, reason="quit"))
        assert len(self.room().members) == 2
        self.placed(
            self.event(Left, author=BEA, reason="left"),
            self.event(Kicked, person=ANN.id, name="ann"),
        )
        assert self.room().members == ()

    def test_membershipsAreSeenByTheirPerson(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("a"), self.joined(BEA), self.joined(BEA, conversations=(dev,)))
        self.placed(self.said("b", author=BEA, read=True), self.said("c"))
        found = [
            (m.conversation, m.name, m.joinedSeq, m.read, m.head)
            for m in now(self.store.memberships(BEA.id))
        ]
        assert found == [(dev, "dev", 0, 0, 0), (self.lobby, "lobby", 1, 2, 3)]
        assert now(self.store.memberships(GUS.id)) == []

    def test_aGuestWhoRegistersIsAMemberSinceTheyJoinedAndHasReadWhatCameSince(self) -> None:
        self.placed(self.joined(GUS), self.said("a"), self.said("b"))
        told = {"conversations": (self.lobby, GUS.id), "account": "Gus", "joined": (1,)}
        self.placed(self.event(AccountChanged, author=GUS, **told))
        (member,) = self.room().members
        assert member.joinedSeq == 1
        assert [m.read for m in now(self.store.memberships(GUS.id))] == [2]

    def test_aGuestWhoRegistersBecomesAMember(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("a"), self.joined(GUS), self.joined(GUS, conversations=(dev,)))
        self.placed(self.said("b", author=GUS, read=True))
        both = (self.lobby, dev)
        self.placed(self.event(AccountChanged, author=GUS, conversations=both, account="Gus"))
        members = self.room().members
        assert [(m.id, m.name, m.joinedSeq) for m in members] == [(GUS.id, "Gus", 2)]
        # What was read as a guest was not noted down.
        assert [m.read for m in now(self.store.memberships(GUS.id))] == [0, 0]

    def test_aReadMarkNeverGoesBack(self) -> None:
        self.placed(self.joined(ANN), *(self.said("x", author=BEA) for _ in range(9)))
        for seq, expected in ((4, 4), (2, 4), (6, 6), (99, 9)):
            now(self.store.markRead(ANN.id, self.lobby, seq))
            assert now(self.store.memberships(ANN.id))[0].read == expected
        now(self.store.markRead(ANN.id, "none", 1))

    def test_speakingMovesTheReadMarkOfAnAccountIfItIsToldTo(self) -> None:
        self.placed(self.joined(ANN), self.joined(BEA))
        self.placed(
            self.said("a", read=True), self.said("b", author=BEA), self.said("c", read=True)
        )
        assert now(self.store.memberships(ANN.id))[0].read == 3
        assert now(self.store.memberships(BEA.id))[0].read == 0
        now(self.store.markRead(ANN.id, self.lobby, 2))
        assert now(self.store.memberships(ANN.id))[0].read == 3

    def test_aRoomThatEndsForWantOfPeopleStaysForWhoHasJustEntered(self) -> None:
        dev = self.newRoom("dev")
        here = {"conversations": (dev,)}
        self.clock.advance(30)
        # So soon after the room was made it is not written down that somebody enters.
        self.placed(self.joined(GUS, **here), self.event(Left, author=GUS, reason="left", **here))
        entered = self.clock.seconds()
        self.clock.advance(30)
        early = self.event(Ended, idleSince=entered - 1, **here)
        assert isinstance(self.refused(early), RoomInUse)
        assert now(self.store.room(dev)) is not None
        late = self.event(Ended, idleSince=entered + 1, **here)
        both = self.append(self.joined(GUS, **here), late)
        assert isinstance(both[1].error, RoomInUse)
        self.clock.advance(30)
        self.placed(self.event(Ended, idleSince=self.clock.seconds(), **here))
        assert now(self.store.room(dev)) is None

    def test_anEndedRoomIsGoneWithAllThatWasInIt(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("treasure", conversations=(dev,)), self.said("kept"))
        self.placed(self.joined(ANN, conversations=(dev,)))
        placements = self.append(
            self.said("last", conversations=(dev,)),
            self.event(Ended, conversations=(dev,)),
            self.said("late", conversations=(dev,)),
            self.joined(BEA, conversations=(dev,)),
        )
        assert [p.after for p in placements[:2]] == [(1,), (2,)]
        for late in placements[2:]:
            assert isinstance(late.error, NoSuchRoom)
        for _ in range(2):
            assert now(self.store.room(dev)) is None
            assert now(self.store.openRoom("dev", "dev", None, 0.0)) is None
            assert [room.name for room in now(self.store.rooms())] == ["lobby"]
            assert now(self.store.memberships(ANN.id)) == []
            assert self.everything(dev) == []
            assert now(self.store.history(dev)).total == 0
            assert now(self.store.message(dev, 1)) is None
            assert now(self.store.search([(dev, 1), (self.lobby, 1)], "treasure")).total == 0
            assert now(self.store.heads([dev])) == {}
            assert isinstance(self.refused(self.said("x", conversations=(dev,))), NoSuchRoom)
            now(self.store.sweepDeleted())
        new = self.newRoom("dev")
        assert new != dev
        assert seqs(self.placed(self.said("fresh", conversations=(new,)))) == [1]
        assert texts(self.everything()) == ["kept"]

    def test_theComingAndGoingOfPeopleNeedsNoRoom(self) -> None:
        person = PersonRecord(GUS.id, GUS.name)
        placements = self.append(
            self.event(Left, author=GUS, conversations=("gone", self.lobby), reason="quit"),
            self.event(
                PresenceChanged,
                conversations=("gone",),
                person=person,
                node="one",
                before="online",
                now="offline",
            ),
            self.event(Invited, conversations=(GUS.id,), room=self.lobby, roomName="lobby"),
        )
        assert [p.error for p in placements] == [None] * 3
        assert [p.after for p in placements] == [(0, 0), (0,), (0,)]

    def test_aRoomIsIdleWhenNobodyOwnsItAndNobodyHasBeenThere(self) -> None:
        start = self.clock.seconds()
        guests, owned, lived = (
            self.newRoom("guests", GUS),
            self.newRoom("owned", ANN),
            self.newRoom("lived", GUS),
        )
        self.placed(self.joined(BEA, conversations=(lived,)))
        assert self.idle(start) == set()
        assert self.idle(start + 1) == {self.lobby, guests}
        self.clock.advance(3600)
        self.placed(self.joined(GUS, conversations=(guests,)))
        assert self.idle(start + 1) == {self.lobby}
        self.placed(self.said("a", author=GUS))
        assert self.idle(start + 1) == set()
        assert self.idle(start + 3601) == {self.lobby, guests}
        assert owned not in self.idle(start + 9999)

    def test_aRoomInWhichNothingEverWasIsIdleSooner(self) -> None:
        start = self.clock.seconds()
        used, unused = self.newRoom("used", GUS), self.newRoom("unused", GUS)
        self.placed(self.said("hello", author=GUS, conversations=(used,)))
        assert set(now(self.store.idleRooms(start, start))) == set()
        assert set(now(self.store.idleRooms(start, start + 1))) == {self.lobby, unused}


class DirectContract(StoreCase):
    """
    Private conversations.
    """

    def test_theFirstMessageMakesThePrivateConversation(self) -> None:
        id = directId(ANN.id, BEA.id)
        assert self.everything(id) == []
        assert isinstance(
            self.refused(self.event(Edited, conversations=(id,), target=1, text="x")),
            NoSuchMessage,
        )
        self.placed(
            self.said("hi", conversations=(id,), peer=BEA, read=True),
            self.said("ho", conversations=(id,), author=BEA, peer=ANN),
        )
        assert texts(self.everything(id)) == ["hi", "ho"]
        (mine,), (theirs,) = now(self.store.directs(ANN.id)), now(self.store.directs(BEA.id))
        assert (mine.other, mine.otherName, mine.read, mine.head) == (BEA.id, "bea", 1, 2)
        assert (theirs.other, theirs.otherName, theirs.read) == (ANN.id, "ann", 0)
        assert now(self.store.memberships(ANN.id)) == []
        assert "lobby" in [room.name for room in now(self.store.rooms())]
        assert len(now(self.store.rooms())) == 1

    def test_theNewestPrivateConversationComesFirst(self) -> None:
        for other in (BEA, GUS, BEA):
            self.clock.advance(1)
            where = (directId(ANN.id, other.id),)
            self.placed(self.said("hi", conversations=where, peer=other))
        assert [d.other for d in now(self.store.directs(ANN.id))] == [BEA.id, GUS.id]

    def test_theOtherHasTheNameThatTheyHadLast(self) -> None:
        where = (directId(ANN.id, GUS.id),)
        self.placed(self.said("hi", conversations=where, peer=GUS))
        assert now(self.store.directs(ANN.id))[0].otherName == "gus"
        for name in ("august", "gustav"):
            self.placed(self.said("ho", conversations=where, author=Author(GUS.id, name)))
            assert now(self.store.directs(ANN.id))[0].otherName == name

    def test_oneMayTalkToOneself(self) -> None:
        where = (directId(ANN.id, ANN.id),)
        self.placed(self.said("note", conversations=where, peer=ANN))
        (mine,) = now(self.store.directs(ANN.id))
        assert (mine.other, mine.otherName, mine.head) == (ANN.id, "ann", 1)

    def test_aPrivateConversationIsNoRoom(self) -> None:
        id = directId(ANN.id, BEA.id)
        self.placed(self.said("hi", conversations=(id,), peer=BEA))
        assert now(self.store.room(id)) is None
        self.clock.advance(10)
        assert self.idle(self.clock.seconds()) == {self.lobby}


class AccountContract(StoreCase):
    """
    Accounts.
    """

    account = Account("ann-id", "Ann", "ann", "arm", "$argon2$", 5.0, 6.0, {"zone": 120})

    def test_anAccountIsFoundByNameAndId(self) -> None:
        now(self.store.createAccount(self.account))
        for _ in range(2):
            assert now(self.store.account("ann")) == self.account
            assert now(self.store.accountById("ann-id")) == self.account
            self.again()
        assert now(self.store.account("bea")) is None
        assert now(self.store.accountById("bea-id")) is None

    def test_twoAccountsNeverShareAName(self) -> None:
        now(self.store.createAccount(self.account))
        with pytest.raises(NameTaken):
            now(self.store.createAccount(Account("x", "ANN", "ann", "other", "", 0.0)))
        with pytest.raises(NameTooAlike):
            now(self.store.createAccount(Account("x", "Arm", "arm", "arm", "", 0.0)))
        now(self.store.createAccount(Account("x", "Bea", "bea", "bea", "", 0.0)))

    def test_onlyWhatIsGivenOfAnAccountIsChanged(self) -> None:
        change = self.store.changeAccount
        now(self.store.createAccount(self.account))
        now(change("ann-id", seenAt=9.0))
        now(change("ann-id", preferences={"quiet": True, "ignored": ["bea"]}))
        now(change("ann-id", preferences={"zone": None, "room": "x"}))
        now(change("ann-id", password="new"))
        now(change("ann-id"))
        now(change("ann-id", preferences={"known": {"a": "b", "c": "d"}, "gone": {"e": "f"}}))
        now(change("ann-id", preferences={"known": {"a": None, "g": "h"}, "gone": {"e": None}}))
        now(change("nobody", seenAt=1.0, preferences={}))
        account = now(self.store.account("ann"))
        assert account is not None
        assert (account.seenAt, account.password) == (9.0, "new")
        assert account.preferences == {
            "quiet": True,
            "ignored": ["bea"],
            "room": "x",
            "known": {"c": "d", "g": "h"},
        }
