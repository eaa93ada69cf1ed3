"""
Notes of people and rooms: who may make them, who is told, how long they last.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net
from twisted_chat.domain.errors import (
    BadKey,
    NotAllowed,
    NotInRoom,
    NotNoted,
    NotSaved,
    TooLong,
    TooMany,
)
from twisted_chat.domain.keeping import MOST_KEYS
from twisted_chat.domain.noting import LONGEST_VALUE
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session


def note(net: Net, session: Session, key: str, value: str | None) -> None:
    """
    Somebody notes something of themselves.
    """
    net.now(Deferred.fromCoroutine(session.setMetadata(key, value)))
    net.settle()


def told(session: Session) -> list[tuple[str, str, Any]]:
    """
    What somebody's client was told of notes.
    """
    happenings = session.receiver.happenings  # type: ignore[attr-defined]
    found = [(each.target, each.key, each.value) for each in happenings if each.kind == "metadata"]
    happenings.clear()
    return list(dict.fromkeys(found))


def test_whoSharesARoomIsToldOnAllNodes(net: Net) -> None:
    ann, bea, cid = net.guest("ann"), net.guest("bea", node=1), net.guest("cid")
    net.join("lobby", ann, bea)
    note(net, ann, "avatar", "https://example.org/a.png")
    assert told(bea) == [(ann.personId, "avatar", "https://example.org/a.png")]
    assert told(cid) == []
    there = net.hubs[1].roster.people[ann.personId].record
    assert there.metadata == (("avatar", "https://example.org/a.png"),)
    note(net, ann, "avatar", None)
    assert told(bea) == [(ann.personId, "avatar", None)]
    assert ann.metadata == {}


def test_whoComesLaterFindsWhatWasNoted(net: Net) -> None:
    ann = net.guest("ann")
    note(net, ann, "color", "green")
    bea = net.guest("bea", node=1)
    net.join("lobby", ann, bea)
    [seen] = bea.notedIn(bea.roomNamed("lobby"))
    assert (seen.name, seen.metadata) == ("ann", (("color", "green"),))


def test_ofSomebodyRegisteredItLastsOfAGuestItDoesNot(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    for session in (ann, bea):
        note(net, session, "color", "green")
        session.logout()
    net.settle()
    assert net.login("ann", node=1).metadata == {"color": "green"}
    assert net.guest("bea").metadata == {}


def test_whatAGuestHasNotedIsTheirsWhenTheyRegister(net: Net) -> None:
    ann = net.guest("ann")
    note(net, ann, "color", "green")
    net.now(ann.register("correct horse"))
    assert net.now(net.store.metadata(ann.identity)) == {"color": "green"}


def test_whoLogsInHasWhatIsNotedOfTheAccount(net: Net) -> None:
    ann = net.registered("ann")
    note(net, ann, "color", "green")
    bea = net.guest("bea")
    note(net, bea, "shape", "round")
    net.now(Deferred.fromCoroutine(bea.assume(ann.account)))
    assert bea.metadata == {"color": "green"}
    note(net, bea, "color", "red")
    assert ann.metadata == {"color": "red"}
    net.now(Deferred.fromCoroutine(bea.assume(None)))
    assert bea.metadata == {}
    assert ann.metadata == {"color": "red"}


@pytest.mark.parametrize("key", ["", "Color", "a b", "é", "$x", "x" * 65])
def test_onlyKeysOfTheSpecificationAreKeys(net: Net, key: str) -> None:
    with pytest.raises(BadKey):
        note(net, net.guest("ann"), key, "green")


def test_whatIsNotedHasALengthAndANumberOfKeys(net: Net) -> None:
    ann = net.guest("ann")
    note(net, ann, "key", "é" * (LONGEST_VALUE // 2))
    with pytest.raises(TooLong):
        note(net, ann, "key", "x" * (LONGEST_VALUE + 1))
    with pytest.raises(NotNoted):
        note(net, ann, "other", None)
    for number in range(1, MOST_KEYS):
        note(net, ann, f"key{number}", "")
    with pytest.raises(TooMany):
        note(net, ann, "other", "x")
    note(net, ann, "key", "x")


def test_noControlCharacterIsNoted(net: Net) -> None:
    ann = net.guest("ann")
    note(net, ann, "key", "a\x1b[31mb\nc")
    assert not any(each < " " for each in ann.metadata["key"])


def test_ofARoomItsOperatorsNoteAndItsMembersRead(net: Net) -> None:
    ann, bea, cid = net.guest("ann"), net.guest("bea", node=1), net.guest("cid")
    net.join("den", ann, bea)
    room = ann.roomNamed("den")

    def set(session: Session, value: str | None) -> Any:
        done = session.setMetadataOf(session.roomNamed("den"), "url", value)
        return net.now(Deferred.fromCoroutine(done))

    set(ann, "https://example.org")
    net.settle()
    assert told(bea) == [(room.id, "url", "https://example.org")]
    assert net.now(bea.metadataOf(bea.roomNamed("den"))) == {"url": "https://example.org"}
    with pytest.raises(NotAllowed):
        set(bea, None)
    with pytest.raises(NotInRoom):
        net.now(cid.metadataOf(room))
    with pytest.raises(NotNoted):
        set(ann, None) or set(ann, None)


def test_whoLosesTheRightBeforeItIsCommittedNotesNothing() -> None:
    net = Net(nodes=1, wrap=Shaky)
    ann, bea = net.registered("ann"), net.registered("bea")
    room = net.join("den", ann, bea)
    net.now(ann.setRole(room, "bea", Role.OPERATOR))
    store: Any = net.store
    store.slowReads.add("metadata")
    noted = outcome(Deferred.fromCoroutine(bea.setMetadataOf(room, "url", "https://example.org")))
    store.slowReads.clear()
    net.now(ann.setRole(room, "bea", Role.MEMBER))
    store.answer()
    net.settle()
    assert isinstance(noted[0], NotAllowed)
    assert net.now(store.metadata(room.id)) == {}


def test_whatIsRefusedIsNotNoted() -> None:
    net = Net(nodes=1, wrap=Shaky)
    ann = net.registered("ann")
    room = net.join("den", ann)
    store: Any = net.store
    store.wrong = lambda events: NotSaved(why="the disk is full")
    for noting in (ann.setMetadata("url", "x"), ann.setMetadataOf(room, "url", "x")):
        with pytest.raises(NotSaved):
            net.now(Deferred.fromCoroutine(noting))
    store.wrong = lambda events: None
    for target in (ann.identity, room.id):
        assert net.now(store.metadata(target)) == {}
    assert ann.metadata == {}


def test_severalConnectionsTogetherNoteNoMoreThanOne(net: Net) -> None:
    ann = net.registered("ann")
    for number in range(MOST_KEYS - 1):
        note(net, ann, f"key{number}", "x")
    sessions = [ann, *(net.login("ann", node=node) for node in (0, 1, 1))]
    found = [
        outcome(Deferred.fromCoroutine(session.setMetadata(f"other{at}", "x")))
        for at, session in enumerate(sessions)
    ]
    net.settle()
    assert [type(result) for [result] in found].count(TooMany) == 3
    kept = net.now(net.store.metadata(ann.identity))
    assert len(kept) == MOST_KEYS
    assert all(session.metadata == kept for session in sessions)


def test_whoHasNoRoomNotesUnderAllTheirNames(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    net.now(Deferred.fromCoroutine(bea.assume(ann.account)))
    note(net, bea, "color", "green")
    assert net.now(net.store.metadata(ann.identity)) == {"color": "green"}
    note(net, ann, "color", None)
    assert net.now(net.store.metadata(ann.identity)) == {}
    assert bea.metadata == {}
