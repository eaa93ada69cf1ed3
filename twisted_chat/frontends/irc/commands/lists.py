"""
Which channels there are: LIST, with all that ELIST tells of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from twisted.internet.task import deferLater

from twisted_chat.domain.masks import matches
from twisted_chat.domain.records import RoomListing
from twisted_chat.domain.units import MINUTES
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import RPL_LIST, RPL_LISTEND, RPL_LISTSTART

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

LISTS = Noun()


AT_ONCE: Final = 100
"""
How many lines of a long answer are written at once: however long it is, it ends no connection
(SAFELIST) and holds up nobody.
"""

COMPARISONS: Final = 20
"""How many conditions of one channel cost as much as writing it."""

PAUSE: Final = 0.05
"""Seconds between two looks whether a client has read what it was written."""

Filter = Callable[[RoomListing], bool]


class Wanted:
    """
    Which channels a client wants to see: those that meet all the conditions and, if there are
    any masks, one of these (Modern, "ELIST").
    """

    def __init__(self, text: str, now: float) -> None:
        """
        @param text: conditions and masks with commas between them: C{>3,C<60,#dev*,!#test*}.
        @param now: POSIX seconds.
        """
        self._masks: list[str] = []
        self._conditions: list[Filter] = []
        for element in text.split(","):
            condition = _condition(element, now)
            if condition is not None:
                self._conditions.append(condition)
            elif element:
                self._masks.append(element)

    @property
    def cost(self) -> float:
        """
        What it costs to see whether a channel is wanted, in channels that are written.
        """
        return (len(self._masks) + len(self._conditions)) / COMPARISONS

    def includes(self, room: RoomListing) -> bool:
        """
        Whether a channel is wanted.
        """
        if not all(condition(room) for condition in self._conditions):
            return False
        name = channel(room.name)
        return not self._masks or any(matches(mask, name) for mask in self._masks)


def _condition(element: str, now: float) -> Filter | None:
    """
    @return: C{None} if it is none.
    """
    if element.startswith("!") and len(element) > 1:
        mask = element[1:]
        return lambda room: not matches(mask, channel(room.name))
    kind = element[:1].upper() if element[:1] not in "<>" else ""
    sign, number = element[len(kind) : len(kind) + 1], element[len(kind) + 1 :]
    if kind not in _MEASURES or sign not in ("<", ">") or not _isNumber(number):
        return None
    measure, value, more = _MEASURES[kind], float(number), sign == ">"

    def holds(room: RoomListing) -> bool:
        size = measure(room, now)
        return size is not None and (size > value if more else size < value)

    return holds


def _isNumber(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


_MEASURES: dict[str, Callable[[RoomListing, float], float | None]] = {
    "": lambda room, now: room.present,
    "C": lambda room, now: (now - room.createdAt) / MINUTES,
    "T": lambda room, now: (now - room.topicAt) / MINUTES if room.topic else None,
}
"""What is compared: who is there; minutes since it was made, since the topic was set."""


@LISTS.command("LIST", asks=True)
async def list_(client: IrcClient, message: Message) -> None:
    """
    See which channels there are: LIST; LIST #ONE,#TWO; LIST >3,#dev*; LIST #dev* >3. Where nobody
    is and nobody is a member, there is nothing to see.
    """
    session = client.session
    wanted = Wanted(",".join(message.params[:2]), session.now)
    client.numeric(RPL_LISTSTART, "Channel", "Users  Name")
    spent = 0.0
    for room in await session.listRooms():
        if not (room.present or room.members):
            continue
        # Also where nothing is told in the end.
        spent += wanted.cost
        if wanted.includes(room):
            client.numeric(RPL_LIST, channel(room.name), room.present, room.topic)
            spent += 1
        if spent >= AT_ONCE:
            spent = 0.0
            await untilRead(client)
    client.numeric(RPL_LISTEND, "End of /LIST")


async def untilRead(client: IrcClient) -> None:
    """
    Write what there is of a long answer, and wait until the client has read it.
    """
    client.replies.writeOn()
    # However fast it reads, others have their turn in between.
    await deferLater(client.factory.clock, 0)
    while client.outbox.slow and not client.outbox.closed:
        await deferLater(client.factory.clock, PAUSE)
