"""
Being in rooms: coming in, leaving, and what of a room one may know.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.python.failure import Failure

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net, heard
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import (
    BadName,
    MayNotEnter,
    MayNotRead,
    NoSuchRoom,
    NotInRoom,
    TooFast,
    TooMany,
)
from twisted_chat.domain.ids import NETWORK
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.membership import Entrance
from twisted_chat.domain.rates import SHARED, Rate, RateLimits, Rates
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session


def configure(net: Net, owner: Session, room: str, **settings: str) -> None:
    """
    Somebody changes some settings.
    """
    for name, value in settings.items():
        changed = owner.configure(owner.roomNamed(room), name.replace("_", "-"), value)
        net.now(changed)
    net.settle()


def names(session: Session, room: str) -> list[str]:
    """
    Who is in a room, as somebody sees it.
    """
    return [view.name for view in session.who(session.roomNamed(room))]


@pytest.mark.parametrize(("registered", "role"), [(True, Role.OWNER), (False, Role.OPERATOR)])
def test_whoMakesARoomOwnsItAGuestOnlyKeepsOrder(net: Net, registered: bool, role: Role) -> None:
    ann = (net.registered if registered else net.guest)("ann")
    bea = net.registered("bea", 1)
    room = net.join("dev", ann, bea)
    assert room.role(ann.personId) is role
    assert bea.roomNamed("#DEV").role(bea.personId) is Role.MEMBER


def test_joiningTwiceTellsNobodyAndGivesTheLastLines(net: Net) -> None:
    ann, bea = net.guest("ann"), net.guest("bea", 1)
    net.join("dev", ann, bea)
    net.say(ann, "dev", "one", "two")
    list(heard(ann, bea))
    entrance = net.now(bea.join("dev"))
    assert not entrance.new
    assert [event.text for event in entrance.page.events] == ["one", "two"]
    assert list(heard(ann, bea)) == [[], []]


def test_whoJoinsIsShownTheLastLinesAndHearsTheRestOnceTheyAreReady(net: Net) -> None:
    ann, bea = net.guest("ann"), net.guest("bea", 1)
    net.join("dev", ann)
    net.say(ann, "dev", *map(str, range(30)))
    entrance = net.now(bea.join("dev"))
    net.say(ann, "dev", "later")
    assert entrance.new
    assert [event.text for event in entrance.page.events] == list(map(str, range(10, 30)))
    assert entrance.page.total == 30
    assert list(heard(bea)) == [[]]
    bea.release()
    assert list(heard(bea)) == [["dev 31 said ann later"]]
    net.say(ann, "dev", "at once")
    assert list(heard(bea)) == [["dev 32 said ann at once"]]


def test_whatIsSaidWhileSomebodyJoinsIsToldThemOnce(net: Net) -> None:
    ann, bea = net.guest("ann"), net.guest("bea")
    room = net.join("dev", ann)
    net.say(ann, "dev", "before")
    joining = bea.join("dev")
    ann.say(room, "after")
    entrance = net.now(joining)
    bea.release()
    assert [event.text for event in entrance.page.events] == ["before"]
    assert list(heard(bea)) == [["dev 2 said ann after"]]


def test_whoIsRefusedHearsTheirOtherRoomsAsBefore(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    net.join("dev", ann)
    net.join("open", ann, bea)
    configure(net, ann, "dev", invite_only="on")
    with pytest.raises(MayNotEnter):
        net.now(bea.join("dev"))
    net.say(ann, "open", "hi")
    assert list(heard(bea)) == [["open 1 said ann hi"]]
    assert [room.name for room in bea.rooms] == ["open"]


def test_aFailureDuringALongerHoldDoesNotEndIt(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea")
    net.join("dev", ann)
    net.join("open", ann, bea)
    configure(net, ann, "dev", invite_only="on")
    bea.hold()
    with pytest.raises(MayNotEnter):
        net.now(bea.join("dev"))
    assert bea.held


@pytest.mark.parametrize(
    ("setting", "guest", "registered", "password"),
    [
        ({"registered": "on"}, "only registered people may", None, ""),
        ({"invite_only": "on"}, "you need an invitation", "you need an invitation", ""),
        ({"password": "sesame"}, "it needs a password", "it needs a password", ""),
        ({"password": "sesame"}, "the password is wrong", "the password is wrong", "wrong"),
        ({"password": "sesame"}, None, None, "sesame"),
        ({"limit": "1"}, "it is full", "it is full", ""),
        ({"limit": "3"}, None, None, ""),
        ({"hidden": "on"}, None, None, ""),
    ],
)
def test_whoMayEnter(
    net: Net, setting: dict[str, str], guest: str | None, registered: str | None, password: str
) -> None:
    owner = net.registered("owner")
    net.join("dev", owner)
    configure(net, owner, "dev", **setting)
    for session, why in ((net.guest("g", 1), guest), (net.registered("r", 1), registered)):
        if why is None:
            net.join("dev", session, password=password)
        else:
            with pytest.raises(MayNotEnter, match=why):
                net.now(session.join("dev", password))
            assert session.rooms == []


@pytest.mark.parametrize("setting", [{"invite_only": "on"}, {"password": "sesame"}])
def test_whoIsOnTheListOfInvitationsNeedsNeitherAnotherNorAPassword(
    net: Net, setting: dict[str, str]
) -> None:
    owner = net.registered("owner")
    room = net.join("dev", owner)
    configure(net, owner, "dev", **setting)
    net.now(owner.listMask(room, "invitation", "g*"))
    net.join("dev", net.guest("gus", 1))
    with pytest.raises(MayNotEnter):
        net.now(net.guest("hal", 1).join("dev"))


def test_operatorsEnterAlways(net: Net) -> None:
    owner, op = net.registered("owner"), net.registered("op", 1)
    net.join("dev", owner, op)
    net.now(owner.setRole(owner.roomNamed("dev"), "op", Role.OPERATOR))
    configure(net, owner, "dev", invite_only="on", password="x", limit="1")
    net.now(op.leave(op.roomNamed("dev")))
    net.join("dev", op)


def test_aClosedRoomIsStillClosedWhenNobodyIsInIt(net: Net) -> None:
    owner = net.guest("owner")
    net.join("dev", owner)
    configure(net, owner, "dev", invite_only="on")
    owner.logout()
    net.settle()
    assert set(net.hubs[0].roster.conversations) == {NETWORK}
    with pytest.raises(MayNotEnter):
        net.now(net.guest("other", 1).join("dev"))


def test_thePasswordOfARoomIsInNoEvent(net: Net) -> None:
    owner = net.registered("owner")
    room = net.join("dev", owner)
    configure(net, owner, "dev", password="sesame")
    (event,) = net.now(net.store.replay(room.id, 0, 9))
    assert "sesame" not in repr(event)


def test_leavingTellsTheOthersAndEndsTheMembership(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea", 1)
    room = net.join("dev", ann, bea)
    net.now(ann.leave(room, "good night"))
    assert list(heard(bea)) == [["dev 0 left ann good night"]]
    assert names(bea, "dev") == ["bea"]
    assert net.now(net.store.memberships(ann.personId)) == []
    with pytest.raises(NotInRoom):
        net.now(ann.leave(room))


@pytest.mark.parametrize("how", ["mute", "moderated", "op-moderated"])
def test_whoIsNotHeardSaysNothingByGoingEither(net: Net, how: str) -> None:
    ann, bea, carl = net.guest("ann"), net.guest("bea", 1), net.guest("carl")
    room = net.join("dev", ann, bea, carl)
    if how == "mute":
        for name in ("bea", "carl"):
            net.now(ann.mute(room, name))
    else:
        net.now(ann.configure(room, how, "on"))
    net.settle()
    left = net.now(bea.leave(bea.roomNamed("dev"), "read this"))
    assert left.text == ""
    list(heard(ann))
    net.now(carl.logout("quit", "and this"))
    net.settle()
    assert not any("this" in line for line in next(heard(ann)))
    dora = net.guest("dora")
    net.join("tea", ann, dora)
    assert net.now(dora.leave(dora.roomNamed("tea"), "bye")).text == "bye"


@pytest.mark.parametrize("node", [0, 1])
def test_whatOneConnectionJoinsOrLeavesAllOfThePersonDo(net: Net, node: int) -> None:
    ann, other = net.registered("ann"), net.guest("other", 1)
    net.join("dev", other)
    second = net.login("ann", node=node)
    net.join("dev", ann)
    list(heard(second))
    if node == 1:
        # Where its node has not been told, it listens when it joins too.
        assert not net.now(second.join("dev")).new
        second.release()
    assert second.roomNamed("dev").name == "dev"
    net.say(other, "dev", "hi")
    assert list(heard(second)) == [["dev 1 said other hi"]]
    net.now(ann.leave(ann.roomNamed("dev")))
    net.settle()
    assert second.rooms == []
    net.say(other, "dev", "hi")
    assert [line.split()[2] for line in second.receiver.lines()] == ["left"]  # type: ignore[attr-defined]


def test_whatTheAccountJoinedElsewhereCanBeJoinedWhereNobodyKnewTheRoom(net: Net) -> None:
    ann = net.registered("ann")
    second = net.login("ann", node=1)
    net.join("dev", ann)
    net.join("dev", second)
    net.say(ann, "dev", "hi")
    # All connections of an account are in its rooms.
    assert list(heard(second)) == [["dev 0 joined ann ", "dev 1 said ann hi"]]
    net.say(second, "dev", "you too")


def test_whoIsPutOutWhileTheyComeBackIsNotThere() -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))
    store = cast(Shaky, net.store)
    ann, bea = net.registered("ann"), net.registered("bea")
    room = net.join("dev", ann, bea)
    net.join("tea", bea)
    bea.logout()
    store.slowReads = {"memberships"}
    coming = net.portals[0].login(PasswordLogin("bea", "correct horse"), Ear(), IChatUser)
    net.settle()
    net.now(ann.kick(room, "bea"))
    store.answer()
    bea = net.now(coming)[1]
    bea.release()
    assert [each.name for each in bea.rooms] == ["tea"]
    net.say(ann, "dev", "among ourselves")
    assert list(heard(bea)) == [[]]


def test_ofThoseWhoAskOneInOnlySoManyAreRemembered() -> None:
    net = Net(limits=Limits(rooms=2))
    ann = net.guest("ann", 1)
    for name in ("one", "two", "three"):
        bea = net.guest(f"bea{name}")
        room = net.join(name, bea)
        net.now(bea.invite(room, "ann"))
        net.settle()
    assert list(ann.asked.values()) == ["two", "three"]


def test_thereAreOnlySoManyRoomsForOnePerson() -> None:
    net = Net(limits=Limits(rooms=2))
    ann, bea = net.guest("ann"), net.guest("bea")
    net.join("three", bea)
    net.join("one", ann)
    net.join("two", ann)
    for name in ("three", "new"):
        with pytest.raises(TooMany, match=r"You are in 2 rooms.* /leave"):
            net.now(ann.join(name))
    assert "new" not in [room.name for room in net.now(net.store.rooms())]
    net.now(ann.leave(ann.roomNamed("two")))
    net.join("three", ann)


def test_noMoreComeIntoARoomAtOnceThanItMayHave(net: Net) -> None:
    owner = net.registered("owner")
    room = net.join("dev", owner)
    configure(net, owner, "dev", limit="3")
    people = [net.guest(name) for name in ("ann", "bea", "carl", "dora")]
    joined = [outcome(each.join("dev")) for each in people]
    net.settle()
    assert [type(each[0]) for each in joined] == [Entrance, Entrance, MayNotEnter, MayNotEnter]
    assert len(room.members) == 3
    assert not net.hubs[0].roster.conversations[room.id].coming
    net.now(people[0].leave(people[0].roomNamed("dev")))
    net.join("dev", people[3])


def test_whoJoinsByAllTheirConnectionsAtOnceGetsIntoNoMoreRooms() -> None:
    net = Net(limits=Limits(rooms=2))
    ann = net.registered("ann")
    net.join("one", ann)
    sessions = [ann, net.login("ann"), net.login("ann")]
    joined = [outcome(each.join(name)) for each, name in zip(sessions, "xyz", strict=True)]
    net.settle()
    assert [type(each[0]) for each in joined] == [Entrance, TooMany, TooMany]
    assert [room.name for room in ann.rooms] == ["one", "x"]
    assert not net.hubs[0].roster.entering
    net.now(ann.leave(ann.roomNamed("x")))
    net.join("y", ann)


@pytest.mark.parametrize("name", ["", "#", "a b", "a,b", "x" * 51, "1st"])
def test_namesThatNoRoomCanHave(net: Net, name: str) -> None:
    ann = net.guest("ann")
    with pytest.raises(BadName):
        net.now(ann.join(name))


def test_theListOfRoomsLeavesOutTheHiddenOnesOfOthers(net: Net) -> None:
    ann, bea = net.registered("ann"), net.guest("bea", 1)
    net.join("dev", ann, bea)
    net.join("secret", ann)
    configure(net, ann, "secret", hidden="on")
    net.now(ann.setTopic(ann.roomNamed("dev"), "news"))
    assert [(r.name, r.members, r.topic) for r in net.now(bea.listRooms())] == [("dev", 2, "news")]
    assert [r.present for r in net.now(bea.listRooms())] == [2]
    assert [r.present for r in net.now(bea.listRooms(counted=False))] == [0]
    assert [r.name for r in net.now(ann.listRooms())] == ["dev", "secret"]


def test_membersAreListedByRoleThenByNameForMembersOnly(net: Net) -> None:
    people = [net.registered(name, n % 2) for n, name in enumerate(("Zoe", "ann", "Bea", "carl"))]
    room = net.join("dev", *people)
    net.now(people[0].setRole(room, "carl", Role.VOICE))
    net.settle()
    for person in people:
        assert names(person, "dev") == ["Zoe", "carl", "ann", "Bea"]
    views = people[1].who(people[1].roomNamed("dev"))
    assert [view.role for view in views] == [Role.OWNER, Role.VOICE, Role.MEMBER, Role.MEMBER]
    with pytest.raises(NotInRoom):
        net.guest("stranger").who(room)


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ({}, ["old", "new"]),
        ({"history": "all"}, ["old", "new"]),
        ({"history": "joined"}, ["new"]),
        ({"hidden": "on"}, ["new"]),
        ({"password": "x"}, ["new"]),
        ({"password": "x", "history": "all"}, ["old", "new"]),
    ],
)
def test_historyIsReadAsTheRoomAllows(net: Net, settings: dict[str, str], seen: list[str]) -> None:
    owner, bea = net.registered("owner"), net.registered("bea", 1)
    room = net.join("dev", owner)
    configure(net, owner, "dev", **settings)
    net.say(owner, "dev", "old")
    entrance = net.now(bea.join("dev", "x"))
    bea.release()
    assert [e.text for e in entrance.page.events] == [t for t in seen if t == "old"]
    net.say(owner, "dev", "new")

    def reads(session: Session) -> list[list[str]]:
        pages = [session.history(room.id), session.search("old"), session.search("new")]
        found: list[Any] = [net.now(page) for page in pages]
        return [[event.text for event in page.events] for page in found]

    assert reads(bea) == [seen, [t for t in seen if t == "old"], ["new"]]
    # Also when the room is read from the store again.
    bea.logout()
    net.settle()
    assert reads(net.login("bea", node=1)) == [seen, [t for t in seen if t == "old"], ["new"]]
    assert reads(owner) == [["old", "new"], ["old"], ["new"]]


def test_whereNothingIsKeptNothingIsReadOrFound(net: Net) -> None:
    owner, bea = net.registered("owner"), net.guest("bea", 1)
    room = net.join("dev", owner, bea)
    configure(net, owner, "dev", history="none")
    list(heard(bea))
    net.say(owner, "dev", "secret words")
    assert [line.split(" ", 2)[2] for line in bea.receiver.lines()] == [  # type: ignore[attr-defined]
        "said owner secret words"
    ]
    for session in (owner, bea):
        with pytest.raises(MayNotRead, match="nothing is kept"):
            net.now(session.history(room.id))
        assert net.now(session.search("secret")).events == ()
    assert net.now(net.guest("new").join("dev")).page.events == ()
    configure(net, owner, "dev", history="all")
    assert net.now(owner.search("secret")).events == ()
    assert [e.kind for e in net.now(net.store.replay(room.id, 0, 9))] == ["settings"] * 2


def test_onlyMembersRead(net: Net) -> None:
    ann, bea, carl = net.guest("ann"), net.registered("bea"), net.guest("carl", 1)
    room = net.join("dev", ann, bea)
    net.say(ann, "dev", "hi")
    net.now(bea.leave(room))
    for session in (bea, carl):
        with pytest.raises((MayNotRead, NoSuchRoom)):
            net.now(session.history(room.id))
        with pytest.raises((MayNotRead, NoSuchRoom)):
            net.now(session.message(room.id, 1))
        assert net.now(session.search("hi")).events == ()


@pytest.mark.parametrize("registered", [False, True])
def test_whoIsLostWhileJoiningIsNotThere(registered: bool) -> None:
    net = Net(nodes=2)
    mia = net.guest("mia")
    ned = (net.registered if registered else net.guest)("ned", 1)
    room = net.join("pp", mia)
    refused: list[Failure] = []
    ned.join("pp").addErrback(refused.append)
    ned.logout("lost")
    net.settle()
    assert refused[0].check(NotInRoom)
    people = net.hubs[0].roster.people
    assert [people[id].name for id in room.members if people[id].presence != "offline"] == ["mia"]
    assert (ned.personId in room.members) is registered


@pytest.mark.parametrize("turns", range(5))
def test_whoIsBackBeforeTheirGoingIsToldIsHere(turns: int) -> None:
    """
    However far their joining has got when they go.
    """
    net = Net(nodes=2)
    ann = net.registered("ann")
    bea, carl = net.registered("bea"), net.registered("carl", node=1)
    net.join("dev", bea, carl)
    joined = ann.join("dev")
    for _ in range(turns):
        net.clock.advance(0)
    ann.logout()
    back = net.login("ann")
    net.settle()
    assert net.now(joined)
    for other in (bea, carl):
        room = other.roomNamed("dev")
        assert [view.presence for view in other.who(room) if view.name == "ann"] == ["online"]
        told = [line for line in other.receiver.lines() if " presence " in line]
        # Whoever is told that they have gone is told that they are back.
        assert len(told) in (0, 2)
    assert [room.name for room in back.rooms] == ["dev"]
    assert not net.hubs[0].roster.leaving


def test_aGuestWhoComesAgainAndAgainGuessesARoomsPasswordNoFaster() -> None:
    net = Net(nodes=1)
    ann = net.registered("ann")
    net.join("dev", ann)
    configure(net, ann, "dev", password="secret")
    net.hubs[0].rates = Rates(RateLimits(joins=Rate(2, 1)), net.clock.seconds)
    refused: list[type] = []
    for number in range(2 * SHARED + 1):
        gus = net.guest("gus")
        refused.append(type(outcome(gus.join("dev", f"guess {number}"))[0]))
        gus.logout()
    assert refused == [MayNotEnter] * 2 * SHARED + [TooFast]


def test_nobodyOwnsManyMoreRoomsThanOneMayBeInHoweverManyTheyLeave() -> None:
    net = Net(limits=Limits(rooms=1))
    ann, bea = net.registered("ann"), net.registered("bea")
    for name in ("one", "two"):
        net.join(name, ann)
        net.now(ann.leave(ann.roomNamed(name)))
    with pytest.raises(TooMany, match="You own 2 rooms, and no more are allowed"):
        net.now(ann.join("three"))
    assert "three" not in [room.name for room in net.now(net.store.rooms())]
    net.join("three", bea, ann)
    with pytest.raises(TooMany, match="ann owns 2 rooms"):
        net.now(bea.transfer(bea.roomNamed("three"), "ann"))
    net.now(ann.leave(ann.roomNamed("three")))
    net.join("one", ann)
    net.now(ann.destroy(ann.roomNamed("one")))
    net.join("three", ann)
    net.now(bea.transfer(bea.roomNamed("three"), "ann"))
    root = net.operator("root")
    for name in ("four", "five"):
        net.join(name, root)
        net.now(root.leave(root.roomNamed(name)))
    net.join("six", root)


def test_ofManyMembersSomeAreCountedInATurn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted_chat.domain.roomviews.COUNTED", 2)
    net = Net(1)
    people = [net.guest(f"p{number}") for number in range(3)]
    rooms = [f"room{number}" for number in range(4)]
    for room in rooms:
        net.join(room, *people)
    listed = people[0].listRooms()
    turns: list[str] = []
    net.clock.callLater(0, turns.append, "somebody else")
    listed.addCallback(lambda found: turns.append("listed") or found)
    found = net.now(listed)
    assert [(each.name, each.present) for each in found] == [(room, 3) for room in rooms]
    assert turns == ["somebody else", "listed"]


def test_whoeverEntersIsInThoughTheLastLinesCantBeRead() -> None:
    net = Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))
    ann, bea = net.registered("ann"), net.guest("bea")
    room = net.join("dev", ann)
    net.say(ann, "dev", "hello")
    cast(Shaky, net.store).brokenReads = {"history"}
    entrance = net.now(bea.join("dev"))
    assert (entrance.room, entrance.new, entrance.page.events) == (room, True, ())
    assert bea.isIn(room)
