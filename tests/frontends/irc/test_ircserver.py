"""
The server on IRC: LUSERS, MOTD, VERSION, ISUPPORT, STATS and the like, and HELP.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.frontends.irc.clients import IrcDoors, number
from twisted_chat.frontends.irc.commands.table import TABLE
from twisted_chat.frontends.irc.modeletters import LIST_MODES, ROLE_MODES, SETTING_MODES
from twisted_chat.frontends.irc.terms import IrcTerms
from twisted_chat.frontends.irc.welcome import USER_MODES


@pytest.fixture
def doors() -> IrcDoors:
    return IrcDoors(terms=IrcTerms(admin="mail alex@example.org"))


def test_lusersCountsWhoIsThere(doors: IrcDoors) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea")
    doors.connect()
    alex.send("MODE alex +i", "JOIN #a")
    bea.protocol.session.operate()
    doors.enter("carl").lose()
    assert alex.send("LUSERS") == [
        number("alex", "251 :There are 1 users and 1 invisible on 1 servers"),
        number("alex", "252 1 :operator(s) online"),
        number("alex", "253 1 :unknown connection(s)"),
        number("alex", "254 1 :channels formed"),
        number("alex", "255 :I have 2 clients and 0 servers"),
        number("alex", "265 2 3 :Current local users 2, max 3"),
        number("alex", "266 2 3 :Current global users 2, max 3"),
    ]


def test_noNickIsTakenForAPlaceWhereANumberGoes(doors: IrcDoors) -> None:
    client = doors.enter("a%d%%")
    assert client.send("LUSERS")[0] == number(
        "a%d%%", "251 :There are 1 users and 0 invisible on 1 servers"
    )


def test_theMotdIsTheWelcomeAndTheRules(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    assert alex.send("MOTD") == [number("alex", "422 :MOTD File is missing")]
    factory = doors.factories[0]
    factory.welcome = "Hello.\n" + "x" * 600
    factory.hub.terms = replace(factory.hub.terms, rules="Be kind.")
    lines = alex.send("MOTD")
    assert lines[0] == number("alex", "375 :- chat.example Message of the day - ")
    assert lines[1] == number("alex", "372 :- Hello.")
    assert lines[-2:] == [
        number("alex", "372 :- Be kind."),
        number("alex", "376 :End of /MOTD command."),
    ]
    assert "".join(line.partition(":- ")[2] for line in lines[2:4]) == "x" * 600
    assert all(len(line) <= 510 for line in lines)


def test_theWelcomeTellsHowManyAreThereAndTheMotd(doors: IrcDoors) -> None:
    client = doors.connect()
    lines = client.send("NICK alex", "USER alex 0 * :Alex")
    numerics = list(dict.fromkeys(line.split(" ")[1] for line in lines))
    assert numerics == [
        "001", "002", "003", "004", "005",
        "251", "252", "253", "254", "255", "265", "266", "422",
    ]  # fmt: skip


def test_otherServersAreNotKnown(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    for command in ("MOTD", "VERSION", "ADMIN", "INFO", "TIME"):
        assert alex.send(f"{command} x.example") == [
            number("alex", "402 x.example :No such server")
        ]
        assert " 402 " not in alex.send(f"{command} chat.*")[0]
        assert " 402 " not in alex.send(f"{command} alex")[0]


def test_whoRunsItIsToldWhereThatIsKnown(doors: IrcDoors) -> None:
    assert [line.split(" ")[1] for line in doors.enter("alex").send("ADMIN")] == [
        "256", "257", "258", "259",
    ]  # fmt: skip
    assert doors.enter("bea").send("ADMIN")[-1] == number("bea", "259 :mail alex@example.org")
    doors.factories[0].terms = IrcTerms()
    assert doors.enter("carl").send("ADMIN")[0].split(" ")[1] == "423"


def test_theNetworkIsOneServer(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    assert alex.send("LINKS") == [
        number("alex", "364 chat.example chat.example :0 chat.example"),
        number("alex", "365 * :End of /LINKS list"),
    ]
    assert alex.send("MAP") == [
        number("alex", "015 :chat.example [1 users]"),
        number("alex", "017 :End of /MAP"),
    ]
    assert alex.send("USERS") == [number("alex", "446 :USERS has been disabled")]


def test_figuresAreForEverybodyBansForOperators(doors: IrcDoors) -> None:
    doors.net.clock.advance(90_061)
    alex = doors.enter("alex")
    assert alex.send("STATS u") == [
        number("alex", "242 :Server Up 1 days 1:01:01"),
        number("alex", "219 u :End of /STATS report"),
    ]
    assert alex.send("STATS k")[0].split(" ")[1] == "481"
    alex.protocol.session.operate()
    alex.send("KLINE 60 dora@* :spam")
    assert alex.send("STATS k")[0] == number("alex", "225 D dora@* spam")


def test_whomTheSettingsNameAsOperatorsOnlyOperatorsSee() -> None:
    alex = IrcDoors(terms=IrcTerms(operators={"root": "$argon2id$..."})).enter("alex")
    assert [line.split(" ")[1] for line in alex.send("STATS o")] == ["481"]
    alex.protocol.session.operate()
    assert alex.send("STATS o")[0] == number("alex", "243 O * * root")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("SUMMON alex", "445 :SUMMON has been disabled"),
        ("SERVLIST", "235 * * :End of service listing"),
        ("SQUERY dict :hello", "408 dict :No such service; use PRIVMSG"),
    ],
)
def test_whatIsOfOtherTimesIsAnswered(doors: IrcDoors, line: str, answer: str) -> None:
    assert doors.enter("alex").send(line) == [number("alex", answer)]


def test_allAreConnectedByThisServer(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    (end,) = alex.send("TRACE")
    assert end.startswith(":chat.example 262 alex chat.example ")
    assert alex.send("TRACE chat.example") == [end]
    assert alex.send("TRACE other.example")[0].split(" ")[1] == "402"


def test_whatIsSupportedIsABatchForThoseWhoKnowThat(doors: IrcDoors) -> None:
    client = doors.connect()
    assert client.send("ISUPPORT") == [":chat.example 451 * :You have not registered"]
    client.send("CAP REQ :batch draft/extended-isupport")
    first, *tokens, last = client.send("ISUPPORT")
    assert first == ":chat.example BATCH +1 draft/isupport"
    assert last == ":chat.example BATCH -1"
    assert all(line.startswith("@batch=1 :chat.example 005 * ") for line in tokens)


def test_everyCommandHasHelp(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    lines = alex.send("HELP")
    assert lines[0].split(" ")[1] == "704"
    listed = " ".join(line.partition(" index ")[2].lstrip(":") for line in lines).split(" ")
    assert set(TABLE) <= set(listed)
    for name in TABLE:
        start, *texts, end = alex.send(f"HELPOP {name.lower()}")
        assert start == number("alex", f"704 {name} {name}")
        assert texts, name
        assert all(f" 705 alex {name} " in line and len(line) <= 510 for line in texts)
        assert end == number("alex", f"706 {name} :End of /HELP.")
    assert alex.send("HELP NOTHING") == [
        number("alex", "524 NOTHING :No help available on this topic")
    ]


def test_everyModeHasHelp(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    channel = set("".join(SETTING_MODES) + "".join(LIST_MODES) + "".join(ROLE_MODES))
    for subject, letters in (("cmodes", channel), ("umodes", set(USER_MODES))):
        start, *texts, end = alex.send(f"HELP {subject}")
        assert " 704 " in start
        assert " 706 " in end
        said = [line.partition(f" 705 alex {subject.upper()} :+")[2] for line in texts]
        assert {each[0] for each in said} == letters
        assert len(said) == len(letters)
    assert any("only people in the channel may speak" in line for line in alex.send("HELP CMODES"))


def test_nobodyComesInAsAService(doors: IrcDoors) -> None:
    line = "SERVICE dict * *.example 0 0 :A dictionary"
    assert doors.connect().send(line) == [
        ":chat.example 400 * SERVICE :The services are parts of the server"
    ]
    alex = doors.enter("alex")
    assert alex.send(line) == [number("alex", "462 :You may not reregister")]


@pytest.mark.parametrize("subject", ["foo bar", ":foo", "x" * 80])
def test_helpOnWhatIsNoParameterIsNamedByAStar(doors: IrcDoors, subject: str) -> None:
    (line,) = doors.enter("alex").send(f"HELP :{subject}")
    assert line == number("alex", "524 * :No help available on this topic")
