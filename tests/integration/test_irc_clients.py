"""
The real IRC clients irssi and WeeChat, in the same rooms as a person who types into nc.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.ircprograms import (
    Find,
    IrcProgram,
    Irssi,
    Way,
    WeeChat,
    saying,
    waitJoined,
    waitRead,
)
from tests.integration.running import ANY_PORT, Program, Server, running, wrongsIn

pytestmark = pytest.mark.integration

PASSWORD = "correct-horse-battery"

Start = Callable[[Find, Path, Way], IrcProgram]
everyClient = pytest.mark.parametrize("start", [Irssi, WeeChat])


@dataclass(frozen=True)
class IrcDoors:
    """
    A server with doors for IRC.

    @ivar fingerprint: the SHA-256 of its certificate.
    """

    server: Server
    port: int
    tlsPort: int
    fingerprint: str


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IrcDoors]:
    """
    One server for all tests; each has people of its own. At its end it has nothing to regret.
    """
    ports = ["--irc-port", ANY_PORT, "--irc-tls-port", ANY_PORT]
    with running(tmp_path_factory.mktemp("server"), *ports) as server:
        output = server.output
        port = int(output.until(r"irc://localhost:(\d+)")[1])
        tlsPort = int(output.until(r"ircs://localhost:(\d+)")[1])
        fingerprint = output.until(r"SHA-256 ([0-9A-F:]{95})")[1]
        yield IrcDoors(server, port, tlsPort, fingerprint)
        server.stop()
        assert not wrongsIn(output.text)


@pytest.fixture
def home(tmp_path: Path) -> Callable[[], Path]:
    """
    Makes an empty folder.
    """
    count = iter(range(9))

    def make() -> Path:
        folder = tmp_path / f"home{next(count)}"
        folder.mkdir()
        return folder

    return make


Home = Callable[[], Path]


def netcat(find: Find, doors: IrcDoors, folder: Path, name: str) -> Program:
    """
    Somebody who comes to the lobby with nc.
    """
    line = [find("nc"), "localhost", str(doors.server.port)]
    person = Program(line, folder, stdin=subprocess.PIPE)
    person.type(name, "lobby")
    person.output.until("You are in lobby")
    return person


def numberOf(person: Program, name: str, text: str) -> str:
    """
    Wait until somebody with nc reads what another has said.

    @return: the number before it.
    """
    return person.output.until(rf"^\d\d:\d\d (\S+) <{name}> {text}\s*$")[1]


@everyClient
def test_whatOneSaysTheOtherReads(start: Start, doors: IrcDoors, program: Find, home: Home) -> None:
    """
    In the room and in private; an edit and a deletion are one readable line each, and who goes is
    seen to go.
    """
    nick = f"ida{start.__name__}"
    with (
        netcat(program, doors, home(), f"nora{start.__name__}") as nora,
        start(program, home(), Way(doors.port, nick)) as ida,
    ):
        her = f"nora{start.__name__}"
        waitJoined(ida)
        nora.output.until(rf"^\* {nick} joined lobby\s*$")
        nora.type("Grüß dich", "/me waves", "teh tea")
        waitRead(ida, her, "Grüß dich")
        waitRead(ida, her, "waves")
        waitRead(ida, her, "teh tea")
        nora.type("/edit last the tea", "/delete last")
        waitRead(ida, her, "the tea (edited)")
        waitRead(ida, her, "deleted a message")
        ida.type("hello from afar", "/me nods")
        assert numberOf(nora, nick, "hello from afar").startswith("#")
        nora.output.until(rf"^\d\d:\d\d \S+ \* {nick} nods\s*$")
        nora.type(f"/msg {nick} psst")
        waitRead(ida, her, "psst")
        ida.type(f"/msg {her} what is it?")
        assert numberOf(nora, nick, r"what is it\?").startswith(f"@{nick}/")
        nora.type("/topic lunch at noon")
        ida.until("lunch at noon")
        ida.type("/quit")
        ida.end()
        nora.output.until(rf"^\* {nick} left lobby \(quit.*\)\s*$")


@everyClient
def test_whatSomebodyHasMissedComesOnceAfterALoginWithSasl(
    start: Start, doors: IrcDoors, program: Find, home: Home
) -> None:
    """
    Over TLS, with a self-signed certificate whose fingerprint the client knows. A registered person
    is back in the room, reads what was said in the meantime as it reads now, in the room and in
    private, and does not read it again the next time.
    """
    nick, her = f"ada{start.__name__}", f"cleo{start.__name__}"
    guest = Way(doors.tlsPort, nick, doors.fingerprint)
    member = Way(doors.tlsPort, nick, doors.fingerprint, f"{nick}@desk", PASSWORD)
    with netcat(program, doors, home(), her) as cleo:
        with start(program, home(), guest) as ada:
            waitJoined(ada)
            ada.type(f"/quote REGISTER * * {PASSWORD}")
            ada.until(f"logged in as {nick}")
            cleo.output.until(rf"^\* {nick} is registered now\s*$")
            ada.type("/quit")
            ada.end()
        cleo.output.until(rf"^\* {nick} went offline")
        cleo.type("first words", "/edit last first words mended", "gone", "/delete last")
        cleo.output.until(r"^\* #\d+ is deleted\s*$")
        cleo.type(f"/msg {nick} only for you")
        numberOf(cleo, her, "only for you")

        with start(program, home(), member) as ada:
            ada.until(f"logged in as {nick}")
            waitJoined(ada)
            waitRead(ada, her, "first words mended")
            waitRead(ada, her, "only for you")
            for gone in ("first words", "gone"):
                assert not re.search(saying(her, gone), ada.shown, re.MULTILINE)
            ada.type("here again")
            numberOf(cleo, nick, "here again")
            ada.type("/quit")
            ada.end()
        cleo.output.until(rf"(^\* {nick} went offline[\s\S]*){{2}}")

        cleo.type("second words")
        with start(program, home(), member) as ada:
            waitRead(ada, her, "second words")
            cleo.type("third words")
            waitRead(ada, her, "third words")
            assert "first words" not in ada.shown
            assert "only for you" not in ada.shown
            ada.type("/quit")
            ada.end()


@everyClient
def test_aWrongPasswordLetsNobodyIn(
    start: Start, doors: IrcDoors, program: Find, home: Home
) -> None:
    """
    The client says that the login has failed.
    """
    nick = f"eve{start.__name__}"
    way = Way(doors.tlsPort, nick, doors.fingerprint, nick, "a-wrong-password")
    with start(program, home(), way) as eve:
        eve.until(r"SASL authentication fail|Cannot authenticate via SASL|Closing connection")
        assert "logged in as" not in eve.shown
