"""
What a client reads that has just come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from twisted_chat.frontends.irc.answering import NICK, forAll
from twisted_chat.frontends.irc.commands.server import tellMotd, tellSupported, tellUsers
from twisted_chat.frontends.irc.commands.usermodes import OPERATOR, tellModes
from twisted_chat.frontends.irc.lines import sourceOf
from twisted_chat.frontends.irc.modeletters import ROLE_MODES, chanModes
from twisted_chat.frontends.irc.notes import tellEntered, tellOwn, wants
from twisted_chat.frontends.irc.numerics import (
    RPL_CREATED,
    RPL_MYINFO,
    RPL_WELCOME,
    RPL_YOURHOST,
)
from twisted_chat.frontends.irc.places import greet

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

USER_MODES = "BRTiosw"


@cache
def letters() -> tuple[str, str, str]:
    """
    @return: the letters of all modes: of people, of rooms, and of rooms with a parameter.
    """
    lists, always, whenSet, flags = chanModes().split(",")
    withOne = lists + always + whenSet + "".join(ROLE_MODES)
    return USER_MODES, "".join(sorted(withOne + flags)), "".join(sorted(withOne))


def _greeting(client: IrcClient) -> Sequence[bytes]:
    """
    @return: the first lines, as L{Answering.alike<answering.Answering.alike>} tells them.
    """
    factory = client.factory
    if not factory.greeting:
        version = factory.version
        factory.greeting = forAll(
            factory.server,
            [
                (RPL_WELCOME, NICK, f"Welcome to {factory.name}, {NICK}"),
                # ircII and ScrollZ complain of any other words.
                (RPL_YOURHOST, NICK, f"Your host is {factory.server}, running version {version}"),
                (RPL_CREATED, NICK, f"This server was started {factory.startedText}"),
                (RPL_MYINFO, NICK, factory.server, version, *letters()),
            ],
        )
    return factory.greeting


async def welcome(client: IrcClient, away: str | None) -> None:
    """
    Greet a client, and show it where it is.

    @param away: the text that it left before it came in; C{None} if it is not away.
    """
    client.alike(_greeting(client))
    tellSupported(client)
    if client.caps >= {"chghost", "draft/whoami"}:
        _tellPrefix(client)
    await tellUsers(client)
    if wants(client):
        await tellOwn(client)
    tellMotd(client)
    if client.session.operator:
        tellModes(client, [(True, OPERATOR)])
    await greet(client)
    for room in client.session.rooms:
        await tellEntered(client, room)
    if away is not None:
        await client.session.away(away)


def _tellPrefix(client: IrcClient) -> None:
    """
    Let a client know as whom it is shown, so that it knows how long its lines may be
    (draft/whoami). Of changes it hears as all others do.
    """
    record = client.session.person.record
    source = sourceOf(record, client.serverName)
    client.replies.line("SETNAME", record.real or record.name, source=source)
