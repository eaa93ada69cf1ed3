"""
L{twisted_chat.admin.alone}: data that can't be worked on is left as it is.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.storage.quick import template
from twisted_chat.admin import alone
from twisted_chat.cli import main
from twisted_chat.domain.errors import BadInput
from twisted_chat.storage.lock import FolderLock


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A data folder that no server has.
    """
    (tmp_path / "chat.sqlite").write_bytes(template())
    monkeypatch.setattr(alone, "react", lambda run, argv: pytest.fail("it was worked on"))
    return tmp_path


def refusal(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """
    Why nothing is done, in one line.
    """
    assert main(["admin", "--data-dir", str(folder), "accounts", "list"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return str(line)


def test_dataThatAServerHasIsLeftToIt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = FolderLock(folder)
    try:
        assert f"in use by another server (process {os.getpid()})" in refusal(folder, capsys)
    finally:
        lock.release()


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_dataOfAnotherSchemaIsLeftAsItIs(
    folder: Path, capsys: pytest.CaptureFixture[str], revision: str
) -> None:
    file = folder / "chat.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    before = file.read_bytes()
    assert f"The data is of schema {revision}, and this program needs" in refusal(folder, capsys)
    assert file.read_bytes() == before
    # And the folder is free again.
    FolderLock(folder).release()


def test_whatCanBeSeenIsFoundWhereTheDataCantBeOpened(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """
    The disk, the rights and the certificate need no database.
    """
    (folder / "chat.sqlite").write_bytes(b"This is a letter to my aunt. " * 1000)
    assert main(["admin", "--data-dir", str(folder), "doctor", "--json"]) == 1
    found = {
        row["about"]: row for row in map(json.loads, capfdbinary.readouterr().out.splitlines())
    }
    assert {"server", "disk", "data folder", "secret"} <= set(found)
    assert found["data"]["found"].endswith("chat.sqlite can't be read: the file is not a database")
    assert not (folder / "secret").exists()


def test_whereTheDataIsAnotherServersThereIsNoFindingWithoutIt(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = FolderLock(folder)
    try:
        assert main(["admin", "--data-dir", str(folder), "doctor"]) == 1
    finally:
        lock.release()
    assert "in use by another server" in capsys.readouterr().err


def test_aFolderThatNothingCanBeWrittenToIsNotTakenForAServers(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(file: int, data: bytes, at: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", write)
    said = refusal(folder, capsys)
    assert said == (
        f"twisted-chat: The data folder {folder} can't be used: No space left on device."
    )


def test_whereThereAreNoTablesYetItIsSaid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "chat.sqlite").write_bytes(b"")
    assert "There are no tables yet" in refusal(folder, capsys)


def test_whereNoServerRunsThereIsNothingToRead() -> None:
    with pytest.raises(BadInput, match="No server runs"):
        alone._nothingToReload()


def test_rootGoesOnAsWhoOwnsTheData(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What root wrote, the server could not use.
    """
    become: list[tuple[str, int]] = []
    (folder / "chat.sqlite").write_bytes(b"")
    stat = Path.stat

    def anothers(path: Path, **named: bool) -> os.stat_result:
        found = stat(path, **named)
        return os.stat_result((*found[:4], 4711, 4712, *found[6:]))

    monkeypatch.setattr(Path, "stat", anothers)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "setgroups", lambda groups: become.append(("groups", len(groups))))
    monkeypatch.setattr(os, "setgid", lambda id: become.append(("group", id)))
    monkeypatch.setattr(os, "setuid", lambda id: become.append(("user", id)))
    lock = FolderLock(folder)
    try:
        assert "in use" in refusal(folder, capsys)
    finally:
        lock.release()
    assert become == [("groups", 0), ("group", 4712), ("user", 4711)]
