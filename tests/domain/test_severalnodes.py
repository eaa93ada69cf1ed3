"""
One account on connections of several nodes: all of them are in its rooms, and others know of each.
"""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from tests.doubles import Ear, Net, heard
from tests.frontends.irc.clients import IrcDoors, registered
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.repair import SWEEP
from twisted_chat.domain.session import Session


def told(who: Session) -> list[str]:
    """
    What somebody was told, without where.
    """
    (lines,) = heard(who)
    return [line.split(" ", 2)[2].rstrip() for line in lines]


class TestOneAccount:
    """
    Ann has an account, and a connection to each of two nodes; bea is on the first.
    """

    @pytest.fixture(autouse=True)
    def _make(self, net: Net) -> None:
        self.net = net
        self.ann, self.bea = net.registered("ann"), net.registered("bea")
        self.second = net.login("ann", node=1)

    def nodes(self, node: int) -> set[str]:
        """
        Where ann is, as one node knows it.
        """
        return set(self.net.hubs[node].roster.people[self.ann.personId].nodes)

    def come(self, nick: str, node: int) -> Session:
        """
        Ann comes under another name.
        """
        login = PasswordLogin("ann", "correct horse", nick)
        session: Session = self.net.now(self.net.portals[node].login(login, Ear(), IChatUser))[1]
        session.release()
        self.net.settle()
        return session

    def test_allAreInTheRoomThatOneComesInto(self) -> None:
        self.net.join("dev", self.bea, self.ann)
        assert [room.name for room in self.second.rooms] == ["dev"]
        assert told(self.second) == ["joined ann"]
        self.net.say(self.bea, "dev", "hi")
        assert told(self.second) == ["said bea hi"]
        assert self.nodes(0) == self.nodes(1) == {"node0", "node1"}
        list(heard(self.bea))
        self.ann.logout()
        self.net.settle()
        assert told(self.bea) == []
        self.second.logout()
        self.net.settle()
        assert told(self.bea) == ["presence ann quit"]

    def test_soTheyAreInOneIntoWhichTheyArePut(self) -> None:
        self.net.join("dev", self.bea)
        self.net.now(self.ann.beIn("dev"))
        self.net.settle()
        assert [room.name for room in self.second.rooms] == ["dev"]

    def test_whoLeavesAtOnceIsInItOnNoNode(self) -> None:
        room = self.net.join("dev", self.bea, self.bea)
        joined = self.ann.join("dev")
        self.net.settle(0.001)
        left = self.ann.leave(room)
        self.net.now(joined)
        self.net.now(left)
        self.net.settle()
        assert self.second.rooms == []

    def test_whoIsInNoRoomAndGoesIsNotThoughtToBeHere(self) -> None:
        self.net.join("dev", self.ann)
        self.net.now(self.ann.leave(self.ann.roomNamed("dev")))
        self.net.settle()
        self.second.logout()
        self.net.settle()
        self.net.join("dev", self.ann, self.bea)
        list(heard(self.bea))
        self.ann.logout()
        self.net.settle()
        assert told(self.bea) == ["presence ann quit"]

    def test_underOneOtherNameTheyAreOnePersonWhereverTheyAre(self) -> None:
        one, two = self.come("anna", 0), self.come("anna", 1)
        assert one.personId == two.personId != self.ann.personId
        self.net.join("dev", self.bea, one)
        assert [room.name for room in two.rooms] == ["dev"]
        list(heard(self.bea))
        one.logout()
        self.net.settle()
        assert told(self.bea) == []
        assert [each.name for each in self.bea.present(self.bea.roomNamed("dev"))] == [
            "bea",
            "anna",
        ]
        two.logout()
        self.net.settle()
        assert told(self.bea) == ["left anna quit"]

    def test_whoHasAnotherNameIsTheSamePersonUnderThat(self) -> None:
        self.net.now(self.ann.rename("anna"))
        self.net.settle()
        assert self.second.name == "anna"
        self.second.logout()
        assert self.come("anna", 1).personId == self.ann.personId

    def test_aRoomThatIsOpenedTellsTheNameThatSomebodyHas(self) -> None:
        late = self.net.login("bea", node=1)
        self.net.join("dev", self.bea, self.ann)
        list(heard(late))
        # Nothing comes to the other node, and the room that it opens knows a newer name.
        network = cast(Any, self.net.hubs[1].network)
        hear, network._hear = network._hear, lambda batch: None
        self.net.join("tea", self.ann)
        self.net.now(self.ann.rename("anna"))
        network._hear = hear
        self.net.join("tea", late)
        assert told(late)[:1] == ["renamed ann anna"]
        assert self.second.name == "anna"


def test_anIrcClientOfAnotherNodeIsShownTheChannelThatItsPersonComesInto() -> None:
    doors = IrcDoors(nodes=2)
    client, _ = registered(doors, "ann")
    session = doors.net.login("ann", node=1)
    doors.net.join("dev", session)
    (join, *shown) = client.got()
    assert re.fullmatch(":ann!.* JOIN #dev", join)
    assert any(" 353 ann = #dev :~ann" in line for line in shown)


def test_whoIsNotHereAndBecomesAMemberIsNotShownToBeInAChannel() -> None:
    doors = IrcDoors(net=Net(seed=0))
    net = doors.net
    ann, bea = net.registered("ann"), net.registered("bea")
    client = doors.enter("cid", node=1)
    net.join("dev", bea)
    client.send("JOIN #dev")
    network = cast(Any, net.hubs[1].network)
    hear, network._hear = network._hear, lambda batch: None
    net.join("dev", ann)
    ann.logout()
    net.settle()
    network._hear = hear
    for _ in range(round(2 * SWEEP / 0.05)):
        net.clock.advance(0.05)
    assert ann.personId in net.hubs[1].roster.conversations[bea.roomNamed("dev").id].room.members  # type: ignore[union-attr]
    assert client.got() == []


def test_whoseWordsAreReadFromTheLogIsThereBefore() -> None:
    net = Net(seed=0)
    ann, bea = net.registered("ann"), net.guest("bea", 1)
    owner = net.registered("owner")
    net.join("dev", owner, bea)
    list(heard(bea))
    network = cast(Any, net.hubs[1].network)
    hear, network._hear = network._hear, lambda batch: None
    net.join("dev", ann)
    net.say(ann, "dev", "hi")
    network._hear = hear
    net.say(owner, "dev", "hello")
    net.settle()
    assert told(bea) == ["joined ann", "said ann hi", "said owner hello"]


class TestWhatWasLost:
    """
    Ann, registered, is on the first of two nodes, bea on the second, to which things get lost.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(seed=0)
        self.ann, self.bea = self.net.registered("ann"), self.net.registered("bea", 1)
        self.net.join("dev", self.bea, self.ann)
        list(heard(self.bea))
        self.network = cast(Any, self.net.hubs[1].network)
        self.hear = self.network._hear

    def deaf(self, deaf: bool) -> None:
        """
        Let the second node hear nothing, or all.
        """
        self.network._hear = (lambda batch: None) if deaf else self.hear

    def wait(self) -> None:
        """
        Let what was lost be found.
        """
        for _ in range(round(2.5 * SWEEP / 0.05)):
            self.net.clock.advance(0.05)

    def test_whoIsHereIsToldToBeByTheRoomThatIsOpened(self) -> None:
        self.ann.logout()
        self.net.settle()
        self.deaf(True)
        self.ann = self.net.login("ann")
        self.net.join("tea", self.ann)
        self.deaf(False)
        list(heard(self.bea))
        self.net.join("tea", self.bea)
        assert "presence ann online" in told(self.bea)

    def test_whoComesIntoARoomIsHereInAll(self) -> None:
        cid = self.net.guest("cid", 1)
        self.net.join("tea", cid)
        self.ann.logout()
        self.net.settle()
        self.deaf(True)
        self.ann = self.net.login("ann")
        self.deaf(False)
        list(heard(self.bea, cid))
        self.net.join("tea", self.ann)
        assert told(self.bea) == ["presence ann online"]
        assert told(cid) == ["joined ann"]

    def test_whoIsNotKnownToBeAMemberWhereTheyAreIsSeatedThere(self) -> None:
        second = self.net.login("ann", node=1)
        self.deaf(True)
        cid = self.net.guest("cid")
        self.net.join("tea", cid, self.ann)
        self.deaf(False)
        assert "tea" not in [room.name for room in second.rooms]
        self.net.hubs[0].roster.people[self.ann.personId].see("node1", "online", "")
        list(heard(cid))
        self.wait()
        assert "tea" in [room.name for room in second.rooms]
        assert told(cid) == []

    def test_aMemberOfWhomANodeLearnsLateIsShownAsTheyAre(self) -> None:
        doors = IrcDoors(net=self.net)
        client = doors.enter("cid", node=1)
        client.send("JOIN #tea")
        self.net.join("dev", self.bea)
        self.deaf(True)
        self.net.join("tea", self.ann)
        self.deaf(False)
        self.wait()
        lines = [line for line in client.got() if " JOIN " in line]
        assert len(lines) == 1
        assert re.fullmatch(":ann!.* JOIN #tea", lines[0])
