"""
Proofs of who somebody is, whatever wire they come by.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twisted.logger import Logger

from twisted_chat.domain.accounterrors import BadLogin
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.names import fold, personName
from twisted_chat.domain.passwords import prepare
from twisted_chat.domain.records import Account
from twisted_chat.domain.unawaited import faultsToLog

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What shows that somebody is whose account it is.

    @ivar reset: the hash of the code for a lost password that shows it, which is spent by coming in
        with it (L{Registry.spendReset<twisted_chat.domain.registry.Registry.spendReset>}); C{""}:
        something else shows it.
    """

    account: Account
    reset: str = field(default="", repr=False)


class Proofs:
    """
    Finds out whose a password or a certificate is.
    """

    _log = Logger()

    def __init__(self, hub: Hub, passwords: IPasswords) -> None:
        self._hub = hub
        self._passwords = passwords

    async def password(self, name: str, password: str, address: str) -> Account:
        """
        Whose account is opened by a name and a password, and not by a code instead of it? See
        L{entry}.
        """
        proof = await self.entry(name, password, address)
        if proof.reset:
            raise BadLogin()
        return proof.account

    async def entry(self, name: str, password: str, address: str) -> Proof:
        """
        Whose account is opened by a name and a password, or by the code for a lost one?

        @param address: from where it is tried.
        @raise TooFast: so often was tried from there, or for that account.
        @raise BadLogin: there is no such account, or the password is wrong; which of the two can
            be told from neither the words nor the time.
        """
        account: Account | None = None
        folded = ""
        # Nobody may have such a name or password; that takes as long to find out as any other.
        with suppress(ChatError):
            folded = fold(personName(name))
        # Before there is any work with what was typed.
        self._hub.rates.login(address, folded)
        with suppress(ChatError):
            password = prepare(password)
        if folded:
            account = await self._hub.store.account(folded)
        hashed = account.password if account is not None else ""
        right = await self._passwords.verify(hashed, password)
        code = "" if account is None or right else self._hub.registry.resetBy(account, password)
        if account is None or not (right or code):
            raise BadLogin()
        if right and not account.scram:
            self._giveKeys(account, password)
        return Proof(account, code)

    def _giveKeys(self, account: Account, password: str) -> None:
        """
        Let an account from before there were such keys be opened by SCRAM the next time. Nobody has
        to wait for that.
        """
        what = "{name} can't log in by SCRAM yet"
        self._seal(account, password).addErrback(faultsToLog(self._log, what, name=account.name))

    @asDeferred
    async def _seal(self, account: Account, password: str) -> None:
        sealed = await self._passwords.seal(password)
        now = await self._hub.store.accountById(account.id)
        # It may have another password by now.
        if sealed.scram and now is not None and now.password == account.password:
            await self._hub.store.changeAccount(account.id, scram=sealed.scram)

    async def account(self, name: str, address: str) -> Account | None:
        """
        The account of a name, for somebody who is about to prove that it is theirs.

        @raise TooFast: see L{entry}.
        """
        try:
            folded = fold(personName(name))
        except ChatError:
            return None
        self._hub.rates.login(address, folded)
        return await self._hub.store.account(folded)

    async def certificate(self, fingerprint: str) -> Account | None:
        """
        For whose account a certificate stands.

        @param fingerprint: its SHA-256 in lower-case hex, or C{""}.
        """
        if not fingerprint:
            return None
        return await self._hub.store.accountOfFingerprint(fingerprint)
