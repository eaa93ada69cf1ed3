"""
Housekeeping: what has to be seen to from time to time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.domain.events import Ended, Event
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.names import foldRoom, roomName
from twisted_chat.domain.room import Room
from twisted_chat.domain.unawaited import toLog
from twisted_chat.domain.units import HOURS, MINUTES
from twisted_chat.domain.values import SERVER

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


AT_ONCE = 500
"""How many conversations are looked at."""

REMOVED = 100
"""How many rows of the log are removed at once: a few milliseconds' work, which others wait for."""

UNUSED = 2 * MINUTES
"""
How long after somebody has last entered it a room ends that nobody owns and nobody is in, if
nothing was ever said or set there: nobody would miss it, and storms of joins make thousands.
"""

FIRST = 1 * MINUTES
"""
How long after the start everything is seen to for the first time, however seldom it is after that:
what ran out while there was no server is not there for an hour more, and goes where servers are
started again every hour too.
"""

PAUSE = 0.01
"""Seconds between two slices of what is removed, in which others have their turn."""


class Housekeeping:
    """
    Keeps the rooms that have to be there, ends those that nobody needs, and sees to it that what is
    deleted, or older than it is to be kept, is gone.

    @ivar endAfter: see L{__init__}; it may change.
    """

    _log = Logger()

    def __init__(self, hub: Hub, lobby: str, endAfter: float) -> None:
        """
        @param lobby: the name of the room that always exists.
        @param endAfter: how many seconds after somebody has last entered it a room ends that nobody
            owns and nobody is in.
        """
        self._hub = hub
        self._lobby = roomName(lobby)
        self.endAfter = endAfter
        self._starts: list[IDelayedCall] = []
        self._calls = [
            (LoopingCall(self._try, self.endIdleRooms), 1 * MINUTES),
            (LoopingCall(self._try, self.expire), 1 * HOURS),
            (LoopingCall(self._try, self.tidy), 1 * HOURS),
            (LoopingCall(self._try, self.removeCopies), 1 * HOURS),
            (LoopingCall(self._try, self._sweep), 0.5 * MINUTES),
        ]

    @asDeferred
    async def start(self) -> None:
        """
        Make the lobby and the operators' room, and begin.
        """
        hub = self._hub
        await hub.store.openRoom(self._lobby, foldRoom(self._lobby), SERVER, hub.clock.seconds())
        await hub.operatorsRoom.start()
        for call, interval in self._calls:
            call.clock = hub.clock
            self._starts.append(hub.clock.callLater(min(interval, FIRST), call.start, interval))

    def stop(self) -> None:
        """
        See to nothing more.
        """
        for start in self._starts:
            if start.active():
                start.cancel()
        for call, _ in self._calls:
            if call.running:
                call.stop()

    def _try(self, task: Callable[[], Deferred[None]]) -> Deferred[None]:
        return task().addErrback(toLog(self._log, "housekeeping is tried again later"))

    @asDeferred
    async def tidy(self) -> None:
        """
        Forget what has run out: acts that can't be undone any more, invitations, server bans.
        """
        await self._hub.acts.tidy()
        await self._hub.registry.tidy()
        await self._hub.doorman.tidy()

    @asDeferred
    async def removeCopies(self) -> None:
        """
        Remove the copies of the data from before upgrades, when they are old: what has been deleted
        since is in them, and what is too old to be kept.
        """
        terms = self._hub.terms
        keep = min(terms.keep, terms.keepCopies) if terms.keep else terms.keepCopies
        before = self._hub.clock.seconds() - keep
        for copy in await self._hub.store.removeCopies(before):
            self._log.info("removed {copy}: the data before an upgrade", copy=copy)

    @asDeferred
    async def expire(self) -> None:
        """
        Remove what was said before the time for which it is to be kept.
        """
        store, after = self._hub.store, ""
        while ids := await store.conversationIds(after, AT_ONCE):
            for id in ids:
                keep = await self._keep(id)
                before = self._hub.clock.seconds() - keep
                while keep and await store.expire(id, before, REMOVED) >= REMOVED:
                    await deferLater(self._hub.clock, PAUSE)
            after = ids[-1]

    async def _keep(self, id: str) -> float:
        """
        @return: for how many seconds what is said in a conversation is kept: what the network
            says of it or the room, whichever is less; 0 for ever.
        """
        network = self._hub.terms.keep
        if isDirect(id):
            return network
        room = self._hub.roster.room(id)
        if room is None:
            record = await self._hub.store.room(id)
            room = Room(record) if record is not None else None
        own = float(room.setting("keep")) if room is not None else 0.0
        return min(network, own) if network and own else network or own

    def _sweep(self) -> Deferred[None]:
        return self._hub.store.sweepDeleted()

    @asDeferred
    async def endIdleRooms(self) -> None:
        """
        End the rooms that nobody owns, nobody is in, and nobody has entered for long.
        """
        now = self._hub.clock.seconds()
        for id in await self._hub.store.idleRooms(now - self.endAfter, now - UNUSED):
            try:
                await self._hub.copies.using(id, self._end)
            except ChatError as error:
                self._log.info("{id} was not ended: {error}", id=id, error=error)

    def _end(self, room: Room) -> Deferred[Any] | None:
        if room.members or self._hub.isLasting(room):
            return None
        known = self._hub.roster.conversations[room.id]
        if known.head:
            self._log.info("{room} ends: nobody has entered it for long", room=room.name)
        ended = self._hub.event(
            Ended,
            SERVER,
            room.id,
            basis=(known.head,),
            reason="nobody has entered it for long",
            # Somebody may do so before it ends, or have done it on another node.
            idleSince=self._hub.clock.seconds() - min(UNUSED, self.endAfter),
        )
        return self._hub.publish(ended, _isChanged)


def _isChanged(ended: Event) -> Event:
    """
    What may be done in a room has changed just before it was to end: it may be somebody's now. In a
    minute it is looked at again.
    """
    raise BadInput(why="it was changed at the same moment")
