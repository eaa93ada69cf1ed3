"""
CHATHISTORY; bytes in, bytes out.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail

from tests.frontends.irc.clients import HOST, Irc, IrcDoors, number
from tests.frontends.irc.test_irctalk import idOf, untagged
from twisted_chat.domain.errors import NotSaved

CAPS = ("batch", "draft/chathistory", "message-tags", "server-time")


def texts(lines: list[str]) -> list[str]:
    """
    What was said, of a part of a conversation that has come as one batch.
    """
    begin, *inside, end = lines
    reference = begin.split("BATCH +")[1].split(" ")[0]
    assert end == f":{HOST} BATCH -{reference}"
    assert all(line.startswith(f"@batch={reference};time=") for line in inside)
    return [line.rpartition(":")[2] for line in inside]


def timeOf(line: str) -> str:
    """
    The time of a line.
    """
    return line.split("time=")[1].split(";")[0]


class TestChannel:
    """
    Alex and bea are in C{#dev}, where alex has said C{0} to C{9}, a second apart.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors()
        self.alex = self.doors.enter("alex", *CAPS, "echo-message")
        self.bea = self.doors.enter("bea", *CAPS)
        for client in (self.alex, self.bea):
            client.send("JOIN #dev")
        self.said: list[str] = []
        self.bea.got()
        for at in range(10):
            self.doors.net.clock.advance(1)
            self.alex.send(f"PRIVMSG #dev :{at}")
            if at == 4:
                self.alex.send("TOPIC #dev :soup")
            self.said.append(self.bea.got()[0])
        self.ids = [idOf(line) for line in self.said]
        self.times = [timeOf(line) for line in self.said]

    def ask(self, command: str) -> list[str]:
        """
        @param command: with C{i3} for the id of what was said fourth, C{t3} for its time.
        """
        for at in range(9, -1, -1):
            command = command.replace(f"i{at}", f"msgid={self.ids[at]}")
            command = command.replace(f"t{at}", f"timestamp={self.times[at]}")
        return self.bea.send("CHATHISTORY " + command)

    @pytest.mark.parametrize(
        ("command", "found"),
        [
            ("LATEST #dev * 3", "789"),
            ("LATEST #dev * 100000", "0123456789"),
            ("LATEST #dev * 0", ""),
            ("LATEST #dev i7 50", "89"),
            ("LATEST #dev t3 2", "89"),
            ("BEFORE #dev i3 2", "12"),
            ("BEFORE #dev timestamp=1970-01-01T00:00:00.000Z 9", ""),
            ("AFTER #dev timestamp=1969-12-31T23:59:59.500Z 2", "01"),
            ("LATEST #dev timestamp=0001-01-01T00:00:00.000Z 2", "89"),
            ("AROUND #dev timestamp=9999-12-31T23:59:59.999Z 2", "89"),
            ("BEFORE #dev t3 9", "012"),
            ("BEFORE #dev i0 9", ""),
            ("AFTER #dev i3 2", "45"),
            ("AFTER #dev t8 9", "9"),
            ("AFTER #dev timestamp=1999-12-31T23:59:59.000Z 2", "01"),
            ("AFTER #dev i9 9", ""),
            ("BETWEEN #dev i2 i6 9", "345"),
            ("BETWEEN #dev i6 i2 2", "45"),
            ("BETWEEN #dev t2 t6 2", "34"),
            ("BETWEEN #dev t6 t2 9", "345"),
            ("BETWEEN #dev i2 t4 9", "3"),
            ("BETWEEN #dev i2 i2 9", ""),
            ("AROUND #dev i5 1", "5"),
            ("AROUND #dev i5 4", "3456"),
            ("AROUND #dev t5 3", "456"),
            ("AROUND #dev i9 5", "56789"),
            ("AROUND #dev i0 5", "01234"),
        ],
    )
    def test_anyPartCanBeAskedFor(self, command: str, found: str) -> None:
        assert "".join(texts(self.ask(command))) == found

    def test_historyComesAsItWasSaid(self) -> None:
        _, line, _ = self.ask("AROUND #dev i5 1")
        assert line.startswith("@batch=1;" + self.said[5].split(" ")[0][1:] + " ")
        assert untagged([line])[0].endswith(" PRIVMSG #dev :5")

    def test_whatElseHappenedIsForWhoCanReplayIt(self) -> None:
        self.bea.send("CAP REQ :draft/event-playback")
        lines = untagged(self.ask("BETWEEN #dev i3 i6 9"))[1:-1]
        assert [line.split(" ", 1)[1] for line in lines] == [
            "PRIVMSG #dev :4",
            "TOPIC #dev :soup",
            "PRIVMSG #dev :5",
        ]

    def test_reactionsModesAndKeptTagsAreAmongTheEvents(self) -> None:
        first, second = self.alex, self.bea
        second.send("CAP REQ :draft/event-playback")
        second.send(f"@+reply={self.ids[9]};+draft/react=👍 TAGMSG #dev")
        first.send(
            "MODE #dev +o bea",
            "MODE #dev +m",
            "MODE #dev +b carl",
            "@+x=y;+draft/persist TAGMSG #dev",
            "@+typing=active TAGMSG #dev",
            "@+x=y;+draft/persist TAGMSG @#dev",
        )
        live = [line for line in first.got() + second.got() if "+x=y" in line and " #dev" in line]
        inside = second.send("CHATHISTORY LATEST #dev * 6")[1:-1]
        assert [line.split(" ", 2)[2] for line in inside] == [
            "PRIVMSG #dev :9",
            "TAGMSG #dev",
            "MODE #dev +o bea",
            "MODE #dev +m",
            "MODE #dev +b carl!*@*",
            "TAGMSG #dev",
        ]
        assert "+draft/react=👍" in inside[1]
        assert f"+reply={self.ids[9]}" in inside[1]
        assert idOf(inside[-1]) == idOf(live[0])
        assert "+x=y" in inside[-1]
        second.send("CAP REQ :-draft/event-playback")
        assert len(second.send("CHATHISTORY LATEST #dev * 2")) == 2 + 2
        first.send("@+x=z;+persist TAGMSG bea")
        second.send("CAP REQ :draft/event-playback")
        (line,) = second.send("CHATHISTORY LATEST alex * 9")[1:-1]
        assert "+x=z" in line
        assert line.endswith("TAGMSG bea")

    @pytest.mark.parametrize("cap", ["draft/event-playback", "batch"])
    def test_whatTheClientIsNotToldOfIsNotCounted(self, cap: str) -> None:
        self.bea.send(f"CAP REQ :{cap}")
        session = self.alex.protocol.session
        room = session.roomNamed("dev")
        for seconds in range(1, 4):
            self.doors.net.now(session.configure(room, "slow", f"{seconds}"))
        self.bea.got()
        assert texts(self.ask("LATEST #dev * 1")) == ["9"]
        assert texts(self.ask("AFTER #dev i8 2")) == ["9"]
        assert texts(self.ask("AFTER #dev i9 9")) == []

    def test_whereNothingIsKeptTagsAreNeither(self) -> None:
        self.bea.send("CAP REQ :draft/event-playback")
        session = self.alex.protocol.session
        room = session.roomNamed("dev")
        self.doors.net.now(session.configure(room, "history", "none"))
        self.bea.got()
        self.alex.send("@+x=y;+draft/persist TAGMSG #dev")
        assert "+x=y" in self.bea.got()[0]
        events = self.doors.net.now(self.doors.net.store.replay(room.id, 0, 99))
        assert "tagsKept" not in [event.kind for event in events]

    def test_presentTextsComeOnceUnderTheFirstId(self) -> None:
        session = self.alex.protocol.session
        room = session.roomNamed("dev")
        self.doors.net.now(session.edit(room.id, 3, "two, I mean"))
        edited = self.doors.net.now(session.edit(room.id, 4, "three"))
        self.doors.net.now(session.delete(room.id, 2))
        self.doors.net.settle()
        self.bea.got()
        lines = self.ask("BEFORE #dev i4 9")
        assert texts(lines) == ["0", "two, I mean", "three"]
        assert [idOf(line) for line in lines[1:-1]] == [self.ids[0], *self.ids[2:4]]
        self.ids[5] = edited.id
        assert texts(self.ask("AFTER #dev i5 1")) == ["4"]

    def test_theBatchHasTheNameOfTheChannelAndNotWhatWasTyped(self) -> None:
        assert self.bea.send("CHATHISTORY LATEST #DEV * 1")[0].endswith(" chathistory #dev")

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ("NONSENSE #dev * 1", "INVALID_PARAMS NONSENSE"),
            ("LATEST #dev *", "INVALID_PARAMS LATEST"),
            ("LATEST #dev * 1 2", "INVALID_PARAMS LATEST"),
            ("TARGETS t1 t2", "INVALID_PARAMS TARGETS"),
            ("LATEST #dev * many", "INVALID_PARAMS LATEST many"),
            ("BEFORE #dev timestamp=yesterday 1", "INVALID_PARAMS BEFORE timestamp=yesterday"),
            ("BEFORE #dev timestamp=2026-13-01T00:00:00Z 1", "INVALID_PARAMS BEFORE timestamp="),
            ("TARGETS i1 t2 9", "INVALID_PARAMS TARGETS msgid="),
            ("BEFORE #dev * 1", "INVALID_MSGREFTYPE BEFORE #dev"),
            ("BEFORE #dev seq=4 1", "INVALID_MSGREFTYPE BEFORE #dev"),
            ("LATEST #dev foo 1", "INVALID_PARAMS LATEST foo"),
            ("BEFORE #dev msgid=none 1", "MESSAGE_ERROR BEFORE #dev msgid=none"),
            ("LATEST #none * 1", "INVALID_TARGET LATEST #none"),
            ("LATEST nobody * 1", "INVALID_TARGET LATEST nobody"),
        ],
    )
    def test_whatIsWrongIsSaid(self, command: str, code: str) -> None:
        (line,) = self.ask(command)
        assert line.startswith(f":{HOST} FAIL CHATHISTORY {code}")

    @pytest.mark.parametrize(
        ("command", "about"),
        [
            ("LATEST #dev * 9", "LATEST #dev"),
            (
                "targets timestamp=2020-01-01T00:00:00Z timestamp=2030-01-01T00:00:00Z 9",
                "TARGETS *",
            ),
        ],
    )
    def test_thatItCantBeReadIsTheAnswer(
        self, monkeypatch: pytest.MonkeyPatch, command: str, about: str
    ) -> None:
        def broken(*asked: object, **how: object) -> Deferred[None]:
            return fail(NotSaved(why="disk I/O error"))

        for what in ("history", "directs"):
            monkeypatch.setattr(self.doors.net.store, what, broken)
        (line,) = self.ask(command)
        told = "Messages could not be retrieved"
        assert line == f":{HOST} FAIL CHATHISTORY MESSAGE_ERROR {about} :{told}"

    def test_onlyMembersReadAndOnlyWhatTheyMay(self) -> None:
        carl = self.doors.enter("carl", *CAPS)
        (line,) = carl.send("CHATHISTORY LATEST #dev * 9")
        assert line.startswith(f":{HOST} FAIL CHATHISTORY INVALID_TARGET LATEST #dev :")
        session = self.alex.protocol.session
        self.doors.net.now(session.configure(session.roomNamed("dev"), "history", "joined"))
        carl.send("JOIN #dev")
        self.alex.send("PRIVMSG #dev :new")
        carl.got()
        assert texts(carl.send("CHATHISTORY LATEST #dev * 9")) == ["new"]
        dora = self.doors.enter("dora", *CAPS)
        dora.send("JOIN #dev")
        carl.got()
        ever = "timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"
        assert len(carl.send(f"CHATHISTORY TARGETS {ever} 9")) == 3
        assert len(dora.send(f"CHATHISTORY TARGETS {ever} 9")) == 2
        line = carl.send(f"CHATHISTORY AFTER #dev msgid={self.ids[3]} 9")[0]
        assert "MESSAGE_ERROR" in line

    def test_itIsOnlyThereForWhoHasAskedForIt(self) -> None:
        dora = self.doors.enter("dora")
        assert dora.send("CHATHISTORY LATEST #dev * 1") == [
            number("dora", "421 CHATHISTORY :Unknown command")
        ]

    def test_theLabelIsOnTheBatch(self) -> None:
        self.bea.send("CAP REQ :labeled-response")
        lines = self.bea.send("@label=x CHATHISTORY LATEST #dev * 1")
        assert lines[0].startswith(f"@label=x :{HOST} BATCH +")
        assert len(lines) == 3

    def test_linesComeWithoutABatchToWhoHasNone(self) -> None:
        self.bea.send("CAP REQ :-batch -message-tags -server-time")
        (line,) = self.ask("LATEST #dev * 1")
        assert line.endswith("PRIVMSG #dev :9")


def test_ofManyTopicsNoMessageIsLeftOut() -> None:
    doors = IrcDoors()
    alex = doors.enter("alex", *CAPS)
    alex.send("JOIN #dev")
    for said in range(4):
        alex.send(f"PRIVMSG #dev :{said}", *(f"TOPIC #dev :{at}" for at in range(5)))
    alex.got()
    assert texts(alex.send("CHATHISTORY LATEST #dev * 3")) == ["1", "2", "3"]
    assert texts(alex.send("CHATHISTORY AFTER #dev timestamp=2000-01-01T00:00:00.000Z 3")) == [
        "0",
        "1",
        "2",
    ]


class TestPrivate:
    """
    Direct conversations.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.doors = IrcDoors()
        self.alex = self.doors.enter("alex", *CAPS)
        self.bea = self.doors.enter("bea", *CAPS)

    def say(self, client: Irc, *lines: str) -> None:
        """
        Say things, a second apart.
        """
        for line in lines:
            self.doors.net.clock.advance(1)
            client.send("PRIVMSG " + line)
        self.alex.got()
        self.bea.got()

    def test_bothReadWhatBothHaveSaid(self) -> None:
        self.say(self.alex, "bea :one")
        self.say(self.bea, "alex :two")
        for client, name in ((self.alex, "BEA"), (self.bea, "alex")):
            lines = client.send(f"CHATHISTORY LATEST {name} * 9")
            assert lines[0] == f":{HOST} BATCH +1 chathistory {name}"
            assert texts(lines) == ["one", "two"]

    def test_whoeverTakesAGuestsNameReadsNothingOfIt(self) -> None:
        self.say(self.alex, "bea :one")
        self.bea.send("NICK other")
        carl = self.doors.enter("bea", *CAPS)
        assert texts(carl.send("CHATHISTORY LATEST alex * 9")) == []
        # Who talked to the one before still reads what was said.
        assert texts(self.alex.send("CHATHISTORY LATEST bea * 9")) == ["one"]

    def test_anAccountThatIsNotConnectedIsFound(self) -> None:
        self.doors.net.registered("dora").logout()
        self.doors.net.settle()
        assert texts(self.alex.send("CHATHISTORY LATEST dora * 9")) == []
        self.say(self.alex, "dora :hello")
        assert texts(self.alex.send("CHATHISTORY LATEST Dora * 9")) == ["hello"]

    def test_conversationsAreListedByWhenSomethingWasLastSaid(self) -> None:
        self.alex.send("JOIN #dev")
        self.say(self.alex, "#dev :0", "bea :1", "#dev :2")
        lines = self.alex.send(
            "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z "
            "timestamp=2100-01-01T00:00:00.000Z 9"
        )
        assert lines[0] == f":{HOST} BATCH +1 draft/chathistory-targets"
        listed = [line.split(" ")[4:] for line in lines[1:-1]]
        assert [name for name, _ in listed] == ["bea", "#dev"]
        first = f"timestamp={listed[0][1]}"
        ask = "CHATHISTORY TARGETS {} timestamp=2100-01-01T00:00:00Z 9"
        assert [each.split(" ")[4] for each in self.alex.send(ask.format(first))[1:-1]] == ["#dev"]
        back = "CHATHISTORY TARGETS timestamp=2100-01-01T00:00:00Z timestamp=2000-01-01T00:00:00Z 1"
        assert self.alex.send(back)[1].split(" ")[4] == "#dev"
