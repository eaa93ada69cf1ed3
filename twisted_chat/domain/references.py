"""
References: what people mean by the number of a message, and by the last one.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.correspondence import BEYOND
from twisted_chat.domain.errors import BadInput, NoCurrentRoom
from twisted_chat.domain.events import Event
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.reading import MOST, Reading
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import Author

_BEYOND = (
    "What you said last can't be changed: it is not kept, or you are not in that room."
    " Give the number of another message."
)

MOST_WRITERS: Final = 5
"""In so many private conversations it is looked who has written last."""


class References(Reading):
    """
    How a session finds what its person refers to.
    """

    __slots__ = ()

    @asDeferred
    async def resolve(self, text: str, room: Room | None) -> tuple[str, int | None]:
        """
        The message that people mean by C{118}, C{#118}, C{last}, C{dev/118} or C{@bea/3}. A bare
        C{last} is what this connection said last, wherever that was: in the room it could be
        something older, and what was said in private is corrected in private.

        @param room: the one that a bare number is about; and a bare C{last}, if this connection
            has said nothing yet, or has left the room where it did.
        @return: the conversation, and the seq or C{None} for one's own last.
        """
        place, slash, number = text.strip().rpartition("/")
        seq = _number(number)
        if not slash:
            if seq is None and self._isAmong(self.saidIn):
                return self.saidIn, None
            if seq is None and self.saidIn == BEYOND:
                raise BadInput(why=_BEYOND)
            if room is None:
                raise NoCurrentRoom()
            return room.id, seq
        if place.startswith("@"):
            return await self.correspondence(place[1:]), seq
        return (await self.roomCalled(place)).id, seq

    def headOf(self, room: Room) -> int:
        """
        The seq of the newest event of a room that was handed out here.
        """
        return self._newest(room.id)

    @asDeferred
    async def lastWriter(self) -> Author | None:
        """
        From whom this person last had a private message, on whichever connection.

        @return: C{None}: from nobody; or it is too long ago to be looked for.
        """
        if self.lastDirect is None:
            directs = await self.hub.store.directs(self.identity)
            heard: list[Event] = []
            for direct in directs[:MOST_WRITERS]:
                page = await self.history(direct.conversation)
                heard += [each for each in page.events if each.author.id != self.identity]
            if heard and self.lastDirect is None:
                self.lastDirect = max(heard, key=attrgetter("at")).author
        return self.lastDirect

    def _isAmong(self, conversation: str) -> bool:
        """
        Whether it is a private conversation, or a room that this person is in.
        """
        room = self.hub.roster.room(conversation)
        return isDirect(conversation) or (room is not None and self.isIn(room))


def _number(text: str) -> int | None:
    word = text.removeprefix("#").lower()
    if word == "last":
        return None
    if not (word.isascii() and word.isdigit() and len(word) < 19):
        raise BadInput(
            why="Give the number of a message, as it is shown before it: 118, dev/118, or last."
        )
    return min(int(word), MOST)
