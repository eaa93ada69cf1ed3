"""
Masks of server bans: whom one is about.

As in the list of a room, and C{10.0.0.0/8} or C{192.0.2.7} alone is about addresses.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.masks import (
    ACCOUNT,
    Subject,
    bitsIn,
    bitsOf,
    maskMatches,
    meant,
    networkOf,
    parseMask,
    readNetwork,
    requireNoCloak,
)
from twisted_chat.domain.names import cleanLine


def parseServerMask(text: str) -> str:
    """
    The canonical form of whom a server ban is about: an address, a network, or a mask as in
    the list of a room.

    @raise BadInput: there is no such mask, or it is about everybody.
    """
    typed = cleanLine(text).strip()
    network = readNetwork(typed.removeprefix("*@").partition("%")[0])
    mask = parseMask(typed) if network is None else ""
    if mask.startswith("*@"):
        # So ends what is spelled with a user too, *!*@192.0.2.7, as is usual on IRC.
        network = readNetwork(mask.removeprefix("*@").partition("%")[0])
    if network is not None:
        return _addresses(network)
    requireNoCloak(mask)
    name = mask.removeprefix(ACCOUNT).partition("@")[0].partition("!")[0]
    number = mask[0].isdigit() and not any(sign in mask for sign in "*?@!")
    if number or "/" in mask or ":" in name:
        # No name has a slash or a colon in it, or begins with a digit; and what is left of C{::!}
        # is an address, which was not meant.
        raise BadInput(why=f"{typed} is neither an address, nor a network, nor a name.")
    if not mask.removeprefix(ACCOUNT).strip("*?@"):
        raise BadInput(why="That is about everybody.", remedy="/lockdown closes the doors.")
    return mask


def _addresses(network: IPv4Network | IPv6Network) -> str:
    """
    The canonical form of a server ban of addresses.

    @raise BadInput: it is about everybody.
    """
    network = meant(network)
    if not network.prefixlen:
        raise BadInput(why="That is about everybody.", remedy="/lockdown closes the doors.")
    single = network.version == 4 and network.prefixlen == 32
    return str(network.network_address if single else network)


def serverMaskMatches(mask: str, subject: Subject) -> bool:
    """
    Whether a canonical mask of a server ban is about somebody. A name is about the account of that
    name too, whatever name it is here under.
    """
    network = networkOf(mask)
    if network is not None:
        return bitsOf(subject.address).startswith(bitsIn(network))
    account = accountMask(mask)
    return maskMatches(mask, subject) or (account is not None and maskMatches(account, subject))


def accountMask(mask: str) -> str | None:
    """
    The mask of the accounts that a server ban by name is about too.

    @return: C{None} if it is no ban by name.
    """
    return None if "@" in mask or mask.startswith(ACCOUNT) else ACCOUNT + mask
