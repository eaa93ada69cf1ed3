"""
L{twisted_chat.storage.codec}: an event of any kind survives the log.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from tests.examples import examples
from twisted_chat.domain.events import (
    KINDS,
    Edited,
    Event,
    Said,
)
from twisted_chat.domain.values import Author
from twisted_chat.storage.codec import COLUMNS, SHOWN, eventOf, rowOf, withoutTexts

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

PLACED = {
    "conversations": st.tuples(TEXT),
    "origin": st.just(""),
    "basis": st.just(()),
    "seq": st.integers(1, 2**63 - 1),
    "at": st.floats(0, 1e11),
    "target": st.integers(0, 2**63 - 1),
    # These tell what is to be done with an event and are not kept.
    "kept": st.just(True),
    "read": st.just(False),
    "atLeast": st.just(0),
    "edited": st.just(False),
    "newest": st.just(""),
    "meant": st.just(""),
    "taking": st.just(""),
}

# Nor is what others may see of an author for now.
st.register_type_strategy(Author, st.builds(Author, TEXT, TEXT, TEXT))
st.register_type_strategy(str, TEXT)
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def eventsOf(cls: type[Event]) -> st.SearchStrategy[Event]:
    """
    @return: events of a kind, with anything in their fields.
    """
    chosen = {field.name: PLACED[field.name] for field in fields(cls) if field.name in PLACED}
    return st.builds(cls, **chosen, **dict.fromkeys(_unchosen(cls), ...))


def _unchosen(cls: type[Event]) -> list[str]:
    return [field.name for field in fields(cls) if field.name not in PLACED]


def stored(event: Event) -> tuple[Any, ...]:
    """
    @return: the row of an event as it is read back.
    """
    row = dict(zip(COLUMNS, rowOf(event, 7, 8), strict=True))
    assert (row["row"], row["conversation"]) == (7, 8)
    return tuple(row.get(column.name) for column in SHOWN)


@examples(150)
@given(st.one_of([eventsOf(cls) for cls in KINDS.values() if cls.stored]))
def test_everyStoredKindSurvives(event: Event) -> None:
    assert eventOf(stored(event), event.conversation) == event


@given(eventsOf(Said), TEXT)
def test_thePresentTextIsGivenOnlyIfItIsWanted(event: Said, newest: str) -> None:
    row = (*stored(event)[:-1], newest)
    assert eventOf(row, event.conversation) == event
    # How it looked was said of the first text.
    expected = replace(event, text=newest, edited=True, styles=())
    assert eventOf(row, event.conversation, present=True) == expected


def test_aPlainMessageHasNoJson() -> None:
    said = Said(id="a", author=Author("b", "c"), conversations=("d",), text="e", read=True)
    assert rowOf(said, 1, 1)[-1] is None
    assert rowOf(replace(said, action=True), 1, 1)[-1] == '{"action":true}'
    registered = replace(said, author=Author("b", "c", "c"))
    assert rowOf(registered, 1, 1)[-1] is None
    elsewhere = replace(said, author=Author("b", "c", "Cecil"))
    assert rowOf(elsewhere, 1, 1)[-1] == '{"registered":"Cecil"}'


def test_whatIsToldOfAnAuthorForNowIsNotKept() -> None:
    author = Author("b", "c", "d", face="e", user="f", host="g")
    event = Edited(id="a", author=author, conversations=("x",), target=1, text="y")
    row = stored(replace(event, targetAuthor=author, peer=author))
    assert json.loads(row[9]) == {
        "registered": "d",
        "peer": {"id": "b", "name": "c", "account": "d"},
        "targetAuthor": {"id": "b", "name": "c", "account": "d"},
    }
    found = eventOf(row, "x")
    assert found.author == found.peer == Author("b", "c", "d")


@pytest.mark.parametrize(("registered", "account"), [(True, "c"), (False, "")])
def test_authorsAreReadAsTheFirstVersionWroteThem(registered: bool, account: str) -> None:
    old = json.dumps({"peer": {"id": "b", "name": "c", "account": registered}})
    row = (1, "a", 0.0, "said", "b", "c", registered, "text", None, old, None)
    found = eventOf(row, "x")
    assert found.author == found.peer == Author("b", "c", account)


def test_whatSaysSomethingOfATextGoesWithIt() -> None:
    said = Said(
        id="a", author=Author("b", "c"), conversations=("d",), text="e", styles=((0, 1, "b"),)
    )
    assert withoutTexts(None) is None
    assert withoutTexts(stored(said)[9]) is None
    tagged = replace(said, tags=(("+x", "secret"),), notice=True)
    assert withoutTexts(stored(tagged)[9]) == '{"notice":true}'
