"""
L{twisted_chat.docstrings}: what people read is there, or nothing begins.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.integration.running import CHECKOUT, TWISTD
from twisted_chat.docstrings import requireDocstrings


def test_theyAreThere() -> None:
    requireDocstrings()


@pytest.mark.integration
@pytest.mark.parametrize("words", [("-n", "chat"), ("config",)], ids=["server", "program"])
def test_withoutThemNothingBegins(words: tuple[str, ...]) -> None:
    """
    Refusals would be empty, and the help.
    """
    program = TWISTD if "chat" in words else TWISTD.with_name("twisted-chat")
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
