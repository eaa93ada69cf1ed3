"""
Rights hold at the place in the log: whatever happens after they have changed needs the new ones,
whoever was quicker on which node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Net
from twisted_chat.domain.errors import (
    Gone,
    MayNotEnter,
    MayNotSpeak,
    NoSuchRoom,
    NotAllowed,
    NotInRoom,
    PersonNotInRoom,
)
from twisted_chat.domain.events import Event, Said
from twisted_chat.domain.groupcommit import TRIES
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.official import Official
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import SERVER


@dataclass
class People:
    """
    An owner, and three others, of whom all but dora are in the room.
    """

    net: Net
    owner: Session
    bea: Session
    carl: Session
    dora: Session


Act = Callable[[People], Deferred[Any]]


def room(session: Session) -> Any:
    """
    @return: the session's copy of the room.
    """
    return session.roomNamed("dev")


def say(p: People) -> Deferred[Any]:
    """
    Bea speaks.
    """
    return p.bea.say(room(p.bea), "hello")


def join(p: People) -> Deferred[Any]:
    """
    Dora joins.
    """
    return p.dora.join("dev")


CASES: dict[str, tuple[Act, Act, type[Exception]]] = {
    "kick, say": (lambda p: p.owner.kick(room(p.owner), "bea"), say, NotInRoom),
    "mute, say": (lambda p: p.owner.mute(room(p.owner), "bea"), say, MayNotSpeak),
    "ban, join": (lambda p: p.owner.ban(room(p.owner), "dora"), join, MayNotEnter),
    "moderated, say": (
        lambda p: p.owner.configure(room(p.owner), "moderated", "on"),
        say,
        MayNotSpeak,
    ),
    "archive, say": (lambda p: p.owner.archive(room(p.owner)), say, MayNotSpeak),
    "end, say": (lambda p: p.owner.destroy(room(p.owner)), say, NoSuchRoom),
    "invite-only, join": (
        lambda p: p.owner.configure(room(p.owner), "invite-only", "on"),
        join,
        MayNotEnter,
    ),
    "password, join": (
        lambda p: p.owner.configure(room(p.owner), "password", "secret"),
        join,
        MayNotEnter,
    ),
    "demote, kick": (
        lambda p: p.owner.setRole(room(p.owner), "bea", Role.MEMBER),
        lambda p: p.bea.kick(room(p.bea), "carl"),
        NotAllowed,
    ),
    "kick, role": (
        lambda p: p.owner.kick(room(p.owner), "carl"),
        lambda p: p.owner.setRole(room(p.owner), "carl", Role.VOICE),
        PersonNotInRoom,
    ),
    "kick, edit": (
        lambda p: p.owner.kick(room(p.owner), "bea"),
        lambda p: p.bea.edit(room(p.bea).id, None, "changed"),
        NotInRoom,
    ),
    "kick, delete": (
        lambda p: p.owner.kick(room(p.owner), "bea"),
        lambda p: p.bea.delete(room(p.bea).id, None),
        NotInRoom,
    ),
    "topic-lock, topic": (
        lambda p: p.owner.configure(room(p.owner), "topic-lock", "on"),
        lambda p: p.carl.setTopic(room(p.carl), "news"),
        NotAllowed,
    ),
}  # fmt: skip
"""What changes the rights, what needs them, and how that is refused afterwards."""


def sweep(net: Net) -> None:
    """
    Let all that was lost be found.
    """
    for _ in range(120):
        net.clock.advance(0.05)


def people(where: str) -> People:
    """
    @param where: C{"one"} node, C{"two"}, or two of which the other hears C{"nothing"}.
    """
    net = Net(seed=1, drop=1.0) if where == "nothing" else Net()
    owner = net.registered("owner")
    net.join("dev", owner)
    other = 0 if where == "one" else 1
    bea, carl, dora = (net.guest(name, other) for name in ("bea", "carl", "dora"))
    net.join("dev", bea, carl)
    sweep(net)
    net.say(bea, "dev", "first")
    sweep(net)
    net.now(owner.setRole(room(owner), "bea", Role.HALFOP))
    sweep(net)
    net.settle()
    return People(net, owner, bea, carl, dora)


def demote(p: People, name: str) -> None:
    """
    For the cases that are about simple members.
    """
    if not name.startswith("demote"):
        p.net.now(p.owner.setRole(room(p.owner), "bea", Role.MEMBER))
        sweep(p.net)


def inLog(net: Net, id: str) -> list[str]:
    """
    @return: the kinds of the newest events of the log that has all of a conversation.
    """
    return [event.kind for event in net.now(net.store.replay(id, 0, 1000))]


@pytest.mark.parametrize("where", ["one", "two", "nothing"])
@pytest.mark.parametrize("name", CASES)
class TestBothOrders:
    """
    A change of rights and what needs them, published before either has its place.
    """

    def test_afterTheChangeItIsRefusedAndLeavesNoTrace(self, name: str, where: str) -> None:
        change, act, error = CASES[name]
        p = people(where)
        demote(p, name)
        id = room(p.owner).id
        before = inLog(p.net, id)
        changed, acted = outcome(change(p)), outcome(act(p))
        p.net.settle(0.2)
        assert [type(e) for e in acted] == [error]
        assert isinstance(changed[0], Event)
        if name.startswith("end"):
            assert inLog(p.net, id) == []
            return
        new = inLog(p.net, id)[len(before) :]
        assert new[0] == changed[0].kind
        assert len(new) == 1

    def test_beforeTheChangeItIsPlaced(self, name: str, where: str) -> None:
        change, act, _ = CASES[name]
        p = people(where)
        demote(p, name)
        acted, changed = outcome(act(p)), outcome(change(p))
        p.net.settle(0.2)
        assert not isinstance(acted[0], Exception)
        assert isinstance(changed[0], Event)


DEEDS: dict[str, Act] = {
    "a ban": lambda p: p.bea.listMask(room(p.bea), "ban", "eve"),
    "no ban": lambda p: p.bea.unlistMask(room(p.bea), "ban", "fred"),
    "an invitation": lambda p: p.bea.invite(room(p.bea), "dora"),
    "a setting": lambda p: p.bea.configure(room(p.bea), "slow", "5"),
    "a list": lambda p: p.bea.changeList(room(p.bea), "mute", ["eve"], []),
    "a role": lambda p: p.bea.setRole(room(p.bea), "carl", Role.VOICE),
    "several roles": lambda p: p.bea.giveRoles(
        room(p.bea), [(p.bea.member(room(p.bea), "carl"), Role.VOICE, False)]
    ),
    "several settings": lambda p: p.bea.adjust(room(p.bea), {"limit": 9}),
    "a deletion": lambda p: p.bea.delete(room(p.bea).id, 3),
    "another name": lambda p: p.bea.renameRoom(room(p.bea), "den"),
}
"""What Bea does as an admin of the room."""


@pytest.mark.parametrize("where", ["one", "two"])
@pytest.mark.parametrize("deed", DEEDS)
class TestOfOneWhoWasAnAdmin:
    """
    What an admin does at the moment in which the owner makes them an ordinary member.
    """

    def people(self, where: str) -> People:
        """
        See L{people}. The room is invite-only, somebody is banned, and Carl has said something.
        """
        p = people(where)
        p.net.say(p.carl, "dev", "rubbish")
        p.net.now(p.owner.configure(room(p.owner), "invite-only", "on"))
        p.net.now(p.owner.listMask(room(p.owner), "ban", "fred"))
        p.net.now(p.owner.setRole(room(p.owner), "bea", Role.ADMIN))
        p.net.settle()
        return p

    def test_afterThatItIsRefused(self, deed: str, where: str) -> None:
        p = self.people(where)
        id = room(p.owner).id
        before = inLog(p.net, id)
        outcome(p.owner.setRole(room(p.owner), "bea", Role.MEMBER))
        done = outcome(DEEDS[deed](p))
        p.net.settle(0.2)
        assert [type(each) for each in done] == [NotAllowed]
        assert inLog(p.net, id)[len(before) :] == ["roles"]

    def test_beforeThatItIsPlaced(self, deed: str, where: str) -> None:
        p = self.people(where)
        id = room(p.owner).id
        before = inLog(p.net, id)
        done = outcome(DEEDS[deed](p))
        changed = outcome(p.owner.setRole(room(p.owner), "bea", Role.MEMBER))
        p.net.settle(0.2)
        assert not isinstance(done[0], Exception)
        assert isinstance(changed[0], Event)
        assert len(inLog(p.net, id)) == len(before) + 2


@pytest.fixture
def shaky() -> tuple[Net, Shaky]:
    """
    Two nodes, and the store between which and them a test can put itself.
    """
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    return net, cast(Shaky, net.store)


class TestOutdated:
    """
    What becomes of events that were checked against rights that have changed.
    """

    def test_whoMaySpeakStillIsHeardInOrderAndNothingOfTheirsOvertakes(
        self, shaky: tuple[Net, Shaky]
    ) -> None:
        net, store = shaky
        ann, bob = net.registered("ann"), net.guest("bob", 1)
        there = net.join("dev", ann, bob)
        done = [
            outcome(ann.setRole(there, "bob", Role.VOICE)),
            *(outcome(bob.say(room(bob), text)) for text in ("one", "two")),
            outcome(bob.tell("ann", "aside")),
            outcome(ann.say(there, "other")),
        ]
        net.settle()
        assert all(isinstance(each[0], Event) for each in done)
        placed = [e.text for e in net.now(store.replay(there.id, 0, 99)) if e.kind == "said"]
        assert [text for text in placed if text != "other"] == ["one", "two"]
        lines = [line.split()[-1] for line in ann.receiver.lines() if " said " in line]  # type: ignore[attr-defined]
        assert lines == ["one", "two", "aside"]

    def test_itIsCheckedAgainThreeTimesAtMost(self, shaky: tuple[Net, Shaky]) -> None:
        net, store = shaky
        ann, bob = net.registered("ann"), net.guest("bob", 1)
        there = net.join("dev", ann, bob)
        tries: list[int] = []

        def quicker(events: Sequence[Event]) -> None:
            if any(e.kind == "said" for e in events):
                tries.append(len(tries))
                change = ann.event(type(model), there.id, changes=(("limit", 100 + len(tries)),))
                net.now(store.inner.append([change]))

        model: Any = net.now(ann.configure(there, "limit", "99"))
        net.settle()
        store.first = quicker
        said = outcome(bob.say(room(bob), "hello"))
        net.settle()
        assert [type(e) for e in said] == [Gone]
        assert len(tries) == 1 + TRIES
        assert "said" not in inLog(net, there.id)
        # And all is as before when the others are quieter.
        store.first = lambda events: None
        assert net.now(bob.say(room(bob), "hello")).seq == 2 + len(tries)

    def test_aMessageIsKeptAsTheRoomWantsItAtItsPlace(self, shaky: tuple[Net, Shaky]) -> None:
        net, _ = shaky
        ann, bob = net.registered("ann"), net.guest("bob", 1)
        there = net.join("dev", ann, bob)
        outcome(ann.configure(there, "history", "none"))
        said = outcome(bob.say(room(bob), "off the record"))
        net.settle()
        assert isinstance(said[0], Said)
        assert "said" not in inLog(net, there.id)
        outcome(ann.configure(there, "history", "all"))
        outcome(bob.say(room(bob), "on the record"))
        net.settle()
        assert inLog(net, there.id)[-2:] == ["settings", "said"]

    @pytest.mark.parametrize("alone", [False, True])
    def test_lastWordsDoNotKeepTheirAuthorInTheRoom(
        self, shaky: tuple[Net, Shaky], alone: bool
    ) -> None:
        net, _ = shaky
        ann, bob, carl = net.registered("ann"), net.guest("bob", 1), net.guest("carl", 1)
        there = net.join("dev", ann, bob, *([] if alone else [carl]))
        outcome(ann.configure(there, "limit", "50"))
        said = outcome(bob.say(room(bob), "bye"))
        bob.logout()
        net.settle()
        # Where nobody is left on the node, nobody knows any more what he may do.
        assert isinstance(said[0], Gone if alone else Said)
        assert [v.name for v in ann.who(there)] == (["ann"] if alone else ["ann", "carl"])

    def test_whoHasGoneJoinsNothingAnyMore(self, shaky: tuple[Net, Shaky]) -> None:
        net, store = shaky
        ann, bob = net.registered("ann"), net.guest("bob", 1)
        there = net.join("dev", ann)
        store.slowReads = {"roomId"}
        joined = outcome(bob.join("dev"))
        bob.logout()
        store.answer()
        net.settle()
        assert isinstance(joined[0], NotInRoom)
        assert [v.name for v in ann.who(there)] == ["ann"]


def test_nobodyIsGivenARoomThatTheyAreJustBeingPutOutOf() -> None:
    net = Net()
    owner, bea = net.registered("owner"), net.registered("bea", 1)
    there = net.join("dev", owner, bea)
    outcome(owner.kick(there, "bea"))
    given = outcome(owner.transfer(there, "bea"))
    net.settle()
    assert isinstance(given[0], PersonNotInRoom)
    assert there.role(owner.personId) is Role.OWNER


def test_whoIsPutOutWhileTheirSearchWaitsFindsNothingOfWhatIsSaidAfterThat(
    shaky: tuple[Net, Shaky],
) -> None:
    net, store = shaky
    ann, bea = net.registered("ann"), net.guest("bea")
    there = net.join("dev", ann, bea)
    net.say(ann, "dev", "word for bea")
    store.slowReads = {"search"}
    # The second one is searched for when the first one is done.
    found = [outcome(bea.search("word")) for _ in range(2)]
    net.now(ann.kick(there, "bea"))
    net.say(ann, "dev", "word about bea")
    store.answer()
    store.answer()
    assert [[event.text for event in page.events] for (page,) in found] == [[], []]
    assert [page.total for (page,) in found] == [0, 0]


@pytest.mark.parametrize("oldest", [False, True])
def test_whoIsPutOutWhileTheyReadReadsNothingOfWhatIsSaidAfterThat(oldest: bool) -> None:
    net = Net(nodes=1, wrap=Shaky, limits=Limits(page=2))  # type: ignore[arg-type]
    store: Any = net.store
    ann, bea, carl = net.registered("ann"), net.guest("bea"), net.guest("carl")
    there = net.join("dev", ann, bea, carl)
    net.now(bea.ignore("carl"))
    net.say(ann, "dev", "for bea")
    net.say(carl, "dev", "1", "2", "3", "4")
    store.slowReads = {"history"}
    read = outcome(bea.part(there.id, 2, oldest=oldest, messages=True))
    net.now(ann.kick(there, "bea"))
    net.say(ann, "dev", "about bea")
    while not read:
        store.answer()
    assert [event.text for event in read[0]] == ["for bea"]


def test_aRoomThatIsGivenToTwoAtOnceHasOneOwner(net: Net) -> None:
    owner, bea, carl = (net.registered(name) for name in ("owner", "bea", "carl"))
    there = net.join("dev", owner, bea, carl)
    account = net.now(net.store.account("carl"))
    by = Official(SERVER, "a test")
    owner.transfer(there, "bea")
    net.now(Deferred.fromCoroutine(net.hubs[0].steward.transfer(by, "dev", account)))
    assert [id for id, role in there.roles.items() if role is Role.OWNER] == [carl.personId]
