"""
The rules that every network keeps.

A test class inherits from L{NetworkContract} and says how the access of some nodes to one network
is made::

    class TestMyNetwork(NetworkContract):
        def makeNetworks(self, count, clock):
            return [MyNetwork(clock) for _ in range(count)]
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.contracts.store_case import now
from twisted_chat.domain.announcements import Batch, Run
from twisted_chat.domain.events import Said
from twisted_chat.domain.ids import directId
from twisted_chat.domain.interfaces import INetwork, INode
from twisted_chat.domain.records import Census, Departure, RosterPart, Sighting
from twisted_chat.domain.values import Author, PersonRecord

ANN = PersonRecord("ann-id", "ann")
AUTHOR = Author("ann-id", "ann")


@implementer(INode)
class Node:
    """
    A hub that keeps what it gets.

    @ivar got: what was told in which conversation, in order.
    @ivar there: who is where.
    @ivar answer: what L{receive} gives.
    @ivar named: what it was told of names, in order.
    @ivar seen: whom it sees, by their ids.
    @ivar gone: who it remembers that they are gone, the last one first.
    """

    def __init__(self, node: str, epoch: int = 1) -> None:
        self.node = node
        self.epoch = epoch
        self.got: list[tuple[str, str]] = []
        self.there: dict[str, tuple[tuple[PersonRecord, int], ...]] = {}
        self.answer: Deferred[None] = succeed(None)
        self.named: list[tuple[str, str, str]] = []
        self.seen: dict[str, Sighting] = {}
        self.gone: list[Departure] = []

    def nameChanged(self, folded: str, person: str, name: str) -> None:
        """
        INode.nameChanged.
        """
        self.named.append((folded, person, name))

    def sightings(self, mask: str, most: int, whose: str = "") -> Deferred[Sequence[Sighting]]:
        """
        INode.sightings.
        """
        return succeed([seen for id, seen in self.seen.items() if whose in ("", id)][:most])

    def departed(self, mask: str, most: int) -> list[Departure]:
        """
        INode.departed.
        """
        return self.gone[:most]

    def census(self) -> Census:
        """
        INode.census.
        """
        return Census(len(self.seen), 1, 0, 10)

    def receive(self, batch: Batch) -> Deferred[None]:
        """
        INode.receive.
        """
        for run in batch.runs:
            for event in run.events:
                self.got.append((run.conversation, event.text))  # type: ignore[attr-defined]
        return self.answer

    def rosterPart(self, conversation: str) -> RosterPart:
        """
        INode.rosterPart.
        """
        return RosterPart(self.node, self.epoch, 0, self.there.get(conversation, ()))

    def take(self) -> list[tuple[str, str]]:
        """
        @return: what it got since it was last asked.
        """
        got, self.got = self.got, []
        return got


def sighting(name: str) -> Sighting:
    """
    Somebody who is seen.
    """
    return Sighting(PersonRecord(name, name), (), 0.0, 0.0, False)


class NetworkCase:
    """
    Three nodes of one network.

    @cvar settles: seconds after which whatever arrives has arrived.
    """

    settles = 0.0

    def makeNetworks(self, count: int, clock: Clock) -> Sequence[INetwork]:
        """
        @return: the access of some nodes to the same network.
        """
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _attached(self) -> None:
        self.attach()

    def attach(self) -> None:
        """
        Let the nodes take part.
        """
        self.clock = Clock()
        self.networks = list(self.makeNetworks(3, self.clock))
        self.nodes = [Node(f"node{number}") for number in range(3)]
        for network, node in zip(self.networks, self.nodes, strict=True):
            now(network.attach(node))
        self.one, self.two, self.three = self.networks
        self.announced = 0

    def settle(self) -> None:
        """
        Let arrive what arrives.
        """
        for _ in range(20):
            self.clock.advance(self.settles / 20)

    def batch(self, *said: tuple[str, str], node: int = 0) -> Batch:
        """
        @param said: conversations and texts.
        """
        runs = []
        for conversation, text in said:
            self.announced += 1
            event = Said(
                id=f"e{self.announced}", author=AUTHOR, conversations=(conversation,), text=text
            )
            runs.append(Run(conversation, 0, self.announced, (event,)))
        return Batch(self.nodes[node].node, 1, tuple(runs))

    def announce(self, *said: tuple[str, str], node: int = 0) -> None:
        """
        A node tells something.
        """
        now(self.networks[node].announce(self.batch(*said, node=node)))


class NetworkContract(NetworkCase):
    """
    What holds for every network while nothing of it is broken.
    """

    def test_itProvidesTheInterface(self) -> None:
        for network in self.networks:
            verifyObject(INetwork, network)

    def test_aBatchComesToItsOwnNodeAndToThoseThatListen(self) -> None:
        now(self.two.subscribe("c"))
        self.announce(("c", "hello"))
        self.settle()
        assert [node.take() for node in self.nodes] == [[("c", "hello")], [("c", "hello")], []]

    def test_onlyThePartsThatANodeListensToCome(self) -> None:
        now(self.two.subscribe("c"))
        now(self.three.subscribe("d"))
        self.announce(("c", "one"), ("d", "two"), ("e", "three"))
        self.settle()
        assert self.nodes[1].take() == [("c", "one")]
        assert self.nodes[2].take() == [("d", "two")]

    def test_whoListensNoLongerGetsNothing(self) -> None:
        now(self.two.subscribe("c"))
        self.two.unsubscribe("c")
        self.two.unsubscribe("never")
        self.announce(("c", "hello"))
        self.settle()
        assert self.nodes[1].take() == []

    def test_listeningTwiceIsListeningOnce(self) -> None:
        for _ in range(2):
            now(self.two.subscribe("c"))
        self.announce(("c", "one"))
        self.settle()
        assert self.nodes[1].take() == [("c", "one")]
        self.two.unsubscribe("c")
        self.announce(("c", "two"))
        self.settle()
        assert self.nodes[1].take() == []

    @pytest.mark.parametrize("reader", ["ann-id", "bea-id"])
    def test_aDirectConversationComesToTheChannelsOfItsPeople(self, reader: str) -> None:
        direct = directId("ann-id", "bea-id")
        now(self.two.subscribe(reader))
        self.announce((direct, "psst"), (directId("ann-id", "carl-id"), "other"))
        self.settle()
        expected = [(direct, "psst")]
        if reader == "ann-id":
            expected.append((directId("ann-id", "carl-id"), "other"))
        assert sorted(self.nodes[1].take()) == sorted(expected)

    def test_whoHearsBothPeopleHearsTheirTalkOnce(self) -> None:
        direct = directId("ann-id", "bea-id")
        for person in ("ann-id", "bea-id"):
            now(self.two.subscribe(person))
        self.announce((direct, "psst"))
        self.settle()
        assert self.nodes[1].take() == [(direct, "psst")]

    def test_whatOneNodeTellsOfAConversationKeepsItsOrder(self) -> None:
        now(self.two.subscribe("c"))
        texts = [str(number) for number in range(50)]
        for text in texts:
            self.announce(("c", text))
        self.settle()
        assert self.nodes[1].take() == [("c", text) for text in texts]

    def test_announcingEndsWhenItsOwnPeopleHaveItAndWaitsForNoOthers(self) -> None:
        now(self.two.subscribe("c"))
        self.nodes[0].answer = Deferred()
        self.nodes[1].answer = Deferred()
        fired: list[None] = []
        self.one.announce(self.batch(("c", "one"))).addCallback(fired.append)
        self.settle()
        assert fired == []
        self.nodes[0].answer.callback(None)
        self.settle()
        assert fired == [None]

    def test_theRosterHasAPartForEachNodeThatHasAnyone(self) -> None:
        self.nodes[0].there["c"] = ((ANN, 4),)
        self.nodes[2].there["c"] = ((PersonRecord("bea-id", "bea"), 7),)
        parts = {part.node: part for part in now(self.two.roster("c"))}
        assert set(parts) == {"node0", "node2"}
        assert parts["node0"].people == ((ANN, 4),)
        assert not now(self.two.roster("empty"))

    def test_aNameIsOnePersonsOnAllNodes(self) -> None:
        assert now(self.one.claim("ann", "p1", "Ann")) == "p1"
        assert now(self.two.claim("ann", "p2", "ANN")) == "p1"
        assert now(self.three.holder("ann")) == ("p1", "Ann")
        assert now(self.three.holder("bea")) is None
        now(self.two.release("ann", "p2"))
        assert now(self.two.holder("ann")) == ("p1", "Ann")

    def test_aNameIsFreeWhenItIsReleasedAsOftenAsItWasClaimed(self) -> None:
        for network in (self.one, self.one, self.two):
            assert now(network.claim("ann", "p1", "Ann")) == "p1"
        now(self.one.release("ann", "p1"))
        now(self.two.release("ann", "p1"))
        assert now(self.three.claim("ann", "p2", "ann")) == "p1"
        now(self.one.release("ann", "p1"))
        assert now(self.three.claim("ann", "p2", "ann")) == "p2"

    def test_aNodeReleasesOnlyWhatItHasClaimed(self) -> None:
        now(self.one.claim("ann", "p1", "Ann"))
        now(self.two.release("ann", "p1"))
        assert now(self.two.holder("ann")) == ("p1", "Ann")

    def test_aNameIsHandedOverWithoutBeingAnybodysElse(self) -> None:
        now(self.three.watch("ann"))
        now(self.one.claim("ann", "p1", "Ann"))
        assert now(self.one.claim("ann", "p2", "Ann", "p1")) == "p2"
        assert now(self.two.holder("ann")) == ("p2", "Ann")
        now(self.one.release("ann", "p1"))
        assert now(self.two.holder("ann")) == ("p2", "Ann")
        now(self.one.release("ann", "p2"))
        assert now(self.two.holder("ann")) is None
        self.settle()
        assert self.nodes[2].named == [("ann", "p1", "Ann"), ("ann", "", "Ann")]

    def test_aNameThatOthersHaveTooIsNotHandedOver(self) -> None:
        now(self.one.claim("ann", "p1", "Ann"))
        now(self.two.claim("ann", "p1", "Ann"))
        assert now(self.one.claim("ann", "p2", "Ann", "p1")) == "p1"
        assert now(self.two.holder("ann")) == ("p1", "Ann")

    def test_aNameIsSpelledAsItWasClaimedLast(self) -> None:
        now(self.one.claim("ann", "p1", "Ann"))
        now(self.two.claim("ann", "p1", "ANN"))
        assert now(self.three.holder("ann")) == ("p1", "ANN")

    def test_whoWatchesANameIsToldWhenItIsBorneAndWhenItIsFreeAgain(self) -> None:
        for network in (self.two, self.three):
            now(network.watch("ann"))
        now(self.one.claim("bea", "p2", "Bea"))
        now(self.one.claim("ann", "p1", "Ann"))
        now(self.two.claim("ann", "p1", "Ann"))
        now(self.one.release("ann", "p1"))
        self.settle()
        assert [node.named for node in self.nodes] == [[]] + [[("ann", "p1", "Ann")]] * 2
        self.three.unwatch("ann")
        now(self.two.release("ann", "p1"))
        self.settle()
        assert self.nodes[1].named[1:] == [("ann", "", "Ann")]
        assert self.nodes[2].named[1:] == []

    def test_whoWatchesANameIsToldWhenItsNodeIsGone(self) -> None:
        now(self.one.watch("ann"))
        now(self.two.claim("ann", "p1", "Ann"))
        now(self.two.detach())
        self.settle()
        assert self.nodes[0].named == [("ann", "p1", "Ann"), ("ann", "", "Ann")]

    def test_theCensusAddsUpTheNodes(self) -> None:
        self.nodes[0].seen["p1"] = self.nodes[2].seen["p2"] = sighting("ann")
        assert now(self.two.census()) == Census(2, 3, 0, 30)

    def test_peopleAreSeenOnAllNodesAndByTheirNameAlone(self) -> None:
        ann, bea = sighting("ann"), sighting("bea")
        self.nodes[0].seen["p1"] = ann
        self.nodes[1].seen.update(p1=ann, p2=bea)
        assert sorted(each.record.name for each in now(self.three.sightings("*", 9))) == [
            "ann",
            "ann",
            "bea",
        ]
        assert len(now(self.three.sightings("*", 2))) == 2
        assert not now(self.three.sightings("", 9, "bea"))
        now(self.two.claim("bea", "p2", "bea"))
        assert now(self.three.sightings("", 9, "bea")) == [bea]

    def test_whoIsGoneIsRememberedByAllNodesTheLastOneFirst(self) -> None:
        for number, node in enumerate(self.nodes):
            node.gone = [Departure(ANN, 10.0 - number), Departure(ANN, 1.0 + number)]
        found = now(self.two.departed("*", 5))
        assert [each.at for each in found] == [10.0, 9.0, 8.0, 3.0, 2.0]

    def test_peopleAreCountedOnceHoweverOftenTheyAreConnected(self) -> None:
        assert now(self.one.people()) == 0
        now(self.one.claim("ann", "p1", "Ann"))
        now(self.two.claim("ann", "p1", "Ann"))
        now(self.two.claim("annie", "p1", "Annie"))
        now(self.three.claim("bea", "p2", "Bea"))
        assert [now(network.people()) for network in self.networks] == [2, 2, 2]
        now(self.three.release("bea", "p2"))
        assert now(self.one.people()) == 1

    def test_aNodeThatGoesGivesUpItsNamesAndHearsNothing(self) -> None:
        now(self.two.subscribe("c"))
        now(self.two.claim("ann", "p1", "Ann"))
        now(self.one.claim("bea", "p2", "Bea"))
        self.nodes[1].there["c"] = ((ANN, 0),)
        now(self.two.detach())
        self.announce(("c", "hello"))
        self.settle()
        assert self.nodes[1].take() == []
        assert now(self.one.holder("ann")) is None
        assert now(self.one.holder("bea")) == ("p2", "Bea")
        assert now(self.one.people()) == 1
        assert not now(self.one.roster("c"))

    def test_aNodeMayComeBack(self) -> None:
        now(self.two.detach())
        now(self.two.attach(self.nodes[1]))
        now(self.two.subscribe("c"))
        self.announce(("c", "hello"))
        self.settle()
        assert self.nodes[1].take() == [("c", "hello")]
