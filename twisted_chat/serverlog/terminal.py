"""
The log of a server that stays in the foreground, on its standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from twisted_chat.serverlog.output import Nowhere, Unhurried, takerOf
from twisted_chat.serverlog.text import Place, TextLog, isJournal, refugeIn

TERMINAL_LOG = f"{__name__}.terminalLog"
"""What twistd finds L{terminalLog} by."""


class TerminalLog:
    """
    What twistd logs by when it stays in the foreground and was told nothing else.

    @ivar folder: the data folder, where the log goes on when the terminal is gone.
    @ivar reactor: in whose turns it is written; C{None}: at once.
    """

    folder: Path | None = None
    reactor: Any = None

    def __call__(self) -> TextLog:
        """
        Make it: twistd asks for it without words.
        """
        refuge = refugeIn(self.folder) if self.folder is not None else None
        # Python has none where it is closed.
        out: IO[str] | None = sys.stdout
        if out is None:
            return TextLog(Nowhere(), self._soon, refuge)
        take = takerOf(out)
        place: Place = out if take is None else Unhurried(take, self._later)
        return TextLog(place, self._soon, refuge, isJournal(out, os.environ))

    def _soon(self, call: Callable[[], None]) -> None:
        if self._turns():
            self._later(0, call)
        else:
            call()

    def _later(self, seconds: float, call: Callable[[], None]) -> object:
        return self.reactor.callLater(seconds, call) if self._turns() else None

    def _turns(self) -> bool:
        return self.reactor is not None and self.reactor.running


terminalLog = TerminalLog()
