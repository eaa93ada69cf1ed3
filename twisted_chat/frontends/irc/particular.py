"""
What only one client is told of an event, beside what all read of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.task import deferLater

from twisted_chat.domain.events import Ended, Event, Joined, Ordered, RoomRenamed
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.lines import channel, sourceOf
from twisted_chat.frontends.irc.missed import showMissed
from twisted_chat.frontends.irc.places import enter, leave, show
from twisted_chat.frontends.irc.readmarks import markOf

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient


async def _joined(client: IrcClient, event: Joined) -> None:
    """
    Another connection of this person has gone into a channel, or somebody has put them there.
    """
    # The JOIN itself, which all read alike, is about to be written.
    await deferLater(client.factory.clock, 0)
    room = _roomOf(client, event)
    if room is None or client.outbox.closed or not client.session.isIn(room):
        return
    mark = await markOf(client, room)
    if not client.outbox.closed:
        show(client, room, mark)
        await showMissed(client, room)
        client.replies.flush()


def _renamed(client: IrcClient, event: RoomRenamed) -> None:
    """
    A channel has another name: who does not know RENAME goes out of the old one and into the new
    one (channel-rename, "Fallback"). It has to be there when what comes next is written.
    """
    if "draft/channel-rename" in client.caps or foldRoom(event.old) == foldRoom(event.new):
        return
    room = _roomOf(client, event)
    if room is not None:
        leave(client, channel(event.old), event.reason)
        # To look a mark up takes time.
        enter(client, room, None)
        client.replies.flush()


def _ended(client: IrcClient, event: Ended) -> None:
    """
    A channel is no more, so that nobody can be in it. All have to read of that first.
    """
    room = _roomOf(client, event)
    # Whoever has ended it is put out before that is answered.
    if room is not None and event.origin != client.session.id:
        client.factory.clock.callLater(0, _putOutApart, client, room, event.reason)


def _putOutApart(client: IrcClient, room: Room, reason: str) -> None:
    if not client.outbox.closed:
        with client.replies.apart():
            putOut(client, room, reason)
        client.replies.flush()


def _disconnected(client: IrcClient, event: Ordered) -> None:
    """
    Somebody has the client disconnected (KILL), of which the server's own farewell does not tell.
    """
    source = sourceOf(event.author, client.serverName)
    client.replies.line("KILL", client.nick, event.text, source=source)
    client.replies.flush()


def putOut(client: IrcClient, room: Room, reason: str) -> None:
    """
    Put a client out of a channel that is no more.
    """
    client.replies.line("KICK", channel(room.name), client.nick, reason or "This channel is gone")


def _roomOf(client: IrcClient, event: Event) -> Room | None:
    known = client.session.hub.roster.conversations.get(event.conversation)
    return known.room if known is not None else None


AT_ONCE: dict[str, Callable[[IrcClient, Any], None]] = {
    RoomRenamed.kind: _renamed,
    Ended.kind: _ended,
    Ordered.kind: _disconnected,
}
"""By kind of event, who tells it before anything that comes after it is written."""

TOLD: dict[str, Callable[[IrcClient, Any], Any]] = {
    Joined.kind: _joined,
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

    @return: whether the event is one of these.
    """
    teller = AT_ONCE.get(event.kind)
    if teller is not None and client.registered:
        if event.origin == client.session.id:
            teller(client, event)
        else:
            with client.replies.apart():
                teller(client, event)
    return teller is not None


def tell(client: IrcClient, event: Event) -> Any:
    """
    Tell a client what concerns it alone.

    @return: what is to be waited for, if anything.
    """
    teller = TOLD.get(event.kind)
    return teller(client, event) if teller is not None and client.registered else None
