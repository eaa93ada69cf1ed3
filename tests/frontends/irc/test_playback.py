"""
What was said, for clients that ask as they ask a bouncer: C{*playback} (znc.in/playback).
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.frontends.irc.clients import HOST, Irc, IrcDoors

PLAYBACK = "znc.in/playback"
SOURCE = ":*playback!znc@znc.in "


class TestPlayback:
    """
    Bea has said C{one} in #dev, C{two} to ann, and a second later C{three} in #dev. Ann comes in.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = doors = IrcDoors()
        session = doors.net.registered("ann")
        doors.net.join("dev", session)
        session.logout()
        doors.net.settle()
        bea = doors.enter("bea")
        bea.send("JOIN #dev", "PRIVMSG #dev :one", "TOPIC #dev :soup", "PRIVMSG ann :two")
        doors.net.clock.advance(1)
        self.between = doors.net.clock.seconds() - 0.5
        bea.send("PRIVMSG #dev :three")
        self.ann = self.come("server-time", "batch", PLAYBACK)

    def come(self, *caps: str) -> Irc:
        """
        Ann comes in; what she is told then is kept.
        """
        client = self.doors.connect()
        client.send(f"CAP REQ :{' '.join(caps)}", "PASS :ann:correct horse")
        self.first = client.send("NICK ann", "USER ann 0 * :Ann", "CAP END")
        return client

    def texts(self, command: str) -> list[str]:
        """
        What is shown for a command: to whom and what.
        """
        lines = self.ann.send(command)
        texts = [line.split("PRIVMSG ")[1] for line in lines if " PRIVMSG " in line]
        return [re.sub(r"\[[-\d :]+\]", "[]", text) for text in texts]

    def test_whoCanAskIsToldNothingUnasked(self) -> None:
        assert [line for line in self.first if " PRIVMSG " in line] == []
        self.ann.send("QUIT")
        self.come("server-time")
        assert len([line for line in self.first if " PRIVMSG " in line]) == 3

    def test_whoHasNotAskedWhenTheyGiveASignOfLifeIsShownWhatTheyMissed(self) -> None:
        """
        The Lounge asks only for windows that are new to it, and so for nothing when it comes back.
        """
        assert self.first[-1] == f"PING :{HOST}"
        assert self.texts(f"PONG {HOST}") == ["#dev :one", "#dev :three", "ann :two"]
        assert self.texts(f"PONG {HOST}") == []
        self.ann.send("QUIT")
        self.ann = self.come(PLAYBACK)
        assert self.texts(f"PONG {HOST}") == []

    def test_whoHasAskedForSomeOfItIsShownTheRest(self) -> None:
        assert self.texts("ZNC *playback PLAY #dev 0") == ["#dev :one", "#dev :three"]
        assert self.texts(f"PONG {HOST}") == ["ann :two"]
        self.ann.send("QUIT")
        self.ann = self.come(PLAYBACK)
        assert self.texts("ZNC *playback PLAY bea 0") == ["ann :two"]
        assert self.texts(f"PONG {HOST}") == []

    @pytest.mark.parametrize("asks", ["PLAY * 9999999999", "LIST"])
    def test_whoHasAskedForAllIsShownNothingMoreNowOrLater(self, asks: str) -> None:
        self.ann.send(f"ZNC *playback {asks}")
        assert self.texts(f"PONG {HOST}") == []
        self.ann.send("QUIT")
        self.come("server-time")
        assert [line for line in self.first if " PRIVMSG " in line] == []

    def test_whoComesIntoAChannelLaterMayAskForItToo(self) -> None:
        """
        Under another nick they are in the channels that they join.
        """
        self.ann.send("QUIT")
        carl = self.doors.enter("carl")
        carl.send("JOIN #dev")
        for expected in ([], ["#dev :[] four"]):
            self.ann = self.doors.connect()
            self.ann.send(f"CAP REQ {PLAYBACK}", "PASS :ann:correct horse")
            self.ann.send("NICK anna", "USER ann 0 * :Ann", "CAP END", f"PONG {HOST}")
            assert self.ann.send("JOIN #dev")[-1] == f"PING :{HOST}"
            assert self.texts(f"PONG {HOST}") == expected
            self.ann.send("QUIT")
            carl.send("PRIVMSG #dev :four")

    def test_allThatWasSaidIsShownInTheBatchOfItsPlace(self) -> None:
        lines = self.ann.send("PRIVMSG *playback :PLAY * 0")
        assert [line.split(" ", 1)[1] for line in lines if "BATCH +" in line] == [
            "BATCH +1 chathistory bea",
            "BATCH +2 chathistory #dev",
        ]
        assert lines[1].startswith("@batch=1;time=2026-")
        assert lines[1].endswith("PRIVMSG ann :two")
        assert self.texts("ZNC *playback play") == ["ann :two", "#dev :one", "#dev :three"]

    def test_onlyWhatIsAskedForIsShown(self) -> None:
        at = f"{self.between:.3f}"
        assert self.texts(f"PRIVMSG *PLAYBACK :play * {at}") == ["#dev :three"]
        assert self.texts(f"PRIVMSG *playback :play #dev,nobody,#none 0 {at}") == ["#dev :one"]
        assert self.texts("PRIVMSG *playback :play bea 0") == ["ann :two"]
        assert self.texts(f"PRIVMSG *playback :play bea {at}") == []

    def test_whereItMayNotBeAllThatIsSaid(self) -> None:
        """
        What they have missed is not shown otherwise.
        """
        session = self.ann.protocol.session
        session.hub.limits = replace(session.hub.limits, page=2)
        word, *lines = self.ann.send("PRIVMSG *playback :PLAY #dev 0")
        assert word == f"{SOURCE}NOTICE ann :There may be more before these 2 lines of #dev"
        assert [line.rsplit(":", 1)[1] for line in lines if "PRIVMSG" in line] == ["one", "three"]
        session.hub.limits = replace(session.hub.limits, page=3)
        assert [line for line in self.ann.send("ZNC *playback PLAY #dev") if "NOTICE" in line] == []

    def test_whoIsInNoChannelReadsNothingOfIt(self) -> None:
        carl = self.doors.enter("carl")
        assert carl.send("PRIVMSG *playback :PLAY #dev 0", "PRIVMSG *playback :PLAY * 0") == []

    def test_theListSaysWhenItWasLast(self) -> None:
        lines = self.ann.send("PRIVMSG *playback :LIST")
        assert [line.rsplit(" ", 1)[0] for line in lines] == [
            f"{SOURCE}PRIVMSG ann :bea 0",
            f"{SOURCE}PRIVMSG ann :#dev 0",
        ]
        at = float(lines[1].rsplit(" ", 1)[1])
        assert self.between < at < self.between + 1

    @pytest.mark.parametrize(
        "wrong", ["PLAY * yesterday", "PLAY * 1e5", "PLAY * 0 1 2", "CLEAR *", " "]
    )
    def test_whatItCanNotDoIsSaid(self, wrong: str) -> None:
        lines = self.ann.send(f"ZNC *playback :{wrong}")
        assert len(lines) == 1
        assert lines[0].startswith(f"{SOURCE}NOTICE ann :PLAY #CHANNEL,NICK")
        assert self.ann.send(f"NOTICE *playback :{wrong}") == []

    def test_otherModulesThereAreNot(self) -> None:
        (line,) = self.ann.send("ZNC *status :LISTMODS")
        assert line == f"{SOURCE}NOTICE ann :There is only *playback here"
