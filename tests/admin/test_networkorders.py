"""
L{twisted_chat.admin.network}, L{twisted_chat.admin.sessions}: how the network is, and who is there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.admin.desks import Office, Refused
from tests.doubles import heard
from twisted_chat.admin.network import _within
from twisted_chat.domain.counts import Durations
from twisted_chat.domain.errors import BadInput


class Wire:
    """
    Makes connections.
    """

    def __init__(self, *protocols: object) -> None:
        self.protocols = set(protocols)

    def wireOf(self, protocol: object) -> str:
        return "line-tls"


def test_whoIsConnectedIsListedWithWhereFromAndHow(office: Office) -> None:
    alex = office.net.registered("alex", address="192.0.2.1")
    office.net.settle(1)
    bea = office.net.guest("bea", address="192.0.2.2")
    office.net.join("dev", bea)
    office.server.clients = [Wire(bea.receiver)]
    first, second = office.do("sessions list")
    assert (first["name"], first["account"], first["wire"]) == ("alex", "alex", "")
    assert (second["name"], second["account"], second["wire"]) == ("bea", "", "line-tls")
    assert second["address"] == "192.0.2.2"
    assert first["since"] == alex.since < second["since"]
    assert second["rooms"] == ["dev"]


def test_allConnectionsOfSomebodyEnd(office: Office) -> None:
    bea = office.net.guest("Bea")
    assert office.do1("sessions kick", name="bea", reason="bye")["name"] == "Bea"
    assert bea.ended
    assert "bye" in bea.receiver.disconnected  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="nobody called bea"):
        office.do("sessions kick", name="bea")


def test_theSettingsAreReadAgain(office: Office) -> None:
    office.hub.reload = lambda: ["The settings are read again.", "Changed: network.welcome."]
    assert [row["told"] for row in office.do("reload")][1] == "Changed: network.welcome."

    def wrong() -> list[str]:
        raise BadInput(why="Nothing has changed: network.welcome: must be a text")

    office.hub.reload = wrong
    with pytest.raises(Refused, match="must be a text"):
        office.do("reload")


@pytest.mark.parametrize(
    ("order", "arguments", "deed"),
    [
        ("reload", {}, "let the settings be read again"),
        ("accounts export", {"name": "alex"}, "exported what is held about alex"),
        ("rooms history", {"room": "dev"}, "exported what was said in dev"),
    ],
)
def test_operatorsAreToldOfWhatIsReadFromAShell(
    office: Office, order: str, arguments: dict[str, object], deed: str
) -> None:
    office.hub.reload = lambda: ["The settings are read again."]
    oscar = office.net.operator("oscar")
    office.net.join("dev", office.net.registered("alex"))
    office.do(order, **arguments)
    (told,) = [line for line in next(heard(oscar)) if " notified " in line]
    assert told.endswith(f" notified admin admin {deed}")


def test_theStatusCountsWhatIsThere(office: Office) -> None:
    office.net.join("dev", office.net.guest("alex"), office.net.guest("bea"))
    office.net.settle(60)
    office.hub.counts.connections["line"] = 2
    office.hub.counts.connections["irc"] = 0
    row = office.do1("status")
    assert row["running"]
    assert row["network"] == "chat.example"
    assert (row["people"], row["sessions"], row["rooms"]) == (2, 2, 1)
    assert row["connections"] == {"line": 2}
    assert row["uptime"] >= 60
    assert row["diskFree"] > 0


def test_withoutAServerTheStatusSaysSo(tmp_path: Path) -> None:
    row = Office(tmp_path, isRunning=False).do1("status")
    assert not row["running"]
    assert row["uptime"] == 0


def test_nearlyAllCommitsAreWithinABound() -> None:
    durations = Durations()
    assert _within(durations) is None
    for _ in range(99):
        durations.add(0.002)
    assert _within(durations) == 0.0025
    durations.add(0.4)
    assert _within(durations) == 0.0025
    durations.add(0.4)
    assert _within(durations) == 0.5
    for _ in range(100):
        durations.add(60.0)
    assert _within(durations) is None
