"""
Going for good: what is held about somebody, for them to take along, and the end of an account.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from msgspec import to_builtins
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twisted_chat.domain.coroutines import allOf
from twisted_chat.domain.errors import BadInput, NoSuchRoom
from twisted_chat.domain.events import Event, Left, RolesChanged, TopicChanged
from twisted_chat.domain.official import Official
from twisted_chat.domain.orders import END
from twisted_chat.domain.records import Account
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import Author

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

PAGE: Final = 200
"""How many events are read at once."""

MOST_REPORTS: Final = 1000
"""How many of what somebody has reported are in an export."""

_NOTHING: Final = ("", 0, 0.0, (), None, False)
"""What says nothing is left out of an export."""


class Leaving:
    """
    Exports and erases accounts.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def page(
        self, account: Account, after: int = 0, limit: int = PAGE
    ) -> tuple[Sequence[str], int]:
        """
        A part of all that is held about somebody.

        @param after: what an earlier call gave; 0 to begin with.
        @param limit: how many events.
        @return: lines of JSON, and what to go on with; 0 if that was all.
        """
        lines = [] if after else [await self._account(account)]
        events = await self._hub.store.writtenBy(account.id, after, limit)
        lines += [_line(_fieldsOf(event)) for _, event in events]
        return lines, events[-1][0] if len(events) == limit else 0

    async def export(self, account: Account) -> AsyncIterator[str]:
        """
        All that is held about somebody.

        @return: lines of JSON, without line ends.
        """
        after = -1
        while after:
            lines, after = await self.page(account, max(after, 0))
            for line in lines:
                yield line

    async def _account(self, account: Account) -> str:
        """
        What is held beside the log; nothing that a password could be guessed from.
        """
        held = await self._hub.store.heldAbout(account.id)
        reports = await self._hub.store.reportedBy(account.id, MOST_REPORTS)
        return _line(
            {
                "kind": "account",
                "id": account.id,
                "name": account.name,
                "createdAt": account.createdAt,
                "seenAt": account.seenAt,
                "operator": account.operator,
                "suspended": account.suspended,
                "preferences": dict(account.preferences),
                **held,
                "reports": [_fieldsOf(report) for report in reports],
            }
        )

    async def erase(self, by: Official, account: Account, withMessages: bool) -> int:
        """
        End an account. Nobody gets its name again.

        @param withMessages: delete what it wrote, for good; else it stays.
        @return: how many messages and topics were deleted.
        @raise BadInput: it is that of an operator of the network.
        """
        if account.operator:
            raise BadInput(
                why=f"{account.name} is an operator of the network; take that mark first."
            )
        gone, after = 0, 0
        if withMessages:
            gone, after = await self._deleteWritten(account)
        # They may have a role where they are no member.
        held: Mapping[str, Any] = await self._hub.store.heldAbout(account.id)
        rooms = [each["conversation"] for each in held["roles"]]
        memberships = await self._hub.store.memberships(account.id)
        rooms += [each.conversation for each in memberships]
        await self._leaveRooms(account, list(dict.fromkeys(rooms)))
        entered = await self._hub.store.eraseAccount(account.id, self._hub.clock.seconds())
        own = by.author.id == account.id
        deed = "deleted their account" if own else f"deleted the account {account.name}"
        self._hub.orders.used(by, "erase", deed)
        why = "Your account is deleted. Goodbye."
        try:
            # Whoever is connected may have come into a room meanwhile; from here on nobody can.
            await self._leaveRooms(account, entered)
        finally:
            await self._hub.orders.insist(by, END, account.id, why, told="account deleted")
        if withMessages:
            # What was said meanwhile.
            more, _ = await self._deleteWritten(account, after)
            gone += more
        return gone

    async def _deleteWritten(self, account: Account, after: int = 0) -> tuple[int, int]:
        """
        Delete what somebody wrote, for good; see L{Acts.deleteAll
        <twisted_chat.domain.acts.Acts.deleteAll>}.
        """
        # First, so that whatever an operator brings back until then is found below.
        await self._hub.store.forgetHidden(account.id)
        written = await self._hub.acts.deleteAll(account.author, 0.0, "", None, after)
        for id in await self._hub.store.outlivedTopics(account.id, account.name):
            # It may have ended meanwhile.
            with suppress(NoSuchRoom):
                await self._hub.copies.using(id, lambda room: self._clearTopic(room, account))
        return written

    def _clearTopic(self, room: Room, account: Account) -> Deferred[Any]:
        """
        Take a topic away that is in the log no more, so that it can't be deleted there.
        """
        return self._hub.publish(self._hub.event(TopicChanged, account.author, room.id, text=""))

    async def _leaveRooms(self, account: Account, rooms: Sequence[str]) -> None:
        for id in rooms:
            # It may have ended since the list was read.
            with suppress(NoSuchRoom):
                await self._hub.copies.using(id, lambda room: self._leave(room, account.author))

    def _leave(self, room: Room, author: Author) -> Deferred[Any]:
        """
        Somebody is nothing in a room any more.
        """
        told: list[Event] = []
        if room.role(author.id) is not Role.MEMBER:
            change = room.roleChange(author.id, author.name, Role.MEMBER)
            told.append(self._hub.event(RolesChanged, author, room.id, changes=(change,)))
        if author.id in room.members:
            told.append(self._hub.event(Left, author, room.id, reason="left"))
        return allOf(self._hub.publish(event) for event in told)


def _fieldsOf(event: Event) -> dict[str, object]:
    """
    An event as JSON can say it, without what says nothing.
    """
    fields = {name: value for name, value in to_builtins(event).items() if value not in _NOTHING}
    fields.pop("author", None)
    fields.pop("basis", None)
    fields.pop("kept", None)
    return {"kind": event.kind, **fields}


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
