"""
The values that events are made of.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted_chat.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Author:
    """
    Who did it: the person's id, and the name that they had then.
    """

    id: str
    name: str
    account: bool = False


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """
    What others may know of someone, as a value that can travel.

    @ivar id: the person's id; a registered person's is their account's.
    @ivar name: the name shown.
    @ivar account: the account's name, or C{""} for a guest.
    @ivar host: the cloaked address; never the address itself.
    @ivar presence: C{"online"}, C{"away"} or C{"offline"}, on the node that tells it.
    @ivar away: the text left when going away.
    @ivar namedAt: when they took the name, in POSIX seconds; 0 if they came with it.
    """

    id: str
    name: str
    account: str = ""
    host: str = ""
    presence: str = "online"
    away: str = ""
    namedAt: float = 0.0


@dataclass(frozen=True, slots=True)
class Mask:
    """
    An entry of one of a room's lists.

    @ivar mask: who it is about; see L{twisted_chat.domain.masks}.
    @ivar setter: the name of who set it.
    @ivar at: when, in POSIX seconds.
    @ivar until: when it ends, in POSIX seconds; 0 for never.
    @ivar reason: why, for people to read.
    """

    mask: str
    setter: str
    at: float
    until: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoleChange:
    """
    The role that a person is given: L{Role.MEMBER} takes a role away.
    """

    person: str
    name: str
    role: Role
