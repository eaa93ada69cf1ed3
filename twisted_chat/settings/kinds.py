"""
Kinds of settings: numbers, durations, texts, paths, addresses, places to listen.

Each function makes a dataclass field that knows its default, its explanation, and how its value is
read from TOML or from an option of the command line. L{twisted_chat.config} is made of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted_chat.domain.quantities import LONGEST, UNITS, secondsIn
from twisted_chat.settings.addresslist import AddressList

HIGHEST_PORT = 65535
OFF = "off"


class SettingsError(Exception):
    """
    A setting is wrong. As text: its path and why, in one line.
    """

    def __init__(self, path: str, why: str) -> None:
        """
        @param path: the setting (C{"limits.message"}), or the file that can't be read.
        @param why: what is wrong, or what is asked for.
        """
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return " ".join(f"{self.path}: {self.why}".split())


def duration(text: str) -> float:
    """
    Read a length of time.

    @param text: C{"90 s"}, C{"10 min"}, C{"2h"}, C{"7 days"}, C{"1h 30min"}; a bare number is
        seconds.
    @return: seconds.
    @raise ValueError: if it is not one, or longer than L{LONGEST}.
    """
    bare = text.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", bare):
        return float(bare)
    found = secondsIn(text)
    if found is None:
        raise ValueError(f'must be a duration such as "90 s", "2 h" or "7 days", not {text!r}')
    if found > LONGEST:
        raise ValueError(f"must be at most {typedDuration(LONGEST)}, not {text!r}")
    return found


def typedDuration(seconds: float) -> str:
    """
    Write a length of time, in the largest unit that it is a whole number of.

    @param seconds: at least 0.
    @return: what L{duration} reads: C{"7 days"}, C{"90 s"}, C{"1 ms"}.
    """
    for unit in ("days", "h", "min", "s", "ms"):
        number = seconds / UNITS[unit]
        if number >= 1 and abs(number - round(number)) < 1e-9:
            return f"{round(number)} {unit}"
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + " s"


# Readers: each takes a value from TOML or from an option, and the folder that relative paths start
# from, and gives the setting's value or raises ValueError with the reason.
Reader = Callable[[object, Path], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What L{load<twisted_chat.config.load>} and L{example<twisted_chat.config.example>} know of a
    setting.

    @ivar explanation: for the person who sets it; one line.
    @ivar read: see C{Reader}.
    @ivar shown: the default as C{example} shows it: a TOML value, which reads as the default.
    @ivar several: whether it is a list of texts.
    """

    explanation: str
    read: Reader
    shown: str
    several: bool = False


def setting(default: Any, explanation: str, read: Reader, shown: str, several: bool = False) -> Any:
    """
    A field of a table.

    @param default: its value, or a callable that finds it, where it depends on the machine.
    @param explanation: see L{Rule}.
    @param read: see L{Rule}.
    @param shown: see L{Rule}.
    @param several: see L{Rule}.
    @return: the field.
    """
    metadata = {"rule": Rule(explanation, read, shown, several)}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def quoted(text: str) -> str:
    """
    @param text: any text in one line.
    @return: a TOML string.
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def listed(texts: tuple[str, ...]) -> str:
    """
    @param texts: any.
    @return: a TOML list of strings.
    """
    return "[" + ", ".join(map(quoted, texts)) + "]"


MOST = 1_000_000_000
"""No whole number is larger: it fits wherever the system takes one."""


def whole(default: int, explanation: str, least: int = 1, most: int = MOST) -> Any:
    """
    A setting that is a whole number: how many, or how many bytes.

    @param default: its default.
    @param explanation: one line, with the unit.
    @param least: the smallest that is allowed.
    @param most: the largest.
    @return: the field, of type C{int}.
    """

    def read(value: object, _folder: Path) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        if type(value) is not int:
            raise ValueError(f"must be a whole number, not {value!r}")
        if value < least:
            raise ValueError(f"must be at least {least}, not {value}")
        if value > most:
            raise ValueError(f"must be at most {most}, not {value}")
        return value

    return setting(default, explanation, read, str(default))


def durationReader(least: float, most: float = LONGEST) -> Callable[[object, Path], float]:
    """
    What reads a length of time: a text that L{duration} reads, or a number of seconds.

    @param least: seconds, the shortest that is allowed.
    @param most: seconds, the longest.
    """

    def read(value: object, _folder: Path) -> float:
        if type(value) in (int, float):
            value = f"{value:.9f}"
        if not isinstance(value, str):
            raise ValueError(f"must be a duration, not {value!r}")
        found = duration(value)
        if found < least:
            raise ValueError(f"must be at least {typedDuration(least)}, not {typedDuration(found)}")
        if found > most:
            raise ValueError(f"must be at most {typedDuration(most)}, not {typedDuration(found)}")
        return found

    return read


def seconds(default: float, explanation: str, least: float = 0.0, most: float = LONGEST) -> Any:
    """
    A setting that is a length of time.

    @param default: seconds.
    @param explanation: one line.
    @param least: seconds, the shortest that is allowed.
    @param most: seconds, the longest.
    @return: the field, of type C{float}.
    """

    read = durationReader(least, most)
    return setting(default, explanation, read, quoted(typedDuration(default)))


def readLines(value: object, _folder: Path) -> str:
    """
    Read a text of any number of lines.

    @param value: a string without control characters but line ends.
    @return: the same.
    @raise ValueError: if it is none.
    """
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {value!r}")
    if not value.replace("\n", "").isprintable():
        raise ValueError("must not hold control characters")
    return value


def readText(value: object, folder: Path) -> str:
    """
    Read a text of one line.

    @param value: a string without control characters.
    @param folder: unused.
    @return: the same.
    @raise ValueError: if it is none.
    """
    found = readLines(value, folder)
    if "\n" in found:
        raise ValueError("must be one line")
    return found


def text(default: str, explanation: str, most: int = 0) -> Any:
    """
    A setting that is a text of one line.

    @param default: its default.
    @param explanation: one line.
    @param most: characters; 0 for any number.
    @return: the field, of type C{str}.
    """

    def read(value: object, folder: Path) -> str:
        return bounded(readText(value, folder), most)

    return setting(default, explanation, read, quoted(default))


def bounded(found: str, most: int) -> str:
    """
    @param most: characters that a text may have; 0 for any number.
    @return: the text.
    @raise ValueError: it has more.
    """
    if most and len(found) > most:
        raise ValueError(f"must have at most {most} characters, not {len(found)}")
    return found


def readPath(value: object, folder: Path) -> Path | None:
    """
    Read a path.

    @param value: a string; C{~} stands for the home folder.
    @param folder: where relative paths start.
    @return: an absolute path, or C{None} for the empty string.
    @raise ValueError: if it is no text, or nobody knows where it is.
    """
    given = readText(str(value) if isinstance(value, Path) else value, folder)
    if not given:
        return None
    expanded = os.path.expanduser(given)
    if expanded.startswith("~"):
        raise ValueError(f"begins with {given.partition('/')[0]}, and there is no such home folder")
    return absolute(folder / expanded)


def workingFolder() -> Path:
    """
    @return: an absolute path; C{.} where it has been removed.
    """
    try:
        return Path.cwd()
    except OSError:
        return Path()


def absolute(path: Path) -> Path:
    """
    @param path: one that may be relative to the working folder.
    @return: the same file, wherever one works.
    @raise ValueError: nobody knows which that is.
    """
    try:
        return path.absolute()
    except OSError as error:
        # It has been removed, or moved out of sight.
        raise ValueError(f"must begin with /: the working folder: {error.strerror}") from error


def path(explanation: str) -> Any:
    """
    A setting that is the path of a file, or nothing.

    @param explanation: one line.
    @return: the field, of type C{Path | None}.
    """
    return setting(None, explanation, readPath, '""')


def folderFound(find: Callable[[], Path], explanation: str) -> Any:
    """
    A setting that is a folder; nothing stands for a default found on the machine.

    @param find: gives the default.
    @param explanation: one line.
    @return: the field, of type C{Path}.
    """

    def read(value: object, folder: Path) -> Path:
        return readPath(value, folder) or find()

    return setting(find, explanation, read, '""')


def readTexts(value: object, folder: Path) -> tuple[str, ...]:
    """
    Read a list of texts; one alone needs no list, and a whole number is as good as its digits.

    @param value: a string, a number, or a list of them.
    @param folder: unused.
    @return: the texts.
    @raise ValueError: if it is none of these.
    """
    given = value if isinstance(value, list | tuple) else [value]
    return tuple(str(one) if type(one) is int else readText(one, folder).strip() for one in given)


def addresses(default: tuple[str, ...], explanation: str) -> Any:
    """
    A setting that is a list of addresses.

    @param default: the texts of an L{AddressList}.
    @param explanation: one line.
    @return: the field, of type L{AddressList}.
    """

    def read(value: object, folder: Path) -> AddressList:
        return AddressList(readTexts(value, folder))

    return setting(AddressList(default), explanation, read, listed(default), several=True)


def endpoints(default: tuple[str, ...], explanation: str) -> Any:
    """
    A setting that says where to listen: port numbers, Twisted endpoint strings, or C{"off"}.

    @param default: its default.
    @param explanation: one line.
    @return: the field, of type C{tuple[str, ...]}; empty for C{"off"}.
    """

    def read(value: object, folder: Path) -> tuple[str, ...]:
        given = readTexts(value, folder)
        if given == (OFF,):
            return ()
        for one in given:
            if one == OFF:
                raise ValueError(f'"{OFF}" can\'t stand beside others')
            isPort = re.fullmatch(r"[0-9]{1,5}", one) and int(one) <= HIGHEST_PORT
            if not isPort and ":" not in one:
                raise ValueError(
                    f"must be a port number up to {HIGHEST_PORT}, "
                    f'an endpoint such as "tcp:5000", or "{OFF}", not {one!r}'
                )
        return given

    shown = listed(default) if default else quoted(OFF)
    return setting(default, explanation, read, shown, several=True)
