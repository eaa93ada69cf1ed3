"""
Commands for those who run the network.
"""

from __future__ import annotations

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.names import roomName
from twisted_chat.domain.quantities import counted, durationOf, durationText
from twisted_chat.domain.registry import RESET_LASTS
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.units import HOURS
from twisted_chat.frontends.commands.columns import MOST, shortened
from twisted_chat.frontends.commands.command import Lines, Noun, Visit, requireSecure
from twisted_chat.frontends.commands.talk import chosen
from twisted_chat.frontends.commands.times import secondsOf
from twisted_chat.frontends.words import dateTime, listed

OPERATORS = Noun("Running the network (its operators only)", "operators")

LEVELS = (
    "off",
    "nobody registers",
    "nobody registers, and guests can't come in",
    "only members of rooms come in, and nobody joins another room",
)
"""What the levels of a lockdown mean."""


@OPERATORS.command("/claim CODE")
async def claim(visit: Visit, code: str) -> Lines:
    """
    Become the first operator

    The server prints the code when it starts and has no operator yet. It works once, for somebody
    registered.
    """
    requireSecure(visit)
    await visit.session.claim(code)
    help = visit.typed("help")
    return [f"* You are an operator of the network now; {help} shows what you may do"]


@OPERATORS.command("/operator add|remove NAME")
async def operator(visit: Visit, choice: str, name: str) -> Lines:
    """
    Make somebody an operator, or not

    Operators of the network may do in every room what its owner may, and join every room. They
    read only the rooms that they are in.
    """
    if choice == "add":
        account = await visit.session.makeOperator(name)
        return [f"* {account.name} is an operator of the network now"]
    account = await visit.session.unmakeOperator(name)
    return [f"* {account.name} is no longer an operator"]


@OPERATORS.command("/invitation [ROOM…] [uses N] [for TIME]")
async def invitation(visit: Visit, room: str = "", n: str = "1", time: str = "") -> Lines:
    """
    Make a code to register with

    Whoever uses it comes into the rooms, whatever those ask for. A room that there is not is made
    then. Without more the code works once and for ever.
    """
    requireSecure(visit)
    session, rooms = visit.session, room.split()
    code = await session.invitation(rooms, int(n), secondsOf(time))
    told = [f"* The code, which is shown just now: {code}"]
    if unmade := [*map(typedRoom, await session.unmade(rooms))]:
        told.append(f"* Not there yet, and made when somebody comes: {listed(unmade, most=MOST)}")
    return told


@OPERATORS.command("/invitation list", asks=True)
async def invitationList(visit: Visit) -> Lines:
    """
    Show which codes there are
    """
    found = await visit.session.invitations()
    if not found:
        return ["* There are no invitations"]
    now, zone = visit.clock.seconds(), visit.session.zone
    rows = (
        (
            each.code[:8],
            counted(each.uses, "use"),
            f"for {durationText(each.until - now)} more" if each.until else "",
            f"by {each.setter} at {dateTime(each.at, zone)}",
            " ".join(map(typedRoom, each.rooms)),
        )
        for each in found
    )
    return [f"* {counted(len(found), 'invitation')}:", *shortened(rows, len(found))]


@OPERATORS.command("/invitation remove CODE")
async def invitationRemove(visit: Visit, code: str) -> Lines:
    """
    Take a code back, as given or listed
    """
    await visit.session.removeInvitation(code)
    return ["* That code works no more"]


@OPERATORS.command("/account reset NAME")
async def accountReset(visit: Visit, name: str) -> Lines:
    """
    Make a code for a lost password

    The person types it in the place of the password, once and within a day, and then sets another
    one with /password NEW.
    """
    requireSecure(visit)
    code = await visit.session.resetAccount(name)
    return [f"* For {name}, within {RESET_LASTS / HOURS:.0f} hours: {code}"]


@OPERATORS.command("/account suspend NAME [REASON...]", "suspend")
async def accountSuspend(visit: Visit, name: str, reason: str = "") -> Lines:
    """
    Let nobody use an account for now

    Its connections end at once. What it wrote stays.
    """
    account = await visit.session.suspend(name, reason)
    return [f"* {account.name} is suspended"]


@OPERATORS.command("/account unsuspend NAME", "unsuspend")
async def accountUnsuspend(visit: Visit, name: str) -> Lines:
    """
    Let it be used again
    """
    account = await visit.session.unsuspend(name)
    return [f"* {account.name} may come in again"]


@OPERATORS.command("/account erase NAME [with messages]")
async def accountErase(visit: Visit, name: str, messages: str = "") -> Lines:
    """
    End somebody's account, for good
    """
    gone = await visit.session.deleteAccountOf(name, bool(messages))
    return [f"* {name} is erased, with {counted(gone, 'message')}"]


@OPERATORS.command("/sban WHO [for TIME] [REASON...]")
async def sban(visit: Visit, who: str, time: str = "", reason: str = "") -> Lines:
    """
    Keep somebody out of the network

    WHO is a name, account:NAME, an address, a network such as 192.0.2.0/24, or NAME@HOST with the
    host that /whois shows. Whoever is connected is disconnected; operators and trusted addresses
    are spared.
    """
    entry = await visit.session.serverBan(who, secondsOf(time), reason)
    span = f" for {durationText(entry.until - entry.at)}" if entry.until else ""
    return [f"* {entry.mask} is kept out of the network{span}"]


@OPERATORS.command("/sunban WHO")
async def sunban(visit: Visit, who: str) -> Lines:
    """
    Let somebody in again
    """
    entry = await visit.session.serverUnban(who)
    return [f"* {entry.mask} may come in again"]


@OPERATORS.command("/sbans", asks=True)
async def sbans(visit: Visit) -> Lines:
    """
    Show who is kept out
    """
    entries = visit.session.serverBans()
    if not entries:
        return ["* Nobody is kept out of the network"]
    now, zone = visit.clock.seconds(), visit.session.zone
    rows = (
        (
            each.mask,
            f"by {each.setter} at {dateTime(each.at, zone)}",
            f"for {durationText(each.until - now)} more" if each.until else "",
            each.reason,
        )
        for each in entries
    )
    return [f"* {counted(len(entries), 'server ban')}:", *shortened(rows, len(entries))]


@OPERATORS.command("/kill NAME [REASON...]")
async def kill(visit: Visit, name: str, reason: str = "") -> Lines:
    """
    Disconnect somebody
    """
    spelled = await visit.session.kill(name, reason)
    return [f"* {spelled} is disconnected"]


@OPERATORS.command("/forcejoin NAME ROOM")
async def forcejoin(visit: Visit, name: str, room: str) -> Lines:
    """
    Put somebody into a room
    """
    spelled = await visit.session.forceJoin(name, room)
    return [f"* {spelled} is put into {typedRoom(roomName(room))}"]


@OPERATORS.command("/purge WHO|NUMBER TIME")
async def purge(visit: Visit, who: str, time: str) -> Lines:
    """
    Delete what somebody wrote lately

    In all rooms and in private: /purge bea 1h. Of a guest who is gone, give the number of a
    message: /purge 118 1h. /undo brings it back within a day.
    """
    session, span = visit.session, durationOf(time)
    if any(sign in who for sign in "#/") or who[0].isdigit():
        conversation, seq = await chosen(visit, who)
        gone = await session.purgeAuthor(conversation, seq, span)
    else:
        gone = await session.purge(who, span)
    if not (gone.messages or gone.remarks):
        return ["* Nothing was said in that time"]
    back = f"{visit.typed('undo')} brings {'it' if gone.messages == 1 else 'them'} back"
    return [f"* {gone.told[:1].upper()}{gone.told[1:]} deleted; {back}"]


@OPERATORS.command("/undo [ID]")
async def undo(visit: Visit, id: str = "") -> Lines:
    """
    Undo your last deed, or one of /acts
    """
    act = await visit.session.undo(id)
    if not act.left:
        return [f"* Nothing was left to undo of that: {act.kind} of {act.about}"]
    return [f"* Undone: {act.kind} of {act.about}"]


@OPERATORS.command("/acts", asks=True)
async def acts(visit: Visit) -> Lines:
    """
    Show what can be undone, for a day
    """
    found = await visit.session.acts()
    if not found:
        return ["* There is nothing to undo"]
    zone = visit.session.zone
    rows = ((act.id, dateTime(act.at, zone), act.by, act.kind, act.about) for act in found)
    return [f"* {counted(len(found), 'act')}:", *shortened(rows, len(found))]


@OPERATORS.command("/lockdown [LEVEL]")
async def lockdown(visit: Visit, level: str = "") -> Lines:
    """
    Close the doors (1 to 3) or open them

    1: nobody registers. 2: besides, guests can't come in. 3: besides, only those come in who are
    members of a room already, and nobody joins another one. Whoever is in stays. 0 opens them all;
    alone it shows how they are.
    """
    visit.session.requireOperator()
    if level:
        if level not in map(str, range(len(LEVELS))):
            raise BadInput(why="The levels are 0 (off), 1, 2 and 3.")
        await visit.session.lockdown(int(level))
    now = visit.session.hub.doorman.level
    return [f"* The lockdown is {f'{now}: ' if now else ''}{LEVELS[now]}"]


@OPERATORS.command("/wallops TEXT...")
async def wallops(visit: Visit, text: str) -> Lines:
    """
    Tell something to all operators

    Others hear it too who want to: /set wallops on.
    """
    await visit.session.wallops(text)
    return []


@OPERATORS.command("/reload")
async def reload(visit: Visit) -> Lines:
    """
    Read the settings again
    """
    return [f"* {line}" for line in await visit.session.reload()]
