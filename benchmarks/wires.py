"""
The wires that the generator can speak: which bytes bring someone in, and which say a line.

A new wire is a class with the methods of L{Wire} and a row in L{WIRES}; the scenarios don't change.
"""

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

    def say(self, room: str, text: bytes) -> bytes:
        """
        @param room: the room's plain name.
        @param text: one line of ASCII without its line end.
        @return: what to send so that everyone else in the room gets the text.
        """

    def quiet(self) -> bytes:
        """
        @return: the command that hides joins and leaves, or nothing where a wire has none.
        """

    def unasked(self, heard: bytes) -> bytes:
        """
        What a polite client sends back during login without having been asked by a L{Step}, such
        as the answer to a ping.

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

    def say(self, room: str, text: bytes) -> bytes:
        """See L{Wire.say}: a line is said in the current room."""
        return text + b"\n"

    def quiet(self) -> bytes:
        """See L{Wire.quiet}."""
        return b"/quiet on\n"

    def unasked(self, heard: bytes) -> bytes:
        """See L{Wire.unasked}: this wire has no pings."""
        return b""


WIRES: Mapping[str, Wire] = {"line": LineWire()}
