"""
Masks: whom an entry of a room's list is about.

C{bea} or C{be*} is about names, C{*@10.0.0.0/8} or C{bea@*.example} about addresses, real or
cloaked, C{account:bea} about a registered person. For wires that have users there is a user between
name and address: C{*!~b*} or C{bea!~b*@*.example}.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from msgspec import Struct

from twisted_chat.domain.errors import BadInput, BadName
from twisted_chat.domain.names import cleanLine, fold

ACCOUNT = "account:"
LONGEST = 128


class Subject(Struct, frozen=True):
    """
    Somebody as masks see them.

    @ivar account: the account's name, or C{""}.
    @ivar address: the address itself, known to this node alone.
    @ivar host: the cloaked address.
    @ivar user: what the client calls its user, or C{""}.
    """

    name: str
    account: str
    address: str
    host: str
    user: str = ""


def parseMask(text: str) -> str:
    """
    The canonical form of a mask that somebody typed.

    @raise BadInput: there is no such mask.
    """
    mask = cleanLine(text).strip()
    if len(mask) > LONGEST or len(mask.split()) != 1:
        raise BadInput(why="Give a name, NAME@ADDRESS or account:NAME; * stands for anything.")
    if mask.lower().startswith(ACCOUNT):
        return ACCOUNT + _folded(mask[len(ACCOUNT) :])
    name, at, address = mask.partition("@")
    name, mark, user = name.partition("!")
    if mark:
        # Whoever gives all three parts means by a star no more than by leaving the part out.
        user = "" if user == "*" else user.lower()
        at = at if address.strip("*") else ""
    return _folded(name or "*") + (user and "!" + user) + (at and at + (address or "*").lower())


def invitationOf(name: str, account: str) -> str:
    """
    The mask of an invitation: who is registered is invited by the account.
    """
    return ACCOUNT + fold(account) if account else fold(name)


def _folded(name: str) -> str:
    try:
        return fold(name)
    except BadName:
        # With wildcards in it, it need not be a name; but it is matched with folded ones.
        return name.lower()


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def networkOf(address: str) -> IPv4Network | IPv6Network | None:
    """
    What counts as one address or, for a mask, as the addresses that it is about: of IPv4 an
    address alone, of IPv6 the /64 that it is in.

    @return: C{None} if it is no address.
    """
    network = _network(address.partition("%")[0])
    if network is not None and network.version == 6 and network.prefixlen > 64:
        return network.supernet(new_prefix=64)
    return network


def parseServerMask(text: str) -> str:
    """
    The canonical form of whom a server ban is about: an address, a network, or a mask as in
    the list of a room.

    @raise BadInput: there is no such mask, or it is about everybody.
    """
    typed = cleanLine(text).strip()
    network = networkOf(typed.removeprefix("*@"))
    if network is not None:
        if not network.prefixlen:
            raise BadInput(why="That is about everybody. /lockdown closes the doors.")
        single = network.version == 4 and network.prefixlen == 32
        return str(network.network_address if single else network)
    mask = parseMask(typed)
    number = mask[0].isdigit() and not any(sign in mask for sign in "*?@!")
    if number or "/" in mask or networkOf(mask) is not None:
        # No name has a slash in it, or begins with a digit; and what is left of C{::!} is an
        # address, which was not meant.
        raise BadInput(why=f"{typed} is neither an address, nor a network, nor a name.")
    if not mask.removeprefix(ACCOUNT).strip("*?@"):
        raise BadInput(why="That is about everybody. /lockdown closes the doors.")
    return mask


def serverMaskMatches(mask: str, subject: Subject) -> bool:
    """
    Whether a canonical mask of a server ban is about somebody. A name is about the account of that
    name too, whatever name it is here under.
    """
    network = networkOf(mask)
    if network is not None:
        here = networkOf(subject.address)
        return (
            here is not None and here.version == network.version and here.subnet_of(network)  # type: ignore[arg-type]
        )
    if maskMatches(mask, subject):
        return True
    plain = "@" not in mask and not mask.startswith(ACCOUNT)
    return plain and bool(subject.account) and matches(mask, subject.account)


def _addressMatches(mask: str, subject: Subject) -> bool:
    if "/" in mask and (network := _network(mask)) is not None:
        try:
            return ip_address(subject.address) in network
        except ValueError:
            return False
    return matches(mask, subject.address) or matches(mask, subject.host)


def maskMatches(mask: str, subject: Subject) -> bool:
    """
    Whether a canonical mask is about somebody.
    """
    if mask.startswith(ACCOUNT):
        return bool(subject.account) and matches(mask[len(ACCOUNT) :], subject.account)
    name, at, address = mask.partition("@")
    name, _, user = name.partition("!")
    return (
        matches(name, subject.name)
        and (not user or matches(user, subject.user))
        and (not at or _addressMatches(address, subject))
    )


def _loose(text: str) -> str:
    """
    @return: C{text} with its case and width folded as L{fold} does, but any text may come.
    """
    if text.isascii():
        return text.lower()
    narrow = unicodedata.normalize("NFKC", text).lower()
    # Whether a small sigma is a final one depends on what follows, which a mask does not tell.
    return unicodedata.normalize("NFC", narrow).replace("ς", "σ")


@lru_cache(maxsize=2048)
def _pattern(mask: str) -> re.Pattern[str]:
    """
    @return: a pattern that finds each part between stars at its first place and never tries
        another one: that is enough for a match, and time can't grow out of bounds.
    """
    first, *rest = [
        "".join("." if character == "?" else re.escape(character) for character in part)
        for part in _loose(mask).split("*")
    ]
    if not rest:
        return re.compile(first, re.DOTALL)
    *middle, last = rest
    between = "".join(f"(?>.*?{part})" for part in middle if part)
    return re.compile(f"{first}{between}.*{last}", re.DOTALL)


def matches(mask: str, subject: str) -> bool:
    """
    Does a mask, as in a list of bans, match? Case makes no difference.

    @param mask: C{*} stands for any characters or none, C{?} for one; a mask longer than
        L{LONGEST} matches nothing.
    @param subject: a name, an account or an address; all of it has to match.
    @return: whether it does, in time linear in the subject's length for a given mask.
    """
    return len(mask) <= LONGEST and _pattern(mask).fullmatch(_loose(subject)) is not None
