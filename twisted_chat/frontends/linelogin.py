"""
Saying who one is, on the line protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from twisted.logger import Logger
from zope.interface import implementer

from twisted_chat.domain.accounterrors import BadLogin, Insecure, NameRegistered, WrongEntryPassword
from twisted_chat.domain.accounts import GuestName, PasswordLogin
from twisted_chat.domain.delivery import Format
from twisted_chat.domain.errors import BadInput, BadName, ChatError, Closing
from twisted_chat.domain.events import Event
from twisted_chat.domain.interfaces import IChatUser, IReceiver
from twisted_chat.domain.names import nameShown
from twisted_chat.domain.newaccounts import NewAccount
from twisted_chat.frontends.commands.account import login, quit, register
from twisted_chat.frontends.commands.table import TABLE, help
from twisted_chat.frontends.commands.usage import Usage
from twisted_chat.frontends.connection import TURNED_AWAY
from twisted_chat.frontends.lineformat import EOL, ERROR, MARK, lineFormat
from twisted_chat.frontends.telnet import ECHO_ON
from twisted_chat.frontends.typed import TypedConnection
from twisted_chat.frontends.visit import LineVisit

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session

MOST_WRONG_PASSWORDS: Final = 5

FIRST: Final = {
    register: (Usage("/register NAME PASSWORD [CODE]"), "first_register"),
    login: (Usage("/login NAME PASSWORD"), "first_login"),
}
"""What may stand in place of a name, as it is called there."""


@implementer(IReceiver)
class LineLogin(TypedConnection):
    """
    A connection, and who has come in by it.

    @ivar state: what the next line means: C{"Key"} (the network's password), C{"Name"} or
        C{"Password"}, or what L{place} gives.
    @ivar secure: whether a password may be typed here.
    @ivar visit: what somebody has before them who has said who they are; else C{None}.
    """

    __slots__ = ("_key", "_name", "_wrong", "secure", "state", "visit")

    user = ""
    real = ""
    absent = False

    _log = Logger()

    def __init__(self) -> None:
        super().__init__()
        self.secure = False
        self.state = "Name"
        self.visit: LineVisit | None = None
        self._name = self._key = ""
        self._wrong = 0

    def connectionMade(self) -> None:
        """
        Somebody has come.
        """
        super().connectionMade()
        self.secure = self.encrypted or self.factory.hub.terms.isTrusted(self.address)
        self._awaitLogin()

    def ended(self) -> None:
        """
        Somebody has gone.
        """
        if self.visit is None and self.gone[0] != TURNED_AWAY:
            self.log(f"disconnected{self.why}")
        self._logOut(*self.gone)

    @property
    def accountId(self) -> str:
        """
        The id of the account of the one who has come in.
        """
        account = self.visit.session.account if self.visit is not None else None
        return account.id if account is not None else ""

    def whoIsThere(self) -> str:
        """
        The address, and the name of the one who has come in.
        """
        return self.address if self.visit is None else str(self.visit.session)

    # IReceiver, but for what every connection has.

    @property
    def receive(self) -> Callable[[bytes], None]:
        """
        Writes; see L{IReceiver.receive<twisted_chat.domain.interfaces.IReceiver.receive>}.
        """
        return self.outbox.write

    @property
    def former(self) -> Session | None:
        """
        See L{IReceiver.former<twisted_chat.domain.interfaces.IReceiver.former>}.
        """
        return self.visit.session if self.visit is not None else None

    def echoes(self, event: Event) -> bool:
        """
        What somebody does is answered instead: L{IReceiver.echoes
        <twisted_chat.domain.interfaces.IReceiver.echoes>}.
        """
        return False

    def isAnswer(self, event: Event) -> bool:
        """
        Nothing that is published is an answer here.
        """
        return False

    receiveAnswer = receive

    def happened(self, event: Event) -> None:
        """
        Shared spellings say it all here.
        """

    def formatFor(self, conversation: str) -> Format:
        """
        The spelling of a conversation for this client.
        """
        if self.visit is None:
            # Coming in just now; when it is known who it is, the session asks again.
            return lineFormat(0, False, conversation)
        return self.visit.formatFor(conversation)

    # What a line means.

    async def state_Key(self, text: str) -> str:
        """
        The line is the network's password; nothing, to come in with an account.
        """
        if self.telnet.isTelnet:
            self.outbox.write(ECHO_ON + EOL.encode())
        if text:
            self.factory.hub.rates.login(self.address, self.address)
            if not self.factory.hub.doorman.opens(text):
                self._failed()
                raise WrongEntryPassword()
        self._key = text
        return "Name"

    async def state_Name(self, text: str) -> str:
        """
        The line is a name; or it asks for an account.
        """
        name = text.strip()
        if not name:
            return "Name"
        if name.startswith("/"):
            return await self._unnamed(name)
        try:
            self._arrived(await self.login(GuestName(name, self._key)))
        except WrongEntryPassword as refusal:
            self.write([ERROR + refusal.text])
            return "Key"
        except NameRegistered as refusal:
            registered = f"{ERROR}The name {refusal.fields['name']} is registered"
            if not self.secure:
                # The next line may be the password already, and must not become a name.
                self.write([registered + ", so it needs its password."])
                return self._sendAway()
            self.write([registered + ". Give its password, or Enter alone for another name."])
            self._name = name
            return "Password"
        return "Room"

    async def _unnamed(self, text: str) -> str:
        """
        Obey one of the few commands that there are before there is a name.
        """
        word, rest = TABLE.split(text[1:])
        command = TABLE.find(word)
        if command.function in FIRST:
            usage, come = FIRST[command.function]
            if not self.secure:
                # What a script goes on to send is no name, and no room, that others see.
                return self._sendAway()
            if (given := usage.arguments(rest)) is None:
                raise BadInput(why=f"Usage: {usage.shown}")
            state: str = await getattr(self, come)(**given)
            return state
        if command.function is help:
            self.write(TABLE.about(rest) if rest else TABLE.overview(False))
        elif command.function is quit:
            self.end("")
        else:
            raise BadInput(why=f"Say who you are first; then there is /{command.usage.name}.")
        return "Name"

    def _sendAway(self) -> str:
        """
        No password is taken here.
        """
        self.disconnect(Insecure(hint=self.factory.hint).text)
        return "Name"

    async def first_register(self, **given: str) -> str:
        """
        Come in by registering.
        """
        wish = NewAccount(**given, key=self._key, address=self.address)
        await self._showMissed(self._arrived(await self.login(wish)))
        return self.place("Room")

    async def first_login(self, name: str, password: str) -> str:
        """
        Come in with a password at once. Where there is no such account, the next line is another
        password, as a script does not look at what it reads.
        """
        self._name, self.state = name, "Password"
        return await self.state_Password(password)

    async def state_Password(self, text: str) -> str:
        """
        The line is the password for the name; nothing, to choose another name.
        """
        if self.telnet.isTelnet:
            self.outbox.write(ECHO_ON + EOL.encode())
        if not text:
            return "Name"
        visit = self._arrived(
            await self.login(PasswordLogin(self._name, text, address=self.address))
        )
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

    async def login(self, credentials: GuestName | PasswordLogin | NewAccount) -> Session:
        """
        @raise ChatError: the name or the password will not do.
        """
        name = nameShown(credentials.name)
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
                self._failed()
            raise
        session = cast("Session", found[1])
        if self.closed:
            session.logout("lost")
            raise Closing()
        self._log.info("{address}: {name} is here", address=self.address, name=session.name)
        return session

    def _failed(self) -> None:
        """
        A password was wrong: not so often.
        """
        self._wrong += 1
        if self._wrong >= MOST_WRONG_PASSWORDS:
            self.disconnect("That was wrong too often. Come again later.")

    def _arrived(self, session: Session) -> LineVisit:
        self.within(0, None)
        self.visit = visit = LineVisit(self, session)
        if session.account is not None:
            visit.goBack()
        # Whatever may go wrong from here on: what is typed next is no name, and no password.
        self.state = "Room"
        if session.held:
            # Until now it was not known in which zone they are, and which room they have before
            # them.
            session.reformat()
        self.factory.recount(self, session)
        return visit

    async def _showMissed(self, visit: LineVisit) -> None:
        """
        Show somebody registered what they have missed.
        """
        self.write(visit.noted())
        missed = await visit.session.missed()
        self.write(visit.comeBack(missed))

    def signOut(self) -> None:
        """
        End the session, and ask for a name again.
        """
        self._logOut("quit")
        self.write([MARK + "You are logged out"])
        self._awaitLogin()

    def end(self, text: str, farewell: str = "Goodbye") -> None:
        """
        End the visit.

        @param text: what to tell others of it.
        @param farewell: what the person reads.
        """
        self.gone = ("quit", text)
        self._logOut(*self.gone)
        self.write([MARK + farewell])
        self.close()

    def _logOut(self, reason: str, text: str = "") -> None:
        visit, self.visit = self.visit, None
        if visit is not None and not visit.session.ended:
            name, why = visit.session.name, "" if reason == "quit" else self.why
            self._log.info("{who}: {name} has gone{why}", who=self.address, name=name, why=why)
            visit.session.logout(reason, text)
