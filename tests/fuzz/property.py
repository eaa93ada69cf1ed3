"""
Something that has to hold, whatever is thrown at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, slots=True)
class Property:
    """
    A property.

    @ivar holds: fails with an example for which it does not hold.
    @ivar about: makes the examples, one for each of its arguments.
    """

    holds: Callable[..., None]
    about: tuple[SearchStrategy[Any], ...]

    @property
    def name(self) -> str:
        """
        What it is called.
        """
        return self.holds.__name__

    def check(self, how: settings) -> None:
        """
        Try it with so many examples as the settings say.

        @raise BaseException: it does not hold; what is raised names the smallest example.
        """
        how(given(*self.about)(self.holds))()


def forAll(*about: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Property]:
    """
    Make a function a property of what some strategies make.
    """
    return lambda holds: Property(holds, about)
