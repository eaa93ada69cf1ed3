"""
Fan-out: handing events to the people of one node, each encoded once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_chat.domain.audience import Audience, Listener, Receive, isSpared
from twisted_chat.domain.delivery import NOTHING, Delivery, Format
from twisted_chat.domain.events import (
    Event,
)
from twisted_chat.domain.names import fold

MANY = 1000
"""To more people than this, writing is done in slices."""

SLICE = 0.010
"""Seconds."""

_LOOK_AT_CLOCK_EVERY = 64

_UNWRITTEN = "a client could not be written to; the others are"


@dataclass(slots=True)
class Portion:
    """
    Some events of one conversation, and who of this node gets which of them.

    @ivar audiences: who gets them; more than one for a direct conversation.
    @ivar leftOut: by listener, the ids of the events that they do not get.
    @ivar entered: by who did not listen when it began, how many of the events came before.
    @ivar leavers: who listened and does not any more: the format, the way to write, and which of
        the events came while they did.
    """

    audiences: Sequence[Audience]
    place: str = ""
    events: list[Event] = field(default_factory=list)
    leftOut: dict[Listener, set[str]] = field(default_factory=dict)
    entered: dict[Listener, int] = field(default_factory=dict)
    leavers: list[tuple[Listener, Format, Receive, slice]] = field(default_factory=list)

    def leaveOut(self, listener: Listener, id: str) -> None:
        """
        Spare a listener an event.
        """
        self.leftOut.setdefault(listener, set()).add(id)

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

    def writes(self) -> Iterator[tuple[Listener, Receive, bytes]]:
        """
        What is to be written to whom; those who get something of their own come first, and among
        them the authors.

        Who listens is settled when this is called: meanwhile people come, go and change formats.
        """
        ids = [event.id for event in self.events]
        own: list[tuple[Listener, Format, Receive, frozenset[str]]] = []
        for listener, format, receive, heard in self.leavers:
            unheard = (*ids[: heard.start], *ids[heard.stop :])
            own.append((listener, format, receive, self._spared(listener, unheard)))
        particular = self.leftOut.keys() | self.entered.keys()
        for audience in self.audiences:
            for listener in particular:
                mine = audience.formats.get(listener)
                if mine is not None:
                    spared = self._spared(listener, ids[: self.entered.get(listener, 0)])
                    own.append((listener, mine, audience.groups[mine][listener], spared))
        rest = [
            (format, list(group.items()))
            for audience in self.audiences
            for format, group in audience.groups.items()
        ]
        return self._written(own, rest, particular)

    def _spared(self, listener: Listener, unheard: Sequence[str]) -> frozenset[str]:
        return frozenset(self.leftOut.get(listener, NOTHING)).union(unheard)

    def _written(
        self,
        own: Sequence[tuple[Listener, Format, Receive, frozenset[str]]],
        rest: Sequence[tuple[Format, Sequence[tuple[Listener, Receive]]]],
        particular: Set[Listener],
    ) -> Iterator[tuple[Listener, Receive, bytes]]:
        delivery = Delivery(self.events, self.place)
        for listener, format, receive, spared in own:
            yield listener, receive, delivery.bytesFor(format, spared)
        for format, group in rest:
            data = delivery.bytesFor(format, NOTHING)
            if data:
                for listener, receive in group:
                    if listener not in particular:
                        yield listener, receive, data

    def spare(self, given: Callable[[Event], set[Listener] | None]) -> None:
        """
        Leave out what the listeners wish to be spared of, and what they have had already.

        @param given: for an event of several conversations, who has had it; else C{None}.
        """
        for audience in self.audiences:
            for listener, id in audience.wishes(self.events, fold):
                self.leaveOut(listener, id)
        for listener, _, _, heard in self.leavers:
            for event in self.events[heard]:
                if isSpared(listener, event, fold):
                    self.leaveOut(listener, event.id)
        for number, event in enumerate(self.events):
            if len(event.conversations) > 1 and (had := given(event)) is not None:
                hearers = self._hearers(number)
                for listener in hearers & had:
                    self.leaveOut(listener, event.id)
                had |= hearers

    def _hearers(self, number: int) -> set[Listener]:
        """
        Who listens, or did, when one of the events comes.
        """
        hearers = {listener for audience in self.audiences for listener in audience.formats}
        hearers -= {listener for listener, first in self.entered.items() if first > number}
        hearers |= {who for who, _, _, heard in self.leavers if heard.start <= number < heard.stop}
        return hearers


class FanOut:
    """
    Writes portions to their people: one write for each person and batch.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock

    def hand(self, portions: Sequence[Portion], done: Callable[[], None]) -> None:
        """
        Hand out portions of different conversations.

        @param done: called when all is written, before this returns where the readers are few.
        """
        if len(portions) == 1:
            writes = portions[0].writes()
        else:
            writes = _gathered(portions)
        if sum(map(len, portions)) <= MANY:
            for _, receive, data in writes:
                if data:
                    try:
                        receive(data)
                    except Exception:
                        self._log.failure(_UNWRITTEN)
            done()
        else:
            self._slice(writes, done)

    def _slice(
        self, writes: Iterator[tuple[Listener, Receive, bytes]], done: Callable[[], None]
    ) -> None:
        seconds = self._clock.seconds
        end = seconds() + SLICE
        for count, (_, receive, data) in enumerate(writes, 1):
            if data:
                try:
                    receive(data)
                except Exception:
                    self._log.failure(_UNWRITTEN)
            if not count % _LOOK_AT_CLOCK_EVERY and seconds() >= end:
                self._clock.callLater(0, self._slice, writes, done)
                return
        done()


def _gathered(portions: Sequence[Portion]) -> Iterator[tuple[Listener, Receive, bytes]]:
    parts: dict[Listener, tuple[Receive, list[bytes]]] = {}
    for portion in portions:
        for listener, receive, data in portion.writes():
            if listener in parts:
                parts[listener][1].append(data)
            else:
                parts[listener] = (receive, [data])
    for listener, (receive, several) in parts.items():
        yield listener, receive, several[0] if len(several) == 1 else b"".join(several)
