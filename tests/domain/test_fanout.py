"""
Fan-out: each event is encoded once, each member is written to once, and nobody pays for what
another wishes.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.conftest import Wrongs
from tests.doubles import Ear, Net, PlainFormat, heard
from twisted_chat.domain import fanout
from twisted_chat.domain.audience import Audience
from twisted_chat.domain.events import Author, Event, Joined, PersonRecord, Said
from twisted_chat.domain.fanout import MANY, SLICE, FanOut, Portion
from twisted_chat.domain.names import fold
from twisted_chat.domain.session import Session


class Client:
    """
    A listener of an audience, with its own ears.

    @ivar cost: seconds that writing to it takes.
    """

    def __init__(self, clock: Clock | None = None, cost: float = 0.0) -> None:
        self.quiet = False
        self.ignored: frozenset[str] = frozenset()
        self.writes: list[bytes] = []
        self._clock, self._cost = clock, cost

    def receive(self, data: bytes) -> None:
        """
        IReceiver.receive.
        """
        if self._clock is not None:
            self._clock.rightNow += self._cost
        self.writes.append(data)


class Numbered(PlainFormat):
    """
    Spells a message as its text.
    """

    def spell(self, event: Event, place: str) -> bytes | None:
        self.spelled += 1
        return f"{getattr(event, 'text', event.kind)};".encode()


def said(text: str, name: str = "ann", *also: str) -> Said:
    """
    @return: something said in C{c}.
    """
    author = Author(name, name)
    return Said(id=f"id {text}", author=author, conversations=("c", *also), text=text)


def joined(name: str) -> Joined:
    """
    @return: somebody's joining.
    """
    author = Author(name, name)
    person = PersonRecord(name, name)
    return Joined(id=f"j {name}", author=author, conversations=("c",), person=person, node="n")


class TestPortions:
    """
    Portions of three events, handed to three clients.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.clock = Clock()
        self.fanOut = FanOut(self.clock)
        self.format = Numbered()
        self.audience = Audience()
        self.clients = [Client() for _ in range(3)]
        for client in self.clients:
            self.listen(client)
        self.events: list[Event] = [said("1"), said("2", "bea"), said("3")]

    def listen(self, client: Client, format: PlainFormat | None = None) -> None:
        """
        Let a client listen.
        """
        self.audience.add(client, format or self.format, client.receive)

    def portion(self) -> Portion:
        """
        @return: one of nothing yet.
        """
        return Portion([self.audience])

    def hand(self, *portions: Portion) -> list[list[bytes]]:
        """
        @return: what was written to each client.
        """
        done: list[None] = []
        for portion in portions:
            portion.spare(lambda event: None)
        self.fanOut.hand(portions, lambda: done.append(None))
        assert done == [None]
        return [client.writes for client in self.clients]

    def test_eachEventIsSpelledOnceForAFormatAndWrittenAtOnce(self) -> None:
        other = Numbered()
        self.clients.append(Client())
        self.listen(self.clients[3], other)
        portion = self.portion()
        portion.events = self.events
        portion.leaveOut(self.clients[1], "id 2")
        assert self.hand(portion) == [[b"1;2;3;"], [b"1;3;"], [b"1;2;3;"], [b"1;2;3;"]]
        assert (self.format.spelled, other.spelled) == (3, 3)
        # They share the bytes.
        assert self.clients[0].writes[0] is self.clients[2].writes[0]

    def test_whoGetsNothingIsNotWrittenTo(self) -> None:
        portion = self.portion()
        portion.events = [said("1")]
        portion.leaveOut(self.clients[0], "id 1")
        assert self.hand(portion) == [[], [b"1;"], [b"1;"]]

    def test_severalConversationsAreOneWriteEach(self) -> None:
        first, second = self.portion(), self.portion()
        first.events, second.events = [said("1")], [said("2"), said("3")]
        second.leaveOut(self.clients[1], "id 2")
        assert self.hand(first, second) == [[b"1;2;3;"], [b"1;3;"], [b"1;2;3;"]]

    def test_theAuthorComesFirst(self) -> None:
        order: list[int] = []
        for number, client in enumerate(self.clients):
            self.audience.add(client, self.format, lambda data, n=number: order.append(n))
        portion = self.portion()
        portion.events = self.events
        portion.leaveOut(self.clients[2], "id 1")
        self.hand(portion)
        assert order == [2, 0, 1]

    def test_whoEntersGetsWhatComesFromThenOn(self) -> None:
        late = Client()
        self.clients.append(late)
        portion = self.portion()
        portion.events = self.events[:1]
        portion.enter(self.audience, late, self.format, late.receive)
        portion.events += self.events[1:]
        assert self.hand(portion)[2:] == [[b"1;2;3;"], [b"2;3;"]]

    def test_whoLeavesGetsWhatCameUpToAndWithTheirLeaving(self) -> None:
        portion = self.portion()
        portion.events = self.events[:1]
        portion.leave(self.audience, self.clients[0])
        portion.events += self.events[1:]
        assert self.hand(portion) == [[b"1;2;"], [b"1;2;3;"], [b"1;2;3;"]]

    def test_whoLeavesAndComesBackGetsBothParts(self) -> None:
        client = self.clients[0]
        portion = self.portion()
        portion.events = [said("1"), said("2")]
        portion.leave(self.audience, client)
        portion.events += [said("out"), said("3"), said("4")]
        portion.enter(self.audience, client, self.format, client.receive)
        portion.events += [said("in"), said("5")]
        portion.leaveOut(client, "id 1")
        assert b"".join(self.hand(portion)[0]) == b"2;out;in;5;"

    def test_whoComesAndLeavesGetsWhatWasInBetween(self) -> None:
        late = Client()
        portion = self.portion()
        portion.events = [said("1")]
        portion.enter(self.audience, late, self.format, late.receive)
        portion.events += [said("in"), said("2")]
        portion.leave(self.audience, late)
        portion.events += [said("out"), said("3")]
        self.hand(portion)
        assert late.writes == [b"in;2;out;"]

    def test_whoHasLeftIsSparedOfWhatTheyIgnoreAllTheSame(self) -> None:
        client = self.clients[0]
        client.ignored, client.quiet = frozenset({"~bea"}), True
        self.listen(client)
        portion = self.portion()
        portion.events = [*self.events, joined("carl")]
        portion.leave(self.audience, client)
        portion.events.append(said("bye"))
        assert self.hand(portion)[0] == [b"1;3;bye;"]

    def test_wishesLeaveOutAndCostTheOthersNothing(self) -> None:
        quiet, ignoring, _ = self.clients
        quiet.quiet = True
        ignoring.ignored = frozenset({"~bea"})
        for client in (quiet, ignoring):
            self.listen(client)
        portion = self.portion()
        portion.events = [*self.events, joined("carl")]
        assert self.hand(portion) == [[b"1;2;3;"], [b"1;3;joined;"], [b"1;2;3;joined;"]]
        assert self.format.spelled == 4
        assert list(self.audience.wishes([said("x")], fold)) == []
        assert list(self.audience.wishes([joined("x")], fold)) == [(quiet, "j x")]
        self.audience.remove(quiet)
        self.audience.remove(ignoring)
        assert (self.audience.quiet, self.audience.ignored) == (set(), {})

    def test_anEventOfSeveralConversationsIsToldOnce(self) -> None:
        had: set[Any] = set()
        first, second = self.portion(), Portion([Audience()])
        late, only = Client(), Client()
        both = said("both", "ann", "d")
        first.events = [both]
        first.leave(self.audience, self.clients[0])
        first.events.append(said("bye"))
        first.enter(self.audience, late, self.format, late.receive)
        second.events = [both]
        for client in (*self.clients, late, only):
            second.audiences[0].add(client, self.format, client.receive)
        for portion in (first, second):
            portion.spare(lambda event: had if len(event.conversations) > 1 else None)
        self.fanOut.hand([first, second], lambda: None)
        for client in (*self.clients, late, only):
            assert b"".join(client.writes).count(b"both;") == 1

    def test_aClientThatBreaksHarmsNobodyElse(self, wrongs: Wrongs) -> None:
        def broken(data: bytes) -> None:
            raise RuntimeError("broken")

        self.audience.add(self.clients[0], self.format, broken)
        portion = self.portion()
        portion.events = self.events
        assert self.hand(portion)[1:] == [[b"1;2;3;"], [b"1;2;3;"]]
        assert len(wrongs.flush(RuntimeError)) == 1

    def test_whatAFormatCantSpellIsMissingThereAndNowhereElse(self, wrongs: Wrongs) -> None:
        class Broken(Numbered):
            def spell(self, event: Event, place: str) -> bytes | None:
                assert event.id != "id 2"
                return super().spell(event, place)

        self.listen(self.clients[0], Broken())
        portion = self.portion()
        portion.events = self.events
        assert self.hand(portion) == [[b"1;3;"], [b"1;2;3;"], [b"1;2;3;"]]
        assert len(wrongs.flush(AssertionError)) == 1


class TestMany:
    """
    More than a thousand readers, to each of whom a write takes 50 µs.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.clock = Clock()
        self.fanOut = FanOut(self.clock)
        self.audience, self.formats = Audience(), (Numbered(), Numbered())
        self.clients = [Client(self.clock, 50e-6) for _ in range(MANY + 200)]
        for number, client in enumerate(self.clients):
            self.audience.add(client, self.formats[number % 2], client.receive)
        self.portion = Portion([self.audience], events=[said("1")])
        self.done: list[None] = []

    def hand(self) -> None:
        """
        Begin to hand it out.
        """
        self.fanOut.hand([self.portion], lambda: self.done.append(None))

    def written(self) -> int:
        """
        @return: how many have got it.
        """
        return sum(len(client.writes) for client in self.clients)

    def test_theyAreServedInSlicesBetweenWhichTheReactorGetsItsTurn(self) -> None:
        self.hand()
        per = self.written()
        assert per * 50e-6 == pytest.approx(SLICE, rel=0.4)
        assert not self.done
        slices = [per]
        while not self.done:
            (call,) = self.clock.calls
            self.clock.calls.clear()
            call.func(*call.args, **call.kw)
            slices.append(self.written() - sum(slices))
        assert self.written() == len(self.clients)
        assert max(slices) * 50e-6 <= 1.5 * SLICE

    def test_whoChangesMeanwhileGetsItOnceAndWhoComesDoesNot(self) -> None:
        self.hand()
        for client in self.clients:
            # All change to the other format, and back to another way of being written to.
            new = self.formats[self.audience.formats[client] is self.formats[0]]
            self.audience.add(client, new, client.receive)
        late = Client()
        for format in self.formats:
            self.audience.add(late, format, late.receive)
        while not self.done:
            self.clock.advance(0)
        assert {len(client.writes) for client in self.clients} == {1}
        assert late.writes == []


class TestOnANode:
    """
    The same, through the whole of a node.
    """

    def test_aRoomsMembersShareOneEncoding(self) -> None:
        net, format = Net(1), Numbered()
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
        assert not net.hubs[node]._given

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


class TestBusyRoom:
    """
    A node on which three readers are many, and each write takes a slice.
    """

    @pytest.fixture(autouse=True)
    def _make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fanout, "MANY", 3)
        monkeypatch.setattr(fanout, "_LOOK_AT_CLOCK_EVERY", 1)
        self.net = Net()
        self.ann = self.net.registered("ann")
        self.others = [self.net.guest(f"p{n}", n % 2) for n in range(8)]
        self.net.join("dev", self.ann, *self.others)
        self.small = self.net.join("small", *self.others[2:4])
        list(heard(self.ann, *self.others))
        for session in (self.ann, *self.others):
            self.slowDown(session)

    def slowDown(self, session: Session) -> None:
        """
        Let a write to somebody take as long as a slice.
        """
        ear: Any = session.receiver
        clock = self.net.clock

        def receive(data: bytes) -> None:
            clock.rightNow += SLICE
            Ear.receive(ear, data)

        ear.receive = session.receive = receive
        session.reformat()

    def test_theNextRunOfTheRoomWaitsAndOtherRoomsDoNot(self) -> None:
        room = self.ann.roomNamed("dev")
        self.ann.say(room, "one")
        self.net.clock.advance(0)
        self.net.clock.advance(0)
        self.ann.say(room, "two")
        self.others[2].say(self.small, "elsewhere")
        for _ in range(2):
            self.net.clock.advance(0.001)
        ear: Any = self.others[3].receiver
        assert any(b"elsewhere" in data for data in ear.heard)
        self.net.settle(1.0)
        for lines in heard(*self.others):
            inDev = [line for line in lines if line.startswith("dev")]
            assert inDev == ["dev 1 said ann one", "dev 2 said ann two"]

    def test_rightsThatChangeInALongRunAreKnownBeforeTheyAreCheckedAgain(self) -> None:
        bea = self.others[0]
        room = self.ann.roomNamed("dev")
        for number in range(3):
            self.ann.say(room, str(number))
            self.net.clock.advance(0.001)
        kicked: list[Any] = []
        refused: list[Any] = []
        self.ann.kick(room, bea.name).addBoth(kicked.append)
        bea.say(bea.roomNamed("dev"), "too late").addErrback(refused.append)
        self.net.settle(2.0)
        assert [type(f.value).__name__ for f in refused] == ["NotInRoom"]
        assert kicked[0].kind == "kicked"

    def test_whoComesBackInTheMiddleOfARunHearsAndReadsItOnce(self) -> None:
        room = self.ann.roomNamed("dev")
        net = self.net
        for number in range(5):
            net.now(self.others[0].say(room, f"before {number}"))
        list(heard(self.ann))
        self.others[0].say(room, "now")
        net.clock.advance(0)
        net.clock.advance(0)
        back = net.login("ann")
        missed = net.now(back.missed())
        self.others[0].say(room, "after")
        net.settle(1.0)
        read = [e.text for m in missed for e in m.page.events if isinstance(e, Said)]
        live = [line.split(" ", 4)[4] for lines in heard(back) for line in lines if "said" in line]
        assert read + live == [*(f"before {n}" for n in range(5)), "now", "after"]
