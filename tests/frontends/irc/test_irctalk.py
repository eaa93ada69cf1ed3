"""
Talk on IRC: PRIVMSG, NOTICE, TAGMSG; bytes in, bytes out.
"""

from __future__ import annotations

import re

import pytest

from tests.frontends.irc.clients import HOST, IrcDoors, by, number

TAGS = "message-tags"
ECHO = ("message-tags", "echo-message")
LABELS = ("batch", "labeled-response", "echo-message")


def untagged(lines: list[str]) -> list[str]:
    """
    Lines without their tags.
    """
    return [re.sub("^@[^ ]+ ", "", line) for line in lines]


def idOf(line: str) -> str:
    """
    The C{msgid} of a line.
    """
    found = re.search("msgid=([^; ]+)", line)
    assert found is not None, line
    return found[1]


class TestMessages:
    """
    To channels and to people.
    """

    def test_whatIsSaidInAChannelReachesTheOthers(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        bea.got()
        assert alex.send("PRIVMSG #Dev :hi all", "NOTICE #dev psst") == [by("bea") + "JOIN #dev"]
        assert bea.got() == [
            by("alex") + "PRIVMSG #dev :hi all",
            by("alex") + "NOTICE #dev :psst",
        ]

    def test_severalTargetsAreToldEachOnce(self, doors: IrcDoors) -> None:
        alex, bea, carl = (doors.enter(name) for name in ("alex", "bea", "carl"))
        assert alex.send("PRIVMSG bea,nobody,carl,bea :hi") == [
            number("alex", "401 nobody :No such nick")
        ]
        assert bea.got() == [by("alex") + "PRIVMSG bea :hi"]
        assert carl.got() == [by("alex") + "PRIVMSG carl :hi"]

    def test_ofTooManyTargetsNobodyIsTold(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        (line,) = alex.send("PRIVMSG bea,b,c,d,e :hi")
        assert line.startswith(number("alex", "407 bea,b,c,d,e :At most 4 targets"))
        assert bea.got() == []

    @pytest.mark.parametrize(
        ("line", "answer"),
        [
            ("PRIVMSG", "411 :No recipient given (PRIVMSG)"),
            ("PRIVMSG bea", "412 :No text to send"),
            ("PRIVMSG bea :", "412 :No text to send"),
            ("PRIVMSG bea :\x02\x0f", "412 :No text to send"),
            ("PRIVMSG bea :\x01ACTION \x01", "412 :No text to send"),
            ("PRIVMSG nobody :hi", "401 nobody :No such nick"),
            ("PRIVMSG a!b :hi", "401 a!b :No such nick"),
            ("PRIVMSG #none :hi", "403 #none :No such channel"),
            ("PRIVMSG #a:b :hi", "403 #a:b :No such channel"),
            ("PRIVMSG #shut :hi", "404 #shut :Cannot send to channel: you are not in it"),
        ],
    )
    def test_whatCanNotBeSaidIsAnsweredButNotToANotice(
        self, doors: IrcDoors, line: str, answer: str
    ) -> None:
        doors.enter("alex").send("JOIN #shut")
        bea = doors.enter("bea", *LABELS)
        assert bea.send(line) == [number("bea", answer)]
        notice = line.replace("PRIVMSG", "NOTICE")
        assert bea.send(notice) == []
        (failed,) = bea.send("@label=x " + notice)
        assert failed.startswith(f"@label=x :{HOST} FAIL NOTICE ")

    def test_aMutedPersonReadsWhy(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev", "MODE #dev +m")
        bea.send("JOIN #dev")
        (line,) = bea.send("PRIVMSG #dev :hi")
        assert line.startswith(number("bea", "404 #dev :"))

    @pytest.mark.parametrize("caps", [(), ("standard-replies",)])
    def test_whateverKeepsItFromAChannelIsToldThere(
        self, doors: IrcDoors, caps: tuple[str, ...]
    ) -> None:
        alex = doors.enter("alex", *caps)
        alex.send("JOIN #dev")
        doors.net.hubs[0].commits.refuseRest()
        why = "The server is shutting down. Nothing more is taken."
        for place in ("#dev", "@#dev"):
            assert alex.send(f"PRIVMSG {place} :hi") == [number("alex", f"404 {place} :{why}")]

    def test_whoIsOutsideCanSpeakWhereThatIsAllowed(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", *ECHO)
        alex.send("JOIN #dev", "MODE #dev -n")
        alex.got()
        bea.send("@+x=y PRIVMSG #dev :\x01ACTION knocks\x01", "@+typing=active TAGMSG #dev")
        assert alex.got() == [by("bea") + "PRIVMSG #dev :\x01ACTION knocks\x01"]

    def test_whoIsAwayOrNotConnectedIsSaidToBe(self, doors: IrcDoors) -> None:
        doors.net.registered("dora").logout()
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.send("AWAY :at lunch")
        assert alex.send("PRIVMSG bea :hi") == [number("alex", "301 bea :at lunch")]
        assert alex.send("NOTICE bea :hi") == []
        assert alex.send("PRIVMSG dora :hi") == [
            number("alex", "301 dora :Not connected now; your message waits for them")
        ]

    def test_formattingIsSeenOnIrcAndPlainElsewhere(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        carl = doors.net.guest("carl")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        doors.net.join("dev", carl)
        list(carl.receiver.lines())  # type: ignore[attr-defined]
        alex.send("PRIVMSG #dev :a \x02bold\x02 word", "PRIVMSG bea :\x0304,01red")
        assert bea.got()[-2:] == [
            by("alex") + "PRIVMSG #dev :a \x02bold\x0f word",
            by("alex") + "PRIVMSG bea :\x0304,01red",
        ]
        (line,) = carl.receiver.lines()  # type: ignore[attr-defined]
        assert line.endswith("said alex a bold word")

    def test_aLineThatFitsNobodyIsSplitWithTheIdOnTheFirst(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", TAGS)
        alex.send("PRIVMSG bea :" + "word " * 97)
        first, second = bea.got()
        assert "msgid=" in first
        assert "msgid=" not in second
        assert all(len(line.encode()) <= 510 for line in untagged([first, second]))

    @pytest.mark.parametrize("form", ["{}", "\x01ACTION {}\x01"])
    def test_aWordThatNoLineHoldsIsLeftToItsAuthor(self, doors: IrcDoors, form: str) -> None:
        alex, bea = doors.enter("alex", *ECHO), doors.enter("bea")
        room = 510 - len(by("alex") + "PRIVMSG bea :" + form.format(""))
        long, fitting = (form.format("é" * n) for n in (room // 2 + 1, room // 2))
        assert alex.send(f"PRIVMSG bea :{long}") == [
            number("alex", "417 :A word of that is too long for a line. Nothing was said.")
        ]
        assert bea.got() == []
        alex.send(f"PRIVMSG bea :{fitting}")
        assert bea.got() == [by("alex") + "PRIVMSG bea :" + fitting]

    def test_aNoticeIsNotAnsweredAndSoIsCutEvenThere(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        assert alex.send("NOTICE bea :" + "y" * 490) == []
        assert sum(line.count("y") for line in bea.got()) == 490


class TestCtcp:
    """
    What one client asks another.
    """

    def test_actionsAreSaidAndTheRestGoesFromIrcToIrcOnly(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        carl = doors.net.guest("carl")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        doors.net.join("dev", carl)
        bea.got()
        carl.receiver.lines()  # type: ignore[attr-defined]
        alex.send("PRIVMSG #dev :\x01ACTION waves\x01", "PRIVMSG #dev :\x01PING 1 2\x01")
        assert bea.got() == [
            by("alex") + "PRIVMSG #dev :\x01ACTION waves\x01",
            by("alex") + "PRIVMSG #dev :\x01PING 1 2\x01",
        ]
        lines = carl.receiver.lines()  # type: ignore[attr-defined]
        assert [line.split(" ", 2)[2] for line in lines] == ["said alex waves", "tagged alex "]

    def test_itIsAnsweredByNoticesAndLeavesNoTrace(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("PRIVMSG bea :\x01VERSION")
        assert bea.send("NOTICE alex :\x01VERSION mine 1\x01") == [
            by("alex") + "PRIVMSG bea :\x01VERSION\x01"
        ]
        assert alex.got() == [by("bea") + "NOTICE alex :\x01VERSION mine 1\x01"]
        assert doors.net.now(doors.net.store.directs(alex.protocol.session.identity)) == []

    def test_whereClientsAreAskedNothingActionsAreSaid(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev", "MODE #dev +C")
        bea.send("JOIN #dev")
        alex.got()
        bea.got()
        (line,) = bea.send("PRIVMSG #dev :\x01ACTION waves\x01", "PRIVMSG #dev :\x01PING 1\x01")
        assert line.startswith(number("bea", "404 #dev :You can't speak in dev: clients may not"))
        assert alex.got() == [by("bea") + "PRIVMSG #dev :\x01ACTION waves\x01"]

    def test_aLongOneKeepsItsEnd(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("PRIVMSG bea :\x01X " + "é" * 240 + "\x01")
        (line,) = bea.got()
        assert line.endswith("é\x01")
        assert 505 < len(line.encode()) <= 510


class TestStatus:
    """
    Messages for members of a role (STATUSMSG).
    """

    def test_withoutAVoiceAllIsForOperatorsWhereTheChannelSaysSo(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex", "echo-message")
        bea, carl = doors.enter("bea", "echo-message"), doors.enter("carl")
        alex.send("JOIN #dev", "MODE #dev +U")
        bea.send("JOIN #dev")
        carl.send("JOIN #dev")
        for client in (alex, bea):
            client.got()
        asked = by("bea") + "PRIVMSG #dev :why?"
        assert bea.send("PRIVMSG #dev :why?") == [asked]
        assert (alex.got(), carl.got()) == ([asked], [])

    def test_itIsForThoseOfTheRoleAndNotKept(self, doors: IrcDoors) -> None:
        alex, bea, carl = (doors.enter(name, *ECHO) for name in ("alex", "bea", "carl"))
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        carl.send("JOIN #dev")
        alex.send("MODE #dev +v bea")
        for client in (alex, bea, carl):
            client.got()
        asked = [by("carl") + "PRIVMSG @#dev :help", by("carl") + "TAGMSG @#dev"]
        sent = carl.send("PRIVMSG @#dev :help", "@+typing=active TAGMSG @#dev")
        assert untagged(sent) == asked
        assert untagged(alex.got()) == asked
        assert bea.got() == []
        bea.send("NOTICE @+#dev :voices")
        assert untagged(alex.got()) == [by("bea") + "NOTICE +#dev :voices"]
        assert carl.got() == []
        room = alex.protocol.session.roomNamed("dev")
        assert [e.kind for e in doors.net.now(doors.net.store.replay(room.id, 0, 9))] == ["roles"]


class TestTags:
    """
    Client-only tags, answers, reactions.
    """

    def test_clientTagsGoOnToWhoHasAskedForTags(self, doors: IrcDoors) -> None:
        alex, bea, carl = doors.enter("alex", TAGS), doors.enter("bea", TAGS), doors.enter("carl")
        for client in (alex, bea, carl):
            client.send("JOIN #dev")
            client.got()
        alex.got()
        bea.got()
        alex.send("@+typing=active;x=y TAGMSG #dev", "@+a=b;c=d PRIVMSG #dev :hi", "TAGMSG #dev")
        tagged, said = bea.got()
        assert tagged.endswith(";+typing=active " + by("alex") + "TAGMSG #dev")
        assert said.endswith(";+a=b " + by("alex") + "PRIVMSG #dev :hi")
        assert carl.got() == [by("alex") + "PRIVMSG #dev :hi"]
        carl.send("@+a=b PRIVMSG #dev :not asked for")
        assert "+a" not in bea.got()[0]

    def test_anAnswerIsKnownAsOneOnAllWires(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *ECHO), doors.enter("bea", TAGS)
        for client in (alex, bea):
            client.send("JOIN #dev")
        id = idOf(alex.send("PRIVMSG #dev :one")[-1])
        bea.got()
        alex.send(f"@+draft/reply={id};+x=1 PRIVMSG #dev :two", "@+reply=no PRIVMSG #dev :three")
        two, three = bea.got()
        assert f";+x=1;+reply={id};+draft/reply={id} " in two
        assert ";+reply=no " in three
        room = alex.protocol.session.roomNamed("dev")
        events = doors.net.now(alex.protocol.session.part(room.id, 9))
        assert [(e.text, e.replyTo) for e in events] == [("one", 0), ("two", 1), ("three", 0)]

    def test_onlyWhatOneMayReadIsAnswered(self, doors: IrcDoors) -> None:
        alex, bea, carl = (doors.enter(name, *ECHO) for name in ("alex", "bea", "carl"))
        id = idOf(alex.send("PRIVMSG bea :secret")[0])
        carl.send("JOIN #dev")
        assert f"+draft/reply={id}" in carl.send(f"@+draft/reply={id} PRIVMSG #dev :x")[0]
        room = carl.protocol.session.roomNamed("dev")
        (event,) = doors.net.now(carl.protocol.session.part(room.id, 9))
        assert event.replyTo == 0
        assert bea.send(f"@+draft/reply={id} PRIVMSG alex :so?")[-1].endswith("PRIVMSG alex :so?")
        conversation = doors.net.now(bea.protocol.session.directWith("alex"))
        events = doors.net.now(bea.protocol.session.part(conversation, 9))
        assert [event.replyTo for event in events] == [0, 1]

    def test_aReactionIsCountedWhereItsMessageIsKnown(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *ECHO), doors.enter("bea", TAGS)
        for client in (alex, bea):
            client.send("JOIN #dev")
        id = idOf(alex.send("PRIVMSG #dev :one")[-1])
        bea.got()
        assert bea.send(f"@+draft/reply={id};+draft/react=👍 TAGMSG #dev") == []
        (line,) = alex.got()
        assert f";+draft/react=👍;+reply={id};+draft/reply={id} " in line
        bea.send(f"@+reply={id};+unreact=👍 TAGMSG #dev", "@+draft/react=👍 TAGMSG #dev")
        room = alex.protocol.session.roomNamed("dev")
        kinds = [e.kind for e in doors.net.now(doors.net.store.replay(room.id, 1, 9))]
        assert kinds == ["reacted", "unreacted"]
        taken, other = alex.got()
        assert ";+draft/unreact=👍" in taken
        assert other.partition(" ")[0].endswith(";+draft/react=👍")

    def test_aReactionForOperatorsAloneIsShownToNobodyElseAndNotCounted(
        self, doors: IrcDoors
    ) -> None:
        alex, bea, carl = (doors.enter(nick, TAGS) for nick in ("alex", "bea", "carl"))
        for client in (alex, bea, carl):
            client.send("JOIN #dev")
        id = idOf(doors.enter("dora", *ECHO).send("JOIN #dev", "PRIVMSG #dev :one")[-1])
        for client in (alex, carl):
            client.got()
        bea.send(f"@+reply={id};+draft/react=x TAGMSG @#dev")
        assert [line.partition(" ")[2] for line in alex.got()] == [by("bea") + "TAGMSG @#dev"]
        assert carl.got() == []
        room = alex.protocol.session.roomNamed("dev")
        kinds = [e.kind for e in doors.net.now(doors.net.store.replay(room.id, 0, 9))]
        assert kinds == ["said"]

    def test_aReactionThatIsThereAlreadyFailsForItsAuthorAlone(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *ECHO), doors.enter("bea", *ECHO, "standard-replies")
        for client in (alex, bea):
            client.send("JOIN #dev")
        id = idOf(alex.send("PRIVMSG #dev :one")[-1])
        bea.send(f"@+reply={id};+draft/react=x TAGMSG #dev")
        alex.got()
        (line,) = bea.send(f"@+reply={id};+draft/react=x TAGMSG #dev")
        assert line.endswith(
            "FAIL TAGMSG ALREADY_REACTED :You have reacted to message 1 with x already."
        )
        bea.send(f"@+reply={id};+draft/unreact=x TAGMSG #dev")
        alex.got()
        (line,) = bea.send(f"@+reply={id};+draft/unreact=x TAGMSG #dev")
        assert line.endswith("FAIL TAGMSG NOT_REACTED :There is no x of yours at message 1.")
        assert alex.got() == []

    def test_theTagsOfAReactionGoOnAsTheyAre(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *ECHO), doors.enter("bea", TAGS)
        for client in (alex, bea):
            client.send("JOIN #dev")
        id = idOf(alex.send("PRIVMSG #dev :one")[-1])
        replies = f"+reply={id};+draft/reply={id}"
        for sent, read in (
            (f"+reply={id};+draft/react=x;+x=y", f"+draft/react=x;+x=y;{replies}"),
            (f"+reply={id};+react=heart", f"+draft/react=heart;+react=heart;{replies}"),
            (
                f"+x;+draft/reply={id};+unreact=heart",
                f"+draft/unreact=heart;+x;+unreact=heart;{replies}",
            ),
        ):
            bea.got()
            (echo,) = alex.send(f"@{sent} TAGMSG #dev")
            (line,) = bea.got()
            for each in (echo, line):
                assert each.partition(" ")[0].partition("+")[1:] == ("+", read.removeprefix("+"))
        history = alex.send(
            "CAP REQ :draft/chathistory draft/event-playback batch", "CHATHISTORY LATEST #dev * 9"
        )
        assert any("+draft/react=x;+x=y;" in line for line in history)


@pytest.mark.parametrize("target", [",", ",,,"])
def test_commasAloneAreNobody(doors: IrcDoors, target: str) -> None:
    alex = doors.enter("alex", *LABELS)
    assert alex.send(f"PRIVMSG {target} :x")[0].startswith(number("alex", "411 :No recip"))
    assert " FAIL NOTICE " in alex.send(f"@label=x NOTICE {target} :x")[0]


class TestEcho:
    """
    C{echo-message} and C{labeled-response}.
    """

    def test_oneLineCarriesTheLabel(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *LABELS), doors.enter("bea")
        assert alex.send("@label=1 PRIVMSG bea :hi") == [
            "@label=1 " + by("alex") + "PRIVMSG bea :hi"
        ]
        assert alex.send("@label=2 PRIVMSG nobody :hi") == [
            "@label=2 " + number("alex", "401 nobody :No such nick")
        ]
        bea.got()

    def test_severalLinesAreABatch(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *LABELS), doors.enter("bea")
        assert alex.send("@label=1 PRIVMSG bea,nobody :hi") == [
            f"@label=1 :{HOST} BATCH +1 labeled-response",
            "@batch=1 " + by("alex") + "PRIVMSG bea :hi",
            "@batch=1 " + number("alex", "401 nobody :No such nick"),
            f":{HOST} BATCH -1",
        ]
        assert bea.got() == [by("alex") + "PRIVMSG bea :hi"]

    def test_nothingIsAcknowledged(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex", "batch", "labeled-response")
        doors.enter("bea")
        assert alex.send("@label=1 PRIVMSG bea :hi") == [f"@label=1 :{HOST} ACK"]
        alex.send("CAP REQ :-batch")
        assert alex.send("@label=1 PRIVMSG bea :hi") == []

    def test_toOneselfItComesTwiceAndTheEchoIsLabelled(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex", *LABELS)
        line = by("alex") + "PRIVMSG alex :hi"
        assert alex.send("@label=1 PRIVMSG alex :hi") == [line, "@label=1 " + line]
        bea = doors.enter("bea")
        assert bea.send("PRIVMSG bea :hi") == [by("bea") + "PRIVMSG bea :hi"]

    def test_whatOthersDoMeanwhileStaysOutsideOfTheBatch(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", *LABELS), doors.enter("bea")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        alex.got()
        bea.send("PRIVMSG #dev :meanwhile", seconds=0)
        lines = alex.send("@label=1 PRIVMSG bea,#dev :hi")
        assert [line.split(" ")[0] for line in lines if "meanwhile" in line] == [by("bea").strip()]
        assert sum(line.startswith("@batch=") for line in lines) == 2
