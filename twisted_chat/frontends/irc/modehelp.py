"""
What the letters of modes stand for, for people to read.
"""

from __future__ import annotations

import re
from typing import Final

from twisted_chat.domain.roles import TITLES
from twisted_chat.domain.settings import SETTINGS
from twisted_chat.frontends.irc.modeletters import (
    BOT_MODE,
    ROLE_MODES,
    ROLE_PREFIXES,
    SETTING_MODES,
    ModeLetter,
)

_LISTS: Final = (
    "+b MASK: keeps somebody out; m:MASK lets them read but not speak; a:ACCOUNT is an account's",
    "+e MASK: spares somebody bans and mutes",
    "+I MASK: lets somebody join a closed channel",
)

_PARAMETERS: Final = {"k": " PASSWORD", "l": " NUMBER", "f": " #CHANNEL"}


def _about(mode: ModeLetter) -> str:
    if mode.inverted:
        return "only people in the channel may speak in it"
    # What a setting can be does not help anybody who types a letter.
    return re.split("[;:]", SETTINGS[mode.setting].about)[0].replace("the room", "the channel")


CHANNEL_MODES: Final = (
    *_LISTS,
    *(
        f"+{mode.letter}{_PARAMETERS.get(mode.letter, '')}: {_about(mode)}"
        for mode in SETTING_MODES.values()
    ),
    *(
        f"+{letter} NICK: {TITLES[role]}, shown as {ROLE_PREFIXES[role]}NICK"
        for letter, role in ROLE_MODES.items()
    ),
)
"""The modes of channels, a line for each."""

OWN_MODES: Final = (
    f"+{BOT_MODE}: you are a program",
    "+i: who shares no channel with you does not find you",
    "+o: you are an operator of the network; only -o can be typed",
    "+R: only registered people, and whom you write to or ACCEPT, can write to you in private",
    "+s: operators of the network are told what others do: +s +bkoru",
    "+T: nobody sends you CTCP in private",
    "+w: you hear WALLOPS",
)
"""The modes of oneself, a line for each."""
