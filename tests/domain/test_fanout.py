"""
Fan-out on a whole node: one encoding and one write, and nobody pays for what another wishes.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from tests.conftest import Wrongs
from tests.domain.shaky import outcome
from tests.doubles import Net, PlainFormat, heard
from twisted_chat.domain import fanout
from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.errors import NotInRoom
from twisted_chat.domain.events import Left, Said
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.roles import Role
from twisted_chat.domain.toldonce import Overlaps


class TestOnANode:
    """
    The same, through the whole of a node.
    """

    def test_aRoomsMembersShareOneEncoding(self) -> None:
        net, format = Net(1), PlainFormat()
        people = [net.guest(f"p{n}") for n in range(20)]
        for person in people:
            person.receiver.format = format  # type: ignore[attr-defined]
        net.join("dev", *people)
        list(heard(*people))
        format.spelled = 0
        for text in ("one", "two", "three"):
            people[0].say(people[0].roomNamed("dev"), text)
        net.settle()
        assert format.spelled == 3
        writes = [len(person.receiver.heard) for person in people]  # type: ignore[attr-defined]
        assert writes == [0] + [1] * 19

    @pytest.mark.parametrize("node", [0, 1])
    def test_severalRoomsAndPrivateTalkAreOneWriteAndRenamesAreToldOnce(self, node: int) -> None:
        net = Net()
        ann, bea = net.guest("ann"), net.guest("bea", node)
        for room in ("one", "two", "three"):
            net.join(room, ann, bea)
        list(heard(bea))
        for room in ("one", "two", "three"):
            ann.say(ann.roomNamed(room), f"in {room}")
        ann.tell("bea", "aside")
        ann.rename("anna")
        net.settle()
        ear: Any = bea.receiver
        assert len(ear.heard) == 1
        assert sorted(line.split(" ", 2)[2] for line in ear.lines()) == [
            "renamed ann anna",
            "said ann aside",
            "said ann in one",
            "said ann in three",
            "said ann in two",
        ]
        ann.logout()
        net.settle()
        assert len(ear.heard) == 1
        assert len(ear.lines()) == 1
        assert not net.hubs[node].portioning._given

    def test_whoIsInManyRoomsTogetherIsLookedForOnceAndToldOnce(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        net = Net(1)
        people = [net.guest(f"p{n}") for n in range(12)]
        for room in ("one", "two", "three", "four"):
            net.join(room, *people)
        alone = net.guest("alone")
        net.join("four", alone)
        list(heard(*people, alone))
        leaveOut, of, steps = Portion.leaveOut, Overlaps.of, list[str]()

        def left(portion: Portion, listener: Any, id: str) -> None:
            steps.append("left out")
            leaveOut(portion, listener, id)

        def looked(overlaps: Overlaps, here: Any, others: Any) -> Any:
            before = len(overlaps._known)
            found = of(overlaps, here, others)
            steps.extend(["looked"] * (len(overlaps._known) - before))
            return found

        monkeypatch.setattr(Portion, "leaveOut", left)
        monkeypatch.setattr(Overlaps, "of", looked)
        goers = people[:6]
        for person in goers:
            person.logout()
        net.settle()
        told = [[line.split()[3] for line in lines] for lines in heard(*people[6:], alone)]
        assert told == [[person.name for person in goers]] * 7
        # Once for each room but the first, whose six events are alike.
        assert steps.count("looked") == 4
        assert steps.count("left out") == 0
        assert not net.hubs[0].portioning._given
        assert not net.hubs[0].portioning._overlaps._known

    def test_whereNobodyListensAnyMoreItIsNotCountedForEver(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("twisted_chat.domain.hub.MOST_ANNOUNCED", 8)
        net = Net(2)
        for hub in net.hubs:
            hub._mostAnnounced = 8
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        net.join("dev", ann, bea)
        for number in range(30):
            guest = net.guest(f"g{number}")
            net.join(f"room{number}", guest)
            net.now(guest.away("soon"))
            guest.logout()
            net.settle()
            assert len(net.hubs[0]._announced) <= 16
        list(heard(ann, bea))
        # What goes on is counted on, and what begins anew is no gap.
        net.say(ann, "dev", "one")
        net.join("room0", ann, bea)
        net.now(ann.away("too"))
        for session in (ann, bea):
            room = session.roomNamed("room0")
            conversation = session.hub.roster.conversations[room.id]
            assert not conversation.suspects | conversation.doubtful
        assert [line.split()[2] for line in next(heard(bea))].count("presence") == 1

    def test_ofEventsWhosePartsDoNotComeOnlySoManyAreRemembered(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("twisted_chat.domain.portioning.REMEMBERED", 2)
        net = Net(1)
        ann = net.guest("ann")
        one, two = net.join("one", ann), net.join("two", ann)
        events = [ann.event(Left, one.id, two.id, reason="quit") for _ in range(4)]
        for event in events:
            net.hubs[0].portioning._hadBy(event)
        assert list(net.hubs[0].portioning._given) == [event.id for event in events[2:]]

    def test_whatCantBeHandedOutHoldsUpNothingElse(self, wrongs: Wrongs) -> None:
        net = Net(1)
        ann, bea = net.guest("ann"), net.guest("bea")
        bad, good = net.join("bad", ann, bea), net.join("good", ann, bea)
        list(heard(bea))
        steps = net.hubs[0].roster.steps

        def broken(conversation: Conversation, event: Said, portion: Portion) -> None:
            if event.text == "poison":
                raise ZeroDivisionError

        steps["said"] = (None, broken)
        for text in ("poison", "one"):
            for room in (bad, good):
                ann.say(room, text if room is bad else "two")
                net.clock.advance(0)
            net.settle()
        assert wrongs.flush(ZeroDivisionError) == ["what came was not handed out"]
        assert [line for line in next(heard(bea)) if "said" in line] == [
            "good 1 said ann two",
            "bad 2 said ann one",
            "good 2 said ann two",
        ]
        assert not any(known.busy for known in net.hubs[0].roster.conversations.values())

    def test_ownLinesAreLeftOutUnlessTheyAreWantedBack(self) -> None:
        net = Net(1)
        ann, bea = net.guest("ann"), net.guest("bea", echo=True)
        net.join("dev", ann, bea)
        list(heard(ann, bea))
        net.say(ann, "dev", "one")
        net.say(bea, "dev", "two")
        assert list(heard(ann, bea)) == [["dev 2 said bea two"], [
            "dev 1 said ann one",
            "dev 2 said bea two",
        ]]  # fmt: skip

    def test_onOnesOtherConnectionsOwnLinesAppear(self) -> None:
        net = Net()
        ann = net.registered("ann")
        net.join("dev", ann)
        others = [net.login("ann"), net.login("ann", node=1)]
        list(heard(ann, *others))
        net.say(ann, "dev", "one")
        assert list(heard(ann, *others)) == [[], *[["dev 1 said ann one"]] * 2]

    def test_ignoredAuthorsAndQuietRooms(self) -> None:
        net = Net()
        ann, bea, carl = net.guest("ann"), net.guest("bea", 1), net.registered("carl", 1)
        net.join("dev", ann, bea, carl)
        net.now(ann.ignore("BEA"))
        net.now(ann.ignore("carl"))
        ann.setQuiet(True)
        list(heard(ann))
        net.say(bea, "dev", "one")
        net.say(carl, "dev", "two")
        net.now(bea.tell("ann", "three"))
        net.now(carl.rename("carlo"))
        net.now(carl.leave(carl.roomNamed("dev")))
        assert list(heard(ann)) == [[]]
        net.now(ann.unignore("carl"))
        ann.setQuiet(False)
        net.join("dev", carl)
        net.say(carl, "dev", "four")
        (lines,) = heard(ann)
        assert [line.split(" ", 2)[2] for line in lines] == ["joined carlo ", "said carlo four"]

    def test_whatAnIgnoredOperatorChangesForAllIsTold(self) -> None:
        net = Net()
        boss, ann = net.registered("boss"), net.guest("ann")
        bea, carl = net.guest("bea", 1), net.guest("carl", 1)
        net.join("dev", boss, ann, bea, carl)
        net.now(ann.ignore("boss"))
        net.now(carl.ignore("boss"))
        list(heard(ann, carl))
        room = boss.roomNamed("dev")
        net.say(boss, "dev", "one")
        net.now(boss.setTopic(room, "two"))
        net.now(boss.kick(room, "bea"))
        net.now(boss.setRole(room, "ann", Role.VOICE))
        net.now(boss.renameRoom(room, "build"))
        # Those too who are put out by them.
        net.now(boss.kick(room, "carl"))
        net.now(boss.destroy(room))
        told = [[line.split()[2] for line in lines] for lines in heard(ann, carl)]
        carls = ["kicked", "roles", "roomRenamed", "kicked"]
        assert told == [[*carls, "ended"], carls]


class Sluggish:
    """
    The clock of a reactor that is so busy that each slice has one write, and the next comes 2 ms
    later.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = 0.0

    def seconds(self) -> float:
        """
        IReactorTime.seconds: a slice is over each time.
        """
        self._now += 2 * fanout.SLICE
        return self._now

    def callLater(self, delay: float, act: Any, *arguments: Any) -> Any:
        """
        IReactorTime.callLater.
        """
        return self._clock.callLater(0.002, act, *arguments)


class TestBusyRoom:
    """
    Nodes on which three readers are many.
    """

    @pytest.fixture(autouse=True)
    def _make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fanout, "MANY", 3)
        monkeypatch.setattr(fanout, "_LOOK_AT_CLOCK_EVERY", 1)
        self.net = Net()
        for hub in self.net.hubs:
            hub._fanOut._clock = cast(Any, Sluggish(self.net.clock))
        self.ann = self.net.registered("ann")
        self.others = [self.net.guest(f"p{n}", n % 2) for n in range(8)]
        self.room = self.net.join("dev", self.ann, *self.others)
        self.small = self.net.join("small", *self.others[2:5:2])
        self.net.settle()
        list(heard(self.ann, *self.others))

    def test_theNextRunOfTheRoomWaitsAndOtherRoomsDoNot(self) -> None:
        self.ann.say(self.room, "one")
        self.net.settle(0.003)
        self.ann.say(self.room, "two")
        self.others[2].say(self.small, "elsewhere")
        self.net.settle(0.003)
        ear: Any = self.others[4].receiver
        assert any(b"elsewhere" in data for data in ear.heard)
        assert not all(b"one" in b"".join(e.receiver.heard) for e in self.others)  # type: ignore[attr-defined]
        self.net.settle(0.5)
        for lines in heard(*self.others):
            inDev = [line for line in lines if line.startswith("dev")]
            assert inDev == ["dev 1 said ann one", "dev 2 said ann two"]

    @pytest.mark.parametrize("node", [0, 1])
    def test_rightsThatChangeInALongRunAreKnownBeforeTheyAreCheckedAgain(self, node: int) -> None:
        bea = self.others[node]
        self.ann.say(self.room, "one")
        self.net.settle(0.002)
        kicked = outcome(self.ann.kick(self.room, bea.name))
        self.net.settle(0.002)
        refused = outcome(bea.say(bea.roomNamed("dev"), "too late"))
        self.net.settle(0.5)
        assert [type(e) for e in refused] == [NotInRoom]
        assert kicked[0].kind == "kicked"

    def test_whoComesBackInTheMiddleOfARunHearsAndReadsItOnce(self) -> None:
        for number in range(5):
            self.net.now(self.others[0].say(self.room, f"before {number}"))
        self.others[0].say(self.room, "now")
        self.net.settle(0.005)
        back = self.net.login("ann")
        missed = self.net.now(back.missed())
        self.others[0].say(self.room, "after")
        self.net.settle(0.5)
        read = [e.text for m in missed for e in m.page.events if isinstance(e, Said)]
        live = [line.split(" ", 4)[4] for lines in heard(back) for line in lines if "said" in line]
        assert read + live == [*(f"before {n}" for n in range(5)), "now", "after"]

    def test_whatWasLostIsReadInPartsThatWaitForEachOther(self) -> None:
        lost = 600
        network: Any = self.net.hubs[1].network
        hear, network._hear = network._hear, lambda batch: None
        for number in range(lost):
            self.ann.say(self.room, str(number))
        self.net.settle(0.5)
        network._hear = hear
        list(heard(*self.others))
        reads: list[int] = []
        replay = self.net.store.replay

        def counted(conversation: str, after: int, limit: int) -> Any:
            reads.append(after)
            assert len(reads) < 20
            return replay(conversation, after, limit)

        self.net.store.replay = counted  # type: ignore[method-assign]
        self.net.now(self.ann.say(self.room, "last"))
        self.net.settle(1.0)
        assert reads == sorted(set(reads))
        assert len(reads) <= 4
        (lines,) = heard(self.others[1])
        assert [line.split()[-1] for line in lines] == [*map(str, range(lost)), "last"]
