"""
Clients that do what no client should: none of them is to be felt by anybody else.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from tests.integration.lineclient import LOOPBACK, PATIENCE, Client
from tests.integration.running import Server, running, wrongsIn

pytestmark = pytest.mark.integration

KIB = 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """
    One server for those who need no settings; each test has people and a room of its own.
    """
    with running(tmp_path_factory.mktemp("server")) as opened:
        yield opened
        opened.stop()
        assert wrongsIn(opened.output.text) == []


def talk(alex: Client, bea: Client, number: int) -> None:
    """
    Two people hear each other.
    """
    alex.send(f"question {number}")
    bea.until(rf"<\w+> question {number}\n")
    bea.send(f"answer {number}")
    alex.until(rf"<\w+> answer {number}\n")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_whoDoesNotReadIsDisconnectedAndNobodyElseIsHarmed(tmp_path: Path, tls: bool) -> None:
    """
    "SendQ exceeded" stands in the log, and the others are told that the connection is lost.
    """
    settings = "[limits]\nsend_queue = 65536\n[listen]\nsend_buffer = 4096\n"
    with (
        running(tmp_path, settings=settings) as server,
        server.enter("alex") as alex,
        server.enter("bea", tls=True) as bea,
        server.enter("sloth", tls=tls) as sloth,
    ):
        bea.until("sloth joined lobby\n")
        sloth.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        heard = ""
        for number in range(500):
            alex.send(*(f"{number} {part} " + "x" * 1900 for part in range(10)))
            heard = bea.until(rf"<alex> {number} 9 x+\n(.|\n)*")
            if "sloth left lobby" in heard:
                break
        assert "* sloth left lobby (connection lost: SendQ exceeded)\n" in heard
        server.output.until(r"127\.0\.0\.1: disconnected, SendQ exceeded$")
        talk(alex, bea, 1)
    assert wrongsIn(server.output.text) == []


def test_aLineThatIsTooLongIsLeftOutWithOneError(server: Server) -> None:
    """
    8192 bytes are the limit; the connection lives, and what comes next is done.
    """
    with server.enter("amy", "long") as amy, server.enter("ben", "long") as ben:
        for size in (8200, 8200 + 70000):
            amy.send("y" * size, "still here")
            heard = amy.ask("/history 1", r"<amy> still here\n")
            assert heard.count("! That line is too long: 8192 bytes are the limit.") == 1
            assert heard.count("!") == 1
            ben.until(r"<amy> still here\n")
        # Of the limit's size, it is a line, and a message that is too long.
        heard = amy.ask("z" * 8192, r"^! .*\n")
        assert "8192 characters, and 2000 are the limit" in heard
        heard = ben.heard + ben.ask("/history 200", r"#1 .* still here\n.*#2 .* still here\n")
        assert "yyy" not in heard
        assert "zzz" not in heard


def garbage(random: Random) -> bytes:
    """
    Bytes of some kind that nobody types.
    """
    kinds = (
        lambda: random.randbytes(random.randrange(1, 3000)),
        # Telnet's commands, cut anywhere.
        lambda: bytes(random.choices((255, 250, 240, 251, 253, 1, 6, 13, 10, 0), k=500)),
        lambda: b"\n" * random.randrange(1, 500),
        lambda: b"/" + random.randbytes(20) + b"\n",
        lambda: random.choice(COMMANDS).encode() + b" " + random.randbytes(9) + b"\r\n",
        lambda: "\u202e\u0000\u009b\U000e0001".encode() * 30 + b"\n",
        lambda: b"\xf0\x9f" + b"x" * 9000,
        lambda: b"/" + b"join \n" * 50,
    )
    return random.choice(kinds)()


COMMANDS = (
    "/history", "/search", "/edit", "/delete", "/set", "/join", "/leave", "/msg", "/who",
    "/kick", "/ban", "/op", "/nick", "/register", "/login", "/react", "/reply", "/topic", "/away",
    "/whois", "/ignore", "/invite", "/renameroom", "/transfer", "/destroy", "/help", "/read",
)  # fmt: skip


def noise(server: Server, random: Random) -> Iterator[Client]:
    """
    Connections that send garbage: some at once, some when they have come in.
    """
    for number in range(20):
        client = server.connect(tls=number % 4 == 0)
        if number % 2:
            client.send(f"noise{number}", f"room{random.randrange(3)}")
        yield client


def test_garbageDisturbsNobodyAndRaisesNothing(server: Server) -> None:
    """
    Of 20 connections; two people talk meanwhile.
    """
    random = Random(7)
    with ExitStack() as stack:
        cora = stack.enter_context(server.enter("cora", "noisy"))
        dan = stack.enter_context(server.enter("dan", "noisy", tls=True))
        noisy = [stack.enter_context(client) for client in noise(server, random)]
        for number in range(40):
            for client in noisy:
                try:
                    client.socket.settimeout(0.01)
                    client.socket.sendall(garbage(random))
                except OSError:
                    pass  # It was disconnected, or the server does not read on: either is right.
            talk(cora, dan, number)
        for client in noisy:
            client.close()
        talk(cora, dan, 1000)
    assert wrongsIn(server.output.text) == []


def test_garbageInTheHandshakeIsNobodysTrouble(server: Server) -> None:
    """
    At the TLS door, connections that speak no TLS, or that end in the midst of it.
    """
    random = Random(8)
    with server.enter("eva", "hands", tls=True) as eva, server.enter("finn", "hands") as finn:
        for number in range(20):
            with socket.create_connection((LOOPBACK, server.tlsPort), PATIENCE) as raw:
                hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" if number % 2 else b""
                raw.sendall(hello + random.randbytes(200))
                if number % 3 == 0:
                    # A reset, in place of an end.
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            talk(eva, finn, number)
    assert wrongsIn(server.output.text) == []


def test_whoSaysNothingIsDisconnectedAfterTheLoginLimit(tmp_path: Path) -> None:
    """
    Also who has not finished, or not begun, the handshake of TLS; who has come in may be silent.
    """
    with running(tmp_path, settings="[limits]\nlogin = '1 s'\n") as server:
        began = monotonic()
        with (
            server.enter("alex") as alex,
            server.connect() as silent,
            server.connect(tls=True) as silentTls,
            server.connect() as typing,
        ):
            typing.send("bad name", "", "/help")
            for client in (silent, silentTls, typing):
                heard = client.rest()
                assert heard.endswith("! You took too long to say who you are. Come again.\n")
                assert monotonic() - began >= 1
            alex.ask("/who", "1 member of lobby:\n")


def test_aHandshakeThatIsNeverFinishedEndsToo(tmp_path: Path) -> None:
    """
    Nobody holds a connection by saying nothing at the TLS door.
    """
    with (
        running(tmp_path, settings="[limits]\nlogin = '1 s'\n") as server,
        Client(server.tlsPort) as silent,
    ):
        silent.rest()
        assert wrongsIn(server.output.text) == []


def test_aHalfClosedConnectionIsAnsweredAndThenClosed(server: Server) -> None:
    """
    Whatever was sent before takes effect; within a second the server closes too.
    """
    with server.enter("gil", "half") as gil, server.connect() as hal:
        hal.send("hal", "half", "Hello", "/history 1")
        hal.halfClose()
        assert hal.rest().endswith("<hal> Hello\n")
        gil.until(r"<hal> Hello\n\* hal left half \(quit\)\n")


def test_whoIsOneTooManyIsToldSo(tmp_path: Path) -> None:
    """
    And when somebody goes, there is room again.
    """
    with (
        running(tmp_path, settings="[limits]\nconnections = 3\n") as server,
        server.enter("alex") as alex,
        server.enter("bea", tls=True),
    ):
        with server.enter("carl"):
            for tls in (False, True):
                with server.connect(tls) as tooMany:
                    assert tooMany.rest() == "! The server is full. Try again later.\n"
        alex.until("carl left lobby")
        with server.enter("dora"):
            alex.until("dora joined lobby")


def test_oneThatIsLostIsToldAsLost(server: Server) -> None:
    """
    A reset is no farewell.
    """
    with server.enter("ida", "lost") as ida:
        with server.enter("jon", "lost") as jon:
            jon.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        ida.until(r"^\* jon left lost \(connection lost\)\n")
        with server.enter("jon", "lost", tls=True):
            ida.until(r"^\* jon joined lost\n")
        found = ida.until(r"^\* jon left lost \(.*\)\n")
        assert re.search(r"\((quit|connection lost)\)", found)
