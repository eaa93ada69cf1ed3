"""
What watches over a server: who measures, who asks whether all is well, and the service manager.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.interfaces import IProtocolFactory

from twisted_chat.doors.door import Door, Wire
from twisted_chat.monitoring.health import Health
from twisted_chat.monitoring.notify import (
    READY,
    RELOADING,
    STOPPING,
    EndSignals,
    HangUp,
    Systemd,
    Watchdog,
)

METRICS = Wire(
    "metrics",
    "listen.metrics_port",
    "--metrics-port",
    "curl http://{host}:{port}/metrics",
    "curl --unix-socket {path} http://localhost/metrics",
)


def forThisMachine(text: str) -> str:
    """
    @param text: a port number, or an endpoint string.
    @return: an endpoint string; of a number, one that nobody reaches from elsewhere.
    """
    return f"tcp:{text}:interface=127.0.0.1" if text.isdecimal() else text


class Supervision:
    """
    Tells them how the server fares.

    @ivar health: knows whether all is well.
    @ivar doors: where C{/metrics} and C{/healthz} are.
    @ivar site: what they are opened with.
    """

    def __init__(
        self,
        clock: Any,
        health: Health,
        systemd: Systemd,
        hangUp: HangUp | None = None,
        doors: Sequence[Door] = (),
        site: IProtocolFactory | None = None,
        endSignals: EndSignals | None = None,
    ) -> None:
        """
        @param clock: the reactor's time.
        @param systemd: who has started the server.
        @param hangUp: asks to read the settings again; C{None} leaves the signal alone.
        @param endSignals: ask to end; C{None} leaves them to the reactor.
        """
        self.health = health
        self.doors = doors
        self.site = site
        self._systemd = systemd
        self._hangUp = hangUp
        self._endSignals = endSignals
        self._watchdog = Watchdog(systemd, health, clock)

    def started(self, reload: Callable[[], object]) -> None:
        """
        The server has begun to start.

        @param reload: what is to be done on SIGHUP.
        """
        if self._hangUp is not None:
            self._hangUp.heed(reload)
        if self._endSignals is not None:
            self._endSignals.heed()

    def opened(self) -> None:
        """
        People can come in.
        """
        self.health.standing = ""
        self._systemd.tell(READY)
        self._watchdog.start()

    def reloading(self) -> None:
        """
        The settings are about to be read again.
        """
        if not self.health.standing:
            self._systemd.tell(RELOADING)

    def reloaded(self) -> None:
        """
        That is done, or was refused.
        """
        if not self.health.standing:
            self._systemd.tell(READY)

    def stopping(self) -> None:
        """
        The server ends.
        """
        self._systemd.tell(STOPPING)
        self._watchdog.stop()
        self.health.stop()

    def ended(self) -> None:
        """
        All is closed. Until then SIGHUP would end the process in the midst of it, if nobody heeded
        it: who closes the terminal after Ctrl-C sends it.
        """
        if self._hangUp is not None:
            self._hangUp.forget()
        if self._endSignals is not None:
            self._endSignals.ignore()
