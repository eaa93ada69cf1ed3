"""
What was said, for clients that ask as they ask a bouncer: the module C{*playback} of ZNC, which
some know that know no draft/chathistory (znc.in/playback).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from math import inf
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import ChatError
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.history import playBack
from twisted_chat.frontends.irc.commands.lists import untilRead
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.missed import noteAsked
from twisted_chat.frontends.irc.talking import SERVICES
from twisted_chat.frontends.irc.targets import conversationOf, several, shown, targetOf

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

PLAYBACK = Noun()

NAME: Final = "*playback"
SOURCE: Final = f"{NAME}!znc@znc.in"

ALL: Final = "*"

USAGE: Final = (
    "PLAY #CHANNEL,NICK [FROM [TO]], PLAY * [FROM [TO]], or LIST; times are POSIX seconds"
)

_seconds: Final = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?").fullmatch


@PLAYBACK.command("ZNC", least=2)
async def znc(client: IrcClient, message: Message) -> None:
    """
    Ask as one asks a bouncer: ZNC *playback PLAY TARGET,TARGET FROM TO.
    """
    if message.params[0].lower() == NAME:
        await _obey(client, " ".join(message.params[1:]).split())
    else:
        client.notice(f"There is only {NAME} here", SOURCE)


def _told(client: IrcClient, text: str, notice: bool) -> Awaitable[None] | None:
    return None if notice else _obey(client, text.split())


SERVICES[NAME] = _told


async def _obey(client: IrcClient, words: Sequence[str]) -> None:
    if client.lost:
        return
    verb, *rest = words or [""]
    if verb.upper() == "LIST":
        await _list(client)
    elif verb.upper() == "PLAY" and len(rest) <= 3 and all(map(_seconds, rest[1:])):
        await _play(client, rest[0] if rest else ALL, *map(float, rest[1:]))
    else:
        client.notice(USAGE, SOURCE)


async def _play(client: IrcClient, wanted: str, begin: float = 0.0, end: float = inf) -> None:
    """
    Show what was said after a time, and not after another; if it is too much, the last of it. About
    what it does not know a bouncer is silent: clients ask for all windows that they have.
    """
    session, most = client.session, client.facts.limits.page
    named = await _named(client, wanted)
    noteAsked(client, [conversation for conversation, _ in named], wanted == ALL)
    for conversation, name in named:
        try:
            after = await session.seqAt(conversation, begin)
            before = await session.seqAt(conversation, end) + 1 if end < inf else 0
            events = await session.part(conversation, most, after, before, messages=True)
        except ChatError:
            continue
        if len(events) == most:
            text = f"There may be more before these {most} lines of {shown(name)}"
            client.notice(text, SOURCE)
        if events:
            await playBack(client, conversation, name, events)
            await untilRead(client)


async def _named(client: IrcClient, wanted: str) -> list[tuple[str, str]]:
    """
    @return: the ids of the conversations that are meant, and what the client calls them.
    """
    found = []
    if wanted == ALL:
        for last in await client.session.lastSaid():
            found.append((last.conversation, targetOf(last.conversation, last.place)))
        return found
    for each in several(wanted):
        try:
            found.append((await conversationOf(client, each), each))
        except ChatError:
            continue
    return found


async def _list(client: IrcClient) -> None:
    """
    Tell where something was said, and when last, so that it asks for what it wants of it.
    """
    every = await client.session.lastSaid()
    noteAsked(client, [last.conversation for last in every], all=True)
    for last in every:
        text = f"{targetOf(last.conversation, last.place)} 0 {last.at:.3f}"
        client.replies.line("PRIVMSG", client.nick, text, source=SOURCE)
