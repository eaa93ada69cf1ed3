"""
Events in plain English: the only place that makes such text.

Each kind of event that is no message has one sentence here, which every wire for people can show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from twisted_chat.domain.events import (
    AccountChanged,
    Archived,
    Deleted,
    Edited,
    Ended,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    ListChanged,
    Notified,
    PresenceChanged,
    Reacted,
    Renamed,
    Restored,
    RolesChanged,
    RoomRenamed,
    SettingsChanged,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.orders import WALLOPS
from twisted_chat.domain.roles import Role, titled
from twisted_chat.domain.room import INVITED
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.settings import SETTINGS, Value
from twisted_chat.domain.values import Mask, RoleChange
from twisted_chat.frontends.words import DAY_MINUTES, MINUTE, clockTime, dateTime, listed

EDITED: Final = " (edited)"
"""What stands behind a text that is not the first one."""


@dataclass(frozen=True, slots=True)
class Reader:
    """
    From where somebody reads of an event.

    @ivar place: what the event's conversation is called: C{"dev"}, or C{"@bea"} for a private one.
    @ivar here: whether the reader has just that before them, so that it need not be named.
    @ivar zone: the reader's minutes east of UTC.
    """

    place: str
    here: bool = True
    zone: int = 0

    def number(self, seq: int) -> str:
        """
        @return: how a message is called: C{"#118"}, or C{"dev/118"} where another place is shown.
        """
        return f"#{seq}" if self.here else f"{self.place}/{seq}"

    def elsewhere(self, preposition: str) -> str:
        """
        @return: such as C{" in dev"}, or C{""} for a person who is there.
        """
        return "" if self.here else f" {preposition} {self.place}"


# Sentences about rooms and what was said there.


def arrivalText(room: str, names: Sequence[str], total: int, topic: str) -> str:
    """
    What somebody reads on entering a room.

    @param names: the others who are there, or the first of them.
    @param total: how many others there are.
    """
    company = f" with {listed(names, total)}" if total else ", alone"
    return f"You are in {room}{company}." + (f" Topic: {topic}" if topic else "")


def missedText(count: int, place: str, here: bool, more: bool = False) -> str:
    """
    What stands above what somebody has missed.

    @param count: how many messages.
    @param more: whether there are more, which were not counted.
    """
    many = f"More than {count:,}" if more else f"{count:,}"
    return f"{many} new{Reader(place, here).elsewhere('in')} since you left"


def earlierText(count: int, where: str = "", how: str = "/history") -> str:
    """
    What stands above the messages that are shown, where there are more.

    @param count: how many; 0 if they were not counted.
    @param where: how one asks for them: C{"before 118"}, C{"before dev/118"}.
    @param how: the command that one asks with.
    """
    return f"… {f'{count:,}' if count else 'more'} earlier: {how} {where}".rstrip()


# Sentences, by kind of event.

Sentence = Callable[..., str | None]

_SENTENCES: dict[str, Sentence] = {}


def _sentence(kind: str) -> Callable[[Sentence], Sentence]:
    def add(function: Sentence) -> Sentence:
        _SENTENCES[kind] = function
        return function

    return add


def textOf(event: Event, place: str, here: bool = True, zone: int = 0) -> str | None:
    r"""
    An event in one sentence, without a mark or line end.

    @param place: what its conversation is called.
    @param here: whether the reader has that place before them, so that it need not be named.
    @param zone: the reader's minutes east of UTC.
    @return: the sentence, with C{\n} where a message's new text has several lines; C{None} for
        messages, and for what is not worth telling.
    """
    sentence = _SENTENCES.get(event.kind)
    return None if sentence is None else sentence(event, Reader(place, here, zone))


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _who(event: Event) -> str:
    return event.author.name or "The server"


@_sentence(Joined.kind)
def _joined(event: Joined, reader: Reader) -> str:
    return f"{_who(event)} joined {reader.place}"


@_sentence(Left.kind)
def _left(event: Left, reader: Reader) -> str:
    gone = f"{_who(event)} left {reader.place}"
    if event.reason == "left":
        # Not in brackets: there one could seem to have lost the connection.
        return f"{gone}: {event.text}" if event.text else gone
    return gone + _because(_gone(event.reason, event.text))


def _gone(reason: str, text: str) -> str:
    if reason == "ended":
        # Without a word before it: what people say themselves always has one.
        return text or "disconnected"
    return ("connection lost" if reason == "lost" else reason) + (f": {text}" if text else "")


@_sentence(Kicked.kind)
def _kicked(event: Kicked, reader: Reader) -> str:
    return f"{_who(event)} kicked {event.name}{reader.elsewhere('from')}{_because(event.reason)}"


@_sentence(PresenceChanged.kind)
def _presence(event: PresenceChanged, reader: Reader) -> str | None:
    who = event.person.name
    if event.before == event.now:
        return None
    if event.now == "away":
        return f"{who} is away{_because(event.person.away)}"
    if event.now == "offline":
        return f"{who} went offline{_because(_gone(event.reason, event.text))}"
    return f"{who} is back" if event.before == "away" else f"{who} is online"


@_sentence(Renamed.kind)
def _renamed(event: Renamed, reader: Reader) -> str:
    return f"{event.old} is now called {event.new}"


@_sentence(AccountChanged.kind)
def _account(event: AccountChanged, reader: Reader) -> str:
    if not event.account:
        return f"{_who(event)} is a guest now"
    if event.identity:
        return f"{_who(event)} is logged in as {event.account} now"
    return f"{_who(event)} is registered now"


@_sentence(Edited.kind)
def _edited(event: Edited, reader: Reader) -> str:
    return f"{reader.number(event.target)} now reads: {event.text}"


@_sentence(Restored.kind)
def _restored(event: Restored, reader: Reader) -> str:
    again = "is the topic again" if event.current else "is there again"
    return f"{reader.number(event.target)} {again}: {event.text}"


@_sentence(Notified.kind)
def _notified(event: Notified, reader: Reader) -> str:
    if event.topic == WALLOPS:
        return f"{_who(event)} to all operators: {event.text}"
    return event.text


@_sentence(Deleted.kind)
def _deleted(event: Deleted, reader: Reader) -> str | None:
    if event.wordless:
        return None
    other = event.targetAuthor is not None and event.targetAuthor.id != event.author.id
    by = f" by {_who(event)}" if other else ""
    number = reader.number(event.target)
    if event.topic:
        number = f"{'The' if event.current else 'A'} topic, {number},"
    return f"{number} was deleted{by}{_because(event.reason)}"


def deletedText(event: Deleted) -> str:
    """
    What somebody has deleted, for people who see no numbers; and who has, by other means.
    """
    of = event.targetAuthor
    whose = f" of {of.name}'s" if of is not None and of.id != event.author.id else ""
    what = "topic" if event.topic else "message"
    return f"deleted a {what}{whose}{_because(event.reason)}"


@_sentence(Reacted.kind)
def _reacted(event: Reacted, reader: Reader) -> str:
    return f"{_who(event)} reacted to {reader.number(event.target)} with {event.emoji}"


@_sentence(Unreacted.kind)
def _unreacted(event: Unreacted, reader: Reader) -> str:
    what = event.emoji or "a reaction"
    return f"{_who(event)} took back {what} from {reader.number(event.target)}"


@_sentence(TopicChanged.kind)
def _topic(event: TopicChanged, reader: Reader) -> str | None:
    if event.deleted:
        return None
    where = reader.elsewhere("in")
    if not event.text:
        return f"{_who(event)} cleared the topic{where}"
    return f"{_who(event)} set the topic{where}: {event.text}"


@_sentence(RoomRenamed.kind)
def _roomRenamed(event: RoomRenamed, reader: Reader) -> str:
    return f"{typedRoom(event.old)} is now called {typedRoom(event.new)}"


@_sentence(Archived.kind)
def _archived(event: Archived, reader: Reader) -> str:
    if event.archived:
        return f"{_who(event)} closed {reader.place}: it can still be read"
    return f"{_who(event)} opened {reader.place} again"


@_sentence(Ended.kind)
def _ended(event: Ended, reader: Reader) -> str:
    return f"{reader.place} is gone{_because(event.reason)}"


@_sentence(Invited.kind)
def _invited(event: Invited, reader: Reader) -> str | None:
    room = typedRoom(event.roomName)
    if reader.place == room:
        # The room itself need not read of it.
        return None
    return f"{_who(event)} invites you to {room}: /join {room}"


def _role(change: RoleChange) -> str:
    return "an ordinary member" if change.role is Role.MEMBER else titled(change.role)


@_sentence(RolesChanged.kind)
def _roles(event: RolesChanged, reader: Reader) -> str:
    where = reader.elsewhere("in")
    changes = event.changes
    if len(changes) == 1 and changes[0].role is changes[0].before is not Role.MEMBER:
        name = changes[0].name
        deed = f"gave {name} a voice" if changes[0].voiced else f"took the voice of {name}"
        return f"{_who(event)} {deed}{where}"
    own = [change for change in changes if change.person == event.author.id]
    others = sorted((each for each in changes if each not in own), key=lambda each: -each.role)
    if not own and len(others) == 1 and others[0].role is Role.VOICE:
        return f"{_who(event)} gave {others[0].name} a voice{where}"
    given = [f"{change.name} {_role(change)}" for change in others]
    deeds = [f"made {listed(given, most=len(given))}"] if given else []
    deeds += [f"{'has' if one.role is Role.VOICE else 'is'} {_role(one)}" for one in own]
    return f"{_who(event)} {', and '.join(deeds)}{where}{' now' if own else ''}"


def _setting(name: str, value: Value) -> str:
    setting = SETTINGS.get(name)
    # A setting of a later version: its value may be a secret.
    if setting is None:
        return name
    if name == "password":
        return "a password" if value else "no password"
    return f"{name} {'' if setting.default is False else 'to '}{setting.show(value)}"


@_sentence(SettingsChanged.kind)
def _settings(event: SettingsChanged, reader: Reader) -> str:
    changes = [_setting(name, value) for name, value in event.changes]
    where = reader.elsewhere("in")
    return f"{_who(event)} set {listed(changes, most=len(changes))}{where}"


# The lists, with what putting somebody on one is called, and what taking them off it is.
_DONE: Final = {
    "ban": ("banned {}", "unbanned {}"),
    "mute": ("muted {}", "unmuted {}"),
    "exception": ("excepted {} from bans and mutes", "no longer excepts {} from bans and mutes"),
    "invitation": ("invited {}", "took back the invitation of {}"),
    INVITED: ("invited {}", "took back the invitation of {}"),
}


def untilText(entry: Mask, zone: int) -> str:
    """
    @return: such as C{" until 14:30"}, with the date if that is more than a day after the entry
        was made; C{""} for one without an end.
    """
    if not entry.until:
        return ""
    soon = entry.until - entry.at < DAY_MINUTES * MINUTE
    return " until " + (clockTime if soon else dateTime)(entry.until, zone)


@_sentence(ListChanged.kind)
def _bans(event: ListChanged, reader: Reader) -> str | None:
    on, off = _DONE.get(event.list, ("put {} on the list " + event.list,) * 2)
    done = [
        on.format(entry.mask)
        + ("" if event.list in ("invitation", INVITED) else untilText(entry, reader.zone))
        + _because(entry.reason)
        for entry in event.added
    ]
    # An entry that takes the place of an old one is no taking off.
    added = {entry.mask for entry in event.added}
    gone = [mask for mask in event.removed if mask not in added]
    if gone:
        done.append(off.format(listed(gone)))
    if not done:
        return None
    return f"{_who(event)} {'; '.join(done)}{reader.elsewhere('in')}"
