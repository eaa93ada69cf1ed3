"""
What goes over the admin socket: JSON, a line for each message.

A client sends one L{Request}. The server sends any number of rows, then that it is the end, or
what was wrong; then it hangs up.
"""

from __future__ import annotations

import msgspec

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.units import KIB

VERSION = 1
"""Of what is said here; another one is refused."""

LONGEST_REQUEST = 64 * KIB
"""Bytes in the line of a request."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What somebody wants.

    @ivar order: one of L{twisted_chat.admin.table.ORDERS}: C{"accounts show"}.
    @ivar arguments: by name; there may be a password among them.
    """

    order: str
    arguments: dict[str, object] = {}
    version: int = VERSION


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    A line of what comes of it; just one of three things.

    @ivar row: a JSON object.
    @ivar error: why it was not done, in a sentence; it is the last line.
    @ivar code: of the error, for machines.
    @ivar end: all is done; it is the last line.
    """

    row: msgspec.Raw = msgspec.Raw()
    error: str = ""
    code: str = ""
    end: bool = False


encode = msgspec.json.Encoder().encode
_requestOf = msgspec.json.Decoder(Request).decode
answerOf = msgspec.json.Decoder(Answer).decode


def requestOf(line: bytes) -> Request:
    """
    @raise BadInput: it is no request that is understood here.
    """
    try:
        request = _requestOf(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(why=f"That is not a request: {error}.") from error
    if request.version != VERSION:
        raise BadInput(
            why=f"The server speaks version {VERSION}, not {request.version}: restart it, so that"
            " both are the same program."
        )
    return request
