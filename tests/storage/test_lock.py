"""
L{twisted_chat.storage.lock}: one server for a data folder.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import InUse, StartRefused


def test_aFolderIsTakenByOneAtATime(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with pytest.raises(StartRefused) as caught:
        FolderLock(tmp_path)
    assert str(caught.value) == (
        f"The data folder {tmp_path} is in use by another server (process {os.getpid()})."
    )
    lock.release()
    lock.release()
    FolderLock(tmp_path).release()


def test_aFolderThatIsNotThereIsRefused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"can't be used: No such file or directory\.$"):
        FolderLock(tmp_path / "none")


def test_aLockThatWasRefusedLeavesTheOwnerInPeace(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    for _ in range(2):
        with pytest.raises(StartRefused, match=str(os.getpid())):
            FolderLock(tmp_path)
    lock.release()


def test_aDatabaseElsewhereIsTakenByOneAtATimeToo(tmp_path: Path) -> None:
    """
    Two servers with folders of their own can't share it.
    """
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    database = tmp_path / "my chat.sqlite"
    lock = FolderLock(one, database)
    with pytest.raises(StartRefused) as caught:
        FolderLock(two, database)
    assert str(caught.value) == (
        f"The database {database} is in use by another server (process {os.getpid()})."
    )
    # What was taken before the refusal has been given back.
    FolderLock(two).release()
    lock.release()
    FolderLock(two, database).release()


def test_aDatabaseInAnotherServersFolderIsTaken(tmp_path: Path) -> None:
    """
    By whatever name each of them knows it.
    """
    one, two, link = tmp_path / "one", tmp_path / "two", tmp_path / "link"
    one.mkdir()
    two.mkdir()
    link.symlink_to(one)
    database = one / "chat.sqlite"
    database.touch()
    (two / "alias.sqlite").symlink_to(database)
    lock = FolderLock(one, database)
    for known in (database, link / "chat.sqlite", two / "alias.sqlite"):
        with pytest.raises(StartRefused, match=f"The database {known} is in use"):
            FolderLock(two, known)
    lock.release()


def test_aLinkInThePlaceOfTheLockIsNotFollowed(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text("to my aunt")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "lock").symlink_to(letter)
    with pytest.raises(StartRefused, match=r"folder can't be used: .*/lock is a link\.$"):
        FolderLock(folder)
    assert letter.read_text() == "to my aunt"


@pytest.mark.usefixtures("lockless")
def test_aFileSystemWithoutLocksIsNotTakenForAnotherServer(tmp_path: Path) -> None:
    with pytest.raises(StartRefused) as caught:
        FolderLock(tmp_path)
    why = "no file can be locked there: No locks available"
    assert str(caught.value) == f"The data folder {tmp_path} can't be used: {why}."
    assert not isinstance(caught.value, InUse)


def test_aLinkIsOneWhateverErrorTheSystemHasForIt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    FreeBSD has "too many links".
    """

    def refuse(path: Path, *more: object) -> int:
        raise OSError(errno.EMLINK, os.strerror(errno.EMLINK))

    (tmp_path / "lock").symlink_to("letter")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StartRefused, match=r"/lock is a link\.$"):
        FolderLock(tmp_path)
