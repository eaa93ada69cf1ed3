"""
When the log does not take what it is given, nobody sees anything of it, only those are refused
whose events were not taken, and the order of the others stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail

from tests.conftest import Wrongs
from tests.domain.shaky import Shaky, diskFull, outcome, saying
from tests.doubles import Net, heard
from twisted_chat.domain.errors import Closing, NotSaved
from twisted_chat.domain.events import Event, Said
from twisted_chat.domain.records import Placement
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.domain.unawaited import AGAIN


class Stage:
    """
    Ann and bea on one node, carl on another, all in C{dev}.
    """

    def __init__(self) -> None:
        self.net = Net(wrap=lambda store: cast(Any, Shaky(store)))
        self.store = cast(Shaky, self.net.store)
        self.ann, self.bea = self.net.guest("ann"), self.net.guest("bea", echo=True)
        self.carl = self.net.guest("carl", 1)
        self.room = self.net.join("dev", self.ann, self.bea, self.carl)
        self.everybody = (self.ann, self.bea, self.carl)
        self.deaf()

    def deaf(self) -> None:
        """
        Forget what was heard, and what was appended.
        """
        list(heard(*self.everybody))
        self.store.batches.clear()

    def here(self, session: Session) -> Room:
        """
        The room as a session knows it.
        """
        return session.roomNamed("dev")

    def say(self, session: Session, *texts: str) -> list[list[Any]]:
        """
        @return: what becomes of each of some messages that are said within one turn.
        """
        return [outcome(session.say(self.here(session), text)) for text in texts]

    def texts(self, session: Session) -> list[str]:
        """
        What somebody has heard said since they were last asked.
        """
        (lines,) = heard(session)
        return [line.split(" ", 4)[4] for line in lines if " said " in line]

    def log(self) -> list[tuple[int, str]]:
        """
        What the log has.
        """
        events = self.net.now(self.store.inner.replay(self.room.id, 0, 99))
        return [(e.seq, e.text) for e in events if e.kind == "said"]


@pytest.fixture
def stage() -> Stage:
    """
    A stage of which everybody has heard nothing yet.
    """
    return Stage()


def test_anEventThatTheLogCantTakeFailsItsAuthorOnly(stage: Stage) -> None:
    stage.store.wrong = saying("poison")
    results = [
        *stage.say(stage.ann, "one"),
        *stage.say(stage.bea, "poison"),
        *stage.say(stage.ann, "two", "three"),
        *stage.say(stage.bea, "four"),
    ]
    stage.net.settle()
    assert [type(r[0]) for r in results] == [Said, NotSaved, Said, Said, Said]
    assert stage.texts(stage.carl) == ["one", "two", "three", "four"]
    assert stage.log() == [(1, "one"), (2, "two"), (3, "three"), (4, "four")]
    # The batch, and then each of it alone, before what came meanwhile.
    assert [len(batch) for batch in stage.store.batches] == [5, 1, 1, 1, 1, 1]


def test_whatComesMeanwhileIsNotPlacedBeforeWhatIsTriedAlone(stage: Stage) -> None:
    stage.store.wrong = saying("poison")
    stage.say(stage.ann, "one", "poison", "two")

    def meanwhile(events: Sequence[Event]) -> None:
        if len(events) == 3:
            stage.say(stage.bea, "later")

    stage.store.first = meanwhile
    stage.net.settle()
    assert [text for _, text in stage.log()] == ["one", "two", "later"]


def test_anErrorThatNobodyHasThoughtOfIsLoggedAndRefusedInPlainWords(
    stage: Stage, wrongs: Wrongs
) -> None:
    stage.store.wrong = saying("poison", error=lambda: ZeroDivisionError("whatever"))
    results = stage.say(stage.ann, "one", "poison", "two")
    stage.net.settle()
    assert [type(r[0]) for r in results] == [Said, NotSaved, Said]
    assert str(results[1][0]) == "Not saved: the log did not take it. Nobody has seen it."
    assert wrongs.flush(ZeroDivisionError) == ["a batch was not committed"] * 2
    assert stage.texts(stage.carl) == ["one", "two"]


def test_aFullDiskRefusesWhatIsStoredAndTheRestGoesOn(stage: Stage) -> None:
    full = diskFull()
    stage.store.wrong = lambda events: full if any(e.stored for e in events) else None
    results = stage.say(stage.ann, "one", "two")
    stage.bea.logout()
    away = outcome(stage.carl.away("lunch"))
    results += stage.say(stage.carl, "three")
    stage.net.settle()
    assert [r[0] for r in results] == [full] * 3
    assert away == [None]
    assert [sorted(lines) for lines in heard(stage.ann, stage.carl)] == [
        ["dev 0 left bea quit", "dev 0 presence carl away"],
        ["dev 0 left bea quit"],
    ]
    assert stage.log() == []
    assert str(results[0][0]) == "Not saved: the disk is full. Nobody has seen it."
    # It goes on where it stopped when there is room again.
    stage.store.wrong = lambda events: None
    stage.say(stage.ann, "four")
    stage.net.settle()
    assert stage.log() == [(1, "four")]


def test_anOutcomeThatIsLookedUpIsAsGoodAsAnyOther(stage: Stage) -> None:
    lost: list[Deferred[Any]] = []

    def commitThenFail(events: Sequence[Event]) -> Exception | None:
        if len(events) < 2:
            return None
        # It is committed; but the answer says that nothing is known.
        lost.append(stage.store.inner.append(events))
        return NotSaved(why="the disk gave an error")

    stage.store.wrong = commitThenFail
    results = stage.say(stage.ann, "one", "two", "three")
    stage.net.settle()
    assert [r[0].seq for r in results] == [1, 2, 3]
    assert stage.log() == [(1, "one"), (2, "two"), (3, "three")]
    for session in (stage.bea, stage.carl):
        assert stage.texts(session) == ["one", "two", "three"]


def test_nobodySeesWhatIsNotCommittedNotEvenItsAuthor(stage: Stage) -> None:
    stage.store.slow = True
    (result,) = stage.say(stage.bea, "one")
    left = outcome(stage.ann.leave(stage.here(stage.ann)))
    stage.net.settle(1.0)
    assert not result
    assert not left
    assert list(heard(*stage.everybody)) == [[], [], []]
    assert len(stage.store.batches) == 1
    assert "ann" in [v.name for v in stage.bea.who(stage.here(stage.bea))]
    stage.store.answer()
    stage.net.settle()
    assert result[0].seq == 1
    assert list(heard(*stage.everybody)) == [
        ["dev 1 said bea one"],
        ["dev 1 said bea one", "dev 0 left ann left"],
        ["dev 1 said bea one", "dev 0 left ann left"],
    ]


def test_whatIsHeardIsInTheLogAlready(stage: Stage) -> None:
    seen: list[list[tuple[int, str]]] = []
    ear: Any = stage.bea.receiver
    ear.receive = lambda data: seen.append(stage.log())
    stage.bea.reformat()
    stage.bea.hub.roster.conversations[stage.room.id].audience.add(
        stage.bea, ear.format, ear.receive
    )
    stage.say(stage.ann, "one", "two")
    stage.net.settle()
    assert seen == [[(1, "one"), (2, "two")]]


class TestHungDisk:
    """
    The server goes down while the log does not answer.
    """

    def test_itIsNotWaitedForAndNothingInItWasAcknowledged(self, stage: Stage) -> None:
        stage.store.slow = True
        first = stage.say(stage.ann, "one")
        stage.net.settle()
        second = stage.say(stage.ann, "two")
        hub = stage.net.hubs[0]
        stopped = outcome(hub.stop())
        stage.net.settle(2.0)
        assert stopped == []
        late = outcome(stage.ann.say(stage.room, "too late"))
        assert isinstance(late[0], Closing)
        hub.commits.refuseRest()
        assert stopped == [None]
        assert isinstance(second[0][0], Closing)
        assert first == [[]]
        assert list(heard(*stage.everybody)) == [[], [], []]
        assert hub.node not in stage.net.hubs[1].network._board.nodes  # type: ignore[attr-defined]

    @pytest.mark.parametrize("fails", [False, True])
    def test_itsLateAnswerBeginsNothingNew(self, stage: Stage, fails: bool) -> None:
        stage.store.slow = True
        if fails:
            stage.store.wrong = lambda events: diskFull()
        first = stage.say(stage.ann, "one", "two")
        stage.net.settle()
        second = stage.say(stage.ann, "three")
        outcome(stage.net.hubs[0].stop())
        stage.net.hubs[0].commits.refuseRest()
        stage.store.answer()
        stage.net.settle()
        assert len(stage.store.batches) == 1
        assert isinstance(second[0][0], Closing)
        kinds = [type(r[0]) for r in first]
        assert kinds == ([Closing, Closing] if fails else [Said, Said])

    def test_stoppingDeliversAllThatWasTaken(self, stage: Stage) -> None:
        stage.store.slow = True
        results = stage.say(stage.ann, *map(str, range(300)))
        stopped = outcome(stage.net.hubs[0].stop())
        stage.net.settle()
        assert not stopped
        while stage.store.late:
            stage.store.answer()
            stage.net.settle()
        assert stopped == [None]
        assert all(isinstance(r[0], Said) for r in results)
        assert stage.texts(stage.carl) == list(map(str, range(300)))


def test_whatCantBeAnnouncedIsAcknowledgedAndFoundInTheLog(stage: Stage, wrongs: Wrongs) -> None:
    network: Any = stage.net.hubs[0].network
    announce, network.announce = network.announce, lambda batch: fail(OSError("no network"))
    (result,) = stage.say(stage.ann, "one")
    stage.net.settle()
    network.announce = announce
    assert isinstance(result[0], Said)
    assert wrongs.flush(OSError) == ["a batch is committed, but was not announced"]
    stage.say(stage.ann, "two")
    stage.net.settle()
    assert stage.texts(stage.carl) == ["one", "two"]
    assert stage.texts(stage.bea) == ["one", "two"]


@pytest.mark.parametrize("registered", [False, True])
def test_whoGoesWhileTheLogCantBeUsedIsGoneWhenItCan(stage: Stage, registered: bool) -> None:
    dora = (stage.net.registered if registered else stage.net.guest)("dora")
    stage.net.join("dev", dora)
    stage.deaf()
    stage.store.wrong = lambda events: diskFull()
    dora.logout()
    stage.net.settle()
    for _ in range(2):
        stage.net.clock.advance(AGAIN)
    assert list(heard(*stage.everybody)) == [[], [], []]
    stage.store.wrong = lambda events: None
    for _ in range(3):
        stage.net.clock.advance(AGAIN)
    for session, lines in zip(stage.everybody, heard(*stage.everybody), strict=True):
        assert [line.split()[2] for line in lines] == ["presence" if registered else "left"]
        there = {view.name: view.presence for view in session.who(stage.here(session))}
        assert there.get("dora", "offline") == "offline"
        assert ("dora" in there) is registered


def test_whoIsBackBeforeTheirGoingCouldBeToldHasNotGone(stage: Stage) -> None:
    dora = stage.net.registered("dora")
    stage.net.join("dev", dora)
    stage.deaf()
    stage.store.wrong = lambda events: diskFull()
    dora.logout()
    stage.net.settle()
    stage.store.wrong = lambda events: None
    back = stage.net.login("dora")
    stage.net.clock.advance(AGAIN)
    stage.net.settle()
    assert list(heard(*stage.everybody)) == [[], [], []]
    assert "online" in [v.presence for v in back.who(stage.here(back)) if v.name == "dora"]


def test_aPlacementThatSaysWhyRefusesItsEventAlone(stage: Stage) -> None:
    def refusing(events: Sequence[Event]) -> Deferred[Sequence[Placement]]:
        done = stage.store.inner.append([e for e in events if getattr(e, "text", "") != "no"])

        def merge(placed: Sequence[Placement]) -> list[Placement]:
            left = iter(placed)
            return [
                Placement(e, error=NotSaved(why="no"))
                if getattr(e, "text", "") == "no"
                else next(left)
                for e in events
            ]

        return done.addCallback(merge)

    stage.store._append = refusing  # type: ignore[method-assign]
    results = stage.say(stage.ann, "one", "no", "two")
    stage.net.settle()
    assert [type(r[0]) for r in results] == [Said, NotSaved, Said]
    assert len(stage.store.batches) == 1
    assert stage.log() == [(1, "one"), (2, "two")]


@pytest.mark.parametrize("reads", [{"room"}, {"roomId"}, {"memberships"}, {"directs"}])
def test_aStoreThatCantBeReadRefusesWhoComesInWithItsReason(stage: Stage, reads: set[str]) -> None:
    net = stage.net
    dora = net.registered("dora")
    net.join("other", dora)
    dora.logout()
    net.settle()
    stage.store.brokenReads = reads
    if reads & {"room", "roomId"}:
        with pytest.raises(NotSaved):
            net.now(net.guest("emil").join("other"))
        stage.store.brokenReads = set()
        assert net.join("other", net.guest("fred")).name == "other"
    else:
        with pytest.raises(NotSaved):
            net.login("dora")
        stage.store.brokenReads = set()
    assert net.login("dora").name == "dora"
