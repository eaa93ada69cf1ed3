"""
The desk where orders are carried out: on a server that runs, or on its data alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from twisted_chat.config import Settings
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.names import noted
from twisted_chat.domain.official import Official
from twisted_chat.domain.values import Author
from twisted_chat.doors.door import Door
from twisted_chat.frontends.clients import Clients

ADMIN: Final = Author("", "admin")
"""Whom people are told of; nobody can have that name."""


class Server(Protocol):
    """
    What is to be known of a server that runs.
    """

    @property
    def since(self) -> float:
        """
        When it was started, in POSIX seconds.
        """

    @property
    def doors(self) -> Sequence[Door]:
        """
        Where people come in, and where it is measured.
        """

    @property
    def clients(self) -> Sequence[Clients]:
        """
        What makes the connections.
        """

    @property
    def settings(self) -> Settings:
        """
        Those that hold now.
        """


class Premises(Protocol):
    """
    What there is to be seen of a network without opening its data.
    """

    @property
    def folder(self) -> Path:
        """
        The data folder.
        """

    @property
    def database(self) -> Path | None:
        """
        The file with the data; C{None} if it is kept in memory.
        """

    @property
    def settings(self) -> Settings:
        """
        Those that hold now.
        """

    @property
    def server(self) -> Server | None:
        """
        C{None}: none runs.
        """

    @property
    def now(self) -> float:
        """
        The time, in POSIX seconds.
        """


@dataclass(slots=True)
class Desk:
    """
    What orders are carried out on.

    @ivar hub: of the node.
    @ivar passwords: hashes them.
    @ivar folder: the data folder.
    @ivar database: the file with the data; C{None} if it is kept in memory.
    @ivar given: the settings with which this began.
    @ivar server: C{None}: none runs, and this is about the data alone.
    @ivar hashing: how many passwords wait to be hashed, or are.
    """

    hub: Hub
    passwords: IPasswords
    folder: Path
    database: Path | None
    given: Settings
    server: Server | None = None
    hashing: Callable[[], int] = lambda: 0

    @property
    def settings(self) -> Settings:
        """
        Those that hold now.
        """
        return self.server.settings if self.server is not None else self.given

    @property
    def now(self) -> float:
        """
        The time, in POSIX seconds.
        """
        return self.hub.clock.seconds()

    def note(self, text: str) -> str:
        """
        A reason, as everybody may read it.

        @raise TooLong: it is too long.
        """
        return noted(text, self.hub.limits.note)

    def wires(self) -> dict[Any, str]:
        """
        By connection, what its wire is called.
        """
        clients = self.server.clients if self.server is not None else ()
        return {one: maker.wireOf(one) for maker in clients for one in maker.protocols}


def officially(where: str) -> Official:
    """
    @param where: who asks, as far as the system knows, for the server's log.
    """
    return Official(ADMIN, where)
