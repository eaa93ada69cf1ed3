"""
Coming in: credentials, their checkers, and the realm of sessions. One portal serves all wires.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from zope.interface import Interface, implementer

from twisted_chat.domain.errors import (
    BadLogin,
    ChatError,
    NameRegistered,
    NameTaken,
    NameTooAlike,
)
from twisted_chat.domain.interfaces import IChatUser, IPasswords, IReceiver, IStore
from twisted_chat.domain.names import fold, personName, skeleton
from twisted_chat.domain.passwords import prepare
from twisted_chat.domain.records import Account
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import (
    PersonRecord,
)

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub


class IGuestName(ICredentials):
    """
    The wish to come in as a guest: C{name}.
    """


class IPasswordLogin(ICredentials):
    """
    An account's name and password: C{name}, C{password}.
    """


@implementer(IGuestName)
@dataclass(frozen=True, slots=True)
class GuestName:
    """
    The wish to come in as a guest under a name.
    """

    name: str


@implementer(IPasswordLogin)
@dataclass(frozen=True, slots=True, repr=False)
class PasswordLogin:
    """
    An account's name and password.
    """

    name: str
    password: str


GUEST, ACCOUNT = b"guest ", b"account "
"""What an avatar id begins with: a guest's name follows, or an account's id."""


@inlineCallbacks
def refuseLookAlikes(store: IStore, name: str) -> Generator[Deferred[Any], Any, None]:
    """
    Nobody comes in under letters of another script that look like somebody registered. Among plain
    letters people see the difference, such as between ian and lan.

    @raise NameTooAlike: the name looks like an account's.
    """
    if not name.isascii() and (yield store.accountLike(skeleton(name))) is not None:
        raise NameTooAlike(name=name)


@implementer(ICredentialsChecker)
class GuestChecker:
    """
    Lets guests have names that are not registered.
    """

    credentialInterfaces = (IGuestName,)

    def __init__(self, store: IStore) -> None:
        self._store = store

    @inlineCallbacks
    def requestAvatarId(
        self, credentials: GuestName
    ) -> Generator[Deferred[Any], Any, bytes | tuple[()]]:
        """
        @raise BadName: nobody can have the name.
        @raise NameRegistered: it is somebody's account.
        """
        name = personName(credentials.name)
        account = yield self._store.account(fold(name))
        if account is not None:
            raise NameRegistered(name=account.name)
        yield refuseLookAlikes(self._store, name)
        return GUEST + name.encode()


@implementer(ICredentialsChecker)
class PasswordChecker:
    """
    Lets registered people in with their passwords.
    """

    credentialInterfaces = (IPasswordLogin,)

    def __init__(self, store: IStore, passwords: IPasswords) -> None:
        self._store = store
        self._passwords = passwords

    @inlineCallbacks
    def requestAvatarId(
        self, credentials: PasswordLogin
    ) -> Generator[Deferred[Any], Any, bytes | tuple[()]]:
        """
        @raise BadLogin: there is no such account, or the password is wrong; which of the two can
            be told from neither the words nor the time.
        """
        account: Account | None = None
        password = credentials.password
        try:
            folded = fold(personName(credentials.name))
            password = prepare(password)
        except ChatError:
            # Nobody has such a name or password; that takes as long to find out as any other.
            pass
        else:
            account = yield self._store.account(folded)
        hashed = account.password if account is not None else ""
        right = yield self._passwords.verify(hashed, password)
        if account is None or not right:
            raise BadLogin()
        return ACCOUNT + account.id.encode()


@implementer(IRealm)
class ChatRealm:
    """
    Makes sessions.
    """

    _log = Logger()

    def __init__(self, hub: Hub, passwords: IPasswords) -> None:
        self._hub = hub
        self._passwords = passwords

    @inlineCallbacks
    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> Generator[Deferred[Any], Any, tuple[type[Interface], object, Callable[[], None]]]:
        """
        @param avatarId: what a checker has found.
        @param mind: the front end's object, an L{IReceiver}.
        @return: L{IChatUser}, the session, and how to end it.
        @raise NameTaken: somebody else has the name now.
        """
        if IChatUser not in interfaces or not avatarId:
            raise NotImplementedError("only sessions can be had here")
        hub = self._hub
        account: Account | None = None
        if avatarId.startswith(ACCOUNT):
            account = yield hub.store.accountById(avatarId.removeprefix(ACCOUNT).decode())
            if account is None:
                raise BadLogin()
        name = account.name if account is not None else avatarId.removeprefix(GUEST).decode()
        person = account.id if account is not None else hub.ids()
        folded = fold(name)
        holder = yield hub.network.claim(folded, person, name)
        if holder != person:
            raise NameTaken(name=name)
        receiver = IReceiver(mind)
        session = Session(hub, receiver, self._passwords, person, account, folded)
        spelled = account.name if account is not None else ""
        record = PersonRecord(person, name, spelled, session.host)
        try:
            yield self._enter(session, record)
        except BaseException:
            session.logout("lost")
            raise

        def logOut() -> None:
            session.logout()

        return IChatUser, session, logOut

    @inlineCallbacks
    def _enter(self, session: Session, record: PersonRecord) -> Generator[Deferred[Any], Any, None]:
        roster = self._hub.roster
        told = roster.directHeads(record.id)
        if session.account is None:
            roster.enlist(session, record)
            yield self._hub.network.subscribe(record.id)
        else:
            session.hold()
            roster.comingBack[record.id] += 1
            try:
                roster.enlist(session, record)
                yield self._hub.network.subscribe(record.id)
                yield session.comeBack(told)
            finally:
                roster.comingBack -= Counter((record.id,))
                self._hub.advance(roster.placeDirects(record.id, {}))
        arrived = session.arrive()
        if arrived is not None:
            yield arrived


def makePortal(hub: Hub, passwords: IPasswords) -> Portal:
    """
    The one portal of all wires.
    """
    return Portal(
        ChatRealm(hub, passwords),
        [GuestChecker(hub.store), PasswordChecker(hub.store, passwords)],
    )
