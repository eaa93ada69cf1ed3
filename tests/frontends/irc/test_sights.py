"""
Where not all see all (mode u): what clients have before them is what NAMES says.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import HOST, Irc, IrcDoors, by
from twisted_chat.domain.standing import MOST_FOR_ALL


class Window:
    """
    A client that notes who is in C{#hall}, and under which signs.

    @ivar there: by nick, the letters of what they are.
    """

    def __init__(self, doors: IrcDoors, nick: str, node: int) -> None:
        self.nick = nick
        self.client: Irc = doors.enter(nick, node=node)
        self.there: dict[str, set[str]] = {}

    def read(self) -> list[str]:
        """
        Note what has come.

        @return: the lines.
        """
        lines = self.client.got()
        for line in lines:
            source, command, *params = line.removeprefix(":").split(" ")
            nick = source.partition("!")[0]
            if command == "JOIN":
                assert nick not in self.there, f"{self.nick}: {line}"
                self.there[nick] = set()
            elif command in ("PART", "QUIT"):
                del self.there[nick]
            elif command == "KICK":
                del self.there[params[1]]
            elif command == "NICK":
                self.there[params[0]] = self.there.pop(nick)
            elif command == "MODE" and len(params) > 2:
                self._mode(params[1], params[2:])
        return lines

    def _mode(self, letters: str, nicks: list[str]) -> None:
        on = True
        for letter in letters:
            if letter in "+-":
                on = letter == "+"
            else:
                here = self.there[nicks.pop(0)]
                (here.add if on else here.discard)(letter)

    def names(self) -> dict[str, str]:
        """
        What NAMES says: by nick, the highest sign.
        """
        (line, _) = self.client.send("NAMES #hall")
        words = line.split(" ", 5)[5].removeprefix(":").split(" ")
        return {word.lstrip("~&@%+"): word[: -len(word.lstrip("~&@%+"))] for word in words}

    def shown(self) -> dict[str, str]:
        """
        The same as the window has it.
        """
        signs = {"q": "~", "a": "&", "o": "@", "h": "%", "v": "+"}
        return {
            nick: next((sign for letter, sign in signs.items() if letter in letters), "")
            for nick, letters in self.there.items()
        }


class TestSights:
    """
    C{#hall}, with an operator, a half-operator, somebody with a voice and two without.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors(nodes=2)
        nicks = ("oper", "half", "vera", "ann", "bea")
        self.windows = {
            nick: Window(self.doors, nick, number % 2) for number, nick in enumerate(nicks)
        }
        for window in self.windows.values():
            window.client.send("JOIN #hall")
        self.send("oper", "MODE #hall +hv half vera")
        for window in self.windows.values():
            window.client.got()
            window.there = {
                nick: {{"@": "o", "%": "h", "+": "v"}[sign]} if sign else set()
                for nick, sign in window.names().items()
            }
        self.send("oper", "MODE #hall +u")
        self.agrees()

    def send(self, nick: str, line: str) -> None:
        """
        Somebody does something, and all have heard of it.
        """
        self.windows[nick].client.protocol.dataReceived(line.encode() + b"\r\n")
        self.doors.net.settle()

    def agrees(self) -> dict[str, list[str]]:
        """
        All have before them whom NAMES shows them.

        @return: what each has read.
        """
        self.doors.net.settle()
        read = {nick: window.read() for nick, window in self.windows.items()}
        for nick, window in self.windows.items():
            assert window.shown() == window.names(), nick
        return read

    @pytest.mark.parametrize(
        "acts",
        [
            ("oper MODE #hall +v ann", "oper MODE #hall -v ann"),
            ("oper MODE #hall +o bea", "oper MODE #hall -o bea"),
            (
                "oper MODE #hall +h vera",
                "oper MODE #hall -h+v vera vera",
                "oper MODE #hall -v vera",
            ),
            ("oper MODE #hall -h+v half ann", "oper MODE #hall +h-v half ann"),
            ("oper MODE #hall -u", "oper MODE #hall +u"),
            ("oper MODE #hall -u", "oper MODE #hall +v bea", "oper MODE #hall +u"),
            ("oper MODE #hall -o oper", "half MODE #hall +v ann"),
            ("oper MODE #hall +v ann", "ann NICK anna", "oper MODE #hall -v anna"),
        ],
    )
    def test_whoIsShownMoreOrLessIsShownByThat(self, acts: tuple[str, ...]) -> None:
        for act in acts:
            nick, line = act.split(" ", 1)
            self.send(nick, line)
            self.agrees()

    def test_whoIsNotShownGoesAndIsPutOutUnseen(self) -> None:
        self.send("oper", "KICK #hall ann")
        read = self.agreesWithout("ann")
        assert read["oper"] == read["half"] == [by("oper") + "KICK #hall ann oper"]
        assert read["vera"] == read["bea"] == []
        self.send("bea", "QUIT")
        read = self.agreesWithout("bea")
        assert read["oper"] == [by("bea") + "QUIT :Quit"]
        assert read["vera"] == []

    def agreesWithout(self, nick: str) -> dict[str, list[str]]:
        """
        The same, after somebody has gone.
        """
        self.windows.pop(nick)
        return self.agrees()

    def test_aVoiceIsToldBehindTheJoinAndTakenBeforeThePart(self) -> None:
        self.send("oper", "MODE #hall +v ann")
        read = self.agrees()
        given = by("oper") + "MODE #hall +v ann"
        assert read["bea"] == [by("ann") + "JOIN #hall", given]
        assert read["oper"] == read["ann"] == [given]
        self.send("oper", "MODE #hall -v ann")
        taken = by("oper") + "MODE #hall -v ann"
        part = by("ann") + "PART #hall :Shown to operators only"
        read = self.agrees()
        assert read["bea"] == [taken, part]
        assert read["oper"] == read["ann"] == [taken]

    def test_whoLogsInAsSomebodyWithARoleComesIntoSightWithIt(self) -> None:
        owner = self.doors.net.registered("owner")
        self.doors.net.now(owner.join("hall"))
        hall = owner.roomNamed("hall")
        mine = self.windows["oper"].client.protocol.session
        self.doors.net.now(mine.setRole(hall, "owner", 1))
        owner.logout()
        self.doors.net.settle()
        for window in self.windows.values():
            window.client.got()
        self.send("ann", "NS IDENTIFY owner correct horse")
        read = self.agrees()
        assert read["bea"] == [by("ann") + "JOIN #hall", f":{HOST} MODE #hall +v ann"]
        assert read["half"] == [f":{HOST} MODE #hall +v ann"]
        self.send("ann", "NS LOGOUT")
        assert self.agrees()["bea"][-1] == by("ann") + "PART #hall :Shown to operators only"

    def test_whereThereAreManyNobodyIsToldOfEachOne(self) -> None:
        for number in range(MOST_FOR_ALL):
            guest = self.doors.net.guest(f"guest{number}")
            self.doors.net.now(guest.join("hall"))
        for window in self.windows.values():
            window.client.got()
        self.send("oper", "MODE #hall -u")
        assert self.windows["bea"].client.got() == [by("oper") + "MODE #hall -u"]
