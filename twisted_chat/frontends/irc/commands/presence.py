"""
Being there: AWAY, USERHOST, ISON, SETNAME.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import succeed

from twisted_chat.domain.errors import Silenced, TooLong
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.person import AWAY
from twisted_chat.domain.watching import isPattern
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.lines import NO_USER
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import (
    ERR_NOTREGISTERED,
    RPL_ISON,
    RPL_NOWAWAY,
    RPL_UNAWAY,
    RPL_USERHOST,
)
from twisted_chat.frontends.irc.talking import SHOWN

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

PRESENCE = Noun()

MOST_HOSTS: Final = 5
"""How many nicks USERHOST tells of (RFC 2812, section 4.8)."""

UNSPECIFIED: Final = "*"
"""
The text of a client at which nobody is (draft/pre-away), such as an app in the background. It is as
if that connection were not there: whoever is at another one is not away. Bouncers give it without
having asked for that, too.
"""

_PRE_AWAY: Final = "draft/pre-away"


@PRESENCE.command("AWAY", early=True)
async def away(client: IrcClient, message: Message) -> None:
    """
    Be away, with a text for those who ask: AWAY TEXT; without one, be back.
    """
    text = message.params[0] if message.params else ""
    if not client.registered and _PRE_AWAY not in client.caps:
        client.numeric(ERR_NOTREGISTERED, "You have not registered")
        return
    gone, client.absent = bool(text), text == UNSPECIFIED
    text = cleanLine(text).strip()[: client.factory.hub.limits.note]
    registration = client.registration
    if registration is not None:
        # That nobody is there is seen when it comes in.
        registration.away = text if gone and not client.absent else None
    elif client.absent:
        await (client.session.heedAbsence() or succeed(None))
    elif gone:
        await client.session.away(text)
    else:
        await client.session.back()
    if gone:
        client.numeric(RPL_NOWAWAY, "You have been marked as being away")
    else:
        client.numeric(RPL_UNAWAY, "You are no longer marked as being away")


@PRESENCE.command("USERHOST", least=1, asks=True)
async def userhost(client: IrcClient, message: Message) -> None:
    """
    See the hosts of at most five people, and who of them is away: USERHOST NICK NICK.
    """
    found = []
    for name in _names(message)[:MOST_HOSTS]:
        for sight in await client.session.look(name):
            record = sight.record
            operator = "*" if record.operator else ""
            sign = "-" if record.presence == AWAY else "+"
            where = f"{record.user or NO_USER}@{record.host or client.serverName}"
            found.append(f"{record.name}{operator}={sign}{where}")
    if found:
        client.numericLines(RPL_USERHOST, (), found)
    else:
        client.numeric(RPL_USERHOST, "")


@PRESENCE.command("ISON", least=1, asks=True)
async def ison(client: IrcClient, message: Message) -> None:
    """
    See who of some people is connected: ISON NICK NICK.
    """
    # No more of them than a line holds.
    asked = _names(message)
    found = [
        spelled
        for name in asked
        # Scripts wait for NickServ before they log in.
        if (spelled := SHOWN.get(name.lower(), ("",))[0] or await client.session.bearer(name))
    ]
    if found:
        client.numericLines(RPL_ISON, (), found)
    else:
        client.numeric(RPL_ISON, "")


def _names(message: Message) -> list[str]:
    names = [name for param in message.params for name in param.split(" ")]
    return [name for name in names if name and not isPattern(name)]


@PRESENCE.command("SETNAME", least=1)
async def setname(client: IrcClient, message: Message) -> None:
    """
    Be called something else in more words: SETNAME TEXT.
    """
    text = message.params[0]
    try:
        if not cleanLine(text).strip():
            client.fail("SETNAME", "INVALID_REALNAME", "There is nothing to show in that name")
        else:
            await client.session.setRealName(text)
    except TooLong as refusal:
        client.fail("SETNAME", "INVALID_REALNAME", refusal.text)
    except Silenced as refusal:
        client.fail("SETNAME", "CANNOT_CHANGE_REALNAME", refusal.text)
