"""
Going for good: exports, and the end of accounts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.conftest import Wrongs
from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net, heard
from twisted_chat.domain.accounterrors import (
    AccountDeleted,
    BadLogin,
    NameRetired,
    NotRegistered,
    WrongPassword,
)
from twisted_chat.domain.errors import BadInput, NoSuchPerson, NotOperator, NotSaved
from twisted_chat.domain.leaving import Leaving
from twisted_chat.domain.records import Account
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.units import HOURS


def exported(net: Net, session: Session, **how: Any) -> list[dict[str, Any]]:
    """
    All pages of an export.
    """
    found, after = [], -1
    while after:
        lines, after = net.now(session.export(max(after, 0), **how))
        found += [json.loads(line) for line in lines]
    return found


def disconnected(session: Session) -> str:
    """
    What somebody was told who was sent away.
    """
    told: str = session.receiver.disconnected  # type: ignore[attr-defined]
    return told


# Exports.


def test_anExportHasAllThatOneWroteAndNothingOfOthers(net: Net) -> None:
    ann, bob = net.registered("ann"), net.registered("bob", 1)
    dev = net.join("dev", ann, bob)
    net.now(ann.setPreference("zone", 120))
    net.say(ann, "dev", "héllo\nthere")
    net.say(bob, "dev", "a secret of bob")
    net.now(ann.tell("bob", "in private"))
    net.now(ann.react(dev.id, 2, "👍"))
    account, *events = exported(net, ann)
    assert (account["kind"], account["name"], account["id"]) == ("account", "ann", ann.identity)
    assert account["preferences"] == {"zone": 120}
    assert [(each["kind"], each.get("text", "")) for each in events] == [
        ("said", "héllo\nthere"),
        ("said", "in private"),
        ("reacted", ""),
    ]
    assert "dev" in json.dumps(account)
    assert "a secret of bob" not in json.dumps(events)
    # What they are about, and nothing of how the server came to keep it.
    assert set(events[1]) == {"kind", "id", "at", "conversations", "seq", "text", "peer"}


def test_anExportHasNothingThatAPasswordCouldBeGuessedFrom(net: Net) -> None:
    oscar, ann = net.operator("oscar"), net.registered("ann")
    code = net.now(oscar.resetAccount("ann"))
    account = net.now(net.store.accountById(ann.identity))
    text = json.dumps(exported(net, ann))
    for secret in (account.password, account.scram, account.reset, code):
        assert secret
        assert secret not in text


def test_anExportComesInPages(net: Net) -> None:
    ann = net.registered("ann")
    net.join("dev", ann)
    net.say(ann, "dev", *(f"line {number}" for number in range(7)))
    lines, after = net.now(ann.export(0, 3))
    assert len(lines) == 4
    assert after
    texts = [each["text"] for each in exported(net, ann, limit=3)[1:]]
    assert texts == [f"line {number}" for number in range(7)]


def test_allOfItCanBeHadWithoutASession(net: Net) -> None:
    ann = net.registered("ann")
    net.join("dev", ann)
    net.say(ann, "dev", "one")

    async def whole(leaving: Leaving, account: Account) -> list[str]:
        return [line async for line in leaving.export(account)]

    account = net.now(net.store.accountById(ann.identity))
    lines = net.now(Deferred.fromCoroutine(whole(net.hubs[1].leaving, account)))
    assert [json.loads(line)["kind"] for line in lines] == ["account", "said"]


def test_operatorsExportForOthersAndNobodyElseDoes(net: Net) -> None:
    oscar, ann, bob = net.operator("oscar"), net.registered("ann"), net.registered("bob")
    assert exported(net, oscar, name="ann")[0]["name"] == "ann"
    assert exported(net, ann, name="Ann")[0]["name"] == "ann"
    with pytest.raises(NotOperator):
        net.now(bob.export(name="ann"))
    with pytest.raises(NotRegistered):
        net.now(net.guest("gus").export())


# The end of an account.


def test_whoDeletesTheirAccountIsGoneAndNobodyGetsTheName(net: Net) -> None:
    ann, bob = net.registered("ann"), net.registered("bob", 1)
    second = net.login("ann", node=1)
    room = net.join("dev", ann, bob)
    net.say(ann, "dev", "I was here")
    bob.receiver.lines()  # type: ignore[attr-defined]
    assert net.now(ann.deleteAccount("correct horse")) == 0
    net.settle()
    assert disconnected(ann) == disconnected(second) == "Your account is deleted. Goodbye."
    assert "dev 0 left ann left" in next(heard(bob))
    copy = bob.roomNamed("dev")
    assert ann.identity not in copy.members
    assert copy.role(ann.identity) is Role.MEMBER
    page = net.now(bob.history(room.id))
    assert "I was here" in [event.text for event in page.events if event.kind == "said"]
    with pytest.raises(BadLogin):
        net.login("ann")
    with pytest.raises(NameRetired):
        net.guest("Ann")
    with pytest.raises(NameRetired):
        net.now(bob.rename("ann"))
    with pytest.raises(NoSuchPerson):
        net.now(bob.tell("ann", "hello?"))
    assert [m.id for m in net.now(net.store.room(room.id)).members] == [bob.identity]


def test_ofWhoHadNoRoleTheRoomsAreToldNoMoreThanThatTheyLeft(net: Net) -> None:
    bob, ann = net.registered("bob", 1), net.registered("ann")
    net.join("dev", bob, ann)
    list(heard(bob))
    net.now(ann.deleteAccount("correct horse"))
    net.settle()
    assert next(heard(bob)) == ["dev 0 left ann left"]


def test_theMessagesGoTooIfThatIsWanted(net: Net) -> None:
    ann, bob, oscar = net.registered("ann"), net.registered("bob", 1), net.operator("oscar")
    room = net.join("dev", ann, bob)
    net.say(ann, "dev", "secret one", "secret two")
    net.now(ann.tell("bob", "secret three"))
    assert net.now(ann.deleteAccount("correct horse", withMessages=True)) == 3
    net.settle()
    assert net.now(bob.search("secret")).total == 0
    assert not any(e.kind == "said" for e in net.now(bob.history(room.id)).events)
    # For good: no act can be undone.
    assert net.now(oscar.acts()) == []
    lines = [line for line in next(heard(bob)) if "deleted" in line]
    assert len(lines) == 3


def test_soDoTheTopicsThatTheyHadSetIfThatIsWanted(net: Net) -> None:
    ann, bob = net.registered("ann"), net.registered("bob", 1)
    room, theirs = net.join("dev", ann, bob), net.join("tea", bob, ann)
    net.now(ann.setTopic(room, "secret one"))
    net.now(ann.setTopic(theirs, "secret two"))
    net.now(bob.setTopic(theirs, "green"))
    assert net.now(ann.deleteAccount("correct horse", withMessages=True)) == 2
    net.settle()
    here = bob.roomNamed("dev")
    assert (here.topic, bob.roomNamed("tea").topic) == ("", "green")
    for place, topics in ((here, []), (theirs, ["green"])):
        page = net.now(bob.history(place.id))
        assert [event.text for event in page.events if event.kind == "topic"] == topics


def test_soDoesATopicThatIsOlderThanTheLog(net: Net) -> None:
    ann, bob = net.registered("ann"), net.registered("bob", 1)
    room = net.join("dev", ann, bob)
    net.now(ann.setTopic(room, "secret one"))
    net.clock.advance(1 * HOURS)
    assert net.now(net.store.expire(room.id, net.clock.seconds(), 9)) == 1
    net.now(ann.deleteAccount("correct horse", withMessages=True))
    net.settle()
    assert (room.topic, bob.roomNamed("dev").topic) == ("", "")
    assert next(heard(bob))[-1] == "dev 0 left ann left"


def test_whoIsStillConnectedDoesNotBecomeAMemberAgain() -> None:
    net = Net(wrap=Shaky)
    oscar, ann, bob = net.operator("oscar"), net.registered("ann"), net.registered("bob", 1)
    early, late = net.join("early", bob, ann), net.join("late", bob)
    store: Any = net.store
    store.slowReads.update({"memberships", "eraseAccount"})
    erased = outcome(oscar.deleteAccountOf("ann"))
    net.settle()
    # What she was a member of is known, and she comes into another room.
    net.now(ann.join("late"))
    store.answer()
    net.settle()
    # The account is blank, and that has not been told yet.
    for act in (ann.join("early"), ann.join("new")):
        with pytest.raises(AccountDeleted):
            net.now(act)
    net.now(ann.setPreference("quiet", True))
    store.answer()
    net.settle()
    assert erased == [0]
    assert ann.ended
    assert net.now(store.accountById(ann.identity)).preferences == {}
    for room in (early, late):
        assert ann.identity not in bob.roomNamed(room.name).members
        assert [each.id for each in net.now(store.room(room.id)).members] == [bob.identity]


def test_whatAnOperatorHadDeletedOfThemCannotBeBroughtBack(net: Net) -> None:
    oscar, ann, bob = net.operator("oscar"), net.registered("ann"), net.registered("bob", 1)
    room = net.join("dev", bob, ann)
    net.say(ann, "dev", "secret of ann")
    net.say(bob, "dev", "rubbish of bob")
    net.now(oscar.purge("bob", 1 * HOURS))
    net.now(oscar.purge("ann", 1 * HOURS))
    net.now(ann.deleteAccount("correct horse", withMessages=True))
    for _ in range(2):
        net.now(oscar.undo())
    net.settle()
    said = [e.text for e in net.now(bob.history(room.id)).events if e.kind == "said"]
    assert said == ["rubbish of bob"]
    assert net.now(bob.search("secret")).total == 0


def test_whoseAccountIsErasedGoesWhateverElseFails(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    oper, bea = net.operator("oper", address="10.1.1.1"), net.registered("bea", 1)
    leaving = net.hubs[0].leaving
    leaveRooms, times = leaving._leaveRooms, iter(range(2))

    async def leaveOnce(account: Account, rooms: Sequence[str]) -> None:
        if next(times):
            raise NotSaved(why="the disk is full")
        await leaveRooms(account, rooms)

    monkeypatch.setattr(leaving, "_leaveRooms", leaveOnce)
    with pytest.raises(NotSaved):
        net.now(oper.deleteAccountOf("bea"))
    net.settle()
    assert bea.ended


def test_whoIsErasedHasNoRoleWhereTheyAreNoMemberEither(net: Net) -> None:
    ann, bea = net.registered("ann"), net.registered("bea", 1)
    room = net.join("dev", ann, bea)
    net.now(ann.leave(room))
    net.now(ann.deleteAccount("correct horse"))
    net.settle()
    copy = bea.roomNamed("dev")
    assert dict(copy.roles) == dict(net.now(net.store.room(copy.id)).roles) == {}


def test_aRoleThatCouldNotBeTakenIsToldToWhoEndsTheAccount(wrongs: Wrongs) -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    ann = net.registered("ann")
    net.join("dev", ann)
    cast(Shaky, net.store).wrong = lambda events: (
        NotSaved(why="the disk is full") if any(each.kind == "roles" for each in events) else None
    )
    with pytest.raises(NotSaved):
        net.now(ann.deleteAccount("correct horse"))
    assert wrongs.flush() == []


def test_thePasswordIsAskedFor(net: Net) -> None:
    ann = net.registered("ann")
    for wrong in ("wrong one", "ann"):
        with pytest.raises(WrongPassword):
            net.now(ann.deleteAccount(wrong))
    assert net.login("ann").name == "ann"


def test_anAccountWithoutAPasswordIsConfirmedByItsName(net: Net) -> None:
    ann = net.registered("ann")
    net.now(net.store.changeAccount(ann.identity, password=""))
    with pytest.raises(WrongPassword):
        net.now(ann.deleteAccount("yes"))
    net.now(ann.deleteAccount("Ann"))
    net.settle()
    assert ann.ended


def test_operatorsEraseOthersButNoOperators(net: Net) -> None:
    oscar, ann, bob = net.operator("oscar"), net.registered("ann", 1), net.registered("bob")
    net.operator("olga")
    net.join("dev", ann, bob)
    net.say(ann, "dev", "one")
    with pytest.raises(NotOperator):
        net.now(bob.deleteAccountOf("ann"))
    with pytest.raises(BadInput):
        net.now(oscar.deleteAccountOf("olga"))
    with pytest.raises(BadInput):
        net.now(oscar.deleteAccount("correct horse"))
    assert net.now(oscar.deleteAccountOf("ann", withMessages=True)) == 1
    net.settle()
    assert ann.ended
    with pytest.raises(NoSuchPerson):
        net.now(oscar.deleteAccountOf("ann"))


def test_whoHasNoRoomsLeavesToo(net: Net) -> None:
    ann = net.registered("ann")
    net.now(ann.deleteAccount("correct horse", withMessages=True))
    net.settle()
    assert ann.ended
