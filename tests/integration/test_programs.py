"""
The real programs: nc, telnet and openssl s_client, in the same rooms.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.lineclient import PATIENCE
from tests.integration.running import OnTerminal, Program, Server, running, wrongsIn

pytestmark = pytest.mark.integration

Find = Callable[[str], str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """
    One server for all tests; each has people and a room of its own.
    """
    with running(tmp_path_factory.mktemp("server")) as opened:
        yield opened
        opened.stop()
        assert wrongsIn(opened.output.text) == []


def test_whatIsPipedThroughNetcatIsAnsweredAndThenItEnds(server: Server, program: Find) -> None:
    """
    C{nc -N} closes its side at the end of its input; the answers come all the same.
    """
    done = subprocess.run(
        [program("nc"), "-N", "localhost", str(server.port)],
        input=b"amy\npiped\nHello\n/history 1\n",
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        check=True,
    )
    assert re.search(rb"^\d\d:\d\d #1 <amy> Hello\r\n\Z", done.stdout, re.MULTILINE)


def test_aLastLineWithoutAnEndCountsToo(server: Server, program: Find) -> None:
    """
    C{printf 'Hello'} has no line end.
    """
    done = subprocess.run(
        [program("nc"), "-N", "localhost", str(server.port)],
        input=b"ben\nunended\nHello\n/history 1",
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout.endswith(b" #1 <ben> Hello\r\n")


def test_netcatOpensslAndTelnetAreInOneRoom(server: Server, program: Find, tmp_path: Path) -> None:
    """
    What one says, the others read; each is told who comes.
    """
    nc = [program("nc"), "localhost", str(server.port)]
    openssl = [program("openssl"), "s_client", "-quiet", "-connect", f"localhost:{server.tlsPort}"]
    telnet = [program("telnet"), "localhost", str(server.port)]
    with (
        Program(nc, tmp_path, stdin=subprocess.PIPE) as alex,
        Program(openssl, tmp_path, stdin=subprocess.PIPE) as bea,
        OnTerminal(telnet, tmp_path) as carl,
    ):
        alex.type("alex", "lobby")
        alex.output.until("You are in lobby")
        bea.type("bea", "lobby")
        bea.output.until("You are in lobby with alex")
        alex.output.until(r"^\* bea joined lobby\s*$")
        carl.output.until("Your name:")
        carl.type("carl")
        carl.output.until("Room ")
        carl.type("")
        carl.output.until("You are in lobby with alex and bea|You are in lobby with bea and alex")
        alex.type("Grüß euch")
        for other in (bea, carl):
            other.output.until(r"^\d\d:\d\d #1 <alex> Grüß euch\s*$")
        bea.type("hello alex")
        carl.type("hello both")
        alex.output.until(r"^\d\d:\d\d #\d <bea> hello alex\s*$")
        alex.output.until(r"^\d\d:\d\d #\d <carl> hello both\s*$")
        carl.type("[exit]")
        assert carl.end() in (0, 1)
        bea.output.until(r"^\* carl left lobby \(quit\)\s*$")
        alex.kill()
        bea.output.until(r"^\* alex left lobby \((quit|connection lost)\)\s*$")


def escape(telnet: OnTerminal, command: str) -> None:
    """
    Give a command to telnet itself.
    """
    before = telnet.output.text.count("telnet> ")
    telnet.press("\x1d")
    telnet.output.until(rf"(telnet> [\s\S]*){{{before + 1}}}")
    telnet.type(command)


def test_aTelnetShowsNoPasswordAndItsOptionsAreNoText(
    server: Server, program: Find, tmp_path: Path
) -> None:
    """
    Telnet shows itself to be one by an option; then a password is typed unseen, and what comes
    after it is seen again.
    """
    with server.enter("dora", "unseen") as dora:
        dora.ask("/register hunter2hunter2", "needs your password")
        dora.send("[exit]")
        dora.rest()
    command = [program("telnet"), "localhost", str(server.port)]
    with server.enter("eva", "unseen") as eva, OnTerminal(command, tmp_path) as telnet:
        screen = telnet.output
        screen.until("Your name: ")
        escape(telnet, "send ayt")
        screen.until(r"\[Here\]")
        telnet.type("dora")
        screen.until("Password: ")
        telnet.waitUnseen()
        telnet.type("hunter2hunter2")
        screen.until("You are in unseen with eva")
        telnet.type("seen again")
        eva.until(r"^\d\d:\d\d #1 <dora> seen again\n")
        screen.until("seen again")
        telnet.type("/history 1")
        screen.until(r"#1 <dora> seen again")
    assert "hunter2" not in screen.text
    assert "hunter2" not in server.output.text


def test_aTelnetsOptionsAreNoTextEvenInsideALine(
    server: Server, program: Find, tmp_path: Path
) -> None:
    """
    A telnet that begins with its options, as it does at its own port; and commands within a line.
    """
    command = [program("telnet"), "--", "localhost", f"-{server.port}"]
    with server.enter("fay", "options") as fay, OnTerminal(command, tmp_path) as telnet:
        telnet.output.until("Your name: ")
        telnet.type("gus", "options")
        telnet.output.until("You are in options with fay")
        escape(telnet, "send nop ga ayt")
        telnet.output.until(r"\[Here\]")
        telnet.type("hello")
        fay.until(r"^\* gus joined options\n\d\d:\d\d #1 <gus> hello\n")
        # The last bytes of both, without their highest bit, are telnet's own escape key.
        telnet.type("\u041d\u0435\u0442 \u201d")
        fay.until("#2 <gus> \u041d\u0435\u0442 \u201d\n")
