"""
Reading: history, search, and what was missed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from operator import attrgetter
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import (
    ChatError,
    Closing,
    MayNotRead,
    NoSuchRoom,
)
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Event,
    Kicked,
    ReadMarked,
    Restored,
    RoomRenamed,
    TopicChanged,
)
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.names import foldAny
from twisted_chat.domain.records import (
    ANY,
    Criteria,
    Page,
    ReadMark,
)
from twisted_chat.domain.rules import Rules
from twisted_chat.domain.sparse import put

_DONE = tuple(cls.kind for cls in (Edited, Deleted, Restored, TopicChanged, Kicked, RoomRenamed))
"""What one knows of, having done it oneself."""

WIDER: Final = 10
MOST_FOUND: Final = 2000
"""Of what a search finds, so much is looked through for what is wanted."""

MOST = 2**62
"""No message has a number as great as this."""


class Missed(Struct, frozen=True):
    """
    What somebody has missed of one conversation.

    @ivar place: what people call the conversation.
    @ivar page: the newest of it; C{page.total} is all of it.
    """

    conversation: str
    place: str
    page: Page


class Reading(Rules):
    """
    What a session can read.
    """

    __slots__ = ("_cursors",)

    _cursors: dict[str, tuple[int, int]]

    def isNews(self, event: Event) -> bool:
        """
        Whether an event that this person has not read is news to them: not what they have done
        themselves.
        """
        own = event.kind in _DONE and event.author.id == self.identity
        return not own and self.wants(event)

    def _newest(self, conversation: str) -> int:
        """
        The highest seq that this person may read: up to there it is known here that they may. They
        may have been put out of a room before what is in the log behind that was said.
        """
        known = self.hub.roster.conversations.get(conversation)
        return MOST if isDirect(conversation) or known is None else known.head

    def _bound(self, conversation: str, before: int) -> int:
        """
        @param before: what was asked for: only what is below this seq; 0 for no bound.
        @return: the same for what this person may read.
        """
        newest = min(self._newest(conversation), MOST - 1) + 1
        return min(before, newest) if before > 0 else newest

    def _readableOf(self, page: Page) -> Page:
        """
        What this person may read of what was found: they may have been put out of a room while
        they waited for that.
        """
        found = tuple(filter(self._isReadable, page.events))
        return replace(page, events=found, total=page.total - len(page.events) + len(found))

    def _isReadable(self, event: Event) -> bool:
        id = event.conversation
        try:
            return self.readableFrom(id) <= event.seq <= self._newest(id)
        except ChatError:
            return False

    @asDeferred
    async def history(
        self, conversation: str, limit: int = 20, before: int = 0, after: int = 0
    ) -> Page:
        """
        A part of what a conversation reads like now, oldest first.

        @param before: only what is below this seq; 0 for no bound.
        @param after: only what is above this seq.
        @raise errors.MayNotRead: this person may not read it.
        """
        first = self.readableFrom(conversation)
        limit = max(1, min(limit, self.hub.limits.page))
        before, after = self._bound(conversation, before), min(after, MOST)

        def read(before: int, limit: int) -> Deferred[Page]:
            return self.hub.store.history(
                conversation, first=first, before=before, after=after, limit=limit
            )

        if after > 0:
            # The oldest, from which one reads on.
            page = await read(before, limit)
            return replace(page, events=tuple(filter(self.wants, page.events)))
        gathered = self.gathered(read, before, limit, self.wants)
        return await gathered

    @asDeferred
    async def search(
        self, words: str | None, limit: int = 20, conversation: str = "", criteria: Criteria = ANY
    ) -> Page:
        """
        The newest messages that have all the words, of all that this person may read.

        @param words: C{None}: whatever they say.
        @param conversation: if given, of that one alone.
        @param criteria: what else they have to be; the account is looked up here.
        @raise errors.MayNotRead: this person may not read that conversation.
        @raise errors.Busy: too many of theirs wait for it already.
        """
        directs = await self.hub.store.directs(self.identity)
        if conversation:
            readable = [(conversation, self.readableFrom(conversation))]
        else:
            readable = [*self._readableRooms(), *((each.conversation, 1) for each in directs)]
        if criteria.author:
            account = await self.hub.store.account(foldAny(criteria.author))
            criteria = replace(criteria, account=account.id if account is not None else "")
        limit = max(1, min(limit, self.hub.limits.page))
        # There is one thread that searches: nobody has more than one place in the queue for it.
        whose = self.hub.rates.countedFor(self.address, self.accountId) or self.id

        def search(limit: int) -> Awaitable[Page]:
            find = partial(self._find, readable, words, limit, criteria)
            return self.hub.searches.run(whose, find)

        page = await self._found(search, limit, criteria.oldest)
        places = {event.conversation for event in page.events}
        await self.callApart(places, directs)
        return page

    def _find(
        self,
        readable: Sequence[tuple[str, int]],
        words: str | None,
        limit: int,
        criteria: Criteria,
    ) -> Deferred[Page]:
        if self.ended:
            # Nobody reads it any more, and others wait.
            return fail(Closing())
        return self.hub.store.search(readable, words, limit=limit, criteria=criteria)

    def _readableRooms(self) -> Iterator[tuple[str, int]]:
        for room in self.rooms:
            with suppress(MayNotRead):
                yield room.id, self.readableFrom(room.id)

    async def _found(
        self, search: Callable[..., Awaitable[Page]], limit: int, oldest: bool
    ) -> Page:
        """
        The messages that are found and are wanted, as many as are asked for.

        @param search: takes C{limit}.
        """
        asked = slice(limit) if oldest else slice(-limit, None)
        page = self._readableOf(await search(limit=limit))
        if not self.ignored:
            return page
        wider = limit
        while True:
            found = [event for event in page.events if self.wants(event)]
            if len(page.events) >= page.total and not page.more:
                return Page(tuple(found[asked]), len(found))
            if len(found) > limit or wider >= MOST_FOUND:
                shown = tuple(found[asked])
                return Page(shown, len(shown), more=True)
            wider = min(WIDER * wider, MOST_FOUND)
            page = self._readableOf(await search(limit=wider))

    # Picking up where one left off.

    @asDeferred
    async def comeBack(self, told: Mapping[str, int]) -> None:
        """
        Listen in all the rooms in which the account is a member, and see what it has not read.

        @param told: the private conversations that were told here when this session began, and up
            to which seq.
        """
        if self.lasting:
            await self._comeBackToRooms()
        else:
            for id in tuple(self.person.rooms):
                await self.roomWithMe(id)
        directs = await self.hub.store.directs(self.identity)
        self.requireGoing()
        roster = self.hub.roster
        waited = roster.directs.place(self.identity, {d.conversation: d.head for d in directs})
        # What is newest is shown last.
        for direct in reversed(directs):
            id = direct.conversation
            self._call(id, f"@{direct.otherName}")
            # What comes after that is published as usual.
            upto = told.get(id, roster.conversations[id].begun)
            self._cursors = put(self._cursors, id, (direct.read, upto))
        self.hub.advance(waited)

    @asDeferred
    async def _comeBackToRooms(self) -> None:
        own = self.hub.operatorsRoom
        marked = self.account is not None and self.account.operator
        memberships = await self.hub.store.memberships(self.identity)
        for membership in memberships:
            if membership.conversation == own.id and not marked:
                # They came in as an operator, and are none any more.
                await own.putOut(self.identity, self.name)
                continue
            try:
                room = await self.roomWithMe(membership.conversation)
            except NoSuchRoom:
                # It has ended, or this person was put out, since the list was read.
                continue
            head = self.hub.roster.conversations[room.id].head
            read = max(membership.read, membership.joinedSeq)
            self._cursors = put(self._cursors, room.id, (read, head))

    @asDeferred
    async def missed(self) -> list[Missed]:
        """
        What was said since this person last read, until they came; what comes after that is
        published as usual.
        """
        found = []
        heard: list[Event] = []
        unread = [id for id, (read, upto) in self._cursors.items() if read < upto and isDirect(id)]
        if unread:
            directs = await self.hub.store.directs(self.identity)
            await self.callApart(unread, directs)
        for conversation, (read, upto) in list(self._cursors.items()):
            try:
                first = self.readableFrom(conversation)
            except ChatError:
                continue
            if read >= upto:
                continue
            page = await self.newsOf(conversation, first, read, upto)
            if isDirect(conversation):
                heard += [e for e in page.events if e.author.id != self.identity]
            if page.events:
                found.append(self.missedOf(conversation, page))
        if heard and self.lastDirect is None:
            # Else somebody has written meanwhile.
            self.lastDirect = max(heard, key=attrgetter("at")).author
        return found

    def missedOf(self, conversation: str, page: Page) -> Missed:
        """
        What is told of what was missed in a conversation: where nothing of it is to be shown, how
        much it is.

        @param page: see L{newsOf}.
        """
        if not self.hub.limits.catchUp:
            page = Page((), page.total, page.more)
        return Missed(conversation, self.placeOf(conversation), page)

    async def newsOf(self, conversation: str, first: int, after: int, upto: int) -> Page:
        """
        The newest of what was said between two places of the log and is news to this person.

        @param first: the lowest seq that they may read.
        """

        def read(before: int, limit: int) -> Deferred[Page]:
            return self.hub.store.missed(conversation, first, after, before - 1, limit)

        limits = self.hub.limits
        return await self.gathered(read, upto + 1, limits.catchUp or limits.page, self.isNews)

    @asDeferred
    async def markRead(self, conversation: str) -> None:
        """
        A conversation is read, as far as it goes now.
        """
        known = self.hub.roster.conversations.get(conversation)
        if known is not None and self.account is not None:
            await self._markUpto(conversation, max(known.head, 0))

    async def _markUpto(self, conversation: str, seq: int) -> None:
        before = await self.hub.store.readMark(self.identity, conversation)
        mark = await self.hub.store.markRead(self.identity, conversation, seq)
        if mark.at and mark != before:
            await self.tellRead(conversation, mark)

    async def tellRead(self, conversation: str, mark: ReadMark) -> None:
        """
        Let this person's other connections know that a conversation is read.

        @param mark: up to where.
        """
        marked = self.event(
            ReadMarked, self.identity, where=conversation, upto=mark.seq, time=mark.at
        )
        await self.hub.publish(marked)

    @asDeferred
    async def markAllRead(self) -> None:
        """
        Everything is read, as far as it goes now.
        """
        if self.account is None:
            return
        for room in self.rooms:
            await self.markRead(room.id)
        await self.markDirectsRead()

    @asDeferred
    async def markDirectsRead(self) -> None:
        """
        The private conversations are read, as far as they go now.
        """
        for direct in await self.hub.store.directs(self.identity):
            await self._markUpto(direct.conversation, direct.head)
