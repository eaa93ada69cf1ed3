"""
What belongs to the answer of a labelled command, and what only comes meanwhile.
"""

from __future__ import annotations

import pytest

from tests.conftest import Wrongs
from tests.frontends.irc.clients import HOST, PASSWORD, Irc, IrcDoors, by
from twisted_chat.domain.session import Session

LABELS = ("batch", "labeled-response", "echo-message")


def again(doors: IrcDoors, nick: str) -> Irc:
    """
    @return: another connection of somebody registered, under the same nick.
    """
    client = doors.connect()
    client.send(f"PASS :{nick}:{PASSWORD}", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    client.got()
    return client


def registered(doors: IrcDoors, nick: str) -> Irc:
    """
    @return: somebody registered.
    """
    client = doors.enter(nick, *LABELS)
    client.send(f"REGISTER * * :{PASSWORD}")
    client.got()
    return client


class TestWhoseDoing:
    """
    It is told by who did something, not by whose name stands before the line.
    """

    def test_whatTheServerSaysOfOnesJoiningIsPartOfTheAnswer(self, doors: IrcDoors) -> None:
        ann = registered(doors, "ann")
        ann.send("JOIN #own", "PART #own")
        bea = doors.enter("bea")
        bea.send("JOIN #own")
        ann.got()
        lines = ann.send("@label=x JOIN #own")
        assert lines[0] == f"@label=x :{HOST} BATCH +1 labeled-response"
        assert lines[1:3] == [
            "@batch=1 " + by("ann") + "JOIN #own",
            f"@batch=1 :{HOST} MODE #own +q ann",
        ]
        assert all(line.startswith("@batch=1 ") for line in lines[1:-1])
        assert bea.got()[-1] == f":{HOST} MODE #own +q ann"

    @pytest.mark.parametrize("command", ["LIST", "WHOIS ann", "JOIN #other", "PRIVMSG #dev :hi"])
    def test_whatOnesOtherConnectionSaysIsNot(self, doors: IrcDoors, command: str) -> None:
        ann = registered(doors, "ann")
        ann.send("JOIN #dev")
        other = again(doors, "ann")
        ann.got()
        other.send("PRIVMSG #dev :meanwhile", "PRIVMSG #dev :once more", seconds=0)
        lines = ann.send(f"@label=x {command}")
        texts = ("meanwhile", "once more")
        assert [line for line in lines if line.endswith(texts)] == [
            by("ann") + f"PRIVMSG #dev :{text}" for text in texts
        ]
        assert sum("@label=x " in line for line in lines) == 1

    def test_betweenOnesOwnLinesOfOneCommitThoseOfOthersStayInTheirPlace(
        self, doors: IrcDoors
    ) -> None:
        ann, bea = doors.enter("ann", *LABELS), doors.enter("bea")
        ann.send("JOIN #a,#b")
        bea.send("JOIN #a,#b")
        ann.got()
        bea.send("PRIVMSG #a :one", "PRIVMSG #b :two", seconds=0)
        lines = ann.send("@label=x NICK anna")
        assert lines[:3] == [
            by("bea") + "PRIVMSG #a :one",
            "@label=x " + by("ann") + "NICK anna",
            by("bea") + "PRIVMSG #b :two",
        ]

    def test_aChannelThatSomebodyElseRenamesMeanwhileIsNoPartOfIt(self, doors: IrcDoors) -> None:
        bea, ann = registered(doors, "bea"), doors.enter("ann", *LABELS)
        bea.send("JOIN #dev")
        ann.send("JOIN #dev")
        ann.got()
        bea.send("RENAME #dev #new", seconds=0)
        lines = ann.send("@label=x WHOIS ann")
        assert by("ann") + "JOIN #new" in lines
        assert sum(line.startswith("@batch=") for line in lines) == sum(
            f":{HOST} 3" in line and "@batch" in line for line in lines
        )


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("LIST", ["@batch=1 321", "@batch=1 FAIL"]),
        ("WHOIS ann", ["@label=x FAIL"]),
    ],
)
def test_thatSomethingWentWrongWithinIsTheAnswer(
    doors: IrcDoors,
    monkeypatch: pytest.MonkeyPatch,
    wrongs: Wrongs,
    command: str,
    answer: list[str],
) -> None:
    ann = doors.enter("ann", *LABELS)
    monkeypatch.setattr(doors.net.store, "rooms", lambda: 1 // 0)
    monkeypatch.setattr(Session, "look", lambda session, mask: 1 // 0)
    words = [line.split(" ") for line in ann.send(f"@label=x {command}")]
    assert [f"{each[0]} {each[2]}" for each in words if "BATCH" not in each] == answer
    assert len(wrongs.flush(ZeroDivisionError)) == 1
