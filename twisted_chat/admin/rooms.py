"""
Orders about rooms.
"""

from __future__ import annotations

from typing import Any

from twisted_chat.admin.desk import Desk
from twisted_chat.admin.order import Rows
from twisted_chat.domain.errors import NoSuchRoom
from twisted_chat.domain.official import Official
from twisted_chat.domain.records import RoomRecord
from twisted_chat.domain.roles import TITLES, Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.settings import SETTINGS


async def list_(desk: Desk, by: Official) -> Rows:
    """
    All rooms, by name.
    """
    known = desk.hub.roster.conversations
    for room in await desk.hub.store.rooms():
        here = known.get(room.id)
        copy = here.room if here is not None else None
        yield {
            "name": room.name,
            "id": room.id,
            "topic": room.topic,
            "members": len(copy.members) if copy is not None else room.members,
            "hidden": room.hidden,
            "archived": room.archived,
            "createdAt": room.createdAt,
        }


async def show(desk: Desk, by: Official, room: str) -> Rows:
    """
    What there is to know of a room.
    """
    id = await desk.hub.steward.find(room)
    record = await desk.hub.store.room(id)
    if record is None:
        raise NoSuchRoom(room=room)
    shown = Room(record)
    yield {
        "name": record.name,
        "id": record.id,
        "createdAt": record.createdAt,
        "topic": record.topic,
        "topicBy": record.topicBy,
        "topicAt": record.topicAt,
        "archived": record.archived,
        "head": record.head,
        "members": [member.name for member in record.members],
        **await _roles(desk, record),
        "settings": {
            name: setting.show(shown.setting(name))
            for name, setting in SETTINGS.items()
            if shown.setting(name) != setting.default
        },
        "lists": {
            name: [entry.mask for entry in entries] for name, entries in record.lists.items()
        },
    }


async def _roles(desk: Desk, record: RoomRecord) -> dict[str, Any]:
    """
    @return: whose the room is, and who is something else in it.
    """
    names = {member.id: member.name for member in record.members}
    found: dict[str, list[str]] = {}
    for id, role in sorted(record.roles.items(), key=lambda each: -each[1]):
        if id not in names:
            account = await desk.hub.store.accountById(id)
            guest = desk.hub.roster.people.get(id)
            known = account or guest
            names[id] = known.name if known is not None else "a guest who has gone"
        found.setdefault(TITLES[role], []).append(names[id])
    owner = found.pop(TITLES[Role.OWNER], [""])[0]
    return {"owner": owner, "roles": found}


async def configure(desk: Desk, by: Official, room: str, setting: str, value: str) -> Rows:
    """
    Change a setting.
    """
    done = await desk.hub.steward.configure(by, room, setting, value)
    for name, now in done.changes:
        yield {"room": room, "setting": name, "value": SETTINGS[name].show(now)}


async def transfer(desk: Desk, by: Official, room: str, name: str) -> Rows:
    """
    Make somebody registered the owner.
    """
    account = await desk.hub.registry.find(name)
    await desk.hub.steward.transfer(by, room, account)
    yield {"room": room, "owner": account.name}


async def archive(desk: Desk, by: Official, room: str) -> Rows:
    """
    Close it for talk.
    """
    await desk.hub.steward.archive(by, room, True)
    yield {"room": room}


async def unarchive(desk: Desk, by: Official, room: str) -> Rows:
    """
    Open it again.
    """
    await desk.hub.steward.archive(by, room, False)
    yield {"room": room}


async def destroy(desk: Desk, by: Official, room: str, reason: str = "") -> Rows:
    """
    End it, with all that was said in it.
    """
    await desk.hub.steward.destroy(by, room, desk.note(reason))
    yield {"room": room}


async def history(desk: Desk, by: Official, room: str) -> Rows:
    """
    Nothing but that there is such a room, and that somebody reads what was said there.
    """
    id = await desk.hub.steward.find(room)
    record = await desk.hub.store.room(id)
    name = record.name if record is not None else room
    desk.hub.orders.used(by, "export", f"exported what was said in {name}")
    return
    # Never reached: it is what makes this give rows, though there are none.
    yield {}
