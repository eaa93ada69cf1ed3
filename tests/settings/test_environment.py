"""
L{twisted_chat.settings.environment}: every setting as a variable.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted_chat import config
from twisted_chat.config import load
from twisted_chat.settings.environment import variable
from twisted_chat.settings.kinds import SettingsError


def refused(**environ: str) -> str:
    """
    @return: what is said of some variables, whose names begin with ours.
    """
    with pytest.raises(SettingsError) as caught:
        load(None, None, {f"TWISTED_CHAT_{name}": value for name, value in environ.items()})
    return str(caught.value)


def test_everySettingHasAVariableOfItsOwn() -> None:
    names = {variable(path) for path in config.rules()}
    assert len(names) == len(config.rules())
    assert variable("listen.tls_port") == "TWISTED_CHAT_LISTEN_TLS_PORT"


def test_everyListCanBeGivenInAVariable() -> None:
    """
    What the example shows as a list is parted at spaces.
    """
    lists = {path for path, (_, rule) in config.rules().items() if rule.shown.startswith("[")}
    assert lists <= {path for path, (_, rule) in config.rules().items() if rule.several}


def test_defaultsThenTheFileThenVariablesThenOptions(tmp_path: Path) -> None:
    file = tmp_path / "chat.toml"
    file.write_text("[limits]\nmessage = 1\nrooms = 1\nline = 600\n")
    environ = {"TWISTED_CHAT_LIMITS_MESSAGE": "2", "TWISTED_CHAT_LIMITS_ROOMS": "2"}
    limits = load(file, {"limits.message": "3"}, environ).limits
    assert (limits.message, limits.rooms, limits.line) == (3, 2, 600)
    assert limits.outstanding == config.Limits().outstanding


def test_aVariableIsAskedForByName() -> None:
    settings = load(None, None, {"TWISTED_CHAT_LISTEN_PORT": "5000"})
    assert "listen.port" in settings.given


def test_spacesPartTheTextsOfAList() -> None:
    environ = {
        "TWISTED_CHAT_LISTEN_PORT": "5100 tcp:5200",
        "TWISTED_CHAT_LISTEN_TLS_PORT": "off",
        "TWISTED_CHAT_TRUSTED_ADDRESSES": "10.0.0.0/8 unix",
        "TWISTED_CHAT_NETWORK_WELCOME": "hello you",
    }
    settings = load(None, None, environ)
    assert settings.listen.port == ("5100", "tcp:5200")
    assert settings.listen.tlsPort == ()
    assert settings.trusted.addresses.texts == ("10.0.0.0/8", "unix")
    assert settings.network.welcome == "hello you"


def test_anEmptyVariableSetsNothing() -> None:
    settings = load(None, None, {"TWISTED_CHAT_LIMITS_LINE": "", "TWISTED_CHAT_CONFIG": ""})
    assert settings == load()
    assert "limits.line" not in settings.given


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LIMITS_LINE", "long", "TWISTED_CHAT_LIMITS_LINE: must be a whole number, not 'long'"),
        ("LISTEN_PORT", "70000", "TWISTED_CHAT_LISTEN_PORT: must be a port number up to 65535"),
        ("LISTEN_PORT", "off 5000", 'TWISTED_CHAT_LISTEN_PORT: "off" can\'t stand beside others'),
        ("LISTEN_LIME", "5000", "TWISTED_CHAT_LISTEN_LIME: no such setting"),
        ("LIMTS_LINE", "600", "TWISTED_CHAT_LIMTS_LINE: no such setting"),
    ],
)
def test_aMistakeIsToldByTheNameOfTheVariable(name: str, value: str, said: str) -> None:
    assert refused(**{name: value}).startswith(said)


def test_whatKubernetesAddsForAServiceOfOurNameIsNoMistake() -> None:
    environ = {
        "TWISTED_CHAT_PORT": "tcp://10.0.0.1:5000",
        "TWISTED_CHAT_PORT_5000_TCP": "tcp://10.0.0.1:5000",
        "TWISTED_CHAT_PORT_5000_TCP_ADDR": "10.0.0.1",
        "TWISTED_CHAT_SERVICE_HOST": "10.0.0.1",
        "TWISTED_CHAT_SERVICE_PORT_LINE": "5000",
        "PATH": "/bin",
    }
    assert load(None, None, environ) == load()


def test_theFileCanBeNamedByAVariableAndAnOptionWins(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f"[network]\nname = '{name}'\n")
    environ = {"TWISTED_CHAT_CONFIG": "one.toml"}
    assert load(None, None, environ, tmp_path).network.name == "one"
    assert load(tmp_path / "two.toml", None, environ, tmp_path).network.name == "two"


def test_pathsInVariablesStartWhereItIsSaid(tmp_path: Path) -> None:
    environ = {"TWISTED_CHAT_TLS_CERT": "cert.pem"}
    assert load(None, None, environ, tmp_path).tls.cert == tmp_path / "cert.pem"
