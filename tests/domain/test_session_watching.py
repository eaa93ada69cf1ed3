"""
What can be known of people without sharing a room, and how they appear.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from tests.conftest import Wrongs
from tests.doubles import Ear, Net, heard
from twisted_chat.domain import lookout, watching
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import BadName, NotAllowed, TooLong, TooMany
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.lookout import REMEMBERED
from twisted_chat.domain.relaying import relayedName
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import PersonRecord
from twisted_chat.domain.watching import Sight


class Case:
    """
    A network of two nodes.
    """

    def net(self, **how: Any) -> Net:
        return Net(nodes=2, **how)

    def look(self, net: Net, session: Session, mask: str) -> list[Sight]:
        found: list[Sight] = net.now(Deferred.fromCoroutine(session.look(mask)))
        return found

    def do(self, net: Net, coroutine: Any) -> Any:
        return net.now(Deferred.fromCoroutine(coroutine))


class TestLooking(Case):
    @pytest.mark.parametrize("node", [0, 1])
    def test_somebodyIsFoundByNameOnAnyNodeWithWhereTheyAre(self, node: int) -> None:
        net = self.net()
        ann, bea = net.guest("Ann"), net.guest("bea", node)
        net.join("dev", bea)
        net.join("lab", bea)
        (sight,) = self.look(net, ann, "BEA")
        assert sight.record.name == "bea"
        assert [(room.name, room.role) for room in sight.rooms] == [
            ("dev", Role.OPERATOR),
            ("lab", Role.OPERATOR),
        ]
        assert not sight.near
        assert self.look(net, ann, "nobody") == []

    def test_hiddenRoomsAreSeenByThoseInThemAlone(self) -> None:
        net = self.net()
        ann, bea, cid = net.guest("ann"), net.guest("bea"), net.guest("cid")
        room = net.join("dev", bea, cid)
        net.now(bea.configure(room, "hidden", "on"))
        net.settle()
        assert [room.name for room in self.look(net, cid, "bea")[0].rooms] == ["dev"]
        assert self.look(net, ann, "bea")[0].rooms == ()

    def test_whoIsInvisibleIsFoundByNameAndByNeighboursAlone(self) -> None:
        net = self.net()
        ann, bea, cid = net.guest("ann"), net.guest("bea", 1), net.guest("cid")
        net.join("dev", bea, cid)
        self.do(net, bea.setInvisible(True))
        assert [sight.record.name for sight in self.look(net, ann, "be*")] == []
        assert [sight.record.name for sight in self.look(net, cid, "be*")] == ["bea"]
        (sight,) = self.look(net, ann, "bea")
        assert sight.rooms == ()
        assert net.now(net.hubs[0].network.census()).invisible == 1
        net.now(bea.logout())
        assert net.now(net.hubs[0].network.census()).invisible == 0

    def test_masksAreAboutNamesHostsUsersAndRealNames(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea")
        self.do(net, bea.setRealName("Beatrix the Kind"))
        bea.person.record = replace(bea.person.record, user="~b", host="x1.example")
        found = ("*kind", "b?a", "bea!*@*", "b*!~b@*.example", "~b@x1.*", "bea!", "@*.example")
        for mask in found:
            assert [sight.record.name for sight in self.look(net, ann, mask)] == ["bea"], mask
        for mask in ("b*!~b@*.org", "b*!~c@*", "~c@x1.*", "ann!~b@*", "@*.org"):
            assert self.look(net, ann, mask) == [], mask
        assert len(self.look(net, ann, "*")) == 2

    def test_noMoreAreShownThanAnybodyReads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twisted_chat.domain.watching.MOST_SEEN", 2)
        net = self.net()
        people = [net.guest(f"guest{number}", number % 2) for number in range(6)]
        assert len(self.look(net, people[0], "g*")) == 2

    def test_anAccountOnTwoNodesIsSeenOnceAndIsOnlineIfItIsAnywhere(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.registered("bea")
        other = net.login("bea", node=1)
        net.now(bea.away("gone"))
        net.settle()
        (sight,) = self.look(net, ann, "b*")
        assert sight.record.presence == "online"
        net.now(other.logout())
        (sight,) = self.look(net, ann, "bea")
        assert (sight.record.presence, sight.record.away) == ("away", "gone")

    def test_whoIsOnTwoNodesIsAsIdleAsWhereTheyDidSomethingLast(self) -> None:
        net = self.net()
        started = net.clock.seconds()
        first, second = net.registered("bea"), net.login("bea", node=1)
        net.join("dev", first)
        net.clock.advance(60)
        first.receiver.encrypted = True  # type: ignore[attr-defined]
        net.say(first, "dev", "hi")
        for who in (first, second):
            (sight,) = self.look(net, who, "bea")
            assert sight.since == pytest.approx(started, abs=1)
            assert sight.actedAt == pytest.approx(started + 60, abs=1)
            # Of what one says to them, some goes over the open wire.
            assert not sight.encrypted
        second.receiver.encrypted = True  # type: ignore[attr-defined]
        assert self.look(net, first, "bea")[0].encrypted

    def test_addressesAreTheirPersonsAndOperatorsToKnow(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea", address="192.0.2.9")
        assert bea.addressesOf(bea.personId) == ["192.0.2.9"]
        assert ann.addressesOf(bea.personId) == []
        ann.operate()
        assert ann.addressesOf(bea.personId) == ["192.0.2.9"]

    def test_noNameIsGivenTheAddressOfAnotherOfTheSameAccount(self) -> None:
        net = self.net()
        bea = net.registered("bea", address="192.0.2.9")
        login = PasswordLogin("bea", "correct horse", "nan")
        nan = net.now(net.portals[0].login(login, Ear(address="192.0.2.10"), IChatUser))[1]
        assert bea.addressesOf(bea.personId) == ["192.0.2.9"]
        assert nan.addressesOf(nan.personId) == ["192.0.2.10"]

    def test_idleIsWhoSaysNothing(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea")
        net.join("dev", bea)
        net.clock.advance(60)
        assert ann.now - self.look(net, ann, "bea")[0].actedAt > 60
        net.say(bea, "dev", "hello")
        assert ann.now - self.look(net, ann, "bea")[0].actedAt < 1


class TestWhois(Case):
    def test_eachNickOfAnAccountIsSeenAsWhoeverBearsIt(self) -> None:
        net = self.net()
        ann, other = net.registered("ann"), net.guest("anna", 1)
        bea, cid = net.guest("bea"), net.guest("cid", 1)
        net.join("dev", ann, bea, cid)
        self.do(net, other.assume(ann.account))
        net.now(ann.logout())
        net.join("lab", other, bea)
        for who in (bea, cid, other):
            seen = net.now(who.whois("anna"))
            assert (seen.name, seen.account, seen.presence, seen.seenAt) == (
                "anna", "ann", "online", 0,
            )  # fmt: skip
        assert net.now(bea.whois("anna")).rooms == ("lab",)
        net.now(other.away("lunch"))
        assert net.now(bea.whois("anna")).away == "lunch"
        gone = net.now(bea.whois("ann"))
        assert (gone.presence, gone.rooms) == ("offline", ("dev",))


class TestInsideRooms(Case):
    def test_aRoomShowsWhoIsConnectedAndToStrangersNotWhoIsInvisible(self) -> None:
        net = self.net()
        ann, bea, cid = net.guest("ann"), net.guest("bea"), net.registered("cid", 1)
        net.join("dev", bea, cid)
        room, occupants = self.do(net, ann.lookInto("#DEV"))
        assert room.name == "dev"
        assert {(each.record.name, each.role) for each in occupants} == {
            ("bea", Role.OPERATOR),
            ("cid", Role.MEMBER),
        }
        net.now(cid.logout())
        self.do(net, bea.setInvisible(True))
        net.settle()
        assert self.do(net, ann.lookInto("dev"))[1] == []
        assert [each.record.name for each in self.do(net, bea.lookInto("dev"))[1]] == ["bea"]

    def test_ofManyWhoAreThereSomeAreLookedAtInATurn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watching, "OCCUPANTS", 3)
        net = Net(1)
        people = [net.guest(f"p{number}") for number in range(10)]
        net.join("dev", *people)
        looked: list[str] = []
        actedAt = net.hubs[0].lookout.actedAt
        monkeypatch.setattr(
            net.hubs[0].lookout, "actedAt", lambda id: looked.append(id) or actedAt(id)
        )
        found = Deferred.fromCoroutine(people[0].lookInto("dev"))
        assert len(looked) == 3
        # One who was seen already, one who would be seen yet, and one who leaves the room.
        for gone in (people[1], people[8]):
            gone.logout()
        people[9].leave(people[9].roomNamed("dev"))
        net.clock.callLater(0, looked.append, "somebody else")
        _, occupants = net.now(found)
        # Whoever was to have a turn then has it before the next ones are looked at.
        assert len(looked[: looked.index("somebody else")]) == 6
        names = [each.record.name for each in occupants]
        assert names == [f"p{number}" for number in range(8)]

    def test_hiddenRoomsAreNoneForStrangers(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea")
        room = net.join("dev", bea)
        net.now(bea.configure(room, "hidden", "on"))
        assert self.do(net, ann.lookInto("dev")) == (None, [])
        assert self.do(net, ann.lookInto("none")) == (None, [])
        assert self.do(net, ann.lookInto("no such, name")) == (None, [])


class TestWatching(Case):
    def watched(self, session: Session) -> list[tuple[str, bool]]:
        ear: Any = session.receiver
        told = [(each.name, each.borne) for each in ear.happenings if each.kind == "watched"]
        ear.happenings.clear()
        return told

    @pytest.mark.parametrize("node", [0, 1])
    def test_aNameIsToldWhenItComesAndWhenItGoes(self, node: int) -> None:
        net = self.net()
        ann = net.guest("ann")
        assert self.do(net, ann.watch("Bea")) == ""
        bea = net.guest("bea", node)
        assert self.watched(ann) == [("bea", True)]
        assert self.do(net, ann.watch("BEA")) == "bea"
        assert list(ann.watched) == ["Bea"]
        net.now(bea.logout())
        assert self.watched(ann) == [("bea", False)]

    def test_anotherNameIsGoneAndComeAndAnotherSpellingIsNothing(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea")
        for name in ("bea", "cid"):
            self.do(net, ann.watch(name))
        net.now(bea.rename("BEA"))
        assert self.watched(ann) == []
        net.now(bea.rename("cid"))
        assert self.watched(ann) == [("cid", True), ("BEA", False)]

    def test_loggingInLaterIsNoComingOrGoing(self) -> None:
        net = self.net()
        net.registered("cid")
        ann, bea = net.guest("ann"), net.guest("bea")
        self.do(net, ann.watch("bea"))
        account = net.now(net.store.account("cid"))
        self.do(net, bea.assume(account))
        assert self.watched(ann) == []
        net.now(bea.logout())
        assert self.watched(ann) == [("bea", False)]

    def test_whoHasGoneOrWatchesNoMoreIsNotToldAndLeavesNothing(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea")
        for session in (ann, bea):
            self.do(net, session.watch("cid"))
        ann.unwatch("CID")
        net.now(bea.logout())
        net.guest("cid")
        assert self.watched(ann) == self.watched(bea) == []
        assert "@cid" not in net.hubs[0].roster.conversations

    def test_ofManyWhoWatchSomeAreToldInATurnAndAllInOrder(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lookout, "SLICE", 0.0)
        monkeypatch.setattr(lookout, "_TOLD_AT_ONCE", 3)
        net = Net(1)
        people = [net.guest(f"p{number}") for number in range(10)]
        for person in people:
            self.do(net, person.watch("bea"))
        net.hubs[0].nameChanged("bea", "id", "bea")
        told = [bool(self.watched(person)) for person in people]
        assert told == [True] * 3 + [False] * 7
        net.hubs[0].nameChanged("bea", "", "bea")
        people[5].unwatch("bea")
        people[6].logout()
        net.settle()
        both = [("bea", True), ("bea", False)]
        assert [self.watched(person) for person in people] == [
            *[both[1:]] * 3, both, both, [], [], both, both, both,
        ]  # fmt: skip
        assert not net.hubs[0].lookout._telling

    def test_whatFewWatchIsNoReasonNotToLookAtTheClock(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lookout, "SLICE", 0.0)
        monkeypatch.setattr(lookout, "_TOLD_AT_ONCE", 1)
        net = Net(1)
        ann, dan = net.guest("ann"), net.guest("dan")
        for person in (ann, dan):
            for name in ("bea", "cid"):
                self.do(net, person.watch(name))
        ann.unwatch("cid")
        told, tell = [], net.hubs[0].lookout._tell

        def turn() -> None:
            tell()
            told.append((self.watched(ann), self.watched(dan)))

        monkeypatch.setattr(net.hubs[0].lookout, "_tell", turn)
        for name in ("bea", "cid"):
            net.hubs[0].nameChanged(name, "id", name)
        net.clock.advance(0)
        assert told == [
            ([("bea", True)], []),
            ([], [("bea", True)]),
            ([], [("cid", True)]),
        ]

    def test_whoCanNotBeToldKeepsItFromNobody(
        self, monkeypatch: pytest.MonkeyPatch, wrongs: Wrongs
    ) -> None:
        net = Net(1)
        people = [net.guest(f"p{number}") for number in range(3)]
        for person in people:
            self.do(net, person.watch("bea"))
        monkeypatch.setattr(people[1].receiver, "happened", lambda event: 1 / 0)
        net.guest("bea")
        assert self.watched(people[2]) == [("bea", True)]
        assert len(wrongs.flush(ZeroDivisionError)) == 1

    def test_onlySoManyNamesAreWatchedAndNoMasks(self) -> None:
        net = self.net(limits=Limits(watch=1))
        ann = net.guest("ann")
        self.do(net, ann.watch("bea"))
        self.do(net, ann.watch("BEA"))
        with pytest.raises(TooMany):
            self.do(net, ann.watch("cid"))
        with pytest.raises(BadName):
            self.do(net, ann.watch("b*"))

    @pytest.mark.parametrize("node", [0, 1])
    def test_theCuriousHearWhatIsChangedFromAfarOnce(self, node: int) -> None:
        net = self.net()
        ann, bea, cid = net.guest("ann"), net.guest("bea", node), net.guest("cid")
        net.join("dev", bea, cid)
        for session in (ann, cid):
            self.do(net, session.watch("bea"))
            session.curious = True
            session.reformat()
        list(heard(ann, cid))
        net.now(bea.away("gone"))
        self.do(net, bea.setRealName("Beatrix"))
        net.settle()
        mine, neighbours = heard(ann, cid)
        assert [" presence " in mine[0], " profile " in mine[1]] == [True, True]
        assert len(mine) == len(neighbours) == 2
        ann.curious = False
        ann.reformat()
        net.now(bea.back())
        net.settle()
        assert [len(lines) for lines in heard(ann, cid)] == [0, 1]


class TestAppearing(Case):
    def test_whatOneIsCalledInMoreWordsIsToldToRoomsAndToOneself(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann", echo=True), net.guest("bea", 1)
        net.join("dev", ann, bea)
        list(heard(ann, bea))
        self.do(net, ann.setRealName("  Ann the\x02 Kind "))
        net.settle()
        assert [len(lines) for lines in heard(ann, bea)] == [1, 1]
        assert net.hubs[1].roster.people[ann.personId].record.real == "Ann the Kind"
        self.do(net, ann.setRealName("Ann the Kind"))
        assert [len(lines) for lines in heard(ann, bea)] == [0, 0]
        with pytest.raises(TooLong):
            self.do(net, ann.setRealName("x" * 151))

    def test_whoIsInNoRoomIsToldOfTheirOwnNewNameAllTheSame(self) -> None:
        net = self.net()
        ann = net.guest("ann", echo=True)
        net.now(ann.rename("anna"))
        net.settle()
        assert len(next(heard(ann))) == 1
        assert ann.name == "anna"

    def test_whatABotSaysIsMarked(self) -> None:
        net = self.net()
        ann = net.guest("ann")
        assert not ann.author.bot
        self.do(net, ann.setBot(True))
        assert ann.author.bot
        self.do(net, ann.setBot(False))
        assert not ann.author.bot


class TestDepartures(Case):
    def names(self, net: Net, session: Session, mask: str, most: int = 9) -> list[str]:
        asked = Deferred.fromCoroutine(session.departed(mask, most))
        return [each.record.name for each in net.now(asked)]

    def test_whoHasGoneOrHasAnotherNameIsRememberedTheLastOneFirst(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea")
        net.now(bea.rename("Beth"))
        net.now(bea.logout())
        assert self.names(net, ann, "be*") == ["Beth", "bea"]
        assert self.names(net, ann, "BETH") == ["Beth"]
        assert self.names(net, ann, "*", 1) == ["Beth"]
        assert self.names(net, ann, "ann") == []

    def test_whoHasGoneFromAnotherNodeIsRememberedToo(self) -> None:
        net = self.net()
        ann, bea, cid = net.guest("ann"), net.guest("bea", 1), net.guest("cid")
        for session in (bea, cid):
            net.clock.advance(1)
            net.now(session.logout())
        assert self.names(net, ann, "*") == ["cid", "bea"]
        assert self.names(net, ann, "*", 1) == ["cid"]

    def test_whoWasInvisibleIsFoundByNameAndByNoMask(self) -> None:
        net = self.net()
        ann, bea, cid = net.guest("ann"), net.guest("bea"), net.guest("cid")
        self.do(net, bea.setInvisible(True))
        net.now(bea.logout())
        net.now(cid.logout())
        assert self.names(net, ann, "*") == ["cid"]
        assert self.names(net, ann, "bea") == ["bea"]
        ann.operate()
        assert self.names(net, ann, "*", 9) == ["cid", "bea"]

    def test_soManyAreRememberedAndNoMore(self) -> None:
        net = self.net()
        ann = net.guest("ann")
        for _ in range(REMEMBERED + 5):
            net.hubs[0].lookout.gone(ann.record)
        assert len(self.names(net, ann, "ann", REMEMBERED * 2)) == REMEMBERED


class TestRelaying(Case):
    @pytest.mark.parametrize(
        "name", ["bea", "b a/net", "b!a/net", "/", "nick/serv", "x" * 40 + "/y", "שלום/"]
    )
    def test_namesThatNobodyElsewhereCanHave(self, name: str) -> None:
        with pytest.raises(BadName):
            relayedName(name, "/")

    def test_whoIgnoresAnybodyReadsThoseWhoseNamesNobodyCouldHaveHere(self) -> None:
        net = self.net()
        ann, bea, carl = net.guest("ann"), net.guest("bea"), net.guest("carl")
        room = net.join("dev", ann, bea)
        net.now(bea.ignore("carl"))
        list(heard(bea))
        # From another network, or from an old log.
        net.now(ann.relay(room, "שלום/", "hello"))
        net.settle()
        assert next(heard(bea)) == ["dev 1 said שלום/ hello"]
        assert [event.author.name for event in net.now(bea.history(room.id)).events] == ["שלום/"]
        assert carl.rooms == []

    def test_operatorsOfARoomSpeakForOthersUnderNamesThatNobodyHas(self) -> None:
        net = self.net()
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        room = net.join("dev", ann, bea)
        list(heard(bea))
        net.now(ann.relay(room, relayedName("cid/net", "/"), "hello"))
        net.settle()
        assert next(heard(bea)) == ["dev 1 said cid/net hello"]
        said = net.now(net.store.message(room.id, 1))
        assert said.author.id == ann.identity
        with pytest.raises(NotAllowed):
            net.now(bea.relay(bea.roomNamed("dev"), "cid/net", "hello"))


def test_whileThousandsAreComparedWithAMaskOthersHaveTheirTurn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookout, "_LOOKED_AT_AT_ONCE", 3)
    net = Net(nodes=1)
    names = ("ann", "gus", "gil", "gun", "bob", "gwen", "gary", "guy")
    ann, *_, gary, _ = [net.guest(name) for name in names]
    looked: list[str] = []
    turns: list[int] = []
    isAbout = lookout._isAbout

    def counted(mask: str, record: PersonRecord) -> bool:
        looked.append(record.name)
        return isAbout(mask, record)

    def resting(clock: Any, delay: float) -> Deferred[None]:
        turns.append(len(looked))
        gary.logout()
        return deferLater(clock, delay)

    monkeypatch.setattr(lookout, "_isAbout", counted)
    monkeypatch.setattr(lookout, "deferLater", resting)
    found = net.now(Deferred.fromCoroutine(ann.look("g*")))
    assert turns == [2, 5]
    assert [sight.record.name for sight in found] == ["gus", "gil", "gun", "gwen", "guy"]
