"""
L{twisted_chat.runner}: what Python and twistd can't do is told before they try.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from twisted.application.twist._options import TwistOptions

from tests.integration.running import CHECKOUT
from tests.integration.running import TWISTD as PROGRAM
from twisted_chat.runner import requireDocstrings, requireRunner
from twisted_chat.settings.kinds import SettingsError

TWISTD: dict[str, Any] = {
    "uid": None, "gid": None, "nodaemon": 1, "pidfile": "twistd.pid", "chroot": None,
    "logfile": None, "logger": None, "syslog": 0,
}  # fmt: skip
"""The options of C{twistd -n}."""


def refused(**options: Any) -> str:
    """
    @return: why it can't run so; C{""} if it can.
    """
    try:
        requireRunner({**TWISTD, **options})
    except SettingsError as error:
        return str(error)
    return ""


def test_filesThatCanBeWrittenAreNoMatter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused() == refused(nodaemon=0) == ""
    (tmp_path / "twistd.pid").write_text("1")
    assert refused() == ""


def test_aFileInNoFolderIsToldWithTheOptionThatMovesIt(tmp_path: Path) -> None:
    file = tmp_path / "none" / "twistd.pid"
    why = f"{file}: No such file or directory; start it in another folder"
    assert refused(pidfile=str(file)).startswith(why)
    assert refused(pidfile=str(file)).endswith("--pidfile=")


def test_aFolderThatCantBeWrittenIsTold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.X_OK)
    assert refused().startswith(f"{tmp_path}/twistd.pid: Permission denied; ")
    assert refused(pidfile="", nodaemon=0).startswith(f"{tmp_path}/twistd.log: Permission denied; ")


@pytest.mark.usefixtures("gone")
def test_whereTheWorkingFolderIsGoneNothingCanBeWrittenThere() -> None:
    assert refused().startswith("twistd.pid: No such file or directory; ")
    assert refused(pidfile="") == ""


def test_aFolderThatCantBeEnteredIsTold(tmp_path: Path) -> None:
    """
    By somebody else, the working folder too.
    """
    why = f"--rundir: {tmp_path}/none can't be entered; start it in another folder"
    assert refused(rundir=f"{tmp_path}/none", pidfile="") == why


@pytest.mark.parametrize(
    "options",
    [
        {"pidfile": ""},
        {"pidfile": "/run/pid", "chroot": "/srv"},
        {"pidfile": "", "nodaemon": 0, "syslog": 1},
        {"pidfile": "", "nodaemon": 0, "logger": "builtins.print"},
    ],
)
def test_whatIsNotWrittenIsNotLookedAt(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.X_OK)
    assert refused(**options) == ""


def test_theOptionsOfTwistAreFewAndEnough() -> None:
    requireRunner(TwistOptions())


def test_docstringsAreThere() -> None:
    requireDocstrings()


@pytest.mark.integration
@pytest.mark.parametrize("words", [("-n", "chat"), ("config",)], ids=["server", "program"])
def test_withoutDocstringsNothingBegins(words: tuple[str, ...]) -> None:
    """
    Refusals would be empty, and the help.
    """
    program = PROGRAM if "chat" in words else PROGRAM.with_name("twisted-chat")
    done = subprocess.run(
        [sys.executable, "-OO", str(program), *words],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "python -OO (PYTHONOPTIMIZE=2): leaves out the docstrings" in line
