"""
The list of all rooms, of which there may be thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec
from sqlalchemy import Connection, exists, func, literal, select

from twisted_chat.domain.records import RoomListing
from twisted_chat.storage.schema import ROOM, conversations, memberships, settings

_here = conversations.c

_EACH = (
    select(
        _here.id,
        _here.name,
        _here.topic,
        select(func.count())
        .where(memberships.c.conversation == _here.number)
        .scalar_subquery()
        .label("members"),
        exists()
        .where(
            settings.c.conversation == _here.number,
            settings.c.name == "hidden",
            settings.c.value == "true",
        )
        .label("hidden"),
        _here.archived,
        _here.created_at.label("createdAt"),
        _here.topic_at.label("topicAt"),
    )
    # Private conversations, of which there are many more, have no name.
    .where(_here.kind == ROOM, _here.fold > "")
    .order_by(_here.fold)
    .subquery()
)

# One step for the driver: at each, this thread and the reactor's would wait for each other.
_FIELDS = chain.from_iterable((literal(each.key), each) for each in _EACH.c)
_ALL = select(func.json_group_array(func.json_object(*_FIELDS)))

# SQLite has numbers for what is true or not.
_decode = msgspec.json.Decoder(list[RoomListing], strict=False).decode


def rooms(connection: Connection) -> Sequence[RoomListing]:
    """
    See L{IStore.rooms<twisted_chat.domain.interfaces.IStore.rooms>}.
    """
    return _decode(connection.execute(_ALL).scalar_one())
