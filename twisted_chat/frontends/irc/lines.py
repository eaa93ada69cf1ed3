"""
What all lines that many clients share are made of: sources, targets and tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Protocol

from msgspec import Struct

from twisted_chat.domain.delivery import Format
from twisted_chat.domain.events import Event
from twisted_chat.domain.values import Author, PersonRecord
from twisted_chat.frontends.irc.message import MOST_TEXT, escape, spell
from twisted_chat.frontends.irc.moments import timeText
from twisted_chat.frontends.irc.wrapping import wrap
from twisted_chat.frontends.text import textOf

NO_USER: Final = "~u"
"""The user of people whose wire has none. The C{~} says that nobody has checked it."""

NOBODY: Final = "*"
"""In the place of a name that there is not."""


_ODD: Final = re.compile(r"^[:$#&]|[\s!@*?,]")


@lru_cache(maxsize=1024)
def nickOf(name: str) -> str:
    """
    @return: a name as a nick can be. Whoever was imported from elsewhere may be called what nobody
        is called here, and would be taken for a command and its parameters.
    """
    return _ODD.sub("_", name) or NOBODY


def sourceOf(who: Author | PersonRecord, server: str) -> str:
    """
    Somebody as the source of a line.

    @param server: the server's name, which stands in for a host.
    @return: C{nick!user@host}; the server's name for what nobody did.
    """
    if not who.id:
        return server
    return f"{nickOf(who.name)}!{who.user or NO_USER}@{who.host or server}"


def asParam(address: str) -> str:
    """
    @return: an address as it can stand in any place of a line: parameters don't begin with a colon.
    """
    return "0" + address if address.startswith(":") else address


def channel(room: str) -> str:
    """
    @param room: a room's name.
    @return: it as IRC has it: C{"#lobby"} for C{"lobby"}, C{"##x"} for C{"#x"}.
    """
    return "#" + room


def joinTags(*parts: str) -> bytes:
    """
    Tags as they stand before a line, with the space that follows; C{b""} without any.

    @param parts: tags as they stand in a line, with C{;} between them, or C{""}.
    """
    text = ";".join([part for part in parts if part])
    return f"@{text} ".encode("utf-8", "replace") if text else b""


class Dated(Protocol):
    """
    What has its time.
    """

    @property
    def at(self) -> float:
        """
        When it happens, in POSIX seconds.
        """


class Moment(Struct, frozen=True):
    """
    What only one client is told of, and is no event.
    """

    at: float


class SharedLines(Format):
    """
    The spelling of events for clients that have the same capabilities. It knows no client.

    @ivar caps: the capabilities that matter for spelling.
    @ivar server: the name that the server's lines come from.
    @ivar tagged: whether message tags are understood.
    """

    __slots__ = ("_accounts", "_operators", "_timed", "caps", "server", "tagged")

    def __init__(self, caps: frozenset[str], server: str) -> None:
        self.caps = caps
        self.server = server
        self.tagged = "message-tags" in caps
        self._timed = "server-time" in caps
        self._accounts = "account-tag" in caps
        self._operators = "draft/oper-tag" in caps

    # Tags.

    def serverTags(self, event: Dated, author: Author, id: str = "") -> str:
        """
        The server's own tags of a line, without C{@}.

        @param id: the C{msgid}; C{""} for none.
        """
        text = "time=" + timeText(event.at) if self._timed and event.at else ""
        if id and self.tagged:
            text += f";msgid={id}" if text else "msgid=" + id
        if self._accounts and author.account:
            account = "account=" + escape(author.account)
            text += ";" + account if text else account
        if author.bot and self.tagged:
            text += ";bot" if text else "bot"
        if author.operator and self._operators:
            text += ";draft/oper" if text else "draft/oper"
        return text

    # Lines.

    def target(self, event: Event, place: str) -> str:
        """
        Whom a line is for: a channel, or whom the author of a private message talks to.

        @param place: the room's name, or C{""}.
        """
        if place:
            return "#" + place
        return nickOf(event.peer.name) if event.peer is not None else NOBODY

    def by(
        self, event: Event, command: str, *params: str, who: Author | PersonRecord | None = None
    ) -> bytes:
        """
        One line that says what the author of an event does.

        @param who: as whom they are shown; by default as they were when they did it.
        """
        # Whatever passes is never spoken of again.
        id = event.id if event.stored else ""
        tags = joinTags(self.serverTags(event, event.author, id))
        return tags + spell(command, params, sourceOf(who or event.author, self.server))

    def notices(self, event: Event, target: str, text: str, source: str = "") -> bytes:
        """
        A sentence about an event, in as many lines as it needs.

        @param text: of one or more lines.
        @param source: by default the server.
        """
        source = source or self.server
        room = MOST_TEXT - len(f":{source} NOTICE {target} :".encode())
        pieces = _pieces(text.split("\n"), room)
        tags = joinTags("time=" + timeText(event.at) if self._timed and event.at else "")
        return b"".join([tags + spell("NOTICE", (target, piece), source) for piece in pieces])

    def otherwise(self, event: Event, place: str) -> bytes | None:
        """
        What IRC can't say: a notice of the server's, as text has it.
        """
        target = self.target(event, place)
        text = textOf(event, target)
        return None if text is None else self.notices(event, target, text)


def _pieces(lines: Iterable[str], room: int) -> Iterable[str]:
    for line in lines:
        if line.strip():
            yield from wrap(line, room)
