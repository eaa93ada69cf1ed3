"""
L{twisted_chat.frontends.irc.numerics}: each number has one name, and is used.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from twisted_chat.frontends.irc import numerics

NUMBERS = {
    name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))
}


def test_eachNumericHasThreeDigitsAndOneName() -> None:
    assert len(NUMBERS) > 150
    assert [
        name for name, value in NUMBERS.items() if not (value.isdigit() and len(value) == 3)
    ] == []
    assert [value for value, times in Counter(NUMBERS.values()).items() if times > 1] == []


def test_eachNumericIsUsed() -> None:
    folder = Path(numerics.__file__).parent
    texts = (path.read_text() for path in folder.rglob("*.py") if path.stem != "numerics")
    used = {name for text in texts for name in re.findall(r"\b(?:RPL|ERR)_\w+", text)}
    assert NUMBERS.keys() - used == set()


def test_errorsAreWhereErrorsAre() -> None:
    wrong = [
        name
        for name, value in NUMBERS.items()
        if name.startswith("RPL_") == (400 <= int(value) < 600)
        if int(value) < 600
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RPL_ISUPPORT", "005"),
        ("RPL_WHOISCERTFP", "276"),
        ("RPL_WHOISBOT", "335"),
        ("RPL_WHOISACTUALLY", "338"),
        ("RPL_WHOSPCRPL", "354"),
        ("RPL_YOUREOPER", "381"),
        ("ERR_INPUTTOOLONG", "417"),
        ("ERR_HELPNOTFOUND", "524"),
        ("RPL_WHOISSECURE", "671"),
        ("RPL_MONONLINE", "730"),
        ("ERR_MONLISTFULL", "734"),
        ("RPL_KEYVALUE", "761"),
        ("RPL_KEYNOTSET", "766"),
        ("RPL_METADATASYNCLATER", "774"),
        ("RPL_LOGGEDIN", "900"),
        ("RPL_SASLMECHS", "908"),
    ],
)
def test_theNumbersAreThoseOfTheSpecifications(name: str, value: str) -> None:
    assert NUMBERS[name] == value
