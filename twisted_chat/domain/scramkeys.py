"""
What is stored of an account, so that its person can log in by SCRAM-SHA-256 (RFC 5802 and 7677).
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import b64decode, b64encode
from functools import cache
from typing import Any, Final

from twisted_chat.domain.names import foldAny

ITERATIONS: Final = 100_000
"""Of PBKDF2: about 40 ms."""

SALT: Final = 16
"""Bytes."""

Keys = tuple[bytes, bytes, bytes, int]
"""Salt, stored key, server key, iterations."""

_STORED: Final = re.compile(
    r"SCRAM-SHA-256\$([0-9]+):([\w+/]+=*)\$([\w+/]+=*):([\w+/]+=*)", re.ASCII
).fullmatch


@cache
def mechanism() -> Any:
    """
    SCRAM-SHA-256, as the library has it. The first call reads that, and with it all of ASN.1, which
    is for something else: 15 ms that a start does without.

    @return: a C{scramp.ScramMechanism}.
    """
    from scramp import ScramMechanism  # type: ignore[import-untyped]

    return ScramMechanism("SCRAM-SHA-256")


def makeScramKeys(password: str, iterations: int = ITERATIONS) -> str:
    """
    Make what has to be stored of an account, so that its person can log in by SCRAM-SHA-256. It
    takes about 40 ms, without the GIL: call it in a thread.

    @return: C{SCRAM-SHA-256$iterations:salt$storedKey:serverKey}; C{""} if the password can't be
        used with SCRAM, since it has characters in it that SASLprep (RFC 4013) does not know.
    """
    from scramp import ScramException

    try:
        salt, storedKey, serverKey, _ = mechanism().make_auth_info(
            password, iterations, os.urandom(SALT)
        )
    except ScramException:
        return ""
    one, two, three = (b64encode(each).decode() for each in (salt, storedKey, serverKey))
    return f"SCRAM-SHA-256${iterations}:{one}${two}:{three}"


def readScramKeys(text: str) -> Keys:
    """
    Read what L{makeScramKeys} made.

    @return: salt, stored key, server key, iterations.
    @raise ValueError: it is something else.
    """
    found = _STORED(text)
    if found is None:
        raise ValueError("these are not the keys of SCRAM-SHA-256")
    iterations, *keys = found.groups()
    salt, storedKey, serverKey = (b64decode(each, validate=True) for each in keys)
    return salt, storedKey, serverKey, int(iterations)


def inventedKeys(secret: bytes, name: str) -> Keys:
    """
    Something that looks like the keys of somebody, for a name that nobody has: whoever asks for it
    is not to learn that. Nobody can prove to know the password that belongs to it: there is none.

    @param secret: known to the server alone.
    @return: always the same for a name.
    """

    def some(what: str) -> bytes:
        return hmac.digest(secret, f"{what}:{foldAny(name)}".encode("utf-8", "replace"), "sha256")

    return some("salt")[:SALT], some("stored"), some("server"), ITERATIONS
