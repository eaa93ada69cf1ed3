"""
Roles in a room, from nobody to owner.
"""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """
    What somebody is in a room; more rights, higher number.
    """

    MEMBER = 0
    VOICE = 1
    HALFOP = 2
    OPERATOR = 3
    ADMIN = 4
    OWNER = 5


TITLES = {
    Role.MEMBER: "member",
    Role.VOICE: "voice",
    Role.HALFOP: "half-operator",
    Role.OPERATOR: "operator",
    Role.ADMIN: "admin",
    Role.OWNER: "owner",
}
"""What people call the roles."""


def titled(role: Role) -> str:
    """
    @return: what people call somebody with a role: C{"a voice"}, C{"an operator"}; a room has one
        owner.
    """
    title = TITLES[role]
    article = "the" if role is Role.OWNER else "an" if title[0] in "aeiou" else "a"
    return f"{article} {title}"
