"""
Repair: what the network lost is read from the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from twisted_chat.domain.announcements import Run
from twisted_chat.domain.conversation import NONE, Arrival, Conversation
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.events import Ended, Event
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.keeping import MOST_DIRECTS
from twisted_chat.domain.rollcall import RollCall
from twisted_chat.domain.values import PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

PATIENCE = 0.020
"""How many seconds a run that came early waits for what it follows."""

SWEEP = 5.0
"""Seconds between two comparisons of what this node has with what the log has."""

_AT_ONCE = 256


class Repair:
    """
    Closes the holes in what has come to one node.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = hub.clock
        self._rollCall = RollCall(hub)

    def start(self) -> None:
        """
        Begin to compare this node with the log, if the network needs that.
        """
        if not self._hub.network.lossless:
            self._sweeping.start(SWEEP, now=False).addErrback(
                lambda why: self._log.failure("the sweep has stopped", why)
            )

    def stop(self) -> None:
        """
        Compare no more.
        """
        if self._sweeping.running:
            self._sweeping.stop()
        for conversation in list(self._hub.roster.conversations.values()):
            self.cancel(conversation)

    def cancel(self, conversation: Conversation) -> None:
        """
        Wait no more for what a conversation misses.
        """
        if conversation.timer is not None:
            conversation.timer.cancel()
            conversation.timer = None

    def look(self, conversation: Conversation) -> None:
        """
        See to it that what a conversation misses is fetched, when it has had its time to come.
        """
        if conversation.suspects and conversation.room is not None:
            conversation.doubtful |= conversation.suspects
            conversation.suspects = NONE
            self._background(self._rollCall.reconcile(conversation), "a roster")
        if not conversation.missing:
            self.cancel(conversation)
        elif conversation.timer is None and not conversation.repairing:
            conversation.timer = self._hub.clock.callLater(PATIENCE, self._late, conversation)

    def learn(self, node: str, record: PersonRecord) -> None:
        """
        Take what a node tells of somebody whom this one knows; see L{RollCall.learn}.
        """
        self._rollCall.learn(node, record)

    def _background(self, deferred: Deferred[Any], what: str) -> None:
        deferred.addErrback(
            lambda why: self._log.failure(
                "{what} was not repaired; it is tried again", why, what=what
            )
        )

    def _late(self, conversation: Conversation) -> None:
        conversation.timer = None
        self._background(self._mend(conversation), "a conversation")

    @asDeferred
    async def catchUp(self, conversations: Sequence[str]) -> None:
        """
        Bring this node up to the newest event of some conversations.
        """
        for id in conversations:
            conversation = self._hub.roster.conversations.get(id)
            if conversation is not None:
                await self._calm(conversation)
                await self._mend(conversation)

    async def _calm(self, conversation: Conversation) -> None:
        """
        Wait until what has come to a conversation is applied.
        """
        while self._isRead(conversation) and (conversation.busy or conversation.repairing):
            await deferLater(self._hub.clock, PATIENCE)

    @asDeferred
    async def _mend(self, conversation: Conversation) -> None:
        """
        Read from the log what follows on what this node has.
        """
        if conversation.repairing:
            return
        conversation.repairing = True
        try:
            while True:
                heads = await self._hub.store.heads([conversation.id])
                if conversation.room is not None and conversation.id not in heads:
                    self._finish(conversation)
                    break
                head, target = conversation.head, heads.get(conversation.id, 0)
                if head >= target:
                    break
                events = await self._hub.store.replay(conversation.id, head, _AT_ONCE)
                if self._isRead(conversation) and self._hasStrangers(conversation, events):
                    # That they have come was lost, too, or comes later than this.
                    await self._rollCall.compare(conversation)
                if not self._isRead(conversation):
                    break
                if not self._hand(conversation, head, target, events):
                    break
                while conversation.busy:
                    # It is being written to very many.
                    await deferLater(self._hub.clock, PATIENCE)
        finally:
            conversation.repairing = False
        self._hub.advance([conversation])

    def _isRead(self, conversation: Conversation) -> bool:
        """
        Whether a conversation is known here still: else all who read it have gone meanwhile.
        """
        return self._hub.roster.conversations.get(conversation.id) is conversation

    def _hasStrangers(self, conversation: Conversation, events: Sequence[Event]) -> bool:
        """
        Whether something was done in a room by who is not there, as far as this node knows.
        """
        room, people = conversation.room, self._hub.roster.people
        if room is None:
            return False
        return not all(
            each.author.person in room.members and people[each.author.person].nodes
            for each in events
        )

    def _finish(self, conversation: Conversation) -> None:
        """
        The room has ended, so what is missing of it can't be read any more.
        """
        waiting = conversation.waiting
        if any(event.kind == Ended.kind for one in waiting for event in one.run.events):
            conversation.head = max(one.run.after for one in waiting)
        else:
            self._rollCall.end(conversation)

    def _hand(
        self, conversation: Conversation, head: int, target: int, events: Sequence[Event]
    ) -> bool:
        """
        Hand out what was read, up to what comes by itself.

        @return: whether there may be more to read.
        """
        more = len(events) == _AT_ONCE
        upto = events[-1].seq if more else target
        if writing := self._hub.commits.writing(conversation.id):
            # That batch is about to be announced here. What of it is not kept has no row.
            events = list(takewhile(lambda each: each.id not in writing, events))
            more = len(events) == _AT_ONCE
            upto = events[-1].seq if events else head
        told = [event for event in events if event.readable]
        waiting = [arrival.run.after for arrival in conversation.waiting]
        if waiting and min(waiting) < upto:
            # What waits knows whom it came from, so it is handed out as it came.
            upto, more = max(min(waiting), head), False
            told = [event for event in told if event.seq <= upto]
        if upto <= conversation.head:
            return False
        run = Run(conversation.id, head, 0, tuple(told))
        conversation.waiting.insert(0, Arrival("", 0, run, upto))
        self._hub.advance([conversation])
        return more

    @asDeferred
    async def _sweep(self) -> None:
        """
        Find what no later run would reveal.
        """
        try:
            await self._findDirects()
            known = self._hub.roster.conversations
            lasting = [c.id for c in known.values() if c.room is not None or isDirect(c.id)]
            for start in range(0, len(lasting), _AT_ONCE):
                slice = lasting[start : start + _AT_ONCE]
                heads = await self._hub.store.heads(slice)
                for id in slice:
                    conversation = known.get(id)
                    if conversation is None or conversation.busy:
                        continue
                    if heads.get(id, -1) != conversation.head:
                        await self._mend(conversation)
                    if conversation.room is not None:
                        await self._rollCall.compare(conversation)
        except Exception:
            self._log.failure("the sweep did not reach its end; the next one comes")

    async def _findDirects(self) -> None:
        roster = self._hub.roster
        for id in [
            person.id for person in list(roster.people.values()) if roster.sessionsOf(person.id)
        ]:
            listings = await self._hub.store.directs(id)
            known = len(listings) < MOST_DIRECTS
            for listing in listings:
                if listing.conversation not in roster.conversations:
                    roster.directs.open(listing.conversation, head=0 if known else listing.read)
