"""
Watching for people: MONITOR (IRCv3 monitor, extended-monitor).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from twisted.internet.task import deferLater

from twisted_chat.domain.errors import BadName, TooMany
from twisted_chat.domain.events import Watched
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import MOST_TEXT, Message
from twisted_chat.frontends.irc.notes import tellNotes, tellWatched
from twisted_chat.frontends.irc.numerics import (
    ERR_ERRONEUSNICKNAME,
    ERR_MONLISTFULL,
    ERR_UNKNOWNERROR,
    RPL_ENDOFMONLIST,
    RPL_MONLIST,
    RPL_MONOFFLINE,
    RPL_MONONLINE,
)
from twisted_chat.frontends.irc.particular import TOLD
from twisted_chat.frontends.irc.targets import squeezed
from twisted_chat.frontends.irc.wrapping import inLines

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MONITOR = Noun()


@MONITOR.command("MONITOR", least=1)
async def monitor(client: IrcClient, message: Message) -> None:
    """
    Be told when people come and go: MONITOR + NICK,NICK; MONITOR - NICK; MONITOR C(lear), L(ist),
    S(tatus).
    """
    obey = _MODIFIERS.get(message.params[0].upper())
    if obey is None:
        client.numeric(ERR_UNKNOWNERROR, "MONITOR", "Give one of + - C L S")
        return
    targets = message.params[1].split(",") if len(message.params) > 1 else []
    await obey(client, [name for target in targets if (name := target.strip(" "))])


async def _add(client: IrcClient, targets: Sequence[str]) -> None:
    online: list[str] = []
    offline: list[str] = []
    for number, target in enumerate(targets):
        try:
            spelled = await client.session.watch(target)
        except BadName as refusal:
            client.numeric(ERR_ERRONEUSNICKNAME, squeezed(target), refusal.text)
        except TooMany:
            limit = str(client.factory.hub.limits.watch)
            full = (limit,), ("Monitor list is full.",)
            _listed(client, ERR_MONLISTFULL, map(squeezed, targets[number:]), *full)
            break
        else:
            (online if spelled else offline).append(spelled or target)
    _tell(client, online, offline)
    await _tellNotes(client, online)


async def _tellNotes(client: IrcClient, online: Iterable[str]) -> None:
    if client.subscriptions is not None:
        await tellWatched(client, online, client.subscriptions.keys)


async def _remove(client: IrcClient, targets: Sequence[str]) -> None:
    for target in targets:
        client.session.unwatch(target)


async def _clear(client: IrcClient, targets: Sequence[str]) -> None:
    client.session.unwatchAll()


async def _list(client: IrcClient, targets: Sequence[str]) -> None:
    _listed(client, RPL_MONLIST, client.session.watched)
    client.numeric(RPL_ENDOFMONLIST, "End of MONITOR list")


async def _status(client: IrcClient, targets: Sequence[str]) -> None:
    online: list[str] = []
    offline: list[str] = []
    for name in list(client.session.watched):
        spelled = await client.session.bearer(name)
        (online if spelled else offline).append(spelled or name)
    _tell(client, online, offline)


_MODIFIERS: dict[str, Callable[[IrcClient, Sequence[str]], Awaitable[None]]] = {
    "+": _add,
    "-": _remove,
    "C": _clear,
    "L": _list,
    "S": _status,
}


def _tell(client: IrcClient, online: Iterable[str], offline: Iterable[str]) -> None:
    _listed(client, RPL_MONONLINE, online)
    _listed(client, RPL_MONOFFLINE, offline)


def _listed(
    client: IrcClient,
    number: str,
    names: Iterable[str],
    before: Sequence[str] = (),
    behind: Sequence[str] = (),
) -> None:
    """
    Names with commas between them, in as many lines as they need.

    @param before: the parameters before the names.
    @param behind: those behind them.
    """
    others = " ".join((client.serverName, number, client.nick, *before, *behind))
    for line in inLines([*names], MOST_TEXT - len(f":{others}  :".encode()), ","):
        client.numeric(number, *before, line, *behind)


async def _told(client: IrcClient, event: Watched) -> None:
    client.numeric(RPL_MONONLINE if event.borne else RPL_MONOFFLINE, event.name)
    if event.borne and client.subscriptions is not None:
        client.replies.flush()
        # Whoever comes in is about to be known, and whoever takes a new name is known by the old.
        await deferLater(client.factory.clock, 0)
        if not client.registered:
            return
        known = client.session.hub.roster.people.get(event.author.id)
        if known is not None:
            tellNotes(client, replace(known.record, name=event.name), client.subscriptions.keys)
        else:
            await _tellNotes(client, [event.name])
    client.replies.flush()


TOLD[Watched.kind] = _told
