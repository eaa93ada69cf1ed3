"""
Housekeeping: what has to be seen to from time to time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import (
    Ended,
)
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import (
    Author,
)

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

MINUTES = 60.0
HOURS = 60 * MINUTES

SERVER = Author("", "server")
"""Who does what nobody does."""


class Housekeeping:
    """
    Keeps the lobby, ends rooms that nobody needs, and sees to it that what is deleted is gone.
    """

    _log = Logger()

    def __init__(self, hub: Hub, lobby: str, endAfter: float) -> None:
        """
        @param lobby: the name of the room that always exists.
        @param endAfter: so many seconds after somebody has last entered it, a room ends that nobody
            owns and nobody is in.
        """
        self._hub = hub
        self._lobby = roomName(lobby)
        self._endAfter = endAfter
        self._calls = [
            (LoopingCall(self._try, self.endIdleRooms), 1 * HOURS),
            (LoopingCall(self._try, self._sweep), 0.5 * MINUTES),
        ]

    @inlineCallbacks
    def start(self) -> Generator[Deferred[Any], Any, None]:
        """
        Make the lobby, and begin.
        """
        hub = self._hub
        yield hub.store.openRoom(self._lobby, foldRoom(self._lobby), SERVER, hub.clock.seconds())
        for call, interval in self._calls:
            call.clock = hub.clock
            call.start(interval, now=False)

    def stop(self) -> None:
        """
        See to nothing more.
        """
        for call, _ in self._calls:
            if call.running:
                call.stop()

    @inlineCallbacks
    def _try(self, task: Callable[[], Deferred[None]]) -> Generator[Deferred[Any], Any, None]:
        try:
            yield task()
        except ChatError as error:
            self._log.warn("housekeeping is tried again later: {error}", error=error)
        except Exception:
            self._log.failure("housekeeping went wrong; it is tried again later")

    def _sweep(self) -> Deferred[None]:
        return self._hub.store.sweepDeleted()

    @inlineCallbacks
    def endIdleRooms(self) -> Generator[Deferred[Any], Any, None]:
        """
        End the rooms that nobody owns, nobody is in, and nobody has entered for long.
        """
        before = self._hub.clock.seconds() - self._endAfter
        for id in (yield self._hub.store.idleRooms(before)):
            try:
                yield self._hub.copies.using(id, self._end)
            except ChatError as error:
                self._log.info("{id} was not ended: {error}", id=id, error=error)

    def _end(self, room: Room) -> Deferred[Any] | None:
        if room.members or foldRoom(room.name) == foldRoom(self._lobby):
            return None
        self._log.info("{room} ends: nobody has entered it for long", room=room.name)
        known = self._hub.roster.conversations[room.id]
        ended = Ended(
            id=self._hub.ids(),
            author=SERVER,
            conversations=(room.id,),
            basis=(known.head,),
            reason="nobody has entered it for long",
        )
        return self._hub.publish(ended)
