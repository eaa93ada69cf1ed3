"""
What a password may be, and what is kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from precis_i18n import get_profile

from twisted_chat.domain.accounterrors import WeakPassword
from twisted_chat.domain.errors import BadInput

LONGEST = 300
"""Characters, as typed and as hashed."""

_opaque = get_profile("OpaqueString")


@dataclass(frozen=True, slots=True)
class Sealed:
    """
    What is kept of a password.

    @ivar hash: salted, in a notation that tells how to check it.
    @ivar scram: what checks it without being shown it (SCRAM-SHA-256); C{""} if the password is one
        that can't be used so.
    """

    hash: str = field(repr=False)
    scram: str = field(repr=False)


def acceptable(password: str, shortest: int) -> str:
    """
    A new password in the form in which it is hashed: PRECIS OpaqueString, RFC 8265 section 4.

    @param shortest: how many characters it must have.
    @raise WeakPassword: it is too short.
    @raise BadInput: it will not do.
    """
    prepared = prepare(password)
    if len(prepared) < shortest:
        raise WeakPassword(least=shortest, most=LONGEST)
    if len(prepared) > LONGEST:
        raise BadInput(why=f"A password has {shortest} to {LONGEST} characters.")
    return prepared


def prepare(password: str) -> str:
    """
    A password in the form in which it is hashed.

    @raise BadInput: it has characters that no password may have, or too many.
    """
    # First of all: for some characters the profile looks at all the others, for each of them.
    if len(password) > LONGEST:
        raise BadInput(why=f"A password has at most {LONGEST} characters.")
    try:
        return str(_opaque.enforce(password))
    except UnicodeError:
        why = "That password is empty, or has characters that can't be typed everywhere."
        raise BadInput(why=why) from None
