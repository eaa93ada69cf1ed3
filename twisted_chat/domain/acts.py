"""
What operators do and can undo within a day: bans, purges, deletions of what others said.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import deferLater

from twisted_chat.domain.codes import shortId
from twisted_chat.domain.errors import (
    AlreadyReacted,
    BadInput,
    NoSuchMessage,
    NoSuchRoom,
    NotReacted,
)
from twisted_chat.domain.events import (
    Deleted,
    Event,
    ListChanged,
    Reacted,
    Restored,
    Said,
    TagsKept,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.masklist import MaskList
from twisted_chat.domain.official import Official
from twisted_chat.domain.quantities import counted, durationText
from twisted_chat.domain.records import Act
from twisted_chat.domain.room import Room
from twisted_chat.domain.units import DAYS
from twisted_chat.domain.values import Author

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

UNDOABLE: Final = 1 * DAYS
"""How long an act can be undone, in seconds."""

SLICE: Final = 25
"""How many messages are deleted at once: ten milliseconds' work, which others wait for."""

_TEXTS: Final = (Said.kind, TopicChanged.kind)

Reasons = tuple[tuple[str, str], ...]

PAUSE: Final = 0.005
"""Seconds between two slices, in which others have their turn."""


class Purged(Struct, frozen=True):
    """
    What an operator has deleted at once.

    @ivar messages: how many, topics and reports among them.
    @ivar remarks: whether there was nothing but reactions, or reasons given for something.
    """

    messages: int
    remarks: bool = False

    @property
    def told(self) -> str:
        """
        What it was.
        """
        return "reactions or reasons" if self.remarks else counted(self.messages, "message")


class Acts:
    """
    Deletes what people wrote, remembers what operators did, and undoes it.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def record(
        self, by: Official, kind: str, about: str, data: Mapping[str, object] | None = None
    ) -> str:
        """
        Remember what an operator does.

        @param kind: see L{Act.kind}; likewise the others.
        @return: the id of the act.
        """
        now = self._hub.clock.seconds()
        act = Act(shortId(), now, by.author.name, kind, about, data or {})
        await self._hub.store.recordAct(act)
        return act.id

    async def list(self) -> Sequence[Act]:
        """
        What can be undone, the newest first.
        """
        return await self._hub.store.acts(self._hub.clock.seconds() - UNDOABLE)

    async def tidy(self) -> None:
        """
        Forget what can't be undone any more, with the texts that were kept for that.
        """
        await self._hub.store.forgetActs(self._hub.clock.seconds() - UNDOABLE)

    # Deleting.

    async def purge(self, by: Official, person: Author, seconds: float) -> Purged:
        """
        Delete what somebody said in some time, in all rooms and in private, the topics that they
        set, and what they said without a message: see L{deleteAll}.

        @param seconds: how far back.
        """
        span = durationText(seconds)
        act = await self.record(by, "purge", f"what {person.name} wrote in {span}")
        since = self._hub.clock.seconds() - seconds
        gone, _ = await self.deleteAll(person, since, act, by.author)
        remarks = not gone and bool(await self._hub.store.hidden(act))
        purged = Purged(gone, remarks)
        if gone or remarks:
            self._hub.orders.used(by, "purge", f"deleted {purged.told} of {person.name}")
        else:
            # It would stand before what there is to undo, as when two operators purge at once.
            await self._hub.store.markUndone(act)
        return purged

    async def deleteAll(
        self, person: Author, since: float, act: str, author: Author | None, after: int = 0
    ) -> tuple[int, int]:
        """
        Delete what somebody said since a time, the topics that they set and what they reported.
        Their reactions are taken back, and the reasons that they gave for something are blank.

        @param person: who.
        @param since: POSIX seconds.
        @param act: as long as it can be undone, the texts are kept aside; C{""}: they are gone.
        @param author: who does it; C{None}: they themselves.
        @param after: only what is in rows of the log with numbers above this.
        @return: how many messages and topics are gone, and the number of the last row that was
            looked at.
        """
        gone = 0
        while page := await self._hub.store.writtenBy(person.id, after, SLICE, since):
            after = page[-1][0]
            # First: a message that is gone has no reactions that could be taken back.
            reactions = [event for _, event in page if event.kind == Reacted.kind]
            await self._publish([_retraction(self._hub, one, act) for one in reactions])
            wrote = [event for _, event in page if _isText(event)]
            gone += await self._publish([_deletion(self._hub, one, act, author) for one in wrote])
            # Nobody misses these: they are gone for good, and are no messages to be counted.
            tags = [event for _, event in page if event.kind == TagsKept.kind]
            await self._publish([_deletion(self._hub, one, "", author) for one in tags])
            remarks = [row for row, event in page if _hasRemark(event)]
            if remarks:
                await self._hub.store.blankRemarks(remarks, act)
            await deferLater(self._hub.clock, PAUSE)
        while reports := await self._hub.store.reportedBy(person.id, SLICE, since):
            told = await self._publish([_deletion(self._hub, one, act, author) for one in reports])
            if not told:
                break
            gone += told
        listed = await self._hub.store.reasonsListed(person.id, person.name, since)
        for (id, list), entries in groupby(listed, lambda entry: entry[:2]):
            masks = [mask for _, _, mask in entries]
            await self._reword(person, id, list, partial(_blank, masks))
        return gone, after

    async def _reword(
        self, person: Author, id: str, list: str, reasons: Callable[[MaskList], Reasons]
    ) -> None:
        """
        Give entries of a room's list that are somebody's other reasons.

        @param id: of the room.
        @param reasons: gives those of the list as it is; see L{ListChanged.reasons}.
        """

        def reword(room: Room) -> Deferred[Any] | None:
            chosen = reasons(room.lists[list])
            if not chosen:
                return None
            changed = self._hub.event(ListChanged, person, id, list=list, reasons=chosen)
            return self._hub.publish(changed)

        # It may have ended meanwhile.
        with suppress(NoSuchRoom):
            await self._hub.copies.using(id, reword)

    async def _publish(self, events: Sequence[Event]) -> int:
        """
        @return: how many were placed. What is not there any more needs no deleting.
        """
        placed = 0
        outcomes: Any = await DeferredList(
            [self._hub.publish(event) for event in events], consumeErrors=True
        )
        for done, result in outcomes:
            if done:
                placed += 1
            elif not result.check(NoSuchMessage, NoSuchRoom, AlreadyReacted, NotReacted):
                result.raiseException()
        return placed

    # Undoing.

    async def undo(self, by: Official, id: str = "") -> Act:
        """
        Undo an act.

        @param id: C{""} for the newest of one's own.
        @return: the act, with L{Act.left}.
        @raise BadInput: there is none of that id, or it is undone already.
        """
        wanted = id.strip().lower()
        found = [
            act
            for act in await self.list()
            if (act.id == wanted if wanted else act.by == by.author.name)
        ]
        if not found:
            raise BadInput(
                why="There is nothing like that to undo.", remedy="/acts shows what can be."
            )
        act = found[0]
        undo: Callable[[Official, Act], Coroutine[Deferred[Any], Any, bool]]
        undo = getattr(self, "undo_" + act.kind)
        left = await undo(by, act)
        await self._hub.store.markUndone(act.id)
        if not left:
            return replace(act, left=False)
        self._hub.orders.used(by, "undo", f"undid a {act.kind}: {act.about}")
        return act

    async def undo_ban(self, by: Official, act: Act) -> bool:
        """
        Somebody may come in again, unless that was decided anew since.

        @return: whether it was this ban that held.
        """
        holding = self._hub.doorman.bans.byMask.get(str(act.data.get("mask")))
        if holding is None or holding.at != act.data.get("at", holding.at):
            return False
        await self._hub.doorman.undoBan(by, act.data)
        return True

    async def undo_purge(self, by: Official, act: Act) -> bool:
        """
        What was deleted is there again.

        @return: whether any of it is; the account or the rooms may be gone meanwhile.
        """
        hidden = await self._hub.store.hidden(act.id)
        back = await self._hub.store.restoreReasons(act.id)
        for start in range(0, len(hidden), SLICE):
            events = []
            for conversation, seq, text in hidden[start : start + SLICE]:
                log = await self._hub.store.replay(conversation, seq - 1, 1)
                wrote: Any = next((event for event in log if event.seq == seq), None)
                if wrote is None:
                    continue
                if wrote.kind == ListChanged.kind:
                    again = partial(_lost, wrote)
                    await self._reword(wrote.author, conversation, wrote.list, again)
                elif wrote.kind in (*_TEXTS, Reacted.kind):
                    events.append(_restoration(self._hub, wrote, text, by.author))
            back += await self._publish(events)
            await deferLater(self._hub.clock, PAUSE)
        return back > 0

    undo_delete = undo_purge


def _isText(event: Any) -> bool:
    return event.kind in _TEXTS and bool(event.text)


def _hasRemark(event: Any) -> bool:
    """
    Whether somebody has said something with it beside a message.
    """
    if event.kind in (Reacted.kind, Unreacted.kind):
        return bool(event.emoji)
    if event.kind == ListChanged.kind:
        return any(entry.reason for entry in event.added) or any(why for _, why in event.reasons)
    return bool(getattr(event, "reason", ""))


def _blank(masks: Sequence[str], now: MaskList) -> Reasons:
    """
    @param now: the list in memory; some of the entries may have run out, and are stored still.
    @return: no reason for any.
    """
    return tuple((mask, "") for mask in masks)


def _lost(changed: ListChanged, now: MaskList) -> Reasons:
    """
    @param now: the list of today.
    @return: the reasons of entries that were made then, and are there without them.
    """
    there = [(made, now.get(made.mask)) for made in changed.added if made.reason]
    return tuple(
        (made.mask, made.reason)
        for made, entry in there
        if entry is not None and entry.at == made.at and not entry.reason
    )


def _deletion(hub: Hub, said: Event, act: str, author: Author | None) -> Deleted:
    return Deleted(
        id=hub.ids(),
        **_about(said, author),
        act=act,
        wordless=said.kind == TagsKept.kind,
        topic=said.kind == TopicChanged.kind,
    )


def _about(said: Event, author: Author | None) -> dict[str, Any]:
    """
    Who does something to what somebody said, and to what.

    @param author: C{None}: they themselves.
    """
    return {
        # In private there are two, and nobody else does anything.
        "author": said.author if author is None or isDirect(said.conversation) else author,
        "conversations": said.conversations,
        "peer": said.peer,
        "target": said.seq,
        "targetId": said.id,
        "targetAuthor": said.author,
    }


def _retraction(hub: Hub, reacted: Any, act: str) -> Unreacted:
    return Unreacted(
        id=hub.ids(),
        **_aim(reacted),
        emoji=reacted.emoji,
        reaction=reacted.id,
        act=act,
    )


def _aim(reacted: Any) -> dict[str, Any]:
    """
    Whose reaction it is, and to what.
    """
    names = ("author", "conversations", "peer", "target", "targetId", "targetAuthor")
    return {name: getattr(reacted, name) for name in names}


def _restoration(hub: Hub, said: Any, text: str, author: Author) -> Restored | Reacted:
    if said.kind == Reacted.kind:
        return Reacted(id=hub.ids(), **_aim(said), emoji=text)
    topic = said.kind == TopicChanged.kind
    return Restored(
        id=hub.ids(),
        **_about(said, author),
        text=text,
        notice=not topic and said.notice,
        action=not topic and said.action,
        topic=topic,
    )
