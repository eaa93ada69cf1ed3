"""
Playback: any part of a conversation again, how far it was read, and what a device has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from msgspec import Struct
from twisted.internet.defer import Deferred

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import (
    ChatError,
    NoSuchMessage,
    NoSuchPerson,
    NotSaved,
    NotYours,
)
from twisted_chat.domain.events import Deleted, Event, Reacted, Said, TagsKept, Unreacted
from twisted_chat.domain.ids import directId, isDirect
from twisted_chat.domain.names import foldAny, foldOrRefuse, nameShown
from twisted_chat.domain.reading import Missed
from twisted_chat.domain.records import ReadMark
from twisted_chat.domain.references import References
from twisted_chat.domain.sparse import put

PROGRAMS: Final = "programs"
"""The preference in which it stands which devices are programs: C{True} by the device's name."""

MOST_PROGRAMS: Final = 20
"""How many are remembered, the last ones."""


class LastSaid(Struct, frozen=True):
    """
    When the newest message of a conversation was said.

    @ivar place: what people call the conversation.
    @ivar at: POSIX seconds.
    """

    conversation: str
    place: str
    at: float


class Playback(References):
    """
    What a session can read again.
    """

    __slots__ = ("_deviceMarks", "_marks", "_told", "_toldDirects")

    _deviceMarks: Mapping[str, int] | None
    _marks: dict[str, ReadMark]
    _told: frozenset[str]
    _toldDirects: bool

    # A part of a conversation.

    @asDeferred
    async def part(
        self,
        conversation: str,
        limit: int,
        after: int = 0,
        before: int = 0,
        oldest: bool = False,
        messages: bool = False,
        isTold: Callable[[Event], bool] | None = None,
    ) -> list[Event]:
        """
        A part of what a conversation reads like now, oldest first: as many as are asked for, if
        there are so many.

        @param limit: at most as many as are read at once.
        @param after: only what is above this seq.
        @param before: only what is below this seq; 0 for no bound.
        @param oldest: whether the oldest of the range are wanted, rather than the newest.
        @param messages: whether only what was said is wanted, and not what else happened: topics,
            kicks, renames, reactions, changes of rights.
        @param isTold: tells of an event that is no message whether it is wanted; C{None}: all are.
        @raise errors.MayNotRead: this person may not read it.
        """
        # For all of it: while one page is waited for, they may be put out.
        first, before = self.readableFrom(conversation), self._bound(conversation, before)
        limit = min(limit, self.hub.limits.page)
        found: list[Event] = []

        def isWanted(event: Event) -> bool:
            if event.kind == Said.kind:
                return True
            return not messages and (isTold is None or isTold(event))

        size = limit
        # Of what is read, some may not be wanted; the rest is filled up.
        while limit > len(found):
            page = await self.hub.store.history(
                conversation,
                first=max(first, after + 1),
                before=before,
                limit=size,
                oldest=oldest,
                wide=not messages,
            )
            wanted = [each for each in filter(self.wants, page.events) if isWanted(each)]
            found = found + wanted if oldest else wanted + found
            if len(page.events) < size:
                break
            # Not one by one, where only one is asked for.
            size = self.hub.limits.page
            if oldest:
                after = page.events[-1].seq
            else:
                before = page.events[0].seq
        return found[:limit] if oldest else found[max(len(found) - limit, 0) :]

    @asDeferred
    async def seqOf(self, conversation: str, id: str) -> int:
        """
        The seq of the message, or of what else happened, of an id; an edit's is that of its
        message.

        @raise NoSuchMessage: there is none of that id in the conversation that this person may
            read.
        """
        first = self.readableFrom(conversation)
        place = await self.hub.store.placeOfId(id)
        if place is None or place[0] != conversation or place[1] < first:
            raise NoSuchMessage(number="of that id")
        return place[1]

    async def redact(self, conversation: str, id: str, reason: str = "") -> None:
        """
        Delete what has an id: a message, as L{delete} does; what a client wanted to be kept without
        one; or one's own reaction, which is to take it back.

        @raise NoSuchMessage: see L{seqOf}.
        """
        seq = await self.seqOf(conversation, id)
        found: Any = await self.hub.store.replay(conversation, seq - 1, 1)
        kind = found[0].kind if found and found[0].seq == seq else ""
        others = bool(kind) and found[0].author.id != self.identity
        if kind == Reacted.kind and not others:
            (reacted,) = found
            message = await self.message(conversation, reacted.target)
            back = {"emoji": reacted.emoji, "reaction": reacted.id}
            await self._act(conversation, message, Unreacted, False, **back)
        elif kind == TagsKept.kind and not (others and isDirect(conversation)):
            why = self.note(reason)
            await self._act(conversation, found[0], Deleted, others, reason=why, wordless=True)
        elif kind in (Reacted.kind, TagsKept.kind):
            raise NotYours(number=seq)
        else:
            await self.delete(conversation, seq, reason)

    def seqAt(self, conversation: str, at: float) -> Deferred[int]:
        """
        The seq of the newest event at or before a time; 0 if there is none.

        @param at: POSIX seconds.
        """
        self.readableFrom(conversation)
        return self.hub.store.seqAt(conversation, at)

    @asDeferred
    async def directWith(self, name: str) -> str:
        """
        The id of the private conversation with somebody: whoever has the name now or, if nothing
        was said with them, who last had it when something was.

        @raise NoSuchPerson: there is nobody like that.
        """
        present = ""
        try:
            peer = await self.findPerson(name)
        except NoSuchPerson:
            pass
        else:
            present = directId(self.identity, peer.id)
            if present in await self.hub.store.heads([present]):
                return present
        wanted = foldOrRefuse(name)
        directs = await self.hub.store.directs(self.identity)
        for direct in directs:
            if foldAny(direct.otherName) == wanted:
                return direct.conversation
        if not present:
            raise NoSuchPerson(name=nameShown(name))
        return present

    @asDeferred
    async def lastSaid(self) -> list[LastSaid]:
        """
        When the newest message was said in each conversation that this person may read, the one
        that was silent longest first.
        """
        places: dict[str, str] = {}
        firsts: dict[str, int] = {}
        for room in self.rooms:
            try:
                firsts[room.id] = self.readableFrom(room.id)
            except ChatError:
                continue
            places[room.id] = room.name
        directs = await self.hub.store.directs(self.identity)
        for direct in directs:
            place = places[direct.conversation] = f"@{direct.otherName}"
            self._call(direct.conversation, place)
        times = await self.hub.store.lastSaid(list(places))
        found = [
            LastSaid(id, places[id], at)
            for id, at in times.items()
            # What was said before they came is not for them to know of.
            if firsts.get(id, 1) <= 1 or await self.hub.store.seqAt(id, at) >= firsts[id]
        ]
        return sorted(found, key=lambda last: last.at)

    # Up to where it was read.

    @asDeferred
    async def readMark(self, conversation: str) -> ReadMark | None:
        """
        Up to where this person has read a conversation, as far as is known.
        """
        known = self._marks.get(conversation)
        if self.account is None:
            return known
        kept = await self.hub.store.readMark(self.identity, conversation)
        # What was read while nothing was said there is older than what was read since.
        return known if known and (kept is None or kept.at < known.at) else kept

    @asDeferred
    async def readUpto(self, conversation: str, at: float) -> ReadMark:
        """
        This person has read a conversation up to a time; a mark never goes back. A guest's mark
        lasts as long as the guest is here, and so does one where nothing was said yet.

        @param at: POSIX seconds.
        @return: the mark as it stands then.
        """
        at = min(at, self.now)
        before = await self.readMark(conversation)
        seq = await self.seqAt(conversation, at)
        mark = ReadMark(0, 0.0)
        if self.account is not None:
            mark = await self.hub.store.markRead(self.identity, conversation, seq, at)
        if not mark.at:
            old = self._marks.get(conversation, mark)
            mark = ReadMark(max(old.seq, seq), max(old.at, at))
            self._marks = put(self._marks, conversation, mark)
        if mark != before and self.account is not None:
            await self.tellRead(conversation, mark)
        return mark

    # What a device has missed.

    @asDeferred
    async def missedOn(self, device: str, conversation: str) -> Missed | None:
        """
        What one of this person's devices was not told of a conversation until this session began:
        what comes after that is published as usual. A device that was never told anything has
        missed what its person has not read. A program has missed nothing: see L{setProgram}.

        @param device: its name.
        """
        if self.account is None or device in self._programs:
            return None
        first = self.readableFrom(conversation)
        joined = 0
        if not isDirect(conversation):
            joined = self._room(conversation).members.get(self.personId, 0)
        read, upto = self._cursors.get(conversation, (joined, joined))
        if self._deviceMarks is None:
            self._deviceMarks = await self.hub.store.deviceMarks(self.identity, device)
        after = self._deviceMarks.get(conversation, read)
        if self.lasting:
            # Whoever has left and come again has not missed what was said meanwhile.
            after = max(after, joined)
        missed = None
        if after < upto:
            page = await self.newsOf(conversation, first, after, upto)
            missed = self.missedOf(conversation, page) if page.events else None
        # What can't be read now is not told, and so is the next time.
        self._told |= {conversation}
        return missed

    async def setProgram(self, device: str, program: bool) -> None:
        """
        One of this person's devices is a program, or is none any more. When it comes back, what was
        said in the meantime is not told it: it would be obeyed as if it were said now.
        """
        known = self._programs
        if self.account is None or (device in known) is program:
            return
        most = MOST_PROGRAMS - 1 if program else MOST_PROGRAMS
        first = list(known)[: max(len(known) - most, 0)]
        await self.setPreference(PROGRAMS, {**dict.fromkeys(first), device: program or None})

    @property
    def _programs(self) -> Mapping[str, object]:
        programs = self.preferences.get(PROGRAMS)
        return programs if isinstance(programs, dict) else {}

    @asDeferred
    async def missedDirectsOn(self, device: str) -> list[Missed]:
        """
        The same for all private conversations, as far as they can be read now.
        """
        found, readAll = [], True
        for id in [each for each in self._cursors if isDirect(each)]:
            try:
                missed = await self.missedOn(device, id)
            except NotSaved:
                readAll = False
                continue
            if missed is not None:
                found.append(missed)
        self._toldDirects = self._toldDirects or readAll
        return found

    def countAsTold(self, conversations: Collection[str], directs: bool) -> None:
        """
        What there was in conversations was told in another way than by L{missedOn}.

        @param conversations: their ids; those that are not private.
        @param directs: whether that of all private ones was, too.
        """
        self._told |= frozenset(conversations)
        self._toldDirects = self._toldDirects or directs

    @asDeferred
    async def noteTold(self, device: str, until: float | None = None) -> None:
        """
        One of this person's devices was told all that there was until now. Of what it has not been
        shown (see L{missedOn}) nothing is noted.

        @param until: if it may not have got what was told after a time, in POSIX seconds, that
            time.
        """
        if self.account is None:
            return
        # Whoever logs out listens no longer by the time that anything is looked up.
        identity = self.identity
        known = self.hub.roster.conversations
        heads = {id: known[id].head for id in self._told if id in known}
        if self._toldDirects:
            heads.update(self.hub.roster.directs.heads(identity))
        if until is not None:
            for id, head in heads.items():
                heads[id] = min(head, await self.hub.store.seqAt(id, until))
        if heads:
            await self.hub.store.setDeviceMarks(identity, device, heads)
