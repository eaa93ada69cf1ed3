"""
Portions of conversations on their way to their readers: each event is encoded once, each reader is
written to once, and gets just what happened while they listened.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.task import Clock

from tests.conftest import Wrongs
from tests.doubles import PlainFormat
from twisted_chat.domain.audience import Audience
from twisted_chat.domain.events import Event, Joined, Said
from twisted_chat.domain.fanout import MANY, SLICE, FanOut, Portion
from twisted_chat.domain.toldonce import Overlaps, Told
from twisted_chat.domain.values import Author, PersonRecord


class Client:
    """
    A listener of an audience, with its own ears.

    @ivar cost: seconds that writing to it takes.
    """

    def __init__(self, clock: Clock | None = None, cost: float = 0.0) -> None:
        self.id = self.personId = ""
        self.quiet = self.ended = False
        self.receiver = self
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

    def receiveAnswer(self, data: bytes) -> None:
        """
        IReceiver.receiveAnswer.
        """
        self.writes.append(b"! " + data)

    def happened(self, event: Event) -> None:
        """
        IReceiver.happened: ten times as long as a write.
        """
        if self._clock is not None:
            self._clock.rightNow += 10 * self._cost
        self.writes.append(b"by itself: " + event.kind.encode())


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


def _note(order: list[int], number: int, data: bytes) -> None:
    order.append(number)


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

    def test_whatIsForAFewIsWrittenToThemAndTheOthersAreOneGroupStill(self) -> None:
        for _ in range(50):
            self.listen(Client())
        portion = self.portion()
        portion.events = self.events
        portion.confine("id 2", self.clients[:1])
        few, rest = portion.letters()
        assert (list(few[0]), few[1]) == ([self.clients[0]], b"1;2;3;")
        assert (len(rest[0]), rest[1]) == (52, b"1;3;")
        assert self.format.spelled == 3
        assert [portion.isFor(one, "id 2") for one in self.clients] == [True, False, False]

    def test_whoIsAmongAFewIsSparedOfTheirOwnAllTheSame(self) -> None:
        portion = self.portion()
        portion.events = self.events
        portion.confine("id 2", self.clients[:2])
        portion.leaveOut(self.clients[1], "id 2")
        assert self.hand(portion) == [[b"1;2;3;"], [b"1;3;"], [b"1;3;"]]
        assert not portion.isFor(self.clients[1], "id 2")

    def test_whoLeavesGetsWhatWasForThemAlone(self) -> None:
        portion = self.portion()
        portion.events = self.events[:2]
        portion.confine("id 1", self.clients[:1])
        portion.confine("id 2", self.clients[1:])
        portion.leave(self.audience, self.clients[0])
        portion.events.append(self.events[2])
        assert self.hand(portion) == [[b"1;3;"], [b"2;3;"], [b"2;3;"]]

    def test_whereNothingIsForAllNothingIsWritten(self) -> None:
        portion = self.portion()
        portion.events = self.events[:1]
        portion.confine("id 1", self.clients[2:])
        assert len(list(portion.letters())) == 1
        assert self.hand(portion) == [[], [], [b"1;"]]

    def test_answersGoTheirOwnWayInOrderAndTheOthersAreOneGroupStill(self) -> None:
        portion = self.portion()
        portion.events = [said("1"), said("2"), said("3"), said("4")]
        portion.answer(self.clients[1], "id 2")
        portion.answer(self.clients[1], "id 4")
        portion.leaveOut(self.clients[1], "id 3")
        assert self.hand(portion) == [[b"1;2;3;4;"], [b"1;", b"! 2;", b"! 4;"], [b"1;2;3;4;"]]
        assert self.clients[0].writes[0] is self.clients[2].writes[0]

    def test_answersGoTheirOwnWayInSeveralConversationsToo(self) -> None:
        first, second = self.portion(), self.portion()
        first.events, second.events = [said("1"), said("2")], [said("3"), said("4")]
        first.answer(self.clients[1], "id 2")
        assert self.hand(first, second) == [[b"1;2;3;4;"], [b"1;", b"! 2;", b"3;4;"], [b"1;2;3;4;"]]

    def test_severalConversationsAreOneWriteEach(self) -> None:
        first, second = self.portion(), self.portion()
        first.events, second.events = [said("1")], [said("2"), said("3")]
        second.leaveOut(self.clients[1], "id 2")
        assert self.hand(first, second) == [[b"1;2;3;"], [b"1;3;"], [b"1;2;3;"]]

    def test_theAuthorComesFirst(self) -> None:
        order: list[int] = []
        for number, client in enumerate(self.clients):
            client.receive = partial(_note, order, number)  # type: ignore[method-assign]
            self.listen(client)
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
        assert list(self.audience.wishes([said("x")])) == []
        assert list(self.audience.wishes([joined("x")])) == [({quiet}, frozenset({"j x"}))]
        self.audience.remove(quiet)
        self.audience.remove(ignoring)
        assert (self.audience.quiet, self.audience.ignored) == (set(), {})

    def test_whomPeopleIgnoreCostsOthersNothingWhoComeAndGo(self) -> None:
        class Unread(dict[Any, Any]):
            def __iter__(self) -> Any:
                raise AssertionError("it was gone through")

            keys = values = items = __iter__

        for number in range(20):
            client = Client()
            client.ignored = frozenset(f"~{number}-{each}" for each in range(20))
            self.listen(client)
        self.audience.ignored = Unread(self.audience.ignored)
        assert len(self.audience.ignored) == 400
        client = self.clients[0]
        for ignored in (frozenset({"~bea"}), frozenset({"~bea", "~0-0"}), frozenset[str]()):
            client.ignored = ignored
            self.listen(client)
        assert len(self.audience.ignored) == 400
        self.audience.remove(client)
        assert [client in ones for ones, _ in self.audience.wishes([said("x", "0-0")])] == [False]

    def test_whatThousandsWishIsOneWishForAll(self) -> None:
        for client in self.clients[:2]:
            client.quiet, client.ignored = True, frozenset({"~bea"})
            self.listen(client)
        self.clients[2].quiet = True
        self.listen(self.clients[2])
        portion = self.portion()
        portion.events = [joined("x"), said("1"), joined("y"), joined("z")]
        portion.spare(lambda event: None)
        (left,) = {id(left): left for left in portion.leftOut.values()}.values()
        assert left == {"j x", "j y", "j z"}
        assert self.hand(portion) == [[b"1;"]] * 3

    def test_anEventOfSeveralConversationsIsToldOnce(self) -> None:
        had = Told(2, Overlaps())
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

    def test_whoIsSparedOfItInOneRoomOrHadLeftItIsToldInAnother(self) -> None:
        had = Told(2, Overlaps())
        first, second = self.portion(), Portion([Audience()])
        both = said("both", "ann", "d")
        left, spared, other = self.clients
        first.leave(self.audience, left)
        first.events = [said("bye"), both]
        first.leaveOut(spared, both.id)
        first.leaveOut(other, "id bye")
        second.events = [both]
        for client in self.clients:
            second.audiences[0].add(client, self.format, client.receive)
        for portion in (first, second):
            portion.spare(lambda event: had if event is both else None)
        self.fanOut.hand([first, second], lambda: None)
        assert [b"".join(each.writes) for each in self.clients] == [b"bye;both;"] * 2 + [b"both;"]

    def test_whatIsHeldBackInOneRoomIsHeldBackThoughAnotherOneIsToldToo(self) -> None:
        held: list[bytes] = []
        first, second, third = (Portion([Audience()]) for _ in range(3))
        client = self.clients[0]
        for portion, text in ((first, "1"), (second, "2"), (third, "3")):
            receive = held.append if portion is second else client.receive
            portion.audiences[0].add(client, self.format, receive)
            portion.events = [said(text)]
        self.fanOut.hand([first, second, third], lambda: None)
        assert (client.writes, held) == ([b"1;", b"3;"], [b"2;"])

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

    def test_whoIsToldInAWayOfTheirOwnIsInSlicesToo(self) -> None:
        """
        They are fewer than would be written to in slices; nobody is written to before that.
        """
        for client in self.clients[300:]:
            self.audience.remove(client)
        author = self.clients[200]
        author.id = "author"
        event = said("1", "ann")
        self.portion.inform(replace(event, origin="author"))
        began = self.clock.seconds()
        self.hand()
        slices = [self.clock.seconds() - began]
        assert author.writes == [b"by itself: said"]
        assert b"1;" not in [text for client in self.clients for text in client.writes]
        self.clients[299].ended = True
        while not self.done:
            (call,) = self.clock.calls
            self.clock.calls.clear()
            began = self.clock.seconds()
            call.func(*call.args, **call.kw)
            slices.append(self.clock.seconds() - began)
        both = [b"by itself: said", b"1;"]
        for number, client in enumerate(self.clients[:300]):
            assert client.writes == (both[1:] if number == 299 else both)
        assert max(slices) <= 4 * SLICE
        assert len(slices) > 3

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
