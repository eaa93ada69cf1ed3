"""
Channels: going in and out, their topics and their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import BadInput, BadName, ChatError, NameTaken, RoomRenamedMeanwhile
from twisted_chat.domain.membership import Entrance
from twisted_chat.domain.names import roomName
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import (
    ERR_LINKCHANNEL,
    ERR_NEEDMOREPARAMS,
    RPL_NOTOPIC,
)
from twisted_chat.frontends.irc.particular import isMoved
from twisted_chat.frontends.irc.places import show, showEntered, showRenamed, topicLines
from twisted_chat.frontends.irc.readmarks import markOf
from twisted_chat.frontends.irc.targets import (
    attempt,
    nameIn,
    noteIn,
    refuseName,
    roomOf,
    several,
    shown,
)

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

CHANNELS = Noun()

ALL: Final = "0"
"""C{JOIN 0} leaves all channels (RFC 2812, section 3.2.1)."""


@CHANNELS.command("JOIN", least=1)
async def join(client: IrcClient, message: Message) -> None:
    """
    Come into channels: JOIN #ONE,#TWO KEY,KEY.
    """
    if message.params[0] == ALL:
        for room in client.session.rooms:
            # Out of one they may have been put meanwhile.
            await attempt(client, message, client.session.leave(room), channel(room.name))
        return
    keys = (message.params[1] if len(message.params) > 1 else "").split(",")
    wanted = [each for each in message.params[0].split(",") if each]
    if not wanted:
        client.numeric(ERR_NEEDMOREPARAMS, "JOIN", "Not enough parameters")
    for number, text in enumerate(wanted):
        key = keys[number] if number < len(keys) else ""
        if nameIn(text) is None:
            refuseName(client, text)
        else:
            await attempt(client, message, _join(client, text, key), text)


async def _join(client: IrcClient, text: str, key: str) -> None:
    session = client.session
    room = client.roomIn(text)
    if room is not None:
        if room.id in client.greeted:
            # The client does not know yet that it has been shown the channel.
            client.greeted -= {room.id}
            show(client, room, await markOf(client, room))
        return
    before: set[str] = set()

    def sentOn(refusal: ChatError) -> None:
        if refusal.code == RoomRenamedMeanwhile.code and "draft/channel-rename" in client.caps:
            # It asks for the new name itself.
            raise refusal
        before.update(each.id for each in session.rooms)
        asked, other = refusal.fields["room"], refusal.fields["forward"]
        client.numeric(ERR_LINKCHANNEL, channel(str(asked)), channel(str(other)), refusal.sentence)

    try:
        entrance: Entrance = await session.comeInto(text, key, sentOn, lines=False)
    finally:
        session.release()
    if entrance.room.id in before:
        return
    await showEntered(client, entrance.room, entrance.new)


@CHANNELS.command("PART", least=1)
async def part(client: IrcClient, message: Message) -> None:
    """
    Go out of channels: PART #ONE,#TWO :REASON.
    """
    reason = noteIn(client, message, 1)
    for text in several(message.params[0]):
        if nameIn(text) is None:
            refuseName(client, text)
        else:
            await attempt(client, message, _part(client, text, reason), text)


async def _part(client: IrcClient, text: str, reason: str) -> None:
    await client.session.leave(await roomOf(client, text), reason)


@CHANNELS.command("TOPIC", least=1)
async def topic(client: IrcClient, message: Message) -> None:
    """
    See the topic of a channel, or set it: TOPIC #CHANNEL :TEXT; without a text there is none.
    """
    text = message.params[0]
    if nameIn(text) is None:
        refuseName(client, text)
        return
    room = await roomOf(client, text)
    if len(message.params) > 1:
        most = client.session.hub.limits.topic
        await client.session.setTopic(room, message.params[1][:most])
    elif room.topic:
        topicLines(client, room)
    else:
        client.numeric(RPL_NOTOPIC, channel(room.name), "No topic is set")


@CHANNELS.command("RENAME", least=2)
async def rename(client: IrcClient, message: Message) -> None:
    """
    Give a channel another name (channel-rename): RENAME #OLD #NEW :REASON.
    """
    old, new = message.params[:2]
    if nameIn(old) is None:
        refuseName(client, old)
        return
    room = await roomOf(client, old)
    between = (channel(room.name), shown(new))
    try:
        if not new.startswith("#"):
            raise BadInput(why="The channel cannot be renamed to what is no channel")
        if roomName(new) == room.name:
            raise BadInput(why="The channel is called that already")
        renamed = await client.session.renameRoom(room, new, noteIn(client, message, 2))
        if isMoved(client, renamed):
            await showRenamed(client, room)
    except NameTaken:
        client.fail("RENAME", "CHANNEL_NAME_IN_USE", *between, "The channel name is already taken")
    except (BadInput, BadName) as refusal:
        client.fail("RENAME", "CANNOT_RENAME", *between, refusal.sentence)
