"""
L{twisted_chat.storage.onestep}: rows that come at once are those that come one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
)

from tests.examples import examples
from twisted_chat.storage.onestep import inOneStep, rowsOf

KEPT = Table(
    "kept",
    MetaData(),
    Column("row", Integer, primary_key=True),
    Column("seq", BigInteger),
    Column("at", Double),
    Column("flag", Boolean),
    Column("text", Text),
)
NEWEST = (
    select(KEPT.c.seq, KEPT.c.at, KEPT.c.flag, KEPT.c.text)
    .where(KEPT.c.seq >= bindparam("low"))
    .order_by(KEPT.c.row.desc())
    .limit(bindparam("most"))
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "seq": st.integers(-(2**63), 2**63 - 1),
            "at": st.floats(0, 1e11) | st.floats(1.7e9, 1.9e9),
            "flag": st.booleans(),
            "text": st.none() | ANY_TEXT,
        }
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """
    A database with one table.
    """
    engine = create_engine("sqlite://")
    with engine.connect() as made:
        KEPT.create(made)
        yield made
    # Given back is not closed, of which CPython 3.13 warns.
    engine.dispose()


@examples(200)
@given(rows=ROWS, most=st.integers(0, 6))
@example(rows=[{"seq": 1, "at": 1790000000.1234567, "flag": True, "text": "null"}], most=1)
@example(rows=[{"seq": 1, "at": 5.0, "flag": False, "text": '["\x00\x1b\u2028\\"]'}], most=1)
def test_rowsAtOnceHaveTheSameValuesInTheSameOrder(
    connection: Connection, rows: list[dict[str, object]], most: int
) -> None:
    connection.execute(delete(KEPT))
    if rows:
        connection.execute(insert(KEPT), rows)
    asked = {"low": -(2**63), "most": most}
    single = [list(row) for row in connection.execute(NEWEST, asked)]
    assert rowsOf(connection, inOneStep(NEWEST), asked) == single


def test_theDriverTakesOneStep(connection: Connection) -> None:
    """
    Other threads are let go on once, not for each row.
    """
    connection.execute(insert(KEPT), [{"seq": n, "at": n, "text": "x"} for n in range(100)])
    steps: list[str] = []

    def count(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> tuple[object, ...]:
        steps.append("one")
        return row

    @event.listens_for(connection, "before_cursor_execute")
    def watch(_: object, cursor: sqlite3.Cursor, *__: object) -> None:
        cursor.row_factory = count

    try:
        found = rowsOf(connection, inOneStep(NEWEST), {"low": 0, "most": 100})
    finally:
        event.remove(connection, "before_cursor_execute", watch)
    assert (len(found), steps) == (100, ["one"])
