"""
Private conversations: with whom, what they are called, and who may begin one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from twisted_chat.domain.accounterrors import NotRegistered
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.directs import MOST_KEPT
from twisted_chat.domain.errors import BadInput, NoSuchPerson, PersonGone, RegisteredOnly
from twisted_chat.domain.ids import directId
from twisted_chat.domain.names import cleanLine, fold, foldAny, foldOrRefuse, nameShown
from twisted_chat.domain.preferences import Preferences
from twisted_chat.domain.records import DirectListing
from twisted_chat.domain.sparse import drop, put
from twisted_chat.domain.values import Author

REGISTERED_ONLY: Final = "registeredOnly"
"""The preference of those who want to be written to by registered people alone."""

ACCEPTED: Final = "accepted"
"""The preference in which it stands whom they hear all the same: names by ids."""

MOST_ACCEPTED: Final = 100
"""How many are remembered, the last ones: guests are others each time they come."""

BEFORE: Final = "#"
"""
What follows the name of somebody who had it before others did, and stands in no name:
C{@bea#3fa1c2}.
"""

BEYOND: Final = "-"
"""
In the place of a conversation: what was said last can't be changed, since it is not kept, or was
said in a room from outside.
"""

MARK_LENGTH: Final = 6
"""How many characters of an id are enough to tell apart those who had the same name."""


def _acceptedIn(preferences: Mapping[str, object]) -> dict[str, str]:
    accepted = preferences.get(ACCEPTED)
    return dict(accepted) if isinstance(accepted, dict) else {}


def _isCalled(direct: DirectListing, name: str) -> bool:
    return foldAny(direct.otherName) == foldAny(name)


def _marked(name: str, direct: DirectListing) -> str:
    return f"@{name}{BEFORE}{direct.other[-MARK_LENGTH:]}"


class Correspondence(Preferences):
    """
    What a session can do about the private conversations of its person.

    @ivar lastDirect: from whom this person last had a private message; C{None}: from nobody yet.
    @ivar saidIn: in which conversation this connection has said something last: its id, L{BEYOND},
        or C{""} as long as it has said nothing.
    """

    __slots__ = ("_places", "lastDirect", "saidIn")

    lastDirect: Author | None
    saidIn: str
    _places: dict[str, str]

    # People by name.

    @asDeferred
    async def findPerson(self, name: str) -> Author:
        """
        Who has a name: whoever is connected under it, else the registered person of that name.

        @raise NoSuchPerson: nobody.
        """
        folded = foldOrRefuse(name)
        account = await self.hub.store.account(folded)
        if account is not None and account.erasedAt:
            account = None
        holder = await self.hub.network.holder(folded)
        if holder is not None:
            id, spelled = holder
            owner = account
            if owner is None or owner.id != id:
                owner = await self.hub.store.accountById(id)
            return Author(id, spelled, owner.name if owner is not None else "")
        if account is None:
            raise NoSuchPerson(name=nameShown(name))
        return account.author

    @asDeferred
    async def findAgain(self, person: Author) -> Author:
        """
        Somebody from whom one has heard, whatever they are called now, and not who took the name.

        @raise PersonGone: they are a guest who has gone, or whom this node knows no longer; or the
            account is erased.
        """
        known = self.hub.roster.people.get(person.id)
        name = known.name if known is not None else person.name
        account = await self.hub.store.accountById(person.id)
        holder = await self.hub.network.holder(foldAny(name))
        if account is not None and account.erasedAt:
            account = None
        elif holder is not None and holder[0] == person.id:
            return Author(person.id, holder[1], account.name if account is not None else "")
        if account is None:
            raise PersonGone(name=name)
        return account.author

    # Who may begin.

    @property
    def registeredOnly(self) -> bool:
        """
        Whether this person is written to by registered people alone.
        """
        return bool(self.preferences.get(REGISTERED_ONLY))

    @asDeferred
    async def setRegisteredOnly(self, on: bool) -> None:
        """
        Be written to in private by registered people alone, and by those whom one has written to
        or accepted; or by everybody.

        @raise NotRegistered: this person is a guest, of whom nothing is kept.
        """
        await self._keep(REGISTERED_ONLY, on or None)

    async def _keep(self, key: str, value: object) -> None:
        if self.account is None:
            raise NotRegistered(name=self.person.name)
        await self.setForAll(key, value)

    @asDeferred
    async def accepted(self) -> dict[str, str]:
        """
        Whom this person hears though they are not registered: names by ids.
        """
        account = None
        if self.account is not None:
            # Another session of theirs may have accepted somebody.
            account = await self.hub.store.accountById(self.account.id)
        return _acceptedIn(account.preferences) if account is not None else {}

    @asDeferred
    async def accept(self, name: str) -> None:
        """
        Hear somebody in private, registered or not.
        """
        peer = await self.findPerson(name)
        await self._accept(peer)

    async def _accept(self, peer: Author) -> None:
        accepted = await self.accepted()
        accepted.pop(peer.id, None)
        first = list(accepted)[: max(len(accepted) + 1 - MOST_ACCEPTED, 0)]
        await self._keep(ACCEPTED, {**dict.fromkeys(first), peer.id: peer.name})

    @asDeferred
    async def unaccept(self, name: str) -> bool:
        """
        Accept somebody no longer.

        @return: whether they were accepted.
        """
        folded = foldOrRefuse(name)
        before = await self.accepted()
        gone = [id for id, each in before.items() if fold(each) == folded]
        if gone:
            await self._keep(ACCEPTED, dict.fromkeys(gone))
        return bool(gone)

    @asDeferred
    async def approach(self, peer: Author) -> None:
        """
        Be about to write to somebody in private: they may answer then.

        @raise RegisteredOnly: they hear registered people alone, and this is none.
        """
        if self.account is not None:
            if self.registeredOnly and not peer.account:
                accepted = await self.accepted()
                if peer.id not in accepted:
                    await self._accept(peer)
        elif peer.account and not self.operator:
            account = await self.hub.store.accountById(peer.id)
            kept = account.preferences if account is not None else {}
            if kept.get(REGISTERED_ONLY) and self.personId not in _acceptedIn(kept):
                raise RegisteredOnly(name=peer.name)

    # What the conversations are called: by whoever has a name now, and by those who had it before.

    def placeOf(self, conversation: str) -> str:
        """
        What people call a conversation: C{lobby}, or C{@bea} for a direct one.
        """
        place = super().placeOf(conversation)
        return self._places.get(conversation, place) if place in ("@", "") else place

    def _call(self, conversation: str, place: str) -> None:
        """
        Know what a private conversation is called, whether the other is here or not. Of those that
        were called something the longest time ago it is known no more.
        """
        places = put(drop(self._places, conversation), conversation, place)
        if len(places) > MOST_KEPT:
            del places[next(iter(places))]
        self._places = places

    async def callApart(
        self, conversations: Iterable[str], directs: Sequence[DirectListing]
    ) -> None:
        """
        Know some private conversations by what means them alone, and not what was said with
        others who have, or had, the same name.

        @param directs: all of this person's.
        """
        listed = {direct.conversation: direct for direct in directs}
        meant = [listed[id] for id in conversations if id in listed]
        # Many may be meant, and there may be many more.
        called = Counter(foldAny(each.otherName) for each in directs if meant)
        for direct in meant:
            self._call(direct.conversation, await self._label(direct, called))

    async def _label(self, direct: DirectListing, called: Mapping[str, int]) -> str:
        """
        @param called: by folded name, with how many who were called that there is something.
        """
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
            alone = called.get(foldAny(name), 0) <= 1
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
        directs = await self.hub.store.directs(self.identity)
        called = [
            each
            for each in directs
            if each.other[-MARK_LENGTH:] == mark or (not mark and _isCalled(each, name))
        ]
        if not called:
            raise NoSuchPerson(name=nameShown(text))
        if len(called) > 1:
            which = ", ".join(_marked(name, each) for each in called)
            raise BadInput(why=f"Several who are gone were called {cleanLine(name)}: {which}.")
        await self.callApart([called[0].conversation], directs)
        return called[0].conversation
