"""
Registering accounts: REGISTER and VERIFY (IRCv3 draft/account-registration).

Nobody needs an e-mail address here. Where who registers needs an invitation, its code can stand in
the place of the address, else it is asked for by VERIFICATION_REQUIRED and given by VERIFY.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.accounterrors import (
    AlreadyRegistered,
    NameRegistered,
    NameRetired,
    NameTooAlike,
    RegistrationClosed,
    WeakPassword,
    WrongCode,
    WrongEntryPassword,
    WrongInvitation,
)
from twisted_chat.domain.errors import (
    BadInput,
    BadName,
    Busy,
    ChatError,
    Closing,
    NameTaken,
    NotSaved,
    TooFast,
)
from twisted_chat.domain.names import cleanLine, fold
from twisted_chat.domain.newaccounts import NewAccount, registerNew
from twisted_chat.domain.proofs import Proof
from twisted_chat.domain.records import Account
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.loggedin import tellLoggedIn
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import ERR_NEEDMOREPARAMS
from twisted_chat.frontends.irc.registration import advance

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

ACCOUNT = Noun()

_LATER: Final = "TEMPORARILY_UNAVAILABLE"
_COME_IN: Final = "COMPLETE_CONNECTION_REQUIRED"

CODES: Final = {
    kind.code: code
    for kind, code in (
        (NameRegistered, "ACCOUNT_EXISTS"),
        (NameRetired, "ACCOUNT_EXISTS"),
        (NameTaken, "ACCOUNT_EXISTS"),
        (NameTooAlike, "BAD_ACCOUNT_NAME"),
        (BadName, "BAD_ACCOUNT_NAME"),
        (AlreadyRegistered, "ALREADY_AUTHENTICATED"),
        (WeakPassword, "WEAK_PASSWORD"),
        (BadInput, "UNACCEPTABLE_PASSWORD"),
        (WrongCode, "INVALID_CODE"),
        (WrongInvitation, "INVALID_CODE"),
        (WrongEntryPassword, _COME_IN),
        (RegistrationClosed, "DISALLOWED"),
        (Busy, _LATER),
        (Closing, _LATER),
        (NotSaved, _LATER),
        (TooFast, _LATER),
    )
}
"""By the code of an error, what account-registration calls it."""


@ACCOUNT.command("REGISTER", least=3, early=True)
async def register(client: IrcClient, message: Message) -> None:
    """
    Make one's nick one's own: REGISTER * * PASSWORD; where an invitation is needed, REGISTER * CODE
    PASSWORD.
    """
    wanted, address, password = message.params[:3]
    name = cleanLine(wanted)[:64]

    def fail(code: str, *context: str) -> None:
        client.fail("REGISTER", code, *context)

    if not _mayRegister(client, name, fail):
        return
    # What has a sign of addresses in it is none of our codes.
    code = "" if address == "*" or "@" in address else address
    doorman = client.factory.hub.doorman
    try:
        if doorman.asksInvitation and not code:
            doorman.requireRegistration()
            client.promised = password
            text = "An invitation is needed here: VERIFY your account by its code"
            client.replies.line("REGISTER", "VERIFICATION_REQUIRED", client.nick, text)
            return
        account = await _make(client, password, code if doorman.asksInvitation else "")
    except ChatError as refusal:
        _refuse(client, "REGISTER", refusal)
    else:
        await _made(client, "REGISTER", account)


def _refuse(client: IrcClient, command: str, refusal: ChatError) -> None:
    code = CODES.get(refusal.code, _LATER)
    # This one is about the connection and no account.
    about = () if code == _COME_IN else (client.nick,)
    client.fail(command, code, *about, refusal.sentence)


def _mayRegister(client: IrcClient, name: str, fail: Callable[..., None]) -> bool:
    """
    @param name: of the account that is wanted; C{*} for the nick's.
    @param fail: says why not.
    """
    if not client.secure:
        fail("INSECURE_CONNECTION", name, f"No password is taken here. {client.factory.hint}")
    elif client.account is not None:
        account = client.account.name
        fail("ALREADY_AUTHENTICATED", account, f"You are logged in as {account}")
    elif not _hasNick(client):
        fail("NEED_NICK", "*", "Say by NICK what your account is to be called")
    elif name != "*" and not _isSame(name, client.nick):
        fail("ACCOUNT_NAME_MUST_BE_NICK", name, "An account is called what you are called")
    else:
        return True
    return False


@ACCOUNT.command("VERIFY", least=2, early=True)
async def verify(client: IrcClient, message: Message) -> None:
    """
    Give the code of an invitation, after REGISTER: VERIFY NICK CODE.
    """
    name, code = cleanLine(message.params[0])[:64], message.params[1]
    if client.account is not None:
        account = client.account.name
        client.fail("VERIFY", "ALREADY_AUTHENTICATED", account, f"You are logged in as {account}")
        return
    if not code.strip():
        client.numeric(ERR_NEEDMOREPARAMS, "VERIFY", "Not enough parameters")
        return
    if not client.promised or not (name == "*" or _isSame(name, client.nick)):
        client.fail("VERIFY", "INVALID_CODE", name, "There is nothing to verify. REGISTER first")
        return
    try:
        account_ = await _make(client, client.promised, code)
    except ChatError as refusal:
        _refuse(client, "VERIFY", refusal)
    else:
        await _made(client, "VERIFY", account_)


def _hasNick(client: IrcClient) -> bool:
    return client.registration is None or bool(client.registration.nick)


def _isSame(name: str, nick: str) -> bool:
    try:
        return fold(name) == fold(nick)
    except BadName:
        return False


async def _make(client: IrcClient, password: str, code: str) -> Account:
    """
    @raise ChatError: the account can't be made.
    """
    registration, factory = client.registration, client.factory
    if registration is None:
        account: Account = await client.session.register(password, code)
        factory.recount(client, client.session)
        return account
    wish = NewAccount(registration.nick, password, code, registration.password, client.address)
    account = await registerNew(factory.hub, factory.passwords, wish)
    registration.proof = Proof(account)
    return account


async def _made(client: IrcClient, command: str, account: Account) -> None:
    client.promised = ""
    client.replies.line(command, "SUCCESS", account.name, "Account successfully registered")
    tellLoggedIn(client, account)
    await advance(client)
