"""
What fails while nobody waits for it is in the log.
"""

from __future__ import annotations

from twisted.internet.defer import fail
from twisted.logger import Logger

from tests.conftest import Wrongs
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.unawaited import toLog

_log = Logger()


def test_aRefusalIsOneLine(logged: list[str]) -> None:
    kept = fail(NotSaved(why="the disk is full"))
    kept.addErrback(toLog(_log, "{what} was not kept", what="it"))
    assert logged == ["it was not kept: Not saved: the disk is full. Nobody has seen it."]


def test_whatShouldNotHappenIsThereWithItsTraceback(wrongs: Wrongs) -> None:
    kept = fail(ZeroDivisionError())
    kept.addErrback(toLog(_log, "it was not kept"))
    assert len(wrongs.flush(ZeroDivisionError)) == 1
