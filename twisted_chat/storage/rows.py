"""
Rows of the small tables, by their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    literal,
    select,
    update,
)

from twisted_chat.domain.roles import Role

VOICED = 8
"""What is added to the number of a role where there is a voice beside it."""


def rankNumber(role: Role, voiced: bool) -> int:
    """
    @param voiced: whether there is a voice beside the role.
    @return: how that is kept.
    """
    return int(role) | (VOICED if voiced else 0)


def rankOf(number: int) -> tuple[Role, bool]:
    """
    @return: the role, and whether there is a voice beside it.
    """
    return Role(number & ~VOICED), bool(number & VOICED)


# Each is made once: to build a statement costs more than to execute it.


@cache
def _looking(table: Table, keys: tuple[str, ...]) -> Select[int]:
    return select(literal(1)).where(*_named(table, keys))


@cache
def _changing(table: Table, keys: tuple[str, ...]) -> Update:
    return update(table).where(*_named(table, keys))


@cache
def _removing(table: Table, keys: tuple[str, ...]) -> Delete:
    return delete(table).where(*_named(table, keys))


@cache
def _adding(table: Table) -> Insert:
    return insert(table)


def _named(table: Table, keys: tuple[str, ...]) -> list[ColumnElement[bool]]:
    # A value that is called like its column would be one to write.
    return [table.c[name] == bindparam(f"key_{name}") for name in keys]


def _keyed(key: Mapping[str, Any]) -> dict[str, Any]:
    return {f"key_{name}": value for name, value in key.items()}


def has(connection: Connection, table: Table, key: Mapping[str, Any]) -> bool:
    """
    Whether there is a row of a key.
    """
    return connection.execute(_looking(table, tuple(key)), _keyed(key)).first() is not None


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> CursorResult[Any]:
    """
    Write a row of which there is none yet.
    """
    return connection.execute(_adding(table), values)


def alter(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> int:
    """
    Write other values into the rows of a key.

    @return: how many there are.
    """
    return connection.execute(_changing(table, tuple(key)), {**_keyed(key), **values}).rowcount


def put(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """
    Write a row; one of the same key is replaced.
    """
    if not alter(connection, table, key, values):
        add(connection, table, {**key, **values})


def remove(connection: Connection, table: Table, key: Mapping[str, Any]) -> int:
    """
    Remove the rows of a key.

    @return: how many there were.
    """
    return connection.execute(_removing(table, tuple(key)), _keyed(key)).rowcount
