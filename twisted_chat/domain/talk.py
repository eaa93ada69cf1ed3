"""
Talking: saying, editing, deleting, reacting, in rooms and in private.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, fail, inlineCallbacks

from twisted_chat.domain import rights
from twisted_chat.domain.avatar import Avatar, foldOrRefuse
from twisted_chat.domain.errors import (
    ChatError,
    NoSuchMessage,
    NoSuchPerson,
    NoSuchRoom,
    NotYours,
)
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Event,
    Reacted,
    Said,
    Targeted,
    Unreacted,
)
from twisted_chat.domain.ids import directId, isDirect, readersOf
from twisted_chat.domain.names import cleanLine, emoji, foldRoom, roomName
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import (
    Author,
)


class Talk(Avatar):
    """
    What a session can say.

    @ivar lastDirect: the name of whom this person last had a private message from.
    """

    __slots__ = ("_places", "_spokeAt", "lastDirect")

    _places: dict[str, str]
    _spokeAt: dict[str, float]
    lastDirect: str

    def say(
        self,
        room: Room,
        text: str,
        action: bool = False,
        notice: bool = False,
        replyTo: int = 0,
    ) -> Deferred[Said]:
        """
        Say something in a room. But for a reply, it is on its way when this returns.

        @param replyTo: the seq of the message that this answers, or 0.
        @return: what was said, at its place.
        """
        if replyTo:
            return self._reply(room, text, replyTo)
        try:
            cleaned = self.text(text)
        except ChatError:
            return fail()
        return self._say(room, text=cleaned, action=action, notice=notice)

    @inlineCallbacks
    def _reply(self, room: Room, text: str, number: int) -> Generator[Deferred[Any], Any, Said]:
        cleaned = self.text(text)
        target = yield self.message(room.id, number)
        return (yield self._say(room, text=cleaned, replyTo=target.seq, replyId=target.id))

    def _say(self, room: Room, **fields: Any) -> Deferred[Said]:
        if room.setting("slow"):
            spokeAt = self._spokeAt.get(room.id, float("-inf"))
            try:
                rights.notTooSoon(room, self.personId, spokeAt, self.now)
            except ChatError:
                return fail()
            self._spokeAt[room.id] = self.now
        return self.publishIn(
            room,
            lambda: rights.mayAct(room, self.personId, self.subject, self.now),
            Said,
            renew=lambda said: replace(said, kept=room.history != "none"),
            kept=room.history != "none",
            read=True,
            **fields,
        )

    @inlineCallbacks
    def sayOutside(
        self, name: str, text: str, notice: bool = False
    ) -> Generator[Deferred[Any], Any, Said]:
        """
        Say something in a room without being in it, where the room allows that.

        @param name: the room's name.
        """
        cleaned = self.text(text)
        spelled = roomName(name)
        id = yield self.hub.store.roomId(foldRoom(spelled))
        if id is None:
            raise NoSuchRoom(room=spelled)
        return (
            yield self.hub.copies.using(
                id, lambda room: self._say(room, text=cleaned, notice=notice)
            )
        )

    @inlineCallbacks
    def tell(
        self, name: str, text: str, action: bool = False, notice: bool = False
    ) -> Generator[Deferred[Any], Any, Said]:
        """
        Say something to one person. If they are registered and not connected, it waits for them.

        @param name: the person's name.
        """
        cleaned = self.text(text)
        peer = yield self.findPerson(name)
        conversation = directId(self.personId, peer.id)
        self._places[conversation] = f"@{peer.name}"
        event = self.event(
            Said,
            conversation,
            peer=peer,
            text=cleaned,
            action=action,
            notice=notice,
            read=True,
        )
        return (yield self.hub.publish(event))

    @inlineCallbacks
    def findPerson(self, name: str) -> Generator[Deferred[Any], Any, Author]:
        """
        Who has a name: whoever is connected under it, else the registered person of that name.

        @raise NoSuchPerson: nobody.
        """
        folded = foldOrRefuse(name)
        account = yield self.hub.store.account(folded)
        holder = yield self.hub.network.holder(folded)
        if holder is not None:
            id, spelled = holder
            registered = account is not None and account.id == id
            if not registered:
                registered = (yield self.hub.store.accountById(id)) is not None
            return Author(id, spelled, registered)
        if account is None:
            raise NoSuchPerson(name=cleanLine(name)[:64])
        return Author(account.id, account.name, True)

    # What was said.

    @inlineCallbacks
    def message(self, conversation: str, number: int) -> Generator[Deferred[Any], Any, Said]:
        """
        A message that this person may read.

        @raise NoSuchMessage: there is none of that number.
        """
        first = self.readableFrom(conversation)
        found = yield self.hub.store.message(conversation, number)
        if found is None or found.seq < first:
            raise NoSuchMessage(number=number)
        return found

    def readableFrom(self, conversation: str) -> int:
        """
        The lowest seq that this person may read of a conversation.

        @raise errors.MayNotRead: nothing at all.
        """
        if isDirect(conversation):
            if self.personId in readersOf(conversation):
                return 1
            raise NoSuchPerson(name="in that conversation")
        return rights.readableFrom(self._room(conversation), self.personId)

    def _room(self, conversation: str) -> Room:
        known = self.hub.roster.conversations.get(conversation)
        if known is None or known.room is None:
            raise NoSuchRoom(room="of that name")
        return known.room

    @inlineCallbacks
    def edit(
        self, conversation: str, number: int | None, text: str
    ) -> Generator[Deferred[Any], Any, Edited]:
        """
        Give a message of one's own another text.

        @param number: its seq; C{None} for one's last.
        """
        cleaned = self.text(text)
        target = yield self._target(conversation, number)
        if target.author.id != self.personId:
            raise NotYours(number=target.seq)
        return (yield self._act(conversation, target, Edited, False, text=cleaned))

    @inlineCallbacks
    def delete(
        self, conversation: str, number: int | None, reason: str = ""
    ) -> Generator[Deferred[Any], Any, Deleted]:
        """
        Delete a message of one's own; operators of a room may delete any.

        @param number: its seq; C{None} for one's last.
        """
        reason = self.note(reason)
        target = yield self._target(conversation, number)
        others = target.author.id != self.personId
        if others and isDirect(conversation):
            raise NotYours(number=target.seq)
        return (yield self._act(conversation, target, Deleted, others, reason=reason))

    @inlineCallbacks
    def react(
        self, conversation: str, number: int | None, with_: str, back: bool = False
    ) -> Generator[Deferred[Any], Any, Targeted]:
        """
        React to a message.

        @param with_: an emoji, or a very short text.
        @param back: take the reaction back instead.
        """
        symbol = emoji(with_)
        target = yield self._target(conversation, number)
        kind: type[Targeted] = Unreacted if back else Reacted
        return (yield self._act(conversation, target, kind, False, emoji=symbol))

    @inlineCallbacks
    def _target(self, conversation: str, number: int | None) -> Generator[Deferred[Any], Any, Said]:
        if number is not None:
            return (yield self.message(conversation, number))
        first = self.readableFrom(conversation)
        found = yield self.hub.store.lastOf(conversation, self.personId)
        if found is None or found.seq < first:
            raise NoSuchMessage(number="of yours")
        return found

    def _act(
        self,
        conversation: str,
        target: Said,
        kind: type[Targeted],
        asOperator: bool,
        **fields: Any,
    ) -> Deferred[Any]:
        """
        Do something to a message, in whichever kind of conversation it is.
        """
        fields |= {"target": target.seq, "targetId": target.id, "targetAuthor": target.author}
        if isDirect(conversation):
            peer = target.peer if target.author.id == self.personId else target.author
            event: Event = self.event(kind, conversation, peer=peer, **fields)
            return self.hub.publish(event)
        room = self._room(conversation)

        def check() -> None:
            if asOperator:
                rights.require(room, self.personId, Role.OPERATOR)
            elif kind is Deleted:
                rights.requireMember(room, self.personId)
            else:
                rights.mayAct(room, self.personId, self.subject, self.now)

        return self.publishIn(room, check, kind, **fields)
