"""
L{twisted_chat.frontends.irc.isupport}: what the server tells of itself.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.frontends.irc.clients import HOST, IrcDoors
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.names import MAX_NAME, MAX_ROOM, roomName
from twisted_chat.frontends.irc.facts import ServerFacts
from twisted_chat.frontends.irc.isupport import MOST_TOKENS, SENTENCE, changes, lines, tokens
from twisted_chat.frontends.irc.message import spell
from twisted_chat.frontends.irc.terms import IrcTerms
from twisted_chat.frontends.outbox import Outbox
from twisted_chat.frontends.turns import PORTION

FACTS = ServerFacts(server="irc.example.org", network="Example")


def values(facts: ServerFacts = FACTS) -> dict[str, str]:
    return {name: value for name, _, value in (token.partition("=") for token in tokens(facts))}


def test_theTokensAreThoseOfTheSpecifications() -> None:
    found = values()
    assert (found["CASEMAPPING"], found["UTF8MAPPING"]) == ("ascii", "rfc8265")
    assert found["CHANTYPES"] == "#"
    assert found["CHANMODES"] == "beI,k,fl,CMRUimnstu"
    assert found["PREFIX"] == "(qaohv)~&@%+"
    assert found["STATUSMSG"] == "~&@%+"
    assert found["ELIST"] == "CMNTU"
    assert (found["EXCEPTS"], found["INVEX"]) == ("e", "I")
    assert (found["EXTBAN"], found["ACCOUNTEXTBAN"]) == (",am", "a,account")
    assert found["FORWARD"] == "f"
    assert found["MSGREFTYPES"] == "msgid,timestamp"
    assert (found["UTF8ONLY"], found["WHOX"], found["SAFELIST"]) == ("", "", "")
    assert (found["SAFERATE"], found["soju.im/SAFERATE"]) == ("", "")
    assert (found["BOT"], found["LINELEN"]) == ("B", "512")
    for part in found["TARGMAX"].split(","):
        assert re.fullmatch("[A-Z]+:[0-9]*", part)
    assert list(found) == sorted(found)


def test_theLengthsAreThoseThatHold() -> None:
    found = values(replace(FACTS, limits=Limits(topic=111, note=22, rooms=3, list=44, page=55)))
    assert (found["NICKLEN"], found["CHANNELLEN"]) == ("32", "51")
    assert (MAX_NAME, MAX_ROOM) == (32, 50)
    assert len("#" + roomName("#" + "x" * 50)) == int(found["CHANNELLEN"])
    assert (found["TOPICLEN"], found["KICKLEN"], found["AWAYLEN"]) == ("111", "22", "22")
    assert (found["CHANLIMIT"], found["MAXLIST"]) == ("#:3", "b:44,e:44,I:44")
    assert found["CHATHISTORY"] == "55"
    assert (values()["TOPICLEN"], values()["KICKLEN"]) == ("390", "300")


def test_valuesAreEscaped() -> None:
    found = values(replace(FACTS, network="My Net = \\o/"))
    assert found["NETWORK"] == "My\\x20Net\\x20\\x3D\\x20\\x5Co/"


def test_someTokensStandThereOnlyIfTheyHold() -> None:
    some = {"draft/ACCOUNTREQUIRED", "draft/ICON"}
    assert not some & set(values())
    found = values(replace(FACTS, accountRequired=True, icon="https://example.org/i?a=b"))
    assert found["draft/ACCOUNTREQUIRED"] == ""
    assert found["draft/ICON"] == "https://example.org/i?a\\x3Db"


def test_aLineHasThirteenTokensAtMostAndFits() -> None:
    server = "s" * 63
    every = tokens(FACTS)
    found = lines(every, server)
    assert [token for line in found for token in line] == every
    for line in found:
        assert 0 < len(line) <= MOST_TOKENS
        spelled = spell("005", ("n" * 64, *line, SENTENCE), server)
        assert spelled.endswith(SENTENCE.encode() + b"\r\n")
    assert lines(["A"] * 14, server) == [("A",) * 13, ("A",)]
    assert lines([], server) == []
    long = ["A" * 150, "B" * 150, "C" * 150]
    assert lines(long, server) == [tuple(long[:2]), ("C" * 150,)]


def test_changesAreNewValuesAndWhatIsGone() -> None:
    assert changes(["A", "B=1", "C"], ["A", "B=2", "D"]) == ["B=2", "D", "-C"]
    assert changes(tokens(FACTS), tokens(FACTS)) == []


def test_whatHasChangedIsToldThoseWhoAreInAtOnce() -> None:
    doors = IrcDoors(terms=IrcTerms(icon="https://example.org/old.png"))
    ann, bea = doors.enter("ann"), doors.enter("bea", "batch", "draft/extended-isupport")
    factory, hub = doors.factories[0], doors.net.hubs[0]
    factory.announce()
    assert ann.got() == bea.got() == []
    factory.terms = IrcTerms()
    hub.limits = replace(hub.limits, rooms=7)
    factory.announce()
    tokens = "CHANLIMIT=#:7 -draft/ICON :are supported by this server"
    assert ann.got() == [f":{HOST} 005 ann {tokens}"]
    begin, line, end = bea.got()
    assert line == f"@batch={begin.split('+')[1].split(' ')[0]} :{HOST} 005 bea {tokens}"
    assert begin.endswith(" draft/isupport")
    assert end.endswith("BATCH -" + begin.split("+")[1].split(" ")[0])
    factory.announce()
    assert ann.got() == []


def test_thousandsAreToldWhatHasChangedInPartsWithOthersTurnsInBetween(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doors = IrcDoors()
    clients = [doors.enter(f"guest{number}") for number in range(9)]
    factory, hub, clock = doors.factories[0], doors.net.hubs[0], doors.net.clock
    write = Outbox.write

    def slowly(outbox: Outbox, data: bytes) -> None:
        clock.rightNow += 0.6 * PORTION
        write(outbox, data)

    monkeypatch.setattr(Outbox, "write", slowly)
    told: list[str] = []
    for rooms, atOnce in ((7, 2), (8, 4)):
        hub.limits = replace(hub.limits, rooms=rooms)
        factory.announce()
        told += [line for client in clients for line in client.got()]
        assert len(told) == atOnce
    doors.net.settle()
    told += [line for client in clients for line in client.got()]
    # Whom the former change has not reached yet is told of both.
    for client in clients:
        mine = [line for line in told if f" {client.protocol.nick} " in line]
        assert mine[-1].endswith(" CHANLIMIT=#:8 :are supported by this server")
