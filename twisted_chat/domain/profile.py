"""
Oneself and others: names, presence, accounts, whom to ignore.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from twisted_chat.domain.accounterrors import AlreadyRegistered, NotRegistered, WrongPassword
from twisted_chat.domain.audience import ignoreKey, ignoreKeys
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import (
    BadInput,
    BadName,
    ChatError,
    Closing,
    NameTaken,
    Silenced,
    TooMany,
)
from twisted_chat.domain.events import AccountChanged, Renamed
from twisted_chat.domain.interfaces import IPasswords
from twisted_chat.domain.names import cleanLine, fold, foldAny, nameShown, personName
from twisted_chat.domain.passwords import acceptable, prepare
from twisted_chat.domain.person import AWAY, ONLINE
from twisted_chat.domain.playback import Playback
from twisted_chat.domain.records import Account
from twisted_chat.domain.registry import requireNobodys
from twisted_chat.domain.rights import isSilenced
from twisted_chat.domain.room import Room
from twisted_chat.domain.unawaited import untilTold
from twisted_chat.domain.values import PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session

ROOMS_FOR_A_LINE: Final = 5
"""Rooms in which to be told of something costs as much as another line."""


class Profile(Playback):
    """
    What a session can do about its person, and know of others.

    @ivar passwords: hashes them.
    @ivar resetting: whether they came in with a code for a lost password, and so may set a new one.
    """

    __slots__ = ("_claims", "passwords", "resetting")

    passwords: IPasswords
    resetting: bool
    _claims: tuple[str, ...]

    # Coming, going, being away.

    def arrive(self) -> Deferred[Any] | None:
        """
        Tell the rooms that a registered person is here, unless they were already; or that somebody
        is at one of their connections again.
        """
        absent = self.receiver.absent
        if not self._isSeen:
            return self._tellArrival(self.person.being(AWAY if absent else ONLINE, ""))
        others = [each.receiver.absent for each in self._here() if each is not self]
        back = not absent and all(others) and self.record.presence == AWAY
        # Who has left a word is away until they say otherwise.
        return self._tellPresence(ONLINE, "") if back and not self.record.away else None

    def heedAbsence(self) -> Deferred[Any] | None:
        """
        Tell that this person is away if nobody is at any of their connections to this node:
        L{IReceiver.absent}.
        """
        absent = all(each.receiver.absent for each in self._here())
        if absent and self._isSeen and self.record.presence == ONLINE:
            return self._tellPresence(AWAY, "")
        return None

    def _here(self) -> list[Session]:
        """
        This person's connections to this node, under this name.
        """
        mine = self.hub.roster.sessionsOf(self.personId)
        return [each for each in mine if each.personId == self.personId]

    def countRooms(self) -> None:
        """
        This person is about to change something about themselves, which is told in all of their
        rooms: in many it counts as more lines, for which they wait later.
        """
        rates = self.hub.rates
        more = len(self.person.rooms) // ROOMS_FOR_A_LINE
        if more and not rates.isTrusted(self.address):
            rates.line(self.address, self.accountId, more)

    def _silencedIn(self) -> Room | None:
        """
        A room in which this person is muted, if there is one.
        """
        who, now = self.subject, self.now
        for room in map(self.hub.roster.room, self.person.rooms):
            if room is not None and isSilenced(room, self.personId, who, now):
                return room
        return None

    @property
    def _isSeen(self) -> bool:
        """
        Whether others know that the person is on this node, and are not about to hear otherwise.
        """
        leaving = self.hub.roster.leaving[self.personId]
        return self.hub.node in self.person.nodes and not leaving

    def _tellPresence(self, state: str, text: str) -> Deferred[Any] | None:
        record = self.person.being(state, text)
        if self._isSeen:
            # They go away, or are back.
            self.countRooms()
            return self.hub.publish(self.presenceChanged(self.everywhere, record))
        return self._tellArrival(record)

    def _tellArrival(self, record: PersonRecord) -> Deferred[Any] | None:
        person = self.person
        rooms = tuple(person.rooms)
        if self.hub.roster.leaving[self.personId] or (rooms and not self.hub.network.alone):
            # Their own channel may be told that they have gone; or they may leave all of these by
            # another node meanwhile, so that nobody here would be told of it.
            rooms = (*rooms, self.personId)
        if not rooms:
            person.learn(self.hub.node, record)
            return None
        return self.hub.publish(self.presenceChanged(rooms, record))

    @asDeferred
    async def away(self, text: str = "") -> None:
        """
        Be away.

        @param text: what to tell who asks.
        """
        text = self.note(text)
        # What others are told of it is the same for all.
        told = self._tellPresence(AWAY, "" if self._silencedIn() is not None else text)
        if told is not None:
            await told

    @asDeferred
    async def back(self) -> None:
        """
        Be away no longer.
        """
        told = self._tellPresence(ONLINE, "")
        if told is not None:
            await told

    # Names and accounts.

    @asDeferred
    async def rename(self, name: str) -> None:
        """
        Have another name.

        @raise NameRegistered: it belongs to somebody else.
        @raise NameTaken: somebody else has it now.
        """
        new = personName(name)
        folded = fold(new)
        if new == self.name:
            return
        if (room := self._silencedIn()) is not None:
            raise Silenced(room=room.name)
        await self._requireFree(new, folded)
        await self.takeName(folded, new)
        before = self.person.record
        try:
            # While that was asked, somebody may have registered it.
            await self._requireFree(new, folded)
            self.countRooms()
            # Those into which another connection is just coming know the old name too.
            rooms = (*self.person.rooms, *self.hub.roster.entering.get(self.personId, ()))
            where = (self.personId, *dict.fromkeys(rooms))
            await self.hub.publish(self.event(Renamed, *where, old=before.name, new=new))
        except ChatError:
            self.giveUpName(folded)
            raise
        self._log.info("{who} was called {old} before", who=self, old=before.name)
        self.hub.lookout.gone(before)
        # Beside the old one it may hold what another of their connections has taken meanwhile.
        while len(self._claims) > 1:
            others = [each for each in self._claims if each != fold(self.name)]
            self.giveUpName((others or self._claims)[0])

    async def _requireFree(self, name: str, folded: str) -> None:
        """
        Whether this person may have a name, if nobody who is connected has it.

        @raise ChatError: they may not; it says why.
        """
        if not self.operator and self.hub.doorman.banOf(replace(self.subject, name=name)):
            raise BadName(name=name, why="it is banned from this network")
        await requireNobodys(self.hub.store, name, self.identity)
        if self.hub.roster.namesake(self.identity, folded) not in ("", self.personId):
            raise NameTaken(name=name)

    async def takeName(self, folded: str, name: str, whose: str = "", instead: str = "") -> None:
        """
        Take a name, until L{giveUpName} or the end of the session.

        @param folded: the same, folded.
        @param whose: see L{PersonRecord.whose<twisted_chat.domain.values.PersonRecord.whose>};
            C{""}: this person's own.
        @param instead: see L{INetwork.claim<twisted_chat.domain.interfaces.INetwork.claim>}.
        @raise NameTaken: somebody else has it.
        """
        whose = whose or self.identity
        if await self.hub.network.claim(folded, whose, name, instead) != whose:
            raise NameTaken(name=name)
        if self.ended:
            # While that was asked; nobody else would give it up.
            self.hub.network.release(folded, whose)
            raise Closing()
        if not instead:
            self._claims += (folded,)

    def giveUpName(self, folded: str) -> None:
        """
        Leave a name to others, unless the session has ended, and with it all that it had claimed.
        """
        if folded in self._claims:
            at = self._claims.index(folded)
            self._claims = self._claims[:at] + self._claims[at + 1 :]
            self.hub.network.release(folded, self.identity)

    def followName(self, before: str) -> None:
        """
        Hold the name that the person has by now, which another of their connections has taken.

        @param before: the folded name that they had until then.
        """
        folded = fold(self.name)
        if self.ended or folded == before:
            return
        if folded not in self._claims:
            self._claims += (folded,)
            self.hub.network.claim(folded, self.identity, self.name)
        self.giveUpName(before)

    @asDeferred
    async def register(self, password: str, code: str = "") -> Account:
        """
        Make the name one's own.

        @param code: of an invitation, which may be needed.
        @raise AlreadyRegistered: it is.
        @raise BadInput: the password will not do.
        """
        if self.account is not None:
            raise AlreadyRegistered(name=self.account.name)
        self.hub.rates.registration(self.address)
        name = self.name
        registry = self.hub.registry
        # A guest has read what was told to them.
        await self.markDirectsRead()
        account = await registry.register(
            self.passwords, self.personId, name, password, code, self.preferences
        )
        self.preferences = dict(account.preferences)
        self._log.info("{who} registered", who=self)
        self.account = account.bare
        await self.tellAccount()
        return account

    def tellAccount(self) -> Deferred[None]:
        """
        Tell whose account this person's is now.

        @return: see L{untilTold}.
        """

        def tell() -> Deferred[Any] | None:
            account = self.account
            if self.ended:
                return None
            changed = self.event(
                AccountChanged,
                *self.everywhere,
                account=account.name if account is not None else "",
                identity="" if account is None or self.lasting else account.id,
                joined=tuple(map(self._joinedSeq, self.person.rooms)),
            )
            return self.hub.publish(changed)

        return untilTold(self.hub.clock, tell, f"whose account {self.personId} has")

    def _joinedSeq(self, id: str) -> int:
        """
        @param id: of a room in which this person is.
        @return: the seq that their joining followed.
        """
        known = self.hub.roster.conversations.get(id)
        if known is None or known.room is None:
            return 0
        return known.room.members.get(self.personId, known.head)

    @asDeferred
    async def changePassword(self, old: str, new: str) -> None:
        """
        Have another password.

        @param old: the present one; it does not matter if they came in with a code for a lost one.
        @raise WrongPassword: the old one is wrong.
        """
        account = self.account and await self.hub.store.accountById(self.account.id)
        if account is None:
            raise NotRegistered(name=self.name)
        new = acceptable(new, self.hub.limits.password)
        if not self.resetting:
            await self.provePassword(account, old)
        sealed = await self.passwords.seal(new)
        # A code for a lost password is of no use any more, and could be somebody else's by now.
        await self.hub.store.changeAccount(
            account.id, password=sealed.hash, scram=sealed.scram, reset="", resetUntil=0.0
        )
        self.resetting = False

    async def provePassword(self, account: Account, password: str) -> None:
        """
        See whether a password is that of this person's account, which counts as an attempt to log
        in: somebody may have found their terminal open.

        @raise TooFast: after so many.
        @raise WrongPassword: it is another one.
        """
        self.hub.rates.login(self.address, account.fold)
        if not (password and await self.passwords.verify(account.password, prepare(password))):
            raise WrongPassword()

    # Others.

    @asDeferred
    async def setQuiet(self, quiet: bool) -> None:
        """
        Want no joins and leaves, or want them again.
        """
        await self._wish("quiet", quiet or None)

    async def _wish(self, key: str, value: object) -> None:
        """
        Set for oneself what is to be left out from now on.
        """
        await self.setForAll(key, value)
        # Another of their connections may have set it, too, and after this one.
        self.adopt(self.preferences)
        self.reformat()

    @asDeferred
    async def ignore(self, name: str) -> str:
        """
        Hear nothing of somebody any more.

        @return: the name, as spelled by whom it is about.
        """
        other = await self.findPerson(name)
        if other.id == self.personId:
            raise BadInput(why="You can't ignore yourself.")
        if len(self.ignored) >= self.hub.limits.list:
            raise TooMany(why=f"You ignore {len(self.ignored)} people; that is the most.")
        await self._wish("ignored", {ignoreKey(other): other.name})
        return other.name

    @asDeferred
    async def unignore(self, name: str) -> None:
        """
        Hear somebody again.

        @param name: what they were called when this person began to ignore them, or are called now.
        """
        folded = fold(cleanLine(name))
        keys = {key for key, spelled in self._ignoredNames.items() if foldAny(spelled) == folded}
        if not keys:
            with suppress(ChatError):
                other = await self.findPerson(name)
                keys = self._ignoredNames.keys() & ignoreKeys(other)
        if not keys:
            raise BadInput(why=f"You do not ignore {nameShown(name)}.")
        await self._wish("ignored", dict.fromkeys(keys))

    def ignoredNames(self) -> list[str]:
        """
        Whom this person ignores.
        """
        return sorted(self._ignoredNames.values(), key=str.casefold)
