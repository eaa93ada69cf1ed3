"""
People on IRC: WHO, WHOIS, WHOWAS, AWAY, USERHOST, ISON, SETNAME, MONITOR, and one's own modes.
"""

from __future__ import annotations

from tests.frontends.clients import Doors
from tests.frontends.irc.clients import FAR, HOST, PASSWORD, Irc, IrcDoors, by, number, registered
from twisted_chat.frontends.irc.commands.lists import AT_ONCE
from twisted_chat.frontends.irc.facts import MOST_MODES


def rows(lines: list[str], numeric: str) -> list[str]:
    """
    What stands behind the nick in the lines of a numeric.
    """
    return [line.split(" ", 3)[3] for line in lines if line.split(" ")[1] == numeric]


class TestWho:
    """
    WHO and WHOX.
    """

    def test_aChannelShowsWhoIsInItWithTheirFlags(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a", "AWAY :out")
        bea.send("JOIN #a", "MODE bea +B")
        assert bea.send("WHO #A") == [
            number("bea", "352 #a ~alex chat.example chat.example alex G@ :0 Alex"),
            number("bea", "352 #a ~bea chat.example chat.example bea HB :0 Bea"),
            number("bea", "315 #A :End of /WHO list"),
        ]

    def test_aNickIsFoundByEveryoneAMaskDoesNotFindTheInvisible(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.send("MODE bea +i")
        assert len(rows(alex.send("WHO BEA"), "352")) == 1
        assert rows(alex.send("WHO be*"), "352") == []
        bea.send("JOIN #a")
        alex.send("JOIN #a")
        assert rows(alex.send("WHO be*"), "352") == [
            "* ~bea chat.example chat.example bea H :0 Bea"
        ]
        assert alex.send("WHO nobody") == [number("alex", "315 nobody :End of /WHO list")]

    def test_aLargeChannelIsToldInPartsAndOthersAreHeardInBetween(self, doors: IrcDoors) -> None:
        bea = doors.enter("bea")
        bea.send("JOIN #a")
        guests = [doors.net.guest(f"guest{number}") for number in range(2 * AT_ONCE)]
        doors.net.join("a", *guests)
        bea.got()
        first = bea.send("WHO #a", seconds=0)
        assert len(rows(first, "352")) == len(first) == AT_ONCE
        doors.net.now(guests[0].tell("bea", "hello"))
        rest = bea.got()
        doors.net.settle(0.2)
        rest += bea.got()
        assert len([line for line in rest if " PRIVMSG bea :hello" in line]) == 1
        assert rest[-1] == number("bea", "315 #a :End of /WHO list")
        assert len(rows(first + rest, "352")) == 1 + 2 * AT_ONCE

    def test_onlyOperatorsAreShownWithAnO(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.protocol.session.operate()
        assert rows(alex.send("WHO * o"), "352") == [
            "* ~bea chat.example chat.example bea H* :0 Bea"
        ]

    def test_fieldsComeInTheirOrderWhateverTheOrderThatWasAskedFor(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", host=FAR)
        bea.send("JOIN #a")
        doors.net.clock.advance(7)
        everything = rows(alex.send("WHO #a %roaldfnshiuct,42"), "354")
        assert everything == [
            "42 #a ~bea 255.255.255.255 chat.example chat.example bea H@ 0 7 0 n/a Bea"
        ]
        assert rows(alex.send("WHO bea %na"), "354") == ["bea 0"]
        assert rows(bea.send("WHO bea %in"), "354") == [f"{FAR} bea"]


class TestWhois:
    """
    WHOIS and WHOWAS.
    """

    def test_itSaysWhoSomebodyIs(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", tls=True)
        bea.send("JOIN #a,#b", "MODE bea +B", "AWAY :out")
        signedOn = int(bea.protocol.session.since)
        lines = alex.send("WHOIS bea")
        assert lines == [
            number("alex", "311 bea ~bea chat.example * :Bea"),
            number("alex", "319 bea :@#a @#b"),
            number("alex", "312 bea chat.example :chat.example"),
            number("alex", "301 bea :out"),
            number("alex", "335 bea :is a bot on chat.example"),
            number("alex", "671 bea :is using a secure connection"),
            number("alex", f"317 bea 0 {signedOn} :seconds idle, signon time"),
            number("alex", "318 bea :End of /WHOIS list"),
        ]

    def test_accountsAndOperatorsAreNamed(self, doors: IrcDoors) -> None:
        session = doors.net.registered("bea")
        session.operate()
        lines = doors.enter("alex").send("WHOIS bea")
        assert rows(lines, "330") == ["bea bea :is logged in as"]
        assert rows(lines, "313") == ["bea :is an operator of the network"]

    def test_whereSomebodyIsTheyThemselvesAndOperatorsAreTold(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", host=FAR)
        assert rows(alex.send("WHOIS bea"), "378") == []
        told = bea.send("WHOIS bea")
        assert rows(told, "378") == [f"bea :is connecting from ~bea@{FAR} {FAR}"]
        assert rows(told, "338") == [f"bea ~bea@{FAR} {FAR} :is actually using host"]
        alex.protocol.session.operate()
        assert len(rows(alex.send("WHOIS bea"), "378")) == 1
        assert rows(alex.send("WHOIS bea"), "379") == ["bea :is using modes +"]

    def test_whoisOfNobodySaysSoAndEnds(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        assert alex.send("WHOIS bea") == [
            number("alex", "401 bea :No such nick"),
            number("alex", "318 bea :End of /WHOIS list"),
        ]
        assert rows(alex.send("WHOIS a*"), "401") == ["a* :No such nick"]
        assert alex.send("WHOIS") == [number("alex", "431 :No nickname given")]
        assert alex.send("WHOIS elsewhere.example alex") == [
            number("alex", "402 elsewhere.example :No such server"),
            number("alex", "318 alex :End of /WHOIS list"),
        ]
        assert len(rows(alex.send("WHOIS chat.* alex"), "311")) == 1
        assert len(rows(alex.send("WHOIS alex alex"), "311")) == 1

    def test_whoIsAskedForTwiceIsAPersonAndNoServer(self, doors: IrcDoors) -> None:
        assert doors.enter("alex").send("WHOIS bea Bea") == [
            number("alex", "401 Bea :No such nick"),
            number("alex", "318 Bea :End of /WHOIS list"),
        ]

    def test_anAddressThatBeginsWithAColonIsOneParameterStill(self, doors: IrcDoors) -> None:
        bea = doors.enter("bea", host="::1")
        told = bea.send("WHOIS bea")
        assert rows(told, "338") == ["bea ~bea@0::1 0::1 :is actually using host"]
        assert rows(told, "378") == ["bea :is connecting from ~bea@0::1 0::1"]

    def test_itsEndRepeatsWhatWasAskedFor(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        for asked in ("ALEX", "alex,nobody", "nobody"):
            assert rows(alex.send(f"WHOIS {asked}"), "318") == [f"{asked} :End of /WHOIS list"]

    def test_invisiblePeopleShowTheRoomsThatAreShared(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.send("JOIN #a,#b", "MODE bea +i")
        assert rows(alex.send("WHOIS bea"), "319") == []
        alex.send("JOIN #b")
        assert rows(alex.send("WHOIS bea"), "319") == ["bea :@#b"]

    def test_whoWasHereIsToldTheLastFirst(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.send("NICK beth", "NICK bea")
        bea.lose()
        lines = alex.send("WHOWAS bea")
        assert rows(lines, "314") == ["bea ~bea chat.example * :Bea"] * 2
        assert len(rows(lines, "312")) == 2
        assert lines[-1] == number("alex", "369 bea :End of WHOWAS")
        assert len(rows(alex.send("WHOWAS bea 1"), "314")) == 1
        assert alex.send("WHOWAS carl") == [
            number("alex", "406 carl :There was no such nickname"),
            number("alex", "369 carl :End of WHOWAS"),
        ]


class TestPresence:
    """
    AWAY, USERHOST, ISON, SETNAME.
    """

    def test_awayIsAnsweredByANumericAndToldToOthersWhoAsked(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", "away-notify"), doors.enter("bea", "away-notify")
        alex.send("JOIN #a")
        bea.send("JOIN #a")
        alex.got()
        assert alex.send("AWAY :lunch") == [
            number("alex", "306 :You have been marked as being away")
        ]
        assert bea.got() == [by("alex") + "AWAY lunch"]
        alex.send("AWAY :dinner", "AWAY :dinner")
        assert bea.got() == [by("alex") + "AWAY dinner"]
        assert alex.send("AWAY") == [number("alex", "305 :You are no longer marked as being away")]
        assert bea.got() == [by("alex") + "AWAY"]

    def test_beforeComingInItIsForThoseWhoKnowThat(self, doors: IrcDoors) -> None:
        plain = doors.connect()
        assert plain.send("AWAY :x") == [":chat.example 451 * :You have not registered"]
        bea = doors.connect()
        bea.send("CAP REQ draft/pre-away", "AWAY *", "NICK bea", "USER bea 0 * :Bea", "CAP END")
        lines = doors.enter("alex").send("WHOIS bea")
        assert rows(lines, "301") == ["bea :Away"]

    def test_aStarIsNoReasonFromWhomeverItComes(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", "away-notify")
        alex.send("JOIN #a"), bea.send("JOIN #a")
        alex.send("AWAY *")
        assert bea.got() == [by("alex") + "AWAY Away"]

    def test_whoIsAtOneConnectionIsNotAwaySinceNobodyIsAtAnother(self, doors: IrcDoors) -> None:
        doors.net.join("dev", ann := doors.net.registered("ann"))
        ann.logout()
        bea = doors.enter("bea", "away-notify", "message-tags")
        bea.send("JOIN #dev")

        def come(*lines: str) -> Irc:
            client = doors.connect()
            client.send("CAP REQ draft/pre-away", f"PASS :ann:{PASSWORD}", *lines)
            client.send("NICK ann", "USER ann 0 * :Ann", "CAP END")
            return client

        def told() -> list[str]:
            source = by("ann").rstrip()
            return [line.removeprefix(source) for line in bea.got() if line.startswith(source)]

        bea.got()
        phone = come("AWAY *")
        assert told() == [" JOIN #dev", " AWAY Away"]
        desk = come()
        assert told() == [" AWAY"]
        tablet = come("AWAY *")
        phone.send("AWAY"), phone.send("AWAY *")
        assert told() == []
        desk.send("AWAY :lunch")
        assert told() == [" AWAY lunch"]
        phone.send("AWAY *"), come("AWAY *"), come()
        assert told() == []
        desk.send("AWAY")
        assert told() == [" AWAY"]
        tablet.lose()
        desk.send("QUIT")
        # One more has come, and gone nowhere.
        assert told() == []

    def test_whenNobodyIsAtTheLastOnesEither(self, doors: IrcDoors) -> None:
        doors.net.join("dev", ann := doors.net.registered("ann"))
        bea = doors.enter("bea", "away-notify")
        bea.send("JOIN #dev")
        phone = doors.connect()
        phone.send(f"PASS :ann:{PASSWORD}", "NICK ann", "USER ann 0 * :Ann")
        bea.got()
        phone.send("AWAY *")
        assert bea.got() == []
        ann.logout()
        doors.net.settle()
        assert [line.partition(" ")[2] for line in bea.got()] == ["AWAY Away"]
        phone.send("AWAY")
        assert [line.partition(" ")[2] for line in bea.got()] == ["AWAY"]

    def test_userhostAndIsonTellOfThoseWhoAreThere(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("Bea")
        bea.send("AWAY :out")
        assert alex.send("USERHOST bea nobody alex") == [
            number("alex", "302 :Bea=-~Bea@chat.example alex=+~alex@chat.example")
        ]
        assert alex.send("USERHOST nobody @ b*") == [number("alex", "302 :")]
        assert alex.send("ISON :bea nobody ALEX") == [number("alex", "303 :Bea alex")]
        many = "x " * 240
        assert alex.send(f"ISON :{many} bea") == [number("alex", "303 :Bea")]
        assert alex.send("ISON nobody") == [number("alex", "303 :")]

    def test_aRealNameIsToldToThoseWhoAsked(self, doors: IrcDoors) -> None:
        alex, bea, carl = (
            doors.enter("alex", "setname"),
            doors.enter("bea", "setname"),
            doors.enter("carl"),
        )
        for client in (alex, bea, carl):
            client.send("JOIN #a")
        for client in (alex, bea, carl):
            client.got()
        assert alex.send("SETNAME :Alex the Kind") == [by("alex") + "SETNAME :Alex the Kind"]
        assert bea.got() == [by("alex") + "SETNAME :Alex the Kind"]
        assert carl.got() == []
        (refused,) = alex.send(f"SETNAME :{'x' * 151}")
        assert refused.startswith(":chat.example FAIL SETNAME INVALID_REALNAME :")

    def test_whoIsMutedSaysNothingByARealName(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea", "setname")
        for client in (alex, bea):
            client.send("JOIN #a")
        alex.send("MODE #a +b m:bea!*@*")
        alex.got()
        assert bea.send("SETNAME :read this")[-1] == (
            ":chat.example FAIL SETNAME CANNOT_CHANGE_REALNAME"
            " :You are muted in a, and keep your name while you are there."
        )
        assert alex.send("WHOIS bea")[0].endswith(" :Bea")


class TestModes:
    """
    MODE for one's own nick.
    """

    def test_oneSeesAndChangesOnesOwn(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        assert alex.send("MODE alex") == [number("alex", "221 +")]
        assert alex.send("MODE ALEX +iw-i+B") == [by("alex") + "MODE alex +iw-i+B"]
        assert alex.send("MODE alex") == [number("alex", "221 +Bw")]
        assert alex.send("MODE alex +B") == []
        assert alex.send("MODE alex +x") == [number("alex", "501 :Unknown MODE flag")]

    def test_oneThatIsRefusedKeepsNoneFromBeingSetAndTold(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        refused, told = alex.send("MODE alex +iwBRT")
        assert refused.startswith(f":{HOST} NOTICE alex :Only registered people")
        assert told == by("alex") + "MODE alex +iwBT"
        assert alex.send("MODE alex") == [number("alex", "221 +BTiw")]
        assert alex.send("MODE alex +R") == [refused]

    def test_onlySoManyAreChangedAtOnce(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        changed = MOST_MODES // 2 * "+i-i"
        assert alex.send(f"MODE alex {changed}{changed}") == [by("alex") + f"MODE alex {changed}"]

    def test_nobodyChangesTheModesOfOthers(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        doors.enter("bea")
        assert rows(alex.send("MODE bea +i"), "502") != []
        assert alex.send("MODE nobody") == [number("alex", "401 nobody :No such nick")]

    def test_nobodyBecomesAnOperatorByItButMayCease(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        assert alex.send("MODE alex +os") == []
        alex.protocol.session.operate()
        assert alex.send("MODE alex") == [number("alex", "221 +osw +bkoru")]
        assert alex.send("MODE alex -s", "MODE alex +s k") == [
            by("alex") + "MODE alex -s",
            by("alex") + "MODE alex +s +k",
        ]
        assert alex.send("MODE alex +s bu-k") == [by("alex") + "MODE alex +s +bu"]
        assert alex.send("MODE alex -o") == [by("alex") + "MODE alex -o"]
        assert not alex.protocol.session.operator

    def test_whatAnOperatorDoesIsTaggedForWhoWantsToKnow(self, doors: IrcDoors) -> None:
        oper, bea, carl = (
            doors.enter("oper"),
            doors.enter("bea", "draft/oper-tag"),
            doors.enter("carl", "message-tags"),
        )
        for client in (oper, bea, carl):
            client.send("JOIN #a")
        bea.got()
        carl.got()
        oper.send("PRIVMSG #a :one")
        oper.protocol.session.operate()
        doors.net.settle()
        oper.send("PRIVMSG #a :two", "MODE #a +m")
        oper.send("MODE oper -o", "PRIVMSG #a :three")
        assert [line.startswith("@draft/oper :oper!") for line in bea.got()] == [
            False, True, True, False
        ]  # fmt: skip
        assert not any("draft/oper" in line for line in carl.got())

    def test_whoHearsRegisteredPeopleAloneAcceptsOthersByName(self, doors: IrcDoors) -> None:
        alex, _ = registered(doors, "alex")
        bea = doors.enter("bea")
        assert alex.send("MODE alex +R") == [by("alex") + "MODE alex +R"]
        assert alex.send("MODE alex") == [number("alex", "221 +R")]
        refusal = number("bea", "477 alex :alex hears only registered people in private.")
        assert bea.send("PRIVMSG alex :hi", "NOTICE alex :hi") == [refusal]
        assert alex.send("ACCEPT bea,nobody") == [number("alex", "401 nobody :No such nick")]
        assert bea.send("PRIVMSG alex :hi") == []
        assert alex.send("ACCEPT", "ACCEPT *") == [
            by("bea") + "PRIVMSG alex :hi",
            *[number("alex", "281 bea"), number("alex", "282 :End of /ACCEPT list")] * 2,
        ]
        assert alex.send("ACCEPT -BEA,-carl") == [
            number("alex", "458 carl :is not on your accept list")
        ]
        assert bea.send("PRIVMSG alex :hi") == [refusal]
        assert alex.send("MODE alex -R") == [by("alex") + "MODE alex -R"]
        (line,) = bea.send("MODE bea +R")
        assert line.startswith(f":{HOST} NOTICE bea :Only registered people can do that.")

    def test_whoWantsNoCtcpGetsNoneInPrivate(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a")
        bea.send("JOIN #a")
        alex.got()
        assert alex.send("MODE alex +T", "MODE alex") == [
            by("alex") + "MODE alex +T",
            number("alex", "221 +T"),
        ]
        bea.send("PRIVMSG alex :\x01VERSION\x01", "NOTICE alex :\x01VERSION x\x01")
        assert alex.got() == []
        bea.send("PRIVMSG #a :\x01TIME\x01", "PRIVMSG alex :\x01ACTION waves\x01")
        assert alex.got() == [
            by("bea") + "PRIVMSG #a :\x01TIME\x01",
            by("bea") + "PRIVMSG alex :\x01ACTION waves\x01",
        ]
        alex.send("MODE alex -T")
        bea.send("PRIVMSG alex :\x01VERSION\x01")
        assert alex.got() == [by("bea") + "PRIVMSG alex :\x01VERSION\x01"]

    def test_whoWantsNoCtcpGetsBackWhatTheyAskOthers(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex", "echo-message"), doors.enter("bea")
        alex.send("MODE alex +T")
        asked = [by("alex") + "PRIVMSG bea :\x01VERSION\x01"]
        assert alex.send("PRIVMSG bea :\x01VERSION\x01") == bea.got() == asked
        assert len(alex.send("PRIVMSG alex :\x01VERSION\x01", "PRIVMSG bea :hi")) == 2

    def test_whatABotSaysIsTagged(self, doors: IrcDoors) -> None:
        bot, bea = doors.enter("bot"), doors.enter("bea", "message-tags")
        bot.send("MODE bot +B", "JOIN #a")
        bea.send("JOIN #a")
        bot.send("PRIVMSG #a :beep")
        (line,) = bea.got()
        assert "bot" in line.split(" ")[0].lstrip("@").split(";")


class TestGoing:
    """
    QUIT.
    """

    def test_whoQuitsReadsTheirOwnQuitAndThenTheEnd(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a")
        bea.send("JOIN #a")
        alex.got()
        farewell = by("bea") + "QUIT :Quit: good night"
        assert bea.send("QUIT :good night") == [farewell, "ERROR :Quit: good night"]
        assert alex.got() == [farewell]
        assert doors.connect().send("NICK carl", "QUIT") == ["ERROR :Quit"]


class TestMonitor:
    """
    MONITOR.
    """

    def watcher(self, doors: IrcDoors, *caps: str) -> Irc:
        alex = doors.enter("alex", *caps)
        assert alex.send("MONITOR + bea,Carl") == [number("alex", "731 bea,Carl")]
        return alex

    def test_itTellsWhoComesAndGoes(self, doors: IrcDoors) -> None:
        alex = self.watcher(doors)
        bea = doors.enter("Bea")
        assert alex.got() == [number("alex", "730 Bea")]
        bea.send("NICK carl")
        assert alex.got() == [number("alex", "730 carl"), number("alex", "731 Bea")]
        bea.lose()
        assert alex.got() == [number("alex", "731 carl")]

    def test_theListCanBeSeenAndCleared(self, doors: IrcDoors) -> None:
        alex = self.watcher(doors)
        assert alex.send("MONITOR L") == [
            number("alex", "732 bea,Carl"),
            number("alex", "733 :End of MONITOR list"),
        ]
        doors.enter("bea")
        alex.got()
        assert alex.send("MONITOR s") == [number("alex", "730 bea"), number("alex", "731 Carl")]
        assert alex.send("MONITOR - CARL") == []
        assert alex.send("MONITOR S") == [number("alex", "730 bea")]
        assert alex.send("MONITOR C") == []
        assert alex.send("MONITOR L") == [number("alex", "733 :End of MONITOR list")]

    def test_aFullListTakesNoMore(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        for start in range(0, 99, 33):
            alex.send("MONITOR + " + ",".join(f"n{count}" for count in range(start, start + 33)))
        assert alex.send("MONITOR + n0,a,b,c") == [
            number("alex", "734 100 b,c :Monitor list is full."),
            number("alex", "731 n0,a"),
        ]

    def test_thoseForWhomThereIsNoRoomAreAllNamed(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        for start in range(0, 100, 25):
            alex.send("MONITOR + " + ",".join(f"n{count}" for count in range(start, start + 25)))
        names = [f"somebody-with-a-long-name-{count}" for count in range(17)]
        lines = alex.send("MONITOR + " + ",".join(names))
        assert len(lines) == 2
        named = []
        for line in lines:
            assert line.endswith(" :Monitor list is full.")
            named += line.split(" ")[4].split(",")
        assert named == names

    def test_spacesBetweenNamesAreNoPartOfThem(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        doors.enter("bea")
        assert alex.send("MONITOR + :carl, bea") == [
            number("alex", "730 bea"),
            number("alex", "731 carl"),
        ]
        alex.send("MONITOR - :carl, bea")
        assert alex.send("MONITOR L") == [number("alex", "733 :End of MONITOR list")]

    def test_masksAreNoNicks(self, doors: IrcDoors) -> None:
        (line,) = doors.enter("alex").send("MONITOR + *!*@example.com")
        assert line.split(" ")[1] == "432"

    def test_whatIsWatchedFromAfarIsToldToThoseWhoAskedForThatToo(self, doors: IrcDoors) -> None:
        alex = self.watcher(doors, "away-notify", "extended-monitor")
        plain = doors.enter("dora", "away-notify")
        plain.send("MONITOR + bea")
        bea = doors.enter("bea")
        for client in (alex, plain):
            client.got()
        bea.send("AWAY :out")
        assert alex.got() == [by("bea") + "AWAY out"]
        assert plain.got() == []
        plain.send("CAP REQ extended-monitor")
        bea.send("AWAY")
        assert plain.got() == [by("bea") + "AWAY"]


def test_aNickMayHaveAllSignsOfNicksOnAllWiresAndInMasks() -> None:
    wire = Doors(nodes=1)
    doors = IrcDoors(net=wire.net)
    odd, op = doors.enter("[]{}\\|"), doors.enter("op")
    op.send("JOIN #dev")
    odd.send("JOIN #dev")
    assert rows(op.send("WHOIS []{}\\|"), "311")[0].startswith("[]{}\\| ~")
    assert "[]{}\\|" in wire.enter("nan", "dev").type("/who", "/msg []{}\\| hi")
    assert odd.got()[-1] == ":nan!~u@chat.example PRIVMSG []{}\\| :hi"
    op.send("MODE #dev +b []{}\\|", "KICK #dev []{}\\|")
    assert odd.send("JOIN #dev")[-1].startswith(number("[]{}\\|", "474 #dev :"))


def test_whoIsMutedSaysNothingByTheirNameOrByBeingAway(doors: IrcDoors) -> None:
    alex = doors.enter("alex", "away-notify")
    bea = doors.enter("bea")
    for client in (alex, bea):
        client.send("JOIN #dev,#tea")
    alex.send("MODE #dev +b m:bea")
    alex.got(), bea.got()
    (line,) = bea.send("NICK buy_this")
    assert line.startswith(number("bea", "435 buy_this #dev :You are muted in dev, and keep your"))
    assert bea.send("AWAY :buy this") == [number("bea", "306 :You have been marked as being away")]
    assert alex.got() == [by("bea") + "AWAY Away"]
    bea.send("AWAY")
    alex.send("MODE #dev +v bea")
    alex.got()
    bea.send("AWAY :for tea", "NICK bee")
    assert alex.got() == [by("bea") + "AWAY :for tea", by("bea") + "NICK bee"]
    alex.send("MODE #dev -v bee")
    bea.send("PART #dev", "NICK bea")
    assert alex.got()[-1] == ":bee!~bea@chat.example NICK bea"
