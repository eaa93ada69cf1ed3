"""
Saying who one is, on the line protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, cast

from twisted.cred.portal import Portal
from twisted.internet.interfaces import ISSLTransport
from twisted.logger import Logger
from zope.interface import implementer

from twisted_chat.domain.accounts import GuestName, PasswordLogin
from twisted_chat.domain.delivery import Format
from twisted_chat.domain.errors import (
    BadInput,
    BadLogin,
    BadName,
    ChatError,
    Closing,
    Insecure,
    NameRegistered,
)
from twisted_chat.domain.interfaces import IChatUser, IReceiver
from twisted_chat.domain.names import cleanLine
from twisted_chat.frontends.connection import Connections, LineConnection
from twisted_chat.frontends.lineformat import EOL, ERROR, MARK, lineFormat
from twisted_chat.frontends.telnet import ECHO_ON
from twisted_chat.frontends.visit import LineVisit

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session

MOST_WRONG_PASSWORDS: Final = 5

LONGEST_SHOWN: Final = 64
"""Of a name that was refused, so many characters are logged."""


class Entry(Connections, Protocol):
    """
    What coming in needs of the factory.

    @ivar portal: gives sessions.
    @ivar hint: how to come in through TLS.
    """

    portal: Portal
    hint: str

    def isTrusted(self, address: str) -> bool:
        """
        Whether what comes from an address is as good as encrypted.
        """


@implementer(IReceiver)
class LineLogin(LineConnection):
    """
    A connection, and who has come in by it.

    @ivar state: what the next line means: C{"Name"} or C{"Password"}, or what L{place} gives.
    @ivar secure: whether a password may be typed here.
    @ivar visit: what somebody has before them who has said who they are; else C{None}.
    """

    factory: Entry

    echo = False
    secure = False
    state = "Name"
    visit: LineVisit | None = None

    _log = Logger()
    _name = ""
    _wrong = 0

    def connectionMade(self) -> None:
        """
        Somebody has come.
        """
        # All at once: see LineConnection.
        self.secure, self.state, self.visit = False, "Name", None
        self._name, self._wrong = "", 0
        super().connectionMade()
        self.secure = ISSLTransport.providedBy(self.transport) or self.factory.isTrusted(
            self.address
        )
        self._awaitLogin()

    def ended(self) -> None:
        """
        Somebody has gone.
        """
        if self.visit is None:
            self._log.info("{address}: disconnected", address=self.address)
        self._logOut(*self.gone)

    def whoIsThere(self) -> str:
        """
        The address, and the name of who has come in.
        """
        return self.address if self.visit is None else str(self.visit.session)

    # IReceiver, but for what every connection has.

    @property
    def receive(self) -> Callable[[bytes], None]:
        """
        Writes; see L{IReceiver.receive<twisted_chat.domain.interfaces.IReceiver.receive>}.
        """
        return self.outbox.write

    def formatFor(self, conversation: str) -> Format:
        """
        The spelling of a conversation for this client.
        """
        if self.visit is None:
            # Coming in just now; when it is known who it is, the session asks again.
            return lineFormat(0, False, conversation)
        return self.visit.formatFor(conversation)

    # What a line means.

    async def state_Name(self, text: str) -> str:
        """
        The line is a name.
        """
        name = text.strip()
        if not name:
            return "Name"
        if name.startswith("/"):
            raise BadInput(why="Say who you are first; then /help shows the commands.")
        try:
            self._arrived(await self._login(GuestName(name)))
        except NameRegistered as refusal:
            self.write([ERROR + refusal.text])
            if not self.secure:
                # The next line may be the password already, and must not become a name.
                self.disconnect(Insecure(hint=self.factory.hint).text)
                return "Name"
            self._name = name
            return "Password"
        return "Room"

    async def state_Password(self, text: str) -> str:
        """
        The line is the password for the name; nothing, to choose another name.
        """
        if self.telnet.isTelnet:
            self.outbox.write(ECHO_ON + EOL.encode())
        if not text:
            return "Name"
        visit = self._arrived(await self._login(PasswordLogin(self._name, text)))
        await self._showMissed(visit)
        return self.place("Room")

    def present(self) -> LineVisit:
        """
        @raise Closing: nobody is there any more.
        """
        if self.visit is None:
            raise Closing()
        return self.visit

    def place(self, otherwise: str) -> str:
        """
        @return: what the next line means for somebody who is where they are now.
        """
        if self.visit is None:
            return "Name"
        return "Talk" if self.visit.room is not None else otherwise

    # Coming and going.

    def _awaitLogin(self) -> None:
        if not self.outbox.closed:
            self.within(self.factory.limits.login, self._tooLate)

    def _tooLate(self) -> None:
        self.disconnect("You took too long to say who you are. Come again.")

    async def _login(self, credentials: GuestName | PasswordLogin) -> Session:
        """
        @raise ChatError: the name or the password will not do.
        """
        name = cleanLine(credentials.name[:LONGEST_SHOWN])
        try:
            found = await self.factory.portal.login(credentials, self, IChatUser)
        except ChatError as refusal:
            # What can't be a name may be a password.
            shown = "a name" if refusal.code == BadName.code else name
            self._log.info(
                "{address}: {name} was refused: {code}",
                address=self.address,
                name=shown,
                code=refusal.code,
            )
            if refusal.code == BadLogin.code:
                self._wrong += 1
                if self._wrong >= MOST_WRONG_PASSWORDS:
                    self.disconnect(f"{refusal.text} That was wrong too often.")
            raise
        session = cast("Session", found[1])
        if self.outbox.closed:
            session.logout("lost")
            raise Closing()
        self._log.info("{address}: {name} is here", address=self.address, name=session.name)
        return session

    def _arrived(self, session: Session) -> LineVisit:
        self.within(0, None)
        self.visit = LineVisit(self, session)
        return self.visit

    async def _showMissed(self, visit: LineVisit) -> None:
        """
        Show somebody registered what they have missed.
        """
        missed = await visit.session.missed()
        self.write(visit.comeBack(missed))

    async def relogin(self, name: str, password: str) -> list[str]:
        """
        Come in again as somebody who is registered, in place of the present session; the rooms of
        a guest come along.

        @return: what the person reads then.
        """
        visit = self.present()
        old = visit.session
        # So that nothing comes twice while there are two sessions.
        old.hold()
        old.reformat()
        session = await self._login(PasswordLogin(name, password))
        rooms = [room.name for room in old.rooms] if old.account is None else []
        here = visit.room.name if visit.room is not None else ""
        await old.logout("quit")
        visit.turnInto(session)
        missed = await session.missed()
        return await visit.rejoin(rooms, here) + visit.comeBack(missed)

    def signOut(self) -> None:
        """
        End the session, and ask for a name again.
        """
        self._logOut("quit")
        self.write([MARK + "You are logged out"])
        self._awaitLogin()

    def end(self, text: str) -> None:
        """
        End the visit.

        @param text: what to tell others of it.
        """
        self._logOut("quit", text)
        self.write([MARK + "Goodbye"])
        self.close()

    def _logOut(self, reason: str, text: str = "") -> None:
        visit, self.visit = self.visit, None
        if visit is not None and not visit.session.ended:
            name = visit.session.name
            self._log.info("{address}: {name} has gone", address=self.address, name=name)
            visit.session.logout(reason, text)
