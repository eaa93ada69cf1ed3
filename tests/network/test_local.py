"""
L{LocalNetwork} keeps the rules of every network, and has the faults that it is told to have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from tests.contracts.network import NetworkCase, NetworkContract
from tests.contracts.store_case import now
from twisted_chat.domain.interfaces import INetwork
from twisted_chat.network.local import Faults, LocalNetwork, Switchboard


class TestLocalNetwork(NetworkContract):
    """
    Nodes of one process.
    """

    def makeNetworks(self, count: int, clock: Clock) -> Sequence[INetwork]:
        board = Switchboard()
        return [LocalNetwork(board) for _ in range(count)]

    def test_withoutFaultsNothingIsLost(self) -> None:
        assert self.one.lossless


class TestDelays(NetworkContract):
    """
    The same where everything takes its time.
    """

    settles = 0.2

    def makeNetworks(self, count: int, clock: Clock) -> Sequence[INetwork]:
        board = Switchboard()
        return [
            LocalNetwork(board, clock, Faults(Random(number), delay=0.05))
            for number in range(count)
        ]

    def test_aNetworkWithDelaysIsNotReliedUpon(self) -> None:
        assert not self.one.lossless

    def test_nothingComesToANodeThatHasGone(self) -> None:
        now(self.two.subscribe("c"))
        self.announce(("c", "one"))
        now(self.two.detach())
        self.settle()
        assert self.nodes[1].take() == []
        assert self.clock.getDelayedCalls() == []


class TestFaults(NetworkCase):
    """
    A network that loses, doubles and delays.
    """

    settles = 1.0

    def makeNetworks(self, count: int, clock: Clock) -> Sequence[INetwork]:
        board = Switchboard()
        return [
            LocalNetwork(board, clock, Faults(Random(number), drop=0.3, double=0.3, delay=0.1))
            for number in range(count)
        ]

    def test_itLosesAndDoublesItsShareButNothingOnTheSameNode(self) -> None:
        now(self.two.subscribe("c"))
        texts = [str(number) for number in range(400)]
        for text in texts:
            self.announce(("c", text))
            self.clock.advance(0.001)
        self.settle()
        assert self.nodes[0].take() == [("c", text) for text in texts]
        heard = [text for _, text in self.nodes[1].take()]
        times = Counter(Counter(heard).values())
        assert 80 < 400 - len(set(heard)) < 160
        assert 50 < times[2] < 120
        assert set(times) == {1, 2}
        # What comes, comes in order.
        assert heard == sorted(heard, key=int)


@given(st.integers(0, 1000))
def test_theSameSeedHasTheSameFaults(seed: int) -> None:
    def heard() -> list[tuple[str, str]]:
        case = NetworkCase()
        case.settles = 1.0
        board = Switchboard()

        def make(count: int, clock: Clock) -> Sequence[INetwork]:
            return [
                LocalNetwork(board, clock, Faults(Random(seed), drop=0.3, double=0.3, delay=0.1))
                for _ in range(count)
            ]

        case.makeNetworks = make  # type: ignore[method-assign]
        case.attach()
        now(case.two.subscribe("c"))
        for number in range(20):
            case.announce(("c", str(number)))
        case.settle()
        return case.nodes[1].take()

    assert heard() == heard()
