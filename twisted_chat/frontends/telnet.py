"""
Telnet (RFC 854): its commands, told apart from text.

Nearly every option is refused, so a client that speaks telnet and one that does not are served
alike. Two things are not: while a password is typed, the server says that it will echo, and does
not; and bytes may have eight bits (RFC 856). Without that the usual telnet takes what ends with the
byte 9D, such as U+041D or a closing quotation mark, for its escape key, and shows its own prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

IAC: Final = 255
AYT: Final = 246
WILL: Final = 251
WONT: Final = 252
DO: Final = 253
DONT: Final = 254

BINARY: Final = 0
ECHO: Final = 1
TIMING_MARK: Final = 6
LINEMODE: Final = 34

EIGHT_BITS: Final = bytes((IAC, DO, BINARY))
"""Asks the client to send all eight bits of each byte."""

ECHO_OFF: Final = bytes((IAC, WILL, ECHO))
"""Asks the client not to show what is typed."""
ECHO_ON: Final = bytes((IAC, WONT, ECHO))
"""Asks the client to show again what is typed."""

HERE: Final = b"[Here]\r\n"
"""What "Are you there?" is answered with."""

MOST_SUBNEGOTIATION: Final = 1024
"""A subnegotiation has so many bytes at most; the rest is taken for text."""

_WITHIN: Final = rb"(?:[^\xff]|\xff\xff)"
"""A byte within a subnegotiation."""

_COMMANDS: Final = re.compile(
    # An IAC that is text.
    rb"\xff(?:(\xff)"
    # A command alone (those of keys such as Ctrl-Z are in RFC 885 and 1184), or with its option.
    rb"|([\xec-\xf9]|[\xfb-\xfe][\x00-\xff])"
    # A subnegotiation, of which nothing was asked for: it is as long as it may be; or it ends; or
    # it was never ended, and the next command comes. No part of it is tried a second time.
    rb"|(\xfa)(?:(?>%(within)s{%(most)d})|(?>%(within)s*)(?:\xff\xf0|(?=\xff[^\xff])))"
    rb")"
    # One of which more has to come.
    rb"|(\xff(?:[\xfb-\xfe]|\xfa(?>%(within)s*)\xff?)?\Z)"
    % {b"within": _WITHIN, b"most": MOST_SUBNEGOTIATION}
)
"""
Before a byte that begins no command, an IAC is no telnet, but a byte that is no UTF-8: this leaves
it in the text.
"""

_, _, _COMMAND, _SUBNEGOTIATION, _BEGUN = range(1 + _COMMANDS.groups)
"""What C{split} gives, by turns: text, and what each group has found behind it, or C{None}."""

_PERIOD: Final = 1 + _COMMANDS.groups

_ENTER: Final = b"\r\0"
"""What a telnet sends for the Enter key in character mode."""

_NOTHING: Final[frozenset[bytes]] = frozenset()


class TelnetFilter:
    """
    Parts what a client sends into text and telnet's commands, however it is cut into chunks.

    @ivar isTelnet: whether the client has shown itself to speak telnet.
    """

    __slots__ = ("_begun", "_refused", "isTelnet")

    def __init__(self) -> None:
        self.isTelnet = False
        self._begun = b""
        self._refused = _NOTHING

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """
        For each command of a chunk nothing is done here but what C{re} does: a client may send as
        many as it likes.

        @param data: the next chunk.
        @return: the text in it, where a lone carriage return that ends a line has become a line
            feed; and what is to be sent back, each answer once.
        """
        data = self._begun + data
        self._begun = b""
        pieces: list[bytes | None] = [data]
        answers = b""
        if IAC in data:
            pieces = _COMMANDS.split(data)
            answers = self._heed(pieces)
        if _ENTER in data:
            pieces = [piece and piece.replace(_ENTER, b"\r\n") for piece in pieces]
        text = b"".join(filter(None, pieces))
        if (pieces[-1] or b"").endswith(b"\r"):
            # A NUL may come next.
            self._begun, text = b"\r", text[:-1]
        return text, answers

    def _heed(self, pieces: list[bytes | None]) -> bytes:
        """
        Take the commands out of what a chunk was split into.

        @return: what is to be sent back.
        """
        # Only the last one may be begun and not ended.
        self._begun = b"".join(filter(None, pieces[_BEGUN::_PERIOD]))
        commands = list(filter(None, dict.fromkeys(pieces[_COMMAND::_PERIOD])))
        if commands or len(self._begun) > 1 or any(pieces[_SUBNEGOTIATION::_PERIOD]):
            self.isTelnet = True
        nothing: list[bytes | None] = [None] * (len(pieces) // _PERIOD)
        for group in (_COMMAND, _SUBNEGOTIATION, _BEGUN):
            pieces[group::_PERIOD] = nothing
        answers = dict.fromkeys(answer for each in commands for answer in _answers(each))
        # Each refusal once, so that two who misunderstand each other don't go on for ever. But a
        # timing mark is asked for, after Ctrl-C, by a client that shows nothing until it has the
        # answer; and whoever asks whether there is somebody wants to know it each time.
        given = [each for each in answers if each in _ALWAYS or each not in self._refused]
        if not self._refused.issuperset(given):
            self._refused |= frozenset(given)
        return b"".join(given)


def _answers(command: bytes) -> Iterator[bytes]:
    """
    @param command: without IAC, with its option.
    @return: what it is answered with: nearly every option is refused, and what the client says of
        the echo needs no answer.
    """
    word, option = command[0], command[1:]
    if word == AYT:
        yield HERE
    elif word == WILL:
        yield bytes((IAC, DO if option[0] == BINARY else DONT)) + option
        if option[0] == LINEMODE:
            # It sends whole lines. One that sends keys ends lines otherwise where there are eight
            # bits, so it is not asked.
            yield EIGHT_BITS
    elif word == DO and option[0] != ECHO:
        yield bytes((IAC, WILL if option[0] == BINARY else WONT)) + option


_ALWAYS: Final = (HERE, bytes((IAC, WONT, TIMING_MARK)))
