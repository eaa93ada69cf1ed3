"""
Bringing the tables of a database up to date; an Alembic environment.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from twisted_chat.domain.errors import BadInput
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.schema import REVISION
from twisted_chat.storage.sqlite_copy import keepBefore
from twisted_chat.storage.sqlite_open import MEMORY


def revisionOf(connection: Connection) -> str | None:
    """
    What a database was last brought up to, or C{None} if it is empty.
    """
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: Connection, place: str) -> None:
    """
    Bring the tables up to date, in the transaction that the connection is in. What was there before
    is copied beside it first.

    @param place: where the data is.
    @raise StartRefused: the data is newer than the program, or can't be copied.
    """
    found = revisionOf(connection)
    if found == REVISION:
        return
    # It takes longer to import than all else that a start does, and is seldom needed.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StartRefused(
            f"The data in {place} was written by a newer version of twisted_chat"
            f" (schema {found}, this one knows up to {REVISION}). Install that version."
        )
    if found is not None and connection.dialect.name == "sqlite" and place != MEMORY:
        # Nobody else can write meanwhile, and what this transaction does is not in it.
        try:
            keepBefore(Path(place), REVISION)
        except BadInput as error:
            raise StartRefused(error.text) from error
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)
