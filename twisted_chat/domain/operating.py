"""
What operators of the whole network may do, and what everybody may ask of them.

Everything is done elsewhere, where it needs no session; here it is seen that the person may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from twisted_chat.domain.accounterrors import NotRegistered
from twisted_chat.domain.acts import Purged
from twisted_chat.domain.coroutines import asDeferred, begun
from twisted_chat.domain.errors import AlreadyInRoom, BadInput, ChatError, NotOperator, NotSaved
from twisted_chat.domain.ids import isDirect, reportsOf
from twisted_chat.domain.names import roomName
from twisted_chat.domain.official import Official
from twisted_chat.domain.orders import JOIN, WALLOPS
from twisted_chat.domain.records import Account, Act, Invitation
from twisted_chat.domain.registry import ROOMS_TO_ENTER
from twisted_chat.domain.room import Room
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.domain.summoned import Summoned
from twisted_chat.domain.unawaited import faultsToLog
from twisted_chat.domain.values import Mask

T = TypeVar("T")


class Operating(Summoned):
    """
    What a session can do as an operator of the network.

    @ivar topics: what its person wants to hear of that operators are told: see
        L{Notified.topic<twisted_chat.domain.events.Notified>}. C{None}: all that they may.
    """

    __slots__ = ("topics",)

    topics: frozenset[str] | None

    def operate(self, on: bool = True) -> None:
        """
        Act as an operator of the network from now on, or no longer. That the person may is for the
        caller to know: people whose accounts are operators' act as such from the beginning.
        """
        if on is not self.operator:
            self.operator = on
            # Not for each of thousands who wanted to hear L{WALLOPS} and go at once.
            self.hub.countOperators()
        self.hub.orders.seat(self)  # type: ignore[arg-type]
        if not self.ended:
            shown = self._appear(operator=self.personId in self.hub.operators)
            untold = faultsToLog(self._log, "nobody was told what {who} is now", who=self.personId)
            begun(shown).addErrback(untold)
            if self.personId not in self.hub.operators:
                gone = self.hub.operatorsRoom.putOut(self.personId, self.name)
                begun(gone).addErrback(untold)

    def hear(self, topics: frozenset[str] | None) -> None:
        """
        Want to hear of some of what operators are told. For others there is L{WALLOPS} alone.

        @param topics: C{None} for all of it.
        """
        self.topics = topics
        self.hub.orders.seat(self)  # type: ignore[arg-type]

    def setWallops(self, on: bool) -> Deferred[None]:
        """
        Want to hear what operators tell everybody, or not, from now on.
        """
        self.hear(self._topics(on))
        return self.setPreference(WALLOPS, on or None)

    def _topics(self, wallops: bool) -> frozenset[str] | None:
        return frozenset({WALLOPS}) if wallops and not self.operator else None

    async def settle(self) -> None:
        """
        Be what the account says: an operator, somebody who is invited to rooms.
        """
        operator = self.account is not None and self.account.operator
        if operator or self.person.record.operator:
            # They may have been one when they began to come in.
            self.operate(operator)
        if not operator and self.preferences.get(WALLOPS):
            self.hear(self._topics(True))
        if ROOMS_TO_ENTER in self.preferences:
            await self.enterInvited()

    async def assume(self, account: Account | None, reset: str = "") -> None:
        """
        Go on with the rights of an account, those of an operator among them, or without.
        """
        was = self.account is not None and self.account.operator
        await super().assume(account, reset)
        if was:
            self.operate(False)
        await self.settle()

    def hears(self, topic: str) -> bool:
        """
        Whether this person wants to hear, and may, of what operators are told.
        """
        return (self.operator or topic == WALLOPS) and (
            topic in self.topics if self.topics is not None else self.operator
        )

    def requireOperator(self) -> None:
        """
        @raise NotOperator: this person is none.
        """
        if not self.operator:
            raise NotOperator()

    @asDeferred
    async def _officially(self, act: Callable[[Official], Awaitable[T]]) -> T:
        """
        Do something, if this person is an operator of the network.
        """
        self.requireOperator()
        return await act(self.official)

    # Operators, and how the first one becomes one.

    @asDeferred
    async def claim(self, code: str) -> None:
        """
        Become the first operator, with the code that the server has printed.
        """
        if self.account is None:
            raise NotRegistered(name=self.name)
        await self.hub.registry.claim(self.official, self.account, code)

    def makeOperator(self, name: str) -> Deferred[Account]:
        """
        Make somebody registered an operator of the network.
        """
        return self._officially(lambda by: self.hub.registry.setOperator(by, name, True))

    def unmakeOperator(self, name: str) -> Deferred[Account]:
        """
        Make an operator an ordinary person.
        """
        return self._officially(lambda by: self.hub.registry.setOperator(by, name, False))

    # Accounts.

    @asDeferred
    async def register(self, password: str, code: str = "") -> Account:
        """
        Make the name one's own, and come into the rooms that the invitation is about.
        """
        account = await super().register(password, code)
        await self.enterInvited()
        return account

    def invitation(
        self, rooms: Sequence[str] = (), uses: int = 1, seconds: float = 0.0
    ) -> Deferred[str]:
        """
        Let people register; see L{Registry.invite<twisted_chat.domain.registry.Registry.invite>}.

        @return: the code.
        """
        return self._officially(lambda by: self.hub.registry.invite(by, rooms, uses, seconds))

    def unmade(self, rooms: Sequence[str]) -> Deferred[list[str]]:
        """
        Of the rooms of an invitation those that there are not yet; see L{Registry.unmade
        <twisted_chat.domain.registry.Registry.unmade>}.
        """
        return self._officially(lambda by: self.hub.registry.unmade(rooms))

    def invitations(self) -> Deferred[list[Invitation]]:
        """
        The invitations that can be used still.
        """
        return self._officially(lambda by: self.hub.registry.invitations())

    def removeInvitation(self, code: str) -> Deferred[Invitation]:
        """
        Take an invitation back.
        """
        return self._officially(lambda by: self.hub.registry.uninvite(by, code))

    def resetAccount(self, name: str) -> Deferred[str]:
        """
        Help somebody who has lost their password.

        @return: a code that stands for it once, within a day.
        """
        return self._officially(lambda by: self.hub.registry.reset(by, name))

    def suspend(self, name: str, reason: str = "") -> Deferred[Account]:
        """
        Let nobody use an account for now, and end its connections.
        """
        return self._officially(lambda by: self.hub.registry.suspend(by, name, self.note(reason)))

    def unsuspend(self, name: str) -> Deferred[Account]:
        """
        Let an account be used again.
        """
        return self._officially(lambda by: self.hub.registry.unsuspend(by, name))

    # Keeping people out.

    def serverBan(self, who: str, seconds: float = 0.0, reason: str = "") -> Deferred[Mask]:
        """
        Keep somebody out of the network; see
        L{Doorman.ban<twisted_chat.domain.doorman.Doorman.ban>}.
        """
        return self._officially(
            lambda by: self.hub.doorman.ban(by, who, seconds, self.note(reason))
        )

    def serverUnban(self, who: str) -> Deferred[Mask]:
        """
        Let somebody in again.
        """
        return self._officially(lambda by: self.hub.doorman.unban(by, who))

    def serverBans(self) -> list[Mask]:
        """
        Who is kept out of the network.

        @raise NotOperator: this person is no operator.
        """
        self.requireOperator()
        return self.hub.doorman.serverBans()

    def kill(self, name: str, reason: str = "") -> Deferred[str]:
        """
        End somebody's connections under a name.

        @return: the name as they spell it.
        """
        return self._officially(lambda by: self.hub.orders.kill(by, name, self.note(reason)))

    def lockdown(self, level: int) -> Deferred[None]:
        """
        Close the doors, more or less; see
        L{Doorman.lockDown<twisted_chat.domain.doorman.Doorman.lockDown>}.
        """
        return self._officially(lambda by: self.hub.doorman.lockDown(by, level))

    # Deleting and undoing.

    def purge(self, name: str, seconds: float) -> Deferred[Purged]:
        """
        Delete what somebody wrote.

        @param name: of somebody who is connected, or registered.
        @param seconds: how far back.
        """

        async def purge(by: Official) -> Purged:
            return await self.hub.acts.purge(by, await self.findPerson(name), seconds)

        return self._officially(purge)

    def purgeAuthor(self, conversation: str, number: int, seconds: float) -> Deferred[Purged]:
        """
        Delete what the author of a message or topic wrote, who may be gone.

        @param number: the seq of that, which this person may read.
        @param seconds: how far back.
        """

        async def purge(by: Official) -> Purged:
            written = await self.written(conversation, number)
            return await self.hub.acts.purge(by, written.author, seconds)

        return self._officially(purge)

    def undo(self, id: str = "") -> Deferred[Act]:
        """
        Undo something that an operator did within a day; by default the last of one's own.
        """
        return self._officially(lambda by: self.hub.acts.undo(by, id))

    def acts(self) -> Deferred[Sequence[Act]]:
        """
        What can be undone, the newest first.
        """
        return self._officially(lambda by: self.hub.acts.list())

    # Telling and asking.

    @asDeferred
    async def report(self, conversation: str, number: int, why: str = "") -> None:
        """
        Show a message to the operators, as long as it is there.
        """
        why = self.note(why)
        said = await self.message(conversation, number)
        place = f"{typedRoom(self.placeOf(conversation))}/{said.seq}"
        reason = f" ({why})" if why else ""
        told = f"{self.name} reports {place} of {said.author.name}{reason}"
        begins, _ = reportsOf(self.identity)
        if await self.hub.operatorsRoom.say(told, begins + self.hub.ids()):
            await self.hub.operatorsRoom.show(said, place)
        where = "a private message" if isDirect(conversation) else place
        self.hub.orders.used(self.official, "report", f"reported {where}")

    def wallops(self, text: str) -> Deferred[Any]:
        """
        Tell something to all operators, and whoever wants to hear it.
        """
        most = self.hub.limits.message
        return self._officially(lambda by: self.hub.orders.tell(by, WALLOPS, self.note(text, most)))

    def forceJoin(self, name: str, room: str) -> Deferred[str]:
        """
        Put somebody into a room, whatever its rules.

        @return: the name as they spell it.
        @raise AlreadyInRoom: they are there already.
        @raise BadInput: they could not be put there.
        """

        async def put(by: Official) -> str:
            known = roomName(room)
            spelled = typedRoom(known)
            who, outcome = await self.hub.orders.put(by, name, spelled)
            if isinstance(outcome, ChatError):
                why = str(outcome.fields.get("why", outcome.sentence)).rstrip(".")
                later = "; it is tried again" if isinstance(outcome, NotSaved) else ""
                raise BadInput(why=f"{who} is not put into {spelled}: {why}{later}.")
            if outcome is False:
                raise AlreadyInRoom(name=who, room=known)
            self.hub.orders.used(by, JOIN, f"put {who} into {spelled}")
            return who

        return self._officially(put)

    def forceIn(self, name: str) -> Deferred[tuple[Room, bool]]:
        """
        Come into a room oneself, whatever its rules. What is said there from then on is held until
        L{release}, as for whoever joins.

        @return: the room, and whether this person was no member before.
        """

        async def come(by: Official) -> tuple[Room, bool]:
            spelled = roomName(name)
            self.hold()
            found = await self._beIn(spelled, self.id)
            self.hub.orders.used(by, JOIN, f"put {self.name} into {spelled}")
            return found

        return self._officially(come)

    def reload(self) -> Deferred[list[str]]:
        """
        Read the settings again.

        @return: what came of it, in lines.
        """

        async def reload(by: Official) -> list[str]:
            lines = self.hub.reload()
            self.hub.orders.used(by, "reload", "let the settings be read again")
            return lines

        return self._officially(reload)
