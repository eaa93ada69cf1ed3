"""
Usage strings, and how what somebody typed is split by them.

C{/kick [#ROOM] NAME [REASON...]} is all there is to say about the arguments of a command:

  - C{NAME}, in capitals, is one word, and becomes the argument C{name}; C{NUMBER|last} likewise;
  - C{REASON...} is the rest of the line, as it was typed;
  - C{NAME} may begin with C{@}, as the private conversation with somebody is called: C{@bea};
  - C{#ROOM} is a word that begins with C{#}: a room other than the current one;
  - C{before} is that word itself; C{on|off} is one of the words, and becomes C{choice};
  - C{ROOM…} is one word or several: all that look right;
  - a word of small letters right behind the command belongs to its name: C{/account export};
  - what stands in brackets may be left out; C{[with messages]}, given words alone, becomes the
    argument C{messages}.

Some words must look like what they stand for (see L{LOOKS}), so that in C{/ban bea for fun} the end
is a reason and not a time; in C{/ban bea for 2hourz} it is neither, but a mistake. Others may stand
in quotes, with spaces in them (see L{QUOTABLE}).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from twisted_chat.domain.quantities import secondsIn

REST = "..."
SEVERAL = "…"
TIME = "TIME"
"""What is one word or two: C{2h} or C{2 hours}."""

FILLER = "for"
"""A word that may be left out where what follows shows itself: C{for 2h} or C{2h}."""


def _isNoRoom(word: str) -> bool:
    return not word.startswith("#")


def _isOneOfRooms(word: str) -> bool:
    # What comes behind rooms has to be told from them; alone, for is a room's name like others.
    return word.lower() not in (FILLER, "uses") and not word[0].isdigit()


def _isDuration(text: str) -> bool:
    return secondsIn(text) is not None


LOOKS: Mapping[str, Callable[[str], object]] = {
    # Names don't begin with a digit: #118 is a message.
    "#ROOM": re.compile(r"##*[^#\d]").match,
    "ROOM|@NAME": re.compile(r"(?!before$)[^\d-][^/]*", re.IGNORECASE).fullmatch,
    # No person has a # in their name: /kick #dev lacks one.
    "NAME": _isNoRoom,
    "WHO": _isNoRoom,
    "ROOM…": _isOneOfRooms,
    "ROW": re.compile(r"[0-9]{1,18}").fullmatch,
    "N": re.compile(r"[0-9]{1,18}").fullmatch,
    TIME: _isDuration,
}
"""What some words must look like."""

PEOPLE = ("NAME", "NAME|#ROOM")
"""The words that may have an C{@} before them, which is in no name."""

QUOTABLE = ("PASSWORD", "OLD", "NEW")
"""The words that may stand in quotes: C{/register "correct horse"}."""

_QUOTED = re.compile(r'"([^"]+)"(?:\s+|$)')

Values = Mapping[str, str]
Match = tuple[Values, str]


class Part(Protocol):
    """
    A part of a usage string.
    """

    def matches(self, text: str) -> Iterator[Match]:
        """
        The ways in which a text can begin with this part, the best one first.

        @return: for each, the arguments and the text after it.
        """


def split(text: str) -> tuple[str, str]:
    """
    The first word of a text, and the rest after the spaces between them.
    """
    found = text.split(None, 1)
    return (found[0], found[1] if len(found) == 2 else "") if found else ("", "")


@dataclass(frozen=True, slots=True)
class Word:
    """
    One word that becomes an argument.
    """

    spelled: str

    @property
    def name(self) -> str:
        """
        What the argument is called: C{NUMBER|last} is C{number}.
        """
        return self.spelled.partition("|")[0].lstrip("#").lower()

    def matches(self, text: str) -> Iterator[Match]:
        """
        If there is a word, and it looks right.
        """
        quoted = _QUOTED.match(text)
        if quoted and self.spelled in QUOTABLE:
            yield {self.name: quoted[1]}, text[quoted.end() :]
            return
        word, rest = split(text)
        if self.spelled == TIME:
            unit, end = split(rest)
            if unit and _isDuration(f"{word} {unit}"):
                yield {self.name: f"{word} {unit}"}, end
        look = LOOKS.get(self.spelled)
        # What is in quotes is no name: /login "correct horse" has none.
        cut = quoted is not None and len(word) < len(quoted[0].rstrip())
        if word and not (cut and self.spelled == "NAME") and (look is None or look(word)):
            meant = word.removeprefix("@") if self.spelled in PEOPLE else word
            yield {self.name: meant or word}, rest


@dataclass(frozen=True, slots=True)
class Several:
    """
    Some words, with spaces between them.
    """

    spelled: str

    @property
    def name(self) -> str:
        """
        What the argument is called.
        """
        return self.spelled.lower()

    def matches(self, text: str) -> Iterator[Match]:
        """
        As many as look right: what follows looks otherwise. To try fewer would take the square of
        their number.
        """
        look = LOOKS.get(self.spelled + SEVERAL)
        words = text.split()
        count = sum(1 for _ in takewhile(look, words)) if look is not None else len(words)
        if count:
            rest = text.split(None, count)[count] if count < len(words) else ""
            yield {self.name: _before(rest, text)}, rest


def _before(rest: str, text: str) -> str:
    """
    What stands in a text before its rest, without the spaces around it.
    """
    return text[: len(text) - len(rest)].strip()


@dataclass(frozen=True, slots=True)
class Rest:
    """
    The rest of the line.
    """

    spelled: str

    @property
    def name(self) -> str:
        """
        What the argument is called.
        """
        return self.spelled.lower()

    def matches(self, text: str) -> Iterator[Match]:
        """
        If there is anything but spaces.
        """
        if text and not text.isspace():
            yield {self.name: text}, ""


@dataclass(frozen=True, slots=True)
class Choice:
    """
    One of some given words; it is an argument if there is more than one to choose from.
    """

    words: tuple[str, ...]

    def matches(self, text: str) -> Iterator[Match]:
        """
        If the word is one of them.
        """
        word, rest = split(text)
        if word.lower() in self.words:
            yield ({"choice": word.lower()} if len(self.words) > 1 else {}), rest
        if self.words == (FILLER,):
            yield {}, text


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    Given words that may be left out, and are an argument if they are there.
    """

    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """
        What the argument is called: the last of the words.
        """
        return self.words[-1]

    def matches(self, text: str) -> Iterator[Match]:
        """
        With them, or else without.
        """
        rest = text
        for wanted in self.words:
            word, rest = split(rest)
            if word.lower() != wanted:
                break
        else:
            yield {self.name: _before(rest, text)}, rest
        yield {}, text


@dataclass(frozen=True, slots=True)
class Optional:
    """
    Parts that may be left out together.
    """

    parts: tuple[Part, ...]

    def matches(self, text: str) -> Iterator[Match]:
        """
        With them, or else without.
        """
        yield from matches(self.parts, text)
        if not self._isWrongTime(text):
            yield {}, text

    def _isWrongTime(self, text: str) -> bool:
        """
        Whether a time is begun and is none: were C{for 2hourz} a reason, it would hold for ever.
        """
        word, rest = split(text)
        begun = self.parts[0] == Choice((FILLER,)) and word.lower() == FILLER
        return begun and (not rest or rest[0].isdigit()) and not any(matches(self.parts, text))


def matches(parts: Sequence[Part], text: str) -> Iterator[Match]:
    """
    The ways in which a text can begin with some parts in a row.
    """
    if not parts:
        yield {}, text
        return
    for values, rest in parts[0].matches(text):
        for more, end in matches(parts[1:], rest):
            yield {**values, **more}, end


class Usage:
    """
    How a command is called.

    @ivar name: the command, without the slash.
    @ivar parts: its arguments.
    @ivar shown: how people read it: C{/kick [#ROOM] NAME [REASON]}.
    @ivar short: the same without C{[#ROOM]}, for lists.
    """

    __slots__ = ("name", "parts", "short", "shown")

    def __init__(self, text: str) -> None:
        """
        @param text: the usage string.
        @raise ValueError: it is none.
        """
        command, *tokens = re.findall(r"[][]|[^][\s]+", text)
        if not re.fullmatch("/[a-z]+", command):
            raise ValueError(f"{text!r} does not begin with the name of a command")
        self.name = command[1:]
        if tokens and tokens[0].isalpha() and tokens[0].islower():
            self.name += f" {tokens.pop(0)}"
        self.parts = _parse(tokens)
        if tokens:
            raise ValueError(f"{text!r} has a bracket too many")
        self.shown = text.replace(REST, "")
        self.short = self.shown.replace(" [#ROOM]", "")

    def arguments(self, text: str) -> Values | None:
        """
        Split what was typed.

        @param text: all after the command.
        @return: the arguments by name, without those left out; C{None} if it does not fit.
        """
        for values, rest in matches(self.parts, text.lstrip()):
            if not rest.strip():
                return values
        return None


def _optional(parts: tuple[Part, ...]) -> Part:
    given = [part.words[0] for part in parts if isinstance(part, Choice) and len(part.words) == 1]
    return Phrase(tuple(given)) if len(given) == len(parts) else Optional(parts)


def _parse(tokens: list[str], depth: int = 0) -> tuple[Part, ...]:
    """
    @param tokens: what is left to read; it is used up, but for what is after a closing bracket.
    """
    parts: list[Part] = []
    while tokens:
        token = tokens.pop(0)
        if token == "[":  # noqa: S105
            parts.append(_optional(_parse(tokens, depth + 1)))
        elif token == "]":  # noqa: S105
            if not depth:
                tokens.insert(0, token)
            return tuple(parts)
        elif token.endswith(REST):
            parts.append(Rest(token.removesuffix(REST)))
        elif token.endswith(SEVERAL):
            parts.append(Several(token.removesuffix(SEVERAL)))
        elif token.islower():
            parts.append(Choice(tuple(token.split("|"))))
        else:
            parts.append(Word(token))
    if depth:
        raise ValueError("a bracket is not closed")
    return tuple(parts)
