"""
L{twisted_chat.frontends.irc.modeletters}: each letter means something that a room has.
"""

from __future__ import annotations

import pytest

from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import LISTS
from twisted_chat.domain.settings import SETTINGS
from twisted_chat.frontends.irc.modeletters import (
    LETTER_OF_ROLE,
    LETTER_OF_SETTING,
    LIST_MODES,
    ROLE_MODES,
    ROLE_PREFIXES,
    SETTING_MODES,
    Extban,
    chanModes,
    prefix,
    readExtban,
)


def test_eachModeIsASettingAListOrARole() -> None:
    assert {mode.setting for mode in SETTING_MODES.values()} <= set(SETTINGS)
    assert set(LIST_MODES.values()) == set(LISTS) - {"mute", "invited"}
    assert list(ROLE_MODES.values()) == list(ROLE_PREFIXES) == sorted(Role, reverse=True)[:-1]
    letters = [*SETTING_MODES, *LIST_MODES, *ROLE_MODES]
    assert len(set(letters)) == len(letters)


def test_letterAndSettingLeadToEachOther() -> None:
    assert all(LETTER_OF_SETTING[mode.setting] == mode for mode in SETTING_MODES.values())
    assert all(ROLE_MODES[letter] == role for role, letter in LETTER_OF_ROLE.items())


def test_onlySwitchesAreWithoutParameter() -> None:
    for mode in SETTING_MODES.values():
        assert (mode.group == "D") == isinstance(SETTINGS[mode.setting].default, bool)
    assert SETTING_MODES["n"].inverted
    assert chanModes() == "beI,k,fl,CMRUimnstu"
    assert prefix() == "(qaohv)~&@%+"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("bea!*@*", Extban(False, False, "bea!*@*")),
        ("m:bea!*@*", Extban(True, False, "bea!*@*")),
        ("a:bea", Extban(False, True, "bea")),
        ("account:bea", Extban(False, True, "bea")),
        ("~a:bea", Extban(False, True, "bea")),
        ("$m:~account:bea", Extban(True, True, "bea")),
        ("mute:bea", Extban(True, False, "bea")),
        ("m:m:bea", Extban(True, False, "m:bea")),
        ("x:bea", Extban(False, False, "x:bea")),
        ("*!*@2001:db8::7", Extban(False, False, "*!*@2001:db8::7")),
        ("a:m:bea", Extban(False, True, "m:bea")),
        ("", Extban(False, False, "")),
        (":", Extban(False, False, ":")),
    ],
)
def test_anExtendedBanIsTakenApart(text: str, read: Extban) -> None:
    assert readExtban(text) == read
    assert readExtban(str(read)) == read
