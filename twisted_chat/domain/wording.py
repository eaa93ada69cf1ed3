"""
What goes with the text of a message: how it is set, and what clients say of it.
"""

from __future__ import annotations

from typing import Final

from twisted_chat.domain.errors import TooLong

Styles = tuple[tuple[int, int, str], ...]
Tags = tuple[tuple[str, str], ...]

MOST_TAGS: Final = 8192
"""Characters of all tags of one message."""


def fitting(tags: Tags) -> Tags:
    """
    Tags that are not too long.

    @raise TooLong: they are.
    """
    length = sum(len(key) + len(value) for key, value in tags)
    if length > MOST_TAGS:
        raise TooLong(length=length, unit="characters of tags", limit=MOST_TAGS)
    return tags
