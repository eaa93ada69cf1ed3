"""
Conversations on one node: the gate through which runs pass in the one order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from twisted_chat.domain.announcements import Run
from twisted_chat.domain.audience import Audience
from twisted_chat.domain.events import Event
from twisted_chat.domain.ids import isDirect, readersOf
from twisted_chat.domain.room import Room

T = TypeVar("T")

NONE: frozenset[str] = frozenset()
"""There are as many conversations as people, so what nearly all lack they have in common."""

ROOM_FOR_ALL = nullcontext()
"""How nobody is counted."""


class Arrival(Struct, eq=False):
    """
    A run that has come to this node.

    @ivar node: who announced it; C{""} if it was read from the log.
    @ivar upto: the seq up to which the log was read, for a run that was read from it: what is not
        kept leaves no trace there.
    @ivar taken: how many of its events were taken before.
    @ivar over: whether it has been handed to this node's members, or was not news.
    """

    node: str
    epoch: int
    run: Run
    upto: int = 0
    taken: int = 0
    over: bool = False
    _done: Deferred[None] | None = None

    def whenOver(self) -> Deferred[None]:
        """
        @return: fires when it is over. To be asked for once, while it is not.
        """
        # Nearly always it is over before anybody asks.
        self._done = Deferred()
        return self._done

    def end(self) -> None:
        """
        It is over.
        """
        self.over = True
        if self._done is not None:
            self._done.callback(None)


class Conversation:
    """
    A conversation of which this node has a reader.

    @ivar room: this node's copy of the room; C{None} for a direct conversation or a person's
        channel, and as long as it is being read.
    @ivar audience: who listens, for a room or a person's channel.
    @ivar head: the seq of the newest event that was handed out here.
    @ivar begun: what C{head} was when it began to be handed out here.
    @ivar counters: by node, its epoch and the counter of its newest run that was handed out here.
    @ivar waiting: what came early.
    @ivar busy: whether nothing may be handed out now: it is being read, or a long run is still
        being written.
    @ivar pins: how many are about to do something here, so that it must not be forgotten.
    @ivar suspects: nodes of whose coming and going something was missed just now.
    @ivar doubtful: nodes whose part of the roster must be read, or read again.
    @ivar calling: whether the rosters are being read.
    @ivar coming: where there may be only so many members, the ids of the people whose joining has
        no place yet.
    @ivar speaking: in slow mode, the ids of the people of whom something that they say here has no
        place yet.
    """

    __slots__ = (
        "audience", "begun", "busy", "calling", "coming", "counters", "doubtful", "head", "id",
        "pins", "repairing", "room", "speaking", "suspects", "timer", "waiting",
    )  # fmt: skip

    def __init__(self, id: str, head: int = 0, busy: bool = False) -> None:
        self.id = id
        self.room: Room | None = None
        self.audience = Audience()
        self.head = self.begun = head
        self.counters: dict[str, tuple[int, int]] = {}
        self.waiting: list[Arrival] = []
        self.busy = busy
        self.pins = 0
        self.suspects = NONE
        self.doubtful = NONE
        self.calling = False
        self.coming = self.speaking = NONE
        self.timer: IDelayedCall | None = None
        self.repairing = False

    @property
    def calm(self) -> bool:
        """
        Whether nothing that came waits, and nothing was missed.
        """
        return not (self.waiting or self.suspects or self.timer)

    @property
    def missing(self) -> bool:
        """
        Whether something that came waits for what has not come.
        """
        return (
            bool(self.waiting)
            and not self.busy
            and all(arrival.run.after > self.head for arrival in self.waiting)
        )

    def expecting(self, person: str) -> AbstractContextManager[None]:
        """
        Somebody is about to become a member: they take up room already, where there is only so
        much. Elsewhere nothing is noted: a thousand may come at once.
        """
        limited = self.room is not None and self.room.setting("limit")
        return self._counting(person) if limited else ROOM_FOR_ALL

    @contextmanager
    def _counting(self, person: str) -> Iterator[None]:
        self.coming |= {person}
        try:
            yield
        finally:
            self.coming -= {person}

    def speaks(self, person: str, said: Deferred[T]) -> None:
        """
        Somebody says something in slow mode.

        @param person: their id.
        @param said: fires when it has its place, or fails: what is refused does not count.
        """

        def over(outcome: T) -> T:
            self.speaking -= {person}
            return outcome

        if not said.called:
            self.speaking |= {person}
            said.addBoth(over)

    def ready(self, most: int) -> tuple[list[Event], list[Arrival]]:
        """
        Take what can be handed out now, at most about C{most} events. What comes before a new name
        of the conversation is handed out by itself: it is told under the old one.

        @return: the events, in order, and the arrivals that end with them.
        """
        events: list[Event] = []
        arrivals: list[Arrival] = []
        if self.head < 0 and self.waiting:
            # A direct conversation begins with the first that this node hears of it.
            self.head = self.begun = self.waiting[0].run.after
        while self.waiting and not self.busy and len(events) < most:
            for place, arrival in enumerate(self.waiting):  # noqa: B007
                if arrival.run.after <= self.head:
                    break
            else:
                break
            del self.waiting[place]
            if not self._take(arrival, events):
                self.waiting.insert(0, arrival)
                break
            arrivals.append(arrival)
        return events, arrivals

    def _take(self, arrival: Arrival, events: list[Event]) -> bool:
        """
        Take what of an arrival is news: stored events by their seq, passing ones by the counter.

        @param events: what was taken, to which it is added.
        @return: whether it was all of it.
        """
        run, node = arrival.run, arrival.node
        fresh = True
        if node:
            epoch, counter = self.counters.get(node, (arrival.epoch, 0))
            if arrival.epoch < epoch:
                fresh = False
            else:
                if arrival.epoch > epoch:
                    counter = 0
                fresh = run.counter > counter
                if run.counter > counter + 1:
                    self.suspects |= {node}
        for event in run.events[arrival.taken :]:
            if event.stored:
                if event.seq > self.head:
                    if event.renames and events:
                        arrival.taken = run.events.index(event)
                        return False
                    self.head = event.seq
                    events.append(event)
            elif fresh:
                events.append(event)
        if node and fresh:
            self.counters[node] = (arrival.epoch, run.counter)
        if arrival.upto > self.head:
            self.head = arrival.upto
        return True


def channelsOf(conversation: str) -> Sequence[str]:
    """
    Where the events of a conversation are announced: a direct one at its people.
    """
    return readersOf(conversation) if isDirect(conversation) else (conversation,)
