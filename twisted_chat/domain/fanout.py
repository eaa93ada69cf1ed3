"""
Fan-out: handing events to the people of one node, each encoded once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime

from twisted_chat.domain.audience import Audience, Listener, Receive
from twisted_chat.domain.delivery import NOTHING, Delivery, Format
from twisted_chat.domain.events import Event
from twisted_chat.domain.names import fold

MANY = 1000
"""To more people than this, writing is done in slices."""

SLICE = 0.010
"""Seconds."""

_LOOK_AT_CLOCK_EVERY = 64


@dataclass(slots=True)
class Portion:
    """
    Some events of one conversation, and who of this node gets which of them.

    @ivar audiences: who gets them; more than one for a direct conversation.
    @ivar leftOut: by listener, the ids of the events that they do not get.
    @ivar leavers: who listened when it began and does not any more: the format, the way to write,
        and how many of the events came before they had left.
    """

    audiences: Sequence[Audience]
    place: str = ""
    events: list[Event] = field(default_factory=list)
    leftOut: dict[Listener, set[str]] = field(default_factory=dict)
    leavers: list[tuple[Listener, Format, Receive, int]] = field(default_factory=list)

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
        for event in self.events:
            self.leaveOut(listener, event.id)
        audience.add(listener, format, receive)

    def leave(self, audience: Audience, listener: Listener) -> None:
        """
        Let somebody listen up to and with the event that comes next, and no longer.
        """
        format = audience.formats.get(listener)
        if format is not None:
            receive = audience.groups[format][listener]
            self.leavers.append((listener, format, receive, len(self.events) + 1))
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
        """
        delivery = Delivery(self.events, self.place)
        leftOut = self.leftOut
        for listener, format, receive, had in self.leavers:
            spared = leftOut.get(listener, NOTHING) | {event.id for event in self.events[had:]}
            yield listener, receive, delivery.bytesFor(format, frozenset(spared))
        for audience in self.audiences:
            for listener, spared in leftOut.items():
                mine = audience.formats.get(listener)
                if mine is not None:
                    data = delivery.bytesFor(mine, frozenset(spared))
                    yield listener, audience.groups[mine][listener], data
        for audience in self.audiences:
            for format, group in list(audience.groups.items()):
                data = delivery.bytesFor(format, NOTHING)
                if data:
                    for listener, receive in list(group.items()):
                        if listener not in leftOut:
                            yield listener, receive, data

    def spare(self, given: Callable[[Event], set[Listener] | None]) -> None:
        """
        Leave out what the listeners wish to be spared of, and what they have had already.

        @param given: for an event of several conversations, who has had it; else C{None}.
        """
        for audience in self.audiences:
            for listener, id in audience.wishes(self.events, fold):
                self.leaveOut(listener, id)
        for event in self.events:
            if len(event.conversations) > 1 and (had := given(event)) is not None:
                for audience in self.audiences:
                    for listener in audience.formats:
                        if listener in had:
                            self.leaveOut(listener, event.id)
                        had.add(listener)


class FanOut:
    """
    Writes portions to their people: one write for each person and batch.
    """

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
                    receive(data)
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
                receive(data)
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
