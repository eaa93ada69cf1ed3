"""
L{twisted_chat.storage.words}: what is the same for somebody who searches.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.storage.words import searchText, searchWords


def test_caseAndAccentsDoNotCount() -> None:
    assert searchText("Ćafé STRASSE Straße ﬁn İ") == "cafe strasse strasse fin i"


def test_theWordsAreTakenOnce() -> None:
    assert searchWords(" Tea\n TÉA  cup ") == ("tea", "cup")


def test_signsOfScriptsWithoutSpacesStandByThemselves() -> None:
    assert searchText("iPhone手机 と ｶﾞ") == "iphone 手 机 と カ \u3099"
    assert searchText("회의") == "회 의"
    assert searchWords("手机 회의 手机") == ("手 机", "회 의")


@given(
    st.text()
    | st.text(st.characters(min_codepoint=0xE00, max_codepoint=0xEFF))
    | st.text(st.sampled_from("각가ᄀ北が゙ｶﾞa \u0301\ufe0f"))
)
def test_whatIsFoldedStaysAndCanBeEncoded(text: str) -> None:
    folded = searchText(text)
    assert searchText(folded) == folded
    folded.encode()
    assert "\0" not in folded
