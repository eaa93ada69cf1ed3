"""
The gate through which runs come to a node's people: once, and in the one order.
"""

from __future__ import annotations

import pytest

from twisted_chat.domain.announcements import Run
from twisted_chat.domain.conversation import Arrival, Conversation
from twisted_chat.domain.events import Event, Left, RoomRenamed, Said
from twisted_chat.domain.values import Author

ANN = Author("a", "ann")
MANY = 256


def said(seq: int) -> Event:
    """
    Something that has its place in the log.
    """
    return Said(id=f"s{seq}", author=ANN, conversations=("c",), seq=seq, at=1.0, text="hi")


def left(id: str) -> Event:
    """
    Something that passes.
    """
    return Left(id=id, author=ANN, conversations=("c",), reason="left")


def renamed(seq: int) -> Event:
    """
    The room has another name.
    """
    return RoomRenamed(
        id=f"s{seq}", author=ANN, conversations=("c",), seq=seq, at=1.0, old="a", new="b"
    )


class TestGate:
    """
    One conversation.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.gate = Conversation("c")

    def comes(self, after: int, counter: int, *events: Event, epoch: int = 1) -> list[str]:
        """
        A run comes from another node.

        @return: the ids of what can be handed out then.
        """
        run = Run("c", after, counter, events)
        self.gate.waiting.append(Arrival("there", epoch, run))
        return [event.id for event in self.gate.ready(MANY)[0]]

    def test_aRunWaitsForWhatItFollows(self) -> None:
        assert self.comes(1, 2, said(2), left("x")) == []
        assert self.gate.missing
        assert self.comes(0, 1, said(1)) == ["s1", "s2", "x"]
        assert not self.gate.missing

    def test_whatIsInTheLogComesOnceHoweverOftenItIsTold(self) -> None:
        assert self.comes(0, 1, said(1)) == ["s1"]
        assert self.comes(0, 1, said(1)) == []
        assert self.comes(0, 2, said(1), said(2)) == ["s2"]
        assert self.gate.head == 2

    def test_whatPassesComesOnceThoughItHasNoNumber(self) -> None:
        assert self.comes(0, 1, left("x")) == ["x"]
        assert self.comes(0, 2, left("y")) == ["y"]
        for counter, id in ((1, "x"), (2, "y")):
            assert self.comes(0, counter, left(id)) == []
        assert not self.gate.suspects

    def test_aGapMakesANodeSuspect(self) -> None:
        assert self.comes(0, 1, left("x")) == ["x"]
        assert self.comes(0, 3, left("z")) == ["z"]
        assert self.gate.suspects == {"there"}
        assert not self.gate.calm

    def test_aNodeThatWasStartedAgainCountsAnew(self) -> None:
        assert self.comes(0, 5, left("x")) == ["x"]
        self.gate.suspects = frozenset()
        assert self.comes(0, 1, left("y"), epoch=2) == ["y"]
        assert not self.gate.suspects

    def test_whatCameFromBeforeANodeWasStartedAgainPassesNoMore(self) -> None:
        assert self.comes(0, 1, left("y"), epoch=2) == ["y"]
        assert self.comes(0, 9, left("x"), said(1)) == ["s1"]
        assert self.comes(1, 2, left("z"), epoch=2) == ["z"]
        assert not self.gate.suspects

    def test_whatIsNotKeptIsNotWaitedForOnceTheLogWasRead(self) -> None:
        self.gate.waiting.append(Arrival("", 0, Run("c", 0, 0, ()), upto=3))
        assert self.comes(3, 1, said(4)) == ["s4"]

    def test_whereItStandsIsNotKnownItBeginsWithTheFirstThatComes(self) -> None:
        self.gate = Conversation("c", head=-1)
        assert self.comes(7, 1, said(8)) == ["s8"]
        assert self.gate.begun == 7
        assert self.comes(6, 2, said(7)) == []

    def test_nothingPassesWhileItIsBusyAndNotTooMuchAtOnce(self) -> None:
        self.gate.busy = True
        assert self.comes(0, 1, said(1), said(2)) == []
        assert not self.gate.missing
        self.gate.busy = False
        self.gate.waiting.append(Arrival("there", 1, Run("c", 2, 2, (said(3),))))
        for ids in (["s1", "s2"], ["s3"]):
            assert [event.id for event in self.gate.ready(1)[0]] == ids

    def test_whatCameBeforeANewNameIsHandedOutByItself(self) -> None:
        first = Run("c", 0, 1, (said(1), left("x"), renamed(2), said(3), renamed(4)))
        second = Run("c", 4, 2, (renamed(5), left("y")))
        self.gate.waiting += [Arrival("there", 1, run) for run in (first, second, first)]
        parts = []
        while self.gate.waiting:
            events, arrivals = self.gate.ready(MANY)
            parts.append(([event.id for event in events], [one.run for one in arrivals]))
        assert parts == [
            (["s1", "x"], []),
            (["s2", "s3"], []),
            (["s4"], [first]),
            (["s5", "y"], [second, first]),
        ]
        assert self.gate.counters == {"there": (1, 2)}
