"""
The server under load: starting one in a temporary folder, and reading what any process uses.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.clients import KIB, SECONDS
from benchmarks.errors import LoadError

START_LIMIT = 30 * SECONDS
STOP_LIMIT = 15 * SECONDS
LOG_TAIL = 2000
"""Characters of a failed server's output that are shown."""

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / KIB

# Of the first line of /proc/stat, whose first field is a name.
STOLEN_TICKS = 8

# Fields of /proc/PID/stat, counted after the name in parentheses, which may hold spaces (proc(5)
# numbers them 14 and 15, from 1 and with the id and the name).
USER_TICKS = 11
SYSTEM_TICKS = 12


@dataclass(frozen=True, slots=True)
class CPUTime:
    """
    CPU time that a process has used, user and system.

    @ivar total: seconds, all threads, ended ones too.
    @ivar main: seconds of the main thread, where the reactor runs.
    """

    total: float
    main: float


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """
    A running process that is measured from outside.

    @ivar pid: its process id.
    """

    pid: int

    def cpuTime(self) -> CPUTime:
        """
        @return: what it has used until now; the kernel rounds to 10 ms.
        @raise LoadError: when the process is gone.
        """
        return CPUTime(
            self._seconds(f"/proc/{self.pid}/stat"),
            self._seconds(f"/proc/{self.pid}/task/{self.pid}/stat"),
        )

    def waited(self) -> float:
        """
        @return: seconds that its main thread was ready to run and had no core: on a machine that
            does other things too, this is in every latency.
        @raise LoadError: when the process is gone.
        """
        return int(self._read(f"/proc/{self.pid}/task/{self.pid}/schedstat").split()[1]) / 1e9

    def memory(self) -> float:
        """
        @return: resident memory in KiB, the kernel's socket buffers not included.
        @raise LoadError: when the process is gone.
        """
        return int(self._read(f"/proc/{self.pid}/statm").split()[1]) * PAGE_KIB

    def pinTo(self, core: int) -> None:
        """
        Keep all threads of the process on one core.

        @raise LoadError: when the system refuses.
        """
        try:
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                os.sched_setaffinity(int(thread), {core})
        except OSError as error:
            raise LoadError(f"pinning process {self.pid} to core {core}: {error}") from error

    def _seconds(self, path: str) -> float:
        fields = self._read(path).rpartition(")")[2].split()
        return (int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND

    def _read(self, path: str) -> str:
        try:
            return Path(path).read_text()
        except OSError as error:
            raise LoadError(f"the server's process {self.pid} is gone") from error


class Program(Protocol):
    """
    A chat server that can be started.

    @ivar name: for tables.
    @ivar backlog: how many connections may wait at its door until it accepts them.
    @ivar window: how many people should come in at the same time, so that none waits for others.
    @ivar ending: the signal that ends it.
    """

    @property
    def name(self) -> str:
        """See the class."""

    @property
    def backlog(self) -> int:
        """See the class."""

    @property
    def window(self) -> int:
        """See the class."""

    @property
    def ending(self) -> signal.Signals:
        """See the class."""

    def prepare(self, folder: Path, port: int) -> Sequence[str]:
        """
        @param folder: empty; for settings and data.
        @param port: the TCP port of 127.0.0.1 on which it is to listen.
        @return: the command that runs it in the foreground.
        @raise LoadError: when it is not installed.
        """

    def environment(self) -> Mapping[str, str]:
        """
        @return: variables that it needs beside those of this process.
        """

    def user(self) -> str | None:
        """
        @return: whom it has to run as, for a program that refuses to be root; C{None}: as we do.
        """


@dataclass(frozen=True, slots=True)
class StartedServer:
    """
    A server that was started for one run.

    @ivar process: to be measured.
    @ivar port: its loopback port.
    @ivar output: the file with what it has said until now.
    """

    process: ServerProcess
    port: int
    output: Path


@contextmanager
def startedServer(
    program: Program, parent: str | None = None, core: int | None = None
) -> Iterator[StartedServer]:
    """
    Run a server on a free port of 127.0.0.1, with an empty data folder, and stop it at the end.

    @param parent: where its temporary folder is made; its disk is part of what is measured.
    @param core: the core to keep it on, or C{None}.
    @raise LoadError: when the server doesn't open its door.
    """
    # Who is told to end, ends the server too.
    signal.signal(signal.SIGTERM, _leave)
    folder = Path(tempfile.mkdtemp(prefix="chat-benchmark-", dir=parent))
    port = freePort()
    try:
        command, user = program.prepare(folder, port), program.user()
        if user is not None:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user)
        with (folder / "output").open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **program.environment()},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else (),
            )
        try:
            process = ServerProcess(child.pid)
            if core is not None:
                process.pinTo(core)  # threads to come inherit it
            _waitForDoor(child, port, folder / "output")
            yield StartedServer(process, port, folder / "output")
        finally:
            _stop(child, program.ending)
    finally:
        shutil.rmtree(folder)


def _leave(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def stolen() -> float:
    """
    @return: seconds of core until now that this machine, if it is a virtual one, wanted and its
        host did not give: whoever runs here stands still meanwhile.
    """
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(fields[STOLEN_TICKS]) / TICKS_PER_SECOND


def freePort() -> int:
    """
    @return: a TCP port of 127.0.0.1 that nobody uses now.
    """
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _waitForDoor(child: subprocess.Popen[bytes], port: int, output: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=START_LIMIT).close()
            return
        except OSError as error:
            if child.poll() is not None or time.monotonic() > end:
                tail = output.read_text(errors="replace")[-LOG_TAIL:].strip()
                raise LoadError(f"the server did not start; it said:\n{tail}") from error
        time.sleep(0.05)


def _stop(child: subprocess.Popen[bytes], ending: signal.Signals) -> None:
    if child.poll() is None:
        child.send_signal(ending)
    try:
        child.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        print(f"the server did not stop within {STOP_LIMIT:.0f} s", file=sys.stderr)
