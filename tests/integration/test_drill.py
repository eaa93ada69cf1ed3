"""
Backups of servers that run, and the drill that shows what they are good for.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.integration.lineclient import Client
from tests.integration.running import environment, running, wrongsIn
from tests.storage import releases
from twisted_chat.cli import main
from twisted_chat.domain.errors import BadInput
from twisted_chat.operating import drill
from twisted_chat.operating.drill import differing
from twisted_chat.operating.place import Place, placeOf
from twisted_chat.storage.sqlite_copy import TableSum, opened, tableSums

pytestmark = pytest.mark.integration

PROGRAM = Path(sys.executable).with_name("twisted-chat")
STEPS = ["backup", "restore", "start", "start again", "compare", "in all"]
LINE = re.compile(r"^(\S+(?: \S+)*) +\d+\.\d\d s  (.+)$")


def program(home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """
    Run C{twisted-chat}.
    """
    return subprocess.run(
        [PROGRAM, *words],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """
    The data of a server that does not run.
    """
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    (folder / "chat.sqlite").write_bytes(releases.upgraded("0001"))
    return placeOf(Namespace(data_dir=str(folder), config=None))


@pytest.fixture
def clock() -> Iterator[float]:
    """
    Seconds that go by, one for each look.
    """
    return iter(float(second) for second in range(1000))


def said(database: Path) -> list[str]:
    """
    @return: what was said, in order.
    """
    with closing(opened(database)) as connection:
        rows = connection.execute("SELECT text FROM log WHERE kind = 'said' ORDER BY row")
        return [text for (text,) in rows]


def test_aBackupOfARunningServerHasAllThatWasSeenAndHoldsNobodyUp(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.enter("ann") as ann, server.enter("bea") as bea:
        for number in range(5):
            seen = _talk(ann, bea, number)
            file = tmp_path / f"{number}.tar"
            if number:
                # Like the program, which takes a while to load, but for that.
                assert main(["backup", str(file), "--data-dir", str(server.data)]) == 0
            else:
                made = program(tmp_path, "backup", file, "--data-dir", server.data)
                assert (made.returncode, made.stderr) == (0, "")
            ann.send(f"after {number}")
            bea.until(f"after {number}\n")
            back = tmp_path / f"back{number}"
            assert main(["restore", str(file), "--data-dir", str(back)]) == 0
            kept = said(back / "chat.sqlite")
            assert kept[-1] == seen
            assert kept == said(server.data / "chat.sqlite")[: len(kept)]
        server.stop()
        assert wrongsIn(server.output.text) == []
    # What came back can be gone on with.
    restored = tmp_path / "again"
    restored.mkdir()
    (tmp_path / "back4").rename(restored / "data")
    with running(restored) as server, server.enter("cal") as cal:
        cal.send("/history 3")
        cal.until("<ann> line 4.19\n")
        server.stop()


def _talk(ann: Client, bea: Client, number: int) -> str:
    lines = [f"line {number}.{one}" for one in range(20)]
    ann.send(*lines)
    bea.until(f"<ann> {re.escape(lines[-1])}\n")
    return lines[-1]


def test_theDrillOfARunningServerShowsThatAllIsThere(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.enter("ann") as ann, server.enter("bea") as bea:
        _talk(ann, bea, 1)
        done = program(tmp_path, "drill", "--data-dir", server.data)
        assert (done.returncode, done.stderr) == (0, "")
        found = [LINE.match(line) for line in done.stdout.splitlines()]
        assert [match and match[1] for match in found] == STEPS
        assert "the same as in the backup" in done.stdout
        _talk(ann, bea, 2)
        server.stop()
    # The copies are gone.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_theDrillOfDataThatNoServerUsesDoesNotChangeIt(
    place: Place, clock: Iterator[float]
) -> None:
    with closing(opened(place.database)) as database:
        before = tableSums(database)
    told: list[str] = []
    assert drill.drill(place, lambda: next(clock), told.append) == []
    assert [(match := LINE.match(line)) and match[1] for line in told] == STEPS
    with closing(opened(place.database)) as database:
        assert tableSums(database) == before
    assert [path.name for path in place.folder.iterdir()] == ["chat.sqlite"]
    assert [path.name for path in place.folder.parent.iterdir()] == ["data"]


SABOTAGE = """
import sqlite3, sys, tomllib
settings = tomllib.load(open(sys.argv[sys.argv.index("--config") + 1], "rb"))
database = sqlite3.connect(settings["network"]["data_dir"] + "/chat.sqlite")
database.execute("UPDATE log SET text = 'other' WHERE row = 3")
database.execute("DELETE FROM memberships WHERE conversation = 1")
database.commit()
database.close()
"""


def test_aDifferenceIsFound(
    place: Place, clock: Iterator[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "START", SABOTAGE + drill.START)
    told: list[str] = []
    differences = drill.drill(place, lambda: next(clock), told.append)
    assert differences == [
        "log: 32 rows in the backup, 32 after the kill, of other content",
        "memberships: 9 rows in the backup, 6 after the kill",
    ]
    assert any("NOT the same" in line for line in told)
    assert [path.name for path in place.folder.parent.iterdir()] == ["data"]


def test_aServerThatDoesNotStartIsTold(
    place: Place, clock: Iterator[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "START", "print('no room'); raise SystemExit(3)")
    with pytest.raises(BadInput, match=r"^The restored server does not start: no room$"):
        drill.drill(place, lambda: next(clock), lambda line: None)
    assert [path.name for path in place.folder.parent.iterdir()] == ["data"]


def test_whatDiffersIsSaidByTable() -> None:
    one, other = TableSum(3, ("a",), "x"), TableSum(3, ("a",), "y")
    assert differing({"log": one, "roles": one}, {"log": one, "roles": one}) == []
    assert differing({"log": one}, {"log": other}) == [
        "log: 3 rows in the backup, 3 after the kill, of other content"
    ]


def test_theLogOfARunningServerIsTakenOut(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.enter("ann") as ann, server.enter("bea") as bea:
        _talk(ann, bea, 1)
        done = program(tmp_path, "export", "lobby", "--data-dir", server.data)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["text"] for line in lines[2:]] == [f"line 1.{one}" for one in range(20)]
        refused = program(tmp_path, "import", "-", "--data-dir", server.data)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "is in use by another server" in refused.stderr
        server.stop()


def test_whoReadsTheLogMayStopReading(tmp_path: Path, place: Place) -> None:
    with closing(sqlite3.connect(place.database)) as database:
        database.execute("UPDATE log SET text = ? WHERE row = 1", ("x" * 300_000,))
        database.commit()
    with subprocess.Popen(
        [PROGRAM, "export", "--data-dir", place.folder],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as exporting:
        assert exporting.stdout is not None
        assert exporting.stderr is not None
        exporting.stdout.readline()
        exporting.stdout.close()
        assert exporting.stderr.read() == b""
    assert exporting.returncode == 1


@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [("config", ""), ("export", ""), ("export", "1"), ("admin rooms list", "")],
)
def test_whereNothingCanBePrintedThatIsSaidInOneLine(
    tmp_path: Path, place: Place, words: str, unbuffered: str
) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [PROGRAM, *words.split()],
            env=environment(
                tmp_path,
                PYTHONUNBUFFERED=unbuffered,
                TWISTED_CHAT_NETWORK_DATA_DIR=str(place.folder),
            ),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    why = "twisted-chat: Nothing more can be printed: No space left on device.\n"
    assert (done.returncode, done.stderr) == (1, why)


NOTED = "import os; open(os.environ['NOTED'], 'w').write(str(os.getpid()));"
"""Has a process note its number."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_aDrillThatIsEndedLeavesNothing(
    place: Place, number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Neither a copy of all data nor the server that it has started.
    """
    noted = place.folder / "pid"
    monkeypatch.setattr(drill, "START", NOTED + f"os.kill(os.getppid(), {number}); os.read(0, 1)")
    monkeypatch.setenv("NOTED", str(noted))
    assert main(["drill", "--data-dir", str(place.folder)]) == 128 + number
    assert capsys.readouterr().err == "\ntwisted-chat: Interrupted.\n"
    assert [path.name for path in place.folder.parent.iterdir()] == ["data"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


KILLED = f"""
import sys
from pathlib import Path
from twisted_chat.cli import main
from twisted_chat.operating import drill
drill.START = {NOTED!r} + "os.kill(os.getppid(), 9)" + drill.START
main(["drill", "--data-dir", sys.argv[1]])
"""


def test_theServerOfADrillThatIsKilledEnds(tmp_path: Path, place: Place) -> None:
    noted = tmp_path / "pid"
    command = [sys.executable, "-c", KILLED, place.folder]
    done = subprocess.run(command, env=environment(tmp_path, NOTED=str(noted)), check=False)
    assert done.returncode == -signal.SIGKILL
    with suppress(ProcessLookupError):
        server = os.pidfd_open(int(noted.read_text()))
        try:
            assert select.select([server], [], [], 60)[0]
        finally:
            os.close(server)


def test_whatLiesWhereADrillIsTypedIsNotRun(
    tmp_path: Path, place: Place, clock: Iterator[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "twisted.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path / "here")
    assert drill.drill(place, lambda: next(clock), lambda line: None) == []


def test_aServerBringsReleasedDataUpToDate(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    releases.restore("0001", tmp_path / "data" / "chat.sqlite")
    with running(tmp_path) as server, server.enter("dot") as visitor:
        visitor.send("/history 50")
        visitor.until(r"#7 <Ann> the kettle is on.*\n")
        server.stop()
        assert wrongsIn(server.output.text) == []
        assert "the data as it was before the upgrade is in " in server.output.text
