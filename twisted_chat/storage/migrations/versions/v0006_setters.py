"""
Who set the topics and the entries of the lists of rooms: names are those of then, or of others now.
And reactions that were redacted are gone: they were only passed over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


_REDACTED = """
UPDATE log SET deleted = (kind = 'reacted'),
    data = json_set(json_remove(data, '$.tags'), '$.emoji', '')
WHERE kind = 'reacted' AND deleted OR kind = 'unreacted' AND json_extract(data, '$.reaction') > ''
"""
# So that the files are swept of them.
_UNSWEPT = """
INSERT INTO facts (name, value) SELECT 'unswept', 1 WHERE changes()
    ON CONFLICT (name) DO UPDATE SET value = value + 1
"""


def upgrade() -> None:
    """
    Add the ids. Of the topics and entries that there are, only the names are known.
    """
    for table, name in (("conversations", "topic_author"), ("masks", "author")):
        op.add_column(table, sa.Column(name, sa.Text, nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_REDACTED)
        op.execute(_UNSWEPT)
