"""
The first tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _conversation(primary: bool = True) -> sa.Column[int]:
    parent = sa.ForeignKey("conversations.number", ondelete="CASCADE")
    return sa.Column("conversation", _Number, parent, primary_key=primary, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _time(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False, server_default="0")


def upgrade() -> None:
    """
    Make the tables.
    """
    _conversationTables()
    _logTable()
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("fold", sa.Text, nullable=False, unique=True),
        sa.Column("skeleton", sa.Text, nullable=False, unique=True),
        sa.Column("password", sa.Text, nullable=False),
        _time("created_at"),
        _time("seen_at"),
        sa.Column("preferences", sa.Text, nullable=False, server_default="{}"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE words USING fts5"
            " (text, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0)"
        )


def _conversationTables() -> None:
    op.create_table(
        "conversations",
        sa.Column("number", _Number, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        _text("name"),
        sa.Column("fold", sa.Text, unique=True),
        sa.Column("head", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("rights_seq", sa.BigInteger, nullable=False, server_default="0"),
        _time("last_at"),
        _time("created_at"),
        _time("entered_at"),
        _text("topic"),
        _text("topic_by"),
        _time("topic_at"),
        sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.text("0")),
        sa.Column("holed", sa.Boolean, nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "settings",
        _conversation(),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "roles",
        _conversation(),
        sa.Column("person", sa.Text, primary_key=True),
        _text("name"),
        sa.Column("role", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "masks",
        _conversation(),
        sa.Column("list", sa.Text, primary_key=True),
        sa.Column("mask", sa.Text, primary_key=True),
        _text("setter"),
        _time("at"),
        _time("until"),
        _text("reason"),
    )
    op.create_table(
        "memberships",
        _conversation(),
        sa.Column("person", sa.Text, primary_key=True),
        _text("name"),
        sa.Column("joined_seq", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_index("memberships_person", "memberships", ["person"])
    op.create_table(
        "read_marks",
        sa.Column("person", sa.Text, primary_key=True),
        _conversation(),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_index("read_marks_conversation", "read_marks", ["conversation"])


def _logTable() -> None:
    op.create_table(
        "log",
        sa.Column("row", _Number, primary_key=True),
        _conversation(primary=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("author_account", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("target", sa.BigInteger),
        sa.Column("data", sa.Text),
        sa.Column("present", sa.Text),
        sa.Column("edited_seq", sa.BigInteger),
        sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.text("0")),
    )
    op.create_index("log_place", "log", ["conversation", "seq"], unique=True)
    said = sa.text("kind = 'said'")
    op.create_index(
        "log_author",
        "log",
        ["conversation", "author", "seq"],
        sqlite_where=said,
        postgresql_where=said,
    )
    aimed = sa.text("target IS NOT NULL")
    op.create_index(
        "log_target", "log", ["conversation", "target"], sqlite_where=aimed, postgresql_where=aimed
    )
    aside = sa.text("(kind NOT IN ('said', 'topic', 'kicked', 'roomRenamed') OR deleted)")
    op.create_index(
        "log_aside", "log", ["conversation", "seq"], sqlite_where=aside, postgresql_where=aside
    )
