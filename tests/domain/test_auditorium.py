"""
Where only operators see who is there without a voice.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import Net, heard
from twisted_chat.domain.errors import AlreadyInRoom, PersonNotInRoom
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session


class TestAuditorium:
    """
    A room C{hall} of an owner, somebody with a voice, and two without, on two nodes.
    """

    @pytest.fixture(autouse=True)
    def _room(self) -> None:
        self.net = Net()
        self.owner = self.net.registered("owner")
        self.vera = self.net.registered("vera", 1)
        self.ann = self.net.registered("ann")
        self.bea = self.net.registered("bea", 1)
        self.all = (self.owner, self.vera, self.ann, self.bea)
        self.net.join("hall", *self.all)
        here = self.owner.roomNamed("hall")
        self.net.now(self.owner.setRole(here, "vera", Role.VOICE))
        self.net.now(self.owner.configure(here, "auditorium", "on"))
        self.told()

    def told(self) -> list[int]:
        """
        @return: how many lines each of the four has got.
        """
        self.net.settle()
        return [len(lines) for lines in heard(*self.all)]

    def names(self, who: Session) -> list[str]:
        """
        @return: whom somebody sees there, on every way to look.
        """
        here = who.roomNamed("hall")
        seen = {view.name for view in who.who(here)}
        assert {person.name for person in who.present(here)} == seen
        assert {*who.company(here, 9)[0], who.name} == seen
        inside = self.net.now(Deferred.fromCoroutine(who.lookInto("hall")))[1]
        assert {occupant.record.name for occupant in inside} == seen
        return sorted(seen)

    def test_operatorsSeeAllAndOthersWhoHasAVoiceAndThemselves(self) -> None:
        assert self.names(self.owner) == ["ann", "bea", "owner", "vera"]
        assert self.names(self.vera) == ["owner", "vera"]
        assert self.names(self.ann) == ["ann", "owner", "vera"]
        self.net.now(self.owner.configure(self.owner.roomNamed("hall"), "auditorium", "off"))
        self.net.settle()
        assert self.names(self.ann) == ["ann", "bea", "owner", "vera"]

    def test_whoComesAndGoesUnseenIsToldOfToOperators(self) -> None:
        gus = self.net.guest("gus", 1)
        self.net.join("hall", gus)
        assert self.told() == [1, 0, 0, 0]
        for act in (
            lambda: gus.rename("gustav"),
            lambda: gus.leave(gus.roomNamed("hall")),
            lambda: self.ann.away("at lunch"),
        ):
            self.net.now(act())
            assert self.told()[:2] == [1, 0]

    def test_whoIsNotConnectedComesIntoNobodysSight(self) -> None:
        here = self.owner.roomNamed("hall")
        self.net.now(self.bea.logout())
        self.told()
        self.net.now(self.owner.setRole(here, "bea", Role.VOICE))
        # That they have a voice is said, and not that they are there.
        assert self.told()[1:3] == [1, 1]
        self.net.now(self.owner.setRole(here, "bea", Role.MEMBER))
        assert self.told()[1:3] == [1, 1]

    def test_whoHasAVoiceComesAndGoesBeforeAll(self) -> None:
        self.net.now(self.vera.leave(self.vera.roomNamed("hall")))
        assert self.told() == [1, 0, 1, 1]
        self.net.join("hall", self.vera)
        assert self.told() == [1, 0, 1, 1]

    def test_allHearWhatAnybodySays(self) -> None:
        self.net.say(self.ann, "hall", "hi")
        assert self.told() == [1, 1, 0, 1]

    def test_whoSharesAnotherRoomIsToldThere(self) -> None:
        self.net.join("tea", self.ann, self.bea)
        self.told()
        self.net.now(self.bea.rename("beate"))
        assert self.told() == [1, 0, 1, 0]

    @pytest.mark.parametrize("goes", [True, False])
    def test_whereMostWereToldElsewhereTheRestIsNotToldEither(self, goes: bool) -> None:
        gus, eve = self.net.guest("gus", 1), self.net.guest("eve", 1)
        self.net.join("tea", gus, eve, self.bea)
        self.net.join("hall", gus, eve)
        self.told()
        next(heard(eve))
        self.net.now(gus.logout() if goes else gus.rename("gustav"))
        assert self.told() == [1, 0, 0, 1]
        assert len(next(heard(eve))) == 1

    def test_whatIsNotedOfThemIsToldToOperatorsAndOfTheRoomToAll(self) -> None:
        def noted() -> list[bool]:
            self.net.settle()
            found = []
            for session in self.all:
                happenings = session.receiver.happenings  # type: ignore[attr-defined]
                found.append(any(each.kind == "metadata" for each in happenings))
                happenings.clear()
            return found

        noted()
        self.net.now(Deferred.fromCoroutine(self.ann.setMetadata("color", "green")))
        assert noted() == [True, False, True, False]
        here = self.owner.roomNamed("hall")
        assert [seen.name for seen in self.owner.notedIn(here)] == ["ann"]
        assert list(self.bea.notedIn(self.bea.roomNamed("hall"))) == []
        self.net.now(Deferred.fromCoroutine(self.owner.setMetadataOf(here, "color", "blue")))
        assert noted() == [True, True, True, True]

    def test_nobodyFindsThemThereByAnotherWay(self) -> None:
        assert self.net.now(self.ann.whois("bea")).rooms == ()
        assert self.net.now(self.owner.whois("bea")).rooms == ("hall",)
        for who, rooms in ((self.ann, []), (self.owner, ["hall"]), (self.bea, ["hall"])):
            found = who.look("bea")
            (sight,) = self.net.now(Deferred.fromCoroutine(found))
            assert [room.name for room in sight.rooms] == rooms
        self.net.now(self.ann.invite(self.ann.roomNamed("hall"), "bea"))
        with pytest.raises(AlreadyInRoom):
            self.net.now(self.ann.invite(self.ann.roomNamed("hall"), "vera"))
        with pytest.raises(PersonNotInRoom):
            self.ann.member(self.ann.roomNamed("hall"), "bea")
        assert self.owner.member(self.owner.roomNamed("hall"), "bea").name == "bea"

    def test_whoIsPutOutUnseenIsSeenToGoByOperatorsAndThemselves(self) -> None:
        self.net.now(self.owner.kick(self.owner.roomNamed("hall"), "bea"))
        assert self.told() == [0, 0, 0, 1]
