"""
The log as lines of JSON, for other programs and for other networks.

The first line says what it is. Then, for each conversation, a line that says what it is besides its
log, and a line for each event, in order. C{kind} tells the lines apart. What is as usual is left
out. Lines of a room need its own line before them only if there is more to tell than its name::

    {"kind":"log","version":1}
    {"kind":"room","conversation":"tea","id":"…","head":12,"createdAt":1760000010.0,"topic":"Green"}
    {"kind":"said","conversation":"tea","seq":10,"id":"…","at":1760000051.25,
     "author":{"id":"…","name":"Ann","account":true},"text":"kept"}

C{text} is as it was first said, and C{present} as it reads now if that is another; C{target} is the
seq of the message that an edit, a deletion or a reaction is about; C{data} has the other fields of
an event (see L{twisted_chat.domain.logged}). A private conversation is called C{=ID=ID}, by the ids
of its two people.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.events import KINDS, TopicChanged
from twisted_chat.domain.names import cleanLine, cleanText
from twisted_chat.domain.roles import Role
from twisted_chat.domain.settings import SETTINGS, Value
from twisted_chat.domain.units import KIB
from twisted_chat.domain.values import Mask
from twisted_chat.storage.codec import CODECS

LOG = "log"
VERSION = 1

MOST_TEXT = 64 * KIB
"""How many characters one message may have; what people may type is far less."""

MOST_ID = 128
"""How many characters an id may have."""

ID = re.compile(rf"[!-+\--:<-\[\]-~]{{1,{MOST_ID}}}")
"""What an id looks like: it stands in tags and lists of other wires, and in addresses."""

PASSWORD = "password"  # noqa: S105 - a setting's name

SEALED = re.compile("(?:[0-9a-f]{2})*:[0-9a-f]{64}")
"""How a room's password is kept: see L{twisted_chat.domain.settings.sealPassword}."""

MOST_SEQ = 2**53
"""No place is above this."""

LATEST = 1e11
"""No time is above this, in POSIX seconds: the year 5138."""


class Kind(msgspec.Struct, frozen=True):
    """
    What tells lines apart.
    """

    kind: str


class Beginning(msgspec.Struct, frozen=True):
    """
    The first line.
    """

    kind: str = LOG
    version: int = VERSION


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    Somebody, by the name of then.

    @ivar account: whether they were registered.
    """

    id: str
    name: str
    account: bool = False


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    The role that a person has.

    @ivar voiced: whether they have a voice beside it.
    """

    person: str
    name: str
    role: Role
    voiced: bool = False


class Belonging(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    A registered member of a room, or one of the two people of a private conversation.
    """

    person: str
    name: str
    joinedSeq: int = 0


class Entry(Mask, frozen=True):
    """
    An entry of one of a room's lists.

    @ivar author: the id of whoever set it; C{""} where that is not known.
    """

    author: str = ""


class ConversationLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    A conversation, but for its log.

    @ivar kind: C{"room"} or C{"direct"}.
    @ivar conversation: the name.
    @ivar id: of a room; a new one is made where there is none.
    @ivar head: the seq of the newest event; what was said and not kept has its number too.
    @ivar topicAuthor: the id of whoever set the topic; C{""} where that is not known.
    @ivar lists: of a room, by their names: C{"ban"} ...
    @ivar read: up to where people have read, by their ids.
    """

    kind: str
    conversation: str
    id: str = ""
    head: int = 0
    createdAt: float = 0.0
    topic: str = ""
    topicBy: str = ""
    topicAuthor: str = ""
    topicAt: float = 0.0
    archived: bool = False
    settings: dict[str, str | int | bool] = {}
    roles: tuple[Given, ...] = ()
    lists: dict[str, tuple[Entry, ...]] = {}
    members: tuple[Belonging, ...] = ()
    read: dict[str, int] = {}

    def check(self) -> None:
        """
        @raise BadInput: this can't be.
        """
        for seq in (self.head, *self.read.values(), *(one.joinedSeq for one in self.members)):
            _checkSeq(seq, 0)
        _checkTimes(self.createdAt, self.topicAt)
        for name, value in self.settings.items():
            if not _isSetting(name, value):
                raise BadInput(why=f"{name} is no setting of a room, or has another value")
        _checkClean(msgspec.to_builtins(self))


class EventLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    An event.

    @ivar kind: of a kind that is kept in logs.
    @ivar conversation: the name of the room, or C{=ID=ID}.
    @ivar seq: its place in the conversation.
    @ivar at: when, in POSIX seconds; grows with C{seq}.
    @ivar data: the other fields, a JSON object.
    @ivar deleted: it was deleted; then it has no text.
    """

    kind: str
    conversation: str
    seq: int
    id: str
    at: float
    author: Person
    text: str | None = None
    target: int | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    present: str | None = None
    editedSeq: int | None = None
    deleted: bool = False

    def check(self) -> None:
        """
        @raise BadInput: there is no such event.
        """
        cls = KINDS.get(self.kind)
        if cls is None or not cls.stored:
            raise BadInput(why=f"{self.kind} is no kind of event that is kept")
        _checkSeq(self.seq, 1)
        _checkSeq(self.editedSeq or 0, 0)
        _checkTimes(self.at)
        codec = CODECS[self.kind]
        if codec.hasText != (self.text is not None):
            raise BadInput(why=f"an event of the kind {self.kind} has " + _aText(codec.hasText))
        if codec.hasTarget != (self.target is not None):
            raise BadInput(why="the target is missing, or there can't be one")
        if self.target is not None and not 0 < self.target < self.seq:
            raise BadInput(why=f"the target {self.target} is not before it")
        if self.deleted and (self.text or self.present):
            raise BadInput(why="it is deleted and has a text")
        for text in (self.text, self.present):
            if text is not None and (len(text) > MOST_TEXT or cleanText(text) != text):
                raise BadInput(why="the text is too long, or has control characters in it")
        if self.kind == TopicChanged.kind and "\n" in (self.text or "") + (self.present or ""):
            raise BadInput(why="a topic is one line")
        if not ID.fullmatch(self.id):
            raise BadInput(why="it has no id, or one that is too long or has odd characters in it")
        _checkClean([self.id, self.author.id, self.author.name])
        self._checkData()

    def _checkData(self) -> None:
        if isinstance(self.data, msgspec.UnsetType):
            return
        try:
            CODECS[self.kind].fields(bytes(self.data).decode())
        except msgspec.DecodeError as error:
            raise BadInput(why=f"data: {error}") from error
        _checkClean(msgspec.json.decode(self.data))


def _aText(wanted: bool) -> str:
    return "a text" if wanted else "no text"


def _checkSeq(seq: int, least: int) -> None:
    if not least <= seq <= MOST_SEQ:
        raise BadInput(why=f"{seq} is no place in a log")


def _isSetting(name: str, value: Value) -> bool:
    known = SETTINGS.get(name)
    if known is None or type(value) is not type(known.default):
        return False
    if isinstance(value, int):
        # A time of keeping below 0 would have all removed.
        return 0 <= value <= MOST_SEQ
    return name != PASSWORD or not value or SEALED.fullmatch(value) is not None


def _checkTimes(*times: float) -> None:
    for at in times:
        if not (math.isfinite(at) and 0 <= at <= LATEST):
            raise BadInput(why=f"{at} is no time")


def _checkClean(value: Any) -> None:
    """
    Nothing passes that could do anything to another person's wire or terminal.
    """
    for text in _texts(value):
        if cleanLine(text) != text:
            raise BadInput(why="there are control characters in it")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
