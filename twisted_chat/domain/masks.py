"""
Masks: whom an entry of a room's list is about.

C{bea} or C{be*} is about names, C{*@10.0.0.0/8} or C{bea@*.example} about addresses, real or
cloaked, C{account:bea} about a registered person. An address of IPv6, C{*@2001:db8::7}, means its
/64, as everywhere. For wires that have users there is a user between name and address: C{*!~b*} or
C{bea!~b*@*.example}.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from msgspec import Struct

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.names import cleanLine, fold, foldAny

ACCOUNT = "account:"
LONGEST = 128
MAPPED_BITS: Final = 96
"""How many bits are before an IPv4 address within IPv6 (RFC 4291, section 2.5.5.2)."""

_CLOAK: Final = re.compile(r"[0-9a-f]{16}\.cloak").fullmatch
"""What stands for an address: see L{twisted_chat.cloak.Cloak}."""


_IN_NO_NAME: Final = re.compile("[,&:/<>]").search


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

    def folded(self) -> Subject:
        """
        The same, with case and width folded: what a L{Pattern} is compared with.
        """
        texts = (self.name, self.account, self.address, self.host, self.user)
        return Subject(*map(_loose, texts))


_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""The wide forms of ASCII (RFC 8264, section 5.2.1): folding would make signs of a mask of them."""


def parseMask(text: str) -> str:
    """
    The canonical form of a mask that somebody typed.

    @raise BadInput: there is no such mask.
    """
    mask = cleanLine(text).translate(_NARROW).strip()
    # No name has a # in it: what was meant is a room, or the number of a message.
    if len(mask) > LONGEST or len(mask.split()) != 1 or "#" in mask or mask.lower() == ACCOUNT:
        raise BadInput(why="Give a name, NAME@ADDRESS or account:NAME; * stands for anything.")
    if mask.lower().startswith(ACCOUNT):
        return ACCOUNT + foldAny(mask[len(ACCOUNT) :])
    if readNetwork(alone := mask.removesuffix("!*@*")) is not None:
        # Nobody can be called that.
        return f"*@{alone.lower()}"
    name, at, address = mask.partition("@")
    name, mark, user = name.partition("!")
    if mark:
        # Whoever gives all three parts means by a star no more than by leaving the part out.
        user = "" if user == "*" else user.lower()
        at = at if address.strip("*") else ""
    # With wildcards in it, it need not be a name; but it is matched with folded ones.
    return foldAny(name or "*") + (user and "!" + user) + (at and at + (address or "*").lower())


def requireNoCloak(mask: str) -> None:
    """
    @raise BadInput: a canonical mask is about a name that looks like what stands for an address.
        Somebody may be called so, and it would not be they who was meant.
    """
    if _CLOAK(mask):
        raise BadInput(why=f"{mask} stands for an address.", remedy=f"Write *@{mask}.")


def requireNamable(mask: str) -> None:
    """
    @raise BadInput: a canonical mask is about a name that nobody can have, as when somebody types a
        colon behind one. It would look as if they were banned.
    """
    name = mask.removeprefix(ACCOUNT).partition("@")[0].partition("!")[0]
    if _IN_NO_NAME(name):
        raise BadInput(why=f"Nobody can be called {name}.")


def invitationOf(name: str, account: str) -> str:
    """
    The mask of an invitation: who is registered is invited by the account.
    """
    return ACCOUNT + fold(account) if account else fold(name)


@lru_cache(maxsize=1024)
def readNetwork(text: str) -> IPv4Network | IPv6Network | None:
    """
    @return: an address or a network as somebody wrote it; C{None} if it is neither.
    """
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
    network = readNetwork(address.partition("%")[0])
    return None if network is None else _customers(network)


def _customers(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """
    @return: not less than a /64 of IPv6, which is one customer's.
    """
    if network.version == 6 and network.prefixlen > 64:
        return network.supernet(new_prefix=64)
    return network


def meant(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """
    The addresses that somebody means by some: IPv4 however it was written.
    """
    within = network.network_address.ipv4_mapped if network.version == 6 else None
    if within is not None and network.prefixlen >= MAPPED_BITS:
        # People who come from there are known by that address.
        return IPv4Network((within, network.prefixlen - MAPPED_BITS))
    return _customers(network)


def bitsIn(network: IPv4Network | IPv6Network) -> str:
    """
    What all addresses of a network begin with, as L{bitsOf} spells them.
    """
    return _bits(network.version, int(network.network_address))[: 1 + network.prefixlen]


@lru_cache(maxsize=1024)
def bitsOf(address: str) -> str:
    """
    An address as text, so that those of one network begin alike.

    @return: the version of IP and the address in ones and zeros; C{""} if it is no address.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return _bits(parsed.version, int(parsed))


def _bits(version: int, number: int) -> str:
    return f"{version}{number:0{32 if version == 4 else 128}b}"


def maskMatches(mask: str, subject: Subject) -> bool:
    """
    Whether a canonical mask is about somebody. Where many are asked about, or many masks, a
    L{twisted_chat.domain.masklist.MaskIndex} takes less.
    """
    return Pattern(mask).isAbout(subject.folded())


def _loose(text: str) -> str:
    """
    @return: C{text} with its case and width folded as L{fold} does, but any text may come.
    """
    if text.isascii():
        return text.lower()
    narrow = unicodedata.normalize("NFKC", text).lower()
    # Whether a small sigma is a final one depends on what follows, which a mask does not tell.
    return unicodedata.normalize("NFC", narrow).replace("ς", "σ")


_WILDCARD: Final = re.compile(r"[*?]")


class Glob:
    """
    A text with wildcards: C{*} stands for any characters or none, C{?} for one.

    It keeps little more than its text, since there may be very many; and it never tries another
    way after one, so that its time is linear in the lengths of both texts, whatever they are.

    @ivar beginning: what all that it matches begins with.
    """

    __slots__ = ("_ending", "_least", "_text", "beginning")

    def __init__(self, mask: str) -> None:
        """
        @param mask: one longer than L{LONGEST} matches nothing.
        """
        text = self._text = _loose(mask)
        self.beginning = _WILDCARD.split(text, 1)[0]
        self._ending = text[max(text.rfind("*"), text.rfind("?")) + 1 :]
        self._least = sys.maxsize if len(mask) > LONGEST else len(text) - text.count("*")

    def fits(self, text: str) -> bool:
        """
        Whether it matches all of a text.

        @param text: see L{Subject.folded}.
        """
        # Nearly all end here.
        if len(text) < self._least or not text.startswith(self.beginning):
            return False
        if not text.endswith(self._ending):
            return False
        if "?" in self._text:
            return _leadsThrough(self._text, text)
        at, end = len(self.beginning), len(text) - len(self._ending)
        parts = self._text.split("*")
        for part in parts[1:-1]:
            # If it fits at all, it does with each part at its first place.
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return len(parts) > 1 or len(text) == self._least


def _leadsThrough(mask: str, text: str) -> bool:
    """
    Whether a mask matches a text, for one that has C{?}: sign by sign of the mask, all places to
    which one can have come in the text are followed at once. Bit n of C{places} is set if what was
    read of the mask can be the first n characters.
    """
    everywhere = (2 << len(text)) - 1
    standing: dict[str, int] = {}
    places = 1
    for sign in mask:
        if sign == "*":
            places = everywhere & -(places & -places)
        elif sign == "?":
            places = places << 1 & everywhere
        else:
            if sign not in standing:
                standing[sign] = _placesOf(sign, text)
            places = (places & standing[sign]) << 1
        if not places:
            return False
    return bool(places >> len(text))


def _placesOf(sign: str, text: str) -> int:
    """
    @return: bit n is set if C{sign} stands at n.
    """
    places, at = 0, text.find(sign)
    while at >= 0:
        places |= 1 << at
        at = text.find(sign, at + 1)
    return places


@lru_cache(maxsize=256)
def _glob(mask: str) -> Glob:
    return Glob(mask)


def matches(mask: str, subject: str) -> bool:
    """
    Does a mask, as in a list of bans, match? Case makes no difference.

    @param mask: see L{Glob}.
    @param subject: a name, an account or an address; all of it has to match.
    """
    return _glob(mask).fits(_loose(subject))


class Pattern:
    """
    A canonical mask, read once to be compared with many.
    """

    __slots__ = ("_account", "_address", "_name", "_network", "_user")

    def __init__(self, mask: str) -> None:
        """
        @param mask: as L{parseMask} gives it.
        """
        self._account = self._name = self._user = self._address = None
        self._network = ""
        if mask.startswith(ACCOUNT):
            self._account = Glob(mask[len(ACCOUNT) :])
            return
        name, at, address = mask.partition("@")
        name, _, user = name.partition("!")
        self._name = _unlessAll(name)
        self._user = _unlessAll(user or "*")
        network = None
        if "/" in address or ":" in address:
            network = readNetwork(address.partition("%")[0])
        if network is not None:
            self._network = bitsIn(meant(network))
        elif at:
            self._address = _unlessAll(address)

    def isAbout(self, subject: Subject) -> bool:
        """
        Whether it is about somebody.

        @param subject: L{folded<Subject.folded>}.
        """
        if self._account is not None:
            return bool(subject.account) and self._account.fits(subject.account)
        address = self._address
        return (
            (self._name is None or self._name.fits(subject.name))
            and (self._user is None or self._user.fits(subject.user))
            and (address is None or address.fits(subject.address) or address.fits(subject.host))
            and (not self._network or bitsOf(subject.address).startswith(self._network))
        )

    @property
    def beginning(self) -> tuple[str, str]:
        """
        By what it can be found without being compared: a field of L{beginningsOf}, and what a text
        there begins with of whomever it is about.
        """
        if self._account is not None:
            return "account", self._account.beginning
        name, address, user = (
            glob.beginning if glob is not None else ""
            for glob in (self._name, self._address, self._user)
        )
        found = {"name": name, "network": self._network, "address": address, "user": user}
        return next((each for each in found.items() if each[1]), ("name", ""))


def beginningsOf(subject: Subject) -> tuple[tuple[str, str], ...]:
    """
    What of somebody the beginnings of patterns are looked for in, by field.

    @param subject: L{folded<Subject.folded>}.
    """
    return (
        ("name", subject.name),
        ("account", subject.account),
        ("address", subject.address),
        ("address", subject.host),
        ("user", subject.user),
        ("network", bitsOf(subject.address)),
    )


def _unlessAll(mask: str) -> Glob | None:
    """
    @return: C{None} for what matches anything.
    """
    return None if mask == "*" else Glob(mask)
