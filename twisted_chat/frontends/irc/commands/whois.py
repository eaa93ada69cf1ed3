"""
Who somebody is, or was: WHOIS, WHOWAS.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.masks import matches
from twisted_chat.domain.person import AWAY
from twisted_chat.domain.values import PersonRecord
from twisted_chat.domain.watching import Sight, isPattern
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.usermodes import modesOf
from twisted_chat.frontends.irc.lines import NO_USER, asParam, channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.modeletters import signs
from twisted_chat.frontends.irc.notes import tellWhois
from twisted_chat.frontends.irc.numerics import (
    ERR_NONICKNAMEGIVEN,
    ERR_NOSUCHNICK,
    ERR_NOSUCHSERVER,
    ERR_WASNOSUCHNICK,
    RPL_AWAY,
    RPL_ENDOFWHOIS,
    RPL_ENDOFWHOWAS,
    RPL_WHOISACCOUNT,
    RPL_WHOISACTUALLY,
    RPL_WHOISBOT,
    RPL_WHOISCERTFP,
    RPL_WHOISCHANNELS,
    RPL_WHOISHOST,
    RPL_WHOISIDLE,
    RPL_WHOISMODES,
    RPL_WHOISOPERATOR,
    RPL_WHOISSECURE,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOWASUSER,
)
from twisted_chat.frontends.irc.peoplelines import AWAY_TEXT
from twisted_chat.frontends.irc.talking import SHOWN, serviceHost
from twisted_chat.frontends.irc.targets import shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

WHOIS = Noun()

MOST_DEPARTED: Final = 20
"""How many who bore a name are told at once."""


@WHOIS.command("WHOIS", asks=True)
async def whois(client: IrcClient, message: Message) -> None:
    """
    See who somebody is: WHOIS NICK.
    """
    params = [each for each in message.params if each]
    if not params:
        client.numeric(ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    server, wanted = params[0], params[min(len(params), 2) - 1]
    # WHOIS NICK NICK asks the server that the nick is on, wherever that is, how long it is idle.
    if server.lower() != wanted.lower() and not await _isServer(client, server):
        client.numeric(ERR_NOSUCHSERVER, shown(server), "No such server")
    else:
        # WHOIS:1 in TARGMAX; lists of old clients are cut.
        await _look(client, wanted.partition(",")[0])
    # Exactly as it was asked for (Modern, "RPL_ENDOFWHOIS").
    client.numeric(RPL_ENDOFWHOIS, shown(wanted), "End of /WHOIS list")


async def _isServer(client: IrcClient, text: str) -> bool:
    """
    Whether something stands for this server: its name, a mask of it, or who is on it.
    """
    return matches(text, client.serverName) or bool(await client.session.bearer(text))


async def _look(client: IrcClient, name: str) -> None:
    found = [] if isPattern(name) else await client.session.look(name)
    if found:
        _tell(client, found[0])
    elif (service := SHOWN.get(name.lower())) is not None:
        # Clients ask about whom they have just written to.
        called, about = service
        server = client.serverName
        client.numeric(RPL_WHOISUSER, called, called, serviceHost(server), "*", about)
        client.numeric(RPL_WHOISSERVER, called, server, client.factory.description)
    else:
        client.numeric(ERR_NOSUCHNICK, shown(name), "No such nick")


def _tell(client: IrcClient, sight: Sight) -> None:
    record, session = sight.record, client.session
    name, server = record.name, client.serverName
    user, host = record.user or NO_USER, record.host or server
    client.numeric(RPL_WHOISUSER, name, user, host, "*", record.real or name)
    client.numericLines(RPL_WHOISCHANNELS, (name,), list(_places(client, sight)))
    client.numeric(RPL_WHOISSERVER, name, server, client.factory.description)
    if record.operator:
        client.numeric(RPL_WHOISOPERATOR, name, "is an operator of the network")
    if record.presence == AWAY:
        client.numeric(RPL_AWAY, name, record.away or AWAY_TEXT)
    if record.account:
        client.numeric(RPL_WHOISACCOUNT, name, record.account, "is logged in as")
    if record.bot:
        client.numeric(RPL_WHOISBOT, name, f"is a bot on {client.factory.name}")
    if sight.encrypted:
        client.numeric(RPL_WHOISSECURE, name, "is using a secure connection")
    tellWhois(client, record)
    if record.id == session.personId or session.operator:
        _tellMore(client, record)
    idle = max(0, int(session.now - sight.actedAt))
    client.numeric(RPL_WHOISIDLE, name, idle, int(sight.since), "seconds idle, signon time")


def _places(client: IrcClient, sight: Sight) -> Iterator[str]:
    several = "multi-prefix" in client.caps
    for room in sight.rooms:
        yield signs(room.role, room.voiced and several) + channel(room.name)


def _tellMore(client: IrcClient, record: PersonRecord) -> None:
    """
    What only they themselves and operators are told.
    """
    name = record.name
    for address in client.session.addressesOf(record.id):
        address = asParam(address)
        mask = f"{record.user or NO_USER}@{address}"
        client.numeric(RPL_WHOISACTUALLY, name, mask, address, "is actually using host")
        client.numeric(RPL_WHOISHOST, name, f"is connecting from {mask} {address}")
    client.numeric(RPL_WHOISMODES, name, f"is using modes {modesOf(record)}")
    if record.id == client.session.personId and client.fingerprint:
        text = f"has client certificate fingerprint {client.fingerprint}"
        client.numeric(RPL_WHOISCERTFP, name, text)


@WHOIS.command("WHOWAS", asks=True)
async def whowas(client: IrcClient, message: Message) -> None:
    """
    See who bore a nick that is not here any more: WHOWAS NICK COUNT.
    """
    if not message.params or not message.params[0]:
        client.numeric(ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    name = message.params[0].partition(",")[0]
    counted = message.params[1] if len(message.params) > 1 else ""
    # Without a number, or with one that is not positive, all are told.
    isNumber = counted.isascii() and counted.isdigit() and len(counted) < 7
    most = min((int(counted) if isNumber else 0) or MOST_DEPARTED, MOST_DEPARTED)
    departed = await client.session.departed(name, most)
    for departure in departed:
        record = departure.record
        user, host = record.user or NO_USER, record.host or client.serverName
        real = record.real or record.name
        client.numeric(RPL_WHOWASUSER, record.name, user, host, "*", real)
        gone = datetime.fromtimestamp(departure.at, UTC)
        until = f"{gone:%Y-%m-%d %H:%M:%S} UTC"
        client.numeric(RPL_WHOISSERVER, record.name, client.serverName, until)
    if not departed:
        client.numeric(ERR_WASNOSUCHNICK, name, "There was no such nickname")
    client.numeric(RPL_ENDOFWHOWAS, name, "End of WHOWAS")
