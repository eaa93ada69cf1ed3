"""
Coming in: credentials, their checkers, and the realm of sessions. One portal serves all wires.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import Interface, implementer

from twisted_chat.domain.accounterrors import BadLogin
from twisted_chat.domain.coroutines import asDeferred, begun
from twisted_chat.domain.errors import Closing, NameTaken
from twisted_chat.domain.interfaces import IChatUser, IPasswords, IReceiver, IStore
from twisted_chat.domain.names import fold, personName
from twisted_chat.domain.newaccounts import NewAccountChecker
from twisted_chat.domain.proofs import Proofs
from twisted_chat.domain.records import Account
from twisted_chat.domain.registry import requireNobodys
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import PersonRecord

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


class IGuestName(ICredentials):
    """
    The wish to come in as a guest: C{name}.
    """


class IPasswordLogin(ICredentials):
    """
    An account's name and password: C{name}, C{password}, C{nick}.
    """


class IProvenLogin(ICredentials):
    """
    An account that somebody has proven to be theirs: C{account}, C{nick}.
    """


@implementer(IGuestName)
@dataclass(frozen=True, slots=True)
class GuestName:
    """
    The wish to come in as a guest under a name.

    @ivar key: the network's password, where one is asked for.
    """

    name: str
    key: str = field(default="", repr=False)


@implementer(IPasswordLogin)
@dataclass(frozen=True, slots=True, repr=False)
class PasswordLogin:
    """
    An account's name and password.

    @ivar nick: the name under which to come in; C{""} for the account's.
    @ivar key: the network's password, where one is asked for.
    @ivar address: from where it comes.
    """

    name: str
    password: str
    nick: str = ""
    key: str = ""
    address: str = ""


@implementer(IProvenLogin)
@dataclass(frozen=True, slots=True)
class ProvenLogin:
    """
    An account that somebody has proven to be theirs in a way of the wire's.

    @ivar account: its id.
    @ivar nick: the name under which to come in; C{""} for the account's.
    @ivar reset: see L{Proof<twisted_chat.domain.proofs.Proof>}.
    """

    account: str
    nick: str = ""
    reset: str = field(default="", repr=False)


GUEST, ACCOUNT = "guest", "account"
"""
What an avatar id begins with: a guest's name follows and, behind another space, what they gave as
the network's password; or an account's id and, behind two more spaces, the name under which its
person comes in, if that is another than the account's, and the hash of a code that they come with.
"""


def accountAvatar(account: str, nick: str, reset: str = "") -> bytes:
    """
    @param reset: see L{Proof<twisted_chat.domain.proofs.Proof>}.
    @return: the avatar id of an account.
    @raise BadName: nobody can be called like that.
    """
    return f"{ACCOUNT} {account} {personName(nick) if nick else ''} {reset}".encode()


@implementer(ICredentialsChecker)
class GuestChecker:
    """
    Lets guests have names that are not registered.
    """

    credentialInterfaces = (IGuestName,)

    def __init__(self, store: IStore) -> None:
        self._store = store

    @asDeferred
    async def requestAvatarId(self, credentials: GuestName) -> bytes | tuple[()]:
        """
        @raise BadName: nobody can have the name.
        @raise NameRegistered: it is somebody's account.
        """
        name = personName(credentials.name)
        await requireNobodys(self._store, name)
        return f"{GUEST} {name} {credentials.key}".encode("utf-8", "replace")


@implementer(ICredentialsChecker)
class PasswordChecker:
    """
    Lets registered people in with their passwords.
    """

    credentialInterfaces = (IPasswordLogin,)

    def __init__(self, proofs: Proofs) -> None:
        """
        @param proofs: finds out whose a password is.
        """
        self._proofs = proofs

    @asDeferred
    async def requestAvatarId(self, credentials: PasswordLogin) -> bytes | tuple[()]:
        """
        @raise BadLogin: there is no such account, or the password is wrong; which of the two can
            be told from neither the words nor the time.
        """
        proof = await self._proofs.entry(
            credentials.name, credentials.password, credentials.address
        )
        return accountAvatar(proof.account.id, credentials.nick, proof.reset)


@implementer(ICredentialsChecker)
class ProvenChecker:
    """
    Lets in who has proven already to be somebody registered.
    """

    credentialInterfaces = (IProvenLogin,)

    @asDeferred
    async def requestAvatarId(self, credentials: ProvenLogin) -> bytes | tuple[()]:
        """
        @raise BadName: nobody can be called like that.
        """
        return accountAvatar(credentials.account, credentials.nick, credentials.reset)


@implementer(IRealm)
class ChatRealm:
    """
    Makes sessions.
    """

    _log = Logger()

    def __init__(self, hub: Hub, passwords: IPasswords) -> None:
        self._hub = hub
        self._passwords = passwords

    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> Deferred[tuple[type[Interface], object, Callable[[], None]]]:
        """
        @param avatarId: what a checker has found.
        @param mind: the front end's object, an L{IReceiver}.
        @return: L{IChatUser}, the session, and how to end it.
        @raise NameTaken: somebody else has the name now.
        """
        if IChatUser not in interfaces or not avatarId:
            raise NotImplementedError("only sessions can be had here")
        return begun(self._begin(avatarId, IReceiver(mind)))

    async def _begin(
        self, avatarId: bytes, receiver: IReceiver
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        hub = self._hub
        account, name, key, reset = await self._wish(avatarId)
        if receiver.closed:
            # While the password was looked at, it has gone.
            raise Closing()
        address = receiver.address
        host = hub.cloak(address)
        admit = partial(hub.doorman.admit, name, address=address, host=host, key=key)
        await admit(account)
        await hub.doorman.ask(name, account, receiver)
        notes = await hub.store.metadata(account.id) if account is not None else {}
        whose = account.id if account is not None else hub.ids()
        person = await self._claim(name, whose, account)
        session = Session(hub, receiver, self._passwords, person, account, fold(name))
        record = self._recordOf(session, name, notes)
        try:
            await self._enter(session, record)
            # That may have changed meanwhile, and whoever was not here yet was not sent away.
            await session.knowAccount()
            await admit(session.account)
            await session.settle()
            session.requireGoing()
            if reset:
                await hub.registry.spendReset(whose, reset)
                session.resetting = True
        except BaseException:
            if session.former is not None:
                session.former.listenAgain()
            session.logout("lost")
            raise

        hub.counts.logins["guest" if account is None else "account"] += 1

        def logOut() -> None:
            session.logout()

        return IChatUser, session, logOut

    async def _wish(self, avatarId: bytes) -> tuple[Account | None, str, str, str]:
        """
        @return: the account; under which name to come in; what was given as the network's password;
            and the hash of the code for a lost password that is to be spent.
        """
        sort, _, rest = avatarId.decode().partition(" ")
        first, _, second = rest.partition(" ")
        if sort == GUEST:
            return None, first, second, ""
        account = await self._hub.store.accountById(first)
        if account is None:
            raise BadLogin()
        nick, _, reset = second.partition(" ")
        return account, await self._nameFor(account, nick), "", reset

    def _recordOf(self, session: Session, name: str, notes: Mapping[str, str]) -> PersonRecord:
        """
        @param name: under which the person comes in.
        @param notes: what is noted of the account.
        @return: what may be known of the person of a session that begins.
        """
        account, receiver = session.account, session.receiver
        return PersonRecord(
            session.personId,
            name,
            account.name if account is not None else "",
            session.host,
            identity="" if session.lasting or account is None else session.identity,
            real=receiver.real,
            user=receiver.user,
            operator=account is not None and account.operator,
            metadata=tuple(notes.items()),
        )

    async def _nameFor(self, account: Account, name: str) -> str:
        """
        @return: what the person of an account is called, if it wants that name. Whoever comes under
            their account's own name is called what their other connections have made of it.
        @raise NameRegistered: it is somebody else's.
        """
        if not name or fold(name) == account.fold:
            roster = self._hub.roster
            known = roster.people.get(account.id)
            return known.name if known is not None and known.nodes else account.name
        await requireNobodys(self._hub.store, name, account.id)
        return name

    async def _claim(self, name: str, whose: str, account: Account | None) -> str:
        """
        Take a name.

        @param whose: the account's id, or a guest's own.
        @return: the id of the person as whom they come in.
        @raise NameTaken: somebody else has it now.
        """
        network, folded = self._hub.network, fold(name)
        if await network.claim(folded, whose, name) != whose:
            raise NameTaken(name=name)
        try:
            if account is None or account.fold != folded:
                # It may have been registered since it was looked up.
                await requireNobodys(self._hub.store, name, whose)
            return whose if account is None else await self._face(account, folded)
        except BaseException:
            network.release(folded, whose)
            raise

    async def _face(self, account: Account, folded: str) -> str:
        """
        The id of the person as whom somebody registered comes in: whoever of theirs is connected
        under that name; for the account's own name the account's; else one of the name's own.

        @param folded: the name under which they come.
        """
        namesake = self._hub.roster.namesake(account.id, folded)
        if namesake or folded == account.fold:
            return namesake or account.id
        if not self._hub.network.alone:
            for seen in await self._hub.network.sightings("", 1, folded):
                if seen.record.whose == account.id:
                    return seen.record.id
        return f"{account.id}~{folded}"

    async def _enter(self, session: Session, record: PersonRecord) -> None:
        roster = self._hub.roster
        if session.account is None:
            roster.enlist(session, record)
            await self._hub.network.subscribe(record.id)
        else:
            session.hold()

            def enlist() -> None:
                roster.enlist(session, record)
                session.followName(fold(record.name))

            await self._hub.network.subscribe(record.id)
            try:
                await session.comeBackAs(session.account, enlist)
            except Closing:
                if session.ended:
                    # They were sent away: why, they read when it is asked whether they may come in.
                    return
                raise
            # The rooms may tell what their connections to other nodes have made of their name.
            session.followName(fold(record.name))
            person = session.person
            if not person.record.namedAt:
                # Whatever they were called when they were here last is older.
                person.record = replace(person.record, namedAt=session.now)
        arrived = session.arrive()
        if arrived is not None:
            await arrived


def makePortal(hub: Hub, passwords: IPasswords) -> Portal:
    """
    The one portal of all wires.
    """
    return Portal(
        ChatRealm(hub, passwords),
        [
            GuestChecker(hub.store),
            PasswordChecker(Proofs(hub, passwords)),
            ProvenChecker(),
            NewAccountChecker(hub, passwords),
        ],
    )
