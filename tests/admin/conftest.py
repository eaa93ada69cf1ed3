"""
What the tests of orders share.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.admin.desks import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """
    A desk on a network that runs.
    """
    tmp_path.chmod(0o700)
    return Office(tmp_path)
