"""
On whose behalf things are done that not everybody may do.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted_chat.domain.values import Author


@dataclass(frozen=True, slots=True)
class Official:
    """
    On whose behalf something is done.

    @ivar author: who it is.
    @ivar address: where they are, for the server's log.
    """

    author: Author
    address: str

    def __str__(self) -> str:
        return f"{self.address}: {self.author.name}"
