"""
L{twisted_chat.config}: defaults, TOML, options, in that order, and every mistake by its path.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from importlib.metadata import version
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat import cli, config
from twisted_chat.config import Settings, load
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.units import DAYS, HOURS
from twisted_chat.settings.addresslist import MOST_ANSWERS, AddressList
from twisted_chat.settings.kinds import SettingsError, duration, typedDuration


def written(folder: Path, text: str) -> Path:
    """
    @return: the path of a settings file with that text.
    """
    file = folder / "chat.toml"
    file.write_text(text, "utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    """
    @return: what is said of a settings file with that text.
    """
    with pytest.raises(SettingsError) as caught:
        load(written(folder, text))
    return str(caught.value)


def uncommented() -> str:
    """
    @return: the example, with every setting given.
    """
    return re.sub(r"(?m)^#(?=\S)", "", config.example())


def test_theExampleGivesExactlyTheDefaults(tmp_path: Path) -> None:
    """
    As it is, and with every setting in it given.
    """
    assert load(written(tmp_path, config.example())) == Settings()
    assert load(written(tmp_path, config.example())).given == frozenset()
    full = load(written(tmp_path, uncommented()))
    assert full == Settings()
    assert full.given == frozenset(config.rules())


def test_theExampleExplainsEverySettingInOneLine() -> None:
    """
    A setting without an explanation, or one that the example leaves out, is a mistake.
    """
    lines = config.example().splitlines()
    for path, (_, rule) in config.rules().items():
        place = lines.index(f"#{path.partition('.')[2]} = {rule.shown}")
        assert lines[place - 1].startswith("# ")
        assert lines[place - 1].endswith((".", ")"))
    assert all(len(line) <= 100 for line in lines)


def test_theFileOverridesTheDefaultsAndOptionsOverrideBoth(tmp_path: Path) -> None:
    """
    And what nobody gives stays.
    """
    file = written(tmp_path, "[limits]\nmessage = 10\nline = 600\n[listen]\nport = 7000\n")
    settings = load(file, {"limits.message": "20", "listen.tls_port": ["off"]})
    assert settings.limits.message == 20
    assert settings.limits.line == 600
    assert settings.limits.rooms == 100
    assert settings.listen.port == ("7000",)
    assert settings.listen.tlsPort == ()


def test_whatWasAskedForByNameIsKnown(tmp_path: Path) -> None:
    """
    Also when it is the default's value.
    """
    settings = load(written(tmp_path, "[listen]\nport = 5000\n"), {"tls.cert": "c.pem"})
    assert "listen.port" in settings.given
    assert "tls.cert" in settings.given
    assert "listen.tls_port" not in settings.given


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[listen]\nlime = 1", "listen.lime: no such setting"),
        ("lime = 1", "lime: no such setting"),
        ("[lime]\ncolour = 1", "lime: no such setting"),
        ("limits = 3", "limits: must be a table: [limits]"),
        ("[limits]\nmessage = 0", "limits.message: must be at least 1, not 0"),
        ("[limits]\nmessage = -5", "limits.message: must be at least 1, not -5"),
        (
            "[listen]\nsend_buffer = 5000000000",
            "listen.send_buffer: must be at most 1000000000, not 5000000000",
        ),
        (
            '[listen]\ndead_after = "30 days"',
            "listen.dead_after: must be at most 36 h, not 30 days",
        ),
        ("[limits]\nmessage = true", "limits.message: must be a whole number, not True"),
        ("[limits]\nmessage = 1.5", "limits.message: must be a whole number, not 1.5"),
        ('[limits]\nmessage = "ten"', "limits.message: must be a whole number, not 'ten'"),
        ('[limits]\nlogin = "0 s"', "limits.login: must be at least 1 s, not 0 s"),
        ("[limits]\nlogin = -1", 'limits.login: must be a duration such as "90 s"'),
        ("[limits]\nlogin = nan", 'limits.login: must be a duration such as "90 s"'),
        ("[limits]\nlogin = true", "limits.login: must be a duration, not True"),
        ("[network]\nname = 5", "network.name: must be a text in quotes, not 5"),
        ('[network]\nname = "a\\nb"', "network.name: must be one line"),
        ('[network]\nwelcome = "\\u001b[2J"', "network.welcome: must not hold control characters"),
        ("[listen]\nport = 70000", "listen.port: must be a port number up to 65535"),
        ('[listen]\nport = "x"', "listen.port: must be a port number up to 65535"),
        ('[listen]\nport = ["off", 5000]', 'listen.port: "off" can\'t stand beside others'),
        ("[listen]\nport = [[5000]]", "listen.port: must be a text in quotes"),
        ('[trusted]\naddresses = ["10.0.0.0/33"]', "trusted.addresses: '10.0.0.0/33' does not"),
        ('[tls]\nkey = "k.pem"', "tls.key: needs tls.cert beside it"),
        ("[log]\ncommit_spacing = 5", "log.commit_spacing: must be at most 1 s, not 5 s"),
        ("[irc]\nsts_port = 66970", "irc.sts_port: must be at most 65535, not 66970"),
        ('[rooms]\ndefault = "a b"', "rooms.default: a b can't be used as a name"),
        ('[rooms]\ndefault = "#Operators"', "network.operators_room: must not be the room for"),
    ],
)
def test_aWrongSettingIsToldByItsPathInOneLine(tmp_path: Path, text: str, said: str) -> None:
    """
    Each kind of mistake.
    """
    found = refusal(tmp_path, text)
    assert found.startswith(said)
    assert "\n" not in found


def test_anOptionForNothingIsRefusedToo() -> None:
    """
    Options go the same way.
    """
    with pytest.raises(SettingsError, match=r"^limits\.massage: no such setting$"):
        load(None, {"limits.massage": 3})


def test_aFileThatCantBeReadIsNamed(tmp_path: Path) -> None:
    """
    Absent, not TOML, not UTF-8.
    """
    file = tmp_path / "chat.toml"
    with pytest.raises(SettingsError, match=r"chat\.toml: No such file or directory$"):
        load(file)
    assert re.search(r"chat\.toml: .*line 2", refusal(tmp_path, "[listen]\nport 5"))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"chat\.toml: byte \d+ is no UTF-8$"):
        load(file)


def test_whatNewcomersAndTheirEditorsWriteIsUnderstoodOrExplained(tmp_path: Path) -> None:
    """
    Editors begin files with a byte order mark, and newcomers leave quotes away.
    """
    file = written(tmp_path, "\ufeff[network]\r\nname = 'chat.example'\r\n")
    assert load(file).network.name == "chat.example"
    said = refusal(tmp_path, "[network]\nname = chat.example\n")
    assert said.endswith("(at line 2, column 8); texts and durations stand in quotes")
    said = refusal(tmp_path, "x = " + "[" * 100_000)
    assert said.endswith("chat.toml: has too many brackets within brackets")


def test_pathsInTheFileStartFromItsFolderAndOptionsFromTheWorkingDirectory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As people expect of each; C{~} is the home folder.
    """
    monkeypatch.setenv("HOME", "/home/alex")
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    file = written(tmp_path, '[tls]\ncert = "c.pem"\n[network]\ndata_dir = "~/chat"\n')
    settings = load(file, {"tls.key": "k.pem"})
    assert settings.tls.cert == tmp_path / "c.pem"
    assert settings.tls.key == other / "k.pem"
    assert settings.network.dataDir == Path("/home/alex/chat")
    assert load(None, {"network.data_dir": "data"}).network.dataDir == other / "data"


def test_dataIsKeptWhereSystemdSaysElseInThePlatformsStateFolder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    C{$STATE_DIRECTORY} may hold several.
    """
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/chat:/var/lib/other")
    assert load().network.dataDir == Path("/var/lib/chat")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/alex/state")
    assert load().network.dataDir == Path("/home/alex/state/twisted-chat")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 s", 90),
        ("10 min", 600),
        ("2h", 2 * HOURS),
        ("7 days", 7 * DAYS),
        ("1 Day", DAYS),
        ("1h 30min", 5400),
        ("1h30m", 5400),
        ("1.5 s", 1.5),
        ("250 ms", 0.25),
        ("2 weeks", 14 * DAYS),
        (" 45 ", 45),
    ],
)
def test_durationsAreReadInAnyUsualSpelling(text: str, expected: float) -> None:
    """
    Each of them.
    """
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "s", "5 parsecs", "5 5", "-3 s", "1e9", "٣ s", "9" * 400, "hs"]
)
def test_whatIsNoDurationIsRefused(text: str) -> None:
    """
    With the spelling that is asked for.
    """
    with pytest.raises(ValueError, match='must be a duration such as "90 s"'):
        duration(text)


@pytest.mark.parametrize("text", ["36501 days", "20000000D", "20000 days 20000 days", "6000 w"])
def test_aDurationThatNobodyOutlivesIsRefused(text: str) -> None:
    """
    Dates and timers could not hold it.
    """
    assert duration("36500 days") == 36500 * DAYS
    with pytest.raises(ValueError, match="must be at most 36500 days, not"):
        duration(text)


@given(st.integers(0, 10**9))
def test_aWrittenDurationReadsAsTheSame(milliseconds: int) -> None:
    """
    To a millionth part, at any size.
    """
    length = milliseconds / 1000
    assert duration(typedDuration(length)) == pytest.approx(length, rel=1e-6)


@given(st.text())
def test_anyTextIsADurationOrAValueError(text: str) -> None:
    """
    Nothing else comes out.
    """
    try:
        assert duration(text) >= 0
    except ValueError:
        pass


def test_addressesAreTrustedAloneByNetworkAndByKind() -> None:
    """
    The default: this machine.
    """
    trusted = Settings().trusted
    for address in ("127.0.0.1", "127.9.9.9", "::1", "unix"):
        assert trusted.isTrusted(address)
    for address in ("192.0.2.7", "::2", "", "localhost", "127.0.0.1.5"):
        assert not trusted.isTrusted(address)
    assert "unix" not in AddressList(("192.0.2.0/24",))
    assert "192.0.2.7" in AddressList(("192.0.2.1/24",))


def test_ofAddressesThatWereAskedAboutOnlySoManyAreRemembered() -> None:
    addresses = AddressList(("192.0.2.0/24",))
    for number in range(MOST_ANSWERS + 1):
        assert f"no address {number}" not in addresses
        assert "192.0.2.7" in addresses
    assert len(addresses._answers) <= MOST_ANSWERS


def test_settingsDontChange() -> None:
    """
    They are shared by all parts.
    """
    with pytest.raises(FrozenInstanceError):
        Settings().limits.message = 5  # type: ignore[misc]


def test_theProgramPrintsTheExample(capsys: pytest.CaptureFixture[str]) -> None:
    """
    C{twisted-chat config}.
    """
    assert cli.main(["config"]) == 0
    assert capsys.readouterr().out == config.example()


def test_theProgramSaysWhichVersionItIs(capsys: pytest.CaptureFixture[str]) -> None:
    """
    C{twisted-chat --version}.
    """
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"twisted-chat {version('twisted-chat')}\n"


@pytest.mark.parametrize("arguments", [[], ["confog"], ["config", "more"]])
def test_aWrongCommandLineGivesUsageAndExitCode2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    No traceback.
    """
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: twisted-chat")


@pytest.mark.parametrize("error", [SettingsError("limits.line", "no"), BadInput(why="no")])
def test_whatIsRefusedIsOneLineAndExitCode1(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Whichever part refuses.
    """

    def refuse(_arguments: object) -> int:
        raise error

    assert cli.main(["try"], [cli.Command("try", "to fail", refuse)]) == 1
    assert capsys.readouterr().err == f"twisted-chat: {error}\n"


# Surroundings.


def noHomeFolder(name: str) -> str:
    """
    What newer versions of platformdirs do.
    """
    raise RuntimeError("could not determine the home directory")


@pytest.mark.parametrize("found", [noHomeFolder, lambda name: f"~/.local/state/{name}"])
def test_whereThereIsNoHomeFolderOneForTheDataHasToBeNamed(
    monkeypatch: pytest.MonkeyPatch, found: Callable[[str], str]
) -> None:
    """
    It was made under the name of C{~}, wherever the server was started.
    """
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(platformdirs, "user_state_dir", found)
    with pytest.raises(SettingsError, match=r"^network\.data_dir: this user has no home folder"):
        load()
    assert load(None, {"network.data_dir": "/srv/chat"}).network.dataDir == Path("/srv/chat")


def test_theHomeFolderOfSomebodyUnknownIsNoPlace() -> None:
    with pytest.raises(SettingsError, match=r"^tls\.cert: begins with ~nobody-at-all, and there"):
        load(None, {"tls.cert": "~nobody-at-all/cert.pem"})


@pytest.mark.usefixtures("gone")
def test_whereTheWorkingFolderIsGonePathsHaveToBeginAtTheRoot(tmp_path: Path) -> None:
    file = written(tmp_path, "[network]\nname = 'tea'\n")
    network = load(file, {"network.data_dir": str(tmp_path)}).network
    assert (network.dataDir, network.name) == (tmp_path, "tea")
    with pytest.raises(SettingsError, match=r"^network\.data_dir: must begin with /"):
        load(None, {"network.data_dir": "data"})
    with pytest.raises(SettingsError, match=r"^chat\.toml: No such file"):
        load(Path("chat.toml"))


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("chat.example", "chat.example"),
        ("", "chat"),
        ("two\nlines", "chat"),
        ("\udcff\udcfe", "chat"),
        ("x" * 255, "x" * 64),
    ],
)
def test_aNetworkIsNotCalledWhatNobodyCanRead(
    monkeypatch: pytest.MonkeyPatch, found: str, name: str
) -> None:
    """
    The system takes any bytes for the name of a machine.
    """
    monkeypatch.setattr(socket, "gethostname", lambda: found)
    assert load().network.name == name
