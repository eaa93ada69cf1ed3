"""
How much is allowed: of a thing (L{Limits}), and in how much time (token buckets). How much of what
may be done in it is in L{twisted_chat.domain.rates}.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import islice

from twisted_chat.domain.units import MICROSECONDS


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much one person may have or say.

    @ivar message: characters in a message.
    @ivar lines: lines in a message: on many wires each is one more line, with its own surroundings.
    @ivar topic: characters in a topic.
    @ivar note: characters in a reason, an away text and the like.
    @ivar rooms: how many rooms somebody may be in.
    @ivar list: how many entries a list of a room, or of people to ignore, may have.
    @ivar page: how many events are read at once.
    @ivar lastLines: how many lines of a room are shown on joining it.
    @ivar catchUp: how many lines of a room are shown on coming back; 0: just how many there are.
    @ivar password: the fewest characters of a password.
    @ivar watch: how many names somebody may watch.
    @ivar real: characters in what somebody calls themselves in more words.
    """

    message: int = 2000
    lines: int = 100
    topic: int = 390
    note: int = 300
    rooms: int = 100
    list: int = 200
    page: int = 200
    lastLines: int = 20
    catchUp: int = 50
    password: int = 6
    watch: int = 100
    real: int = 150


class TokenBucket:
    """
    Tokens for doing something. They come in steadily, up to a limit; doing takes some out.
    """

    __slots__ = ("_at", "_burst", "_clock", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        """
        @param rate: tokens that come in, per second; more than 0.
        @param burst: tokens that it holds at most, and at first; more than 0.
        @param clock: gives the seconds, such as C{IReactorTime.seconds}.
        @raise ValueError: C{rate} or C{burst} is not more than 0.
        """
        if not (rate > 0 and burst > 0):
            raise ValueError(f"rate and burst must be more than 0, not {rate} and {burst}")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._at = clock()

    def take(self, n: float = 1.0) -> float:
        """
        Take tokens, if there are enough of them.

        @param n: how many; what costs more than a full bucket is had for a full bucket.
        @return: 0.0 if they were taken; else the seconds until they can be, and none is taken.
        """
        self._refill()
        n = min(n, self._burst)
        missing = n - self._tokens
        # Whoever waits as long as told must not be a rounding error short.
        if missing <= self._rate * MICROSECONDS:
            self._tokens = max(self._tokens - n, 0.0)
            return 0.0
        return missing / self._rate

    def spend(self, n: float = 1.0) -> float:
        """
        Take tokens, whether there are enough of them or not: then there is a debt.

        @return: the seconds until it is paid; 0.0 if there is none.
        """
        self._refill()
        self._tokens -= n
        return max(-self._tokens, 0.0) / self._rate

    def isFull(self) -> bool:
        """
        @return: whether it holds all that it can, so that a new one would be the same.
        """
        self._refill()
        return self._tokens >= self._burst

    def _refill(self) -> None:
        """
        Put in what has come since last time. A clock that went back brings nothing.
        """
        now = self._clock()
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class Buckets:
    """
    A L{TokenBucket} for each key (an address, an account), of the same rate and burst. It keeps a
    limited number of them: a full one goes first, since nothing is lost with it, else the one
    that was used the longest time ago. Full ones go as others come, even if there were room.
    """

    # Of so many that are used least, a full one is looked for: a key costs the same, however many
    # keys there are.
    _CANDIDATES = 16

    # Each that comes may make two go: so in the end there are no more than are in use.
    _SWEPT = 2

    __slots__ = ("_buckets", "_burst", "_clock", "_maxKeys", "_rate")

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float], maxKeys: int = 10_000
    ) -> None:
        """
        @param rate: tokens per second, for each key.
        @param burst: tokens that each key has at most, and at first.
        @param clock: gives the seconds.
        @param maxKeys: how many buckets are kept; at least 1.
        @raise ValueError: C{maxKeys} is less than 1.
        """
        if maxKeys < 1:
            raise ValueError(f"maxKeys must be at least 1, not {maxKeys}")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._maxKeys = maxKeys
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._buckets

    def take(self, key: Hashable, n: float = 1.0) -> float:
        """
        L{TokenBucket.take} from the bucket of C{key}, which is made if there is none.
        """
        return self._bucket(key).take(n)

    def spend(self, key: Hashable, n: float = 1.0) -> float:
        """
        L{TokenBucket.spend} from the bucket of C{key}, which is made if there is none.
        """
        return self._bucket(key).spend(n)

    def _bucket(self, key: Hashable) -> TokenBucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            self._sweep()
            if len(self._buckets) >= self._maxKeys:
                self._evict()
            bucket = self._buckets[key] = TokenBucket(self._rate, self._burst, self._clock)
        else:
            self._buckets.move_to_end(key)
        return bucket

    def _sweep(self) -> None:
        """
        Let those go that were used the longest time ago, if they are full.
        """
        for key in list(islice(self._buckets, self._SWEPT)):
            if self._buckets[key].isFull():
                del self._buckets[key]

    def _evict(self) -> None:
        """
        Make room for one more.
        """
        oldest = list(islice(self._buckets, self._CANDIDATES))
        full = (key for key in oldest if self._buckets[key].isFull())
        del self._buckets[next(full, oldest[0])]
