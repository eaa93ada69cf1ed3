"""
What one IRC client is shown of a channel: its topic, who is in it; and what it is shown when it has
come into one, by whatever way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.person import Person
from twisted_chat.domain.records import ReadMark
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.lines import channel, nickOf, sourceOf
from twisted_chat.frontends.irc.manynames import MANY
from twisted_chat.frontends.irc.missed import askForSign, showMissed, showMissedDirects
from twisted_chat.frontends.irc.modeletters import ROLE_PREFIXES, signs
from twisted_chat.frontends.irc.notes import tellEntered
from twisted_chat.frontends.irc.numerics import (
    RPL_ENDOFNAMES,
    RPL_NAMREPLY,
    RPL_TOPIC,
    RPL_TOPICWHOTIME,
)
from twisted_chat.frontends.irc.readmarks import CAPABILITY, markOf, tellMark

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

HIDDEN: Final = "@"
PUBLIC: Final = "="
"""What stands before a channel's name in RPL_NAMREPLY."""

NO_IMPLICIT_NAMES: Final = frozenset({"no-implicit-names", "draft/no-implicit-names"})
"""Clients with one of these ask for names when they want to know them."""

# What there is to see.


def topicLines(client: IrcClient, room: Room) -> None:
    """
    Tell a client the topic of a channel, who set it and when, if there is one.
    """
    if room.topic:
        place = channel(room.name)
        client.numeric(RPL_TOPIC, place, room.topic)
        client.numeric(RPL_TOPICWHOTIME, place, nickOf(room.topicBy), int(room.topicAt))


def namesLines(client: IrcClient, room: Room) -> None:
    """
    Tell a client who is in a channel and connected, without the line that ends it.
    """
    place = channel(room.name)
    sign = HIDDEN if room.setting("hidden") else PUBLIC
    if len(room.members) >= MANY and client.session.seesEverybody(room):
        client.factory.names.tell(client, room, (sign, place), lambda: _names(client, room))
    else:
        client.numericLines(RPL_NAMREPLY, (sign, place), _names(client, room))


def _names(client: IrcClient, room: Room) -> list[str]:
    masks = "userhost-in-names" in client.caps
    server, roles, role = client.serverName, room.roles, room.role
    several = room.voiced and "multi-prefix" in client.caps

    def sign(id: str) -> str:
        return (
            signs(role(id), room.hasVoiceBeside(id)) if several else ROLE_PREFIXES.get(role(id), "")
        )

    marked = roles.keys() | room.faces.keys() if roles else ()
    people: Iterator[Person] = client.session.present(room)
    # Nearly all are simple members.
    return [
        (sign(each.id) if each.id in marked else "")
        + (sourceOf(each, server) if masks else each.name)
        for each in [person.record for person in people]
    ]


def endOfNames(client: IrcClient, text: str) -> None:
    """
    All names have been told.

    @param text: of what the client has asked for them.
    """
    client.numeric(RPL_ENDOFNAMES, text, "End of /NAMES list")


# Coming in.


def show(client: IrcClient, room: Room, mark: ReadMark | None) -> None:
    """
    What a client is shown behind the JOIN that puts it into a channel.

    @param mark: see L{markOf}.
    """
    topicLines(client, room)
    if mark is not None:
        tellMark(client, channel(room.name), mark)
    if not client.caps & NO_IMPLICIT_NAMES:
        namesLines(client, room)
        endOfNames(client, channel(room.name))


def enter(client: IrcClient, room: Room, mark: ReadMark | None) -> None:
    """
    Put a client into a channel, which nobody else needs to be told.

    @param mark: see L{markOf}.
    """
    announce(client, room)
    show(client, room, mark)


def announce(client: IrcClient, room: Room) -> None:
    """
    Tell a client alone, by JOIN, that it is in a channel.
    """
    params: Sequence[str] = [channel(room.name)]
    if "extended-join" in client.caps:
        record = client.session.record
        params = [*params, record.account or "*", record.real or record.name]
    client.replies.spelled(client.inOwnName("JOIN", *params))


def leave(client: IrcClient, place: str, reason: str) -> None:
    """
    Take a client out of a channel, which nobody else needs to be told.

    @param place: the channel.
    """
    client.replies.spelled(client.inOwnName("PART", place, *([reason] if reason else [])))


async def greet(client: IrcClient) -> None:
    """
    Put a client that has just come in into the channels where its person is already, and show it
    what it has missed.
    """
    rooms = client.session.rooms
    for room in client.session.leftUnread:
        if room not in rooms:
            # What it is about to read is that it is out of it.
            announce(client, room)
    for room in rooms:
        enter(client, room, await markOf(client, room))
        await showMissed(client, room)
    await showMissedDirects(client)
    askForSign(client)
    if rooms:
        client.greeted = frozenset(room.id for room in rooms)


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
