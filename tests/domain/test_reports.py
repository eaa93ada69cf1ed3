"""
What people report, and how long operators are shown it.
"""

from __future__ import annotations

import pytest

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net, heard
from twisted_chat.domain.errors import ChatError, NoSuchMessage
from twisted_chat.domain.session import Session


def shownToOperators(net: Net, oscar: Session) -> list[str]:
    """
    What can be read in the operators' room.
    """
    net.join("operators", oscar)
    page = net.now(oscar.history(oscar.roomNamed("operators").id))
    assert page.total == len(page.events)
    return [event.text for event in page.events if event.kind == "said"]


def test_aReportIsReadByOperatorsInTheirRoom(net: Net) -> None:
    oscar, ann, eve = net.operator("oscar", 1), net.registered("ann"), net.registered("eve")
    room = net.join("dev", ann, eve)
    net.say(eve, "dev", "something\nrude")
    net.now(ann.report(room.id, 1, "rude"))
    net.settle()
    (told,) = [line for line in next(heard(oscar)) if " notified " in line]
    assert told.endswith("ann reported dev/1")
    net.join("operators", oscar)
    page = net.now(oscar.history(oscar.roomNamed("operators").id))
    said = [event for event in page.events if event.kind == "said"]
    assert [(each.author.name, each.text) for each in said] == [
        ("server", "ann reports dev/1 of eve (rude)"),
        ("server", "dev/1: <eve> something / rude"),
    ]


def test_aPrivateMessageCanBeReportedByWhoGotIt(net: Net) -> None:
    oscar, ann, eve = net.operator("oscar"), net.registered("ann"), net.registered("eve")
    said = net.now(eve.tell("ann", "psst " * 100))
    net.now(ann.report(said.conversation, 1))
    net.join("operators", oscar)
    page = net.now(oscar.history(oscar.roomNamed("operators").id))
    *_, report, text = [event.text for event in page.events if event.kind == "said"]
    assert report == "ann reports @eve/1 of eve"
    assert text.startswith("@eve/1: <eve> psst")
    assert len(text) < 350
    gus = net.guest("gus")
    with pytest.raises(ChatError):
        net.now(gus.report(said.conversation, 1))
    with pytest.raises(NoSuchMessage):
        net.now(ann.report(said.conversation, 7))


def test_whatIsReportedIsShownOnceAndGoesWhenItIsDeleted(net: Net) -> None:
    oscar, ann, eve = net.operator("oscar", 1), net.registered("ann"), net.registered("eve")
    room = net.join("dev", ann, eve)
    net.say(eve, "dev", "rareword", "another")
    for number, who in ((1, ann), (2, ann), (1, oscar)):
        net.join("dev", oscar)
        net.now(who.report(room.id, number))
    net.join("operators", oscar)
    assert net.now(oscar.search("rareword")).total == 2
    net.now(eve.delete(room.id, 1))
    assert shownToOperators(net, oscar) == [
        "ann reports dev/1 of eve",
        "ann reports dev/2 of eve",
        "dev/2: <eve> another",
        "oscar reports dev/1 of eve",
    ]
    assert net.now(oscar.search("rareword")).total == 0


def test_whatIsDeletedWhileItIsReportedIsNotShown() -> None:
    net = Net(wrap=Shaky)
    oscar, ann, eve = net.operator("oscar"), net.registered("ann"), net.registered("eve")
    room = net.join("dev", ann, eve)
    net.say(eve, "dev", "rareword")
    net.store.slowReads.add("placeOfId")  # type: ignore[attr-defined]
    reported = outcome(ann.report(room.id, 1))
    net.settle()
    net.store.slowReads.clear()  # type: ignore[attr-defined]
    net.now(eve.delete(room.id, 1))
    net.store.answer()  # type: ignore[attr-defined]
    net.settle()
    assert reported == [None]
    assert shownToOperators(net, oscar) == ["ann reports dev/1 of eve"]
