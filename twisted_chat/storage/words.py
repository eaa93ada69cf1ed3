"""
How texts are compared when somebody searches: without case and accents, the same on every database.

In Chinese, Japanese, Thai and others no spaces stand between words, and in Korean what stands
between spaces is more than a word. So each sign of these scripts is by itself in the index, and is
found where those that were typed together follow each other.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, normalize

# Thai and Lao; Burmese; Khmer; kana, Bopomofo and Hangul; Han.
_SIGNS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff"
    "\u3005-\u3007\u3021-\u3029\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff\uac00-\ud7a3"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_SIGN: Final = re.compile(f"[{_SIGNS}]")
_PIECE: Final = re.compile(rf"[{_SIGNS}]|[^\s{_SIGNS}]+")

_JAMO: Final = re.compile("[\u1100-\u11ff]+")
"""What a syllable of Hangul is taken apart into: there are few of them, so they find too much."""

_LETTERS: Final = frozenset({0, 8, 103, 107, 118, 122})
"""The combining classes of what is no accent: Thai and Lao vowels and tones, voiced kana."""

_UNSEEN: Final = re.compile("[\ufe00-\ufe0f\u20e3\U000e0100-\U000e01ef]+")
"""How a sign is to be drawn: as an emoji, on a key."""


def searchText(text: str) -> str:
    """
    A text as it stands in the index for searching.
    """
    if text.isascii():
        return _plain(text)
    return _apart(_folded(text))


def searchWords(words: str) -> tuple[str, ...]:
    """
    What somebody searches for, word by word, as it would stand in the index: what has spaces in it
    then is in one piece there.
    """
    return tuple(dict.fromkeys(_apart(word) for word in _folded(words).split()))


def _plain(text: str) -> str:
    return text.lower().replace("\0", " ")


def _folded(text: str) -> str:
    if text.isascii():
        return _plain(text)
    plain = normalize("NFKD", normalize("NFKD", text).casefold())
    kept = "".join([sign for sign in plain if combining(sign) in _LETTERS])
    kept = _UNSEEN.sub("", kept)
    if _JAMO.search(kept):
        kept = _JAMO.sub(lambda found: normalize("NFC", found[0]), kept)
    # What can't be encoded can't be in the index either.
    return kept.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _apart(text: str) -> str:
    if text.isascii() or _SIGN.search(text) is None:
        return text
    return " ".join(_PIECE.findall(text))
