"""
ChanServ, for single messages: what clients that know nothing of message ids can't ask for, since
nothing tells them which one is meant. Here they have numbers, as on the wires for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.records import Criteria
from twisted_chat.domain.room import Room
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.irc.commands.chanserv import CHANSERV as CHANSERV
from twisted_chat.frontends.irc.commands.services import InChannel
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.visit import ask

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient


async def _ask(client: IrcClient, command: str, words: list[str]) -> Sequence[str]:
    """
    Do what a slash command does in a channel.

    @param words: the channel, and what is typed behind the command.
    """
    room = await client.session.roomCalled(words[0])
    return await ask(client, TABLE.find(command), " ".join(words[1:]), room)


@CHANSERV.verb("HISTORY #CHANNEL [N] [before NUMBER]")
async def history(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    See what was said in a channel, with the numbers by which messages are meant
    """
    return await _ask(client, "history", words)


@CHANSERV.verb("SEARCH #CHANNEL WORDS [from:NICK]")
async def search(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Find what was said in a channel
    """
    place, *wanted = words
    return await _ask(client, "search", [place, f"in:{place}", *wanted])


@CHANSERV.verb("EDIT #CHANNEL NUMBER|last TEXT")
async def edit(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Give a message of yours another text
    """
    return await _ask(client, "edit", words)


@CHANSERV.verb("DELETE #CHANNEL NUMBER|last [REASON]")
async def delete(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Delete a message of yours, or, as an operator, any
    """
    return await _ask(client, "delete", words)


@CHANSERV.verb("REPLY #CHANNEL NUMBER TEXT")
async def reply(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Answer a message
    """
    return await _ask(client, "reply", words) or ["Said."]


CHANSERV.share(map(TABLE.find, ("react", "unreact")), InChannel)


@CHANSERV.verb("REPORT #CHANNEL NUMBER|NICK [WHY]")
async def report(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Show a message, or somebody's last one, to the operators of the network
    """
    place, number, *why = words
    if not number.removeprefix("#").isdigit():
        number = await _lastOf(client, await client.session.roomCalled(place), number)
    return await _ask(client, "report", [place, number, *why])


async def _lastOf(client: IrcClient, room: Room, nick: str) -> str:
    """
    @return: the number of what somebody said last in a channel.
    @raise BadInput: nothing is known of that.
    """
    page = await client.session.search(None, 1, room.id, Criteria(author=nick))
    if not page.events:
        raise BadInput(why=f"{cleanLine(nick)} has said nothing in {channel(room.name)}.")
    return str(page.events[0].seq)
