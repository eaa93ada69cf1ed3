"""
Commands about people: others, and how they see oneself.
"""

from __future__ import annotations

from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.frontends.commands.columns import INDENT
from twisted_chat.frontends.commands.command import Lines, Noun, Visit
from twisted_chat.frontends.commands.talk import chosen
from twisted_chat.frontends.words import dateTime, listed

PEOPLE = Noun("People")

NONE = ["* Nobody has written down rules for this network"]


@PEOPLE.command("/whois NAME", asks=True)
async def whois(visit: Visit, name: str) -> Lines:
    """
    Show what you may know of somebody
    """
    found = await visit.session.whois(name)
    if not found.account:
        kind = "a guest"
    elif found.account == found.name:
        kind = "registered"
    else:
        kind = f"registered as {found.account}"
    state = found.presence + (f": {found.away}" if found.away else "")
    lines = [f"* {found.name} is {kind}, {state}"]
    if found.rooms:
        lines.append(f"{INDENT}in {listed([*map(typedRoom, found.rooms)])} with you")
    if found.host:
        lines.append(f"{INDENT}from {found.host}")
    if found.seenAt:
        lines.append(f"{INDENT}last here at {dateTime(found.seenAt, visit.session.zone)}")
    return lines


@PEOPLE.command("/report NUMBER [WHY...]")
async def report(visit: Visit, number: str, why: str = "") -> Lines:
    """
    Show a message to the operators

    They read its text, who wrote it, and that it was you who has shown it.
    """
    conversation, seq = await chosen(visit, number)
    await visit.session.report(conversation, seq, why)
    return ["* The operators of the network are told"]


@PEOPLE.command("/rules", asks=True)
async def rules(visit: Visit) -> Lines:
    """
    Show the rules of the network
    """
    lines = visit.session.hub.terms.rules.splitlines()
    return ["* The rules of the network:", *(INDENT + line for line in lines)] if lines else NONE


@PEOPLE.command("/nick NAME...")
async def nick(visit: Visit, name: str) -> Lines:
    """
    Change your name
    """
    await visit.session.rename(name)
    return [f"* You are called {visit.session.name} now"]


@PEOPLE.command("/away [TEXT...]")
async def away(visit: Visit, text: str = "") -> Lines:
    """
    Be shown as away
    """
    await visit.session.away(text)
    return ["* You are away; /back when you are here again"]


@PEOPLE.command("/back")
async def back(visit: Visit) -> Lines:
    """
    Be here again
    """
    await visit.session.back()
    return ["* You are back"]


@PEOPLE.command("/ignore NAME")
async def ignore(visit: Visit, name: str) -> Lines:
    """
    Hear nothing of somebody

    Whoever is registered is meant under every name they take; a guest, under that name alone.
    """
    spelled = await visit.session.ignore(name)
    return [f"* You hear nothing of {spelled} any more"]


@PEOPLE.command("/unignore NAME")
async def unignore(visit: Visit, name: str) -> Lines:
    """
    Hear somebody again
    """
    await visit.session.unignore(name)
    return [f"* You hear {name} again"]


@PEOPLE.command("/ignored", asks=True)
async def ignored(visit: Visit) -> Lines:
    """
    Show whom you ignore
    """
    names = visit.session.ignoredNames()
    return [f"* You ignore {listed(names, most=len(names))}" if names else "* You ignore nobody"]


@PEOPLE.command("/quiet [on|off]")
async def quiet(visit: Visit, choice: str = "on") -> Lines:
    """
    Hide who comes and goes
    """
    await visit.session.setQuiet(choice == "on")
    if choice == "on":
        return ["* You are not told who comes and goes; /quiet off changes that"]
    return ["* You are told who comes and goes"]
