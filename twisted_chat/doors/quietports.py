"""
Listening sockets that say nothing of themselves.

Twisted's write a line into the log when they open and when they close, with the name of a class,
whether their factory is C{noisy} or not. The table that the start prints says more, to people, and
what can't be opened is told there.
"""

from __future__ import annotations

from twisted.internet import tcp, unix
from twisted.python.failure import Failure
from twisted.python.log import callWithContext

UNSAID = {"log_format": ""}
"""Makes what is logged by Twisted's old functions an empty text, and logs have no line for that."""


class QuietPort(tcp.Port):
    """
    A listening TCP socket.
    """

    def startListening(self) -> None:
        """
        Listen.

        @raise CannotListenError: it can't.
        """
        callWithContext(UNSAID, super().startListening)

    def connectionLost(self, reason: Failure) -> None:
        """
        It listens no longer.

        @param reason: of no importance.
        """
        callWithContext(UNSAID, super().connectionLost, reason)


class QuietUnixPort(QuietPort, unix.Port):
    """
    A listening unix socket.
    """
