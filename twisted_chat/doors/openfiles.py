"""
Open files: each connection is one, and the system allows only so many.
"""

from __future__ import annotations

import resource
from contextlib import suppress

from twisted.logger import Logger

SPARE_FILES = 256
"""Files that are open beside the connections."""

OPEN_MAX = 10_240
"""As many each system allows that says it allows any number."""

SELECT = "twisted.internet.selectreactor"

WATCHED = 1024
"""How many select(2) can watch: FD_SETSIZE."""

_log = Logger()


def limitToWatched(reactor: object) -> None:
    """
    Let no more files be open than a reactor can watch. That of select(2), which is the one of macOS
    where no other is asked for, greets everybody, and cuts off whose file has a higher number.
    """
    if type(reactor).__module__ != SELECT:
        return
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = (min(WATCHED, WATCHED if n == resource.RLIM_INFINITY else n) for n in limits)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    _log.warn(
        "the reactor of select(2) can watch {most} files; choose another for more connections:"
        " twistd -r kqueue, poll or epoll, whichever there is (twistd --help-reactors)",
        most=WATCHED,
    )


def mostConnections(wanted: int) -> int:
    """
    How many connections there can be. Where each file that may be open were a connection, nobody
    could ask the server what is wrong, and what it keeps could not be opened; and who comes then is
    cut off without a word.

    @param wanted: how many there may be: the setting C{limits.connections}.
    @return: as many, or as many as leave some files for everything else.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _within(hard, wanted)


def _within(files: int, wanted: int) -> int:
    if files == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, max(files - SPARE_FILES, files // 2)))


def raiseFileLimit(wanted: int) -> None:
    """
    Let as many files be open as the system allows, and tell if those are too few.

    @param wanted: see L{mostConnections}.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE_FILES
    if soft != hard:
        _raise(soft, hard, needed)
    if hard == resource.RLIM_INFINITY:
        # It is as many as it has come to.
        hard, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _within(hard, wanted)
    if most < wanted:
        _log.warn(
            "the system allows {hard} open files, which is enough for {most} connections;"
            " for {wanted} raise it (ulimit -n, LimitNOFILE) to {needed}",
            hard=hard,
            most=most,
            wanted=wanted,
            needed=needed,
        )


def _raise(soft: int, hard: int, needed: int) -> None:
    # macOS says that there is no limit, and refuses to have none (setrlimit(2): OPEN_MAX).
    for most in (hard, needed, OPEN_MAX):
        if most == hard or most > soft:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                return
