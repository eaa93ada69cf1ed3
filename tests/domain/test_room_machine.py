"""
A room against a simple model: whatever people do on two nodes, refused or not, both nodes' copies
of the room, a fresh one read from the store, and the model are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.doubles import Net
from tests.examples import examples
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.domain.settings import SETTINGS

NAMES = ("owner", "reg", "gus", "gil")
"""Two with accounts, two guests; every second one on the other node."""

PERSON = st.sampled_from(("owner", *NAMES))
SETTING = st.sampled_from(
    [
        ("moderated", "on", True),
        ("moderated", "off", False),
        ("invite-only", "on", True),
        ("invite-only", "off", False),
        ("topic-lock", "on", True),
        ("history", "joined", "joined"),
        ("history", "default", ""),
        ("limit", "3", 3),
        ("limit", "4", 4),
        ("limit", "off", 0),
        ("registered", "on", True),
        ("registered", "off", False),
    ]
)
LIST = st.sampled_from(["ban", "mute", "exception", "invitation"])
MASK = st.sampled_from(["reg", "g*", "gus", "*"])


@dataclass
class Model:
    """
    What the room should be.
    """

    members: set[str] = field(default_factory=set)
    roles: dict[str, Role] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
    topic: str = ""
    archived: bool = False
    said: int = 0

    def role(self, name: str) -> Role:
        """
        What somebody is.
        """
        return self.roles.get(name, Role.MEMBER)

    def listed(self, list: str, name: str) -> bool:
        """
        Whether a list has an entry about somebody.
        """
        account = "account:" + name
        masks = self.lists.get(list, set())
        return any(m in (name, "*", account) or (m == "g*" and name[0] == "g") for m in masks)

    def mayEnter(self, name: str) -> bool:
        """
        Whether somebody may join.
        """
        if self.role(name) >= Role.OPERATOR:
            return True
        if self.listed("ban", name) and not self.listed("exception", name):
            return False
        if self.settings.get("registered") and name[0] == "g":
            return False
        if self.settings.get("invite-only") and not self.listed("invitation", name):
            return False
        limit = self.settings.get("limit", 0)
        return not limit or len(self.members) < limit

    def mayTalk(self, name: str) -> bool:
        """
        Whether somebody may speak.
        """
        if name not in self.members or self.archived:
            return False
        if self.role(name) >= Role.VOICE:
            return True
        if self.settings.get("moderated"):
            return False
        # Who is banned and has not been put out says nothing more either.
        barred = self.listed("mute", name) or self.listed("ban", name)
        return not barred or self.listed("exception", name)

    def isAbove(self, name: str, other: str) -> bool:
        """
        Whether one may act against another.
        """
        mine, theirs = self.role(name), self.role(other)
        equals = mine is theirs and mine in (Role.OPERATOR, Role.OWNER)
        return theirs is Role.MEMBER or mine > theirs or equals


class RoomMachine(RuleBasedStateMachine):
    """
    What four people do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.net = Net()
        self.people: dict[str, Session] = {}
        for number, name in enumerate(NAMES):
            come = self.net.guest if name[0] == "g" else self.net.registered
            self.people[name] = come(name, number % 2)
        self.model = Model(
            {"owner", "watch0", "watch1"}, {"owner": Role.OWNER}, lists={"ban": set()}
        )
        # On each node somebody stays, so that it has a copy.
        self.watchers = [self.net.guest(f"watch{node}", node) for node in range(2)]
        self.room = self.net.join("dev", self.people["owner"], *self.watchers)

    def did(self, name: str, act: Any) -> bool:
        """
        @return: whether somebody was let do something.
        """
        session = self.people[name]
        copy = next((r for r in session.rooms), None) or self.watchers[0].roomNamed("dev")
        if copy is self.watchers[0].roomNamed("dev") and session.hub is not self.net.hubs[0]:
            copy = self.watchers[1].roomNamed("dev")
        try:
            self.net.now(act(session, copy))
        except ChatError:
            return False
        finally:
            session.release()
            self.net.settle(0.003)
        return True

    @rule(name=PERSON)
    def join(self, name: str) -> None:
        """
        Somebody joins, or tries to.
        """
        may = name in self.model.members or self.model.mayEnter(name)
        assert self.did(name, lambda s, r: s.join("dev")) == may
        if may:
            self.model.members.add(name)

    @rule(name=PERSON)
    def leave(self, name: str) -> None:
        """
        Somebody leaves, or isn't there.
        """
        assert self.did(name, lambda s, r: s.leave(r)) == (name in self.model.members)
        self.model.members.discard(name)

    @rule(name=PERSON, other=PERSON)
    def kick(self, name: str, other: str) -> None:
        """
        Somebody puts another out, or may not.
        """
        m = self.model
        may = (
            {name, other} <= m.members and m.role(name) >= Role.HALFOP and (m.isAbove(name, other))
        )
        assert self.did(name, lambda s, r: s.kick(r, other)) == may
        if may:
            m.members.discard(other)

    @rule(name=PERSON, other=PERSON, role=st.sampled_from(list(Role)))
    def setRole(self, name: str, other: str, role: Role) -> None:
        """
        Somebody gives another a role, or may not.
        """
        m = self.model
        old = m.role(other)
        needed = Role.HALFOP if max(role, old) <= Role.VOICE else Role.OPERATOR
        may = (
            {name, other} <= m.members
            and m.role(name) >= max(needed, role)
            and role is not Role.OWNER
            and (name == other or m.isAbove(name, other))
            and old is not role
        )
        assert self.did(name, lambda s, r: s.setRole(r, other, role)) == may
        if may:
            m.roles[other] = role

    @rule(name=PERSON, setting=SETTING)
    def configure(self, name: str, setting: tuple[str, str, Any]) -> None:
        """
        Somebody changes a setting, or may not.
        """
        may = name in self.model.members and self.model.role(name) >= Role.OPERATOR
        assert self.did(name, lambda s, r: s.configure(r, setting[0], setting[1])) == may
        if may:
            self.model.settings[setting[0]] = setting[2]

    @rule(name=PERSON, list=LIST, mask=MASK, add=st.booleans())
    def listMask(self, name: str, list: str, mask: str, add: bool) -> None:
        """
        Somebody changes a list, or may not.
        """
        m = self.model
        needed = Role.HALFOP if list == "mute" else Role.OPERATOR
        may = name in m.members and m.role(name) >= needed
        # A registered person is listed as such, and so is a member by whatever is known of them.
        entry = "account:reg" if mask == "reg" else mask
        entries = m.lists.setdefault(list, set())
        if add:
            if mask in m.members and list in ("ban", "mute"):
                may = may and m.isAbove(name, mask)
            assert self.did(name, lambda s, r: s.listMask(r, list, mask)) == may
            if may:
                entries.add(entry)
        else:
            may = may and entry in entries
            assert self.did(name, lambda s, r: s.unlistMask(r, list, mask)) == may
            if may:
                entries.discard(entry)

    @rule(name=PERSON)
    def say(self, name: str) -> None:
        """
        Somebody speaks, or may not.
        """
        may = self.model.mayTalk(name)
        assert self.did(name, lambda s, r: s.say(r, "hello")) == may
        self.model.said += may

    @rule(name=PERSON, text=st.sampled_from(["", "news"]))
    def topic(self, name: str, text: str) -> None:
        """
        Somebody sets the topic, or may not.
        """
        m = self.model
        needed = Role.HALFOP if m.settings.get("topic-lock") else Role.MEMBER
        may = m.mayTalk(name) and m.role(name) >= needed
        assert self.did(name, lambda s, r: s.setTopic(r, text)) == may
        if may:
            m.topic = text

    @rule(name=PERSON, archived=st.booleans())
    def archive(self, name: str, archived: bool) -> None:
        """
        Somebody closes the room or opens it, or may not.
        """
        may = name in self.model.members and self.model.role(name) is Role.OWNER
        assert self.did(name, lambda s, r: s.archive(r, archived)) == may
        if may:
            self.model.archived = archived

    def _state(self, room: Room) -> dict[str, Any]:
        return {
            "name": room.name,
            "topic": (room.topic, room.topicBy, room.topicAt),
            "archived": room.archived,
            "settings": {k: v for k, v in room.settings.items() if v != SETTINGS[k].default},
            "roles": room.roles,
            "lists": room.lists,
            "rights": room.rightsSeq,
        }

    @invariant()
    def allCopiesAreTheSame(self) -> None:
        """
        Both nodes', the store's, and the model.
        """
        one, two = (w.roomNamed("dev") for w in self.watchers)
        record = self.net.now(self.net.store.room(self.room.id))
        fresh = Room(record)
        assert self._state(one) == self._state(two) == self._state(fresh)
        assert one.members == two.members
        assert {id: one.members[id] for id in fresh.members} == fresh.members
        heads = {hub.roster.conversations[one.id].head for hub in self.net.hubs}
        assert heads == {record.head}
        m = self.model
        ids = {person.personId: name for name, person in self.people.items()}
        ids |= {watcher.personId: watcher.name for watcher in self.watchers}
        assert {ids[id] for id in one.members} == m.members
        stored = {ids[id] for id in fresh.members}
        assert stored == {name for name in m.members if name in ("owner", "reg")}
        assert {ids[id]: role for id, role in one.roles.items()} == {
            name: role for name, role in m.roles.items() if role is not Role.MEMBER
        }
        assert {list: set(masks) for list, masks in one.lists.items() if masks} == {
            list: masks for list, masks in m.lists.items() if masks
        }
        assert (one.topic, one.archived) == (m.topic, m.archived)
        for name, person in self.people.items():
            assert [r.name for r in person.rooms] == (["dev"] if name in m.members else [])

    @invariant()
    def theLogHasNoHoles(self) -> None:
        """
        1, 2, 3, ...
        """
        events = self.net.now(self.net.store.replay(self.room.id, 0, 10_000))
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert sum(event.kind == "said" for event in events) == self.model.said


TestRoom = RoomMachine.TestCase
TestRoom.settings = settings(examples(25), stateful_step_count=30)
