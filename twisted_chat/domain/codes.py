"""
Codes that people are given and type again: invitations, lost passwords, the first operator's.

A code is kept by its hash alone. It is random enough that one round of hashing has to do.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another."""

_GROUPS, _LONG = 4, 4

_SHORT: Final = 6


def newCode() -> str:
    """
    @return: such as C{abcd-efgh-jkmn-pqrs}: 79 random bits.
    """
    return "-".join(_random(_LONG) for _ in range(_GROUPS))


def shortId() -> str:
    """
    @return: six characters that tell a few things apart, short enough to type.
    """
    return _random(_SHORT)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def hashCode(code: str) -> str:
    """
    @param code: as somebody typed it: case, dashes and spaces make no difference.
    @return: the SHA-256 of the code, 64 hex digits.
    """
    plain = "".join(code.lower().split()).replace("-", "")
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
