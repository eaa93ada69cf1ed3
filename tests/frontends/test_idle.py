"""
What connections of people who do nothing don't take, on any wire: there are ten thousand of them.
"""

from __future__ import annotations

import pytest

from tests.frontends.clients import Doors
from tests.frontends.irc.clients import IrcDoors


def test_aConnectionOfTheLineProtocolKeepsNothingButItsSlots() -> None:
    ann = Doors(nodes=1).enter("ann")
    ann.type("hello", "/quiet on")
    assert vars(ann.protocol) == {}


def test_aConnectionOfIrcKeepsNothingButItsSlots() -> None:
    ann = IrcDoors().enter("ann")
    ann.send("JOIN #dev", "PRIVMSG #dev :hello", "AWAY :out")
    assert vars(ann.protocol) == {}


def test_twoClientsOfIrcShareWhatBothHaveNothingOf() -> None:
    doors = IrcDoors()
    ann, bea = doors.enter("ann").protocol, doors.enter("bea").protocol
    assert ann.caps is bea.caps is ann.modes is ann.greeted
    for name in ("registration", "negotiation", "subscriptions", "batch", "login"):
        assert getattr(ann, name) is None


def test_twoClientsOfIrcThatCanDoTheSameShareWhatTheyCanDo() -> None:
    doors = IrcDoors()
    clients = [doors.connect() for _ in range(2)]
    for name, client in zip(("ann", "bea"), clients, strict=True):
        client.send("CAP LS 302", "CAP REQ :batch labeled-response")
        client.send(f"NICK {name}", "USER u 0 * :U", "CAP END", "@label=a PING x")
    ann, bea = (client.protocol for client in clients)
    assert ann.caps == {"batch", "labeled-response"}
    assert ann.caps is bea.caps
    assert ann.negotiation is not None
    assert bea.negotiation is not None
    assert ann.negotiation._facts is bea.negotiation._facts


@pytest.mark.parametrize("kind", [Doors, IrcDoors])
def test_nothingRunsForSomebodyWhoIsIdle(kind: type[Doors] | type[IrcDoors]) -> None:
    doors = kind()
    before = len(doors.net.clock.getDelayedCalls())
    doors.enter("ann")
    doors.net.settle(1)
    assert len(doors.net.clock.getDelayedCalls()) == before
