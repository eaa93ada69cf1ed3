"""
What the doctor finds: what a finding is, and how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from twisted_chat.admin.order import Row
from twisted_chat.admin.showing import text
from twisted_chat.domain.quantities import counted

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What was found.

    @ivar level: L{OK}, L{WARNING} or L{ERROR}.
    @ivar about: what was looked at.
    @ivar found: how it is.
    @ivar cure: what to do about it; C{""} where all is well.
    """

    level: str
    about: str
    found: str
    cure: str = ""


def isWrong(row: Row) -> bool:
    """
    Whether a row is a finding that needs a cure.
    """
    return row.get("level") != OK


def show(rows: Iterable[Row]) -> Iterator[str]:
    """
    Findings for people: the cure stands under what it is for.
    """
    wrong = 0
    for row in rows:
        yield f"{text(row.get('level')):<8} {text(row.get('about'))}: {text(row.get('found'))}"
        if isWrong(row):
            wrong += 1
            yield f"{'':<8} -> {text(row.get('cure'))}"
    yield f"{counted(wrong, 'finding')} to see to." if wrong else "All is well."
