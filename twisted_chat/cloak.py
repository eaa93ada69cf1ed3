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

from twisted_chat.selfsigned import writeOnce
from twisted_chat.settingkinds import SettingsError

SECRET_SIZE = 32
"""Bytes of the data folder's secret."""


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


def keptSecret(folder: Path) -> bytes:
    """
    The data folder's secret: made once, mode 0600.

    @raise SettingsError: it can't be written or read, or anybody could guess what is left of it.
    """
    path = folder / "secret"
    try:
        if not path.exists():
            writeOnce(path, secrets.token_bytes(SECRET_SIZE))
        found = path.read_bytes()
    except OSError as error:
        raise SettingsError("network.data_dir", f"{path}: {error.strerror}") from error
    if len(found) < SECRET_SIZE:
        why = f"{path}: is cut short; restore it, or remove it for a new one"
        raise SettingsError("network.data_dir", why)
    return found
