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


@given(st.text())
def test_whatIsFoldedStaysAndCanBeEncoded(text: str) -> None:
    folded = searchText(text)
    assert searchText(folded) == folded
    folded.encode()
    assert "\0" not in folded
