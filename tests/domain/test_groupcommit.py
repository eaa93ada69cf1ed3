"""
Group commit: what is published within a turn goes to the writer at once, one batch at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from tests.conftest import Wrongs
from tests.domain.shaky import outcome
from twisted_chat.domain.errors import Busy, ChatError, Closing, NoSuchRoom, NotAllowed, NotSaved
from twisted_chat.domain.events import Event, Left, Said
from twisted_chat.domain.groupcommit import CREDIT, MOST_BYTES, MOST_EVENTS, GroupCommit
from twisted_chat.domain.pace import Pace
from twisted_chat.domain.records import Placement
from twisted_chat.domain.units import MICROSECONDS
from twisted_chat.domain.values import Author

SPACING = 0.001


class Writer:
    """
    A store that answers when it is told to.

    @ivar batches: what it was given.
    """

    def __init__(self) -> None:
        self.batches: list[list[Event]] = []
        self._answers: list[Deferred[Any]] = []
        self.seq = 0

    def append(self, events: Sequence[Event]) -> Deferred[Any]:
        """
        IStore.append.
        """
        assert not self._answers, "one batch at a time"
        self.batches.append(list(events))
        self._answers.append(Deferred())
        return self._answers[0]

    def commit(self, outdated: Sequence[str] = ()) -> None:
        """
        All of the batch is committed, but for those with some texts.
        """
        placements = []
        for event in self.batches[-1]:
            if cast(Said, event).text in outdated:
                placements.append(Placement(event, outdated=True))
            else:
                self.seq += 1
                placements.append(Placement(event.placed(self.seq, 1.0), (self.seq - 1,)))
        self.answer(placements)

    def answer(self, placements: Sequence[Placement]) -> None:
        """
        This is what has become of it.
        """
        self._answers.pop().callback(placements)

    def fail(self, error: Exception) -> None:
        """
        Nothing of it is.
        """
        self._answers.pop().errback(error)

    def texts(self) -> list[list[str]]:
        """
        What was said, batch by batch.
        """
        return [[cast(Said, event).text for event in batch] for batch in self.batches]


class TestGroupCommit:
    """
    With a clock that stands still.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.clock = Clock()
        self.writer = Writer()
        self.delivered: list[list[str]] = []
        self.caughtUp: list[Deferred[None]] = []
        self.made = 0
        self.commits = self.make()

    def make(self, **pace: Any) -> GroupCommit:
        """
        @return: one that is to be tested.
        """

        def deliver(placements: Sequence[Placement]) -> Deferred[None]:
            self.delivered.append([cast(Said, p.event).text for p in placements])
            return succeed(None)

        def catchUp(conversations: Sequence[str]) -> Deferred[None]:
            self.caughtUp.append(Deferred())
            return self.caughtUp[-1]

        store = cast(Any, self.writer)
        return GroupCommit(store, self.clock, deliver, catchUp, Pace(SPACING, **pace))

    def said(self, text: str, origin: str = "s") -> Said:
        """
        @return: something said.
        """
        self.made += 1
        author = Author("p", "p")
        return Said(
            id=f"e{self.made}", author=author, conversations=("c",), origin=origin, text=text
        )

    def submit(self, *texts: str, origin: str = "s", recheck: Any = None) -> list[list[Any]]:
        """
        @return: what becomes of each.
        """
        return [outcome(self.commits.submit(self.said(t, origin), recheck)) for t in texts]

    def test_anIdleWriterStartsAtTheEndOfTheTurnWithAllOfIt(self) -> None:
        self.submit("one")
        assert self.writer.batches == []
        self.submit("two", "three")
        self.clock.advance(0)
        assert self.writer.texts() == [["one", "two", "three"]]

    def test_whileItWritesTheNextBatchGathers(self) -> None:
        self.submit("one")
        self.clock.advance(0)
        for text in ("two", "three"):
            self.submit(text)
            self.clock.advance(1.0)
        assert self.writer.texts() == [["one"]]
        self.writer.commit()
        self.clock.advance(0)
        assert self.writer.texts() == [["one"], ["two", "three"]]

    def test_whileABatchIsHandedOutTheNextIsWritten(self) -> None:
        written: list[list[list[str]]] = []
        (result,) = self.submit("one")
        told = self.commits.submit(self.said("two"), None)
        self.clock.advance(0)
        self.submit("three")
        told.addCallback(lambda _: written.append(self.writer.texts()))
        self.writer.commit()
        # The news of the first batch comes when the second is in the writer already.
        assert written == [[["one", "two"], ["three"]]]
        assert self.delivered == [["one", "two"]]
        assert result[0].seq == 1
        self.writer.commit()
        assert self.delivered == [["one", "two"], ["three"]]

    def test_whatAStoreCommitsAtOnceIsHandedOutInOrder(self) -> None:
        self.submit("one")
        self.clock.advance(0)
        self.submit("two")
        slow = self.writer.append

        def append(events: Sequence[Event]) -> Deferred[Any]:
            answer = slow(events)
            self.writer.commit()
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.writer, "append", append)
            self.writer.commit()
        assert self.delivered == [["one"], ["two"]]
        assert len(self.commits) == 0

    def test_whatGoesWrongWithOneBatchHoldsUpNoOther(self, wrongs: Wrongs) -> None:
        self.submit("one", "two")
        self.clock.advance(0)
        self.submit("three")
        # A store that has forgotten one of them.
        self.writer.answer([Placement(self.writer.batches[0][0].placed(1, 1.0), (0,))])
        self.clock.advance(SPACING)
        self.writer.commit()
        assert self.delivered == [["three"]]
        assert wrongs.flush(ValueError) == ["a batch was not delivered"]

    def test_whoIsRefusedReadsTheNameOfTheRoom(self) -> None:
        event = self.said("one")
        named = outcome(self.commits.submit(event, None, "Tea"))
        (other,) = self.submit("two")
        self.clock.advance(0)
        gone = NoSuchRoom(room="c")
        self.writer.answer([Placement(e, error=gone) for e in self.writer.batches[0]])
        assert [why.text for (why,) in (named, other)] == [
            NoSuchRoom(room="Tea").text,
            NoSuchRoom(room="c").text,
        ]

    def test_whatIsHandedOutAndWhatIsWrittenMeanwhileIsKnownToBeUnderWay(self) -> None:
        """
        It may be in the log, and is not here.
        """
        known: list[set[str]] = []

        def deliver(placements: Sequence[Placement]) -> Deferred[None]:
            known.append(self.commits.writing("c"))
            return succeed(None)

        store = cast(Any, self.writer)
        self.commits = GroupCommit(store, self.clock, deliver, lambda _: Deferred(), Pace(SPACING))
        self.submit("one")
        self.clock.advance(0)
        self.submit("two")
        self.writer.commit()
        assert known == [{"e1", "e2"}]
        assert self.commits.writing("c") == {"e2"}
        assert not self.commits.writing("another")
        self.writer.commit()
        assert len(self.commits) == 0

    def busy(self) -> None:
        """
        So much was written just now that the next commit has to keep the distance.
        """
        for number in range(CREDIT):
            self.submit(f"before {number}")
            # More than what is lost in rounding.
            self.clock.advance(MICROSECONDS * SPACING)
            self.writer.commit()
        assert len(self.writer.batches) == CREDIT
        self.writer.batches.clear()

    def test_startsAreSpacedWhileThereIsMuchToDo(self) -> None:
        self.busy()
        self.submit("one")
        self.clock.advance(SPACING * 0.9)
        assert self.writer.batches == []
        self.submit("two")
        self.clock.advance(SPACING * 0.11)
        assert self.writer.texts() == [["one", "two"]]
        self.submit("three")
        self.writer.commit()
        self.clock.advance(SPACING * 0.98)
        assert len(self.writer.batches) == 1
        self.clock.advance(SPACING * 0.02)
        assert self.writer.texts() == [["one", "two"], ["three"]]

    def test_whoComesAfterAPauseDoesNotWait(self) -> None:
        self.busy()
        self.clock.advance(SPACING * CREDIT)
        self.busy()

    def test_aClockThatIsSetBackDelaysNothingForLong(self) -> None:
        self.clock.advance(1000)
        self.busy()
        self.clock.rightNow -= 500
        for text in ("one", "two"):
            self.submit(text)
            self.clock.advance(SPACING)
            self.writer.commit()
        assert self.writer.texts() == [["one"], ["two"]]

    def test_aClockThatJumpsAheadAndBackDelaysNothingForLong(self) -> None:
        self.clock.advance(500)
        self.busy()
        self.clock.rightNow -= 500
        self.submit("one")
        self.clock.advance(SPACING)
        self.writer.commit()
        # The distance counts from here on; what was put by before is forgotten.
        self.clock.advance(SPACING)
        self.submit("two")
        self.clock.advance(0)
        assert self.writer.texts() == [["one"], ["two"]]

    def test_aBatchHasOnlySoManyEvents(self) -> None:
        self.submit(*map(str, range(MOST_EVENTS + 10)))
        self.clock.advance(0)
        assert len(self.writer.batches[0]) == MOST_EVENTS
        self.writer.commit()
        self.clock.advance(SPACING)
        assert len(self.writer.batches[1]) == 10

    def test_aBatchHasOnlySoManyBytes(self) -> None:
        self.submit(*["x" * 2000] * 60)
        self.clock.advance(0)
        size = sum(event.size() for event in self.writer.batches[0])
        assert MOST_BYTES <= size < MOST_BYTES + 2200

    def test_itFiresWhenThisNodesMembersHaveIt(self) -> None:
        (result,) = self.submit("one")
        self.clock.advance(0)
        assert result == []
        self.writer.commit()
        assert self.delivered == [["one"]]
        assert result[0].seq == 1

    @pytest.mark.parametrize(
        "bounds", [{"mostEvents": 10}, {"mostBytes": 10 * 121}], ids=["events", "bytes"]
    )
    def test_aFullQueueIsToldAndTwiceAsMuchIsRefused(self, bounds: dict[str, int]) -> None:
        self.commits = self.make(**bounds)
        self.submit(*"123456789")
        assert not self.commits.full
        self.submit("0")
        assert self.commits.full
        results = self.submit(*"1234567890")
        assert [r for r in results if r] == []
        (result,) = self.submit("x")
        assert isinstance(result[0], Busy)
        self.clock.advance(0)
        assert not self.commits.full
        self.writer.commit()
        assert self.writer.texts()[0] == list("12345678901234567890")

    def test_thatSomebodyGoesIsTakenHoweverFullItIs(self) -> None:
        self.commits = self.make(mostEvents=1)
        self.submit("1", "2")
        left = Left(id="l", author=Author("p", "p"), conversations=("c",), reason="quit")
        assert outcome(self.commits.submit(left, None)) == []
        assert isinstance(self.submit("3")[0][0], Busy)

    def test_whatIsTriedAloneComesBeforeWhatCameMeanwhile(self) -> None:
        results = self.submit("one", "two")
        self.clock.advance(0)
        self.submit("later")
        self.writer.fail(NotSaved(why="no"))
        self.clock.advance(SPACING)
        self.writer.commit()
        self.clock.advance(SPACING)
        self.writer.fail(NotSaved(why="no"))
        self.clock.advance(SPACING)
        self.writer.commit()
        assert self.writer.texts() == [["one", "two"], ["one"], ["two"], ["later"]]
        assert [type(r[0]) for r in results] == [Said, NotSaved]
        assert self.delivered == [["one"], ["later"]]

    def outdate(self, recheck: Any) -> list[list[Any]]:
        """
        Two of one connection, the first of them outdated, and one of another behind them.
        """
        results = self.submit("one", "two", recheck=recheck)
        results += self.submit("other", origin="t")
        self.clock.advance(0)
        self.writer.commit(outdated=["one", "two"])
        return results

    def test_whatIsOutdatedIsCheckedAgainWhenThisNodeHasCaughtUp(self) -> None:
        checked: list[str] = []

        def recheck(event: Said) -> Said:
            checked.append(event.text)
            return event.based((9,))

        results = self.outdate(recheck)
        assert self.delivered == [["other"]]
        assert checked == []
        self.submit("three")
        self.submit("four", origin="t")
        self.clock.advance(SPACING)
        # Nothing of the connection overtakes what it sent before; others go on.
        assert self.writer.texts()[1:] == [["four"]]
        self.caughtUp[0].callback(None)
        assert checked == ["one", "two", "three"][: len(checked)]
        self.writer.commit()
        self.clock.advance(SPACING)
        assert self.writer.texts()[2:] == [["one", "two", "three"]]
        assert self.writer.batches[2][0].basis == (9,)
        self.writer.commit()
        assert all(isinstance(r[0], Said) for r in results)

    def test_whatWasToBeTriedAloneStaysBehindWhatItsConnectionSentBefore(self) -> None:
        results = self.submit("one", "two")
        results += self.submit("other", origin="t")
        self.clock.advance(0)
        self.writer.fail(NotSaved(why="no"))
        self.clock.advance(SPACING)
        self.writer.commit(outdated=["one"])
        self.clock.advance(SPACING)
        self.writer.commit()
        self.caughtUp[0].callback(None)
        self.clock.advance(SPACING)
        self.writer.commit()
        assert self.writer.texts()[1:] == [["one"], ["other"], ["one", "two"]]
        assert [type(r[0]) for r in results] == [Said] * 3
        assert len(self.commits) == self.commits.bytes == 0

    @pytest.mark.parametrize(
        "why", [NotAllowed(who="x", room="r"), KeyError("oops")], ids=["refused", "broken"]
    )
    def test_whatMayNotBeAnyMoreAndWhatBreaksIsRefusedAndTheRestGoesOn(
        self, why: Exception
    ) -> None:
        def recheck(event: Said) -> Said:
            if event.text == "one":
                raise why
            return event

        results = self.outdate(recheck)
        self.caughtUp[0].callback(None)
        self.clock.advance(SPACING)
        self.writer.commit()
        assert [type(r[0]) for r in results] == [type(why), Said, Said]

    def test_whereThisNodeCantCatchUpTheyAreRefused(self) -> None:
        results = self.outdate(lambda event: event)
        self.caughtUp[0].errback(NotSaved(why="no"))
        assert [type(r[0]) for r in results] == [NotSaved, NotSaved, Said]
        assert len(self.commits) == 0

    def test_theEndWaitsForAllThatWasTaken(self) -> None:
        results = self.outdate(lambda event: event)
        finished = outcome(self.commits.finish())
        assert isinstance(self.submit("late")[0][0], Closing)
        assert finished == []
        self.caughtUp[0].callback(None)
        self.clock.advance(SPACING)
        assert finished == []
        self.writer.commit()
        assert finished == [None]
        assert all(isinstance(r[0], Said) for r in results)
        assert outcome(self.commits.finish()) == [None]

    def test_refusingTheRestRefusesAllButWhatIsInTheWriter(self) -> None:
        parked = self.outdate(lambda event: event)[:2]
        (writing,) = self.submit("writing", origin="t")
        self.clock.advance(SPACING)
        (waiting,) = self.submit("waiting", origin="t")
        finished = outcome(self.commits.finish())
        self.commits.refuseRest()
        assert finished == [None]
        assert all(isinstance(r[0], ChatError) for r in (*parked, waiting))
        assert writing == []
        self.caughtUp[0].callback(None)
        self.writer.commit()
        assert isinstance(writing[0], Said)
        assert self.clock.getDelayedCalls() == []

    def test_whatIsRefusedAtTheEndBeforeTheWriterWasAskedLeavesNothingBehind(self) -> None:
        (waiting,) = self.submit("waiting")
        self.commits.refuseRest()
        assert isinstance(waiting[0], Closing)
        assert self.clock.getDelayedCalls() == []
        assert self.commits.bytes == 0
