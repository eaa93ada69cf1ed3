"""
L{twisted_chat.cloak}: what others see in the place of an address.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted_chat.cloak import Cloak, keptSecret, knownSecret
from twisted_chat.settings.kinds import SettingsError

NEAR = "127.0.0.1"


def cloak(secret: bytes = b"s" * 32) -> Cloak:
    """
    A cloak that trusts one address.
    """
    return Cloak(secret, lambda address: address == NEAR)


def test_anAddressHasAlwaysTheSameCloakAndOthersHaveOthers() -> None:
    made = [cloak()(f"192.0.2.{number}") for number in range(256)]
    assert made == [cloak()(f"192.0.2.{number}") for number in range(256)]
    assert len(set(made)) == 256


def test_aCloakSaysNothingOfTheAddress() -> None:
    made = cloak()("192.0.2.7")
    assert made.endswith(".cloak")
    assert len(made) == len("0123456789abcdef.cloak")
    assert cloak(b"t" * 32)("192.0.2.7") != made, "without the secret it could be tried out"


def test_addressesOfOneIPv6NetworkHaveOneCloak() -> None:
    """
    Who has one has 2**64.
    """
    hide = cloak()
    assert hide("2001:db8::1") == hide("2001:db8::ffff:2") == hide("2001:db8::1%eth0")
    assert hide("2001:db8::1") != hide("2001:db8:0:1::1")


@pytest.mark.parametrize("address", ["", NEAR])
def test_whatManyShareHasNoCloak(address: str) -> None:
    assert cloak()(address) == ""


def test_theSecretIsMadeOnceForTheOwnerAlone(tmp_path: Path) -> None:
    made = keptSecret(tmp_path)
    assert len(made) == 32
    assert keptSecret(tmp_path) == made
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_twoFoldersHaveTwoSecrets(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert keptSecret(tmp_path) != keptSecret(tmp_path / "other")


def test_aSecretThatIsLostBesideItsDataIsToldOf(tmp_path: Path, logged: list[str]) -> None:
    assert keptSecret(tmp_path, False) == keptSecret(tmp_path, True)
    assert logged == []
    (tmp_path / "secret").unlink()
    keptSecret(tmp_path, True)
    (line,) = logged
    assert line.startswith(f"{tmp_path}/secret was not there, and is made anew: ")


def test_toLookForASecretMakesNone(tmp_path: Path) -> None:
    assert knownSecret(tmp_path) is None
    assert not list(tmp_path.iterdir())
    assert knownSecret(tmp_path) is None
    made = keptSecret(tmp_path)
    assert knownSecret(tmp_path) == made


def test_aSecretThatCantBeKeptIsRefusedByItsFolder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"network\.data_dir: .*secret: No such file"):
        keptSecret(tmp_path / "none")


@pytest.mark.parametrize("left", [b"", b"x" * 31])
def test_whatIsLeftOfASecretThatWasCutShortIsRefused(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "secret").write_bytes(left)
    with pytest.raises(SettingsError, match="cut short"):
        keptSecret(tmp_path)
