"""
Running a network: operators, invitations, bans, what can be undone; keys, devices and metadata.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _time(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False, server_default="0")


def upgrade() -> None:
    """
    Make the new tables, and give accounts and marks their new columns.
    """
    operator = sa.Column("operator", sa.Boolean, nullable=False, server_default=sa.text("0"))
    op.add_column("accounts", operator)
    for name in ("suspended", "scram", "reset"):
        op.add_column("accounts", _text(name))
    for name in ("reset_until", "erased_at"):
        op.add_column("accounts", _time(name))
    op.add_column("read_marks", _time("at"))
    # What one person has written is asked for in all conversations now.
    op.drop_index("log_author", "log")
    op.create_index("log_author", "log", ["author", "conversation", "seq"])
    _networkTables()
    _personalTables()


def _networkTables() -> None:
    op.create_table(
        "network",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "server_bans",
        sa.Column("mask", sa.Text, primary_key=True),
        _text("setter"),
        _time("at"),
        _time("until"),
        _text("reason"),
    )
    op.create_table(
        "invitations",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("rooms", sa.Text, nullable=False, server_default="[]"),
        sa.Column("uses", sa.Integer, nullable=False, server_default="1"),
        _time("until"),
        _text("setter"),
        _time("at"),
    )
    op.create_table(
        "acts",
        sa.Column("id", sa.Text, primary_key=True),
        _time("at"),
        _text("by"),
        _text("kind"),
        _text("about"),
        sa.Column("data", sa.Text, nullable=False, server_default="{}"),
        sa.Column("undone", sa.Boolean, nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "hidden",
        sa.Column(
            "conversation",
            _Number,
            sa.ForeignKey("conversations.number", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("act", sa.Text, nullable=False),
        _text("text"),
    )
    op.create_index("hidden_act", "hidden", ["act"])


def _personalTables() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
    )
    op.create_index("fingerprints_account", "fingerprints", ["account"])
    op.create_table(
        "metadata",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "device_marks",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column(
            "conversation",
            _Number,
            sa.ForeignKey("conversations.number", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger, nullable=False),
        _time("at"),
    )
    op.create_index("device_marks_conversation", "device_marks", ["conversation"])
