"""
MODE: what the rules of a channel are, who is what in it, whom its lists are about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted_chat.domain.errors import BadInput, BadName, NoSuchRoom
from twisted_chat.domain.masks import ACCOUNT, parseMask
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.settings import FORWARD, LONGEST_PASSWORD, MOST, SETTINGS, Value
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.lists import AT_ONCE, untilRead
from twisted_chat.frontends.irc.commands.members import mustBeIn
from twisted_chat.frontends.irc.commands.usermodes import userMode
from twisted_chat.frontends.irc.facts import MOST_MODES
from twisted_chat.frontends.irc.lines import channel, nickOf
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.modeletters import (
    LIST_MODES,
    ROLE_MODES,
    SETTING_MODES,
    readExtban,
)
from twisted_chat.frontends.irc.numerics import (
    ERR_INVALIDMODEPARAM,
    ERR_NEEDMOREPARAMS,
    ERR_UNKNOWNMODE,
    RPL_BANLIST,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
    RPL_ENDOFBANLIST,
    RPL_ENDOFEXCEPTLIST,
    RPL_ENDOFINVEXLIST,
    RPL_EXCEPTLIST,
    RPL_INVEXLIST,
)
from twisted_chat.frontends.irc.roomlines import ircMask, modeParams, settingModes
from twisted_chat.frontends.irc.targets import attempt, nameIn, refuseName, roomOf, shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MODES = Noun()

MUTE: Final = "mute"

LISTED: Final = {
    "b": (RPL_BANLIST, RPL_ENDOFBANLIST, "End of channel ban list"),
    "e": (RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, "End of channel exception list"),
    "I": (RPL_INVEXLIST, RPL_ENDOFINVEXLIST, "End of channel invite exception list"),
}
"""By letter of a list, the numerics of an entry and of the end, and what is said there."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    One mode of a MODE command.

    @ivar on: whether it is to be set.
    @ivar param: its parameter; C{None} if there was none.
    """

    on: bool
    letter: str
    param: str | None


def changesIn(text: str, params: Sequence[str], most: int) -> Iterator[Change]:
    """
    Take a command apart.

    @param text: letters and signs: C{"+ov-k"}.
    @param params: what stands behind them.
    @param most: how many modes with a parameter are read; what comes behind them is left out.
    """
    left, on = list(params[:most]), True
    for letter in text:
        if letter in "+-":
            on = letter == "+"
            continue
        setting = SETTING_MODES.get(letter)
        group = setting.group if setting is not None else "D"
        takes = letter in LIST_MODES or letter in ROLE_MODES or group == "B"
        takes = takes or (group == "C" and on)
        yield Change(on, letter, left.pop(0) if takes and left else None)


@MODES.command("MODE", least=1)
async def mode(client: IrcClient, message: Message) -> None:
    """
    See or change the modes of a channel, or one's own: MODE #CHANNEL +ov-t NICK NICK.
    """
    text = message.params[0]
    if not text.startswith("#"):
        await userMode(client, message)
    elif nameIn(text) is None:
        refuseName(client, text)
    elif len(message.params) < 2:
        await client.session.seeRoom(text, lambda room: _tellModes(client, room))
    else:
        await changeModes(client, message, await roomOf(client, text))


def _tellModes(client: IrcClient, room: Room) -> None:
    """
    What a channel's modes are, and when it was made.
    """
    place = channel(room.name)
    on = [
        each
        for mode in SETTING_MODES.values()
        for each in settingModes([(mode.setting, room.setting(mode.setting))])
        if each[0] == "+"
    ]
    client.numeric(RPL_CHANNELMODEIS, place, *(modeParams(on) if on else ("+",)))
    client.numeric(RPL_CREATIONTIME, place, int(room.createdAt))


async def changeModes(client: IrcClient, message: Message, room: Room) -> None:
    """
    Change the modes of a channel as a command says, as far as the client may.
    """
    place, text, *params = message.params
    wishes = Wishes(client, message, room)
    queried: set[str] = set()
    for change in changesIn(text, params, MOST_MODES):
        letter = change.letter
        if letter in LIST_MODES and change.param is None:
            queried.add(letter)
        elif letter in LIST_MODES:
            wishes.addToList(change)
        elif letter in SETTING_MODES:
            await wishes.addSetting(change)
        elif letter in ROLE_MODES:
            await attempt(client, message, wishes.addRole(change), place)
        else:
            client.numeric(ERR_UNKNOWNMODE, letter, "is unknown mode char to me")
    await wishes.fulfil()
    for letter in LIST_MODES:
        if letter in queried:
            await _tellList(client, room, letter)


class Wishes:
    """
    What all the changes of a MODE command come to. What can't be is told as it is added.
    """

    def __init__(self, client: IrcClient, message: Message, room: Room) -> None:
        """
        @param message: the command.
        """
        self._client = client
        self._message = message
        self._room = room
        self._settings: dict[str, Value] = {}
        self._roles: dict[Person, tuple[Role, bool]] = {}
        self._added: dict[str, list[str]] = {}
        self._removed: dict[str, list[str]] = {}

    async def fulfil(self) -> None:
        """
        Change it all: the settings at once, the roles at once, and each list.
        """
        session, room = self._client.session, self._room
        if self._settings:
            await self._attempt(session.adjust(room, self._settings))
        if self._roles:
            wanted = [(person, *given) for person, given in self._roles.items()]
            await self._attempt(session.giveRoles(room, wanted))
        for name in dict.fromkeys([*self._added, *self._removed]):
            masks = self._added.get(name, ()), self._removed.get(name, ())
            await self._attempt(session.changeList(room, name, *masks))

    async def _attempt(self, doing: Awaitable[Any]) -> None:
        await attempt(self._client, self._message, doing, self._message.params[0])

    def _refuse(self, change: Change, why: str) -> None:
        param = shown(change.param or "")
        # A key is nobody else's to read, even one that will not do.
        param = "*" if change.letter == "k" else param
        place = channel(self._room.name)
        self._client.numeric(ERR_INVALIDMODEPARAM, place, change.letter, param, why)

    def _lacks(self, change: Change, what: str) -> None:
        self._client.numeric(ERR_NEEDMOREPARAMS, "MODE", f"Mode {change.letter} needs a {what}")

    # Settings.

    async def addSetting(self, change: Change) -> None:
        """
        A setting is to have another value, or its default.
        """
        mode, param = SETTING_MODES[change.letter], change.param
        if mode.group == "D":
            self._settings[mode.setting] = change.on is not mode.inverted
        elif not change.on:
            self._settings[mode.setting] = SETTINGS[mode.setting].default
        elif param is None:
            self._lacks(change, "parameter")
        elif mode.setting == FORWARD:
            await attempt(self._client, self._message, self._addForward(change, param), param)
        elif mode.group == "C":
            self._addNumber(change, mode.setting, param)
        elif _isKey(param):
            self._settings[mode.setting] = param
        else:
            why = f"A key has 1 to {LONGEST_PASSWORD} characters, and no space or comma"
            self._refuse(change, why)

    async def _addForward(self, change: Change, name: str) -> None:
        try:
            self._settings[FORWARD] = await self._client.session.forwardOf(self._room, name)
        except NoSuchRoom:
            self._refuse(change, "There is no such channel")
        except (BadInput, BadName) as refusal:
            self._refuse(change, refusal.sentence)

    def _addNumber(self, change: Change, setting: str, text: str) -> None:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
        if 0 < number <= MOST:
            self._settings[setting] = number
        else:
            self._refuse(change, f"Give a number from 1 to {MOST}")

    # Roles.

    async def addRole(self, change: Change) -> None:
        """
        Somebody is to have a role, or to have it no longer. They may have a voice beside one other
        role; of those, the higher one counts.

        @raise ChatError: nobody of that nick is there, or the channel can't be theirs.
        """
        if change.param is None:
            self._lacks(change, "nick")
            return
        session, room, role = self._client.session, self._room, ROLE_MODES[change.letter]
        person = await mustBeIn(self._client, room, change.param)
        if change.on and role is Role.OWNER and room.role(person.id) is not Role.OWNER:
            # There is one of them: another one takes the place of the first.
            await session.transfer(room, person.name)
            return
        now = room.role(person.id), room.hasVoiceBeside(person.id)
        self._roles[person] = rank(self._roles.get(person, now), role, change.on)

    # Lists.

    def addToList(self, change: Change) -> None:
        """
        A mask is to be in a list, or no longer; what was said of it last counts.
        """
        try:
            name, mask = listMask(change.letter, change.param or "")
        except BadInput:
            self._refuse(change, "Give a mask: nick!user@host, or a:account")
            return
        if change.on and mask.partition("@")[2] == self._client.serverName.lower():
            self._refuse(change, "That host stands for any that is not shown: give a nick")
            return
        here, other = self._added, self._removed
        if not change.on:
            here, other = other, here
        here.setdefault(name, []).append(mask)
        if mask in other.get(name, ()):
            other[name].remove(mask)


def _isKey(text: str) -> bool:
    return 0 < len(text) <= LONGEST_PASSWORD and text.isprintable() and not set(text) & set(" ,:")


def rank(now: tuple[Role, bool], role: Role, on: bool) -> tuple[Role, bool]:
    """
    @param now: what somebody is, and whether they have a voice beside it.
    @return: the same when a role was given or taken.
    """
    had, voiced = now
    if role is Role.VOICE and had > Role.VOICE:
        return had, on
    if on:
        return (role, voiced or had is Role.VOICE) if had < role else now
    if had is not role:
        return now
    return (Role.VOICE if voiced else Role.MEMBER), False


def listMask(letter: str, text: str) -> tuple[str, str]:
    """
    Which list, and which entry of it, a parameter of a list mode means.

    @param letter: one of L{LIST_MODES}.
    @param text: see L{readExtban}.
    @return: the name of the list, and a canonical mask.
    @raise BadInput: there is no such mask.
    """
    extban = readExtban(text)
    name = MUTE if extban.mute and letter == "b" else LIST_MODES[letter]
    return name, parseMask(ACCOUNT + extban.mask if extban.account else _full(extban.mask))


def _full(mask: str) -> str:
    """
    A mask with all its parts: C{bea} is C{bea!*@*}, C{b@host} is C{*!b@host}.
    """
    name, mark, rest = mask.partition("!")
    if not mark and "@" in mask:
        name, rest = "", mask
    user, _, host = rest.partition("@")
    return f"{name or '*'}!{user or '*'}@{host or '*'}" if mask else ""


async def _tellList(client: IrcClient, room: Room, letter: str) -> None:
    """
    The entries of a list, with who made them and when. Mutes stand among the bans.
    """
    entry, end, sentence = LISTED[letter]
    place = channel(room.name)
    names = [LIST_MODES[letter], *([MUTE] if letter == "b" else [])]
    entries = [(each, name) for name in names for each in client.session.entries(room, name)]
    for number, (each, name) in enumerate(entries, 1):
        mask = ircMask(each.mask, name == MUTE)
        setter = nickOf(each.setter) if each.setter else client.serverName
        client.numeric(entry, place, mask, setter, int(each.at))
        # Operators may allow ten thousand.
        if number % AT_ONCE == 0:
            await untilRead(client)
    client.numeric(end, place, sentence)
