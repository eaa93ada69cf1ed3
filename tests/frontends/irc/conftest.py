"""
What the tests of IRC share.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import IrcDoors


@pytest.fixture
def doors() -> IrcDoors:
    """
    A network with its doors for IRC.
    """
    return IrcDoors()
