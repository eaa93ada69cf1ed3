"""
C{twisted-chat admin} and a real server: what it does holds at once; and without one.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lineclient import PATIENCE
from tests.integration.running import OnTerminal, Program, Server, environment, running, wrongsIn
from twisted_chat.admin.client import WAITING
from twisted_chat.cli import main

pytestmark = pytest.mark.integration

COMMAND = Path(sys.executable).with_name("twisted-chat")
PASSWORD = "correct horse"


def _answer(text: str) -> str:
    """
    What was printed, but for what tells that the answer takes long: that depends upon what else the
    machine has to do.
    """
    return "".join(line for line in text.splitlines(keepends=True) if WAITING not in line)


class Admin:
    """
    Types C{twisted-chat admin} about a data folder.
    """

    def __init__(self, folder: Path) -> None:
        """
        @param folder: where all of it is; C{data} in it is the data folder.
        """
        self._folder = folder
        self.words = [str(COMMAND), "admin", "--data-dir", str(folder / "data")]

    def __call__(self, *words: str, code: int = 0) -> str:
        """
        Give an order, to a server that runs, in this process: the program takes a second to load.

        @param code: the exit code that it should have.
        @return: what it prints, errors too.
        """
        printed = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        with redirect_stdout(printed), redirect_stderr(printed):
            found = main([*self.words[1:], *words])
        assert isinstance(printed.buffer, io.BytesIO)
        text = _answer(printed.buffer.getvalue().decode())
        assert found == code, text
        return text

    def program(self, *words: str, typed: str = "", code: int = 0) -> str:
        """
        Give an order, with or without a server, in a process of its own.

        @param typed: what its standard input has.
        @param code: the exit code that it should have.
        @return: what it prints, errors too.
        """
        done = subprocess.run(
            [*self.words, *words],
            env=environment(self._folder),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == code, done.stdout
        assert "Traceback" not in done.stdout
        return _answer(done.stdout)

    def rows(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """
        The rows of an answer.
        """
        return [json.loads(line) for line in self(*words, "--json", code=code).splitlines()]


@pytest.fixture
def admin(tmp_path: Path) -> Admin:
    """
    Who gives orders.
    """
    return Admin(tmp_path)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Server]:
    """
    A server where all doors are open that it has.
    """
    with running(tmp_path, "--irc-port", "off", "--irc-tls-port", "off") as server:
        yield server
        server.stop()
        assert wrongsIn(server.output.text) == []


def test_whatIsDoneHoldsAtOnce(
    plain: Server, admin: Admin, tmp_path: Path, program: Callable[[str], str]
) -> None:
    made = admin.program("accounts", "create", "alex", "--operator", typed=PASSWORD + "\n")
    assert made == "alex is registered, and an operator of the network.\n"
    command = [program("nc"), "-N", "localhost", str(plain.port)]
    with Program(command, tmp_path, stdin=subprocess.PIPE) as nc:
        nc.type("alex", PASSWORD, "lobby")
        nc.output.until(r"\* You are in lobby")
        (session,) = admin.rows("sessions", "list")
        assert (session["name"], session["wire"], session["operator"]) == ("alex", "line", True)
        (status,) = admin.rows("status")
        assert status["running"]
        assert status["people"] == 1
        assert status["connections"] == {"line": 1}
        assert status["process"] == plain.process.pid
        assert "server " in admin("status")
        assert admin("sessions", "kick", "alex", "until", "later") == "alex is disconnected.\n"
        nc.output.until("until later")
    admin("accounts", "suspend", "alex", code=1)
    admin("operators", "remove", "alex")
    admin("accounts", "suspend", "alex", "for", "now")
    with plain.connect() as client:
        client.send("alex", PASSWORD)
        client.until("suspended: for now")
    text = plain.output.text
    assert f"admin.sock (user {os.geteuid()}, process " in text
    assert "admin: accounts create name='alex' operator=True" in text
    assert PASSWORD not in text


def test_theSocketIsItsOwnersAloneAndGoesWithTheServer(tmp_path: Path, admin: Admin) -> None:
    path = tmp_path / "data" / "admin.sock"
    with running(tmp_path) as server:
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        server.kill()
    assert path.is_socket()
    with running(tmp_path) as server:
        assert admin.rows("status")[0]["running"]
        path.unlink()
        # Whoever removes it: the folder is in use, and the end is as always.
        assert "in use by another server" in admin("status", code=1)
        server.stop()
    assert not path.exists()
    assert wrongsIn(server.output.text) == []


def test_theDoctorsExitCodeTellsWhetherAllIsWell(plain: Server, admin: Admin) -> None:
    with plain.enter("alex") as alex:
        alex.ask("/register correct-horse", "registered|yours")
    admin("operators", "add", "alex")
    assert "All is well.\n" in admin.program("doctor")
    admin("lockdown", "2")
    told = admin.program("doctor", code=1)
    assert "-> when the trouble is over: twisted-chat admin lockdown 0\n" in told
    wrong = [row["about"] for row in admin.rows("doctor", code=1) if row["level"] != "ok"]
    assert wrong == ["lockdown"]


def test_withoutAServerItWorksOnTheDataAlone(tmp_path: Path, admin: Admin) -> None:
    with running(tmp_path) as server:
        with server.enter("bea") as bea:
            bea.send("a rare word")
            bea.ask("/history 1", "<bea> a rare word")
        server.stop()
    admin.program("accounts", "create", "alex", "--operator", typed=PASSWORD)
    told = admin.program("doctor", code=1)
    assert "server: it does not run" in told
    assert "1 finding to see to." in told
    assert "a rare word" in admin.program("rooms", "history", "lobby")
    with running(tmp_path) as server:
        with server.connect() as client:
            client.send("alex", PASSWORD)
            client.until("Room ")
        server.stop()


def test_whoAsksAServerLoadsNoneThemselves(plain: Server, admin: Admin) -> None:
    """
    It would take several times as long as all else.
    """
    words = [sys.executable, "-X", "importtime", *admin.words, "rooms", "list"]
    done = subprocess.run(
        words, env=environment(plain.data.parent), capture_output=True, text=True, check=True
    )
    assert "lobby" in done.stdout
    read = set(re.findall(r"^import time: .*\| +(\S+)$", done.stderr, re.MULTILINE))
    assert "twisted_chat.admin.table" in read
    assert read & {"sqlalchemy", "sqlite3", "twisted.internet.defer", "twisted_chat.tap"} == set()


def test_onATerminalAPasswordIsTypedTwiceUnseen(plain: Server, admin: Admin) -> None:
    words = [*admin.words, "accounts", "create", "alex"]
    with OnTerminal(words, plain.data.parent) as typing:
        typing.output.until("Password: ")
        typing.waitUnseen()
        typing.type(PASSWORD)
        typing.output.until("Again: ")
        typing.type(PASSWORD)
        typing.output.until("alex is registered")
        assert typing.end() == 0
        assert PASSWORD not in typing.output.text
