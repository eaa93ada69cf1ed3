"""
Who may do what in a room. Nobody else decides about it.

C{require...} and C{may...} raise what people read who may not; C{is...} and C{sees...} only tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import ceil

from twisted_chat.domain import errors
from twisted_chat.domain.masks import Subject
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.roles import Role, titled
from twisted_chat.domain.room import INVITED, Room
from twisted_chat.domain.settings import FORWARD, opensWith

_PLURALS = {
    Role.VOICE: "people with a voice",
    Role.HALFOP: "half-operators",
    Role.OPERATOR: "operators",
    Role.ADMIN: "admins",
    Role.OWNER: "the owner",
}
_REGISTER = "/register makes you one."
_DONE = {"mute": "muted", "ban": "banned"}


def require(room: Room, person: str, role: Role) -> None:
    """
    Somebody must be at least this in the room, and be in it; operators of the network need not be.

    @raise errors.NotInRoom: they are not in it.
    @raise errors.NotAllowed: they are less.
    """
    if person not in room.operators:
        requireMember(room, person)
    requireRole(room, person, role)


def requireRole(room: Room, person: str, role: Role) -> None:
    """
    Somebody must be at least this in the room, whether they are in it or not.

    @raise errors.NotAllowed: they are less.
    """
    if room.power(person) < role:
        who = _PLURALS[role] + (" and up" if role in (Role.VOICE, Role.HALFOP) else "")
        raise errors.NotAllowed(who=who, room=room.name)


def maySucceed(room: Room, guest: str, account: str, subject: Subject, now: float) -> None:
    """
    Whether an account may be from now on what a guest is in a room, who goes on as that account.
    Where the account is known there already, what it is itself holds.

    @param guest: the guest's id.
    @param account: the account's id.
    @param subject: the guest, going on as the account.
    @raise errors.NotAllowed: it may not, or the guest is nothing there.
    """
    requireMember(room, guest)
    known = account in room.members or account in room.roles or account in room.faces.values()
    if known or room.role(guest) is Role.MEMBER or not _isWelcome(room, subject, now):
        raise errors.NotAllowed(who="newcomers with a role", room=room.name)


def _isWelcome(room: Room, subject: Subject, now: float) -> bool:
    if room.listed("exception", subject, now):
        return True
    return not (room.listed("ban", subject, now) or room.listed("mute", subject, now))


def requireMember(room: Room, person: str) -> None:
    """
    @raise errors.NotInRoom: somebody is not in the room.
    """
    if person not in room.members:
        raise errors.NotInRoom(room=room.name)


def requireAbove(room: Room, person: str, target: str, name: str) -> None:
    """
    Somebody must stand above another to act against them; owners may act against each other, and
    so may operators.

    @raise errors.Outranked: they do not.
    """
    mine, theirs = room.power(person), room.role(target)
    equals = mine is theirs and mine in (Role.OPERATOR, Role.OWNER)
    if mine <= theirs and not equals:
        raise errors.Outranked(name=name, title=titled(theirs), room=room.name)


def requireOpen(room: Room) -> None:
    """
    @raise errors.MayNotSpeak: the room is archived.
    """
    if room.archived:
        raise errors.MayNotSpeak(room=room.name, why="it is archived, and can only be read")


def mayBeIn(room: Room, person: str) -> None:
    """
    Whether somebody may be in a room at all, however they come there.

    @raise errors.MayNotEnter: it is the room of the network's operators, and they are none.
    """
    if room.isOperatorsRoom and person not in room.operators:
        why = "only operators of the network may"
        raise errors.MayNotEnter(room=room.name, cause="operators", why=why)


def mayBeAsked(room: Room, name: str, isOperator: bool) -> None:
    """
    Whether somebody may be asked into a room, as far as it is theirs to come.

    @param isOperator: whether they are an operator of the network.
    @raise errors.BadInput: it is those operators' room.
    """
    if room.isOperatorsRoom and not isOperator:
        why = f"{name} is no operator of the network, and {room.typed} is for those alone."
        raise errors.BadInput(why=why)


def mayEnter(
    room: Room,
    person: str,
    subject: Subject,
    password: str,
    now: float,
    coming: Collection[str] = (),
) -> None:
    """
    Whether somebody may join.

    @param password: what they gave as the room's password; C{""} if nothing.
    @param coming: the ids of others who are about to be members.
    @raise errors.MayNotEnter: they may not; it says why.
    """
    mayBeIn(room, person)
    if room.power(person) >= Role.OPERATOR or room.listed(INVITED, subject, now):
        return

    def refuse(cause: str, why: str, remedy: str = "") -> errors.MayNotEnter:
        forward = room.setting(FORWARD)
        fields = {"room": room.name, "cause": cause, "why": why, "remedy": remedy}
        return errors.MayNotEnter(**fields, forward=forward)

    excepted = room.listed("exception", subject, now)
    if not excepted and (ban := room.listed("ban", subject, now)):
        raise refuse("ban", "you are banned" + (f" ({ban.reason})" if ban.reason else ""))
    if room.setting("registered") and not subject.account:
        raise refuse("registered", "only registered people may", _REGISTER)
    allowed = room.listed("invitation", subject, now)
    if room.setting("invite-only") and not allowed:
        raise refuse("invite", "you need an invitation from somebody inside")
    sealed = str(room.setting("password"))
    if sealed and not allowed and not opensWith(sealed, password):
        why = "the password is wrong" if password else "it needs a password"
        raise refuse("password", why, f"Type /join {room.typed} PASSWORD.")
    limit = room.setting("limit")
    if limit and len(room.members) + sum(id not in room.members for id in coming) >= int(limit):
        raise refuse("limit", "it is full")


def mayKnow(room: Room, person: str) -> None:
    """
    Whether somebody may know that there is a room, and who is in it.

    @raise errors.NoSuchRoom: as if there were none.
    """
    inside = person in room.members or person in room.operators
    if room.setting("hidden") and not inside:
        raise errors.NoSuchRoom(room=room.name)


def isSeen(room: Room, person: str) -> bool:
    """
    Whether all who are in a room see that somebody is there, comes and goes.
    """
    return not room.auditorium or room.role(person) >= Role.VOICE


def seesAll(room: Room, person: str) -> bool:
    """
    Whether somebody sees all who are in a room.
    """
    return not room.auditorium or room.power(person) >= Role.HALFOP


def membersSeen(room: Room, person: str) -> Iterable[str]:
    """
    The members of a room whom somebody sees there, in the order of their joining.
    """
    if seesAll(room, person):
        return room.members
    return [id for id in room.members if id == person or isSeen(room, id)]


def mayAct(room: Room, person: str, subject: Subject, now: float) -> None:
    """
    Whether somebody may take part in the talk at all: speak, edit, react.

    @raise errors.MayNotSpeak: they may not; it says why.
    """
    requireOpen(room)
    if person not in room.members and not room.setting("outside"):
        raise errors.NotInRoom(room=room.name)
    if room.power(person) >= Role.VOICE:
        return
    if room.moderated:
        raise errors.MayNotSpeak(room=room.name, why="it is moderated, and you have no voice")
    if room.registeredSpeech and not subject.account:
        why = "only registered people may"
        raise errors.MayNotSpeak(room=room.name, why=why, remedy=_REGISTER)
    # Whoever is banned is put out a moment later, and says nothing more until then.
    for name in ("mute", "ban"):
        if room.listed(name, subject, now) and not room.listed("exception", subject, now):
            raise errors.MayNotSpeak(room=room.name, why=f"you are {_DONE[name]}")


def isSilenced(room: Room, person: str, subject: Subject, now: float) -> bool:
    """
    Whether somebody is muted, or about to be put out. What they are called, and what they say of
    themselves, is read by all who are there.
    """
    if room.power(person) >= Role.VOICE or room.listed("exception", subject, now):
        return False
    return any(room.listed(name, subject, now) is not None for name in ("mute", "ban"))


def leastHearer(room: Room, person: str) -> Role:
    """
    For whom it is what somebody says in a room: for members of this role and above.
    """
    screened = room.screens and room.power(person) < Role.VOICE
    return Role.HALFOP if screened else Role.MEMBER


def hearers(room: Room, author: str, atLeast: int) -> set[str]:
    """
    Who hears what somebody says in a room that is not for all of its members.

    @param author: their id; they hear themselves.
    @param atLeast: for whom they have said it.
    @return: ids, those of people too who are not there now; none, if it is for all members.
    """
    least = max(atLeast, leastHearer(room, author))
    return room.holders(Role(least)) | {author} if least > Role.MEMBER else set()


def witnesses(room: Room, person: str) -> set[str]:
    """
    Who is told of the coming and going of somebody whom not all members see.

    @return: ids, those of people too who are not there now.
    """
    return {*room.holders(Role.HALFOP), *room.operators, person}


def mayBeHeard(room: Room, person: str) -> None:
    """
    Whether somebody may do what all members see, and those who come later.

    @raise errors.MayNotSpeak: what they say is for few.
    """
    if leastHearer(room, person) > Role.MEMBER:
        why = "only its operators are shown what you do there"
        raise errors.MayNotSpeak(room=room.name, why=why)


def isHeard(room: Room, person: str, subject: Subject, now: float) -> bool:
    """
    Whether all members would be shown what somebody says. Else what they give as the reason of
    their going is not told there either.
    """
    try:
        mayAct(room, person, subject, now)
        mayBeHeard(room, person)
    except errors.ChatError:
        return False
    return True


def mayAsk(room: Room) -> None:
    """
    Whether clients may ask each other something in the room.

    @raise errors.MayNotSpeak: not there.
    """
    if room.setting("no-requests"):
        raise errors.MayNotSpeak(room=room.name, why="clients may not be asked anything in it")


def notTooSoon(room: Room, person: str, speaking: bool, now: float) -> None:
    """
    Whether somebody has waited long enough, where the room is in slow mode.

    @param speaking: whether something that they say, by any connection, has no place yet.
    @raise errors.SlowDown: not yet.
    """
    if room.slow and room.power(person) < Role.VOICE:
        last = now if speaking else room.lastSpoke.get(person, float("-inf"))
        if last + room.slow > now:
            wait = counted(ceil(last + room.slow - now), "more second")
            raise errors.SlowDown(room=room.name, wait=wait)


def readableFrom(room: Room, person: str) -> int:
    """
    The lowest seq that somebody may read of what was said in a room: the one rule for history,
    search, resume, files and every wire.

    @raise errors.MayNotRead: nothing at all.
    """
    joined = room.members.get(person)
    if joined is None:
        raise errors.MayNotRead(room=room.name, why="you are not in it")
    if room.isOperatorsRoom and person not in room.operators:
        raise errors.MayNotRead(room=room.name, why="you are no operator of the network")
    history = room.history
    if history == "none":
        raise errors.MayNotRead(room=room.name, why="nothing is kept there")
    return joined + 1 if history == "joined" else 1
