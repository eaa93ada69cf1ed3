"""
Housekeeping: rooms that nobody needs end, the lobby never does, and what is deleted is swept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, succeed

from tests.conftest import Wrongs
from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.housekeeping import Housekeeping
from twisted_chat.domain.official import Official
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.units import DAYS, HOURS
from twisted_chat.domain.values import SERVER

BY = Official(SERVER, "a test")
WEEK = 7 * DAYS


class TestHousekeeping:
    """
    With rooms that end after a week.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> Iterator[None]:
        self.net = Net(wrap=lambda store: cast(Any, Shaky(store)))
        self.keeping = Housekeeping(self.net.hubs[0], "lobby", WEEK)
        self.net.now(self.keeping.start())
        yield
        self.keeping.stop()

    def rooms(self) -> list[str]:
        """
        Which rooms there are, but for the operators'.
        """
        rooms = self.net.now(self.net.store.rooms())
        return [room.name for room in rooms if room.name != "operators"]

    def wait(self, seconds: float) -> None:
        """
        Let time go by, hour by hour.
        """
        for _ in range(round(seconds / HOURS)):
            self.net.clock.advance(HOURS)
        self.net.settle()

    def test_theLobbyIsThereFromTheBeginningAndNobodysAndNeverEnds(self) -> None:
        assert self.rooms() == ["lobby"]
        self.wait(WEEK + DAYS)
        assert self.rooms() == ["lobby"]
        guest = self.net.guest("gus")
        lobby = self.net.join("Lobby", guest)
        assert lobby.roles == {}

    def test_aRoomThatNobodyOwnsEndsAWeekAfterSomebodyEnteredItLast(self) -> None:
        gus = self.net.guest("gus", 1)
        room = self.net.join("dev", gus)
        self.net.say(gus, "dev", "rare words")
        gus.logout()
        self.wait(6 * DAYS)
        again = self.net.guest("gil")
        self.net.join("dev", again)
        again.logout()
        self.wait(6 * DAYS)
        assert "dev" in self.rooms()
        self.wait(1 * DAYS + HOURS)
        assert self.rooms() == ["lobby"]
        assert self.net.now(self.net.store.heads([room.id])) == {}
        assert self.net.now(self.net.store.search([(room.id, 1)], "rare")).total == 0
        for hub in self.net.hubs:
            assert room.id not in hub.roster.conversations
        # The name is free for a room of which nobody remembers anything.
        new = self.net.join("dev", self.net.guest("hal"))
        assert new.id != room.id

    def test_aRoomInWhichNothingEverWasEndsSoonAfterTheLastHasLeft(self) -> None:
        gus, owner = self.net.guest("gus", 1), self.net.registered("ann")
        for name in ("empty", "used", "set"):
            self.net.join(name, gus)
        self.net.join("owned", owner)
        self.net.say(gus, "used", "hello")
        self.net.now(gus.configure(gus.roomNamed("set"), "slow", "5"))
        self.wait(HOURS)
        assert self.rooms() == ["empty", "lobby", "owned", "set", "used"]
        gus.logout()
        owner.logout()
        self.wait(HOURS)
        assert self.rooms() == ["lobby", "owned", "set", "used"]

    def test_whatSomebodyOwnsOrIsAMemberOfOrIsInStays(self) -> None:
        owner, reg, gus = (
            self.net.registered("owner"),
            self.net.registered("reg"),
            self.net.guest("g"),
        )
        self.net.join("owned", owner)
        self.net.now(owner.leave(owner.roomNamed("owned")))
        self.net.join("visited", gus)
        self.net.join("joined", gus, reg)
        self.net.now(gus.leave(gus.roomNamed("joined")))
        reg.logout()
        self.wait(2 * WEEK)
        assert self.rooms() == ["joined", "lobby", "owned", "visited"]
        assert [room.name for room in gus.rooms] == ["visited"]

    def test_whoIsInItOnAnotherNodeKeepsARoom(self) -> None:
        # The store can't know of a guest who has been in it for long.
        gus = self.net.guest("gus", 1)
        self.net.join("dev", gus)
        self.wait(WEEK + DAYS)
        assert "dev" in self.rooms()
        self.net.say(gus, "dev", "still here")

    def test_whoEntersJustBeforeKeepsIt(self) -> None:
        gus = self.net.guest("gus", 1)
        self.net.join("dev", gus)
        gus.logout()
        self.wait(WEEK)
        self.net.join("dev", self.net.guest("gil"))
        self.wait(HOURS)
        assert "dev" in self.rooms()

    @pytest.mark.parametrize("node", [0, 1])
    def test_whoEntersAtTheSameMomentKeepsItToo(self, node: int) -> None:
        gus, gil = self.net.guest("gus"), self.net.guest("gil", node)
        self.net.join("dev", gus)
        self.net.say(gus, "dev", "still here")
        gus.logout()
        self.keeping.stop()
        self.wait(WEEK + HOURS)
        store = cast(Shaky, self.net.store)
        store.slow = True
        joined = outcome(gil.join("dev"))
        self.net.settle()
        ended = outcome(self.keeping.endIdleRooms())
        self.net.settle()
        assert (joined, ended) == ([], [])
        store.slow = False
        store.answer()
        self.net.settle()
        assert (len(joined), ended) == (1, [None])
        (room,) = gil.rooms
        page = self.net.now(gil.history(room.id))
        assert "still here" in [getattr(event, "text", "") for event in page.events]
        self.net.say(gil, "dev", "so am I")

    def test_whatIsChangedAtTheSameMomentIsLookedAtOnceMore(self) -> None:
        gus = self.net.guest("gus")
        self.net.join("dev", gus)
        self.net.say(gus, "dev", "still here")
        gus.logout()
        self.keeping.stop()
        self.wait(WEEK + HOURS)
        configured = self.net.hubs[0].steward.configure(BY, "dev", "slow", "5")
        changed = outcome(Deferred.fromCoroutine(configured))
        ended = outcome(self.keeping.endIdleRooms())
        self.net.settle()
        assert (len(changed), ended) == (1, [None])
        assert "dev" in self.rooms()

    def test_whatIsDeletedIsSweptWithinAMinute(self) -> None:
        swept: list[float] = []

        def sweep() -> Deferred[None]:
            swept.append(self.net.clock.seconds())
            return succeed(None)

        cast(Any, self.net.store).sweepDeleted = sweep
        start = self.net.clock.seconds()
        for _ in range(120):
            self.net.clock.advance(1)
        assert [at - start for at in swept] == pytest.approx([30, 60, 90, 120], abs=1)

    def test_whatIsOlderThanItIsToBeKeptGoesAsDeletedTextsDo(self) -> None:
        ann, bob = self.net.registered("ann"), self.net.registered("bob", 1)
        short, long = self.net.join("short", ann, bob), self.net.join("long", ann, bob)
        self.net.now(ann.configure(short, "keep", "2 days"))
        self.net.now(ann.configure(long, "keep", "1w"))
        self.net.hubs[0].terms = Terms(keep=3 * DAYS)
        for room in ("short", "long"):
            self.net.say(ann, room, f"cake {room}")
        self.net.now(ann.tell("bob", "cake private"))
        told = []
        for _ in range(4):
            self.wait(1 * DAYS)
            told.append(sorted(e.text for e in self.net.now(bob.search("cake")).events))
        assert told == [
            ["cake long", "cake private", "cake short"],
            ["cake long", "cake private"],
            [],
            [],
        ]
        # What is said now is not old.
        self.net.say(ann, "short", "cake again")
        self.wait(1 * DAYS)
        assert self.net.now(bob.search("cake")).total == 1

    def test_whatRanOutBeforeTheStartGoesAMinuteAfterIt(self) -> None:
        ann, oscar = self.net.registered("ann"), self.net.operator("oscar")
        self.net.join("dev", ann)
        self.net.say(ann, "dev", "cake")
        self.net.now(oscar.invitation(seconds=1 * HOURS))
        for hub in self.net.hubs:
            hub.terms = Terms(keep=2 * HOURS)
        self.keeping.stop()
        self.wait(2 * DAYS)
        assert self.net.now(ann.search("cake")).total == 1
        self.net.now(self.keeping.start())
        self.net.clock.advance(59)
        assert self.net.now(ann.search("cake")).total == 1
        self.net.clock.advance(1)
        self.net.settle()
        assert self.net.now(ann.search("cake")).total == 0
        assert list(self.net.now(self.net.store.invitations())) == []

    def test_withoutAWordAboutItEverythingIsKept(self) -> None:
        ann = self.net.registered("ann")
        self.net.join("dev", ann)
        self.net.say(ann, "dev", "cake")
        self.wait(2 * DAYS)
        self.net.now(self.keeping.expire())
        assert self.net.now(ann.search("cake")).total == 1

    def test_muchIsRemovedInSlices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twisted_chat.domain.housekeeping.AT_ONCE", 2)
        monkeypatch.setattr("twisted_chat.domain.housekeeping.REMOVED", 2)
        ann = self.net.registered("ann")
        for name in ("a", "b", "c"):
            self.net.join(name, ann)
            self.net.say(ann, name, *(f"cake {number}" for number in range(5)))
        self.net.hubs[0].terms = Terms(keep=1 * HOURS)
        self.net.clock.advance(30 * 60.0)
        self.net.say(ann, "a", "cake of now")
        self.net.clock.advance(31 * 60.0)
        self.net.now(self.keeping.expire())
        assert [e.text for e in self.net.now(ann.search("cake")).events] == ["cake of now"]

    def test_whatHasRunOutIsForgotten(self) -> None:
        oscar = self.net.operator("oscar")
        self.net.now(oscar.serverBan("gus", 1 * HOURS))
        self.net.now(oscar.invitation(seconds=1 * HOURS))
        self.wait(1 * DAYS + 3 * HOURS)
        assert list(self.net.now(self.net.store.serverBans())) == []
        assert list(self.net.now(self.net.store.invitations())) == []
        assert list(self.net.now(self.net.store.acts(0.0))) == []

    @pytest.mark.parametrize("stays", [True, False])
    def test_aRoomsOwnTermHoldsWhetherThisNodeKnowsItOrNot(self, stays: bool) -> None:
        ann = self.net.registered("ann")
        room = self.net.join("dev", ann)
        self.net.now(ann.configure(room, "keep", "2 days"))
        self.net.say(ann, "dev", "one")
        if not stays:
            self.net.now(ann.logout())
        assert (room.id in self.net.hubs[0].roster.conversations) is stays
        self.wait(3 * DAYS)
        self.net.now(self.keeping.expire())
        said = self.net.now(self.net.store.history(room.id)).events
        assert [event.text for event in said if event.kind == "said"] == []

    @pytest.mark.parametrize(("keep", "days"), [(0.0, 3), (2 * DAYS, 2), (9 * DAYS, 3)])
    def test_copiesFromBeforeUpgradesGoWhenTheyAreOld(self, keep: float, days: int) -> None:
        asked: list[float] = []

        def remove(before: float) -> Deferred[list[str]]:
            asked.append(self.net.clock.seconds() - before)
            return succeed(["copy"])

        cast(Any, self.net.store).removeCopies = remove
        self.net.hubs[0].terms = Terms(keep=keep, keepCopies=3 * DAYS)
        self.wait(2 * HOURS)
        assert asked == pytest.approx([days * DAYS] * 2)

    def test_whatFailsIsTriedAgain(self, wrongs: Wrongs) -> None:
        gus = self.net.guest("gus", 1)
        self.net.join("dev", gus)
        gus.logout()
        store = cast(Shaky, self.net.store)
        store.brokenReads = {"idleRooms", "sweepDeleted"}
        self.wait(WEEK + 2 * HOURS)
        assert "dev" in self.rooms()
        store.brokenReads = {"room"}
        self.wait(HOURS)
        store.brokenReads = set()
        store.wrong = lambda events: NotSaved(why="the disk is full")
        self.wait(HOURS)
        assert "dev" in self.rooms()
        store.wrong = lambda events: None
        self.wait(HOURS)
        assert self.rooms() == ["lobby"]
        # It is told in a line, and not with a traceback.
        assert wrongs.flush() == []
