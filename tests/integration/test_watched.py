"""
A real server and those who watch over it: SIGHUP, the service manager, sockets that it has opened,
who measures, settings in the environment.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.integration.lineclient import PATIENCE, Client
from tests.integration.running import CHECKOUT, Server, environment, running, wrongsIn

pytestmark = pytest.mark.integration

PASSING = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="line")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Starts a program as systemd does that has opened its socket."""

TWISTED_CHAT = Path(sys.executable).with_name("twisted-chat")


def hangUp(server: Server) -> None:
    """
    Ask a server to read its settings again.
    """
    server.process.send_signal(signal.SIGHUP)


def greeting(server: Server) -> str:
    """
    What who comes now reads first.
    """
    with server.connect() as client:
        return client.until("Your name: ")


def test_onSighupTheSettingsAreReadAgainAndEverybodyStays(tmp_path: Path) -> None:
    settings = "[network]\nwelcome = 'First words.'\n"
    with running(tmp_path, settings=settings, kind=Server) as server, server.enter("alex") as alex:
        file = tmp_path / "chat.toml"
        assert "First words." in greeting(server)
        file.write_text("[network]\nwelcome = 'Other words.'\n[rooms]\ndefault = 'foyer'\n")
        hangUp(server)
        server.output.until(r"Changed: network\.welcome\.$")
        server.output.until(r"After a restart: rooms\.default\.$")
        assert "Other words." in greeting(server)
        file.write_text("[network]\nwelcome = 5\n")
        hangUp(server)
        server.output.until(
            r"#warn\] the settings stay as they are: network\.welcome: must be a text in quotes"
        )
        assert "Other words." in greeting(server)
        alex.ask("/who", "1 member of lobby")
        server.stop()
    assert wrongsIn(server.output.text) == []


def reloadCommand(folder: Path) -> list[str]:
    """
    How the unit of systemd lets the settings be read again, with the paths of a test.
    """
    unit = (CHECKOUT / "deploy" / "twisted-chat.service").read_text()
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecReload=")]
    program, *words = shlex.split(line.removeprefix("ExecReload="))
    assert Path(program).name == TWISTED_CHAT.name
    places = {"/etc/twisted-chat/chat.toml": str(folder / "chat.toml")}
    return [str(TWISTED_CHAT), *(places.get(word, word) for word in words)]


def test_aReloadBySystemdFailsIfTheSettingsAreWrong(tmp_path: Path) -> None:
    env = environment(tmp_path, STATE_DIRECTORY=str(tmp_path / "data"))
    command = reloadCommand(tmp_path)
    with running(tmp_path, settings="[network]\nwelcome = 'First words.'\n") as server:
        (tmp_path / "chat.toml").write_text("[network]\nwelcome = 'Other words.'\n")
        subprocess.run(command, env=env, check=True, capture_output=True)
        assert "Other words." in greeting(server)
        (tmp_path / "chat.toml").write_text("[network]\nwellcome = 'Hello'\n")
        refused = subprocess.run(command, env=env, text=True, capture_output=True)
        assert refused.returncode == 1
        assert "network.wellcome: no such setting" in refused.stderr
        assert "Other words." in greeting(server)
        server.stop()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """
    The socket at which a service manager listens.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE)
        yield listener


def test_theServiceManagerHearsHowTheServerFares(tmp_path: Path, manager: socket.socket) -> None:
    told: list[str] = []

    def until(wanted: str) -> None:
        while wanted not in told:
            told.extend(manager.recv(4096).decode().splitlines())

    variables = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
    with Server(tmp_path, variables=variables) as server:
        until("READY=1")
        server.waitOpen()
        until("WATCHDOG=1")
        told.clear()
        until("WATCHDOG=1")
        hangUp(server)
        until("RELOADING=1")
        told.clear()
        until("READY=1")
        server.process.send_signal(signal.SIGTERM)
        until("STOPPING=1")
        server.end()
    assert wrongsIn(server.output.text) == []


@pytest.mark.parametrize("how", ["index=0", "name=line"])
def test_aSocketThatTheServiceManagerHasOpenedIsADoor(tmp_path: Path, how: str) -> None:
    """
    Who comes before the server is there waits for it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Dual-stack sockets are what systemd opens; this machine may have no IPv6.
        port = listener.getsockname()[1]
        fd = os.dup(listener.fileno())
        os.set_inheritable(fd, True)
        early = Client(port)
        through = [sys.executable, "-c", PASSING, str(fd)]
        options = ["--port", f"systemd:domain=INET:{how}"]
        with early, Server(tmp_path, *options, through=through, passing=(fd,)) as server:
            os.close(fd)
            early.until("Your name: ")
            early.send("alex", "lobby")
            early.until(r"\* You are in lobby")
            server.output.until(rf"nc localhost {port}$")
            server.stop()
    assert wrongsIn(server.output.text) == []


def test_whoMeasuresAndWhoBalancesLoadAreAnswered(tmp_path: Path) -> None:
    variables = {"TWISTED_CHAT_LISTEN_METRICS_PORT": "0", "TWISTED_CHAT_NETWORK_NAME": "from here"}
    with running(tmp_path, variables=variables) as server:
        url = server.output.until(r"curl (http://localhost:\d+)/metrics$")[1]
        server.output.until(r"from here is open$")
        with server.enter("alex") as alex, urlopen(f"{url}/healthz") as health:
            assert (health.status, health.read()) == (200, b"ok\n")
            alex.ask("/who", "1 member of lobby")
            with urlopen(f"{url}/metrics") as metrics:
                text = metrics.read().decode()
        assert 'twisted_chat_connections{wire="line"} 1.0' in text
        assert "process_open_fds" in text
        with pytest.raises(HTTPError, match="404") as refused:
            urlopen(f"{url}/secret")
        refused.value.close()
        asked = subprocess.run(
            [TWISTED_CHAT, "healthcheck", "--url", url],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert (asked.returncode, asked.stdout) == (0, "ok\n")
        server.stop()
    assert wrongsIn(server.output.text) == []
    assert "GET /" not in server.output.text


def test_aWrongVariableEndsTheStartInOneLineWithItsName(tmp_path: Path) -> None:
    with Server(tmp_path, variables={"TWISTED_CHAT_LIMITS_LINE": "long"}) as server:
        assert server.end() == 1
    assert server.output.text == (
        "twisted_chat: TWISTED_CHAT_LIMITS_LINE: must be a whole number, not 'long'\n"
    )
