"""
Who set the topics and the entries of the lists of rooms: names are those of then, or of others now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Add the ids. Of the topics and entries that there are, only the names are known.
    """
    for table, name in (("conversations", "topic_author"), ("masks", "author")):
        op.add_column(table, sa.Column(name, sa.Text, nullable=False, server_default=""))
