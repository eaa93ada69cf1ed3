"""
The names of a large channel, spelled once for all who are shown the same.

When a channel gets another name, all clients that do not know of that are shown who is in it, at
once: for a thousand of them a million names would have to be spelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.answering import NICK, forAll, spaceFor
from twisted_chat.frontends.irc.numerics import RPL_NAMREPLY
from twisted_chat.frontends.irc.wrapping import inLines

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MANY: Final = 100
"""Of a channel with fewer members, the names are spelled for each who asks."""

_NAMED: Final = frozenset({"userhost-in-names", "multi-prefix"})
"""The capabilities on which it depends how they are spelled."""


class ManyNames:
    """
    What was told last, which nearly always is what is told next.
    """

    __slots__ = ("_known", "_parts", "_room")

    def __init__(self) -> None:
        self._room: Room | None = None
        self._known: tuple[object, ...] = ()
        self._parts: Sequence[bytes] = ()

    def tell(
        self, client: IrcClient, room: Room, before: Sequence[str], names: Callable[[], list[str]]
    ) -> None:
        """
        Tell a client who is in a channel and connected.

        @param before: what stands before the names.
        @param names: gives them as they are now, for all who have the same capabilities.
        """
        known = (room.changes, client.caps & _NAMED, *before)
        if self._room is not room or self._known != known:
            size = spaceFor(client.serverName, RPL_NAMREPLY, NICK, before)
            lines = [(RPL_NAMREPLY, NICK, *before, text) for text in inLines(names(), size)]
            self._parts = forAll(client.serverName, lines)
            self._room, self._known = room, known
        client.alike(self._parts)
