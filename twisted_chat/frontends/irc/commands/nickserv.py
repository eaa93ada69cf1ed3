"""
NickServ: accounts, as people on IRC have always asked for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from twisted_chat.domain.accounterrors import BadLogin
from twisted_chat.domain.records import Account
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.irc.commands.services import Service, WrongUse
from twisted_chat.frontends.irc.loggedin import logIn, logOut, tellLoggedIn, wrongOnce

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

NICKSERV = Service("NickServ", "NS", "NickServ makes your nick yours.")


@NICKSERV.verb("REGISTER PASSWORD [CODE]", secret=True)
async def register(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Make your nick your own; CODE is that of an invitation, where one is needed
    """
    if len(words) > 2:
        raise WrongUse
    asks = client.factory.hub.doorman.asksInvitation
    code = words[1] if len(words) > 1 and asks else ""
    account: Account = await client.session.register(words[0], code)
    client.factory.recount(client, client.session)
    tellLoggedIn(client, account)
    lines = [f"{account.name} is yours now, and needs your password from now on."]
    # Elsewhere one gives an address.
    if len(words) > 1 and not (code or "@" in words[1]):
        lines.append("That is the first word; what stood behind it was not used.")
    return lines


@contextmanager
def _counted(client: IrcClient) -> Iterator[None]:
    """
    What is proven meanwhile counts as an attempt that has failed, if it has.
    """
    try:
        yield
    except BadLogin:
        wrongOnce(client)
        raise


@NICKSERV.verb("IDENTIFY [ACCOUNT] PASSWORD", "ID", "LOGIN", secret=True)
async def identify(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Go on with the rights of an account, by default that of your nick
    """
    name, password = (words[0], " ".join(words[1:])) if len(words) > 1 else (client.nick, words[0])
    with _counted(client):
        proof = await client.factory.proofs.entry(name, password, client.address)
    await logIn(client, proof)
    return [f"You are logged in as {proof.account.name}."]


@NICKSERV.verb("LOGOUT")
async def logout(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Go on as a guest
    """
    if client.account is None:
        return ["You are not logged in."]
    await logOut(client)
    return ["You are logged out."]


@NICKSERV.verb("INFO [NICK]")
async def info(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    See whose a nick is
    """
    found = await client.session.whois(words[0] if words else client.nick)
    whose = f"account {found.account}" if found.account else "not registered"
    lines = [f"{found.name}: {whose}, {found.presence}"]
    if found.seenAt:
        seen = datetime.fromtimestamp(found.seenAt, UTC)
        lines.append(f"Last seen: {seen:%Y-%m-%d %H:%M} UTC")
    return lines


@NICKSERV.verb("PASSWD [OLD] NEW", secret=True)
async def passwd(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Change your password; without the old one if you came in with a code for a lost one
    """
    if len(words) > 2:
        raise WrongUse
    old, new = words if len(words) > 1 else ("", words[0])
    await client.session.changePassword(old, new)
    return ["Your password is another one now."]


@NICKSERV.verb("SET PASSWORD [OLD] NEW", secret=True)
async def set(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Change your password, likewise
    """
    if words[0].upper() != "PASSWORD":
        raise WrongUse
    return await passwd(client, words[1:])


async def _end(client: IrcClient, words: list[str]) -> str:
    account = client.account
    if len(words) > 1:
        with _counted(client):
            account = await client.factory.proofs.password(
                words[0], " ".join(words[1:]), client.address
            )
    return await client.session.endOthers(words[0], account)


@NICKSERV.verb("GHOST NICK [PASSWORD]", secret=True)
async def ghost(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    End your account's connections under a nick
    """
    return [f"{await _end(client, words)} is disconnected."]


@NICKSERV.verb("REGAIN NICK [PASSWORD]", "RECOVER", "RELEASE", secret=True)
async def regain(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    Have a nick that another of your account's connections has
    """
    name = await _end(client, words)
    await client.session.rename(name)
    return [f"{name} is yours."]


@NICKSERV.verb("CERT ADD|DEL|LIST [FINGERPRINT]")
async def cert(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    See, add or take away the certificates that log you in (SASL EXTERNAL), by SHA-256
    """
    action, session = words[0].upper(), client.session
    given = "".join(words[1:]) or client.fingerprint
    if action == "LIST":
        known = await session.fingerprints()
        return known or ["No certificate stands for your account."]
    if action not in ("ADD", "DEL") or not given:
        raise WrongUse
    if action == "ADD":
        added = await session.addFingerprint(given)
        return [f"The certificate {added} logs you in from now on."]
    removed = await session.removeFingerprint(given)
    return [f"The certificate {removed} logs you in no more."]


@NICKSERV.verb("DROP PASSWORD", secret=True)
async def drop(client: IrcClient, words: list[str]) -> Sequence[str]:
    """
    End your account for good; nobody gets its name again
    """
    await client.session.deleteAccount(" ".join(words))
    return ["Your account is gone."]


NICKSERV.share([TABLE.find("account export")])
