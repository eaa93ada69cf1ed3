"""
Commands about being in rooms.
"""

from __future__ import annotations

from twisted_chat.domain.errors import BadName, ChatError, NoCurrentRoom, NoSuchRoom, NotInRoom
from twisted_chat.domain.membership import Entrance
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.records import RoomListing
from twisted_chat.domain.roles import TITLES, Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.frontends.commands.columns import MOST, shortened
from twisted_chat.frontends.commands.command import Lines, Noun, Stay, Visit
from twisted_chat.frontends.commands.talk import isCurrent, receipt
from twisted_chat.frontends.text import arrivalText
from twisted_chat.frontends.words import MOST_NAMES, listed

ROOMS = Noun("Rooms")


def entranceLines(visit: Visit, entrance: Entrance) -> Lines:
    """
    What somebody reads who has come into a room, which is the current one by then.
    """
    return _arrival(visit, entrance.room) + visit.spellPage(entrance.page, entrance.room.id)


def _arrival(visit: Visit, room: Room) -> Lines:
    others, total = visit.session.company(room, MOST_NAMES)
    lines = [f"* {arrivalText(room.typed, others, total, room.topic)}"]
    if room.archived:
        lines.append(f"* {room.typed} is archived: it can only be read")
    return lines


def turnTo(visit: Stay, room: Room) -> Lines:
    """
    Make a room that one is in the current one.
    """
    visit.enter(room)
    return _arrival(visit, room)


@ROOMS.command("/join ROOM [PASSWORD...]", "j")
async def join(visit: Stay, room: str, password: str = "") -> Lines:
    """
    Enter a room; it is made if there is none

    You may be in several rooms at once. What you type is said in the one that you entered last; a
    room that you are in already becomes the current one again.
    """
    known = visit.session.roomIfIn(room)
    if known is not None:
        return turnTo(visit, known)
    lines: list[str] = []
    before: list[Room] = []

    def sentOn(refusal: ChatError) -> None:
        before.extend(visit.session.rooms)
        lines.append(f"* {refusal.text}")

    entrance = await visit.session.comeInto(room, password, sentOn)
    if entrance.room in before:
        # By a former name of it, or sent on.
        return lines + turnTo(visit, entrance.room)
    visit.enter(entrance.room)
    # Where somebody was sent on, the password was for another room.
    if password and not lines and not entrance.room.setting("password"):
        lines.append(
            f"* {entrance.room.typed} has no password; what is behind its name was not used"
        )
    return lines + entranceLines(visit, entrance)


@ROOMS.command("/switch ROOM")
async def switch(visit: Stay, room: str) -> Lines:
    """
    Talk in another room that you are in
    """
    return turnTo(visit, await visit.session.roomCalled(room))


@ROOMS.command("/leave [#ROOM] [TEXT...]", "part")
async def leaveNamed(visit: Stay, room: str = "", text: str = "") -> Lines:
    """
    Leave the room, with a word or none

    The name of another room that you are in, and nothing else, leaves that one.
    """
    leaving, text = await _meant(visit, room, text)
    return await leave(visit, leaving, text)


async def leave(visit: Stay, room: Room, text: str = "") -> Lines:
    """
    Leave a room that one is in; if it is the current one, turn to another one.
    """
    current = isCurrent(visit, room.id)
    await visit.session.leave(room, text)
    return [f"* You have left {room.typed}", *(turnAway(visit, room.id) if current else ())]


async def _meant(visit: Visit, room: str, text: str) -> tuple[Room, str]:
    """
    Which room is to be left, and the word for it. Whoever types C{/leave dev} and is in dev, or
    knows of it, does not mean to leave another room with the word "dev".

    @raise NotInRoom: there is a room of that name, in which they are not.
    """
    if room:
        return await visit.session.roomCalled(room), text
    if len(text.split()) == 1:
        try:
            return await visit.session.roomCalled(text), ""
        except BadName:
            pass
        except NotInRoom as refusal:
            await _requireNone(visit, text, refusal)
    if visit.room is None:
        raise NoCurrentRoom()
    return visit.room, text


async def _requireNone(visit: Visit, text: str, refusal: NotInRoom) -> None:
    """
    @param text: what was typed.
    @param refusal: that somebody is not in a room.
    @raise NotInRoom: they may know that it is there.
    """
    name = str(refusal.fields["room"])
    try:
        await visit.session.seeRoom(name, lambda room: None)
    except NoSuchRoom:
        return
    if visit.room is not None:
        here = visit.room.typed
        refusal.fields["remedy"] = f"To leave {here} with that word: /leave #{here} {text.strip()}"
    raise refusal


def turnAway(visit: Stay, gone: str) -> Lines:
    """
    When the room that was the current one is gone, make another one the current one.

    @param gone: its id.
    """
    others = [room for room in visit.session.rooms if room.id != gone]
    if others:
        return turnTo(visit, others[-1])
    visit.enter(None)
    return []


@ROOMS.command("/rooms [WORD]", asks=True)
async def rooms(visit: Visit, word: str = "") -> Lines:
    """
    Show the rooms that there are

    With a word only those that have it in their name or topic.
    """
    mine = {room.id for room in visit.session.rooms}
    wanted = word.casefold().lstrip("#")
    found = [
        listing
        for listing in await visit.session.listRooms(counted=False)
        if not wanted or wanted in f"{listing.name} {listing.topic}".casefold()
    ]
    if not found:
        return ["* There is no such room"]
    rows = (
        (typedRoom(each.name), f"{each.members:,}", _state(each, each.id in mine), each.topic)
        for each in found
    )
    head = f"* {counted(len(found), 'room')}: name, members, state, topic"
    return [head, *shortened(rows, len(found), right=(1,))]


def _state(room: RoomListing, joined: bool) -> str:
    holds = {"joined": joined, "hidden": room.hidden, "archived": room.archived}
    return ", ".join(word for word in holds if holds[word])


@ROOMS.command("/who [ROOM]", room="current", asks=True)
async def who(visit: Visit, room: Room) -> Lines:
    """
    Show who is in the room, and what they are
    """
    rows = []
    for view in visit.session.who(room):
        title = "" if view.role is Role.MEMBER else TITLES[view.role]
        state = "" if view.presence == "online" else view.presence
        if view.away:
            state += f": {view.away}"
        kind = "" if view.account else "guest"
        rows.append((view.name, title, kind, state))
    head = f"* {counted(len(rows), 'member')} of {room.typed}:"
    return [head, *shortened(rows, len(rows))]


@ROOMS.command("/names [ROOM]", room="current", asks=True)
async def names(visit: Visit, room: Room) -> Lines:
    """
    Show just the names of who is here now
    """
    here = [view.name for view in visit.session.who(room) if view.presence != "offline"]
    return [f"* In {room.typed} now: {listed(here, most=MOST)}"]


@ROOMS.command("/topic [#ROOM] [TEXT...]", room="current")
async def topic(visit: Visit, room: Room, text: str = "") -> Lines:
    """
    Show the topic, or set it

    A single - takes the topic away.
    """
    if not text:
        if not room.topic:
            return [f"* {room.typed} has no topic"]
        return [f"* Topic of {room.typed}: {room.topic} (set by {room.topicBy})"]
    changed = await visit.session.setTopic(room, "" if text.strip() == "-" else text)
    if not changed.text:
        return [f"* {room.typed} has no topic now"]
    return [f"* Topic of {room.typed} now: {changed.text}", *receipt(visit, changed)]


@ROOMS.command("/invite [#ROOM] NAME", room="current")
async def invite(visit: Visit, room: Room, name: str) -> Lines:
    """
    Ask somebody into the room

    Where the room is invite-only or has a password, an operator's word lets them in, once,
    within seven days.
    """
    invited = await visit.session.invite(room, name)
    if await visit.session.bearer(invited.name):
        return [f"* {invited.name} is invited to {room.typed}"]
    return [f"* {invited.name} is invited to {room.typed}, but is not here to read it"]
