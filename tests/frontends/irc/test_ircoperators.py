"""
Operators, gateways and bridges on IRC.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from tests.frontends.irc.clients import FAR, HOST, NEAR, Irc, IrcDoors, by, number
from twisted_chat.domain.rates import RateLimits, Rates
from twisted_chat.frontends.irc.commands.lists import AT_ONCE
from twisted_chat.frontends.irc.terms import Gateway, IrcTerms

TERMS = IrcTerms(
    operators={"root": "plain:secret"}, gateways=(Gateway("letmein", frozenset({NEAR})),)
)

DENIED = "481 :Permission Denied - You're not an IRC operator"


@pytest.fixture
def doors() -> IrcDoors:
    return IrcDoors(terms=TERMS)


@pytest.fixture
def oper(doors: IrcDoors) -> Irc:
    client = doors.enter("oper")
    client.send("OPER root secret")
    return client


class TestOper:
    """
    OPER.
    """

    def test_whomTheSettingsNameIsOne(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        assert alex.send("OPER root secret") == [
            by("alex") + "MODE alex +o",
            number("alex", "381 :You are now an IRC operator"),
        ]
        assert alex.protocol.session.operator

    def test_theAccountOfAnOperatorMakesOne(self, doors: IrcDoors) -> None:
        session = doors.net.registered("bea")
        alex = doors.enter("alex")
        assert alex.send("OPER bea correct horse")[0].split(" ")[1] == "464"
        assert alex.send("OPER bea :correct horse")[0].split(" ")[1] == "491"
        doors.net.now(doors.net.store.changeAccount(session.identity, operator=True))
        assert number("alex", "381 :You are now an IRC operator") in alex.send(
            "OPER bea :correct horse"
        )

    @pytest.mark.parametrize("given", ["root wrong", "nobody secret", "ROOT secret"])
    def test_whoHasNotTheNameAndPasswordIsNoOperator(self, doors: IrcDoors, given: str) -> None:
        alex = doors.enter("alex")
        assert alex.send(f"OPER {given}") == [number("alex", "464 :Password incorrect")]
        assert not alex.protocol.session.operator

    def test_noPasswordIsTakenWhereOthersCanRead(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex", host=FAR)
        assert "not encrypted" in alex.send("OPER root secret")[0]
        assert not alex.protocol.session.operator

    def test_whoGuessesIsDisconnected(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        for _ in range(5):
            alex.send("OPER root wrong")
        assert alex.ended


COMMANDS = (
    "KILL bea :why", "WALLOPS :hi", "REHASH", "DLINE 192.0.2.9", "KLINE bea", "UNDLINE 192.0.2.9",
    "UNKLINE bea", "SAJOIN bea #a", "SAMODE #a +s", "CONNECT x.example", "SQUIT x.example :why",
    "RESTART", "DIE",
)  # fmt: skip


class TestPowers:
    """
    What operators can do, and nobody else.
    """

    @pytest.mark.parametrize("command", COMMANDS)
    def test_noCommandOfOperatorsIsObeyedForOthers(self, doors: IrcDoors, command: str) -> None:
        alex = doors.enter("alex")
        doors.enter("bea")
        assert alex.send(command) == [number("alex", DENIED)]

    @pytest.mark.parametrize("command", ["RESTART", "DIE"])
    def test_theServerIsRestartedByNobodyFromHere(self, oper: Irc, command: str) -> None:
        (line,) = oper.send(command)
        assert line == number("oper", f"400 {command} :The server is restarted where it runs")

    def test_killEndsSomebodysConnection(self, doors: IrcDoors, oper: Irc) -> None:
        bea, cid = doors.enter("bea"), doors.enter("cid")
        bea.send("JOIN #dev"), cid.send("JOIN #dev"), bea.got()
        oper.send("KILL bea :enough")
        assert bea.ended
        why = "Disconnected by oper: enough"
        assert bea.got() == [by("oper") + f"KILL bea :{why}", f"ERROR :{why}"]
        assert cid.got() == [by("bea") + f"QUIT :{why}"]
        assert oper.send("KILL nobody")[0] == number("oper", "401 nobody :No such nick")

    def test_nobodyCanFeignTheirEnd(self, doors: IrcDoors) -> None:
        bea, cid, dan = doors.enter("bea"), doors.enter("cid"), doors.enter("dan")
        for client in (bea, cid, dan):
            client.send("JOIN #dev")
        bea.got()
        cid.send("QUIT :Disconnected by oper: enough")
        assert bea.got() == [by("cid") + "QUIT :Quit: Disconnected by oper: enough"]
        for _ in range(5):
            dan.send("NS IDENTIFY oper wrong-horse")
        dan.lose()
        assert bea.got() == [by("dan") + "QUIT :Too many failed logins"]

    def test_wallopsIsForThoseWhoWantIt(self, doors: IrcDoors, oper: Irc) -> None:
        bea, carl = doors.enter("bea"), doors.enter("carl")
        bea.send("MODE bea +w")
        assert oper.send("WALLOPS :to all") == [by("oper") + "WALLOPS :to all"]
        assert bea.got() == [by("oper") + "WALLOPS :to all"]
        assert carl.got() == []

    def test_whoIsBannedIsOutAndMayComeAgainLater(self, doors: IrcDoors, oper: Irc) -> None:
        bea = doors.enter("bea", host=FAR)
        said = oper.send(f"DLINE 10 {FAR} :spam | proxy")
        assert any("is kept out for 10 minutes." in line for line in said)
        assert bea.ended
        assert bea.got()[-1].startswith("ERROR :You are banned from this network for 10 min")
        told, error = doors.connect(host=FAR).got()
        text = "You are banned from this network for 10 min"
        assert told.startswith(f":{HOST} 465 * :{text}")
        assert error.startswith(f"ERROR :{text}")
        assert any(f"{FAR}, set by oper: spam" in line for line in oper.send("DLINE LIST"))
        assert oper.send("KLINE LIST")[0].endswith("spam (for 10 minutes more)")
        assert any("may come in again" in line for line in oper.send(f"UNDLINE {FAR}"))
        assert oper.send("DLINE LIST") == [number("oper", "NOTICE :Nobody is kept out.")]
        assert not doors.enter("bea", host=FAR).ended

    @pytest.mark.parametrize(
        ("command", "end"), [("KLINE LIST", []), ("STATS k", ["219 k :End of /STATS report"])]
    )
    def test_whoDoesNotReadWhoIsKeptOutIsNotGivenItWhole(
        self, doors: IrcDoors, oper: Irc, command: str, end: list[str]
    ) -> None:
        for count in range(AT_ONCE + 1):
            doors.net.now(oper.protocol.session.serverBan(f"bad{count}"))
        oper.got()
        assert len(oper.send(command, seconds=0)) == AT_ONCE
        oper.protocol.outbox.pauseProducing()
        doors.net.settle(0.5)
        assert oper.got() == []
        oper.protocol.outbox.resumeProducing()
        doors.net.settle(0.5)
        assert oper.got()[1:] == [number("oper", line) for line in end]

    def test_aLongReasonKeepsNothingFromBeingTold(self, oper: Irc) -> None:
        reason = " ".join(["причина"] * 30)
        oper.send(f"DLINE 10 {FAR} :{reason}")
        lines = oper.send("KLINE LIST")
        told = "".join(line.removeprefix(number("oper", "NOTICE :").strip()) for line in lines)
        assert told == f"{FAR}, set by oper: {reason} (for 10 minutes more)"

    def test_aNameThatIsBannedIsToldSoByANumeric(self, doors: IrcDoors, oper: Irc) -> None:
        oper.send("KLINE dora :spam")
        dora = doors.connect()
        told, error = dora.send("NICK dora", "USER dora 0 * :Dora")
        assert told.startswith(f":{HOST} 465 dora :You are banned from this network")
        assert error.startswith("ERROR :You are banned from this network")

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("dora!*@*", "dora"),
            ("*!*@192.0.2.0/24", "192.0.2.0/24"),
            ("do*!x@*.example", "do*@*.example"),
            ("account:dora", "account:dora"),
            ("dora", "dora"),
        ],
    )
    def test_masksAreTakenAsIrcHasThem(self, oper: Irc, typed: str, kept: str) -> None:
        assert any(f"{kept}, set by" in line for line in oper.send(f"KLINE {typed}", "KLINE LIST"))

    def test_somebodyIsPutIntoAChannelAndItsModesAreChanged(
        self, doors: IrcDoors, oper: Irc
    ) -> None:
        bea, carl = doors.enter("bea"), doors.enter("carl")
        carl.send("JOIN #a", "MODE #a +i")
        oper.send("SAJOIN bea #a")
        assert by("bea") + "JOIN #a" in bea.got()
        carl.got()
        oper.send("SAMODE #a -i")
        assert carl.got() == [by("oper") + "MODE #a -i"]

    def test_whoIsThereAlreadyOrCanNotBePutThereIsToldOf(self, doors: IrcDoors, oper: Irc) -> None:
        doors.enter("bea").send("JOIN #a")
        assert oper.send("SAJOIN bea #a") == [number("oper", "443 bea #a :is already on channel")]
        net = doors.net
        net.now(Deferred.fromCoroutine(net.hubs[0].operatorsRoom.start()))
        (line,) = oper.send("SAJOIN bea #operators")
        assert line.endswith(" :bea is not put into operators: only operators of the network may.")

    def test_whoPutsThemselvesInReadsThatBeforeTheNextAnswer(
        self, doors: IrcDoors, oper: Irc
    ) -> None:
        carl = doors.enter("carl")
        carl.send("JOIN #a", "MODE #a +i")
        oper.send("CAP REQ :batch labeled-response")
        lines = oper.send("@label=x SAJOIN #a\r\nVERSION", seconds=0.2)
        version = next(n for n, line in enumerate(lines) if " 351 " in line)
        assert lines[0] == f"@label=x :{HOST} BATCH +1 labeled-response"
        assert lines[1] == "@batch=1 " + by("oper") + "JOIN #a"
        assert lines[version - 2 : version] == [
            "@batch=1 " + number("oper", "366 #a :End of /NAMES list"),
            f":{HOST} BATCH -1",
        ]
        assert carl.got()[-1] == by("oper") + "JOIN #a"
        assert oper.send("@label=y SAJOIN oper #a") == [f"@label=y :{HOST} ACK"]

    def test_whoPutsSomebodyIntoTheirChannelReadsThatBeforeTheNextAnswer(
        self, doors: IrcDoors, oper: Irc
    ) -> None:
        doors.enter("bea")
        oper.send("JOIN #a")
        lines = oper.send("SAJOIN bea #a\r\nPING x", seconds=0.2)
        ends = (by("bea") + "JOIN #a", f":{HOST} PONG {HOST} x")
        assert [line for line in lines if line in ends] == list(ends)

    @pytest.mark.parametrize("line", ["SAJOIN {}", "SAJOIN oper {}", "SAMODE {} +i"])
    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("#1st", "476 #1st :No channel can be called that"),
            ("bea", "403 bea :No such channel"),
        ],
    )
    def test_whatIsNoChannelIsToldAsJoinTellsIt(
        self, oper: Irc, line: str, name: str, told: str
    ) -> None:
        assert oper.send(line.format(name)) == [number("oper", told)]


class TestGateways:
    """
    WEBIRC.
    """

    def test_aGatewayTellsWhereSomebodyReallyIs(self, doors: IrcDoors) -> None:
        alex = doors.connect()
        alex.send(f"WEBIRC letmein web host.example {FAR}", "NICK alex", "USER alex 0 * :Alex")
        assert alex.protocol.session.address == FAR
        # The way to the gateway is not known to be encrypted.
        assert not alex.protocol.secure

    def test_itMaySayThatItsWayIsEncryptedAndWhichCertificateWasShown(
        self, doors: IrcDoors
    ) -> None:
        alex = doors.connect(tls=True)
        alex.send(f"WEBIRC letmein web {FAR} {FAR} :secure=x certfp-sha-256=ABCD local-port=1")
        assert alex.protocol.secure
        assert alex.protocol.encrypted
        assert alex.protocol.fingerprint == "abcd"

    @pytest.mark.parametrize("tls", [False, True])
    def test_thatIsWorthNothingWhereTheGatewayItselfComesPlainFromAfar(self, tls: bool) -> None:
        terms = replace(TERMS, gateways=(Gateway("letmein", frozenset({FAR})),))
        alex = IrcDoors(terms=terms).connect(host=FAR, tls=tls)
        alex.send("WEBIRC letmein web 192.0.2.9 192.0.2.9 :secure certfp-sha-256=ABCD")
        assert alex.protocol.address == "192.0.2.9"
        assert (alex.protocol.secure, alex.protocol.fingerprint) == (tls, "abcd" * tls)

    def test_whoComesByAGatewayThatIsTrustedIsCountedAsOneFromAfar(self, doors: IrcDoors) -> None:
        hub = doors.net.hubs[0]
        hub.rates = Rates(RateLimits(), hub.clock.seconds, lambda address: address == NEAR)
        alex = doors.connect()
        alex.send(f"WEBIRC letmein web {FAR} {FAR}", "NICK alex", "USER alex 0 * :Alex")
        lines = alex.send(*["PING x"] * 60, seconds=0)
        assert len([line for line in lines if " PONG " in line]) < 30

    def test_whoComesByAGatewayIsCountedUnderOneWire(self, doors: IrcDoors) -> None:
        counts = doors.factories[0].counts.connections
        alex = doors.connect(tls=True)
        alex.send(f"WEBIRC letmein web {FAR} {FAR}")
        assert not alex.protocol.encrypted
        assert +counts == {"irc-tls": 1}
        alex.lose()
        assert set(counts.values()) == {0}

    @pytest.mark.parametrize(
        ("host", "lines"),
        [
            (NEAR, [f"WEBIRC wrong web {FAR} {FAR}"]),
            (FAR, [f"WEBIRC letmein web {FAR} {FAR}"]),
            (NEAR, ["NICK alex", f"WEBIRC letmein web {FAR} {FAR}"]),
            (NEAR, ["CAP LS 302", f"WEBIRC letmein web {FAR} {FAR}"]),
            (NEAR, ["WEBIRC letmein web host.example host.example"]),
        ],
    )
    def test_webircIsRefusedToAllButGatewaysAsTheirFirstCommand(
        self, doors: IrcDoors, host: str, lines: list[str]
    ) -> None:
        client = doors.connect(host=host)
        client.send(*lines)
        assert client.ended
        assert client.protocol.address == host

    @pytest.mark.parametrize(
        "spelled", [FAR, f"::ffff:{FAR}", f"0::ffff:{FAR}", "::FFFF:c000:207%eth0"]
    )
    def test_whoIsBannedDoesNotComeByAGatewayHoweverTheAddressIsSpelled(
        self, doors: IrcDoors, oper: Irc, spelled: str
    ) -> None:
        oper.send(f"DLINE {FAR}")
        client = doors.connect()
        # What begins with a colon would be the last parameter.
        said = client.send(f"WEBIRC letmein web {FAR} :{spelled}")
        assert "You are banned" in said[-1]
        assert client.ended


class TestRelaying:
    """
    RELAYMSG.
    """

    def test_itIsShownUnderTheNameOfWhoeverSaidIt(self, doors: IrcDoors) -> None:
        bridge, bea = doors.enter("bridge", "echo-message"), doors.enter("bea", "draft/relaymsg")
        bridge.send("JOIN #a")
        bea.send("JOIN #a")
        bridge.got()
        shown = ":carl/net!~bridge@chat.example PRIVMSG #a :hi there"
        assert bridge.send("RELAYMSG #a carl/net :hi there") == [shown]
        assert bea.got() == ["@draft/relaymsg=bridge " + shown]

    def test_itIsReadAsAMessageIsThatIsSaidHere(self, doors: IrcDoors) -> None:
        bridge = doors.enter("bridge", "message-tags")
        bea = doors.enter("bea", "message-tags", "draft/relaymsg", "echo-message")
        bridge.send("JOIN #a")
        bea.send("JOIN #a")
        id = bea.send("PRIVMSG #a :one")[-1].split("msgid=")[1].split(" ")[0]
        bridge.send(
            "RELAYMSG #a carl/net :\x01ACTION waves\x01",
            "RELAYMSG #a carl/net :\x02bold\x02 and plain",
            f"@+draft/reply={id};+x=y RELAYMSG #a carl/net :so it is",
        )
        waves, bold, answer = bea.got()
        source = ":carl/net!~bridge@chat.example PRIVMSG #a :"
        assert waves.endswith(f";draft/relaymsg=bridge {source}\x01ACTION waves\x01")
        assert bold.endswith(f" {source}\x02bold\x0f and plain")
        tags = f";draft/relaymsg=bridge;+x=y;+reply={id};+draft/reply={id} "
        assert answer.endswith(f"{tags}{source}so it is")
        room = bea.protocol.session.roomNamed("a")
        events = doors.net.now(bea.protocol.session.part(room.id, 9, messages=True))
        assert [(each.text, each.action, each.replyTo) for each in events] == [
            ("one", False, 0),
            ("waves", True, 0),
            ("bold and plain", False, 0),
            ("so it is", False, events[0].seq),
        ]

    def test_whereNoNameIsARelayedOneThereIsNoSuchCommand(self) -> None:
        alex = IrcDoors(terms=replace(TERMS, relaySeparators="")).enter("alex")
        alex.send("JOIN #a")
        assert alex.send("RELAYMSG #a carl/net hi") == [
            number("alex", "421 RELAYMSG :Unknown command")
        ]

    def test_aRelayedMessageHasItsLabel(self, doors: IrcDoors) -> None:
        bridge = doors.enter("bridge", "echo-message", "labeled-response", "batch")
        bridge.send("JOIN #a")
        (line,) = bridge.send("@label=x RELAYMSG #a carl/net hi")
        assert line == "@label=x :carl/net!~bridge@chat.example PRIVMSG #a :hi"

    def test_othersMayNotAndOthersNamesCanNot(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a")
        bea.send("JOIN #a")
        alex.got()
        assert bea.send("RELAYMSG #a carl/net hi")[0].startswith(
            ":chat.example FAIL RELAYMSG PRIVS_NEEDED :"
        )
        for name in ("carl", "ca!rl/net"):
            assert alex.send(f"RELAYMSG #a {name} hi")[0].startswith(
                ":chat.example FAIL RELAYMSG INVALID_NICK :"
            )
        assert bea.got() == []

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("bea carl/net hi", "403 bea :No such channel"),
            ("#1st carl/net hi", "476 #1st :No channel can be called that"),
            ("#a carl/net :", "412 :No text to send"),
            ("#a carl/net :\x02 ", "412 :No text to send"),
            ("#a carl/net :\x01VERSION\x01", "412 :No text to send"),
        ],
    )
    def test_withoutAChannelOrATextItIsRefusedAsPrivmsgIs(
        self, doors: IrcDoors, line: str, told: str
    ) -> None:
        alex = doors.enter("alex")
        alex.send("JOIN #a")
        assert alex.send(f"RELAYMSG {line}") == [number("alex", told)]
