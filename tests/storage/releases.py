"""
Databases as each released schema left them, written down as SQL.

A file C{released/REVISION.sql} is made once, by the last version of the program that wrote that
schema, and never changed: it is what somebody's data looks like. To make one::

    python -m tests.storage.releases DATABASE > tests/storage/released/REVISION.sql
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads

FOLDER = Path(__file__).with_name("released")


def released() -> list[str]:
    """
    @return: the revisions of which there is a database, the oldest first.
    """
    return sorted(file.stem for file in FOLDER.glob("*.sql"))


def restore(revision: str, file: Path) -> None:
    """
    Make the database of a revision.

    @param file: where; there is nothing yet.
    """
    with closing(sqlite3.connect(file)) as database:
        database.executescript((FOLDER / f"{revision}.sql").read_text("utf-8"))


@cache
def upgraded(revision: str) -> bytes:
    """
    @return: the database of a revision, brought up to date.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "chat.sqlite"
        restore(revision, file)
        SqliteStore(f"sqlite:///{file}", NoThreads(), lambda: 0.0).prepare()
        return file.read_bytes()


def written(database: sqlite3.Connection) -> Iterator[str]:
    """
    Write a database down.

    SQLite's own dump writes the schema's table where there is a virtual one, which an SQLite that
    is careful does not read back.

    @return: its statements, a line or more for each.
    """
    made = database.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql > '' AND name NOT LIKE 'words@__%'"
        " ESCAPE '@' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY type DESC, rowid"
    ).fetchall()
    yield "BEGIN;"
    for _, _, sql in made:
        yield f"{sql};"
    for name in (name for kind, name, _ in made if kind == "table"):
        columns = [column[1] for column in database.execute(f"PRAGMA table_info({name})")]
        if name == "words":
            columns.insert(0, "rowid")
        values = " || ', ' || ".join(f'quote("{column}")' for column in columns)
        for (row,) in database.execute(f"SELECT {values} FROM {name} ORDER BY rowid"):
            yield f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({row});"
    yield "COMMIT;"


if __name__ == "__main__":
    with closing(sqlite3.connect(sys.argv[1])) as opened:
        for line in written(opened):
            print(line)
