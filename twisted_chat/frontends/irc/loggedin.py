"""
Being logged in: going on as somebody registered, whichever way that was proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.proofs import Proof
from twisted_chat.domain.records import Account
from twisted_chat.frontends.irc.numerics import ERR_SASLABORTED, RPL_LOGGEDIN, RPL_LOGGEDOUT

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MOST_WRONG: Final = 5
"""After how many failed attempts to log in a client is disconnected."""

LONGEST_DEVICE: Final = 64
"""Characters of what a device is called: it is kept with each conversation that it was told of."""


def deviceName(text: str) -> str:
    """
    @return: what a client calls its device, as it is kept.
    """
    return cleanLine(text)[:LONGEST_DEVICE]


async def logIn(client: IrcClient, proof: Proof, device: str = "") -> None:
    """
    Go on as somebody registered.

    @param proof: whose person the client has proven to be.
    @param device: the device that was named, or C{""}.
    @raise ChatError: nobody may come in with that account now, or the client can't become somebody
        else.
    """
    registration, account = client.registration, proof.account
    if registration is None:
        # That it is logged in it hears before what all who know it hear of that.
        client.session.hold()
        client.session.reformat()
        await client.session.assume(account, proof.reset)
        client.factory.recount(client, client.session)
    else:
        hub, address = client.factory.hub, client.address
        name = registration.nick or account.name
        await hub.doorman.admit(name, account, address, hub.cloak(address))
        registration.proof = proof
    client.wrong = 0
    if device:
        client.device = deviceName(device)
    client._log.info("{who} is logged in as {name}", who=client.whoIsThere(), name=account.name)
    tellLoggedIn(client, account)


def tellLoggedIn(client: IrcClient, account: Account) -> None:
    """
    Tell a client whose rights it has from now on.
    """
    text = f"You are now logged in as {account.name}"
    client.numeric(RPL_LOGGEDIN, client.mask, account.name, text)


async def logOut(client: IrcClient) -> None:
    """
    Go on as a guest under the same name.

    @raise ChatError: that can't be.
    """
    await client.session.assume(None)
    client.factory.recount(client, client.session)
    client.numeric(RPL_LOGGEDOUT, client.mask, "You are now logged out")


def wrongOnce(client: IrcClient) -> None:
    """
    An attempt to log in has failed. Whoever fails too often has to connect anew.
    """
    client.wrong += 1
    client._log.info("{who} failed to log in", who=client.whoIsThere())
    if client.wrong >= MOST_WRONG:
        client.gone = ("ended", "Too many failed logins")
        client.disconnect("Too many failed logins. Come again later.")


def abandon(client: IrcClient) -> None:
    """
    A login that is under way ends, since the client comes in without it.
    """
    if client.login is not None:
        client.login = None
        client.numeric(ERR_SASLABORTED, "SASL authentication aborted")
