"""
A visit by the line protocol: what the commands may ask of a connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import ChatError, Closing, MayNotRead
from twisted_chat.domain.events import Event
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.membership import Entrance
from twisted_chat.domain.reading import Missed
from twisted_chat.domain.records import Page
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.frontends.commands.rooms import entranceLines
from twisted_chat.frontends.lineformat import (
    ERROR,
    MARK,
    LineFormat,
    lineFormat,
    spellEvents,
    spellPage,
)
from twisted_chat.frontends.text import earlierText, missedText

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session
    from twisted_chat.frontends.linelogin import LineLogin

RESETTING = "That code works once. Set a new password now: /password NEW"

LAST_ROOM = "room"
"""The preference that holds the id of the room that somebody was last in."""


class LineVisit:
    """
    What somebody has before them who has said who they are.

    @ivar session: what the person may do.
    @ivar receipts: whether they want the numbers of their own lines.
    """

    __slots__ = ("_protocol", "_room", "receipts", "session")

    def __init__(self, protocol: LineLogin, session: Session) -> None:
        self._protocol = protocol
        self._room: Room | None = None
        self.session = session
        self.receipts = False

    @property
    def room(self) -> Room | None:
        """
        The current room: what is typed is said there. C{None} if there is none, or if the person
        is no longer in it.
        """
        room = self._room
        if room is not None and not self.session.isIn(room):
            # Whoever was put out, or has left it by another connection, may be back. If everybody
            # had gone, this node has another copy of it.
            again = (each for each in self.session.rooms if each.id == room.id)
            room = self._room = next(again, None)
        return room

    def enter(self, room: Room | None) -> None:
        """
        Make a room that the session is in the current one; C{None}: there is none any more.
        """
        self._room = room
        session = self.session
        if not session.held:
            # Otherwise L{Session.release} is about to do so.
            session.reformat()
        if room is not None and session.preferences.get(LAST_ROOM) != room.id:
            session.remember(LAST_ROOM, room.id)

    @property
    def secure(self) -> bool:
        """
        Whether a password may be typed here: nobody between can read it.
        """
        return self._protocol.secure

    @property
    def hint(self) -> str:
        """
        How to come in through TLS.
        """
        return self._protocol.factory.hint

    @property
    def clock(self) -> IReactorTime:
        """
        What time it is.
        """
        return self._protocol.factory.clock

    # How things look.

    def typed(self, command: str, given: str = "") -> str:
        """
        How people type a command here.
        """
        return f"/{command} {given}".rstrip()

    def formatFor(self, conversation: str) -> LineFormat:
        """
        The spelling for this person: L{IReceiver.formatFor
        <twisted_chat.domain.interfaces.IReceiver.formatFor>}.
        """
        session = self.session
        if conversation in (session.personId, session.identity) or isDirect(conversation):
            return lineFormat(session.zone, False, session.personId)
        if self._room is not None:
            shown = self._room.id == conversation
        else:
            # The first room that somebody comes into is about to be the current one; one into which
            # others bring them is not.
            shown = session.held and not session.rooms
        return lineFormat(session.zone, shown)

    def spellPage(self, page: Page, conversation: str) -> list[str]:
        """
        What was said, as lines without line ends.
        """
        if not page.events:
            return []
        place = self.session.placeOf(conversation)
        return spellPage(self.formatFor(conversation), page, place, self.clock.seconds())

    def spellEvents(self, events: Sequence[Event], conversation: str) -> list[str]:
        """
        What has just happened, as lines without line ends.
        """
        place = self.session.placeOf(conversation)
        return spellEvents(self.formatFor(conversation), events, place)

    def missedLines(self, missed: Missed) -> list[str]:
        """
        What this person has missed of one conversation, as lines without line ends.
        """
        page, place = missed.page, typedRoom(missed.place)
        here = self._room is not None and self._room.id == missed.conversation
        lines = [MARK + missedText(page.total, place, here, page.more)]
        if not page.events:
            return [lines[0] + (": /history" if here else f": /history {place}")]
        left = page.total - len(page.events)
        if left > 0 or page.more:
            first = page.events[0].seq
            before = f"{first}" if here else f"{place}/{first}"
            lines.append(MARK + earlierText(left, f"before {before}"))
        return lines + self.spellPage(page, missed.conversation)

    # Coming and going.

    def noted(self) -> list[str]:
        """
        What somebody registered has to know first, as lines without line ends.
        """
        session = self.session
        lines = [MARK + RESETTING] if session.resetting else []
        if session.account is not None and session.name != session.account.name:
            lines.append(f"{MARK}You are called {session.name}, as on your other connection")
        return lines

    def goBack(self) -> None:
        """
        Go to the room that this person was last in, unless they are in one; or to none.
        """
        rooms = self.session.rooms
        last = self.session.preferences.get(LAST_ROOM)
        room = self.room or next((each for each in rooms if each.id == last), None)
        if room is None and rooms:
            room = rooms[-1]
        self.enter(room)

    def comeBack(self, missed: Sequence[Missed]) -> list[str]:
        """
        Be back.

        @param missed: what the session says was missed.
        @return: what they read: what was missed, what is of the current room last.
        """
        # Others may have put them out of it since.
        self.goBack()
        room = self.room
        here = room.id if room is not None else ""
        elsewhere = [each for each in missed if each.conversation != here]
        lines = [line for each in elsewhere for line in self.missedLines(each)]
        if room is not None:
            lines += self._found(room)
        return lines + [
            line for each in missed if each.conversation == here for line in self.missedLines(each)
        ]

    def _found(self, room: Room) -> list[str]:
        return entranceLines(self, Entrance(room, False, Page((), 0)))

    def relogin(self, name: str, password: str) -> Deferred[list[str]]:
        """
        Come in again as somebody who is registered, in place of the present session.

        @return: what the person reads then.
        """
        return Deferred.fromCoroutine(self._relogin(name, password))

    async def _relogin(self, name: str, password: str) -> list[str]:
        """
        The rooms of a guest come along. What is said meanwhile is read, and once.
        """
        line, old, here = self._protocol, self.session, self.room
        if old.account is not None:
            # Whatever they would hear from here on is shown when they come back.
            old.hold()
            old.reformat()
        session = await line.login(PasswordLogin(name, password, address=line.address))
        if old.account is None and session.account is not None:
            await old.passRoles(session.account)
        rooms: list[Room] = []
        if old.account is None:
            rooms = old.rooms
            if here is not None and session.isIn(here):
                rooms.append(here)
        heads = {room.typed: old.headOf(room) for room in rooms}
        await old.logout("quit")
        if line.finished:
            session.logout("lost")
            raise Closing()
        self._turnInto(session, here if here in rooms else None)
        line.factory.recount(line, session)
        line.write(self.noted())
        missed = await session.missed()
        current = here.typed if here in rooms else ""
        return await self._rejoin(heads, current) + self.comeBack(missed)

    def _turnInto(self, session: Session, here: Room | None) -> None:
        """
        Be somebody else from now on.

        @param here: the room that is to be the current one; C{None} for the one of last time.
        """
        self.session = session
        session.former = None
        self._room = here
        if here is None:
            self.goBack()
        # What is said before they are told where they are is spelled for there.
        session.reformat()

    async def _rejoin(self, rooms: Mapping[str, int], current: str) -> list[str]:
        """
        Be in rooms again, after L{_turnInto}.

        @param rooms: by their names, as people type them, up to which seq they have been read here.
        @param current: the name of the one to be the current one; C{""} for none.
        @return: what was refused, and what was said meanwhile.
        """
        lines = []

        def sentOn(refusal: ChatError) -> None:
            lines.append(ERROR + refusal.text)

        # So many may be too many at once: the current one comes first, lest what is typed next is
        # said elsewhere.
        for name in sorted(rooms, key=lambda name: name != current):
            try:
                entrance = await self.session.comeInto(name, sentOn=sentOn, lines=False)
            except ChatError as refusal:
                lines.append(ERROR + refusal.text)
            else:
                if name == current:
                    self._room = entrance.room
                if entrance.new:
                    lines += await self._meanwhile(entrance.room, rooms[name])
        return lines

    async def _meanwhile(self, room: Room, after: int) -> list[str]:
        """
        What was said in a room behind a seq, and before the session has joined it.
        """
        joined = room.members.get(self.session.personId, after)
        if joined <= after:
            return []
        try:
            between = {"before": joined + 1, "after": after}
            page: Page = await self.session.history(room.id, joined - after, **between)
        except MayNotRead:
            return []
        return self.spellPage(page, room.id)

    def signOut(self) -> None:
        """
        End the session, and ask for a name again.
        """
        self._protocol.signOut()

    def end(self, text: str, farewell: str = "Goodbye") -> None:
        """
        End the visit.

        @param text: what to tell others of it.
        @param farewell: what the person reads.
        """
        self._protocol.end(text, farewell)
