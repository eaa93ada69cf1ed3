"""
Masks: whom an entry of a list is about.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.domain.masks import Subject, maskMatches, parseMask

BEA = Subject("Bea", "Bea", "192.0.2.7", "abc.cloak")
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
    ],
)
def test_aMaskHasOneForm(typed: str, canonical: str) -> None:
    assert parseMask(typed) == canonical
    assert parseMask(canonical) == canonical


@pytest.mark.parametrize("typed", ["", "  ", "two words", "x" * 129, "\x00"])
def test_whatIsNoMask(typed: str) -> None:
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
        ("*@*.cloak", BEA, True),
        ("gus@192.0.2.7", BEA, False),
        ("bea@192.0.2.7", BEA, True),
        ("*@nonsense/99", BEA, False),
        ("account:bea", BEA, True),
        ("account:b*", BEA, True),
        ("account:*", GUEST, False),
        ("account:gus", GUEST, False),
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
