"""
The settings that can change while the server runs: what is made of them at the start, and again.

A setting that is used here holds at once when it is in the table of L{liveSettings} too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twisted_chat.addresscheck import CommandCheck
from twisted_chat.cloak import Cloak
from twisted_chat.config import Settings
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.pace import Pace
from twisted_chat.domain.rates import Rate, RateLimits
from twisted_chat.domain.terms import Terms
from twisted_chat.domain.units import HOURS, MINUTES, SECONDS
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.openfiles import mostConnections
from twisted_chat.doors.selfsigned import selfSigned
from twisted_chat.frontends.clients import ClientLimits
from twisted_chat.frontends.irc.factory import IrcFactory
from twisted_chat.frontends.irc.terms import IrcTerms
from twisted_chat.frontends.turns import TurnLimits
from twisted_chat.reload import Live, assigned
from twisted_chat.server import Opening

HUB_LIMITS = (
    "limits.message", "limits.rooms", "limits.list_entries", "limits.history_page",
    "limits.shortest_password", "rooms.catch_up",
)  # fmt: skip
"""The settings in L{hubLimits}."""

PACE = ("log.commit_spacing", "log.queue_events", "log.queue_bytes")
"""The settings in L{commitPace}."""

CLIENT_LIMITS = (
    "limits.line", "limits.login", "limits.connections", "limits.send_queue",
    "limits.outstanding", "limits.outstanding_bytes",
)  # fmt: skip
"""The settings in L{clientLimits}."""


def hubLimits(settings: Settings) -> Limits:
    """
    @return: what one person may have or say.
    """
    return Limits(
        message=settings.limits.message,
        rooms=settings.limits.rooms,
        list=settings.limits.listEntries,
        page=settings.limits.historyPage,
        password=settings.limits.shortestPassword,
        catchUp=settings.rooms.catchUp,
    )


def commitPace(settings: Settings) -> Pace:
    """
    @return: how close commits follow upon each other, and how much may wait for them.
    """
    log = settings.log
    return Pace(log.commitSpacing, log.queueEvents, log.queueBytes)


def clientLimits(settings: Settings) -> ClientLimits:
    """
    @return: what a client may ask of the server.
    """
    return ClientLimits(
        line=settings.limits.line,
        login=settings.limits.login,
        connections=mostConnections(settings.limits.connections),
        sendQueue=settings.limits.sendQueue,
        turns=TurnLimits(settings.limits.outstanding, settings.limits.outstandingBytes),
    )


TERMS = (
    "entry.mode", "entry.password", "entry.register", "network.topic", "network.rules",
    "network.keep", "network.keep_copies", "trusted.addresses",
)  # fmt: skip
"""The settings in L{networkTerms} that may change."""


def networkTerms(settings: Settings) -> Terms:
    """
    @return: what holds for the network as a whole.
    """
    return Terms(
        entry=settings.entry.mode,
        password=settings.entry.password,
        register=settings.entry.register,
        topic=settings.network.topic,
        rules=settings.network.rules,
        keep=settings.network.keep,
        keepCopies=settings.network.keepCopies,
        operatorsRoom=settings.network.operatorsRoom,
        isTrusted=settings.trusted.isTrusted,
    )


def addressCheck(reactor: Any, settings: Settings) -> CommandCheck | None:
    """
    @return: the program that is asked who may come in, if there is one.
    """
    entry = settings.entry
    return CommandCheck(reactor, entry.check, entry.checkTime) if entry.check else None


IRC_TERMS = (
    "irc.operators", "irc.webirc", "irc.relay_separators", "irc.admin", "irc.icon", "irc.sts",
    "irc.sts_port", "irc.sts_preload",
)  # fmt: skip
"""The settings in L{ircTerms}."""


def ircTerms(settings: Settings) -> IrcTerms:
    """
    @return: what was decided about IRC alone.
    """
    return settings.irc.terms(settings.listen.ircTlsPort)


RATES = (
    "rates.lines", "rates.lines_per_second", "rates.joins_per_minute", "rates.logins_per_minute",
    "rates.registrations_per_hour", "rates.connections", "rates.connections_per_address",
    "rates.connections_per_account",
)  # fmt: skip
"""The settings in L{rateLimits}."""


def rateLimits(settings: Settings) -> RateLimits:
    """
    @return: how much one client may do in how much time.
    """
    rates = settings.rates
    return RateLimits(
        lines=Rate(rates.lines, rates.linesPerSecond),
        joins=Rate(rates.joinsPerMinute, rates.joinsPerMinute / MINUTES),
        logins=Rate(rates.loginsPerMinute, rates.loginsPerMinute / MINUTES),
        registrations=Rate(rates.registrationsPerHour, rates.registrationsPerHour / HOURS),
        connections=Rate(rates.connections, rates.connections / (10 * SECONDS)),
        here=rates.connectionsPerAddress,
        uncounted=rates.connectionsPerAccount,
    )


def certificateFiles(clock: Any, folder: Path, settings: Settings) -> tuple[Path, Path]:
    """
    @param clock: the reactor's time.
    @param folder: the data folder.
    @return: the certificate and its key, which may be one file; made, where none is named.
    @raise SettingsError: they can't be made.
    """
    cert = settings.tls.cert
    if cert is not None:
        return cert, settings.tls.key or cert
    return selfSigned(folder, settings.network.name, clock)


def _announcing(factory: Any, settings: Settings) -> Callable[[], None]:
    announce: Callable[[], None] = factory.announce
    return announce


def liveSettings(
    clock: Any, folder: Path, hub: Hub, openings: Sequence[Opening], secret: bytes
) -> list[Live]:
    """
    The table: a row for each place where some settings are used.

    @param clock: the reactor's time.
    @param folder: the data folder.
    @param secret: see L{Cloak}.
    """

    def certificates(used: Certificates, settings: Settings) -> Callable[[], None]:
        files = certificateFiles(clock, folder, settings)
        return used.reread(*files, vouched=bool(settings.irc.sts))

    trusted = ("trusted.addresses",)
    rows = [
        Live(HUB_LIMITS, assigned(hub, limits=hubLimits)),
        Live(TERMS, assigned(hub, terms=networkTerms)),
        Live(
            ("entry.check", "entry.check_time"),
            assigned(hub, addressCheck=partial(addressCheck, clock)),
        ),
        Live(RATES, lambda new: partial(hub.rates.change, rateLimits(new))),
        Live(trusted, assigned(hub.rates, isTrusted=lambda new: new.trusted.isTrusted)),
        Live(trusted, assigned(hub, cloak=lambda new: Cloak(secret, new.trusted.isTrusted))),
        Live(PACE, lambda new: partial(hub.commits.setPace, commitPace(new))),
    ]
    for factory in dict.fromkeys(opening.factory for opening in openings):
        rows += [
            Live(("network.name",), assigned(factory, name=lambda new: new.network.name)),
            Live(("network.welcome",), assigned(factory, welcome=lambda new: new.network.welcome)),
            Live(CLIENT_LIMITS, assigned(factory, limits=clientLimits)),
        ]
        if factory.wire == IrcFactory.wire:
            announced = (*TERMS, *IRC_TERMS, *HUB_LIMITS, "network.name")
            rows += [
                Live(IRC_TERMS, assigned(factory, terms=ircTerms)),
                Live(announced, partial(_announcing, factory)),
            ]
    for used in dict.fromkeys(opening.certificates for opening in openings):
        if used is not None:
            rows.append(Live(("tls.cert", "tls.key"), partial(certificates, used), always=True))
    return rows
