"""
Making rooms: whoever makes one hears of it from its first moment on.
"""

from __future__ import annotations

from typing import Any, cast

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net
from twisted_chat.domain.errors import NotSaved, RoomGone, TooMany
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.membership import OWNED, Entrance


def shakyNet() -> tuple[Net, Shaky]:
    """
    @return: two nodes, and the store that they have in common.
    """
    net = Net(wrap=cast(Any, Shaky))
    return net, cast(Shaky, net.store)


def answerAll(net: Net, store: Shaky) -> None:
    """
    Give all answers that wait, and those that are asked for because of them.
    """
    while store.late:
        store.answer()
        net.settle()


def test_twoNodesThatMakeARoomOfOneNameMakeOneRoom() -> None:
    net, store = shakyNet()
    alex, bea = net.guest("alex", 0), net.guest("bea", 1)
    store.slowReads = {"roomId"}
    joined = outcome(alex.join("dev")) + outcome(bea.join("dev"))
    assert not joined
    answerAll(net, store)
    store.slowReads = set()
    assert [who.name for who in alex.who(alex.roomNamed("dev"))] == ["alex", "bea"]
    assert alex.roomNamed("dev").id == bea.roomNamed("dev").id
    # What was begun under an id that came to nothing is gone.
    assert len(net.hubs[1].roster.conversations) == len(net.hubs[0].roster.conversations)


def test_whoMakesARoomHearsWhatOthersDoThereBeforeItIsToldThatItIsMade() -> None:
    net, store = shakyNet()
    alex, bea = net.guest("alex", 0), net.guest("bea", 1)
    store.slowReads = {"openRoom"}
    made = outcome(alex.join("dev"))
    net.settle()
    # It is in the store by now.
    net.now(bea.join("dev"))
    store.slowReads = set()
    net.now(bea.say(bea.roomNamed("dev"), "first"))
    answerAll(net, store)
    assert [event.text for event in made[0].page.events] == ["first"]
    assert [who.name for who in alex.who(alex.roomNamed("dev"))] == ["alex", "bea"]


def test_aRoomThatCouldNotBeMadeLeavesNothingBehind() -> None:
    net, store = shakyNet()
    alex = net.guest("alex")
    before = set(net.hubs[0].roster.conversations)
    store.brokenReads = {"openRoom"}
    refused = outcome(alex.join("dev"))
    net.settle()
    assert isinstance(refused[0], NotSaved)
    assert set(net.hubs[0].roster.conversations) == before
    store.brokenReads = set()
    net.now(alex.join("dev"))


def testWhoMayMakeNoMoreRoomsKeepsNobodyElseFromMakingOne() -> None:
    net = Net(1, wrap=cast(Any, Shaky), limits=Limits(rooms=1))
    store = cast(Shaky, net.store)
    rich = [net.registered(name) for name in ("ann", "bob")]
    for number, owner in enumerate(rich * OWNED):
        room = net.join(f"r{number}", owner)
        net.now(owner.leave(room))
    carl, dora = net.guest("carl"), net.guest("dora")
    store.slowReads = {"roomId"}
    joined = [outcome(each.join("dev")) for each in (*rich, carl, dora)]
    answerAll(net, store)
    assert [type(each) for (each,) in joined] == [TooMany, TooMany, Entrance, Entrance]
    assert {each[0].room.id for each in joined[2:]} == {carl.roomNamed("dev").id}
    # Whoever is refused alone is not waited for by the next one.
    again = outcome(rich[0].join("tea"))
    answerAll(net, store)
    assert [type(each) for each in again] == [TooMany]
    store.slowReads = set()
    net.now(carl.leave(carl.roomNamed("dev")))
    net.join("tea", carl)


def testWhoComesToARoomThatHasJustEndedReadsSo() -> None:
    net, store = shakyNet()
    alex, bea = net.registered("alex"), net.guest("bea", 1)
    room = net.join("dev", alex)
    store.slowReads = {"roomId"}
    tries = [outcome(bea.join("dev")), outcome(bea.sayOutside("dev", "hi"))]
    store.slowReads = set()
    net.now(alex.destroy(room))
    answerAll(net, store)
    told = "There is no such room any more. /rooms shows the rooms."
    assert [(type(each), each.text) for (each,) in tries] == [(RoomGone, told)] * 2
