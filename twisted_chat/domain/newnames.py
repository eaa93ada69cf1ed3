"""
New names of people, in the order of what a node announces.

What is published has the names of people as they were at that moment. By the time that it has its
place, another of somebody's connections, or somebody who is put out at the same time, may have
another name. Clients know people by their names alone: who is told that C{bea} was put out, just
after C{bea} became C{bee}, shows C{bee} in the room for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from msgspec.structs import replace

from twisted_chat.domain.errors import BadName
from twisted_chat.domain.events import (
    Event,
    Joined,
    Kicked,
    PresenceChanged,
    ProfileChanged,
    Renamed,
    RolesChanged,
)
from twisted_chat.domain.names import personName
from twisted_chat.domain.person import Person

People = Mapping[str, Person]


def calledNow(event: Event, people: People) -> Event:
    """
    @param people: whom this node knows, by id.
    @return: an event with the names that people have when it is announced, or told. Who has done
        what is in the log stands there as it was published.
    """
    if not event.stored and event.author.id:
        event = _byAuthor(event, people)
    tell = _BY_KIND.get(event.kind)
    return event if tell is None else tell(event, people)


def toldNow(event: Event, people: People) -> Event:
    """
    The same for an event that is about to be told: what is in the log, too, comes from somebody
    whom clients know by the name that they have been told.
    """
    known = people.get(event.author.person)
    if known is not None and event.stored and event.author.name != known.name:
        with suppress(BadName):
            # What was said on another network is told by a name that nobody here can have.
            personName(event.author.name)
            event = _byAuthor(event, people)
    return calledNow(event, people)


def _byAuthor(event: Event, people: People) -> Event:
    author = event.author
    name = _name(people, author.person, author.name)
    return event if name == author.name else replace(event, author=replace(author, name=name))


def cutAtNames(batch: Sequence[Event]) -> list[int]:
    """
    Where a batch has to be cut, so that all conversations have a new name between the same things.
    Nearly always nothing else is about somebody who has one, and all that happens is told at once.

    @return: the places before which it is cut.
    """
    renamed = [at for at, event in enumerate(batch) if event.kind == Renamed.kind]
    if not renamed:
        return []
    told = Counter(person for event in batch for person in {*_about(event)})
    # The event of the new name is one of those that are about them.
    which = [at for at in renamed if told[batch[at].author.person] > 1]
    cuts = {cut for at in which for cut in (at, at + 1)}
    return sorted(cuts - {0, len(batch)})


def _about(event: Any) -> Sequence[str]:
    """
    @return: the ids of those who are told of by the names that they have now.
    """
    find = _ABOUT.get(event.kind)
    people = find(event) if find is not None else ()
    return people if event.stored else (*people, event.author.person)


def _name(people: People, person: str, name: str) -> str:
    known = people.get(person)
    return name if known is None else known.name


def _renamed(event: Renamed, people: People) -> Event:
    old = _name(people, event.author.person, event.old)
    return event if old == event.old else replace(event, old=old)


def _recorded(event: Any, people: People) -> Event:
    """
    Joined, PresenceChanged, ProfileChanged.
    """
    record, person = event.person, people.get(event.person.id)
    newest = record if person is None else person.called(record)
    known: Event = event
    if newest.name != record.name:
        record = replace(record, name=newest.name, namedAt=newest.namedAt)
        known = replace(event, person=record)
    if event.author.person == record.id and event.author.name != record.name:
        known = replace(known, author=replace(event.author, name=record.name))
    return known


def _kicked(event: Kicked, people: People) -> Event:
    name = _name(people, event.person, event.name)
    return event if name == event.name else replace(event, name=name)


def _roles(event: RolesChanged, people: People) -> Event:
    told = {each.person: _name(people, each.person, each.name) for each in event.changes}
    other = {each.person for each in event.changes if told[each.person] != each.name}
    if not other:
        return event
    # A role is the account's, and may be told under any of the names that it is there by.
    faces = {(each.record.whose, each.name) for each in people.values()}
    changes = tuple(
        each if (each.person, each.name) in faces else replace(each, name=told[each.person])
        for each in event.changes
    )
    return event if changes == event.changes else replace(event, changes=changes)


_BY_KIND: Final[dict[str, Callable[[Any, People], Event]]] = {
    Renamed.kind: _renamed,
    Joined.kind: _recorded,
    PresenceChanged.kind: _recorded,
    ProfileChanged.kind: _recorded,
    Kicked.kind: _kicked,
    RolesChanged.kind: _roles,
}

_ABOUT: Final[dict[str, Callable[[Any], Sequence[str]]]] = {
    Joined.kind: lambda event: (event.person.id,),
    PresenceChanged.kind: lambda event: (event.person.id,),
    ProfileChanged.kind: lambda event: (event.person.id,),
    Kicked.kind: lambda event: (event.person,),
    RolesChanged.kind: lambda event: [change.person for change in event.changes],
}
