"""
Coming in by registering: where guests can't come in, an account is all there is to begin with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from zope.interface import implementer

from twisted_chat.domain.accounterrors import WrongEntryPassword
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import NameTaken
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.names import fold, personName
from twisted_chat.domain.records import Account

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


class INewAccount(ICredentials):
    """
    The wish to have an account: C{name}, C{password}, C{code}.
    """


@implementer(INewAccount)
@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """
    The wish to have an account, and to come in with it.

    @ivar code: of an invitation, which may be needed.
    @ivar key: the network's password, where guests need it and who registers no invitation.
    @ivar address: from where it comes.
    """

    name: str
    password: str
    code: str = ""
    key: str = ""
    address: str = ""


@implementer(ICredentialsChecker)
class NewAccountChecker:
    """
    Makes accounts.
    """

    credentialInterfaces = (INewAccount,)

    def __init__(self, hub: Hub, passwords: IPasswords) -> None:
        self._hub = hub
        self._passwords = passwords

    @asDeferred
    async def requestAvatarId(self, credentials: NewAccount) -> bytes | tuple[()]:
        """
        @raise NameTaken: somebody is connected under the name.
        @raise ChatError: it can't be registered; it says why.
        """
        account = await registerNew(self._hub, self._passwords, credentials)
        return f"account {account.id} ".encode()


async def registerNew(hub: Hub, passwords: IPasswords, wish: NewAccount) -> Account:
    """
    Make an account for somebody who has not come in.

    @param passwords: hashes the password.
    @raise NameTaken: somebody is connected under the name.
    @raise ChatError: it can't be registered; it says why.
    """
    name = personName(wish.name)
    hub.rates.registration(wish.address)
    if hub.doorman.asksKey and not (hub.doorman.asksInvitation or hub.doorman.opens(wish.key)):
        raise WrongEntryPassword()
    await hub.registry.requireFree(name)
    if await hub.network.holder(fold(name)) is not None:
        raise NameTaken(name=name)
    return await hub.registry.register(passwords, hub.ids(), name, wish.password, wish.code)
