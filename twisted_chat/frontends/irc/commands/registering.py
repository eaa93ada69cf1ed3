"""
Who one is, at first: NICK, USER, PASS; signs of life; going.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from twisted_chat.domain.errors import BadName
from twisted_chat.domain.names import MAX_NAME, cleanLine, personName
from twisted_chat.frontends.irc.capabilities import Negotiation
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.facts import USER_LENGTH
from twisted_chat.frontends.irc.message import Message, cut
from twisted_chat.frontends.irc.missed import showUnasked
from twisted_chat.frontends.irc.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_NEEDMOREPARAMS,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
)
from twisted_chat.frontends.irc.registration import advance
from twisted_chat.frontends.irc.targets import squeezed

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

REGISTERING = Noun()


@REGISTERING.command("NICK", early=True)
def nick(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Say, or change, what one is called: NICK NAME.
    """
    wanted = message.params[0] if message.params else ""
    if not wanted:
        client.numeric(ERR_NONICKNAMEGIVEN, "No nickname given")
        return None
    if client.registered:
        return client.session.rename(wanted)
    registration = client.registration
    assert registration is not None
    try:
        registration.nick = personName(wanted)
    except BadName as refusal:
        client.numeric(ERR_ERRONEUSNICKNAME, squeezed(wanted, MAX_NAME), refusal.text)
        return None
    registration.missing.discard("NICK")
    return advance(client)


@REGISTERING.command("USER", early=True)
def user(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Say what one's user and real name are.
    """
    registration = client.registration
    if registration is None or "USER" not in registration.missing:
        client.numeric(ERR_ALREADYREGISTERED, "You may not reregister")
        return None
    if len(message.params) < 4 or not (message.params[0] and message.params[3]):
        client.numeric(ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
        return None
    name = "".join(each for each in message.params[0] if each.isalnum() or each in "-._")
    client.user = cut(f"~{name or 'u'}".encode(), USER_LENGTH).decode()
    client.real = cleanLine(message.params[3]).strip()[: client.facts.limits.real]
    registration.missing.discard("USER")
    return advance(client)


@REGISTERING.command("PASS", least=1, early=True, late=False)
def pass_(client: IrcClient, message: Message) -> None:
    """
    Give the network's password, or C{account:password}.
    """
    assert client.registration is not None
    client.registration.password = message.params[0]


@REGISTERING.command("CAP", early=True)
def cap(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Negotiate capabilities (IRCv3 capability-negotiation).
    """
    negotiation = client.negotiation
    if negotiation is None:
        negotiation = client.negotiation = Negotiation(client.facts)
    for answer in negotiation.command(message.params, client.nick):
        client.replies.line(answer.command, client.nick, *answer.params)
    changed = client.caps != negotiation.enabled
    client.caps = negotiation.enabled
    registration = client.registration
    if registration is None:
        if changed:
            client.session.curious = client.curious
            client.session.reformat()
        return None
    if negotiation.open:
        registration.missing.add("CAP")
        return None
    registration.missing.discard("CAP")
    return advance(client)


@REGISTERING.command("PING", early=True)
def ping(client: IrcClient, message: Message) -> None:
    """
    Ask for a sign of life.
    """
    if not message.params:
        client.numeric(ERR_NEEDMOREPARAMS, "PING", "Not enough parameters")
    elif not message.params[0]:
        client.numeric(ERR_NOORIGIN, "No origin specified")
    else:
        client.replies.line("PONG", client.serverName, message.params[0])


@REGISTERING.command("PONG", early=True)
def pong(client: IrcClient, message: Message) -> Awaitable[None] | None:
    """
    Give one; that it was read is enough, unless it was awaited.
    """
    return showUnasked(client) if client.unasked is not None else None


@REGISTERING.command("QUIT", early=True)
def quit(client: IrcClient, message: Message) -> Deferred[Any]:
    """
    Go.
    """
    return client.end(message.params[0] if message.params else "")


@REGISTERING.command("ERROR", early=True)
def error(client: IrcClient, message: Message) -> None:
    """
    Servers say it, clients don't; it is passed over in silence.
    """
