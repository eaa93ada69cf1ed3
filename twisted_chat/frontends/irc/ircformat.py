"""
How IRC clients read events: each event is spelled once for all clients that have the same
capabilities.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from twisted_chat.domain.delivery import Format
from twisted_chat.frontends.irc.capabilities import SPELLING
from twisted_chat.frontends.irc.peoplelines import PeopleLines
from twisted_chat.frontends.irc.roomlines import RoomLines
from twisted_chat.frontends.irc.talklines import NO_CTCP, TalkLines

_HEEDED: Final = SPELLING | {NO_CTCP}
"""Capabilities, and what stands among them, that a format cares for."""


class IrcFormat(TalkLines, RoomLines, PeopleLines):
    """
    The spelling for one set of capabilities. See L{ircFormat}.

    C{event_KIND(event, place)} gives whole lines, with their C{\\r\\n}, or C{None} for what these
    clients are not told. C{place} is the name of a room without its sign, or C{""}: then what is
    said goes to the event's C{peer}.
    """

    __slots__ = ()


class Silent(Format):
    """
    The spelling for clients that are told of things only as each of them wants to be.
    """

    __slots__ = ()


SILENT: Final = Silent()


@lru_cache(maxsize=4096)
def ircFormat(caps: frozenset[str], server: str) -> IrcFormat:
    """
    The spelling that all clients of one sort share.

    @param caps: the capabilities that they have asked for.
    @param server: the name that the server's lines come from.
    @return: the same for the same capabilities, as far as these matter for spelling.
    """
    needed = caps & _HEEDED
    return IrcFormat(needed, server) if needed == caps else ircFormat(needed, server)
