"""
The server under load: starting one in a temporary folder, and reading what any process uses.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import KIB, SECONDS
from benchmarks.errors import LoadError

START_LIMIT = 30 * SECONDS
STOP_LIMIT = 15 * SECONDS
LOG_TAIL = 2000
"""Characters of a failed server's output that are shown."""

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / KIB

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


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """
    How to start a server.

    @ivar config: a TOML file with settings, or C{None}.
    @ivar database: a database URL, or C{None} for the default, SQLite in the data folder.
    @ivar folder: where the temporary data folder is made; its disk is part of what is measured.
    @ivar core: the core to keep the server on, or C{None}.
    """

    config: str | None
    database: str | None
    folder: str | None
    core: int | None


@dataclass(frozen=True, slots=True)
class StartedServer:
    """
    A server that was started for one run.

    @ivar process: to be measured.
    @ivar port: the loopback port of its line protocol.
    """

    process: ServerProcess
    port: int


@contextmanager
def startedServer(tls: bool, options: ServerOptions) -> Iterator[StartedServer]:
    """
    Run a server of this source tree on a free port of 127.0.0.1, with an empty data folder, and
    stop it at the end.

    @param tls: whether the door is the one with TLS; the other is off.
    @raise LoadError: when the server doesn't open its door.
    """
    folder = Path(tempfile.mkdtemp(prefix="chat-benchmark-", dir=options.folder))
    port = _freePort()
    try:
        with (folder / "output").open("wb") as output:
            child = subprocess.Popen(
                _command(port, tls, folder / "data", options),
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            process = ServerProcess(child.pid)
            if options.core is not None:
                process.pinTo(options.core)  # threads to come inherit it
            _waitForDoor(child, port, folder / "output")
            yield StartedServer(process, port)
        finally:
            _stop(child)
    finally:
        shutil.rmtree(folder)


def _command(port: int, tls: bool, data: Path, options: ServerOptions) -> list[str]:
    endpoint = f"tcp:{port}:interface=127.0.0.1"
    plain, secure = ("off", endpoint) if tls else (endpoint, "off")
    command = [str(Path(sys.executable).with_name("twistd")), "-n", "--pidfile=", "chat"]
    command += ["--port", plain, "--tls-port", secure, "--data-dir", str(data)]
    if options.config is not None:
        command += ["--config", str(Path(options.config).resolve())]
    if options.database is not None:
        command += ["--database", options.database]
    return command


def _environment() -> dict[str, str]:
    # The server of this source tree, whether or not it is installed.
    root = str(Path(__file__).resolve().parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": root + (os.pathsep + path if path else "")}


def _freePort() -> int:
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


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        print(f"the server did not stop within {STOP_LIMIT:.0f} s", file=sys.stderr)
