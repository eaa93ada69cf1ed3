"""
One order for everybody: what happens in a conversation reaches each connection once and in the
order of the log, whatever the network between the nodes loses, doubles and delays.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from tests.doubles import Net, heard
from tests.examples import examples
from twisted_chat.domain.errors import ChatError, NotInRoom
from twisted_chat.domain.ids import directId
from twisted_chat.domain.repair import SWEEP
from twisted_chat.domain.session import Session

ROOMS = ("lobby", "dev")
FAULTS: dict[str, Any] = {"drop": 0.2, "double": 0.2, "delay": 0.05}


def wait(net: Net, seconds: float = 2.5 * SWEEP) -> None:
    """
    Let so much time go by, by default enough to find whatever was lost.
    """
    for _ in range(round(seconds / 0.05)):
        net.clock.advance(0.05)


def said(lines: list[str], place: str = "") -> list[tuple[int, str]]:
    """
    @return: the seq and text of each message among some lines of L{PlainFormat}, in order.
    """
    found = []
    for line in lines:
        where, seq, kind, _, text = line.split(" ", 4)
        if kind == "said" and where == place:
            found.append((int(seq), text))
    return found


def inLog(net: Net, conversation: str, without: str = "") -> list[tuple[int, str]]:
    """
    @return: what was said in a conversation, but for what one person said.
    """
    events = net.now(net.store.replay(conversation, 0, 10_000))
    return [
        (event.seq, event.text)
        for event in events
        if event.kind == "said" and event.author.name != without
    ]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),  # who
        st.sampled_from(ROOMS),
        st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.03]),  # seconds until the next
    ),
    max_size=40,
)


class TestWithFaults:
    """
    Three nodes with two people on each, between which a fifth of all is lost and a fifth doubled.
    """

    @examples(25)
    @given(st.integers(0, 10_000), STEPS)
    @example(1, [(0, "lobby", 0.0), (3, "lobby", 0.0)] * 10)
    @example(2, [(n % 6, ROOMS[n % 2], 0.001) for n in range(30)])
    def test_allMembersHearAllOnceAndInTheOneOrder(
        self, seed: int, steps: list[tuple[int, str, float]]
    ) -> None:
        net = Net(nodes=3, seed=seed, **FAULTS)
        people = [net.guest(f"p{n}", node=n % 3, echo=n < 2) for n in range(6)]
        rooms = {name: net.join(name, *people).id for name in ROOMS}
        wait(net)
        list(heard(*people))
        results: list[Any] = []
        for number, (who, room, pause) in enumerate(steps):
            author = people[who]
            done = author.say(author.roomNamed(room), f"{room} {number}")
            done.addBoth(results.append)
            net.settle(pause)
        wait(net)
        assert len(results) == len(steps)
        for person, lines in zip(people, heard(*people), strict=True):
            own = "" if person.receiver.echo else person.name
            for name, id in rooms.items():
                assert said(lines, name) == inLog(net, id, without=own)

    @examples(25)
    @given(st.integers(0, 10_000), st.lists(st.booleans(), min_size=1, max_size=12))
    def test_privateMessagesArriveOnceAndInOrder(self, seed: int, turns: list[bool]) -> None:
        net = Net(seed=seed, **FAULTS)
        ann, bob = net.guest("ann"), net.guest("bob", 1)
        for number, turn in enumerate(turns):
            author, other = (ann, bob) if turn else (bob, ann)
            net.now(author.tell(other.name, f"number {number}"))
        wait(net)
        id = directId(ann.personId, bob.personId)
        for person, lines in zip((ann, bob), heard(ann, bob), strict=True):
            assert said(lines) == inLog(net, id, without=person.name)

    @examples(20)
    @given(
        st.integers(0, 10_000),
        st.lists(
            st.tuples(
                st.integers(0, 5),
                st.sampled_from(["join", "join", "leave", "kick", "quit", "say", "rename", "away"]),
                st.sampled_from(ROOMS),
                st.sampled_from([0.0, 0.01]),
            ),
            max_size=25,
        ),
    )
    def test_allNodesFinallyAgreeOnWhoIsThere(
        self, seed: int, steps: list[tuple[int, str, str, float]]
    ) -> None:
        net = Net(nodes=3, seed=seed, **FAULTS)
        # On each node a guest, and a registered person, and one who stays, so that it has a copy.
        people = [net.guest(f"p{n}", node=n % 3) for n in range(6)]
        for person in people[3:]:
            net.now(person.register("correct horse"))
        stay = [net.registered(f"stay{n}", node=n) for n in range(3)]
        for name in ROOMS:
            net.join(name, *stay)
        for number, (who, what, where, pause) in enumerate(steps):
            person = people[who]
            if person.ended:
                # Whoever has gone comes back on another node.
                come, node = (net.guest if person.account is None else net.login), number % 3
                people[who] = come(f"p{who}", node=node)
            elif what == "kick":
                _try(stay[0].kick(stay[0].roomNamed(where), person.name))
            else:
                _do(net, person, what, where, f"n{number}")
            net.settle(pause)
        wait(net)
        for name in ROOMS:
            copies = [session.roomNamed(name) for session in stay]
            rosters = [
                sorted((v.name, v.presence, v.away, v.account) for v in session.who(copy))
                for session, copy in zip(stay, copies, strict=True)
            ]
            assert rosters[0] == rosters[1] == rosters[2]
            assert copies[0].members == copies[1].members == copies[2].members
            for member in net.now(net.store.room(copies[0].id)).members:
                assert copies[0].members[member.id] == member.joinedSeq
            here = {p.name for p in (*people, *stay) if name in [r.name for r in p.rooms]}
            assert {name for name, presence, _, _ in rosters[0] if presence != "offline"} >= here


def _try(deferred: Deferred[Any]) -> None:
    deferred.addErrback(lambda why: why.trap(ChatError))


def _do(net: Net, person: Session, what: str, where: str, name: str) -> None:
    # They may have been kicked without having heard of it.
    with suppress(NotInRoom):
        _doWithin(net, person, what, where, name)


def _doWithin(net: Net, person: Session, what: str, where: str, name: str) -> None:
    inside = where in [room.name for room in person.rooms]
    if what == "join":
        net.now(person.join(where))
        person.release()
    elif what == "leave" and inside:
        net.now(person.leave(person.roomNamed(where)))
    elif what == "say" and inside:
        net.now(person.say(person.roomNamed(where), "hello"))
    elif what == "quit":
        person.logout()
    elif what == "rename" and person.account is None:
        net.now(person.rename(name))
    elif what == "away":
        net.now(person.away("lunch " + name))
