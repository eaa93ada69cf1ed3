"""
Masks: whom an entry of a room's list is about.

C{bea} or C{be*} is about names, C{*@10.0.0.0/8} or C{bea@*.example} about addresses, real or
cloaked, C{account:bea} about a registered person.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from twisted_chat.domain.errors import BadInput, BadName
from twisted_chat.domain.names import cleanLine, fold

ACCOUNT = "account:"
LONGEST = 128


@dataclass(frozen=True, slots=True)
class Subject:
    """
    Somebody as masks see them.

    @ivar account: the account's name, or C{""}.
    @ivar address: the address itself, known to this node alone.
    @ivar host: the cloaked address.
    """

    name: str
    account: str
    address: str
    host: str


def parseMask(text: str) -> str:
    """
    The canonical form of a mask that somebody typed.

    @raise BadInput: there is no such mask.
    """
    mask = cleanLine(text).strip()
    if not mask or len(mask) > LONGEST or " " in mask:
        raise BadInput(why="Give a name, NAME@ADDRESS or account:NAME; * stands for anything.")
    if mask.lower().startswith(ACCOUNT):
        return ACCOUNT + _folded(mask[len(ACCOUNT) :])
    name, at, address = mask.partition("@")
    return _folded(name or "*") + (at and at + (address or "*").lower())


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
    return matches(name, subject.name) and (not at or _addressMatches(address, subject))


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
