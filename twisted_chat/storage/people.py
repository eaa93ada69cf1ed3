"""
What belongs to people beside their accounts: keys, notes; all of it, and the end of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from twisted_chat.domain.errors import TooMany
from twisted_chat.domain.keeping import MOST_KEYS
from twisted_chat.domain.masks import ACCOUNT
from twisted_chat.domain.records import Account
from twisted_chat.storage.accounts import accountById, accountOf, requireLasting
from twisted_chat.storage.rows import add, alter, has, put, rankOf, remove
from twisted_chat.storage.schema import (
    DIRECT,
    ROOM,
    accounts,
    conversations,
    deviceMarks,
    fingerprints,
    masks,
    memberships,
    metadata,
    readMarks,
    roles,
    serverBans,
)
from twisted_chat.storage.unswept import sweepLater

_KEYS = (
    select(fingerprints.c.fingerprint)
    .where(fingerprints.c.account == bindparam("account"))
    .order_by(fingerprints.c.fingerprint)
)
_BY_KEY = (
    select(accounts)
    .join(fingerprints, fingerprints.c.account == accounts.c.id)
    .where(fingerprints.c.fingerprint == bindparam("fingerprint"))
)
_NOTES = (
    select(metadata.c.key, metadata.c.value)
    .where(metadata.c.target == bindparam("target"))
    .order_by(metadata.c.key)
)


_ROOMS = (
    select(conversations.c.id)
    .join(memberships, memberships.c.conversation == conversations.c.number)
    .where(memberships.c.person == bindparam("person"), conversations.c.kind == ROOM)
)
_OTHER_NOTES = select(func.count()).where(
    metadata.c.target == bindparam("target"), metadata.c.key != bindparam("key")
)


def addFingerprint(connection: Connection, account: str, fingerprint: str) -> bool:
    """
    See L{IStore.addFingerprint<twisted_chat.domain.interfaces.IStore.addFingerprint>}.
    """
    requireLasting(connection, account)
    if has(connection, fingerprints, {"fingerprint": fingerprint}):
        return False
    add(connection, fingerprints, {"fingerprint": fingerprint, "account": account})
    return True


def removeFingerprint(connection: Connection, account: str, fingerprint: str) -> bool:
    """
    See L{IStore.removeFingerprint<twisted_chat.domain.interfaces.IStore.removeFingerprint>}.
    """
    key = {"account": account, "fingerprint": fingerprint}
    return remove(connection, fingerprints, key) == 1


def fingerprintsOf(connection: Connection, account: str) -> Sequence[str]:
    """
    See L{IStore.fingerprints<twisted_chat.domain.interfaces.IStore.fingerprints>}.
    """
    return connection.execute(_KEYS, {"account": account}).scalars().all()


def accountOfFingerprint(connection: Connection, fingerprint: str) -> Account | None:
    """
    See L{IStore.accountOfFingerprint<twisted_chat.domain.interfaces.IStore.accountOfFingerprint>}.
    """
    row = connection.execute(_BY_KEY, {"fingerprint": fingerprint}).one_or_none()
    return None if row is None else accountOf(row)


def metadataOf(connection: Connection, target: str) -> Mapping[str, str]:
    """
    See L{IStore.metadata<twisted_chat.domain.interfaces.IStore.metadata>}.
    """
    return {row.key: row.value for row in connection.execute(_NOTES, {"target": target})}


def setMetadata(connection: Connection, target: str, key: str, value: str | None) -> None:
    """
    See L{IStore.setMetadata<twisted_chat.domain.interfaces.IStore.setMetadata>}.
    """
    place = {"target": target, "key": key}
    requireLasting(connection, target)
    if value is None:
        remove(connection, metadata, place)
        return
    others = connection.execute(_OTHER_NOTES, place).scalar_one()
    if others >= MOST_KEYS:
        raise TooMany(why=f"There are {others} keys, and no more are allowed.")
    put(connection, metadata, place, {"value": value})


def erase(connection: Connection, id: str, at: float) -> Sequence[str]:
    """
    See L{IStore.eraseAccount<twisted_chat.domain.interfaces.IStore.eraseAccount>}.
    """
    account = accountById(connection, id)
    if account is None:
        return []
    blank = {
        "name": account.fold,
        "password": "",
        "created_at": 0.0,
        "seen_at": 0.0,
        "preferences": "{}",
        "operator": False,
        "suspended": "",
        "scram": "",
        "reset": "",
        "reset_until": 0.0,
        "erased_at": at,
    }
    alter(connection, accounts, {"id": id}, blank)
    for table in (roles, readMarks, deviceMarks):
        remove(connection, table, {"person": id})
    remove(connection, fingerprints, {"account": id})
    remove(connection, metadata, {"target": id})
    # The other one of a private conversation still has it, with somebody.
    private = select(conversations.c.number).where(conversations.c.kind == DIRECT)
    mine, directly = memberships.c.person == id, memberships.c.conversation.in_(private)
    rooms = list(connection.execute(_ROOMS, {"person": id}).scalars())
    connection.execute(delete(memberships).where(mine, ~directly))
    connection.execute(update(memberships).where(mine, directly).values(name=account.fold))
    sweepLater(connection)
    return rooms


def heldAbout(connection: Connection, person: str) -> Mapping[str, object]:
    """
    See L{IStore.heldAbout<twisted_chat.domain.interfaces.IStore.heldAbout>}.
    """
    account = accountById(connection, person)
    given = _rows(connection, _ROLES, person)
    for role in given:
        role["role"] = rankOf(role["role"])[0].name.lower()
    lists, bans, own = _LISTS, select(serverBans), masks.c.author == person
    return {
        "memberships": _rows(connection, _MEMBERSHIPS, person),
        "roles": given,
        "marks": _rows(connection, _MARKS, person),
        "devices": _rows(connection, _DEVICES, person),
        "lists": _rows(connection, lists.where(_names(masks, account) | own)) if account else [],
        "bans": _rows(connection, bans.where(_names(serverBans, account))) if account else [],
        "keys": fingerprintsOf(connection, person),
        "metadata": metadataOf(connection, person),
    }


def _placed(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    """
    The rows of a table with their conversations.
    """
    here = conversations.c
    return (
        select(here.id.label("conversation"), here.name.label("room"), *columns)
        .select_from(table)
        .join(conversations, here.number == table.c.conversation)
        .order_by(here.id)
    )


def _theirs(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    return _placed(table, *columns).where(table.c.person == bindparam("person"))


_joined = memberships.c.joined_seq.label("joinedSeq")
_MEMBERSHIPS = _theirs(memberships, memberships.c.name, _joined)
_ROLES = _theirs(roles, roles.c.role)
_MARKS = _theirs(readMarks, readMarks.c.seq, readMarks.c.at)
_DEVICES = _theirs(deviceMarks, deviceMarks.c.device, deviceMarks.c.seq, deviceMarks.c.at)
_IDS = ("conversation", "author")
_LISTS = _placed(masks, *(column for column in masks.c if column.name not in _IDS))


def _rows(connection: Connection, which: Select[Any], person: str = "") -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(which, {"person": person}).mappings()]


def _names(table: Table, account: Account) -> ColumnElement[bool]:
    """
    Whether an entry of a list is about somebody by name, or was set by them.
    """
    fold = account.fold
    return or_(
        table.c.mask.in_((fold, ACCOUNT + fold)),
        table.c.mask.startswith(fold + "@", autoescape=True),
        table.c.setter == account.name,
    )
