"""
Events as rows of the log, and back.

C{origin}, C{basis}, C{kept}, C{read} and C{edited} say how an event is to be treated on its way
and are not kept; whatever else has no column goes into C{data} by itself, so that a new kind of
event needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any, get_type_hints

import msgspec
from sqlalchemy import Column, Row

from twisted_chat.domain.events import (
    KINDS,
    Event,
)
from twisted_chat.domain.values import (
    Author,
)
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

LogRow = tuple[int, int, int, str, float, str, str, str, bool, str | None, int | None, str | None]

_BY_COLUMN = frozenset({"id", "author", "conversations", "seq", "at", "text", "target"})
_PASSING = frozenset({"origin", "basis", "kept", "read", "edited"})

_encode = msgspec.json.Encoder().encode


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
        hints = get_type_hints(cls)
        names = [name for name in own if name not in _BY_COLUMN and name not in _PASSING]
        required = [name for name in names if own[name].default is MISSING]
        optional = [name for name in names if own[name].default is not MISSING]
        self.names = (*required, *optional)
        # Where all are the defaults, nothing is written.
        self._usual = None if required else tuple(own[name].default for name in optional)
        self._struct = msgspec.defstruct(
            cls.__name__ + "Data",
            [(name, hints[name]) for name in required]
            + [(name, hints[name], own[name].default) for name in optional],
            omit_defaults=True,
        )
        self._decoder = msgspec.json.Decoder(self._struct)
        self._values = _getter(self.names)

    def data(self, event: Event) -> str | None:
        """
        @return: the fields without a column as JSON, or C{None} where all are as usual.
        """
        values = self._values(event)
        if values == self._usual:
            return None
        return _encode(self._struct(*values)).decode()

    def fields(self, data: str | None) -> dict[str, Any]:
        """
        The reverse of L{data}.
        """
        if data is None:
            return {}
        return msgspec.structs.asdict(self._decoder.decode(data))


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
        author.account,
        event.text if codec.hasText else None,  # type: ignore[attr-defined]
        event.target if codec.hasTarget else None,  # type: ignore[attr-defined]
        codec.data(event),
    )


def eventOf(row: Row[Any] | Sequence[Any], conversation: str, present: bool = False) -> Event:
    """
    @param row: begins with the values of L{SHOWN}.
    @param conversation: the id of the conversation.
    @param present: whether a text is wanted as it reads now, rather than as it was first said.
    """
    seq, id, at, kind, author, name, account, text, target, data, newest = row[:11]
    codec = CODECS[kind]
    values = codec.fields(data)
    if codec.hasText:
        values["text"] = text
        if present and newest is not None:
            values["text"] = newest
            values["edited"] = True
    if codec.hasTarget:
        values["target"] = target
    return codec.cls(
        id=id,
        author=Author(author, name, bool(account)),
        conversations=(conversation,),
        seq=seq,
        at=at,
        **values,
    )
