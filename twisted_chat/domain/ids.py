"""
Ids: opaque, the same on all nodes, made where a thing is first spoken of.

An id begins with its time, so that neighbours in time are neighbours in the store's index; nobody
may read more out of it, and ids are looked up, never compared.
"""

from __future__ import annotations

import os
from collections.abc import Callable

DIRECT = "="

NAME = "@"

QUOTE = "q"
"""
What the id of a message begins with in which the operators are shown another one: behind it stands
the id of that. So a message is found that has to go when another goes.
"""

REPORT = "r"
"""
What the id of a message begins with in which the operators are told what somebody reports. It is
the network's message, but has words of that person, and so goes with what they wrote.
"""

NETWORK = "!network"
"""The channel of the network's own: what all nodes are told, and what operators are."""


class Ids:
    """
    A source of ids of 24 characters: 6 bytes of time (in 2**-16 s) and 6 random ones, in hex.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        """
        @param seconds: the time now, in POSIX seconds.
        """
        self._seconds = seconds
        self._random = b""
        self._at = 0

    def __call__(self) -> str:
        """
        @return: a new id, C{[0-9a-f]{24}}.
        """
        at = self._at
        if at >= len(self._random):
            # One call to the system for many ids: it costs more than all the rest.
            self._random, at = os.urandom(6 * 256), 0
        self._at = at + 6
        moment = int(self._seconds() * 65536) & 0xFFFFFFFFFFFF
        return f"{moment:012x}{self._random[at : at + 6].hex()}"


def reportsOf(person: str) -> tuple[str, str]:
    """
    Between which two the ids of somebody's reports are.

    @param person: the person's id.
    @return: what all of them begin with, and what is behind the last.
    """
    return f"{REPORT}{person}.", f"{REPORT}{person}/"


def directId(one: str, other: str) -> str:
    """
    The conversation that two people have in private: the same id whoever begins.

    @param one: a person's id.
    @param other: a person's id; may be the same.
    """
    return DIRECT + DIRECT.join(sorted((one, other)))


def isDirect(conversation: str) -> bool:
    """
    Whether a conversation is a private one, rather than a room.
    """
    return conversation.startswith(DIRECT)


def nameChannel(folded: str) -> str:
    """
    The channel on which those who watch a name are told what its bearer does.

    @param folded: the name, folded.
    """
    return NAME + folded


def isNameChannel(conversation: str) -> bool:
    """
    Whether it is the channel of a name.
    """
    return conversation.startswith(NAME)


def readersOf(conversation: str) -> tuple[str, ...]:
    """
    The ids of the people whose direct conversation this is: two, or one who talks to themselves.
    """
    one, other = conversation[1:].split(DIRECT)
    return (one,) if one == other else (one, other)
