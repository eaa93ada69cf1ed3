"""
What somebody does in several rooms is told in all of them at once, and by the name that others
know, whenever what other nodes tell of it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from tests.doubles import Net, heard
from twisted_chat.domain.announcements import Batch
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
