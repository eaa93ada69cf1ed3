"""
Rates: how much may be done in how much time, by connections, accounts and addresses.

Whoever comes from a trusted address is never counted. An IPv4 address is one, an IPv6 address
counts with all others of its /64.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

from twisted_chat.domain.errors import TooFast, TooManyHere
from twisted_chat.domain.limits import Buckets, TokenBucket
from twisted_chat.domain.masks import networkOf
from twisted_chat.domain.units import DAYS, HOURS, MINUTES

SHARED: Final = 4
"""An address of guests may do so many times what one of them may: a home or a class has one."""

PATIENCE: Final = 100
"""
How many refusals somebody may have at once, and one more every few seconds, before they are
disconnected: a client that comes back asks at once for all the rooms that it was in.
"""

FORGIVES: Final = 20 / MINUTES

MOST_UNTOLD: Final = 10_000
"""Of how many addresses it is counted how often they were refused in silence."""


@dataclass(frozen=True, slots=True)
class Rate:
    """
    So many at once, and then so many per second.
    """

    burst: float
    perSecond: float


@dataclass(frozen=True, slots=True)
class RateLimits:
    """
    What is allowed.

    @ivar lines: of one connection, and of one account.
    @ivar joins: of one connection; L{SHARED} times as many with a password, from one address.
        Rooms that an account makes, and L{SHARED} times as many by guests of an address.
    @ivar logins: attempts with a password from one address, and for one account.
    @ivar registrations: of accounts from one address.
    @ivar connections: new ones from one address.
    @ivar here: connections from one address at the same time.
    @ivar uncounted: how many connections of each account do not count for their addresses.
    """

    lines: Rate = Rate(20, 5)
    joins: Rate = Rate(20, 20 / MINUTES)
    logins: Rate = Rate(5, 5 / MINUTES)
    registrations: Rate = Rate(5, 5 / HOURS)
    connections: Rate = Rate(30, 3)
    here: int = 64
    uncounted: int = 16


ROOMS: Final = Rate(400, 400 / DAYS)
"""
Rooms that guests of an address make, however many they join: nobody owns them, and they stay for
days after the last word in them.
"""

TOLD: Final = Rate(5, 1 / MINUTES)
"""How often the log tells of connections from one address that were refused."""

FLOODS: Final = Rate(100, 1)
"""Whoever has to wait more often sends too much all the time, and not just a text of many lines."""

FLOODS_TOLD: Final = Rate(1, 1 / MINUTES)
"""How often the log tells of one of them."""


class Rates:
    """
    What is done on one node.

    @ivar isTrusted: whether an address is never counted.
    @ivar worked: gives how long this node has worked, in seconds.
    """

    def __init__(
        self,
        limits: RateLimits,
        seconds: Callable[[], float],
        isTrusted: Callable[[str], bool] = lambda address: False,
        worked: Callable[[], float] | None = None,
    ) -> None:
        """
        @param seconds: the time now, in seconds.
        @param isTrusted: see above.
        @param worked: see above; C{None}: it is taken for the time that has gone by.
        """
        self._seconds = seconds
        self.isTrusted = isTrusted
        self.worked = worked or seconds
        self._here: Counter[str] = Counter()
        self._guestRooms = Buckets(ROOMS.perSecond, ROOMS.burst, seconds)
        self._told = Buckets(TOLD.perSecond, TOLD.burst, seconds)
        self._untold: Counter[str] = Counter()
        self._waits = Buckets(FLOODS.perSecond, FLOODS.burst, seconds)
        self._floods = Buckets(FLOODS_TOLD.perSecond, FLOODS_TOLD.burst, seconds)
        self.change(limits)

    def change(self, limits: RateLimits) -> None:
        """
        Allow something else from now on. What was done so far is forgotten, except of those who
        are here.
        """

        def buckets(rate: Rate, times: float = 1) -> Buckets:
            return Buckets(rate.perSecond * times, rate.burst * times, self._seconds)

        self.limits = limits
        self._accountLines = buckets(limits.lines)
        self._addressLines = buckets(limits.lines, SHARED)
        self._joins = buckets(limits.joins)
        self._guesses = buckets(limits.joins, SHARED)
        self._accountRooms = buckets(limits.joins)
        self._addressRooms = buckets(limits.joins, SHARED)
        self._logins = buckets(limits.logins)
        self._registrations = buckets(limits.registrations)
        self._connections = buckets(limits.connections)

    # Connections.

    def arrive(self, address: str) -> None:
        """
        There is one more connection, to be given back by L{depart}.

        @raise TooFast: so many come from there in a short time.
        @raise TooManyHere: so many are there from there; the connection is counted nevertheless.
        """
        if self.isTrusted(address):
            return
        self.count(address)
        key = addressKey(address)
        self._check(self._connections, key, "connect")
        if self._here[key] > self.limits.here:
            raise TooManyHere(limit=self.limits.here)

    def turnedAway(self, address: str) -> int:
        """
        A connection may not stay. Whoever connects thousands of times must not fill the disk so.

        @return: so many are to be told of: those of which the log was not told before, and this
            one; 0: none for now.
        """
        key = addressKey(address)
        if not self._told.take(key):
            return self._untold.pop(key, 0) + 1
        if key in self._untold or len(self._untold) < MOST_UNTOLD:
            self._untold[key] += 1
        return 0

    def count(self, address: str) -> None:
        """
        There is one more, which was there before and did not count.
        """
        self._here[addressKey(address)] += 1

    def depart(self, address: str) -> None:
        """
        There is one less, or one that does not count any more.
        """
        key = addressKey(address)
        if self._here[key] > 1:
            self._here[key] -= 1
        else:
            del self._here[key]

    # What is done.

    def countedFor(self, address: str, account: str) -> str | None:
        """
        Whose doing something is, beside the connection's.

        @param account: the account's id, or C{""}.
        @return: C{None} if it is not counted.
        """
        if self.isTrusted(address):
            return None
        return "account " + account if account else addressKey(address)

    def lineBucket(self, address: str) -> TokenBucket | None:
        """
        @return: what the lines of one connection are taken from; C{None} if they are not counted.
        """
        if self.isTrusted(address):
            return None
        rate = self.limits.lines
        return TokenBucket(rate.perSecond, rate.burst, self._seconds)

    def line(self, address: str, account: str, lines: float = 1.0) -> float:
        """
        Somebody said a line, beside what L{lineBucket} counts.

        @param account: the account's id, or C{""}.
        @param lines: how many of them, or what counts as much.
        @return: for how many seconds to read no more.
        """
        if account:
            return self._accountLines.spend(account, lines)
        return self._addressLines.spend(addressKey(address), lines)

    def join(self, session: str, address: str, password: str = "") -> None:
        """
        Somebody wants to come into a room.

        @param session: the session's id.
        @param password: what they give as the room's. Whoever guesses may connect again and again.
        @raise TooFast: after so many.
        """
        if not self.isTrusted(address):
            self._check(self._joins, session, "join")
            if password:
                self._check(self._guesses, addressKey(address), "join")

    def makeRoom(self, address: str, account: str) -> None:
        """
        Somebody makes a room. Whoever makes many may connect again and again.

        @param account: the account's id, or C{""}.
        @raise TooFast: after so many.
        """
        if not self.isTrusted(address):
            rooms = self._accountRooms if account else self._addressRooms
            self._check(rooms, account or addressKey(address), "make rooms")
            if not account:
                self._check(self._guestRooms, addressKey(address), "make rooms")

    def login(self, address: str, folded: str) -> None:
        """
        Somebody gives a password.

        @param folded: the account's folded name, whether there is one or not.
        @raise TooFast: after so many from there, or for that account.
        """
        if not self.isTrusted(address):
            self._check(self._logins, addressKey(address), "log in")
            self._check(self._logins, "account " + folded, "log in")

    def registration(self, address: str) -> None:
        """
        Somebody wants an account.

        @raise TooFast: after so many from there.
        """
        if not self.isTrusted(address):
            self._check(self._registrations, addressKey(address), "register")

    def floods(self, key: str) -> bool:
        """
        Somebody is read no more for a while, since they send too much.

        @param key: their account, or their address.
        @return: whether the log is to tell of it: it is so all the time, and was not told just now.
        """
        return self._waits.take(key) > 0 and not self._floods.take(key)

    def patience(self) -> TokenBucket:
        """
        @return: what the refusals of one connection for doing too much are taken from. Whoever has
            none left is to be disconnected.
        """
        return TokenBucket(FORGIVES, PATIENCE, self._seconds)

    def _check(self, buckets: Buckets, key: str, what: str) -> None:
        wait = buckets.take(key)
        if wait:
            raise TooFast(what=what, seconds=ceil(wait))


@lru_cache(maxsize=4096)
def addressKey(address: str) -> str:
    """
    What an address is counted under.
    """
    network = networkOf(address)
    return address if network is None else str(network)
