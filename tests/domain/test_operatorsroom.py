"""
The room of the network's operators: nobody else comes in, stays or reads there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net, heard
from twisted_chat.domain.errors import BadInput, ChatError, MayNotEnter, MayNotRead
from twisted_chat.domain.official import Official
from twisted_chat.domain.rights import readableFrom
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.values import SERVER

BY = Official(SERVER, "a test")


def begin(net: Net) -> None:
    """
    Make the room, as the start of each node does.
    """
    for hub in net.hubs:
        net.now(Deferred.fromCoroutine(hub.operatorsRoom.start()))


@pytest.fixture
def net() -> Net:
    """
    Two nodes that have the room.
    """
    made = Net()
    begin(made)
    return made


def members(net: Net) -> set[str]:
    """
    The names of the room's members, as they are stored.
    """
    record = net.now(net.store.room(net.hubs[0].operatorsRoom.id))
    return {member.name for member in record.members}


@pytest.mark.parametrize("setting", ["invite-only", "hidden"])
def test_noListAndNoSettingLetsInWhoIsNoOperator(net: Net, setting: str) -> None:
    oscar, gus = net.operator("oscar"), net.guest("gus", 1)
    room = net.join("operators", oscar)
    net.now(oscar.listMask(room, "invitation", "*"))
    net.now(oscar.listMask(room, "invited", "gus"))
    net.now(oscar.configure(room, setting, "off"))
    with pytest.raises(MayNotEnter) as refused:
        net.join("operators", gus)
    assert refused.value.text == "You can't join operators: only operators of the network may."


def test_whoIsNoOperatorIsNeitherInvitedNorPutThere(net: Net) -> None:
    oscar, gus, olga = net.operator("oscar"), net.guest("gus", 1), net.operator("olga", 1)
    room = net.join("operators", oscar)
    with pytest.raises(BadInput):
        net.now(oscar.invite(room, "gus"))
    net.now(oscar.invite(room, "olga"))
    net.now(oscar.forceJoin("gus", "operators"))
    net.settle()
    assert gus.personId not in room.members
    net.join("operators", olga)


def test_anInvitationToTheNetworkDoesNotLeadThere(net: Net) -> None:
    oscar = net.operator("oscar")
    code = net.now(oscar.invitation(["dev", "operators"]))
    ann = net.guest("ann")
    net.now(ann.register("correct horse", code))
    assert [room.name for room in ann.rooms] == ["dev"]


def test_whoseMarkGoesIsPutOut(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    room = net.join("operators", oscar, olga)
    net.now(oscar.unmakeOperator("olga"))
    net.settle()
    assert olga.personId not in room.members
    assert members(net) == {"oscar"}
    assert len([line for line in next(heard(olga)) if " kicked " in line]) == 1
    net.say(oscar, "operators", "what olga did")
    assert not next(heard(olga))
    with pytest.raises(ChatError):
        net.now(olga.history(room.id))


def test_whoseMarkGoesWhileTheyAreAwayIsPutOut(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    net.join("operators", oscar, olga)
    olga.logout()
    net.settle()
    net.now(oscar.unmakeOperator("olga"))
    assert members(net) == {"oscar"}


def test_whoActsAsAnOperatorNoLongerIsPutOut(net: Net) -> None:
    gus, ann = net.guest("gus"), net.registered("ann", 1)
    gus.operate()
    ann.operate()
    room = net.join("operators", gus, ann)
    gus.operate(False)
    net.settle()
    assert set(room.members) == {ann.personId}
    # What a wire lets somebody do ends with the connection, and the account has no mark.
    ann.logout()
    again = net.login("ann")
    net.settle()
    assert again.rooms == []
    assert not members(net)


def test_anOperatorComesBackAndReadsWhatWasReported(net: Net) -> None:
    oscar = net.operator("oscar")
    net.join("operators", oscar)
    net.now(oscar.markRead(net.hubs[0].operatorsRoom.id))
    oscar.logout()
    net.settle()
    net.now(Deferred.fromCoroutine(net.hubs[1].operatorsRoom.say("ann reports dev/1")))
    again = net.login("oscar", node=1)
    (missed,) = net.now(again.missed())
    assert [event.text for event in missed.page.events] == ["ann reports dev/1"]
    assert members(net) == {"oscar"}


def test_aMemberWithoutTheMarkReadsNothing(net: Net) -> None:
    oscar = net.operator("oscar")
    net.join("operators", oscar)
    record = net.now(net.store.room(net.hubs[0].operatorsRoom.id))
    with pytest.raises(MayNotRead):
        readableFrom(Room(record, (), True), oscar.personId)
    assert readableFrom(Room(record, {oscar.personId}, True), oscar.personId) == 1


def test_aRoomThatAGuestHasMadeAndLeftIsNotTaken(logged: list[str]) -> None:
    net = Net()
    eve = net.guest("eve")
    room = net.join("operators", eve)
    net.now(eve.listMask(room, "invitation", "*"))
    net.now(eve.setRole(room, "eve", Role.MEMBER))
    eve.logout()
    net.settle()
    begin(net)
    assert net.hubs[0].operatorsRoom.id == ""
    assert any("operators is a room of other people" in line for line in logged)
    assert not net.now(Deferred.fromCoroutine(net.hubs[0].operatorsRoom.say("a report")))
    # When that room has ended there can be one.
    net.now(Deferred.fromCoroutine(net.hubs[0].steward.destroy(BY, "operators")))
    assert net.now(Deferred.fromCoroutine(net.hubs[0].operatorsRoom.say("a report")))
    with pytest.raises(MayNotEnter):
        net.join("operators", net.guest("eve"))


@pytest.mark.parametrize("late", ["roomId", "openRoom"])
def test_aRoomThatAGuestMakesOrEntersAtThatMomentIsNotTheirs(late: str) -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))
    store, (hub,), eve = cast(Shaky, net.store), net.hubs, net.guest("eve")
    store.slowReads = {late}
    said = outcome(Deferred.fromCoroutine(hub.operatorsRoom.say("a report")))
    store.slowReads = set()
    entered = outcome(eve.join("operators"))
    net.settle()
    store.answer()
    net.settle()
    # Either she has it, or they.
    assert said == [late == "openRoom"]
    assert isinstance(entered[0], MayNotEnter) is (late == "openRoom")
    assert not any("a report" in line for line in next(heard(eve)))


def test_theRoomKeepsWhatItHasWhenTheSettingCallsItAnotherName(net: Net, logged: list[str]) -> None:
    oscar = net.operator("oscar")
    room = net.join("operators", oscar)
    net.join("taken", net.registered("ann"))
    hub = net.hubs[0]
    for name in ("bridge", "taken"):
        hub.terms = replace(Terms(), operatorsRoom=name)
        net.now(Deferred.fromCoroutine(hub.operatorsRoom.start()))
        assert (hub.operatorsRoom.id, room.name) == (room.id, "bridge")
    assert any("the operators' is called bridge still" in line for line in logged)
