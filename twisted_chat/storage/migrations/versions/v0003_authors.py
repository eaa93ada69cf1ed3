"""
The index of authors in stretches of the log: a commit writes a third less.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the index anew.
    """
    op.drop_index("log_author", "log")
    op.create_index("log_author", "log", [sa.text("(row / 128)"), "author"])
