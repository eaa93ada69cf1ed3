"""
What clients have missed that can't ask for history (see L{CHATHISTORY}): they are shown it when
they come into a channel, and what came in private when they come in; once for each device.

Some that can ask a bouncer (L{PLAYBACK}) do so whenever they come in, others only for windows that
are new to them. So they are asked for a sign of life first: what they want they have asked for by
the time that they give it, and are shown the rest then.

Guests are shown nothing of what was said before they came: to their clients it would be new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import Deleted, Edited, Event, Restored, Said
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.reading import Missed
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.domain.units import SECONDS
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import spell
from twisted_chat.frontends.irc.pages import spelledInTurn
from twisted_chat.frontends.words import clockTime, dayNumber

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

CHATHISTORY: Final = "draft/chathistory"
"""Clients that have it ask for what they want to read."""

PLAYBACK: Final = "znc.in/playback"
"""Clients that have it may ask for what they want to read."""


UNSURE: Final = 5 * SECONDS
"""
What was written so shortly before a lost client was last heard of may not have reached it.
"""

_KNOW_THEIR_OWN: Final = frozenset({"echo-message", "znc.in/self-message"})
"""Clients with one of these know their person's own words, and whom they were said to."""

_SHOWN: Final = frozenset({Said.kind, Edited.kind, Deleted.kind, Restored.kind})
"""What else has happened, a kick or a topic, would be taken for something that happens now."""


class Unasked:
    """
    What a client may have missed that it may yet ask for.

    @ivar rooms: channels, by room id.
    @ivar directs: whether private conversations are among it.
    @ivar asked: the ids of conversations for which it has asked.
    """

    __slots__ = ("asked", "directs", "rooms")

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {}
        self.directs = False
        self.asked: set[str] = set()


def noteAsked(client: IrcClient, conversations: Iterable[str], all: bool) -> None:
    """
    A client has asked for what was said in conversations.

    @param all: whether it has asked for all that there are.
    """
    unasked = client.unasked
    if unasked is not None:
        unasked.asked.update(conversations)
        told = unasked.rooms.keys() if all else unasked.rooms.keys() & unasked.asked
        client.session.countAsTold(told, directs=unasked.directs and all)
        if all:
            client.unasked = None
    client.shownAt = client.factory.clock.seconds()


async def showUnasked(client: IrcClient) -> None:
    """
    Show a client that has given a sign of life what it has missed and not asked for.
    """
    unasked, client.unasked = client.unasked, None
    if unasked is None:
        return
    for id, room in unasked.rooms.items():
        if id not in unasked.asked and client.session.isIn(room):
            await _showRoom(client, room)
    if unasked.directs:
        await _showDirects(client, unasked.asked)


def askForSign(client: IrcClient) -> None:
    """
    Ask a client for a sign of life if it may yet ask for what it has missed. To be called behind
    all that lets it ask.
    """
    if client.unasked is not None and not client.outbox.closed:
        with client.replies.apart():
            client.replies.spelled(spell("PING", (client.serverName,)))


def _mayAsk(client: IrcClient) -> Unasked | None:
    if PLAYBACK not in client.caps or client.session.account is None:
        return None
    if client.unasked is None:
        client.unasked = Unasked()
    return client.unasked


async def showMissed(client: IrcClient, room: Room) -> None:
    """
    Show a client what it has missed of a channel, behind the names, or see whether it asks. To be
    called once for each channel that it comes into.
    """
    if CHATHISTORY in client.caps:
        return
    unasked = _mayAsk(client)
    if unasked is not None:
        unasked.rooms[room.id] = room
    else:
        await _showRoom(client, room)


async def _showRoom(client: IrcClient, room: Room) -> None:
    try:
        missed = await client.session.missedOn(client.device, room.id)
    except ChatError:
        # It may read nothing there.
        return
    if missed is not None:
        await _show(client, missed, room.name, channel(room.name), list(missed.page.events))
    client.shownAt = client.factory.clock.seconds()


async def showMissedDirects(client: IrcClient) -> None:
    """
    Show a client that has just come in what it has missed in private, or see whether it asks.
    """
    if CHATHISTORY in client.caps:
        return
    unasked = _mayAsk(client)
    if unasked is not None:
        unasked.directs = True
    else:
        await _showDirects(client, frozenset())


async def _showDirects(client: IrcClient, but: Collection[str]) -> None:
    """
    @param but: the ids of conversations that are not to be shown.
    """
    session = client.session
    for missed in await session.missedDirectsOn(client.device):
        if missed.conversation in but:
            continue
        events = list(missed.page.events)
        if client.caps.isdisjoint(_KNOW_THEIR_OWN):
            # It would not know whom it said that to.
            events = [each for each in events if each.author.id != session.identity]
        await _show(client, missed, "", missed.place.removeprefix("@"), events)
    client.shownAt = client.factory.clock.seconds()


async def _show(
    client: IrcClient, missed: Missed, place: str, target: str, events: list[Event]
) -> None:
    """
    @param place: the name of the room, or C{""}.
    @param target: what the client calls the conversation.
    """
    if "server-time" not in client.caps:
        events = [_timed(client, event) for event in events]
    shown = [(_past(event), place) for event in events if event.kind in _SHOWN]
    data = await spelledInTurn(client, shown)
    earlier = missed.page.total - len(missed.page.events)
    if earlier > 0 or missed.page.more:
        which = counted(earlier, "earlier message") if earlier else "Earlier messages"
        client.notice(f"{which} that you missed in {target} are not shown.")
    if data:
        with client.batched("chathistory", target):
            client.replies.spelled(data)


def _past(event: Any) -> Any:
    """
    @return: an event without what it has done to the topic, which may be another one since.
    """
    return replace(event, current=False) if getattr(event, "current", False) else event


def _timed(client: IrcClient, event: Any) -> Any:
    """
    @return: an event with its time before its text, for whoever is not told of it otherwise.
    """
    if not getattr(event, "text", ""):
        return event
    before = _timeText(client, event.at)
    changes: dict[str, object] = {"text": before + event.text}
    if event.kind == Said.kind:
        shift = len(before)
        changes["styles"] = tuple((a + shift, b + shift, style) for a, b, style in event.styles)
        changes["tags"] = ()
    return replace(event, **changes)


def _timeText(client: IrcClient, at: float) -> str:
    """
    @return: C{"[14:02] "}, with the date where it was another day.
    """
    zone = client.session.zone
    text = clockTime(at, zone)
    if dayNumber(at, zone) != dayNumber(client.factory.clock.seconds(), zone):
        moment = datetime.fromtimestamp(at, UTC) + timedelta(minutes=zone)
        text = f"{moment:%Y-%m-%d} {text}"
    return f"[{text}] "


def noteTold(client: IrcClient, session: Session) -> Deferred[Any]:
    """
    A client goes, or is gone: remember what its device was told, so that it is told the rest when
    it comes again. What a lost client may not have got, it is told again; when the server ends, the
    system knows which clients have got all.
    """
    if CHATHISTORY in client.caps or session.account is None:
        return succeed(None)
    until = None
    left = client.gone[0] == "quit" and not client.lost
    if not left and not (client.factory.closing and client.hasTakenAll()):
        until = client.heardAt - UNSURE
        if until < client.shownAt:
            # What it was shown may be what was lost.
            return succeed(None)
    noted: Deferred[Any] = session.noteTold(client.device, until)
    return noted.addErrback(_unnoted, client)


def _unnoted(why: Failure, client: IrcClient) -> None:
    """
    It is told again, then.
    """
    if not isinstance(why.value, ChatError):
        client._log.failure("{who}: what it was told is not known", why, who=client.address)
