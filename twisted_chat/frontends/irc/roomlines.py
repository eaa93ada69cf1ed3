"""
How IRC clients read what happens to a room: topics, kicks, modes, lists, names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twisted_chat.domain.events import (
    Event,
    Invited,
    Kicked,
    ListChanged,
    RolesChanged,
    RoomRenamed,
    SettingsChanged,
    TopicChanged,
)
from twisted_chat.domain.masks import ACCOUNT
from twisted_chat.domain.settings import FORWARD, forwardName
from twisted_chat.domain.values import RoleChange
from twisted_chat.frontends.irc.lines import SharedLines, channel, joinTags, nickOf, sourceOf
from twisted_chat.frontends.irc.message import MOST_TEXT, spell
from twisted_chat.frontends.irc.modeletters import (
    LETTER_OF_ROLE,
    LETTER_OF_SETTING,
    LIST_MODES,
    Extban,
    modesOf,
)

MOST_MODES: Final = 6
"""How many modes stand in one line: some clients read no more of them."""

HIDDEN: Final = "*"
"""In the place of a room's password."""

_LETTER_OF_LIST: Final = {list: letter for letter, list in LIST_MODES.items()}
_MUTE: Final = "mute"

Change = tuple[str, str, str]
"""A mode that is set or taken: C{+} or C{-}, its letter, its parameter or C{""}."""


def ircMask(mask: str, mute: bool = False) -> str:
    """
    A mask of ours as IRC has it.

    @param mask: see L{twisted_chat.domain.masks}.
    @param mute: whether it is about who may not speak.
    @return: C{bea!*@*}, C{*!*@host}, C{a:bea}; with C{m:} before it for mutes.
    """
    account = mask.startswith(ACCOUNT)
    if account:
        spelled = mask.removeprefix(ACCOUNT)
    else:
        name, _, address = mask.partition("@")
        name, _, user = name.partition("!")
        spelled = f"{name or '*'}!{user or '*'}@{address or '*'}"
    # Those that were imported from elsewhere may have spaces in them.
    return str(Extban(mute, account, "?".join(spelled.split())))


def roleModes(change: RoleChange) -> Iterable[Change]:
    """
    What somebody's new role is in modes: the letter of the old one goes, that of the new one comes.
    """
    old = modesOf(change.before, change.voicedBefore)
    new = modesOf(change.role, change.voiced)
    if old == new:
        # What they were is not known; to take what is not there does no harm.
        old = "" if new else "".join(LETTER_OF_ROLE.values())
    yield from [("-", letter, nickOf(change.name)) for letter in old if letter not in new]
    yield from [("+", letter, nickOf(change.name)) for letter in new if letter not in old]


def settingModes(changes: Iterable[tuple[str, str | int | bool]]) -> Iterable[Change]:
    """
    Changes of settings in modes. Settings that have no letter are left out.
    """
    for name, value in changes:
        mode = LETTER_OF_SETTING.get(name)
        if mode is None:
            continue
        on = bool(value) != mode.inverted
        # Of the groups, B has a parameter always, and C when it is set.
        shown = ""
        if mode.group == "B":
            shown = HIDDEN
        elif mode.group == "C" and on:
            shown = channel(forwardName(value)) if name == FORWARD else str(value)
        yield "+" if on else "-", mode.letter, shown


def modeParams(changes: Sequence[Change]) -> tuple[str, ...]:
    """
    @return: the parameters of MODE that say some changes: C{("-o+v", "bea", "bea")}.
    """
    modes, sign = "", ""
    for each, letter, _ in changes:
        modes += letter if each == sign else each + letter
        sign = each
    return (modes, *(param for _, _, param in changes if param))


class RoomLines(SharedLines):
    """
    The spelling of what happens to a room. That a room is closed, opened again, or gone, is a
    notice (see L{otherwise}); to take its members out of it is for each one's own connection.
    """

    __slots__ = ()

    def event_topic(self, event: TopicChanged, place: str) -> bytes | None:
        """
        TOPIC; an empty one is none.
        """
        if event.deleted:
            return None
        return self.by(event, "TOPIC", channel(place), event.text)

    def event_kicked(self, event: Kicked, place: str) -> bytes:
        """
        KICK; without a reason the one who did it is named there (RFC 2812, section 3.2.8).
        """
        reason = event.reason or event.author.name
        return self.by(event, "KICK", channel(place), nickOf(event.name), reason)

    def event_roles(self, event: RolesChanged, place: str) -> bytes | None:
        """
        MODE with the letters of PREFIX.
        """
        changes = [each for change in event.changes for each in roleModes(change)]
        return self._modes(event, place, changes)

    def event_settings(self, event: SettingsChanged, place: str) -> bytes | None:
        """
        MODE, for those settings that have a letter.
        """
        return self._modes(event, place, list(settingModes(event.changes)))

    def event_bans(self, event: ListChanged, place: str) -> bytes | None:
        """
        MODE with the letters of lists.
        """
        mute = event.list == _MUTE
        letter = _LETTER_OF_LIST.get("ban" if mute else event.list)
        if letter is None:
            return None
        added = [entry.mask for entry in event.added]
        gone = [mask for mask in event.removed if mask not in added]
        changes = [("-", letter, ircMask(mask, mute)) for mask in gone]
        changes += [("+", letter, ircMask(mask, mute)) for mask in added]
        return self._modes(event, place, changes)

    def _modes(self, event: Event, place: str, changes: Sequence[Change]) -> bytes | None:
        """
        @return: as many MODE lines as the changes need.
        """
        source, target = sourceOf(event.author, self.server), channel(place)
        before = f":{source} MODE {target} ".encode()
        groups: list[list[Change]] = []
        for change in changes:
            group = [*groups[-1], change] if groups else [change]
            size = len(before) + len(" ".join(modeParams(group)).encode())
            if groups and len(group) <= MOST_MODES and size <= MOST_TEXT:
                groups[-1] = group
            else:
                groups.append([change])
        tags = joinTags(self.serverTags(event, event.author, event.id if event.stored else ""))
        later = joinTags(self.serverTags(event, event.author))
        lines = []
        for group in groups:
            lines.append(tags + spell("MODE", (target, *modeParams(group)), source))
            tags = later
        return b"".join(lines) or None

    def event_roomRenamed(self, event: RoomRenamed, place: str) -> bytes | None:
        """
        RENAME (channel-rename). To others a rename is a PART and a JOIN of their own, with topic
        and names: no two get the same, so it is for each one's own connection.
        """
        if "draft/channel-rename" not in self.caps:
            return None
        return self.by(event, "RENAME", channel(event.old), channel(event.new), event.reason)

    def event_invited(self, event: Invited, place: str) -> bytes | None:
        """
        INVITE: on the channel of the invited person for whoever that is, in the room for those who
        want to know of invitations (invite-notify).
        """
        if place and "invite-notify" not in self.caps:
            return None
        return self.by(event, "INVITE", nickOf(event.name), channel(event.roomName))
