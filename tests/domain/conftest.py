"""
What the tests of the domain share.
"""

from __future__ import annotations

import pytest

from tests.doubles import Net


@pytest.fixture
def net() -> Net:
    """
    Two nodes with one store.
    """
    return Net()
