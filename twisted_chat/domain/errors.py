"""
What can be refused, and the sentence that a person reads then.

The docstring of a L{ChatError} is that sentence, with fields in braces; C{code} is for machines
and stays the same when the sentence is improved. A remedy, which names commands, is apart: not all
wires have these.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import ClassVar, Final

from twisted_chat.domain.roomsigns import typedRoom

_ROOMS: Final = ("room", "forward")
"""The fields that are names of rooms."""


class ChatError(Exception):
    """
    That did not work.
    """

    code: ClassVar[str] = "error"

    remedy: ClassVar[str] = ""
    """Which command helps, where one does; a field of that name says more of one case."""

    def __init__(self, **fields: object) -> None:
        """
        @param fields: what the braces in the docstring stand for.
        """
        super().__init__(fields)
        self.fields = fields

    @property
    def sentence(self) -> str:
        """
        The sentence for the person whose doing was refused: one line, no markup.
        """
        return " ".join(cleandoc(type(self).__doc__ or "").split()).format(**self._told)

    @property
    def _told(self) -> dict[str, object]:
        """
        The fields, with names of rooms as people type them.
        """
        rooms: dict[str, object] = {
            name: typedRoom(str(self.fields[name])) for name in _ROOMS if name in self.fields
        }
        return {**self.fields, **rooms}

    @property
    def text(self) -> str:
        """
        The same, and the remedy, for people who have slash commands.
        """
        remedy = str(self.fields.get("remedy") or self.remedy.format(**self._told))
        return f"{self.sentence} {remedy}".rstrip()

    def __str__(self) -> str:
        return self.text


class BadInput(ChatError):
    """
    {why}
    """

    code = "bad-input"


class BadName(ChatError):
    """
    {name} can't be used as a name: {why}.
    """

    code = "bad-name"


class NameTaken(ChatError):
    """
    The name {name} is taken. Choose another one.
    """

    code = "name-taken"


class NoSuchPerson(ChatError):
    """
    There is nobody called {name}.
    """

    code = "no-such-person"
    remedy = "/who shows who is here."


class PersonGone(ChatError):
    """
    {name} has gone, so that was not sent.
    """

    code = "person-gone"


class NoSuchRoom(ChatError):
    """
    There is no room {room}.
    """

    code = "no-such-room"
    remedy = "/rooms shows the rooms; /join {room} makes it."


class RoomGone(NoSuchRoom):
    """
    There is no such room any more.
    """

    code = "room-gone"
    remedy = "/rooms shows the rooms."


class RoomInUse(ChatError):
    """
    Somebody has just entered {room}.
    """

    code = "room-in-use"


class NoSuchMessage(ChatError):
    """
    There is no message {number} here that you could use for this.
    """

    code = "no-such-message"


class NotInRoom(ChatError):
    """
    You are not in {room}.
    """

    code = "not-in-room"
    remedy = "/join {room} takes you in."


class NoCurrentRoom(ChatError):
    """
    You talk in no room now.
    """

    code = "no-current-room"
    remedy = "/switch ROOM or /join ROOM takes you into one; /rooms shows them."


class AlreadyInRoom(ChatError):
    """
    {name} is in {room} already.
    """

    code = "already-in-room"


class PersonNotInRoom(ChatError):
    """
    {name} is not in {room}.
    """

    code = "person-not-in-room"


class MayNotEnter(ChatError):
    """
    You can't join {room}: {why}.
    """

    # Another field says it in one word: cause, which is "ban", "invite" (it is closed),
    # "password", "limit", "registered" (only who is may), "operators" (of the network, likewise),
    # "closed" (the whole network). A third, forward, says which room people may try
    # instead: see twisted_chat.domain.settings.

    code = "may-not-enter"


class RoomRenamedMeanwhile(ChatError):
    """
    {room} is called {forward} now.
    """

    code = "room-renamed"


class MayNotSpeak(ChatError):
    """
    You can't speak in {room}: {why}.
    """

    code = "may-not-speak"


class Silenced(ChatError):
    """
    You are muted in {room}, and keep your name while you are there.
    """

    code = "silenced"


class RegisteredOnly(ChatError):
    """
    {name} hears only registered people in private.
    """

    code = "registered-only"


class NotAllowed(ChatError):
    """
    Only {who} of {room} can do that.
    """

    code = "not-allowed"


class Outranked(ChatError):
    """
    {name} is {title} of {room}. Only somebody above that can do it.
    """

    code = "outranked"


class MayNotRead(ChatError):
    """
    You can't read {room}: {why}.
    """

    code = "may-not-read"


class NotYours(ChatError):
    """
    Message {number} is not yours.
    """

    code = "not-yours"


class AlreadyReacted(ChatError):
    """
    You have reacted to message {number} with {emoji} already.
    """

    code = "already-reacted"


class NotReacted(ChatError):
    """
    There is no {emoji} of yours at message {number}.
    """

    code = "not-reacted"


class TooMany(ChatError):
    """
    {why}
    """

    code = "too-many"


class TooLong(ChatError):
    """
    That is too long: {length} {unit}, and {limit} are the limit. Nothing was sent.
    """

    code = "too-long"


class BadKey(ChatError):
    """
    Nothing can be noted under {key}: a key has small letters, digits, dots, slashes, - and _ in it.
    """

    code = "bad-key"


class NotNoted(ChatError):
    """
    Nothing is noted under {key}.
    """

    code = "not-noted"


class SlowDown(ChatError):
    """
    {room} is in slow mode. Wait {wait}.
    """

    code = "slow-down"


class TooFast(ChatError):
    """
    You {what} too fast. Wait {seconds} s.
    """

    code = "too-fast"


class TooManyHere(ChatError):
    """
    There are {limit} connections from your address already. Close one, or log in on one.
    """

    code = "too-many-connections"


class Gone(ChatError):
    """
    {room} was changed by others at the same moment, three times over. Try again.
    """

    code = "try-again"


class NotSaved(ChatError):
    """
    Not saved: {why}. Nobody has seen it.
    """

    code = "not-saved"


class NotKnown(NotSaved):
    """
    It is not known whether that was saved: {why}. See what there is before you do it again.
    """

    code = "not-known"


class Closing(ChatError):
    """
    The server is shutting down. Nothing more is taken.
    """

    code = "closing"


class Busy(ChatError):
    """
    The server is too busy for that just now. Try again in a moment.
    """

    code = "busy"


class SearchTooLong(ChatError):
    """
    That would take too long to find. Search for a word that is rarer.
    """

    code = "search-too-long"


class NotOperator(ChatError):
    """
    Only operators of the network can do that.
    """

    code = "not-operator"
