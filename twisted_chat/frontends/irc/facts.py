"""
What the server tells of itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from twisted_chat.domain.limits import Limits
from twisted_chat.domain.terms import ACCOUNTS, OFF, PASSWORD, Terms
from twisted_chat.frontends.irc.terms import Sts

MOST_TARGETS: Final = 4
"""Receivers of one message."""

MOST_KICKS: Final = 20
"""People put out by one command."""

MOST_MODES: Final = 20
"""Modes with a parameter in one MODE, and changes of modes of one's own."""

MOST_SUBSCRIPTIONS: Final = 100
"""Keys that a client may subscribe to."""

USER_LENGTH: Final = 18
"""Bytes of a user name, with the C{~} before it."""

HOST_LENGTH: Final = 63
"""Bytes of a host name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """
    What a client may know of the server, as it is at one of its doors. Capabilities and the tokens
    of RPL_ISUPPORT are made of it.

    @ivar server: the name in front of the server's own lines.
    @ivar network: the network's name.
    @ivar limits: the domain's.
    @ivar saslMechanisms: as they are shown; none: no login by SASL at this door.
    @ivar stsPort: where TLS is to be had, for clients that have come without it; 0: they are not
        told.
    @ivar stsDuration: for so many seconds who has come by TLS is to come by nothing else; 0: there
        is no Strict Transport Security.
    @ivar stsPreload: whether lists of such servers may have it.
    @ivar registration: whether people may register accounts.
    @ivar registrationBeforeConnect: whether they may do so before they are in.
    @ivar accountRequired: whether nobody comes in without an account.
    @ivar relaySeparators: one of these is in each name for which RELAYMSG speaks; C{""}: there
        is no RELAYMSG.
    @ivar icon: where the network's picture is, or C{""}.
    """

    server: str
    network: str
    limits: Limits = field(default_factory=Limits)
    saslMechanisms: tuple[str, ...] = ("PLAIN", "SCRAM-SHA-256")
    stsPort: int = 0
    stsDuration: int = 0
    stsPreload: bool = False
    registration: bool = True
    registrationBeforeConnect: bool = True
    accountRequired: bool = False
    relaySeparators: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """
    Where, and how, a client has come in.

    @ivar encrypted: whether by TLS.
    @ivar secure: whether passwords are taken there.
    @ivar certified: whether the client has shown a certificate.
    """

    encrypted: bool
    secure: bool
    certified: bool


def factsAt(door: Door, facts: ServerFacts, terms: Terms, sts: Sts) -> ServerFacts:
    """
    What a client may know of the server where it has come in.

    @param facts: what holds at all doors.
    @param terms: what the settings say about the network as a whole.
    """
    mechanisms = ("PLAIN", "SCRAM-SHA-256") if door.secure else ()
    return replace(
        facts,
        saslMechanisms=(*mechanisms, "EXTERNAL") if door.certified else mechanisms,
        registration=door.secure and terms.register != OFF,
        registrationBeforeConnect=terms.entry != PASSWORD,
        accountRequired=terms.entry == ACCOUNTS,
        stsPort=0 if door.secure else sts.port,
        stsDuration=sts.duration if door.encrypted else 0,
        stsPreload=sts.preload,
    )
