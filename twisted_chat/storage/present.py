"""
Whether a file is there. Where nobody may look, nobody knows: C{Path.exists} and C{Path.is_file} say
"no" then since Python 3.14, and a server would begin anew beside its own data.
"""

from __future__ import annotations

import stat
from pathlib import Path


def isThere(path: Path) -> bool:
    """
    Whether there is something.

    @raise OSError: that can't be told.
    """
    return _mode(path) is not None


def isFile(path: Path) -> bool:
    """
    Whether there is a file, also by way of a link.

    @raise OSError: that can't be told.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
