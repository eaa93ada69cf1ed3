"""
Becoming somebody registered, on the line protocol, without coming in again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import Closing
from twisted_chat.frontends.lineformat import MARK

if TYPE_CHECKING:
    from twisted_chat.domain.room import Room
    from twisted_chat.frontends.linelogin import LineLogin

RESETTING = "That code works once. Set a new password now: /password NEW"


async def relogin(line: LineLogin, name: str, password: str) -> list[str]:
    """
    Come in again as somebody who is registered, in place of the present session; the rooms of a
    guest come along. What is said meanwhile is read, and once.

    @return: what the person reads then.
    """
    visit = line.present()
    old, here = visit.session, visit.room
    if old.account is not None:
        # Whatever they would hear from here on is shown when they come back.
        old.hold()
        old.reformat()
    session = await line.login(PasswordLogin(name, password, address=line.address))
    if old.account is None and session.account is not None:
        await old.passRoles(session.account)
    rooms: list[Room] = []
    if old.account is None:
        rooms = old.rooms
        if here is not None and session.isIn(here):
            rooms.append(here)
    heads = {room.typed: old.headOf(room) for room in rooms}
    await old.logout("quit")
    if line.finished:
        session.logout("lost")
        raise Closing()
    visit.turnInto(session)
    line.factory.recount(line, session)
    if session.resetting:
        line.write([MARK + RESETTING])
    missed = await session.missed()
    current = here.typed if here in rooms else ""
    return await visit.rejoin(heads, current) + visit.comeBack(missed)
