"""
Telnet (RFC 854): its commands, told apart from text.

Every option is refused, so a client that speaks telnet and one that does not are served alike. One
thing is offered: while a password is typed, the server says that it will echo, and does not.
"""

from __future__ import annotations

from typing import Final

IAC: Final = 255
SE: Final = 240
AYT: Final = 246
SB: Final = 250
WILL: Final = 251
WONT: Final = 252
DO: Final = 253
DONT: Final = 254

ECHO: Final = 1
TIMING_MARK: Final = 6

LF: Final = 10
CR: Final = 13
NUL: Final = 0

ECHO_OFF: Final = bytes((IAC, WILL, ECHO))
"""Asks the client not to show what is typed."""
ECHO_ON: Final = bytes((IAC, WONT, ECHO))
"""Asks the client to show again what is typed."""

HERE: Final = b"[Here]\r\n"
"""What "Are you there?" is answered with."""

MOST_SUBNEGOTIATION: Final = 1024
"""A subnegotiation has so many bytes at most; the rest is taken for text."""

_NOTHING: Final[frozenset[bytes]] = frozenset()


class TelnetFilter:
    """
    Parts what a client sends into text and telnet's commands, however it is cut into chunks.

    @ivar isTelnet: whether the client has shown itself to speak telnet.
    """

    __slots__ = ("_answers", "_refused", "_state", "_subnegotiated", "isTelnet")

    def __init__(self) -> None:
        self.isTelnet = False
        self._state = "text"
        self._answers = b""
        self._refused = _NOTHING
        self._subnegotiated = 0

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """
        @param data: the next chunk.
        @return: the text in it, where a lone carriage return that ends a line has become a line
            feed; and what is to be sent back.
        """
        # Nearly all that comes is text.
        if self._state == "text" and IAC not in data and CR not in data:
            return data, b""
        text = bytearray()
        for byte in data:
            getattr(self, "byte_" + self._state)(byte, text)
        answers, self._answers = self._answers, b""
        return bytes(text), answers

    # One method for each state; the state is what came before the byte.

    def byte_text(self, byte: int, text: bytearray) -> None:
        """
        Text.
        """
        if byte == IAC:
            self._state = "iac"
            return
        text.append(byte)
        if byte == CR:
            self._state = "cr"

    def byte_cr(self, byte: int, text: bytearray) -> None:
        """
        A carriage return; with a NUL behind it, it is what a telnet sends for the Enter key in
        character mode.
        """
        self._state = "text"
        self.byte_text(LF if byte == NUL else byte, text)

    def byte_iac(self, byte: int, text: bytearray) -> None:
        """
        The byte before a command.
        """
        self._state = "text"
        if byte == IAC:
            text.append(IAC)
        elif byte < SE:
            # No telnet: a byte that is no UTF-8, and another one.
            text.append(IAC)
            self.byte_text(byte, text)
        else:
            self.isTelnet = True
            self._command(byte)

    def _command(self, command: int) -> None:
        if command == SB:
            self._state = "sb"
            self._subnegotiated = 0
        elif command in _ASKED:
            self._state = _ASKED[command]
        elif command == AYT:
            self._answers += HERE

    def byte_will(self, option: int, text: bytearray) -> None:
        """
        The client offers to do something.
        """
        self._state = "text"
        self._refuse(DONT, option)

    def byte_do(self, option: int, text: bytearray) -> None:
        """
        The client asks the server to do something, or agrees that it does.
        """
        self._state = "text"
        if option != ECHO:
            self._refuse(WONT, option)

    def byte_refusal(self, option: int, text: bytearray) -> None:
        """
        The client won't do something, or asks the server not to: it does not.
        """
        self._state = "text"

    def _refuse(self, command: int, option: int) -> None:
        answer = bytes((IAC, command, option))
        # Once each, so that two who misunderstand each other don't go on for ever. But a timing
        # mark is asked for, after Ctrl-C, by a client that shows nothing until it has the answer.
        if option == TIMING_MARK or answer not in self._refused:
            self._refused |= {answer}
            self._answers += answer

    def byte_sb(self, byte: int, text: bytearray) -> None:
        """
        Within a subnegotiation, of which nothing was asked for.
        """
        self._subnegotiated += 1
        if byte == IAC:
            self._state = "sbIac"
        elif self._subnegotiated >= MOST_SUBNEGOTIATION:
            self._state = "text"

    def byte_sbIac(self, byte: int, text: bytearray) -> None:
        """
        The byte before a command, within a subnegotiation.
        """
        self._state = "sb"
        if byte == SE:
            self._state = "text"
        elif byte != IAC:
            # It was never ended: this is the next command.
            self.byte_iac(byte, text)


_ASKED: Final = {WILL: "will", WONT: "refusal", DO: "do", DONT: "refusal"}
