"""
A file system that is really full: who speaks is told, nobody sees what is not kept, all else goes
on, and when there is room again nothing has to be done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.running import Server, absent, running, wrongsIn

pytestmark = pytest.mark.integration

SIZE = "3m"
REFUSED = r"! Not saved: the disk is full\. Nobody has seen it\.\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """
    A small file system of its own.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        if "permission denied" in made.stderr.lower() or "not permitted" in made.stderr.lower():
            pytest.skip("this machine lets nobody mount a file system")
        absent(f"no file system can be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Ballast:
    """
    A file that takes all the room there is.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def fill(self) -> None:
        """
        Take the rest.
        """
        with self._file.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def drop(self) -> None:
        """
        Give it all back.
        """
        self._file.unlink()


def test_aFullDiskRefusesWhatIsSaidAndNothingElse(disk: Path) -> None:
    ballast = Ballast(disk)
    with running(disk) as server, server.enter("ann") as ann, server.enter("bea") as bea:
        ann.send("before it was full")
        bea.until("<ann> before it was full\n")
        ballast.fill()
        for number in range(3):
            ann.ask(f"unseen {number}", REFUSED)
        ann.ask("/msg bea unseen", REFUSED)
        ann.ask("/topic unseen", REFUSED)
        ann.ask("/register correct-horse-9", REFUSED)
        _othersGoOn(server)
        heard = bea.ask("/who", r"^  bea.*\n")
        assert "cal is away" in heard
        assert "unseen" not in heard
        ballast.drop()
        # By itself: nobody did anything to the server.
        ann.send("after it was full")
        heard = bea.until("<ann> after it was full\n")
        assert "unseen" not in heard
        bea.ask("/search full", r"<ann> after it was full\n")
        numbers = bea.ask("/history 50", r"^.*#\d+ <ann> after it was full\n")
        assert "unseen" not in numbers
        server.stop()
        assert wrongsIn(server.output.text) == []
    with running(disk) as server, server.enter("bea") as bea:
        heard = bea.ask("/history 50", r"<ann> after it was full\n")
        assert "before it was full" in heard
        assert "unseen" not in heard
        server.stop()


def _othersGoOn(server: Server) -> None:
    """
    Somebody new comes in, reads, searches, goes away, and leaves, while the disk is full.
    """
    with server.enter("cal") as cal:
        cal.ask("/history 50", r"<ann> before it was full\n")
        cal.ask("/search before", r"<ann> before it was full\n")
        cal.ask("/who", r"^  cal.*\n")
        cal.ask("/away for lunch", r"\* You are away.*\n")
        cal.ask("hello", REFUSED)


def test_aStartOnAFullDiskTellsWhyInOneLine(disk: Path) -> None:
    ballast = Ballast(disk)
    (disk / "data").mkdir(mode=0o700)
    ballast.fill()
    with Server(disk) as server:
        assert server.end() == 1
        lines = [line for line in server.output.text.splitlines() if "twisted_chat: " in line]
        assert len(lines) == 1
        assert "No space left on device" in lines[0] or "the disk is full" in lines[0]
        assert "Traceback" not in server.output.text
    ballast.drop()
    with running(disk) as server:
        server.stop()
