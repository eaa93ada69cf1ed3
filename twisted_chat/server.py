"""
The server: one node with its store, its doors and its housekeeping, as a Twisted service.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_chat.config import Settings
from twisted_chat.domain.cloaks import compareCloaks
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadInput, ChatError, NotSaved
from twisted_chat.domain.housekeeping import Housekeeping
from twisted_chat.domain.hub import Hub
from twisted_chat.domain.terms import OPEN
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.door import Door, describeDoors, lanAddress, wayIn
from twisted_chat.doors.openfiles import raiseFileLimit
from twisted_chat.frontends.clients import Clients
from twisted_chat.monitoring.health import STOPPING, Health
from twisted_chat.monitoring.notify import Systemd
from twisted_chat.monitoring.supervision import Supervision
from twisted_chat.passwords import Argon2Passwords
from twisted_chat.reload import Live, Reload, Reloaded, assigned
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.sqlite_open import MEMORY, databaseOf

if TYPE_CHECKING:
    from twisted_chat.admin.door import AdminDoor

STOP_LISTENING = 0.5
COMMIT_REST = 2.0
FLUSH = 1.0
CLOSE_STORE = 1.4
"""How long each part of the shutdown may take, in seconds; together with the rest below 5."""


@dataclass(slots=True)
class Opening:
    """
    Doors and what comes in through them.

    @ivar certificates: with which TLS is spoken there; C{None} for plain doors.
    @ivar behindProxies: makes the protocols for those who come by a proxy; C{None} if nobody does.
    """

    doors: Sequence[Door]
    factory: Clients
    certificates: Certificates | None = None
    behindProxies: Callable[[IProtocolFactory], IProtocolFactory] | None = None

    @property
    def wrapped(self) -> IProtocolFactory:
        """
        What the doors are opened with.
        """
        factory = self.factory
        if self.certificates is None:
            inner: IProtocolFactory = factory
        else:
            inner = self.certificates.wrap(factory, factory.asksCertificates)
        return self.behindProxies(inner) if self.behindProxies is not None else inner


class StartEnded(SystemExit, Exception):
    """
    The end of a start that can't be.

    For Python it is the end of the program, without a traceback. For twistd it is an error: only of
    those does it tell the process that waits for a start in the background, and only after those
    does it remove the file with the process id.
    """

    def __init__(self, why: Exception) -> None:
        super().__init__(str(why))
        self.code = 1


class ChatServer(Service):
    """
    One node.

    Whatever may keep it from starting is tried before the reactor runs, so that it ends with one
    line and a status other than 0.

    @ivar settings: those that hold now.
    @ivar since: when it was started, in POSIX seconds.
    @ivar admin: where operators of this machine come in; C{None}: nowhere.
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
        supervision: Supervision | None = None,
        read: Callable[[], Settings] | None = None,
        live: Sequence[Live] = (),
    ) -> None:
        """
        @param lock: takes the data folder.
        @param prepare: brings what is in it up to date.
        @param terminal: where the table of doors is printed, if somebody is there to read it.
        @param supervision: what watches over the server.
        @param read: reads the settings again; C{None}: there is nothing to read.
        @param live: which settings can change while the server runs.
        """
        self._reactor = reactor
        self.settings = settings
        self._takeLock = lock
        self._lock: FolderLock | None = None
        self._prepare = prepare
        self.hub = hub
        self._passwords = passwords
        self._openings = openings
        self._terminal = terminal
        self._housekeeping = Housekeeping(hub, settings.rooms.default, settings.rooms.endAfter)
        self._supervision = supervision or Supervision(reactor, Health(hub), Systemd({}, 0))
        ending = assigned(self._housekeeping, endAfter=lambda settings: settings.rooms.endAfter)
        rows = [*live, Live(("rooms.end_after",), ending)]
        self._reload = Reload(settings, read or (lambda: settings), rows)
        hub.reload = self._reloadForPeople
        self.since = reactor.seconds()
        self.admin: AdminDoor | None = None

    @property
    def clients(self) -> list[Clients]:
        """
        What makes the connections; one may stand behind several doors.
        """
        return list(dict.fromkeys(opening.factory for opening in self._openings))

    @property
    def doors(self) -> list[Door]:
        """
        Where people come in, and those come who measure.
        """
        doors = [door for opening in self._openings for door in opening.doors]
        return [*doors, *self._supervision.doors]

    def privilegedStartService(self) -> None:
        """
        Take the data folder and open the doors.

        @raise StartEnded: that can't be; who has typed the command has read why in one line, and
            the log has it.
        """
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        try:
            self._lock = self._takeLock()
            self._prepare()
            for opening in self._openings:
                for door in opening.doors:
                    self._open(door, opening.wrapped)
            for door in self._supervision.doors:
                self._open(door, self._supervision.site)
        except (StartRefused, SettingsError) as error:
            self._log.critical("the server can't start: {error}", error=error)
            # The log has taken over the standard error by now.
            if sys.__stderr__ is not None:
                sys.__stderr__.write(f"twisted_chat: {error}\n")
            raise StartEnded(error) from None

    def _open(self, door: Door, factory: Any) -> None:
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
        if self._lock is None:
            # twist leaves out what may need privileges.
            self.privilegedStartService()
        super().startService()  # type: ignore[no-untyped-call]
        self._supervision.started(self._reloadOrTell)
        self._raiseFileLimit()
        self._passwords.start()
        started = self._start()
        started.addErrback(self._broken)

    @asDeferred
    async def _start(self) -> None:
        await self.hub.store.start()
        await self.hub.start()
        await compareCloaks(self.hub)
        await self._housekeeping.start()
        code = await self.hub.registry.prepareClaim()
        if not self.running:
            # It ends already, and has told everybody so.
            return
        if self.admin is not None:
            self.admin.open()
        for factory in self.clients:
            factory.ready()
        self._tell(code)
        self._supervision.opened()

    def _database(self) -> Iterator[tuple[str, str]]:
        """
        @return: a row of the table, where the database is not in the data folder.
        """
        if url := self.settings.network.database:
            file = databaseOf(url)
            kept = str(Path(file).absolute())
            yield "database", "in memory: it ends with the server" if file == MEMORY else kept

    def _firstOperator(self, code: str) -> Sequence[tuple[str, str]]:
        """
        @param code: see L{_tell}.
        @return: rows of the table: how the first operator of the network becomes one.
        """
        if self.hub.terms.register == OPEN and not self.hub.doorman.level:
            return [("operator", f"the first one registers, then types /claim {code}")]
        # Nobody can register by themselves, and nobody is there who could let them.
        return [
            ("operator", "twisted-chat admin accounts create NAME --operator"),
            ("", f"or somebody registered types /claim {code}"),
        ]

    def _tell(self, code: str) -> None:
        """
        Say how people come in.

        @param code: makes somebody registered the first operator; C{""} if there is one.
        """
        self._giveHint()
        prints = [o.certificates.fingerprint for o in self._openings if o.certificates is not None]
        table = describeDoors(
            self.doors,
            self.settings.network.dataDir,
            prints[0] if prints else None,
            lanAddress(),
            [*self._database(), *(self._firstOperator(code) if code else ())],
        )
        if self._terminal is not None and self._terminal.isatty():
            self._terminal.write(table)
            self._terminal.flush()
        else:
            for line in table.splitlines():
                self._log.info("{line}", line=line)
        self._log.info("{name} is open", name=self.settings.network.name)

    def _giveHint(self) -> None:
        for factory in self.clients:
            factory.hint = self._hint(factory)

    def _hint(self, factory: Clients) -> str:
        """
        What to tell who should come in through TLS; by the same wire, if that is spoken there.
        """
        openings = [one for one in self._openings if one.certificates is not None]
        openings.sort(key=lambda opening: opening.factory is not factory)
        doors = [door for opening in openings for door in opening.doors]
        if way := wayIn(doors, self.settings.network.name):
            return f"Come in through TLS: {way}"
        return "There is no door with TLS here; ask who runs this server to open one."

    def _broken(self, why: Failure) -> None:
        """
        End, since it can't be used after all.
        """
        if not self.running:
            # It ends already, which is why it can't be used.
            return
        refusal = why.value
        if isinstance(refusal, NotSaved):
            reason = refusal.fields["why"]
            self._log.critical("the server can't start with this data: {why}", why=reason)
        elif why.check(StartRefused, SettingsError, ChatError):
            self._log.critical("the server can't start: {error}", error=why.value)
        else:
            self._log.failure("the server can't start", why)
        # For twistd a reactor that was stopped has done well.
        atexit.register(_fail)
        # It does not run yet where that has failed at once.
        self._reactor.callWhenRunning(self._reactor.stop)

    def _raiseFileLimit(self) -> None:
        raiseFileLimit(self.settings.limits.connections)

    def reload(self) -> Reloaded:
        """
        Read the settings and the certificate again, and let those hold that can while the server
        runs.

        @return: what has changed, and what needs a restart; the log has it too.
        @raise SettingsError: something is wrong with them; then nothing has changed.
        """
        self._supervision.reloading()
        try:
            done = self._reload.run()
        finally:
            self._supervision.reloaded()
        self.settings = self._reload.settings
        self._giveHint()
        for line in done.lines():
            self._log.info("{line}", line=line)
        if "limits.connections" in done.changed:
            self._raiseFileLimit()
        return done

    def _reloadForPeople(self) -> list[str]:
        try:
            return self.reload().lines()
        except SettingsError as error:
            raise BadInput(why=f"Nothing has changed: {error}") from error

    def _reloadOrTell(self) -> None:
        """
        What SIGHUP does: nobody is there to be told, but for the log.
        """
        if self._supervision.health.standing == STOPPING:
            return
        try:
            self.reload()
        except SettingsError as error:
            self._log.warn("the settings stay as they are: {error}", error=error)

    # The end.

    @asDeferred
    async def stopService(self) -> None:
        """
        Tell everybody, finish what was taken, and close; within 5 s, whatever hangs.
        """
        super().stopService()  # type: ignore[no-untyped-call]
        self._log.info("shutting down")
        self._supervision.stopping()
        self._housekeeping.stop()
        doors = [door.close() for door in self.doors]
        if self.admin is not None:
            doors.append(self.admin.close())
        await self._within(STOP_LISTENING, gatherResults(doors))
        for factory in self.clients:
            factory.stopReading()
        await self._within(COMMIT_REST, self.hub.stop())
        self.hub.commits.refuseRest()
        goodbyes = [factory.sayGoodbye() for factory in self.clients]
        await self._within(FLUSH, gatherResults(goodbyes))
        self._passwords.stop()
        await self._within(CLOSE_STORE, self.hub.store.stop())
        if self._lock is not None:
            self._lock.release()
        self._supervision.ended()
        self._log.info("closed")

    async def _within(self, seconds: float, deferred: Deferred[Any]) -> None:
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
        await waiter


def _fail() -> None:
    """
    End the process with the exit code 1.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
