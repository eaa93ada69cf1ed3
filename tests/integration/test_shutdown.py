"""
How a server starts and ends: what people and exit codes tell of it.
"""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path
from time import monotonic

import pytest

from tests.integration.lineclient import LOOPBACK, SECONDS, Client
from tests.integration.running import (
    ANY_PORT,
    CHECKOUT,
    TWISTD,
    OnTerminal,
    Program,
    Server,
    environment,
    running,
    wrongsIn,
)

pytestmark = pytest.mark.integration

SHUTDOWN = 5 * SECONDS


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_everyoneIsToldAndWhatWasSaidIsKept(tmp_path: Path, how: signal.Signals) -> None:
    """
    The end comes within 5 s; what was sent before it is in the log.
    """
    with running(tmp_path, kind=Server) as server:
        with (
            server.enter("alex") as alex,
            server.enter("bea", tls=True) as bea,
            server.connect() as nobody,
        ):
            nobody.until("Your name: ")
            for number in range(100):
                alex.send(f"line {number}")
            bea.until("<alex> line 99\n")
            began = monotonic()
            server.stop(how)
            took = monotonic() - began
            for client in (alex, bea, nobody):
                assert client.rest().endswith("! The server is shutting down.\n")
        assert took < SHUTDOWN
        assert wrongsIn(server.output.text) == []
    with running(tmp_path) as server, server.enter("carl") as carl:
        heard = carl.ask("/history 200", "<alex> line 0\n(.*\n)*.* line 99\n")
        for number in range(100):
            assert f"<alex> line {number}\n" in heard


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_whatAnIrcClientHasGotDoesNotComeAgainAfterARestart(tmp_path: Path, tls: bool) -> None:
    """
    Not even what was said just before the end.
    """
    coming = ("NICK ann", "USER ann 0 * :Ann")
    doors = ("--irc-port", ANY_PORT, "--irc-tls-port", ANY_PORT)

    def connect(server: Server) -> Client:
        port = server.output.until(rf"irc{'s' * tls}://localhost:(\d+)")[1]
        return Client(int(port), tls)

    with (
        running(tmp_path, *doors) as server,
        server.enter("bea") as bea,
        connect(server) as ann,
    ):
        ann.send(*coming, "REGISTER * * correct-horse", "JOIN #lobby")
        ann.until(" 366 ann #lobby ")
        bea.send("first words")
        ann.until("first words\n")
        # Else its machine waits a moment before it acknowledges.
        ann.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        server.stop()
        ann.rest()
    with running(tmp_path, *doors) as server, connect(server) as ann:
        ann.send("PASS ann:correct-horse", *coming, "PING end")
        assert "first words" not in ann.until(" PONG .*end\n")


def test_doorsOfNoKindSpeakInTheLogForThemselves(tmp_path: Path) -> None:
    """
    The table tells where they are. C{[-]} stands before what Twisted's ports and factories say.
    """
    unix = ("--port", f"unix:{tmp_path}/door", "--metrics-port", ANY_PORT)
    with running(tmp_path, *unix, kind=Server) as server:
        server.output.until(rf"nc -U {tmp_path}/door$")
        server.stop()
        text = server.output.text
    assert [line for line in text.splitlines() if " [-] " in line or "actory" in line] == []


def test_whoIsImpatientHarmsNothing(tmp_path: Path) -> None:
    """
    More signals during the shutdown: a clean end all the same.
    """
    with running(tmp_path, kind=Server) as server, server.enter("alex") as alex:
        for how in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
            server.process.send_signal(how)
        assert server.end() == 0
        assert alex.rest().endswith("! The server is shutting down.\n")
        assert wrongsIn(server.output.text) == []


def test_linesThatWereStillOnTheirWayAreAnsweredOrRefused(tmp_path: Path) -> None:
    """
    In the midst of talk: whatever a receipt was given for is in the log afterwards.
    """
    with running(tmp_path) as server, server.enter("alex") as alex:
        alex.ask("/receipts on", "Receipts are on\n")
        alex.send(*(f"word{number}" for number in range(500)))
        heard = alex.until("sent\n")
        server.stop()
        heard += alex.rest()
        assert heard.endswith("! The server is shutting down.\n")
        receipts = [int(found) for found in re.findall(r"^\* #(\d+) sent$", heard, re.MULTILINE)]
    assert receipts == list(range(1, len(receipts) + 1))
    with sqlite3.connect(f"file:{tmp_path}/data/chat.sqlite?mode=ro", uri=True) as database:
        said = "SELECT seq, text FROM log WHERE kind = 'said' ORDER BY seq"
        rows = database.execute(said).fetchall()
    database.close()
    assert len(rows) >= len(receipts)
    assert rows == [(number + 1, f"word{number}") for number in range(len(rows))]


def refused(*options: str, folder: Path, **variables: str) -> str:
    """
    Start a server that can't start.

    @return: the one line that tells why.
    """
    command = [str(TWISTD), "-n", "--pidfile=", "chat", *options]
    with Program(command, folder, environment(folder, **variables)) as program:
        code = program.end()
        text = program.output.text
    assert code not in (0, None), text
    assert code > 0, f"killed by signal {-code}"
    assert "Traceback" not in text, text
    return text


def told(text: str) -> str:
    """
    What somebody reads who has typed a command that was refused, without the log.

    @return: the one line of it.
    """
    (line,) = [line for line in text.splitlines() if not re.match(r"\d{4}-\d\d-\d\dT", line)]
    return line


def test_aSecondServerOnTheSameFolderIsRefused(server: Server, tmp_path: Path) -> None:
    text = refused("--port", ANY_PORT, "--data-dir", str(server.data), folder=tmp_path)
    assert str(server.data) in told(text)
    assert f"in use by another server (process {server.process.pid})" in told(text)
    with server.enter("alex") as alex:
        alex.ask("/who", "1 member of lobby")


def test_aStartInTheBackgroundThatIsRefusedEndsAndSaysWhy(server: Server, tmp_path: Path) -> None:
    """
    To who has typed the command, and in the log.
    """
    log, pid = tmp_path / "log", tmp_path / "pid"
    words = [f"--logfile={log}", f"--pidfile={pid}", "chat", "--port", ANY_PORT]
    # The one in the background says why, and then clears up; a pipe that it has tells its end.
    ended, held = os.pipe()
    with open(ended, "rb") as end:
        with open(held, "wb") as holding:
            done = subprocess.run(
                [str(TWISTD), *words, "--data-dir", str(server.data)],
                cwd=tmp_path,
                env=environment(tmp_path),
                capture_output=True,
                text=True,
                timeout=60,
                pass_fds=[holding.fileno()],
            )
        assert select.select([end], [], [], 60)[0]
    assert done.returncode == 1
    assert f"The data folder {server.data}"[:40] in done.stderr
    assert "in use by another server" in log.read_text()
    assert not pid.exists()


@pytest.mark.parametrize("option", ["--port", "--tls-port"])
def test_aDoorThatWasAskedForAndIsTakenStopsTheStart(tmp_path: Path, option: str) -> None:
    """
    One line with the setting and the port.
    """
    with socket.create_server((LOOPBACK, 0)) as taken:
        number = taken.getsockname()[1]
        door = f"tcp:{number}:interface={LOOPBACK}"
        other = "--tls-port" if option == "--port" else "--port"
        text = refused(
            option, door, other, ANY_PORT, "--data-dir", str(tmp_path / "data"), folder=tmp_path
        )
    line = told(text)
    assert f"listen.{option[2:].replace('-', '_')}: " in line
    assert str(number) in line
    assert "address already in use" in line


def test_aDefaultDoorThatIsTakenStaysClosedAndTheRestGoOn(tmp_path: Path) -> None:
    """
    The table tells why, and which option moves it.
    """
    taken = None
    try:
        taken = socket.create_server(("", 5000))
    except OSError:
        pass  # By somebody else, which is as good.
    try:
        words = ["--tls-port", ANY_PORT, "--data-dir", str(tmp_path / "data")]
        words += ["--irc-port", "off", "--irc-tls-port", "off"]
        with Program([TWISTD, "-n", "--pidfile=", "chat", *words], tmp_path) as program:
            line = program.output.until(r"line +closed: .*$")[0]
            port = int(program.output.until(r"localhost:(\d+)$")[1])
            with Client(port, tls=True) as alex:
                alex.send("alex", "lobby")
                alex.until("You are in lobby")
            program.stop()
    finally:
        if taken is not None:
            taken.close()
    assert "port 5000 can't be opened: address already in use (move it with --port)" in line


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("[limits]\nlines = 5\n", "limits.lines: no such setting"),
        ("[listen]\nport = ['tcp:what']\n", "listen.port: "),
        ("[network]\ndatabase = 'mysql://localhost/chat'\n", "mysql"),
        ("[tls]\ncert = 'none.pem'\n", "tls.cert: "),
    ],
)
def test_wrongSettingsAreOneLineWithTheirPath(tmp_path: Path, settings: str, path: str) -> None:
    file = tmp_path / "chat.toml"
    file.write_text(settings)
    options = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--config", str(file)]
    options += ["--data-dir", str(tmp_path / "data")]
    if "port =" in settings:
        options = options[2:]
    assert path in told(refused(*options, folder=tmp_path))


@pytest.mark.parametrize("option", ["--port=none", "--tls-port=99999"])
def test_wrongOptionsAreOneLine(tmp_path: Path, option: str) -> None:
    line = told(refused(option, "--data-dir", str(tmp_path / "data"), folder=tmp_path))
    assert f"listen.{option[2:].partition('=')[0].replace('-', '_')}: must be a port" in line


def test_anUnknownOptionIsToldWithTheHelp(tmp_path: Path) -> None:
    text = refused("--confg=x", folder=tmp_path)
    assert "--config=" in text
    assert "confg" in text.splitlines()[-1]


def test_dataThatIsNewerThanTheProgramIsRefused(tmp_path: Path) -> None:
    """
    In one line, and the data stays as it is.
    """
    with running(tmp_path) as server:
        server.stop()
    file = server.data / "chat.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = file.read_bytes()
    text = refused("--port", ANY_PORT, "--data-dir", str(server.data), folder=tmp_path)
    assert "newer version of twisted_chat (schema 9999" in told(text)
    assert file.read_bytes() == before


def test_aDatabaseThatIsNoneIsRefused(tmp_path: Path) -> None:
    """
    Likewise.
    """
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chat.sqlite").write_bytes(b"This is a letter to my aunt. " * 1000)
    text = refused("--port", ANY_PORT, "--data-dir", str(tmp_path / "data"), folder=tmp_path)
    assert "chat.sqlite can't be used: the file is not a database." in told(text)


def test_theApplicationFileRuns(tmp_path: Path) -> None:
    """
    C{twistd -ny chat.tac}, with the default doors, open or not.
    """
    state = tmp_path / "state"
    words = [str(TWISTD), "-n", "--pidfile=", "-y", "chat.tac"]
    variables = environment(tmp_path, STATE_DIRECTORY=str(state))
    with Program(words, CHECKOUT, variables) as program:
        program.output.until(rf"data +{re.escape(str(state))}$")
        program.output.until(r" is open$")
        assert (state / "chat.sqlite").exists()
        program.stop()
    assert wrongsIn(program.output.text) == []


NOT_AT_THE_START = {
    "alembic",
    "asn1crypto",
    "prometheus_client",
    "scramp",
    "twisted.web",
    "wcwidth",
}
"""What most servers never use, or not before somebody comes who needs it."""


def test_aStartReadsNoMoreThanItNeeds(tmp_path: Path) -> None:
    """
    To read the program's modules takes longer than all else that a start does.
    """
    with running(tmp_path, variables={"PYTHONPROFILEIMPORTTIME": "1"}, kind=Server) as server:
        text = server.output.text
    read = set(re.findall(r"^import time: .*\| +(\S+)\r?$", text, re.MULTILINE))
    assert "sqlalchemy" in read
    assert read & NOT_AT_THE_START == set()


def test_aTerminalThatIsStoppedStopsTheLogAndNobodyWhoTalks(tmp_path: Path) -> None:
    """
    Ctrl-S; so does a line that is dead, or a program at the other end of a pipe that hangs.
    """
    words = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--data-dir", str(tmp_path / "data")]
    with OnTerminal([TWISTD, "-n", "--pidfile=", "chat", *words], tmp_path) as program:
        port = int(program.output.until(r"^line           nc localhost (\d+)\s*$")[1])
        program.output.until(r" is open\s*$")
        program.press("\x13")
        with Client(port) as alex, Client(port) as bea:
            for client, name in ((alex, "alex"), (bea, "bea")):
                client.send(name, "lobby")
                client.until("You are in lobby")
            alex.send("does anybody hear me")
            bea.until("<alex> does anybody hear me\n")
        assert "joined" not in program.output.text
        program.press("\x11")
        program.output.until("bea joined lobby")
        program.stop(signal.SIGINT)


def test_onATerminalTheStartPrintsATable(tmp_path: Path) -> None:
    """
    Each door with the command that opens it, where the data is and the certificate; without the
    marks of a log.
    """
    words = ["--port", ANY_PORT, "--tls-port", ANY_PORT, "--data-dir", str(tmp_path / "data")]
    with OnTerminal([TWISTD, "-n", "--pidfile=", "chat", *words], tmp_path) as program:
        program.output.until(r" is open\s*$")
        program.stop(signal.SIGINT)
        text = program.output.wait().replace("\r\n", "\n")
    assert re.search(r"^line           nc localhost \d+$", text, re.MULTILINE)
    assert re.search(r"^line over TLS  openssl s_client -quiet -connect localhost:", text, re.M)
    assert re.search(rf"^data           {re.escape(str(tmp_path / 'data'))}$", text, re.MULTILINE)
    assert re.search(r"^certificate    SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$", text, re.MULTILINE)
