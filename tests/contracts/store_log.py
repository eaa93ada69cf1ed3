"""
The rules that every store keeps for the log: places, reading, edits, rights.
"""

from __future__ import annotations

from itertools import pairwise

from zope.interface.verify import verifyObject

from tests.contracts.store_case import (
    ANN,
    BEA,
    GUS,
    HUGE,
    StoreCase,
    now,
    seqs,
    texts,
)
from twisted_chat.domain.errors import NoSuchMessage
from twisted_chat.domain.events import (
    Archived,
    Deleted,
    Edited,
    Kicked,
    Left,
    ListChanged,
    PresenceChanged,
    Reacted,
    RolesChanged,
    RoomRenamed,
    SettingsChanged,
    TagsKept,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.ids import directId
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Author, Mask, PersonRecord, RoleChange


class LogContract(StoreCase):
    """
    Places, replay and reading.
    """

    def test_isAStore(self) -> None:
        assert verifyObject(IStore, self.store)

    def test_eachConversationIsNumberedFromOneWithoutHoles(self) -> None:
        dev = self.newRoom("dev")
        where = (self.lobby, dev, self.lobby, self.lobby, dev)
        first = self.placed(*(self.said("a", conversations=(id,)) for id in where))
        second = self.placed(*(self.said("b", conversations=(id,)) for id in where))
        assert seqs(first) == [1, 1, 2, 3, 2]
        assert seqs(second) == [4, 3, 5, 6, 4]
        assert seqs(self.everything()) == [1, 2, 3, 4, 5, 6]
        assert now(self.store.heads([self.lobby, dev, "none"])) == {self.lobby: 6, dev: 4}

    def test_placementTellsTheSeqThatEachEventFollows(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("a"), self.said("b"))
        both = (self.lobby, dev)
        placements = self.append(
            self.said("c"),
            self.event(Left, author=GUS, conversations=both, reason="quit"),
            self.said("d"),
        )
        assert [placement.after for placement in placements] == [(2,), (3, 0), (3,)]
        assert seqs([placement.event for placement in placements]) == [3, 0, 4]

    def test_numberingGoesOnWhenTheStoreIsOpenedAgain(self) -> None:
        before = self.placed(self.said("a"), self.said("b"))
        self.again()
        after = self.placed(self.said("c"))
        assert seqs(after) == [3]
        assert after[0].at > before[1].at
        assert texts(self.everything()) == ["a", "b", "c"]

    def test_timeGrowsWithinAConversationWhateverTheClockDoes(self) -> None:
        times = [event.at for event in self.placed(self.said("a"), self.said("b"))]
        self.clock.rightNow -= 3600
        times += [event.at for event in self.placed(self.said("c"), self.joined(GUS))]
        times += [event.at for event in self.placed(self.said("d"))]
        assert all(one < other for one, other in pairwise(times))
        assert [event.at for event in self.everything()] == [*times[:3], times[4]]

    def test_replayGivesEveryStoredKindAsItHappened(self) -> None:
        events = self.placed(
            self.said("one\ntwo", notice=True, replyTo=1, replyId="x"),
            self.event(Reacted, target=1, targetId="event1", targetAuthor=ANN, emoji="👍"),
            self.event(Unreacted, target=1, emoji="👍"),
            self.event(Edited, target=1, targetAuthor=ANN, text="three"),
            self.event(TopicChanged, text="tea"),
            self.event(RolesChanged, changes=(RoleChange("x", "X", Role.VOICE),)),
            self.event(SettingsChanged, changes=(("hidden", True), ("limit", 3), ("a", "b"))),
            self.event(ListChanged, list="ban", added=(Mask("m", "ann", 1.5, 2.5, "why"),)),
            self.event(Kicked, person="p", name="P", reason="so"),
            self.event(RoomRenamed, old="lobby", new="hall"),
            self.event(Archived),
        )
        assert list(self.everything()) == events

    def test_historyHasWhatElseCanBeReadAgainIfItIsAskedFor(self) -> None:
        events = self.placed(
            self.said("one"),
            self.event(Reacted, target=1, targetId="event1", targetAuthor=ANN, emoji="👍"),
            self.event(TagsKept, tags=(("+x", "y"),)),
            self.event(RolesChanged, changes=(RoleChange("x", "X", Role.VOICE),)),
            self.event(Edited, target=1, targetAuthor=ANN, text="two"),
            self.said("three"),
        )
        page = now(self.store.history(self.lobby, wide=True))
        assert [event.seq for event in page.events] == [1, 2, 3, 4, 6]
        assert list(page.events[1:4]) == list(events[1:4])
        page = now(self.store.history(self.lobby, first=2, limit=2, oldest=True, wide=True))
        assert [event.seq for event in page.events] == [2, 3]
        assert [event.seq for event in now(self.store.history(self.lobby)).events] == [1, 6]

    def test_whatClientsToldIsDeletedForGoodAndNothingElseIsDoneToIt(self) -> None:
        kept = self.placed(self.event(TagsKept, tags=(("+x", "secret"),)))[0]
        aimed = {"target": kept.seq, "targetId": kept.id, "targetAuthor": ANN}
        edit = self.event(Edited, text="x", **aimed)
        for event in (edit, self.event(Reacted, emoji="x", **aimed)):
            assert isinstance(self.refused(event), NoSuchMessage)
        self.placed(self.event(Deleted, **aimed))
        assert now(self.store.history(self.lobby, wide=True)).events == ()
        assert [getattr(event, "tags", ()) for event in self.everything()] == [(), ()]

    def test_aPrivateConversationBeginsWithWhatIsKept(self) -> None:
        id = directId(ANN.id, BEA.id)
        first = self.event(TagsKept, conversations=(id,), peer=BEA, tags=(("+x", "y"),))
        assert self.placed(first)[0].seq == 1
        assert [each.conversation for each in now(self.store.directs(BEA.id))] == [id]

    def test_aPrivateConversationGoesOnWhereItStoodWhenTheStoreIsStartedAgain(self) -> None:
        id = directId(ANN.id, BEA.id)
        self.placed(self.said("one", conversations=(id,), peer=BEA))
        self.again()
        renamed = Author(BEA.id, "beatrice", "beatrice")
        self.placed(self.said("two", conversations=(id,), author=renamed, peer=ANN))
        assert seqs(self.everything(id)) == [1, 2]
        assert now(self.store.directs(ANN.id))[0].otherName == "beatrice"
        assert now(self.store.directs(BEA.id))[0].otherName == "ann"

    def test_replayGivesPages(self) -> None:
        self.placed(*(self.said(str(number)) for number in range(1, 8)))
        assert texts(now(self.store.replay(self.lobby, 2, 3))) == ["3", "4", "5"]
        assert texts(now(self.store.replay(self.lobby, 5, 3))) == ["6", "7"]
        assert now(self.store.replay(self.lobby, 7, 3)) == []
        assert now(self.store.replay("none", 0, 3)) == []

    def test_passingEventsAreNotInTheLog(self) -> None:
        person = PersonRecord(GUS.id, GUS.name)
        self.placed(
            self.joined(GUS),
            self.event(PresenceChanged, person=person, node="one", before="online", now="away"),
            self.event(Left, author=GUS, reason="quit"),
        )
        assert self.everything() == []
        assert now(self.store.heads([self.lobby])) == {self.lobby: 0}

    def test_whatIsNotKeptTakesAPlaceAndLeavesAHole(self) -> None:
        events = self.placed(self.said("a"), self.said("secret", kept=False), self.said("c"))
        assert seqs(events) == [1, 2, 3]
        assert texts(self.everything()) == ["a", "c"]
        assert now(self.store.message(self.lobby, 2)) is None
        assert now(self.store.history(self.lobby)).total == 2
        assert now(self.store.search([(self.lobby, 1)], "secret")).total == 0

    def test_whatIsNotKeptMovesTheHeadForGood(self) -> None:
        self.placed(self.said("secret", kept=False))
        self.again()
        assert now(self.store.heads([self.lobby])) == {self.lobby: 1}
        assert seqs(self.placed(self.said("a"))) == [2]

    def test_appendOfTheSameIdsGivesTheSamePlaces(self) -> None:
        events = [self.said("a"), self.said("b")]
        first = self.placed(*events)
        assert self.placed(*events) == first
        assert [self.placed(event)[0] for event in events] == first
        assert texts(self.everything()) == ["a", "b"]
        assert seqs(self.placed(self.said("c"))) == [3]

    def test_whatIsNewBesideWhatIsKnownComesAtTheEnd(self) -> None:
        old = [self.said("a"), self.said("b"), self.said("c")]
        self.placed(*old)
        again = self.placed(self.joined(GUS), old[0], self.said("d"), old[2], self.said("e"))
        assert seqs(again) == [0, 1, 4, 3, 5]
        assert texts(self.everything()) == ["a", "b", "c", "d", "e"]
        assert seqs(self.placed(self.said("f"))) == [6]

    def test_historyGivesTheNewestBelowABound(self) -> None:
        self.placed(*(self.said(str(number)) for number in range(1, 11)))
        page = now(self.store.history(self.lobby, limit=3))
        assert (texts(page.events), page.total) == (["8", "9", "10"], 10)
        page = now(self.store.history(self.lobby, before=8, limit=3))
        assert (texts(page.events), page.total) == (["5", "6", "7"], 7)
        page = now(self.store.history(self.lobby, first=6, before=8, limit=3))
        assert (texts(page.events), page.total) == (["6", "7"], 2)

    def test_historyGivesTheOldestAboveABound(self) -> None:
        self.placed(*(self.said(str(number)) for number in range(1, 11)))
        page = now(self.store.history(self.lobby, after=4, limit=2))
        assert (texts(page.events), page.total) == (["5", "6"], 6)
        page = now(self.store.history(self.lobby, first=7, after=4, before=9, limit=5))
        assert (texts(page.events), page.total) == (["7", "8"], 2)
        page = now(self.store.history(self.lobby, limit=2, oldest=True))
        assert (texts(page.events), page.total) == (["1", "2"], 10)

    def test_historyHasWhatIsReadAndNotWhatWasDoneToIt(self) -> None:
        self.placed(
            self.said("one"),
            self.said("two"),
            self.event(Edited, target=1, text="three"),
            self.event(Reacted, target=1, emoji="👍"),
            self.event(TopicChanged, text="tea"),
            self.event(RolesChanged, changes=()),
            self.event(SettingsChanged, changes=()),
            self.event(ListChanged, list="ban"),
            self.event(Kicked, person="p", name="P"),
            self.event(RoomRenamed, old="lobby", new="hall"),
            self.event(Deleted, target=2),
        )
        page = now(self.store.history(self.lobby))
        kinds = [event.kind for event in page.events]
        assert kinds == ["said", "topic", "kicked", "roomRenamed"]
        assert page.total == 4
        assert texts(page.events[:1]) == ["three"]
        assert page.events[0].edited  # type: ignore[attr-defined]

    def test_numbersThatSomebodyTypedAreNeverTooLarge(self) -> None:
        self.placed(self.said("a"))
        store = self.store
        assert now(store.message(self.lobby, HUGE)) is None
        assert now(store.message(self.lobby, -HUGE)) is None
        assert now(store.history(self.lobby, before=HUGE, limit=HUGE)).total == 1
        assert now(store.history(self.lobby, first=HUGE, after=HUGE)).events == ()
        assert now(store.history(self.lobby, before=-HUGE, limit=-HUGE)).events == ()
        assert now(store.replay(self.lobby, HUGE, HUGE)) == []
        assert now(store.replay(self.lobby, -HUGE, -1)) == []
        assert now(store.missed(self.lobby, HUGE, HUGE, HUGE, HUGE)).events == ()
        assert now(store.search([(self.lobby, HUGE)], "a", HUGE)).events == ()
        now(store.markRead(ANN.id, self.lobby, HUGE))
        for target in (HUGE, -HUGE, 0):
            error = self.refused(self.event(Edited, target=target, text="b"))
            assert isinstance(error, NoSuchMessage)

    def test_missedIsWhatCameSinceWithWhatWasDoneToTheOlder(self) -> None:
        self.placed(
            self.said("one"),
            self.said("two"),
            self.said("three"),  # read up to here
            self.said("four"),
            self.event(Edited, target=2, text="zwei"),
            self.event(Edited, target=4, text="vier"),
            self.event(Deleted, target=3),
            self.event(Reacted, target=2, emoji="👍"),
            self.said("five"),
            self.event(Edited, target=1, text="late"),
        )
        page = now(self.store.missed(self.lobby, 1, 3, 9, 50))
        assert seqs(page.events) == [4, 5, 7, 9]
        assert texts(page.events[:2]) == ["vier", "zwei"]
        assert page.total == 4
        page = now(self.store.missed(self.lobby, 1, 3, 9, 2))
        assert (seqs(page.events), page.total) == ([7, 9], 4)

    def test_missedShowsNothingOfWhatIsBelowTheFirst(self) -> None:
        self.placed(
            self.said("one"),
            self.said("two"),
            self.event(Edited, target=1, text="eins"),
            self.event(Edited, target=2, text="zwei"),
            self.said("five"),
            self.said("six"),
        )
        assert seqs(now(self.store.missed(self.lobby, 2, 2, 6, 50)).events) == [4, 5, 6]
        assert seqs(now(self.store.missed(self.lobby, 6, 2, 6, 50)).events) == [6]

    def test_missedHasNoEditOfWhatIsDeleted(self) -> None:
        self.placed(
            self.said("one"),
            self.event(Edited, target=1, text="eins"),
            self.event(Deleted, target=1),
        )
        page = now(self.store.missed(self.lobby, 1, 1, 3, 50))
        assert ([event.kind for event in page.events], page.total) == (["deleted"], 1)

    def test_lastOfIsTheNewestThatIsNotDeleted(self) -> None:
        self.placed(
            self.said("one"), self.said("two", author=BEA), self.said("three"), self.said("four")
        )
        assert texts([now(self.store.lastOf(self.lobby, ANN.id))]) == ["four"]  # type: ignore[list-item]
        self.placed(self.event(Deleted, target=4), self.event(Edited, target=3, text="drei"))
        last = now(self.store.lastOf(self.lobby, ANN.id))
        assert last is not None
        assert (last.seq, last.text, last.edited) == (3, "drei", True)
        assert now(self.store.lastOf(self.lobby, "nobody")) is None
        assert now(self.store.lastOf("nowhere", ANN.id)) is None

    def test_lastOfIsFoundHoweverMuchOthersHaveSaidSince(self) -> None:
        dev = self.newRoom("dev")
        assert now(self.store.lastOf(dev, ANN.id)) is None
        mine, quiet, first = self.placed(
            self.said("mine"),
            self.said("quiet", author=GUS),
            self.said("dev", conversations=(dev,)),
        )
        for _ in range(5):
            self.placed(*[self.said("others'", author=BEA) for _ in range(100)])
        assert now(self.store.lastOf(self.lobby, ANN.id)) == mine
        assert now(self.store.lastOf(self.lobby, GUS.id)) == quiet
        assert now(self.store.lastOf(dev, ANN.id)) == first
        assert now(self.store.lastOf(dev, BEA.id)) is None


class RightsContract(StoreCase):
    """
    Rights hold at the place in the log.
    """

    def test_whatWasCheckedBeforeTheRightsChangedIsOutdated(self) -> None:
        self.placed(self.said("one"), self.event(Kicked, person="p", name="P"))
        (old,) = self.append(self.said("two", basis=(1,)))
        assert old.outdated
        assert old.event.seq == 0
        assert seqs(self.placed(self.said("two", basis=(2,)))) == [3]
        assert len(self.everything()) == 3

    def test_rightsThatChangeWithinABatchOutdateWhatFollows(self) -> None:
        kick = self.event(Kicked, person=BEA.id, name="bea", basis=(0,), origin="a")
        say = self.said("hey", author=BEA, basis=(0,), origin="b")
        outcome = [placement.outdated for placement in self.append(kick, say)]
        assert outcome == [False, True]

    def test_theOtherOrderIsPlaced(self) -> None:
        kick = self.event(Kicked, person=BEA.id, name="bea", basis=(0,), origin="a")
        say = self.said("hey", author=BEA, basis=(0,), origin="b")
        assert seqs(self.placed(say, kick)) == [1, 2]

    def test_whatTheSameConnectionHasBehindItIsOutdatedToo(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.event(Archived))
        placements = self.append(
            self.said("a", origin="x", basis=(0,)),
            self.said("b", origin="x", basis=(0,), conversations=(dev,)),
            self.said("c", origin="y", basis=(0,), conversations=(dev,)),
            self.event(Left, author=GUS, origin="x", reason="quit"),
            self.said("d", origin="x"),
        )
        assert [p.outdated for p in placements] == [True, True, False, True, True]
        assert texts(self.everything(dev)) == ["c"]

    def test_passingEventsNeedTheirRightsToo(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.event(Archived))
        (join,) = self.append(self.joined(BEA, basis=(0,)))
        assert join.outdated
        assert self.room().members == ()
        both = (dev, self.lobby)
        (left,) = self.append(self.event(Left, conversations=both, basis=(0, 0), reason="quit"))
        assert left.outdated

    def test_whatHasNoBasisIsNotChecked(self) -> None:
        self.placed(self.event(Archived))
        assert seqs(self.placed(self.said("by the server"))) == [2]

    def test_rightsSeqIsKept(self) -> None:
        self.placed(self.said("a"), self.event(Archived), self.said("b"))
        assert (self.room().rightsSeq, self.room().head) == (2, 3)
        self.again()
        assert self.append(self.said("c", basis=(1,)))[0].outdated
