"""
A log of everything that there can be, and the ways to read it by pages.
"""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

from twisted.internet.defer import Deferred

from tests.doubles import Net
from tests.frontends.irc.clients import Irc, IrcDoors
from tests.whole.view import Line
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session

CAPS = ("message-tags", "server-time", "batch", "draft/chathistory", "draft/multiline")
EVENTS = ("draft/event-playback", "draft/message-redaction")


class Pages:
    """
    @ivar random: by a seed.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.net = Net(nodes=1)
        self.doors = IrcDoors(net=self.net)
        self.owner = self.net.registered("owner")
        self.bea = self.net.registered("bea")
        self.net.join("dev", self.owner, self.bea)
        # So that no page begins with the same number in all places.
        self.readers = [self.reader("rea", *CAPS), self.reader("rex", *CAPS, *EVENTS)]
        self.head = 0

    def reader(self, nick: str, *caps: str) -> Irc:
        """
        Somebody who reads.
        """
        client = self.doors.enter(nick, *caps)
        client.send("JOIN #dev")
        return client

    def fill(self, count: int) -> None:
        """
        Let so much happen.
        """
        random = self.random
        for _ in range(count):
            results: list[Any] = []
            for _ in range(random.choice([1, 1, 1, 4])):
                try:
                    done = self.deed(random.choice([self.owner, self.bea]))
                except ChatError:
                    continue
                done.addBoth(results.append)
            self.net.settle(random.choice([0.001, 0.001, 0.02]))
        self.net.settle(0.1)

    def deed(self, who: Session) -> Deferred[Any]:
        """
        Somebody does something.
        """
        random, dev = self.random, self.owner.roomNamed(self.owner.rooms[-1].name)
        room = who.roomNamed(dev.name)
        self.head = self.net.hubs[0].roster.conversations[room.id].head
        target = random.randrange(1, self.head + 2)
        text = f"t{random.randrange(10**6)}"
        deeds = [
            (12, lambda: who.say(room, text)),
            (3, lambda: who.say(room, text + "\n\n" + text)),
            (1, lambda: who.say(room, "x" * 1500)),
            (3, lambda: who.edit(room.id, target, text + " edited")),
            (3, lambda: who.delete(room.id, target)),
            (3, lambda: who.react(room.id, target, random.choice("ab"))),
            (1, lambda: who.react(room.id, target, random.choice("ab"), back=True)),
            (1, lambda: who.setTopic(room, text)),
            (1, lambda: self.owner.configure(room, "moderated", random.choice(["on", "off"]))),
            (1, lambda: self.owner.setRole(room, "bea", random.choice([Role.VOICE, Role.HALFOP]))),
            (1, lambda: self.owner.ban(room, f"x{random.randrange(9)}*")),
            (1, lambda: who.tag(room, (("+x", text),), keep=True)),
        ]
        return random.choices([d for _, d in deeds], [w for w, _ in deeds])[0]()  # type: ignore[no-any-return,no-untyped-call]

    # Reading.

    def units(self, client: Irc, command: str) -> list[tuple[str, str]]:
        """
        @return: the ids and times of what comes, each once.
        """
        found: list[tuple[str, str]] = []
        lines = client.send(f"CHATHISTORY {command}", seconds=0.01)
        assert " BATCH +" in lines[0], lines
        for text in lines:
            line = Line.of(text)
            if "msgid" in line.tags:
                unit = line.tags["msgid"], line.tags["time"]
                assert unit not in found, f"{unit} twice: {lines}"
                found.append(unit)
        return found


def check(seed: int) -> None:
    """
    @raise AssertionError: a way by pages is another one than all at once.
    """
    pages = Pages(seed)
    pages.fill(60)
    random = pages.random
    for client in pages.readers:
        client.got()
        units = pages.units
        every = units(client, "LATEST #dev * 200")
        assert 10 < len(every) < 200, len(every)
        ids = [id for id, _ in every]
        times = [at for _, at in every]
        assert times == sorted(times)
        for limit in (1, 2, 3, 7):
            page = units(client, f"LATEST #dev * {limit}")
            got = page
            while page:
                assert len(page) <= limit
                page = units(client, f"BEFORE #dev msgid={page[0][0]} {limit}")
                got = page + got
            assert got == every, ("before", limit)
            page = units(client, f"AFTER #dev timestamp=2000-01-01T00:00:00.000Z {limit}")
            got = page
            while page:
                page = units(client, f"AFTER #dev msgid={page[-1][0]} {limit}")
                got = got + page
            assert got == every, ("after", limit)
            page = got = every[:1]
            while page:
                page = units(client, f"BETWEEN #dev msgid={page[-1][0]} msgid={ids[-1]} {limit}")
                got = got + page
            assert got + every[-1:] == every, ("between", limit)
            page = got = every[-1:]
            while page:
                page = units(client, f"BETWEEN #dev msgid={page[0][0]} msgid={ids[0]} {limit}")
                got = page + got
            assert every[:1] + got == every, ("between back", limit)
        for _ in range(20):
            at, limit = random.randrange(len(every)), random.randrange(1, 12)
            around = units(client, f"AROUND #dev msgid={ids[at]} {limit}")
            first = every.index(around[0])
            assert around == every[first : first + len(around)], "around"
            assert every[at] in around
            assert len(around) == min(limit, len(every))
            later = units(client, f"LATEST #dev msgid={ids[at]} {limit}")
            assert later == every[at + 1 :][-limit:], "latest"
            time = times[at]
            before = units(client, f"BEFORE #dev timestamp={time} {limit}")
            assert before == [one for one in every if one[1] < time][-limit:], "before time"
            after = units(client, f"AFTER #dev timestamp={time} {limit}")
            assert after == [one for one in every if one[1] > time][:limit], "after time"
            other = random.choice(times)
            low, high = sorted((time, other))
            between = units(client, f"BETWEEN #dev timestamp={low} timestamp={high} {limit}")
            assert between == [one for one in every if low < one[1] < high][:limit], "between time"
            late = units(client, f"LATEST #dev timestamp={time} {limit}")
            assert late == [one for one in every if one[1] > time][-limit:], "latest time"
    assert any(one == other for one, other in pairwise(times))
