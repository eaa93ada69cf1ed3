"""
Where the admin socket is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SOCKET: Final = "admin.sock"
"""What it is called in the data folder."""

LONGEST: Final = 100
"""Bytes in the path of a socket; systems allow a few more."""

OPEN_FILES: Final = Path("/proc/self/fd")
"""Where the system shows the files that this process has open."""


@contextmanager
def socketIn(folder: Path) -> Iterator[str]:
    """
    The path of the socket, short enough for the system.

    @param folder: the data folder.
    @return: a path that can be used within the C{with}.
    @raise OSError: there is no such folder.
    """
    path = folder / SOCKET
    if len(os.fsencode(path)) <= LONGEST or not OPEN_FILES.is_dir():
        yield str(path)
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(OPEN_FILES / str(opened) / SOCKET)
    finally:
        os.close(opened)
