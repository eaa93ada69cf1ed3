"""
What is refused is refused in one plain sentence.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest

from twisted_chat import domain
from twisted_chat.domain import errors
from twisted_chat.domain.errors import ChatError


def kinds() -> Iterator[type[ChatError]]:
    """
    @return: all that can be refused, in whichever module of the domain it stands.
    """
    for module in iter_modules(domain.__path__, f"{domain.__name__}."):
        if module.name.endswith("errors"):
            for kind in vars(import_module(module.name)).values():
                if isinstance(kind, type) and issubclass(kind, ChatError):
                    yield kind


KINDS = [kind for kind in dict.fromkeys(kinds()) if kind is not ChatError]


@pytest.mark.parametrize("kind", KINDS)
def test_anErrorIsOneLineWithItsFieldsFilledIn(kind: type[ChatError]) -> None:
    template = " ".join([*(kind.__doc__ or "").split(), kind.remedy])
    fields = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    error = kind(**{name: f"<{name}>" for name in fields})
    assert "\n" not in error.text
    assert "{" not in error.text
    assert all(f"<{name}>" in error.text for name in fields)
    assert str(error) == error.text


@pytest.mark.parametrize("kind", KINDS)
def test_commandsAreNamedByTheRemedyAlone(kind: type[ChatError]) -> None:
    assert "/" not in (kind.__doc__ or "")


def test_aRemedyOfOneCaseStandsBehindTheSentence() -> None:
    error = errors.BadInput(why="That is wrong.", remedy="/undo helps.")
    assert (error.sentence, error.text) == ("That is wrong.", "That is wrong. /undo helps.")


def test_codesAreForMachinesAndAllDifferent() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(code and code.replace("-", "").isalpha() and code.islower() for code in codes)


def test_whatIsFilledInIsNotReadAsATemplate() -> None:
    assert errors.NoSuchPerson(name="{x}").text.startswith("There is nobody called {x}.")
