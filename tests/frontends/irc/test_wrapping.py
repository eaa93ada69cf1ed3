"""
L{twisted_chat.frontends.irc.wrapping}: pieces fit, and are the text when put together.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twisted_chat.frontends.irc.styles import Span, parse
from twisted_chat.frontends.irc.wrapping import LEAST, inLines, within, wrap, wrapStyled

TEXTS = st.text(st.sampled_from("ab é€😀\u0301\u200d\U0001f3fd") | st.characters(), max_size=120)
SIZES = st.integers(LEAST, 50)


@pytest.mark.parametrize(
    ("text", "size", "pieces"),
    [
        ("", 10, [""]),
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two ", "three"]),
        ("one two three", 9, ["one two ", "three"]),
        ("one two", 7, ["one two"]),
        ("abcdefgh", 4, ["abcd", "efgh"]),
        ("a abcdefgh", 4, ["a ", "abcd", "efgh"]),
        ("    abcdef", 6, ["    ab", "cdef"]),
        ("€€€", 4, ["€", "€", "€"]),
        ("€€€", 7, ["€€", "€"]),
        ("ae\u0301", 4, ["ae\u0301"]),
        ("abce\u0301", 5, ["abc", "e\u0301"]),
        ("abcd\U0001f44d\U0001f3fd", 9, ["abcd", "\U0001f44d\U0001f3fd"]),
        ("ab\U0001f469\u200d\U0001f467", 12, ["ab", "\U0001f469\u200d\U0001f467"]),
    ],
)
def test_aTextIsCutAtTheEndsOfWords(text: str, size: int, pieces: list[str]) -> None:
    assert wrap(text, size) == pieces


@given(TEXTS, SIZES)
@example("\u0301" * 100, 4)
@example(" " * 30, 4)
def test_piecesFitAndAreTheTextAgain(text: str, size: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    pieces = wrap(text, size)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= size for piece in pieces)
    assert all(pieces) or pieces == [""]


def test_thereAreSizesIntoWhichNotEveryCharacterFits() -> None:
    with pytest.raises(ValueError, match="too few"):
        wrap("abcd", LEAST - 1)
    with pytest.raises(ValueError, match="too few"):
        wrapStyled("abcd", ((0, 1, "b"),), LEAST - 1)


def test_eachPieceHasAllTheCodesThatItNeeds() -> None:
    assert wrapStyled("one two three", ((4, 13, "b"),), 9) == ["one \x02two ", "\x02three"]
    assert wrapStyled("one two", (), 4) == ["one ", "two"]


STYLES = st.sampled_from(["b", "iu", "c4", "c4,12", "#ff0000", "#ff0000,#00ff00", "bc1"])


@st.composite
def styled(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    parts = draw(
        st.lists(st.tuples(st.text("ab ,1é€", min_size=1, max_size=60), STYLES | st.just("")))
    )
    spans: list[Span] = []
    text = ""
    for part, style in parts:
        if style:
            spans.append((len(text), len(text) + len(part), style))
        text += part
    return text, tuple(spans)


# Four characters, each with all codes that there are, take 104 bytes.
@given(styled(), st.integers(104, 150))
def test_styledPiecesFitAndSayTheSame(what: tuple[str, tuple[Span, ...]], size: int) -> None:
    text, spans = what
    position = 0
    for piece in wrapStyled(text, spans, size):
        assert len(piece.encode()) <= size
        plain, found = parse(piece + "|")
        plain = plain.removesuffix("|")
        assert text.startswith(plain, position)
        styles = [""] * len(plain)
        for start, end, style in found:
            styles[start:end] = [style] * (min(end, len(plain)) - start)
        wanted = [""] * len(plain)
        for start, end, style in within(spans, position, position + len(plain)):
            wanted[start:end] = [style] * (end - start)
        assert styles[: len(plain)] == wanted
        position += len(plain)
    assert position == len(text)


def test_whereTheCodesHaveNoRoomTheTextComesWithoutThem() -> None:
    assert "".join(wrapStyled("abcdefgh", ((0, 8, "c4,12"),), 5)) == "abcdefgh"


def test_piecesAreFilledHoweverManyCodesTheyNeed() -> None:
    text = "a" * 1000
    spans = tuple((at, at + 1, "biusmr" if at % 2 else "biusm") for at in range(1000))
    pieces = wrapStyled(text, spans, 400)
    assert all(len(piece) > 380 for piece in pieces[:-1])


def test_aTextOfManyStylesTakesNoLongerThanItIsLong() -> None:
    # Time that grew with the square would be some minutes here.
    text = "ab" * 40_000
    spans = tuple((at, at + 1, "b") for at in range(0, len(text), 2))
    pieces = wrapStyled(text, spans, 400)
    assert sum(piece.count("\x02") for piece in pieces) == len(spans)


@given(st.lists(st.text(st.sampled_from("ab€😀"), min_size=1, max_size=9)), st.integers(1, 30))
def test_wordsStandInAsFewLinesAsHoldThem(words: list[str], size: int) -> None:
    lines = list(inLines(words, size))
    assert " ".join(lines).split() == words
    assert all(len(line.encode()) <= size or " " not in line for line in lines)
    for line, following in pairwise(lines):
        assert len(f"{line} {following.split()[0]}".encode()) > size
