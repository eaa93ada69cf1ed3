"""
The reactor of this system, as Twisted chooses it, for tests that turn one of their own by hand.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

try:
    from twisted.internet.epollreactor import EPollReactor as SystemReactor
except ImportError:
    # Only Linux has that one.
    from twisted.internet.selectreactor import SelectReactor as SystemReactor  # type: ignore[assignment]

__all__ = ["SystemReactor", "closeReactor"]


def closeReactor(reactor: Any) -> None:
    """
    Let nothing of it stay open.
    """
    reactor.removeAll()
    reactor.waker.connectionLost(Failure(ConnectionDone()))
    poller = getattr(reactor, "_poller", None)
    if poller is not None:
        poller.close()
