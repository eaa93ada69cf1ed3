"""
The network itself: what it remembers, whom it keeps out, whom it invites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, select

from twisted_chat.domain.records import Invitation
from twisted_chat.domain.values import Mask
from twisted_chat.storage.rows import put, remove
from twisted_chat.storage.schema import invitations, network, serverBans

# Made once: to build a statement costs more than to execute it.
_FACTS = select(network.c.name, network.c.value)
_BANS = select(serverBans).order_by(serverBans.c.at, serverBans.c.mask)
_INVITATIONS = select(invitations).order_by(invitations.c.at, invitations.c.code)


def networkFacts(connection: Connection) -> Mapping[str, object]:
    """
    See L{IStore.networkFacts<twisted_chat.domain.interfaces.IStore.networkFacts>}.
    """
    return {name: msgspec.json.decode(value) for name, value in connection.execute(_FACTS)}


def setNetworkFact(connection: Connection, name: str, value: object | None) -> None:
    """
    See L{IStore.setNetworkFact<twisted_chat.domain.interfaces.IStore.setNetworkFact>}.
    """
    if value is None:
        remove(connection, network, {"name": name})
    else:
        written = msgspec.json.encode(value).decode()
        put(connection, network, {"name": name}, {"value": written})


def bans(connection: Connection) -> Sequence[Mask]:
    """
    See L{IStore.serverBans<twisted_chat.domain.interfaces.IStore.serverBans>}.
    """
    return [_mask(row) for row in connection.execute(_BANS)]


def putBan(connection: Connection, entry: Mask) -> None:
    """
    See L{IStore.putServerBan<twisted_chat.domain.interfaces.IStore.putServerBan>}.
    """
    put(connection, serverBans, {"mask": entry.mask}, asdict(entry))


def removeBan(connection: Connection, mask: str) -> Mask | None:
    """
    See L{IStore.removeServerBan<twisted_chat.domain.interfaces.IStore.removeServerBan>}.
    """
    row = connection.execute(select(serverBans).where(serverBans.c.mask == mask)).one_or_none()
    if row is None:
        return None
    remove(connection, serverBans, {"mask": mask})
    return _mask(row)


def createInvitation(connection: Connection, invitation: Invitation) -> None:
    """
    See L{IStore.createInvitation<twisted_chat.domain.interfaces.IStore.createInvitation>}.
    """
    rooms = msgspec.json.encode(invitation.rooms).decode()
    values = {**asdict(invitation), "rooms": rooms}
    put(connection, invitations, {"code": invitation.code}, values)


def allInvitations(connection: Connection) -> Sequence[Invitation]:
    """
    See L{IStore.invitations<twisted_chat.domain.interfaces.IStore.invitations>}.
    """
    return [_invitation(row) for row in connection.execute(_INVITATIONS)]


def useInvitation(connection: Connection, code: str, at: float) -> Invitation | None:
    """
    Use an invitation once. The last use removes it.

    @param code: the hash of the code, as in L{Invitation.code}.
    @param at: now, in POSIX seconds.
    @return: what it was before; C{None} if there is none, or it has run out or is used up.
    """
    found = _find(connection, code)
    if found is None or found.uses < 1 or 0 < found.until <= at:
        return None
    if found.uses > 1:
        put(connection, invitations, {"code": code}, {"uses": found.uses - 1})
    else:
        remove(connection, invitations, {"code": code})
    return found


def removeInvitation(connection: Connection, code: str) -> Invitation | None:
    """
    See L{IStore.removeInvitation<twisted_chat.domain.interfaces.IStore.removeInvitation>}.
    """
    found = _find(connection, code)
    remove(connection, invitations, {"code": code})
    return found


def _find(connection: Connection, code: str) -> Invitation | None:
    row = connection.execute(select(invitations).where(invitations.c.code == code)).one_or_none()
    return None if row is None else _invitation(row)


def _invitation(row: Row[Any]) -> Invitation:
    rooms = msgspec.json.decode(row.rooms, type=tuple[str, ...])
    return Invitation(row.code, rooms, row.uses, row.until, row.setter, row.at)


def _mask(row: Row[Any]) -> Mask:
    return Mask(row.mask, row.setter, row.at, row.until, row.reason)
