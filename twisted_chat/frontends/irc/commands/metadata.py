"""
Notes of people and channels: METADATA (IRCv3 draft/metadata-2 and draft/metadata-3).

The two differ in how one is told what has changed: by a message METADATA in the former, by the
numerics that also answer GET in the latter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import succeed

from twisted_chat.domain.errors import (
    BadInput,
    BadKey,
    ChatError,
    NotAllowed,
    NotNoted,
    TooLong,
    TooMany,
)
from twisted_chat.domain.events import MetadataChanged
from twisted_chat.domain.noting import checked, requireKey
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import PersonRecord
from twisted_chat.domain.watching import isPattern
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.facts import MOST_SUBSCRIPTIONS
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.notes import (
    Subscriptions,
    isNoted,
    isThird,
    tellChanged,
    tellNotes,
    tellRoomNotes,
    tellWatched,
)
from twisted_chat.frontends.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    RPL_KEYNOTSET,
    RPL_KEYVALUE,
    RPL_METADATASUBOK,
    RPL_METADATASUBS,
    RPL_METADATAUNSUBOK,
)
from twisted_chat.frontends.irc.particular import TOLD, WANTED
from twisted_chat.frontends.irc.targets import roomWithin, squeezed

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

METADATA = Noun()

COMMAND: Final = "METADATA"

ME: Final = "*"


@dataclass(frozen=True, slots=True)
class Target:
    """
    Whose notes are meant.

    @ivar typed: as the client has named it.
    @ivar shown: as it is named in answers.
    @ivar room: the room, if it is one.
    @ivar record: the person, if it is somebody who has come in.
    """

    typed: str
    shown: str
    room: Room | None = None
    record: PersonRecord | None = None


class NoTarget(BadInput):
    """
    {why}
    """

    code = "invalid-target"


class NoPermission(BadInput):
    """
    {why}
    """

    code = "key-no-permission"


@METADATA.command(COMMAND, least=2, early=True)
async def metadata(client: IrcClient, message: Message) -> None:
    """
    Read and change what is noted: METADATA TARGET GET KEY, LIST, SET KEY VALUE, CLEAR, SYNC; and
    METADATA * SUB KEY, UNSUB KEY, SUBS.
    """
    typed, name, *rest = message.params
    sub = _SUBCOMMANDS.get(name.upper())
    if sub is None:
        text = "There is no such subcommand"
        client.fail(COMMAND, "SUBCOMMAND_INVALID", squeezed(name), text)
        return
    if len(rest) < sub.least:
        client.numeric(ERR_NEEDMOREPARAMS, COMMAND, "Not enough parameters")
        return
    try:
        target = await _find(client, typed)
        await sub.function(client, target, rest)
    except NoTarget as refusal:
        client.fail(COMMAND, "INVALID_TARGET", squeezed(typed), refusal.text)


async def _find(client: IrcClient, typed: str) -> Target:
    """
    @raise NoTarget: there is nobody, and nothing, of that name that the client may know of.
    """
    if not client.registered:
        if typed != ME:
            raise NoTarget(why="You have not come in; only * is you")
        return Target(typed, ME)
    session = client.session
    if typed == ME:
        return Target(typed, client.nick, record=session.person.record)
    if typed.startswith("#"):
        room = await roomWithin(client, typed)
        if room is None:
            raise NoTarget(why="You are not in a channel of that name")
        return Target(typed, channel(room.name), room)
    for sight in () if isPattern(typed) else await session.look(typed):
        return Target(typed, sight.record.name, record=sight.record)
    raise NoTarget(why="There is nobody of that name here")


def _subscriptions(client: IrcClient) -> Subscriptions:
    if client.subscriptions is None:
        client.subscriptions = Subscriptions()
    return client.subscriptions


def _notes(client: IrcClient, target: Target) -> Awaitable[Mapping[str, str]]:
    if target.room is not None:
        return client.session.metadataOf(target.room)
    if target.record is not None:
        return succeed(dict(target.record.metadata))
    return succeed(dict(_subscriptions(client).early))


# Reading and changing.


async def _get(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    notes = await _notes(client, target)
    with client.batched("metadata", target.shown):
        for key in _valid(client, keys):
            _tell(client, target, key, notes.get(key))


def _valid(client: IrcClient, keys: Iterable[str]) -> Iterator[str]:
    """
    Those of some keys under which something can be noted; of the others the client is told, each in
    its turn.
    """
    for key in keys:
        try:
            requireKey(key)
        except BadKey as refusal:
            _badKey(client, key, refusal)
        else:
            yield key


def _tell(client: IrcClient, target: Target, key: str, value: str | None) -> None:
    if value is None:
        client.numeric(RPL_KEYNOTSET, target.shown, key, "key not set")
    else:
        client.numeric(RPL_KEYVALUE, target.shown, key, "*", value)


def _badKey(client: IrcClient, key: str, refusal: ChatError) -> None:
    client.fail(COMMAND, "KEY_INVALID", squeezed(key), refusal.text)


async def _list(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    notes = await _notes(client, target)
    with client.batched("metadata", target.shown):
        for key, value in notes.items():
            _tell(client, target, key, value)


async def _set(client: IrcClient, target: Target, rest: Sequence[str]) -> None:
    key, value = rest[0], rest[1] if len(rest) > 1 else None
    try:
        kept = await _note(client, target, key, value)
    except BadKey as refusal:
        _badKey(client, key, refusal)
    except NotNoted as refusal:
        client.fail(COMMAND, "KEY_NOT_SET", target.typed, key, refusal.text)
    except TooMany as refusal:
        client.fail(COMMAND, "LIMIT_REACHED", target.typed, refusal.text)
    except TooLong as refusal:
        if isThird(client):
            client.fail(COMMAND, "INVALID_VALUE", key, refusal.text)
        else:
            client.fail(COMMAND, "VALUE_INVALID", refusal.text)
    except (NotAllowed, NoPermission) as refusal:
        client.fail(COMMAND, "KEY_NO_PERMISSION", target.typed, key, refusal.text)
    else:
        _tell(client, target, key, kept)


async def _note(client: IrcClient, target: Target, key: str, value: str | None) -> str | None:
    """
    @return: what is noted then.
    @raise ChatError: it can't be.
    """
    if target.room is not None:
        return await client.session.setMetadataOf(target.room, key, value)
    if target.record is not None:
        _requireOwn(client, target, key)
        return await client.session.setMetadata(key, value)
    early = _subscriptions(client).early
    kept = checked(early, key, value)
    early.pop(key, None)
    if kept is not None:
        early[key] = kept
    return kept


def _requireOwn(client: IrcClient, target: Target, key: str = "") -> None:
    if key:
        requireKey(key)
    if target.record is None or target.record.id != client.session.personId:
        raise NoPermission(why="Only they themselves can do that")


async def _clear(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    notes = await _notes(client, target)
    try:
        if target.room is not None:
            # Also where there is nothing to clear.
            client.session.mayNoteOf(target.room)
        elif target.record is not None:
            _requireOwn(client, target)
        gone = []
        for key, value in notes.items():
            await _note(client, target, key, None)
            gone.append((key, value))
    except (NotAllowed, NoPermission) as refusal:
        client.fail(COMMAND, "KEY_NO_PERMISSION", target.typed, ME, refusal.text)
        return
    with client.batched("metadata", target.shown):
        for key, value in gone:
            _tell(client, target, key, None if isThird(client) else value)


# Being told.


async def _sub(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    mine, taken = _subscriptions(client).keys, []
    for key in _valid(client, keys):
        if key not in mine and len(mine) >= MOST_SUBSCRIPTIONS:
            text = f"You have {MOST_SUBSCRIPTIONS} subscriptions, and no more are allowed"
            client.fail(COMMAND, "TOO_MANY_SUBS", key, text)
            break
        mine[key] = None
        taken.append(key)
    _keys(client, RPL_METADATASUBOK, taken)
    if client.registered and taken:
        await _present(client, taken)


async def _present(client: IrcClient, keys: Sequence[str]) -> None:
    """
    What is noted now where the client would be told of changes.
    """
    tellNotes(client, client.session.person.record, keys)
    for room in client.session.rooms:
        await tellRoomNotes(client, room, keys, later=True)
    await tellWatched(client, client.session.watched, keys)


async def _unsub(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    taken = list(_valid(client, keys))
    for key in taken:
        _subscriptions(client).keys.pop(key, None)
    _keys(client, RPL_METADATAUNSUBOK, taken)


async def _subs(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    with client.batched("metadata-subs"):
        _keys(client, RPL_METADATASUBS, _subscriptions(client).keys)


def _keys(client: IrcClient, number: str, keys: Iterable[str]) -> None:
    """
    Keys, each a parameter, in as many lines as they need.
    """
    every = list(dict.fromkeys(keys))
    for start in range(0, len(every), MOST_IN_LINE):
        client.numeric(number, *every[start : start + MOST_IN_LINE])


MOST_IN_LINE: Final = 6
"""Keys of the greatest length that fit into a line."""


async def _sync(client: IrcClient, target: Target, keys: Sequence[str]) -> None:
    wanted = list(_subscriptions(client).keys)
    if target.room is not None:
        await tellRoomNotes(client, target.room, wanted, empty=True)
    elif target.record is not None:
        tellNotes(client, target.record, wanted, empty=True)


@dataclass(frozen=True, slots=True)
class Subcommand:
    """
    What can be asked of METADATA.

    @ivar function: does it, with the client, the target and the other parameters.
    @ivar least: it has at least so many of the latter.
    """

    function: Callable[[IrcClient, Target, Sequence[str]], Awaitable[Any]]
    least: int = 0


_SUBCOMMANDS: Final = {
    "GET": Subcommand(_get, 1),
    "LIST": Subcommand(_list),
    "SET": Subcommand(_set, 1),
    "CLEAR": Subcommand(_clear),
    "SUB": Subcommand(_sub, 1),
    "UNSUB": Subcommand(_unsub, 1),
    "SUBS": Subcommand(_subs),
    "SYNC": Subcommand(_sync),
}

WANTED[MetadataChanged.kind] = isNoted
TOLD[MetadataChanged.kind] = tellChanged
