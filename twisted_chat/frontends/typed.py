"""
A connection on which people type: nc, telnet, openssl s_client.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twisted.python.failure import Failure

from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.domain.names import decode
from twisted_chat.domain.units import KIB
from twisted_chat.frontends.connection import LINE, TOO_LONG, LineConnection
from twisted_chat.frontends.lineformat import EOL, ERROR
from twisted_chat.frontends.telnet import TelnetFilter

BACKSPACE: Final = "\b"
DELETE: Final = "\x7f"
"""What the key that takes back a character sends, according to the terminal."""


def erase(line: str) -> str:
    """
    Take back what was taken back. A terminal does that itself, but for a telnet in character mode,
    such as that of Windows, which sends each key as it is pressed.

    @param line: all keys of it.
    @return: what is left of it.
    """
    if BACKSPACE not in line and DELETE not in line:
        return line
    kept: list[str] = []
    for character in line:
        if character not in (BACKSPACE, DELETE):
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


class TypedConnection(LineConnection):
    """
    One connection.

    Turns are done by C{turn_KIND} methods: C{turn_greet} first, C{turn_line} for each line.

    @ivar telnet: parts text from telnet's commands.
    """

    __slots__ = ("telnet",)

    # People paste whole files by mistake.
    mostSkipped = 128 * KIB

    def __init__(self) -> None:
        super().__init__()
        self.telnet = TelnetFilter()

    def disconnect(self, reason: str) -> None:
        """
        End the connection, and say why.

        @param reason: one line for the person.
        """
        self.leave(reason)
        self.write([ERROR + reason])
        self.close()

    def hide(self) -> None:
        """
        Ask a telnet not to show what is typed, if it is a password.
        """

    # What is read.

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have come: text, and perhaps telnet's commands.
        """
        known = self.telnet.isTelnet
        text, answers = self.telnet.feed(data)
        if answers:
            self.outbox.write(answers)
        if self.telnet.isTelnet and not known:
            self.hide()
        if len(text) < len(data):
            # Commands are no lines, and cost the server time too.
            self.charge(len(data) - len(text))
        super().dataReceived(text)

    def lineReceived(self, line: bytes) -> None:
        """
        A line has come, with or without a carriage return at its end.
        """
        line = line.removesuffix(b"\r")
        if len(line) > self.factory.limits.line:
            # Without a carriage return, one more byte than is allowed has come through.
            self.take((TOO_LONG, ""), 0)
        else:
            self.take((LINE, erase(decode(line))), len(line))

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        A line is too long: say so once, and leave all of it out.
        """
        self.take((TOO_LONG, ""), 0)
        self.skip(line)

    # What is done.

    def turn_tooLong(self, text: str) -> None:
        """
        A line was left out.
        """
        limit = self.factory.limits.line
        raise BadInput(why=f"That line is too long: {limit} bytes are the limit. It was left out.")

    def refused(self, why: Failure) -> None:
        """
        Say why something did not work: the one place where that is said.
        """
        if isinstance(why.value, ChatError):
            self.factory.counts.refusals[why.value.code] += 1
            self.write([ERROR + why.value.text])
            self._log.info("{who} was refused: {code}", who=self.whoIsThere(), code=why.value.code)
            self.heed(why.value)
            return
        self.wentWrong(why)
        self.write([ERROR + "Internal error; it has been logged."])

    def write(self, lines: Sequence[str], end: str = "") -> None:
        """
        Write lines of the server's own, in one go.

        @param lines: without line ends.
        @param end: what stands behind them, such as a prompt.
        """
        if lines or end:
            self.writeAnswer("".join([*(line + EOL for line in lines), end]).encode())
