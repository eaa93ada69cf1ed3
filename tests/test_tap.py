"""
L{twisted_chat.tap}: the options, and how the parts are put together.
"""

from __future__ import annotations

import gc
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import UNIXAddress
from twisted.internet.testing import MemoryReactorClock
from twisted.python.usage import UsageError
from twisted.scripts._twistd_unix import ServerOptions

from twisted_chat.config import Settings, load
from twisted_chat.server import ChatServer
from twisted_chat.serverlog.terminal import terminalLog
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.tap import COLLECT_AFTER, Options, build, makeService


def parsed(*words: str) -> Settings:
    """
    The settings that a command line gives.
    """
    options = Options()
    options.parseOptions(list(words))  # type: ignore[no-untyped-call]
    return options.settings


def built(folder: Path, overrides: dict[str, object] | None = None) -> ChatServer:
    """
    A node with its data in a folder; it does not listen.
    """
    given = {"network.data_dir": str(folder), **(overrides or {})}
    return build(MemoryReactorClock(), load(None, given))


# The command line.


def test_doorsCanBeGivenSeveralTimes() -> None:
    listen = parsed("--port", "5100", "--port=tcp:5200", "--tls-port", "5101").listen
    assert listen.port == ("5100", "tcp:5200")
    assert listen.tlsPort == ("5101",)


def test_aDoorCanBeOff() -> None:
    listen = parsed("--tls-port", "off").listen
    assert listen.tlsPort == ()
    assert listen.port == ("5000",)


def test_anOptionSaysThatItWasAskedForEvenWithTheDefaultsValue() -> None:
    settings = parsed("--port", "5000")
    assert "listen.port" in settings.given
    assert "listen.tls_port" not in settings.given


def test_eachOptionIsASetting(tmp_path: Path) -> None:
    settings = parsed(
        "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--data-dir", str(tmp_path),
        "--database", "sqlite://", "--name", "chat.example",
    )  # fmt: skip
    assert settings.tls.cert == Path.cwd() / "cert.pem"
    assert settings.tls.key == Path.cwd() / "key.pem"
    assert settings.network.dataDir == tmp_path
    assert settings.network.database == "sqlite://"
    assert settings.network.name == "chat.example"


def test_optionsWinOverTheFile(tmp_path: Path) -> None:
    file = tmp_path / "chat.toml"
    file.write_text("[network]\nname = 'from the file'\nwelcome = 'hello'\n")
    network = parsed("--config", str(file), "--name", "from the command line").network
    assert (network.name, network.welcome) == ("from the command line", "hello")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[listen]\nlime = 1\n", "listen.lime: no such setting"),
        ("[nothing]\n", "nothing: no such setting"),
        ("[limits]\nline = 'long'\n", "limits.line: must be a whole number"),
        ("[limits\n", "chat.toml: "),
    ],
)
def test_aWrongSettingEndsTheProgramWithOneLine(tmp_path: Path, text: str, said: str) -> None:
    """
    With its path; and not as a usage error, which would come behind the whole help.
    """
    file = tmp_path / "chat.toml"
    file.write_text(text)
    with pytest.raises(SystemExit) as ended:
        parsed("--config", str(file))
    line = str(ended.value.code)
    assert line.startswith("twisted_chat: ")
    assert said in line
    assert "\n" not in line


@pytest.mark.parametrize("words", [("--confg=x",), ("--port",), ("lobby",)])
def test_aWrongCommandLineIsAUsageError(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        parsed(*words)


def test_theHelpExplainsEveryOption() -> None:
    text = str(Options())
    for option in ("port", "tls-port", "tls-cert", "tls-key", "data-dir", "database", "name"):
        (line,) = [line for line in text.splitlines() if f"--{option}=" in line]
        assert line.split("=")[1].strip(), f"--{option} is not explained"
    assert "--config=" in text


# The parts.


def test_theDataFolderIsMadeForTheOwnerAlone(tmp_path: Path) -> None:
    built(tmp_path / "state" / "chat")
    mode = (tmp_path / "state" / "chat").stat().st_mode
    assert stat.S_IMODE(mode) & ~0o700 == 0


def test_nothingIsListenedAtBeforeTheStart(tmp_path: Path) -> None:
    reactor = MemoryReactorClock()
    build(reactor, load(None, {"network.data_dir": str(tmp_path)}))
    assert (reactor.tcpServers, reactor.getDelayedCalls()) == ([], [])


def openings(server: ChatServer) -> list[tuple[list[str], bool, bool]]:
    """
    @return: for each wire its doors, whether they were asked for, and whether it has TLS.
    """
    return [
        (
            [door.text for door in opening.doors],
            all(door.asked for door in opening.doors),
            opening.certificates is not None,
        )
        for opening in server._openings
    ]


def test_thereIsADoorForEachTextAndTlsBehindItsOwn(tmp_path: Path) -> None:
    server = built(tmp_path, {"listen.port": ["5100", "5200"]})
    assert openings(server) == [
        (["5100", "5200"], True, False),
        (["6667"], False, False),
        (["5001"], False, True),
        (["6697"], False, True),
    ]


def test_withoutATlsDoorNoCertificateIsMade(tmp_path: Path) -> None:
    server = built(tmp_path, {"listen.tls_port": "off", "listen.irc_tls_port": "off"})
    assert openings(server) == [(["5000"], False, False), (["6667"], False, False)]
    assert not (tmp_path / "tls-cert.pem").exists()


def test_aWireHasOneFactoryForItsPlainDoorsAndThoseWithTls(tmp_path: Path) -> None:
    line, irc, lineTls, ircTls = built(tmp_path)._openings
    assert line.factory is lineTls.factory
    assert irc.factory is ircTls.factory
    assert line.certificates is None
    assert lineTls.certificates is ircTls.certificates is not None


def test_settingsReachTheParts(tmp_path: Path) -> None:
    given = {
        "limits.line": 1000, "limits.message": 100, "limits.send_queue": 5000,
        "limits.connections": 7, "limits.login": "5 s", "limits.rooms": 3,
        "limits.history_page": 30, "limits.list_entries": 9, "rooms.catch_up": 4,
        "rooms.default": "#Foyer", "network.name": "chat.example", "network.welcome": "hello",
    }  # fmt: skip
    server = built(tmp_path, given)
    factory, limits = server._openings[0].factory, server.hub.limits
    line = factory.limits
    assert (line.line, line.sendQueue, line.connections, line.login) == (1000, 5000, 7, 5.0)
    assert (limits.message, limits.rooms, limits.page) == (100, 3, 30)
    assert (limits.list, limits.catchUp) == (9, 4)
    assert (factory.lobby, factory.name, factory.welcome) == ("Foyer", "chat.example", "hello")
    assert server.hub.lobby == "foyer"
    assert factory.addressOf(UNIXAddress(b"/somewhere")) == "unix"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"network.data_dir": "/dev/null/data"}, "network.data_dir"),
        # What may not be looked for is not taken for what is not there.
        ({"network.database": f"sqlite:////{'x' * 300}"}, "network.database"),
        ({"rooms.default": "a b"}, "rooms.default"),
        ({"tls.cert": "/dev/null/none.pem"}, "tls.cert"),
        ({"listen.port": "tcp:what"}, "listen.port"),
        ({"listen.tls_port": "nonsense:1"}, "listen.tls_port"),
    ],
)
def test_whatCantBeIsToldByTheSettingsPath(
    tmp_path: Path, given: dict[str, object], path: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        built(tmp_path, given)
    assert refused.value.path == path


def test_aSecretThatIsNotBesideItsDataAnyMoreIsToldOf(tmp_path: Path, logged: list[str]) -> None:
    built(tmp_path)
    assert not [line for line in logged if "made anew" in line]
    (tmp_path / "chat.sqlite").touch()
    (tmp_path / "secret").unlink()
    built(tmp_path)
    assert [line for line in logged if f"{tmp_path}/secret was not there" in line]


def test_anUnknownDatabaseIsRefused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^network\.database: .*mysql"):
        built(tmp_path, {"network.database": "mysql://localhost/chat"})


@pytest.mark.parametrize(
    ("option", "value"), [("--data-dir", "/dev/null/data"), ("--database", "mysql://localhost/c")]
)
def test_makingTheServiceEndsTheProgramWithOneLineToo(
    tmp_path: Path, option: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    There a usage error would be a traceback.
    """
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    options = Options()
    options.parseOptions([option, value])  # type: ignore[no-untyped-call]
    with pytest.raises(SystemExit) as ended:
        makeService(options)
    assert str(ended.value.code).startswith("twisted_chat: ")


def test_aFolderThatCantBeWrittenIsRefusedByItsPath(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*arguments: Any, **named: Any) -> int:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("twisted_chat.doors.selfsigned.os.open", denied)
    with pytest.raises(SettingsError, match=r"network\.data_dir: .*Permission denied"):
        built(tmp_path)


def test_whereANodeRunsTheCollectorLooksSeldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    options = Options()
    options.parseOptions([])  # type: ignore[no-untyped-call]
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        makeService(options)
        assert gc.get_threshold() == COLLECT_AFTER
        assert gc.get_freeze_count() > frozen
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


# The log.


def loggedBy(*words: str) -> object:
    """
    What twistd's options say of the log, when C{chat} is started with some.
    """
    options = ServerOptions()
    options.parseOptions([*words, "chat"])
    return options["logger"]


def test_inTheForegroundTheLogIsWrittenByOurselves() -> None:
    assert loggedBy("--nodaemon") is terminalLog


@pytest.mark.parametrize(
    "words",
    [(), ("-n", "--logfile=log"), ("-n", "--syslog"), ("-n", "--logger=builtins.print")],
)
def test_whoSaysWhereTheLogGoesIsObeyed(words: tuple[str, ...]) -> None:
    assert loggedBy(*words) is not terminalLog


@pytest.mark.parametrize("option", ["--uid", "--gid"])
def test_twistdIsNotAskedToShedPrivilegesAfterTheFilesAreMade(
    tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "data"))
    twistd = ServerOptions()
    with pytest.raises(SystemExit, match="runuser"):
        twistd.parseOptions(["-n", option, "65534", "chat"])  # type: ignore[no-untyped-call]
    assert not (tmp_path / "data").exists()


def test_theDatabaseIsInItsFolderWhateverThatIsCalled(tmp_path: Path) -> None:
    """
    In a URL, a path ends at a question mark.
    """
    folder = tmp_path / "what? 50%#1"
    server = built(folder)
    server._prepare()
    assert (folder / "chat.sqlite").exists()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
