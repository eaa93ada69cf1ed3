"""
People: what others may know of someone, as one node knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from msgspec.structs import replace

from twisted_chat.domain.events import (
    AccountChanged,
    Event,
    Joined,
    MetadataChanged,
    PresenceChanged,
    ProfileChanged,
    Renamed,
)
from twisted_chat.domain.sparse import NONE_YET
from twisted_chat.domain.values import PersonRecord

ONLINE, AWAY, OFFLINE = "online", "away", "offline"


@lru_cache(maxsize=64)
def _onlineOn(node: str) -> Mapping[str, tuple[str, str]]:
    """
    Where nearly all people of a node are, and how: what they have in common.
    """
    return MappingProxyType({node: (ONLINE, "")})


class Person:
    """
    Someone who is a member of a room on this node, or is connected to it.

    Changes only through L{apply}, but for what the node learns from a roster.

    @ivar record: what may be known of them while they are online; the presence and away text that
        they have are in C{nodes}.
    @ivar nodes: the presence and away text of the person on each node where they are connected;
        changes only through L{see}.
    @ivar rooms: the ids of the rooms on this node in which the person is a member, in the order
        of their joining.
    """

    __slots__ = ("nodes", "record", "rooms")

    def __init__(self, record: PersonRecord) -> None:
        self.record = record
        self.nodes: Mapping[str, tuple[str, str]] = NONE_YET
        self.rooms: dict[str, None] = {}

    @property
    def id(self) -> str:
        """
        The person's id.
        """
        return self.record.id

    @property
    def name(self) -> str:
        """
        The name shown.
        """
        return self.record.name

    @property
    def account(self) -> str:
        """
        The account's name, or C{""} for a guest.
        """
        return self.record.account

    @property
    def presence(self) -> str:
        """
        Online if so on any node, else away if so on any, else offline.
        """
        found = OFFLINE
        for state, _ in self.nodes.values():
            if state == ONLINE:
                return ONLINE
            found = state
        return found

    @property
    def away(self) -> str:
        """
        The text left when going away; C{""} for none, and while they are not away.
        """
        if self.presence != AWAY:
            return ""
        return next((text for state, text in self.nodes.values() if state == AWAY), "")

    def on(self, node: str) -> PersonRecord:
        """
        What may be known of the person, with the presence on one node.
        """
        return self.being(*self.nodes.get(node, (OFFLINE, "")))

    def being(self, presence: str, away: str) -> PersonRecord:
        """
        What may be known of the person, with one presence.
        """
        # Nearly everybody is as the record says: who comes to a room is online.
        record = self.record
        if record.presence == presence and record.away == away:
            return record
        return replace(record, presence=presence, away=away)

    def learn(self, node: str, record: PersonRecord) -> None:
        """
        Take what a node tells about the person; it may not have heard of the newest name yet.
        """
        if record is not self.record:
            self._adopt(record)
        self.see(node, record.presence, record.away)

    def see(self, node: str, presence: str, away: str) -> None:
        """
        Know whether, and how, the person is on a node.
        """
        if self.nodes.get(node, (OFFLINE, "")) == (presence, away):
            return
        nodes = {each: how for each, how in self.nodes.items() if each != node}
        if presence != OFFLINE:
            nodes[node] = (presence, away)
        alone = len(nodes) == 1 and (presence, away) == (ONLINE, "")
        self.nodes = _onlineOn(node) if alone else nodes or NONE_YET

    def _adopt(self, record: PersonRecord) -> None:
        known = self.record
        newest = self.called(record)
        self.record = replace(
            record,
            name=newest.name,
            namedAt=newest.namedAt,
            account=record.account or known.account,
            identity=record.identity if record.account else known.identity,
            presence=ONLINE,
            away="",
        )

    def called(self, record: PersonRecord) -> PersonRecord:
        """
        @param record: what is known of this person elsewhere.
        @return: that, or what is known here: whichever has the name that they have.
        """
        known = self.record
        # Others know whoever is online by the name that is known here.
        newer = record.namedAt > known.namedAt
        return record if newer or (record.namedAt == known.namedAt and not self.nodes) else known

    def apply(self, event: Event) -> None:
        """
        Change as an event says that this person has changed.
        """
        method = getattr(self, "apply_" + event.kind, None)
        if method is not None:
            method(event)

    def apply_joined(self, event: Joined) -> None:
        """
        They are connected where they joined.
        """
        self.learn(event.node, event.person)

    def apply_presence(self, event: PresenceChanged) -> None:
        """
        They came, went away or left, on one node.
        """
        self.learn(event.node, event.person)
        account = self.record.account
        if not self.nodes and account and not self.record.identity:
            # The name they had taken is free. Whoever takes it now is somebody else.
            self.record = replace(self.record, name=account, namedAt=0.0)

    def apply_renamed(self, event: Renamed) -> None:
        """
        They have a new name.
        """
        if event.at >= self.record.namedAt:
            self.record = replace(self.record, name=event.new, namedAt=event.at)

    def apply_account(self, event: AccountChanged) -> None:
        """
        They have registered.
        """
        self.record = replace(self.record, account=event.account, identity=event.identity)

    def apply_metadata(self, event: MetadataChanged) -> None:
        """
        Something else is noted of them.
        """
        notes = dict(self.record.metadata)
        notes.pop(event.key, None)
        if event.value is not None:
            notes[event.key] = event.value
        self.record = replace(self.record, metadata=tuple(notes.items()))

    def apply_profile(self, event: ProfileChanged) -> None:
        """
        Something else about them is another.
        """
        new = event.person
        self.record = replace(
            self.record,
            host=new.host,
            real=new.real,
            user=new.user,
            bot=new.bot,
            operator=new.operator,
            invisible=new.invisible,
        )
