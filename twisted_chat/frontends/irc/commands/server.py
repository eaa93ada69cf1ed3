"""
The server: what it is, what it can do, and how many are there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.masks import matches
from twisted_chat.domain.units import DAYS, HOURS, MINUTES
from twisted_chat.frontends.irc import isupport
from twisted_chat.frontends.irc.answering import NICK, forAll
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.lists import AT_ONCE, untilRead
from twisted_chat.frontends.irc.facts import ServerFacts
from twisted_chat.frontends.irc.message import MOST_TEXT, Message
from twisted_chat.frontends.irc.numerics import (
    ERR_NOADMININFO,
    ERR_NOMOTD,
    ERR_NOSUCHSERVER,
    ERR_NOSUCHSERVICE,
    ERR_NOTREGISTERED,
    ERR_SUMMONDISABLED,
    ERR_UNKNOWNERROR,
    ERR_USERSDISABLED,
    RPL_ADMINEMAIL,
    RPL_ADMINLOC1,
    RPL_ADMINLOC2,
    RPL_ADMINME,
    RPL_ENDOFINFO,
    RPL_ENDOFLINKS,
    RPL_ENDOFMOTD,
    RPL_ENDOFSTATS,
    RPL_GLOBALUSERS,
    RPL_INFO,
    RPL_ISUPPORT,
    RPL_LINKS,
    RPL_LOCALUSERS,
    RPL_LUSERCHANNELS,
    RPL_LUSERCLIENT,
    RPL_LUSERME,
    RPL_LUSEROP,
    RPL_LUSERUNKNOWN,
    RPL_MAP,
    RPL_MAPEND,
    RPL_MOTD,
    RPL_MOTDSTART,
    RPL_SERVLISTEND,
    RPL_STATSDLINE,
    RPL_STATSOLINE,
    RPL_STATSUPTIME,
    RPL_TIME,
    RPL_TRACEEND,
    RPL_VERSION,
)
from twisted_chat.frontends.irc.wrapping import wrap

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

SERVER = Noun()

_EXTENDED: Final = "draft/extended-isupport"


async def _isThis(client: IrcClient, params: Sequence[str], place: int = 0) -> bool:
    """
    Whether a command is for this server: it names none, or this one by a mask, or somebody on it.
    If it is not, the client is told.
    """
    target = params[place] if len(params) > place else ""
    if not target or matches(target, client.serverName) or await client.session.bearer(target):
        return True
    client.numeric(ERR_NOSUCHSERVER, target, "No such server")
    return False


# How many are there.


@SERVER.command("LUSERS", asks=True)
async def lusers(client: IrcClient, message: Message) -> None:
    """
    See how many are connected.
    """
    if await _isThis(client, message.params, 1):
        await tellUsers(client)


async def tellUsers(client: IrcClient) -> None:
    """
    Tell a client how many are connected, and how many channels there are.
    """
    hub = client.factory.hub
    here = hub.census()
    everywhere = await hub.network.census()
    local, total = (here.people, here.most), (everywhere.people, everywhere.most)
    client.alike(
        _userCounts(client.serverName),
        everywhere.people - everywhere.invisible,
        everywhere.invisible,
        everywhere.operators,
        len(client.factory.unregistered),
        len(hub.roster.roomNames),
        here.people,
        *local,
        *local,
        *total,
        *total,
    )


@lru_cache(maxsize=4)
def _userCounts(server: str) -> Sequence[bytes]:
    """
    @return: the lines of LUSERS, as L{Answering.alike<answering.Answering.alike>} tells them: each
        who comes in reads them, with other numbers.
    """
    return forAll(
        server,
        [
            (RPL_LUSERCLIENT, NICK, "There are %d users and %d invisible on 1 servers"),
            (RPL_LUSEROP, NICK, "%d", "operator(s) online"),
            (RPL_LUSERUNKNOWN, NICK, "%d", "unknown connection(s)"),
            (RPL_LUSERCHANNELS, NICK, "%d", "channels formed"),
            (RPL_LUSERME, NICK, "I have %d clients and 0 servers"),
            (RPL_LOCALUSERS, NICK, "%d", "%d", "Current local users %d, max %d"),
            (RPL_GLOBALUSERS, NICK, "%d", "%d", "Current global users %d, max %d"),
        ],
    )


@lru_cache(maxsize=4)
def _noMotd(server: str) -> Sequence[bytes]:
    return forAll(server, [(ERR_NOMOTD, NICK, "MOTD File is missing")])


# What it says of itself.


@SERVER.command("MOTD", asks=True)
async def motd(client: IrcClient, message: Message) -> None:
    """
    Read what everyone reads on coming in.
    """
    if await _isThis(client, message.params):
        tellMotd(client)


def tellMotd(client: IrcClient) -> None:
    """
    Tell a client what everyone reads on coming in: the network's welcome, and its rules.
    """
    texts = [text for text in (client.factory.welcome, client.factory.hub.terms.rules) if text]
    if not texts:
        client.alike(_noMotd(client.serverName))
        return
    server = client.serverName
    client.numeric(RPL_MOTDSTART, f"- {server} Message of the day - ")
    room = MOST_TEXT - len(f":{server} {RPL_MOTD} {client.nick} :- ".encode())
    for line in "\n\n".join(texts).split("\n"):
        for piece in wrap(line, room) or [""]:
            client.numeric(RPL_MOTD, f"- {piece}")
    client.numeric(RPL_ENDOFMOTD, "End of /MOTD command.")


@SERVER.command("VERSION", asks=True)
async def version(client: IrcClient, message: Message) -> None:
    """
    See what the server runs, and what it can do.
    """
    if await _isThis(client, message.params):
        client.numeric(RPL_VERSION, client.factory.version, client.serverName, "twisted_chat")
        tellSupported(client)


@SERVER.command("ISUPPORT", early=True, asks=True)
def supported(client: IrcClient, message: Message) -> None:
    """
    See what the server can do (IRCv3 extended-isupport).
    """
    if client.registered or _EXTENDED in client.caps:
        tellSupported(client)
    else:
        client.numeric(ERR_NOTREGISTERED, "You have not registered")


def tellSupported(client: IrcClient) -> None:
    """
    Tell a client what the server can do.
    """
    if "batch" in client.caps and _EXTENDED in client.caps:
        _tellTokens(client, isupport.told(client.facts, client.serverName))
    else:
        client.alike(client.factory.supportedAt(client.door))


def tellSupportedAgain(client: IrcClient, before: ServerFacts) -> None:
    """
    Tell a client what is otherwise than it has been told.

    @param before: as the facts were.
    """
    changed = isupport.changed(before, client.facts, client.serverName)
    if changed and client.registered:
        _tellTokens(client, changed)
        client.replies.flush()


def _tellTokens(client: IrcClient, lines: Sequence[Sequence[str]]) -> None:
    """
    In a batch, if the client knows what that is.
    """
    with client.batched(isupport.BATCH) if _EXTENDED in client.caps else nullcontext():
        for words in lines:
            client.numeric(RPL_ISUPPORT, *words, isupport.SENTENCE)


@SERVER.command("ADMIN", asks=True)
async def admin(client: IrcClient, message: Message) -> None:
    """
    See who runs the server.
    """
    if not await _isThis(client, message.params):
        return
    factory = client.factory
    if not factory.terms.admin:
        client.numeric(ERR_NOADMININFO, client.serverName, "No administrative info available")
        return
    client.numeric(RPL_ADMINME, client.serverName, "Administrative info")
    client.numeric(RPL_ADMINLOC1, factory.name)
    client.numeric(RPL_ADMINLOC2, factory.description)
    client.numeric(RPL_ADMINEMAIL, factory.terms.admin)


@SERVER.command("INFO", asks=True)
async def info(client: IrcClient, message: Message) -> None:
    """
    See what this server is.
    """
    if not await _isThis(client, message.params):
        return
    factory = client.factory
    for line in (
        f"{factory.name} runs {factory.version}: one chat network for many ways to come in.",
        f"It was started {factory.startedText}.",
    ):
        client.numeric(RPL_INFO, line)
    client.numeric(RPL_ENDOFINFO, "End of /INFO list")


@SERVER.command("TIME", asks=True)
async def time(client: IrcClient, message: Message) -> None:
    """
    See what time it is for the server.
    """
    if await _isThis(client, message.params):
        now = datetime.fromtimestamp(client.factory.clock.seconds(), UTC)
        client.numeric(RPL_TIME, client.serverName, f"{now:%A %B %d %Y -- %H:%M:%S} UTC")


# What it is made of.


@SERVER.command("LINKS", asks=True)
def links(client: IrcClient, message: Message) -> None:
    """
    See which servers the network has: to those who chat it is one.
    """
    mask, server = message.params[-1] if message.params else "*", client.serverName
    if matches(mask, server):
        client.numeric(RPL_LINKS, server, server, f"0 {client.factory.description}")
    client.numeric(RPL_ENDOFLINKS, mask, "End of /LINKS list")


@SERVER.command("MAP", asks=True)
def map_(client: IrcClient, message: Message) -> None:
    """
    See how the servers are connected.
    """
    client.numeric(RPL_MAP, f"{client.serverName} [{client.factory.hub.census().people} users]")
    client.numeric(RPL_MAPEND, "End of /MAP")


@SERVER.command("STATS", asks=True)
async def stats(client: IrcClient, message: Message) -> None:
    """
    See figures of the server: STATS u (since when it runs); for operators k (server bans), o (who
    may become an operator by OPER alone).
    """
    letter = message.params[0][:1] if message.params else ""
    if not await _isThis(client, message.params, 1):
        return
    tell = _STATS.get(letter.lower())
    if tell is not None:
        await tell(client)
    client.numeric(RPL_ENDOFSTATS, letter or "*", "End of /STATS report")


async def _uptime(client: IrcClient) -> None:
    factory = client.factory
    days, rest = divmod(factory.clock.seconds() - factory.startedAt, DAYS)
    hours, rest = divmod(rest, HOURS)
    minutes, seconds = divmod(rest, MINUTES)
    text = f"Server Up {days:.0f} days {hours:.0f}:{minutes:02.0f}:{int(seconds):02}"
    client.numeric(RPL_STATSUPTIME, text)


async def _serverBans(client: IrcClient) -> None:
    for number, ban in enumerate(client.session.serverBans(), 1):
        client.numeric(RPL_STATSDLINE, "D", ban.mask, ban.reason or f"set by {ban.setter}")
        # There may be ten thousand.
        if number % AT_ONCE == 0:
            await untilRead(client)


async def _operatorNames(client: IrcClient) -> None:
    client.session.requireOperator()
    for name in client.factory.terms.operators:
        client.numeric(RPL_STATSOLINE, "O", "*", "*", name)


_STATS: dict[str, Callable[[IrcClient], Awaitable[None]]] = {
    "d": _serverBans,
    "k": _serverBans,
    "o": _operatorNames,
    "u": _uptime,
}


# What is of other times.


@SERVER.command("USERS", asks=True)
def users(client: IrcClient, message: Message) -> None:
    """
    Nobody logs in to the server's machine here.
    """
    client.numeric(ERR_USERSDISABLED, "USERS has been disabled")


@SERVER.command("SUMMON")
def summon(client: IrcClient, message: Message) -> None:
    """
    Nobody is called from the server's machine here.
    """
    client.numeric(ERR_SUMMONDISABLED, "SUMMON has been disabled")


@SERVER.command("SERVICE", early=True, late=False)
def service(client: IrcClient, message: Message) -> None:
    """
    Nobody comes in as a service in the way of RFC 2812: they are parts of the server here.
    """
    client.numeric(ERR_UNKNOWNERROR, "SERVICE", "The services are parts of the server")


@SERVER.command("SERVLIST", asks=True)
def servlist(client: IrcClient, message: Message) -> None:
    """
    See which services there are in the way of RFC 2812: none; NickServ is talked to by PRIVMSG.
    """
    client.numeric(RPL_SERVLISTEND, "*", "*", "End of service listing")


@SERVER.command("SQUERY", least=1)
def squery(client: IrcClient, message: Message) -> None:
    """
    Talk to a service in the way of RFC 2812: there is none.
    """
    client.numeric(ERR_NOSUCHSERVICE, message.params[0], "No such service; use PRIVMSG")


@SERVER.command("TRACE", asks=True)
async def trace(client: IrcClient, message: Message) -> None:
    """
    See by which servers one is connected to somebody: by this one.
    """
    if await _isThis(client, message.params):
        client.numeric(RPL_TRACEEND, client.serverName, client.factory.version, "End of TRACE")
