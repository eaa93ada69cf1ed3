"""
Searching what was said (soju.im/search, which several clients know): SEARCH.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nextafter
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.ids import isDirect
from twisted_chat.domain.records import Criteria
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.history import sendBatch
from twisted_chat.frontends.irc.message import Message, readTags
from twisted_chat.frontends.irc.moments import lastMoment, readTime
from twisted_chat.frontends.irc.pages import spelledInTurn
from twisted_chat.frontends.irc.targets import conversationOf, shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

SEARCH = Noun()

CAPABILITY: Final = "soju.im/search"
"""Of the command, and of the batch that answers it."""

_ATTRIBUTES: Final = frozenset({"in", "from", "after", "before", "text", "limit"})


class _Wrong(Exception):
    """
    An attribute can't be understood.

    @ivar attribute: its name.
    """

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.attribute = attribute


@SEARCH.command("SEARCH", least=1, asks=True, needs=CAPABILITY)
async def search(client: IrcClient, message: Message) -> None:
    """
    Find what was said: SEARCH text=WORDS;in=#CHANNEL;from=NICK;limit=20, and after= and before= a
    time. Spaces in it are spelled \\s.
    """
    try:
        await _search(client, readTags(message.params[0]))
    except _Wrong as wrong:
        client.fail("SEARCH", "INVALID_PARAMS", shown(wrong.attribute), "Invalid parameters")
    except ChatError as refusal:
        # It waits for a batch, or for this.
        client.fail("SEARCH", "INTERNAL_ERROR", refusal.sentence)


async def _search(client: IrcClient, asked: Mapping[str, str]) -> None:
    for attribute in asked:
        if attribute not in _ATTRIBUTES:
            raise _Wrong(attribute)
    session = client.session
    criteria = Criteria(
        author=asked.get("from", ""),
        since=nextafter(lastMoment(_time(asked, "after") - 1), inf) if "after" in asked else 0.0,
        until=lastMoment(_time(asked, "before")) if "before" in asked else inf,
        oldest="after" in asked,
    )
    words, limit, place = asked.get("text") or None, _limit(client, asked), ""
    try:
        if "in" in asked:
            place = await conversationOf(client, asked["in"])
            session.readableFrom(place)
    except ChatError:
        raise _Wrong("in") from None
    page = await session.search(words, limit, place, criteria)
    found = [
        (event, "" if isDirect(event.conversation) else session.placeOf(event.conversation))
        for event in page.events
    ]
    sendBatch(client, await spelledInTurn(client, found), CAPABILITY)


def _time(asked: Mapping[str, str], attribute: str) -> int:
    """
    @return: POSIX milliseconds.
    """
    at = readTime(asked[attribute])
    if at is None:
        raise _Wrong(attribute)
    return at


def _limit(client: IrcClient, asked: Mapping[str, str]) -> int:
    most = client.facts.limits.page
    text = asked.get("limit", str(most))
    if not (text.isascii() and text.isdigit()) or not int(text[:9]):
        raise _Wrong("limit")
    return min(int(text[:9]), most)
