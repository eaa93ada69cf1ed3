"""
L{twisted_chat.frontends.irc.styles}: formatting codes become styles, and styles codes again.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twisted_chat.domain.names import cleanText
from twisted_chat.frontends.irc.styles import LETTERS, MOST_CODES, Span, moderate, parse, render

CODES = st.sampled_from(
    [
        *("\x02", "\x1d", "\x1f", "\x1e", "\x11", "\x16", "\x0f"),
        *("\x03", "\x034", "\x0304,12", "\x0399", "\x03,", "\x0399,1"),
        *("\x04", "\x04ff0000", "\x0400FF00,0000ff"),
        *("\n", ",1", "5", ",abcdef"),
    ]
)
CODED = st.lists(CODES | st.text(max_size=4)).map("".join)


@pytest.mark.parametrize(
    ("coded", "plain", "spans"),
    [
        ("plain", "plain", ()),
        ("a\x02b\x02c", "abc", ((1, 2, "b"),)),
        ("\x02a\x1db\x0fc", "abc", ((0, 1, "b"), (1, 2, "bi"))),
        ("\x1f\x1e\x11\x16x", "x", ((0, 1, "usmr"),)),
        ("I love \x033IRC! \x03It is", "I love IRC! It is", ((7, 12, "c3"),)),
        ("\x1d\x0313,9cool \x03message", "cool message", ((0, 5, "ic13,9"), (5, 12, "i"))),
        ("\x02\x034,12so \x03great\x0f!", "so great!", ((0, 3, "bc4,12"), (3, 8, "b"))),
        (
            "spam 5\x0313,8,6\x03,7,8, not \x029\x02\x1d!",
            "spam 5,6,7,8, not 9!",
            ((6, 8, "c13,8"), (18, 19, "b"), (19, 20, "i")),
        ),
        ("\x03041", "1", ((0, 1, "c4"),)),
        ("\x034,x", ",x", ((0, 2, "c4"),)),
        ("\x034,1a\x032b", "ab", ((0, 1, "c4,1"), (1, 2, "c2,1"))),
        ("\x0399,1a\x034,99b", "ab", ((0, 1, ",1"), (1, 2, "c4"))),
        ("\x04FF0000a\x0400ff00,0000FFb", "ab", ((0, 1, "#ff0000"), (1, 2, "#00ff00,#0000ff"))),
        ("\x0403", "03", ()),
        ("\x02\x02a", "a", ()),
        ("\x02a\x1d\x1db", "ab", ((0, 2, "b"),)),
        ("\x02a\nb\r\n\x02c\n\n", "a\nb\nc", ((0, 1, "b"), (4, 5, "b"))),
        ("\x02a\n \n", "a", ((0, 1, "b"),)),
        ("\x02a\x1b[31m\tb\x07", "a b", ((0, 3, "b"),)),
        ("  ", "", ()),
    ],
)
def test_codesBecomeStyles(coded: str, plain: str, spans: tuple[Span, ...]) -> None:
    assert parse(coded) == (plain, spans)


@given(CODED)
@example("\x1b\x02[31mx")
@example("\U0001f3f4\x02\U000e0067\U000e007f")
def test_thePlainTextIsCleanAndTheSpansAreInOrder(coded: str) -> None:
    plain, spans = parse(coded)
    assert cleanText(plain) == plain
    position = 0
    for start, end, style in spans:
        assert position <= start < end <= len(plain)
        assert style
        assert "\n" not in plain[start:end]
        position = end


@given(CODED)
@example("\x034\x02\x02,5")
@example("\x0399,1,5")
@example("\x04ff0000\x02\x02,00ff00")
@example("\x0399\x04000000,00ff00\x0399x")
@example("\x04aabbcc\x0304,12\x04aabbccx")
def test_whatIsRenderedIsTheSameWhenParsed(coded: str) -> None:
    plain, spans = parse(coded)
    assert parse(render(plain, spans)) == (plain, spans)


def test_aTextWithoutStylesHasNoCodes() -> None:
    assert render("a\nb", ()) == "a\nb"
    assert parse("a\nb") == ("a\nb", ())


def test_eachLineHasItsCodesAndNoneAtItsEnd() -> None:
    assert render("ab\ncd", ((1, 4, "b"),)) == "a\x02b\n\x02c\x0fd"
    assert render("ab", ((0, 2, "c4,1"),)) == "\x0304,01ab"


@pytest.mark.parametrize(
    "spans",
    [
        ((0, 2, "zzz"),),
        ((0, 2, "c100"),),
        ((0, 2, "c4\x02"),),
        ((5, 9, "b"),),
        ((1, 1, "b"),),
    ],
)
def test_aStyleThatIsNoneIsLeftOut(spans: tuple[Span, ...]) -> None:
    assert render("abc", spans) == "abc"


def test_spansThatOverlapDoNotDoubleText() -> None:
    assert parse(render("abcd", ((0, 3, "b"), (1, 4, "i")))) == (
        "abcd",
        ((0, 3, "b"), (3, 4, "i")),
    )


@given(
    st.sets(st.sampled_from(LETTERS)),
    st.sampled_from(["", "c0", "c98", "#0a0b0c"]),
    st.sampled_from(["", ",0", ",98", ",#0a0b0c"]),
    st.sampled_from("x,5 "),
)
def test_everyStyleCanBeSaidInCodes(letters: set[str], fore: str, back: str, text: str) -> None:
    style = "".join(letter for letter in LETTERS if letter in letters) + fore + back
    spans = ((0, 4, style),) if style else ()
    assert parse(render(text + "123", spans)) == (text + "123", spans)


def test_ofAMessageWithCodesForManyTimesItsLengthJustTheTextIsKept() -> None:
    rainbow = "".join(f"\x03{number % 16:02}a" for number in range(500))
    assert moderate(*parse(rainbow)) == parse(rainbow)
    swollen = "\x02\x1d\x1f\x1e\x11\x16\x04aaaaaa,bbbbbb" + "\x02a" * 500
    assert len(render(*parse(swollen))) > 2 * MOST_CODES
    assert moderate(*parse(swollen)) == ("a" * 500, ())
