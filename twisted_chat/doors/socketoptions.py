"""
What is set on the sockets of the doors.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from twisted_chat.domain.units import KIB

MILLISECONDS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """
    What is set on each listening socket; accepted sockets inherit it.

    @ivar deadAfter: seconds after which the connection of a peer that vanished is closed, at the
        latest: whether nothing was being sent to it or something was.
    @ivar sendBuffer: the kernel's send buffer, in bytes; it bounds what a reader who does not
        read can make the kernel hold.
    """

    deadAfter: float = 90.0
    sendBuffer: int = 128 * KIB

    def apply(self, listener: socket.socket) -> None:
        """
        Set the options.

        The worst case is a peer that vanishes, is probed in vain, and is written to just before
        the last probe: then C{TCP_USER_TIMEOUT} begins anew. So, in eighteenths of C{deadAfter}:
        4 idle and 4 for the probes, then 8, and 2 are left for the coarse timers. The timeout also
        ends a connection whose peer lives but takes nothing for that long.

        @param listener: a TCP socket that does not listen yet.
        """
        part = self.deadAfter / 18
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.sendBuffer)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # Telnet sends half of its Synch as urgent data; the other half alone would be text.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        # What macOS calls TCP_KEEPALIVE; by default it would be two hours.
        idle = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"
        for name, value in (
            ("TCP_NODELAY", 1),
            (idle, max(1, int(4 * part))),
            ("TCP_KEEPINTVL", max(1, int(part))),
            ("TCP_KEEPCNT", 4),
            ("TCP_USER_TIMEOUT", int(8 * part * MILLISECONDS_PER_SECOND)),
        ):
            # Not every platform has all of them under these names.
            option = getattr(socket, name, None)
            if option is not None:
                listener.setsockopt(socket.IPPROTO_TCP, option, value)
