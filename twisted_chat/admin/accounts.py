"""
Orders about accounts, and about which of them are operators'.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from twisted_chat.admin.desk import Desk
from twisted_chat.admin.order import Row, Rows
from twisted_chat.domain.masks import matches
from twisted_chat.domain.official import Official
from twisted_chat.domain.records import Account

PAGE = 500
"""How many accounts are read at once."""


def _row(desk: Desk, account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "id": account.id,
        "operator": account.operator,
        "suspended": account.suspended,
        "createdAt": account.createdAt,
        "seenAt": account.seenAt,
        "connections": len(desk.hub.roster.sessionsOf(account.id)),
    }


async def accountsOf(desk: Desk) -> AsyncIterator[Account]:
    """
    The accounts that there are, by name.
    """
    after = ""
    while page := await desk.hub.store.accounts(after, PAGE):
        for account in page:
            if not account.erasedAt:
                yield account
        after = page[-1].fold


async def list_(desk: Desk, by: Official, mask: str = "*", operators: bool = False) -> Rows:
    """
    The accounts, by name.

    @param mask: only those whose names match.
    @param operators: only operators of the network.
    """
    async for account in accountsOf(desk):
        if account.operator if operators else matches(mask, account.name):
            yield _row(desk, account)


async def operators(desk: Desk, by: Official) -> Rows:
    """
    The accounts of operators of the network.
    """
    async for row in list_(desk, by, operators=True):
        yield row


async def show(desk: Desk, by: Official, name: str) -> Rows:
    """
    What there is to know of an account.
    """
    account = await desk.hub.registry.find(name)
    store = desk.hub.store
    rooms = await store.memberships(account.id)
    wires = desk.wires()
    yield {
        **_row(desk, account),
        "rooms": [room.name for room in rooms],
        "certificates": list(await store.fingerprints(account.id)),
        "resetUntil": account.resetUntil if account.reset else 0.0,
        "sessions": [
            f"{wires.get(session.receiver, '')} from {session.address}"
            for session in sorted(desk.hub.roster.sessionsOf(account.id), key=lambda s: s.since)
        ],
    }


async def create(
    desk: Desk, by: Official, name: str, password: str, operator: bool = False
) -> Rows:
    """
    Make an account.

    @param operator: whether it is an operator's.
    """
    registry = desk.hub.registry
    account = await registry.create(by, desk.passwords, name, password)
    if operator:
        await registry.setOperator(by, account.name, True)
    yield {"name": account.name, "id": account.id, "operator": operator}


async def reset(desk: Desk, by: Official, name: str) -> Rows:
    """
    Help somebody who has lost their password.
    """
    code = await desk.hub.registry.reset(by, name)
    account = await desk.hub.registry.find(name)
    yield {"name": account.name, "code": code, "until": account.resetUntil}


async def password(desk: Desk, by: Official, name: str, password: str) -> Rows:
    """
    Give an account another password.
    """
    yield _named(await desk.hub.registry.setPassword(by, desk.passwords, name, password))


async def suspend(desk: Desk, by: Official, name: str, reason: str = "") -> Rows:
    """
    Let nobody use an account for now.
    """
    yield _named(await desk.hub.registry.suspend(by, name, desk.note(reason)))


async def unsuspend(desk: Desk, by: Official, name: str) -> Rows:
    """
    Let an account be used again.
    """
    yield _named(await desk.hub.registry.unsuspend(by, name))


async def delete(desk: Desk, by: Official, name: str, messages: bool = False) -> Rows:
    """
    End an account.

    @param messages: delete what it wrote too.
    """
    account = await desk.hub.registry.find(name)
    gone = await desk.hub.leaving.erase(by, account, messages)
    yield {"name": account.name, "messages": gone}


async def export(desk: Desk, by: Official, name: str) -> Rows:
    """
    All that is held about somebody, an object for each thing.
    """
    account = await desk.hub.registry.find(name)
    desk.hub.orders.used(by, "export", f"exported what is held about {account.name}")
    async for line in desk.hub.leaving.export(account):
        yield msgspec.Raw(line.encode())


async def addOperator(desk: Desk, by: Official, name: str) -> Rows:
    """
    Make somebody registered an operator of the network.
    """
    yield _named(await desk.hub.registry.setOperator(by, name, True))


async def removeOperator(desk: Desk, by: Official, name: str) -> Rows:
    """
    Make an operator an ordinary person.
    """
    yield _named(await desk.hub.registry.setOperator(by, name, False))


def _named(account: Account) -> Row:
    return {"name": account.name}
