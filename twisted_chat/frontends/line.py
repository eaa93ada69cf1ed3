"""
The line protocol: for nc, telnet and openssl s_client.

Somebody types lines, beginning with a name. C{state} says what a line means: it is the name of a
method (C{state_Talk}), which returns the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.events import Said
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.terms import ACCOUNTS, OPEN
from twisted_chat.domain.units import SECONDS
from twisted_chat.frontends.clients import Clients
from twisted_chat.frontends.commands.rooms import join as joinCommand
from twisted_chat.frontends.commands.rooms import leave as leaveCommand
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.commands.talk import receipt
from twisted_chat.frontends.connection import LINE
from twisted_chat.frontends.days import Days, dayMark
from twisted_chat.frontends.lineformat import EOL, ERROR, MARK
from twisted_chat.frontends.linelogin import LineLogin
from twisted_chat.frontends.telnet import ECHO_OFF, IAC
from twisted_chat.frontends.turns import Turn
from twisted_chat.frontends.visit import LineVisit
from twisted_chat.frontends.webrequest import NO_WEB, isWebRequest
from twisted_chat.frontends.words import listed

EXIT: Final = "[exit]"
LEAVE: Final = "q"
TO_LOBBY, TO_EXIT = "1", "2"

_COMMAND: Final = bytes((IAC,))

HASTE: Final = 2 * SECONDS
"""Whoever was put out of a room does not read that, and choose of the menu, in less."""


class ChatProtocol(LineLogin):
    """
    Somebody who types lines.

    @ivar state: what the next line means: C{"Name"}, C{"Password"}, C{"Room"}, C{"Talk"} or
        C{"Menu"}.
    """

    __slots__ = ("_asked", "_newDay", "_putOutAt")

    factory: ChatFactory

    def __init__(self) -> None:
        super().__init__()
        self._putOutAt = -HASTE
        # Whether a question stands at the end of what was written, without a line end; and whether
        # it is to be told that another day has begun.
        self._asked = self._newDay = False

    # What stands before that which is written next.

    @property
    def zone(self) -> int | None:
        """
        See L{Reading.zone<twisted_chat.frontends.days.Reading.zone>}.
        """
        session = self.visit.session if self.visit is not None else None
        return None if session is None or session.quiet else session.zone

    def markDay(self) -> None:
        """
        See L{Reading.markDay<twisted_chat.frontends.days.Reading.markDay>}.
        """
        self._newDay = True
        self.outbox.divert(self._writeBelow)

    def _ask(self, lines: Sequence[str], question: str) -> None:
        """
        @param lines: what is to be read first.
        @param question: C{""} for none.
        """
        self.write(lines, question)
        if self.telnet.isTelnet:
            self.hide()
        if question and not question.endswith(EOL):
            self._asked = True
            self.outbox.divert(self._writeBelow)

    def hide(self) -> None:
        """
        A telnet may show itself to be one just when it is asked for the network's password.
        """
        if self.state in ("Key", "Password"):
            self.outbox.write(ECHO_OFF)

    def _isAnswered(self) -> None:
        """
        A line was typed: what is written now stands below the question by itself.
        """
        self._asked = False
        if not self._newDay:
            self.outbox.divert(None)

    def _writeBelow(self, data: bytes) -> None:
        self.outbox.divert(None)
        if data.startswith(_COMMAND):
            # Between programs: nobody sees it.
            self.outbox.write(data)
            self.outbox.divert(self._writeBelow)
            return
        before = EOL.encode() if self._asked else b""
        zone = self.zone
        if self._newDay and zone is not None:
            before += dayMark(self.factory.clock.seconds(), zone)
        self._asked = self._newDay = False
        self.outbox.write(before + data)

    # Turns.

    def publishes(self, turn: Turn) -> bool:
        """
        Whether a turn only says something, or is another command that only publishes.
        """
        kind, text = turn
        visit = self.visit
        if kind != LINE or self.state != "Talk" or visit is None:
            return False
        if visit.session.busy or visit.room is None:
            return False
        if text.startswith("/"):
            return text.startswith("//") or TABLE.publishes(text[1:])
        typed = text.strip()
        return typed != LEAVE and (len(typed) != len(EXIT) or typed.lower() != EXIT)

    def publish(self, turn: Turn, done: Callable[[object], None]) -> None:
        """
        Do a turn that only publishes.
        """
        try:
            saying = self._talk(turn[1])
        except Exception:
            saying = fail()
        # One callback: in a small room each costs as much as a reader.
        saying.addCallbacks(done, self._notSaid, errbackArgs=(done,))

    def _notSaid(self, why: Failure, done: Callable[[object], None]) -> None:
        try:
            self.refused(why)
        finally:
            done(None)

    def answered(self, result: str | None) -> None:
        """
        A turn that was waited for is done: ask for what comes next.

        @param result: what the next line means; C{None}: the same as the last one.
        """
        if result is not None:
            self.state = result
        if self.finished:
            return
        if self.visit is not None:
            self.visit.session.release()
        self._ask([], self._prompt())

    def _prompt(self) -> str:
        if self.state == "Menu":
            return self._menu()
        return {
            "Key": "Network password: ",
            "Name": "Your name: ",
            "Password": "Password: ",
            "Room": f"Room [{self.factory.lobby}]: ",
        }.get(self.state, "")

    def _menu(self) -> str:
        """
        What somebody reads who talks in no room.
        """
        rooms = [room.typed for room in self.visit.session.rooms] if self.visit is not None else []
        where = "You are in no room."
        if rooms:
            where = f"You are in {listed(rooms)}, but talk in no room now: /switch ROOM."
        choice = f"{TO_LOBBY} joins {self.factory.lobby}, {TO_EXIT} exits"
        return f"{MARK}{where} {choice}; /help shows the commands.{EOL}"

    async def turn_greet(self, text: str) -> None:
        """
        The first words, and the first question.
        """
        factory = self.factory
        if not factory.isReady:
            await factory.whenReady()
        people = await factory.hub.network.people()
        rooms = len(factory.hub.roster.roomNames)
        crowd = "nobody is here yet"
        if people:
            # Whoever is here may be in no room yet, or in those of other nodes alone.
            where = f"in {counted(rooms, 'room')}" if rooms else "here"
            crowd = f"{counted(people, 'person', 'people')} {where}"
        welcome = f"Welcome to {factory.name}: {crowd}. /help shows the commands."
        if factory.hub.doorman.asksKey:
            self.state = "Key"
        self._ask([welcome, *factory.welcome.splitlines(), *self._terms()], self._prompt())

    def _terms(self) -> list[str]:
        """
        @return: what to know of the network before one says who one is.
        """
        hub = self.factory.hub
        lines = [f"{MARK}Topic: {hub.terms.topic}"] if hub.terms.topic else []
        if hub.terms.entry == ACCOUNTS:
            lines.append(f"{MARK}Only registered people come in here. {hub.doorman.advice}")
            code = " CODE" if hub.doorman.asksInvitation else ""
            # In a lockdown nobody registers, as was just said.
            if not hub.doorman.level and (code or hub.terms.register == OPEN):
                lines.append(f"{MARK}Instead of a name: /register NAME PASSWORD{code}")
        return lines

    def turn_line(self, text: str) -> Coroutine[Any, Any, str] | None:
        """
        A line.
        """
        if self._asked:
            self._isAnswered()
        if text.strip().lower() == EXIT:
            self.end("")
            return None
        if self.visit is None and isWebRequest(text):
            self.disconnect(NO_WEB)
            return None
        state: Coroutine[Any, Any, str] = getattr(self, "state_" + self.state)(text)
        return state

    def turn_tooLong(self, text: str) -> None:
        """
        A line was left out.
        """
        if self._asked:
            self._isAnswered()
        super().turn_tooLong(text)

    # What a line means.

    async def state_Room(self, text: str) -> str:
        """
        The line is the name of a room, perhaps with its password; or a command; or what one types
        outside of rooms: no name begins with a digit, and C{q} alone never means a room.
        """
        visit = self.present()
        if visit.session.rooms:
            # Others have put somebody into a room who was still being asked for one.
            self.state = "Menu"
            return await self.state_Menu(text)
        if text.startswith("/"):
            return await self._command(visit, text, "Room")
        if (choice := text.strip()) in (TO_LOBBY, TO_EXIT):
            return await self.state_Menu(choice)
        if choice == LEAVE:
            return "Menu"
        name, _, password = choice.partition(" ")
        self.write(await joinCommand(visit, name or self.factory.lobby, password.strip()))
        return self.place("Room")

    async def state_Menu(self, text: str) -> str:
        """
        The line is what was chosen of the menu; or a command.
        """
        visit = self.present()
        if text.startswith("/"):
            return await self._command(visit, text, "Menu")
        choice = text.strip()
        since = self.factory.clock.seconds() - self._putOutAt
        # It is less than nothing if somebody has set the clock back.
        if choice in (TO_LOBBY, TO_EXIT) and 0 <= since < HASTE:
            # More of what was pasted for that room; what follows would be said in the lobby.
            raise BadInput(why="You were in a room when you typed that, so it is no choice.")
        if choice == TO_LOBBY:
            self.write(await joinCommand(visit, self.factory.lobby))
        elif choice == TO_EXIT:
            self.end("")
        elif choice:
            raise BadInput(why="You talk in no room now, so nobody would read that.")
        return self.place("Menu")

    async def state_Talk(self, text: str) -> str:
        """
        The line is to be said in the current room; or it is a command.
        """
        visit = self.present()
        room = visit.room
        if text.startswith("/") and not text.startswith("//"):
            return await self._command(visit, text, "Menu")
        if room is None:
            # By somebody else's doing. To go to another room by itself would have what is typed,
            # or was pasted, for that room said in the other.
            self._putOutAt = self.factory.clock.seconds()
            self.write([ERROR + "You are no longer in the room. That was not said."])
        elif text.strip() == LEAVE:
            self.write(await leaveCommand(visit, room))
        else:
            await self._talk(text)
        return self.place("Menu")

    def _talk(self, text: str) -> Deferred[Any]:
        """
        Say a line, or obey one that only publishes.
        """
        visit = self.present()
        room = visit.room
        if text.startswith("/"):
            if not text.startswith("//"):
                return TABLE.run(visit, text[1:]).addCallback(self.write)
            text = text[1:]
        if room is None or not text.strip():
            return succeed(None)
        said = visit.session.say(room, text)
        return said.addCallback(self._receipt, visit) if visit.receipts else said

    def _receipt(self, said: Said, visit: LineVisit) -> None:
        self.write(receipt(visit, said))

    async def _command(self, visit: LineVisit, text: str, otherwise: str) -> str:
        """
        Obey a line that begins with a slash.

        @param otherwise: what the next line means if there is no current room then.
        """
        self.write(await TABLE.run(visit, text[1:]))
        return self.place(otherwise)


class ChatFactory(Clients):
    """
    Makes the connections of the line protocol, plain ones and others.

    @ivar lobby: the room that newcomers are offered.
    """

    protocol = ChatProtocol  # type: ignore[assignment]
    wire = "line"

    def __init__(self, *arguments: Any, lobby: str, **named: Any) -> None:
        """
        As of L{Clients}, and:

        @param lobby: see above.
        """
        super().__init__(*arguments, **named)
        self.lobby = lobby
        self._days = Days(self.clock, self.protocols)

    def ready(self) -> None:
        """
        People can come in.
        """
        super().ready()
        self._days.start()

    def stopReading(self) -> None:
        """
        Take nothing more from anybody.
        """
        self._days.stop()
        super().stopReading()
