"""
The lookout of one node: who is here, who was, and who wants to know.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger

from twisted_chat.domain.conversation import Conversation
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.events import Watched
from twisted_chat.domain.fanout import SLICE
from twisted_chat.domain.ids import nameChannel
from twisted_chat.domain.masks import matches
from twisted_chat.domain.person import Person
from twisted_chat.domain.records import Census, Departure, SeenRoom, Sighting
from twisted_chat.domain.rights import isSeen
from twisted_chat.domain.values import Author, PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub
    from twisted_chat.domain.session import Session

REMEMBERED: Final = 2000
"""Of how many who are gone it is remembered who they were."""

_LOOKED_AT_AT_ONCE: Final = 500
"""After so many people who were compared with a mask, others have their turn."""

_TOLD_AT_ONCE: Final = 50
"""After so many who are told of a name, one looks at the clock."""


class Lookout:
    """
    What one node can tell of people who are connected, and whom it tells.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._watchers: dict[str, dict[Session, None]] = {}
        self._departed: deque[Departure] = deque(maxlen=REMEMBERED)
        self._telling: deque[tuple[str, Watched, list[Session]]] = deque()

    # Who is here.

    def census(self) -> Census:
        """
        See L{INode.census<twisted_chat.domain.interfaces.INode.census>}.
        """
        hub, roster = self._hub, self._hub.roster
        operators = sum(map(roster.isHere, hub.operators))
        return Census(roster.peopleHere, len(roster.invisible), operators, roster.most)

    @asDeferred
    async def sightings(self, mask: str, most: int, whose: str = "") -> Sequence[Sighting]:
        """
        See L{INode.sightings<twisted_chat.domain.interfaces.INode.sightings>}.
        """
        roster = self._hub.roster
        if whose:
            id = roster.namesake(whose, mask)
            return [self._sighting(roster.people[id])] if id else []
        found: list[Sighting] = []
        for number, id in enumerate([id for id, _ in roster.here()], 1):
            if len(found) >= most:
                break
            if not number % _LOOKED_AT_AT_ONCE:
                await deferLater(self._hub.clock, 0)
            if roster.isHere(id) and _isAbout(mask, (person := roster.people[id]).record):
                found.append(self._sighting(person))
        return found

    def _sighting(self, person: Person) -> Sighting:
        sessions = self._hub.roster.sessionsOf(person.id)
        mine = [session for session in sessions if session.personId == person.id]
        return Sighting(
            self.marked(person.on(self._hub.node)),
            tuple(self._rooms(person)),
            min(session.since for session in mine),
            max(session.actedAt for session in mine),
            all(session.receiver.encrypted for session in mine),
        )

    def marked(self, record: PersonRecord) -> PersonRecord:
        """
        Somebody, with what this node knows of whether they act as an operator of the network.
        """
        operator = record.id in self._hub.operators
        if operator is record.operator or not self._hub.roster.isHere(record.id):
            return record
        return replace(record, operator=operator)

    def actedAt(self, person: str) -> float:
        """
        When somebody last did something that others could read, by one of their connections to
        this node, in POSIX seconds; 0 if they have none.
        """
        sessions = self._hub.roster.sessionsOf(person)
        return max((session.actedAt for session in sessions), default=0.0)

    def _rooms(self, person: Person) -> list[SeenRoom]:
        return [
            SeenRoom(
                room.id,
                room.name,
                room.role(person.id),
                bool(room.setting("hidden")),
                room.hasVoiceBeside(person.id),
                not isSeen(room, person.id),
            )
            for room in map(self._hub.roster.room, person.rooms)
            if room is not None
        ]

    # Who was here.

    def gone(self, record: PersonRecord) -> None:
        """
        Somebody bears a name no more.
        """
        self._departed.append(Departure(record, self._hub.clock.seconds()))

    def departed(self, mask: str, most: int) -> list[Departure]:
        """
        See L{INode.departed<twisted_chat.domain.interfaces.INode.departed>}.
        """
        newest = reversed(self._departed)
        return list(islice((one for one in newest if matches(mask, one.record.name)), most))

    # Who wants to know.

    def watch(self, folded: str, session: Session) -> Deferred[None]:
        """
        Let somebody be told when a name is borne, and by nobody any more.

        @return: fires when they are, from now on.
        """
        watchers = self._watchers.setdefault(folded, {})
        watchers[session] = None
        id = nameChannel(folded)
        channel = self._hub.roster.conversations.get(id)
        new = channel is None
        if channel is None:
            self._hub.roster.conversations[id] = Conversation(id)
        self.seat(folded, session)
        if not new:
            return succeed(None)
        network = self._hub.network
        listening = gatherResults([network.watch(folded), network.subscribe(id)])
        return listening.addCallback(lambda _: None)

    def seat(self, folded: str, session: Session) -> None:
        """
        Let somebody who watches a name hear what its bearer changes about themselves, if they wish,
        in the format that they want now.
        """
        id = nameChannel(folded)
        audience = self._hub.roster.conversations[id].audience
        if session.curious:
            audience.add(session, session.receiver.formatFor(id), session.receive)
        else:
            audience.remove(session)

    def unwatch(self, folded: str, session: Session) -> None:
        """
        The reverse of L{watch}.
        """
        watchers = self._watchers[folded]
        del watchers[session]
        id = nameChannel(folded)
        channel = self._hub.roster.conversations[id]
        channel.audience.remove(session)
        if not watchers:
            del self._watchers[folded]
            del self._hub.roster.conversations[id]
            self._hub.copies.dismiss(channel)
            self._hub.network.unwatch(folded)
            self._hub.network.unsubscribe(id)

    def nameChanged(self, folded: str, person: str, name: str) -> None:
        """
        See L{INode.nameChanged<twisted_chat.domain.interfaces.INode.nameChanged>}.
        """
        watchers = self._watchers.get(folded)
        if watchers:
            told = self._hub.event(
                Watched,
                Author(person, name),
                nameChannel(folded),
                at=self._hub.clock.seconds(),
                name=name,
                borne=bool(person),
            )
            self._telling.append((folded, told, list(watchers)))
            if len(self._telling) == 1:
                self._tell()

    def _tell(self) -> None:
        """
        Tell those who watch names, one event after another, in slices: where ten thousand watch
        somebody, it takes as long as ten thousand messages.
        """
        seconds = self._hub.clock.seconds
        end = seconds() + SLICE
        while self._telling:
            folded, told, sessions = self._telling[0]
            some = sessions[:_TOLD_AT_ONCE]
            del sessions[:_TOLD_AT_ONCE]
            for session in some:
                # They may have gone since the slice before, or watch the name no more.
                if session in self._watchers.get(folded, ()):
                    self._inform(session, told)
            if not sessions:
                self._telling.popleft()
            if self._telling and seconds() >= end:
                self._hub.clock.callLater(0, self._tell)
                return

    def _inform(self, session: Session, told: Watched) -> None:
        try:
            session.receiver.happened(told)
        except Exception:
            self._log.failure("a client could not be told who has come or gone; the others are")


def _isAbout(mask: str, record: PersonRecord) -> bool:
    """
    Whether a mask is about somebody: their name, user, host or real name, or all of
    C{name!user@host}.
    """
    if "!" in mask or "@" in mask:
        name, bang, rest = mask.partition("!")
        if not bang:
            name, rest = "*", mask
        user, at, host = rest.partition("@")
        return (
            matches(name or "*", record.name)
            and matches(user or "*", record.user)
            and (not at or matches(host or "*", record.host))
        )
    texts = (record.name, record.host, record.user, record.real)
    return any(matches(mask, text) for text in texts if text)
