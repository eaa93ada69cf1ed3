"""
Talking: saying, editing, deleting, reacting, in rooms and in private.
"""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, succeed

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.correspondence import BEYOND, Correspondence
from twisted_chat.domain.deeds import deedOf
from twisted_chat.domain.errors import (
    ChatError,
    NoSuchMessage,
    NoSuchPerson,
    NotYours,
    RoomGone,
)
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Reacted,
    Said,
    Tagged,
    TagsKept,
    Targeted,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.ids import directId, isDirect, readersOf
from twisted_chat.domain.names import emoji
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import Author
from twisted_chat.domain.wording import Styles, Tags, fitting

X = TypeVar("X", bound=Targeted)


def _isKept(room: Room, person: str, atLeast: int) -> bool:
    """
    Whether what somebody says in a room is kept.
    """
    return room.history != "none" and not (atLeast or rights.leastHearer(room, person))


class Talk(Correspondence):
    """
    What a session can say.
    """

    __slots__ = ()

    def say(
        self,
        room: Room,
        text: str,
        action: bool = False,
        notice: bool = False,
        replyTo: int = 0,
        *,
        meant: str = "",
        styles: Styles = (),
        tags: Tags = (),
        atLeast: int = 0,
    ) -> Deferred[Said]:
        """
        Say something in a room. But for a reply, it is on its way when this returns.

        @param replyTo: the seq of the message that this answers, or 0.
        @param meant: the id by which that is meant, if it is by one; whoever gives its number
            means the text that it has now.
        @param styles: see L{Said.styles}; likewise C{tags}.
        @param atLeast: say it only to members of this role or above; then it is not kept.
        @return: what was said, at its place.
        """
        try:
            worded = self._worded(text, styles, tags)
        except ChatError:
            return fail()
        worded.update(action=action, notice=notice, atLeast=atLeast)
        if replyTo:
            return self._reply(room, replyTo, meant, worded)
        return self._say(room, worded)

    def _worded(self, text: str, styles: Styles, tags: Tags) -> dict[str, Any]:
        """
        A message that can be said, and what goes with its text.
        """
        cleaned = self.text(text)
        if not (styles or tags):
            return {"text": cleaned}
        return {
            "text": cleaned,
            # They were about the text as it was given.
            "styles": styles if cleaned == text else (),
            "tags": fitting(tags),
        }

    @asDeferred
    async def _reply(self, room: Room, number: int, meant: str, worded: dict[str, Any]) -> Said:
        answered = await self._answered(room.id, number, meant)
        return await self._say(room, worded | answered)

    async def _answered(self, conversation: str, number: int, meant: str) -> dict[str, Any]:
        target = await self.message(conversation, number)
        return {"replyTo": target.seq, "replyId": target.id, "meant": meant or target.newest}

    def _say(self, room: Room, worded: dict[str, Any]) -> Deferred[Said]:
        """
        @param worded: fields of what is said.
        """
        here = self.hub.roster.conversations.get(room.id) if room.slow else None
        speaking = here is not None and self.personId in here.speaking

        def check() -> None:
            rights.mayAct(room, self.personId, self.subject, self.now)
            rights.notTooSoon(room, self.personId, speaking, self.now)

        kept = _isKept(room, self.personId, worded.get("atLeast", 0))
        said = self.publishIn(
            room,
            check,
            Said,
            renew=lambda said: replace(said, kept=_isKept(room, self.personId, said.atLeast)),
            kept=kept,
            read=not self.receiver.lost,
            **worded,
        )
        if not said.called:
            # Else it was refused.
            self.saidIn = room.id if kept and self.personId in room.members else BEYOND
        if here is not None and not speaking:
            here.speaks(self.personId, said)
        return said

    @asDeferred
    async def tell(
        self,
        whom: str | Author,
        text: str,
        action: bool = False,
        notice: bool = False,
        replyTo: int = 0,
        *,
        meant: str = "",
        styles: Styles = (),
        tags: Tags = (),
    ) -> Said:
        """
        Say something to one person. If they are registered and not connected, it waits for them.

        @param whom: the person's name; or the author of something, whom this answers.
        @param replyTo: see L{say}; likewise the others.
        """
        worded = self._worded(text, styles, tags)
        peer = await (self.findPerson(whom) if isinstance(whom, str) else self.findAgain(whom))
        await self.approach(peer)
        conversation = directId(self.identity, peer.id)
        self._call(conversation, f"@{peer.name}")
        if replyTo:
            worded.update(await self._answered(conversation, replyTo, meant))
        worded.update(action=action, notice=notice, read=not self.receiver.lost)
        event = self.event(Said, conversation, peer=peer, **worded)
        self.saidIn = conversation
        return await self.hub.publish(event)

    # What clients tell each other without a message.

    def tag(
        self, room: Room, tags: Tags, atLeast: int = 0, asks: bool = False, keep: bool = False
    ) -> Deferred[Tagged | TagsKept | None]:
        """
        Tell the clients in a room something without a message. It is lost where there is much to
        do, unless it is to be kept.

        @param tags: see L{Tagged.tags}.
        @param atLeast: tell it only to members of this role or above.
        @param asks: whether the clients are to answer it.
        @param keep: whether it is to be read again, where what is said is kept.
        """
        if self.busy and not keep:
            return succeed(None)

        def check() -> None:
            rights.mayAct(room, self.personId, self.subject, self.now)
            if asks:
                rights.mayAsk(room)

        def checkKept() -> None:
            check()
            rights.mayBeHeard(room, self.personId)

        try:
            fitting(tags)
        except ChatError:
            return fail()
        published: Deferred[Any]
        if keep and _isKept(room, self.personId, atLeast):
            published = self.publishIn(room, checkKept, TagsKept, tags=tags)
        else:
            published = self.publishIn(room, check, Tagged, tags=tags, atLeast=atLeast)
        return published

    @asDeferred
    async def tagPerson(
        self, name: str, tags: Tags, keep: bool = False
    ) -> Tagged | TagsKept | None:
        """
        The same for the clients of one person, if they are connected.

        @param name: the person's name.
        @param keep: whether it is to be read again.
        """
        peer = await self.findPerson(name)
        await self.approach(peer)
        if self.busy and not keep:
            return None
        conversation = directId(self.identity, peer.id)
        kind: type[Tagged | TagsKept] = TagsKept if keep else Tagged
        event = self.event(kind, conversation, peer=peer, tags=fitting(tags))
        return await self.hub.publish(event)

    # What was said.

    @asDeferred
    async def message(self, conversation: str, number: int) -> Said:
        """
        A message that this person may read.

        @raise NoSuchMessage: there is none of that number.
        """
        first = self.readableFrom(conversation)
        found = await self.hub.store.message(conversation, number)
        if found is None or found.seq < first:
            raise NoSuchMessage(number=number)
        return found

    @asDeferred
    async def written(self, conversation: str, number: int) -> Said | TopicChanged:
        """
        What somebody wrote, and this person may read: a message or a topic.

        @raise NoSuchMessage: there is neither of that number.
        """
        first = max(self.readableFrom(conversation), number)
        page = await self.hub.store.history(conversation, first, before=max(number, 0) + 1, limit=1)
        event: Any
        for event in page.events:
            if event.kind == Said.kind or (event.kind == TopicChanged.kind and event.text):
                written: Said | TopicChanged = event
                return written
        raise NoSuchMessage(number=number)

    def readableFrom(self, conversation: str) -> int:
        """
        The lowest seq that this person may read of a conversation.

        @raise errors.MayNotRead: nothing at all.
        """
        if isDirect(conversation):
            if self.identity in readersOf(conversation):
                return 1
            raise NoSuchPerson(name="in that conversation")
        return rights.readableFrom(self._room(conversation), self.personId)

    def _room(self, conversation: str) -> Room:
        room = self.hub.roster.room(conversation)
        if room is None:
            raise RoomGone()
        return room

    @asDeferred
    async def edit(self, conversation: str, number: int | None, text: str) -> Edited:
        """
        Give a message of one's own another text.

        @param number: its seq; C{None} for one's last.
        """
        cleaned = self.text(text)
        target = await self._target(conversation, number)
        if target.author.id != self.identity:
            raise NotYours(number=target.seq)
        stays = {"notice": target.notice, "action": target.action}
        return await self._act(conversation, target, Edited, False, text=cleaned, **stays)

    @asDeferred
    async def delete(self, conversation: str, number: int | None, reason: str = "") -> Deleted:
        """
        Delete a message or topic of one's own; operators of a room may delete any. What operators
        of the network delete of others can be undone for a day.

        @param number: its seq; C{None} for one's last.
        """
        reason = self.note(reason)
        target = await self._target(conversation, number, topics=True)
        others = target.author.id != self.identity
        if others and isDirect(conversation):
            raise NotYours(number=target.seq)
        topic = target.kind == TopicChanged.kind
        act, where = "", self.placeOf(conversation)
        if others and self.operator:
            about = f"a {'topic' if topic else 'message'} of {target.author.name} in {where}"
            act = await self.hub.acts.record(self.official, "delete", about)
        how = {"reason": reason, "act": act, "topic": topic}
        deleted = await self._act(conversation, target, Deleted, others, **how)
        if others:
            deed = deedOf(deleted)
            self._log.info(
                "{who} {deed} in {room} (#{n})", who=self, deed=deed, room=where, n=target.seq
            )
        return deleted

    @asDeferred
    async def react(
        self,
        conversation: str,
        number: int | None,
        with_: str,
        back: bool = False,
        tags: Tags = (),
        meant: str = "",
    ) -> Targeted:
        """
        React to a message.

        @param with_: an emoji, or a very short text.
        @param back: take the reaction back instead.
        @param meant: see L{say}.
        """
        symbol, tags = emoji(with_), fitting(tags)
        target = await self._target(conversation, number)
        kind: type[Targeted] = Unreacted if back else Reacted
        fields = {"emoji": symbol, "tags": tags, "meant": meant or target.newest}
        return await self._act(conversation, target, kind, False, **fields)

    @asDeferred
    async def _target(self, conversation: str, number: int | None, topics: bool = False) -> Any:
        if number is not None:
            return await (self.written if topics else self.message)(conversation, number)
        first = self.readableFrom(conversation)
        found = await self.hub.store.lastOf(conversation, self.identity)
        if found is None or found.seq < first:
            raise NoSuchMessage(number="of yours")
        return found

    def _act(
        self,
        conversation: str,
        target: Said | TagsKept | TopicChanged,
        kind: type[X],
        asOperator: bool,
        **fields: Any,
    ) -> Deferred[X]:
        """
        Do something to a message, in whichever kind of conversation it is.
        """
        fields |= {"target": target.seq, "targetId": target.id, "targetAuthor": target.author}
        if isDirect(conversation):
            peer = target.peer if target.author.id == self.identity else target.author
            return self._actAside(conversation, peer, kind, **fields)
        room = self._room(conversation)

        def check() -> None:
            if asOperator:
                rights.require(room, self.personId, Role.OPERATOR)
            elif kind is Deleted:
                rights.requireMember(room, self.personId)
            else:
                rights.mayAct(room, self.personId, self.subject, self.now)
                rights.mayBeHeard(room, self.personId)

        return self.publishIn(room, check, kind, **fields)

    @asDeferred
    async def _actAside(
        self, conversation: str, peer: Author | None, kind: type[X], **fields: Any
    ) -> X:
        if peer is not None and kind is not Deleted:
            # What has been said can always be taken back; all else tells something.
            await self.approach(peer)
        return await self.hub.publish(self.event(kind, conversation, peer=peer, **fields))
