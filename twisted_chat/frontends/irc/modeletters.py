"""
The letters of channel modes and what they are in a room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from twisted_chat.domain.roles import Role
from twisted_chat.domain.settings import FORWARD


@dataclass(frozen=True, slots=True)
class ModeLetter:
    """
    A mode that is a setting of a room.

    @ivar setting: the name of the setting, see L{settings.SETTINGS}.
    @ivar group: the group in CHANMODES: B takes a parameter always, C when it is set, D never.
    @ivar inverted: whether the mode is on when the setting is off.
    """

    letter: str
    setting: str
    group: str = "D"
    inverted: bool = False


SETTING_MODES: Final = {
    mode.letter: mode
    for mode in (
        ModeLetter("C", "no-requests"),
        ModeLetter("f", FORWARD, "C"),
        ModeLetter("i", "invite-only"),
        ModeLetter("k", "password", "B"),
        ModeLetter("l", "limit", "C"),
        ModeLetter("m", "moderated"),
        ModeLetter("M", "registered-speech"),
        ModeLetter("n", "outside", inverted=True),
        ModeLetter("R", "registered"),
        ModeLetter("s", "hidden"),
        ModeLetter("t", "topic-lock"),
        ModeLetter("u", "auditorium"),
        ModeLetter("U", "op-moderated"),
    )
}
"""By letter, the modes that are settings."""

LETTER_OF_SETTING: Final = {mode.setting: mode for mode in SETTING_MODES.values()}
"""The same by the setting's name; settings without a letter can't be seen by MODE."""

LIST_MODES: Final = {"b": "ban", "e": "exception", "I": "invitation"}
"""By letter, the names of a room's lists. Mutes stand in C{b} too, see L{Extban}."""

ROLE_MODES: Final = {
    "q": Role.OWNER,
    "a": Role.ADMIN,
    "o": Role.OPERATOR,
    "h": Role.HALFOP,
    "v": Role.VOICE,
}
"""By letter, the roles, the highest first."""

ROLE_PREFIXES: Final = {
    Role.OWNER: "~",
    Role.ADMIN: "&",
    Role.OPERATOR: "@",
    Role.HALFOP: "%",
    Role.VOICE: "+",
}
"""By role, what stands before a nick, the highest first."""

LETTER_OF_ROLE: Final = {role: letter for letter, role in ROLE_MODES.items()}
"""The letters by role."""


def signs(role: Role, voiced: bool) -> str:
    """
    @param voiced: whether somebody has a voice beside a higher role.
    @return: all that stands before their nick (multi-prefix).
    """
    sign = ROLE_PREFIXES.get(role, "")
    return sign + ROLE_PREFIXES[Role.VOICE] if voiced else sign


def modesOf(role: Role, voiced: bool) -> str:
    """
    @param voiced: whether somebody has a voice beside a higher role.
    @return: the letters of all that they are.
    """
    letter = LETTER_OF_ROLE.get(role, "")
    return letter + LETTER_OF_ROLE[Role.VOICE] if voiced else letter


BOT_MODE: Final = "B"
"""The user mode of bots (bot-mode)."""


def chanModes() -> str:
    """
    @return: the value of CHANMODES: lists, then the groups B, C and D.
    """
    groups = ["".join(LIST_MODES)]
    for group in "BCD":
        letters = [mode.letter for mode in SETTING_MODES.values() if mode.group == group]
        groups.append("".join(sorted(letters)))
    return ",".join(groups)


def prefix() -> str:
    """
    @return: the value of PREFIX.
    """
    return f"({''.join(ROLE_MODES)}){''.join(ROLE_PREFIXES.values())}"


# Extended bans. Names have no colon, so that no sign is needed before the letter; but the usual
# ones are taken from people who are used to them.

EXTBAN: Final = ",am"
"""The value of EXTBAN: no sign, then C{a} for an account, C{m} for whom is muted only."""
ACCOUNT_EXTBAN: Final = "a,account"
"""The value of ACCOUNTEXTBAN."""

_SIGNS: Final = "~$"
_ACCOUNTS: Final = frozenset(ACCOUNT_EXTBAN.split(","))
_MUTES: Final = frozenset({"m", "mute"})


@dataclass(frozen=True, slots=True)
class Extban:
    """
    A mask of a list as IRC knows it.

    @ivar mute: whether whom it is about may not speak, rather than not join.
    @ivar account: whether it is about an account.
    @ivar mask: an account's name, or a mask of the usual kind, C{nick!user@host}.
    """

    mute: bool
    account: bool
    mask: str

    def __str__(self) -> str:
        return ("m:" if self.mute else "") + ("a:" if self.account else "") + self.mask


def readExtban(text: str) -> Extban:
    """
    Take a mask apart: C{m:bea!*@*}, C{a:bea}, C{account:bea}, C{m:a:bea}, also with a C{~} or a
    C{$} before a letter; all else is a mask of the usual kind.
    """
    mute = account = False
    while not account:
        name, colon, rest = text.partition(":")
        if not colon:
            break
        name = name[1:] if name[:1] in tuple(_SIGNS) else name
        if name in _ACCOUNTS:
            account = True
        elif name in _MUTES and not mute:
            mute = True
        else:
            break
        text = rest
    return Extban(mute, account, text)
