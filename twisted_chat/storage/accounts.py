"""
Registered people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, Row, bindparam, select

from twisted_chat.domain.accounterrors import AccountDeleted, NameTooAlike, WrongCode
from twisted_chat.domain.errors import NameTaken
from twisted_chat.domain.preferences import merged
from twisted_chat.domain.records import Account
from twisted_chat.storage.network import useInvitation
from twisted_chat.storage.reading import bounded
from twisted_chat.storage.rows import add, alter
from twisted_chat.storage.schema import accounts

# Made once: to build a statement costs more than to execute it.
_BY_FOLD = select(accounts).where(accounts.c.fold == bindparam("key"))
_BY_ID = select(accounts).where(accounts.c.id == bindparam("key"))
_BY_SKELETON = select(accounts).where(accounts.c.skeleton == bindparam("key"))
_ERASED = select(accounts.c.name, accounts.c.erased_at).where(accounts.c.id == bindparam("key"))
_BEHIND = (
    select(accounts)
    .where(accounts.c.fold > bindparam("key"))
    .order_by(accounts.c.fold)
    .limit(bindparam("most"))
)

_COLUMNS = {each.name: re.sub("[A-Z]", r"_\g<0>", each.name).lower() for each in fields(Account)}
"""The columns by the fields of an account: C{created_at} by C{createdAt}."""


def createAccount(connection: Connection, account: Account, invitation: str = "") -> None:
    """
    See L{IStore.createAccount<twisted_chat.domain.interfaces.IStore.createAccount>}.
    """
    if _find(connection, _BY_FOLD, account.fold) is not None:
        raise NameTaken(name=account.name)
    if _find(connection, _BY_SKELETON, account.skeleton) is not None:
        raise NameTooAlike(name=account.name)
    if invitation and useInvitation(connection, invitation, account.createdAt) is None:
        raise WrongCode()
    values = {column: getattr(account, field) for field, column in _COLUMNS.items()}
    add(connection, accounts, {**values, "preferences": _written(account.preferences)})


def account(connection: Connection, fold: str) -> Account | None:
    """
    See L{IStore.account<twisted_chat.domain.interfaces.IStore.account>}.
    """
    return _find(connection, _BY_FOLD, fold)


def accountLike(connection: Connection, skeleton: str) -> Account | None:
    """
    See L{IStore.accountLike<twisted_chat.domain.interfaces.IStore.accountLike>}.
    """
    return _find(connection, _BY_SKELETON, skeleton)


def accountById(connection: Connection, id: str) -> Account | None:
    """
    See L{IStore.accountById<twisted_chat.domain.interfaces.IStore.accountById>}.
    """
    return _find(connection, _BY_ID, id)


def changeAccount(
    connection: Connection,
    /,
    id: str,
    password: str | None = None,
    seenAt: float | None = None,
    preferences: Mapping[str, object] | None = None,
    **others: object,
) -> None:
    """
    See L{IStore.changeAccount<twisted_chat.domain.interfaces.IStore.changeAccount>}.
    """
    given = {"password": password, "seenAt": seenAt, **others}
    values = {_COLUMNS[field]: value for field, value in given.items() if value is not None}
    if preferences is not None:
        old = _find(connection, _BY_ID, id)
        values["preferences"] = _written(merged(old.preferences if old else {}, preferences))
    if values:
        # Whoever is still connected when their account is erased writes nothing into it again.
        alter(connection, accounts, {"id": id, "erased_at": 0}, values)


def isErased(connection: Connection, id: str) -> bool:
    """
    Whether an id is that of an account that is gone.
    """
    found = connection.execute(_ERASED, {"key": id}).one_or_none()
    return found is not None and found.erased_at > 0


def requireLasting(connection: Connection, id: str) -> bool:
    """
    @return: whether an id is that of an account.
    @raise AccountDeleted: it is, and the account is gone: nothing more is kept under it.
    """
    found = connection.execute(_ERASED, {"key": id}).one_or_none()
    if found is None:
        return False
    name, erasedAt = found
    if erasedAt:
        raise AccountDeleted(name=name)
    return True


def accountsBehind(connection: Connection, after: str = "", limit: int = 1000) -> Sequence[Account]:
    """
    See L{IStore.accounts<twisted_chat.domain.interfaces.IStore.accounts>}.
    """
    found = connection.execute(_BEHIND, {"key": after, "most": bounded(limit)})
    return [accountOf(row) for row in found]


def folds(connection: Connection) -> set[str]:
    """
    The folded names of all accounts.
    """
    return set(connection.execute(select(accounts.c.fold)).scalars())


def _find(connection: Connection, which: Executable, key: str) -> Account | None:
    row = connection.execute(which, {"key": key}).one_or_none()
    return None if row is None else accountOf(row)


def accountOf(row: Row[Any]) -> Account:
    """
    @param row: of the table of accounts.
    """
    values = {field: getattr(row, column) for field, column in _COLUMNS.items()}
    values["preferences"] = msgspec.json.decode(row.preferences, type=dict[str, Any])
    return Account(**values)


def _written(preferences: Mapping[str, object]) -> str:
    return msgspec.json.encode(dict(preferences)).decode()
