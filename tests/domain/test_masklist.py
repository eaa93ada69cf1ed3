"""
The lists of rooms: whom their entries are about, and how little it takes to know.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import Net
from twisted_chat.domain.errors import MayNotSpeak
from twisted_chat.domain.masklist import MOST_REMEMBERED, MaskList
from twisted_chat.domain.masks import Glob, Pattern, Subject, maskMatches, parseMask
from twisted_chat.domain.values import Mask

BEA = Subject("Bea", "Bea", "192.0.2.7", "abc.cloak", "~bea")
GUEST = Subject("Gus", "", "2001:db8::7", "", "gus")

MASKS = st.sampled_from(
    [
        "bea", "be*", "b?a", "*", "*e*", "?us", "gus", "account:bea", "account:*", "account:b?a",
        "*@192.0.2.7", "*@192.0.2.*", "*@192.0.2.0/24", "*@*.cloak", "*@2001:db8::/32",
        "*@2001:db8::7", "gus@2001:db8::/32", "bea@10.0.0.0/8", "bea!~be*", "*!~b?a", "*!gus",
        "*!*a@*.cloak", "*@nonsense/99", "nobody",
    ]
)  # fmt: skip


class Work:
    """
    Counts how often masks are read, and compared.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: Counter[str] = Counter()
        for kind, name in ((Pattern, "__init__"), (Pattern, "isAbout"), (Glob, "fits")):
            monkeypatch.setattr(kind, name, self._counted(getattr(kind, name)))

    def _counted(self, method: Any) -> Any:
        def counted(*args: Any) -> Any:
            self.done[method.__qualname__] += 1
            return method(*args)

        return counted


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """
    What has been done with masks, by the name of the method.
    """
    return Work(monkeypatch).done


@given(st.lists(st.tuples(st.booleans(), MASKS, st.sampled_from([0.0, 5.0, 20.0])), max_size=12))
def test_theOldestEntryThatHoldsAndIsAboutSomebodyIsFound(
    changes: list[tuple[bool, str, float]],
) -> None:
    list = MaskList()
    model: dict[str, Mask] = {}
    for put, mask, until in changes:
        if put:
            entry = Mask(mask, "ann", 1.0, until)
            list.put(entry)
            model[mask] = entry
        else:
            list.drop(mask)
            model.pop(mask, None)
        for who in (BEA, GUEST, BEA):
            meant = [entry for entry in model.values() if maskMatches(entry.mask, who)]
            holding = [entry for entry in meant if not 0 < entry.until <= 10]
            assert list.about(who, 10.0) == (holding[0] if holding else None)
    assert dict(list) == model


def test_whoIsRememberedAsMeantIsFreeWhenTheEntryRunsOut() -> None:
    list = MaskList([Mask("b*", "ann", 1.0, 10.0), Mask("*", "ann", 2.0, 5.0)])
    assert [list.about(BEA, now) is not None for now in (4.0, 9.0, 10.0)] == [True, True, False]
    list.put(Mask("b*", "ann", 11.0, 20.0))
    assert list.about(BEA, 12.0) is not None


def test_amongAnyNumberOfNamesAddressesAndNetworksTheRightOneIsLookedUp(
    work: Counter[str],
) -> None:
    named = [f"n{number}" for number in range(300)] + [f"n{number}*" for number in range(300, 600)]
    placed = [f"*@198.51.{number}.0/24" for number in range(200)]
    list = MaskList(Mask(mask, "ann", 1.0) for mask in (*named, *placed, "account:bea", "b*"))
    work.clear()
    assert list.about(BEA, 2.0) == Mask("account:bea", "ann", 1.0)
    assert list.about(Subject("x", "", "198.51.7.7", "h"), 2.0) is not None
    assert work["Pattern.isAbout"] == 3
    assert not work["Pattern.__init__"]


def test_aMaskIsReadOnceAndComparedWithEachOnceUntilTheListChanges(work: Counter[str]) -> None:
    list = MaskList(Mask(f"*a*{number}?", "ann", 1.0) for number in range(100))
    assert work["Pattern.__init__"] == 100
    for _ in range(5):
        list.about(BEA, 2.0)
        list.about(GUEST, 2.0)
    assert work["Pattern.isAbout"] == 200
    list.put(Mask("*e*", "ann", 3.0))
    assert list.about(BEA, 4.0) is not None
    assert list.about(GUEST, 4.0) is None


def test_aListRemembersOnlySoManyPeople(work: Counter[str]) -> None:
    list = MaskList([Mask("*x", "ann", 1.0)])
    people = [Subject(f"p{number}", "", "", "") for number in range(MOST_REMEMBERED + 1)]
    for person in people:
        list.about(person, 2.0)
    work.clear()
    for person in reversed(people):
        list.about(person, 2.0)
    assert work["Pattern.isAbout"] == 1


def test_aLineInARoomWithFullListsReadsAndComparesNothingAgain(work: Counter[str]) -> None:
    net = Net(nodes=1)
    ann, gus = net.registered("ann"), net.guest("gus")
    rooms = [net.join(name, ann, gus) for name in ("one", "two", "three")]
    for room in rooms:
        for name in ("ban", "mute"):
            masks = [parseMask(f"{'*b' * 50}*{room.name}{number}*") for number in range(199)]
            net.now(ann.changeList(room, name, masks))
        net.say(gus, room.name, "first")
    work.clear()
    for room in rooms:
        net.say(gus, room.name, "again")
    assert not work
    net.now(ann.mute(rooms[1], "gus", 1.0))
    with pytest.raises(MayNotSpeak):
        net.say(gus, "two", "not now")
    net.clock.advance(1.0)
    net.say(gus, "two", "now")


def test_whomNothingIsAboutIsNotLookedForAmongAllEntries() -> None:
    class Seen(dict[str, Mask]):
        def items(self) -> Any:
            raise AssertionError("all entries were gone through")

    entries = MaskList(Mask(f"name{number}", "ann", 1.0) for number in range(9))
    entries._entries = Seen(entries._entries)
    assert entries.about(BEA, 2.0) is None
