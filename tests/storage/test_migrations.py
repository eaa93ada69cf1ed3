"""
Bringing a database up to date: once, whole, or not at all.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from tests.contracts.store_case import now
from tests.integration.running import CHECKOUT, environment
from tests.storage import releases
from tests.storage.quick import fileStore
from twisted_chat.storage import migrations, sqlite_open
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.schema import METADATA, REVISION
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads


def store(file: Path) -> SqliteStore:
    """
    @return: a store that has to make its tables by itself.
    """
    return SqliteStore(f"sqlite:///{file}", NoThreads(), lambda: 0.0)


def tables(file: Path) -> set[str]:
    """
    @return: the names of the tables in a database.
    """
    connection = sqlite3.connect(file)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    finally:
        connection.close()


def inside(file: Path) -> tuple[list[object], dict[str, list[object]]]:
    """
    @return: all that SQLite knows of how a database was made, word for word but for the spaces,
        and all that is in it, by table.
    """
    with closing(sqlite3.connect(file)) as connection:
        master = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        ).fetchall()
        made = [(*names, " ".join(sql.split()) if sql else sql) for *names, sql in master]
        rows = {
            name: connection.execute(f'SELECT * FROM "{name}"').fetchall()
            for kind, name, *_ in master
            if kind == "table"
        }
    return made, rows


def filled(file: Path, fill: Callable[[Connection], None]) -> Path:
    """
    @param fill: makes the tables.
    @return: the file.
    """
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        fill(connection)
    engine.dispose()
    return file


def migrated(file: Path) -> Path:
    """
    Make a database by all migrations, one after another.
    """
    return filled(file, lambda connection: migrations.migrate(connection, str(file), None))


def revise(file: Path, revision: str) -> None:
    """
    Make a database look like one of another version.
    """
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
    connection.close()


def test_migrationsMakeTheTablesOfTheSchema(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated(tmp_path / 'chat.db')}")
    with engine.connect() as connection, warnings.catch_warnings():
        # Of indexes with a condition Alembic can't say whether it is the same.
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        ours = [
            change
            for change in compare_metadata(context, METADATA)
            if not str(getattr(change[1], "name", "")).startswith("words")
        ]
    engine.dispose()
    assert ours == []


def test_aNewDatabaseIsTheSameAsOneOfAllMigrations(tmp_path: Path) -> None:
    """
    It is made at once. The tables, their columns in their order, what holds of them, the indexes
    with their conditions, and the index for searching are the same, and so is what is in them.
    """
    new = tmp_path / "new.db"
    now((started := store(new)).start())
    now(started.stop())
    old = migrated(tmp_path / "migrated.db")
    # What the index is told to do with each start is the same as well.
    now((started := store(old)).start())
    now(started.stop())
    made, rows = inside(new)
    assert (made, rows) == inside(old)
    assert {"conversations", "log", "log_aside", "words"} <= {name for _, name, *_ in made}
    assert rows["alembic_version"] == [(REVISION,)]


def test_theRevisionIsTheNewestMigration() -> None:
    names = sorted(
        path.name for path in (Path(migrations.__file__).parent / "versions").glob("v*.py")
    )
    assert names[-1].startswith(f"v{REVISION}_")


def test_theFileIsForTheServerAlone(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    made = store(file)
    now(made.start())
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    now(made.stop())
    assert [path.name for path in tmp_path.iterdir()] == ["chat.db"]


def test_theFileToWhichALinkLeadsIsForTheServerAloneToo(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "chat.db", tmp_path / "elsewhere"
    elsewhere.mkdir()
    file.symlink_to(elsewhere / "chat.db")
    before = os.umask(0o022)
    try:
        made = store(file)
        now(made.start())
        assert {path.stat().st_mode & 0o777 for path in elsewhere.iterdir()} == {0o600}
        now(made.stop())
    finally:
        os.umask(before)


def test_newerDataIsRefusedInOneLineAndLeftAlone(tmp_path: Path) -> None:
    now((first := fileStore(tmp_path, lambda: 0.0)).start())
    now(first.stop())
    file = tmp_path / "chat.db"
    revise(file, "9999")
    before = file.read_bytes()
    with pytest.raises(StartRefused) as caught:
        now(store(file).start())
    assert str(caught.value) == (
        f"The data in {file} was written by a newer version of twisted_chat"
        f" (schema 9999, this one knows up to {REVISION}). Install that version."
    )
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["chat.db"]


@pytest.mark.parametrize("before", ["", "0003"])
def test_aMigrationThatFailsLeavesNothing(tmp_path: Path, before: str) -> None:
    """
    Of a new database nothing, and of one of an earlier schema all as it was.
    """

    def refuse(action: int, name: str | None, *_: object) -> int:
        wrong = action == sqlite3.SQLITE_CREATE_INDEX and name == "log_target"
        return sqlite3.SQLITE_DENY if wrong else sqlite3.SQLITE_OK

    def connect(database: str) -> sqlite3.Connection:
        connection = sqlite_open.connect(database)
        connection.set_authorizer(refuse)
        return connection

    file = tmp_path / "chat.db"
    if before:
        releases.restore(before, file)
    else:
        file.touch()
    was = inside(file)
    failing = SqliteStore(f"sqlite:///{file}", NoThreads(), lambda: 0.0, connect)
    with pytest.raises(StartRefused):
        now(failing.start())
    assert inside(file) == was
    whole = store(file)
    now(whole.start())
    now(whole.stop())
    assert {"log", "words", "alembic_version"} <= tables(file)


@pytest.mark.parametrize(
    ("content", "why"), [(b"this is not a database at all" * 99, "the file is not a database")]
)
def test_whatIsNoDatabaseIsRefusedInOneLine(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "chat.db"
    file.write_bytes(content)
    with pytest.raises(StartRefused) as caught:
        now(store(file).start())
    assert str(caught.value) == f"The data in {file} can't be used: {why}."
    assert file.read_bytes() == content


def test_aFolderThatIsNotThereIsRefusedInOneLine(tmp_path: Path) -> None:
    file = tmp_path / "none" / "chat.db"
    with pytest.raises(StartRefused, match=r"can't be opened \(No such file or directory\)\.$"):
        now(store(file).start())


@pytest.mark.parametrize("url", ["postgresql://x/y", "nonsense", "redis://x"])
def test_anotherKindOfDatabaseIsRefusedInOneLine(url: str) -> None:
    with pytest.raises(StartRefused, match=r"^[^\n]+$"):
        SqliteStore(url, NoThreads(), lambda: 0.0)


START = """
import sys
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads
for url in sys.argv[1:]:
    store = SqliteStore(url, NoThreads(), lambda: 0.0)
    print("ready", flush=True)
    sys.stdin.readline()
    store.start().addErrback(lambda why: why.raiseException())
    store.stop().addErrback(lambda why: why.raiseException())
# To import what a start does not need takes longer than all that it does.
assert not {"alembic", "sqlalchemy.dialects.postgresql"} & set(sys.modules)
"""


@pytest.mark.integration
def test_twoProcessesMayStartAtOnce(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path}/{turn}.db" for turn in range(3)]
    starting = [
        subprocess.Popen(
            [sys.executable, "-W", "error::UserWarning", "-c", START, *urls],
            cwd=CHECKOUT,
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        for _ in urls:
            for process in starting:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            for process in starting:
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
        ended = [(process.communicate(timeout=60)[1], process.returncode) for process in starting]
    finally:
        for process in starting:
            process.kill()
            process.communicate()
    assert ended == [("", 0)] * len(starting)


def test_aStoreThatCouldNotStartCanBeStopped(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    file.write_bytes(b"no database" * 999)
    failing = store(file)
    with pytest.raises(StartRefused):
        now(failing.start())
    now(failing.stop())
