"""
The index for searching, made anew: signs of scripts without spaces by themselves, with their marks,
and for each message the number of its conversation. And in the index of what was done to a message,
who has done it: many may react to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from twisted_chat.storage.words import searchText

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AT_ONCE = 5000

_SAID = sa.text(
    "SELECT row, coalesce(present, text), conversation FROM log"
    " WHERE row > :after AND kind = 'said' AND NOT deleted ORDER BY row LIMIT :most"
)
_ADD = sa.text("INSERT INTO words (rowid, text, place) VALUES (:row, :text, :place)")


def upgrade() -> None:
    """
    Make the index anew, of all that is in the log.
    """
    connection = op.get_bind()
    aimed = sa.text("target IS NOT NULL")
    op.drop_index("log_target", "log")
    op.create_index(
        "log_target",
        "log",
        ["conversation", "target", "author"],
        sqlite_where=aimed,
        postgresql_where=aimed,
    )
    if connection.dialect.name != "sqlite":
        return
    op.execute("DROP TABLE words")
    op.execute(
        "CREATE VIRTUAL TABLE words USING fts5 (text, place, columnsize = 0,"
        """ tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'")"""
    )
    found: Sequence[Any] = [(0, "", 0)]
    while found := connection.execute(_SAID, {"after": found[-1][0], "most": _AT_ONCE}).all():
        words = [{"row": row, "text": searchText(text), "place": at} for row, text, at in found]
        connection.execute(_ADD, words)
