"""
What operators delete, and undo.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import Net, heard
from twisted_chat.domain.accounterrors import Banned
from twisted_chat.domain.errors import (
    BadInput,
    NoSuchMessage,
    NoSuchPerson,
    NotAllowed,
    NotOperator,
)
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.units import DAYS, HOURS


def texts(net: Net, session: Session, room: str) -> list[str]:
    """
    What somebody may read of a room.
    """
    page = net.now(session.history(session.roomNamed(room).id))
    return [event.text for event in page.events if event.kind == "said"]


def test_aPurgeDeletesWhatSomebodyWroteEverywhereAndEverybodySeesIt(net: Net) -> None:
    oscar, eve, ann = net.operator("oscar"), net.registered("eve"), net.registered("ann", 1)
    net.join("dev", eve, ann)
    net.join("other", ann, eve)
    net.say(eve, "dev", "old rubbish")
    net.clock.advance(1 * HOURS)
    net.say(eve, "dev", "rubbish one", "rubbish two")
    net.say(ann, "dev", "stop that")
    net.say(eve, "other", "rubbish three")
    net.now(eve.tell("ann", "rubbish four"))
    ann.receiver.lines()  # type: ignore[attr-defined]
    # The operator need not be there.
    assert net.now(oscar.purge("eve", 0.5 * HOURS)).messages == 4
    net.settle()
    assert texts(net, ann, "dev") == ["old rubbish", "stop that"]
    assert texts(net, ann, "other") == []
    assert net.now(ann.search("rubbish")).total == 1
    (lines,) = heard(ann)
    assert sorted(lines) == [
        " 2 deleted eve 1",
        "dev 5 deleted oscar 2",
        "dev 6 deleted oscar 3",
        "other 2 deleted oscar 1",
    ]


def test_aPurgeDeletesWhatClientsToldForGoodAndDoesNotCountIt(net: Net) -> None:
    oscar, eve = net.operator("oscar"), net.registered("eve")
    room = net.join("dev", eve)
    net.now(eve.tag(room, (("+x", "rubbish"),), keep=True))
    net.say(eve, "dev", "rubbish")
    assert net.now(oscar.purge("eve", 1 * HOURS)).messages == 1
    assert [event.kind for event in net.now(eve.part(room.id, 9))] == []
    net.now(oscar.undo())
    assert [event.kind for event in net.now(eve.part(room.id, 9))] == ["said"]


def test_aPurgeTakesTopicsTooAndItsUndoBringsThemBack(net: Net) -> None:
    oscar, eve, ann = net.operator("oscar"), net.registered("eve"), net.registered("ann", 1)
    net.join("dev", ann, eve)
    net.join("tea", ann, eve)
    net.now(eve.setTopic(eve.roomNamed("dev"), "rubbish"))
    net.now(eve.setTopic(eve.roomNamed("tea"), "rubbish"))
    net.now(ann.setTopic(ann.roomNamed("tea"), "green"))
    rooms = [session.roomNamed(name) for session in (eve, ann) for name in ("dev", "tea")]
    assert net.now(oscar.purge("eve", 1 * HOURS)).messages == 2
    net.settle()
    assert [room.topic for room in rooms] == ["", "green"] * 2
    assert [len(net.now(ann.history(room.id)).events) for room in rooms[2:]] == [0, 1]
    assert net.now(oscar.undo()).left
    net.settle()
    assert [(room.topic, room.topicBy) for room in rooms] == [
        ("rubbish", "eve"),
        ("green", "ann"),
    ] * 2


def test_aTopicIsDeletedByWhoSetItAndByOperators(net: Net) -> None:
    ann, bea, carl = net.registered("ann"), net.registered("bea", 1), net.registered("carl", 1)
    room = net.join("dev", ann, bea, carl)
    net.now(bea.setTopic(bea.roomNamed("dev"), "one"))
    with pytest.raises(NotAllowed):
        net.now(carl.delete(room.id, 1))
    net.now(bea.delete(room.id, 1))
    net.settle()
    assert room.topic == carl.roomNamed("dev").topic == ""
    net.now(bea.setTopic(bea.roomNamed("dev"), "two"))
    net.now(ann.delete(room.id, 3))
    net.settle()
    assert room.topic == carl.roomNamed("dev").topic == ""
    # Nobody wrote anything there.
    net.now(ann.setTopic(room, ""))
    for number in (-1, 0, 1, 2, 5, 6):
        with pytest.raises(NoSuchMessage):
            net.now(ann.delete(room.id, number))


def test_whoHasSetATopicIsFoundByIt(net: Net) -> None:
    oscar, gus, ann = net.operator("oscar"), net.guest("gus"), net.registered("ann", 1)
    room = net.join("dev", oscar, gus, ann)
    net.now(gus.setTopic(gus.roomNamed("dev"), "rubbish"))
    gus.logout()
    net.settle()
    assert net.now(oscar.purgeAuthor(room.id, 1, 1 * HOURS)).messages == 1
    assert room.topic == ""


def test_aPurgeIsUndoneAndEverybodySeesIt(net: Net) -> None:
    oscar, eve, ann = net.operator("oscar"), net.registered("eve"), net.registered("ann", 1)
    net.join("dev", eve, ann)
    net.say(eve, "dev", "one", "two")
    net.now(eve.edit(eve.roomNamed("dev").id, 2, "two and a half"))
    net.now(eve.tell("ann", "three"))
    net.now(oscar.purge("eve", 1 * HOURS))
    net.settle()
    ann.receiver.lines()  # type: ignore[attr-defined]
    act = net.now(oscar.undo())
    net.settle()
    assert (act.kind, act.by) == ("purge", "oscar")
    assert texts(net, ann, "dev") == ["one", "two and a half"]
    assert net.now(ann.search("half")).total == 1
    (lines,) = heard(ann)
    assert sorted(line.split(" ", 2)[2] for line in lines) == [
        "restored eve three",
        "restored oscar one",
        "restored oscar two and a half",
    ]
    with pytest.raises(BadInput):
        net.now(oscar.undo(act.id))


def test_aGuestWhoIsGoneIsFoundByWhatTheySaid(net: Net) -> None:
    oscar, gus, ann = net.operator("oscar"), net.guest("gus"), net.registered("ann", 1)
    room = net.join("dev", oscar, gus, ann)
    net.say(gus, "dev", "one", "two")
    gus.logout()
    net.settle()
    # Whoever has the name now is somebody else.
    other = net.guest("gus", 1)
    net.join("dev", other)
    net.say(other, "dev", "innocent")
    assert net.now(oscar.purgeAuthor(room.id, 1, 1 * HOURS)).messages == 2
    assert texts(net, ann, "dev") == ["innocent"]
    with pytest.raises(NoSuchPerson):
        net.now(oscar.purge("nobody", 1 * HOURS))


def test_aBigPurgeIsDoneInSlices(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted_chat.domain.acts.SLICE", 3)
    oscar, eve = net.operator("oscar"), net.registered("eve")
    net.join("dev", eve)
    net.say(eve, "dev", *(f"line {number}" for number in range(10)))
    assert net.now(oscar.purge("eve", 1 * HOURS)).messages == 10
    net.now(oscar.undo())
    assert texts(net, eve, "dev") == [f"line {number}" for number in range(10)]


def test_whatIsDeletedMeanwhileOrBeforeDoesNotStopAPurge(net: Net) -> None:
    oscar, eve = net.operator("oscar"), net.registered("eve")
    room = net.join("dev", eve)
    net.say(eve, "dev", "one", "two", "three")
    net.now(eve.delete(room.id, 1))
    # It is on its way into the log when the purge looks for what there is.
    eve.delete(room.id, 2)
    assert net.now(oscar.purge("eve", 1 * HOURS)).messages == 1
    assert texts(net, eve, "dev") == []
    # What eve has deleted herself stays deleted.
    net.now(oscar.undo())
    assert texts(net, eve, "dev") == ["three"]


def test_whatAnOperatorDeletesOfOthersCanBeUndoneForADay(net: Net) -> None:
    oscar, eve = net.operator("oscar"), net.registered("eve", 1)
    room = net.join("dev", eve, oscar)
    net.say(eve, "dev", "rude", "ruder")
    net.now(oscar.delete(room.id, 1))
    (act,) = net.now(oscar.acts())
    assert (act.kind, act.about) == ("delete", "a message of eve in dev")
    assert texts(net, eve, "dev") == ["ruder"]
    net.now(oscar.undo(act.id.upper()))
    assert texts(net, eve, "dev") == ["rude", "ruder"]
    net.now(oscar.delete(room.id, 2))
    net.clock.advance(1 * DAYS)
    with pytest.raises(BadInput):
        net.now(oscar.undo())
    assert net.now(oscar.acts()) == []


def test_whatOperatorsOfARoomDeleteIsGone(net: Net) -> None:
    oscar, owner, eve = net.operator("oscar"), net.registered("owner"), net.registered("eve")
    room = net.join("dev", owner, eve)
    net.say(eve, "dev", "rude")
    net.now(owner.delete(room.id, 1))
    assert net.now(oscar.acts()) == []


def test_ownDeletionsOfOperatorsAreForGood(net: Net) -> None:
    oscar = net.operator("oscar")
    room = net.join("dev", oscar)
    net.say(oscar, "dev", "oops")
    net.now(oscar.delete(room.id, 1))
    assert net.now(oscar.acts()) == []


def test_afterADayTheTextsAreForgottenToo(net: Net) -> None:
    oscar, eve = net.operator("oscar"), net.registered("eve")
    net.join("dev", eve)
    net.say(eve, "dev", "rubbish")
    net.now(oscar.purge("eve", 1 * HOURS))
    (act,) = net.now(oscar.acts())
    acts = net.hubs[0].acts
    net.now(Deferred.fromCoroutine(acts.tidy()))
    assert [text for _, _, text in net.now(net.store.hidden(act.id))] == ["rubbish"]
    net.clock.advance(1 * DAYS + 1)
    net.now(Deferred.fromCoroutine(acts.tidy()))
    assert list(net.now(net.store.hidden(act.id))) == []


def test_aBanIsUndone(net: Net) -> None:
    oscar = net.operator("oscar")
    net.now(oscar.serverBan("gus", 1 * HOURS, "first"))
    net.clock.advance(1)
    net.now(oscar.serverBan("gus", 0, "second"))
    net.now(oscar.undo())
    net.settle()
    # What held before holds again.
    with pytest.raises(Banned, match="first"):
        net.guest("gus", 1)
    net.now(oscar.undo())
    net.settle()
    net.guest("gus", 1)


def test_aBanThatWasDecidedAnewSinceIsNotUndoneWithAnOlderOne(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    net.now(oscar.serverBan("gus", 1 * HOURS))
    net.settle()
    net.clock.advance(1)
    net.now(olga.serverBan("gus", 0, "for good"))
    net.settle()
    assert not net.now(oscar.undo()).left
    with pytest.raises(Banned, match="for good"):
        net.guest("gus")
    # Nor does what held before hold again where somebody was let in since.
    net.now(oscar.serverUnban("gus"))
    net.settle()
    assert not net.now(olga.undo()).left
    net.guest("gus")
    assert list(net.now(oscar.acts())) == []


def test_aPurgeThatFindsNothingIsNoDeed(net: Net) -> None:
    oscar, olga, eve = net.operator("oscar"), net.operator("olga", 1), net.registered("eve")
    net.join("dev", eve)
    net.say(eve, "dev", "rubbish")
    net.now(oscar.serverBan("gus"))
    net.clock.advance(1)
    net.now(olga.purge("eve", 1 * HOURS))
    net.settle()
    assert net.now(oscar.purge("eve", 1 * HOURS)).messages == 0
    # What oscar did last is still what oscar did last.
    assert net.now(oscar.undo()).about == "gus"
    (act,) = net.now(oscar.acts())
    assert (act.by, act.kind) == ("olga", "purge")


def test_whatIsGoneForGoodIsNotSaidToBeUndone(net: Net) -> None:
    oscar, eve = net.operator("oscar"), net.registered("eve")
    net.join("dev", eve)
    net.say(eve, "dev", "rubbish")
    net.now(oscar.purge("eve", 1 * HOURS))
    net.now(oscar.deleteAccountOf("eve", True))
    assert not net.now(oscar.undo()).left
    assert list(net.now(oscar.acts())) == []


def test_withoutAnIdTheNewestDeedOfOnesOwnIsUndone(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    net.now(oscar.serverBan("one"))
    net.clock.advance(1)
    net.now(olga.serverBan("two"))
    assert net.now(oscar.undo()).about == "one"
    with pytest.raises(BadInput):
        net.now(oscar.undo())
    # Any operator may undo what any has done.
    (act,) = net.now(oscar.acts())
    assert net.now(oscar.undo(act.id)).about == "two"


def test_onlyOperatorsDoAnyOfThis(net: Net) -> None:
    owner, eve = net.registered("owner"), net.registered("eve")
    room = net.join("dev", owner, eve)
    assert room.role(owner.personId) is Role.OWNER
    net.say(eve, "dev", "hi")
    for act in (
        lambda: owner.purge("eve", 1 * HOURS),
        lambda: owner.purgeAuthor(room.id, 1, 1 * HOURS),
        lambda: owner.undo(),
        lambda: owner.acts(),
    ):
        with pytest.raises(NotOperator):
            net.now(act())
    assert texts(net, eve, "dev") == ["hi"]
