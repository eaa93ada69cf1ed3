"""
Who is told of somebody reads the name that they have there, whatever happens at the same time:
clients know people by their names alone.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, gatherResults

from tests.doubles import Net, heard
from twisted_chat.domain.events import RolesChanged
from twisted_chat.domain.newnames import calledNow
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import PersonRecord, RoleChange

RENAMED = "renamed bea bee"


class TestNewNames:
    """
    An owner, bea on two connections, and cid, who listens.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(nodes=1)
        self.owner, self.cid = self.net.registered("owner"), self.net.guest("cid")
        self.bea = self.net.registered("bea")
        self.second = self.net.login("bea")
        self.dev = self.net.join("dev", self.owner, self.bea, self.cid)
        list(heard(self.cid, self.bea))

    def together(self, *deeds: Deferred[Any]) -> list[str]:
        """
        All that is done goes into one batch.

        @return: what cid is told: the kinds, authors and main fields.
        """
        self.net.now(gatherResults(deeds, consumeErrors=True))
        self.net.settle()
        return self.told(self.cid)

    def told(self, who: Session) -> list[str]:
        """
        What somebody was told.
        """
        (lines,) = heard(who)
        return [line.split(" ", 2)[2] for line in lines]

    def test_whoIsPutOutUnderANewNameIsOutUnderThat(self) -> None:
        told = self.together(self.bea.rename("bee"), self.owner.kick(self.dev, "bea"))
        assert told == [RENAMED, "kicked owner bee"]

    def test_whoIsPutOutBeforeHasTheOldOne(self) -> None:
        told = self.together(self.owner.kick(self.dev, "bea"), self.bea.rename("bee"))
        assert told == ["kicked owner bea"]

    @pytest.mark.parametrize("face", [False, True])
    def test_whatSomebodyIsMadeIsToldOfUnderANameThatTheyHave(self, face: bool) -> None:
        change = RoleChange(self.bea.identity, "bee" if face else "bea", Role.VOICE)
        made = RolesChanged(
            id="r", author=self.owner.author, conversations=(self.dev.id,), changes=(change,)
        )
        people = dict(self.net.hubs[0].roster.people)
        if face:
            # The account is there by another name as well.
            person = PersonRecord("face", "bee", "bea", identity=self.bea.identity)
            people["face"] = Person(person)
        assert calledNow(made, people) is made
        self.together(self.bea.rename("bumble"))
        (told,) = calledNow(made, people).changes  # type: ignore[attr-defined]
        assert told.name == ("bee" if face else "bumble")

    def test_theSecondNewNameIsThatOfTheOneWhoHasTheFirst(self) -> None:
        told = self.together(self.bea.rename("bee"), self.second.rename("bumble"))
        assert told == [RENAMED, "renamed bee bumble"]
        assert self.bea.name == self.second.name == "bumble"

    def test_whereBothTakeTheSameItIsToldOnce(self) -> None:
        assert self.together(self.bea.rename("bee"), self.second.rename("bee")) == [RENAMED]

    def test_inAllRoomsItComesBetweenTheSameThings(self) -> None:
        self.net.join("tea", self.cid)
        self.net.join("dev", self.cid)
        list(heard(self.cid))
        said = self.cid.say(self.dev, "hello")
        joined = self.second.join("tea")
        assert self.together(said, joined, self.bea.rename("bee")) == ["joined bea ", RENAMED]

    def test_whoGoesGoesUnderTheNameThatIsKnown(self) -> None:
        renamed = self.bea.rename("bee")
        left = self.second.leave(self.second.roomNamed("dev"))
        assert self.together(renamed, left) == [RENAMED, "left bee left"]

    @pytest.mark.parametrize("first", ["rename", "join"])
    def test_whereOneConnectionJoinsMeanwhileTheNewNameIsKnownToo(self, first: str) -> None:
        dan = self.net.guest("dan")
        self.net.join("tea", dan)
        list(heard(dan))
        deeds = [lambda: self.second.join("tea"), lambda: self.bea.rename("bee")]
        if first == "rename":
            deeds.reverse()
        self.together(*[deed() for deed in deeds])
        wanted = ["joined bea ", RENAMED] if first == "join" else ["joined bee "]
        assert self.told(dan) == wanted
        assert [each.name for each in dan.present(dan.roomNamed("tea"))] == ["dan", "bee"]
