"""
What runs the server: Python, and twistd, or the newer twist, which has fewer options. They tell of
what can't be done by a traceback; what can be seen before is told here, in one line.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from twisted_chat.settings.kinds import SettingsError, workingFolder

LOG_OPTIONS: Final = ("logger", "logfile", "syslog")
"""The options of twistd that say where the log goes."""


def requireDocstrings() -> None:
    """
    See that Python has not left out the docstrings: refusals, the help of the commands and the
    explanations of the settings are theirs, and people would read nothing instead.

    @raise SettingsError: it has.
    """
    if SettingsError.__doc__ is None:
        why = "leaves out the docstrings, which are what people read here; -O leaves them"
        raise SettingsError("python -OO (PYTHONOPTIMIZE=2)", why)


def requireRunner(options: Mapping[str, Any]) -> None:
    """
    See that twistd can run a server.

    @param options: what it was told, by the names of its options.
    @raise SettingsError: it can't.
    """
    if any(options.get(option) is not None for option in ("uid", "gid")):
        why = "files would be root's before; start it as that user: runuser -u USER -- twistd"
        raise SettingsError("--uid, --gid", why)
    folder = options.get("rundir") or "."
    if not (options.get("chroot") or os.access(folder, os.X_OK)):
        # Also where that is the working folder, by default.
        why = "can't be entered; start it in another folder"
        raise SettingsError("--rundir", f"{workingFolder() / folder} {why}")
    for option, given in _files(options):
        file = workingFolder() / given
        if why := _whyUnwritable(file):
            found = f"{why}; start it in another folder, or name another file: {option}="
            raise SettingsError(str(file), found)


def _files(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """
    @return: what twistd is going to write, and the option that moves it.
    """
    if options.get("pidfile") and not options.get("chroot"):
        yield "--pidfile", options["pidfile"]
    if not (options.get("nodaemon", True) or any(map(options.get, LOG_OPTIONS))):
        yield "--logfile", "twistd.log"


def _whyUnwritable(file: Path) -> str:
    """
    @return: why a file can't be written; C{""} if it can.
    """
    if not file.is_absolute():
        # The working folder has been removed.
        return os.strerror(errno.ENOENT)
    for place, mode in ((file, os.W_OK), (file.parent, os.W_OK | os.X_OK)):
        if os.path.lexists(place):
            return "" if os.access(place, mode) else os.strerror(errno.EACCES)
    return os.strerror(errno.ENOENT)
