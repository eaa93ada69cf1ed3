"""
Orders: what can be asked for, how it is typed, and what is checked of it.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.quantities import LONGEST, durationOf
from twisted_chat.domain.units import MINUTES

Row = Mapping[str, object]
"""What JSON can say, by name."""

Rows = AsyncIterator[Row | msgspec.Raw]

PATIENCE: Final = 10 * MINUTES
"""Nothing takes so long between two rows of an answer."""

SHORT_PATIENCE: Final = 0.5 * MINUTES
"""Whoever asks whether all is well wants to know when no answer comes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """
    What an argument may be.

    @ivar type: what JSON may say: see L{msgspec.convert}.
    @ivar read: makes it of what was typed; may raise L{BadInput}.
    @ivar typed: how it is typed: see L{ArgumentParser.add_argument}; C{None}: never.
    @ivar told: whether the server's log may show it.
    """

    type: Any
    read: Callable[[Any], object] = lambda typed: typed
    typed: Mapping[str, Any] | None = field(default_factory=dict)
    told: bool = True


MOST: Final = 1_000_000
"""No number that is typed is larger."""


def _number(typed: str) -> int:
    """
    @raise ArgumentTypeError: it is none that could be meant.
    """
    if re.fullmatch("[0-9]{1,7}", typed) and int(typed) <= MOST:
        return int(typed)
    raise ArgumentTypeError(f"must be a whole number from 0 to {MOST:,}, not {typed!r}")


WORD = Kind(str)
TEXT = Kind(str, " ".join, {"nargs": "*"})
WORDS = Kind(list[str], list, {"nargs": "*"})
NUMBER = Kind(Annotated[int, msgspec.Meta(ge=0, le=MOST)], int, {"type": _number})
DURATION = Kind(Annotated[float, msgspec.Meta(ge=0, le=LONGEST)], durationOf)
SWITCH = Kind(bool, bool, {"action": "store_true"})
PRIVATE = Kind(str, " ".join, {"nargs": "*"}, told=False)
"""It may be a password."""
SECRET = Kind(str, typed=None, told=False)
"""It is asked for, or read from the standard input: other people can see what others type."""


REQUIRED: Final = object()
"""What has to be given."""


@dataclass(frozen=True, slots=True)
class Argument:
    """
    Something that an order is given.

    @ivar name: as its function takes it.
    @ivar about: what it is, for the help.
    @ivar default: what it is if it is not given, or L{REQUIRED}.
    @ivar option: C{"--for"}; C{""} if its place says what it is.
    """

    name: str
    about: str
    kind: Kind = WORD
    default: object = REQUIRED
    option: str = ""

    def declare(self, parser: ArgumentParser) -> None:
        """
        Let it be typed.
        """
        if self.kind.typed is None:
            return
        how = dict(self.kind.typed)
        if "action" not in how:
            how["metavar"] = (self.option.lstrip("-") or self.name).upper()
        if self.option:
            parser.add_argument(self.option, dest=self.name, help=self.about, **how)
            return
        if self.default is not REQUIRED and how.setdefault("nargs", "?") == "*":
            # Otherwise the usage would count it among what has to be given.
            how["default"] = []
        parser.add_argument(self.name, help=self.about, **how)


@dataclass(frozen=True, slots=True)
class Order:
    """
    Something that can be asked for.

    @ivar words: what is typed: C{"accounts show"}.
    @ivar summary: one line for the help.
    @ivar run: the name of the function that does it, in a module of this package:
        C{"accounts.show"}. It is given the L{Desk<twisted_chat.admin.desk.Desk>}, on whose behalf,
        and the arguments; it gives rows, or raises a
        L{ChatError<twisted_chat.domain.errors.ChatError>}.
    @ivar show: makes lines for people of the rows; C{None}: they are JSON for people too.
    @ivar arguments: what it is given.
    @ivar isWrong: whether a row means that not all is well, which the exit code says.
    @ivar patience: for how many seconds each row is waited for.
    """

    words: str
    summary: str
    run: str
    show: Callable[[Iterable[Row]], Iterator[str]] | None
    arguments: Sequence[Argument] = ()
    isWrong: Callable[[Row], bool] = lambda row: False
    patience: float = PATIENCE

    def read(self, typed: Namespace) -> dict[str, object]:
        """
        @return: the arguments that were typed.
        @raise BadInput: one can't be what it is.
        """
        found = {}
        for argument in self.arguments:
            value = getattr(typed, argument.name, None)
            if value is not None and argument.kind.typed is not None:
                found[argument.name] = argument.kind.read(value)
        return found

    def take(self, given: Mapping[str, object]) -> dict[str, object]:
        """
        @return: all arguments, checked.
        @raise BadInput: one is lacking, or can't be what it is.
        """
        taken = {}
        for argument in self.arguments:
            taken[argument.name] = argument.default
            if argument.name not in given:
                if argument.default is REQUIRED:
                    raise BadInput(why=f"{self.words} needs {argument.name}.")
                continue
            try:
                taken[argument.name] = msgspec.convert(given[argument.name], argument.kind.type)
            except msgspec.ValidationError as error:
                raise BadInput(why=f"{self.words}: {argument.name}: {error}.") from error
        if unknown := given.keys() - taken.keys():
            raise BadInput(why=f"{self.words} takes no {', '.join(sorted(unknown))}.")
        return taken

    def told(self, arguments: Mapping[str, object]) -> str:
        """
        The order with its arguments, for the server's log; without what may be secret.
        """
        shown = [
            f"{argument.name}={arguments[argument.name]!r}"
            for argument in self.arguments
            if argument.kind.told and arguments[argument.name] != argument.default
        ]
        return " ".join([self.words, *shown])
