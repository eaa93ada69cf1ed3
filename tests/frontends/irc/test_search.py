"""
SEARCH; bytes in, bytes out.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import fail

from tests.frontends.irc.clients import HOST, IrcDoors
from tests.frontends.irc.test_history import texts, timeOf
from twisted_chat.domain.errors import SearchTooLong

CAPS = ("batch", "message-tags", "server-time")
SEARCH = "soju.im/search"


class TestSearch:
    """
    Alex has said C{tea 0} to C{tea 4} in C{#dev} and in private, a second apart, and bea C{Tea 5}.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors()
        self.alex = self.doors.enter("alex", *CAPS)
        self.bea = self.doors.enter("bea", *CAPS, SEARCH, "echo-message")
        self.alex.send("JOIN #dev")
        self.bea.send("JOIN #dev")
        self.times = []
        for at in range(5):
            self.doors.net.clock.advance(1)
            self.alex.send(f"PRIVMSG {'bea' if at == 4 else '#dev'} :tea {at}")
            self.times.append(timeOf(self.bea.got()[-1]))
        self.bea.send("PRIVMSG #dev :Tea 5")

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("text=TEA", "012345"),
            ("text=tea\\s3", "3"),
            ("text=tea;in=#DEV", "01235"),
            ("in=alex", "4"),
            ("from=Alex", "01234"),
            ("from=alex;in=#dev;limit=2", "23"),
            ("after=t2", "2345"),
            ("before=t2", "012"),
            ("after=t1;before=t3;text=tea", "123"),
            ("after=t1;limit=2", "12"),
            ("before=t3;limit=2", "23"),
            ("text=coffee", ""),
            ("limit=100000;text=tea", "012345"),
        ],
    )
    def test_whatSuitsAllIsFoundInItsOrder(self, asked: str, found: str) -> None:
        for at, time in enumerate(self.times):
            asked = asked.replace(f"=t{at}", f"={time}")
        lines = self.bea.send(f"SEARCH {asked}")
        assert lines[0] == f":{HOST} BATCH +{lines[0].split('+')[1].split(' ')[0]} {SEARCH}"
        assert "".join(text[-1] for text in texts(lines)) == found

    def test_whatIsFoundComesAsItWasSaid(self) -> None:
        _, line, _ = self.bea.send("SEARCH text=tea\\s3")
        assert ";msgid=" in line
        assert line.endswith(f" :alex!~u@{HOST} PRIVMSG #dev :tea 3")

    @pytest.mark.parametrize(
        ("asked", "wrong"),
        [
            ("text=tea;color=red", "color"),
            ("in=#elsewhere", "in"),
            ("in=nobody", "in"),
            ("after=yesterday", "after"),
            ("before=", "before"),
            ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=²", "limit"),
        ],
    )
    def test_whatCantBeUnderstoodIsNamed(self, asked: str, wrong: str) -> None:
        failed = f":{HOST} FAIL SEARCH INVALID_PARAMS {wrong} :Invalid parameters"
        assert self.bea.send(f"SEARCH {asked}") == [failed]

    def test_thatItCantBeDoneIsTheAnswer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            self.doors.net.store, "search", lambda *asked, **how: fail(SearchTooLong())
        )
        (line,) = self.bea.send("SEARCH text=tea")
        assert line.startswith(f":{HOST} FAIL SEARCH INTERNAL_ERROR :")

    def test_whatOneMayNotReadIsNotFound(self) -> None:
        carl = self.doors.enter("carl", *CAPS, SEARCH)
        assert texts(carl.send("SEARCH text=tea")) == []
        assert texts(carl.send("SEARCH from=alex")) == []

    def test_whoHasNotAskedForItDoesNotHaveIt(self) -> None:
        self.alex.got()
        assert self.alex.send("SEARCH text=tea") == [f":{HOST} 421 alex SEARCH :Unknown command"]
