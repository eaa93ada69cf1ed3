"""
Bringing the tables of a database up to date; an Alembic environment.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect

from twisted_chat.domain.errors import BadInput
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.schema import METADATA, REVISION
from twisted_chat.storage.sqlite_copy import keepBefore
from twisted_chat.storage.sqlite_index import MAKE
from twisted_chat.storage.sqlite_open import MEMORY

_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic notes what a database was brought up to, as Alembic makes it."""


def revisionOf(connection: Connection) -> str | None:
    """
    What a database was last brought up to, or C{None} if it is empty.
    """
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found = connection.execute(_VERSION.select()).scalar()
    return None if found is None else str(found)


def upgrade(connection: Connection, place: str) -> None:
    """
    Bring the tables up to date, in the transaction that the connection is in. What was there before
    is copied beside it first.

    @param place: where the data is.
    @raise StartRefused: the data is newer than the program, or can't be copied.
    """
    found = revisionOf(connection)
    if found is None:
        make(connection)
    elif found != REVISION:
        migrate(connection, place, found)


def make(connection: Connection) -> None:
    """
    Make the tables in an empty database as they are now. All migrations would make the same, one
    after another, which with the import of Alembic is a fifth of a start.
    """
    METADATA.create_all(connection, checkfirst=False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(MAKE)
    _VERSION.create(connection, checkfirst=False)
    connection.execute(_VERSION.insert().values(version_num=REVISION))


def migrate(connection: Connection, place: str, found: str | None) -> None:
    """
    Run the migrations that a database lacks.

    @param place: where the data is.
    @param found: what it was last brought up to.
    @raise StartRefused: the data is newer than the program, or can't be copied.
    """
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
