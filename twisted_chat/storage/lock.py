"""
One server for a data folder.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from twisted_chat.storage.refusals import StartRefused

LOCK_FILE = "lock"


class FolderLock:
    """
    A data folder, taken for one process. The system gives it back when the process ends, however
    it ends.
    """

    def __init__(self, folder: Path | str) -> None:
        """
        Take the folder.

        @param folder: the data folder; it exists.
        @raise StartRefused: another server has it, or nothing can be written in it.
        """
        path = Path(folder) / LOCK_FILE
        try:
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartRefused(
                f"The data folder {folder} can't be used: {error.strerror}."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._file, 20).decode("ascii", "replace").strip() or "unknown"
            self.release()
            raise StartRefused(
                f"The data folder {folder} is in use by another server (process {owner})."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """
        Give the folder back; once is enough.
        """
        file, self._file = self._file, None
        if file is not None:
            # The file stays: to remove it would let two servers lock two files of that name.
            os.close(file)
