"""
Visits in tests: a real session, and a wire that only keeps what commands ask of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from tests.doubles import Net, heard
from twisted_chat.domain.events import Event
from twisted_chat.domain.records import Page
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.lineformat import LineFormat, lineFormat, spellEvents, spellPage


class PlainVisit:
    """
    A connection whose lines are looked at by tests.

    @ivar asked: what was asked of the wire, in order.
    """

    def __init__(self, net: Net, session: Session, room: Room | None = None) -> None:
        self.net = net
        self.session = session
        self._room = room
        self.secure = True
        self.receipts = False
        self.hint = "openssl s_client -connect chat.example:5001"
        self.clock: IReactorTime = net.clock
        self.asked: list[tuple[str, ...]] = []

    @property
    def room(self) -> Room | None:
        return self._room if self._room in self.session.rooms else None

    def typed(self, command: str, given: str = "") -> str:
        return f"/{command} {given}".rstrip()

    def enter(self, room: Room | None) -> None:
        self._room = room

    def end(self, text: str, farewell: str = "Goodbye") -> None:
        self.asked.append(("end", text))

    def signOut(self) -> None:
        self.asked.append(("signOut",))

    def relogin(self, name: str, password: str) -> Deferred[list[str]]:
        self.asked.append(("relogin", name, password))
        return succeed(["* Welcome back"])

    def _format(self, conversation: str) -> LineFormat:
        here = self._room is not None and self._room.id == conversation
        return lineFormat(self.session.zone, here, self.session.personId)

    def spellPage(self, page: Page, conversation: str) -> list[str]:
        place = self.session.placeOf(conversation)
        return spellPage(self._format(conversation), page, place, self.clock.seconds())

    def spellEvents(self, events: Sequence[Event], conversation: str) -> list[str]:
        place = self.session.placeOf(conversation)
        return spellEvents(self._format(conversation), events, place)

    def does(self, text: str) -> list[str]:
        """
        The answer to a command.
        """
        lines: list[str] = self.net.now(TABLE.run(self, text))
        self.session.release()
        return lines

    def heard(self) -> list[str]:
        """
        What the session got since this was last asked.
        """
        (lines,) = heard(self.session)
        return lines
