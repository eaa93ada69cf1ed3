"""
One server for a data folder, and for a database.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from twisted_chat.storage.refusals import InUse, StartRefused

LOCK_FILE = "lock"

LOCK_ENDING = ".lock"
"""Behind the name of a database's file."""


class FolderLock:
    """
    A data folder, taken for one process, and its database: that may be elsewhere, and be another
    server's, which has it in its own folder. The system gives them back when the process ends,
    however it ends.
    """

    def __init__(self, folder: Path | str, database: Path | None = None) -> None:
        """
        Take them.

        @param folder: the data folder; it exists.
        @param database: the file of the database; C{None} if it is in none.
        @raise InUse: another server has one of them.
        @raise StartRefused: nothing can be written there.
        """
        self._files: list[int] = []
        self._take(Path(folder) / LOCK_FILE, f"The data folder {folder}")
        if database is None:
            return
        try:
            # Whatever name a server knows it by, the lock is one.
            file = database.resolve()
            self._take(file.with_name(file.name + LOCK_ENDING), f"The database {database}")
        except StartRefused:
            self.release()
            raise

    def _take(self, path: Path, what: str) -> None:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            # What a link leads to would lose what is in it. Each system has its own error for that.
            why = f"{path} is a link" if path.is_symlink() else error.strerror
            raise StartRefused(f"{what} can't be used: {why}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise InUse(f"{what} is in use by another server (process {owner}).") from error
        except OSError as error:
            os.close(file)
            why = f"no file can be locked there: {error.strerror}"
            raise StartRefused(f"{what} can't be used: {why}.") from error
        self._files.append(file)
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, b"%d\n" % os.getpid(), 0)
        except OSError as error:
            self.release()
            raise StartRefused(f"{what} can't be used: {error.strerror}.") from error

    def release(self) -> None:
        """
        Give all back; once is enough.
        """
        while self._files:
            # The file stays: to remove it would let two servers lock two files of that name.
            os.close(self._files.pop())
