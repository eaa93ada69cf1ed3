"""
The standard output as a place for the log that never makes the server wait.

A terminal takes nothing more when somebody stops it (Ctrl-S) or the line to it is dead, a pipe when
the program at its other end hangs, the journal when its disk does. Whoever writes there waits then,
and everybody in the network with it.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import IO, Final

from twisted_chat.domain.units import MIB, SECONDS

Take = Callable[[bytes], int]
"""Writes as much of something as can be written at once: how many bytes; 0 for none."""

MOST_WAITING: Final = 1 * MIB
"""While more bytes than these wait for a place that takes nothing, what comes is lost."""

AGAIN: Final = 0.25 * SECONDS
"""How long it is until it is tried again."""

MISSING: Final = "[-] {lost} lines of the log are missing here: nobody took them in time\n"


class Untaken(OSError):
    """
    The other end is gone.

    @ivar rest: the lines that it has not taken; the first may be only the end of one.
    """

    def __init__(self, why: OSError, rest: str) -> None:
        """
        @param why: what the system says of it.
        """
        super().__init__(why.errno, why.strerror)
        self.rest = rest


class Nowhere:
    """
    The place of a log whose own was closed before the start.
    """

    def write(self, text: str, /) -> None:
        """
        Take nothing.

        @raise OSError: always, as what is closed meanwhile does.
        """
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def flush(self) -> None:
        """
        There is nothing.
        """


class Unhurried:
    """
    A place whose other end may take its time.
    """

    def __init__(self, take: Take, later: Callable[[float, Callable[[], None]], object]) -> None:
        """
        @param later: calls something after so many seconds; gives C{None}, and does not, where the
            reactor does not run.
        """
        self._take = take
        self._later = later
        self._waiting = bytearray()
        self._lost = 0
        self._asked = False

    def write(self, text: str, /) -> None:
        """
        Take lines, or count them as lost.
        """
        if self._lost or len(self._waiting) > MOST_WAITING:
            self._lost += text.count("\n")
        else:
            self._waiting += text.encode(errors="replace")

    def flush(self) -> None:
        """
        Write what can be written now.

        @raise Untaken: the other end is gone. Nothing waits here any more then.
        """
        try:
            self._flush()
        except OSError as error:
            raise Untaken(error, self._takeBack()) from error

    def _flush(self) -> None:
        while self._waiting:
            taken = self._take(bytes(self._waiting[: select.PIPE_BUF]))
            if not taken:
                self._askAgain()
                return
            del self._waiting[:taken]
            if not self._waiting:
                self._tellOfLost()

    def _tellOfLost(self) -> None:
        if self._lost:
            self._waiting += MISSING.format(lost=self._lost).encode()
            self._lost = 0

    def _takeBack(self) -> str:
        self._tellOfLost()
        rest = self._waiting.decode(errors="replace")
        self._waiting.clear()
        return rest

    def _askAgain(self) -> None:
        if not self._asked:
            self._asked = self._later(AGAIN, self._again) is not None

    def _again(self) -> None:
        self._asked = False
        # If the other end is gone, whoever writes the next line is told.
        with suppress(OSError):
            self._flush()


def takerOf(file: IO[str]) -> Take | None:
    """
    How to write to a file without waiting for it.

    @return: C{None} where nobody waits, or nothing can be done about it.
    """
    try:
        descriptor = file.fileno()
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            return partial(_whenReady, descriptor)
        if os.isatty(descriptor):
            return _takerOfTerminal(descriptor)
    except (OSError, ValueError):
        # It is closed.
        pass
    return None


def _takerOfTerminal(descriptor: int) -> Take:
    # Opened anew: not to wait is a matter of who has opened it, and the shell has, too.
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return partial(_intoTerminal, os.open(os.ttyname(descriptor), flags))
    except OSError:
        # Another user's, as with sudo. When it is stopped, it tells at least.
        return partial(_whenReady, descriptor)


def _whenReady(descriptor: int, data: bytes) -> int:
    # What is ready takes as much as this without anybody waiting (POSIX, write: PIPE_BUF); a socket
    # is not called ready before there is room for far more.
    asked = select.poll()
    asked.register(descriptor, select.POLLOUT)
    return os.write(descriptor, data[: select.PIPE_BUF]) if asked.poll(0) else 0


def _intoTerminal(descriptor: int, data: bytes) -> int:
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        return 0
