"""
Scripts that send all that they have to say and close at once, both ways, without reading a word.

The first answer to them is refused by a reset. What had come before that has been said.
"""

from __future__ import annotations

import socket
import struct
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.integration.lineclient import LOOPBACK, PATIENCE, connected
from tests.integration.running import ANY_PORT, Server, running, wrongsIn

pytestmark = pytest.mark.integration

Find = Callable[[str], str]

IRC = (
    "NICK {name}\r\nUSER {name} 0 * :{name}\r\nJOIN #{room}\r\nPRIVMSG #{room} :build is done\r\n"
    "QUIT :bye\r\n"
)
LINE = "{name}\n{room}\nbuild is done\n/quit bye\n"

CLOSE, RESET = "close", "reset"


def wireOf(text: str) -> str:
    """
    The name of what is spoken.
    """
    return "irc" if text is IRC else "line"


class Doors:
    """
    The ports of a server, plain and with TLS.
    """

    def __init__(self, server: Server) -> None:
        irc = server.output.until(r"irc://localhost:(\d+)")[1]
        ircs = server.output.until(r"ircs://localhost:(\d+)")[1]
        self.server = server
        self.line, self.irc = (server.port, server.tlsPort), (int(irc), int(ircs))

    def isSaid(self, name: str, text: str, send: Callable[[bytes, tuple[int, int]], None]) -> None:
        """
        Assert that others read what somebody says who comes, says it and closes.

        @param send: called with all that is sent, and with the ports of the door.
        """
        with self.server.enter("bea", name) as bea:
            send(text.format(name=name, room=name).encode(), self.irc if text is IRC else self.line)
            bea.until(
                rf"^\* {name} joined {name}\n"
                rf"\d\d:\d\d #1 <{name}> build is done\n"
                rf"\* {name} left {name} \(quit: bye\)\n"
            )
            bea.send("[exit]")
            bea.rest()


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """
    One server for all tests; each has a room of its own.
    """
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "--irc-port", ANY_PORT, "--irc-tls-port", ANY_PORT) as opened:
        yield Doors(opened)
        opened.stop()
        assert wrongsIn(opened.output.text) == []


@pytest.mark.parametrize("text", [LINE, IRC], ids=["line", "irc"])
def test_netcatThatWaitsForNothing(doors: Doors, program: Find, text: str) -> None:
    """
    C{nc -q 0}, as in Debian.
    """

    def send(data: bytes, ports: tuple[int, int]) -> None:
        command = [program("nc"), "-q", "0", LOOPBACK, str(ports[0])]
        subprocess.run(command, input=data, stdout=subprocess.DEVNULL, timeout=PATIENCE)

    doors.isSaid(f"nc{wireOf(text)}", text, send)


@pytest.mark.parametrize("text", [LINE, IRC], ids=["line", "irc"])
def test_bashThatOpensTheConnectionItself(doors: Doors, program: Find, text: str) -> None:
    """
    C{/dev/tcp}, which is a socket as far as bash knows one.
    """

    def send(data: bytes, ports: tuple[int, int]) -> None:
        words = f"exec 3<>/dev/tcp/{LOOPBACK}/{ports[0]}; cat >&3; exec 3>&-"
        subprocess.run([program("bash"), "-c", words], input=data, timeout=PATIENCE, check=True)

    doors.isSaid(f"bash{wireOf(text)}", text, send)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("how", [CLOSE, RESET])
@pytest.mark.parametrize("text", [LINE, IRC], ids=["line", "irc"])
def test_aProgramThatClosesItsSocket(doors: Doors, tls: bool, how: str, text: str) -> None:
    """
    Over TLS without C{close_notify}.
    """

    def send(data: bytes, ports: tuple[int, int]) -> None:
        with connected(ports[tls], tls) as opened:
            # What waits on this side for an acknowledgement is lost with the connection.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.sendall(data)
            if how == RESET:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    doors.isSaid(f"{how}{'tls' * tls}{wireOf(text)}", text, send)
