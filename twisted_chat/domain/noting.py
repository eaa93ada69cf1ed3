"""
Notes: what is known of people and rooms beside all else, by key, for whoever wants to know
(pictures, pronouns, links ...).

Those of a registered person and of a room are stored; a guest's last as long as the guest does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from twisted.internet.defer import Deferred

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadKey, NotNoted, TooLong, TooMany
from twisted_chat.domain.events import MetadataChanged
from twisted_chat.domain.keeping import MOST_KEYS
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.parting import Parting
from twisted_chat.domain.records import Account
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import PersonRecord

LONGEST_KEY: Final = 64
"""Characters."""

LONGEST_VALUE: Final = 300
"""Bytes."""

_KEY: Final = re.compile("[a-z0-9_./-]+").fullmatch


def requireKey(key: str) -> None:
    """
    @raise BadKey: nothing can be noted under it.
    """
    if not _KEY(key) or len(key) > LONGEST_KEY:
        raise BadKey(key=cleanLine(key)[:LONGEST_KEY])


def checked(notes: Mapping[str, str], key: str, value: str | None) -> str | None:
    """
    What would be noted beside other things.

    @param notes: what is noted already.
    @param value: C{None}: nothing any more.
    @return: the value without what can't be shown in a line.
    @raise ChatError: it can't be.
    """
    requireKey(key)
    if value is None:
        if key not in notes:
            raise NotNoted(key=key)
        return None
    value = cleanLine(value)
    size = len(value.encode())
    if size > LONGEST_VALUE:
        raise TooLong(length=size, unit="bytes", limit=LONGEST_VALUE)
    if key not in notes and len(notes) >= MOST_KEYS:
        raise TooMany(why=f"There are {len(notes)} keys, and no more are allowed.")
    return value


class Noting(Parting):
    """
    What a session can do about notes.
    """

    __slots__ = ()

    @property
    def metadata(self) -> Mapping[str, str]:
        """
        What is noted of this person.
        """
        return dict(self.person.record.metadata)

    async def setMetadata(self, key: str, value: str | None) -> str | None:
        """
        Note something of oneself, or nothing any more (C{None}).

        @return: the value as it is noted.
        @raise BadKey: nothing can be noted under that key.
        @raise NotNoted: there is nothing to take back.
        @raise TooLong: the value is too long.
        @raise TooMany: enough is noted.
        """
        value = checked(self.metadata, key, value)
        await self._tellNote(key, value, self.accountId)
        return value

    async def _tellNote(self, key: str, value: str | None, owner: str = "") -> None:
        """
        All names under which somebody registered is here are theirs.

        @param owner: see L{MetadataChanged.owner<twisted_chat.domain.passing.MetadataChanged>}.
        """
        self.countRooms()
        told: dict[str, MetadataChanged] = {}
        for session in (self, *self.hub.roster.sessionsOf(self.identity)):
            if session.personId not in told:
                told[session.personId] = self.event(
                    MetadataChanged,
                    *session.everywhere,
                    target=session.personId,
                    key=key,
                    value=value,
                    owner=owner,
                )
        for event in told.values():
            await self.hub.publish(event)

    # Rooms.

    def metadataOf(self, room: Room) -> Deferred[Mapping[str, str]]:
        """
        What is noted of a room.

        @raise NotInRoom: this person is not in it.
        """
        rights.requireMember(room, self.personId)
        return self.hub.store.metadata(room.id)

    def notedIn(self, room: Room) -> Iterator[PersonRecord]:
        """
        Those who are in a room and connected, and of whom something is noted.

        @raise NotInRoom: this person is not in it.
        """
        rights.requireMember(room, self.personId)
        people = self.hub.roster.people
        for id in rights.membersSeen(room, self.personId):
            person = people.get(id)
            if person is not None and person.record.metadata and person.nodes:
                yield person.record

    async def setMetadataOf(self, room: Room, key: str, value: str | None) -> str | None:
        """
        Note something of a room; see L{setMetadata}.

        @raise NotAllowed: only operators of the room may do that.
        """

        self.mayNoteOf(room)
        value = checked(await self.hub.store.metadata(room.id), key, value)

        def check() -> None:
            self.mayNoteOf(room)

        await self.publishIn(
            room, check, MetadataChanged, target=room.id, key=key, value=value, owner=room.id
        )
        return value

    def mayNoteOf(self, room: Room) -> None:
        """
        Whether this person may note something of a room.

        @raise NotAllowed: only operators of the room may do that.
        """
        rights.require(room, self.personId, Role.OPERATOR)

    # Guests who become somebody registered.

    @asDeferred
    async def register(self, password: str, code: str = "") -> Account:
        """
        Make the name one's own, with what is noted of oneself.
        """
        account = await super().register(password, code)
        for key, value in self.metadata.items():
            await self.hub.store.setMetadata(account.id, key, value)
        return account

    async def assume(self, account: Account | None, reset: str = "") -> None:
        """
        Go on with the rights of an account, and with what is noted of it.
        """
        before = self.identity
        await super().assume(account, reset)
        if self.identity == before:
            return
        found: Any = await self.hub.store.metadata(self.identity) if account is not None else {}
        changes = {key: None for key in self.metadata if key not in found}
        for key, value in {**changes, **found}.items():
            if self.metadata.get(key) != value:
                await self._tellNote(key, value)
