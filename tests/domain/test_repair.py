"""
What the network loses is found again, from the log and from the rosters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.conftest import Wrongs
from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net, heard
from twisted_chat.domain.events import Event
from twisted_chat.domain.records import Placement
from twisted_chat.domain.repair import PATIENCE, SWEEP
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session


class TestLosses:
    """
    Ann is on one node, bea on another that can be made deaf; dora, registered, is on the first.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(seed=0, wrap=lambda store: cast(Any, Shaky(store)))
        self.ann, self.bea = self.net.registered("ann"), self.net.guest("bea", 1)
        self.dora, self.gus = self.net.registered("dora"), self.net.guest("gus")
        for name in ("dev", "other"):
            self.net.join(name, self.ann, self.bea, self.dora, self.gus)
        self.room = self.ann.roomNamed("dev")
        list(heard(self.ann, self.bea))
        self.network = cast(Any, self.net.hubs[1].network)
        self.hear = self.network._hear

    def deaf(self, deaf: bool = True) -> None:
        """
        The other node hears nothing, or everything again.
        """
        self.network._hear = (lambda batch: None) if deaf else self.hear

    def lose(self, act: Callable[[], Any]) -> None:
        """
        Something happens of which the other node is not told.
        """
        self.deaf()
        done = act()
        if done is not None:
            self.net.now(done)
        self.net.settle()
        self.deaf(False)

    def test_aTopicThatIsDeletedMeanwhileIsGoneHereToo(self) -> None:
        def act() -> None:
            self.net.now(self.ann.setTopic(self.room, "rubbish"))
            self.net.now(self.ann.delete(self.room.id, 1))

        other = self.bea.roomNamed("dev")
        self.lose(act)
        self.net.settle(SWEEP)
        assert self.told() == ["dev 2 deleted ann 1"]
        assert other.topic == self.room.topic == ""

    def told(self) -> list[str]:
        """
        What bea got, by room.
        """
        (lines,) = heard(self.bea)
        return [line.rstrip() for line in lines]

    def sweep(self) -> None:
        """
        Let the next sweep come.
        """
        for _ in range(round(SWEEP / 0.05) + 2):
            self.net.clock.advance(0.05)

    def there(self, session: Session, room: str = "dev") -> list[tuple[str, str, str, str]]:
        """
        Who is in a room, as somebody sees it.
        """
        views = session.who(session.roomNamed(room))
        return [(view.name, view.presence, view.away, view.account) for view in views]

    def test_whatComesEarlyWaitsAMomentForWhatItFollows(self) -> None:
        lost: list[Any] = []
        self.network._hear = lost.append
        self.net.say(self.ann, "dev", "one")
        self.deaf(False)
        self.net.say(self.ann, "dev", "two")
        self.net.settle(PATIENCE / 2)
        assert self.told() == []
        # It was only late.
        self.hear(lost[0])
        self.net.settle(0.002)
        assert self.told() == ["dev 1 said ann one", "dev 2 said ann two"]
        self.net.settle()
        assert self.told() == []

    def test_whatDoesNotComeIsReadFromTheLog(self) -> None:
        self.lose(lambda: self.net.say(self.ann, "dev", "one"))
        self.net.say(self.ann, "dev", "two")
        self.net.settle(2 * PATIENCE)
        assert self.told() == ["dev 1 said ann one", "dev 2 said ann two"]

    def test_whatNothingFollowsIsFoundByTheSweep(self) -> None:
        self.lose(lambda: self.net.say(self.ann, "dev", "one"))
        self.lose(lambda: self.ann.tell("bea", "psst"))
        self.net.settle(1.0)
        assert self.told() == []
        self.sweep()
        assert sorted(self.told()) == [" 1 said ann psst", "dev 1 said ann one"]

    def test_whatIsDeletedMeanwhileIsNotToldAnyMore(self) -> None:
        self.lose(lambda: self.net.say(self.ann, "dev", "secret"))
        self.lose(lambda: self.ann.edit(self.room.id, 1, "also secret"))
        self.lose(lambda: self.ann.delete(self.room.id, 1))
        self.sweep()
        assert self.told() == ["dev 3 deleted ann 1"]

    def test_ofWhatIsNotKeptOnlyTheNumberIsFound(self) -> None:
        self.net.now(self.ann.configure(self.room, "history", "none"))
        self.net.settle()
        self.told()
        self.lose(lambda: self.net.say(self.ann, "dev", "gone"))
        self.net.say(self.ann, "dev", "heard")
        self.net.settle(2 * PATIENCE)
        assert self.told() == ["dev 3 said ann heard"]

    LOSSES: dict[str, tuple[Callable[[TestLosses], Any], list[str]]] = {
        "a guest's leaving": (
            lambda t: t.gus.leave(t.gus.roomNamed("dev")),
            ["dev 0 left gus lost"],
        ),
        "a guest's going": (
            lambda t: t.gus.logout(),
            ["dev 0 left gus lost", "other 0 left gus lost"],
        ),
        "an account's leaving": (
            lambda t: t.dora.leave(t.dora.roomNamed("dev")),
            ["dev 0 left dora left"],
        ),
        "an account's going": (lambda t: t.dora.logout(), ["dev 0 presence dora offline"]),
        "going away": (lambda t: t.dora.away("lunch"), ["dev 0 presence dora away"]),
        "a new name": (lambda t: t.gus.rename("august"), ["dev 0 renamed gus august"]),
        "a registration": (lambda t: t.gus.register("correct horse"), ["dev 0 account gus"]),
        "a kick": (lambda t: t.ann.kick(t.room, "gus"), ["dev 1 kicked ann gus"]),
        "a new topic": (lambda t: t.ann.setTopic(t.room, "news"), ["dev 1 topic ann news"]),
        "the end of the room": (lambda t: t.ann.destroy(t.room), ["dev 0 ended server"]),
    }

    @pytest.mark.parametrize("found", ["by the sweep", "by what follows"])
    @pytest.mark.parametrize("what", LOSSES)
    def test_whateverWasLostIsToldOnceAndAllAgree(self, what: str, found: str) -> None:
        act, expected = self.LOSSES[what]
        self.lose(lambda: act(self))
        assert self.told() == []
        if found == "by what follows" and "end" not in what:
            self.net.say(self.ann, "dev", "hi")
            self.net.say(self.ann, "other", "hi")
            self.net.settle(0.2)
        else:
            self.sweep()
        lines = [line for line in self.told() if "said ann hi" not in line]
        rooms = {line.split()[0] for line in expected}
        if expected[0].split()[2] in ("presence", "renamed", "account"):
            # It is about both rooms, and told once.
            lines = [line.replace("other ", "dev ") for line in lines]
        assert sorted(line for line in lines if line.split()[0] in rooms) == sorted(expected)
        for _ in range(2):
            self.sweep()
        assert self.told() == []
        for name in ("dev", "other"):
            if name in [room.name for room in self.ann.rooms]:
                assert self.there(self.ann, name) == self.there(self.bea, name)
        assert [r.name for r in self.bea.rooms] == [r.name for r in self.ann.rooms]

    def test_whatIsMissingOfARoomThatHasEndedIsNotWaitedFor(self) -> None:
        self.lose(lambda: self.net.say(self.ann, "dev", "one"))
        self.net.now(self.ann.destroy(self.room, "done"))
        self.net.settle()
        assert self.told() == ["dev 0 ended ann done"]
        assert [room.name for room in self.bea.rooms] == ["other"]

    def test_aJoinThatWasLostIsFoundWithItsPlace(self) -> None:
        new = self.net.guest("new")
        self.net.say(self.ann, "dev", "one")
        self.net.settle()
        self.told()
        self.lose(lambda: new.join("dev"))
        self.net.say(self.ann, "dev", "two")
        self.net.settle(0.2)
        assert sorted(self.told()) == ["dev 0 joined new", "dev 2 said ann two"]
        copy = self.bea.roomNamed("dev")
        assert copy.members[new.personId] == self.room.members[new.personId] == 1

    def test_whatCameInAnotherOrderThanItHappenedIsSetRight(self) -> None:
        # As if a joining had come before the leaving that it followed.
        copy = self.bea.roomNamed("dev")
        copy.members.pop(self.dora.personId)
        self.net.hubs[1].roster.people[self.dora.personId].rooms.pop(copy.id)
        self.sweep()
        assert self.told() == ["dev 0 joined dora"]
        assert copy.members == self.room.members

    def test_whoJoinedAndWentIsAMemberWhoIsOffline(self) -> None:
        new = self.net.registered("new")

        def visit() -> None:
            self.net.join("dev", new)
            new.logout()

        self.lose(visit)
        self.sweep()
        assert self.there(self.ann) == self.there(self.bea)
        assert ("new", "offline", "", "new") in self.there(self.bea)

    def test_whoHasLoggedInUnheardHasTheRightsOfTheAccountThere(self) -> None:
        self.lose(lambda: Deferred.fromCoroutine(self.gus.assume(self.ann.account)))
        self.sweep()
        assert [line.split()[2] for line in self.told() if line.startswith("dev ")][:2] == [
            "account",
            "roles",
        ]
        copy = self.bea.roomNamed("dev")
        assert copy.role(self.gus.personId) is self.room.role(self.gus.personId) is Role.OWNER

    def test_aNameIsNotSetBackByANodeThatHasNotHeardOfTheNewOne(self) -> None:
        second = self.net.login("ann", node=1)
        self.lose(lambda: self.ann.rename("anna"))
        # What the deaf node tells of her carries the old name.
        self.net.now(second.away("lunch"))
        self.sweep()
        assert {view[0] for view in self.there(self.ann)} == {"anna", "bea", "dora", "gus"}
        assert self.there(self.ann) == self.there(self.bea)

    def test_ofANodeThatHasGoneTheGuestsHaveLeft(self) -> None:
        self.net.now(self.net.hubs[0].network.detach())
        self.sweep()
        assert {view[:2] for view in self.there(self.bea)} == {
            ("bea", "online"),
            ("ann", "offline"),
            ("dora", "offline"),
        }

    def test_whatCouldNotBeRepairedIsTriedAgain(self, wrongs: Wrongs) -> None:
        store = cast(Shaky, self.net.store)
        store.brokenReads = {"room", "replay"}
        self.lose(lambda: self.net.say(self.ann, "dev", "one"))
        self.lose(lambda: self.gus.leave(self.gus.roomNamed("dev")))
        self.net.say(self.ann, "dev", "two")
        self.net.settle(0.2)
        assert self.told() == []
        assert wrongs.flush()
        store.brokenReads = set()
        self.sweep()
        assert sorted(self.told()) == [
            "dev 0 left gus lost",
            "dev 1 said ann one",
            "dev 2 said ann two",
        ]

    @pytest.mark.parametrize("read", ["heads", "replay"])
    def test_whatNobodyReadsAnyMoreIsNotRepaired(self, read: str) -> None:
        store, roster = cast(Shaky, self.net.store), self.net.hubs[1].roster
        self.lose(lambda: self.ann.renameRoom(self.room, "build"))
        store.slowReads = {read}
        self.sweep()
        assert store.late
        self.bea.logout()
        self.net.settle()
        store.slowReads = set()
        store.answer()
        self.net.settle()
        assert not roster.people
        assert not roster.roomNames

    def test_whoStopsLeavesNoTimerBehind(self) -> None:
        self.lose(lambda: self.net.say(self.ann, "dev", "one"))
        self.ann.say(self.room, "two")
        self.net.settle(0.002)
        for hub in self.net.hubs:
            self.net.now(hub.stop())
        assert self.net.clock.getDelayedCalls() == []


def test_aJoinThatComesAfterTheKickThatFollowedItIsNoNews() -> None:
    net = Net(nodes=3, seed=0)
    ann, bea, op = net.registered("ann"), net.guest("bea", 1), net.registered("op", 2)
    net.join("dev", op, ann, bea)
    new = net.guest("new")
    network: Any = net.hubs[1].network
    hear = network._hear
    late: list[Any] = []
    network._hear = late.append
    net.join("dev", new)
    network._hear = hear
    list(heard(bea))
    net.now(op.kick(op.roomNamed("dev"), "new"))
    net.settle()
    for batch in late:
        hear(batch)
    net.settle()
    (lines,) = heard(bea)
    assert lines == ["dev 1 kicked op new"]
    copies = [session.roomNamed("dev").members for session in (ann, bea, op)]
    assert copies[0] == copies[1] == copies[2]
    assert new.personId not in net.hubs[1].roster.people


class LateStore(Shaky):
    """
    One that is asked late where conversations stand, and of which it is heard late what it has done
    with one text.
    """

    def heads(self, conversations: Sequence[str]) -> Deferred[Mapping[str, int]]:
        """
        IStore.heads.
        """
        return self._later(lambda: self.inner.heads(conversations))

    def _append(self, events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        done = super()._append(events)
        return self._later(lambda: done) if "not kept" in _textsOf(events) else done


def _textsOf(events: Sequence[Event]) -> list[str]:
    return [getattr(event, "text", "") for event in events]


def test_whatIsNotKeptIsToldThoughTheLogIsReadWhileItsBatchIsWritten() -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, LateStore(store)))
    store = cast(LateStore, net.store)
    ann, bea, carl = net.registered("ann"), net.guest("bea"), net.guest("carl")
    there = net.join("dev", ann, bea, carl)
    net.now(ann.configure(there, "history", "none"))
    list(heard(ann))
    outcome(ann.setRole(there, "carl", Role.VOICE))
    # His rights have to be looked at once more, and so where the room stands.
    outcome(carl.say(there, "me too"))
    net.settle()
    outcome(bea.say(there, "not kept"))
    net.settle()
    assert len(store.late) == 2
    store.answer()
    net.settle()
    assert [line.split(" ", 4)[4] for line in next(heard(ann)) if " said " in line] == [
        "not kept",
        "me too",
    ]
