"""
What stands for people's addresses, and the secret that it is made with.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from ipaddress import IPv6Address
from pathlib import Path

from twisted.logger import Logger

from twisted_chat.doors.selfsigned import writeOnce
from twisted_chat.settings.kinds import SettingsError

SECRET_FILE = "secret"  # noqa: S105 - a file's name
SECRET_SIZE = 32
"""Bytes of the data folder's secret."""

_log = Logger()


class Cloak:
    """
    What others are shown in the place of an address: the same for the same address (for IPv6: the
    same /64), and nothing that leads back to it.
    """

    def __init__(self, secret: bytes, isTrusted: Callable[[str], bool]) -> None:
        """
        @param secret: 16 bytes or more.
        @param isTrusted: whether an address says nothing of who somebody is.
        """
        self._secret = secret
        self._isTrusted = isTrusted

    def __call__(self, address: str) -> str:
        """
        @return: C{abcdefghij.cloak}, or C{""} for an address that many may share.
        """
        if not address or self._isTrusted(address):
            return ""
        network = address
        if ":" in address:
            network = str(int(IPv6Address(address.partition("%")[0])) >> 64)
        digest = hmac.new(self._secret, network.encode(), hashlib.sha256).hexdigest()
        return f"{digest[:16]}.cloak"


def newSecret() -> bytes:
    """
    @return: a secret that nobody knows.
    """
    return secrets.token_bytes(SECRET_SIZE)


def knownSecret(folder: Path) -> bytes | None:
    """
    The data folder's secret, if it has one.

    @raise SettingsError: it can't be read, or anybody could guess what is left of it.
    """
    path = folder / SECRET_FILE
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError("network.data_dir", f"{path}: {error.strerror}") from error
    if len(found) < SECRET_SIZE:
        why = f"{path}: is cut short; restore it, or remove it for a new one"
        raise SettingsError("network.data_dir", why)
    return found


def keptSecret(folder: Path, hasData: bool = False) -> bytes:
    """
    The data folder's secret: made once, mode 0600.

    @param hasData: whether there is data already, which had a secret: that it is lost is told.
    @raise SettingsError: it can't be written or read, or anybody could guess what is left of it.
    """
    found = knownSecret(folder)
    if found is not None:
        return found
    path, made = folder / SECRET_FILE, newSecret()
    try:
        writeOnce(path, made)
    except OSError as error:
        raise SettingsError("network.data_dir", f"{path}: {error.strerror}") from error
    if hasData:
        _log.warn(
            "{path} was not there, and is made anew: people have other cloaks now, and bans of the"
            " old ones are about nobody; if you have a backup of it, put it back and start again",
            path=str(path),
        )
    return made
