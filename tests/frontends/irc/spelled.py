"""
People, events and formats for tests of how IRC clients read events.
"""

from __future__ import annotations

from typing import Any, TypeVar

from twisted_chat.domain.events import Event
from twisted_chat.domain.values import Author, PersonRecord
from twisted_chat.frontends.irc.ircformat import IrcFormat, ircFormat

SERVER = "irc.example"
AT = 1795269720.123
"""21 November 2026, 14:02 UTC."""

ALEX = Author("p-alex", "alex", "alex", user="~al", host="a.cloak")
BEA = Author("p-bea", "bea", user="~b", host="b.cloak")
NOBODY = Author("", "server")
ALEX_RECORD = PersonRecord("p-alex", "alex", "alex", "a.cloak", real="Alex A.", user="~al")
BEA_RECORD = PersonRecord("p-bea", "bea", "", "b.cloak", user="~b")

FROM_ALEX = ":alex!~al@a.cloak "
FROM_BEA = ":bea!~b@b.cloak "
TAGS = "@time=2026-11-21T14:02:00.123Z;msgid=e1;account=alex "
PASSING_TAGS = "@time=2026-11-21T14:02:00.123Z;account=alex "

E = TypeVar("E", bound=Event)


def having(*caps: str) -> IrcFormat:
    """
    How clients with some capabilities read.
    """
    return ircFormat(frozenset(caps), SERVER)


PLAIN = having()
TAGGED = having("message-tags", "server-time", "account-tag")


def event(kind: type[E], **fields: Any) -> E:
    """
    Something that Alex does in a room, unless said otherwise.
    """
    given: dict[str, Any] = {"id": "e1", "author": ALEX, "conversations": ("r",), "at": AT}
    return kind(**(given | fields))


def lines(format: IrcFormat, what: Event, place: str = "lobby") -> list[str] | None:
    """
    An event as lines without their ends; C{None} if there is nothing for these clients.
    """
    spelled = format.spell(what, place)
    if spelled is None:
        return None
    assert spelled.endswith(b"\r\n")
    return spelled.decode().split("\r\n")[:-1]
