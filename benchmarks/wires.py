"""
The wires that the generator can speak: which bytes bring someone in, and which say a line.

A new wire is a class with the methods of L{Wire} and a row in L{WIRES}; the scenarios don't change.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of a login: what to wait for, and what to send then.

    @ivar expect: bytes that the server's output must contain; empty means "at once".
    @ivar answer: bytes to send when they came; may be empty in the last step.
    """

    expect: bytes
    answer: bytes


class Wire(Protocol):
    """
    What the generator must know of a protocol.

    Messages are counted by their newlines and known by their payload, so no wire has to be parsed.
    """

    def login(self, name: str, room: str) -> tuple[Step, ...]:
        """
        @param name: a name that is valid on every wire.
        @param room: a room's plain name, such as C{bench1}.
        @return: the steps from the first byte until the room has been entered.
        """

    def enter(self, room: str) -> tuple[bytes, bytes]:
        """
        @param room: the plain name of one more room, for who has logged in.
        @return: what to send, and bytes in the last line of the server's answer.
        """

    def say(self, room: str, text: bytes) -> bytes:
        """
        @param room: the room's plain name.
        @param text: one line of ASCII without its line end.
        @return: what to send so that everyone else in the room gets the text.
        """

    def leave(self) -> bytes:
        """
        @return: the command that ends the visit politely.
        """

    def quiet(self) -> bytes:
        """
        @return: the command that hides joins and leaves, or nothing where a wire has none.
        """

    def unasked(self, heard: bytes) -> bytes:
        """
        What a polite client sends back without having been asked by a L{Step}: the answers to
        pings. They are one line for each line of the server's that asks for one.

        @param heard: what has just been received.
        @return: what to send; usually nothing.
        """


class LineWire:
    """
    The line protocol, as it looks in C{nc}.
    """

    def login(self, name: str, room: str) -> tuple[Step, ...]:
        """See L{Wire.login}."""
        return (
            Step(b"Your name: ", name.encode() + b"\n"),
            Step(b"Room [", room.encode() + b"\n"),
            Step(b"* You are in ", b""),
        )

    def enter(self, room: str) -> tuple[bytes, bytes]:
        """See L{Wire.enter}."""
        return b"/join " + room.encode() + b"\n", b"* You are in "

    def say(self, room: str, text: bytes) -> bytes:
        """See L{Wire.say}: a line is said in the current room."""
        return text + b"\n"

    def leave(self) -> bytes:
        """See L{Wire.leave}."""
        return b"[EXIT]\n"

    def quiet(self) -> bytes:
        """See L{Wire.quiet}."""
        return b"/quiet on\n"

    def unasked(self, heard: bytes) -> bytes:
        """See L{Wire.unasked}: this wire has no pings."""
        return b""


class IrcWire:
    """
    IRC, as any server speaks it.
    """

    def __init__(self, *capabilities: str) -> None:
        """
        @param capabilities: what to ask for with C{CAP REQ}; nothing is negotiated without any.
        """
        self._capabilities = capabilities

    def login(self, name: str, room: str) -> tuple[Step, ...]:
        """See L{Wire.login}: the room is entered when the list of names has come to its end."""
        who = f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n".encode()
        register: tuple[Step, ...] = (Step(b"", who),)
        if self._capabilities:
            ask = f"CAP REQ :{' '.join(self._capabilities)}\r\n".encode()
            register = (Step(b"", ask + who), Step(b" ACK ", b"CAP END\r\n"))
        enter, entered = self.enter(room)
        return (*register, Step(b" 001 ", enter), Step(entered, b""))

    def enter(self, room: str) -> tuple[bytes, bytes]:
        """See L{Wire.enter}: RPL_ENDOFNAMES (366) is the last line of the answer."""
        return b"JOIN #" + room.encode() + b"\r\n", b" 366 "

    def say(self, room: str, text: bytes) -> bytes:
        """See L{Wire.say}."""
        return b"PRIVMSG #" + room.encode() + b" :" + text + b"\r\n"

    def leave(self) -> bytes:
        """See L{Wire.leave}."""
        return b"QUIT :bye\r\n"

    def quiet(self) -> bytes:
        """See L{Wire.quiet}: this wire has no such command."""
        return b""

    def unasked(self, heard: bytes) -> bytes:
        """See L{Wire.unasked}."""
        if b"PING" not in heard:
            return b""
        return b"".join(b"PONG " + token + b"\r\n" for token in PING.findall(heard))


PING = re.compile(rb"^(?::[^ ]+ )?PING ([^\r\n]*)\r?$", re.MULTILINE)

WIRES: Mapping[str, Wire] = {"line": LineWire(), "irc": IrcWire()}
