"""
How answers look to people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from twisted_chat.admin.order import Row
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.quantities import durationText
from twisted_chat.domain.units import KIB, MILLISECONDS
from twisted_chat.frontends.commands.columns import INDENT, aligned

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def text(value: object) -> str:
    """
    Anything, in one line.
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(text, value))
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int):
        return f"{value:,}"
    return cleanLine(str(value)) if value is not None else ""


def when(value: object) -> str:
    """
    A time, as clocks here show it.

    @param value: POSIX seconds; 0: never.
    """
    seconds = _number(value)
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}" if seconds else ""


def duration(value: object) -> str:
    """
    A length of time.

    @param value: seconds.
    """
    seconds = _number(value)
    return durationText(seconds) if seconds else ""


def brief(value: object) -> str:
    """
    A short length of time.

    @param value: seconds; C{None}: not known.
    """
    return "" if value is None else f"{_number(value) / MILLISECONDS:.1f} ms"


def size(value: object) -> str:
    """
    @param value: bytes; C{None}: not known.
    """
    if value is None:
        return ""
    left, unit = _number(value), 0
    while left >= KIB and unit < len(_UNITS) - 1:
        left, unit = left / KIB, unit + 1
    return f"{left:.1f} {_UNITS[unit]}" if unit else f"{left:.0f} {_UNITS[0]}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


@dataclass(frozen=True, slots=True)
class Column:
    """
    A part of a row.

    @ivar key: what it is called in the row.
    @ivar title: what people call it; C{""}: the same.
    @ivar show: makes text of it.
    @ivar isNumber: whether it stands flush right.
    """

    key: str
    title: str = ""
    show: Callable[[object], str] = text
    isNumber: bool = False

    @property
    def heading(self) -> str:
        """
        What stands above it.
        """
        return self.title or self.key


class Table:
    """
    Shows rows one under the other.
    """

    def __init__(self, nothing: str, *columns: Column) -> None:
        """
        @param nothing: what is said if there are no rows.
        """
        self._nothing = nothing
        self._columns = columns

    def __call__(self, rows: Iterable[Row]) -> Iterator[str]:
        """
        @return: the lines.
        """
        cells = [[column.show(row.get(column.key)) for column in self._columns] for row in rows]
        if not cells:
            yield self._nothing
            return
        right = [at for at, column in enumerate(self._columns) if column.isNumber]
        heading = [column.heading if any(filled) else "" for column, filled in self._filled(cells)]
        for line in aligned([heading, *cells], right):
            yield line.removeprefix(INDENT)

    def _filled(self, cells: list[list[str]]) -> Iterator[tuple[Column, tuple[str, ...]]]:
        # A column in which nobody has anything is left out.
        return zip(self._columns, zip(*cells, strict=True), strict=True)


class Card:
    """
    Shows each row as lines of its own, one for each part of it.
    """

    def __init__(self, *columns: Column) -> None:
        self._columns = columns

    def __call__(self, rows: Iterable[Row]) -> Iterator[str]:
        """
        @return: the lines.
        """
        for row in rows:
            shown = [(column.heading, column.show(row.get(column.key))) for column in self._columns]
            for line in aligned([each for each in shown if each[1]]):
                yield line.removeprefix(INDENT)


class Sentence:
    """
    Says what each row tells in words.
    """

    def __init__(self, words: str, **more: str) -> None:
        """
        @param words: with the keys of a row in braces.
        @param more: by the key of a part that may be empty, what is said of it where it is not.
        """
        self._words = words
        self._more = more

    def __call__(self, rows: Iterable[Row]) -> Iterator[str]:
        """
        @return: the lines.
        """
        for row in rows:
            shown = {key: when(v) if key == "until" else text(v) for key, v in row.items()}
            said = [self._words, *(words for key, words in self._more.items() if row.get(key))]
            yield "".join(said).format(**shown).rstrip(".") + "."
