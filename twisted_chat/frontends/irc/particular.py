"""
What only one client is told of an event, beside what all read of it.
"""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.task import deferLater

from twisted_chat.domain.events import Ended, Event, Joined, Ordered, RoomRenamed
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.lines import channel, sourceOf
from twisted_chat.frontends.irc.places import (
    announce,
    isShownAtOnce,
    leave,
    show,
    showEntered,
    showRenamed,
)

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

_CASEMAPPING: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
"""C{CASEMAPPING=ascii}: what clients take for the same letter."""


async def _joined(client: IrcClient, event: Joined) -> None:
    """
    Another connection of this person has gone into a channel, or somebody has put them there.
    """
    # The JOIN itself, which all read alike, is about to be written.
    await deferLater(client.factory.clock, 0)
    room = _roomOf(client, event)
    if room is None or client.outbox.closed or not client.session.isIn(room):
        return
    await showEntered(client, room, new=True)
    client.replies.flush()


def isMoved(client: IrcClient, event: RoomRenamed) -> bool:
    """
    Whether a client has to go out of a channel and into it again when that has another name. To
    CASEMAPPING, and so to clients, a name is another one even where ours is only written otherwise.
    """
    same = event.old.translate(_CASEMAPPING) == event.new.translate(_CASEMAPPING)
    return not same and "draft/channel-rename" not in client.caps


def _renamed(client: IrcClient, event: RoomRenamed) -> bool:
    """
    A channel has another name: who does not know RENAME goes out of the old one and into the new
    one (channel-rename, "Fallback"). It has to be there when what comes next is written.
    """
    room = _roomOf(client, event)
    if room is None or not isMoved(client, event):
        return False
    if client.session.held:
        # It is coming into a channel, perhaps this one: what was said until now is kept back.
        with client.replies.aside(client.session.receive):
            _move(client, room, event)
    else:
        _move(client, room, event)
        client.replies.flush()
    # Whoever has renamed it is shown the rest before that is answered.
    return event.origin != client.session.id


def _move(client: IrcClient, room: Room, event: RoomRenamed) -> None:
    leave(client, channel(event.old), event.reason)
    announce(client, room)
    if isShownAtOnce(client):
        show(client, room, None)


async def _shownRenamed(client: IrcClient, event: RoomRenamed) -> None:
    room = _roomOf(client, event)
    if room is not None and not client.outbox.closed and client.session.isIn(room):
        await showRenamed(client, room)
        client.replies.flush()


def _ended(client: IrcClient, event: Ended) -> bool:
    """
    A channel is no more, so that nobody can be in it. All have to read of that first.
    """
    room = _roomOf(client, event)
    # Whoever has ended it is put out before that is answered.
    if room is not None and event.origin != client.session.id:
        client.factory.clock.callLater(0, _putOutApart, client, room, event.reason)
    return False


def _putOutApart(client: IrcClient, room: Room, reason: str) -> None:
    if not client.outbox.closed:
        with client.replies.apart():
            putOut(client, room, reason)
        client.replies.flush()


def _disconnected(client: IrcClient, event: Ordered) -> bool:
    """
    Somebody has the client disconnected (KILL), of which the server's own farewell does not tell.
    """
    source = sourceOf(event.author, client.serverName)
    client.replies.line("KILL", client.nick, event.text, source=source)
    client.replies.flush()
    return False


def putOut(client: IrcClient, room: Room, reason: str) -> None:
    """
    Put a client out of a channel that is no more.
    """
    client.replies.line("KICK", channel(room.name), client.nick, reason or "This channel is gone")


def _roomOf(client: IrcClient, event: Event) -> Room | None:
    known = client.session.hub.roster.conversations.get(event.conversation)
    return known.room if known is not None else None


AT_ONCE: dict[str, Callable[[IrcClient, Any], bool]] = {
    RoomRenamed.kind: _renamed,
    Ended.kind: _ended,
    Ordered.kind: _disconnected,
}
"""
By kind of event, who tells it before anything that comes after it is written; and whether there is
more to tell when its turn has come.
"""

TOLD: dict[str, Callable[[IrcClient, Any], Any]] = {
    Joined.kind: _joined,
    RoomRenamed.kind: _shownRenamed,
}
"""By kind of event, who tells it when its turn has come."""


WANTED: dict[str, Callable[[IrcClient, Any], bool]] = {}
"""By kind of event, whether a client is told of it at all; it always is of the other kinds."""


def isWanted(client: IrcClient, event: Event) -> bool:
    """
    Whether an event has to have its turn at a client. What thousands hear of and hardly anybody
    wants to know costs a turn for those alone.
    """
    wanted = WANTED.get(event.kind)
    return wanted is None or wanted(client, event)


def tellAtOnce(client: IrcClient, event: Event) -> bool:
    """
    Tell a client what concerns it alone and can't wait.

    @return: whether there is more to L{tell} when its turn has come.
    """
    teller = AT_ONCE.get(event.kind)
    if teller is None:
        return event.kind in TOLD
    if not client.registered:
        return False
    if event.origin == client.session.id:
        return teller(client, event)
    with client.replies.apart():
        return teller(client, event)


def tell(client: IrcClient, event: Event) -> Any:
    """
    Tell a client what concerns it alone.

    @return: what is to be waited for, if anything.
    """
    teller = TOLD.get(event.kind)
    return teller(client, event) if teller is not None and client.registered else None
