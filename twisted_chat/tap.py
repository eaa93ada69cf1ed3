"""
C{twistd chat}: the command line, and the one place where the parts are put together.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.python.usage import Options as UsageOptions

from twisted_chat.certificates import Certificates, selfSigned
from twisted_chat.config import Settings, load
from twisted_chat.domain.accounts import makePortal
from twisted_chat.domain.errors import BadName
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.names import roomName
from twisted_chat.doors import LINE, LINE_TLS, makeDoors, normalizeAddress
from twisted_chat.frontends.line import ChatFactory, LineLimits
from twisted_chat.network.local import LocalNetwork
from twisted_chat.passwords import Argon2Passwords
from twisted_chat.sendatonce import SocketOptions
from twisted_chat.server import ChatServer, Cloak, Opening, keptSecret
from twisted_chat.settingkinds import SettingsError
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import StoreThreads

DATABASE = "chat.sqlite"


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
        "A chat network: everybody talks in the same rooms, with nc, telnet or openssl s_client."
        " Options win over the settings of --config; `twisted-chat config` prints all settings."
    )

    def __init__(self) -> None:
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

    opt_tls_port.__name__ = "opt_tls-port"

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
        """A TOML file with settings."""
        self.file = Path(value)

    def postOptions(self) -> None:
        """
        Check all settings.

        @raise SystemExit: one is wrong: with one line that says which. A usage error would come
            with the whole help in front of it, and as a traceback from an application's file.
        """
        try:
            self.settings = load(self.file, self.overrides)
        except SettingsError as error:
            raise refusal(error) from None


def makeService(options: Options) -> IService:
    """
    Put a node together.

    @param options: parsed.
    @return: the service; nothing is listened at yet.
    @raise SystemExit: something is wrong with the settings, in one line.
    """
    from twisted.internet import reactor

    try:
        return build(reactor, options.settings)
    except (SettingsError, StartRefused) as error:
        raise refusal(error) from None


def build(reactor: Any, settings: Settings) -> ChatServer:
    """
    Put a node together.

    @raise SettingsError: something is wrong with the settings.
    @raise StartRefused: there is no such kind of database.
    """
    folder = settings.network.dataDir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError("network.data_dir", f"{folder}: {error.strerror}") from error
    lobby = _lobby(settings)
    secret = keptSecret(folder)
    url = settings.network.database or f"sqlite:///{folder / DATABASE}"
    store = SqliteStore(url, StoreThreads(reactor), reactor.seconds)
    hub = Hub(
        store,
        LocalNetwork(),
        reactor,
        commitSpacing=settings.log.commitSpacing,
        queueEvents=settings.log.queueEvents,
        queueBytes=settings.log.queueBytes,
        limits=_limits(settings),
        lobby=lobby,
        cloak=Cloak(secret, settings.trusted.isTrusted),
    )
    passwords = Argon2Passwords(reactor)
    openings = _openings(reactor, settings, hub, passwords, lobby)
    return ChatServer(
        reactor,
        settings,
        lambda: FolderLock(folder),
        store.prepare,
        hub,
        passwords,
        openings,
        sys.__stdout__,
    )


def _lobby(settings: Settings) -> str:
    """
    The name of the room that always exists, as rooms spell it.

    @raise SettingsError: no room can be called that.
    """
    try:
        return roomName(settings.rooms.default)
    except BadName as error:
        raise SettingsError("rooms.default", error.text) from error


def _limits(settings: Settings) -> Limits:
    return Limits(
        message=settings.limits.message,
        rooms=settings.limits.rooms,
        list=settings.limits.listEntries,
        page=settings.limits.historyPage,
        catchUp=settings.rooms.catchUp,
    )


def _openings(
    reactor: Any, settings: Settings, hub: Hub, passwords: Argon2Passwords, lobby: str
) -> list[Opening]:
    """
    The doors of each wire: one row for each.
    """
    sockets = SocketOptions(settings.listen.deadAfter, settings.listen.sendBuffer)

    def doors(wire: Any, texts: Any) -> Any:
        return makeDoors(reactor, wire, texts, settings.isGiven(wire.setting), sockets)

    plain = doors(LINE, settings.listen.port)
    tls = doors(LINE_TLS, settings.listen.tlsPort)
    factory = ChatFactory(
        makePortal(hub, passwords),
        hub,
        reactor,
        name=settings.network.name,
        welcome=settings.network.welcome,
        lobby=lobby,
        addressOf=normalizeAddress,
        isTrusted=settings.trusted.isTrusted,
        hint="",
        limits=LineLimits(
            line=settings.limits.line,
            login=settings.limits.login,
            connections=settings.limits.connections,
            sendQueue=settings.limits.sendQueue,
            outstanding=settings.limits.outstanding,
            outstandingBytes=settings.limits.outstandingBytes,
        ),
    )
    openings = [Opening(plain, factory)]
    if tls:
        openings.append(Opening(tls, factory, _certificates(reactor, settings)))
    return openings


def _certificates(reactor: Any, settings: Settings) -> Certificates:
    cert = settings.tls.cert
    if cert is not None:
        return Certificates(cert, settings.tls.key or cert, reactor)
    made = selfSigned(settings.network.dataDir, settings.network.name, reactor)
    return Certificates(*made, reactor)
