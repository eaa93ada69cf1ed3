"""
What operators of the network do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from twisted_chat.domain.accounterrors import BadLogin, Insecure
from twisted_chat.domain.names import nameShown
from twisted_chat.domain.quantities import durationOf, durationText
from twisted_chat.domain.room import Room
from twisted_chat.domain.units import MINUTES
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.lists import AT_ONCE, untilRead
from twisted_chat.frontends.irc.commands.modes import changeModes
from twisted_chat.frontends.irc.commands.usermodes import OPERATOR, tellModes
from twisted_chat.frontends.irc.loggedin import wrongOnce
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.modeletters import readExtban
from twisted_chat.frontends.irc.numerics import (
    ERR_NOOPERHOST,
    ERR_NOSUCHSERVER,
    ERR_PASSWDMISMATCH,
    ERR_UNKNOWNERROR,
    RPL_REHASHING,
    RPL_YOUREOPER,
)
from twisted_chat.frontends.irc.places import showEntered
from twisted_chat.frontends.irc.targets import nameIn, refuseName

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

OPERATORS = Noun()


_MINUTES = re.compile(r"[0-9]{1,7}").fullmatch
_SPAN = re.compile(r"(?:[0-9]{1,7}[a-z]+)+", re.IGNORECASE).fullmatch


@OPERATORS.command("OPER", least=2)
async def oper(client: IrcClient, message: Message) -> None:
    """
    Become an operator of the network: OPER NAME PASSWORD, those of an operator's account, or of an
    operator whom the settings name.
    """
    name, password = message.params[:2]
    if not client.secure:
        raise Insecure(hint=client.factory.hint)
    try:
        known = await _isOperator(client, name, password)
    except BadLogin:
        client.numeric(ERR_PASSWDMISMATCH, "Password incorrect")
        wrongOnce(client)
        return
    if not known:
        client.numeric(ERR_NOOPERHOST, "No O-lines for your account")
        return
    session = client.session
    shown = nameShown(name)
    client._log.info("{who} is an operator by OPER {name}", who=client.whoIsThere(), name=shown)
    if not session.operator:
        session.operate()
        tellModes(client, [(True, OPERATOR)])
    client.numeric(RPL_YOUREOPER, "You are now an IRC operator")


async def _isOperator(client: IrcClient, name: str, password: str) -> bool:
    """
    Whether a name and a password are an operator's.

    @raise BadLogin: they are nobody's.
    """
    factory, address = client.factory, client.address
    hashed = factory.terms.operators.get(name)
    if hashed is None:
        account = await factory.proofs.password(name, password, address)
        return account.operator
    factory.hub.rates.login(address, "oper " + name)
    if not await factory.passwords.verify(hashed, password):
        raise BadLogin()
    return True


@OPERATORS.command("KILL", least=1)
async def kill(client: IrcClient, message: Message) -> None:
    """
    End somebody's connections: KILL NICK REASON.
    """
    reason = message.params[1] if len(message.params) > 1 else ""
    await client.session.kill(message.params[0], reason)


@OPERATORS.command("WALLOPS", least=1)
async def wallops(client: IrcClient, message: Message) -> None:
    """
    Tell something to all operators, and to everybody with the mode w: WALLOPS TEXT.
    """
    await client.session.wallops(message.params[0])


@OPERATORS.command("REHASH")
async def rehash(client: IrcClient, message: Message) -> None:
    """
    Read the settings again.
    """
    lines = await client.session.reload()
    client.numeric(RPL_REHASHING, "settings", "Rehashing")
    for line in lines:
        client.notice(line)


# Who is kept out.


@OPERATORS.command("DLINE", "KLINE", least=1)
async def ban(client: IrcClient, message: Message) -> None:
    """
    Keep somebody out of the network: DLINE DURATION ADDRESS REASON, KLINE DURATION MASK REASON. The
    duration, in minutes or such as 2h, may be left out; KLINE LIST shows who is kept out.
    """
    session, params = client.session, list(message.params)
    if params[0].upper() == "LIST":
        kept, now = session.serverBans(), session.now
        for number, entry in enumerate(kept, 1):
            reason = f": {entry.reason}" if entry.reason else ""
            left = entry.until and f" (for {durationText(entry.until - now)} more)"
            client.notice(f"{entry.mask}, set by {entry.setter}{reason}{left or ''}")
            # There may be ten thousand.
            if number % AT_ONCE == 0:
                await untilRead(client)
        if not kept:
            client.notice("Nobody is kept out.")
        return
    seconds = 0.0
    if len(params) > 1 and (_MINUTES(params[0]) or _SPAN(params[0])):
        span = params.pop(0)
        seconds = int(span) * MINUTES if _MINUTES(span) else durationOf(span)
    # Ours is for people to read, whatever comes behind a bar is for operators alone.
    reason = params[1].partition("|")[0].strip() if len(params) > 1 else ""
    entry = await session.serverBan(_mask(params[0]), seconds, reason)
    span = f" for {durationText(seconds)}" if seconds else ""
    client.notice(f"{message.command}: {entry.mask} is kept out{span}.")


@OPERATORS.command("UNDLINE", "UNKLINE", least=1)
async def unban(client: IrcClient, message: Message) -> None:
    """
    Let somebody in again: UNDLINE ADDRESS, UNKLINE MASK.
    """
    entry = await client.session.serverUnban(_mask(message.params[0]))
    client.notice(f"{message.command}: {entry.mask} may come in again.")


def _mask(text: str) -> str:
    """
    A mask of IRC as the network has it, which knows no users: C{nick!user@host} is C{nick@host}.
    """
    extban = readExtban(text)
    if extban.account:
        return f"account:{extban.mask}"
    name, bang, rest = text.partition("!")
    if not bang:
        return text
    host = rest.rpartition("@")[2] or "*"
    if host == "*":
        return name or "*"
    return f"*@{host}" if name in ("", "*") else f"{name}@{host}"


# What goes against the rules of channels.


@OPERATORS.command("SAJOIN", least=1)
async def sajoin(client: IrcClient, message: Message) -> None:
    """
    Put somebody, or oneself, into a channel whatever its rules: SAJOIN NICK #CHANNEL.
    """
    *who, text = message.params[:2]
    session = client.session
    session.requireOperator()
    if nameIn(text) is None:
        refuseName(client, text)
        return
    if who and who[0].lower() != client.nick.lower():
        await session.forceJoin(who[0], text)
        return
    before = client.roomIn(text)
    room, new = await session.forceIn(text)
    session.release()
    if before is None:
        await showEntered(client, room, new)


@OPERATORS.command("SAMODE", least=2)
async def samode(client: IrcClient, message: Message) -> None:
    """
    Change the modes of a channel without being its operator: SAMODE #CHANNEL +o NICK.
    """
    session = client.session
    session.requireOperator()
    if nameIn(message.params[0]) is None:
        refuseName(client, message.params[0])
        return

    def change(room: Room) -> Deferred[None]:
        return Deferred.fromCoroutine(changeModes(client, message, room))

    await session.outside(message.params[0], change)


@OPERATORS.command("CONNECT", "SQUIT", least=1)
def connect(client: IrcClient, message: Message) -> None:
    """
    Link or unlink servers in the way of RFC 2812: they do that by themselves here.
    """
    client.session.requireOperator()
    client.numeric(ERR_NOSUCHSERVER, message.params[0], "No such server")


@OPERATORS.command("DIE", "RESTART")
def restart(client: IrcClient, message: Message) -> None:
    """
    Stop or restart the server in the way of RFC 2812: whoever runs it does that where it runs.
    """
    client.session.requireOperator()
    client.numeric(ERR_UNKNOWNERROR, message.command, "The server is restarted where it runs")
