"""
The batch commit: events get their places, and all that follows from them, in one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from twisted_chat.domain.errors import ChatError, NoSuchMessage, NoSuchRoom, NotKnown, NotSaved
from twisted_chat.domain.events import (
    AccountChanged,
    Deleted,
    Edited,
    Ended,
    Event,
    Invited,
    Left,
    MetadataChanged,
    Notified,
    Ordered,
    PresenceChanged,
    ProfileChanged,
    ReadMarked,
    Renamed,
    Restored,
    Said,
    Tagged,
    TagsKept,
)
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.records import Placement
from twisted_chat.storage.effects import Effects
from twisted_chat.storage.heads import Head, Heads
from twisted_chat.storage.pending import Pending
from twisted_chat.storage.schema import conversations, log
from twisted_chat.storage.sqlite_index import WordIndex
from twisted_chat.storage.sqlite_link import Link, OutcomeUnknown, plainly
from twisted_chat.storage.targets import asKept

TICK = 1e-6
"""The least time between two events of a conversation, in seconds."""

BEGINNING = frozenset({Said.kind, TagsKept.kind})
"""With what a private conversation can begin."""

ANYWHERE = frozenset(
    cls.kind
    for cls in (
        Left, Renamed, AccountChanged, PresenceChanged, ProfileChanged, MetadataChanged, Invited,
        Tagged, ReadMarked, Notified, Ordered,
    )
)  # fmt: skip
"""
The comings and goings of people: they happen even where a room has just ended. So does what clients
tell each other before anything is said in private.
"""

Known = Mapping[str, tuple[int, float]]

_PLACES = (
    select(log.c.id, conversations.c.id, log.c.seq, log.c.at)
    .join(conversations, conversations.c.number == log.c.conversation)
    .where(log.c.id.in_(bindparam("ids", expanding=True)))
)


class Appender:
    """
    Puts events into the log; lives in the writing thread.

    @ivar erased: see L{Effects.erased}; whoever has an account erased adds it.
    """

    def __init__(self, link: Link, index: WordIndex, seconds: Callable[[], float]) -> None:
        """
        @param link: the connection that writes.
        @param index: what is searched.
        @param seconds: the time now, in POSIX seconds.
        """
        self._link = link
        self._seconds = seconds
        self._heads = Heads(link)
        self._pending = Pending(link, index)
        self._effects = Effects(link, self._heads, self._pending)
        self._byKind = self._effects.byKind
        self.erased = self._effects.erased
        self._now = 0.0
        self._outdated: set[str] = set()
        # Whether the attempt before this one may have been committed.
        self._inDoubt = False
        self._known: Known = {}
        self._tops: dict[str, int] = {}

    def append(self, events: Sequence[Event]) -> list[Placement]:
        """
        Commit a batch.

        @return: one placement for each event, in order.
        @raise OutcomeUnknown: the commit failed, and nothing of the batch is in the log.
        @raise NotKnown: whether it is there can't be told now.
        """
        self._inDoubt = False
        try:
            return self._append(events)
        except (OutcomeUnknown, sqlite3.Error):
            if any(event.stored for event in events):
                raise
        # That somebody has entered is noted another time: it is no reason to keep them out.
        self._effects.notesEntries = False
        try:
            return self._attempt(events, {})
        finally:
            self._effects.notesEntries = True

    def _append(self, events: Sequence[Event]) -> list[Placement]:
        try:
            return self._attempt(events, {})
        except (IntegrityError, sqlite3.IntegrityError):
            # An earlier attempt at it may be in the log after all.
            known = self._lookUp(events)
            if not known:
                raise
        except OutcomeUnknown:
            self._inDoubt = True
            known = self._lookUpDoubtful(events)
            if not known:
                raise
        return self._attempt(events, known)

    def _lookUp(self, events: Sequence[Event]) -> dict[str, tuple[int, float]]:
        """
        Which of some events are in the log, and where.
        """
        where = {event.id: event.conversations[0] for event in events if event.stored}
        if not where:
            return {}
        found = self._link.connection.execute(_PLACES, {"ids": list(where)})
        return {id: (seq, at) for id, conversation, seq, at in found if where[id] == conversation}

    def _lookUpDoubtful(self, events: Sequence[Event]) -> dict[str, tuple[int, float]]:
        """
        The same after a commit that may have happened.

        @raise NotKnown: that can't be told now.
        """
        try:
            with plainly():
                return self._lookUp(events)
        except NotSaved as error:
            raise NotKnown(**error.fields) from error

    def _attempt(self, events: Sequence[Event], known: Known) -> list[Placement]:
        self._now = self._seconds()
        self._outdated.clear()
        self._known = known
        try:
            if known:
                self._goBack(events, known)
            placements = [self._place(event) for event in events]
            self._pending.commit(self._heads.moved())
        except BaseException as error:
            self._link.abandon(error)
            self._pending.forget()
            if isinstance(error, OutcomeUnknown):
                self._heads.forgetAll()
            else:
                self._heads.forget()
            raise
        if known:
            self._heads.forgetAll()
        else:
            self._heads.keep()
        return placements

    def _goBack(self, events: Sequence[Event], known: Known) -> None:
        """
        Stand where the earlier attempt began, so that all get the places that they got then.
        """
        self._tops.clear()
        for event in events:
            if event.id in known:
                conversation = event.conversations[0]
                head = self._heads.get(conversation)
                if head is not None:
                    self._tops.setdefault(conversation, head.seq)
                    head.seq = min(head.seq, known[event.id][0] - 1)

    def _place(self, event: Event) -> Placement:
        if self._outdated and event.origin in self._outdated:
            return Placement(event, outdated=True)
        try:
            return self._placeStored(event) if event.stored else self._placePassing(event)
        except ChatError as error:
            return self._placedBefore(event) or Placement(event, error=error)

    def _placedBefore(self, event: Event) -> Placement | None:
        """
        What is refused may be so since it is done: an earlier attempt at it, of which nothing could
        be learned at once, is in the log.
        """
        for seq, at in self._lookUp([event]).values():
            return self._asPlaced(event, seq, at)
        return None

    def _placeStored(self, event: Event) -> Placement:
        id = event.conversations[0]
        if self._known and event.id in self._known:
            return self._placeAgain(event, id)
        head = self._heads.get(id)
        if head is not None and event.basis and event.basis[0] < head.rights:
            return self._placedBefore(event) or self._outdate(event)
        if head is None:
            head = self._begin(event, id)
        elif self._known and getattr(event, "kept", True):
            head.seq = max(head.seq, self._tops.get(id, 0))
        seq = head.seq + 1
        placed = event.placed(seq, max(self._now, head.at + TICK))
        effect = self._byKind.get(event.kind)
        if effect is not None:
            placed = effect(head, placed) or placed
        if getattr(placed, "kept", True):
            self._pending.add(placed, head.number)
        else:
            head.holed = True
        head.seq = seq
        head.at = placed.at
        head.moved = True
        if event.rights:
            head.rights = seq
        if self._known:
            self._tops[id] = max(seq, self._tops.get(id, 0))
        return Placement(placed, (seq - 1,))

    def _placePassing(self, event: Event) -> Placement:
        heads = [self._heads.get(id) for id in event.conversations]
        for head, basis in zip(heads, event.basis, strict=False):
            if head is not None and basis < head.rights:
                return self._outdate(event)
        isOver = self._inDoubt and event.kind == Ended.kind
        if None in heads and event.kind not in ANYWHERE and not isOver:
            raise NoSuchRoom(room=event.conversations[heads.index(None)])
        here = [head for head in heads if head is not None]
        after = tuple(0 if head is None else head.seq for head in heads)
        placed = event.placed(0, max([self._now, *(head.at + TICK for head in here)]))
        keep = self._effects.passing.get(event.kind)
        if keep is not None:
            keep(placed)
        effect = self._byKind.get(event.kind)
        for head in here:
            head.at = placed.at
            if effect is not None:
                effect(head, placed)
        return Placement(placed, after)

    def _placeAgain(self, event: Event, id: str) -> Placement:
        seq, at = self._known[event.id]
        head = self._heads.get(id)
        if head is not None:
            head.seq = seq
        return self._asPlaced(event, seq, at)

    def _asPlaced(self, event: Event, seq: int, at: float) -> Placement:
        placed: Any = event.placed(seq, at)
        if event.kind in (Edited.kind, Deleted.kind, Restored.kind):
            placed = asKept(self._link.connection, placed)
        return Placement(placed, (seq - 1,))

    def _outdate(self, event: Event) -> Placement:
        if event.origin:
            self._outdated.add(event.origin)
        return Placement(event, outdated=True)

    def _begin(self, event: Event, id: str) -> Head:
        if not isDirect(id):
            raise NoSuchRoom(room=id)
        if event.kind not in BEGINNING:
            # Nothing was said there yet.
            raise NoSuchMessage(number=getattr(event, "target", 0))
        return self._effects.beginDirect(id, event, self._now)  # type: ignore[arg-type]
