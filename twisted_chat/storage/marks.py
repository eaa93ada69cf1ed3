"""
Up to where people have read, and up to where their devices were told.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, func, select

from twisted_chat.domain.records import ReadMark
from twisted_chat.storage.accounts import isErased
from twisted_chat.storage.reading import inChunks
from twisted_chat.storage.rows import put
from twisted_chat.storage.schema import conversations, deviceMarks, log, readMarks

MOST_DEVICES = 20
"""How many devices of one person are kept."""

# Made once: to build a statement costs more than to execute it.
_PLACE = select(conversations.c.number, conversations.c.head).where(
    conversations.c.id == bindparam("conversation")
)
_PLACES = select(conversations.c.id, conversations.c.number, conversations.c.head).where(
    conversations.c.id.in_(bindparam("ids", expanding=True))
)
_MARK = select(readMarks.c.seq, readMarks.c.at).where(
    readMarks.c.person == bindparam("person"), readMarks.c.conversation == bindparam("number")
)
_TIME = (
    select(log.c.at)
    .where(log.c.conversation == bindparam("number"), log.c.seq <= bindparam("seq"))
    .order_by(log.c.seq.desc())
    .limit(1)
)
_TOLD = (
    select(conversations.c.id, deviceMarks.c.seq)
    .select_from(deviceMarks)
    .join(conversations, conversations.c.number == deviceMarks.c.conversation)
    .where(deviceMarks.c.person == bindparam("person"), deviceMarks.c.device == bindparam("device"))
)
_DEVICES = (
    select(deviceMarks.c.device)
    .where(deviceMarks.c.person == bindparam("person"))
    .group_by(deviceMarks.c.device)
    .order_by(
        (deviceMarks.c.device == bindparam("device")).desc(),
        func.max(deviceMarks.c.at).desc(),
        deviceMarks.c.device,
    )
)


def readMark(connection: Connection, person: str, conversation: str) -> ReadMark | None:
    """
    See L{IStore.readMark<twisted_chat.domain.interfaces.IStore.readMark>}.
    """
    found = connection.execute(_PLACE, {"conversation": conversation}).one_or_none()
    if found is None:
        return None
    row = connection.execute(_MARK, {"person": person, "number": found.number}).one_or_none()
    if row is None:
        return None
    return ReadMark(row.seq, _shown(connection, found.number, row.seq, row.at))


def markRead(
    connection: Connection, person: str, conversation: str, seq: int, at: float = 0.0
) -> ReadMark:
    """
    See L{IStore.markRead<twisted_chat.domain.interfaces.IStore.markRead>}. Nothing is read
    beyond a conversation's end, nor in one that is no more.
    """
    found = connection.execute(_PLACE, {"conversation": conversation}).one_or_none()
    if found is None or isErased(connection, person):
        return ReadMark(0, 0.0)
    key = {"person": person, "conversation": found.number}
    old = connection.execute(_MARK, {"person": person, "number": found.number}).one_or_none()
    upto, given = max(0, min(seq, found.head)), at
    if old is not None:
        # A later place keeps the time of an earlier one where that is later still.
        given = max(old.at, at if upto >= old.seq else 0.0)
        upto = max(old.seq, upto)
    if old is None or (old.seq, old.at) != (upto, given):
        put(connection, readMarks, key, {"seq": upto, "at": given})
    return ReadMark(upto, _shown(connection, found.number, upto, given))


def deviceMarksOf(connection: Connection, person: str, device: str) -> Mapping[str, int]:
    """
    See L{IStore.deviceMarks<twisted_chat.domain.interfaces.IStore.deviceMarks>}.
    """
    found = connection.execute(_TOLD, {"person": person, "device": device})
    return {row.id: row.seq for row in found}


def setDeviceMarks(
    connection: Connection, person: str, device: str, marks: Mapping[str, int], at: float
) -> None:
    """
    See L{IStore.setDeviceMarks<twisted_chat.domain.interfaces.IStore.setDeviceMarks>}.

    @param at: now, in POSIX seconds.
    """
    if isErased(connection, person):
        return
    old = deviceMarksOf(connection, person, device)
    for id, number, head in inChunks(connection, _PLACES, list(marks)):
        seq = max(old.get(id, 0), min(marks[id], head))
        key = {"person": person, "device": device, "conversation": number}
        put(connection, deviceMarks, key, {"seq": seq, "at": at})
    if not old:
        _forgetOldest(connection, person, device)


def _forgetOldest(connection: Connection, person: str, device: str) -> None:
    """
    @param device: this one is new, and stays.
    """
    asked = {"person": person, "device": device}
    devices = connection.execute(_DEVICES, asked).scalars().all()
    if len(devices) > MOST_DEVICES:
        connection.execute(
            delete(deviceMarks).where(
                deviceMarks.c.person == person, deviceMarks.c.device.in_(devices[MOST_DEVICES:])
            )
        )


def _shown(connection: Connection, number: int, seq: int, given: float) -> float:
    """
    The time of a mark: what was given for it, but never before the event that was read.
    """
    happened: float | None = connection.execute(_TIME, {"number": number, "seq": seq}).scalar()
    return max(given, happened or 0.0)
