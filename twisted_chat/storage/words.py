"""
How texts are compared when somebody searches: without case and accents, the same on every database.
"""

from __future__ import annotations

from unicodedata import combining, normalize


def searchText(text: str) -> str:
    """
    A text as it stands in the index for searching.
    """
    if text.isascii():
        return text.lower().replace("\0", " ")
    plain = normalize("NFKD", normalize("NFKD", text).casefold())
    kept = "".join(character for character in plain if not combining(character))
    # What can't be encoded can't be in the index either.
    return kept.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def searchWords(words: str) -> tuple[str, ...]:
    """
    What somebody searches for, word by word, as it would stand in the index.
    """
    return tuple(dict.fromkeys(searchText(words).split()))
