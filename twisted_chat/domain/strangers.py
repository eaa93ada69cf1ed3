"""
Who may write to somebody in private.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_chat.domain.errors import NoSuchPerson, NotRegistered, PersonGone, RegisteredOnly
from twisted_chat.domain.names import cleanLine, fold, foldOrRefuse
from twisted_chat.domain.preferences import Preferences
from twisted_chat.domain.values import Author

REGISTERED_ONLY: Final = "registeredOnly"
"""The preference of those who want to be written to by registered people alone."""

ACCEPTED: Final = "accepted"
"""The preference in which it stands whom they hear all the same: names by ids."""

MOST_ACCEPTED: Final = 100
"""How many are remembered, the last ones: guests are others each time they come."""


def _acceptedIn(preferences: Mapping[str, object]) -> dict[str, str]:
    accepted = preferences.get(ACCEPTED)
    return dict(accepted) if isinstance(accepted, dict) else {}


class Strangers(Preferences):
    """
    What a session can do about whom its person hears in private.

    @ivar lastDirect: from whom this person last had a private message; C{None}: from nobody yet.
    """

    __slots__ = ("lastDirect",)

    lastDirect: Author | None

    @inlineCallbacks
    def findPerson(self, name: str) -> Generator[Deferred[Any], Any, Author]:
        """
        Who has a name: whoever is connected under it, else the registered person of that name.

        @raise NoSuchPerson: nobody.
        """
        folded = foldOrRefuse(name)
        account = yield self.hub.store.account(folded)
        if account is not None and account.erasedAt:
            account = None
        holder = yield self.hub.network.holder(folded)
        if holder is not None:
            id, spelled = holder
            owner = account
            if owner is None or owner.id != id:
                owner = yield self.hub.store.accountById(id)
            return Author(id, spelled, owner.name if owner is not None else "")
        if account is None:
            raise NoSuchPerson(name=cleanLine(name)[:64])
        return Author(account.id, account.name, account.name)

    @inlineCallbacks
    def findAgain(self, person: Author) -> Generator[Deferred[Any], Any, Author]:
        """
        Somebody from whom one has heard, whatever they are called now, and not who took the name.

        @raise PersonGone: they are a guest who has gone, or whom this node knows no longer; or the
            account is erased.
        """
        known = self.hub.roster.people.get(person.id)
        name = known.name if known is not None else person.name
        account = yield self.hub.store.accountById(person.id)
        holder = yield self.hub.network.holder(fold(name))
        if account is not None and account.erasedAt:
            account = None
        elif holder is not None and holder[0] == person.id:
            return Author(person.id, holder[1], account.name if account is not None else "")
        if account is None:
            raise PersonGone(name=name)
        return Author(account.id, account.name, account.name)

    @property
    def registeredOnly(self) -> bool:
        """
        Whether this person is written to by registered people alone.
        """
        return bool(self.preferences.get(REGISTERED_ONLY))

    @inlineCallbacks
    def setRegisteredOnly(self, on: bool) -> Generator[Deferred[Any], Any, None]:
        """
        Be written to in private by registered people alone, and by those whom one has written to
        or accepted; or by everybody.

        @raise NotRegistered: this person is a guest, of whom nothing is kept.
        """
        yield self._keep(REGISTERED_ONLY, on or None)

    @inlineCallbacks
    def _keep(self, key: str, value: object) -> Generator[Deferred[Any], Any, None]:
        if self.account is None:
            raise NotRegistered(name=self.person.name)
        yield self.setForAll(key, value)

    @inlineCallbacks
    def accepted(self) -> Generator[Deferred[Any], Any, dict[str, str]]:
        """
        Whom this person hears though they are not registered: names by ids.
        """
        account = None
        if self.account is not None:
            # Another session of theirs may have accepted somebody.
            account = yield self.hub.store.accountById(self.account.id)
        return _acceptedIn(account.preferences) if account is not None else {}

    @inlineCallbacks
    def accept(self, name: str) -> Generator[Deferred[Any], Any, None]:
        """
        Hear somebody in private, registered or not.
        """
        peer = yield self.findPerson(name)
        yield self._accept(peer)

    @inlineCallbacks
    def _accept(self, peer: Author) -> Generator[Deferred[Any], Any, None]:
        accepted = yield self.accepted()
        accepted.pop(peer.id, None)
        first = list(accepted)[: max(len(accepted) + 1 - MOST_ACCEPTED, 0)]
        yield self._keep(ACCEPTED, {**dict.fromkeys(first), peer.id: peer.name})

    @inlineCallbacks
    def unaccept(self, name: str) -> Generator[Deferred[Any], Any, bool]:
        """
        Accept somebody no longer.

        @return: whether they were accepted.
        """
        folded = foldOrRefuse(name)
        before = yield self.accepted()
        gone = [id for id, each in before.items() if fold(each) == folded]
        if gone:
            yield self._keep(ACCEPTED, dict.fromkeys(gone))
        return bool(gone)

    @inlineCallbacks
    def approach(self, peer: Author) -> Generator[Deferred[Any], Any, None]:
        """
        Be about to write to somebody in private: they may answer then.

        @raise RegisteredOnly: they hear registered people alone, and this is none.
        """
        if self.account is not None:
            if self.registeredOnly and not peer.account:
                accepted = yield self.accepted()
                if peer.id not in accepted:
                    yield self._accept(peer)
        elif peer.account and not self.operator:
            account = yield self.hub.store.accountById(peer.id)
            kept = account.preferences if account is not None else {}
            if kept.get(REGISTERED_ONLY) and self.personId not in _acceptedIn(kept):
                raise RegisteredOnly(name=peer.name)
