"""
The settings of a room, as people type them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.settings import (
    LONGEST_PASSWORD,
    MOST,
    SETTINGS,
    forwardName,
    forwardTo,
    opensWith,
    sealPassword,
)

SWITCHES = [name for name, setting in SETTINGS.items() if setting.default is False]


@pytest.mark.parametrize("name", SWITCHES)
def test_switchesAreOnOrOff(name: str) -> None:
    setting = SETTINGS[name]
    for word in ("on", "ON", " yes ", "true", "1"):
        assert setting.parse(word) is True
    for word in ("off", "No", "false", "0"):
        assert setting.parse(word) is False
    for word in ("", "maybe", "2"):
        with pytest.raises(BadInput):
            setting.parse(word)
    assert (setting.show(True), setting.show(False)) == ("on", "off")


@pytest.mark.parametrize("name", ["limit", "slow"])
def test_numbersHaveBounds(name: str) -> None:
    setting = SETTINGS[name]
    for text, value in (("0", 0), ("off", 0), ("30", 30), ("30s", 30), (str(MOST), MOST)):
        assert setting.parse(text) == value
    for text in ("", "-1", "1.5", "²", str(MOST + 1), "9" * 5000, "s", "٣"):
        with pytest.raises(BadInput):
            setting.parse(text)
    assert (setting.show(30), setting.show(0)) == ("30", "off")


def test_historyIsAllJoinedNoneOrTheDefault() -> None:
    setting = SETTINGS["history"]
    for text, value in (("ALL", "all"), ("joined", "joined"), ("none", "none"), ("default", "")):
        assert setting.parse(text) == value
    with pytest.raises(BadInput):
        setting.parse("some")
    assert (setting.show(""), setting.show("all")) == ("default", "all")


def test_ofTheRoomWherePeopleComeInsteadTheNameIsShown() -> None:
    setting = SETTINGS["forward"]
    for value in ("queue", forwardTo("queue", "6ab1")):
        assert setting.show(value) == forwardName(value) == "queue"
    assert setting.show("") == "off"


def test_aPasswordIsSealedShownToNobodyAndTakenBack() -> None:
    setting = SETTINGS["password"]
    sealed = str(setting.parse("  open sesame "))
    assert "sesame" not in sealed
    assert opensWith(sealed, "open sesame")
    assert not opensWith(sealed, "")
    assert not opensWith(sealed, "Open sesame")
    assert (setting.show(sealed), setting.show("")) == ("set", "off")
    assert setting.parse("off") == ""
    for text in ("", "   ", "x" * (LONGEST_PASSWORD + 1)):
        with pytest.raises(BadInput):
            setting.parse(text)


@given(st.text(), st.text())
def test_onlyTheSamePasswordOpens(one: str, other: str) -> None:
    sealed = sealPassword(one)
    assert opensWith(sealed, one)
    same = one.encode("utf-8", "replace") == other.encode("utf-8", "replace")
    assert opensWith(sealed, other) is same
    assert sealPassword(one) != sealed


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=200))
def test_whateverIsTypedIsAValueOrRefused(name: str, text: str) -> None:
    setting = SETTINGS[name]
    try:
        value = setting.parse(text)
    except BadInput:
        return
    assert type(value) is type(setting.default)
    assert setting.show(value)


def test_aRoomsPasswordIsOneThatEveryClientCanSay() -> None:
    with pytest.raises(BadInput, match="without a comma"):
        SETTINGS["password"].parse("one,two")
