"""
Orders about the network as a whole: how it is, what operators did, the settings.
"""

from __future__ import annotations

import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from twisted_chat.admin.desk import Desk, Premises
from twisted_chat.admin.order import Rows
from twisted_chat.domain.counts import BOUNDS, Durations
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.official import Official
from twisted_chat.domain.records import Act

MOST = 0.99
"""Of the commits, this part was as quick as is told, or quicker."""


async def acts(desk: Desk, by: Official) -> Rows:
    """
    What operators did and can be undone, the newest first.
    """
    for act in await desk.hub.acts.list():
        yield _act(act)


async def undo(desk: Desk, by: Official, id: str = "") -> Rows:
    """
    Undo something that an operator did.
    """
    act = await desk.hub.acts.undo(by, id)
    if not act.left:
        raise BadInput(why=f"Nothing was left to undo of that: {act.kind}, {act.about}.")
    yield _act(act)


def _act(act: Act) -> dict[str, Any]:
    return {"id": act.id, "at": act.at, "by": act.by, "kind": act.kind, "about": act.about}


async def reload(desk: Desk, by: Official) -> Rows:
    """
    Read the settings again.
    """
    lines = desk.hub.reload()
    desk.hub.orders.used(by, "reload", "let the settings be read again")
    for line in lines:
        yield {"told": line}


async def status(desk: Desk, by: Official) -> Rows:
    """
    How the network is.
    """
    hub, server = desk.hub, desk.server
    connections = {wire: number for wire, number in hub.counts.connections.items() if number}
    yield {
        "network": desk.settings.network.name,
        "version": version("twisted-chat"),
        "running": server is not None,
        "process": os.getpid() if server is not None else 0,
        "since": server.since if server is not None else 0.0,
        "uptime": desk.now - server.since if server is not None else 0.0,
        "people": hub.roster.peopleHere,
        "sessions": len(hub.roster.sessions),
        "connections": dict(sorted(connections.items())),
        "rooms": len(await hub.store.rooms()),
        "activeRooms": len(hub.roster.roomNames),
        "lockdown": hub.doorman.level,
        "bans": len(hub.doorman.serverBans()),
        "logQueue": len(hub.commits),
        "logQueueBytes": hub.commits.bytes,
        "passwordQueue": desk.hashing(),
        "commits": sum(hub.counts.commits.tally),
        "commitMean": _mean(hub.counts.commits),
        "commitP99": _within(hub.counts.commits),
        "refusals": sum(hub.counts.refusals.values()),
        "dataDir": str(desk.folder),
        "dataBytes": dataSize(desk),
        "diskFree": shutil.disk_usage(dataFolder(desk)).free,
    }


def _mean(durations: Durations) -> float | None:
    number = sum(durations.tally)
    return durations.total / number if number else None


def _within(durations: Durations) -> float | None:
    """
    @return: the least bound, in seconds, that nearly all are within; C{None} if there is none.
    """
    wanted, seen = MOST * sum(durations.tally), 0
    for bound, number in zip(BOUNDS, durations.tally, strict=False):
        seen += number
        if seen and seen >= wanted:
            return bound
    return None


def dataFolder(premises: Premises) -> Path:
    """
    The folder that the database is in, which may be on another disk than the data folder.
    """
    file = premises.database
    return premises.folder if file is None else file.resolve().parent


def dataSize(premises: Premises) -> int | None:
    """
    The bytes that the database takes on the disk, with what belongs to it; C{None} if it is in
    memory.
    """
    file = premises.database
    if file is None:
        return None
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
