"""
Open files: each connection is one, and the system allows only so many.
"""

from __future__ import annotations

import resource

from twisted.logger import Logger

SPARE_FILES = 256
"""Files that are open beside the connections."""

_log = Logger()


def mostConnections(wanted: int) -> int:
    """
    How many connections there can be. Where each file that may be open were a connection, nobody
    could ask the server what is wrong, and what it keeps could not be opened; and who comes then is
    cut off without a word.

    @param wanted: how many there may be: the setting C{limits.connections}.
    @return: as many, or as many as leave some files for everything else.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, max(hard - SPARE_FILES, hard // 2)))


def raiseFileLimit(wanted: int) -> None:
    """
    Let as many files be open as the system allows, and tell if those are too few.

    @param wanted: see L{mostConnections}.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if mostConnections(wanted) < wanted:
        _log.warn(
            "the system allows {hard} open files, which is enough for {most} connections;"
            " for {wanted} raise it (ulimit -n, LimitNOFILE) to {needed}",
            hard=hard,
            most=mostConnections(wanted),
            wanted=wanted,
            needed=wanted + SPARE_FILES,
        )
