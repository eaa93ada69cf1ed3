"""
Going for good: what is held about oneself, and the end of one's account.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from twisted_chat.domain.accounterrors import NotRegistered, WrongPassword
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.names import cleanLine, fold
from twisted_chat.domain.official import Official
from twisted_chat.domain.operating import Operating
from twisted_chat.domain.records import Account


class Parting(Operating):
    """
    What a session can do about the end of accounts.
    """

    __slots__ = ()

    @asDeferred
    async def export(
        self, after: int = 0, limit: int = 0, name: str = ""
    ) -> tuple[Sequence[str], int]:
        """
        A part of all that is held about oneself or, for operators, about somebody else; see
        L{Leaving.page<twisted_chat.domain.leaving.Leaving.page>}.

        @param limit: how many events; 0 for as many as are read at once.
        @param name: whose account; C{""} for one's own.
        """
        account = await self._account(name)
        if account.id != self.identity and not after:
            self.hub.orders.used(self.official, "export", f"exported {account.name}")
        limit = min(limit or self.hub.limits.page, self.hub.limits.page)
        return await self.hub.leaving.page(account, after, limit)

    async def _account(self, name: str) -> Account:
        """
        @raise NotOperator: it is somebody else's, and this person is no operator.
        """
        if self.account is not None and (not name or fold(cleanLine(name)) == self.account.fold):
            return await self.hub.registry.find(self.account.name)
        if not name:
            raise NotRegistered(name=self.name)
        self.requireOperator()
        return await self.hub.registry.find(name)

    @asDeferred
    async def deleteAccount(self, password: str, withMessages: bool = False) -> int:
        """
        End one's own account. Nobody gets its name again.

        @param password: the account's; if it has none, its name.
        @param withMessages: delete what it wrote too, for good.
        @return: how many messages were deleted.
        """
        account = await self._account("")
        if account.password:
            await self.provePassword(account, password)
        elif fold(cleanLine(password)) != account.fold:
            raise WrongPassword()
        if account.operator:
            raise BadInput(why="You are an operator of the network. Another one has to end that.")
        return await self.hub.leaving.erase(self.official, account, withMessages)

    def deleteAccountOf(self, name: str, withMessages: bool = False) -> Deferred[int]:
        """
        End somebody's account, as an operator; see L{deleteAccount}.
        """

        async def erase(by: Official) -> int:
            account = await self.hub.registry.find(name)
            return await self.hub.leaving.erase(by, account, withMessages)

        return self._officially(erase)
