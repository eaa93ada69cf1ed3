"""
The log as text on the standard output: twistd's own lines, written at a fraction of the cost.

Each visitor is worth four lines. Twisted spells each of them with its time zone, its format and a
call to the system; here the time is spelled once per second, a plain format costs what
C{str.format} costs, and what comes in one turn of the reactor goes out together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from twisted.logger import (
    ILogObserver,
    LogEvent,
    formatEventAsClassicLogText,
    formatTime,
)
from zope.interface import implementer

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%z"
"""As twistd writes it."""


@implementer(ILogObserver)
class TextLog:
    """
    Writes each event as one line: C{2024-05-06T07:08:09+0000 [namespace#level] text}.

    @ivar lost: how many lines could not be written.
    """

    def __init__(self, file: TextIO, soon: Callable[[Callable[[], None]], object]) -> None:
        """
        @param file: gets all lines of a turn at once, and is flushed.
        @param soon: calls something at the end of the reactor's turn; at once, if there is none.
        """
        self._file = file
        self._soon = soon
        self._lines: list[str] = []
        self._second = -1
        self.lost = 0
        self._stamp = ""

    def __call__(self, event: LogEvent) -> None:
        """
        Write an event; its file has it when the reactor's turn ends.
        """
        line = self._spell(event)
        if line:
            self._lines.append(line)
            if len(self._lines) == 1:
                self._soon(self._flush)

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        try:
            self._file.write("".join(lines))
            self._file.flush()
        except OSError:
            # The terminal is gone, or the disk of the file is full. Whatever told of it here would
            # be written to it too, and never end.
            self.lost += len(lines)

    def _spell(self, event: LogEvent) -> str | None:
        """
        @return: the line with its end; C{None}, or nothing, for what says nothing.
        """
        if "log_failure" in event:
            return self._spellSlowly(event)
        try:
            text: str = event["log_format"].format_map(event)
            system = (
                event.get("log_system") or f"{event['log_namespace']}#{event['log_level'].name}"
            )
            second = int(event["log_time"])
        except Exception:
            # Twisted knows more formats than these, and spells whatever can't be spelled.
            return self._spellSlowly(event)
        if not text:
            return None
        if second != self._second:
            self._second, self._stamp = second, formatTime(second, TIME_FORMAT)
        text = text.replace("\n", "\n\t")
        return f"{self._stamp} [{system}] {text}\n"

    def _spellSlowly(self, event: LogEvent) -> str | None:
        return formatEventAsClassicLogText(
            event, formatTime=lambda when: formatTime(when, TIME_FORMAT)
        )
