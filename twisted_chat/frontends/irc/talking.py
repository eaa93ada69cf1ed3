"""
What is said with PRIVMSG, NOTICE and TAGMSG: to whom, and in which words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from twisted_chat.domain.names import cleanLine
from twisted_chat.frontends.irc.message import clientTags
from twisted_chat.frontends.irc.modeletters import ROLE_PREFIXES
from twisted_chat.frontends.irc.styles import Span, moderate, parse
from twisted_chat.frontends.irc.talklines import CTCP, CTCP_REPLY

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient
    from twisted_chat.frontends.irc.message import Message

JUST_TALK = frozenset({"PRIVMSG", "NOTICE", "TAGMSG"})

Pairs = tuple[tuple[str, str], ...]

_ROLES: Final = {sign: role for role, sign in ROLE_PREFIXES.items()}
_SIGNS: Final = "".join(_ROLES)
_DELIMITER: Final = "\x01"
_ACTION: Final = "ACTION "


def isJustTalk(client: IrcClient, message: Message) -> bool:
    """
    Whether a message only says something in one room in which the client is, so that the next one
    need not wait until it is said. What is labelled, replies or is part of a batch is waited for.
    """
    if message.command not in JUST_TALK or len(message.params) < 2 or message.tags:
        return False
    target = message.params[0]
    if not target.startswith("#") or "," in target:
        return False
    return not client.session.busy and client.roomIn(target) is not None


class Target(Struct, frozen=True):
    """
    Whom something is for.

    @ivar name: a channel or a nick.
    @ivar atLeast: in a channel, who is less does not get it (STATUSMSG).
    """

    name: str
    atLeast: int = 0

    @property
    def isChannel(self) -> bool:
        """
        Whether it is a channel.
        """
        return self.name.startswith("#")


def readTarget(text: str) -> Target:
    """
    Read C{#room}, C{@#room} or a nick. Of several signs the one of the lowest role counts.
    """
    name = text.lstrip(_SIGNS)
    if len(name) == len(text) or not name.startswith("#"):
        return Target(text)
    return Target(name, min(_ROLES[sign] for sign in text[: -len(name)]))


class Words(Struct, frozen=True):
    """
    What is said.

    @ivar text: without formatting codes.
    @ivar styles: see L{styles<twisted_chat.frontends.irc.styles>}.
    @ivar action: whether it is what somebody does (CTCP ACTION).
    @ivar ctcp: what else one client tells another (CTCP), or C{""}; then there is no text.
    """

    text: str
    styles: tuple[Span, ...] = ()
    action: bool = False
    ctcp: str = ""

    @property
    def empty(self) -> bool:
        """
        Whether there is nothing to be seen.
        """
        return not (self.ctcp or self.text.strip())


def readWords(text: str) -> Words:
    """
    Read the text of a PRIVMSG or NOTICE.
    """
    action = False
    if text.startswith(_DELIMITER):
        text = text[1:].removesuffix(_DELIMITER)
        action = text.startswith(_ACTION)
        if not action:
            return Words("", ctcp=cleanLine(text).strip())
        text = text.removeprefix(_ACTION)
    return Words(*moderate(*parse(text)), action)


def ctcpTags(words: Words, notice: bool) -> Pairs:
    """
    CTCP as one client tells it others: see L{talklines.CTCP}.

    @param notice: whether it is an answer.
    """
    return ((CTCP_REPLY if notice else CTCP, words.ctcp),)


def tagsOf(client: IrcClient, tags: Mapping[str, str]) -> dict[str, str]:
    """
    What of a client's tags goes on to others; nothing where it has not asked for tags.
    """
    if not tags or "message-tags" not in client.caps:
        return {}
    return clientTags(tags)


Service = Callable[["IrcClient", str, bool], Awaitable[None] | None]
"""What a service does with a text: called with the client, the text, and whether it is a notice."""

SERVICES: Final[dict[str, Service]] = {}
"""By folded name, services that can be talked to: nobody can be called like that."""


SHOWN: Final[dict[str, tuple[str, str]]] = {}
"""By folded name, those of them that are shown like people: what each is called, and is for."""


def serviceHost(server: str) -> str:
    """
    @return: the host that services are shown with.
    """
    return f"services.{server}"


def serviceOf(name: str) -> Service | None:
    """
    @param name: a nick, or C{nick@server} as some clients spell it for services.
    """
    return SERVICES.get(name.partition("@")[0].lower())


def serviceCalled(name: str) -> str:
    """
    @return: the nick of a service that is shown like people; C{""} if there is none of that name.
    """
    return SHOWN.get(name.partition("@")[0].lower(), ("",))[0]
