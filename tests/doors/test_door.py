"""
L{twisted_chat.doors.door}: what opens, what is said of it, and what is said of what doesn't.
"""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from twisted_chat.config import Settings
from twisted_chat.doors import door as doorModule
from twisted_chat.doors.door import (
    LINE,
    LINE_TLS,
    Door,
    Wire,
    describeDoors,
    lanAddress,
    makeDoors,
    normalizeAddress,
    parseDoor,
    wayIn,
)
from twisted_chat.doors.socketoptions import SocketOptions
from twisted_chat.settings.kinds import SettingsError

FACTORY = Factory()
IN_USE = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class FakePort:
    """
    A port that listens at an address.
    """

    def __init__(self, address: IAddress) -> None:
        self.address = address
        self.stopped = False

    def getHost(self) -> IAddress:
        return self.address

    def stopListening(self) -> None:
        self.stopped = True


class FakeEndpoint:
    """
    An endpoint that gives a port, or raises.
    """

    def __init__(self, result: FakePort | Exception) -> None:
        self.result = result
        self.factory: IProtocolFactory | None = None

    def listen(self, factory: IProtocolFactory) -> Deferred[Any]:
        if isinstance(self.result, Exception):
            raise self.result
        self.factory = factory
        return succeed(self.result)


def door(
    result: IAddress | Exception,
    wire: Wire = LINE,
    text: str = "5000",
    asked: bool = False,
) -> Door:
    """
    @return: a door that was tried to open.
    """
    fake: Any = FakeEndpoint(result if isinstance(result, Exception) else FakePort(result))
    made = Door(wire, text, fake, asked)
    opened(made)
    return made


def opened(made: Door, factory: Factory = FACTORY) -> None:
    """
    Open a door; raise what it fails with.
    """
    results: list[object] = []
    made.open(factory).addBoth(results.append)
    assert len(results) == 1
    if isinstance(results[0], Failure):
        results[0].raiseException()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (IPv4Address("TCP", "192.0.2.7", 4), "192.0.2.7"),
        (IPv6Address("TCP", "2001:db8::7", 4), "2001:db8::7"),
        (IPv6Address("TCP", "::ffff:192.0.2.7", 4), "192.0.2.7"),
        (IPv6Address("TCP", "fe80::1%eth0", 4), "fe80::1"),
        (UNIXAddress(b"/run/chat"), "unix"),
        (UNIXAddress(None), "unix"),
    ],
)
def test_anAddressHasOneName(address: IAddress, name: str) -> None:
    """
    Whatever the socket it came through.
    """
    assert normalizeAddress(address) == name


def test_anAddressOfUnknownKindIsNotTakenForAUnixSocket() -> None:
    """
    Unix sockets are trusted by default; nothing else may slip in with them.
    """
    for address in (None, HostnameAddress(b"chat.example", 4)):
        assert normalizeAddress(address) == "unknown"
        assert not Settings().trusted.isTrusted(normalizeAddress(address))


@pytest.mark.parametrize(
    ("address", "wire", "commands"),
    [
        (IPv6Address("TCP", "::", 5000), LINE, ["nc localhost 5000", "nc 192.0.2.1 5000"]),
        (IPv4Address("TCP", "0.0.0.0", 7), LINE, ["nc localhost 7", "nc 192.0.2.1 7"]),
        (IPv4Address("TCP", "127.0.0.1", 7), LINE, ["nc localhost 7"]),
        (IPv6Address("TCP", "::1", 7), LINE, ["nc localhost 7"]),
        (IPv4Address("TCP", "192.0.2.9", 7), LINE, ["nc 192.0.2.9 7"]),
        (IPv6Address("TCP", "2001:db8::9", 7), LINE, ["nc 2001:db8::9 7"]),
        (UNIXAddress(b"/run/chat"), LINE, ["nc -U /run/chat"]),
        (
            IPv6Address("TCP", "::", 5001),
            LINE_TLS,
            [
                "openssl s_client -quiet -connect localhost:5001",
                "openssl s_client -quiet -connect 192.0.2.1:5001",
            ],
        ),
        (
            IPv6Address("TCP", "2001:db8::9", 7),
            LINE_TLS,
            ["openssl s_client -quiet -connect [2001:db8::9]:7"],
        ),
        (UNIXAddress(b"/run/c"), LINE_TLS, ["openssl s_client -quiet -unix /run/c"]),
    ],
)
def test_anOpenDoorTellsWhatToType(address: IAddress, wire: Wire, commands: list[str]) -> None:
    """
    For this machine, and for others where others get in.
    """
    assert door(address, wire).commands("192.0.2.1") == commands


def test_withoutAnAddressForOthersOnlyThisMachineIsNamed() -> None:
    """
    No network.
    """
    assert door(IPv6Address("TCP", "::", 5000)).commands(None) == ["nc localhost 5000"]


@pytest.mark.parametrize(
    ("host", "name", "way"),
    [
        ("::", "chat.example", "openssl s_client -quiet -connect chat.example:5001"),
        ("127.0.0.1", "chat.example", "openssl s_client -quiet -connect chat.example:5001"),
        ("::", "Friends of tea", "openssl s_client -quiet -connect 192.0.2.1:5001"),
        ("::", "vm", "openssl s_client -quiet -connect 192.0.2.1:5001"),
        ("::", "a.b; rm -r x", "openssl s_client -quiet -connect 192.0.2.1:5001"),
        ("192.0.2.9", "Friends of tea", "openssl s_client -quiet -connect 192.0.2.9:5001"),
    ],
)
def test_theWayInFromElsewhereNamesAHostAndNotJustTheNetwork(
    monkeypatch: pytest.MonkeyPatch, host: str, name: str, way: str
) -> None:
    """
    A network may be called anything.
    """
    monkeypatch.setattr(doorModule, "lanAddress", lambda: "192.0.2.1")
    family = IPv6Address if ":" in host else IPv4Address
    closed = Door(LINE_TLS, "5001", FakeEndpoint(OSError()), False)  # type: ignore[arg-type]
    assert wayIn([closed, door(family("TCP", host, 5001), LINE_TLS)], name) == way


def test_withoutADoorThereIsNoWayIn() -> None:
    """
    Nor is one made up.
    """
    assert wayIn([], "chat.example") == ""


def test_aDoorOpensAndCloses() -> None:
    """
    Once each; closing a closed one does nothing.
    """
    endpoint: Any = FakeEndpoint(FakePort(IPv4Address("TCP", "127.0.0.1", 5000)))
    made = Door(LINE, "5000", endpoint, False)
    assert not made.isOpen
    opened(made)
    assert made.isOpen
    assert endpoint.factory is FACTORY
    for _ in range(2):
        made.close()
        assert not made.isOpen
        assert made.commands(None) == []
    assert endpoint.result.stopped


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CannotListenError("", 5000, IN_USE), "address already in use"),
        (CannotListenError(None, "/run/chat", "Cannot acquire lock"), "cannot acquire lock"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (OverflowError("Python int too large"), "a number in it is out of range"),
    ],
)
def test_aDefaultDoorThatCantOpenStaysClosedWithItsReason(error: Exception, reason: str) -> None:
    """
    The others go on; the log tells.
    """
    with capturedLogs() as logs:
        made = door(error)
    assert not made.isOpen
    assert made.reason == f"port 5000 can't be opened: {reason}"
    assert [event["reason"] for event in logs] == [made.reason]


def test_aDoorThatWasAskedForAndCantOpenStopsTheStart() -> None:
    """
    In one line, with its setting.
    """
    said = r"^listen\.tls_port: tcp:1 can't be opened: address already in use$"
    with pytest.raises(SettingsError, match=said):
        door(CannotListenError("", 1, IN_USE), LINE_TLS, "tcp:1", asked=True)


def test_aMistakeOfOursIsNotTakenForAClosedDoor() -> None:
    """
    Nothing is swallowed.
    """
    with pytest.raises(ZeroDivisionError):
        door(ZeroDivisionError())


def test_theTableShowsDoorsDataAndCertificate() -> None:
    """
    As people see it.
    """
    plain = door(IPv6Address("TCP", "::", 5000))
    with capturedLogs():
        tls = door(CannotListenError("", 5001, IN_USE), LINE_TLS, "5001")
    table = describeDoors([plain, tls], Path("/var/lib/chat"), "AB:CD", "192.0.2.1")
    assert table == (
        "line           nc localhost 5000\n"
        "               nc 192.0.2.1 5000\n"
        "line over TLS  closed: port 5001 can't be opened: address already in use"
        " (move it with --tls-port)\n"
        "data           /var/lib/chat\n"
        "certificate    SHA-256 AB:CD\n"
    )
    assert "certificate" not in describeDoors([plain], Path("/"), None, None)


def test_aDoorWhoseWayInIsUnknownShowsWhatItWasMadeOf() -> None:
    """
    Such as a unix socket without a name.
    """
    made = door(UNIXAddress(None), text="systemd:domain=UNIX:index=0")
    assert describeDoors([made], Path("/"), None, None).splitlines()[0] == (
        "line  systemd:domain=UNIX:index=0"
    )


@pytest.mark.parametrize(
    "text", ["colour:5000", "tcp:many", "tcp:5000:colour=red", "tcp:", "systemd:x", "١:"]
)
def test_whatIsNoEndpointIsToldInOneLine(text: str) -> None:
    """
    Whatever Twisted's parsers raise.
    """
    with pytest.raises(SettingsError, match=r"^listen\.port: .* is no endpoint") as caught:
        parseDoor(MemoryReactorClock(), "listen.port", text, SocketOptions())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["tls:15281", "tls:15281:port=99"])
def test_aPortIsNotTakenForAFolderOfCertificates(text: str) -> None:
    """
    Twisted would, and listen at the port 443.
    """
    with pytest.raises(SettingsError, match="names a folder of certificates"):
        parseDoor(MemoryReactorClock(), "listen.port", text, SocketOptions())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tcp:many", " such as tcp:5000:interface=127.0.0.1 or unix:/run/chat"),
        ("systemd:domain=INET:name=x", ": systemd has handed over no such socket"),
        ("ssl:5000:privateKey=/none.pem", ": /none.pem: No such file or directory"),
    ],
)
def test_whyItIsNoneIsToldWithoutTheWordsOfAProgram(text: str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parseDoor(MemoryReactorClock(), "listen.port", text, SocketOptions())
    assert str(caught.value) == f"listen.port: {text} is no endpoint{why}"


def test_aNumberWithoutIPv6MeansIPv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    And with it, both families at one socket.
    """
    used: list[str] = []
    for available, interface in ((True, "::"), (False, "")):
        monkeypatch.setattr(doorModule, "hasIPv6", lambda available=available: available)
        monkeypatch.setattr(
            doorModule.AtOnceReactor,
            "listenTCP",
            lambda self, port, factory, backlog, interface: used.append(interface),
        )
        parseDoor(MemoryReactorClock(), "listen.port", "5000", SocketOptions()).listen(FACTORY)
        assert used[-1] == interface


def test_noIPv6IsFoundOutWithoutAnError(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    On a machine whose system has none; nor is there an address for others then.
    """

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EAFNOSUPPORT, "no such family")

    monkeypatch.setattr(doorModule.socket, "socket", refuse)
    assert not doorModule.hasIPv6()
    assert lanAddress() is None


@pytest.mark.parametrize(
    ("found", "told"),
    [("127.0.0.1", None), ("0.0.0.0", None), ("192.0.2.1", "192.0.2.1")],
)
def test_onlyAnAddressThatOthersReachIsForOthers(
    monkeypatch: pytest.MonkeyPatch, found: str, told: str | None
) -> None:
    """
    Some systems answer with the loopback address where there is no network.
    """

    class Probe:
        def __enter__(self) -> Probe:
            return self

        def __exit__(self, *_how: object) -> None:
            pass

        def connect(self, _target: object) -> None:
            pass

        def getsockname(self) -> tuple[str, int]:
            return (found, 40000)

    monkeypatch.setattr(doorModule.socket, "socket", lambda *_kind: Probe())
    assert lanAddress() == told


def test_everyTextOfASettingIsADoor() -> None:
    """
    In order; none for C{off}.
    """
    reactor = MemoryReactorClock()
    made = makeDoors(reactor, LINE, ("5000", "unix:/run/chat"), True, SocketOptions())
    assert [(one.text, one.asked, one.isOpen) for one in made] == [
        ("5000", True, False),
        ("unix:/run/chat", True, False),
    ]
    assert makeDoors(reactor, LINE, (), True, SocketOptions()) == []


def test_whereOneSocketCantTakeBothFamiliesThereIsIPv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    OpenBSD.
    """

    class Socket(socket.socket):
        def setsockopt(self, level: int, name: int, *value: Any) -> None:  # type: ignore[override]
            if (level, name) == (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(socket, "socket", Socket)
    assert not doorModule.hasIPv6()


def test_aPathThatIsNoTextIsShownAsFarAsItIs() -> None:
    folder = Path(os.fsdecode(b"/srv/caf\xe9"))
    assert describeDoors([], folder, None, None) == "data  /srv/caf\ufffd\n"
