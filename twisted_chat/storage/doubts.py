"""
What is in doubt: it was committed, or it was not, and the database can't be asked just then.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from twisted_chat.domain.errors import NotKnown, NotSaved

AGAIN: Final = 2.0
"""Seconds until the database is asked again."""

TRIES: Final = 25
"""How often that is done: whoever waits for the answer is sent away after a minute."""


class InDoubt(Exception):
    """
    It can't be told now whether something was done.

    @ivar number: of the transaction.
    @ivar result: what it gives, if it was committed.
    @ivar refusal: why that can't be told.
    """

    def __init__(self, number: int, result: object, refusal: NotSaved) -> None:
        super().__init__(number)
        self.number = number
        self.result = result
        self.refusal = refusal


class Doubts:
    """
    Asks until it is known. Whoever goes by the answer (somebody is suspended, so their connections
    end) would otherwise go by what is not so.
    """

    def __init__(self, ask: Callable[[int], Deferred[bool]], clock: IReactorTime | None) -> None:
        """
        @param ask: whether a transaction was committed, by its number; fails with L{NotSaved} while
            that can't be told.
        @param clock: tells when to ask again; C{None} to give up at once.
        """
        self._ask = ask
        self._clock = clock
        self._open: set[Deferred[Any]] = set()

    def settle(self, why: Failure) -> Deferred[Any]:
        """
        Wait until it is known what became of something that has failed.

        @return: what it gives, if it was done after all.
        @raise NotSaved: it was not.
        @raise NotKnown: nobody could tell.
        """
        doubt = why.value
        if not isinstance(doubt, InDoubt):
            return fail(why)
        settled = Deferred.fromCoroutine(self._settle(doubt))
        self._open.add(settled)
        return settled.addBoth(self._over, settled)

    def end(self) -> None:
        """
        Wait no longer.
        """
        for settled in list(self._open):
            settled.cancel()

    def _over(self, result: Any, settled: Deferred[Any]) -> Any:
        self._open.discard(settled)
        return result

    async def _settle(self, doubt: InDoubt) -> object:
        try:
            happened = await self._asked(doubt)
        except CancelledError:
            happened = None
        if happened:
            return doubt.result
        raise (NotKnown if happened is None else NotSaved)(**doubt.refusal.fields)

    async def _asked(self, doubt: InDoubt) -> bool | None:
        """
        @return: C{None} if it still can't be told.
        """
        if self._clock is None:
            return None
        for _ in range(TRIES):
            await deferLater(self._clock, AGAIN)
            with suppress(NotSaved):
                return await self._ask(doubt.number)
        return None
