"""
Copies of a process that has loaded the server, each of which then begins as C{twistd} does. To load
it takes several times as long as all else that a start does; a copy takes a few milliseconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path


@cache
def _context() -> ForkServerContext:
    """
    Where copies come from: a process that has loaded the server, and nothing of the tests but this
    file. It ends when they do.
    """
    context = get_context("forkserver")
    # The last is the program that runs the tests: if it is a file, each copy would read it anew.
    context.set_forkserver_preload(
        [__name__, "twisted.scripts.twistd", "twisted_chat.tap", "__main__"]
    )
    return context


def _begin(
    words: Sequence[str], folder: Path, variables: Mapping[str, str], output: Connection
) -> None:
    """
    In the copy: be what a new process with these arguments, this folder and these variables is.

    @param output: what becomes its standard output and its standard error.
    """
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, standard in ((nothing, 0), (output.fileno(), 1), (output.fileno(), 2)):
        os.dup2(ours, standard)
    os.close(nothing)
    output.close()
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    sys.argv = list(words)
    from twisted.scripts.twistd import run

    run()


class Copy:
    """
    A server's process that has begun as a copy; what tests ask of it is as L{subprocess.Popen} has
    it.

    @ivar output: where what it prints is read.
    @ivar stdin: always C{None}: there is nothing to read for it.
    """

    stdin = None

    def __init__(self, words: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
        """
        @param words: C{twistd} and its arguments.
        @param folder: in which it begins.
        @param variables: all of its environment.
        """
        self.output, output = _context().Pipe(duplex=False)
        self._process = _context().Process(
            target=_begin, args=(words, folder, variables, output), daemon=True
        )
        with output:
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """
        @return: its exit code, if it has ended; less than 0: that signal ended it.
        """
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """
        Wait for its end.

        @raise subprocess.TimeoutExpired: it goes on.
        """
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired("twistd", timeout)
        return code

    def send_signal(self, how: int) -> None:
        """
        Send it a signal, if it has not ended.
        """
        if self.poll() is None:
            os.kill(self.pid, how)

    def kill(self) -> None:
        """
        End it without a chance to do anything.
        """
        self.send_signal(signal.SIGKILL)
