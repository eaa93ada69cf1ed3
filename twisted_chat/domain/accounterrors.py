"""
Why somebody can't come in, and what can't be done with accounts, their names and their passwords;
see L{errors<twisted_chat.domain.errors>}.
"""

from __future__ import annotations

from twisted_chat.domain.errors import BadInput, ChatError, NoSuchPerson


class NameRegistered(ChatError):
    """
    The name {name} is registered. If it is yours, log in to it; else choose another one.
    """

    code = "name-registered"


class NameTooAlike(ChatError):
    """
    The name {name} looks too much like one that is registered. Choose another one.
    """

    code = "name-too-alike"


class NameRetired(ChatError):
    """
    The name {name} was that of an account that is gone. Nobody gets it again; choose another one.
    """

    code = "name-retired"


class BadLogin(ChatError):
    """
    The name or the password is wrong. Try again.
    """

    code = "bad-login"


class WeakPassword(BadInput):
    """
    A password has {least} to {most} characters.
    """

    code = "weak-password"


class WrongPassword(ChatError):
    """
    That is not your present password. Nothing was changed.
    """

    code = "wrong-password"


class Insecure(ChatError):
    """
    This connection is not encrypted, so no password is taken here. {hint}
    """

    code = "insecure"


class NotRegistered(ChatError):
    """
    Only registered people can do that.
    """

    code = "not-registered"
    remedy = "/register PASSWORD makes {name} yours."


class AlreadyRegistered(ChatError):
    """
    {name} is registered already.
    """

    code = "already-registered"


class NoSuchAccount(NoSuchPerson):
    """
    {name} is a guest, and has no account.
    """

    code = "no-such-account"
    remedy = ""


class Suspended(ChatError):
    """
    The account {name} is suspended: {reason}.
    """

    code = "suspended"


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


class NeedsInvitation(ChatError):
    """
    Whoever registers here needs an invitation: give its code behind the password.
    """

    code = "needs-invitation"


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
