"""
The server: one node with its store, its doors and its housekeeping, as a Twisted service.
"""

from __future__ import annotations

import atexit
import hashlib
import hmac
import os
import resource
import secrets
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.interfaces import IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.certificates import Certificates, writeOnce
from twisted_chat.config import Settings
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.housekeeping import Housekeeping
from twisted_chat.domain.hub import Hub
from twisted_chat.doors import Door, describeDoors, lanAddress
from twisted_chat.frontends.line import ChatFactory
from twisted_chat.passwords import Argon2Passwords
from twisted_chat.settingkinds import SettingsError
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import StartRefused

STOP_LISTENING = 0.5
COMMIT_REST = 2.0
FLUSH = 1.0
CLOSE_STORE = 1.4
"""How long each part of the shutdown may take, in seconds; together with the rest below 5."""

SPARE_FILES = 256
"""Files that are open beside the connections."""


@dataclass(slots=True)
class Opening:
    """
    Doors and what comes in through them.

    @ivar certificates: with which TLS is spoken there; C{None} for plain doors.
    """

    doors: Sequence[Door]
    factory: ChatFactory
    certificates: Certificates | None = None

    @property
    def wrapped(self) -> IProtocolFactory:
        """
        What the doors are opened with.
        """
        return self.certificates.wrap(self.factory) if self.certificates else self.factory


class ChatServer(Service):
    """
    One node.

    Whatever may keep it from starting is tried before the reactor runs, so that it ends with one
    line and a status other than 0.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        lock: Callable[[], FolderLock],
        prepare: Callable[[], None],
        hub: Hub,
        passwords: Argon2Passwords,
        openings: Sequence[Opening],
        terminal: TextIO | None = None,
    ) -> None:
        """
        @param lock: takes the data folder.
        @param prepare: brings what is in it up to date.
        @param terminal: where the table of doors is printed, if somebody is there to read it.
        """
        self._reactor = reactor
        self._settings = settings
        self._takeLock = lock
        self._lock: FolderLock | None = None
        self._prepare = prepare
        self.hub = hub
        self._passwords = passwords
        self._openings = openings
        self._terminal = terminal
        self._housekeeping = Housekeeping(hub, settings.rooms.default, settings.rooms.endAfter)

    @property
    def _factories(self) -> list[ChatFactory]:
        """
        What makes the connections; one may stand behind several doors.
        """
        return list(dict.fromkeys(opening.factory for opening in self._openings))

    def privilegedStartService(self) -> None:
        """
        Take the data folder and open the doors.

        @raise SystemExit: that can't be; who has typed the command has read why in one line.
        """
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        try:
            self._lock = self._takeLock()
            self._prepare()
            for opening in self._openings:
                for door in opening.doors:
                    self._open(door, opening.wrapped)
        except (StartRefused, SettingsError) as error:
            # The log has taken over the standard error by now.
            sys.__stderr__.write(f"twisted_chat: {error}\n")  # type: ignore[union-attr]
            raise SystemExit(1) from None

    def _open(self, door: Door, factory: IProtocolFactory) -> None:
        opened = door.open(factory)
        if opened.called:
            # What is raised in a callback is nobody's; here it ends the start.
            failures: list[Failure] = []
            opened.addErrback(failures.append)
            for failure in failures:
                failure.raiseException()
        else:
            opened.addErrback(self._broken)

    def startService(self) -> None:
        """
        Begin to serve.
        """
        super().startService()  # type: ignore[no-untyped-call]
        self._raiseFileLimit()
        self._passwords.start()
        started = self._start()
        started.addErrback(self._broken)

    @inlineCallbacks
    def _start(self) -> Generator[Deferred[Any], Any, None]:
        yield self.hub.store.start()
        yield self.hub.start()
        yield self._housekeeping.start()
        for factory in self._factories:
            factory.ready()
        self._tell()

    def _tell(self) -> None:
        doors = [door for opening in self._openings for door in opening.doors]
        for factory in self._factories:
            factory.hint = self._hint()
        prints = [o.certificates.fingerprint for o in self._openings if o.certificates is not None]
        table = describeDoors(
            doors, self._settings.network.dataDir, prints[0] if prints else None, lanAddress()
        )
        if self._terminal is not None and self._terminal.isatty():
            self._terminal.write(table)
            self._terminal.flush()
        else:
            for line in table.splitlines():
                self._log.info("{line}", line=line)
        self._log.info("{name} is open", name=self._settings.network.name)

    def _hint(self) -> str:
        """
        What to tell who should come in through TLS.
        """
        for opening in self._openings:
            for door in opening.doors if opening.certificates is not None else ():
                if commands := door.commands(None):
                    command = commands[0].replace("localhost", self._settings.network.name)
                    return f"Come in through TLS: {command}"
        return "There is no door with TLS here; ask who runs this server to open one."

    def _broken(self, why: Failure) -> None:
        """
        End, since it can't be used after all.
        """
        if not self.running:
            # It ends already, which is why it can't be used.
            return
        if why.check(StartRefused, SettingsError, ChatError):
            self._log.critical("the server can't start: {error}", error=why.value)
        else:
            self._log.failure("the server can't start", why)
        # For twistd a reactor that was stopped has done well.
        atexit.register(_fail)
        self._reactor.stop()

    def _raiseFileLimit(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        wanted = self._settings.limits.connections + SPARE_FILES
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self._log.warn(
                "the system allows {hard} open files; for {wanted} connections raise it"
                " (ulimit -n, LimitNOFILE) to {needed}",
                hard=hard,
                wanted=self._settings.limits.connections,
                needed=wanted,
            )

    # The end.

    @inlineCallbacks
    def stopService(self) -> Generator[Deferred[Any], Any, None]:
        """
        Tell everybody, finish what was taken, and close; within 5 s, whatever hangs.
        """
        super().stopService()  # type: ignore[no-untyped-call]
        self._log.info("shutting down")
        self._housekeeping.stop()
        doors = [door.close() for opening in self._openings for door in opening.doors]
        yield self._within(STOP_LISTENING, gatherResults(doors))
        for factory in self._factories:
            factory.stopReading()
        yield self._within(COMMIT_REST, self.hub.stop())
        self.hub.commits.refuseRest()
        goodbyes = [factory.sayGoodbye() for factory in self._factories]
        yield self._within(FLUSH, gatherResults(goodbyes))
        self._passwords.stop()
        yield self._within(CLOSE_STORE, self.hub.store.stop())
        if self._lock is not None:
            self._lock.release()
        self._log.info("closed")

    @inlineCallbacks
    def _within(
        self, seconds: float, deferred: Deferred[Any]
    ) -> Generator[Deferred[Any], Any, None]:
        """
        Wait for something, but not for ever.
        """
        waiter: Deferred[None] = Deferred()
        call = self._reactor.callLater(seconds, waiter.callback, None)

        def done(result: object) -> None:
            if isinstance(result, Failure):
                self._log.failure("a part of the shutdown failed", result)
            if call.active():
                call.cancel()
                waiter.callback(None)

        deferred.addBoth(done)
        yield waiter


def _fail() -> None:
    """
    End the process with the exit code 1.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


class Cloak:
    """
    What others are shown in the place of an address: the same for the same address (for IPv6: the
    same /64), and nothing that leads back to it.
    """

    def __init__(self, secret: bytes, isTrusted: Callable[[str], bool]) -> None:
        """
        @param secret: 16 bytes or more.
        @param isTrusted: whether an address says nothing of who somebody is.
        """
        self._secret = secret
        self._isTrusted = isTrusted

    def __call__(self, address: str) -> str:
        """
        @return: C{abcdefghij.cloak}, or C{""} for an address that many may share.
        """
        if not address or self._isTrusted(address):
            return ""
        network = address
        if ":" in address:
            from ipaddress import IPv6Address

            network = str(int(IPv6Address(address.partition("%")[0])) >> 64)
        digest = hmac.new(self._secret, network.encode(), hashlib.sha256).hexdigest()
        return f"{digest[:16]}.cloak"


def keptSecret(folder: Path) -> bytes:
    """
    The data folder's secret: made once, mode 0600.

    @raise SettingsError: it can't be written or read.
    """
    path = folder / "secret"
    try:
        if not path.exists():
            writeOnce(path, secrets.token_bytes(32))
        return path.read_bytes()
    except OSError as error:
        raise SettingsError("network.data_dir", f"{path}: {error.strerror}") from error
