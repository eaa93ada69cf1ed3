"""
Masks: whom an entry of a list is about.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twisted_chat.domain.errors import BadInput, BadName, ChatError
from twisted_chat.domain.masks import Subject, maskMatches, matches, parseMask
from twisted_chat.domain.names import fold

NAME_LIKE = st.text(
    st.sampled_from("abzABZ019-_.#[]{}|^`~%+$ßẞςσΣİıéÉЖж日אب\u0301\uff21\u1e9e")
    | st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Mn"]),
    min_size=1,
    max_size=20,
)

BEA = Subject("Bea", "Bea", "192.0.2.7", "abc.cloak", "~bea")
GUEST = Subject("Gus", "", "2001:db8::7", "")


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("Bea", "bea"),
        (" BEA ", "bea"),
        ("Be*", "be*"),
        ("*@192.0.2.*", "*@192.0.2.*"),
        ("@192.0.2.7", "*@192.0.2.7"),
        ("Bea@", "bea@*"),
        ("Bea@HOST.Example", "bea@host.example"),
        ("Account:Bea", "account:bea"),
        ("account:b*", "account:b*"),
        ("*@10.0.0.0/8", "*@10.0.0.0/8"),
        ("192.0.2.7", "*@192.0.2.7"),
        ("10.0.0.0/8", "*@10.0.0.0/8"),
        ("2001:DB8::7", "*@2001:db8::7"),
        ("192.0.2.7!*@*", "*@192.0.2.7"),
        ("192.0.2.7!~b@*", "192.0.2.7!~b"),
        # Wide signs are signs.
        ("ｂｅａ！ｕ＠host", "bea!u@host"),
    ],
)
def test_aMaskHasOneForm(typed: str, canonical: str) -> None:
    assert parseMask(typed) == canonical
    assert parseMask(canonical) == canonical


@pytest.mark.parametrize(
    "typed", ["", " ", "two words", "x" * 129, "\x00", "account:", "last#", "last＃"]
)
def test_whatIsNoMaskIsRefused(typed: str) -> None:
    with pytest.raises(BadInput):
        parseMask(typed)


@pytest.mark.parametrize(
    ("mask", "who", "about"),
    [
        ("bea", BEA, True),
        ("be", BEA, False),
        ("b?a", BEA, True),
        ("*", GUEST, True),
        ("*@192.0.2.7", BEA, True),
        ("*@192.0.2.*", BEA, True),
        ("*@192.0.2.0/24", BEA, True),
        ("*@192.0.3.0/24", BEA, False),
        ("*@192.0.2.0/24", GUEST, False),
        ("*@2001:db8::/32", GUEST, True),
        ("*@2001:DB8::7", GUEST, True),
        # Of IPv6 a /64 counts as one.
        ("*@2001:db8::ffff:1", GUEST, True),
        ("gus@2001:0db8:0:0:1::", GUEST, True),
        ("*@2001:db8::1/128", GUEST, True),
        ("*@2001:db8::1%eth0", GUEST, True),
        ("*@2001:db8:0:1::7", GUEST, False),
        ("bea@2001:db8::7", GUEST, False),
        ("*@::ffff:192.0.2.7", BEA, True),
        ("*@::ffff:192.0.2.8", BEA, False),
        ("*@2001:db8::*", GUEST, True),
        ("*@2001:db8::8*", GUEST, False),
        ("*@*.cloak", BEA, True),
        ("gus@192.0.2.7", BEA, False),
        ("bea@192.0.2.7", BEA, True),
        ("*@nonsense/99", BEA, False),
        ("account:bea", BEA, True),
        ("account:b*", BEA, True),
        ("account:*", GUEST, False),
        ("account:gus", GUEST, False),
        ("bea!*@*", BEA, True),
        ("gus!*@*", BEA, False),
        ("*!~be*@*", BEA, True),
        ("bea!~be*@192.0.2.7", BEA, True),
        ("*!~gus@*", BEA, False),
        ("*!*@*.cloak", BEA, True),
        ("*!~g*", GUEST, False),
    ],
)
def test_whomAMaskIsAbout(mask: str, who: Subject, about: bool) -> None:
    assert maskMatches(parseMask(mask), who) is about


def test_nobodyWithoutAnAddressIsInANetwork() -> None:
    assert not maskMatches("*@10.0.0.0/8", Subject("x", "", "", ""))


@given(st.text(max_size=140))
def test_whateverIsTypedIsAMaskOrRefusedAndMatchingNeverFails(text: str) -> None:
    try:
        mask = parseMask(text)
    except ChatError:
        return
    assert parseMask(mask) == mask
    for who in (BEA, GUEST):
        maskMatches(mask, who)


def model(mask: str, subject: str) -> bool:
    """
    What a mask means, tried in every way.
    """
    if not mask:
        return not subject
    if mask[0] == "*":
        return model(mask[1:], subject) or (bool(subject) and model(mask, subject[1:]))
    return bool(subject) and mask[0] in ("?", subject[0]) and model(mask[1:], subject[1:])


@given(st.text("ab?*", max_size=8), st.text("ab", max_size=8))
def test_aMaskMatchesWhatItsStarsAndQuestionMarksStandFor(mask: str, subject: str) -> None:
    assert matches(mask, subject) == model(mask, subject)


@pytest.mark.parametrize(
    ("mask", "subject", "answer"),
    [
        ("*!*@*.Example.org", "alex!u@host.example.ORG", True),
        ("*!*@*.example.org", "alex!u@hostXexample.org", False),
        ("10.0.0.*", "10.0.0.17", True),
        ("JOSE\u0301*", "josé", True),
        ("ΑΣ*", "ασα", True),
        ("[a]", "a", False),
        ("(?i)A", "(xi)a", True),
        ("a*", "a\nb", True),
        ("", "", True),
        ("*" * 300, "a", False),
    ],
)
def test_aMaskIsTakenLiterallyButForItsStarsQuestionMarksAndCase(
    mask: str, subject: str, answer: bool
) -> None:
    assert matches(mask, subject) is answer


@given(NAME_LIKE)
def test_aNameAsAMaskMatchesEveryNameThatFoldsAlike(name: str) -> None:
    try:
        folded = fold(name)
    except BadName:
        assume(False)
    assert matches(name, folded)
    assert matches(folded, name)


@pytest.mark.parametrize("mask", ["*a" * 63 + "b", "*a?" * 42 + "b*", "*" + "a" * 120 + "b*"])
def test_noMaskTakesLong(mask: str) -> None:
    # One that tried every way would not come to an end.
    assert not matches(mask, "a" * 8192)
