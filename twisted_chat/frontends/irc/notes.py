"""
Telling clients what is noted of people and channels (IRCv3 draft/metadata-2 and -3), as far as they
want to know it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import ChatError, NotInRoom, TooMany
from twisted_chat.domain.events import MetadataChanged
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import PersonRecord
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.numerics import (
    RPL_KEYNOTSET,
    RPL_KEYVALUE,
    RPL_METADATASYNCLATER,
    RPL_WHOISKEYVALUE,
)
from twisted_chat.frontends.irc.refusals import codeOf

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

SECOND, THIRD = "draft/metadata-2", "draft/metadata-3"
"""The capabilities."""

AT_ONCE: Final = 200
"""How many notes of a channel and those in it are told without being asked for."""

AT_MOST: Final = 5000
"""How many are told at all."""

Line = tuple[str, str, str]
"""Whose note, its key, its value."""

_REMEMBERED: Final = 64


class Subscriptions:
    """
    The keys that one client wants to be told of.

    @ivar keys: in the order in which it asked for them.
    @ivar early: what it noted of itself before it came in.
    """

    __slots__ = ("_told", "early", "keys")

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}
        self.early: dict[str, str] = {}
        self._told: OrderedDict[str, None] = OrderedDict()

    def isNews(self, id: str) -> bool:
        """
        Whether an event comes for the first time: one that happens in several rooms comes once for
        each of them.

        @param id: the event's.
        """
        if id in self._told:
            return False
        self._told[id] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True


def isThird(client: IrcClient) -> bool:
    """
    Whether a client is told by numerics.
    """
    return THIRD in client.caps


def wants(client: IrcClient) -> bool:
    """
    Whether a client is told of notes at all.
    """
    return THIRD in client.caps or SECOND in client.caps


def tellNote(client: IrcClient, target: str, key: str, value: str | None) -> None:
    """
    Tell one note; C{None}: it is no more.
    """
    if not isThird(client):
        last = () if value is None else (value,)
        client.replies.line("METADATA", target, key, "*", *last)
    elif value is None:
        client.numeric(RPL_KEYNOTSET, target, key, "key not set")
    else:
        client.numeric(RPL_KEYVALUE, target, key, "*", value)


def _tellAll(client: IrcClient, target: str, lines: Sequence[Line]) -> None:
    with client.batched("metadata", target):
        for line in lines:
            tellNote(client, *line)


def _chosen(target: str, notes: Mapping[str, str], keys: Iterable[str] | None) -> Iterable[Line]:
    for key in notes if keys is None else keys:
        if key in notes:
            yield target, key, notes[key]


def tellNotes(
    client: IrcClient,
    record: PersonRecord,
    keys: Iterable[str] | None = None,
    empty: bool = False,
) -> None:
    """
    Tell what is noted of somebody, to whoever wants to know.

    @param keys: which; C{None} for all.
    @param empty: whether it is to be told that nothing is.
    """
    lines = list(_chosen(record.name, dict(record.metadata), keys))
    if wants(client) and (lines or empty):
        _tellAll(client, record.name, lines)


async def tellRoomNotes(
    client: IrcClient, room: Room, keys: Iterable[str], later: bool = False, empty: bool = False
) -> None:
    """
    Tell what is noted of a channel and of those who are in it, to whoever wants to know.

    @param keys: which.
    @param later: whether the client is to ask for it, if it is much.
    @param empty: whether it is to be told that nothing is.
    """
    wanted = list(keys)
    if not wants(client) or not (wanted or empty):
        return
    target = channel(room.name)
    most = AT_ONCE if later else AT_MOST
    try:
        lines = list(_chosen(target, await client.session.metadataOf(room), wanted))
        for record in client.session.notedIn(room):
            lines += _chosen(record.name, dict(record.metadata), wanted)
            if len(lines) > most:
                break
    except NotInRoom:
        # They were put out meanwhile, and have read that.
        return
    if later and len(lines) > AT_ONCE:
        client.numeric(RPL_METADATASYNCLATER, target, 1)
    elif lines or empty:
        _tellAll(client, target, lines[:AT_MOST])


async def tellEntered(client: IrcClient, room: Room) -> None:
    """
    Tell a client what it wants to know of a channel into which it has come.
    """
    if client.subscriptions is not None and client.subscriptions.keys:
        await tellRoomNotes(client, room, client.subscriptions.keys, later=True)


async def tellWatched(client: IrcClient, names: Iterable[str], keys: Iterable[str]) -> None:
    """
    Tell what is noted of those who are here under nicks that a client watches.

    @param keys: which.
    """
    wanted = list(keys)
    if not wants(client) or not wanted:
        return
    for name in list(names):
        for sight in await client.session.look(name):
            tellNotes(client, sight.record, wanted)


async def tellOwn(client: IrcClient) -> None:
    """
    Note what a client has noted of itself before it came in, and tell it all that is noted then.
    """
    if client.subscriptions is not None:
        for key, value in client.subscriptions.early.items():
            try:
                await client.session.setMetadata(key, value)
            except TooMany as refusal:
                # With what is noted of the account it is too much. They come in all the same.
                client.fail("METADATA", "LIMIT_REACHED", client.nick, refusal.text)
            except ChatError as refusal:
                client.fail("METADATA", codeOf(refusal), client.nick, key, refusal.sentence)
        client.subscriptions.early.clear()
    tellNotes(client, client.session.person.record, empty=True)


def tellWhois(client: IrcClient, record: PersonRecord) -> None:
    """
    Tell, beside all else that is known of somebody, what is noted.
    """
    for key, value in record.metadata if wants(client) else ():
        client.numeric(RPL_WHOISKEYVALUE, record.name, key, "*", value)


def isNoted(client: IrcClient, event: MetadataChanged) -> bool:
    """
    Whether a client wants to know of a key.
    """
    subscriptions = client.subscriptions
    return subscriptions is not None and event.key in subscriptions.keys and wants(client)


def tellChanged(client: IrcClient, event: MetadataChanged) -> None:
    """
    Tell that something else is noted, to whoever wants to know of its key.
    """
    subscriptions = client.subscriptions
    if subscriptions is None or not isNoted(client, event):
        return
    if event.origin == client.session.id or not subscriptions.isNews(event.id):
        return
    roster = client.factory.hub.roster
    person, known = roster.people.get(event.target), roster.conversations.get(event.target)
    if known is not None and known.room is not None:
        tellNote(client, channel(known.room.name), event.key, event.value)
    elif person is not None:
        tellNote(client, person.name, event.key, event.value)
