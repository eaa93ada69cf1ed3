"""
ChanServ: rooms, as people on IRC have always asked for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import TITLES, Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.settings import SETTINGS, settingNamed
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.irc.commands.modes import rank
from twisted_chat.frontends.irc.commands.services import InChannel, Service
from twisted_chat.frontends.irc.facts import MOST_MODES
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.particular import putOut

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

CHANSERV = Service("ChanServ", "CS", "ChanServ keeps channels.")


@CHANSERV.verb("REGISTER #CHANNEL")
async def register(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Own a channel that nobody owns, and of which you are an operator
    """
    session, room = client.session, await client.session.roomCalled(words[0])
    if room.role(session.personId) is Role.OWNER:
        return [f"{channel(room.name)} is yours."]
    await session.transfer(room, client.nick)
    return [f"{channel(room.name)} is yours now."]


@CHANSERV.verb("TRANSFER #CHANNEL NICK")
async def transfer(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Give a channel to somebody else who is registered
    """
    room = await client.session.roomCalled(words[0])
    await client.session.transfer(room, words[1])
    return [f"{channel(room.name)} is now that of {words[1]}."]


async def _rank(client: IrcClient, words: list[str], role: Role, on: bool) -> Sequence[str]:
    """
    Give people a role in a channel, or take it, as MODE does: whoever is more stays that.
    """
    session, room = client.session, await client.session.roomCalled(words[0])
    place, names = channel(room.name), words[1:] or [client.nick]
    if len(names) > MOST_MODES:
        # For each the room is looked through.
        raise BadInput(why=f"At most {MOST_MODES} people at a time. Nothing was changed.")
    wanted: dict[Person, tuple[Role, bool]] = {}
    for name in names:
        person = session.member(room, name)
        now = room.role(person.id), room.hasVoiceBeside(person.id)
        wanted[person] = rank(now, role, on)
        if wanted[person] == now:
            so = f"that or more in {place} already" if on else f"no {TITLES[role]} of {place}"
            raise BadInput(why=f"{person.name} is {so}.")
    await session.giveRoles(room, [(person, *ranks) for person, ranks in wanted.items()])
    return [
        f"{person.name}: {TITLES[role if on else left]} of {place}"
        for person, (left, _) in wanted.items()
    ]


@CHANSERV.verb("OP #CHANNEL [NICK ...]")
async def op(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Make people operators of a channel
    """
    return await _rank(client, words, Role.OPERATOR, True)


@CHANSERV.verb("HALFOP #CHANNEL [NICK ...]")
async def halfop(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Make people half-operators of a channel
    """
    return await _rank(client, words, Role.HALFOP, True)


@CHANSERV.verb("VOICE #CHANNEL [NICK ...]")
async def voice(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Let people speak in a channel, whatever its modes
    """
    return await _rank(client, words, Role.VOICE, True)


@CHANSERV.verb("DEOP #CHANNEL [NICK ...]")
async def deop(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Make people operators of a channel no more
    """
    return await _rank(client, words, Role.OPERATOR, False)


@CHANSERV.verb("DEHALFOP #CHANNEL [NICK ...]")
async def dehalfop(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Make people half-operators of a channel no more
    """
    return await _rank(client, words, Role.HALFOP, False)


@CHANSERV.verb("DEVOICE #CHANNEL [NICK ...]")
async def devoice(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Take the voice from people again
    """
    return await _rank(client, words, Role.VOICE, False)


@CHANSERV.verb("ACCESS #CHANNEL [LIST]", "FLAGS")
async def access(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    See who is more than a member of a channel
    """
    session = client.session
    room = await session.roomCalled(words[0])
    views = [view for view in session.who(room) if view.role]
    return [f"{view.name}: {TITLES[view.role]}" for view in views] or ["Nobody."]


@CHANSERV.verb("INFO #CHANNEL")
async def info(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    See what a channel is about
    """
    lines: Sequence[str] = await client.session.seeRoom(words[0], _about)
    return lines


def _about(room: Room) -> list[str]:
    name, many = channel(room.name), len(room.members)
    owned = "registered" if Role.OWNER in room.roles.values() else "owned by nobody"
    lines = [f"{name}: {owned}, {many} member{'' if many == 1 else 's'}"]
    if room.topic:
        lines.append(f"Topic: {room.topic}")
    chosen = [
        f"{setting.name} {setting.show(room.setting(setting.name))}"
        for setting in SETTINGS.values()
        if room.setting(setting.name) != setting.default
    ]
    return [*lines, f"Settings: {', '.join(chosen)}"] if chosen else lines


@CHANSERV.verb("SET #CHANNEL [SETTING] [VALUE]")
async def set(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    See the settings of a channel or what one can be, or change one: history, keep and slow too
    """
    session, room = client.session, await client.session.roomCalled(words[0])
    if len(words) == 1:
        return [f"{name}: {each.show(room.setting(name))}" for name, each in SETTINGS.items()]
    setting = settingNamed(words[1])
    if len(words) == 2:
        return [f"{setting.name}: {setting.show(room.setting(setting.name))}; {setting.about}"]
    changed = await session.configure(room, setting.name, " ".join(words[2:]))
    return [f"{name} is {SETTINGS[name].show(now)} now." for name, now in changed.changes]


@CHANSERV.verb("TOPIC #CHANNEL [TEXT]")
async def topic(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Give a channel a topic; without a text, none
    """
    room = await client.session.roomCalled(words[0])
    await client.session.setTopic(room, " ".join(words[1:]))
    return [f"The topic of {channel(room.name)} is another one now."]


@CHANSERV.verb("DROP #CHANNEL #CHANNEL")
async def drop(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    End a channel with all that was said in it; give its name twice to say that you mean it
    """
    room = client.session.roomNamed(words[0])
    if words[1].lower() != words[0].lower():
        return [f"To end {channel(room.name)}, give its name twice."]
    ended = await client.session.destroy(room)
    putOut(client, room, ended.reason)
    return [f"{channel(room.name)} is gone."]


_ORDER = "kick ban unban bans mute unmute mutes invite uninvite archive unarchive"

CHANSERV.share(map(TABLE.find, _ORDER.split()), InChannel)
