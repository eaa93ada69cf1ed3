"""
The rules that every store keeps.

A test class inherits from L{StoreContract} and says how its store is made::

    class TestMyStore(StoreContract):
        def makeStore(self, folder, seconds):
            return MyStore(folder / "chat.db", seconds)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from twisted_chat.domain.errors import (
    ChatError,
    NameTaken,
    NameTooAlike,
    NoSuchMessage,
    NoSuchRoom,
    NotSaved,
)
from twisted_chat.domain.events import (
    AccountChanged,
    Archived,
    Author,
    Deleted,
    Edited,
    Ended,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    ListChanged,
    Mask,
    PersonRecord,
    PresenceChanged,
    Reacted,
    RoleChange,
    RolesChanged,
    RoomRenamed,
    Said,
    SettingsChanged,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.ids import directId
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Account, Placement, RoomRecord
from twisted_chat.domain.roles import Role

T = TypeVar("T")

ANN = Author("ann-id", "ann", True)
BEA = Author("bea-id", "bea", True)
GUS = Author("gus-id", "gus", False)
NOBODY = Author("", "", False)

HUGE = 2**70
"""A number that somebody typed."""


def now(deferred: Deferred[T]) -> T:
    """
    @return: what a Deferred that has fired gives.
    """
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]  # type: ignore[no-any-return]


def texts(events: Sequence[Event]) -> list[str]:
    """
    @return: the texts of events that have one.
    """
    return [event.text for event in events]  # type: ignore[attr-defined]


def seqs(events: Sequence[Event]) -> list[int]:
    """
    @return: the places of events.
    """
    return [event.seq for event in events]


class StoreCase:
    """
    A store, started, with one room, C{lobby}, that nobody owns.

    @cvar lasting: whether what is stored is there when the store is opened again.
    """

    lasting = True

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        """
        @param folder: where to keep what is to last.
        @param seconds: the time in POSIX seconds.
        @return: a store that has not been started, and does everything at once.
        """
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _started(self, tmp_path: Path) -> Iterator[None]:
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.folder = tmp_path
        self.ids = (f"event{number}" for number in count(1))
        self.store = self.makeStore(tmp_path, self.clock.seconds)
        now(self.store.start())
        self.lobby = self.newRoom("lobby", NOBODY)
        yield
        now(self.store.stop())

    def again(self) -> None:
        """
        Close the store and open it again, if it lasts.
        """
        if not self.lasting:
            return
        now(self.store.stop())
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())

    def newRoom(self, name: str, creator: Author = ANN) -> str:
        """
        @return: the id of a room.
        """
        room = now(self.store.openRoom(name, name, creator, self.clock.seconds()))
        assert room is not None
        return room.id

    def room(self, id: str = "") -> RoomRecord:
        """
        @return: a room, the lobby if none is named.
        """
        room = now(self.store.room(id or self.lobby))
        assert room is not None
        return room

    def event(self, cls: type[Event], **fields: Any) -> Any:
        """
        @return: an event without a place, in the lobby and by Ann if nothing else is said.
        """
        usual: dict[str, Any] = {
            "id": next(self.ids),
            "author": ANN,
            "conversations": (self.lobby,),
        }
        return cls(**(usual | fields))

    def said(self, text: str, **fields: Any) -> Said:
        """
        @return: a message without a place.
        """
        return self.event(Said, text=text, **fields)  # type: ignore[no-any-return]

    def joined(self, author: Author, **fields: Any) -> Joined:
        """
        @return: somebody's coming.
        """
        person = PersonRecord(author.id, author.name, author.name if author.account else "")
        return self.event(  # type: ignore[no-any-return]
            Joined, author=author, person=person, node="one", **fields
        )

    def append(self, *events: Event) -> Sequence[Placement]:
        """
        @return: what became of events that are committed together.
        """
        return now(self.store.append(events))

    def placed(self, *events: Event) -> list[Event]:
        """
        @return: the events at their places; all must get one.
        """
        placements = self.append(*events)
        assert [p.error for p in placements if p.error is not None] == []
        assert [p.event for p in placements if p.outdated] == []
        return [placement.event for placement in placements]

    def refused(self, event: Event) -> ChatError | None:
        """
        @return: why an event is refused, C{None} if it is not.
        """
        (placement,) = self.append(event)
        return placement.error

    def idle(self, before: float) -> set[str]:
        """
        @return: the ids of the idle rooms.
        """
        rooms: Sequence[str] = now(self.store.idleRooms(before))
        return set(rooms)

    def everything(self, conversation: str = "") -> Sequence[Event]:
        """
        @return: the whole log of a conversation, of the lobby if none is named.
        """
        return now(self.store.replay(conversation or self.lobby, 0, 10_000))


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


class TargetContract(StoreCase):
    """
    Edits, deletions, reactions, and searching.
    """

    def test_anEditChangesWhatIsReadAndNotWhatHappened(self) -> None:
        self.placed(self.said("one"))
        self.placed(self.event(Edited, target=1, text="two"))
        message = now(self.store.message(self.lobby, 1))
        assert message is not None
        assert (message.text, message.edited) == ("two", True)
        assert texts(self.everything()) == ["one", "two"]

    def test_anEditInTheBatchOfItsMessage(self) -> None:
        self.placed(
            self.said("one"),
            self.event(Edited, target=1, text="two"),
            self.event(Edited, target=1, text="three"),
        )
        assert texts(now(self.store.history(self.lobby)).events) == ["three"]
        assert now(self.store.search([(self.lobby, 1)], "one")).total == 0
        assert now(self.store.search([(self.lobby, 1)], "three")).total == 1

    def test_aDeletionBlanksTheMessageAndItsEdits(self) -> None:
        self.placed(
            self.said("one"),
            self.event(Edited, target=1, text="two"),
            self.event(Deleted, target=1, reason="no"),
        )
        assert [getattr(e, "text", None) for e in self.everything()] == ["", "", None]
        assert now(self.store.message(self.lobby, 1)) is None
        assert now(self.store.history(self.lobby)).total == 0
        for word in ("one", "two"):
            assert now(self.store.search([(self.lobby, 1)], word)).total == 0

    @pytest.mark.parametrize("cls", [Edited, Deleted, Reacted, Unreacted])
    def test_nothingIsDoneToWhatIsNoMessage(self, cls: type[Event]) -> None:
        fields = {"edited": {"text": "x"}, "deleted": {}}.get(cls.kind, {"emoji": "x"})
        self.placed(
            self.said("one"), self.event(TopicChanged, text="tea"), self.event(Deleted, target=1)
        )
        for target in (0, 1, 2, 3, 4, 5, 99):
            error = self.refused(self.event(cls, target=target, **fields))
            assert isinstance(error, NoSuchMessage)
            assert error.fields["number"] == target
        assert len(self.everything()) == 3

    @pytest.mark.parametrize("cls", [Edited, Deleted])
    def test_theAuthorOfTheTargetMustBeTheOneThatIsMeant(self, cls: type[Event]) -> None:
        fields = {"text": "x"} if cls is Edited else {}
        self.placed(self.said("one", author=BEA))
        for wrong in ({"targetAuthor": ANN}, {"targetId": "another"}):
            error = self.refused(self.event(cls, target=1, **wrong, **fields))
            assert isinstance(error, NoSuchMessage)
        assert texts(self.everything()) == ["one"]
        renamed = Author(BEA.id, "other", True)
        self.placed(self.event(cls, target=1, targetAuthor=renamed, **fields))

    def test_anEditAfterADeletionInOneBatchIsRefusedAlone(self) -> None:
        self.placed(self.said("one"))
        placements = self.append(
            self.event(Deleted, target=1),
            self.event(Edited, target=1, text="two"),
            self.said("three"),
        )
        assert [placement.event.seq for placement in placements] == [2, 0, 3]
        assert isinstance(placements[1].error, NoSuchMessage)

    def test_searchFindsThePresentTextWhateverItsCaseAndAccents(self) -> None:
        self.placed(self.said("Ein CAFÉ in Straßburg"), self.said("cafe"), self.said("tea"))
        for words in ("café", "CAFE", "strassburg cafe", "Cafe\u0301 EIN"):
            found = now(self.store.search([(self.lobby, 1)], words))
            assert 1 in seqs(found.events)
        assert now(self.store.search([(self.lobby, 1)], "cafe")).total == 2
        assert now(self.store.search([(self.lobby, 1)], "cafe tea")).total == 0

    def test_searchGivesTheNewestOldestFirst(self) -> None:
        self.placed(*(self.said(f"tea {number}") for number in range(1, 8)))
        page = now(self.store.search([(self.lobby, 1)], "tea", limit=2))
        assert (seqs(page.events), page.total) == ([6, 7], 7)

    def test_searchGoesOverWhatMayBeReadOnly(self) -> None:
        dev, ops = self.newRoom("dev"), self.newRoom("ops")
        for id in (self.lobby, dev, ops):
            self.placed(*(self.said("tea", conversations=(id,)) for _ in range(3)))
        page = now(self.store.search([(self.lobby, 3), (dev, 2), ("none", 1)], "tea"))
        found = [(event.conversation, event.seq) for event in page.events]
        assert (found, page.total) == ([(self.lobby, 3), (dev, 2), (dev, 3)], 3)
        assert now(self.store.search([], "tea")).total == 0

    @pytest.mark.parametrize(
        "words",
        [
            "",
            " ",
            '"',
            '""',
            "a\0b",
            "\0",
            "*",
            "tea OR",
            "NOT",
            "NEAR(",
            "text:tea",
            "-tea",
            "(",
            "^tea",
            "tea*",
            "'; DROP TABLE log; --",
            "\ud800",
            "{text}: x",
            "💥",
            "+",
            "\u0301",
        ],
    )
    def test_searchTakesAnything(self, words: str) -> None:
        self.placed(self.said("nothing of it"))
        assert now(self.store.search([(self.lobby, 1)], words)).events == ()
        self.placed(self.said("tea"))
        now(self.store.search([(self.lobby, 1)], words))


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

    def test_withinABatchToo(self) -> None:
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


class RoomContract(StoreCase):
    """
    Rooms and memberships.
    """

    def test_openRoomMakesARoomOnce(self) -> None:
        store = self.store
        assert now(store.openRoom("Dev", "dev", None, 5.0)) is None
        made = now(store.openRoom("Dev", "dev", ANN, 5.0))
        assert made is not None
        assert made.created
        assert (made.name, made.head, made.rightsSeq, made.createdAt) == ("Dev", 0, 0, 5.0)
        for creator in (None, BEA):
            found = now(store.openRoom("DEV", "dev", creator, 6.0))
            assert found is not None
            assert not found.created
            assert (found.id, found.name, found.roles) == (made.id, "Dev", {ANN.id: Role.OWNER})
        assert now(store.room("none")) is None

    def test_whoMakesARoomOwnsIt(self) -> None:
        assert self.room(self.newRoom("a", ANN)).roles == {ANN.id: Role.OWNER}
        assert self.room(self.newRoom("b", GUS)).roles == {GUS.id: Role.OPERATOR}
        assert self.room(self.newRoom("c", NOBODY)).roles == {}

    def test_aRoomKeepsItsTopicRolesSettingsAndLists(self) -> None:
        old, new = Mask("a", "ann", 1.0), Mask("a", "bea", 3.0, 4.0, "again")
        topic = self.placed(
            self.event(TopicChanged, text="tea"),
            self.event(
                RolesChanged,
                changes=(RoleChange("x", "X", Role.VOICE), RoleChange("y", "Y", Role.ADMIN)),
            ),
            self.event(RolesChanged, changes=(RoleChange("x", "X", Role.MEMBER),)),
            self.event(SettingsChanged, changes=(("limit", 3), ("hidden", True), ("key", "k"))),
            self.event(SettingsChanged, changes=(("limit", 4), ("hidden", False))),
            self.event(ListChanged, list="ban", added=(old, Mask("b", "ann", 2.0))),
            self.event(ListChanged, list="ban", added=(new,), removed=("b", "none")),
            self.event(ListChanged, list="mute", added=(old,)),
            self.event(Archived),
        )[0]
        for _ in range(2):
            room = self.room()
            assert (room.topic, room.topicBy, room.topicAt) == ("tea", "ann", topic.at)
            assert room.roles == {"y": Role.ADMIN}
            assert room.settings == {"limit": 4, "hidden": False, "key": "k"}
            assert type(room.settings["hidden"]) is bool
            assert room.lists == {"ban": (new,), "mute": (old,)}
            assert room.archived
            self.again()
        self.placed(self.event(Archived, archived=False))
        assert not self.room().archived

    def test_aRoomGetsANewNameUnlessAnotherHasIt(self) -> None:
        dev = self.newRoom("dev")
        rename = {"conversations": (dev,), "old": "dev"}
        error = self.refused(self.event(RoomRenamed, new="LOBBY", **rename))
        assert isinstance(error, NameTaken)
        assert self.room(dev).head == 0
        self.placed(self.event(RoomRenamed, new="Dev", **rename))
        self.placed(self.event(RoomRenamed, new="Ops", **rename))
        found = now(self.store.openRoom("ops", "ops", None, 0.0))
        assert found is not None
        assert (found.id, found.name) == (dev, "Ops")
        assert now(self.store.openRoom("dev", "dev", None, 0.0)) is None

    def test_roomsAreListedByName(self) -> None:
        self.newRoom("zoo")
        dev = self.newRoom("dev")
        self.placed(
            self.event(SettingsChanged, changes=(("hidden", True),), conversations=(dev,)),
            self.joined(ANN, conversations=(dev,)),
            self.joined(GUS, conversations=(dev,)),
        )
        listed = now(self.store.rooms())
        assert [(r.name, r.members, r.hidden) for r in listed] == [
            ("dev", 1, True),
            ("lobby", 0, False),
            ("zoo", 0, False),
        ]

    def test_aRegisteredMembershipLastsUntilItIsEnded(self) -> None:
        self.placed(self.said("a"), self.joined(ANN), self.joined(BEA), self.joined(GUS))
        self.placed(self.said("b"), self.joined(ANN))
        members = {(m.id, m.name, m.joinedSeq) for m in self.room().members}
        assert members == {(ANN.id, "ann", 1), (BEA.id, "bea", 1)}
        self.placed(self.event(Left, author=BEA, reason="quit"))
        assert len(self.room().members) == 2
        self.placed(
            self.event(Left, author=BEA, reason="left"),
            self.event(Kicked, person=ANN.id, name="ann"),
        )
        assert self.room().members == ()

    def test_membershipsAreSeenByTheirPerson(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("a"), self.joined(BEA), self.joined(BEA, conversations=(dev,)))
        self.placed(self.said("b", author=BEA, read=True), self.said("c"))
        found = [
            (m.conversation, m.name, m.joinedSeq, m.read, m.head)
            for m in now(self.store.memberships(BEA.id))
        ]
        assert found == [(dev, "dev", 0, 0, 0), (self.lobby, "lobby", 1, 2, 3)]
        assert now(self.store.memberships(GUS.id)) == []

    def test_aGuestWhoRegistersBecomesAMember(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("a"), self.joined(GUS), self.joined(GUS, conversations=(dev,)))
        self.placed(self.said("b", author=GUS, read=True))
        both = (self.lobby, dev)
        self.placed(self.event(AccountChanged, author=GUS, conversations=both, account="Gus"))
        members = self.room().members
        assert [(m.id, m.name, m.joinedSeq) for m in members] == [(GUS.id, "Gus", 2)]
        # What was read as a guest was not noted down.
        assert [m.read for m in now(self.store.memberships(GUS.id))] == [0, 0]

    def test_aReadMarkNeverGoesBack(self) -> None:
        self.placed(self.joined(ANN), *(self.said("x", author=BEA) for _ in range(9)))
        for seq, expected in ((4, 4), (2, 4), (6, 6), (99, 9)):
            now(self.store.markRead(ANN.id, self.lobby, seq))
            assert now(self.store.memberships(ANN.id))[0].read == expected
        now(self.store.markRead(ANN.id, "none", 1))

    def test_speakingMovesTheReadMarkOfAnAccountIfItIsToldTo(self) -> None:
        self.placed(self.joined(ANN), self.joined(BEA))
        self.placed(
            self.said("a", read=True), self.said("b", author=BEA), self.said("c", read=True)
        )
        assert now(self.store.memberships(ANN.id))[0].read == 3
        assert now(self.store.memberships(BEA.id))[0].read == 0
        now(self.store.markRead(ANN.id, self.lobby, 2))
        assert now(self.store.memberships(ANN.id))[0].read == 3

    def test_anEndedRoomIsGoneWithAllThatWasInIt(self) -> None:
        dev = self.newRoom("dev")
        self.placed(self.said("treasure", conversations=(dev,)), self.said("kept"))
        self.placed(self.joined(ANN, conversations=(dev,)))
        placements = self.append(
            self.said("last", conversations=(dev,)),
            self.event(Ended, conversations=(dev,)),
            self.said("late", conversations=(dev,)),
            self.joined(BEA, conversations=(dev,)),
        )
        assert [p.after for p in placements[:2]] == [(1,), (2,)]
        for late in placements[2:]:
            assert isinstance(late.error, NoSuchRoom)
        for _ in range(2):
            assert now(self.store.room(dev)) is None
            assert now(self.store.openRoom("dev", "dev", None, 0.0)) is None
            assert [room.name for room in now(self.store.rooms())] == ["lobby"]
            assert now(self.store.memberships(ANN.id)) == []
            assert self.everything(dev) == []
            assert now(self.store.history(dev)).total == 0
            assert now(self.store.message(dev, 1)) is None
            assert now(self.store.search([(dev, 1), (self.lobby, 1)], "treasure")).total == 0
            assert now(self.store.heads([dev])) == {}
            assert isinstance(self.refused(self.said("x", conversations=(dev,))), NoSuchRoom)
            now(self.store.sweepDeleted())
        new = self.newRoom("dev")
        assert new != dev
        assert seqs(self.placed(self.said("fresh", conversations=(new,)))) == [1]
        assert texts(self.everything()) == ["kept"]

    def test_theComingAndGoingOfPeopleNeedsNoRoom(self) -> None:
        person = PersonRecord(GUS.id, GUS.name)
        placements = self.append(
            self.event(Left, author=GUS, conversations=("gone", self.lobby), reason="quit"),
            self.event(
                PresenceChanged,
                conversations=("gone",),
                person=person,
                node="one",
                before="online",
                now="offline",
            ),
            self.event(Invited, conversations=(GUS.id,), room=self.lobby, roomName="lobby"),
        )
        assert [p.error for p in placements] == [None] * 3
        assert [p.after for p in placements] == [(0, 0), (0,), (0,)]

    def test_aRoomIsIdleWhenNobodyOwnsItAndNobodyHasBeenThere(self) -> None:
        start = self.clock.seconds()
        guests, owned, lived = (
            self.newRoom("guests", GUS),
            self.newRoom("owned", ANN),
            self.newRoom("lived", GUS),
        )
        self.placed(self.joined(BEA, conversations=(lived,)))
        assert self.idle(start) == set()
        assert self.idle(start + 1) == {self.lobby, guests}
        self.clock.advance(3600)
        self.placed(self.joined(GUS, conversations=(guests,)))
        assert self.idle(start + 1) == {self.lobby}
        self.placed(self.said("a", author=GUS))
        assert self.idle(start + 1) == set()
        assert self.idle(start + 3601) == {self.lobby, guests}
        assert owned not in self.idle(start + 9999)


class DirectContract(StoreCase):
    """
    Private conversations.
    """

    def test_theFirstMessageMakesThePrivateConversation(self) -> None:
        id = directId(ANN.id, BEA.id)
        assert self.everything(id) == []
        assert isinstance(
            self.refused(self.event(Edited, conversations=(id,), target=1, text="x")),
            NoSuchMessage,
        )
        self.placed(
            self.said("hi", conversations=(id,), peer=BEA, read=True),
            self.said("ho", conversations=(id,), author=BEA, peer=ANN),
        )
        assert texts(self.everything(id)) == ["hi", "ho"]
        (mine,), (theirs,) = now(self.store.directs(ANN.id)), now(self.store.directs(BEA.id))
        assert (mine.other, mine.otherName, mine.read, mine.head) == (BEA.id, "bea", 1, 2)
        assert (theirs.other, theirs.otherName, theirs.read) == (ANN.id, "ann", 0)
        assert now(self.store.memberships(ANN.id)) == []
        assert "lobby" in [room.name for room in now(self.store.rooms())]
        assert len(now(self.store.rooms())) == 1

    def test_theNewestPrivateConversationComesFirst(self) -> None:
        for other in (BEA, GUS, BEA):
            self.clock.advance(1)
            where = (directId(ANN.id, other.id),)
            self.placed(self.said("hi", conversations=where, peer=other))
        assert [d.other for d in now(self.store.directs(ANN.id))] == [BEA.id, GUS.id]

    def test_theOtherHasTheNameThatTheyHadLast(self) -> None:
        where = (directId(ANN.id, GUS.id),)
        self.placed(self.said("hi", conversations=where, peer=GUS))
        assert now(self.store.directs(ANN.id))[0].otherName == "gus"
        for name in ("august", "gustav"):
            self.placed(self.said("ho", conversations=where, author=Author(GUS.id, name)))
            assert now(self.store.directs(ANN.id))[0].otherName == name

    def test_oneMayTalkToOneself(self) -> None:
        where = (directId(ANN.id, ANN.id),)
        self.placed(self.said("note", conversations=where, peer=ANN))
        (mine,) = now(self.store.directs(ANN.id))
        assert (mine.other, mine.otherName, mine.head) == (ANN.id, "ann", 1)

    def test_aPrivateConversationIsNoRoom(self) -> None:
        id = directId(ANN.id, BEA.id)
        self.placed(self.said("hi", conversations=(id,), peer=BEA))
        assert now(self.store.room(id)) is None
        self.clock.advance(10)
        assert self.idle(self.clock.seconds()) == {self.lobby}


class AccountContract(StoreCase):
    """
    Accounts.
    """

    account = Account("ann-id", "Ann", "ann", "arm", "$argon2$", 5.0, 6.0, {"zone": 120})

    def test_anAccountIsFoundByNameAndId(self) -> None:
        now(self.store.createAccount(self.account))
        for _ in range(2):
            assert now(self.store.account("ann")) == self.account
            assert now(self.store.accountById("ann-id")) == self.account
            self.again()
        assert now(self.store.account("bea")) is None
        assert now(self.store.accountById("bea-id")) is None

    def test_twoAccountsNeverShareAName(self) -> None:
        now(self.store.createAccount(self.account))
        with pytest.raises(NameTaken):
            now(self.store.createAccount(Account("x", "ANN", "ann", "other", "", 0.0)))
        with pytest.raises(NameTooAlike):
            now(self.store.createAccount(Account("x", "Arm", "arm", "arm", "", 0.0)))
        now(self.store.createAccount(Account("x", "Bea", "bea", "bea", "", 0.0)))

    def test_onlyWhatIsGivenOfAnAccountIsChanged(self) -> None:
        change = self.store.changeAccount
        now(self.store.createAccount(self.account))
        now(change("ann-id", seenAt=9.0))
        now(change("ann-id", preferences={"quiet": True, "ignored": ["bea"]}))
        now(change("ann-id", preferences={"zone": None, "room": "x"}))
        now(change("ann-id", password="new"))
        now(change("ann-id"))
        now(change("nobody", seenAt=1.0, preferences={}))
        account = now(self.store.account("ann"))
        assert account is not None
        assert (account.seenAt, account.password) == (9.0, "new")
        assert account.preferences == {"quiet": True, "ignored": ["bea"], "room": "x"}


class StoreContract(
    LogContract, TargetContract, RightsContract, RoomContract, DirectContract, AccountContract
):
    """
    All of it.
    """

    def test_aPoisonEventLeavesNothingOfItsBatch(self) -> None:
        good, poison = self.said("good"), self.said("bad \ud800")
        with pytest.raises(NotSaved):
            now(self.store.append([good, poison, self.said("other")]))
        assert self.everything() == []
        assert seqs(self.placed(good)) == [1]
        with pytest.raises(NotSaved):
            now(self.store.append([poison]))
        assert seqs(self.placed(self.said("other"))) == [2]

    def test_aClosedStoreSaysSo(self) -> None:
        for _ in range(2):
            now(self.store.stop())
        with pytest.raises(NotSaved):
            now(self.store.append([self.said("late")]))
        with pytest.raises(NotSaved):
            now(self.store.history(self.lobby))
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())
