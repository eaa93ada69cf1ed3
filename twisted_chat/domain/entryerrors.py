"""
Why somebody can't come in, or comes in elsewhere, or can't have an account; see
L{errors<twisted_chat.domain.errors>}.
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


class Suspended(ChatError):
    """
    The account {name} is suspended: {reason}.
    """

    code = "suspended"


class NameRetired(ChatError):
    """
    The name {name} was that of an account that is gone. Nobody gets it again; choose another one.
    """

    code = "name-retired"


class AccountDeleted(ChatError):
    """
    The account {name} is deleted.
    """

    code = "account-deleted"


class RegistrationClosed(ChatError):
    """
    Nobody can register {why}.
    """

    code = "registration-closed"


class WrongCode(ChatError):
    """
    That code is not right, or it is used up.
    """

    code = "wrong-code"


class WrongInvitation(WrongCode):
    """
    That code is not right, or it is used up. A password with spaces in it stands in quotes.
    """

    code = "wrong-invitation"


class NeedsInvitation(ChatError):
    """
    Whoever registers here needs an invitation: give its code behind the password.
    """

    code = "needs-invitation"


class RoomRenamedMeanwhile(ChatError):
    """
    {room} is called {forward} now.
    """

    code = "room-renamed"
