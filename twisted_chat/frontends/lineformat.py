"""
How the line protocol spells events.

What somebody says is one line, with its time, number and author in front; what else happens is a
line of the server's, which begins with C{*}. Nothing that people write begins a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from twisted_chat.domain.delivery import Format
from twisted_chat.domain.events import Event, Said
from twisted_chat.domain.records import Page
from twisted_chat.domain.roles import TITLES, Role
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.frontends.commands.columns import INDENT, width
from twisted_chat.frontends.text import EDITED, textOf
from twisted_chat.frontends.words import clockTime, withDates

EOL: Final = "\r\n"

MARK: Final = "* "
"""What lines of the server begin with."""

ERROR: Final = "! "
"""What a line begins with that says why something did not work."""


class LineFormat(Format):
    """
    The spelling for one sort of readers. See L{lineFormat}.

    @ivar zone: the readers' minutes east of UTC.
    @ivar shown: whether the conversation is the room that the readers have before them.
    @ivar viewer: the id of the one person who reads it, for private conversations; else C{""}.
    """

    __slots__ = ("shown", "viewer", "zone")

    def __init__(self, zone: int, shown: bool, viewer: str = "") -> None:
        self.zone = zone
        self.shown = shown
        self.viewer = viewer

    def event_said(self, event: Said, place: str) -> bytes:
        """
        A message.

        @param place: the room's name; what a private conversation is called is found out here if
            it is not given.
        """
        number = self._number(event, event.seq, place)
        name = event.author.name
        if event.action:
            head = f"{clockTime(event.at, self.zone)} {number} * {name} "
        elif event.notice:
            head = f"{clockTime(event.at, self.zone)} {number} -{name}- "
        else:
            head = f"{clockTime(event.at, self.zone)} {number} <{name}> "
        if event.atLeast:
            head += f"(to {TITLES[Role(event.atLeast)]} and up) "
        if event.replyTo:
            head += f"(to {self._number(event, event.replyTo, place)}) "
        text = event.text
        if "\n" in text:
            text = text.replace("\n", EOL + " " * max(width(head), 1))
        return f"{head}{text}{EDITED if event.edited else ''}\r\n".encode()

    def otherwise(self, event: Event, place: str) -> bytes | None:
        """
        All else, as text has it.
        """
        here = self.shown and event.peer is None
        text = textOf(event, self._place(event, place), here, self.zone)
        if text is None:
            return None
        return f"{MARK}{text.replace(chr(10), EOL + INDENT)}{EOL}".encode()

    def _place(self, event: Event, place: str) -> str:
        peer = event.peer
        if peer is None:
            return typedRoom(place)
        if place.removeprefix("@"):
            # What is shown again is called what it can be asked for by.
            return place
        other = peer if event.author.id == self.viewer else event.author
        return "@" + other.name

    def _number(self, event: Event, seq: int, place: str) -> str:
        here = self.shown and event.peer is None
        return f"#{seq}" if here else f"{self._place(event, place)}/{seq}"


@lru_cache(maxsize=4096)
def lineFormat(zone: int, shown: bool, viewer: str = "") -> LineFormat:
    """
    The spelling that all readers of one sort share, so that each event is spelled once for them.

    @param zone: minutes east of UTC.
    @param shown: whether the conversation is the room that they have before them.
    @param viewer: the reader's person id for private conversations; C{""} for rooms.
    """
    return LineFormat(zone, shown, viewer)


def spellEvents(format: LineFormat, events: Iterable[Event], place: str) -> list[str]:
    """
    Events as lines without line ends.
    """
    spelled = b"".join(part for event in events if (part := format.spell(event, place)))
    return spelled.decode().split(EOL)[:-1]


def spellPage(format: LineFormat, page: Page, place: str, now: float) -> list[str]:
    """
    A part of a log: see L{withDates}.

    @param now: POSIX seconds.
    @return: lines without line ends.
    """
    parts = ((event.at, spellEvents(format, [event], place)) for event in page.events)
    return withDates(parts, now, format.zone)
