"""
Fan-out: handing events to the people of one node, each encoded once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import chain, groupby
from typing import Any

from msgspec import Struct
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_chat.domain.audience import Audience, Listener, Receive, isSpared
from twisted_chat.domain.counts import Counts
from twisted_chat.domain.delivery import NOTHING, Delivery, Format
from twisted_chat.domain.events import Event
from twisted_chat.domain.toldonce import Told

MANY = 1000
"""To more people than this, writing is done in slices."""

SLICE = 0.010
"""Seconds."""

_LOOK_AT_CLOCK_EVERY = 64

_UNWRITTEN = "a client could not be written to; the others are"

Letter = tuple[Mapping[Listener, Receive], bytes]
"""The same bytes for some listeners, and the way to each: never none."""


class Portion(Struct):
    """
    Some events of one conversation, and who of this node gets which of them.

    @ivar audiences: who gets them; more than one for a direct conversation.
    @ivar leftOut: by listener, the ids of the events that they do not get.
    @ivar circles: by the id of an event that is not for everyone, who may get it.
    @ivar answers: by listener, the ids of the events by which it is answered.
    @ivar entered: for each that did not listen yet when it began, how many of the events came
        before.
    @ivar informed: who is told of which event in a way of its own, before anything is written.
    @ivar leavers: who listened and does not any more: the format, the way to write, and which of
        the events came while they did.
    """

    audiences: Sequence[Audience]
    place: str = ""
    events: list[Event] = []
    leftOut: dict[Listener, frozenset[str]] = {}
    circles: dict[str, frozenset[Listener]] = {}
    answers: dict[Listener, set[str]] = {}
    entered: dict[Listener, int] = {}
    leavers: list[tuple[Listener, Format, Receive, slice]] = []
    informed: list[tuple[Callable[[Event], None], Event]] = []

    def leaveOut(self, listener: Listener, id: str) -> None:
        """
        Spare a listener an event.
        """
        self.leftOut[listener] = self.leftOut.get(listener, NOTHING) | {id}

    def leaveAllOut(self, listeners: Iterable[Listener], ids: frozenset[str]) -> None:
        """
        Spare some listeners some events. What is alike for thousands is one set for all.
        """
        leftOut = self.leftOut
        for listener in listeners:
            known = leftOut.get(listener)
            leftOut[listener] = ids if known is None else known | ids

    def answer(self, listener: Listener, id: str) -> None:
        """
        Let a listener know that an event is its own doing.
        """
        self.answers.setdefault(listener, set()).add(id)

    def inform(self, event: Event) -> None:
        """
        Let all who listen now be told of an event in a way of their own, its author first, who
        waits for it.
        """
        told = [
            listener
            for audience in self.audiences
            for listener in audience.formats
            if self.isFor(listener, event.id)
        ]
        told.sort(key=lambda listener: listener.id != event.origin)
        self.informed += [(partial(_inform, listener), event) for listener in told]

    def confine(self, id: str, circle: Iterable[Listener]) -> None:
        """
        Let only some get an event: all others are spared it, and cost nothing.
        """
        self.circles[id] = frozenset(circle)

    def isFor(self, listener: Listener, id: str) -> bool:
        """
        Whether a listener gets an event, if they listen when it comes.
        """
        circle = self.circles.get(id)
        return id not in self.leftOut.get(listener, NOTHING) and (
            circle is None or listener in circle
        )

    def enter(
        self, audience: Audience, listener: Listener, format: Format, receive: Receive
    ) -> None:
        """
        Let somebody listen from here on: they get what comes next.
        """
        if listener not in audience.formats:
            self.entered[listener] = len(self.events)
        audience.add(listener, format, receive)

    def leave(self, audience: Audience, listener: Listener) -> None:
        """
        Let somebody listen up to and with the event that comes next, and no longer.
        """
        format = audience.formats.get(listener)
        if format is not None:
            receive = audience.groups[format][listener]
            heard = slice(self.entered.pop(listener, 0), len(self.events) + 1)
            self.leavers.append((listener, format, receive, heard))
            audience.remove(listener)

    def __len__(self) -> int:
        """
        How many get it.
        """
        return sum(map(len, self.audiences)) + len(self.leavers)

    def letters(self) -> Iterator[Letter]:
        """
        What is to be written to whom; those who get something of their own come first, and among
        them the authors.

        Who listens is settled when this is called: meanwhile people come, go and change formats.
        """
        rest = [
            (format, dict(group))
            for audience in self.audiences
            for format, group in audience.groups.items()
        ]
        if not (self.leftOut or self.circles or self.answers or self.entered or self.leavers):
            return self._spelled((), rest)
        ids = [event.id for event in self.events]
        own: list[tuple[Listener, Format, Receive, frozenset[str]]] = []
        for listener, format, receive, heard in self.leavers:
            unheard = (*ids[: heard.start], *ids[heard.stop :])
            own.append((listener, format, receive, self._spared(listener, unheard)))
        special = self.leftOut.keys() | self.answers.keys() | self.entered.keys()
        if self.circles:
            special |= self._encircled()
        for listener in special:
            for format, group in rest:
                mine = group.pop(listener, None)
                if mine is not None:
                    spared = self._spared(listener, ids[: self.entered.get(listener, 0)])
                    # Nearly always it is an author, who gets nothing of what they have said.
                    if len(spared) < len(ids):
                        own.append((listener, format, mine, spared))
        return self._spelled(own, rest)

    def _encircled(self) -> frozenset[Listener]:
        return frozenset(chain.from_iterable(self.circles.values()))

    def _spared(self, listener: Listener, unheard: Sequence[str]) -> frozenset[str]:
        spared = self.leftOut.get(listener, NOTHING)
        if unheard:
            spared = spared.union(unheard)
        if self.circles:
            spared |= {id for id, circle in self.circles.items() if listener not in circle}
        return spared

    def _spelled(
        self,
        own: Sequence[tuple[Listener, Format, Receive, frozenset[str]]],
        rest: Sequence[tuple[Format, Mapping[Listener, Receive]]],
    ) -> Iterator[Letter]:
        delivery = Delivery(self.events, self.place)
        for listener, format, receive, spared in own:
            for way, left in self._ways(listener, receive, spared):
                data = delivery.bytesFor(format, left)
                if data:
                    yield {listener: way}, data
        notForAll = frozenset(self.circles)
        for format, group in rest:
            data = delivery.bytesFor(format, notForAll)
            if data:
                yield group, data

    def _ways(
        self, listener: Listener, receive: Receive, spared: frozenset[str]
    ) -> Iterator[tuple[Receive, frozenset[str]]]:
        """
        How a listener gets what: in parts, where some of it answers it.

        @return: each way, and the ids of the events that do not go by it.
        """
        answers = self.answers.get(listener)
        if not answers:
            yield receive, spared
            return
        ids = [event.id for event in self.events]
        for isAnswer, part in groupby(ids, answers.__contains__):
            yield (
                listener.receiveAnswer if isAnswer else receive,
                spared.union(ids).difference(set(part) - spared),
            )

    def spare(self, given: Callable[[Event], Told | None]) -> None:
        """
        Leave out what the listeners wish to be spared of, and what they have had already.

        @param given: for an event of several conversations, who has had it; else C{None}.
        """
        for audience in self.audiences:
            if audience.quiet or audience.ignored:
                for listeners, ids in audience.wishes(self.events):
                    self.leaveAllOut(listeners, ids)
        for listener, _, _, heard in self.leavers:
            for event in self.events[heard]:
                if isSpared(listener, event):
                    self.leaveOut(listener, event.id)
        for number, event in enumerate(self.events):
            if len(event.conversations) > 1 and (told := given(event)) is not None:
                self._tellOnce(number, event, told)

    def _tellOnce(self, number: int, event: Event, told: Told) -> None:
        """
        Leave out those who have had an event in another conversation.

        @param number: of the event.
        """
        spared = {one for one, ids in self.leftOut.items() if event.id in ids}
        circle = self.circles.get(event.id)
        here: Mapping[Listener, Format]
        if circle is None and not (self.entered or self.leavers) and len(self.audiences) == 1:
            here = self.audiences[0].formats
            had, fresh = told.among(here)
            told.toAll(here, spared)
        else:
            here = self._hearers(number)
            had = frozenset(filter(told.has, here))
            fresh = frozenset(here.keys() - had)
            told.toSome((here.keys() if circle is None else here.keys() & circle) - spared)
        repeating = {format for format in self._formats() if format.repeats(event)}
        if had and repeating:
            had = frozenset([one for one in had if here[one] not in repeating])
            fresh = frozenset(here.keys() - had)
        if circle is not None:
            self.circles[event.id] = circle - had
        elif len(had) > len(fresh):
            self.circles[event.id] = fresh
        else:
            for listener in had:
                self.leaveOut(listener, event.id)

    def _formats(self) -> Iterator[Format]:
        for audience in self.audiences:
            yield from audience.groups
        for _, format, _, _ in self.leavers:
            yield format

    def _hearers(self, number: int) -> dict[Listener, Format]:
        """
        Who listens, or did, when one of the events comes, and in which format.
        """
        hearers: dict[Listener, Format] = {}
        for audience in self.audiences:
            hearers |= audience.formats
        for listener, first in self.entered.items():
            if first > number:
                hearers.pop(listener, None)
        for who, format, _, heard in self.leavers:
            if heard.start <= number < heard.stop:
                hearers[who] = format
        return hearers


class FanOut:
    """
    Writes portions to their people: one write for each person and batch.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, counts: Counts | None = None) -> None:
        """
        @param counts: where it is counted what was handed out.
        """
        self._clock = clock
        self._counts = counts or Counts()

    def hand(self, portions: Sequence[Portion], done: Callable[[], None]) -> None:
        """
        Hand out portions of different conversations.

        @param done: called when all is written, before this returns where the readers are few.
        """
        many = self._count(portions)
        letters: Iterable[Letter] = chain.from_iterable([portion.letters() for portion in portions])
        if len(portions) > 1 and len(_everyone(portions)) < many:
            answered = {who for portion in portions for who in portion.answers}
            letters = _gathered(letters, answered)
        informed = [each for portion in portions for each in portion.informed]
        if informed or many > MANY:
            # To be told in a way of one's own takes as long as many writes.
            self._slice(chain(informed, _oneByOne(letters)), done)
            return
        for group, data in letters:
            for receive in group.values():
                try:
                    receive(data)
                except Exception:
                    self._log.failure(_UNWRITTEN)
        done()

    def _count(self, portions: Sequence[Portion]) -> int:
        """
        @return: how many get something, each counted once for each portion.
        """
        counts, many = self._counts, 0
        for portion in portions:
            readers = len(portion)
            many += readers
            counts.lines += readers * len(portion.events)
        counts.deliveries += many
        counts.portions += len(portions)
        return many

    def _slice(
        self, writes: Iterator[tuple[Callable[[Any], None], Any]], done: Callable[[], None]
    ) -> None:
        seconds = self._clock.seconds
        end = seconds() + SLICE
        for count, (receive, data) in enumerate(writes, 1):
            try:
                receive(data)
            except Exception:
                self._log.failure(_UNWRITTEN)
            if not count % _LOOK_AT_CLOCK_EVERY and seconds() >= end:
                self._clock.callLater(0, self._slice, writes, done)
                return
        done()


def _inform(session: Any, event: Event) -> None:
    # It may have ended since the slice before.
    if not session.ended:
        session.receiver.happened(event)


def _everyone(portions: Sequence[Portion]) -> set[Listener]:
    """
    All who get some of the portions.
    """
    found: set[Listener] = set()
    for portion in portions:
        found.update(*[audience.formats for audience in portion.audiences])
        found.update([listener for listener, _, _, _ in portion.leavers])
    return found


def _oneByOne(letters: Iterable[Letter]) -> Iterator[tuple[Receive, bytes]]:
    for group, data in letters:
        for receive in group.values():
            yield receive, data


def _gathered(letters: Iterable[Letter], answered: Set[Listener]) -> Iterator[Letter]:
    """
    One letter for each listener who gets several.

    @param answered: who gets some of them another way, and so all of them as they are.
    """
    parts: dict[Listener, tuple[Receive, list[bytes]]] = {}
    for group, data in letters:
        if answered and (apart := answered & group.keys()):
            for listener in apart:
                yield {listener: group[listener]}, data
            group = {who: receive for who, receive in group.items() if who not in apart}
        for listener, receive in group.items():
            known = parts.get(listener)
            if known is not None and known[0] == receive:
                known[1].append(data)
                continue
            if known is not None:
                # What comes in a room that they are just entering is held back.
                yield {listener: known[0]}, b"".join(known[1])
            parts[listener] = (receive, [data])
    for listener, (receive, several) in parts.items():
        yield {listener: receive}, several[0] if len(several) == 1 else b"".join(several)
