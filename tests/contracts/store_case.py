"""
What the tests of every store work with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import Event, Joined, Said
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Placement, RoomRecord
from twisted_chat.domain.values import Author, PersonRecord

T = TypeVar("T")

AT = 1_700_000_000.0
"""When a store is made, in POSIX seconds."""

ANN = Author("ann-id", "ann", "ann")
BEA = Author("bea-id", "bea", "bea")
GUS = Author("gus-id", "gus")
NOBODY = Author("", "")

HUGE = 2**70
"""A number that somebody typed."""


def now(deferred: Deferred[T]) -> T:
    """
    @return: what a Deferred that has fired gives.
    """
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]  # type: ignore[no-any-return]


def texts(events: Sequence[Event]) -> list[str]:
    """
    @return: the texts of events that have one.
    """
    return [event.text for event in events]  # type: ignore[attr-defined]


def seqs(events: Sequence[Event]) -> list[int]:
    """
    @return: the places of events.
    """
    return [event.seq for event in events]


class StoreCase:
    """
    A store, started, with one room, C{lobby}, that nobody owns.

    @cvar lasting: whether what is stored is there when the store is opened again.
    """

    lasting = True

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        """
        @param folder: where to keep what is to last.
        @param seconds: the time in POSIX seconds.
        @return: a store that has not been started, and does everything at once.
        """
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _started(self, tmp_path: Path) -> Iterator[None]:
        self.clock = Clock()
        self.clock.advance(AT)
        self.folder = tmp_path
        self.ids = (f"event{number}" for number in count(1))
        self.store = self.makeStore(tmp_path, self.clock.seconds)
        now(self.store.start())
        self.lobby = self.newRoom("lobby", NOBODY)
        yield
        now(self.store.stop())

    def again(self) -> None:
        """
        Close the store and open it again, if it lasts.
        """
        if not self.lasting:
            return
        now(self.store.stop())
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())

    def newRoom(self, name: str, creator: Author = ANN) -> str:
        """
        @return: the id of a room.
        """
        room = now(self.store.openRoom(name, name, creator, self.clock.seconds()))
        assert room is not None
        return room.id

    def room(self, id: str = "") -> RoomRecord:
        """
        @return: a room, the lobby if none is named.
        """
        room = now(self.store.room(id or self.lobby))
        assert room is not None
        return room

    def event(self, cls: type[Event], **fields: Any) -> Any:
        """
        @return: an event without a place, in the lobby and by Ann if nothing else is said.
        """
        usual: dict[str, Any] = {
            "id": next(self.ids),
            "author": ANN,
            "conversations": (self.lobby,),
        }
        return cls(**(usual | fields))

    def said(self, text: str, **fields: Any) -> Said:
        """
        @return: a message without a place.
        """
        return self.event(Said, text=text, **fields)  # type: ignore[no-any-return]

    def joined(self, author: Author, **fields: Any) -> Joined:
        """
        @return: somebody's coming.
        """
        person = PersonRecord(author.id, author.name, author.account)
        return self.event(  # type: ignore[no-any-return]
            Joined, author=author, person=person, node="one", **fields
        )

    def append(self, *events: Event) -> Sequence[Placement]:
        """
        @return: what became of events that are committed together.
        """
        return now(self.store.append(events))

    def placed(self, *events: Event) -> list[Event]:
        """
        @return: the events at their places; all must get one.
        """
        placements = self.append(*events)
        assert [p.error for p in placements if p.error is not None] == []
        assert [p.event for p in placements if p.outdated] == []
        return [placement.event for placement in placements]

    def refused(self, event: Event) -> ChatError | None:
        """
        @return: why an event is refused, C{None} if it is not.
        """
        (placement,) = self.append(event)
        return placement.error

    def idle(self, before: float) -> set[str]:
        """
        @return: the ids of the idle rooms.
        """
        rooms: Sequence[str] = now(self.store.idleRooms(before))
        return set(rooms)

    def everything(self, conversation: str = "") -> Sequence[Event]:
        """
        @return: the whole log of a conversation, of the lobby if none is named.
        """
        return now(self.store.replay(conversation or self.lobby, 0, 10_000))
