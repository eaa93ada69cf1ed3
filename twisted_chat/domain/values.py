"""
The values that events are made of.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from twisted_chat.domain.roles import Role


class Author(Struct, frozen=True):
    """
    Who did it, and what they were called then.

    @ivar id: who it was for good: the account's id; of a guest the person's.
    @ivar name: the name shown.
    @ivar account: the account's name, or C{""} for a guest.
    @ivar face: the id of the person under whose name it was done, if that is another than C{id}:
        see L{PersonRecord.identity}. Not kept in the log, and nor is what follows.
    @ivar user: what the client calls its user, for wires that show that.
    @ivar host: the cloaked address.
    @ivar bot: whether it was a program.
    @ivar operator: whether they acted as an operator of the whole network then.
    """

    id: str
    name: str
    account: str = ""
    face: str = ""
    user: str = ""
    host: str = ""
    bot: bool = False
    operator: bool = False

    @property
    def person(self) -> str:
        """
        The id by which rooms know whoever did it.
        """
        return self.face or self.id


NOBODY: Final = Author("", "")
"""The author of what follows from something, and has none."""

SERVER: Final = Author("", "server")
"""The author of what the server does by itself."""


class PersonRecord(Struct, frozen=True):
    """
    What others may know of someone, as a value that can travel.

    @ivar id: the person's id. A registered person's is their account's, but for somebody who is
        connected under another name than the account's: such a person is in rooms while connected,
        as a guest is, and has the rights of the account.
    @ivar name: the name shown.
    @ivar account: the account's name, or C{""} for a guest.
    @ivar identity: the account's id where that is not C{id}; else C{""}.
    @ivar host: the cloaked address; never the address itself.
    @ivar presence: C{"online"}, C{"away"} or C{"offline"}, on the node that tells it.
    @ivar away: the text left when going away.
    @ivar namedAt: when they took the name, in POSIX seconds; 0 if they came with it.
    @ivar real: what they call themselves in more words, or C{""}.
    @ivar user: what the client calls its user, for wires that show that.
    @ivar bot: whether it is a program.
    @ivar operator: whether they act as an operator of the whole network now.
    @ivar invisible: whether only those who share a room with them, or know the name, find them,
        and only the former see where they are.
    @ivar metadata: what is noted of them: keys and values; see L{twisted_chat.domain.noting}.
    """

    id: str
    name: str
    account: str = ""
    host: str = ""
    presence: str = "online"
    away: str = ""
    namedAt: float = 0.0
    identity: str = ""
    real: str = ""
    user: str = ""
    bot: bool = False
    operator: bool = False
    invisible: bool = False
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def whose(self) -> str:
        """
        Whose rights they have: the account's id, or a guest's own.
        """
        return self.identity or self.id

    @property
    def author(self) -> Author:
        """
        They, as the author of an event of which nothing else is known.
        """
        face = self.id if self.identity else ""
        return Author(self.whose, self.name, self.account, face, self.user, self.host)


class Mask(Struct, frozen=True):
    """
    An entry of one of a room's lists.

    @ivar mask: who it is about; see L{twisted_chat.domain.masks}.
    @ivar setter: the name of the one who set it.
    @ivar at: when, in POSIX seconds.
    @ivar until: when it ends, in POSIX seconds; 0 for never.
    @ivar reason: why, for people to read.
    """

    mask: str
    setter: str
    at: float
    until: float = 0.0
    reason: str = ""

    def holds(self, now: float) -> bool:
        """
        Whether it has not run out.

        @param now: POSIX seconds.
        """
        return not self.until or self.until > now


class RoleChange(Struct, frozen=True):
    """
    The role that a person is given: L{Role.MEMBER} takes a role away.

    @ivar before: the one that they had, as far as is known.
    @ivar voiced: whether they have a voice beside a higher role, to keep when that is taken.
    @ivar voicedBefore: whether they had, as far as is known.
    """

    person: str
    name: str
    role: Role
    before: Role = Role.MEMBER
    voiced: bool = False
    voicedBefore: bool = False
