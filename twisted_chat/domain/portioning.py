"""
Portioning: what can be handed out on one node is applied, and it is seen who of its people gets it.

What somebody does in several conversations at once (goes, comes, takes another name) comes in a run
of each, and those may come one after the other. But clients know people by their names alone, and
no name is another one in one room than in the next. So it is told in all of them as soon as the
first of these runs is here.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from twisted.logger import Logger

from twisted_chat.domain.audience import Audience
from twisted_chat.domain.conversation import Conversation, channelsOf
from twisted_chat.domain.events import Event, Joined, Left, PresenceChanged, Renamed
from twisted_chat.domain.fanout import Portion
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.newnames import People, calledNow, toldNow
from twisted_chat.domain.person import AWAY, OFFLINE, Person
from twisted_chat.domain.roster import Roster
from twisted_chat.domain.toldonce import Overlaps, Told
from twisted_chat.domain.values import PersonRecord

REMEMBERED: Final = 1024
"""Of how many events of several conversations it is remembered where they were told."""

_OF_SOMEBODY: Final = frozenset({Joined.kind, Left.kind, PresenceChanged.kind, Renamed.kind})
"""What tells whether somebody is there, and what they are called."""

Hand = Sequence[tuple[Conversation, Sequence[Event]]]
"""What comes at once, by conversation."""


class Early(Struct, frozen=True):
    """
    An event that was told where its own part has not come yet.

    @ivar event: as it was told.
    @ivar told: the ids of the conversations where it was told early.
    @ivar due: the ids of those where it is told when its part comes.
    """

    event: Event
    told: frozenset[str]
    due: frozenset[str]

    def isOver(self, conversation: str) -> bool:
        """
        Whether nothing more of it is to be told where its part comes in a conversation.
        """
        # Who came in there meanwhile, came under the new name.
        renamed = self.event.kind == Renamed.kind
        return renamed or conversation in self.told or conversation in self.due


class Portioning:
    """
    Applies what comes to a node's conversations.
    """

    _log = Logger()

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._overlaps = Overlaps()
        self._given: OrderedDict[str, Told] = OrderedDict()
        self._early: OrderedDict[str, Early] = OrderedDict()

    def make(self, hand: Hand) -> list[tuple[Conversation, Portion]]:
        """
        Apply what comes.

        @return: who gets what; also in conversations that are not among those in which it comes.
        """
        making = _Making(hand)
        for conversation, _ in hand:
            self._take(conversation, making)
        made = []
        for conversation, portion in making.portions.values():
            room = conversation.room
            portion.place = room.name if room is not None else ""
            try:
                portion.spare(self._hadBy)
            except Exception:
                self._failed(conversation)
            else:
                made.append((conversation, portion))
        self._noteTold()
        return made

    def _failed(self, conversation: Conversation) -> None:
        # It must hold up neither other conversations nor what comes after it in this.
        self._log.failure("what came was not handed out", conversation=conversation.id)

    def _take(self, first: Conversation, making: _Making) -> None:
        """
        Apply what comes in a conversation and was not applied yet; and before what comes in others,
        too, what comes before that there.
        """
        # Each where to go on, before which event to stop, and which one to apply when what is above
        # has been done. These are no calls within calls: of hundreds who go at once, each may have
        # been in one room with the one before.
        steps: list[tuple[Conversation, str, Event | None]] = [(first, "", None)]
        while steps:
            here, until, event = steps.pop()
            if event is None:
                event = self._takePlain(here, making, until)
                if event is None:
                    continue
                steps.append((here, until, None))
                if len(event.conversations) > 1 and event.id not in making.told:
                    steps.append((here, until, event))
                    others = [each for each in making.others(event.id) if each is not here]
                    steps += [(other, event.id, None) for other in reversed(others)]
                    continue
            try:
                self._takeOfSomebody(here, event, making)
            except Exception:
                self._failed(here)

    def _takePlain(self, here: Conversation, making: _Making, until: str) -> Event | None:
        """
        Apply what comes in a conversation, up to what tells whether somebody is there.

        @param until: the id of an event before which to stop.
        @return: what tells that, and is the next to be applied; C{None} if nothing is left.
        """
        portion, events = self._portion(here, making), making.rest[here.id]
        apply, people = self._roster.apply, self._roster.people
        while events and events[0].id != until:
            event = events.popleft()
            if event.kind in _OF_SOMEBODY:
                return event
            try:
                apply(here, toldNow(event, people), portion)
            except Exception:
                self._failed(here)
        return None

    def _portion(self, conversation: Conversation, making: _Making) -> Portion:
        known = making.portions.get(conversation.id)
        if known is not None:
            return known[1]
        portion = Portion(self._audiences(conversation))
        making.portions[conversation.id] = conversation, portion
        return portion

    def _audiences(self, conversation: Conversation) -> Sequence[Audience]:
        """
        Who listens: in a direct conversation its people, each on their own channel.
        """
        if not isDirect(conversation.id):
            return (conversation.audience,)
        channels = map(self._roster.channel, channelsOf(conversation.id))
        return [channel.audience for channel in channels if channel is not None]

    # What somebody does in several conversations.

    def _takeOfSomebody(self, conversation: Conversation, event: Any, making: _Making) -> None:
        people = self._roster.people
        known = self._early.get(event.id) or making.told.get(event.id)
        if known is not None:
            if conversation.id in known.due:
                self._apply(conversation, known.event, making)
            if known.isOver(conversation.id):
                return
            # Where they came in meanwhile it is not known yet, and is news again.
            event = replace(event, id=f"{event.id}.{conversation.id}")
        record = getattr(event, "person", None)
        if record is not None and (renamed := renamedBy(record, people)) is not None:
            self._tell(conversation, renamed, making)
            making.putFirst(renamed)
        if event.kind == Joined.kind and (arrival := _arrival(event, people)) is not None:
            self._tell(conversation, arrival, making)
        told = _asSeenHere(calledNow(event, people), people)
        if told is None:
            return
        if len(event.conversations) > 1 or event.kind == Renamed.kind:
            self._tell(conversation, told, making)
        else:
            self._apply(conversation, told, making)

    def _tell(self, first: Conversation, event: Event, making: _Making) -> None:
        """
        Tell what somebody has done in several conversations.

        @param first: the one in which it comes first.
        """
        early, due = [], []
        where = dict.fromkeys(event.conversations)
        person = self._roster.people.get(event.author.person)
        if person is not None and event.kind == Renamed.kind:
            # They may have gone from there meanwhile, which has not been told yet.
            where |= person.rooms
            event = replace(event, conversations=tuple(where))
        coming = {each.id for each in making.where(event.id)}
        for id in where:
            if id in coming:
                due.append(id)
            elif (conversation := self._roster.listening(id)) is not None:
                if conversation.busy and id not in making.inHand:
                    due.append(id)
                elif self._isThere(event, conversation):
                    early.append(conversation)
        mine = Early(event, frozenset([each.id for each in early]), frozenset(due))
        making.told[event.id] = mine
        if first.id in coming:
            self._apply(first, event, making)
        for conversation in early:
            self._apply(conversation, event, making)
        if early or any(id not in making.inHand for id in due):
            self._early[event.id] = mine
            if len(self._early) > REMEMBERED:
                self._early.popitem(last=False)

    def _isThere(self, event: Event, conversation: Conversation) -> bool:
        room = conversation.room
        return room is None or event.author.person in room.members

    def _apply(self, conversation: Conversation, event: Event, making: _Making) -> None:
        try:
            self._roster.apply(conversation, event, self._portion(conversation, making))
        except Exception:
            self._failed(conversation)

    # Who has had what is told in several conversations.

    def _hadBy(self, event: Event) -> Told:
        """
        Who has had an event of several conversations.
        """
        told = self._given.pop(event.id, None)
        if told is None:
            told = Told(sum(map(self._roster.hears, event.conversations)), self._overlaps)
        told.left -= 1
        if told.left > 0:
            self._given[event.id] = told
            if len(self._given) > REMEMBERED:
                self._given.popitem(last=False)
        return told

    def _noteTold(self) -> None:
        """
        People may come and go before the other parts of some events come.
        """
        self._overlaps.clear()
        for told in self._given.values():
            told.note()


class _Making:
    """
    Portions that are being made.

    @ivar rest: by the id of the conversation, what comes in it and was not applied yet.
    @ivar portions: by id, the conversations, and who gets what.
    @ivar inHand: the ids of the conversations in which something comes.
    @ivar told: by id, the events of several conversations that have come.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._where: dict[str, list[Conversation]] | None = None
        self.rest = {conversation.id: deque(events) for conversation, events in hand}
        self.portions: dict[str, tuple[Conversation, Portion]] = {}
        self.inHand = self.rest.keys()
        self.told: dict[str, Early] = {}

    def putFirst(self, event: Event) -> None:
        """
        Have an event told before what comes now.
        """
        told = self.told[event.id].told
        first = {id: self.portions[id] for id in self.portions if id in told}
        self.portions = {**first, **self.portions}

    def others(self, event: str) -> Iterator[Conversation]:
        """
        @param event: the id of an event of several conversations.
        @return: those in which it comes now; before the first such event, those in which none does.
        """
        if self._where is None:
            shared = {each.id for each in chain.from_iterable(self._wheres().values())}
            yield from [each for each, _ in self._hand if each.id not in shared]
        yield from self.where(event)

    def where(self, event: str) -> Sequence[Conversation]:
        """
        @param event: the id of an event of several conversations.
        @return: those in which it comes now.
        """
        return self._wheres().get(event, ())

    def _wheres(self) -> dict[str, list[Conversation]]:
        if self._where is None:
            self._where = {}
            for conversation, events in self._hand:
                for each in events:
                    if len(each.conversations) > 1 or each.kind == Renamed.kind:
                        self._where.setdefault(each.id, []).append(conversation)
        return self._where


def renamedBy(record: PersonRecord, people: People) -> Renamed | None:
    """
    What has to be told first where somebody is told of who has another name by now, of which
    nothing has come to this node.

    @param record: what is known of them elsewhere.
    @param people: whom this node knows, by id.
    """
    known = people.get(record.id)
    if known is None or not known.nodes or known.called(record) is known.record:
        return None
    if record.name == known.name:
        return None
    return Renamed(
        id=f"{record.id}.{record.namedAt}",
        author=known.record.author,
        conversations=(record.id, *known.rooms),
        at=record.namedAt,
        old=known.name,
        new=record.name,
    )


def _arrival(joined: Any, people: People) -> PresenceChanged | None:
    """
    What has to be told in the rooms in which somebody is a member already, where that they have
    come into another one shows that they are here.
    """
    record, known = joined.person, people.get(joined.person.id)
    if known is None or not known.rooms or joined.node in known.nodes or record.presence == OFFLINE:
        return None
    arrival = PresenceChanged(
        id=f"{joined.id}.here",
        author=joined.author,
        conversations=tuple(known.rooms),
        at=joined.at,
        person=record,
        node=joined.node,
        before=OFFLINE,
        now=record.presence,
    )
    return _presenceSeenHere(arrival, known)


def _asSeenHere(event: Any, people: People) -> Any:
    """
    What somebody does, as it is for this node's people, who may have been told otherwise; C{None}
    if it is over by now.
    """
    known = people.get(event.author.person)
    if known is None:
        return event
    if event.kind == Renamed.kind:
        if event.at < known.record.namedAt:
            return None
        return replace(event, old=known.name) if event.old != known.name else event
    if event.kind == PresenceChanged.kind:
        return _presenceSeenHere(event, known)
    return event


def _presenceSeenHere(event: PresenceChanged, known: Person) -> PresenceChanged:
    after = Person(known.record)
    after.nodes = known.nodes
    after.learn(event.node, event.person)
    before, now = known.presence, after.presence
    again = before == event.person.presence == AWAY and known.away != after.away
    if (before, now, again) == (event.before, event.now, event.again):
        return event
    return replace(event, before=before, now=now, again=again)
