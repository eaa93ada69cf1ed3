"""
Pages of the log for one client: what was said, spelled without keeping others waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from twisted.internet.task import deferLater

from twisted_chat.domain.events import Event
from twisted_chat.frontends.turns import PORTION

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient


async def spelledInTurn(client: IrcClient, events: Iterable[tuple[Event, str]]) -> bytes:
    """
    Spell what was said for a client. Painted letter by letter, a page of it takes a quarter of a
    second; so others have their turn in between.

    @param events: each with the name of its room, C{""} for what was said in private.
    """
    clock, lines = client.factory.clock, []
    began = clock.seconds()
    for event, place in events:
        lines.append(client.formatFor(event.conversation).spell(event, place) or b"")
        if clock.seconds() - began >= PORTION:
            await deferLater(clock, 0)
            began = clock.seconds()
    return b"".join(lines)
