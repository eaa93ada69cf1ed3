"""
Who may come in: the terms of entry, server bans, and the lockdown.

Every login of every wire passes here, whatever it was proven with. What is decided on one node
holds on all of them at once.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec.structs import asdict, replace
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from twisted_chat.domain.accounterrors import (
    AccountsOnly,
    BadLogin,
    Banned,
    LockedDown,
    RegistrationClosed,
    Suspended,
    WrongEntryPassword,
)
from twisted_chat.domain.bans import Bans
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadInput, Closing, TooMany
from twisted_chat.domain.interfaces import IReceiver
from twisted_chat.domain.masks import Subject
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.official import Official
from twisted_chat.domain.orders import DOORS
from twisted_chat.domain.quantities import durationText
from twisted_chat.domain.records import Account
from twisted_chat.domain.servermasks import parseServerMask, serverMaskMatches
from twisted_chat.domain.terms import ACCOUNTS, INVITATION, OFF, OPEN, PASSWORD
from twisted_chat.domain.unawaited import toLog
from twisted_chat.domain.units import DAYS
from twisted_chat.domain.values import Mask

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

NO_NEW, REGISTERED, MEMBERS = 1, 2, 3
"""
The levels of a lockdown: nobody registers; besides, guests can't come in; besides, those only come
in who were members of a room already, and nobody becomes a member of another one.
"""

LOCKDOWN: Final = "lockdown"
"""The fact that holds it."""

MOST_BANS: Final = 10_000
AT_ONCE: Final = 50
"""How many connections are asked about before others have their turn."""

REFRESH: Final = 60.0
"""Seconds between two looks into the store where what nodes are told may get lost."""

_ADVICE = {
    OPEN: "Register first.",
    INVITATION: "The code of an invitation lets you register.",
    OFF: "Whoever runs this network gives out accounts.",
}


class Doorman:
    """
    Decides for one node who may come in.

    @ivar bans: the server bans.
    @ivar level: of the lockdown: 0 to 3.
    """

    _log = Logger()

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.bans = Bans()
        self.level = 0
        self._reading = DeferredLock()
        self._refreshing = LoopingCall(self._refresh)
        self._refreshing.clock = hub.clock

    def start(self) -> Deferred[None]:
        """
        Know who may come in.
        """
        if not self._hub.network.lossless:
            self._refreshing.start(REFRESH, now=False)
        return self.reload()

    def stop(self) -> None:
        """
        Look no more whether anything has changed.
        """
        if self._refreshing.running:
            self._refreshing.stop()

    def _refresh(self) -> Deferred[None]:
        return self.reload().addErrback(toLog(self._log, "server bans were not read again"))

    def reload(self) -> Deferred[None]:
        """
        Read from the store what holds, and end the connections of those who are banned.
        """
        return self._reading.run(self._reload)

    @asDeferred
    async def _reload(self) -> None:
        store = self._hub.store
        bans = await store.serverBans()
        lockdown = (await store.networkFacts()).get(LOCKDOWN)
        self.level = int(lockdown["level"]) if isinstance(lockdown, dict) else 0
        fresh = self.bans.update(bans)
        if fresh:
            await self._enforce(Bans(fresh))

    async def _enforce(self, bans: Bans) -> None:
        """
        End the connections of those who are banned. Whoever comes in meanwhile was asked for.

        @param bans: those that nobody was asked about yet.
        """
        for number, session in enumerate(list(self._hub.roster.sessions.values()), 1):
            spared = session.ended or session.operator
            if not spared and (ban := self._banAmong(bans, session.subject)) is not None:
                refusal = self._banned(ban)
                self._hub.orders.expel(session, refusal.text, refusal.told)
            if not number % AT_ONCE:
                await deferLater(self._hub.clock, 0)

    # Who may come in.

    def refuseAddress(self, address: str) -> str | None:
        """
        Whether nobody may come from an address, for front ends to ask when somebody connects.

        @param address: as the front end names it.
        @return: what to tell them; C{None} if they may.
        """
        if not self.bans or self._hub.terms.isTrusted(address):
            return None
        ban = self.bans.ofAddress(address, self._hub.clock.seconds())
        return None if ban is None else self._banned(ban).text

    def banOf(self, subject: Subject) -> Mask | None:
        """
        The ban that is about somebody, if there is one. Whoever is at a trusted address is banned
        by name or account only: many may share it.
        """
        return self._banAmong(self.bans, subject)

    def _banAmong(self, bans: Bans, subject: Subject) -> Mask | None:
        if not bans:
            return None
        if self._hub.terms.isTrusted(subject.address):
            subject = replace(subject, address="", host="")
        return bans.of(subject, self._hub.clock.seconds())

    def _banned(self, ban: Mask) -> Banned:
        left = ban.until - self._hub.clock.seconds()
        span = f" for {durationText(left)} more" if ban.until else ""
        return Banned(span=span, reason=f": {ban.reason}" if ban.reason else "")

    @property
    def asksKey(self) -> bool:
        """
        Whether guests need the network's password.
        """
        return self._hub.terms.entry == PASSWORD

    def opens(self, key: str) -> bool:
        """
        Whether something is the network's password, in a time that tells nothing.
        """
        wanted = self._hub.terms.password
        right = hmac.compare_digest(key.encode("utf-8", "replace"), wanted.encode())
        return right and bool(wanted)

    async def ask(self, name: str, account: Account | None, receiver: IReceiver) -> None:
        """
        Ask the operator's own check about somebody, where there is one: once for each login.

        @param receiver: who wants to come in. See L{admit} for the others.
        @raise Banned: it says no.
        @raise Closing: they have gone meanwhile.
        """
        check, address = self._hub.addressCheck, receiver.address
        trusted = self._hub.terms.isTrusted(address)
        if check is None or trusted or (account is not None and account.operator):
            return
        spelled = account.name if account is not None else ""
        reason = await check.refuse(address, name, spelled, lambda: not receiver.closed)
        if receiver.closed:
            raise Closing()
        if reason is not None:
            raise Banned(span="", reason=f": {cleanLine(reason)}" if reason else "")

    async def admit(
        self, name: str, account: Account | None, address: str, host: str, key: str = ""
    ) -> None:
        """
        Whether somebody may come in who is who they say they are.

        @param name: what they want to be called.
        @param account: theirs; C{None} for a guest.
        @param address: where they are.
        @param host: the same as others see it.
        @param key: what they gave as the network's password, which guests may need.
        @raise ChatError: they may not; it says why.
        """
        if account is not None:
            if account.erasedAt:
                raise BadLogin()
            if account.suspended:
                raise Suspended(name=account.name, reason=account.suspended)
            if account.operator:
                return
        if self.bans:
            spelled = account.name if account is not None else ""
            ban = self.banOf(Subject(name, spelled, address, host))
            if ban is not None:
                raise self._banned(ban)
        if self.level >= REGISTERED:
            await self._admitLocked(account)
        if account is not None or self._hub.terms.entry == OPEN:
            return
        if self._hub.terms.entry == ACCOUNTS:
            raise AccountsOnly(advice=self.advice)
        if not self.opens(key):
            raise WrongEntryPassword()

    async def _admitLocked(self, account: Account | None) -> None:
        if account is None:
            raise LockedDown(who="registered people")
        if self.level >= MEMBERS and not await self._hub.store.memberships(account.id):
            raise LockedDown(who="members of rooms")

    @property
    def advice(self) -> str:
        """
        How to come by an account, in a sentence.
        """
        return "Nobody can register for now." if self.level else _ADVICE[self._hub.terms.register]

    @property
    def mayJoin(self) -> bool:
        """
        Whether anybody may become a member of a room now, rather than operators alone.
        """
        return self.level < MEMBERS

    def requireRegistration(self) -> None:
        """
        @raise RegistrationClosed: nobody may register now.
        """
        if self.level >= NO_NEW:
            raise RegistrationClosed(why="for now, because of trouble")
        if self._hub.terms.register == OFF:
            raise RegistrationClosed(why="here by themselves")

    @property
    def asksInvitation(self) -> bool:
        """
        Whether whoever registers needs an invitation.
        """
        return self._hub.terms.register == INVITATION

    # What operators decide.

    async def ban(self, by: Official, who: str, seconds: float = 0.0, reason: str = "") -> Mask:
        """
        Keep somebody out of the network, on all nodes, and end their connections.

        @param who: a name, C{account:NAME}, an address, a network, or C{NAME@HOST}.
        @param seconds: for how long; 0 for ever.
        @return: the entry.
        """
        mask = parseServerMask(who)
        if len(self.bans) >= MOST_BANS and mask not in self.bans.byMask:
            raise TooMany(why=f"There are {len(self.bans)} server bans, and no more are kept.")
        now = self._hub.clock.seconds()
        entry = Mask(mask, by.author.name, now, now + seconds if seconds > 0 else 0.0, reason)
        mine = Subject(by.author.name, by.author.account, by.address, by.author.host)
        if serverMaskMatches(mask, mine):
            raise BadInput(why=f"{mask} is about yourself too.")
        before = self.bans.byMask.get(mask)
        data = {"mask": mask, "at": now, "before": before and asdict(before)}
        await self._hub.acts.record(by, "ban", mask, data)
        await self._hub.store.putServerBan(entry)
        span = f" for {durationText(seconds)}" if seconds > 0 else ""
        self._hub.orders.used(by, "ban", f"banned {mask}{span}")
        await self._spread(by)
        return entry

    async def unban(self, by: Official, who: str) -> Mask:
        """
        Let somebody in again.

        @param who: as in L{ban}, or as it is listed.
        @return: the entry that there was.
        """
        mask = who if who in self.bans.byMask else parseServerMask(who)
        if (entry := await self._hub.store.removeServerBan(mask)) is None:
            raise BadInput(why=f"There is no server ban of {mask}.")
        self._hub.orders.used(by, "ban", f"took the ban of {mask} back")
        await self._spread(by)
        return entry

    async def undoBan(self, by: Official, data: Mapping[str, object]) -> None:
        """
        Let hold again what held before a ban.

        @param data: see L{ban}.
        """
        before = data.get("before")
        if isinstance(before, dict):
            await self._hub.store.putServerBan(Mask(**before))
        else:
            await self._hub.store.removeServerBan(str(data.get("mask")))
        await self._spread(by)

    def serverBans(self) -> list[Mask]:
        """
        The bans that have not run out.
        """
        now = self._hub.clock.seconds()
        return [ban for ban in self.bans.byMask.values() if ban.holds(now)]

    async def tidy(self) -> None:
        """
        Forget the bans that ran out more than a day ago.
        """
        before = self._hub.clock.seconds() - 1 * DAYS
        old = [ban for ban in self.bans.byMask.values() if not ban.holds(before)]
        for ban in old:
            # An operator may have made it anew meanwhile.
            if self.bans.byMask.get(ban.mask) == ban:
                await self._hub.store.removeServerBan(ban.mask)
        if old:
            await self.reload()

    async def lockDown(self, by: Official, level: int) -> None:
        """
        Close the doors, more or less, or open them again (0). Whoever is in may stay.

        @param level: 0, or one of L{NO_NEW}, L{REGISTERED}, L{MEMBERS}.
        """
        if not 0 <= level <= MEMBERS:
            raise BadInput(why=f"The levels are 0 (off) to {MEMBERS}.")
        state = {"level": level, "at": self._hub.clock.seconds(), "by": by.author.name}
        await self._hub.store.setNetworkFact(LOCKDOWN, state if level else None)
        self._hub.orders.used(by, LOCKDOWN, f"set the lockdown to {level}")
        await self._spread(by)

    async def _spread(self, by: Official) -> None:
        try:
            await self.reload()
        finally:
            # What is stored holds, if not at once.
            await self._hub.orders.insist(by, DOORS)
