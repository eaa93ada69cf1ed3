"""
Real programs, and servers among them, in processes of their own.
"""

from __future__ import annotations

import atexit
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import IO, NoReturn, Self
from uuid import uuid4

import pytest

from tests.integration.copies import Copy
from tests.integration.lineclient import LOOPBACK, PATIENCE, SECONDS, Client

CHECKOUT = Path(__file__).resolve().parents[2]
TWISTD = Path(sys.executable).with_name("twistd")
ANY_PORT = f"tcp:0:interface={LOOPBACK}"

ROWS, COLUMNS = 40, 160
"""Those of a terminal."""

_PLACES = re.compile(r"\x1b\[[\d;]*H")
_LOOKS = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]|\x1b[=>()]B?|[\x00\x0e\x0f]")
"""What tells a terminal to write elsewhere, or how, or nothing that is seen."""


@cache
def _compiled() -> str:
    """
    Where the programs keep what they have compiled, until the tests end: one folder for all that
    run beside each other.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    folder = Path(tempfile.gettempdir(), f"compiled-{run}")
    folder.mkdir(mode=0o700, exist_ok=True)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(folder)


def environment(home: Path, **more: str) -> dict[str, str]:
    """
    The variables of a process that finds nothing of who runs the tests.

    @param home: its home folder.
    """
    dropped = ("STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    if sys.dont_write_bytecode:
        # Whoever wants no compiled files in the checkout has them elsewhere: each of a hundred
        # servers would compile all anew, a quarter of the work of its start.
        kept["PYTHONPYCACHEPREFIX"] = _compiled()
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", **more}


def absent(why: str) -> NoReturn:
    """
    End a test for which something is lacking here: it is skipped, or fails where C{CI=true}.

    @param why: what is lacking.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


class Output:
    """
    What a process prints, while it runs.
    """

    def __init__(self, stream: IO[bytes] | Connection) -> None:
        """
        @param stream: where it is read; closed at its end.
        """
        self._parts: list[bytes] = []
        self._ended = False
        self._changed = Condition()
        self._thread = Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[bytes] | Connection) -> None:
        with stream:
            while part := self._part(stream):
                with self._changed:
                    self._parts.append(part)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _part(self, stream: IO[bytes] | Connection) -> bytes:
        try:
            return os.read(stream.fileno(), 65536)
        except OSError:
            # So a terminal tells that the last process has left it.
            return b""

    @property
    def text(self) -> str:
        """
        All of it, up to now.
        """
        with self._changed:
            return b"".join(self._parts).decode("utf-8", "replace")

    @property
    def seen(self) -> str:
        """
        The same as somebody reads it who sits before it: what is written in another place of a
        screen is on a line of its own.
        """
        return _LOOKS.sub("", _PLACES.sub("\n", self.text)).replace("\r", "")

    def until(self, pattern: str, patience: float = PATIENCE, seen: bool = False) -> re.Match[str]:
        """
        Wait for something to be printed.

        @param pattern: a regular expression; C{^} and C{$} are those of a line.
        @param seen: whether it is looked for in L{seen}.
        @return: its first match in all that was printed.
        """
        found: list[re.Match[str]] = []

        def done() -> bool:
            match = re.search(pattern, self.seen if seen else self.text, re.MULTILINE)
            if match is not None:
                found.append(match)
            return bool(found) or self._ended

        with self._changed:
            self._changed.wait_for(done, patience)
        assert found, f"{pattern!r} was not printed, but:\n{self.text}"
        return found[0]

    def pause(self, seconds: float) -> None:
        """
        Wait until more is printed, or for a while.
        """
        with self._changed:
            self._changed.wait(seconds)

    def wait(self, patience: float = PATIENCE) -> str:
        """
        Wait for its end.

        @return: all of it.
        """
        self._thread.join(patience)
        assert not self._thread.is_alive(), f"it goes on:\n{self.text}"
        return self.text


class Program:
    """
    A program that runs; at the end of the C{with} it is killed.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        passing: Sequence[int] = (),
    ) -> None:
        """
        @param stdin: see L{subprocess.Popen}.
        @param passing: file descriptors that it gets.
        """
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=dict(env) if env is not None else environment(cwd),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=passing,
        )
        assert self.process.stdout is not None
        self.output = Output(self.process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.kill()
        self.output.wait()

    def type(self, *lines: str) -> None:
        """
        Give it lines on its standard input.
        """
        assert self.process.stdin is not None
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.process.stdin.flush()

    def kill(self) -> None:
        """
        End it without a chance to do anything, and wait until it has gone.
        """
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self, patience: float = PATIENCE) -> int:
        """
        Wait until it ends by itself.

        @return: its exit code.
        """
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it goes on:\n{self.output.text}") from None
        self.output.wait()
        return code

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """
        Ask it to end, and wait.
        """
        self.process.send_signal(how)
        code = self.end()
        assert code == 0, self.output.text
        assert "Main loop terminated" in self.output.text


class OnTerminal(Program):
    """
    A program that has a terminal before it.
    """

    def __init__(self, command: Sequence[str | Path], cwd: Path, kind: str = "dumb") -> None:
        """
        @param command: as L{Program} takes it.
        @param kind: of the terminal, as terminfo knows it.
        """
        keyboard, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (ROWS, COLUMNS))
        try:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env=environment(cwd, TERM=kind),
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
        finally:
            os.close(terminal)
        self._keyboard = keyboard
        self.output = Output(os.fdopen(os.dup(keyboard), "rb", buffering=0))

    def __exit__(self, *why: object) -> None:
        super().__exit__(*why)
        os.close(self._keyboard)

    def type(self, *lines: str) -> None:
        """
        Type lines on the keyboard.
        """
        self.press("".join(line + "\n" for line in lines))

    def waitUnseen(self) -> None:
        """
        Wait until what is typed is not shown any more.
        """
        until = monotonic() + PATIENCE
        while termios.tcgetattr(self._keyboard)[3] & termios.ECHO:
            assert monotonic() < until, "what is typed is still shown"
            # Nothing tells of it: look again.
            self.output.pause(0.01 * SECONDS)

    def press(self, keys: str) -> None:
        """
        Press some keys.
        """
        os.write(self._keyboard, keys.encode())


class Server(Program):
    """
    A server, with a plain door and one for TLS.

    @ivar data: its data folder.
    @ivar port: of the plain door, once L{waitOpen} has returned.
    @ivar tlsPort: of the other one.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        settings: str = "",
        variables: Mapping[str, str] | None = None,
        through: Sequence[str] = (),
        passing: Sequence[int] = (),
    ) -> None:
        """
        @param folder: where all of it is; C{data} in it is the data folder.
        @param options: of C{twistd chat}, beside its doors and its data folder.
        @param settings: TOML.
        @param variables: of its environment, beside the usual ones.
        @param through: a program, with its arguments, that starts what comes behind them.
        @param passing: file descriptors that it gets.
        """
        self.data = folder / "data"
        self.port = self.tlsPort = 0
        words = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--data-dir", str(self.data)]
        if settings:
            file = folder / "chat.toml"
            file.write_text(settings)
            words += ["--config", str(file)]
        command = [*through, str(TWISTD), "-n", "--pidfile=", "chat", *words, *options]
        self._begin(command, folder, environment(folder, **(variables or {})), passing)

    def _begin(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], passing: Sequence[int]
    ) -> None:
        super().__init__(command, folder, env, passing=passing)

    def waitOpen(self) -> None:
        """
        Wait until people can come in.
        """
        self.output.until(r" is open$")
        self.port = int(self.output.until(r"nc localhost (\d+)$")[1])
        self.tlsPort = int(self.output.until(r"s_client .* localhost:(\d+)$")[1])

    def connect(self, tls: bool = False) -> Client:
        """
        Come to a door.
        """
        return Client(self.tlsPort if tls else self.port, tls)

    def enter(self, name: str, room: str = "lobby", tls: bool = False) -> Client:
        """
        Come in as a guest, and go to a room.
        """
        client = self.connect(tls)
        client.send(name, room)
        # Behind the prompt, so it does not begin a line.
        client.until(rf"\* You are in {re.escape(room)}\b.*\n")
        return client


class CopiedServer(Server):
    """
    A server that need not be loaded first: see L{copies}. All else is the same, and takes a quarter
    of the CPU.
    """

    process: Copy  # type: ignore[assignment]

    def _begin(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], passing: Sequence[int]
    ) -> None:
        assert not passing
        self.process = Copy(command, folder, env)
        self.output = Output(self.process.output)


@contextmanager
def running(
    folder: Path,
    *options: str,
    settings: str = "",
    variables: Mapping[str, str] | None = None,
    kind: type[Server] = CopiedServer,
) -> Iterator[Server]:
    """
    A server that people can come in to; see L{Server}.

    @param kind: L{Server} itself where it is about the start, or about signals and exit codes.
    """
    with kind(folder, *options, settings=settings, variables=variables) as server:
        server.waitOpen()
        yield server


def wrongsIn(output: str) -> list[str]:
    """
    The lines of a server's output that tell of something that should never happen.
    """
    wrong = re.compile(r"Traceback|Unhandled|internal error|#(error|critical)\]", re.IGNORECASE)
    return [line for line in output.splitlines() if wrong.search(line)]
