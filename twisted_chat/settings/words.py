"""
More kinds of settings: one of some words, some lines, a secret, how long something is kept, a room.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any

from twisted_chat.domain.errors import BadName
from twisted_chat.domain.names import roomName
from twisted_chat.settings.kinds import (
    Rule,
    bounded,
    durationReader,
    quoted,
    readLines,
    readText,
    readTexts,
    setting,
)

FOR_EVER = "for ever"

MOST_LINES = 100
LONGEST_LINE = 400
"""
Characters. What everybody reads on coming in has to fit into what may wait for a client, also if
each character takes four bytes.
"""


def choice(default: str, explanation: str, *others: str) -> Any:
    """
    A setting that is one of some words.

    @param default: its default, the first of them.
    @param explanation: one line.
    @param others: the other words.
    @return: the field, of type C{str}.
    """
    words = (default, *others)
    shown = " or ".join([", ".join(map(quoted, words[:-1])), quoted(words[-1])])

    def read(value: object, _folder: Path) -> str:
        if value not in words:
            raise ValueError(f"must be {shown}, not {value!r}")
        return str(value)

    return setting(default, explanation, read, quoted(default))


def lines(explanation: str) -> Any:
    """
    A setting that is a text of some lines, which people read as they are.

    @param explanation: one line, without its full stop; the limits are added to it.
    @return: the field, of type C{str}; C{""} by default.
    """

    def read(value: object, folder: Path) -> str:
        found = readLines(value, folder)
        given = found.splitlines()
        if len(given) > MOST_LINES:
            raise ValueError(f"must have at most {MOST_LINES} lines, not {len(given)}")
        for number, line in enumerate(given, 1):
            if len(line) > LONGEST_LINE:
                raise ValueError(
                    f"must have at most {LONGEST_LINE} characters in a line, "
                    f"not {len(line)} as in line {number}"
                )
        return found

    limits = f"at most {MOST_LINES} lines of {LONGEST_LINE} characters"
    return setting("", f"{explanation}: {limits}. Empty: none.", read, quoted(""))


def textFound(find: Callable[[], str], explanation: str, most: int) -> Any:
    """
    A setting that is a text, for which the empty text stands for a default found on the machine.

    @param find: gives the default.
    @param explanation: one line.
    @param most: characters of what is given.
    @return: the field, of type C{str}.
    """

    def read(value: object, folder: Path) -> str:
        return bounded(readText(value, folder), most) or find()

    return setting(find, explanation, read, '""')


def secret(explanation: str) -> Any:
    """
    A setting that is a text nobody gets to see: neither in errors nor in the log.

    @param explanation: one line.
    @return: the field, of type C{str}; C{""} by default.
    """

    def read(value: object, _folder: Path) -> str:
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError("must be a text of one line in quotes")
        return value

    return field(default="", repr=False, metadata={"rule": Rule(explanation, read, '""')})


def kept(explanation: str, least: float) -> Any:
    """
    A setting that says how long something is kept.

    @param explanation: one line.
    @param least: seconds, the shortest that is allowed.
    @return: the field, of type C{float}: seconds, 0 for ever, which is the default.
    """

    readDuration = durationReader(least)

    def read(value: object, folder: Path) -> float:
        return 0.0 if value == FOR_EVER else readDuration(value, folder)

    return setting(0.0, explanation, read, quoted(FOR_EVER))


def room(default: str, explanation: str) -> Any:
    """
    A setting that is the name of a room.

    @param default: its default.
    @param explanation: one line.
    @return: the field, of type C{str}: the name as rooms spell it.
    """

    def read(value: object, folder: Path) -> str:
        try:
            return roomName(readText(value, folder))
        except BadName as error:
            raise ValueError(error.text) from None

    return setting(default, explanation, read, quoted(default))


def command(explanation: str) -> Any:
    """
    A setting that is a program with its arguments.

    @param explanation: one line.
    @return: the field, of type C{tuple[str, ...]}; nothing by default.
    """

    def read(value: object, folder: Path) -> tuple[str, ...]:
        words = tuple(word for word in readTexts(value, folder) if word)
        if not words:
            return ()
        program = folder / words[0]
        if not (program.is_file() and os.access(program, os.X_OK)):
            raise ValueError(f"{program} is no program that can be run")
        return (str(program), *words[1:])

    return setting((), explanation, read, "[]", several=True)
