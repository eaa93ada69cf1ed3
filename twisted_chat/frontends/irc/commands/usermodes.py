"""
What one is oneself: MODE for one's own nick.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.names import fold
from twisted_chat.domain.orders import WALLOPS
from twisted_chat.domain.values import PersonRecord
from twisted_chat.frontends.irc.facts import MOST_MODES
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.modeletters import BOT_MODE
from twisted_chat.frontends.irc.numerics import (
    ERR_NOSUCHNICK,
    ERR_UMODEUNKNOWNFLAG,
    ERR_USERSDONTMATCH,
    RPL_UMODEIS,
)
from twisted_chat.frontends.irc.talklines import NO_CTCP
from twisted_chat.frontends.irc.targets import attempt

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session
    from twisted_chat.frontends.irc.client import IrcClient

INVISIBLE: Final = "i"
OPERATOR: Final = "o"
NOTICES: Final = "s"
HEARS_WALLOPS: Final = "w"
REGISTERED_ONLY: Final = "R"
REFUSES_CTCP: Final = "T"

NOTICED: Final = {
    "b": frozenset({"ban", "lockdown", "suspend"}),
    "k": frozenset({"kill"}),
    "o": frozenset({"operator", "invitation", "reset", "reload", "export", "erase"}),
    "r": frozenset({"report"}),
    "u": frozenset({"purge", "undo", "delete", "join"}),
}
"""The letters of server notice masks, and the topics that they stand for."""


def modesOf(record: PersonRecord) -> str:
    """
    @return: the modes of somebody, as far as they are others' to know: C{"+Bi"}.
    """
    letters = {BOT_MODE: record.bot, INVISIBLE: record.invisible, OPERATOR: record.operator}
    return "+" + "".join(letter for letter, on in letters.items() if on)


def ownModes(client: IrcClient) -> list[str]:
    """
    @return: the modes of a client and its person, and what belongs to them: C{["+isw", "+bk"]}.
    """
    session = client.session
    record = session.record
    topics = session.topics
    letters = {
        BOT_MODE: record.bot,
        REGISTERED_ONLY: session.registeredOnly,
        REFUSES_CTCP: NO_CTCP in client.modes,
        INVISIBLE: record.invisible,
        OPERATOR: session.operator,
        NOTICES: session.operator and (topics is None or bool(topics - {WALLOPS})),
        HEARS_WALLOPS: session.hears(WALLOPS),
    }
    shown = "+" + "".join(letter for letter, on in letters.items() if on)
    return [shown, maskOf(session)] if NOTICES in shown else [shown]


def maskOf(session: Session) -> str:
    """
    @return: the server notices that somebody gets: C{"+bk"}.
    """
    topics = session.topics
    return "+" + "".join(
        letter for letter, each in NOTICED.items() if topics is None or each <= topics
    )


async def userMode(client: IrcClient, message: Message) -> None:
    """
    Obey MODE for a nick, which has to be one's own.
    """
    session = client.session
    target, *rest = message.params
    if not await session.bearer(target):
        client.numeric(ERR_NOSUCHNICK, target, "No such nick")
    elif fold(target) != fold(session.name):
        client.numeric(ERR_USERSDONTMATCH, "Can't change or see the modes of others")
    elif not rest:
        client.numeric(RPL_UMODEIS, *ownModes(client))
    else:
        await _change(client, message, rest[0], rest[1:])


async def _change(client: IrcClient, message: Message, text: str, params: list[str]) -> None:
    """
    Change what can be changed, and tell what was: one that is refused keeps no other from it.
    """
    session = client.session
    on, unknown = True, False
    done: list[tuple[bool, str]] = []
    for letter in text:
        if len(done) == MOST_MODES:
            # What stands behind is left out: each change is told others, or kept.
            break
        if letter in "+-":
            on = letter == "+"
        elif letter == NOTICES:
            if session.operator:
                _setNotices(session, on, params.pop(0) if params else "")
                done.append((on, letter))
        elif letter in _CHANGES:
            changes = ((letter in ownModes(client)[0]) is not on) and _may(letter, on)
            if changes and await attempt(
                client, message, _CHANGES[letter](client, on), client.nick
            ):
                done.append((on, letter))
        else:
            unknown = True
    if done:
        tellModes(client, done)
    if unknown:
        client.numeric(ERR_UMODEUNKNOWNFLAG, "Unknown MODE flag")


def tellModes(client: IrcClient, done: list[tuple[bool, str]]) -> None:
    """
    Tell a client which of its modes have changed.

    @param done: whether it is on now, and the letter.
    """
    spelled, sign = "", None
    for on, letter in done:
        if on is not sign:
            spelled += "+" if on else "-"
            sign = on
        spelled += letter
    params = [spelled]
    if (True, NOTICES) in done:
        params.append(maskOf(client.session))
    client.replies.spelled(client.inOwnName("MODE", client.nick, *params))


def _may(letter: str, on: bool) -> bool:
    # An operator one becomes by OPER alone; to ask for more is passed over in silence.
    return letter != OPERATOR or not on


async def _setWallops(client: IrcClient, on: bool) -> None:
    session = client.session
    if not session.operator:
        await session.setWallops(on)
        return
    others = session.topics
    if others is None:
        others = _allNotices()
    session.hear(others | {WALLOPS} if on else others - {WALLOPS})


def _allNotices() -> frozenset[str]:
    return frozenset().union(*NOTICED.values())


def _setNotices(session: Session, on: bool, mask: str) -> None:
    """
    Hear some server notices, or some no more.

    @param mask: letters, with a C{-} before those to leave out; C{""} for all.
    """
    before = session.topics
    topics = _allNotices() | {WALLOPS} if before is None else before
    if not mask or mask == "*":
        topics = topics | _allNotices() if on else topics - _allNotices()
    adding = on
    for letter in mask:
        if letter in "+-":
            adding = (letter == "+") is on
        elif letter in NOTICED:
            topics = topics | NOTICED[letter] if adding else topics - NOTICED[letter]
    session.hear(topics)


async def _setInvisible(client: IrcClient, on: bool) -> None:
    await client.session.setInvisible(on)


async def _setBot(client: IrcClient, on: bool) -> None:
    await client.session.setBot(on)
    await client.session.setProgram(client.device, on)


async def _setOperator(client: IrcClient, on: bool) -> None:
    client.session.operate(on)


async def _setRegisteredOnly(client: IrcClient, on: bool) -> None:
    await client.session.setRegisteredOnly(on)


async def _setRefusesCtcp(client: IrcClient, on: bool) -> None:
    client.modes = client.modes | {NO_CTCP} if on else client.modes - {NO_CTCP}
    client.session.reformat()


_CHANGES: dict[str, Callable[[IrcClient, bool], Awaitable[None]]] = {
    BOT_MODE: _setBot,
    REGISTERED_ONLY: _setRegisteredOnly,
    REFUSES_CTCP: _setRefusesCtcp,
    INVISIBLE: _setInvisible,
    OPERATOR: _setOperator,
    HEARS_WALLOPS: _setWallops,
}
