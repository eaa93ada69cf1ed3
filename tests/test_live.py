"""
Reading the settings again: what a node does with it, from the file to the parts.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogLevel, capturedLogs

from tests.conftest import Wrongs
from twisted_chat import live, tap
from twisted_chat.config import load, rules, tomlName
from twisted_chat.doors import door as doorModule
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.selfsigned import selfSigned
from twisted_chat.frontends.irc.facts import Door
from twisted_chat.reload import Reloaded
from twisted_chat.server import ChatServer
from twisted_chat.settings.kinds import SettingsError

PLAIN = Door(encrypted=False, secure=True, certified=False)


class Node:
    """
    A node whose settings somebody edits.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "chat.toml"
        self.edit("")
        self.reactor = MemoryReactorClock()
        read = partial(load, self.file, {"network.data_dir": str(folder / "data")})
        self.server = tap.build(self.reactor, read(), read)

    def edit(self, text: str) -> None:
        """
        Write the settings anew.
        """
        self.file.write_text(text, "utf-8")

    def set(self, path: str, value: str) -> Reloaded:
        """
        Give one setting, and read them again.
        """
        table, _, name = path.partition(".")
        self.edit(f"[{table}]\n{name} = {value}\n")
        return self.server.reload()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """
    One with the default settings.
    """
    return Node(tmp_path)


def factoryOf(server: ChatServer) -> Any:
    """
    @return: what makes the connections.
    """
    return server._openings[0].factory


def ircOf(server: ChatServer) -> Any:
    """
    @return: what makes the connections of IRC.
    """
    (found,) = {each.factory for each in server._openings if each.factory.wire == "irc"}
    return found


def certificatesOf(server: ChatServer) -> Certificates:
    """
    @return: the certificate that all doors with TLS share.
    """
    found = {opening.certificates for opening in server._openings} - {None}
    (certificates,) = found
    assert certificates is not None
    return certificates


WHERE: list[tuple[str, str, Any, Callable[[ChatServer], Any]]] = [
    ("network.name", "'other'", "other", lambda s: factoryOf(s).name),
    ("network.welcome", "'hello'", "hello", lambda s: factoryOf(s).welcome),
    ("trusted.addresses", "'unix'", False, lambda s: s.hub.terms.isTrusted("127.0.0.1")),
    ("trusted.addresses", "'192.0.2.0/24'", "", lambda s: s.hub.cloak("192.0.2.7")),
    ("limits.message", "10", 10, lambda s: s.hub.limits.message),
    ("limits.rooms", "10", 10, lambda s: s.hub.limits.rooms),
    ("limits.list_entries", "10", 10, lambda s: s.hub.limits.list),
    ("limits.history_page", "10", 10, lambda s: s.hub.limits.page),
    ("rooms.catch_up", "10", 10, lambda s: s.hub.limits.catchUp),
    ("rooms.end_after", "'10 s'", 10.0, lambda s: s._housekeeping.endAfter),
    ("limits.shortest_password", "10", 10, lambda s: s.hub.limits.password),
    ("irc.admin", "'mail us'", "mail us", lambda s: ircOf(s).terms.admin),
    ("irc.icon", "'http://x/i'", "http://x/i", lambda s: ircOf(s).factsAt(PLAIN).icon),
    ("limits.line", "600", 600, lambda s: factoryOf(s).limits.line),
    ("limits.login", "'10 s'", 10.0, lambda s: factoryOf(s).limits.login),
    ("limits.connections", "10", 10, lambda s: factoryOf(s).limits.connections),
    ("limits.send_queue", "5000", 5000, lambda s: factoryOf(s).limits.sendQueue),
    ("limits.outstanding", "10", 10, lambda s: factoryOf(s).limits.turns.turns),
    ("limits.outstanding_bytes", "5000", 5000, lambda s: factoryOf(s).limits.turns.size),
    ("rates.connections_per_account", "2", 2, lambda s: s.hub.rates.limits.uncounted),
    ("log.commit_spacing", "'10 ms'", 0.01, lambda s: s.hub.commits._spacing),
    ("log.queue_events", "10", 10, lambda s: s.hub.commits._mostEvents),
    ("log.queue_bytes", "100000", 100000, lambda s: s.hub.commits._mostBytes),
]


@pytest.mark.parametrize(("path", "text", "value", "find"), WHERE)
def test_whatCanChangeHoldsAtOnce(
    node: Node, path: str, text: str, value: object, find: Callable[[ChatServer], object]
) -> None:
    assert find(node.server) != value
    assert node.set(path, text) == Reloaded((path,), ())
    assert find(node.server) == value


def test_whatIrcOffersIsToldAgainWhenItHasChanged(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    irc = ircOf(node.server)
    monkeypatch.setattr(irc, "announce", lambda: told.append(node.server.hub.terms.register))
    node.set("entry.register", '"off"')
    assert told == ["off"]
    node.set("limits.message", "10")
    assert told[1:] == ["open"]


def test_aPolicyOfTransportThatWouldShutPeopleOutIsRefused(node: Node) -> None:
    with pytest.raises(SettingsError, match=r"irc\.sts: needs a certificate"):
        node.set("irc.sts", '"30 days"')
    assert ircOf(node.server).terms.sts.duration == 0


def test_eachSettingThatIsSaidToHoldAtOnceIsOne(node: Node) -> None:
    """
    And so is each that is tried here.
    """
    paths = {path for row in node.server._reload._live for path in row.paths}
    assert paths <= set(rules())
    assert paths >= {path for path, _, _, _ in WHERE}


class Watched:
    """
    Settings of which it is known who reads them.
    """

    def __init__(self, settings: Any, read: set[str], table: str = "") -> None:
        self._settings = settings
        self._read = read
        self._table = table

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._settings, name)
        if not self._table:
            return Watched(value, self._read, name)
        self._read.add(f"{self._table}.{tomlName(name)}")
        return value


@pytest.mark.parametrize(
    ("make", "paths"),
    [
        (live.hubLimits, live.HUB_LIMITS),
        (live.clientLimits, live.CLIENT_LIMITS),
        (live.rateLimits, live.RATES),
    ],
)
def test_justWhatIsReadAgainIsListed(make: Callable[[Any], object], paths: tuple[str, ...]) -> None:
    read: set[str] = set()
    make(Watched(load(), read))
    assert read == set(paths)


@pytest.mark.parametrize(
    ("path", "text"),
    [("listen.port", "5005"), ("listen.dead_after", "'20 s'"), ("rooms.default", "'foyer'")],
)
def test_theRestIsNamedAndLogged(node: Node, path: str, text: str) -> None:
    with capturedLogs() as logs:
        assert node.set(path, text) == Reloaded((), (path,))
    assert f"After a restart: {path}." in [log.get("line") for log in logs]


def test_aBrokenFileChangesNothingAndSaysWhy(node: Node) -> None:
    node.edit("[limits]\nmessage = 10\nline = 'long'\n")
    with pytest.raises(SettingsError, match=r"^limits\.line: must be a whole number"):
        node.server.reload()
    assert node.server.hub.limits.message == 2000


def test_sighupLogsWhatIsWrongInOneLine(node: Node, wrongs: Wrongs) -> None:
    node.edit("[limits]\nline = 'long'\n")
    with capturedLogs() as logs:
        node.server._reloadOrTell()
    (told,) = logs
    assert told["log_level"] is LogLevel.warn
    assert str(told["error"]).startswith("limits.line: ")


def test_theCertificateIsReadAgainThoughItsFilesAreWhereTheyWere(node: Node) -> None:
    certificates = certificatesOf(node.server)
    before = certificates.fingerprint
    for name in ("tls-cert.pem", "tls-key.pem"):
        (node.file.parent / "data" / name).unlink()
    selfSigned(node.file.parent / "data", "other", node.reactor)
    assert node.server.reload() == Reloaded((), ())
    assert certificates.fingerprint != before


def test_anotherCertificateIsUsedFromThenOn(node: Node, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    cert, key = selfSigned(tmp_path / "new", "new", node.reactor)
    certificates = certificatesOf(node.server)
    before = certificates.fingerprint
    node.edit(f"[tls]\ncert = '{cert}'\nkey = '{key}'\n")
    assert node.server.reload() == Reloaded(("tls.cert", "tls.key"), ())
    assert certificates.fingerprint != before
    held = certificates.fingerprint
    with capturedLogs() as logs:
        certificates.refresh()
    assert certificates.fingerprint == held
    assert logs == [], "it is not read once more"


def test_aBrokenCertificateChangesNothingElseEither(node: Node) -> None:
    node.edit("[limits]\nmessage = 10\n")
    cert = node.file.parent / "data" / "tls-cert.pem"
    whole = cert.read_text()
    cert.write_text("This is none.\n")
    with pytest.raises(SettingsError, match=r"^tls\.cert: .*holds no certificate"):
        node.server.reload()
    assert node.server.hub.limits.message == 2000
    cert.write_text(whole)
    assert node.server.reload() == Reloaded(("limits.message",), ())


def test_theHintToComeInThroughTlsKnowsTheNewName(node: Node) -> None:
    """
    It is given anew; here no door is open, so it says that there is none.
    """
    factoryOf(node.server).hint = "old"
    node.set("network.name", "'other'")
    assert factoryOf(node.server).hint != "old"


def test_whoShouldComeInThroughTlsIsToldOfADoorOfTheirOwnWire(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    To an IRC client the command of the line protocol says nothing.
    """
    monkeypatch.setattr(
        doorModule.Door, "commands", lambda door, lan: [door.wire.name + " localhost"]
    )
    node.set("network.name", "'chat.example'")
    assert factoryOf(node.server).hint == "Come in through TLS: line over TLS chat.example"
    assert ircOf(node.server).hint == "Come in through TLS: IRC over TLS chat.example"


@pytest.mark.parametrize(
    ("hard", "most"),
    [(20_000, 10_000), (10_256, 10_000), (1_024, 768), (100, 50), (resource.RLIM_INFINITY, 10_000)],
)
def test_noMoreComeInThanLeaveSomeFilesForTheRest(
    monkeypatch: pytest.MonkeyPatch, hard: int, most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (10, hard))
    assert live.clientLimits(load()).connections == most


def test_moreConnectionsNeedMoreFiles(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[int] = []
    monkeypatch.setattr(node.server, "_raiseFileLimit", lambda: raised.append(1))
    node.set("limits.message", "10")
    assert raised == []
    node.set("limits.connections", "20000")
    assert raised == [1]


def test_metricsAreOffAndANumberIsForThisMachineAlone(tmp_path: Path) -> None:
    def doors(**given: object) -> list[str]:
        overrides = {"network.data_dir": str(tmp_path), **given}
        server = tap.build(MemoryReactorClock(), load(None, overrides))
        return [door.text for door in server._supervision.doors]

    assert doors() == []
    assert doors(**{"listen.metrics_port": "9100"}) == ["tcp:9100:interface=127.0.0.1"]
    assert doors(**{"listen.metrics_port": "tcp:9100"}) == ["tcp:9100"]


def test_ircClientsAreToldOfTheServerAsItIsNow(node: Node) -> None:
    irc = ircOf(node.server)
    before = irc.factsAt(PLAIN)
    assert irc.factsAt(PLAIN) is before
    node.set("limits.message", "1000")
    after = irc.factsAt(PLAIN)
    assert (before.limits.message, after.limits.message) == (2000, 1000)
    assert irc.factsAt(Door(True, True, True)).saslMechanisms[-1] == "EXTERNAL"
