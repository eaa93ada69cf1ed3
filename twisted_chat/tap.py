"""
C{twistd chat}: the command line, and the one place where the parts are put together.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.internet.interfaces import IAddress, IProtocolFactory
from twisted.python.usage import Options as UsageOptions

from twisted_chat.admin.desk import Desk
from twisted_chat.admin.door import AdminDoor
from twisted_chat.beginning import isKept, makeFolder, makingIn, prepareIn, setMask
from twisted_chat.cloak import Cloak, keptSecret
from twisted_chat.config import Settings, load
from twisted_chat.domain.accounts import makePortal
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.rates import Rates
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.door import (
    IRC,
    IRC_TLS,
    LINE,
    LINE_TLS,
    makeDoors,
    normalizeAddress,
)
from twisted_chat.doors.openfiles import limitToWatched
from twisted_chat.doors.proxyprotocol import ProxiedFactory
from twisted_chat.doors.sendatonce import AtOnceReactor
from twisted_chat.doors.socketoptions import SocketOptions
from twisted_chat.frontends.irc.factory import IrcFactory
from twisted_chat.frontends.line import ChatFactory
from twisted_chat.live import (
    addressCheck,
    certificateFiles,
    clientLimits,
    commitPace,
    hubLimits,
    ircTerms,
    liveSettings,
    networkTerms,
    rateLimits,
)
from twisted_chat.monitoring.health import Health
from twisted_chat.monitoring.notify import EndSignals, HangUp, Systemd
from twisted_chat.monitoring.supervision import METRICS, Supervision, forThisMachine
from twisted_chat.network.local import LocalNetwork
from twisted_chat.passwords import Argon2Passwords
from twisted_chat.runner import LOG_OPTIONS, requireDocstrings, requireRunner
from twisted_chat.server import ChatServer, Opening
from twisted_chat.serverlog.terminal import TERMINAL_LOG, terminalLog
from twisted_chat.settings.kinds import SettingsError, workingFolder
from twisted_chat.standardfiles import fillStandard, takeAllText
from twisted_chat.steadytimers import SteadyTimers, elapsedOf, workedOf
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_open import DATABASE, MEMORY, databaseOf
from twisted_chat.storage.threads import StoreThreads

COLLECT_AFTER = (5_000, 40, 10)
"""After how many new objects the collector looks for unreachable ones: L{gc.set_threshold}."""

SWITCH_AFTER = 0.0001
"""
Seconds after which a thread lets another run (L{sys.setswitchinterval}). The reactor's thread lets
others run at each call of the system, so twenty times where a line goes to twenty people; with
Python's 5 ms, one long list that is read from the store would have each of them wait that long.
"""


def refusal(why: Exception) -> SystemExit:
    """
    @return: what ends the program with one line on the standard error and the exit code 1.
    """
    return SystemExit(f"twisted_chat: {why}")


class Options(UsageOptions):
    """
    The options of C{twistd chat}.
    """

    synopsis = "[options]"
    longdesc = (
        "A chat network: everybody talks in the same rooms, with nc, telnet, openssl s_client or an"
        " IRC client. Options win over variables such as TWISTED_CHAT_LISTEN_PORT, and those over"
        " the settings of --config; `twisted-chat config` prints all settings."
    )

    def __init__(self) -> None:
        # Before anything is opened that stays open.
        fillStandard()
        super().__init__()  # type: ignore[no-untyped-call]
        self.overrides: dict[str, Any] = {}
        self.file: Path | None = None

    def _set(self, path: str, value: str) -> None:
        self.overrides[path] = value

    def _add(self, path: str, value: str) -> None:
        self.overrides.setdefault(path, []).append(value)

    def opt_port(self, value: str) -> None:
        """Where to listen: a port, an endpoint string, or off; repeatable. [default: 5000]"""
        self._add("listen.port", value)

    def opt_tls_port(self, value: str) -> None:
        """Where to listen for TLS: likewise; repeatable. [default: 5001]"""
        self._add("listen.tls_port", value)

    def opt_irc_port(self, value: str) -> None:
        """Where to listen for IRC: likewise; repeatable. [default: 6667]"""
        self._add("listen.irc_port", value)

    def opt_irc_tls_port(self, value: str) -> None:
        """Where to listen for IRC over TLS: likewise; repeatable. [default: 6697]"""
        self._add("listen.irc_tls_port", value)

    def opt_metrics_port(self, value: str) -> None:
        """Where /metrics and /healthz are, for this machine alone: likewise. [default: off]"""
        self._add("listen.metrics_port", value)

    def opt_tls_cert(self, value: str) -> None:
        """The certificate, with its chain: a PEM file. [default: a self-signed one is made]"""
        self._set("tls.cert", value)

    def opt_tls_key(self, value: str) -> None:
        """The certificate's private key: a PEM file. [default: in the certificate's file]"""
        self._set("tls.key", value)

    def opt_data_dir(self, value: str) -> None:
        """The folder for all data. [default: $STATE_DIRECTORY, or the platform's state folder]"""
        self._set("network.data_dir", value)

    def opt_database(self, value: str) -> None:
        """The database's URL. [default: SQLite in the data folder]"""
        self._set("network.database", value)

    def opt_name(self, value: str) -> None:
        """What the network is called. [default: the name of this machine]"""
        self._set("network.name", value)

    def opt_config(self, value: str) -> None:
        """A TOML file with settings. [default: $TWISTED_CHAT_CONFIG]"""
        self.file = Path(value)

    def postOptions(self) -> None:
        """
        Check all settings.

        @raise SystemExit: one is wrong: with one line that says which. A usage error would come
            with the whole help in front of it, and as a traceback from an application's file.
        """
        # Later, twistd may be in another folder.
        here = workingFolder()
        file = here / self.file if self.file is not None else None
        self.read = partial(load, file, self.overrides, dict(os.environ), here)
        try:
            requireDocstrings()
            self.settings = self.read()
        except SettingsError as error:
            raise refusal(error) from None
        if self.parent is not None:
            self._lookAtRunner(self.parent)

    def _lookAtRunner(self, twistd: Any) -> None:
        """
        @param twistd: the options of what runs us. Those of the newer runner, twist, are few.
        """
        try:
            requireRunner(twistd)
        except SettingsError as error:
            raise refusal(error) from None
        if twistd.get("nodaemon") and not any(map(twistd.get, LOG_OPTIONS)):
            from twisted.internet import reactor

            twistd["logger"] = TERMINAL_LOG
            terminalLog.folder, terminalLog.reactor = self.settings.network.dataDir, reactor


def makeService(options: Options) -> IService:
    """
    Put a node together.

    @param options: parsed.
    @return: the service; nothing is listened at yet.
    @raise SystemExit: something is wrong with the settings, in one line.
    """
    from twisted.internet import reactor

    takeAllText(sys.stdout)
    setMask()
    limitToWatched(reactor)
    timers = SteadyTimers(reactor)
    try:
        node = build(timers, options.settings, options.read)
    except SettingsError as error:
        raise refusal(error) from None
    timers.begin()
    # Nearly all that a visitor leaves behind is freed without the collector, which looks again and
    # again through all that those who stay have; and what is there by now stays for good.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_AFTER)
    return node


def build(
    reactor: Any, settings: Settings, read: Callable[[], Settings] | None = None
) -> ChatServer:
    """
    Put a node together.

    @param read: reads the settings again; C{None}: they don't change.
    @raise SettingsError: something is wrong with the settings.
    """
    folder = settings.network.dataDir
    makeFolder(folder)
    with makingIn(folder):
        return _built(reactor, settings, folder, read)


def _built(
    reactor: Any, settings: Settings, folder: Path, read: Callable[[], Settings] | None
) -> ChatServer:
    store = makeStore(reactor, settings)
    file = databaseOf(databaseUrl(settings))
    database = Path(file) if file != MEMORY else None
    secret = keptSecret(folder, database is not None and isKept(database))
    hub = makeHub(reactor, settings, store, secret)
    passwords = Argon2Passwords(reactor)
    openings = _openings(reactor, settings, hub, passwords, secret)
    server = ChatServer(
        reactor,
        settings,
        lock=partial(FolderLock, folder, database),
        prepare=partial(prepareIn, folder, database, store.prepare),
        hub=hub,
        passwords=passwords,
        openings=openings,
        terminal=sys.__stdout__,
        supervision=_supervision(reactor, settings, hub, passwords, openings),
        read=read,
        live=liveSettings(reactor, folder, hub, openings, secret),
    )
    desk = Desk(hub, passwords, folder, database, settings, server, lambda: passwords.waiting)
    server.admin = AdminDoor(AtOnceReactor(reactor, SocketOptions()), desk)
    return server


def databaseUrl(settings: Settings) -> str:
    """
    Where the data is.
    """
    return settings.network.database or f"sqlite:///{settings.network.dataDir / DATABASE}"


def makeStore(reactor: Any, settings: Settings) -> SqliteStore:
    """
    @return: what lasts; nothing is opened yet.
    @raise SettingsError: there is no such kind of database.
    """
    url, threads = databaseUrl(settings), StoreThreads(reactor)
    try:
        return SqliteStore(url, threads, reactor.seconds, clock=reactor)
    except StartRefused as error:
        raise SettingsError("network.database", str(error)) from error


def makeHub(reactor: Any, settings: Settings, store: IStore, secret: bytes) -> Hub:
    """
    @param secret: see L{keptSecret}.
    @raise SettingsError: something is wrong with the settings.
    """
    return Hub(
        store,
        LocalNetwork(),
        reactor,
        pace=commitPace(settings),
        limits=hubLimits(settings),
        lobby=settings.rooms.default,
        terms=networkTerms(settings),
        addressCheck=addressCheck(reactor, settings),
        cloak=Cloak(secret, settings.trusted.isTrusted),
        rates=Rates(
            rateLimits(settings),
            elapsedOf(reactor),
            settings.trusted.isTrusted,
            workedOf(reactor),
        ),
    )


def _openings(
    reactor: Any,
    settings: Settings,
    hub: Hub,
    passwords: Argon2Passwords,
    secret: bytes,
) -> list[Opening]:
    """
    The doors of each wire: one row for each.

    @param secret: the data folder's.
    """
    sockets = SocketOptions(settings.listen.deadAfter, settings.listen.sendBuffer)

    def doors(wire: Any, texts: Any) -> Any:
        return makeDoors(reactor, wire, texts, wire.setting in settings.given, sockets)

    shared: dict[str, Any] = {
        "name": settings.network.name,
        "welcome": settings.network.welcome,
        "addressOf": normalizeAddress,
        "hint": "",
        "limits": clientLimits(settings),
    }
    portal = makePortal(hub, passwords)
    line = ChatFactory(portal, hub, reactor, lobby=settings.rooms.default, **shared)
    irc = IrcFactory(
        portal, hub, reactor, passwords=passwords, secret=secret, terms=ircTerms(settings), **shared
    )
    plain = [(LINE, settings.listen.port, line), (IRC, settings.listen.ircPort, irc)]
    tls = [(LINE_TLS, settings.listen.tlsPort, line), (IRC_TLS, settings.listen.ircTlsPort, irc)]

    def isProxy(address: IAddress) -> bool:
        return settings.trusted.isProxy(normalizeAddress(address))

    def behind(factory: IProtocolFactory) -> IProtocolFactory:
        return ProxiedFactory(factory, reactor, isProxy)

    openings = [Opening(doors(wire, texts), each, None, behind) for wire, texts, each in plain]
    if any(texts for _, texts, _ in tls):
        files = certificateFiles(reactor, settings.network.dataDir, settings)
        certificates = Certificates(*files, reactor, vouched=bool(settings.irc.sts))
        openings += [
            Opening(doors(wire, texts), factory, certificates, behind)
            for wire, texts, factory in tls
            if texts
        ]
    return openings


def _supervision(
    reactor: Any,
    settings: Settings,
    hub: Hub,
    passwords: Argon2Passwords,
    openings: Sequence[Opening],
) -> Supervision:
    health = Health(hub)
    systemd = Systemd(os.environ, os.getpid())
    hangUp, endSignals = HangUp(reactor), EndSignals(reactor)
    texts = [forThisMachine(text) for text in settings.listen.metricsPort]
    if not texts:
        return Supervision(reactor, health, systemd, hangUp, endSignals=endSignals)
    # Only who measures pays for what it takes.
    from twisted_chat.monitoring.metrics import NodeCollector, makeRegistry, makeSite

    def expires() -> float | None:
        ends = [o.certificates.current.expires for o in openings if o.certificates is not None]
        return min(ends, default=None)

    doors = makeDoors(reactor, METRICS, texts, True, SocketOptions())
    collector = NodeCollector(hub, lambda: passwords.waiting, expires)
    site = makeSite(makeRegistry(collector), health, reactor)
    return Supervision(reactor, health, systemd, hangUp, doors, site, endSignals)
