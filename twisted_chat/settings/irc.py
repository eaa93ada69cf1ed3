"""
The settings of IRC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted_chat.frontends.irc.terms import Gateway, IrcTerms, Sts
from twisted_chat.settings import kinds as kind
from twisted_chat.settings import words
from twisted_chat.settings.addresslist import AddressList
from twisted_chat.settings.kinds import (
    Rule,
    SettingsError,
    quoted,
    readText,
    setting,
)

SEPARATORS = "/!@#&:<>\\?"
"""What no name has in it, so that a name with it can only be a relayed one."""

LONGEST_SHOWN = 200
"""Characters of what has to fit into one line of IRC, with what stands around it."""


def _texts(value: object) -> list[str]:
    given = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str) and one.isprintable() for one in given):
        raise ValueError("must be a list of texts in quotes")
    return [str(one) for one in given]


def _operators(explanation: str) -> Any:
    """
    A setting that names operators.

    @return: the field, of type C{tuple[tuple[str, str], ...]}: names and hashes.
    """

    def read(value: object, _folder: Path) -> tuple[tuple[str, str], ...]:
        found = {}
        for one in _texts(value):
            name, _, hashed = one.partition(":")
            if not name or " " in name or not hashed.startswith("$argon2"):
                raise ValueError('must be texts such as "NAME:$argon2id$..."')
            if name in found:
                raise ValueError(f"names {name} twice")
            found[name] = hashed
        return tuple(found.items())

    rule = Rule(explanation, read, "[]", several=True)
    return field(default=(), repr=False, metadata={"rule": rule})


def _gateways(explanation: str) -> Any:
    """
    A setting that lists gateways.

    @return: the field, of type C{tuple[Gateway, ...]}.
    """

    def read(value: object, _folder: Path) -> tuple[Gateway, ...]:
        found = []
        for one in _texts(value):
            password, at, addresses = one.rpartition("@")
            if not (password and at and addresses):
                raise ValueError('must be texts such as "PASSWORD@192.0.2.1,2001:db8::/32"')
            found.append(Gateway(password, AddressList(tuple(addresses.split(",")))))
        return tuple(found)

    rule = Rule(explanation, read, "[]", several=True)
    return field(default=(), repr=False, metadata={"rule": rule})


def _separators(default: str, explanation: str) -> Any:
    def read(value: object, folder: Path) -> str:
        found = readText(value, folder)
        if any(each not in SEPARATORS for each in found):
            raise ValueError(f"may only hold characters of {SEPARATORS}")
        return found

    return setting(default, explanation, read, quoted(default))


@dataclass(frozen=True, slots=True)
class Irc:
    """
    IRC.
    """

    operators: tuple[tuple[str, str], ...] = _operators(
        'Who becomes an operator by OPER without an account: "NAME:HASH", the hash from Argon2.'
    )
    webirc: tuple[Gateway, ...] = _gateways(
        'Gateways that may name the addresses of their people: "PASSWORD@ADDRESS,NETWORK".'
    )
    relaySeparators: str = _separators(
        "/", "One of these is in each name for which bridges speak (RELAYMSG). Empty: none may."
    )
    admin: str = kind.text(
        "",
        f"What ADMIN says of how to reach who runs this: at most {LONGEST_SHOWN} characters."
        " Empty: nothing.",
        LONGEST_SHOWN,
    )
    icon: str = kind.text(
        "",
        f"The URL of a picture of the network, for clients: at most {LONGEST_SHOWN} characters."
        " Empty: none.",
        LONGEST_SHOWN,
    )

    sts: float = kind.seconds(
        0, "For so long clients come by TLS alone, once they know (STS). 0 s: as they like."
    )
    stsPort: int = kind.whole(
        0,
        "The port where they find TLS. 0: the first of listen.irc_tls_port.",
        least=0,
        most=kind.HIGHEST_PORT,
    )
    stsPreload: str = words.choice("no", "Whether lists of such servers may have this one.", "yes")

    def terms(self, doors: Sequence[str]) -> IrcTerms:
        """
        The same for the front end.

        @param doors: where TLS is to be had: the setting C{listen.irc_tls_port}.
        """
        port = self.stsPort or next(filter(None, map(_portOf, doors)), 0)
        sts = Sts(int(self.sts), port, self.stsPreload == "yes") if self.sts else Sts()
        return IrcTerms(
            operators=dict(self.operators),
            gateways=self.webirc,
            relaySeparators=self.relaySeparators,
            admin=self.admin,
            icon=self.icon,
            sts=sts,
        )

    def check(self, doors: Sequence[str], certificate: Path | None) -> None:
        """
        See whether it fits what else is set. A client that has once come by TLS under such a policy
        can't come otherwise for a long time; so a certificate that it does not trust shuts it out.

        @param doors: the setting C{listen.irc_tls_port}.
        @param certificate: the setting C{tls.cert}.
        @raise SettingsError: it does not.
        """
        if self.sts and certificate is None:
            raise SettingsError("irc.sts", "needs a certificate that clients trust: set tls.cert")
        if self.sts and not self.terms(doors).sts.port:
            raise SettingsError("irc.sts_port", "must say where TLS is to be had")


def _portOf(door: str) -> int:
    """
    @param door: a port, or an endpoint.
    @return: 0 if it is on no port.
    """
    number = door.split(":")[1] if door.startswith("tcp") and ":" in door else door
    return int(number) if number.isascii() and number.isdigit() else 0
