"""
L{twisted_chat.frontends.lineformat}: what the line protocol shows, and that nobody can forge it.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from twisted_chat.domain.events import (
    Edited,
    Event,
    Joined,
    PresenceChanged,
    Reacted,
    Said,
)
from twisted_chat.domain.names import cleanText
from twisted_chat.domain.records import Page
from twisted_chat.domain.units import DAYS
from twisted_chat.domain.values import Author, PersonRecord
from twisted_chat.frontends.lineformat import lineFormat, spellEvents, spellPage

ALEX = Author("p-alex", "alex")
BEA = Author("p-bea", "bea")
AT = 1795269720.0
"""21 November 2026, 14:02 UTC."""

HERE = lineFormat(0, True)
ELSEWHERE = lineFormat(0, False)


def said(text: str, **fields: Any) -> Said:
    plain = Said(id="e", author=BEA, conversations=("r",), text=text, seq=118, at=AT)
    return replace(plain, **fields)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (said("hi all"), "14:02 #118 <bea> hi all"),
        (said("waves", action=True), "14:02 #118 * bea waves"),
        (said("text", notice=True), "14:02 #118 -bea- text"),
        (said("hi alex!", seq=121, replyTo=118), "14:02 #121 <bea> (to #118) hi alex!"),
        (said("hi", edited=True), "14:02 #118 <bea> hi (edited)"),
        (said("psst", atLeast=3), "14:02 #118 <bea> (to operator and up) psst"),
        (said("grüße 👋"), "14:02 #118 <bea> grüße 👋"),
    ],
)
def test_aMessageInTheCurrentRoom(what: Said, line: str) -> None:
    assert HERE.spell(what, "dev") == f"{line}\r\n".encode()


def test_whatIsSaidInAnotherRoomNamesIt() -> None:
    assert ELSEWHERE.spell(said("hi"), "dev") == b"14:02 dev/118 <bea> hi\r\n"
    reply = said("hi", replyTo=3)
    assert ELSEWHERE.spell(reply, "dev") == b"14:02 dev/118 <bea> (to dev/3) hi\r\n"


def test_timesAreInTheReadersZone() -> None:
    assert lineFormat(120, True).spell(said("hi"), "dev") == b"16:02 #118 <bea> hi\r\n"


def test_bothSidesOfAPrivateTalkSeeTheOthersName() -> None:
    what = said("hi", seq=3, peer=ALEX)
    assert lineFormat(0, False, "p-alex").spell(what, "") == b"14:02 @bea/3 <bea> hi\r\n"
    assert lineFormat(0, False, "p-bea").spell(what, "") == b"14:02 @alex/3 <bea> hi\r\n"


def test_whatHappensInPrivateIsNamedLikewise() -> None:
    reacted = Reacted(
        id="e", author=BEA, conversations=("=a=b",), peer=ALEX, target=3, emoji="👍", at=AT
    )
    mine = lineFormat(0, False, "p-alex")
    assert mine.spell(reacted, "") == "* bea reacted to @bea/3 with 👍\r\n".encode()


def test_furtherLinesStandUnderTheText() -> None:
    spelled = HERE.spell(said("one\ntwo\nthree"), "dev")
    assert spelled == (
        b"14:02 #118 <bea> one\r\n"
        b"                 two\r\n"
        b"                 three\r\n"
    )  # fmt: skip


def test_aWideNameIndentsByItsCells() -> None:
    spelled = HERE.spell(said("a\nb", author=Author("p", "愛")), "dev")
    assert spelled is not None
    assert spelled.decode().split("\r\n")[1] == " " * len("14:02 #118 <..> ") + "b"


def test_allElseIsALineOfTheServers() -> None:
    joined = Joined(
        id="e", author=BEA, conversations=("r",), person=PersonRecord("p-bea", "bea"), node="n"
    )
    assert HERE.spell(joined, "lobby") == b"* bea joined lobby\r\n"
    edited = Edited(id="e", author=BEA, conversations=("r",), target=120, text="one\ntwo")
    assert HERE.spell(edited, "dev") == b"* #120 now reads: one\r\n  two\r\n"
    assert ELSEWHERE.spell(edited, "dev") == b"* dev/120 now reads: one\r\n  two\r\n"


def test_whatIsNotWorthTellingIsNotWritten() -> None:
    same = PresenceChanged(
        id="e", author=BEA, conversations=("r",), person=PersonRecord("p-bea", "bea"),
        node="n", before="online", now="online",
    )  # fmt: skip
    assert HERE.spell(same, "dev") is None


def test_oneSortOfReadersSharesOneFormat() -> None:
    assert lineFormat(60, True) is lineFormat(60, True)
    assert len({lineFormat(0, True), lineFormat(0, False), lineFormat(60, True)}) == 3


@given(st.text(max_size=200))
def test_nothingThatPeopleWriteBeginsALine(text: str) -> None:
    clean = cleanText(text)
    for what in (
        said(clean),
        said(clean, action=True),
        Edited(id="e", author=BEA, conversations=("r",), target=1, text=clean),
    ):
        spelled = HERE.spell(what, "dev")
        assert spelled is not None
        first, *others = spelled.decode().split("\r\n")[:-1]
        assert first.startswith(("14:02 #118 ", "* #1 now reads: "))
        assert all(line.startswith("  ") for line in others)
        assert "\n" not in first


def test_aPageNamesEachDayButToday() -> None:
    events: tuple[Event, ...] = (
        said("a", at=AT - 1 * DAYS),
        said("b", at=AT - 1 * DAYS + 60),
        said("c\nd", at=AT),
    )
    assert spellPage(HERE, Page(events, 3), "dev", AT + 60) == [
        "--- Friday, 20 November 2026 ---",
        "14:02 #118 <bea> a",
        "14:03 #118 <bea> b",
        "--- Saturday, 21 November 2026 ---",
        "14:02 #118 <bea> c",
        "                 d",
    ]
    assert spellPage(HERE, Page(events[2:], 1), "dev", AT + 60)[0] == "14:02 #118 <bea> c"
    assert spellEvents(HERE, events[:2], "dev") == ["14:02 #118 <bea> a", "14:03 #118 <bea> b"]


def test_aPageOfAnotherDayEndsWithTodaySoThatWhatFollowsHasItsDay() -> None:
    """
    The next room's page, or what is said now.
    """
    events: tuple[Event, ...] = (said("a", at=AT - 1 * DAYS),)
    assert spellPage(HERE, Page(events, 1), "dev", AT + 60) == [
        "--- Friday, 20 November 2026 ---",
        "14:02 #118 <bea> a",
        "--- Saturday, 21 November 2026 ---",
    ]
    assert spellPage(HERE, Page((), 0), "dev", AT + 60) == []
