"""
What somebody does in several rooms is told in all of them at once, and by the name that others
know, whenever what other nodes tell of it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from tests.conftest import Wrongs
from tests.doubles import Net, heard
from twisted_chat.domain.announcements import Batch
from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.events import Left
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.repair import SWEEP
from twisted_chat.domain.session import Session


class TestRunsThatComeApart:
    """
    Ann, registered, and a guest, gus, are on one node; on the other cid is in dev and tea with
    them, tim in tea alone, and the owner of both.

    @ivar late: what the other node has not heard of yet.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(seed=0)
        self.owner, self.ann = self.net.registered("owner", 1), self.net.registered("ann")
        self.gus, self.cid = self.net.guest("gus"), self.net.guest("cid", 1)
        self.tim = self.net.guest("tim", 1)
        for room in ("dev", "tea"):
            self.net.join(room, self.owner, self.ann, self.gus, self.cid)
        self.net.join("tea", self.tim)
        self.tea = self.owner.roomNamed("tea")
        list(heard(self.cid, self.tim))
        self.network = cast(Any, self.net.hubs[1].network)
        self.hear = self.network._hear
        self.late: list[Batch] = []

    def apart(self, act: Callable[[], Any]) -> None:
        """
        Something happens of which the other node hears in dev alone, for now.
        """

        def hear(batch: Batch) -> None:
            for run in batch.runs:
                part = Batch(batch.node, batch.epoch, (run,))
                if run.conversation == self.owner.roomNamed("dev").id:
                    self.hear(part)
                else:
                    self.late.append(part)

        self.network._hear = hear
        done = act()
        if done is not None:
            self.net.now(done)
        self.net.settle()
        self.network._hear = self.hear

    def rest(self, hear: Callable[[Batch], None] | None = None) -> None:
        """
        The rest comes, too.
        """
        late, self.late = self.late, []
        for batch in late:
            (hear or self.hear)(batch)
        self.net.settle()

    def told(self, who: Session) -> list[str]:
        """
        What somebody was told, without where.
        """
        (lines,) = heard(who)
        return [line.split(" ", 2)[2].rstrip() for line in lines]

    def names(self) -> list[str]:
        """
        Who is in tea and here, as tim sees it.
        """
        return sorted(each.name for each in self.tim.present(self.tim.roomNamed("tea")))

    def test_aNewNameIsThatOfAllRoomsFromOneMomentOn(self) -> None:
        self.apart(lambda: self.ann.rename("bee"))
        self.net.now(self.owner.kick(self.tea, "bee"))
        assert self.told(self.tim) == ["renamed ann bee", "kicked owner bee"]
        assert self.told(self.cid) == ["renamed ann bee", "kicked owner bee"]
        self.rest()
        assert self.told(self.tim) == self.told(self.cid) == []

    def test_whoComesIntoARoomByAnotherNodeMeanwhileHasTheNewNameThere(self) -> None:
        self.net.now(self.ann.leave(self.tea))
        self.net.now(self.ann.leave(self.ann.roomNamed("dev")))
        second = self.net.login("ann", node=1)
        self.network._hear = self.late.append
        self.net.now(self.ann.rename("bee"))
        self.network._hear = self.hear
        list(heard(self.tim))
        network = cast(Any, self.net.hubs[0].network)
        network._hear = lambda batch: None
        self.net.join("tea", second)
        self.rest()
        assert self.told(self.tim) == ["joined ann", "renamed ann bee"]

    def test_whoIsPutOutOnAnotherNodeIsOutUnderTheNameThatIsKnownThere(self) -> None:
        gil = self.net.guest("gil")
        self.net.join("tea", gil)
        list(heard(self.tim))
        self.network._hear = self.late.append
        self.net.now(self.ann.rename("bee"))
        self.network._hear = self.hear
        self.net.now(self.owner.kick(self.tea, "ann"))
        self.net.settle()
        assert self.told(gil) == ["renamed ann bee", "kicked owner bee"]
        assert self.told(self.tim) == ["kicked owner ann"]
        self.rest()
        # In dev they are known still.
        assert self.told(self.tim) == []
        assert self.told(self.cid)[-1] == "renamed ann bee"

    def test_whatWasSaidBeforeAndComesLaterIsToldByTheNewName(self) -> None:
        self.network._hear = self.late.append
        self.net.say(self.ann, "tea", "hi")
        self.network._hear = self.hear
        self.net.now(self.ann.rename("bee"))
        self.net.settle()
        assert self.told(self.tim) == ["renamed ann bee", "said bee hi"]

    def test_whatIsRelayedIsToldByTheNameThatItHasThere(self) -> None:
        self.net.now(self.owner.relay(self.tea, "ann/elsewhere", "hi"))
        self.net.settle()
        assert self.told(self.tim) == ["said ann/elsewhere hi"]

    @pytest.mark.parametrize("who", ["ann", "gus"])
    def test_whoGoesIsGoneFromAllRoomsAtOnce(self, who: str) -> None:
        self.apart(lambda: cast(Session, getattr(self, who)).logout())
        kind = "presence" if who == "ann" else "left"
        assert self.told(self.tim) == self.told(self.cid) == [f"{kind} {who} quit"]
        assert who not in self.names()
        self.rest()
        assert self.told(self.tim) == self.told(self.cid) == []

    def test_whoWentFromTheLastOfTwoNodesIsToldToBeGone(self) -> None:
        second = self.net.login("ann", node=1)
        self.net.settle()
        list(heard(self.tim))
        # Neither node has heard of the other's yet.
        network = cast(Any, self.net.hubs[0].network)
        hear, network._hear = network._hear, self.late.append
        self.network._hear = self.late.append
        self.ann.logout()
        second.logout()
        self.net.settle()
        assert self.told(self.tim) == []
        network._hear, self.network._hear = hear, self.hear
        self.rest()
        assert self.told(self.tim) == ["presence ann quit"]
        assert "ann" not in self.names()

    def test_whoIsHeardOfUnderAnotherNameFirstIsToldToHaveIt(self) -> None:
        self.network._hear = self.late.append
        self.net.now(self.ann.rename("bee"))
        self.network._hear = self.hear
        both = self.net.guest("both", 1)
        self.net.join("third", both)
        self.net.join("tea", both)
        list(heard(self.tim, both))
        self.net.join("third", self.ann)
        assert self.told(self.tim) == ["renamed ann bee"]
        assert self.told(both) == ["renamed ann bee", "joined bee"]
        self.rest()
        assert self.told(self.tim) == self.told(both) == []

    def test_whoComesFromTwoNodesIsThereUntilTheLastGoes(self) -> None:
        second = self.net.login("ann", node=1)
        self.net.join("third", self.tim, self.ann)
        list(heard(self.tim))
        self.ann.logout()
        self.net.settle()
        assert self.told(self.tim) == []
        second.logout()
        self.net.settle()
        assert self.told(self.tim) == ["presence ann quit"]

    def test_whoIsNotKnownElsewhereHasTheNameThatTheOtherNodeHas(self) -> None:
        self.net.now(self.ann.rename("bee"))
        self.net.settle(2 * SWEEP)
        second = self.net.login("ann", node=1)
        assert second.name == "bee"
        assert self.net.now(self.network.holder("bee"))[0] == second.identity
        self.ann.logout()
        self.net.settle()
        assert self.net.now(self.network.holder("bee"))[0] == second.identity

    def test_ofTwoNamesThatTwoNodesTakeAtOnceTheLastIsHeld(self) -> None:
        second = self.net.login("ann", node=1)
        network = cast(Any, self.net.hubs[0].network)
        hear, network._hear = network._hear, self.late.append
        one, two = self.ann.rename("one"), second.rename("two")
        self.net.settle(0.001)
        network._hear = hear
        self.rest(hear)
        self.net.now(one)
        self.net.now(two)
        assert self.ann.name == second.name == "two"
        assert self.net.now(self.network.holder("two"))[0] == second.identity
        assert self.net.now(self.network.holder("one")) is None
        self.ann.logout()
        second.logout()
        assert self.net.now(self.network.holder("two")) is None


class TestAHandOfRuns:
    """
    Ann, gus and bea are in dev and tea, on one node.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(1)
        self.ann, self.gus, self.bea = map(self.net.guest, ("ann", "gus", "bea"))
        for room in ("dev", "tea"):
            self.net.join(room, self.bea, self.ann, self.gus)
        list(heard(self.bea))
        self.hub = self.net.hubs[0]

    def conversation(self, name: str) -> Conversation:
        """
        That of a room.
        """
        return self.hub.roster.conversations[self.bea.roomNamed(name).id]

    def test_nothingIsLostWhereRunsHaveEventsInOtherOrders(self) -> None:
        dev, tea = self.conversation("dev"), self.conversation("tea")
        ann, gus = (who.event(Left, dev.id, tea.id, reason="quit") for who in (self.ann, self.gus))
        made = self.hub.portioning.make([(dev, [ann, gus]), (tea, [gus, ann])])
        told = {each.id: [event.id for event in portion.events] for each, portion in made}
        assert told == {dev.id: [ann.id, gus.id], tea.id: [gus.id, ann.id]}

    def test_whatCantBeAppliedInOneRoomIsToldInTheOthersWithAllElse(self, wrongs: Wrongs) -> None:
        bad, steps = self.conversation("dev"), self.hub.roster.steps
        know, _ = steps["left"]

        def broken(conversation: Conversation, event: Left, portion: Portion) -> None:
            if conversation is bad:
                raise ZeroDivisionError

        steps["left"] = know, broken
        for room in ("dev", "tea"):
            self.gus.say(self.gus.roomNamed(room), "before")
        self.ann.logout()
        for room in ("dev", "tea"):
            self.gus.say(self.gus.roomNamed(room), "behind")
        self.net.settle()
        assert wrongs.flush(ZeroDivisionError) == ["what came was not handed out"]
        assert sorted(next(heard(self.bea))) == [
            "dev 1 said gus before",
            "dev 2 said gus behind",
            "tea 0 left ann quit",
            "tea 1 said gus before",
            "tea 2 said gus behind",
        ]
