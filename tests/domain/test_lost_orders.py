"""
What all nodes have to do is done by all of them, whatever the network loses.
"""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.domain.shaky import Shaky
from tests.doubles import Net
from twisted_chat.domain.errors import NotOperator, NotSaved
from twisted_chat.domain.orders import FACT, KEPT, LEEWAY, LOOK
from twisted_chat.domain.session import Session


@pytest.fixture
def net() -> Net:
    """
    Two nodes, of which neither hears anything of the other.
    """
    return Net(seed=1, drop=1.0)


@pytest.fixture
def oscar(net: Net) -> Session:
    """
    An operator on the first node.
    """
    return net.operator("oscar", address="10.1.1.1")


def kept(net: Net) -> list[str]:
    """
    The facts that hold orders.
    """
    return [name for name in net.now(net.store.networkFacts()) if name.startswith(FACT)]


@pytest.mark.parametrize("deed", ["suspend", "kill", "deleteAccountOf", "serverBan"])
def test_whoIsSentAwayGoesFromANodeThatHasNotHeardOfIt(net: Net, oscar: Session, deed: str) -> None:
    ann = net.registered("ann", 1)
    net.now(getattr(oscar, deed)("ann"))
    net.settle()
    assert not ann.ended
    net.settle(LOOK)
    assert ann.ended


def test_whoIsNoOperatorAnyMoreIsNoneWhereNobodyHasHeardOfIt(net: Net, oscar: Session) -> None:
    ann = net.registered("ann", 1)
    net.now(oscar.makeOperator("ann"))
    net.settle(LOOK)
    net.now(ann.serverBan("pat"))
    net.now(oscar.unmakeOperator("ann"))
    net.settle(LOOK)
    with pytest.raises(NotOperator):
        net.now(ann.serverBan("pim"))


def test_whoIsPutIntoARoomIsPutThereOnce(net: Net, oscar: Session) -> None:
    ann = net.registered("ann", 1)
    net.now(oscar.forceJoin("ann", "dev"))
    net.settle(LOOK)
    net.now(ann.leave(ann.roomNamed("dev")))
    net.settle(2 * LOOK)
    assert ann.rooms == []


def test_whatPeopleSetForThemselvesIsNoOrderThatEveryNodeReadsForAnHour(net: Net) -> None:
    ann = net.registered("ann")
    for quiet in (True, False):
        net.now(ann.setQuiet(quiet))
    assert kept(net) == []


def test_whoCameBackSinceIsNotMeant(net: Net, oscar: Session) -> None:
    ann = net.registered("ann", 1)
    net.now(oscar.kill("ann"))
    ann.logout()
    net.settle(1.5 * LEEWAY)
    again = net.login("ann", node=1)
    net.settle(2 * LOOK)
    assert not again.ended


def test_whatCouldNotBeKeptIsSaidAndDoneByThoseWhomItReaches() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)), seed=1)
    oscar, ann = net.operator("oscar", address="10.1.1.1"), net.registered("ann", 1)
    cast(Shaky, net.store).brokenReads = {"setNetworkFact"}
    with pytest.raises(NotSaved):
        net.now(oscar.kill("ann"))
    net.settle()
    assert ann.ended


def test_whatCouldNotBeDoneIsTriedAgain() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)), seed=1)
    oscar, ann = net.operator("oscar", address="10.1.1.1"), net.registered("ann", 1)
    store = cast(Shaky, net.store)
    store.brokenReads = {"accountById"}
    net.now(oscar.makeOperator("ann"))
    net.settle()
    store.brokenReads = set()
    assert not ann.operator
    net.settle(LOOK)
    assert ann.operator


@pytest.mark.parametrize("seed", [None, 1])
def test_whoCouldNotBeSeatedIsSeatedLater(seed: int | None) -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)), seed=seed)
    store, ann = cast(Shaky, net.store), net.registered("ann")
    others = [net.login("ann", node=1) for _ in range(2)]
    net.join("dev", net.guest("bea"))
    store.brokenReads = {"room"}
    net.join("dev", ann)
    store.brokenReads = set()
    assert [other.rooms for other in others] == [[], []]
    net.settle(LOOK)
    assert [[room.name for room in other.rooms] for other in others] == [["dev"]] * 2


def test_ordersAreForgottenAfterAWhile(net: Net, oscar: Session) -> None:
    net.settle(LOOK)
    net.registered("ann", 1)
    net.now(oscar.kill("ann"))
    assert kept(net)
    net.clock.advance(KEPT)
    net.settle(LOOK)
    assert not kept(net)
    assert not net.hubs[0].orders._obeyed


def test_nothingIsKeptWhereNothingIsLost() -> None:
    net = Net()
    oscar = net.operator("oscar", address="10.1.1.1")
    net.guest("gus", 1)
    net.now(oscar.kill("gus"))
    assert not kept(net)


def test_aNodeThatHasStoppedLooksNoMore(net: Net, oscar: Session) -> None:
    ann = net.registered("ann", 1)
    net.now(net.hubs[1].stop())
    net.now(oscar.suspend("ann"))
    net.settle(LOOK)
    assert not ann.ended
