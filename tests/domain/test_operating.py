"""
What operators of the network may do on the spot, and what everybody may ask of them.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.domain.shaky import Shaky, diskFull
from tests.doubles import Ear, Net, heard
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import (
    AlreadyInRoom,
    BadInput,
    ChatError,
    MayNotEnter,
    MayNotRead,
    NoSuchPerson,
    NotAllowed,
    NotInRoom,
    NotOperator,
    Outranked,
)
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.orders import LOOK, WALLOPS
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.terms import Terms


def disconnected(session: Session) -> str:
    """
    What somebody was told who was sent away.
    """
    told: str = session.receiver.disconnected  # type: ignore[attr-defined]
    return told


def hearsOnly(session: Session) -> list[str]:
    """
    What somebody got of what operators are told, since they were last asked.
    """
    return [line.split(" ", 4)[4] for line in next(heard(session)) if " notified " in line]


# Powers in rooms.


def test_operatorsOfTheNetworkEnterEveryRoom(net: Net) -> None:
    owner, oscar, gus = net.registered("owner"), net.operator("oscar", 1), net.guest("gus")
    room = net.join("dev", owner)
    for name, value in (("invite-only", "on"), ("password", "x"), ("limit", "1")):
        net.now(owner.configure(room, name, value))
    net.now(owner.ban(room, "oscar"))
    with pytest.raises(MayNotEnter):
        net.join("dev", gus)
    net.join("dev", oscar)


def test_theyMayDoThereWhatItsOwnerMayAndAreShownAsWhatTheyAre(net: Net) -> None:
    owner, oscar, gus = net.registered("owner"), net.operator("oscar", 1), net.guest("gus")
    net.join("dev", owner, oscar, gus)
    copy = oscar.roomNamed("dev")
    assert copy.role(oscar.personId) is Role.MEMBER
    assert {view.name: view.role for view in oscar.who(copy)}["oscar"] is Role.MEMBER
    net.now(oscar.configure(copy, "moderated", "on"))
    net.say(oscar, "dev", "one more thing")
    net.now(oscar.setRole(copy, "gus", Role.ADMIN))
    net.now(oscar.kick(copy, "owner"))
    net.now(oscar.renameRoom(copy, "work"))
    net.now(oscar.destroy(copy))


def test_theyMayAlsoKeepOrderWhereTheyAreNot(net: Net) -> None:
    owner, oscar, gus = net.registered("owner"), net.operator("oscar", 1), net.guest("gus")
    room = net.join("dev", owner, gus)

    def act(copy: Any) -> Deferred[Any]:
        return oscar.configure(copy, "moderated", "on")

    net.now(oscar.hub.copies.using(room.id, act))
    with pytest.raises(ChatError, match="moderated"):
        net.say(gus, "dev", "hi")


def test_butTheyReadNoRoomInWhichTheyAreNot(net: Net) -> None:
    owner, oscar = net.registered("owner"), net.operator("oscar")
    room = net.join("dev", owner)
    net.say(owner, "dev", "among us")
    for read in (
        lambda: oscar.history(room.id),
        lambda: oscar.message(room.id, 1),
    ):
        with pytest.raises((MayNotRead, NotInRoom)):
            net.now(read())
    assert net.now(oscar.search("among")).total == 0
    # Where only those read who were there, being an operator brings nothing back.
    net.now(owner.configure(room, "history", "joined"))
    net.join("dev", oscar)
    texts = [e.text for e in net.now(oscar.history(room.id)).events if e.kind == "said"]
    assert texts == []


def test_whoIsNoOperatorAnyMoreMayNothingOfItAnyMore(net: Net) -> None:
    oscar, olga, ann = net.operator("oscar"), net.operator("olga", 1), net.registered("ann")
    room = net.join("dev", ann, oscar)
    net.now(olga.unmakeOperator("oscar"))
    net.settle()
    with pytest.raises(NotAllowed):
        net.now(oscar.configure(room, "moderated", "on"))
    net.now(ann.setRole(room, "oscar", Role.HALFOP))
    with pytest.raises(Outranked):
        net.now(oscar.kick(room, "ann"))


def test_powersEndWithTheSession(net: Net) -> None:
    oscar = net.operator("oscar")
    second = net.login("oscar")
    oscar.logout()
    assert net.hubs[0].operators == {second.personId}
    second.logout()
    assert net.hubs[0].operators == set()


def test_aWireMayLetSomebodyActAsAnOperator(net: Net) -> None:
    gus, ann = net.guest("gus"), net.registered("ann")
    net.now(ann.configure(net.join("dev", ann), "invite-only", "on"))
    gus.operate()
    net.join("dev", gus)
    net.now(gus.serverBan("pat"))
    gus.operate(False)
    with pytest.raises(NotOperator):
        net.now(gus.serverBan("pim"))


# Sending away, and putting in.


@pytest.mark.parametrize("node", [0, 1])
def test_whoIsKilledIsDisconnectedAndMayComeBack(net: Net, node: int) -> None:
    oscar, gus, ann = net.operator("oscar"), net.guest("gus", node), net.registered("ann")
    net.join("dev", ann, gus)
    ann.receiver.lines()  # type: ignore[attr-defined]
    assert net.now(oscar.kill("GUS", "enough")) == "gus"
    net.settle()
    assert disconnected(gus) == "Disconnected by oscar: enough"
    assert next(heard(ann)) == ["dev 0 left gus Disconnected by oscar: enough"]
    net.guest("gus", 1)
    with pytest.raises(NoSuchPerson):
        net.now(oscar.kill("nobody"))


def test_onlyTheConnectionsOfThatNameEnd(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann")
    login = net.portals[1].login(PasswordLogin("ann", "correct horse", "nan"), Ear(), IChatUser)
    nan = net.now(login)[1]
    net.now(oscar.kill("nan"))
    net.settle()
    assert nan.ended
    assert not ann.ended


@pytest.mark.parametrize("node", [0, 1])
def test_whoIsPutIntoARoomIsInItOnAllTheirConnections(net: Net, node: int) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann", node)
    second = net.login("ann", node=1)
    room = net.join("dev", oscar)
    net.now(oscar.configure(room, "invite-only", "on"))
    net.now(oscar.forceJoin("Ann", "#dev"))
    net.settle()
    assert [each.name for each in ann.rooms] == [each.name for each in second.rooms] == ["dev"]
    for session in (ann, second):
        assert [line for line in next(heard(session)) if "joined ann" in line]
    net.say(oscar, "dev", "hi")
    net.say(ann, "dev", "hi yourself")
    with pytest.raises(NoSuchPerson):
        net.now(oscar.forceJoin("nobody", "dev"))


def test_whoPutsSomebodyIntoARoomReadsWhatCameOfIt() -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))
    net.now(Deferred.fromCoroutine(net.hubs[0].operatorsRoom.start()))
    oscar, olga = net.operator("oscar"), net.operator("olga")
    gus, ann = net.guest("gus"), net.registered("ann")
    room = net.join("Dev", ann)
    list(heard(olga))
    with pytest.raises(AlreadyInRoom) as there:
        net.now(oscar.forceJoin("ann", "dev"))
    assert there.value.text == "ann is in dev already."
    with pytest.raises(BadInput) as refused:
        net.now(oscar.forceJoin("Gus", "operators"))
    assert refused.value.text == (
        "gus is not put into operators: only operators of the network may."
    )
    shaky = cast(Shaky, net.store)
    shaky.wrong = lambda events: diskFull() if any(e.kind == "joined" for e in events) else None
    with pytest.raises(BadInput) as unsaved:
        net.now(oscar.forceJoin("gus", "dev"))
    assert unsaved.value.text == ("gus is not put into dev: the disk is full; it is tried again.")
    # Operators are told of deeds alone.
    assert not [line for line in next(heard(olga)) if "put" in line]
    shaky.wrong = lambda events: None
    net.settle(2 * LOOK)
    assert gus.personId in room.members
    net.now(gus.leave(gus.roomNamed("dev")))
    assert net.now(oscar.forceJoin("gus", "dev")) == "gus"
    net.settle()
    assert [line for line in next(heard(olga)) if "put gus into dev" in line]


def test_onlyOperatorsDoAnyOfThis(net: Net) -> None:
    ann = net.registered("ann")
    net.guest("gus")
    for act in (
        lambda: ann.kill("gus"),
        lambda: ann.forceJoin("gus", "dev"),
        lambda: ann.wallops("hi"),
        lambda: ann.reload(),
        lambda: ann.suspend("ann"),
        lambda: ann.resetAccount("ann"),
        lambda: ann.invitation(),
        lambda: ann.invitations(),
        lambda: ann.makeOperator("ann"),
    ):
        with pytest.raises(NotOperator):
            net.now(act())


# Reports, and what operators are told.


def test_theOperatorsRoomIsTheirsAlone(net: Net) -> None:
    net.now(Deferred.fromCoroutine(net.hubs[0].operatorsRoom.start()))
    net.now(Deferred.fromCoroutine(net.hubs[1].operatorsRoom.start()))
    oscar, ann = net.operator("oscar"), net.registered("ann", 1)
    with pytest.raises(MayNotEnter):
        net.join("operators", ann)
    assert "operators" not in [room.name for room in net.now(ann.listRooms())]
    room = net.join("operators", oscar)
    for act in (lambda: oscar.destroy(room), lambda: oscar.renameRoom(room, "ops")):
        with pytest.raises(BadInput):
            net.now(act())
    assert not [line for line in next(heard(oscar)) if " settings " in line]


def test_aRoomOfThatNameThatPeopleHaveMadeIsNotTaken(net: Net) -> None:
    ann, eve, oscar = net.registered("ann"), net.registered("eve"), net.operator("oscar")
    room = net.join("Operators", ann, eve)
    net.now(Deferred.fromCoroutine(net.hubs[0].operatorsRoom.start()))
    assert not room.setting("hidden")
    net.say(eve, "operators", "rude")
    net.now(ann.report(room.id, 1))
    net.settle()
    # Nobody reads there what was reported; operators are told that there is something.
    assert not [line for line in next(heard(eve)) if "reports" in line]
    assert hearsOnly(oscar) == ["ann reported Operators/1"]


def test_whatOperatorsTellAllOperatorsIsHeardByWhoWantsItToo(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    ann, gus = net.registered("ann", 1), net.guest("gus")
    net.now(ann.setWallops(True))
    net.settle()
    for session in (oscar, olga, ann, gus):
        session.receiver.lines()  # type: ignore[attr-defined]
    net.now(oscar.wallops("maintenance at noon"))
    net.settle()
    assert hearsOnly(olga) == hearsOnly(ann) == ["maintenance at noon"]
    assert hearsOnly(gus) == []
    # Deeds are for operators alone.
    net.now(oscar.serverBan("pat"))
    net.settle()
    assert hearsOnly(olga) == ["oscar banned pat"]
    assert hearsOnly(ann) == []


def test_theWishToHearThemLasts(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann")
    net.now(ann.setWallops(True))
    ann.logout()
    again = net.login("ann", node=1)
    net.now(oscar.wallops("one"))
    net.now(again.setWallops(False))
    net.now(oscar.wallops("two"))
    net.settle()
    assert hearsOnly(again) == ["one"]


def test_forWhoIsNoOperatorNobodyIsGoneThrough(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []
    count = Hub.countOperators
    monkeypatch.setattr(Hub, "countOperators", lambda hub: (counted.append(hub), count(hub)))
    ann, oscar = net.registered("ann"), net.operator("oscar")
    assert counted == [net.hubs[0]]
    net.now(ann.setWallops(True))
    ann.logout()
    assert counted == [net.hubs[0]]
    oscar.logout()
    assert (counted, net.hubs[0].operators) == ([net.hubs[0]] * 2, set())


def test_operatorsChooseWhatTheyHear(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    olga.hear(frozenset({"kill"}))
    net.guest("gus")
    net.now(oscar.serverBan("pat"))
    net.now(oscar.wallops("hi"))
    net.now(oscar.kill("gus"))
    net.settle()
    assert hearsOnly(olga) == ["oscar disconnected gus"]


def test_whoHearsWallopsAloneCostsNothingElse(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga")
    crowd = [net.guest(f"gus{number}") for number in range(3)]
    for session in crowd:
        session.hear(frozenset({WALLOPS}))
    work: list[object] = []
    leaveOut, countOperators = Portion.leaveOut, Hub.countOperators
    monkeypatch.setattr(Portion, "leaveOut", lambda *all: (work.append(all), leaveOut(*all)))
    monkeypatch.setattr(Hub, "countOperators", lambda hub: (work.append(hub), countOperators(hub)))
    net.now(oscar.serverBan("pat"))
    assert [hearsOnly(session) for session in (olga, *crowd)] == [["oscar banned pat"], [], [], []]
    crowd.pop().logout()
    net.settle()
    assert not work
    olga.logout()
    assert len(work) == 1
    net.now(oscar.wallops("hi"))
    assert [hearsOnly(session) for session in crowd] == [["hi"], ["hi"]]


def test_whoHasGoneIsToldNothing(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga")
    olga.logout()
    net.now(oscar.wallops("hi"))
    net.settle()
    assert hearsOnly(olga) == []
    assert len(net.hubs[0].roster.conversations["!network"].audience) == 1


def test_settingsAreReadAgainByWhatTheServerGives(net: Net) -> None:
    oscar = net.operator("oscar")
    with pytest.raises(BadInput):
        net.now(oscar.reload())
    net.hubs[0].reload = lambda: ["The settings are read again."]
    assert net.now(oscar.reload()) == ["The settings are read again."]


def test_theLogNamesWhoKeptOrderAndNeverWhatWasSaid(net: Net, logged: list[str]) -> None:
    owner = net.registered("owner", address="198.51.100.4")
    gus = net.guest("gus")
    room = net.join("dev", owner, gus)
    net.say(gus, "dev", "rareword")
    net.now(owner.setRole(room, "gus", Role.VOICE))
    net.now(owner.delete(room.id, 1, "rareword"))
    net.now(owner.configure(room, "password", "rareword"))
    net.now(owner.kick(room, "gus", "rareword"))
    net.now(owner.ban(room, "eve"))
    net.now(owner.unban(room, "eve"))
    who = "198.51.100.4: owner"
    told = [line for line in logged if line.startswith(who)]
    for deed in (
        "made gus voice in dev",
        "deleted what gus said in dev (#1)",
        "set password in dev",
        "kicked gus in dev",
        "changed the list of bans: +eve in dev",
        "changed the list of bans: -eve in dev",
    ):
        assert f"{who} {deed}" in told
    assert not [line for line in logged if "rareword" in line]


def test_aNetworkMayCallTheRoomOfItsOperatorsAnything() -> None:
    net = Net(terms=Terms(operatorsRoom="bridge"))
    oscar, ann = net.operator("oscar"), net.registered("ann")
    room = net.join("dev", ann)
    net.say(ann, "dev", "oops")
    net.now(ann.report(room.id, 1))
    net.join("bridge", oscar)
    assert WALLOPS == "wallops"


def test_othersSeeWhoActsAsAnOperator(net: Net) -> None:
    oscar, ann, gus = net.operator("oscar"), net.registered("ann"), net.guest("gus", 1)
    net.join("dev", ann, gus)
    known = net.hubs[1].roster.people[ann.personId]
    assert not known.record.operator
    net.now(oscar.makeOperator("ann"))
    net.settle()
    assert known.record.operator
    second = net.login("ann", node=1)
    second.operate(False)
    ann.operate(False)
    net.settle()
    assert not known.record.operator


def test_whoHasDoneSomethingIsNotToldOfIt(net: Net) -> None:
    oscar, olga = net.operator("oscar"), net.operator("olga", 1)
    hearsOnly(oscar)
    net.now(oscar.serverBan("pat"))
    net.settle()
    assert hearsOnly(oscar) == []
    assert hearsOnly(olga) == ["oscar banned pat"]
