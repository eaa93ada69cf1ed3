"""
A server that is killed while people talk has lost nothing that anybody has seen.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count, cycle
from pathlib import Path
from random import Random

import pytest

from tests.integration.crowd import Crowd, Doom, Line, Visitor
from tests.integration.lineclient import SECONDS, Client
from tests.integration.running import Server, running, wrongsIn

pytestmark = pytest.mark.integration

KILLS = 20
WRITERS = 20
READERS = 50
RATE = 1000
"""Lines a second, of all writers."""

ROOM = "load"
PASSWORD = "correct-horse"
OWNER, READER = "owner", "marker"
"""Two of them are registered: one who talks and changes settings, one who says what is read."""

SETTING = re.compile(r"^\* owner set limit to (\d+)\r?$")
TOPIC = re.compile(r"^\* owner set the topic: topic-(\d+)\r?$")
SAID = re.compile(r"^\d\d:\d\d #(\d+) <(\S+)> (.*?)\r?$")
ALL_READ = b"* All that was said so far counts as read\r\n"
SHOWN = 50
"""So many lines of what was said before are shown to who comes in."""


class Log:
    """
    A room's log, as the database has it.

    @ivar kinds: of each event, by its seq, from 1 on.
    @ivar said: what was said, by seq.
    @ivar limits: the seqs of the changes of the limit, by what it was then; likewise C{topics}.
    """

    def __init__(self, file: Path) -> None:
        self.kinds: dict[int, str] = {}
        self.said: dict[int, Line] = {}
        self.limits: dict[int, int] = {}
        self.topics: dict[int, int] = {}
        address = f"file:{file}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
            (self.number, self.head, self.topic) = database.execute(
                "SELECT number, head, topic FROM conversations WHERE fold = ?", [ROOM]
            ).fetchone()
            for row in database.execute(
                "SELECT seq, kind, author_name, text, data FROM log WHERE conversation = ?"
                " ORDER BY row",
                [self.number],
            ):
                self._add(*row)
            self.settings = {
                name: json.loads(value)
                for name, value in database.execute(
                    "SELECT name, value FROM settings WHERE conversation = ?", [self.number]
                )
            }
            self.marks: dict[str, int] = dict(
                database.execute(
                    "SELECT name, seq FROM read_marks JOIN accounts ON person = accounts.id"
                    " WHERE conversation = ?",
                    [self.number],
                )
            )
            ids = database.execute("SELECT count(DISTINCT id), count(*) FROM log").fetchone()
        assert ids[0] == ids[1]

    def _add(self, seq: int, kind: str, author: str, text: str, data: str) -> None:
        assert seq not in self.kinds
        self.kinds[seq] = kind
        if kind == "said":
            self.said[seq] = Line(seq, author, text)
        elif kind == "settings":
            (change,) = json.loads(data)["changes"]
            self.limits[change[1]] = seq
        elif kind == "topic":
            self.topics[int(text.removeprefix("topic-"))] = seq

    def check(self) -> None:
        """
        The log agrees with itself and with what stands beside it.
        """
        assert list(self.kinds) == list(range(1, self.head + 1)), "the numbers have holes"
        texts = [line.text for line in self.said.values()]
        assert len(set(texts)) == len(texts), "something is there twice"
        if self.limits:
            assert list(self.limits) == sorted(self.limits)
            assert self.settings == {"limit": max(self.limits)}
        if self.topics:
            assert list(self.topics) == sorted(self.topics)
            assert self.topic == f"topic-{max(self.topics)}"
        ownersLast = max(
            (seq for seq, line in self.said.items() if line.author == OWNER), default=0
        )
        assert self.marks.get(OWNER, 0) == ownersLast, "who speaks has read so far"
        assert self.marks.get(READER, 0) <= self.head

    def behind(self, mark: int) -> int:
        """
        How much there is to read behind a number.
        """
        return sum(seq > mark and kind in ("said", "topic") for seq, kind in self.kinds.items())

    def place(self, line: str) -> int | None:
        """
        @param line: as somebody got it.
        @return: where what it tells of is in the log; C{None} for what is not kept there.
        """
        if found := SAID.match(line):
            seq = int(found[1])
            assert self.said.get(seq) == Line(seq, found[2], found[3]), f"not in the log: {line}"
            return seq
        if found := SETTING.match(line):
            return self.limits[int(found[1])]
        if found := TOPIC.match(line):
            return self.topics[int(found[1])]
        return None

    def places(self, visitor: Visitor) -> list[int]:
        """
        Where all is that somebody got; each line has to be in the log, just so.
        """
        whole = visitor.heard[: visitor.heard.rfind(b"\n") + 1].decode()
        return [seq for line in whole.split("\n") if (seq := self.place(line)) is not None]


class Round:
    """
    What people do between a start of the server and the kill.

    @ivar reader: who says what is read.
    @ivar readUpTo: up to where C{reader} had got each time before saying so.
    """

    def __init__(self, number: int, crowd: Crowd, server: Server, numbers: Iterator[int]) -> None:
        self.crowd = crowd
        self.readUpTo: list[int] = []
        self._numbers = numbers
        self._turn = 0
        self._mark = f"round{number}"
        self.owner = crowd.add(server, OWNER, False, OWNER, PASSWORD)
        self.reader = crowd.add(server, READER, True, READER, PASSWORD)
        self.writers = [self.owner] + [
            crowd.add(server, f"w{one}", one % 2 == 1, f"w{one}", ROOM, "/receipts on")
            for one in range(1, WRITERS)
        ]
        self.readers = [
            crowd.add(server, f"r{one}", one % 2 == 1, f"r{one}", ROOM) for one in range(READERS)
        ]
        self._next = cycle(writer for writer in self.writers if writer is not None)

    def complete(self) -> bool:
        """
        Whether all are in the room.
        """
        everyone = (self.reader, *self.writers, *self.readers)
        return all(one is not None and (one.inside or one.gone) for one in everyone)

    def say(self) -> None:
        """
        Somebody says something; now and then a setting is changed, and what there is is read.
        """
        self._turn += 1
        writer = next(self._next, None)
        if writer is not None and writer.inside and not writer.gone:
            writer.say(f"t{next(self._numbers)}x {self._mark}")
        if self._turn % 50 == 0 and self.owner is not None and self.owner.inside:
            number = next(self._numbers)
            command = "/set limit" if self._turn % 100 else "/topic topic-"
            self.owner.type(f"{command} {number}".replace("- ", "-"))
        reader = self.reader
        if self._turn % 70 == 0 and reader is not None and reader.inside:
            self.readUpTo.append(max((line.seq for line in reader.lines), default=0))
            reader.type("/read")


def checkRound(round: Round, log: Log, before: Log) -> int:
    """
    What everybody got in a round, against the log that the next start finds.

    @param before: the log at the beginning of the round.
    @return: how many lines they got.
    """
    got = 0
    for visitor in round.crowd.visitors:
        places = log.places(visitor)
        assert places == sorted(set(places)), f"{visitor.name} got something twice, or too early"
        got += len(places)
        if visitor.name.startswith("r"):
            checkComplete(places, log)
        if visitor.receipts:
            own = [line.text for line in log.said.values() if line.author == visitor.name]
            kept = [log.said[seq].text for seq in visitor.receipts]
            assert kept == visitor.typed[: len(kept)]
            assert own[-len(kept) :] == kept or len(own) > len(kept)
    for visitor in filter(None, round.writers):
        kept = [
            line.text
            for seq, line in log.said.items()
            if line.author == visitor.name and seq > before.head
        ]
        assert kept == visitor.typed[: len(kept)], "of what somebody says, the beginning is kept"
    reader = round.reader
    if reader is not None:
        acknowledged = round.readUpTo[: reader.heard.count(ALL_READ)]
        assert log.marks.get(READER, 0) >= max(acknowledged, default=0)
        checkMissed(reader, before, log)
    return got


def checkComplete(places: list[int], log: Log) -> None:
    """
    Who only reads gets everything: behind what is shown to who comes in, there is no gap.
    """
    if places:
        missing = set(range(places[0], places[-1] + 1)) - set(places)
        # In what is shown then, there are no settings.
        assert {log.kinds[seq] for seq in missing} <= {"settings"}
        assert all(seq < places[0] + 2 * SHOWN for seq in missing)


def checkMissed(reader: Visitor, before: Log, log: Log) -> None:
    """
    At login, somebody registered is told how much is new: all behind the mark, with what has been
    said since the start.
    """
    found = re.search(r"^\* ([\d,]+) new since you left\r$", reader.heard.decode(), re.MULTILINE)
    if found is not None:
        told = int(found[1].replace(",", ""))
        mark = before.marks.get(READER, 0)
        assert before.behind(mark) <= told <= log.behind(mark)


def search(client: Client, word: str) -> tuple[int, list[int]]:
    """
    @return: how many messages have the word, and the numbers of those that are shown.
    """
    client.send(f"/search {word}", f"/whois nobody{word}")
    heard = client.until(rf"^! .*nobody{word}.*\n")
    total = re.search(r"^\* ([\d,]+) messages? found", heard, re.MULTILINE)
    shown = [int(seq) for seq in re.findall(rf"^\S+ #(\d+) <\S+> .*\b{word}\b", heard, re.M)]
    return int(total[1].replace(",", "")) if total else 0, shown


def history(client: Client) -> list[Line]:
    """
    The whole log of the room, as a person pages through it.
    """
    client.ask("/whois nobody", r"^! .*nobody.*\n")
    pages: list[list[Line]] = []
    before = ""
    while not pages or pages[-1]:
        client.send(f"/history 200{before}", f"/whois nobody{len(pages)}")
        heard = client.until(rf"^! .*nobody{len(pages)}\b.*\n")
        found = [SAID.match(line) for line in heard.splitlines()]
        pages.append([Line(int(one[1]), one[2], one[3]) for one in found if one is not None])
        if pages[-1]:
            before = f" before {pages[-1][0].seq}"
    return [line for page in reversed(pages) for line in page]


def register(server: Server) -> None:
    """
    Make the room and the two who are registered.
    """
    for name in (OWNER, READER):
        with server.connect() as client:
            client.send(name, "lobby", f"/register {PASSWORD}")
            client.until("needs your password from now on\n")
            client.ask(f"/join {ROOM}", rf"^\* You are in {ROOM}")
            client.send("/leave lobby", "[exit]")
            client.until("Goodbye\n")


def test_nothingThatAnyoneHasSeenIsLost(tmp_path: Path) -> None:
    """
    The server is killed 20 times while 20 people write 1000 lines a second and 50 read, plain and
    over TLS. Every line that anyone got is in the history, once, in the order in which they got
    it; search, settings and read marks agree with the log.
    """
    moments = Random(20)
    # The limits that are set are made of these; everyone has to fit in.
    numbers = count(1000)
    file = tmp_path / "data" / "chat.sqlite"
    with running(tmp_path) as server:
        register(server)
    before = Log(file)
    got = 0
    for number in range(KILLS):
        with running(tmp_path) as server, Crowd() as crowd:
            # Every fifth time while people are still coming in.
            early = number % 5 == 4
            after = moments.uniform(0.05, 0.5) * SECONDS
            if early:
                with Doom(server, after) as doom:
                    round = Round(number, crowd, server, numbers)
                    crowd.talk(doom, round.say, RATE)
            else:
                round = Round(number, crowd, server, numbers)
                crowd.until(round.complete)
                with Doom(server, after) as doom:
                    crowd.talk(doom, round.say, RATE)
            assert wrongsIn(server.output.text) == []
        log = Log(file)
        log.check()
        got += checkRound(round, log, before)
        assert {seq: log.said[seq] for seq in before.said} == before.said, "the past has changed"
        before = log
    assert got > KILLS * READERS * 60, "there was hardly any talk: the test shows nothing"
    with running(tmp_path) as server, server.enter("checker", ROOM) as checker:
        assert history(checker) == list(log.said.values())
        for seq in moments.sample(sorted(log.said), 40):
            assert search(checker, log.said[seq].text.split()[0]) == (1, [seq])
        for number in range(KILLS):
            said = [seq for seq, line in log.said.items() if line.text.endswith(f" round{number}")]
            assert search(checker, f"round{number}") == (len(said), said[-20:])
        limit = max(log.limits)
        checker.ask("/set limit", rf"^\* limit of {ROOM} is {limit}:")
        checker.ask("/topic", rf"topic-{max(log.topics)} \(set by owner\)\n")


def test_aGuestsInviteOnlyRoomIsClosedAfterAKill(tmp_path: Path) -> None:
    """
    Though nobody is left who could let anybody in.
    """
    with running(tmp_path) as server, server.enter("alex", "den") as alex:
        alex.ask("/set invite-only on", r"invite-only of den is on now\n")
        alex.ask("Nobody else reads this", "")
        alex.ask("/history 1", "Nobody else reads this\n")
        server.kill()
    with running(tmp_path) as server:
        for name in ("alex", "bea"):
            with server.enter(name) as visitor:
                heard = visitor.ask("/join den", r"^! .*den.*\n")
                assert "you need an invitation" in heard
                heard = visitor.ask("/history den", r"^! .*\n")
                heard += visitor.ask("/search Nobody", "Nothing was found\n")
                assert "reads this" not in heard
