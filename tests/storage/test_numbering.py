"""
Numbering, rights and replay against a simple model, with whatever may come in a batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.contracts.store_case import now
from tests.examples import examples
from tests.storage.quick import memoryStore
from twisted_chat.domain.events import (
    Archived,
    Deleted,
    Edited,
    Event,
    Joined,
    Said,
)
from twisted_chat.domain.ids import directId
from twisted_chat.domain.records import Placement
from twisted_chat.domain.values import Author, PersonRecord

PEOPLE = [Author("a", "ann", "ann"), Author("b", "bea", "bea"), Author("g", "gus")]
ROOMS = ["one", "two"]
ORIGINS = ["", "x", "y"]


@dataclass
class ModelConversation:
    """
    What a conversation should be like.
    """

    head: int = 0
    rights: int = 0
    at: float = 0.0
    log: list[Event] = field(default_factory=list)
    present: dict[int, str] = field(default_factory=dict)


def test_whereConversationsStandIsReadAgainWhenItIsNotRemembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twisted_chat.storage.heads.MOST_KNOWN", 1)
    store = memoryStore(lambda: 0.0)
    now(store.start())
    rooms = [now(store.openRoom(name, name, PEOPLE[0], 0.0)).id for name in ("a", "b", "c", "d")]
    for seq in (1, 2, 3):
        for room in rooms:
            said = Said(id=f"{room}{seq}", author=PEOPLE[0], conversations=(room,), text="x")
            (placement,) = now(store.append([said]))
            assert placement.event.seq == seq
            assert len(store._appender._heads._known) <= 2


class Model:
    """
    A store as simple as can be.
    """

    def __init__(self, rooms: list[str]) -> None:
        self.there = {id: ModelConversation() for id in rooms}

    def append(self, events: list[Event]) -> list[tuple[str, int, int]]:
        """
        @return: for each event what becomes of it, its seq, and the seq that it follows.
        """
        outdated: set[str] = set()
        return [self.place(event, outdated) for event in events]

    def place(self, event: Any, outdated: set[str]) -> tuple[str, int, int]:
        """
        What becomes of one event.
        """
        here = self.there.get(event.conversation)
        behind = event.origin and event.origin in outdated
        if behind or (here is not None and event.basis and event.basis[0] < here.rights):
            outdated.add(event.origin)
            return ("outdated", 0, -1)
        if here is None:
            if event.kind != "said":
                return ("refused", 0, -1)
            here = self.there[event.conversation] = ModelConversation()
        if not event.stored:
            return ("placed", 0, here.head)
        if event.kind in ("edited", "deleted"):
            if event.target not in here.present:
                return ("refused", 0, -1)
            self.change(here, event)
        here.head += 1
        placed = event.placed(here.head, 0.0)
        if getattr(event, "kept", True):
            here.log.append(placed)
            if event.kind == "said":
                here.present[here.head] = event.text
        if event.rights:
            here.rights = here.head
        return ("placed", here.head, here.head - 1)

    def change(self, here: ModelConversation, event: Any) -> None:
        """
        What an edit or a deletion does to the log.
        """
        if event.kind == "edited":
            here.present[event.target] = event.text
            return
        del here.present[event.target]
        for index, old in enumerate(here.log):
            aimed = old.kind == "edited" and getattr(old, "target", 0) == event.target
            if aimed or old.seq == event.target:
                here.log[index] = replace(old, text="")  # type: ignore[call-arg]


WORDS = st.sampled_from(["tea", "Téa", "cup", "cup of tea", "a\nb"])
DIRECT = directId("a", "b")
PLACES = st.sampled_from([*ROOMS, DIRECT])

SAID = st.fixed_dictionaries(
    {"cls": st.just(Said), "text": WORDS, "kept": st.booleans(), "read": st.booleans()}
)
EDITED = st.fixed_dictionaries({"cls": st.just(Edited), "text": WORDS, "target": st.integers(0, 9)})
DELETED = st.fixed_dictionaries({"cls": st.just(Deleted), "target": st.integers(0, 9)})
ARCHIVED = st.just({"cls": Archived})
JOINED = st.just({"cls": Joined, "node": "n"})
DRAFT = st.tuples(
    st.one_of(SAID, SAID, EDITED, DELETED, ARCHIVED, JOINED),
    PLACES,
    st.sampled_from(PEOPLE),
    st.sampled_from(ORIGINS),
    st.one_of(st.just(()), st.tuples(st.integers(0, 6))),
)


UNREAD: dict[str, dict[str, Any]] = {"said": {"read": False}}


def outcome(placement: Placement) -> tuple[str, int, int]:
    """
    @return: a placement as the model tells it.
    """
    if placement.error is not None:
        return ("refused", 0, -1)
    if placement.outdated:
        return ("outdated", 0, -1)
    return ("placed", placement.event.seq, placement.after[0])


@examples(60)
@given(st.lists(st.lists(DRAFT, max_size=8), max_size=8), st.lists(st.floats(-5, 5)))
def test_theStoreDoesAsTheModelDoes(batches: list[list[Any]], steps: list[float]) -> None:
    time = [1e9]
    store = memoryStore(lambda: time[0])
    now(store.start())
    ids = (f"id{number}" for number in count())
    rooms = {}
    for name in ROOMS:
        record = now(store.openRoom(name, name, None, 0.0)) or now(
            store.openRoom(name, name, PEOPLE[0], 0.0)
        )
        assert record is not None
        rooms[name] = record.id
    model = Model(list(rooms.values()))
    last: dict[str, float] = {}
    for drafts in batches:
        time[0] += steps.pop() if steps else 0.0
        events = []
        for fields, place, author, origin, basis in drafts:
            cls, rest = fields["cls"], {k: v for k, v in fields.items() if k != "cls"}
            if cls is Joined:
                rest["person"] = PersonRecord(author.id, author.name)
            where = (rooms.get(place, place),)
            events.append(
                cls(
                    id=next(ids),
                    author=author,
                    conversations=where,
                    origin=origin,
                    basis=basis,
                    **rest,
                )
            )
        placements = now(store.append(events))
        assert [outcome(placement) for placement in placements] == model.append(events)
        for placement in placements:
            if placement.after:
                conversation = placement.event.conversation
                assert placement.event.at > last.get(conversation, 0.0)
                last[conversation] = placement.event.at
    for id, expected in model.there.items():
        compare(store, id, expected)
    now(store.stop())


def compare(store: Any, id: str, expected: ModelConversation) -> None:
    """
    Check all that a store gives of a conversation.
    """
    bare = []
    newest: dict[int, str] = {}
    for event in expected.log:
        known = dict(UNREAD.get(event.kind, {}))
        if event.kind in ("edited", "deleted"):
            # Which text of the message is on people's screens until then.
            known["shown"] = newest.get(event.target, "")
            newest[event.target] = event.id
        bare.append(replace(event, at=0.0, origin="", basis=(), **known))
    assert [replace(event, at=0.0) for event in now(store.replay(id, 0, 999))] == bare
    assert now(store.heads([id])) == {id: expected.head}
    page = now(store.history(id, limit=999))
    assert {event.seq: event.text for event in page.events} == expected.present
    for bound in range(1, expected.head + 2):
        page = now(store.history(id, before=bound, limit=2))
        assert page.total == len([seq for seq in expected.present if seq < bound])
    found = now(store.search([(id, 1)], "tea", 999))
    has = {
        seq for seq, text in expected.present.items() if {"tea", "téa"} & set(text.lower().split())
    }
    assert {event.seq for event in found.events} == has
    assert found.total == len(has)
