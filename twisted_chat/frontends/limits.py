"""
What clients may ask of the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted_chat.domain.units import KIB, SECONDS


@dataclass(frozen=True, slots=True)
class LineLimits:
    """
    What a client of the line protocol may ask of the server.

    @ivar line: bytes in a line.
    @ivar login: seconds to say who one is.
    @ivar connections: how many there may be at the same time.
    @ivar sendQueue: bytes that may wait for a client that does not read.
    @ivar outstanding: see L{TurnLimits.turns<twisted_chat.frontends.turns.TurnLimits>}.
    @ivar outstandingBytes: see L{TurnLimits.size<twisted_chat.frontends.turns.TurnLimits>}.
    """

    line: int = 8 * KIB
    login: float = 60 * SECONDS
    connections: int = 10_000
    sendQueue: int = KIB * KIB
    outstanding: int = 64
    outstandingBytes: int = 64 * KIB
