"""
The settings that a room has.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.domain.names import roomName
from twisted_chat.domain.quantities import durationOf, durationText
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.units import HOURS

Value = str | int | bool

_SWITCH = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}

MOST = 1_000_000
"""No number in a setting is above this."""

LONGEST_PASSWORD = 128

FORWARD = "forward"
"""The name of the setting that says where people come instead."""


def _switch(text: str) -> bool:
    chosen = _SWITCH.get(text.strip().lower())
    if chosen is None:
        raise BadInput(why=f"Say on or off, not {text.strip() or 'nothing'}.")
    return chosen


def _number(text: str) -> int:
    word = text.strip().lower().removesuffix("s")
    if word == "off":
        return 0
    if not (word.isascii() and word.isdigit() and len(word) < 8 and int(word) <= MOST):
        raise BadInput(why=f"Give a number up to {MOST}, or off.")
    return int(word)


def _history(text: str) -> str:
    word = text.strip().lower()
    if word not in ("all", "joined", "none", "default"):
        raise BadInput(why="Say all, joined, none or default.")
    return "" if word == "default" else word


def _keep(text: str) -> int:
    if text.strip().lower() in ("off", "for ever", "forever"):
        return 0
    seconds = durationOf(text)
    if seconds < 1 * HOURS:
        raise BadInput(why="What is said is kept for at least 1 hour.")
    return int(seconds)


def _password(text: str) -> str:
    if text.strip().lower() == "off":
        return ""
    if not text.strip() or len(text) > LONGEST_PASSWORD:
        raise BadInput(why=f"Give a password of 1 to {LONGEST_PASSWORD} characters, or off.")
    if "," in text:
        # RFC 2812, section 3.2.1: it parts the keys of several channels.
        raise BadInput(why="Give a password without a comma: IRC clients can't say one.")
    return sealPassword(text.strip())


def _forward(text: str) -> str:
    if text.strip().lower() == "off":
        return ""
    try:
        return roomName(text)
    except ChatError as refusal:
        raise BadInput(why=refusal.text) from None


def forwardTo(name: str, id: str) -> str:
    """
    The value of the setting that says where people come instead: the room's name of now, which
    people are shown, and its id, since the name may become that of another room.
    """
    return f"{name} {id}"


def forwardName(value: Value) -> str:
    """
    The name in the value of that setting; C{""} if there is none.
    """
    return str(value).partition(" ")[0]


def forwardId(value: Value) -> str:
    """
    The id in it; C{""} if it was set before there were ids in it.
    """
    return str(value).partition(" ")[2]


def sealPassword(password: str, salt: bytes | None = None) -> str:
    """
    A room's password in the form in which it is kept: whoever reads the log can't read it there.

    It is shared among many, and checked at every joining, so one round has to do; what guards
    accounts is in L{twisted_chat.passwords}.
    """
    salt = os.urandom(12) if salt is None else salt
    digest = hashlib.sha256(salt + password.encode("utf-8", "replace")).digest()
    return f"{salt.hex()}:{digest.hex()}"


def opensWith(sealed: str, password: str) -> bool:
    """
    Whether a room's password is right, in a time that tells nothing.
    """
    salt = bytes.fromhex(sealed.partition(":")[0])
    return hmac.compare_digest(sealPassword(password, salt), sealed)


@dataclass(frozen=True, slots=True)
class RoomSetting:
    """
    One setting of a room.

    @ivar parse: makes its value of what somebody typed, or raises L{BadInput}.
    @ivar about: what it does, for people to read.
    """

    name: str
    default: Value
    parse: Callable[[str], Value]
    about: str

    def show(self, value: Value) -> str:
        """
        The value as people read it; never a password.
        """
        if self.name == "password":
            return "set" if value else "off"
        if self.name == "keep" and value:
            return durationText(int(value))
        if self.name == FORWARD:
            value = typedRoom(forwardName(value))
        if isinstance(value, bool):
            return "on" if value else "off"
        return str(value) if value else ("default" if self.name == "history" else "off")


SETTINGS: dict[str, RoomSetting] = {
    setting.name: setting
    for setting in (
        RoomSetting("topic-lock", False, _switch, "only half-operators and up set the topic"),
        RoomSetting("invite-only", False, _switch, "only who is invited may join"),
        RoomSetting("password", "", _password, "who joins must give it"),
        RoomSetting("moderated", False, _switch, "only who has a voice may speak"),
        RoomSetting("hidden", False, _switch, "only members see that the room exists"),
        RoomSetting("limit", 0, _number, "how many members there may be"),
        RoomSetting(FORWARD, "", _forward, "the room into which people come who may not join"),
        RoomSetting("slow", 0, _number, "seconds between two messages of one person"),
        RoomSetting("registered", False, _switch, "only registered people may join"),
        RoomSetting("registered-speech", False, _switch, "only registered people and voices may "
            "speak"),
        RoomSetting("auditorium", False, _switch, "half-operators and up alone see who has no "
            "voice; what these say is heard by all"),
        RoomSetting("op-moderated", False, _switch, "half-operators and up alone read who has no "
            "voice; that is not kept"),
        RoomSetting("no-requests", False, _switch, "clients may not ask each other anything"),
        RoomSetting("keep", 0, _keep, "how long what is said is kept: 90 days, or off for ever"),
        RoomSetting("outside", False, _switch, "people who are not in the room may speak in it"),
        RoomSetting(
            "history", "", _history, "who may read what was said: all, joined (from one's own "
            "joining on), none (nothing is kept); default: all in open rooms, joined in others",
        ),
    )
}  # fmt: skip
"""All settings of rooms by name."""


def settingNamed(name: str) -> RoomSetting:
    """
    A setting by its name.

    @raise BadInput: there is none.
    """
    setting = SETTINGS.get(name.lower())
    if setting is None:
        raise BadInput(why=f"There is no such setting. There are: {', '.join(SETTINGS)}.")
    return setting
