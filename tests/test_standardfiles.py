"""
L{twisted_chat.standardfiles}: what is closed at the start, or takes no names, harms nothing.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from twisted.logger import Logger

from tests.integration.running import CHECKOUT, environment
from twisted_chat.serverlog.terminal import TerminalLog
from twisted_chat.serverlog.text import REFUGE
from twisted_chat.standardfiles import takeAllText

CLOSED = 'exec "$@" <&- >&- 2>&-'


def test_nothingElseTakesThePlaceOfAStandardFileThatIsClosed(tmp_path: Path) -> None:
    """
    What is written to the standard error would be written into it.
    """
    code = (
        "import os, sys\n"
        "from twisted_chat.standardfiles import fillStandard\n"
        "fillStandard()\n"
        "opened = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
        "os.write(2, b'a warning')\n"
        "os.write(opened, b'%d' % opened)\n"
    )
    found = tmp_path / "opened"
    command = ["sh", "-c", CLOSED, "sh", sys.executable, "-c", code, str(found)]
    subprocess.run(command, cwd=CHECKOUT, env=environment(tmp_path), check=True, timeout=60)
    assert int(found.read_text()) > 2


def test_whatIsClosedIsEmptyForPrograms(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from twisted_chat.standardfiles import standIn\n"
        "standIn()\n"
        "print('to nobody', file=sys.stderr)\n"
        "print('to nobody')\n"
        "sys.stdout.buffer.write(b'likewise')\n"
        "sys.exit(len(sys.stdin.read()))\n"
    )
    command = ["sh", "-c", CLOSED, "sh", sys.executable, "-c", code]
    subprocess.run(command, cwd=CHECKOUT, env=environment(tmp_path), check=True, timeout=60)


def test_anyNameAndPathCanBeWrittenToTheStandardOutput() -> None:
    written = io.BytesIO()
    out = io.TextIOWrapper(written, "ascii", "strict")
    takeAllText(out)
    out.write("Zoë in caf\udce9")
    out.flush()
    assert written.getvalue() == "Zoë in caf?".encode()


@pytest.mark.parametrize("what", [None, io.StringIO()])
def test_whatTakesNoBytesIsLeftAlone(what: object) -> None:
    takeAllText(what)


def test_theLogOfAClosedStandardOutputIsInTheDataFolder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    made = TerminalLog()
    made.folder = tmp_path
    log: Any = made()
    Logger("here", observer=log).info("it begins")
    log._file.close()
    lines = (tmp_path / REFUGE).read_text().splitlines()
    assert lines[0].endswith("The log goes on here. Where it was: Bad file descriptor")
    assert lines[1].endswith("[here#info] it begins")
