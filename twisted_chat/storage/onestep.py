"""
Many rows in one step of the driver.

SQLite's driver lets other threads run at each row, and then has to wait until they let it go on.
Beside a busy reactor two hundred rows take ten times as long as by themselves, and keep the reactor
from its work as often. So the rows come as one JSON value, which is taken apart at one go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Double, Select, TextualSelect, func, select

_decode = msgspec.json.Decoder(list[list[Any]]).decode


def inOneStep(rows: Select[Any] | TextualSelect) -> Select[Any]:
    """
    @param rows: selects numbers and texts.
    @return: selects the same in the same order, as one value for L{rowsOf}.
    """
    each = rows.subquery()
    return select(func.json_group_array(func.json_array(*map(_whole, each.c))))


def _whole(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """
    A column as JSON has it. SQLite's own JSON has 15 digits of a number, and times have 17.
    """
    if isinstance(column.type, Double):
        return func.json(func.printf("%!.17g", column))
    return column


def rowsOf(
    connection: Connection, statement: Select[Any], asked: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    """
    @param statement: of L{inOneStep}.
    @param asked: its parameters.
    @return: the values of each row; what is true or not is a number.
    """
    return _decode(connection.execute(statement, asked).scalar_one())
