"""
What follows for the members of a room from what happens: each node works it out and tells its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from twisted_chat.domain.events import AccountChanged, Event, RolesGoneOver
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.values import Author, RoleChange

SHIFTING: Final = frozenset({AccountChanged.kind})
"""Kinds of events from which more can follow than they say themselves."""

NOBODYS: Final = Author("", "")


class Standing(Struct):
    """
    What people were in a room before something happened.

    @ivar roles: by person id, the role, and whether they had a voice beside it.
    """

    roles: dict[str, tuple[Role, bool]]


def standing(room: Room, event: Event) -> Standing:
    """
    What those people are in a room with whom an event deals, before it holds.
    """
    return Standing({id: _rank(room, id) for id in (event.author.person,) if id in room.members})


def follows(room: Room, event: Event, before: Standing) -> Iterable[Event]:
    """
    What is to be told behind an event that holds now.
    """
    changes = tuple(
        RoleChange(room.whose(id), event.author.name, now[0], was[0], now[1], was[1])
        for id, was in before.roles.items()
        if (now := _rank(room, id)) != was
    )
    if changes:
        yield RolesGoneOver(
            id=f"{event.id}.roles",
            author=NOBODYS,
            conversations=(room.id,),
            at=event.at,
            changes=changes,
        )


def _rank(room: Room, id: str) -> tuple[Role, bool]:
    return room.role(id), room.hasVoiceBeside(id)
