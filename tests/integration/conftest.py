"""
What the tests with real programs need.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.running import Server, absent, running


@pytest.fixture
def program() -> Callable[[str], str]:
    """
    Finds a program of this machine; without it, the test is skipped, or fails where C{CI=true}.
    """

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            absent(f"this machine has no {name}")
        return found

    return find


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """
    A server with an empty data folder, which people can come in to.
    """
    with running(tmp_path) as opened:
        yield opened
