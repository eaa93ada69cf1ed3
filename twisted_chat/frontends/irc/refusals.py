"""
Refusals as numerics: the one table from what the domain refuses to what IRC calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted_chat.domain.errors import ChatError
from twisted_chat.frontends.irc import numerics
from twisted_chat.frontends.irc.talking import readTarget

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient
    from twisted_chat.frontends.irc.message import Message

Tell = Callable[["IrcClient", "Message", ChatError], None]

_ENTRY = {
    "ban": numerics.ERR_BANNEDFROMCHAN,
    "invite": numerics.ERR_INVITEONLYCHAN,
    "operators": numerics.ERR_INVITEONLYCHAN,
    "password": numerics.ERR_BADCHANNELKEY,
    "limit": numerics.ERR_CHANNELISFULL,
    "registered": numerics.ERR_NEEDREGGEDNICK,
}
"""By cause, why somebody may not come into a room."""


def _channel(error: ChatError, message: Message) -> str:
    room = error.fields.get("room")
    if isinstance(room, str) and room:
        return "#" + room
    return message.params[0] if message.params else "*"


def _name(error: ChatError, message: Message) -> str:
    return str(error.fields.get("name") or (message.params[0] if message.params else "*"))


def _aboutRoom(number: str, text: str = "") -> Tell:
    def tell(client: IrcClient, message: Message, error: ChatError) -> None:
        client.numeric(number, _channel(error, message), text or error.sentence)

    return tell


def _aboutPerson(number: str, text: str = "") -> Tell:
    def tell(client: IrcClient, message: Message, error: ChatError) -> None:
        client.numeric(number, _name(error, message), text or error.sentence)

    return tell


def _aboutBoth(number: str, text: str) -> Tell:
    def tell(client: IrcClient, message: Message, error: ChatError) -> None:
        client.numeric(number, _name(error, message), _channel(error, message), text)

    return tell


def _mayNotEnter(client: IrcClient, message: Message, error: ChatError) -> None:
    number = _ENTRY.get(str(error.fields.get("cause")), numerics.ERR_BANNEDFROMCHAN)
    client.numeric(number, _channel(error, message), error.sentence)


def _renamed(client: IrcClient, message: Message, error: ChatError) -> None:
    old, new = (f"#{error.fields[name]}" for name in ("room", "forward"))
    client.fail("JOIN", "CHANNEL_RENAMED", old, new, "The channel has been renamed")


def _notInRoom(client: IrcClient, message: Message, error: ChatError) -> None:
    if message.command in ("PRIVMSG", "NOTICE", "TAGMSG"):
        text = "Cannot send to channel: you are not in it"
        client.numeric(numerics.ERR_CANNOTSENDTOCHAN, _channel(error, message), text)
    else:
        text = "You're not on that channel"
        client.numeric(numerics.ERR_NOTONCHANNEL, _channel(error, message), text)


def _tooMany(client: IrcClient, message: Message, error: ChatError) -> None:
    if message.command == "JOIN":
        client.numeric(numerics.ERR_TOOMANYCHANNELS, message.params[0], error.sentence)
    elif "list" in error.fields:
        client.numeric(numerics.ERR_BANLISTFULL, _channel(error, message), "*", error.sentence)
    else:
        _otherwise(client, message, error)


def codeOf(error: ChatError) -> str:
    """
    The code of an error as standard replies have it.
    """
    return error.code.upper().replace("-", "_")


def _tooFast(client: IrcClient, message: Message, error: ChatError) -> None:
    if message.command == "JOIN":
        # Clients that ask for many channels have to know which one to ask for again.
        client.numeric(numerics.ERR_UNAVAILRESOURCE, message.params[0], error.sentence)
    else:
        _otherwise(client, message, error)


def _silenced(client: IrcClient, message: Message, error: ChatError) -> None:
    wanted, place = _name(error, message), _channel(error, message)
    client.numeric(numerics.ERR_BANNICKCHANGE, wanted, place, error.sentence)


def _notOperator(client: IrcClient, message: Message, error: ChatError) -> None:
    text = "Permission Denied - You're not an IRC operator"
    client.numeric(numerics.ERR_NOPRIVILEGES, text)


def _otherwise(client: IrcClient, message: Message, error: ChatError) -> None:
    if message.command == "PRIVMSG" and readTarget(message.params[0]).isChannel:
        # Where it was said people look for what has become of it (Modern, "PRIVMSG message").
        client.numeric(numerics.ERR_CANNOTSENDTOCHAN, message.params[0], error.sentence)
    elif "standard-replies" in client.caps:
        client.fail(message.command, codeOf(error), error.sentence)
    else:
        client.notice(error.sentence)


_TELL: dict[str, Tell] = {
    "no-such-person": _aboutPerson(numerics.ERR_NOSUCHNICK, "No such nick"),
    "no-such-room": _aboutRoom(numerics.ERR_NOSUCHCHANNEL, "No such channel"),
    "room-gone": _aboutRoom(numerics.ERR_NOSUCHCHANNEL, "No such channel"),
    "not-in-room": _notInRoom,
    "person-not-in-room": _aboutBoth(numerics.ERR_USERNOTINCHANNEL, "They aren't on that channel"),
    "already-in-room": _aboutBoth(numerics.ERR_USERONCHANNEL, "is already on channel"),
    "may-not-speak": _aboutRoom(numerics.ERR_CANNOTSENDTOCHAN),
    "may-not-enter": _mayNotEnter,
    "room-renamed": _renamed,
    "registered-only": _aboutPerson(numerics.ERR_NEEDREGGEDNICK),
    "not-allowed": _aboutRoom(numerics.ERR_CHANOPRIVSNEEDED),
    "outranked": _aboutRoom(numerics.ERR_CHANOPRIVSNEEDED),
    "bad-name": _aboutPerson(numerics.ERR_ERRONEUSNICKNAME),
    "name-taken": _aboutPerson(numerics.ERR_NICKNAMEINUSE),
    "name-registered": _aboutPerson(numerics.ERR_NICKNAMEINUSE),
    "name-too-alike": _aboutPerson(numerics.ERR_NICKNAMEINUSE),
    "silenced": _silenced,
    "too-fast": _tooFast,
    "too-many": _tooMany,
    "not-operator": _notOperator,
    "slow-down": _aboutRoom(numerics.ERR_CANNOTSENDTOCHAN),
}
"""By the code of an error; a command that knows better tells it itself."""


def tellRefusal(client: IrcClient, message: Message, error: ChatError) -> None:
    """
    Tell a client why its command was refused.
    """
    if message.command == "NOTICE":
        # It gets no answer, so that two programs don't answer each other for ever (RFC 2812,
        # section 3.3.2); but a label does.
        if client.replies.labelled:
            client.fail("NOTICE", codeOf(error), error.sentence)
        return
    _TELL.get(error.code, _otherwise)(client, message, error)
