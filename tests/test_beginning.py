"""
L{twisted_chat.beginning}: a network begins once, and is not begun anew because its data is lost.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.internet.testing import MemoryReactorClock

from tests.conftest import Wrongs
from twisted_chat.beginning import makeFolder, makingIn, prepareIn, setMask
from twisted_chat.config import load
from twisted_chat.operating.commandline import runImport
from twisted_chat.server import StartEnded
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_open import DATABASE
from twisted_chat.storage.threads import NoThreads
from twisted_chat.tap import build


def start(folder: Path, database: Path | None = None) -> None:
    """
    Prepare a start as a server does.
    """
    database = database or folder / DATABASE
    store = SqliteStore(f"sqlite:///{database}", NoThreads(), lambda: 0.0)
    prepareIn(folder, database, store.prepare)


def withoutTables(file: Path) -> None:
    """
    Make a database in which nothing is; its tables were in the write-ahead log.
    """
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert file.stat().st_size


def emptied(file: Path) -> None:
    """
    Leave nothing in a file.
    """
    file.write_bytes(b"")


LOSSES: dict[str, Callable[[Path], None]] = {
    "is missing": lambda file: file.unlink(missing_ok=True),
    "is empty": emptied,
    "has no tables": withoutTables,
}
"""What may become of a database, and what is said of it."""


@pytest.mark.parametrize("loss", LOSSES)
def test_aDatabaseThatIsLostIsNotBegunAnew(tmp_path: Path, loss: str) -> None:
    start(tmp_path)
    database = tmp_path / DATABASE
    kept = database.read_bytes()
    LOSSES[loss](database)
    with pytest.raises(StartRefused) as refused:
        start(tmp_path)
    told = str(refused.value)
    assert told.startswith(f"The database {database} {loss}, but ")
    assert "twisted-chat restore" in told
    assert told.endswith(f"remove {tmp_path}/begun first.")
    assert "\n" not in told
    # Nothing was put into its place.
    assert not database.exists() or len(database.read_bytes()) < len(kept)
    database.write_bytes(kept)
    start(tmp_path)


@pytest.mark.parametrize("left", LOSSES)
def test_aFirstStartThatWasBrokenOffIsBegunAgain(tmp_path: Path, left: str) -> None:
    # It was killed when this was there, and the secret, and no more.
    (tmp_path / "secret").write_bytes(b"x" * 32)
    LOSSES[left](tmp_path / DATABASE)
    start(tmp_path)
    start(tmp_path)


def test_aStartThatCantMakeTheTablesHasNotBegun(tmp_path: Path) -> None:
    def fail() -> None:
        raise StartRefused("the disk is full")

    with pytest.raises(StartRefused):
        prepareIn(tmp_path, tmp_path / DATABASE, fail)
    start(tmp_path)


def test_aNewNetworkIsBegunOnPurpose(tmp_path: Path) -> None:
    start(tmp_path)
    (tmp_path / DATABASE).unlink()
    (tmp_path / "begun").unlink()
    start(tmp_path)


def test_aDatabaseIsSoughtWhereTheSettingsSay(tmp_path: Path) -> None:
    start(tmp_path)
    other = tmp_path / "other.sqlite"
    with pytest.raises(StartRefused) as refused:
        start(tmp_path, other)
    # Such as a slip in the settings, or a disk that is not mounted.
    assert f"has begun, in {tmp_path}/{DATABASE}. " in str(refused.value)
    (tmp_path / DATABASE).rename(other)
    start(tmp_path, other)
    other.unlink()
    with pytest.raises(StartRefused) as refused:
        start(tmp_path, other)
    assert "has begun. " in str(refused.value)


def test_aNetworkInMemoryIsNewEachTime(tmp_path: Path) -> None:
    start(tmp_path)
    (tmp_path / DATABASE).unlink()
    prepareIn(tmp_path, None, lambda: None)


def test_whatIsDamagedIsToldByWhoOpensIt(tmp_path: Path) -> None:
    start(tmp_path)
    (tmp_path / DATABASE).write_bytes(b"x" * 4096)
    with pytest.raises(StartRefused, match="not a database"):
        start(tmp_path)


@pytest.mark.parametrize("table", ["bookmarks", "accounts"])
def test_noNetworkBeginsInTheDatabaseOfAnotherProgram(tmp_path: Path, table: str) -> None:
    database = tmp_path / DATABASE
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"CREATE TABLE {table} (name)")
        connection.commit()
    kept = database.read_bytes()
    with pytest.raises(StartRefused, match=r"chat\.sqlite is another program's: "):
        start(tmp_path)
    assert database.read_bytes() == kept


def test_aNetworkBeginsWhereItCantBeNoted(tmp_path: Path, logged: list[str]) -> None:
    (tmp_path / ".begun.new").mkdir()
    start(tmp_path)
    (line,) = logged
    assert line.startswith(f"{tmp_path}/begun can't be written: ")


def test_aServerEndsWhereItsDataIsLost(tmp_path: Path, wrongs: Wrongs) -> None:
    given: dict[str, object] = {"network.data_dir": str(tmp_path)}
    start(tmp_path)
    (tmp_path / DATABASE).unlink()
    server = build(MemoryReactorClock(), load(None, given))
    with pytest.raises(StartEnded, match="is missing"):
        server.privilegedStartService()
    assert len(wrongs.flush()) == 1


def test_nothingIsTakenInWhereTheDataIsLost(tmp_path: Path) -> None:
    start(tmp_path)
    (tmp_path / DATABASE).unlink()
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"")
    with pytest.raises(StartRefused, match="is missing"):
        runImport(Namespace(data_dir=str(tmp_path), config=None, file=str(log)))


def test_rootIsWarnedOfSomebodyElsesFolder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    folder = tmp_path / "data"
    makeFolder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    status = SimpleNamespace(st_uid=1000, st_gid=100, st_mode=0o040700)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Path, "stat", lambda path, **how: status)
    makeFolder(tmp_path)
    assert logged == []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    makeFolder(tmp_path)
    monkeypatch.undo()
    (line,) = logged
    assert f"{tmp_path} is user 1000's, and this runs as root" in line
    assert f"chown -R 1000:100 {tmp_path}" in line


@pytest.mark.parametrize(
    ("mask", "wanted"),
    [(0o000, 0o022), (0o002, 0o022), (0o027, 0o027), (0o077, 0o077), (0o777, 0o077)],
)
def test_whatIsMadeItsOwnerCanUseAndNobodyElseChange(mask: int, wanted: int) -> None:
    before = os.umask(mask)
    try:
        setMask()
        assert os.umask(before) == wanted
    finally:
        os.umask(before)


def test_whatIsNotThereYetIsMadeByOneStartAfterTheOther(tmp_path: Path) -> None:
    other = os.open(tmp_path, os.O_RDONLY)
    try:
        with makingIn(tmp_path), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(other)


@pytest.mark.usefixtures("lockless")
def test_aFileSystemWithoutLocksForFoldersIsNoHindrance(tmp_path: Path) -> None:
    with makingIn(tmp_path):
        pass
