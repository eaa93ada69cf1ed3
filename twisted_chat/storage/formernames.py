"""
The former names of rooms, which lead to them for a while.

They stand in a list of the room: as C{#} and the folded name, so that none is taken for the name of
somebody. The list is searched without an index, and so only for names that were seen there.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from twisted_chat.domain.events import RoomRenamed
from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.units import DAYS
from twisted_chat.storage.rows import put, remove
from twisted_chat.storage.schema import conversations, masks, settings

FORMER = "former"
"""The name of the list."""

LASTS = 30 * DAYS

MOST = 5
"""How many names lead to one room: somebody could keep very many from others."""

_SIGN = "#"
_list = masks.c.list == FORMER
_NAMES = select(masks.c.mask).where(_list)
_ROOM = (
    select(conversations.c.id)
    .join(masks, masks.c.conversation == conversations.c.number)
    .where(_list, masks.c.mask == bindparam("name"), masks.c.until > bindparam("now"))
    # Those that were taken in from elsewhere may be there twice.
    .order_by(masks.c.at.desc(), conversations.c.number)
)
_NEWEST = (
    select(masks.c.mask)
    .where(_list, masks.c.conversation == bindparam("number"))
    .order_by(masks.c.at.desc())
)
_OVER = delete(masks).where(_list, masks.c.until <= bindparam("now"))
_TAKE = delete(masks).where(_list, masks.c.mask == bindparam("name"))
_IS_HIDDEN = select(settings.c.value).where(
    settings.c.conversation == bindparam("number"), settings.c.name == "hidden"
)


def formerFolds(connection: Connection) -> set[str]:
    """
    The folded names that rooms had.
    """
    return {name.removeprefix(_SIGN) for name in connection.execute(_NAMES).scalars()}


def formerRoomId(connection: Connection, fold: str, now: float) -> str | None:
    """
    See L{IStore.formerRoomId<twisted_chat.domain.interfaces.IStore.formerRoomId>}.

    @param now: in POSIX seconds.
    """
    asked = {"name": _SIGN + fold, "now": now}
    id: str | None = connection.execute(_ROOM, asked).scalars().first()
    return id


def takeName(connection: Connection, fold: str) -> None:
    """
    A room has a name that is nobody's former one any more.
    """
    connection.execute(_TAKE, {"name": _SIGN + fold})


def noteRenamed(connection: Connection, number: int, event: RoomRenamed) -> None:
    """
    A room has got another name; the one that it had leads to it from now on, unless it is hidden.

    @param number: of its conversation.
    """
    here, old = {"number": number}, foldRoom(event.old)
    connection.execute(_OVER, {"now": event.at})
    takeName(connection, foldRoom(event.new))
    if old == foldRoom(event.new) or connection.execute(_IS_HIDDEN, here).scalar() == "true":
        return
    takeName(connection, old)
    values = {"setter": "", "at": event.at, "until": event.at + LASTS, "reason": ""}
    put(connection, masks, _key(number, _SIGN + old), values)
    for name in connection.execute(_NEWEST, here).scalars().all()[MOST:]:
        remove(connection, masks, _key(number, name))


def forgetFormer(connection: Connection, number: int) -> None:
    """
    No former name leads to a room any more, which nobody is to find by it.
    """
    remove(connection, masks, {"conversation": number, "list": FORMER})


def _key(number: int, name: str) -> dict[str, object]:
    return {"conversation": number, "list": FORMER, "mask": name}
