"""
The rules that every store keeps for what can be undone, and for what is not kept for ever.
"""

from __future__ import annotations

import pytest

from tests.contracts.store_case import ANN, BEA, StoreCase, now, seqs, texts
from twisted_chat.domain.errors import NoSuchMessage
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Ended,
    Event,
    Reacted,
    Restored,
    Said,
    TopicChanged,
)
from twisted_chat.domain.records import Act


class ActContract(StoreCase):
    """
    What operators did, and the texts that it hides.
    """

    def act(self, id: str = "act", at: float = 10.0) -> Act:
        """
        Record an act.
        """
        act = Act(id, at, "ann", "purge", "bea, 1h", {"numbers": [1, 2], "why": None})
        now(self.store.recordAct(act))
        return act

    def found(self, word: str) -> list[int]:
        """
        @return: the seqs of the messages with a word.
        """
        return seqs(now(self.store.search([(self.lobby, 1)], word)).events)

    def hide(self, target: int, act: str = "act") -> None:
        """
        An operator deletes a message.
        """
        self.placed(self.event(Deleted, target=target, act=act))

    def test_actsAreToldNewestFirst(self) -> None:
        first, second, third = self.act("b", 10.0), self.act("a", 30.0), self.act("c", 20.0)
        self.again()
        assert now(self.store.acts(0.0)) == [second, third, first]
        assert now(self.store.acts(20.0)) == [second, third]

    def test_anActIsUndoneOnce(self) -> None:
        self.act("a")
        other = self.act("b")
        assert now(self.store.markUndone("a"))
        assert not now(self.store.markUndone("a"))
        assert not now(self.store.markUndone("none"))
        assert now(self.store.acts(0.0)) == [other]

    def test_whatAnActDeletesIsKeptAsideAsItReadLast(self) -> None:
        self.act()
        self.placed(
            self.said("one"),
            self.said("two"),
            self.event(Edited, target=1, text="eins"),
            self.said("three"),
        )
        for target, act in ((2, "act"), (1, "act"), (4, "other")):
            self.hide(target, act)
        assert now(self.store.hidden("act")) == [(self.lobby, 1, "eins"), (self.lobby, 2, "two")]
        assert now(self.store.hidden("none")) == []
        assert now(self.store.history(self.lobby)).total == 0
        said = [e for e in self.everything() if e.kind in ("said", "edited")]
        assert texts(said) == [""] * 4
        assert [e.act for e in self.everything() if isinstance(e, Deleted)] == [
            "act",
            "act",
            "other",
        ]
        assert self.found("two") == []

    def test_whatIsDeletedWithoutAnActIsNotKeptAside(self) -> None:
        self.placed(self.said("one"), self.event(Deleted, target=1))
        assert now(self.store.hidden("")) == []

    def test_aRestoredMessageIsThereAgain(self) -> None:
        self.act()
        self.placed(self.said("one"), self.said("two"), self.said("three"))
        assert self.found("two") == [2]
        self.hide(2)
        (restored,) = self.placed(
            self.event(Restored, target=2, targetId="event2", targetAuthor=ANN, text="two")
        )
        assert now(self.store.placeOfId(restored.id)) == (self.lobby, 2)
        assert now(self.store.hidden("act")) == []
        for _ in range(2):
            page = now(self.store.history(self.lobby))
            assert (texts(page.events), page.total) == (["one", "two", "three"], 3)
            assert not page.events[1].edited  # type: ignore[attr-defined]
            events = self.everything()
            assert texts(events[:3]) == ["one", "two", "three"]
            assert [event.kind for event in events[3:]] == ["deleted", "restored"]
            assert events[-1] == restored
            assert self.found("two") == [2]
            assert now(self.store.lastOf(self.lobby, ANN.id)).seq == 3  # type: ignore[union-attr]
            self.again()

    def test_whatWasEditedIsRestoredAsEdited(self) -> None:
        self.act()
        self.placed(self.said("one"), self.event(Edited, target=1, text="eins"))
        self.hide(1)
        self.placed(self.event(Restored, target=1, text="eins"))
        message = now(self.store.message(self.lobby, 1))
        assert message is not None
        assert (message.text, message.edited) == ("eins", True)
        # The edit itself is gone, and so is what was said first.
        assert texts(self.everything()[:2]) == ["eins", ""]
        assert self.found("one") == []
        self.placed(self.event(Edited, target=1, text="uno"))
        assert self.found("uno") == [1]

    def test_theNewestMessageIsFoundWhenItIsRestored(self) -> None:
        self.act()
        self.placed(self.said("one"), self.said("two"))
        assert self.found("two") == [2]
        self.hide(2)
        self.placed(self.said("three"))
        self.placed(self.event(Restored, target=2, text="two"))
        assert (self.found("two"), self.found("three")) == ([2], [4])
        self.hide(4)
        self.placed(self.event(Restored, target=4, text="three"))
        assert self.found("three") == [4]

    def test_soIsWhatWasSaidBeforeItAndHadNotBeenSearchedYet(self) -> None:
        self.act()
        self.placed(self.said("one"), self.said("two"))
        self.hide(2)
        self.placed(self.event(Restored, target=2, text="two"))
        assert (self.found("one"), self.found("two")) == ([1], [2])

    def test_whatIsRestoredIsFoundWhenAllIsInOneBatch(self) -> None:
        self.act()
        self.placed(
            self.said("one"),
            self.event(Deleted, target=1, act="act"),
            self.said("two"),
            self.event(Restored, target=1, text="one"),
        )
        assert (self.found("one"), self.found("two")) == ([1], [3])

    def test_whatIsRestoredCanBeDeletedAgainForGood(self) -> None:
        self.act()
        self.placed(self.said("one"))
        self.hide(1)
        self.placed(
            self.event(Restored, target=1, text="one"),
            self.event(Deleted, target=1),
        )
        assert now(self.store.hidden("act")) == []
        assert texts([e for e in self.everything() if hasattr(e, "text")]) == ["", ""]
        assert self.found("one") == []
        assert isinstance(self.refused(self.event(Restored, target=1, text="one")), NoSuchMessage)

    def test_onlyWhatIsKeptAsideIsRestored(self) -> None:
        self.act()
        self.placed(
            self.said("there"),
            self.said("gone"),
            self.event(Deleted, target=2),
            self.event(TopicChanged, text="tea"),
            self.said("hidden", author=BEA),
            self.event(Deleted, target=5, act="act"),
        )
        for target in (0, 1, 2, 3, 4, 6, 7, 99):
            error = self.refused(self.event(Restored, target=target, text="x"))
            assert isinstance(error, NoSuchMessage)
        wrong = self.event(Restored, target=5, targetAuthor=ANN, text="x")
        assert isinstance(self.refused(wrong), NoSuchMessage)
        assert now(self.store.hidden("act")) == [(self.lobby, 5, "hidden")]

    def test_aRestorationIsMissedByWhoReadTheMessage(self) -> None:
        self.act()
        self.placed(self.said("one"), self.said("two"))
        self.hide(1)
        self.placed(self.event(Restored, target=1, text="one"))
        page = now(self.store.missed(self.lobby, 1, 2, 4, 50))
        assert ([event.kind for event in page.events], page.total) == (["deleted", "restored"], 2)

    def test_whatIsHiddenOfSomebodyIsForgottenForGood(self) -> None:
        self.act()
        self.placed(self.said("one"), self.said("two", author=BEA))
        for target in (1, 2):
            self.hide(target)
        now(self.store.forgetHidden(ANN.id))
        assert now(self.store.hidden("act")) == [(self.lobby, 2, "two")]
        assert isinstance(self.refused(self.event(Restored, target=1, text="one")), NoSuchMessage)

    def test_forgottenActsKeepNoTexts(self) -> None:
        self.act("old", 10.0)
        new = self.act("new", 20.0)
        self.placed(*(self.said(text) for text in ("one", "two", "three")))
        for target, act in ((1, "old"), (2, "new"), (3, "never recorded")):
            self.hide(target, act)
        now(self.store.forgetActs(20.0))
        assert now(self.store.acts(0.0)) == [new]
        assert now(self.store.hidden("old")) == now(self.store.hidden("never recorded")) == []
        assert now(self.store.hidden("new")) == [(self.lobby, 2, "two")]
        late = self.event(Restored, target=1, text="one")
        assert isinstance(self.refused(late), NoSuchMessage)

    def test_nothingOfAnEndedRoomIsKeptAside(self) -> None:
        self.act()
        dev = self.newRoom("dev")
        now(self.store.setMetadata(dev, "url", "x"))
        now(self.store.setDeviceMarks(ANN.id, "phone", {dev: 0}))
        here = {"conversations": (dev,)}
        self.placed(
            self.said("one", **here),
            self.event(Deleted, target=1, act="act", **here),
            self.event(Ended, **here),
        )
        for _ in range(2):
            assert now(self.store.hidden("act")) == []
            assert now(self.store.metadata(dev)) == {}
            assert now(self.store.deviceMarks(ANN.id, "phone")) == {}
            assert now(self.store.conversationIds("", 9)) == [self.lobby]
            assert now(self.store.placeOfId("event1")) is None
            assert now(self.store.writtenBy(ANN.id, 0, 9)) == []
            now(self.store.sweepDeleted())

    def test_whatClientsToldEachOtherWithADeletedTextIsGoneWithIt(self) -> None:
        said = self.said("one", tags=(("+x", "word"),), styles=((0, 1, "b"),), notice=True)
        self.placed(said)
        assert self.everything()[0].tags == (("+x", "word"),)  # type: ignore[attr-defined]
        self.placed(self.event(Deleted, target=1))
        (gone, _) = self.everything()
        assert isinstance(gone, Said)
        assert (gone.text, gone.tags, gone.styles, gone.notice) == ("", (), (), True)


class ExpiryContract(StoreCase):
    """
    What is kept for some time only.
    """

    def spread(self, *events: Event) -> list[float]:
        """
        @return: when events happened that were placed one after the other, 10 s each.
        """
        times = []
        for event in events:
            self.clock.advance(10)
            times.append(self.placed(event)[0].at)
        return times

    def test_whatIsTooOldIsGone(self) -> None:
        times = self.spread(*(self.said(f"word{number}") for number in range(1, 7)))
        assert now(self.store.expire(self.lobby, times[3], 100)) == 3
        assert now(self.store.expire(self.lobby, times[3], 100)) == 0
        for _ in range(2):
            assert seqs(self.everything()) == [4, 5, 6]
            page = now(self.store.history(self.lobby, limit=2))
            assert (seqs(page.events), page.total) == ([5, 6], 3)
            assert now(self.store.history(self.lobby, before=5)).total == 1
            assert now(self.store.message(self.lobby, 3)) is None
            assert now(self.store.search([(self.lobby, 1)], "word3")).total == 0
            assert now(self.store.search([(self.lobby, 1)], "word4")).total == 1
            assert now(self.store.heads([self.lobby])) == {self.lobby: 6}
            self.again()
        assert seqs(self.placed(self.said("next"))) == [7]
        assert now(self.store.history(self.lobby)).total == 4

    def test_itGoesInPortionsTheOldestFirst(self) -> None:
        times = self.spread(*(self.said("x") for _ in range(5)))
        gone = [now(self.store.expire(self.lobby, times[-1], 2)) for _ in range(3)]
        assert gone == [2, 2, 0]
        assert seqs(self.everything()) == [5]

    def test_aLogMayExpireAsAWhole(self) -> None:
        self.spread(self.said("x"), self.event(TopicChanged, text="tea"), self.said("y"))
        assert now(self.store.search([(self.lobby, 1)], "x")).total == 1
        assert now(self.store.expire(self.lobby, self.clock.seconds() + 1, 9)) == 3
        assert self.everything() == []
        assert now(self.store.history(self.lobby)).total == 0
        assert self.room().topic == "tea"
        for _ in range(2):
            (said,) = self.placed(self.said("z"))
            assert now(self.store.search([(self.lobby, 1)], "z")).events[-1] == said
            self.again()
        assert seqs(self.everything()) == [4, 5]

    def test_laterVersionsOfItGoToo(self) -> None:
        now(self.store.recordAct(Act("act", 0.0, "ann", "purge", "")))
        times = self.spread(
            self.said("one"),
            self.said("two"),
            self.said("three"),
            self.event(Edited, target=1, text="eins"),
            self.event(Reacted, target=2, emoji="x"),
            self.event(Edited, target=3, text="drei"),
            self.event(Deleted, target=2, act="act"),
        )
        assert now(self.store.expire(self.lobby, times[2], 100)) == 2
        left = self.everything()
        assert seqs(left) == [3, 4, 5, 6, 7]
        assert [event.readable for event in left] == [True, False, True, True, True]
        page = now(self.store.history(self.lobby))
        assert (texts(page.events), page.total) == (["drei"], 1)
        assert seqs(now(self.store.missed(self.lobby, 1, 3, 7, 9)).events) == [6, 7]
        assert now(self.store.hidden("act")) == []
        assert now(self.store.search([(self.lobby, 1)], "eins")).total == 0
        assert now(self.store.search([(self.lobby, 1)], "drei")).total == 1

    def test_otherConversationsStay(self) -> None:
        dev = self.newRoom("dev")
        self.spread(self.said("a", conversations=(dev,)), self.said("a"))
        assert now(self.store.expire(dev, self.clock.seconds() + 1, 9)) == 1
        assert now(self.store.expire("none", self.clock.seconds() + 1, 9)) == 0
        assert len(self.everything()) == 1
        assert now(self.store.search([(self.lobby, 1), (dev, 1)], "a")).total == 1

    @pytest.mark.parametrize("indexed", [True, False])
    def test_theNewestIsFoundWhateverTheIndexHadOfWhatIsGone(self, indexed: bool) -> None:
        dev = self.newRoom("dev")
        times = self.spread(self.said("a", conversations=(dev,)), self.said("b"))
        if indexed:
            assert now(self.store.search([(self.lobby, 1)], "b")).total == 1
        now(self.store.expire(self.lobby, times[-1] + 1, 9))
        self.placed(self.said("c"), self.said("d", conversations=(dev,)))
        for word, total in (("a", 1), ("b", 0), ("c", 1), ("d", 1)):
            assert now(self.store.search([(self.lobby, 1), (dev, 1)], word)).total == total


class PlacesContract(StoreCase):
    """
    Finding places in the log.
    """

    def test_anIdIsFoundInItsPlaceAnEditInThatOfItsMessage(self) -> None:
        dev = self.newRoom("dev")
        self.placed(
            self.said("one"),
            self.said("two", conversations=(dev,)),
            self.said("three"),
            self.event(Edited, target=2, text="drei"),
            self.event(Deleted, target=1),
        )
        places = [now(self.store.placeOfId(f"event{number}")) for number in range(1, 7)]
        assert places == [
            (self.lobby, 1),
            (dev, 1),
            (self.lobby, 2),
            (self.lobby, 2),
            (self.lobby, 4),
            None,
        ]

    @pytest.mark.parametrize("holes", [(), (3,), (1, 2), (4, 5, 6), (6, 7, 8, 9)])
    def test_aTimeIsFoundInTheLog(self, holes: tuple[int, ...]) -> None:
        assert now(self.store.seqAt(self.lobby, 1e12)) == 0
        kept: list[tuple[int, float]] = []
        for number in range(1, 10):
            self.clock.advance(10)
            (said,) = self.placed(self.said("x", kept=number not in holes))
            if said.kept:  # type: ignore[attr-defined]
                kept.append((said.seq, said.at))
        before = 0
        for seq, at in kept:
            assert now(self.store.seqAt(self.lobby, at - 0.5)) == before
            assert now(self.store.seqAt(self.lobby, at)) == seq
            before = seq
        assert now(self.store.seqAt(self.lobby, 1e12)) == before
        assert now(self.store.seqAt("none", 1e12)) == 0

    def test_theLastMessageOfEachConversationHasItsTime(self) -> None:
        dev, still = self.newRoom("dev"), self.newRoom("still")
        first, last, *_ = self.placed(
            self.said("one"),
            self.said("two", conversations=(dev,)),
            self.said("three"),
            self.event(TopicChanged, text="tea"),
            self.event(Deleted, target=2),
        )
        found = now(self.store.lastSaid([self.lobby, dev, still, "none"]))
        assert found == {self.lobby: first.at, dev: last.at}
        assert now(self.store.lastSaid([])) == {}
