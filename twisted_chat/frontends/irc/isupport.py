"""
What RPL_ISUPPORT (005) tells of the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from twisted_chat.domain.names import MAX_NAME, MAX_ROOM
from twisted_chat.domain.settings import FORWARD, LONGEST_PASSWORD
from twisted_chat.frontends.irc.facts import (
    HOST_LENGTH,
    MOST_KICKS,
    MOST_MODES,
    MOST_TARGETS,
    USER_LENGTH,
    ServerFacts,
)
from twisted_chat.frontends.irc.message import MOST_TEXT
from twisted_chat.frontends.irc.modeletters import (
    ACCOUNT_EXTBAN,
    BOT_MODE,
    EXTBAN,
    LETTER_OF_SETTING,
    LIST_MODES,
    ROLE_PREFIXES,
    chanModes,
    prefix,
)

MOST_TOKENS: Final = 13
"""Tokens in one line: with the nick and the sentence there are the 15 parameters of RFC 2812."""

SENTENCE: Final = "are supported by this server"
"""The last parameter of each line."""

BATCH: Final = "draft/isupport"
"""The type of the batch around the lines (extended-isupport)."""

_LONGEST_NICK: Final = 64
"""Bytes."""

_SAFE_RATE: Final = ("SAFERATE", "soju.im/SAFERATE")
"""
Whoever sends much is read more slowly and not disconnected for it, so that clients need not hold
back (the draft SAFERATE, and its name in bouncers that are in use).
"""

# What a value may not have in it (Modern, "RPL_ISUPPORT (005)").
_ESCAPES: Final = str.maketrans({" ": "\\x20", "\\": "\\x5C", "=": "\\x3D"})


def _lengths(facts: ServerFacts) -> dict[str, object]:
    """
    How long things may be.
    """
    limits = facts.limits
    return {
        "AWAYLEN": limits.note,
        "CHANNELLEN": 1 + MAX_ROOM,
        "HOSTLEN": HOST_LENGTH,
        "KEYLEN": LONGEST_PASSWORD,
        "KICKLEN": limits.note,
        "LINELEN": MOST_TEXT + 2,
        "NAMELEN": limits.real,
        "NICKLEN": MAX_NAME,
        "TOPICLEN": limits.topic,
        "USERLEN": USER_LENGTH,
    }


def tokens(facts: ServerFacts) -> list[str]:
    """
    All tokens, in alphabetical order, drafts last.
    """
    limits = facts.limits
    values: dict[str, object] = {
        **_lengths(facts),
        "ACCOUNTEXTBAN": ACCOUNT_EXTBAN,
        "BOT": BOT_MODE,
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"#:{limits.rooms}",
        "CHANMODES": chanModes(),
        "CHANTYPES": "#",
        "CHATHISTORY": limits.page,
        "ELIST": "CMNTU",
        "EXCEPTS": "e",
        "EXTBAN": EXTBAN,
        "FORWARD": LETTER_OF_SETTING[FORWARD].letter,
        "INVEX": "I",
        # Letters together would share one limit (Modern, "MAXLIST parameter").
        "MAXLIST": ",".join(f"{letter}:{limits.list}" for letter in LIST_MODES),
        "MODES": MOST_MODES,
        "MONITOR": limits.watch,
        "MSGREFTYPES": "msgid,timestamp",
        "NETWORK": facts.network.translate(_ESCAPES),
        "PREFIX": prefix(),
        "SAFELIST": "",
        "STATUSMSG": "".join(ROLE_PREFIXES.values()),
        "TARGMAX": f"JOIN:,KICK:{MOST_KICKS},LIST:,MONITOR:,NAMES:,NOTICE:{MOST_TARGETS},"
        f"PART:,PRIVMSG:{MOST_TARGETS},TAGMSG:{MOST_TARGETS},USERHOST:5,WHOIS:1,WHOWAS:1",
        # By which rules names in other letters are one (see L{names.fold}).
        "UTF8MAPPING": "rfc8265",
        "UTF8ONLY": "",
        "WHOX": "",
        **dict.fromkeys(_SAFE_RATE, ""),
    }
    if facts.accountRequired:
        values["draft/ACCOUNTREQUIRED"] = ""
    if facts.icon:
        values["draft/ICON"] = facts.icon.translate(_ESCAPES)
    return [f"{name}={value}" if value != "" else name for name, value in sorted(values.items())]


def lines(every: Sequence[str], server: str) -> list[tuple[str, ...]]:
    """
    Tokens as they fit into lines.

    @param server: the name before each line.
    @return: for each line the parameters between the nick and L{SENTENCE}: at most 13, however
        long the nick is.
    """
    room = MOST_TEXT - len(f":{server} 005  :{SENTENCE}".encode()) - _LONGEST_NICK
    found: list[tuple[str, ...]] = []
    line: list[str] = []
    size = 0
    for token in every:
        length = len(token.encode()) + 1
        if line and (len(line) == MOST_TOKENS or size + length > room):
            found.append(tuple(line))
            line, size = [], 0
        line.append(token)
        size += length
    if line:
        found.append(tuple(line))
    return found


@lru_cache(maxsize=64)
def told(facts: ServerFacts, server: str) -> tuple[tuple[str, ...], ...]:
    """
    All tokens as they fit into lines: see L{lines}. Everybody who comes in is told them.
    """
    return tuple(lines(tokens(facts), server))


@lru_cache(maxsize=64)
def changed(before: ServerFacts, now: ServerFacts, server: str) -> tuple[tuple[str, ...], ...]:
    """
    L{changes} as they fit into lines.
    """
    return tuple(lines(changes(tokens(before), tokens(now)), server))


def changes(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """
    What to tell who knows the tokens of before: new and changed ones, and C{-NAME} for those that
    are gone.
    """
    names = {token.partition("=")[0] for token in now}
    gone = [name for token in before if (name := token.partition("=")[0]) not in names]
    return [token for token in now if token not in before] + ["-" + name for name in gone]
