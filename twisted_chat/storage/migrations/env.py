"""
What Alembic runs: the migrations, on the connection that it is given.
"""

from __future__ import annotations

from alembic import context

from twisted_chat.storage.schema import METADATA

# The transaction is the caller's, from the check of the version to the commit.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
