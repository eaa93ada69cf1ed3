"""
Quotes: what operators are shown of a message that was reported goes when the message goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Select, bindparam, literal, select, text, update

from twisted_chat.domain.ids import QUOTE
from twisted_chat.storage.schema import log

_said = log.alias("said")


def _quotesOf(which: ColumnElement[bool]) -> Select[tuple[int]]:
    """
    @param which: the messages that are quoted.
    """
    ids = select(literal(QUOTE).concat(_said.c.id)).where(which)
    return select(log.c.row).where(log.c.id.in_(ids), log.c.author == "", ~log.c.deleted)


# Made once: to build a statement costs more than to execute it.
OF_ROWS = _quotesOf(_said.c.row.in_(bindparam("rows", expanding=True)))
"""The quotes of the messages in some C{rows}."""

OF_ROW = _quotesOf(_said.c.row == bindparam("row"))
"""Those of the message in the C{row}."""

OF_OLDEST = _quotesOf(
    (_said.c.conversation == bindparam("number")) & (_said.c.seq <= bindparam("upto"))
)
"""Those of the messages of the conversation C{number} up to the seq C{upto}."""

_BLANK = (
    update(log)
    .where(log.c.row.in_(bindparam("quotes", expanding=True)))
    .values(text="", present=None, deleted=True)
)
_UNWORD = text("DELETE FROM words WHERE rowid IN :quotes").bindparams(
    bindparam("quotes", expanding=True)
)
_THERE = select(literal(1)).where(log.c.id == bindparam("id"), ~log.c.deleted)


def blankQuotes(
    connection: Connection, which: Select[tuple[int]], asked: Mapping[str, int | Sequence[int]]
) -> None:
    """
    Take the texts of quotes out of the log, and out of the index for searching.

    @param which: L{OF_ROWS}, L{OF_ROW} or L{OF_OLDEST}.
    @param asked: the values for it.
    """
    quotes = connection.execute(which, asked).scalars().all()
    if quotes:
        connection.execute(_BLANK, {"quotes": quotes})
        connection.execute(_UNWORD, {"quotes": quotes})


def isThere(connection: Connection, id: str) -> bool:
    """
    Whether the message of an id can be quoted still.
    """
    return connection.execute(_THERE, {"id": id}).first() is not None
