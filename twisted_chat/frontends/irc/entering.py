"""
What one IRC client is shown when it has come into a channel, by whatever way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.missed import askForSign, showMissed
from twisted_chat.frontends.irc.notes import tellEntered
from twisted_chat.frontends.irc.places import enter, show
from twisted_chat.frontends.irc.readmarks import CAPABILITY, markOf

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient


async def showEntered(client: IrcClient, room: Room, new: bool) -> None:
    """
    Show a client a channel into which it has just come.

    @param new: whether its person was not a member before, so that all have read a JOIN.
    """
    # Whoever was a member before is not announced to anybody, not to themselves either.
    mark = await markOf(client, room)
    if client.outbox.closed:
        return
    (show if new else enter)(client, room, mark)
    await showMissed(client, room)
    await _showNotes(client, room)
    askForSign(client)


def isShownAtOnce(client: IrcClient) -> bool:
    """
    Whether all that a client is shown of a channel is there without being looked up.
    """
    return CAPABILITY not in client.caps


async def showRenamed(client: IrcClient, room: Room) -> None:
    """
    Show a client what had to be looked up of a channel under its new name.
    """
    if not isShownAtOnce(client):
        mark = await markOf(client, room)
        if client.outbox.closed:
            return
        show(client, room, mark)
    await _showNotes(client, room)


async def _showNotes(client: IrcClient, room: Room) -> None:
    if not client.outbox.closed:
        await tellEntered(client, room)
