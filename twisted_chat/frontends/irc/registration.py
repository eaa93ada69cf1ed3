"""
Coming in: from the first line to the welcome.

C{missing} says what a client has still to do before it is registered: C{"NICK"} and C{"USER"}, and
C{"CAP"} from its first C{CAP LS} or C{CAP REQ} until C{CAP END}.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from twisted_chat.domain.accounterrors import (
    AccountsOnly,
    BadLogin,
    Banned,
    Insecure,
    NameRegistered,
    NameRetired,
    NameTooAlike,
    WrongEntryPassword,
)
from twisted_chat.domain.accounts import GuestName, PasswordLogin, ProvenLogin
from twisted_chat.domain.errors import ChatError, NameTaken
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.names import nameShown
from twisted_chat.domain.proofs import Proof
from twisted_chat.domain.records import Account
from twisted_chat.frontends.irc.loggedin import abandon, deviceName
from twisted_chat.frontends.irc.numerics import (
    ERR_NICKNAMEINUSE,
    ERR_PASSWDMISMATCH,
    ERR_YOUREBANNEDCREEP,
)
from twisted_chat.frontends.irc.welcome import welcome

if TYPE_CHECKING:
    from twisted_chat.domain.session import Session
    from twisted_chat.frontends.irc.client import IrcClient


@dataclass(slots=True)
class Registration:
    """
    What is known of a client that is not registered yet.

    @ivar missing: see above.
    @ivar nick: what it wants to be called.
    @ivar password: what it gave with C{PASS}: the network's password, or C{account:password}.
    @ivar tried: what of that was counted as an attempt with the network's password.
    @ivar proof: what shows whose account it is.
    @ivar away: the text that it left with C{AWAY} (draft/pre-away); C{None}: it did not.
    @ivar entering: whether it is about to come in.
    """

    missing: set[str] = field(default_factory=lambda: {"NICK", "USER"})
    nick: str = ""
    password: str = ""
    tried: str = ""
    proof: Proof | None = None
    away: str | None = None
    entering: bool = False

    @property
    def account(self) -> Account | None:
        """
        Who it has proven to be.
        """
        return self.proof.account if self.proof is not None else None


async def advance(client: IrcClient) -> None:
    """
    Let a client in, if it has said all that it has to.
    """
    registration = client.registration
    if registration is None or registration.missing or registration.entering:
        return
    registration.entering = True
    abandon(client)
    try:
        session = await _login(client, registration)
    except (NameTaken, NameRegistered, NameRetired, NameTooAlike) as refusal:
        nick = registration.nick
        client.numeric(ERR_NICKNAMEINUSE, nick, _advice(client, nick, refusal))
        registration.missing.add("NICK")
        registration.nick = ""
        return
    except ChatError as refusal:
        _refuse(client, refusal)
        return
    finally:
        registration.entering = False
    if client.closed:
        session.logout("lost")
        return
    client.comeIn(session)
    await welcome(client, registration.away)


def _refuse(client: IrcClient, refusal: ChatError) -> None:
    """
    A client may not come in like that. Where only an account is lacking, one that has negotiated
    capabilities may log in or register yet (IRCv3 draft/account-registration).
    """
    if refusal.code in (BadLogin.code, WrongEntryPassword.code):
        client.numeric(ERR_PASSWDMISMATCH, "Password incorrect")
    elif refusal.code == Banned.code:
        client.numeric(ERR_YOUREBANNEDCREEP, refusal.text)
    if refusal.code == AccountsOnly.code:
        client.fail("*", "ACCOUNT_REQUIRED", refusal.text)
        if client.negotiation is not None and client.secure:
            return
    client.disconnect(refusal.text)


def _advice(client: IrcClient, nick: str, refusal: ChatError) -> str:
    if refusal.code != NameRegistered.code:
        return refusal.text
    how = "log in to it with SASL"
    if client.negotiation is None:
        # It does not know what that is, and shows this as it is.
        how = f"give {nick}:PASSWORD as the password of the server"
    hint = "" if client.secure else f" {client.factory.hint}"
    return f"That nick is registered. If it is yours, {how}.{hint}"


def _count(client: IrcClient, registration: Registration) -> None:
    """
    What was given with PASS may be a guess at the network's password; right ones count too, or it
    would be told. What is meant for an account is counted where it is found out whose it is.

    @raise TooFast: so often was tried from there.
    """
    given, hub = registration.password, client.factory.hub
    if given and given != registration.tried and hub.doorman.asksKey:
        hub.rates.login(client.address, client.address)
        registration.tried = given


async def _login(client: IrcClient, registration: Registration) -> Session:
    """
    @raise ChatError: the client may not come in like that.
    """
    name = registration.nick
    credentials: GuestName | PasswordLogin | ProvenLogin
    account, colon, password = registration.password.partition(":")
    proof = registration.proof
    if proof is not None:
        credentials = ProvenLogin(proof.account.id, name, proof.reset)
    elif colon and account and not client.factory.hub.doorman.opens(registration.password):
        if not client.secure:
            _count(client, registration)
            raise Insecure(hint=client.factory.hint)
        account, _, device = account.partition("@")
        client.device = deviceName(device)
        credentials = PasswordLogin(account, password, name, address=client.address)
    else:
        _count(client, registration)
        credentials = GuestName(name, registration.password)
    try:
        found = await client.factory.portal.login(credentials, client, IChatUser)
    except ChatError as refusal:
        client._log.info(
            "{address}: {name} was refused: {code}",
            address=client.address,
            name=nameShown(name),
            code=refusal.code,
        )
        raise
    session = cast("Session", found[1])
    client._log.info("{address}: {name} is here", address=client.address, name=session.name)
    return session
