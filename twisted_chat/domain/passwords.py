"""
What a password may be.
"""

from __future__ import annotations

from precis_i18n import get_profile

from twisted_chat.domain.errors import BadInput

LONGEST = 256
"""Characters."""

_opaque = get_profile("OpaqueString")


def acceptable(password: str, shortest: int) -> str:
    """
    A new password in the form in which it is hashed: PRECIS OpaqueString, RFC 8265 section 4.

    @param shortest: how many characters it must have.
    @raise BadInput: it will not do.
    """
    prepared = prepare(password)
    if not shortest <= len(prepared) <= LONGEST:
        raise BadInput(why=f"A password has {shortest} to {LONGEST} characters.")
    return prepared


def prepare(password: str) -> str:
    """
    A password in the form in which it is hashed.

    @raise BadInput: it has characters that no password may have.
    """
    try:
        return str(_opaque.enforce(password))
    except UnicodeError:
        why = "That password is empty, or has characters that can't be typed everywhere."
        raise BadInput(why=why) from None
