"""
Why somebody can't come in, or comes in elsewhere; see L{errors<twisted_chat.domain.errors>}.
"""

from __future__ import annotations

from twisted_chat.domain.errors import ChatError


class Banned(ChatError):
    """
    You are banned from this network{span}{reason}.
    """

    code = "server-banned"

    @property
    def told(self) -> str:
        """
        What others read of it, who need not know for how long.
        """
        return f"banned from the network{self.fields['reason']}"


class AccountsOnly(ChatError):
    """
    Only registered people come in here. {advice}
    """

    code = "accounts-only"


class WrongEntryPassword(ChatError):
    """
    That is not the network's password, which guests need here.
    """

    code = "wrong-entry-password"


class LockedDown(ChatError):
    """
    The network is locked down for now: only {who} come in.
    """

    code = "locked-down"


class Silenced(ChatError):
    """
    You are muted in {room}, and keep your name while you are there.
    """

    code = "silenced"


class RoomRenamedMeanwhile(ChatError):
    """
    {room} is called {forward} now.
    """

    code = "room-renamed"
