"""
Deleting and changing messages, as IRC clients see it; bytes in, bytes out.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.frontends.irc.clients import HOST, Irc, IrcDoors, by, number, registered
from tests.frontends.irc.test_irctalk import idOf, untagged
from twisted_chat.domain.session import Session

CAPS = ("message-tags", "echo-message", "draft/message-redaction")


class TestRedact:
    """
    REDACT.
    """

    @pytest.fixture(autouse=True)
    def _make(self, doors: IrcDoors) -> None:
        self.doors = doors
        self.alex, self.bea = doors.enter("alex", *CAPS), doors.enter("bea", *CAPS)
        self.old = doors.enter("carl")
        for client in (self.alex, self.bea, self.old):
            client.send("JOIN #dev")
        self.quiet()

    def quiet(self) -> None:
        """
        What has come is read.
        """
        for client in (self.alex, self.bea, self.old):
            client.got()

    def said(self, client: Irc, target: str = "#dev") -> str:
        """
        @return: the id of something that was said.
        """
        id = idOf(client.send(f"PRIVMSG {target} :oops")[-1])
        self.quiet()
        return id

    def test_whoDoesNotKnowItCanNotUseIt(self) -> None:
        id = self.said(self.alex)
        assert self.old.send(f"REDACT #dev {id}") == [number("carl", "421 REDACT :Unknown command")]

    def test_onesOwnMessageGoesAndOthersAreTold(self) -> None:
        id = self.said(self.bea)
        assert untagged(self.bea.send(f"REDACT #dev {id} :wrong window")) == [
            by("bea") + f"REDACT #dev {id} :wrong window"
        ]
        assert untagged(self.alex.got()) == [by("bea") + f"REDACT #dev {id} :wrong window"]
        # From who has done it: a notice of the server's is shown apart from the channel by some.
        assert self.old.got() == [by("bea") + "NOTICE #dev :deleted a message (wrong window)"]
        assert self.bea.send(f"REDACT #dev {id}")[0].startswith(
            f":{HOST} FAIL REDACT UNKNOWN_MSGID #dev {id} :"
        )

    def test_operatorsRedactAnyAndOthersTheirOwn(self) -> None:
        id, other = self.said(self.bea), self.said(self.alex)
        assert untagged(self.alex.send(f"REDACT #dev {id}")) == [by("alex") + f"REDACT #dev {id}"]
        self.quiet()
        assert self.bea.send(f"REDACT #dev {other}")[0].startswith(
            f":{HOST} FAIL REDACT REDACT_FORBIDDEN #dev {other} :"
        )

    def test_inPrivateTooButOnlyOnesOwn(self) -> None:
        id = self.said(self.alex, "bea")
        assert self.bea.send(f"REDACT alex {id}")[0].startswith(
            f":{HOST} FAIL REDACT REDACT_FORBIDDEN alex {id} :"
        )
        assert untagged(self.alex.send(f"REDACT bea {id}")) == [by("alex") + f"REDACT bea {id}"]
        assert untagged(self.bea.got()) == [by("alex") + f"REDACT bea {id}"]

    @pytest.mark.parametrize(("target", "other"), [("#dev", "#dev"), ("alex", "bea")])
    def test_aReactionIsTakenBackByItsId(self, target: str, other: str) -> None:
        said = self.said(self.alex, other)
        id = idOf(self.bea.send(f"@+draft/react=x;+reply={said} TAGMSG {target}")[-1])
        self.quiet()
        assert "FAIL REDACT REDACT_FORBIDDEN" in self.alex.send(f"REDACT {other} {id}")[0]
        answer = self.bea.send(f"REDACT {target} {id}")
        assert untagged(answer) == [
            by("bea") + f"REDACT {target} {id}",
            by("bea") + f"TAGMSG {target}",
        ]
        assert f"+draft/unreact=x;+reply={said}" in answer[1]
        assert untagged(self.alex.got()) == untagged(answer)
        (again,) = self.bea.send(f"REDACT {target} {id}")
        assert again.startswith(f":{HOST} FAIL REDACT UNKNOWN_MSGID {target} {id} :")
        assert self.old.got() == []

    def test_whoAsksForNoEchoIsAnsweredWhenAReactionIsTakenBack(self) -> None:
        dora = self.doors.enter("dora", "message-tags", "draft/message-redaction")
        dora.send("JOIN #dev")
        said = self.said(self.alex)
        dora.send(f"@+draft/react=x;+reply={said} TAGMSG #dev")
        id = idOf(self.alex.got()[-1])
        dora.got()
        assert untagged(dora.send(f"REDACT #dev {id}"))[0] == by("dora") + f"REDACT #dev {id}"

    def test_aTagmsgThatIsKeptIsDeletedByWhoSentItAndByOperators(self) -> None:
        for target in ("#dev", "alex"):
            id = idOf(self.bea.send(f"@+x=y;+draft/persist TAGMSG {target}")[-1])
            self.quiet()
            redacted = [by("bea") + f"REDACT {target} {id} :oops me"]
            assert untagged(self.bea.send(f"REDACT {target} {id} :oops me")) == redacted
            assert untagged(self.alex.got()) == redacted
            assert "UNKNOWN_MSGID" in self.bea.send(f"REDACT {target} {id}")[0]
            assert self.old.got() == []
        id = idOf(self.bea.send("@+x=y;+draft/persist TAGMSG alex")[-1])
        assert "REDACT_FORBIDDEN" in self.alex.send(f"REDACT bea {id}")[-1]
        mine = idOf(self.alex.send("@+x=y;+draft/persist TAGMSG #dev")[-1])
        id = idOf(self.bea.send("@+x=y;+draft/persist TAGMSG #dev")[-1])
        assert "REDACT_FORBIDDEN" in self.bea.send(f"REDACT #dev {mine}")[0]
        self.quiet()
        assert untagged(self.alex.send(f"REDACT #dev {id}")) == [by("alex") + f"REDACT #dev {id}"]

    def test_aTopicIsRedactedAndTheChannelHasNone(self) -> None:
        id = idOf(self.bea.send("TOPIC #dev :rubbish")[-1])
        self.quiet()
        gone = [by("bea") + f"REDACT #dev {id} :oops me", by("bea") + "TOPIC #dev :"]
        assert untagged(self.bea.send(f"REDACT #dev {id} :oops me")) == gone
        assert untagged(self.alex.got()) == gone
        assert self.old.got() == gone[1:]
        assert " 331 " in self.old.send("TOPIC #dev")[0]
        assert "UNKNOWN_MSGID" in self.bea.send(f"REDACT #dev {id}")[0]

    def test_ofATopicThatWasReplacedThePresentOneStays(self) -> None:
        id = idOf(self.bea.send("TOPIC #dev :rubbish")[-1])
        self.alex.send("TOPIC #dev :green tea")
        self.quiet()
        assert (
            "REDACT_FORBIDDEN"
            in self.doors.enter("dora", *CAPS).send("JOIN #dev", f"REDACT #dev {id}")[-1]
        )
        self.quiet()
        self.alex.send(f"REDACT #dev {id}")
        assert untagged(self.bea.got()) == [by("alex") + f"REDACT #dev {id}"]
        assert self.old.got() == [by("alex") + "NOTICE #dev :deleted a topic of bea's"]
        assert "green tea" in self.old.send("TOPIC #dev")[0]

    def test_aTopicThatIsRestoredHasAnIdThatMeansTheFirst(self) -> None:
        id = idOf(self.bea.send("TOPIC #dev :rubbish")[-1])
        oscar = self.doors.net.operator("oscar")
        self.doors.net.join("dev", oscar)
        self.quiet()
        net = self.doors.net
        net.now(oscar.purge("bea", 3600.0))
        self.quiet()
        net.now(oscar.undo())
        net.settle()
        (line,) = self.bea.got()
        assert untagged([line])[0].endswith("TOPIC #dev :rubbish")
        assert [each.split(" ", 1)[1] for each in self.old.got()] == ["TOPIC #dev :rubbish"]
        assert idOf(line) != id
        assert untagged(self.bea.send(f"REDACT #dev {idOf(line)}")) == [
            by("bea") + f"REDACT #dev {id}",
            by("bea") + f"REDACT #dev {idOf(line)}",
            by("bea") + "TOPIC #dev :",
        ]

    def test_whatIsElsewhereIsNotThere(self) -> None:
        id = self.said(self.alex, "bea")
        for target in ("#none", "nobody"):
            (line,) = self.alex.send(f"REDACT {target} {id}")
            assert line.startswith(f":{HOST} FAIL REDACT INVALID_TARGET {target} :")
        assert "UNKNOWN_MSGID #dev" in self.alex.send(f"REDACT #dev {id}")[0]
        assert "UNKNOWN_MSGID #dev nonsense" in self.alex.send("REDACT #dev nonsense")[0]


class TestEdits:
    """
    What is changed and deleted on other wires.
    """

    @pytest.fixture(autouse=True)
    def _make(self, doors: IrcDoors) -> None:
        self.doors = doors
        self.ann: Session = doors.net.registered("ann")
        self.room = doors.net.join("dev", self.ann)
        self.bea = doors.enter("bea", *CAPS)
        self.bea.send("JOIN #dev")
        self.first = self.now(self.ann.say(self.room, "one"))
        self.bea.got()

    def now(self, deferred: Any) -> Any:
        """
        The result, and time for it to be read.
        """
        found = self.doors.net.now(deferred)
        self.doors.net.settle()
        return found

    def shown(self) -> list[str]:
        """
        What a client that hides what is redacted has before it.
        """
        for line in self.bea.got():
            words = untagged([line])[0].split(" ")
            if words[1] == "REDACT":
                self.screen.pop(words[3], None)
            else:
                self.screen[idOf(line)] = line.rpartition(":")[2]
        return list(self.screen.values())

    def test_oneTextIsShownWhateverIsDoneAndNoneWhenItIsDeleted(self) -> None:
        self.screen = {self.first.id: "one"}
        ids = [self.first.id]
        for text in ("two", "three"):
            ids.append(self.now(self.ann.edit(self.room.id, 1, text)).id)
            assert self.shown() == [text]
        assert list(self.screen) == [ids[-1]]
        self.now(self.ann.delete(self.room.id, 1))
        assert self.shown() == []

    def test_whoHasReadThePresentTextLosesItTooUnderItsFirstId(self) -> None:
        self.now(self.ann.edit(self.room.id, 1, "two"))
        self.bea.got()
        # As history gives it.
        self.screen = {self.first.id: "two"}
        self.now(self.ann.edit(self.room.id, 1, "three"))
        assert self.shown() == ["three"]

    def test_theIdOfAnEditMeansItsMessage(self) -> None:
        edited = self.now(self.ann.edit(self.room.id, 1, "two"))
        self.bea.send(f"@+draft/reply={edited.id} PRIVMSG #dev :so it is")
        answer = self.now(self.ann.message(self.room.id, 3))
        assert (answer.replyTo, answer.replyId) == (1, self.first.id)
        client, _ = registered(self.doors, "dora")
        client.send("CAP REQ :message-tags draft/message-redaction", "JOIN #dev")
        client.got()
        (line,) = client.send(f"REDACT #dev {edited.id}")
        assert "REDACT_FORBIDDEN" in line

    @pytest.mark.parametrize("back", ["", "un"])
    def test_whatAnswersAnEditIsShownAtThatAndInTheHistoryAtTheMessage(self, back: str) -> None:
        carl = self.doors.enter("carl", *CAPS, "batch", "draft/chathistory", "draft/event-playback")
        carl.send("JOIN #dev")
        edited = self.now(self.ann.edit(self.room.id, 1, "two")).id
        if back:
            self.bea.send(f"@+reply={edited};+draft/react=x TAGMSG #dev")
        carl.got()
        self.bea.got()
        self.bea.send(
            f"@+reply={edited};+draft/{back}react=x TAGMSG #dev",
            f"@+draft/reply={edited} PRIVMSG #dev :so it is",
        )
        for line in carl.got():
            assert f"+reply={edited};+draft/reply={edited} " in line
        # Where it has the present text.
        said, *_, answer = carl.send("CHATHISTORY LATEST #dev * 9")[1:-1]
        assert idOf(said) == self.first.id
        assert f"+reply={self.first.id};+draft/reply={self.first.id} " in answer
        other = self.doors.enter("dora", *CAPS)
        self.bea.send("PRIVMSG dora :hi")
        hi = other.got()[0]
        other.send(f"@+reply={idOf(hi)} PRIVMSG bea :hi yourself")
        assert f"+reply={idOf(hi)};" in self.bea.got()[-1]

    def test_whatAnswersANumberIsShownAtThePresentText(self) -> None:
        carl = self.doors.enter("carl", *CAPS, "batch", "draft/chathistory", "draft/event-playback")
        carl.send("JOIN #dev")
        self.now(self.ann.edit(self.room.id, 1, "two"))
        edited = self.now(self.ann.edit(self.room.id, 1, "three")).id
        carl.got()
        self.now(self.ann.say(self.room, "so it is", replyTo=1))
        self.now(self.ann.react(self.room.id, 1, "x"))
        self.now(self.ann.react(self.room.id, 1, "x", back=True))
        told = carl.got()
        # Where it has the present text.
        again = carl.send("CHATHISTORY LATEST #dev * 3")[1:-1]
        for lines, id in ((told, edited), (again, self.first.id)):
            assert [f"+reply={id};+draft/reply={id} " in line for line in lines] == [True] * 3

    @pytest.mark.parametrize(
        ("kind", "command", "spelled"),
        [("action", "PRIVMSG", "\x01ACTION {}\x01"), ("notice", "NOTICE", "{}")],
    )
    def test_whatIsChangedOrRestoredStaysWhatItIs(
        self, kind: str, command: str, spelled: str
    ) -> None:
        def reads(text: str) -> list[str]:
            return [f":ann!~u@{HOST} {command} #dev :{spelled.format(text)}"]

        old = self.doors.enter("carl")
        old.send("JOIN #dev")
        said = self.now(self.ann.say(self.room, "all wave", **{kind: True}))
        old.got(), self.bea.got()
        self.now(self.ann.edit(self.room.id, said.seq, "all nod"))
        assert untagged(self.bea.got())[1:] == reads("all nod")
        assert old.got() == reads("all nod (edited)")
        oscar = self.doors.net.operator("oscar")
        self.doors.net.join("dev", oscar)
        self.now(oscar.delete(self.room.id, said.seq))
        self.bea.got()
        self.now(oscar.undo())
        assert untagged(self.bea.got()) == reads("all nod")
