"""
Whom one hears in private though they are not registered, see user mode C{R}: ACCEPT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import ERR_ACCEPTNOT, RPL_ACCEPTLIST, RPL_ENDOFACCEPT
from twisted_chat.frontends.irc.targets import attempt, several, shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

ACCEPT = Noun()

LIST: Final = "*"


@ACCEPT.command("ACCEPT")
async def accept(client: IrcClient, message: Message) -> None:
    """
    Hear somebody in private who is not registered, though your mode is +R: ACCEPT NICK,-NICK;
    ACCEPT * shows whom you hear.
    """
    for target in several(message.params[0] if message.params else LIST):
        if target == LIST:
            await _list(client)
        elif target.startswith("-"):
            await attempt(client, message, _remove(client, target[1:]), target[1:])
        else:
            await attempt(client, message, client.session.accept(target), target)


async def _remove(client: IrcClient, nick: str) -> None:
    if not await client.session.unaccept(nick):
        client.numeric(ERR_ACCEPTNOT, shown(nick), "is not on your accept list")


async def _list(client: IrcClient) -> None:
    names = sorted((await client.session.accepted()).values(), key=str.casefold)
    client.numericLines(RPL_ACCEPTLIST, (), names)
    client.numeric(RPL_ENDOFACCEPT, "End of /ACCEPT list")
