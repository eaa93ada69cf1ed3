"""
Coming into a room by a name that may lead to another one.
"""

from __future__ import annotations

from tests.doubles import Net
from twisted_chat.domain.membership import Entrance
from twisted_chat.domain.session import Session


class SentOn:
    """
    Whoever joins is told where they are sent on.

    @ivar told: what the last one was told before they came in.
    """

    net: Net

    def join(self, who: Session, room: str = "dev", password: str = "") -> Entrance:
        """
        Somebody wants to come into a room.
        """
        self.told: list[str] = []
        joined = who.join(room, password, lambda refusal: self.told.append(refusal.text))
        entrance: Entrance = self.net.now(joined)
        who.release()
        self.net.settle()
        return entrance
