"""
Channels on IRC: going in and out, topics, names, new names; bytes in, bytes out.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import LogEvent, globalLogPublisher

from tests.frontends.irc.clients import FAR, HOST, PASSWORD, IrcDoors, by, number, registered
from twisted_chat.domain.membership import Entrance
from twisted_chat.domain.rates import RateLimits, Rates
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session


class TestJoin:
    """
    JOIN.
    """

    def test_whoJoinsReadsTheirJoinThenWhoIsThere(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        assert alex.send("JOIN #dev") == [
            by("alex") + "JOIN #dev",
            number("alex", "353 = #dev :@alex"),
            number("alex", "366 #dev :End of /NAMES list"),
        ]
        assert bea.send("JOIN dev,#dev") == [
            number("bea", "403 dev :No such channel"),
            by("bea") + "JOIN #dev",
            number("bea", "353 = #dev :@alex bea"),
            number("bea", "366 #dev :End of /NAMES list"),
        ]
        assert alex.got() == [by("bea") + "JOIN #dev"]

    def test_theTopicIsShownWithWhoSetItAndWhen(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev", "TOPIC #dev :soup at noon")
        lines = bea.send("JOIN #dev")
        assert lines[1] == number("bea", "332 #dev :soup at noon")
        assert lines[2].startswith(number("bea", "333 #dev alex 179"))

    def test_eachChannelHasItsOwnKeyAndItsOwnRefusal(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a,#b,#c", "MODE #a +k one", "MODE #b +k two", "MODE #c +i")
        lines = bea.send("JOIN #a,#b,#c,#b#a one,wrong")
        assert [line.split(" ")[1] for line in lines] == ["JOIN", "353", "366", "475", "473", "476"]

    @pytest.mark.parametrize(
        ("mode", "code"),
        [("+b bea!*@*", "474"), ("+i", "473"), ("+l 1", "471"), ("+k x", "475"), ("+R", "477")],
    )
    def test_theRefusalTellsItsCause(self, doors: IrcDoors, mode: str, code: str) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev", f"MODE #dev {mode}")
        (line,) = bea.send("JOIN #dev")
        assert line.startswith(number("bea", f"{code} #dev :"))
        assert alex.send("INVITE bea #dev") == [number("alex", "341 bea #dev")]
        assert bea.send("JOIN #dev")[1] == by("bea") + "JOIN #dev"

    def test_whoComesBackToVeryManyIsToldWhichToAskForAgainAndStays(self, doors: IrcDoors) -> None:
        hub = doors.net.hubs[0]
        hub.rates = Rates(RateLimits(), hub.clock.seconds)
        alex = doors.enter("alex", host=FAR)
        lines = alex.send("JOIN " + ",".join(f"#r{each}" for each in range(hub.limits.rooms)))
        assert sum(" JOIN #" in line for line in lines) == 20
        refused = [line for line in lines if " 437 " in line]
        assert refused[0] == number("alex", "437 #r20 :You join too fast. Wait 3 s.")
        assert len(refused) == 80
        assert not alex.ended

    def test_whoMayNotComesIntoTheChannelThatItNamesInstead(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev,#queue", "MODE #dev +f #queue", "MODE #dev +l 1")
        sent_on = number("bea", "470 #dev #queue :You can't join dev: it is full.")
        lines = bea.send("JOIN #dev")
        assert lines[:2] == [sent_on, by("bea") + "JOIN #queue"]
        assert alex.got() == [by("bea") + "JOIN #queue"]
        assert bea.send("JOIN #dev") == [sent_on]

    def test_inAnAuditoriumOnlyOperatorsSeeWhoHasNoVoice(self, doors: IrcDoors) -> None:
        alex, bea, carl = doors.enter("alex"), doors.enter("bea"), doors.enter("carl")
        alex.send("JOIN #dev", "MODE #dev +u")
        bea.send("JOIN #dev")
        assert alex.got() == [by("bea") + "JOIN #dev"]
        assert carl.send("JOIN #dev")[:2] == [
            by("carl") + "JOIN #dev",
            number("carl", "353 = #dev :@alex carl"),
        ]
        assert (alex.got(), bea.got()) == ([by("carl") + "JOIN #dev"], [])
        assert alex.send("NAMES #dev")[0] == number("alex", "353 = #dev :@alex bea carl")
        seen = [line.split(" ")[7] for line in bea.send("WHO #dev") if " 352 " in line]
        assert seen == ["alex", "bea"]
        assert "#dev" not in "".join(bea.send("WHOIS carl"))
        carl.send("QUIT")
        assert (len(alex.got()), bea.got()) == (1, [])

    def test_whoIsInAlreadyIsNotPutInTwice(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        alex.send("JOIN #dev")
        assert alex.send("JOIN #DEV") == []

    def test_joinZeroLeavesAllChannels(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        alex.send("JOIN #a,#b")
        assert alex.send("JOIN 0") == [by("alex") + "PART #a", by("alex") + "PART #b"]

    def test_whoIsPutOutOfOneMeanwhileLeavesTheOthers(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.send("JOIN #b")
        alex.send("JOIN #a,#b,#c")
        bea.send("KICK #b alex", seconds=0)
        assert [line.split(" ", 1)[1] for line in alex.send("JOIN 0")] == [
            "KICK #b alex bea",
            "PART #a",
            "442 alex #b :You're not on that channel",
            "PART #c",
        ]

    def test_namesAreLeftOutForWhoWantsThat(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex", "no-implicit-names")
        assert alex.send("JOIN #dev") == [by("alex") + "JOIN #dev"]
        assert alex.send("NAMES #dev")[0] == number("alex", "353 = #dev :@alex")

    def test_othersSeeWhatSomebodyIsWhoJoins(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        alex.send("MODE #dev +o bea", "PART #dev")
        bea.got()
        alex.send("JOIN #dev")
        assert bea.got() == [by("alex") + "JOIN #dev", f":{HOST} MODE #dev +o alex"]


class TestComingBack:
    """
    The channels in which somebody registered is already.
    """

    def test_whoComesBackHasTheVoiceBesideTheRoleToo(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev"), bea.send("JOIN #dev")
        alex.send("MODE #dev +v alex", "PART #dev"), bea.got()
        alex.send("JOIN #dev")
        assert bea.got() == [by("alex") + "JOIN #dev", f":{HOST} MODE #dev +ov alex alex"]
        owner, _ = registered(doors, "owner", "own")
        bea.send("JOIN #own"), owner.send("MODE #own +v owner", "QUIT"), bea.got()
        back = doors.connect()
        back.send(f"PASS :owner:{PASSWORD}", "NICK owner", "USER owner 0 * :Owner")
        assert bea.got() == [by("owner") + "JOIN #own", f":{HOST} MODE #own +qv owner owner"]

    def test_theyAreShownAfterTheWelcomeAndOnceMoreWhenAskedFor(self, doors: IrcDoors) -> None:
        client, shown = registered(doors, "alex", "a", "b")
        assert [line for line in shown if " JOIN " in line] == [
            by("alex") + "JOIN #a",
            by("alex") + "JOIN #b",
        ]
        assert number("alex", "353 = #a :~alex") in shown
        assert [line.split(" ")[1] for line in client.send("JOIN #a")] == ["353", "366"]
        assert client.send("JOIN #a") == []

    def test_othersReadAJoinInEachOfTheChannelsThatTheyShare(self, doors: IrcDoors) -> None:
        bea = doors.enter("bea")
        bea.send("JOIN #a,#b")
        session = doors.net.registered("alex")
        doors.net.join("a", session)
        doors.net.join("b", session)
        mine = bea.protocol.session
        doors.net.now(mine.setRole(mine.roomNamed("b"), "alex", Role.VOICE))
        session.logout()
        doors.net.settle()
        bea.got()
        doors.net.login("alex")
        doors.net.settle()
        joined = [line for line in bea.got() if not line.startswith(":alex!~u@chat.example QUIT")]
        assert joined == [
            f":alex!~u@{HOST} JOIN #a",
            f":alex!~u@{HOST} JOIN #b",
            f":{HOST} MODE #b +v alex",
        ]

    def test_anotherConnectionThatJoinsTakesThisOneAlong(self, doors: IrcDoors) -> None:
        one, _ = registered(doors, "alex")
        other = doors.connect()
        other.send(f"PASS :alex:{PASSWORD}", "NICK alex", "USER alex 0 * :alex")
        one.got()
        other.send("JOIN #dev")
        assert one.got() == [
            by("alex") + "JOIN #dev",
            number("alex", "353 = #dev :~alex"),
            number("alex", "366 #dev :End of /NAMES list"),
        ]


class TestPart:
    """
    PART.
    """

    def test_severalAreLeftAtOnceWithAReason(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a,#b")
        bea.send("JOIN #a")
        alex.got()
        assert alex.send("PART #a,#b,#c,#x@ :so long") == [
            by("alex") + "PART #a :so long",
            by("alex") + "PART #b :so long",
            number("alex", "403 #c :No such channel"),
            number("alex", "476 #x@ :No channel can be called that"),
        ]
        assert bea.got() == [by("alex") + "PART #a :so long"]

    def test_nobodyLeavesWhereTheyAreNot(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a")
        assert bea.send("PART #a") == [number("bea", "442 #a :You're not on that channel")]
        alex.send("MODE #a +s")
        assert bea.send("PART #a") == [number("bea", "403 #a :No such channel")]


class TestTopic:
    """
    TOPIC.
    """

    def test_itIsSeenSetAndTakenAway(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        alex.send("JOIN #dev")
        assert alex.send("TOPIC #dev") == [number("alex", "331 #dev :No topic is set")]
        assert alex.send("TOPIC #dev :soup") == [by("alex") + "TOPIC #dev :soup"]
        assert [line.split(" ")[1] for line in alex.send("TOPIC #dev")] == ["332", "333"]
        assert alex.send("TOPIC #dev :") == [by("alex") + "TOPIC #dev :"]

    def test_aLongOneIsCut(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        alex.send("JOIN #dev")
        assert alex.send("TOPIC #dev :" + "x" * 400) == [by("alex") + "TOPIC #dev :" + "x" * 390]

    def test_whoMayNotIsToldWhy(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev", "MODE #dev +t")
        assert bea.send("TOPIC #dev") == [number("bea", "442 #dev :You're not on that channel")]
        bea.send("JOIN #dev")
        (line,) = bea.send("TOPIC #dev :soup")
        assert line.startswith(number("bea", "482 #dev :"))


class TestNewNames:
    """
    RENAME (channel-rename).
    """

    def test_thoseWhoKnowItReadItAndTheOthersMove(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", "draft/channel-rename"), doors.enter("bea")
        alex.send("JOIN #old", "TOPIC #old :soup")
        bea.send("JOIN #old")
        alex.got()
        assert alex.send("RENAME #old #new :better") == [by("alex") + "RENAME #old #new better"]
        lines = bea.got()
        assert lines[:3] == [
            by("bea") + "PART #old better",
            by("bea") + "JOIN #new",
            number("bea", "332 #new :soup"),
        ]
        assert lines[4:] == [
            number("bea", "353 = #new :@alex bea"),
            number("bea", "366 #new :End of /NAMES list"),
        ]

    def test_whoAsksForTheOldNameIsSentToTheNewOne(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        carl = doors.enter("carl", "draft/channel-rename")
        alex.send("JOIN #old", "RENAME #old #new")
        sent_on = number("bea", "470 #old #new :old is called new now.")
        lines = bea.send("JOIN #old")
        assert lines[:2] == [sent_on, by("bea") + "JOIN #new"]
        assert bea.send("JOIN #OLD") == [number("bea", "470 #OLD #new :OLD is called new now.")]
        # Who knows the capability asks for the new name itself.
        renamed = f":{HOST} FAIL JOIN CHANNEL_RENAMED #old #new :The channel has been renamed"
        assert carl.send("JOIN #old") == [renamed]
        alex.got()
        assert alex.send("NAMES #new")[0] == number("alex", "353 = #new :@alex bea")
        assert bea.send("JOIN #other")[0] == by("bea") + "JOIN #other"
        (line,) = bea.send("RENAME #other #old")
        assert line.startswith(f":{HOST} FAIL RENAME CHANNEL_NAME_IN_USE #other #old :")

    def test_whoWasThereMeansAnotherChannelByTheOldName(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #old")
        bea.send("JOIN #old")
        alex.send("RENAME #old #new")
        bea.got()
        lines = bea.send("JOIN #old")
        assert lines[0] == by("bea") + "JOIN #old"
        assert lines[-2:] == [
            number("bea", "353 = #old :@bea"),
            number("bea", "366 #old :End of /NAMES list"),
        ]
        assert alex.send("JOIN #OLD")[0] == by("alex") + "JOIN #old"
        assert bea.got() == [by("alex") + "JOIN #old"]
        bea.send("PRIVMSG #new :hi", "PRIVMSG #old :you")
        assert alex.got() == [
            by("bea") + "PRIVMSG #new :hi",
            by("bea") + "PRIVMSG #old :you",
        ]

    def test_whatIsSentToTheOldNameReachesTheChannel(self, doors: IrcDoors) -> None:
        alex, bea, carl = (doors.enter(name, "message-tags") for name in ("alex", "bea", "carl"))
        alex.send("JOIN #old")
        bea.send("JOIN #old")
        alex.send("RENAME #old #new")
        bea.got()
        # Scripts go on to write to the name that they were given, in the order of their lines.
        alex.send("PRIVMSG #OLD :one", "PRIVMSG #new :two", "NOTICE #old :three", seconds=0)
        alex.send("@+typing=active TAGMSG #old", "TOPIC #old :soup", "MODE #old +v bea")
        alex.send("ChanServ DEVOICE #old bea")
        assert [line.split("chat.example ")[-1] for line in bea.got()] == [
            "PRIVMSG #new :one",
            "PRIVMSG #new :two",
            "NOTICE #new :three",
            "TAGMSG #new",
            "TOPIC #new :soup",
            "MODE #new +v bea",
            "MODE #new -v bea",
        ]
        assert alex.send("NAMES #old")[0].endswith("#new :@alex bea")
        # Who is not in it reads how it is called.
        assert carl.send("PRIVMSG #old :hi", "TOPIC #old x", "PART #old") == [
            number("carl", "404 #new :Cannot send to channel: you are not in it"),
            number("carl", "442 #new :You're not on that channel"),
            number("carl", "442 #new :You're not on that channel"),
        ]
        alex.send("MODE #new +s", "RENAME #new #third")
        assert carl.send("PRIVMSG #old :hi") == [number("carl", "403 #old :No such channel")]
        assert bea.send("PRIVMSG #old :hi")[-1] == number("bea", "403 #old :No such channel")

    @pytest.mark.parametrize("caps", [(), ("draft/channel-rename",)])
    def test_whatHappenedJustBeforeIsToldUnderTheOldName(
        self, doors: IrcDoors, caps: tuple[str, ...]
    ) -> None:
        alex, bea, dora = doors.enter("alex"), doors.enter("bea", *caps), doors.enter("dora")
        carl, emma = doors.enter("carl", "draft/channel-rename"), doors.enter("emma")
        for client in (alex, bea, dora):
            client.send("JOIN #old")
        bea.got()
        # They all go into one batch.
        dora.send("PRIVMSG #old :before", seconds=0)
        carl.send("JOIN #old", seconds=0)
        emma.send("JOIN #old", seconds=0)
        alex.send("RENAME #old #new", seconds=0)
        alex.send("PRIVMSG #new :behind")
        moves = ["RENAME #old #new"] if caps else ["PART #old", "JOIN #new"]
        told = [
            [text for line in lines if (text := line.partition(f"@{HOST} ")[2].removesuffix(" :"))]
            for lines in (bea.got(), carl.got(), emma.got())
        ]
        behind = "PRIVMSG #new :behind"
        assert told[0] == ["PRIVMSG #old :before", "JOIN #old", "JOIN #old", *moves, behind]
        assert told[1] == ["JOIN #old", "JOIN #old", "RENAME #old #new", behind]
        assert told[2] == ["JOIN #old", "PART #old", "JOIN #new", behind]

    def test_whereClientsTakeLettersForOthersTheyMoveToo(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", "draft/channel-rename"), doors.enter("bea")
        alex.send("JOIN #Äz")
        bea.send("JOIN #Äz")
        alex.got()
        assert alex.send("RENAME #Äz #äz") == [by("alex") + "RENAME #Äz #äz :"]
        assert bea.got() == [
            by("bea") + "PART #Äz",
            by("bea") + "JOIN #äz",
            number("bea", "353 = #äz :@alex bea"),
            number("bea", "366 #äz :End of /NAMES list"),
        ]

    def test_theNamesOfALargeChannelAreSpelledOnceForAll(
        self, doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("twisted_chat.frontends.irc.places.MANY", 3)
        asked: list[str] = []
        present = Session.present

        def counting(session: Session, room: Room) -> Any:
            asked.append(session.name)
            return present(session, room)

        alex = doors.enter("alex", "draft/channel-rename")
        alex.send("JOIN #old")
        people = [doors.enter(f"p{n}", *(["multi-prefix"] if n == 4 else [])) for n in range(5)]
        for person in people:
            person.send("JOIN #old")
        for client in (alex, *people):
            client.got()
        monkeypatch.setattr(Session, "present", counting)
        alex.send("RENAME #old #new")
        names = "@alex p0 p1 p2 p3 p4"
        for n, person in enumerate(people):
            assert person.got() == [
                by(f"p{n}") + "PART #old",
                by(f"p{n}") + "JOIN #new",
                number(f"p{n}", f"353 = #new :{names}"),
                number(f"p{n}", "366 #new :End of /NAMES list"),
            ]
        assert len(asked) == 2
        # Whatever happens in it, they are spelled anew.
        alex.send("MODE #new +v p0")
        assert people[1].send("NAMES #new")[-2].endswith(":@alex +p0 p1 p2 p3 p4")
        people[0].send("NICK p9")
        assert people[1].send("NAMES #new")[-2].endswith(":@alex +p9 p1 p2 p3 p4")
        people[2].send("QUIT")
        assert people[1].send("NAMES #new")[-2].endswith(":@alex +p9 p1 p3 p4")

    def test_whoMovesReadsMarkersAndNotesAsWhoJoins(self, doors: IrcDoors) -> None:
        caps = ("batch", "draft/read-marker", "draft/metadata-3")
        alex, bea = doors.enter("alex", *caps), doors.enter("bea", *caps)
        for client in (alex, bea):
            client.send("JOIN #old", "METADATA * SUB url")
        alex.send("METADATA #old SET url :here")
        alex.got(), bea.got()
        wanted = ["PART", "JOIN", "MARKREAD", "353", "366", "BATCH", "761", "BATCH"]
        lines = alex.send("RENAME #old #new\r\nPING x")
        for told in (lines[:-1], bea.got()):
            words = [line.partition(":")[2].split(" ")[1] for line in told]
            assert words == wanted
            assert f":{HOST} MARKREAD #new *" in told
            assert told[6].endswith("#new url * here")
        assert lines[-1].endswith("PONG chat.example x")

    def test_anotherCaseIsNoOtherChannel(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", "draft/channel-rename"), doors.enter("bea")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        alex.got()
        assert alex.send("RENAME #dev #Dev") == [by("alex") + "RENAME #dev #Dev :"]
        assert bea.got() == []

    @pytest.mark.parametrize(
        ("new", "code"),
        [
            ("#taken", "CHANNEL_NAME_IN_USE"),
            ("#a@b", "CANNOT_RENAME"),
            ("dev", "CANNOT_RENAME"),
            ("#old", "CANNOT_RENAME"),
        ],
    )
    def test_refusalsHaveCodes(self, doors: IrcDoors, new: str, code: str) -> None:
        alex = doors.enter("alex", "standard-replies")
        alex.send("JOIN #old,#taken")
        (line,) = alex.send(f"RENAME #old {new}")
        assert line.startswith(f":{HOST} FAIL RENAME {code} #old {new} :")

    def test_onlyOperatorsGiveOne(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #dev")
        bea.send("JOIN #dev")
        (line,) = bea.send("RENAME #dev #new")
        assert line.startswith(number("bea", "482 #dev :"))


def test_whoIsInARoomThatEndsIsPutOutOfItsWindow(doors: IrcDoors) -> None:
    alex = doors.net.registered("alex")
    room = doors.net.join("dev", alex)
    bea = doors.enter("bea")
    bea.send("JOIN #dev")
    doors.net.now(alex.destroy(room, "all done"))
    doors.net.settle()
    assert bea.got()[-1] == f":{HOST} KICK #dev bea :all done"


def test_whoComesInReadsNothingOfTheLogThatIsNotShown(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea")
    alex.send("JOIN #dev", "PRIVMSG #dev :hello")
    monkeypatch.setattr(doors.net.store, "history", lambda *asked, **how: 1 // 0)
    assert bea.send("JOIN #dev")[-1] == number("bea", "366 #dev :End of /NAMES list")


def test_whoGoesWhileTheyAreComingInBreaksNothing(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    alex = doors.enter("alex")
    comeInto, gone = Session.comeInto, Deferred[None]()

    async def late(session: Session, *asked: Any, **how: Any) -> Entrance:
        entered = await comeInto(session, *asked, **how)
        await gone
        return entered

    monkeypatch.setattr(Session, "comeInto", late)
    alex.send("JOIN #dev")
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    try:
        alex.lose()
        gone.callback(None)
        doors.net.settle()
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event for event in events if "log_failure" in event] == []


@pytest.mark.parametrize(
    ("mode", "code"),
    [("+k key", "475"), ("+R", "477"), ("+i", "473")],
)
def test_whyOneMayNotJoinNamesNoCommandsOfOtherWires(doors: IrcDoors, mode: str, code: str) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea", "standard-replies")
    alex.send("JOIN #dev", f"MODE #dev {mode}")
    told = bea.send("JOIN #dev", "MODE bea +R", "CS REGISTER #none", "NS INFO nobody")
    assert told[0].startswith(f":{HOST} {code} bea #dev :You can't join dev: ")
    assert len(told) >= 4
    assert not [line for line in told if " /" in line]
