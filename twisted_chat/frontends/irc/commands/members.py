"""
Who is in a channel: names, putting people out, asking people in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_chat.domain.errors import AlreadyInRoom, NoSuchPerson, NoSuchRoom, PersonNotInRoom
from twisted_chat.domain.person import AWAY, Person
from twisted_chat.domain.room import Room
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.lists import AT_ONCE, untilRead
from twisted_chat.frontends.irc.facts import MOST_KICKS
from twisted_chat.frontends.irc.lines import channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    ERR_TOOMANYTARGETS,
    RPL_AWAY,
    RPL_ENDOFINVITELIST,
    RPL_INVITELIST,
    RPL_INVITING,
)
from twisted_chat.frontends.irc.peoplelines import AWAY_TEXT
from twisted_chat.frontends.irc.places import endOfNames, namesLines
from twisted_chat.frontends.irc.targets import (
    attempt,
    nameIn,
    noteIn,
    refuseName,
    roomOf,
    several,
    shown,
)

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MEMBERS = Noun()


@MEMBERS.command("NAMES", asks=True)
async def names(client: IrcClient, message: Message) -> None:
    """
    See who is in channels: NAMES #ONE,#TWO. There is no list of everybody everywhere.
    """
    given = message.params[0] if message.params else ""
    told: set[str] = set()
    spent = 0

    def tell(room: Room) -> int:
        # A name has many spellings.
        if room.id in told:
            return 0
        told.add(room.id)
        namesLines(client, room)
        return len(room.members)

    for text in several(given):
        if nameIn(text) is None:
            continue
        if spent >= AT_ONCE:
            spent = 0
            await untilRead(client)
        try:
            spent += await client.session.seeRoom(text, tell)
        except NoSuchRoom:
            # There is no error reply for bad names of channels (Modern, "NAMES message").
            continue
    endOfNames(client, given or "*")


@MEMBERS.command("KICK", least=2)
async def kick(client: IrcClient, message: Message) -> None:
    """
    Put people out: KICK #CHANNEL NICK,NICK :REASON, or as many channels as nicks.
    """
    channels = [each for each in message.params[0].split(",") if each]
    nicks = [each for each in message.params[1].split(",") if each]
    if not nicks or len(channels) not in (1, len(nicks)):
        client.numeric(ERR_NEEDMOREPARAMS, "KICK", "Not enough parameters")
        return
    reason = noteIn(client, message, 2)
    if len(channels) == 1:
        channels *= len(nicks)
    pairs = dict.fromkeys(zip(channels, nicks, strict=True))
    if len(pairs) > MOST_KICKS:
        # For each the room is looked through.
        why = f"At most {MOST_KICKS} people at a time. Nobody was put out."
        client.numeric(ERR_TOOMANYTARGETS, shown(message.params[1]), why)
        return
    for text, nick in pairs:
        if nameIn(text) is None:
            refuseName(client, text)
        else:
            await attempt(client, message, _kick(client, text, nick, reason), text)


async def _kick(client: IrcClient, text: str, nick: str, reason: str) -> None:
    room = await roomOf(client, text)
    if not await client.session.bearer(nick):
        # Whoever is connected is looked for in the room once only.
        await mustBeIn(client, room, nick)
    try:
        await client.session.kick(room, nick, reason)
    except PersonNotInRoom:
        await client.session.findPerson(nick)
        raise


async def mustBeIn(client: IrcClient, room: Room, nick: str) -> Person:
    """
    Somebody who has to be in a room, and connected: otherwise they are in none, as IRC has it.
    Services know them all the same.

    @raise NoSuchPerson: nobody is called that.
    @raise PersonNotInRoom: they are not in it.
    """
    try:
        person: Person = client.session.member(room, nick)
    except PersonNotInRoom:
        await client.session.findPerson(nick)
        raise
    if not person.nodes:
        raise PersonNotInRoom(name=person.name, room=room.name)
    return person


@MEMBERS.command("INVITE")
async def invite(client: IrcClient, message: Message) -> None:
    """
    Ask somebody in: INVITE NICK #CHANNEL; or see where one is asked in oneself.
    """
    session = client.session
    if not message.params:
        for name in session.asked.values():
            client.numeric(RPL_INVITELIST, channel(name))
        client.numeric(RPL_ENDOFINVITELIST, "End of /INVITE list")
        return
    if len(message.params) < 2:
        client.numeric(ERR_NEEDMOREPARAMS, "INVITE", "Not enough parameters")
        return
    nick, text = message.params[:2]
    if nameIn(text) is None:
        refuseName(client, text)
        return
    room = await roomOf(client, text)
    try:
        invited = await session.invite(room, nick)
    except AlreadyInRoom:
        # They will be, when they come.
        if await session.bearer(nick):
            raise
        raise NoSuchPerson(name=nick) from None
    client.numeric(RPL_INVITING, invited.name, channel(room.name))
    known = session.hub.roster.people.get(invited.conversation)
    if known is not None and known.presence == AWAY:
        client.numeric(RPL_AWAY, known.name, known.away or AWAY_TEXT)


@MEMBERS.command("UNINVITE", least=2)
async def uninvite(client: IrcClient, message: Message) -> None:
    """
    Take back that somebody was asked in: UNINVITE NICK #CHANNEL.
    """
    nick, text = message.params[:2]
    if nameIn(text) is None:
        refuseName(client, text)
        return
    room = await roomOf(client, text)
    await client.session.unlistMask(room, "invitation", nick)
    client.replies.line("UNINVITE", shown(nick), channel(room.name))
