"""
What a service manager hears from the server, and what it asks of it.

The protocol is systemd's: C{sd_notify(3)} tells when people can come in, that the server reads its
settings again, that it ends, and that it is alive. SIGHUP asks to read the settings again, SIGTERM
and Ctrl-C to end.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twisted_chat.domain.units import MICROSECONDS
from twisted_chat.monitoring.health import Health

READY, RELOADING, STOPPING, ALIVE = "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1"


class Systemd:
    """
    systemd, or whoever speaks as it does; nobody, where none has started us.

    @ivar patience: seconds in which it wants to hear that we are alive; 0 if it does not.
    """

    _log = Logger()

    def __init__(self, environ: Mapping[str, str], pid: int) -> None:
        """
        @param environ: C{NOTIFY_SOCKET}, C{WATCHDOG_USEC} and C{WATCHDOG_PID} are of interest.
        @param pid: our process id.
        """
        self._address = environ.get("NOTIFY_SOCKET", "")
        given = environ.get("WATCHDOG_USEC", "")
        meant = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        self.patience = int(given) * MICROSECONDS if given.isdecimal() and meant else 0.0

    def tell(self, *assignments: str) -> None:
        """
        Tell something.

        @param assignments: such as C{"READY=1"} and C{"STATUS=open"}, each of one line.
        """
        if not self._address:
            return
        # An address that begins with @ is in no folder.
        address = self._address.replace("@", "\0", 1)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(assignments).encode(), address)
        except OSError as error:
            self._log.warn("the service manager does not listen: {error}", error=error)


class Watchdog:
    """
    Says that the server is alive, as long as it is: its reactor turns and its log answers.

    A log that refuses, since the disk is full, is an answer: a restart would cure nothing, and
    people can still read. A log that hangs is none.
    """

    _log = Logger()

    def __init__(self, systemd: Systemd, health: Health, clock: Any) -> None:
        """
        @param clock: the reactor's time.
        """
        self._systemd = systemd
        self._health = health
        self._status = ""
        self._call = LoopingCall(self._look)
        self._call.clock = clock

    def start(self) -> None:
        """
        Begin, if anybody wants to hear it.
        """
        if self._systemd.patience:
            # Half of it, as the manual says.
            self._call.start(self._systemd.patience / 2).addErrback(self._broken)

    def stop(self) -> None:
        """
        Say no more.
        """
        if self._call.running:
            self._call.stop()

    def _look(self) -> Any:
        return self._health.check().addCallback(self._tell)

    def _tell(self, why: str) -> None:
        told = [] if self._health.hangs else [ALIVE]
        if why != self._status:
            self._status = why
            told.append(f"STATUS={why or 'the log takes writes'}")
        if told:
            self._systemd.tell(*told)

    def _broken(self, why: Any) -> None:
        self._log.failure("the watchdog has stopped", why)


class HangUp:
    """
    SIGHUP, which would end the process if nobody heeded it.
    """

    def __init__(self, reactor: Any) -> None:
        """
        @param reactor: in whose turns it is heeded.
        """
        self._reactor = reactor
        self._before: Any = None
        self._heeded = False

    def heed(self, call: Callable[[], object]) -> None:
        """
        From now on, call something when it comes.
        """

        def soon(number: int, frame: object) -> None:
            self._reactor.callFromThread(call)

        self._before = signal.signal(signal.SIGHUP, soon)
        self._heeded = True

    def forget(self) -> None:
        """
        Let it mean what it meant before.
        """
        if self._heeded:
            self._heeded = False
            signal.signal(signal.SIGHUP, self._before or signal.SIG_DFL)


class EndSignals:
    """
    SIGTERM and Ctrl-C, which end the server however often they come.

    The reactor's own way with them lets twistd die by the signal when all is done, as if that had
    been no clean end, and has a failure in the log where a second one comes.
    """

    _log = Logger()

    def __init__(self, reactor: Any) -> None:
        """
        @param reactor: is stopped by them.
        """
        self._reactor = reactor

    def heed(self) -> None:
        """
        Take them, as soon as the reactor has set up its own way.
        """
        self._reactor.callWhenRunning(self._take)

    def _take(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            # Shells have what they start in the background of a script ignore the Ctrl-C that is
            # meant for the script.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._soon)

    def ignore(self) -> None:
        """
        All is done and the process is about to end. Whoever is impatient would have Python, which
        gives signals their old meaning in the end, end as if it had been killed.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def _soon(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self._end, signal.Signals(number).name)

    def _end(self, name: str) -> None:
        try:
            self._reactor.stop()
        except ReactorNotRunning:
            self._log.info("{name}: it ends already", name=name)
        else:
            self._log.info("{name}: it ends", name=name)
