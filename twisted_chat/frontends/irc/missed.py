"""
What clients have missed that can't ask for history (see L{ASKING}): they are shown it when they
come into a channel, and what came in private when they come in; once for each device.

Guests are shown nothing of what was said before they came: to their clients it would be new.
"""

from __future__ import annotations

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
from twisted_chat.frontends.words import clockTime, dayNumber

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

ASKING: Final = frozenset({"draft/chathistory", "znc.in/playback"})
"""Clients with one of these ask for what they want to read."""


UNSURE: Final = 5 * SECONDS
"""
What was written so shortly before a lost client was last heard of may not have reached it.
"""

_KNOW_THEIR_OWN: Final = frozenset({"echo-message", "znc.in/self-message"})
"""Clients with one of these know their person's own words, and whom they were said to."""

_SHOWN: Final = frozenset({Said.kind, Edited.kind, Deleted.kind, Restored.kind})
"""What else has happened, a kick or a topic, would be taken for something that happens now."""


async def showMissed(client: IrcClient, room: Room) -> None:
    """
    Show a client what it has missed of a channel, behind the names. To be called once for each
    channel that it comes into.
    """
    if client.caps & ASKING:
        return
    try:
        missed = await client.session.missedOn(client.device, room.id)
    except ChatError:
        # It may read nothing there.
        return
    if missed is not None:
        _show(client, missed, room.name, channel(room.name), list(missed.page.events))
    client.shownAt = client.factory.clock.seconds()


async def showMissedDirects(client: IrcClient) -> None:
    """
    Show a client that has just come in what it has missed in private.
    """
    if client.caps & ASKING:
        return
    session = client.session
    for missed in await session.missedDirectsOn(client.device):
        events = list(missed.page.events)
        if client.caps.isdisjoint(_KNOW_THEIR_OWN):
            # It would not know whom it said that to.
            events = [each for each in events if each.author.id != session.identity]
        _show(client, missed, "", missed.place.removeprefix("@"), events)
    client.shownAt = client.factory.clock.seconds()


def _show(client: IrcClient, missed: Missed, place: str, target: str, events: list[Event]) -> None:
    """
    @param place: the name of the room, or C{""}.
    @param target: what the client calls the conversation.
    """
    format = client.formatFor(missed.conversation)
    if "server-time" not in client.caps:
        events = [_timed(client, event) for event in events]
    spelled = [format.spell(_past(event), place) for event in events if event.kind in _SHOWN]
    data = b"".join([each for each in spelled if each])
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
    if client.caps & ASKING or session.account is None:
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
