"""
Commands for keeping order in a room.
"""

from __future__ import annotations

from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import ListChanged
from twisted_chat.domain.quantities import counted, durationText
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import INVITED, Room
from twisted_chat.domain.values import Mask
from twisted_chat.frontends.commands.columns import shortened
from twisted_chat.frontends.commands.command import Lines, Noun, Visit
from twisted_chat.frontends.commands.times import secondsOf
from twisted_chat.frontends.words import dateTime

MODERATION = Noun("Keeping order (WHO: a name, NAME@ADDRESS or account:NAME; * is anything)")


def _entered(changed: ListChanged, what: str) -> Lines:
    """
    What is answered when an entry was made.

    @param what: what it means for whom it is about.
    """
    return [
        f"* {entry.mask} {what}"
        + (f" for {durationText(entry.until - entry.at)}" if entry.until else "")
        for entry in changed.added
    ]


def _removed(changed: ListChanged, what: str) -> Lines:
    return [f"* {mask} {what}" for mask in changed.removed]


def _shown(visit: Visit, room: Room, title: str, *names: str) -> Lines:
    """
    Lists, as a table.
    """
    entries = [entry for name in names for entry in visit.session.entries(room, name)]
    if not entries:
        return [f"* No {title}s in {room.typed}"]
    head = f"* {counted(len(entries), title)} in {room.typed}:"
    return [head, *shortened((_row(visit, each) for each in entries), len(entries))]


def _row(visit: Visit, entry: Mask) -> tuple[str, ...]:
    left = ""
    if entry.until:
        left = f"for {durationText(entry.until - visit.clock.seconds())} more"
    made = f"by {entry.setter} at {dateTime(entry.at, visit.session.zone)}"
    return entry.mask, made, left, entry.reason


@MODERATION.command("/kick [#ROOM] NAME [REASON...]", room="current")
async def kick(visit: Visit, room: Room, name: str, reason: str = "") -> Lines:
    """
    Put somebody out; they may come back
    """
    kicked = await visit.session.kick(room, name, reason)
    return [f"* {kicked.name} is out of {room.typed}"]


@MODERATION.command("/ban [#ROOM] WHO [for TIME] [REASON...]", room="current")
async def ban(visit: Visit, room: Room, who: str, time: str = "", reason: str = "") -> Lines:
    """
    Put somebody out and keep them out

    The time is such as 10m, 2h, 7d or 1h30m; without one it is for ever.
    """
    changed = await visit.session.ban(room, who, secondsOf(time), reason)
    return _entered(changed, f"is banned from {room.typed}")


@MODERATION.command("/unban [#ROOM] WHO", room="current")
async def unban(visit: Visit, room: Room, who: str) -> Lines:
    """
    Let somebody in again
    """
    changed = await visit.session.unban(room, who)
    return _removed(changed, f"is not banned from {room.typed} any more")


@MODERATION.command("/bans [#ROOM]", room="current", asks=True)
async def bans(visit: Visit, room: Room) -> Lines:
    """
    Show who is banned, by whom and until when
    """
    return _shown(visit, room, "ban", "ban")


@MODERATION.command("/mute [#ROOM] WHO [for TIME] [REASON...]", room="current")
async def mute(visit: Visit, room: Room, who: str, time: str = "", reason: str = "") -> Lines:
    """
    Let somebody read but not speak

    Whoever has a voice loses it. Whoever keeps order in the room speaks all the same, until that
    role is taken.
    """
    before = _roleOf(visit, room, who)
    changed = await visit.session.mute(room, who, secondsOf(time), reason)
    lines = _entered(changed, f"is muted in {room.typed}")
    if before is not None and before > Role.VOICE:
        return [*lines, "  They keep order there, and speak until that is taken."]
    if before is Role.VOICE:
        back = visit.typed("voice", who)
        return [*lines, f"  Their voice is taken; {back} gives it back when they are unmuted."]
    return lines


def _roleOf(visit: Visit, room: Room, who: str) -> Role | None:
    """
    @return: C{None}: it is a mask, or somebody who is not there.
    """
    try:
        return room.role(visit.session.member(room, who).id)
    except ChatError:
        return None


@MODERATION.command("/unmute [#ROOM] WHO", room="current")
async def unmute(visit: Visit, room: Room, who: str) -> Lines:
    """
    Let somebody speak again
    """
    changed = await visit.session.unmute(room, who)
    role = _roleOf(visit, room, who)
    if role is Role.MEMBER and room.setting("moderated"):
        needed = f"is moderated: {visit.typed('voice', who)} lets them speak"
        return _removed(changed, f"is muted no more, but {room.typed} {needed}")
    return _removed(changed, f"may speak in {room.typed} again")


@MODERATION.command("/mutes [#ROOM]", room="current", asks=True)
async def mutes(visit: Visit, room: Room) -> Lines:
    """
    Show who is muted
    """
    return _shown(visit, room, "mute", "mute")


@MODERATION.command("/except [#ROOM] WHO [for TIME] [REASON...]", room="current")
async def except_(visit: Visit, room: Room, who: str, time: str = "", reason: str = "") -> Lines:
    """
    Spare somebody bans and mutes
    """
    changed = await visit.session.listMask(room, "exception", who, secondsOf(time), reason)
    return _entered(changed, f"is excepted from bans and mutes in {room.typed}")


@MODERATION.command("/unexcept [#ROOM] WHO", room="current")
async def unexcept(visit: Visit, room: Room, who: str) -> Lines:
    """
    Spare somebody no longer
    """
    changed = await visit.session.unlistMask(room, "exception", who)
    return _removed(changed, f"is not excepted in {room.typed} any more")


@MODERATION.command("/exceptions [#ROOM]", room="current", asks=True)
async def exceptions(visit: Visit, room: Room) -> Lines:
    """
    Show who is spared bans and mutes
    """
    return _shown(visit, room, "exception", "exception")


@MODERATION.command("/allow [#ROOM] WHO [for TIME] [REASON...]", room="current")
async def allow(visit: Visit, room: Room, who: str, time: str = "", reason: str = "") -> Lines:
    """
    Let somebody join a closed room

    Like /invite, but nobody is told, and it may be about many: /allow account:* for 1d
    """
    changed = await visit.session.listMask(room, "invitation", who, secondsOf(time), reason)
    return _entered(changed, f"may join {room.typed}")


@MODERATION.command("/uninvite [#ROOM] WHO", "disallow", room="current")
async def uninvite(visit: Visit, room: Room, who: str) -> Lines:
    """
    Take an invitation back
    """
    changed = await visit.session.unlistMask(room, "invitation", who)
    return _removed(changed, f"is not invited to {room.typed} any more")


@MODERATION.command("/invitations [#ROOM]", room="current", asks=True)
async def invitations(visit: Visit, room: Room) -> Lines:
    """
    Show who is invited
    """
    return _shown(visit, room, "invitation", "invitation", INVITED)
