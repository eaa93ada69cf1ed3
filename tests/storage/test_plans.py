"""
Whatever is asked of a store, no table that may be long is gone through.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from twisted.internet.defer import Deferred

from tests.contracts.store_case import ANN, AT, now
from tests.storage.plans import plan
from tests.storage.quick import memoryStore
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Joined,
    Kicked,
    Left,
    Reacted,
    Said,
    Unreacted,
)
from twisted_chat.domain.records import Account, Criteria
from twisted_chat.domain.values import PersonRecord
from twisted_chat.storage import reading, rooms

LONG = ("log", "memberships", "read_marks", "device_marks", "accounts", "metadata", "fingerprints")
"""The tables that have rows for each message or each person."""

ROOM = "room-id"
BOUNDED = Criteria(author="bea", account="bea-id", since=1.0, until=2.0)


def does(cls: Any, **fields: Any) -> Callable[[Any], Deferred[Any]]:
    """
    @return: appends an event of ann's to the room.
    """
    usual = {"id": "event", "author": ANN, "conversations": (ROOM,)}
    return lambda store: store.append([cls(**(usual | fields))])


ASKED: dict[str, Callable[[Any], Deferred[Any]]] = {
    "heads": lambda store: store.heads([ROOM]),
    "replay": lambda store: store.replay(ROOM, 5, 10),
    "history": lambda store: store.history(ROOM, limit=1),
    "the oldest": lambda store: store.history(ROOM, limit=1, oldest=True, wide=True),
    "what was missed": lambda store: store.missed(ROOM, 1, 1, 100, 1),
    "a message": lambda store: store.message(ROOM, 1),
    "somebody's last": lambda store: store.lastOf(ROOM, ANN.id),
    "a search": lambda store: store.search([(ROOM, 1)], "tea", 5, BOUNDED),
    "one without words": lambda store: store.search([(ROOM, 1), ("other", 1)], None, 5, BOUNDED),
    "a room": lambda store: store.room(ROOM),
    "a room by its name": lambda store: store.openRoom("lobby", "lobby", None, AT),
    "memberships": lambda store: store.memberships(ANN.id),
    "private conversations": lambda store: store.directs(ANN.id),
    "idle rooms": lambda store: store.idleRooms(AT),
    "all rooms": lambda store: store.rooms(),
    "reading": lambda store: store.markRead(ANN.id, ROOM, 1),
    "a read mark": lambda store: store.readMark(ANN.id, ROOM),
    "an account": lambda store: store.account("ann"),
    "one that looks alike": lambda store: store.accountLike("ann"),
    "one by its id": lambda store: store.accountById(ANN.id),
    "a change of it": lambda store: store.changeAccount(ANN.id, preferences={"quiet": True}),
    "some accounts": lambda store: store.accounts("a", 10),
    "a certificate": lambda store: store.accountOfFingerprint("f" * 64),
    "certificates": lambda store: store.fingerprints(ANN.id),
    "what somebody wrote": lambda store: store.writtenBy(ANN.id, 0, 10),
    "what is held": lambda store: store.heldAbout(ANN.id),
    "metadata": lambda store: store.metadata(ANN.id),
    "a note": lambda store: store.setMetadata(ANN.id, "url", "x"),
    "a device's marks": lambda store: store.deviceMarks(ANN.id, "phone"),
    "a device": lambda store: store.setDeviceMarks(ANN.id, "phone", {ROOM: 1}),
    "an id": lambda store: store.placeOfId("one"),
    "a time": lambda store: store.seqAt(ROOM, AT),
    "the last in all rooms": lambda store: store.lastSaid([ROOM]),
    "what an act has hidden": lambda store: store.hidden("act"),
    "putting reasons back": lambda store: store.restoreReasons("act"),
    "reports": lambda store: store.reportedBy(ANN.id, 10),
    "reasons in lists": lambda store: store.reasonsListed(ANN.id, "ann"),
    "outlived topics": lambda store: store.outlivedTopics(ANN.id, "ann"),
    "blanking remarks": lambda store: store.blankRemarks([3, 4, 5], "act"),
    "forgetting that": lambda store: store.forgetHidden(ANN.id),
    "forgetting acts": lambda store: store.forgetActs(AT),
    "what is too old": lambda store: store.expire(ROOM, AT + 1, 10),
    "the end of an account": lambda store: store.eraseAccount(ANN.id, AT),
    "a message that is said": does(Said, text="tea"),
    "an edit": does(Edited, target=1, text="coffee"),
    "a deletion": does(Deleted, target=1, act="act"),
    "a reaction": does(Reacted, target=1, emoji="👍"),
    "one that is taken away": does(Unreacted, target=1, emoji="x", reaction="six", act="act"),
    "a member": does(Joined, person=PersonRecord(ANN.id, "ann", "ann"), node="one"),
    "no member": does(Left, reason="left"),
}


@pytest.mark.parametrize("what", ASKED)
def test_noLongTableIsGoneThrough(what: str) -> None:
    store = memoryStore(lambda: AT)
    now(store.start())
    now(store.createAccount(Account(ANN.id, "ann", "ann", "ann", "", AT)))
    now(store.openRoom("lobby", "lobby", ANN, AT, ROOM))
    usual: dict[str, Any] = {"author": ANN, "conversations": (ROOM,)}
    said = [Said(id=id, text="tea", **usual) for id in ("one", "two")]
    kicked = Kicked(id="three", person="x", name="x", reason="x", **usual)
    kinds = {"four": Reacted, "five": Unreacted, "six": Reacted}
    reactions = [kind(id=id, target=1, emoji="x", **usual) for id, kind in kinds.items()]
    now(store.append([*said, kicked, *reactions]))
    raw, asked = store._link.raw, list[str]()
    # So the index for searching is not behind.
    now(store.search([(ROOM, 1)], "tea"))
    raw.set_trace_callback(asked.append)
    now(ASKED[what](store))
    raw.set_trace_callback(None)
    planned = [text for text in asked if text.split()[0] in ("SELECT", "WITH", "UPDATE", "DELETE")]
    for text in planned:
        for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {text}"):
            words = step.split()
            gone = words[0] == "SCAN" and words[1] in LONG
            assert not gone or (" LIMIT 1" in text and "USING" not in words), (step, text)
    assert planned or what == "a message that is said"
    now(store.stop())


def test_toCountWhatCanBeReadOnlyWhatCannotIsGoneThrough(tmp_path: Path) -> None:
    asked = {"conversation": ROOM, "low": 1, "high": 9}
    steps = plan(tmp_path, lambda connection: connection.execute(reading._COUNT_ASIDE, asked))
    assert "SEARCH log USING INDEX log_aside (conversation=? AND seq>? AND seq<?)" in steps


@pytest.mark.parametrize("work", [rooms.listings, lambda c: rooms.idleRooms(c, AT, AT)])
def test_privateConversationsAreNotGoneThroughToFindRooms(
    work: Callable[[Connection], object], tmp_path: Path
) -> None:
    steps = plan(tmp_path, work)
    (step,) = [each for each in steps if each.split()[1] == "conversations"]
    assert step == "SEARCH conversations USING INDEX sqlite_autoindex_conversations_2 (fold>?)"
