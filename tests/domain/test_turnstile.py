"""
Who share an address or an account search one behind the other, and are in nobody else's way.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net
from twisted_chat.domain.errors import Busy, Closing, NotSaved
from twisted_chat.domain.rates import RateLimits, Rates
from twisted_chat.domain.session import Session
from twisted_chat.domain.turnstile import MOST_WAITING, Turnstile

THERE = "198.51.100.9"


class TestTurnstile:
    """
    What takes long, under the keys of who wants it done.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.turnstile = Turnstile()
        self.begun: list[Deferred[str]] = []

    def _go(self, key: str) -> list[object]:
        def doing() -> Deferred[str]:
            self.begun.append(Deferred())
            return self.begun[-1]

        return outcome(Deferred.fromCoroutine(self.turnstile.run(key, doing)))

    def test_theNextWithTheSameKeyBeginsWhenTheOneBeforeIsDone(self) -> None:
        first, second, other = self._go("a"), self._go("a"), self._go("b")
        assert len(self.begun) == 2
        self.begun[1].callback("other")
        self.begun[0].callback("first")
        assert (first, other, len(self.begun)) == (["first"], ["other"], 3)
        self.begun[2].callback("second")
        assert second == ["second"]
        assert len(self.turnstile) == 0

    def test_aFailureLetsTheNextOneThrough(self) -> None:
        first = self._go("a")
        self._go("a")
        self.begun[0].errback(NotSaved(why="the disk gave an error"))
        assert isinstance(first[0], NotSaved)
        assert len(self.begun) == 2
        broken = self.turnstile.run("b", lambda: fail(NotSaved(why="it is closed")))
        assert isinstance(outcome(Deferred.fromCoroutine(broken))[0], NotSaved)
        assert len(self.turnstile) == 1
        self.begun[1].callback("done")

    def test_notMoreThanSoManyWait(self) -> None:
        self._go("a")
        for _ in range(MOST_WAITING):
            assert self._go("a") == []
        assert isinstance(self._go("a")[0], Busy)
        assert self._go("b") == []
        while self.begun:
            self.begun.pop(0).callback("done")
        assert len(self.turnstile) == 0


class TestSearching:
    """
    A store that searches for a long time.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(nodes=1, wrap=Shaky)  # type: ignore[arg-type]
        self.store: Shaky = self.net.store  # type: ignore[assignment]
        (self.hub,) = self.net.hubs
        self.hub.rates = Rates(RateLimits(), self.net.clock.seconds)
        self.store.slowReads = {"search"}

    def _search(self, *sessions: Session) -> list[list[object]]:
        return [outcome(session.search("tea")) for session in sessions]

    def test_guestsOfOneAddressSearchOneBehindTheOther(self) -> None:
        ann, bea = self.net.guest("ann"), self.net.guest("bea")
        far = self.net.guest("far", address=THERE)
        found = self._search(ann, bea, far)
        assert len(self.store.late) == 2
        self.store.answer()
        assert [len(each) for each in found] == [1, 0, 1]
        self.store.answer()
        assert len(found[1]) == 1

    def test_anAccountDoesNotWaitForItsAddressButForItself(self) -> None:
        guest, ann = self.net.guest("guest"), self.net.registered("ann")
        again = self.net.login("ann", address=THERE)
        self._search(guest, ann, again)
        assert len(self.store.late) == 2
        self.store.answer()
        assert len(self.store.late) == 1
        self.store.answer()

    def test_whoIsTrustedWaitsForNobody(self) -> None:
        self.hub.rates.isTrusted = lambda address: True
        self._search(self.net.guest("ann"), self.net.guest("bea"))
        assert len(self.store.late) == 2
        self.store.answer()

    def test_whoHasGoneIsNotSearchedFor(self) -> None:
        ann, bea, carl = (self.net.guest(name) for name in ("ann", "bea", "carl"))
        found = self._search(ann, bea, carl)
        self.net.now(bea.logout("lost"))
        self.store.answer()
        assert isinstance(found[1][0], Closing)
        assert len(self.store.late) == 1
        self.store.answer()
        assert len(found[2]) == 1
