"""
What the tests of the line protocol share.
"""

from __future__ import annotations

import pytest

from tests.frontends.clients import Doors


@pytest.fixture
def doors() -> Doors:
    """
    A network with its doors for the line protocol.
    """
    return Doors()
