"""
The log as text on the standard output: twistd's own lines, written at a fraction of the cost.

Each visitor is worth four lines. Twisted spells each of them with its time zone, its format and a
call to the system; here the time is spelled once per second, a plain format costs what
C{str.format} costs, and what comes in one turn of the reactor goes out together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Final, Protocol

from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    formatEventAsClassicLogText,
    formatTime,
)
from twisted.python.logfile import LogFile
from zope.interface import implementer

from twisted_chat.serverlog.output import Untaken

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%z"
"""As twistd writes it."""

REFUGE = "server.log"
"""The file of the data folder where the log goes on when its place is gone."""

REFUGE_SIZE, REFUGES = 1_000_000, 5
"""Bytes after which it is moved aside, and how many such files are kept."""


PRIORITIES: Final = {
    LogLevel.debug: "<7>",
    LogLevel.info: "<6>",
    LogLevel.warn: "<4>",
    LogLevel.error: "<3>",
    LogLevel.critical: "<2>",
}
"""What stands before a line in systemd's journal, and says how grave it is (sd-daemon(3))."""


def isJournal(file: IO[str], environ: Mapping[str, str]) -> bool:
    """
    Whether systemd's journal reads what is written: it says so, and where (systemd.exec(5)).

    @param environ: the variables of the environment.
    """
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class Place(Protocol):
    """
    Where text goes: a file, or what is like one.
    """

    def write(self, text: str, /) -> object:
        """
        Take it.
        """

    def flush(self) -> None:
        """
        Bring it to where it can be read.
        """


def refugeIn(folder: Path) -> Callable[[], Place]:
    """
    @param folder: the data folder.
    @return: opens the file there, or raises C{OSError}.
    """

    def open() -> Place:
        return LogFile(
            REFUGE,
            str(folder),
            rotateLength=REFUGE_SIZE,
            defaultMode=0o600,
            maxRotatedFiles=REFUGES,
        )

    return open


@implementer(ILogObserver)
class TextLog:
    """
    Writes each event as one line: C{2024-05-06T07:08:09+0000 [namespace#level] text}.

    @ivar lost: how many lines could not be written.
    """

    def __init__(
        self,
        file: Place,
        soon: Callable[[Callable[[], None]], object],
        refuge: Callable[[], Place] | None = None,
        inJournal: bool = False,
    ) -> None:
        """
        @param file: gets all lines of a turn at once, and is flushed.
        @param soon: calls something at the end of the reactor's turn; at once, if there is none.
        @param refuge: opens what gets them when C{file} takes no more; C{None}: they are lost then.
        @param inJournal: whether each line says how grave it is; see L{PRIORITIES}.
        """
        self._inJournal = inJournal
        self._file = file
        self._refuge = refuge
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
            if self._inJournal:
                # Each line is an entry of its own there, those of a traceback too.
                mark = PRIORITIES.get(event.get("log_level", LogLevel.info), "")
                line = mark + line[:-1].replace("\n", "\n" + mark) + "\n"
            self._lines.append(line)
            if len(self._lines) == 1:
                self._soon(self._flush)

    def _flush(self) -> None:
        text, self._lines = "".join(self._lines), []
        try:
            self._write(text)
        except OSError as error:
            # The terminal is gone, or the disk of the file is full.
            self._writeElsewhere(error.rest if isinstance(error, Untaken) else text, error)

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()

    def _writeElsewhere(self, text: str, why: OSError) -> None:
        try:
            self._takeRefuge(why)
            self._write(text)
        except OSError:
            # Whatever told of it here would be written to it too, and never end.
            self.lost += text.count("\n")

    def _takeRefuge(self, why: OSError) -> None:
        """
        Go on elsewhere, for good.

        @raise OSError: there is nowhere else, or it can't be written to either.
        """
        if self._refuge is None:
            raise why
        self._file, self._refuge, self._inJournal = self._refuge(), None, False
        self._write(f"{self._stamp} [-] The log goes on here. Where it was: {why.strerror}\n")

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
