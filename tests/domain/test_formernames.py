"""
The name that a room had leads to it for a while.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from tests.domain.senton import SentOn
from tests.doubles import Net
from twisted_chat.domain.errors import ChatError, MayNotEnter, NameTaken
from twisted_chat.domain.session import Session


class TestFormerNames(SentOn):
    """
    A room C{dev} that is called C{build} now, its owner on one node and Ann on another.
    """

    @pytest.fixture(autouse=True)
    def _rooms(self) -> None:
        self.net = Net()
        self.owner = self.net.registered("owner")
        self.ann = self.net.registered("ann", 1)
        self.net.join("dev", self.owner)
        self.rename(self.owner, "dev", "build")

    def rename(self, who: Session, old: str, new: str) -> None:
        """
        Somebody gives a room another name.
        """
        self.net.now(who.renameRoom(who.roomNamed(old), new))
        self.net.settle()

    def test_whoKnowsTheOldNameAloneComesIntoTheRoomAndReadsTheNewOne(self) -> None:
        entrance = self.join(self.ann, "Dev")
        assert (entrance.room.name, entrance.new) == ("build", True)
        assert self.told == ["Dev is called build now."]
        assert self.join(self.ann, "build").room is entrance.room
        assert self.told == []
        # Also who is in it, and however often the name has changed.
        self.rename(self.owner, "build", "forge")
        for name in ("dev", "build"):
            entrance = self.join(self.ann, name)
            assert (entrance.room.name, entrance.new) == ("forge", False)
            assert self.told == [f"{name} is called forge now."]

    def test_whoDoesNotWantToComeInUnderAnotherNameDoesNot(self) -> None:
        def refuse(refusal: ChatError) -> None:
            raise refusal

        with pytest.raises(ChatError, match="dev is called build now"):
            self.net.now(self.ann.join("dev", sentOn=refuse))
        self.net.settle()
        assert self.ann.rooms == []
        assert len(self.owner.roomNamed("build").members) == 1

    def test_theOldNameOpensNothing(self) -> None:
        self.net.now(self.owner.configure(self.owner.roomNamed("build"), "password", "sesame"))
        self.net.settle()
        with pytest.raises(MayNotEnter, match="join build"):
            self.join(self.ann, "dev")
        assert self.join(self.ann, "dev", "sesame").room.name == "build"

    def test_whoMayNotJoinUnderTheOldNameIsSentOnAsUnderTheNewOne(self) -> None:
        self.net.join("queue", self.owner)
        for setting, value in (("forward", "queue"), ("invite-only", "on")):
            self.net.now(self.owner.configure(self.owner.roomNamed("build"), setting, value))
        self.net.settle()
        assert self.join(self.ann, "dev").room.name == "queue"
        why = "You can't join build: you need an invitation"
        assert [line[: len(why)] for line in self.told] == ["dev is called build now.", why]

    def test_aHiddenRoomIsNotGivenAwayByTheNameThatItHad(self) -> None:
        self.net.now(self.owner.configure(self.owner.roomNamed("build"), "hidden", "on"))
        self.net.settle()
        entrance = self.join(self.ann, "dev")
        assert (entrance.room.name, entrance.new, self.told) == ("dev", True, [])
        assert entrance.room.members.keys() == {self.ann.personId}

    def test_onlyWhoMayRenameTheRoomGetsTheOldNameForAnother(self) -> None:
        self.net.join("other", self.ann)
        self.net.join("own", self.owner)
        with pytest.raises(NameTaken):
            self.rename(self.ann, "other", "dev")
        self.rename(self.owner, "own", "dev")
        assert self.join(self.ann, "dev").room is not self.join(self.ann, "build").room
        assert self.told == []

    def test_anOperatorOfTheNetworkGetsItToo(self) -> None:
        boss = self.net.operator("boss", 1)
        self.net.join("other", boss)
        self.rename(boss, "other", "dev")
        assert self.join(self.ann, "dev").room.name == "dev"

    def test_ofTwoNewNamesAtOnceTheSecondReplacesTheFirst(self) -> None:
        room = self.owner.roomNamed("build")
        both = [self.owner.renameRoom(room, name) for name in ("one", "two")]
        first, second = (self.net.now(each) for each in both)
        self.net.settle()
        assert [(each.old, each.new) for each in (first, second)] == [
            ("build", "one"),
            ("one", "two"),
        ]
        assert self.join(self.ann, "one").room.name == "two"

    def test_anInvitationIntoARoomByItsOldNameMakesNone(self) -> None:
        unmade = self.net.hubs[1].registry.unmade(["dev", "build", "new"])
        assert self.net.now(Deferred.fromCoroutine(unmade)) == ["new"]
