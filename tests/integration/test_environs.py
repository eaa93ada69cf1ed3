"""
Servers that are started in odd surroundings: without standard files, in an encoding without
umlauts, by another program, by another reactor, several at once.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.integration.lineclient import PATIENCE, Client
from tests.integration.running import (
    ANY_PORT,
    TWISTD,
    Program,
    Server,
    environment,
    running,
    wrongsIn,
)

pytestmark = pytest.mark.integration

NO_IRC = ("--irc-port", "off", "--irc-tls-port", "off")

CLOSED = 'exec "$@" <&- >&- 2>&-'


class Unseen:
    """
    A server from whose standard output nothing is read; it tells by the service manager's protocol
    that people can come in.

    @ivar data: its data folder.
    """

    def __init__(
        self, folder: Path, words: Sequence[str], through: str, variables: Mapping[str, str]
    ) -> None:
        """
        @param folder: where all of it is.
        @param words: of twistd, before C{chat}.
        @param through: a line of the shell that starts C{"$@"}.
        """
        self.data, self.door = folder / "data", folder / "door"
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.bind(str(folder / "told"))
        self._told.settimeout(PATIENCE)
        # Whoever has the one end of it tells by that that it has not ended.
        self._ended, held = os.pipe()
        command = [str(TWISTD), *words, "chat", "--port", f"unix:{self.door}", "--tls-port", "off"]
        command += [*NO_IRC, "--data-dir", str(self.data)]
        more = {"NOTIFY_SOCKET": str(folder / "told"), **variables}
        self.process = subprocess.Popen(
            ["sh", "-c", through, "sh", *command],
            cwd=folder,
            env=environment(folder, **more),
            stdin=subprocess.DEVNULL,
            pass_fds=[held],
        )
        os.close(held)

    def waitOpen(self) -> None:
        """
        Wait until people can come in.
        """
        assert self._told.recv(4096) == b"READY=1"

    def say(self, *lines: str) -> str:
        """
        Come in, say something and go.

        @return: what was heard.
        """
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(self.door))
            client.sendall("".join(f"{line}\n" for line in lines).encode())
            client.shutdown(socket.SHUT_WR)
            with client.makefile("rb") as heard:
                return heard.read().decode()

    def stop(self) -> None:
        """
        End it, and wait.
        """
        os.kill(int((self.data / "lock").read_text()), signal.SIGTERM)
        assert select.select([self._ended], [], [], PATIENCE)[0], "it goes on"

    def close(self) -> None:
        """
        Let nothing of it stay.
        """
        if not select.select([self._ended], [], [], 0)[0]:
            os.kill(int((self.data / "lock").read_text()), signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._ended)
        self._told.close()


@contextmanager
def unseen(
    folder: Path, *words: str, through: str, variables: Mapping[str, str] | None = None
) -> Iterator[Unseen]:
    """
    A server that people can come in to; see L{Unseen}.
    """
    made = Unseen(folder, words, through, variables or {})
    try:
        made.waitOpen()
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("words", [("-n", "--pidfile="), ()], ids=["foreground", "background"])
def test_withoutStandardFilesPeopleCanTalkAndTheLogIsSomewhere(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    with unseen(tmp_path, *words, through=CLOSED) as server:
        assert "<alex> hello" in server.say("alex", "lobby", "hello", "/history 1")
        server.stop()
        assert server.process.wait(PATIENCE) == 0
    log = (server.data / "server.log" if words else tmp_path / "twistd.log").read_text()
    assert "alex joined lobby" in log
    assert "closed" in log
    assert wrongsIn(log) == []


def test_theLogHasEveryNameWhateverTheEncodingOfTheStandardOutput(tmp_path: Path) -> None:
    variables = {"PYTHONIOENCODING": "ascii:strict"}
    through = f'exec "$@" > {tmp_path}/log'
    with unseen(tmp_path, "-n", "--pidfile=", through=through, variables=variables) as server:
        server.say("Zoë", "lobby")
        server.stop()
    log = (tmp_path / "log").read_text("utf-8")
    assert "Zoë joined lobby" in log
    assert wrongsIn(log) == []


def test_theNewerRunnerRunsItToo(tmp_path: Path) -> None:
    """
    C{twist chat}: with a lock, and its doors.
    """
    twist = TWISTD.with_name("twist")
    words = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--data-dir", str(tmp_path / "data")]
    with Program([twist, "--log-format=text", "chat", *words], tmp_path) as program:
        port = int(program.output.until(r"nc localhost (\d+)$")[1])
        program.output.until(r" is open$")
        with Client(port) as alex:
            alex.send("alex", "lobby")
            alex.until("You are in lobby")
        pid = (tmp_path / "data" / "lock").read_text()
        assert int(pid) == program.process.pid
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == 0
        assert wrongsIn(program.output.text) == []


@pytest.mark.parametrize("reactor", ["select", "poll", "asyncio"])
def test_byAnyReactorEachHearsEach(tmp_path: Path, reactor: str) -> None:
    """
    Over TCP and TLS; who says no more is answered still.
    """
    words = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--data-dir", str(tmp_path / "data")]
    command = [TWISTD, "-n", "--pidfile=", "-r", reactor, "chat", *words]
    with Program(command, tmp_path) as program:
        program.output.until(r" is open$")
        port = int(program.output.until(r"nc localhost (\d+)$")[1])
        tlsPort = int(program.output.until(r"s_client .* localhost:(\d+)$")[1])
        with Client(port) as alex, Client(tlsPort, tls=True) as bea:
            for client, name in ((alex, "alex"), (bea, "bea")):
                client.send(name, "lobby")
                client.until("You are in lobby")
            alex.send("hello bea")
            bea.until("<alex> hello bea\n")
            bea.send("hello alex")
            alex.until("<bea> hello alex\n")
            alex.send("/history 1")
            alex.socket.shutdown(socket.SHUT_WR)
            assert "<bea> hello alex\n" in alex.rest()
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == 0
        assert wrongsIn(program.output.text) == []


def test_ofServersThatStartAtTheSameMomentOneRunsAndItsFilesAreTheOnesThatStay(
    tmp_path: Path,
) -> None:
    words = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--data-dir", str(tmp_path / "data")]
    words += NO_IRC
    command = [TWISTD, "-n", "--pidfile=", "chat", *words]
    with Program(command, tmp_path) as one, Program(command, tmp_path) as two:
        for program in (one, two):
            program.output.until(r" is open$|in use by another server")
        (runs, ends) = (one, two) if " is open" in one.output.text else (two, one)
        assert ends.end() == 1
        assert "Traceback" not in ends.output.text
        shown = runs.output.until(r"SHA-256 (\S+)$")[1]
        runs.stop()
    with running(tmp_path, *NO_IRC) as again:
        assert again.output.until(r"SHA-256 (\S+)$")[1] == shown
        assert "#warn]" not in again.output.text


def test_sighupDuringTheShutdownDoesNotCutItShort(tmp_path: Path) -> None:
    """
    Whoever closes the terminal just after Ctrl-C sends it.
    """
    with running(tmp_path, kind=Server) as server, server.enter("alex") as alex:
        # As long as another has the database, the end waits for what was said.
        with closing(sqlite3.connect(server.data / "chat.sqlite")) as other:
            other.execute("BEGIN IMMEDIATE")
            alex.send("hello")
            server.process.send_signal(signal.SIGTERM)
            server.output.until("shutting down$")
            server.process.send_signal(signal.SIGHUP)
        assert server.end() == 0
        assert alex.rest().endswith("! The server is shutting down.\n")
        assert wrongsIn(server.output.text) == []
