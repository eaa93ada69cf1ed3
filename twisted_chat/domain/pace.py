"""
How close commits follow upon each other, and how much may wait for them.
"""

from __future__ import annotations

from msgspec import Struct

from twisted_chat.domain.units import MIB, MILLISECONDS


class Pace(Struct, frozen=True):
    """
    What L{GroupCommit<twisted_chat.domain.groupcommit.GroupCommit>} goes by.

    @ivar spacing: seconds between the starts of two while there is much to do.
    @ivar mostEvents: with so many events waiting the queue counts as full.
    @ivar mostBytes: likewise for their size in bytes.
    """

    spacing: float = 1 * MILLISECONDS
    mostEvents: int = 20_000
    mostBytes: int = 32 * MIB
