"""
Private conversations by name: whoever has a name now, and those who had it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twisted_chat.domain.errors import BadInput, ChatError, NoSuchPerson
from twisted_chat.domain.ids import directId
from twisted_chat.domain.names import cleanLine, fold
from twisted_chat.domain.records import DirectListing
from twisted_chat.domain.rules import Rules
from twisted_chat.domain.sparse import put

BEFORE: Final = "#"
"""
What follows the name of somebody who had it before others did, and stands in no name:
C{@bea#3fa1c2}.
"""

MARK_LENGTH: Final = 6
"""How many characters of an id are enough to tell apart those who had the same name."""


def _isCalled(direct: DirectListing, name: str) -> bool:
    try:
        return fold(direct.otherName) == fold(name)
    except ChatError:
        return False


def _marked(name: str, direct: DirectListing) -> str:
    return f"@{name}{BEFORE}{direct.other[-MARK_LENGTH:]}"


class Correspondence(Rules):
    """
    What a session knows of the private conversations of its person.
    """

    __slots__ = ()

    def placeOf(self, conversation: str) -> str:
        """
        What people call a conversation: C{lobby}, or C{@bea} for a direct one.
        """
        place = super().placeOf(conversation)
        return self._places.get(conversation, place) if place in ("@", "") else place

    def _callPlace(self, direct: DirectListing) -> None:
        """
        Know what a private conversation is called, whether the other is here or not.
        """
        self._places = put(self._places, direct.conversation, f"@{direct.otherName}")

    async def callApart(
        self, conversations: Iterable[str], directs: Sequence[DirectListing]
    ) -> None:
        """
        Know some private conversations by what means them alone, and not what was said with
        others who have, or had, the same name.

        @param directs: all of this person's.
        """
        listed = {direct.conversation: direct for direct in directs}
        for id in conversations:
            if id in listed:
                self._places = put(self._places, id, await self._label(listed[id], directs))

    async def _label(self, direct: DirectListing, directs: Sequence[DirectListing]) -> str:
        account = await self.hub.store.accountById(direct.other)
        known = self.hub.roster.people.get(direct.other)
        name = direct.otherName
        if known is not None:
            name = known.name
        elif account is not None and not account.erasedAt:
            name = account.name
        try:
            holder = await self.findPerson(name)
        except NoSuchPerson:
            alone = sum(_isCalled(each, name) for each in directs) <= 1
        else:
            alone = holder.id == direct.other
        return f"@{name}" if alone else _marked(name, direct)

    async def correspondence(self, text: str) -> str:
        """
        The private conversation with somebody.

        @param text: the name of whoever has it now or, if nobody has, of the last who had it; or
            what L{callApart} has called them.
        @return: its id.
        @raise NoSuchPerson: there was nobody like that.
        """
        name, _, mark = text.partition(BEFORE)
        if not name:
            raise BadInput(why="The name of a person stands behind the @: @bea, @bea/3.")
        if not mark:
            try:
                peer = await self.findPerson(name)
            except NoSuchPerson:
                pass
            else:
                return directId(self.identity, peer.id)
        directs: Sequence[DirectListing] = await self.hub.store.directs(self.identity)
        called = [
            each
            for each in directs
            if each.other[-MARK_LENGTH:] == mark or (not mark and _isCalled(each, name))
        ]
        if not called:
            raise NoSuchPerson(name=cleanLine(text)[:64])
        if len(called) > 1:
            which = ", ".join(_marked(name, each) for each in called)
            raise BadInput(why=f"Several who are gone were called {cleanLine(name)}: {which}.")
        await self.callApart([called[0].conversation], directs)
        return called[0].conversation
