"""
Keeping back what a client is to get.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from twisted_chat.domain.interfaces import IReceiver
from twisted_chat.domain.room import Room


class Hold:
    """
    What a client is to get, kept back until what came before it has been written.

    @ivar left: the rooms that its person has left meanwhile, or was put out of. That is kept back,
        too.
    """

    __slots__ = ("_kept", "_receiver", "left")

    def __init__(self, receiver: IReceiver) -> None:
        self._receiver = receiver
        self.left: list[Room] = []
        self._kept: list[tuple[bytes, bool]] | None = []

    def receive(self, data: bytes) -> None:
        """
        Keep it back; or, when the hold has ended, pass it on.
        """
        if self._kept is None:
            self._receiver.receive(data)
        else:
            self._kept.append((data, False))

    def receiveAnswer(self, data: bytes) -> None:
        """
        Likewise what is an answer.
        """
        if self._kept is None:
            self._receiver.receiveAnswer(data)
        else:
            self._kept.append((data, True))

    def end(self) -> None:
        """
        Pass on what was kept back.
        """
        kept, self._kept = self._kept, None
        receiver = self._receiver
        for isAnswer, parts in groupby(kept or (), itemgetter(1)):
            passOn = receiver.receiveAnswer if isAnswer else receiver.receive
            passOn(b"".join([data for data, _ in parts]))
