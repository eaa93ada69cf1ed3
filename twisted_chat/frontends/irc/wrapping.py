"""
Cutting texts into pieces that fit into lines.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Final

from twisted_chat.frontends.irc.styles import Span, codesBefore, render

LEAST = 4
"""Bytes that a piece may have at the least, so that every character fits into one."""

_LOOK_BACK = 32
"""Within so many characters a place is looked for that parts no cluster of them."""

_JOINER = "\u200d"


def wrap(text: str, size: int) -> list[str]:
    """
    Cut a line of text at the ends of words, or, where a word is too long, between two characters.

    @param text: without line ends.
    @param size: how many bytes of UTF-8 a piece may have, at least L{LEAST}.
    @return: one or more pieces. Put together they are the text again: the space at which it was
        cut is at the end of a piece.
    """
    if size < LEAST:
        raise ValueError(f"{size} bytes are too few for a piece of text")
    # Not every text has to be encoded: a character has four bytes at most.
    if len(text) * 4 <= size:
        return [text]
    data = text.encode("utf-8", "replace")
    pieces = []
    start = 0
    while len(data) - start > size:
        end = _end(data, start, size)
        pieces.append(data[start:end].decode())
        start = end
    pieces.append(data[start:].decode())
    return pieces


def _end(data: bytes, start: int, size: int) -> int:
    """
    @return: where the piece that begins at C{start} ends.
    """
    end = start + size
    space = data.rfind(b" ", start, end)
    # A piece of nothing but spaces would be a blank line.
    if space >= start and data[start:space].strip(b" "):
        return space + 1
    while data[end] & 0xC0 == 0x80:
        end -= 1
    piece = data[start:end].decode()
    following = data[end : end + 4].decode("utf-8", "ignore")[0]
    return start + len(piece[: _between(piece, following)].encode())


def _between(piece: str, following: str) -> int:
    """
    @return: how many characters of a piece to keep, so that what is seen as one character is not
        cut in two, if there is such a place near its end.
    """
    for kept in range(len(piece), max(0, len(piece) - _LOOK_BACK), -1):
        after = piece[kept] if kept < len(piece) else following
        if not (_belongsToPrevious(after) or piece[kept - 1] == _JOINER):
            return kept
    return len(piece)


def _belongsToPrevious(character: str) -> bool:
    """
    @return: whether it is a mark, a joiner, a variation selector or a skin tone.
    """
    return (
        character == _JOINER
        or unicodedata.combining(character) > 0
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def inLines(words: Sequence[str], size: int, between: str = " ") -> Iterator[str]:
    """
    @param size: how many bytes a line may have; a word that is longer stands alone.
    @param between: the byte that stands between two words.
    @return: the words, in as many lines as they need.
    """
    text = between.join(words)
    if words and len(text.encode()) <= size:
        # Nearly always.
        yield text
        return
    part: list[str] = []
    length = -1
    for word in words:
        more = 1 + len(word.encode())
        if part and length + more > size:
            yield between.join(part)
            part, length = [], -1
        part.append(word)
        length += more
    if part:
        yield between.join(part)


def wrapStyled(text: str, spans: tuple[Span, ...], size: int) -> list[str]:
    """
    L{wrap} for a text with styles: each piece has all formatting codes that it needs. The time is
    linear in the length of the text and the number of its styles.

    @param text: without line ends.
    @param spans: its styles, see L{styles}.
    @param size: how many bytes of UTF-8 a piece may have with its codes.
    @return: pieces with formatting codes.
    """
    if not spans:
        return wrap(text, size)
    if size < LEAST:
        raise ValueError(f"{size} bytes are too few for a piece of text")
    pieces = []
    start = 0
    while True:
        end = _fitting(text, spans, start, size)
        # Where not one character has room with its codes, some go without: no line is that short.
        coded = end > start
        end = end if coded else start + _count(text[start : start + size], LEAST)
        if end < len(text):
            data = text[start : end + 1].encode("utf-8", "replace")
            least = len(text[start:end].encode("utf-8", "replace"))
            end = start + len(data[: _end(data, 0, least)].decode())
        piece = text[start:end]
        pieces.append(render(piece, within(spans, start, end)) if coded else piece)
        start = end
        if start >= len(text):
            return pieces


def _fitting(text: str, spans: tuple[Span, ...], start: int, size: int) -> int:
    """
    @return: up to where a text has room, with its codes, if it is cut at C{start}.
    """
    at, left = start, size
    for first, last, style in islice(spans, bisect_right(spans, start, key=_endOf), None):
        plain = text[at : min(first, at + left)]
        fits = _count(plain, left)
        at, left = at + fits, left - len(plain[:fits].encode("utf-8", "replace"))
        if at < first:
            return at
        styled = text[at : min(last, at + left)]
        codes = codesBefore(styled, style) if styled else ""
        fits = _count(styled, left - len(codes))
        at += fits
        left -= len(codes) + len(styled[:fits].encode("utf-8", "replace"))
        # What switches the style off is needed only if something follows.
        if at < last or left <= 1:
            return at
        left -= 1 if codes else 0
    return at + _count(text[at : at + left], left)


def _count(text: str, size: int) -> int:
    """
    @return: how many characters of a text have room.
    """
    if size <= 0:
        return 0
    data = text.encode("utf-8", "replace")
    return len(text) if len(data) <= size else len(data[:size].decode("utf-8", "ignore"))


def within(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    """
    The styles of a part of a text.

    @return: spans counted from C{start} on.
    """
    there = spans[
        bisect_right(spans, start, key=_endOf) : bisect_left(spans, end, key=itemgetter(0))
    ]
    return tuple(
        (max(first, start) - start, min(last, end) - start, style) for first, last, style in there
    )


_endOf: Final = itemgetter(1)
