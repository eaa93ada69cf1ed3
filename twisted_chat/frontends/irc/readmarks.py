"""
Up to when somebody has read, as clients are told it (IRCv3 draft/read-marker).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.records import ReadMark
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.moments import timeText

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

CAPABILITY: Final = "draft/read-marker"

_NONE: Final = "*"


def tellMark(client: IrcClient, target: str, mark: ReadMark | None) -> None:
    """
    Tell a client up to when a channel or a private conversation is read.
    """
    read = f"timestamp={timeText(mark.at)}" if mark is not None and mark.at else _NONE
    client.replies.line("MARKREAD", target, read)


async def markOf(client: IrcClient, room: Room) -> ReadMark | None:
    """
    Up to where a room is read that a client comes into.

    @return: C{None} if it does not want to know.
    """
    if CAPABILITY not in client.caps:
        return None
    mark: ReadMark | None = None
    with suppress(NotSaved):
        # That it can't be read keeps nobody out of the channel.
        mark = await client.session.readMark(room.id)
    return mark or ReadMark(0, 0.0)
