"""
Who goes for good, and wants what they wrote to go too, leaves no word of theirs behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields
from twisted.internet.defer import Deferred

from tests.doubles import Net, heard
from tests.storage.quick import fileStore
from twisted_chat.domain.acts import Purged
from twisted_chat.domain.errors import AlreadyReacted, NotReacted
from twisted_chat.domain.events import KINDS, Event
from twisted_chat.domain.ids import directId
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.domain.units import DAYS, HOURS

MARK = "Xylophonquark"
TAGS = (("+x", MARK),)

FREE = {"text", "reason", "emoji", "tags", "added", "reasons"}
"""The fields of events in which people write what they like."""

GIVEN = {
    "id", "author", "conversations", "origin", "basis", "peer", "seq", "at", "target", "targetId",
    "targetAuthor", "shown", "act", "wordless", "topic", "current", "notice", "action", "replyTo",
    "replyId", "meant", "styles", "atLeast", "kept", "read", "edited", "newest", "deleted",
    "reaction", "person", "name", "changes", "list", "removed", "old", "new", "taking", "archived",
}  # fmt: skip
"""Those with ids and numbers, with the names of people and rooms, and with what a room is."""


def test_ofEveryFieldThatIsKeptItIsKnownWhetherPeopleWriteInIt() -> None:
    there = {field.name for cls in KINDS.values() if cls.stored for field in fields(cls)}
    assert there == FREE | GIVEN


Deed = Callable[[Session, Session, Room], Deferred[Any]]

DEEDS: dict[str, Deed] = {
    "message": lambda ann, bob, dev: ann.say(dev, MARK, tags=TAGS),
    "private message": lambda ann, bob, dev: ann.tell("bob", MARK),
    "edit": lambda ann, bob, dev: ann.edit(dev.id, 1, MARK),
    "deletion of one's own": lambda ann, bob, dev: ann.delete(dev.id, 1, MARK),
    "deletion": lambda ann, bob, dev: ann.delete(dev.id, 2, MARK),
    "reaction": lambda ann, bob, dev: ann.react(dev.id, 2, MARK, tags=TAGS),
    "private reaction": lambda ann, bob, dev: ann.react(between(ann, bob), 1, MARK),
    "tags": lambda ann, bob, dev: ann.tag(dev, TAGS, keep=True),
    "private tags": lambda ann, bob, dev: ann.tagPerson("bob", TAGS, keep=True),
    "topic": lambda ann, bob, dev: ann.setTopic(dev, MARK),
    "kick": lambda ann, bob, dev: ann.kick(dev, "bob", MARK),
    "ban": lambda ann, bob, dev: ann.ban(dev, "carl", 0.0, MARK),
    "mute": lambda ann, bob, dev: ann.mute(dev, "bob", 0.0, MARK),
    "ban that is over": lambda ann, bob, dev: ann.ban(dev, "carl", 0.01, MARK),
    "invitation": lambda ann, bob, dev: ann.listMask(dev, "invitation", "carl", 0.0, MARK),
    "report": lambda ann, bob, dev: ann.report(dev.id, 2, MARK),
    "rename": lambda ann, bob, dev: ann.renameRoom(dev, "tea", MARK),
}
"""What somebody does in whose words there is the mark."""


def between(one: Session, other: Session) -> str:
    """
    @return: the id of the conversation that two people have in private.
    """
    return directId(one.identity, other.identity)


class Place:
    """
    Ann and Bob in a room of hers, with something said there and in private; and an operator.

    @ivar dev: Ann's copy of the room.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.net = net = Net(wrap=lambda _: fileStore(folder, lambda: self.net.clock.seconds()))
        self.ann, self.bob = net.registered("ann"), net.registered("bob", 1)
        self.oscar = net.operator("oscar")
        for hub in net.hubs:
            net.now(Deferred.fromCoroutine(hub.operatorsRoom.start()))
        self.dev = net.join("dev", self.ann, self.bob)
        net.say(self.ann, "dev", "one")
        net.say(self.bob, "dev", "two")
        net.now(self.bob.tell("ann", "three"))

    def do(self, deed: str) -> None:
        """
        Ann does it.
        """
        self.net.now(DEEDS[deed](self.ann, self.bob, self.dev))
        self.net.settle()
        assert self.left()

    def left(self) -> bool:
        """
        @return: whether the mark is in any file.
        """
        self.net.now(self.net.store.sweepDeleted())
        content = b"".join(path.read_bytes() for path in self.folder.iterdir())
        return MARK.encode() in content or MARK.lower().encode() in content

    def log(self) -> list[Event]:
        """
        @return: all that is in the logs of the two conversations, and of the operators' room.
        """
        found: list[Event] = []
        operators = self.net.hubs[0].operatorsRoom.id
        for id in (self.dev.id, between(self.ann, self.bob), operators):
            found += self.net.now(self.net.store.replay(id, 0, 999))
        return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """
    With its data in a file.
    """
    made = Place(tmp_path)
    yield made
    made.net.now(made.net.store.stop())


@pytest.mark.parametrize("deed", DEEDS)
def test_whoIsErasedWithTheirMessagesLeavesNoWord(place: Place, deed: str) -> None:
    place.do(deed)
    place.net.now(place.oscar.deleteAccountOf("ann", withMessages=True))
    place.net.settle()
    assert not place.left()


@pytest.mark.parametrize("deed", DEEDS)
def test_whatIsPurgedIsGoneWhenItCannotBeUndoneAnyMore(place: Place, deed: str) -> None:
    place.do(deed)
    place.net.now(place.oscar.purge("ann", 1 * HOURS))
    assert MARK not in repr(place.log())
    place.net.clock.advance(2 * DAYS)
    place.net.now(Deferred.fromCoroutine(place.net.hubs[0].acts.tidy()))
    assert not place.left()


@pytest.mark.parametrize("deed", sorted(DEEDS.keys() - {"tags", "private tags"}))
def test_whatIsPurgedIsBackWhenThatIsUndone(place: Place, deed: str) -> None:
    place.do(deed)
    place.net.now(place.oscar.purge("ann", 1 * HOURS))
    place.net.settle()
    assert place.net.now(place.oscar.undo()).left
    place.net.settle()
    assert MARK in repr(place.log())


def test_reactionsAreTakenBackAndComeBack(place: Place) -> None:
    """
    Everybody who shows them must know, on every node.
    """
    net, dev = place.net, place.dev
    place.do("reaction")
    list(heard(place.bob))
    assert net.now(place.oscar.purge("ann", 1 * HOURS)).messages == 1
    net.settle()
    assert "dev 4 unreacted ann 2" in next(heard(place.bob))
    net.now(place.oscar.undo())
    net.settle()
    assert "dev 7 reacted ann 2" in next(heard(place.bob))
    with pytest.raises(AlreadyReacted):
        net.now(place.ann.react(dev.id, 2, MARK))
    # That was all, so it is to be undone as any other.
    net.now(place.ann.delete(dev.id, 1))
    assert net.now(place.oscar.purge("ann", 1 * HOURS)) == Purged(0, True)
    assert net.now(place.oscar.undo()).left


def test_noListHasTheReasonAnyMoreAndEachHasItAgain(place: Place) -> None:
    net, dev = place.net, place.dev
    net.now(place.ann.ban(dev, "carl", 0.0, MARK))
    net.clock.advance(1)
    net.now(place.ann.ban(dev, "dora", 0.0, MARK))
    net.now(place.bob.leave(place.bob.roomNamed("dev")))
    net.join("dev", place.bob)
    list(heard(place.bob))

    def reasons() -> list[list[str]]:
        copies = (dev, place.bob.roomNamed("dev"))
        return [[entry.reason for entry in copy.lists["ban"].values()] for copy in copies]

    assert reasons() == [[MARK, MARK]] * 2
    net.now(place.oscar.purge("ann", 1 * HOURS))
    net.settle()
    assert reasons() == [["", ""]] * 2
    # A new one has no reason, and that is as it was meant.
    net.now(place.ann.ban(dev, "carl"))
    net.now(place.oscar.undo())
    net.settle()
    assert sorted(reasons()[0]) == sorted(reasons()[1]) == ["", MARK]


def test_aReportStaysWithOthersWhoReportAndIsInWhatIsHeldAboutSomebody(place: Place) -> None:
    net = place.net
    place.do("report")
    net.now(place.bob.report(place.dev.id, 1, "rude"))
    (line, *_), _ = net.now(place.ann.export())
    (report,) = json.loads(line)["reports"]
    assert report["text"] == f"ann reports dev/2 of bob ({MARK})"
    net.now(place.oscar.deleteAccountOf("ann", withMessages=True))
    texts = [event.text for event in place.log() if event.kind == "said"]  # type: ignore[attr-defined]
    assert [text for text in texts if text] == [
        "two",
        "three",
        "dev/2: <bob> two",
        "bob reports dev/1 of ann (rude)",
    ]


def test_howeverManyTheyAreAllReportsGo(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted_chat.domain.acts.SLICE", 3)
    for _ in range(7):
        place.do("report")
    assert place.net.now(place.oscar.deleteAccountOf("ann", withMessages=True)) == 8
    assert not place.left()


def test_whatIsOlderThanTheLogIsFoundUnderWhateverNameItWasWritten(place: Place) -> None:
    net, dev = place.net, place.dev
    net.now(place.ann.rename("other"))
    for deed in ("topic", "ban"):
        place.do(deed)
    net.clock.advance(1 * HOURS)
    net.now(net.store.expire(dev.id, net.clock.seconds(), 99))
    assert place.left()
    assert (dev.topic, dev.topicBy) == (MARK, "other")
    net.now(place.oscar.deleteAccountOf("ann", withMessages=True))
    net.settle()
    assert dev.topic == ""
    assert not place.left()


def test_whoWasErasedWasNeverHere(place: Place) -> None:
    net = place.net
    net.now(Deferred.fromCoroutine(place.ann.setRealName(MARK)))
    net.now(place.ann.rename("other"))
    gus = net.guest("gus")
    net.now(gus.logout())

    def departed(mask: str) -> list[str]:
        asked = Deferred.fromCoroutine(place.bob.departed(mask, 9))
        return [each.record.name for each in net.now(asked)]

    assert (departed("*"), departed("ann")) == (["gus", "ann"], ["ann"])
    net.now(place.oscar.deleteAccountOf("ann"))
    net.settle()
    assert (departed("*"), departed("ann"), departed("other")) == (["gus"], [], [])


def test_aReactionOfBeforeIsNotThereAgainWhenOnlyItsEndIsPurged(place: Place) -> None:
    net, dev = place.net, place.dev
    net.now(place.ann.react(dev.id, 2, MARK))
    net.clock.advance(1 * HOURS)
    net.now(place.ann.react(dev.id, 2, MARK, back=True))
    net.now(place.oscar.purge("ann", 60.0))
    with pytest.raises(NotReacted):
        net.now(place.ann.react(dev.id, 2, MARK, back=True))
    assert not place.left()
