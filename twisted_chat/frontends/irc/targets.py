"""
What a command is about: the channels and nicks that a client names, and as what they are answered.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from twisted_chat.domain.errors import BadName, ChatError, NotInRoom
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.names import cleanLine, roomName
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import ERR_BADCHANMASK, ERR_NOSUCHCHANNEL

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

_LONGEST_SHOWN: Final = 64


def shown(text: str) -> str:
    """
    What a client has typed, as it can stand in an answer.
    """
    return cleanLine(text).partition(" ")[0][:_LONGEST_SHOWN] or "*"


def squeezed(text: str, most: int = _LONGEST_SHOWN) -> str:
    """
    The same of what should have no spaces in it, and is shown without them.

    @param most: characters.
    """
    return cleanLine(text).replace(" ", "")[:most] or "*"


def nameIn(text: str) -> str | None:
    """
    @return: the name of the room that a client means by C{"#lobby"}; C{None}: there is no such
        channel.
    """
    if not text.startswith("#"):
        return None
    try:
        return roomName(text)
    except BadName:
        return None


def targetOf(conversation: str, place: str) -> str:
    """
    @param place: what people call it: a room's name, or C{"@bea"}.
    @return: what clients call a conversation: C{"#lobby"}, or C{"bea"}.
    """
    return place.removeprefix("@") if isDirect(conversation) else channel(place)


def refuseName(client: IrcClient, text: str) -> None:
    """
    Tell a client that no channel is called that.
    """
    if text.startswith("#"):
        client.numeric(ERR_BADCHANMASK, shown(text), "No channel can be called that")
    else:
        client.numeric(ERR_NOSUCHCHANNEL, shown(text), "No such channel")


def several(text: str) -> list[str]:
    """
    The targets of a command, with commas between them, each once.
    """
    return [each for each in dict.fromkeys(text.split(",")) if each]


def noteIn(client: IrcClient, message: Message, index: int) -> str:
    """
    @return: the parameter that says why, as much of it as may be said; C{""} if there is none.
    """
    if len(message.params) <= index:
        return ""
    return message.params[index][: client.session.hub.limits.note]


async def attempt(client: IrcClient, message: Message, doing: Awaitable[Any], target: str) -> bool:
    """
    Do a command for one of its targets. If it is refused that is said, and the next one's turn
    comes.

    @return: whether it is done.
    """
    try:
        await doing
    except ChatError as refusal:
        client.refuse(refusal, replace(message, params=(target, *message.params[1:])))
        return False
    return True


async def roomOf(client: IrcClient, text: str) -> Room:
    """
    The room of a channel in which a client is.

    @raise ChatError: it is not in it, or there is none.
    """
    try:
        return await client.session.roomCalled(text)
    except NotInRoom as refusal:
        known: str = await client.session.seeRoom(text, lambda room: room.name)
        raise NotInRoom(room=known) from refusal


async def roomWithin(client: IrcClient, text: str) -> Room | None:
    """
    The same; C{None}: it is not in it, or there is none.
    """
    try:
        return await client.session.roomCalled(text)
    except ChatError:
        return None


async def conversationOf(client: IrcClient, target: str) -> str:
    """
    The id of the conversation that a client means by a channel or a nick.

    @raise ChatError: it is not in the channel, or there is nobody of that nick.
    """
    if target.startswith("#"):
        return (await client.session.roomCalled(target)).id
    conversation: str = await client.session.directWith(target)
    return conversation
