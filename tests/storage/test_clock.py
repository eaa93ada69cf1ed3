"""
A clock that jumps changes no order: of nothing, and for nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.contracts.store_case import ANN, BEA, GUS, StoreCase, now, seqs, texts
from tests.storage.quick import fileStore
from twisted_chat.domain.ids import directId
from twisted_chat.domain.interfaces import IStore

HOURS = 3600.0
DAYS = 24 * HOURS


class TestJumps(StoreCase):
    """
    A store whose clock is set while it runs, and while it does not.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return fileStore(folder, seconds)

    def jump(self, seconds: float) -> None:
        """
        Set the clock.
        """
        self.clock.rightNow += seconds

    def test_whatIsSaidStaysInOrderWhereverTheClockGoes(self) -> None:
        direct = directId(ANN.id, BEA.id)
        for number, seconds in enumerate([0, -1 * HOURS, 0, 30 * DAYS, -30 * DAYS, -2 * HOURS]):
            self.jump(seconds)
            self.placed(
                self.said(f"{number}a"),
                self.joined(GUS),
                self.said(f"{number}b"),
                self.said(f"{number}c", conversations=(direct,), peer=BEA),
            )
        for where, letters in ((self.lobby, "ab"), (direct, "c")):
            events = self.everything(where)
            assert seqs(events) == list(range(1, len(events) + 1))
            assert texts(events) == [f"{number}{each}" for number in range(6) for each in letters]
            assert all(one.at < other.at for one, other in pairwise(events))

    def test_aClockThatWentBackWhileNothingRanChangesNoOrder(self) -> None:
        before = self.placed(self.said("one"))[0]
        self.jump(-1 * HOURS)
        self.again()
        after = self.placed(self.said("two"))[0]
        assert (after.seq, after.at > before.at) == (2, True)
        self.jump(2 * HOURS)
        self.again()
        later = self.placed(self.said("three"))[0]
        assert (later.seq, later.at) == (3, self.clock.seconds())

    def test_whenTheClockHasCaughtUpItIsBelievedAgain(self) -> None:
        self.placed(self.said("one"))
        self.jump(-1 * HOURS)
        behind = self.placed(self.said("two"))[0]
        assert behind.at - self.clock.seconds() > 0.99 * HOURS
        self.jump(1 * HOURS + 1)
        assert self.placed(self.said("three"))[0].at == self.clock.seconds()

    def test_aPageHasTheSameOrderFromBothEnds(self) -> None:
        for seconds in (0, -1 * HOURS, 2 * HOURS):
            self.jump(seconds)
            self.placed(self.said("x"), self.said("y"))
        first = now(self.store.history(self.lobby, after=1, limit=3)).events
        last = now(self.store.history(self.lobby, before=7, limit=4)).events
        assert (seqs(first), seqs(last)) == ([2, 3, 4], [3, 4, 5, 6])
