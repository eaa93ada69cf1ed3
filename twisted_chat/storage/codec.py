"""
Events as rows of the log, and back.

C{origin}, C{basis}, C{kept}, C{read}, C{atLeast}, C{edited}, C{newest}, C{meant} and C{taking} say
how an event is to be treated on its way and are not kept; whatever else has no column goes into
C{data} by itself, so that a new kind of event needs nothing here.

Of an author the id, the name and the account are kept. Nearly always the account has the name
that is shown; only where it has another, that stands in C{data}, as C{registered}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import asdict, fields
from sqlalchemy import Column, Row

from twisted_chat.domain.events import KINDS, Event
from twisted_chat.domain.values import Author
from twisted_chat.storage.schema import log

COLUMNS: tuple[str, ...] = (
    "row",
    "conversation",
    "seq",
    "id",
    "at",
    "kind",
    "author",
    "author_name",
    "author_account",
    "text",
    "target",
    "data",
)
"""The columns of the log that L{rowOf} gives, in its order."""

SHOWN: tuple[Column[Any], ...] = (
    log.c.seq,
    log.c.id,
    log.c.at,
    log.c.kind,
    log.c.author,
    log.c.author_name,
    log.c.author_account,
    log.c.text,
    log.c.target,
    log.c.data,
    log.c.present,
)
"""The columns that L{eventOf} needs, in its order."""

LogRow = tuple[int, int, int, str, float, str, str, str, int, str | None, int | None, str | None]

_BY_COLUMN = frozenset({"id", "author", "conversations", "seq", "at", "text", "target"})
_PASSING = frozenset(
    {"origin", "basis", "kept", "read", "atLeast", "edited", "newest", "meant", "taking"}
)
_REGISTERED = "registered"
_OF_THE_TEXT = ("styles", "tags")
"""What says something of the text, and so goes with it."""

_encode = msgspec.json.Encoder().encode


class KeptAuthor(msgspec.Struct, omit_defaults=True):
    """
    An author within C{data}.

    @ivar account: whether they are registered under this name, or the account's name if another.
    """

    id: str
    name: str
    account: bool | str = False


def _kept(author: Author | None) -> KeptAuthor | None:
    if author is None:
        return None
    account = author.account
    return KeptAuthor(
        author.id, author.name, bool(account) if account in ("", author.name) else account
    )


def _author(kept: KeptAuthor | None) -> Author | None:
    if kept is None:
        return None
    account = kept.account
    if not isinstance(account, str):
        account = kept.name if account else ""
    return Author(kept.id, kept.name, account)


def withoutTexts(data: str | None) -> str | None:
    """
    @param data: of a message.
    @return: the same without what says something of its text.
    """
    if data is None:
        return None
    left = msgspec.json.decode(data, type=dict[str, Any])
    for name in _OF_THE_TEXT:
        left.pop(name, None)
    return _encode(left).decode() if left else None


def withoutRemarks(data: str | None) -> str | None:
    """
    @param data: of a reaction, or of what a reason was given for.
    @return: the same without the words that its author has chosen.
    """
    if data is None:
        return None
    left = msgspec.json.decode(data, type=dict[str, Any])
    for name in ("reason", "tags"):
        left.pop(name, None)
    if "emoji" in left:
        left["emoji"] = ""
    for entry in left.get("added", ()):
        entry["reason"] = ""
    if "reasons" in left:
        left["reasons"] = [(mask, "") for mask, _ in left["reasons"]]
    return _encode(left).decode() if left else None


def withMark(data: str | None, deleted: bool) -> str | None:
    """
    @param data: of a topic.
    @param deleted: whether its text is deleted.
    @return: the same with that in it, for reading it back: without a text, a topic is taken away.
    """
    kept = msgspec.json.decode(data, type=dict[str, Any]) if data is not None else {}
    kept.pop("deleted", None)
    if deleted:
        kept["deleted"] = True
    return _encode(kept).decode() if kept else None


class KindCodec:
    """
    How the events of one kind become rows.
    """

    def __init__(self, cls: type[Event]) -> None:
        """
        @param cls: the class of the events.
        """
        self.cls = cls
        own = {field.name: field for field in fields(cls)}
        self.hasText = "text" in own
        self.hasTarget = "target" in own
        names = [name for name in own if name not in _BY_COLUMN and name not in _PASSING]
        required = [name for name in names if own[name].required]
        optional = [name for name in names if not own[name].required]
        self.names = (*required, *optional)
        types = {name: own[name].type for name in self.names}
        # Where all are the defaults, nothing is written.
        self._usual = None if required else tuple(own[name].default for name in optional)
        self._authors = [at for at, name in enumerate(self.names) if types[name] == Author | None]
        for at in self._authors:
            types[self.names[at]] = KeptAuthor | None
        self._struct = msgspec.defstruct(
            cls.__name__ + "Data",
            [(name, types[name]) for name in required]
            + [(name, types[name], own[name].default) for name in optional]
            + [(_REGISTERED, str, "")],
            omit_defaults=True,
        )
        self._decoder = msgspec.json.Decoder(self._struct)
        self._values = _getter(self.names)

    def data(self, event: Event) -> str | None:
        """
        @return: the fields without a column as JSON, or C{None} where all are as usual.
        """
        values = self._values(event)
        author = event.author
        registered = author.account if author.account != author.name else ""
        if values == self._usual and not registered:
            return None
        if self._authors:
            changed = list(values)
            for at in self._authors:
                changed[at] = _kept(values[at])
            values = tuple(changed)
        return _encode(self._struct(*values, registered)).decode()

    def fields(self, data: str | None) -> dict[str, Any]:
        """
        The reverse of L{data}.
        """
        if data is None:
            return {}
        values = asdict(self._decoder.decode(data))
        for at in self._authors:
            name = self.names[at]
            values[name] = _author(values[name])
        return values


def _getter(names: Sequence[str]) -> Callable[[Event], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda event: ()
    (name,) = names
    return lambda event: (getattr(event, name),)


CODECS = {kind: KindCodec(cls) for kind, cls in KINDS.items()}


def rowOf(event: Event, row: int, conversation: int) -> LogRow:
    """
    @param event: of a stored kind, at its place.
    @param row: the number of the row.
    @param conversation: the number of the conversation.
    @return: the values of L{COLUMNS}.
    """
    codec = CODECS[event.kind]
    author = event.author
    return (
        row,
        conversation,
        event.seq,
        event.id,
        event.at,
        event.kind,
        author.id,
        author.name,
        # The driver looks for a way to adapt each value that is no plain number or text.
        1 if author.account else 0,
        event.text if codec.hasText else None,  # type: ignore[attr-defined]
        event.target if codec.hasTarget else None,  # type: ignore[attr-defined]
        codec.data(event),
    )


@lru_cache(maxsize=1024)
def _authorOf(id: str, name: str, account: str) -> Author:
    """
    Those who speak in a room are few, and what is the same may be one.
    """
    return Author(id, name, account)


def eventOf(row: Row[Any] | Sequence[Any], conversation: str, present: bool = False) -> Event:
    """
    @param row: begins with the values of L{SHOWN}.
    @param conversation: the id of the conversation.
    @param present: whether a text is wanted as it reads now, rather than as it was first said.
    """
    seq, id, at, kind, author, name, account, text, target, data, newest = row[:11]
    codec = CODECS[kind]
    values = codec.fields(data)
    registered = values.pop(_REGISTERED, "") or (name if account else "")
    if codec.hasText:
        values["text"] = text
        if present and newest is not None:
            values["text"] = newest
            values["edited"] = True
            # They were about the text as it was first said.
            values["styles"] = ()
    if codec.hasTarget:
        values["target"] = target
    return codec.cls(
        id=id,
        author=_authorOf(author, name, registered),
        conversations=(conversation,),
        seq=seq,
        at=at,
        **values,
    )
