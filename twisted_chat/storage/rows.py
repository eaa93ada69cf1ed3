"""
Rows of the small tables, by their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, update

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


def matching(table: Table, key: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """
    @param key: values by the names of columns.
    @return: what is true of the rows that have them.
    """
    return [table.c[name] == value for name, value in key.items()]


def put(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """
    Write a row; one of the same key is replaced.
    """
    changed = connection.execute(update(table).where(*matching(table, key)).values(**values))
    if not changed.rowcount:
        connection.execute(insert(table).values(**key, **values))


def remove(connection: Connection, table: Table, key: Mapping[str, Any]) -> int:
    """
    Remove the rows of a key.

    @return: how many there were.
    """
    return connection.execute(delete(table).where(*matching(table, key))).rowcount
