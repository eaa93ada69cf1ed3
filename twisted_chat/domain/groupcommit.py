"""
Group commit: what is published within one turn of the reactor goes to the store at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.domain.coroutines import after
from twisted_chat.domain.counts import Counts
from twisted_chat.domain.errors import (
    Busy,
    ChatError,
    Closing,
    Gone,
    NoSuchRoom,
    NotKnown,
    NotSaved,
)
from twisted_chat.domain.events import Event
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.pace import Pace
from twisted_chat.domain.records import Placement
from twisted_chat.domain.units import KIB

MOST_EVENTS = 256
"""No batch, and so no run of one, has more events."""

MOST_BYTES = 64 * KIB
"""A batch ends with the event that takes it past this size."""

CREDIT = 16
"""
How many commits may start without keeping the distance, after a pause. With a few, one message in
forty had to wait for the distance where a server was hardly busy: people talk and come in bursts.
"""

TRIES = 3
"""How often an event's rights are checked again before its author is told to try again."""

Recheck = Callable[[Event], Event]


class Entry(Struct):
    """
    An event on its way into the log.

    @ivar recheck: checks the rights of its author again and gives the event with a new basis.
    @ivar size: about how many bytes the event takes.
    @ivar room: what people call the room that it is about, if it is.
    @ivar inDoubt: whether it may be in the log, after a commit of which nothing could be learned.
    @ivar placed: fires when this node's members have it.
    """

    event: Event
    recheck: Recheck | None
    size: int
    room: str = ""
    tries: int = 0
    inDoubt: bool = False
    placed: Deferred[Event] = field(default_factory=Deferred)

    def refuse(self, error: ChatError) -> None:
        """
        It gets no place.

        @param error: why; the store knows rooms by their ids only.
        """
        if self.room and error.code == NoSuchRoom.code:
            error = NoSuchRoom(room=self.room)
        self.placed.errback(error)


Begun = tuple[list[Entry], Deferred[Sequence[Placement]]]
"""A batch that the writer has, and what becomes of it."""


class GroupCommit:
    """
    Gathers events while the writer is busy, and hands it one batch at a time. While one is handed
    out, the next is written.

    An idle writer starts at the end of the reactor's turn; in the long run commits start at least
    L{Pace.spacing} seconds apart. There is no other timer that delays an event.
    """

    _log = Logger()

    def __init__(
        self,
        store: IStore,
        clock: IReactorTime,
        deliver: Callable[[Sequence[Placement]], Deferred[None]],
        catchUp: Callable[[Sequence[str]], Deferred[None]],
        pace: Pace | None = None,
        counts: Counts | None = None,
    ) -> None:
        """
        @param deliver: brings what was placed to everybody; fires when this node's members have it.
        @param catchUp: brings this node up to the newest event of some conversations.
        @param counts: where commits are counted.
        """
        self._counts = counts or Counts()
        self._store = store
        self._clock = clock
        self._deliver = deliver
        self._catchUp = catchUp
        self.setPace(pace or Pace())
        self._queue: deque[Entry] = deque()
        self._bytes = 0
        self._writing: list[Entry] = []
        self._alone: deque[Entry] = deque()
        self._parked: dict[str, list[Entry]] = {}
        self._delivering = 0
        self._call: IDelayedCall | None = None
        self._startedAt = self._due = float("-inf")
        self._begun: Begun | None = None
        self._idle: Deferred[None] | None = None
        self._closed = self._over = False

    def setPace(self, pace: Pace) -> None:
        """
        Go on at another pace from now on.
        """
        self._spacing = pace.spacing
        self._mostEvents = pace.mostEvents
        self._mostBytes = pace.mostBytes

    @property
    def bytes(self) -> int:
        """
        The size of the events that wait for the writer.
        """
        return self._bytes

    @property
    def full(self) -> bool:
        """
        Whether a publisher should wait for it to be placed before they go on, and what may
        be lost is dropped.
        """
        return len(self._queue) >= self._mostEvents or self._bytes >= self._mostBytes

    def __len__(self) -> int:
        """
        How many events are on their way.
        """
        parked = sum(map(len, self._parked.values()))
        return len(self._queue) + len(self._writing) + len(self._alone) + parked

    def writing(self, conversation: str) -> set[str]:
        """
        The ids of the events of a conversation that are in the writer now, so that they may be in
        the log but not here.
        """
        here = [entry.event for entry in self._writing]
        return {event.id for event in here if conversation in event.conversations}

    def submit(self, event: Event, recheck: Recheck | None, room: str = "") -> Deferred[Event]:
        """
        Take an event.

        @param recheck: see L{Entry}. What has a C{basis} needs it, to get another one.
        @param room: see L{Entry.room}.
        @return: the event at its place, when this node's members have it. Fails with a
            L{ChatError} if it was refused; then nobody has seen it.
        """
        entry = Entry(event, recheck, event.size(), room)
        if self._closed:
            entry.placed.errback(Closing())
        elif (event.stored or recheck is not None) and (
            len(self._queue) >= 2 * self._mostEvents or self._bytes >= 2 * self._mostBytes
        ):
            # Publishers are made to wait when it is full; this is for those that can't be. That
            # somebody goes is taken all the same, since nobody would tell of it later.
            entry.placed.errback(Busy())
        else:
            self._queue.append(entry)
            self._bytes += entry.size
            self._schedule()
        return entry.placed

    def finish(self) -> Deferred[None]:
        """
        Take nothing more.

        @return: fires when all that was taken is placed and delivered, or refused.
        """
        self._closed = True
        if not len(self) and not self._delivering:
            return succeed(None)
        if self._idle is None:
            self._idle = Deferred()
        return self._idle

    def refuseRest(self) -> None:
        """
        Wait for nothing any more: whatever is not placed by now is refused.
        """
        self._closed = self._over = True
        if self._call is not None and self._call.active():
            self._call.cancel()
        rest = [*self._alone, *self._queue]
        for parked in self._parked.values():
            rest += parked
        self._alone.clear()
        self._queue.clear()
        self._parked.clear()
        self._bytes = 0
        for entry in rest:
            entry.placed.errback(Closing())
        if self._idle is not None:
            idle, self._idle = self._idle, None
            idle.callback(None)

    def _schedule(self) -> None:
        if self._call is None and not self._writing:
            wait = min(max(0.0, self._due - self._clock.seconds()), self._spacing)
            self._call = self._clock.callLater(wait, self._write)

    def _write(self) -> None:
        self._call = None
        self._follow(self._begin())

    def _begin(self) -> Begun | None:
        """
        Give the writer its next batch.

        @return: the batch and its placements, for L{_follow}.
        """
        batch = [self._alone.popleft()] if self._alone else self._take()
        if not batch:
            return None
        now, spacing = self._clock.seconds(), self._spacing
        self._startedAt = now
        self._due = min(max(self._due, now - (CREDIT - 1) * spacing), now) + spacing
        self._writing = [*self._writing, *batch]
        return batch, self._store.append([entry.event for entry in batch])

    def _follow(self, begun: Begun | None) -> None:
        if begun is not None:
            batch, appended = begun
            # One callback: in a small room each costs as much as a reader.
            appended.addBoth(self._written, batch)

    def _written(self, result: Sequence[Placement] | Failure, batch: Sequence[Entry]) -> None:
        """
        The writer is done with a batch, for good or ill.
        """
        try:
            if isinstance(result, Failure):
                self._failed(result, batch)
            else:
                self._appended(result, batch)
        except Exception:
            self._log.failure("a batch was not delivered")
        self._next(batch)

    def _take(self) -> list[Entry]:
        batch: list[Entry] = []
        size = 0
        queue = self._queue
        while queue and len(batch) < MOST_EVENTS and size < MOST_BYTES:
            entry = queue.popleft()
            self._bytes -= entry.size
            parked = self._parked.get(entry.event.origin) if self._parked else None
            if parked is not None:
                # It must not overtake what its connection sent before it.
                parked.append(entry)
            else:
                batch.append(entry)
                size += entry.size
        return batch

    def _next(self, batch: Sequence[Entry] = ()) -> None:
        self._writing = self._writing[len(batch) :]
        begun, self._begun = self._begun, None
        self._follow(begun)
        if self._over:
            self.refuseRest()
        elif self._queue or self._alone:
            self._schedule()
        elif self._idle is not None and not len(self) and not self._delivering:
            idle, self._idle = self._idle, None
            idle.callback(None)

    def _appended(self, placements: Sequence[Placement], batch: Sequence[Entry]) -> None:
        now, counts = self._clock.seconds(), self._counts
        counts.commits.add(now - self._startedAt)
        placed: list[tuple[Entry, Event]] = []
        ready: list[Placement] = []
        outdated: dict[str, list[Entry]] = {}
        for entry, placement in zip(batch, placements, strict=True):
            if placement.error is not None:
                if placement.error.code == NotSaved.code:
                    counts.unsaved(now, str(placement.error.fields["why"]))
                entry.refuse(placement.error)
            elif placement.outdated:
                outdated.setdefault(entry.event.origin, []).append(entry)
            else:
                placed.append((entry, placement.event))
                ready.append(placement)
                counts.events[placement.event.kind] += 1
                if placement.event.stored:
                    counts.saved(now)
        waits = self._queue or self._alone
        if waits and not outdated and not self._over and now >= self._due:
            # What it places is handed out after this; only what is outdated may have to go first.
            self._begun = self._begin()
        if ready:
            self._delivering += 1
            try:
                delivering = self._deliver(ready)
            except Exception:
                delivering = fail()
            after(delivering, self._delivered, placed)
        for origin, entries in outdated.items():
            self._park(origin, entries)

    def _delivered(self, result: Failure | None, placed: list[tuple[Entry, Event]]) -> None:
        self._delivering -= 1
        if isinstance(result, Failure):
            # It is in the log, and whoever missed it finds it there.
            self._log.failure("a batch is committed, but was not announced", result)
        for entry, event in placed:
            entry.placed.callback(event)
        if not self._writing:
            self._next()

    def _failed(self, why: Failure, batch: Sequence[Entry]) -> None:
        """
        Nothing of the batch was committed, or that is in doubt: each event alone, so that one fails
        only its author. One that is in the log after all gets its place there.
        """
        now = self._clock.seconds()
        self._counts.commits.add(now - self._startedAt)
        if not isinstance(why.value, ChatError):
            self._log.failure("a batch was not committed", why)
        error = why.value
        if isinstance(error, NotKnown):
            for entry in batch:
                entry.inDoubt = entry.event.stored
        if len(batch) > 1:
            self._alone.extendleft(reversed(batch))
            return
        if not isinstance(error, ChatError):
            error = NotSaved(why="the log did not take it")
        if isinstance(error, NotSaved):
            self._counts.unsaved(now, str(error.fields["why"]))
            if batch[0].inDoubt:
                error = NotKnown(**error.fields)
        batch[0].placed.errback(error)

    def _park(self, origin: str, entries: list[Entry]) -> None:
        """
        Check the rights of outdated events again, as soon as this node knows what has changed.
        """
        for entry in entries:
            entry.tries += 1
        # What else of this connection was to be tried alone stays behind them.
        behind = [entry for entry in self._alone if entry.event.origin == origin]
        if behind:
            self._alone = deque(e for e in self._alone if e.event.origin != origin)
        self._parked.setdefault(origin, []).extend(entries + behind)
        where = [id for entry in entries for id in entry.event.conversations]
        caughtUp = self._catchUp(list(dict.fromkeys(where)))
        caughtUp.addBoth(self._recheck, origin)
        caughtUp.addErrback(lambda why: self._log.failure("rights were not checked again", why))

    def _recheck(self, result: Failure | None, origin: str) -> None:
        parked = self._parked.pop(origin, [])
        again: list[Entry] = []
        for entry in parked:
            if isinstance(result, Failure):
                entry.placed.errback(NotSaved(why="the log can't be read"))
                continue
            if entry.recheck is not None:
                try:
                    if entry.tries > TRIES:
                        raise Gone(room="The room")
                    entry.event = entry.recheck(entry.event)
                except Exception:
                    entry.placed.errback()
                    continue
            again.append(entry)
            self._bytes += entry.size
        self._queue.extendleft(reversed(again))
        if not self._writing:
            self._next()
