"""
Commands: functions with a usage string, and what they may ask of a wire.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_chat.domain.accounterrors import Insecure
from twisted_chat.domain.coroutines import begun
from twisted_chat.domain.errors import ChatError, NoCurrentRoom, NotInRoom
from twisted_chat.domain.events import Event
from twisted_chat.domain.records import Page
from twisted_chat.domain.room import Room
from twisted_chat.frontends.commands.usage import Usage

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session

Lines = list[str]
"""An answer: its lines, without line ends."""

Function = Callable[..., Coroutine[Deferred[Any], Any, Lines]]

F = TypeVar("F", bound=Function)

RoomArgument = Literal["none", "current", "any"]
"""
Whether a command's function is given a room: the one that was named or else the current one, and
whether there has to be one (C{"current"}) or not (C{"any"}: then it may get C{None}).
"""


class Visit(Protocol):
    """
    One connection of a person, as commands see it.
    """

    receipts: bool
    """Whether the person wants the numbers of their own lines."""

    @property
    def session(self) -> Session:
        """
        What the person may do.
        """

    @property
    def room(self) -> Room | None:
        """
        The current room: what is typed without a slash is said there.
        """

    @property
    def secure(self) -> bool:
        """
        Whether a password may be typed here: nobody between can read it.
        """

    @property
    def hint(self) -> str:
        """
        How to come in through TLS.
        """

    @property
    def clock(self) -> IReactorTime:
        """
        What time it is.
        """

    def typed(self, command: str, given: str = "") -> str:
        """
        How people type a command here: C{/undo}, C{/voice bea}.

        @param given: what stands behind its name.
        """

    def spellPage(self, page: Page, conversation: str) -> Lines:
        """
        What was said, as this wire shows it to this person.
        """

    def spellEvents(self, events: Sequence[Event], conversation: str) -> Lines:
        """
        What has just happened, as this wire shows it to this person.
        """


class Stay(Visit, Protocol):
    """
    A visit in which the commands lead the person about: into rooms, to another name, out.
    """

    def enter(self, room: Room | None) -> None:
        """
        Make a room that the session is in the current one; C{None}: there is none any more.
        """

    def relogin(self, name: str, password: str) -> Deferred[Lines]:
        """
        Come in again as somebody who is registered, in place of the present session.
        """

    def signOut(self) -> None:
        """
        End the session, and ask for a name again.
        """

    def end(self, text: str, farewell: str = "Goodbye") -> None:
        """
        End the visit.

        @param text: what to tell others of it.
        @param farewell: what the person reads.
        """


class UnknownCommand(ChatError):
    """
    There is no /{word}. {advice}
    """

    code: ClassVar[str] = "unknown-command"


class WrongUsage(ChatError):
    """
    Usage: {usage}
    """

    code: ClassVar[str] = "usage"


@dataclass(frozen=True, slots=True)
class Command:
    """
    A command: what people type after a slash.

    @ivar usage: how it is called.
    @ivar function: does it: called with the visit, the room if it takes one, and the arguments by
        name; those left out are left to its defaults.
    @ivar about: what it does, in one line.
    @ivar more: what else is to be said of it: paragraphs.
    @ivar aliases: other names that it answers to.
    @ivar room: whether it takes a room.
    @ivar publishes: whether it only publishes, so that nobody has to wait for it.
    @ivar asks: whether it only asks something, so that nothing comes of it where nobody reads.
    """

    usage: Usage
    function: Function
    about: str
    more: tuple[str, ...]
    aliases: tuple[str, ...]
    room: RoomArgument
    publishes: bool
    asks: bool

    async def run(self, visit: Visit, text: str) -> Lines:
        """
        Do it.

        @param text: what was typed after the command's name.
        @raise ChatError: it does not fit the usage, or is refused.
        """
        if self.asks and visit.session.receiver.lost:
            # Long answers cost the server time.
            return []
        found = self.usage.arguments(text)
        if found is None:
            raise WrongUsage(usage=self.usage.shown)
        values = dict(found)
        if self.room == "none":
            return await self.function(visit, **values)
        named = values.pop("room", "")
        if named:
            return await self._runIn(visit, named, values)
        if visit.room is None and self.room == "current":
            raise NoCurrentRoom()
        return await self.function(visit, visit.room, **values)

    async def _runIn(self, visit: Visit, name: str, values: Mapping[str, str]) -> Lines:
        """
        Do it in a room that is named, in which operators of the network need not be.
        """
        try:
            room = await visit.session.roomCalled(name)
        except NotInRoom:
            if not visit.session.operator:
                raise

            def run(known: Room) -> Deferred[Lines]:
                return begun(self.function(visit, known, **values))

            lines: Lines = await visit.session.outside(name, run)
            return lines
        return await self.function(visit, room, **values)


class Noun:
    """
    The commands about one thing.
    """

    def __init__(self, name: str, apart: str = "") -> None:
        """
        @param name: what it is called in the list of all commands.
        @param apart: if nearly nobody needs its commands, the word with which C{/help} shows them.
        """
        self.name = name
        self.apart = apart
        self.commands: list[Command] = []

    def command(
        self,
        usage: str,
        *aliases: str,
        room: RoomArgument = "none",
        publishes: bool = False,
        asks: bool = False,
    ) -> Callable[[F], F]:
        """
        Make a function a command. The first paragraph of its docstring, one short line, says what
        it does; the others are shown by C{/help COMMAND} only.

        @param usage: see L{twisted_chat.frontends.commands.usage}.
        @param aliases: other names for it.
        """

        def add(function: F) -> F:
            paragraphs = cleandoc(function.__doc__ or "").split("\n\n")
            about, *more = (" ".join(paragraph.split()) for paragraph in paragraphs)
            parsed = Usage(usage)
            self.commands.append(
                Command(parsed, function, about, tuple(more), aliases, room, publishes, asks)
            )
            return function

        return add


def requireSecure(visit: Visit) -> None:
    """
    Passwords are typed only where nobody between can read them.

    @raise Insecure: here somebody could.
    """
    if not visit.secure:
        raise Insecure(hint=visit.hint)
