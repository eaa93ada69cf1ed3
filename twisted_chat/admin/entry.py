"""
Orders about who may come in: invitations, server bans, the lockdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twisted_chat.admin.desk import Desk
from twisted_chat.admin.order import Row, Rows
from twisted_chat.domain.doorman import LOCKDOWN, MEMBERS, NO_NEW, REGISTERED
from twisted_chat.domain.masks import ACCOUNT
from twisted_chat.domain.official import Official
from twisted_chat.domain.records import Invitation
from twisted_chat.domain.values import Mask

SHOWN: Final = 8
"""How many characters of an invitation's hash tell it from others."""

LEVELS: Final = {
    0: "the doors are open",
    NO_NEW: "nobody registers",
    REGISTERED: "only registered people come in",
    MEMBERS: "only members of rooms come in, and nobody joins another one",
}
"""What the levels of the lockdown mean."""


def _invitation(invitation: Invitation) -> Row:
    return {
        "code": invitation.code[:SHOWN],
        "rooms": list(invitation.rooms),
        "uses": invitation.uses,
        "until": invitation.until,
        "by": invitation.setter,
        "at": invitation.at,
    }


async def invitations(desk: Desk, by: Official) -> Rows:
    """
    The invitations that can be used still. Of their codes nobody knows more than the hashes.
    """
    for invitation in await desk.hub.registry.invitations():
        yield _invitation(invitation)


async def invite(
    desk: Desk, by: Official, rooms: Sequence[str] = (), uses: int = 1, seconds: float = 0.0
) -> Rows:
    """
    Let people register.
    """
    code = await desk.hub.registry.invite(by, rooms, uses, seconds)
    yield {
        "code": code,
        "uses": uses,
        "until": desk.now + seconds if seconds else 0.0,
        "unmade": await desk.hub.registry.unmade(rooms),
    }


async def uninvite(desk: Desk, by: Official, code: str) -> Rows:
    """
    Take an invitation back.
    """
    yield _invitation(await desk.hub.registry.uninvite(by, code))


def _ban(entry: Mask) -> Row:
    return {
        "mask": entry.mask,
        "until": entry.until,
        "by": entry.setter,
        "at": entry.at,
        "reason": entry.reason,
    }


async def bans(desk: Desk, by: Official) -> Rows:
    """
    Who is kept out of the network.
    """
    for entry in desk.hub.doorman.serverBans():
        yield _ban(entry)


async def ban(desk: Desk, by: Official, who: str, seconds: float = 0.0, reason: str = "") -> Rows:
    """
    Keep somebody out of the network.
    """
    entry = await desk.hub.doorman.ban(by, who, seconds, desk.note(reason))
    spared = await _spared(desk, entry.mask)
    yield {**_ban(entry), "spared": spared} if spared else _ban(entry)


async def _spared(desk: Desk, mask: str) -> str:
    """
    Why a ban keeps nobody out; C{""} if it may.
    """
    if desk.settings.trusted.isTrusted(mask.partition("/")[0]):
        return "trusted addresses are spared: ban names or accounts"
    account = await desk.hub.store.account(mask.removeprefix(ACCOUNT))
    if account is not None and account.operator:
        return f"{account.name} is an operator of the network, and spared as long"
    return ""


async def unban(desk: Desk, by: Official, who: str) -> Rows:
    """
    Let somebody in again.
    """
    yield _ban(await desk.hub.doorman.unban(by, who))


async def lockdown(desk: Desk, by: Official, level: int = -1) -> Rows:
    """
    Close the doors, more or less, or open them again; or say how they are.

    @param level: -1: change nothing.
    """
    if level >= 0:
        await desk.hub.doorman.lockDown(by, level)
    facts = await desk.hub.store.networkFacts()
    state = facts.get(LOCKDOWN)
    known = state if isinstance(state, dict) else {}
    level = desk.hub.doorman.level
    yield {
        "level": level,
        "means": LEVELS[level],
        "by": known.get("by", ""),
        "at": known.get("at", 0.0),
    }
