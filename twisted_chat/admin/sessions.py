"""
Orders about who is connected.
"""

from __future__ import annotations

from twisted_chat.admin.desk import Desk
from twisted_chat.admin.order import Rows
from twisted_chat.domain.official import Official


async def list_(desk: Desk, by: Official) -> Rows:
    """
    Who is connected, those who came first first.
    """
    wires = desk.wires()
    for session in sorted(desk.hub.roster.sessions.values(), key=lambda each: each.since):
        yield {
            "name": session.name,
            "account": session.account.name if session.account is not None else "",
            "operator": session.operator,
            "wire": wires.get(session.receiver, ""),
            "address": session.address,
            "since": session.since,
            "actedAt": session.actedAt,
            "rooms": [room.name for room in session.rooms],
        }


async def kick(desk: Desk, by: Official, name: str, reason: str = "") -> Rows:
    """
    End the connections of somebody.
    """
    yield {"name": await desk.hub.orders.kill(by, name, desk.note(reason))}
