"""
A visit by IRC: what the slash commands of other wires may ask of a client, so that services can do
what they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted_chat.domain.delivery import Format
from twisted_chat.domain.errors import BadInput, NoCurrentRoom
from twisted_chat.domain.events import Event, Said
from twisted_chat.domain.records import Page
from twisted_chat.domain.room import Room
from twisted_chat.frontends.commands.command import Command
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.text import EDITED, textOf
from twisted_chat.frontends.words import clockTime, withDates

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

_MARK = "* "
"""What the server's lines begin with where people see them between those of others."""


class IrcVisit:
    """
    A client that asks a service for something: see L{Visit
    <twisted_chat.frontends.commands.command.Visit>}.

    @ivar room: what is asked for is about this channel; C{None}: about none.
    """

    receipts = False

    def __init__(self, client: IrcClient, room: Room | None = None) -> None:
        self.session = client.session
        self.secure = client.secure
        self.hint = client.factory.hint
        self.clock = client.factory.clock
        self.room = room
        self._format = NumberedFormat(self.session.zone)

    def typed(self, command: str, given: str = "") -> str:
        """
        How people ask the service for a command: C{UNDO}, C{HISTORY #dev}, C{VOICE #dev bea}.
        """
        place = channel(self.room.name) if self.room is not None else ""
        return " ".join(filter(None, (command.upper(), place, given)))

    def spellPage(self, page: Page, conversation: str) -> list[str]:
        """
        What was said, as lines with numbers and dates.
        """
        parts = ((event.at, self.spellEvents([event], conversation)) for event in page.events)
        return withDates(parts, self.clock.seconds(), self.session.zone)

    def spellEvents(self, events: Sequence[Event], conversation: str) -> list[str]:
        """
        What has just happened, likewise.
        """
        place = self.session.placeOf(conversation)
        spelled = [self._format.spell(event, place) for event in events]
        return [line for text in spelled if text for line in text.decode().split("\n")]


class NumberedFormat(Format):
    """
    Messages as people read them who mean them by their numbers: no line of IRC, but the text of
    some, with C{\\n} between them.
    """

    __slots__ = ("_zone",)

    def __init__(self, zone: int) -> None:
        """
        @param zone: the reader's minutes east of UTC.
        """
        self._zone = zone

    def event_said(self, event: Said, place: str) -> bytes:
        """
        A message.
        """
        name = event.author.name
        head = f"* {name}" if event.action else f"-{name}-" if event.notice else f"<{name}>"
        answered = f" (to #{event.replyTo})" if event.replyTo else ""
        start = f"{clockTime(event.at, self._zone)} #{event.seq} {head}{answered}"
        text = event.text.replace("\n", "\n  ")
        return f"{start} {text}{EDITED if event.edited else ''}".encode()

    def otherwise(self, event: Event, place: str) -> bytes | None:
        """
        All else, as text has it.
        """
        text = textOf(event, place, True, self._zone)
        return None if text is None else text.encode()


async def ask(
    client: IrcClient, command: Command, text: str, room: Room | None = None
) -> list[str]:
    """
    Do what a slash command does.

    @param text: what is typed behind it.
    @param room: the channel that is the current one meanwhile.
    @return: the lines of its answer.
    @raise WrongUsage: the text does not fit it.
    """
    try:
        lines = await command.run(IrcVisit(client, room), text)
    except NoCurrentRoom:
        raise BadInput(why="Name the channel too, such as #dev/118 for a message.") from None
    return [line.removeprefix(_MARK) for line in lines]
