"""
Commands about what a room is: its settings, its name, its owner, its end.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from twisted.internet.defer import Deferred

from twisted_chat.domain.coroutines import begun
from twisted_chat.domain.errors import BadInput, NoCurrentRoom, NoSuchRoom, NotInRoom
from twisted_chat.domain.names import cleanLine, foldRoom, roomName
from twisted_chat.domain.orders import WALLOPS
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.settings import SETTINGS
from twisted_chat.frontends.commands.columns import aligned
from twisted_chat.frontends.commands.command import Lines, Noun, Stay, Visit
from twisted_chat.frontends.commands.people import quiet
from twisted_chat.frontends.commands.rooms import turnAway
from twisted_chat.frontends.commands.talk import isCurrent, receipts
from twisted_chat.frontends.commands.times import parseZone, showZone

ROOM_SETTINGS = Noun("Settings and owners")


@ROOM_SETTINGS.command("/set [#ROOM] [NAME [VALUE...]]", room="any")
async def set(visit: Visit, room: Room | None, name: str = "", value: str = "") -> Lines:
    """
    Show the settings, or change one

    Alone it shows all settings of the room, and your own; with a NAME, what that one can be.
    Operators change those of the room: /set topic-lock on, /set limit 20, /set password off. Your
    own are set likewise: /set zone +02:00.
    """
    if not name:
        return _all(visit, room)
    known = name.lower()
    if known in _OWN:
        return await _OWN[known](visit, value)
    if known not in SETTINGS:
        near = get_close_matches(known, (*SETTINGS, *_OWN), 1)
        advice = f"Did you mean {near[0]}?" if near else "/set shows the settings."
        raise BadInput(why=f"There is no setting {cleanLine(name)[:20]}. {advice}")
    if room is None:
        raise NoCurrentRoom()
    setting = SETTINGS[known]
    if not value:
        shown = setting.show(room.setting(known))
        return [f"* {known} of {room.typed} is {shown}: {setting.about}"]
    changed = await visit.session.configure(room, known, value)
    return [
        f"* {each} of {room.typed} is {SETTINGS[each].show(now)} now"
        for each, now in changed.changes
    ]


def _all(visit: Visit, room: Room | None) -> Lines:
    lines = []
    if room is not None:
        lines.append(f"* Settings of {room.typed}:")
        lines += aligned(
            (name, setting.show(room.setting(name)), re.split("[;:]", setting.about)[0])
            for name, setting in SETTINGS.items()
        )
    lines.append("* Your own:")
    session = visit.session
    own = (
        ("zone", showZone(session.zone), "how far your clock is from UTC"),
        ("quiet", _SWITCH[session.quiet], "whether to hide who comes and goes"),
        (
            WALLOPS,
            _SWITCH[bool(session.preferences.get(WALLOPS))],
            "whether to hear what operators tell everybody",
        ),
        (
            "registered-only",
            _SWITCH[session.registeredOnly],
            "whether to hear only registered people in private",
        ),
        ("receipts", _SWITCH[visit.receipts], "whether to show the number of each line of yours"),
    )
    return [*lines, *aligned(own), "* /set NAME says more of one"]


async def _zone(visit: Visit, value: str) -> Lines:
    session = visit.session
    if not value:
        return [f"* Your time zone is {showZone(session.zone)}"]
    await session.setForAll("zone", parseZone(value))
    session.reformat()
    return [f"* Your time zone is {showZone(session.zone)} now"]


async def _quiet(visit: Visit, value: str) -> Lines:
    return await quiet(visit, _switch(value) if value else _SWITCH[visit.session.quiet])


async def _receipts(visit: Visit, value: str) -> Lines:
    return await receipts(visit, _switch(value) if value else _SWITCH[visit.receipts])


async def _wallops(visit: Visit, value: str) -> Lines:
    session = visit.session
    if value:
        await session.setWallops(_switch(value) == "on")
    now = session.preferences.get(WALLOPS)
    return [f"* You {'hear' if now else 'do not hear'} what operators tell everybody"]


async def _registeredOnly(visit: Visit, value: str) -> Lines:
    session = visit.session
    if value:
        await session.setRegisteredOnly(_switch(value) == "on")
    if session.registeredOnly:
        return ["* You hear registered people in private, and those to whom you have written"]
    return ["* You hear everybody in private"]


_OWN = {
    "zone": _zone,
    "quiet": _quiet,
    "receipts": _receipts,
    "registered-only": _registeredOnly,
    WALLOPS: _wallops,
}
"""The settings of a person, not of a room."""

_SWITCH = {True: "on", False: "off"}


def _switch(value: str) -> str:
    word = value.strip().lower()
    if word not in _SWITCH.values():
        raise BadInput(why="Say on or off.")
    return word


@ROOM_SETTINGS.command("/renameroom [#ROOM] NEW", room="current")
async def renameroom(visit: Visit, room: Room, new: str) -> Lines:
    """
    Give the room another name

    Its members stay, and all that was said. For 30 days, who joins by the
    old name comes into the room, unless it is hidden; no other room gets that
    name meanwhile, but by those who may rename both. Admins and the owner may do
    it, and operators of a room that nobody owns.
    """
    renamed = await visit.session.renameRoom(room, new)
    return [f"* {typedRoom(renamed.old)} is called {typedRoom(renamed.new)} now"]


@ROOM_SETTINGS.command("/transfer [#ROOM] NAME", room="current")
async def transfer(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make somebody else the owner

    The new owner has to be registered and in the room. You stay an admin of it.
    """
    changed = await visit.session.transfer(room, name)
    owner = changed.changes[-1]
    if owner.person == visit.session.identity:
        return [f"* You are the owner of {room.typed} now"]
    return [f"* {owner.name} is the owner of {room.typed} now, and you are an admin"]


@ROOM_SETTINGS.command("/archive [#ROOM]", room="current")
async def archive(visit: Visit, room: Room) -> Lines:
    """
    Close the room for talk; it can be read
    """
    await visit.session.archive(room, True)
    opens = visit.typed("unarchive")
    return [f"* {room.typed} is archived: it can be read, and {opens} opens it again"]


@ROOM_SETTINGS.command("/unarchive [#ROOM]", room="current")
async def unarchive(visit: Visit, room: Room) -> Lines:
    """
    Open an archived room again
    """
    await visit.session.archive(room, False)
    return [f"* {room.typed} is open again"]


@ROOM_SETTINGS.command("/destroy [ROOM]")
async def destroy(visit: Stay, room: str = "") -> Lines:
    """
    End a room, with all that was ever said in it

    Only the owner may do it, and it can't be undone; so the room's name has to be typed, of the
    current room too.
    """
    if not room:
        if visit.room is None:
            raise NoCurrentRoom()
        name = visit.room.typed
        raise BadInput(
            why=f"This ends {name} for everyone, with all that was ever said in it. "
            f"If you mean it: /destroy {name}"
        )
    try:
        return await _end(visit, visit.session.roomNamed(room))
    except NotInRoom:
        if not visit.session.operator:
            raise

    def end(known: Room) -> Deferred[Lines]:
        if foldRoom(known.name) != foldRoom(roomName(room)):
            # What a room was called is not what has to be typed to end it.
            raise NoSuchRoom(room=room)
        return begun(_end(visit, known))

    lines: Lines = await visit.session.outside(room, end)
    return lines


async def _end(visit: Stay, room: Room) -> Lines:
    name, current = room.typed, isCurrent(visit, room.id)
    await visit.session.destroy(room)
    lines = [f"* {name} is gone, with all that was said in it"]
    return lines + turnAway(visit, room.id) if current else lines
