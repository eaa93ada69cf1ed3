"""
The index of what is no talk, with a condition that costs little when a row is added.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the index anew.
    """
    read = ("said", "topic", "kicked", "roomRenamed")
    aside = sa.text("({} OR deleted)".format(" AND ".join(f"kind <> '{kind}'" for kind in read)))
    op.drop_index("log_aside", "log")
    op.create_index(
        "log_aside", "log", ["conversation", "seq"], sqlite_where=aside, postgresql_where=aside
    )
