"""
What people are in a room and who sees whom, and what follows for them from what happens: each node
works it out and tells its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from twisted_chat.domain.events import (
    AccountChanged,
    Event,
    Joined,
    Kicked,
    Left,
    MetadataChanged,
    PresenceChanged,
    ProfileChanged,
    Renamed,
    RolesChanged,
    RolesGoneOver,
    SettingsChanged,
    SightChanged,
)
from twisted_chat.domain.names import foldAny
from twisted_chat.domain.person import Person
from twisted_chat.domain.rights import isSeen, seesAll, witnesses
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import NOBODY, RoleChange

SHIFTING: Final = frozenset({AccountChanged.kind, RolesChanged.kind, SettingsChanged.kind})
"""Kinds of events from which more can follow than they say themselves."""

WITH_ROLE: Final = frozenset({Joined.kind, PresenceChanged.kind})
"""What is told with the role that somebody has in the room."""

_OF_ONE: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(
        (
            Joined.kind, Left.kind, PresenceChanged.kind, Renamed.kind, AccountChanged.kind,
            ProfileChanged.kind,
        ),
        attrgetter("author.person"),
    ),
    MetadataChanged.kind: attrgetter("target"),
    Kicked.kind: attrgetter("person"),
}  # fmt: skip
"""By kind, what tells that somebody is in a room, and who that is."""

MOST_FOR_ALL: Final = 100
"""
How many people may come into the sight of all in a room at once, or go out of it. Where there are
more, nobody is told: it would be a line for each of them to each of the others.
"""

MOST_FOR_ONE: Final = 1000
"""How many may come into the sight of one person at once."""


class Standing(Struct, frozen=True):
    """
    What people were in a room before something happened.

    @ivar ranks: by person id, the role, and whether they had a voice beside it.
    @ivar seen: those of them whom all in the room saw.
    @ivar seers: who saw all who were there.
    """

    ranks: dict[str, tuple[Role, bool]]
    seen: Collection[str]
    seers: Collection[str]


class Consequence(Struct, frozen=True):
    """
    An event that follows from another one.

    @ivar first: whether it has to be told before that one.
    @ivar spared: the ids of those who are not told.
    @ivar only: the id of the one person who is told; C{""} for all others.
    """

    event: Event
    first: bool = False
    spared: Collection[str] = ()
    only: str = ""


def unseen(room: Room, event: Event) -> str:
    """
    @return: the id of the person of whom an event tells, if not all in the room see them.
    """
    if not room.auditorium or event.kind not in _OF_ONE:
        return ""
    whom = _OF_ONE[event.kind](event)
    return "" if whom == room.id or isSeen(room, whom) else whom


def standing(room: Room, event: Event) -> Standing:
    """
    What those people are in a room with whom an event deals, before it holds.
    """
    ids = _CONCERNED[event.kind](room, event)
    return Standing(
        {id: _rank(room, id) for id in ids},
        {id for id in ids if isSeen(room, id)},
        witnesses(room, "") if ids else (),
    )


def _rank(room: Room, id: str) -> tuple[Role, bool]:
    return room.role(id), room.hasVoiceBeside(id)


def _byAccount(room: Room, event: AccountChanged) -> list[str]:
    whom = event.author.person
    return [whom] if whom in room.members else []


def _byRoles(room: Room, event: RolesChanged) -> list[str]:
    whose = {change.person for change in event.changes}
    faces = [id for id, account in room.faces.items() if account in whose]
    if not faces and not room.auditorium:
        return []
    return [id for id in (*whose, *faces) if id in room.members]


def _bySettings(room: Room, event: SettingsChanged) -> list[str]:
    if dict(event.changes).get("auditorium", room.auditorium) == room.auditorium:
        return []
    return [id for id in room.members if room.role(id) < Role.VOICE]


_CONCERNED: dict[str, Callable[[Room, Any], list[str]]] = {
    AccountChanged.kind: _byAccount,
    RolesChanged.kind: _byRoles,
    SettingsChanged.kind: _bySettings,
}
"""By kind of event, of whom another thing may hold then in a room: their ids."""


def follows(
    room: Room, event: Event, before: Standing, people: Mapping[str, Person]
) -> Iterator[Consequence]:
    """
    What is to be told beside an event that holds now.

    @param people: whom this node knows, by id.
    """
    if not before.ranks:
        return
    if event.kind == AccountChanged.kind:
        yield from _goneOver(room, event, before)
    elif event.kind == RolesChanged.kind:
        yield from _underOtherNames(room, event, before, people)
    yield from _shown(room, event, before, people)


def _goneOver(room: Room, event: Event, before: Standing) -> Iterator[Consequence]:
    changes = tuple(
        RoleChange(room.whose(id), event.author.name, now[0], was[0], now[1], was[1])
        for id, was in before.ranks.items()
        if (now := _rank(room, id)) != was
    )
    if changes:
        yield Consequence(
            RolesGoneOver(
                id=f"{event.id}.roles",
                author=NOBODY,
                conversations=(room.id,),
                at=event.at,
                changes=changes,
            )
        )


def _underOtherNames(
    room: Room, event: Any, before: Standing, people: Mapping[str, Person]
) -> Iterator[Consequence]:
    """
    Whoever is in a room under several names has a role under all of them; the event has one name.
    """
    named = {foldAny(change.name) for change in event.changes}
    changes = tuple(
        RoleChange(room.whose(id), people[id].name, now[0], was[0], now[1], was[1])
        for id in _present(before.ranks, people)
        if (now := _rank(room, id)) != (was := before.ranks[id])
        and foldAny(people[id].name) not in named
    )
    if changes:
        yield Consequence(
            RolesGoneOver(
                id=f"{event.id}.names",
                author=event.author,
                conversations=(room.id,),
                at=event.at,
                changes=changes,
            )
        )


def _shown(
    room: Room, event: Event, before: Standing, people: Mapping[str, Person]
) -> Iterator[Consequence]:
    """
    Who comes into the sight of others, and goes out of it. What they are given is told when they
    are seen, and what they lose while they still are.
    """
    seers = witnesses(room, "")
    changed = [id for id in before.ranks if isSeen(room, id) is not (id in before.seen)]
    if len(changed) <= MOST_FOR_ALL:
        for id in _present(changed, people):
            seen = isSeen(room, id)
            sight = _sight(room, event, people[id], seen)
            know = before.seers if seen else seers
            yield Consequence(sight, first=seen, spared={*know, id})
    if not room.auditorium or event.kind == SettingsChanged.kind:
        return
    for id in before.ranks:
        if seesAll(room, id) is not (id in before.seers):
            hidden = [other for other in room.members if _isHidden(room, other, before)]
            if len(hidden) <= MOST_FOR_ONE:
                for other in _present(hidden, people):
                    if other != id:
                        sight = _sight(room, event, people[other], seesAll(room, id), id)
                        yield Consequence(sight, only=id)


def _isHidden(room: Room, id: str, before: Standing) -> bool:
    """
    Whether somebody is seen by few now, and was before.
    """
    return id not in before.seen and not isSeen(room, id)


def _present(ids: Iterable[str], people: Mapping[str, Person]) -> list[str]:
    return [id for id in ids if (person := people.get(id)) is not None and person.nodes]


def _sight(room: Room, cause: Event, whom: Person, seen: bool, by: str = "") -> SightChanged:
    return SightChanged(
        id=f"{cause.id}.{whom.id}.{by}",
        author=whom.record.author,
        conversations=(room.id,),
        at=cause.at,
        person=whom.being(whom.presence, whom.away),
        seen=seen,
    )


def withRole(event: Any, room: Room) -> Any:
    """
    What tells that somebody is in a room, with what they are there. While nobody else is in it
    there is nobody to tell.
    """
    role = room.role(event.person.id)
    if role is Role.MEMBER or len(room.members) < 2:
        return event
    told: Event = replace(event, role=role, voiced=room.hasVoiceBeside(event.person.id))
    return told
