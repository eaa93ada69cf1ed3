"""
L{twisted_chat.operating.commandline}: on whose behalf files are read and written.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twisted_chat.cli import main
from twisted_chat.storage.transfer import Taken


def test_whatRootTakesInIsWrittenAsWhoOwnsTheFolder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The file is root's to read, and is open by then; the lock is made after that.
    """
    file, folder = tmp_path / "log", tmp_path / "data"
    file.write_bytes(b"lines")
    folder.mkdir()
    owner = folder.stat()
    status = os.stat_result((*owner[:4], 4711, 4712, *owner[6:]))
    become: list[tuple[str, int]] = []

    def setuid(id: int) -> None:
        become.append(("user", id))
        assert not list(folder.iterdir())
        file.unlink()

    monkeypatch.setattr(Path, "stat", lambda path, **named: status)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "setgroups", lambda groups: become.append(("groups", len(groups))))
    monkeypatch.setattr(os, "setgid", lambda id: become.append(("group", id)))
    monkeypatch.setattr(os, "setuid", setuid)
    taken: list[bytes] = []
    monkeypatch.setattr(
        "twisted_chat.storage.transfer.importFrom",
        lambda file, database, seconds: taken.append(file.read()) or Taken(),
    )
    assert main(["import", str(file), "--data-dir", str(folder)]) == 0
    assert become == [("groups", 0), ("group", 4712), ("user", 4711)]
    assert taken == [b"lines"]
