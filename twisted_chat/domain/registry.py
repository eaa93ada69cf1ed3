"""
The accounts of the network: how one comes by one, and what operators do about them.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

from twisted_chat.domain.accounterrors import (
    BadLogin,
    NameRegistered,
    NameRetired,
    NameTooAlike,
    NeedsInvitation,
    NoSuchAccount,
    WrongCode,
)
from twisted_chat.domain.codes import hashCode, newCode
from twisted_chat.domain.errors import BadInput, ChatError, NameTaken, NoSuchPerson
from twisted_chat.domain.interfaces import IPasswords, IStore
from twisted_chat.domain.invitations import Invitations
from twisted_chat.domain.lookalikes import skeleton
from twisted_chat.domain.names import cleanLine, fold, nameShown, personName
from twisted_chat.domain.official import Official
from twisted_chat.domain.orders import END, OPERATOR
from twisted_chat.domain.passwords import Sealed, acceptable
from twisted_chat.domain.records import Account
from twisted_chat.domain.units import DAYS

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

RESET_LASTS: Final = 1 * DAYS
"""How long the code for a lost password holds, in seconds."""

ROOMS_TO_ENTER: Final = "invited"
"""The preference that holds the rooms that somebody's invitation is about, until they are in."""

CLAIM, CLAIMED = "claim", "claimed"
"""The facts that hold the hash of the first operator's code, and that there was an operator."""

_PAGE = 1000


def owned(account: Account, name: str) -> ChatError:
    """
    Why somebody else can't have the name of an account.

    @param name: as they have typed it.
    """
    if account.erasedAt:
        return NameRetired(name=name)
    return NameRegistered(name=account.name)


async def requireNobodys(store: IStore, name: str, but: str = "") -> None:
    """
    Whether somebody may bear a name that is not their account's. Letters of another script that
    look like somebody registered are refused too; among plain letters people see the difference,
    such as between ian and lan.

    @param but: the id of an account of theirs, whose name it may be or look like.
    @raise NameRegistered: it is somebody else's account's.
    @raise NameTooAlike: it looks like one.
    """
    owner = await store.account(fold(name))
    if owner is not None and owner.id != but:
        raise owned(owner, name)
    if not name.isascii():
        alike = await store.accountLike(skeleton(name))
        if alike is not None and alike.id != but:
            raise NameTooAlike(name=name)


class Registry(Invitations):
    """
    Makes accounts, and changes them for operators.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._claiming = False
        self._spent: set[str] = set()

    async def find(self, name: str) -> Account:
        """
        The account of a name.

        @raise NoSuchPerson: there is none.
        @raise NoSuchAccount: likewise, but a guest is here under that name.
        """
        folded, shown = fold(cleanLine(name)), nameShown(name)
        account = await self._hub.store.account(folded)
        if account is None or account.erasedAt:
            if await self._hub.network.holder(folded) is not None:
                raise NoSuchAccount(name=shown)
            raise NoSuchPerson(name=shown)
        return account

    # Registering.

    async def register(
        self,
        passwords: IPasswords,
        id: str,
        name: str,
        password: str,
        code: str = "",
        preferences: Mapping[str, object] | None = None,
    ) -> Account:
        """
        Make an account, if the terms of the network allow it now.

        @param passwords: hashes the password.
        @param id: the person's id.
        @param code: of an invitation, which may be needed.
        @param preferences: what the person has set for themselves.
        @raise NameTaken: somebody else is connected under the name.
        """
        doorman = self._hub.doorman
        doorman.requireRegistration()
        if doorman.asksInvitation and not code.strip():
            raise NeedsInvitation()
        password = acceptable(password, self._hub.limits.password)
        await self.requireFree(name)
        chosen = dict(preferences or {})
        invitation = hashCode(code) if code.strip() else ""
        if invitation:
            rooms = await self._invitedTo(invitation)
            if rooms:
                chosen[ROOMS_TO_ENTER] = rooms
        sealed = await passwords.seal(password)
        return await self._keep(id, name, sealed, self._hub.clock.seconds(), chosen, invitation)

    async def _keep(
        self,
        id: str,
        name: str,
        sealed: Sealed,
        seenAt: float,
        preferences: Mapping[str, object],
        invitation: str = "",
    ) -> Account:
        """
        @raise NameTaken: somebody else is connected under the name.
        """
        account = Account(
            id,
            name,
            fold(name),
            skeleton(name),
            sealed.hash,
            createdAt=self._hub.clock.seconds(),
            seenAt=seenAt,
            preferences=preferences,
            scram=sealed.scram,
        )
        network = self._hub.network
        # Whoever has taken the name since it was looked up keeps it; nobody else takes it before
        # the account can be looked up.
        if await network.claim(account.fold, id, name) != id:
            raise NameTaken(name=name)
        try:
            await self._hub.store.createAccount(account, invitation)
        finally:
            await network.release(account.fold, id)
        return account

    async def create(
        self, by: Official, passwords: IPasswords, name: str, password: str
    ) -> Account:
        """
        Make an account for somebody, whoever may register.

        @param passwords: hashes the password.
        @raise NameTaken: somebody is connected under that name, and is not to be driven out of it.
        """
        name = personName(name)
        password = acceptable(password, self._hub.limits.password)
        await self.requireFree(name)
        if await self._hub.network.holder(fold(name)) is not None:
            raise NameTaken(name=name)
        sealed = await passwords.seal(password)
        account = await self._keep(self._hub.ids(), name, sealed, 0.0, {})
        self._hub.orders.used(by, OPERATOR, f"registered {name}")
        return account

    async def setPassword(
        self, by: Official, passwords: IPasswords, name: str, password: str
    ) -> Account:
        """
        Give an account another password.

        @param passwords: hashes it.
        """
        account = await self.find(name)
        sealed = await passwords.seal(acceptable(password, self._hub.limits.password))
        await self._hub.store.changeAccount(
            account.id, password=sealed.hash, scram=sealed.scram, reset="", resetUntil=0.0
        )
        self._hub.orders.used(by, "reset", f"gave {account.name} another password")
        return account

    async def requireFree(self, name: str) -> None:
        """
        @raise ChatError: nobody can register a name, since there is an account of that name, there
            was one, or one looks like it.
        """
        account = await self._hub.store.account(fold(name))
        if account is not None:
            raise owned(account, name)
        if await self._hub.store.accountLike(skeleton(name)) is not None:
            raise NameTooAlike(name=name)

    # Operators.

    async def prepareClaim(self) -> str:
        """
        @return: the code with which the first operator makes themselves known, made anew; C{""} if
            there is, or was, an operator.
        """
        store = self._hub.store
        facts = await store.networkFacts()
        if facts.get(CLAIMED):
            return ""
        after = ""
        while page := await store.accounts(after, _PAGE):
            if any(account.operator for account in page):
                await store.setNetworkFact(CLAIMED, True)
                return ""
            after = page[-1].fold
        code = newCode()
        await store.setNetworkFact(CLAIM, hashCode(code))
        return code

    async def claim(self, by: Official, account: Account, code: str) -> None:
        """
        Become the first operator.

        @raise WrongCode: it is not the code, or there is an operator already.
        """
        store = self._hub.store
        wanted = (await store.networkFacts()).get(CLAIM)
        right = isinstance(wanted, str) and hmac.compare_digest(wanted, hashCode(code))
        if not right or self._claiming:
            raise WrongCode()
        self._claiming = True
        try:
            await store.changeAccount(account.id, operator=True)
            self._hub.orders.used(by, OPERATOR, "is the first operator of the network")
            await self._endClaims(by, account)
        finally:
            self._claiming = False

    async def _endClaims(self, by: Official, account: Account) -> None:
        """
        Somebody is an operator, so nobody becomes the first one any more.
        """
        try:
            await self._hub.store.setNetworkFact(CLAIMED, True)
            await self._hub.store.setNetworkFact(CLAIM, None)
        finally:
            # What is stored holds on all their connections, whatever else can't be.
            await self._hub.orders.insist(by, OPERATOR, account.id)

    async def setOperator(self, by: Official, name: str, operator: bool) -> Account:
        """
        Make somebody registered an operator of the network, or no longer.
        """
        account = await self.find(name)
        if account.operator is operator:
            state = "is an operator already" if operator else "is no operator"
            raise BadInput(why=f"{account.name} {state}.")
        if not operator and account.id == by.author.id:
            raise BadInput(why="Another operator has to do that to you.")
        await self._hub.store.changeAccount(account.id, operator=operator)
        deed = "an operator of the network" if operator else "an ordinary person"
        self._hub.orders.used(by, OPERATOR, f"made {account.name} {deed}")
        if operator:
            # They hear what operators are told from a moment on that no node knows of another.
            told = f"{by.author.name} made you {deed}"
            with suppress(ChatError):
                await self._hub.orders.tell(by, OPERATOR, told, account.id)
            await self._endClaims(by, account)
            return account
        try:
            # They may be a member without being here.
            await self._hub.operatorsRoom.putOut(account.id, account.name)
        finally:
            await self._hub.orders.insist(by, OPERATOR, account.id)
        return account

    # Lost passwords, and accounts that nobody may use for now.

    async def reset(self, by: Official, name: str) -> str:
        """
        Help somebody who has lost their password.

        @return: a code that stands for it once, within a day.
        """
        account = await self.find(name)
        code = newCode()
        until = self._hub.clock.seconds() + RESET_LASTS
        await self._hub.store.changeAccount(account.id, reset=hashCode(code), resetUntil=until)
        self._hub.orders.used(by, "reset", f"gave out a code for {account.name}")
        return code

    def resetBy(self, account: Account, code: str) -> str:
        """
        @return: the hash of a code, if it is what stands for an account's lost password now; else
            C{""}.
        """
        hashed = hashCode(code)
        return hashed if self._stands(account, hashed) else ""

    def _stands(self, account: Account, hashed: str) -> bool:
        right = hmac.compare_digest(account.reset, hashed) and hashed not in self._spent
        return right and self._hub.clock.seconds() < account.resetUntil

    async def spendReset(self, id: str, hashed: str) -> None:
        """
        Somebody has come in with a code for a lost password: it stands for it no more.

        @param id: the account's.
        @param hashed: what L{resetBy} has given.
        @raise BadLogin: somebody else has come in with it meanwhile, or there is another one.
        """
        account = await self._hub.store.accountById(id)
        if account is None or not self._stands(account, hashed):
            raise BadLogin()
        # At once, lest it is used twice before it is written down.
        self._spent.add(hashed)
        try:
            await self._hub.store.changeAccount(id, reset="", resetUntil=0.0)
        except BaseException:
            self._spent.discard(hashed)
            raise
        self._log.info("{name} comes in with a code", name=account.name)

    async def suspend(self, by: Official, name: str, reason: str = "") -> Account:
        """
        Let nobody use an account for now, and end its connections. What it wrote stays.
        """
        account = await self.find(name)
        if account.operator:
            raise BadInput(
                why=f"{account.name} is an operator of the network; take that mark first."
            )
        told = "account suspended" + (f": {reason}" if reason else "")
        reason = reason or "ask an operator why"
        await self._hub.store.changeAccount(account.id, suspended=reason)
        self._hub.orders.used(by, "suspend", f"suspended {account.name}")
        why = f"Your account is suspended: {reason}"
        await self._hub.orders.insist(by, END, account.id, why, told=told)
        return account

    async def unsuspend(self, by: Official, name: str) -> Account:
        """
        Let an account be used again.
        """
        account = await self.find(name)
        if not account.suspended:
            raise BadInput(why=f"{account.name} is not suspended.")
        await self._hub.store.changeAccount(account.id, suspended="")
        self._hub.orders.used(by, "suspend", f"took back that {account.name} is suspended")
        return account
