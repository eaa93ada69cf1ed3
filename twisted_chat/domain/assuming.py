"""
Whose rights one has: going on as somebody registered, or as a guest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from twisted_chat.domain import rights
from twisted_chat.domain.accounterrors import NotRegistered
from twisted_chat.domain.errors import BadInput, ChatError, NoSuchPerson, TooMany
from twisted_chat.domain.events import RolesChanged
from twisted_chat.domain.names import fold, nameShown, personName
from twisted_chat.domain.orders import END
from twisted_chat.domain.records import Account
from twisted_chat.domain.room import Room
from twisted_chat.domain.sparse import during
from twisted_chat.domain.units import SECONDS
from twisted_chat.domain.values import RoleChange
from twisted_chat.domain.watching import Watching

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session

MOST_CERTIFICATES: Final = 20

LOOK_EVERY: Final = 0.05 * SECONDS
LOOKS: Final = 20
"""How often, and how many times, it is looked whether connections have ended that are to end."""


class Assuming(Watching):
    """
    What a session can do about whose it is.
    """

    __slots__ = ()

    async def comeBackAs(self, account: Account, enlist: Callable[[], None]) -> None:
        """
        Listen to all that is an account's.

        @param enlist: lets it reach this session from now on.
        """
        hub, whose = self.hub, account.id
        roster = hub.roster
        told = roster.directs.heads(whose)
        try:
            with during(roster.comingBack, whose):
                enlist()
                await hub.network.subscribe(whose)
                self.requireGoing()
                await self.comeBack(told)
        finally:
            hub.advance(roster.directs.place(whose, {}))

    async def knowAccount(self) -> None:
        """
        Know what the account is by now. It was read before it was proven whose it is, and sessions
        that were not its own yet were not told of what has changed since.
        """
        account = self.account and await self.hub.store.accountById(self.account.id)
        if account is not None:
            self.account = account.bare
            self.adopt(account.preferences)

    async def assume(self, account: Account | None, reset: str = "") -> None:
        """
        Go on under the same name with the rights of an account that this person has proven to be
        theirs, or as a guest (C{None}). Roles and history are the account's then; in rooms the
        person stays as long as it is connected.

        @param reset: see L{Proof<twisted_chat.domain.proofs.Proof>}.
        @raise BadInput: somebody under their account's own name can't become somebody else.
        @raise NameTaken: somebody else has taken the name at the same moment.
        @raise BadLogin: somebody else has come in with the code.
        @raise ChatError: nobody may come in with that account now, or as a guest; it says why.
        """
        if self.lasting and (account is None or account.id != self.identity):
            raise BadInput(why="You are here as your account. Come again to be somebody else.")
        self.requireGoing()
        same = (account.id if account is not None else self.personId) == self.identity
        if not same:
            await self.hub.doorman.admit(self.name, account, self.address, self.host)
            self.requireGoing()
        if account is not None and reset:
            await self.hub.registry.spendReset(account.id, reset)
        if same:
            self.resetting = self.resetting or bool(reset)
            return
        old = self.identity
        new = account.id if account is not None else self.personId
        network, roster = self.hub.network, self.hub.roster
        session = roster.sessions[self.id]
        await self.takeName(fold(self.name), self.name, new, old)
        if old != self.personId:
            roster.removeFace(session, old)
            if not roster.reads(old):
                network.unsubscribe(old)
        self.account = account and account.bare
        self.resetting = bool(reset)
        self.adopt(account.preferences if account is not None else {})
        try:
            if account is not None:
                await self.comeBackAs(account, lambda: roster.addFace(session, new))
                await self._requireAdmission(session)
        finally:
            await self.tellAccount()
            self.reformat()

    async def _requireAdmission(self, session: Session) -> None:
        """
        Who was to be sent away while they became somebody was not there to be sent.
        """
        await self.knowAccount()
        try:
            await self.hub.doorman.admit(self.name, self.account, self.address, self.host)
        except ChatError as refusal:
            self.hub.orders.expel(session, refusal.text)
            raise

    async def passRoles(self, account: Account) -> None:
        """
        Let an account be what this guest is in rooms, wherever it may, before they come again as
        that account: it can then come in, though it is new there.
        """
        for room in self.rooms:
            with suppress(ChatError):
                await self._passRole(room, account)

    def _passRole(self, room: Room, account: Account) -> Deferred[RolesChanged]:
        subject = replace(self.subject, name=account.name, account=account.name)

        def check() -> None:
            rights.maySucceed(room, self.personId, account.id, subject, self.now)

        def changes() -> tuple[RoleChange, ...]:
            role, voiced = room.role(self.personId), room.hasVoiceBeside(self.personId)
            return (room.roleChange(account.id, account.name, role, voiced),)

        return self.publishIn(
            room,
            check,
            RolesChanged,
            renew=lambda event: replace(event, changes=changes()),
            changes=changes(),
        )

    # Other connections of one's own.

    async def endOthers(self, name: str, account: Account | None) -> str:
        """
        End an account's connections under a name that is not the one that this person has.

        @param account: which this person has proven to be theirs; C{None}: none.
        @return: the name as it was spelled, which is free now.
        @raise NoSuchPerson: nobody of that account is connected under the name.
        """
        folded = fold(personName(name))
        if folded == fold(self.name):
            raise BadInput(why="That is your own name.")
        holder = await self.hub.network.holder(folded)
        if holder is None or account is None or holder[0] != account.id:
            raise NoSuchPerson(name=nameShown(name))
        why = f"Ended by another connection of {account.name}"
        await self.hub.orders.give(self.official, END, account.id, why, holder[1])
        for _ in range(LOOKS):
            await deferLater(self.hub.clock, LOOK_EVERY)
            if await self.hub.network.holder(folded) is None:
                break
        return str(holder[1])

    # Certificates.

    async def fingerprints(self) -> list[str]:
        """
        The certificates that stand for the account.
        """
        return list(await self.hub.store.fingerprints(self._mine().id))

    async def addFingerprint(self, text: str) -> str:
        """
        Let a certificate stand for the account.

        @param text: its SHA-256, in hex, as people write that.
        @return: the same, in lower case and without colons.
        @raise BadInput: it is none, or stands for an account already.
        @raise TooMany: there are enough.
        """
        account, fingerprint = self._mine(), _fingerprint(text)
        if len(await self.hub.store.fingerprints(account.id)) >= MOST_CERTIFICATES:
            raise TooMany(why=f"An account has at most {MOST_CERTIFICATES} certificates.")
        if not await self.hub.store.addFingerprint(account.id, fingerprint):
            raise BadInput(why="That certificate stands for an account already.")
        self._log.info("{who} logs in by another certificate", who=self)
        return fingerprint

    async def removeFingerprint(self, text: str) -> str:
        """
        Let a certificate stand for the account no longer; see L{addFingerprint}.
        """
        fingerprint = _fingerprint(text)
        if not await self.hub.store.removeFingerprint(self._mine().id, fingerprint):
            raise BadInput(why="That certificate does not stand for your account.")
        return fingerprint

    def _mine(self) -> Account:
        if self.account is None:
            raise NotRegistered(name=self.name)
        return self.account


def _fingerprint(text: str) -> str:
    """
    @raise BadInput: it is none.
    """
    found = text.replace(":", "").strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", found):
        raise BadInput(why="Give the SHA-256 of a certificate: 64 hexadecimal digits.")
    return found
