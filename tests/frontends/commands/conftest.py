"""
What the tests of commands start from.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.doubles import Net
from tests.frontends.commands.visiting import PlainVisit

Come = Callable[..., PlainVisit]


@pytest.fixture
def net() -> Net:
    """
    Two nodes with one store.
    """
    return Net()


@pytest.fixture
def come(net: Net) -> Come:
    """
    Lets somebody come in and join rooms, the last of which is their current one.
    """

    def comes(name: str, *rooms: str, node: int = 0, registered: bool = False) -> PlainVisit:
        session = (net.registered if registered else net.guest)(name, node)
        room = None
        for each in rooms:
            room = net.join(each, session)
        session.release()
        net.settle()
        return PlainVisit(net, session, room)

    return comes
