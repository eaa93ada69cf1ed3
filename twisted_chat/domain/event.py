"""
What all events have in common.
"""

from __future__ import annotations

from typing import ClassVar, Self

from msgspec import Struct
from msgspec.structs import replace

from twisted_chat.domain.values import Author


class Event(Struct, frozen=True, kw_only=True):
    """
    An immutable fact.

    @cvar kind: names the kind, for dispatch.
    @cvar stored: whether it has a place in the log.
    @cvar rights: whether it changes what people may do, and so moves C{rightsSeq}.
    @cvar noise: whether people who want quiet don't see it.
    @cvar renames: whether its conversation is called otherwise from then on.
    @ivar id: network-wide and opaque.
    @ivar author: who did it.
    @ivar conversations: where; all but the coming and going of people happens in just one.
    @ivar origin: the id of the session that did it; C{""} if none did.
    @ivar basis: for each conversation the seq up to which its node had applied when the rights
        were checked.
    @ivar peer: in a direct conversation, whom its author talks to.
    @ivar seq: its place in the log, from 1; 0 as long as it has none.
    @ivar at: when it was placed, in POSIX seconds; strictly grows within a conversation.
    """

    kind: ClassVar[str] = ""
    stored: ClassVar[bool] = True
    rights: ClassVar[bool] = False
    noise: ClassVar[bool] = False
    renames: ClassVar[bool] = False

    id: str
    author: Author
    conversations: tuple[str, ...]
    origin: str = ""
    basis: tuple[int, ...] = ()
    peer: Author | None = None
    seq: int = 0
    at: float = 0.0

    @property
    def conversation(self) -> str:
        """
        The id of the conversation, for the kinds that happen in one.
        """
        return self.conversations[0]

    @property
    def readable(self) -> bool:
        """
        Whether there is anything of it to show: a deleted message has no text any more.
        """
        return getattr(self, "text", None) != "" or self.kind not in ("said", "edited", "restored")

    def placed(self, seq: int, at: float) -> Self:
        """
        The same event at its place in the log.
        """
        return replace(self, seq=seq, at=at)

    def based(self, basis: tuple[int, ...]) -> Self:
        """
        The same event after its rights were checked again.
        """
        return replace(self, basis=basis)

    def following(self, after: tuple[int, ...]) -> Self:
        """
        The same event as it is announced, if it passes: it follows these seqs in its conversations.
        """
        return self

    def size(self) -> int:
        """
        About how many bytes it takes in a queue.
        """
        return 120 + len(getattr(self, "text", ""))
