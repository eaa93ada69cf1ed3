"""
Commands about what people are in a room.
"""

from __future__ import annotations

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.roles import Role, titled
from twisted_chat.domain.room import Room
from twisted_chat.frontends.commands.command import Lines, Noun, Visit

ROLES = Noun("Roles, from the highest to the lowest")

_COMMANDS = {
    Role.ADMIN: "deadmin",
    Role.OPERATOR: "deop",
    Role.HALFOP: "dehalfop",
    Role.VOICE: "devoice",
}


async def _give(visit: Visit, room: Room, name: str, role: Role) -> Lines:
    """
    Nobody is made less by being given something: that takes the command that says so.
    """
    person = visit.session.member(room, name)
    has = room.role(person.id)
    if role < has:
        first = f"/{_COMMANDS[has]} {person.name}" if has in _COMMANDS else "/transfer"
        more = f"{person.name} is {titled(has)} in {room.typed}, which is more."
        raise BadInput(why=f"{more} {first} comes first.")
    changed = await visit.session.setRole(room, name, role)
    return [f"* {changed.changes[0].name} {_holds(role)} in {room.typed} now"]


async def _take(visit: Visit, room: Room, name: str, role: Role) -> Lines:
    """
    Only what somebody has can be taken.
    """
    person = visit.session.member(room, name)
    if room.role(person.id) is not role:
        raise BadInput(why=f"{person.name} {_lacks(role)} in {room.typed}.")
    await visit.session.setRole(room, name, Role.MEMBER)
    return [f"* {person.name} {_lacks(role)} in {room.typed} any more"]


def _holds(role: Role) -> str:
    return "has a voice" if role is Role.VOICE else f"is {titled(role)}"


def _lacks(role: Role) -> str:
    return "has no voice" if role is Role.VOICE else f"is not {titled(role)}"


@ROLES.command("/admin [#ROOM] NAME", room="current")
async def admin(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make somebody an admin

    Admins make operators, and rename the room.
    """
    return await _give(visit, room, name, Role.ADMIN)


@ROLES.command("/deadmin [#ROOM] NAME", room="current")
async def deadmin(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make an admin an ordinary member
    """
    return await _take(visit, room, name, Role.ADMIN)


@ROLES.command("/op [#ROOM] NAME", room="current")
async def op(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make somebody an operator

    Operators change the settings, ban, and delete what others said.
    """
    return await _give(visit, room, name, Role.OPERATOR)


@ROLES.command("/deop [#ROOM] NAME", room="current")
async def deop(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make an operator an ordinary member
    """
    return await _take(visit, room, name, Role.OPERATOR)


@ROLES.command("/halfop [#ROOM] NAME", room="current")
async def halfop(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make somebody a half-operator

    Half-operators set the topic, kick, mute, and give a voice.
    """
    return await _give(visit, room, name, Role.HALFOP)


@ROLES.command("/dehalfop [#ROOM] NAME", room="current")
async def dehalfop(visit: Visit, room: Room, name: str) -> Lines:
    """
    Make a half-operator an ordinary member
    """
    return await _take(visit, room, name, Role.HALFOP)


@ROLES.command("/voice [#ROOM] NAME", room="current")
async def voice(visit: Visit, room: Room, name: str) -> Lines:
    """
    Give somebody a voice

    Whoever has a voice may speak while the room is moderated, and as fast as they like in slow
    mode.
    """
    return await _give(visit, room, name, Role.VOICE)


@ROLES.command("/devoice [#ROOM] NAME", room="current")
async def devoice(visit: Visit, room: Room, name: str) -> Lines:
    """
    Take somebody's voice away
    """
    return await _take(visit, room, name, Role.VOICE)
