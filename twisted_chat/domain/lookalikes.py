"""
Names that look alike.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

import msgspec

# All of ASCII that looks like other ASCII, so that most names need no data.
_ASCII_ALIKE: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "m": "rn", "w": "vv", "`": "'"}
)
# A dot over a letter that has one; joiners, which are not seen.
_UNSEEN: Final = re.compile("(?<=[ij])\u0307|[\u200c\u200d]")


def skeleton(name: str) -> str:
    """
    The form in which names that look alike are equal (after Unicode's UTS #39, section 4). It is
    for comparing only. What counts is the spelling as it is shown: a capital Greek Nu looks like
    N, a small one like v.

    @param name: a name as L{personName<twisted_chat.domain.names.personName>} gave it.
    @return: its skeleton; the first name outside ASCII loads a table, for about 20 ms.
    """
    if not name.isascii():
        plain = unicodedata.normalize("NFD", name).translate(_prototypes())
        name = _UNSEEN.sub("", unicodedata.normalize("NFD", plain.lower()))
    return name.lower().translate(_ASCII_ALIKE)


class _Alike(msgspec.Struct):
    """
    Something that looks like something else.

    @ivar c: its characters. Their names, which are most of the table, are not read.
    """

    c: str


_decode: Final = msgspec.json.Decoder(dict[str, list[_Alike]]).decode


@cache
def _prototypes() -> dict[int, str]:
    """
    @return: for each character outside ASCII that looks like something else, what it looks like.
    """
    # What it is worked out from is gone by now, and leaves no holes between what stays.
    return {ord(line[0]): line[1:] for line in _alike().split("\n")}


def _alike() -> str:
    """
    The same as lines: the character, and what it looks like.
    """
    path = resources.files("confusable_homoglyphs").joinpath("confusables.json")
    # The table's Arabic characters stand between marks of direction.
    alike: dict[str, list[str]] = {
        key.strip("\u200e"): [entry.c.strip("\u200e") for entry in entries]
        for key, entries in _decode(path.read_bytes()).items()
    }

    def prototype(character: str) -> str:
        # Each set of look-alikes is a star: its centre, the prototype, knows all the others, and
        # they know only the centre. Of a pair, the one with several characters is the centre.
        def centrality(other: str) -> tuple[int, bool, bool, str]:
            return len(alike.get(other, [])), len(other) > 1, other.isascii(), other

        star: list[str] = [character, *alike.get(character, [])]
        return max(star, key=centrality)

    letters = {each for key in alike for each in (key, key.lower()) if len(each) == 1}
    # Sorted, since skeletons are stored: each process has to find the same ones.
    found = {each: prototype(each) for each in sorted(letters) if not each.isascii()}
    # A name with a small Cyrillic Ve may be shown with a capital one, which looks like B.
    capitals = {
        small: capital
        for each, small in found.items()
        if not small.isascii() and (capital := prototype(each.upper())).isascii()
    }
    return "\n".join(each + capitals.get(small, small) for each, small in found.items())
