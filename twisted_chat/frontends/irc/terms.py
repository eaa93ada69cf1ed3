"""
What whoever runs the server has decided about IRC alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Addresses(Protocol):
    """
    Some addresses.
    """

    def __contains__(self, address: str) -> bool:
        """
        Whether an address is one of them.
        """


@dataclass(frozen=True, slots=True)
class Gateway:
    """
    Somebody who lets others in and tells their addresses (IRCv3 WebIRC).

    @ivar password: what it shows.
    @ivar addresses: where it may be.
    """

    password: str = field(repr=False)
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class Sts:
    """
    Strict Transport Security (IRCv3 sts).

    @ivar duration: for so many seconds clients come by TLS alone; 0: there is no such policy.
    @ivar port: where TLS is to be had.
    @ivar preload: whether lists of such servers may have this one.
    """

    duration: int = 0
    port: int = 0
    preload: bool = False


@dataclass(frozen=True, slots=True)
class IrcTerms:
    """
    What the settings say about IRC.

    @ivar operators: by name, the Argon2 hashes of the passwords with which OPER makes an operator
        of anybody.
    @ivar gateways: who may use WEBIRC.
    @ivar relaySeparators: one of these is in each name for which RELAYMSG speaks; C{""}: there is
        no RELAYMSG.
    @ivar admin: how to reach whoever runs the server, or C{""}.
    @ivar icon: where a picture of the network is, or C{""}.
    @ivar sts: whether, and where, TLS is asked for.
    """

    operators: Mapping[str, str] = field(default_factory=dict, repr=False)
    gateways: tuple[Gateway, ...] = ()
    relaySeparators: str = "/"
    admin: str = ""
    icon: str = ""
    sts: Sts = Sts()
