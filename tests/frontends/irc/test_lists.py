"""
LIST: bytes in, bytes out.
"""

from __future__ import annotations

import pytest

from tests.doubles import TICK
from tests.frontends.irc.clients import HOST, Irc, IrcDoors, number
from twisted_chat.domain.records import RoomListing
from twisted_chat.frontends.irc.commands.lists import AT_ONCE, COMPARISONS, Wanted

NOW = 1_795_269_720.0
MINUTES = 60.0


def listed(client: Irc, text: str = "") -> list[str]:
    """
    The channels that LIST shows.
    """
    first, *rest, last = client.send(f"LIST {text}")
    assert first.endswith("321 bea Channel :Users  Name")
    assert last.endswith("323 bea :End of /LIST")
    return [line.partition(" 322 bea ")[2] for line in rest]


def test_whatIsSeenIsWhereSomebodyIsAndWhatIsNotHidden() -> None:
    doors = IrcDoors()
    alex, bea = doors.enter("alex"), doors.enter("bea")
    assert listed(bea) == []
    alex.send("JOIN #a,#b,#secret", "TOPIC #a :soup at noon", "MODE #secret +s")
    bea.send("JOIN #b")
    assert listed(bea) == ["#a 1 :soup at noon", "#b 2 :"]
    assert listed(bea, "#B,#none") == ["#b 2 :"]
    assert listed(bea, "#secret") == []
    bea.send("JOIN #secret")
    assert listed(bea, "*secret*") == ["#secret 2 :"]


def test_anAccountThatIsOfflineIsNotCounted() -> None:
    doors = IrcDoors()
    session = doors.net.registered("alex")
    doors.net.join("a", session)
    session.logout()
    doors.net.settle()
    assert listed(doors.enter("bea")) == ["#a 0 :"]


def test_howeverManyThereAreNobodyIsDisconnected() -> None:
    doors = IrcDoors()
    bea = doors.enter("bea")
    for name in range(90):
        bea.send(f"JOIN #somewhere-{name}")
    carl = doors.enter("carl")
    for name in range(90):
        carl.send(f"JOIN #elsewhere-{name}")
    got = bea.send("LIST", seconds=0)
    bea.protocol.outbox.pauseProducing()
    doors.net.settle(0.5)
    assert len(got + bea.got()) == 1 + 100
    bea.protocol.outbox.resumeProducing()
    doors.net.settle(0.2)
    assert bea.got()[-1] == number("bea", "323 :End of /LIST")


def crowded() -> IrcDoors:
    """
    @return: a network with 270 rooms.
    """
    doors = IrcDoors()
    for owner in range(3):
        session = doors.net.guest(f"owner{owner}")
        for count in range(90):
            doors.net.join(f"room{owner}-{count}", session)
    return doors


def test_aLabelledListIsWrittenAsItIsMadeAndOthersAreHeardInBetween() -> None:
    doors = crowded()
    bea = doors.enter("bea", "batch", "labeled-response")
    first = bea.send("@label=x LIST", seconds=0)
    assert first[0] == f"@label=x :{HOST} BATCH +1 labeled-response"
    assert len(first) == 1 + 1 + AT_ONCE
    doors.net.now(doors.net.guest("carl").tell("bea", "hello"))
    rest = bea.got()
    doors.net.settle(0.2)
    rest += bea.got()
    heard = [line for line in rest if "PRIVMSG bea :hello" in line]
    assert len(heard) == 1
    assert not heard[0].startswith("@batch")
    rest.remove(heard[0])
    assert rest.pop() == f":{HOST} BATCH -1"
    answer = first[1:] + rest
    assert len(answer) == 1 + 270 + 1
    assert all(line.startswith(f"@batch=1 :{HOST} 32") for line in answer)
    assert bea.send("@label=y PING z") == [f"@label=y :{HOST} PONG {HOST} z"]


def test_whoDoesNotReadALabelledListIsNotGivenItWhole() -> None:
    doors = crowded()
    bea = doors.enter("bea", "batch", "labeled-response")
    got = bea.send("@label=x LIST", seconds=0)
    bea.protocol.outbox.pauseProducing()
    doors.net.settle(0.5)
    assert len(got + bea.got()) == 1 + 1 + AT_ONCE
    bea.protocol.outbox.resumeProducing()
    doors.net.settle(0.5)
    assert bea.got()[-1] == f":{HOST} BATCH -1"


def test_whatFitsNothingIsLookedForInPortionsToo(monkeypatch: pytest.MonkeyPatch) -> None:
    doors = IrcDoors()
    for count in range(30):
        doors.net.join(f"room{count}", doors.net.registered(f"owner{count}"))
    bea = doors.enter("bea")
    asked: list[str] = []

    def matches(mask: str, name: str) -> bool:
        asked.append(name)
        return False

    monkeypatch.setattr("twisted_chat.frontends.irc.commands.lists.matches", matches)
    masks = [f"m{count}*" for count in range(80)]
    bea.send(f"LIST {','.join(masks)}", seconds=0)
    portions = [len(asked)]
    while not any(" 323 " in line for line in bea.got()):
        asked.clear()
        doors.net.clock.advance(TICK)
        portions.append(len(asked))
    assert sum(portions) == 30 * len(masks)
    assert max(portions) <= AT_ONCE * COMPARISONS


def test_conditionsMayStandBehindTheChannels() -> None:
    doors = IrcDoors()
    alex, bea = doors.enter("alex"), doors.enter("bea")
    alex.send("JOIN #a,#b,#c")
    bea.send("JOIN #a,#b")
    assert listed(bea, "#a,#c >1") == ["#a 2 :"]
    assert listed(bea, "#a,#c <2") == ["#c 1 :"]


def room(name: str = "dev", present: int = 3, made: float = 10, topic: float = 0) -> RoomListing:
    """
    @param made: minutes ago.
    @param topic: minutes since it was set; 0 for none.
    """
    since = NOW - topic * MINUTES if topic else 0.0
    text = "soup" if topic else ""
    return RoomListing(name, name, text, 0, False, False, NOW - made * MINUTES, since, present)


@pytest.mark.parametrize(
    ("text", "there", "gone"),
    [
        (">2", room(present=3), room(present=2)),
        ("<3", room(present=2), room(present=3)),
        ("C<10", room(made=9), room(made=11)),
        ("c>10", room(made=11), room(made=9)),
        ("T>5", room(topic=6), room(topic=4)),
        ("T<5", room(topic=4), room()),
        ("*ev", room("dev"), room("deva")),
        ("!*ev", room("deva"), room("dev")),
        ("#DEV,#other", room("dev"), room("lobby")),
        (">2,<5,#d*", room("dev", present=4), room("dev", present=5)),
        (">2,#d*", room("dev", present=4), room("lobby", present=4)),
        ("!#a*,!#b*", room("c"), room("b")),
    ],
)
def test_filtersAreThoseOfElist(text: str, there: RoomListing, gone: RoomListing) -> None:
    wanted = Wanted(text, NOW)
    assert wanted.includes(there)
    assert not wanted.includes(gone)


def test_whoDoesNotReadALongListOfBansIsNotGivenItWhole() -> None:
    doors = IrcDoors()
    alex = doors.enter("alex")
    alex.send("JOIN #a")
    room = alex.protocol.session.roomNamed("a")
    for count in range(AT_ONCE):
        doors.net.now(alex.protocol.session.ban(room, f"bad{count}"))
        doors.net.now(alex.protocol.session.mute(room, f"loud{count}"))
    alex.got()
    got = alex.send("MODE #a b", seconds=0)
    assert len(got) == AT_ONCE
    alex.protocol.outbox.pauseProducing()
    doors.net.settle(0.5)
    assert alex.got() == []
    alex.protocol.outbox.resumeProducing()
    doors.net.settle(0.5)
    rest = alex.got()
    assert len(rest) == AT_ONCE + 1
    assert rest[-1] == number("alex", "368 #a :End of channel ban list")
