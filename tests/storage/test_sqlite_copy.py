"""
Copies of a database are of one moment, whoever writes meanwhile, and hold nobody up.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.contracts.store_case import now
from tests.storage.quick import fileStore
from twisted_chat.domain.errors import BadInput
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_copy import (
    copyDatabase,
    damage,
    keepBefore,
    moment,
    opened,
    refusing,
    revisionIn,
    tableSum,
    tableSums,
)
from twisted_chat.storage.sqlite_link import Link, complaint
from twisted_chat.storage.sqlite_open import connect, openEngine
from twisted_chat.storage.sqlite_sweep import READERS_WAITED_FOR, cutLog
from twisted_chat.storage.threads import NoThreads

ROWS = 4000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """
    A database in use, larger than one step, part of it in the write-ahead log.
    """
    file = tmp_path / "chat.db"
    now((made := fileStore(tmp_path, lambda: 0.0)).start())
    now(made.stop())
    with closing(opened(file)) as connection:
        fill(connection, ROWS)
    return file


def fill(connection: sqlite3.Connection, rows: int) -> None:
    """
    Add to a table.
    """
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO accounts (id, name, fold, skeleton, password) VALUES (?, '', ?, ?, ?)",
        ((key := os.urandom(8).hex(), key, key, "x" * 1500) for _ in range(rows)),
    )
    connection.execute("COMMIT")


@pytest.fixture
def writing(database: Path) -> Iterator[sqlite3.Connection]:
    """
    The server's connection.
    """
    with closing(connect(str(database))) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        # A writer that has to wait for somebody fails.
        connection.execute("PRAGMA busy_timeout=0")
        yield connection


def test_aCopyIsOfOneMomentWhileOthersWrite(
    database: Path, writing: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tableSums(writing)
    steps = []

    class Watched(sqlite3.Connection):
        """
        A connection beside which somebody writes, between the steps of a copy.
        """

        def backup(self, target: sqlite3.Connection, **options: object) -> None:
            def progress(status: int, left: int, total: int) -> None:
                steps.append(left)
                if len(steps) < 10:
                    fill(writing, 10)

            super().backup(target, progress=progress, **options)  # type: ignore[arg-type]

    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *arguments, **options: real(*arguments, factory=Watched, **options),
    )
    copyDatabase(database, tmp_path / "copy")
    monkeypatch.undo()
    # In steps, each of which goes on where the last one stopped.
    assert len(steps) > 1
    assert steps == sorted(steps, reverse=True)
    with closing(opened(tmp_path / "copy")) as copy:
        assert damage(copy) is None
        assert tableSums(copy) == before
    assert tableSums(writing) != before


def test_aCopyHoldsNoWriterUp(database: Path, writing: sqlite3.Connection) -> None:
    with moment(database) as seen:
        before = tableSum(seen, "accounts")
        fill(writing, 1)
        assert tableSum(seen, "accounts") == before
    assert tableSum(writing, "accounts").rows == ROWS + 1


def test_aSweepDoesNotWaitForACopy(database: Path, writing: sqlite3.Connection) -> None:
    engine = openEngine(str(database), connect, 0)
    link = Link(engine, True)
    waited: list[str] = []
    try:
        with moment(database):
            fill(writing, 10)
            link.raw.set_trace_callback(waited.append)
            assert not cutLog(link)
            link.raw.set_trace_callback(None)
        assert f"PRAGMA busy_timeout={READERS_WAITED_FOR}" in waited
        assert cutLog(link)
        (patience,) = link.raw.execute("PRAGMA busy_timeout").fetchone()
        assert patience == 5000
    finally:
        link.close()
        engine.dispose()


def test_aCopyIsForItsOwnerAloneAndOverwritesNothing(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copyDatabase(database, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    before = copy.read_bytes()
    with pytest.raises(FileExistsError):
        copyDatabase(database, copy)
    assert copy.read_bytes() == before


def test_whatCanNotBeCopiedLeavesNothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no database" * 1000)
    with (
        pytest.raises(BadInput, match=r"^it fails: the file is not a database\.$"),
        refusing("it fails"),
    ):
        copyDatabase(broken, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_theNewestTwoOfTheCopiesBeforeUpgradesAreKept(database: Path) -> None:
    for number, revision in enumerate(("0007", "0008", "0009"), 1):
        kept = keepBefore(database, revision)
        os.utime(kept, ns=(number, number))
    kept = keepBefore(database, "0009")
    names = sorted(path.name for path in database.parent.iterdir() if "before" in path.name)
    assert names == ["chat.db.before-0008", "chat.db.before-0009"]
    assert kept.name == "chat.db.before-0009"


def test_whatIsOldOfTheCopiesBeforeUpgradesIsRemoved(database: Path) -> None:
    old, new = keepBefore(database, "0007"), keepBefore(database, "0008")
    broken = database.with_name(".chat.db.before-0006.new")
    backup = database.with_name("chat.db.backup")
    for path in (broken, backup):
        path.write_bytes(b"x")
    for path in (old, broken, backup, database):
        os.utime(path, (1000.0, 1000.0))
    os.utime(new, (2000.0, 2000.0))
    store = SqliteStore(f"sqlite:///{database}", NoThreads(), lambda: 3000.0)
    now(store.start())
    assert now(store.removeCopies(1000.0)) == []
    assert sorted(now(store.removeCopies(2000.0))) == sorted(map(str, (old, broken)))
    assert new.exists()
    assert backup.exists()
    assert database.exists()
    now(store.stop())


def test_sumsTellEveryChange(database: Path, writing: sqlite3.Connection) -> None:
    before = tableSums(writing)
    assert before["accounts"].rows == ROWS
    assert not [name for name in before if name.startswith("words")]
    writing.execute("UPDATE accounts SET seen_at = 1 WHERE rowid = 17")
    after = tableSums(writing)
    assert [name for name in before if before[name] != after[name]] == ["accounts"]
    # The order of the rows in the file is of no matter.
    writing.execute("CREATE TABLE copied AS SELECT * FROM accounts ORDER BY random()")
    writing.execute("DELETE FROM accounts")
    writing.execute("INSERT INTO accounts SELECT * FROM copied")
    assert tableSums(writing)["accounts"] == after["accounts"]


def test_aDatabaseWithoutTablesHasNoRevision(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty")) as connection:
        assert revisionIn(connection) is None


LOOK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute("SELECT count(*) FROM facts WHERE value = 7").fetchone()[0])
database.close()
"""


def look(database: Path) -> int:
    """
    Another program looks into the database, as C{sqlite3} does when somebody is curious.
    """
    command = [sys.executable, "-c", LOOK, str(database)]
    return int(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)


@pytest.mark.integration
def test_otherProgramsMayLookWithoutHarm(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    log = tmp_path / "chat.db-wal"
    running = fileStore(tmp_path, lambda: 0.0)
    now(running.start())
    # A second connection of the same process: nothing may let go of the locks of the first.
    now(running.rooms())
    for number in range(3):
        with closing(connect(str(file))) as writing:
            writing.execute("INSERT INTO facts (name, value) VALUES (?, 7)", (f"fact {number}",))
        before = log.stat().st_ino
        assert look(file) == number + 1
        assert log.stat().st_ino == before, "the write-ahead log was taken away under the server"
    now(running.stop())


def brokenOff(code: int) -> sqlite3.Error:
    """
    What SQLite raises with a code.
    """
    error = sqlite3.OperationalError("what it says")
    error.sqlite_errorcode = code
    return error


def system(free: int = 1, flags: int = 0, files: int = 0, freeFiles: int = 0) -> Any:
    """
    What the system tells of a file system; of one that does not count its files, as it is.
    """
    told = SimpleNamespace(f_bavail=free, f_flag=flags, f_files=files, f_favail=freeFiles)
    return lambda path: told


def test_whyADatabaseDoesNotOpenIsAskedOfTheSystem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "chat.sqlite"
    file.touch()
    full, cant = brokenOff(sqlite3.SQLITE_IOERR_SHMSIZE), brokenOff(sqlite3.SQLITE_CANTOPEN)
    assert complaint(cant, file) == "the database can't be opened"
    monkeypatch.setattr(os, "access", lambda path, mode: path != file)
    said = f"the database can't be opened ({file}: Permission denied)"
    assert complaint(cant, file) == said
    monkeypatch.setattr(os, "statvfs", system(flags=os.ST_RDONLY))
    said = f"the database can't be opened ({tmp_path}: Read-only file system)"
    assert complaint(cant, file) == said
    monkeypatch.setattr(os, "statvfs", system(free=0))
    assert complaint(full, file) == "the disk is full (the disk gave an error)"
    monkeypatch.setattr(os, "statvfs", system(files=9))
    said = "the disk takes no more files: its inodes are used up (the database can't be opened)"
    assert complaint(cant, file) == said
    # What SQLite knows better is left to it.
    assert complaint(brokenOff(sqlite3.SQLITE_CORRUPT), file) == "the database is damaged"


def test_onADiskThatIsReadOnlyADatabaseThatNobodyHasIsCopied(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    SQLite makes no files beside it.
    """
    monkeypatch.setattr(os, "statvfs", system(flags=os.ST_RDONLY))
    with closing(opened(database)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        assert sorted(database.parent.glob(f"{database.name}-*")) == []
