"""
L{twisted_chat.serverlog.text}: the log has twistd's lines, once per turn.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.logger import LogEvent, Logger, LogLevel, textFileLogObserver
from twisted.python.failure import Failure

from twisted_chat.serverlog.text import REFUGE, Place, TextLog, isJournal, refugeIn


class File(io.StringIO):
    """
    Counts how often it is flushed.
    """

    flushed = 0

    def flush(self) -> None:
        self.flushed += 1


class Turn:
    """
    A turn of the reactor, which ends when a test says so.
    """

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def soon(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def end(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def atOnce(call: Callable[[], None]) -> None:
    call()


def spelledTwice(tell: Callable[[Logger], None]) -> tuple[str, str]:
    """
    What is told, as it is written here and as twistd would write it.
    """
    ours, theirs = io.StringIO(), io.StringIO()
    here, there = TextLog(ours, atOnce), textFileLogObserver(theirs)

    def both(event: LogEvent) -> None:
        here(event)
        there(event)

    tell(Logger("twisted_chat.place", observer=both))  # type: ignore[arg-type]
    return ours.getvalue(), theirs.getvalue()


class Visitor:
    """
    Somebody whom the log names by C{str}, an attribute or a call.
    """

    name = "bea"

    def __str__(self) -> str:
        return "192.0.2.7: bea"

    def shout(self) -> str:
        return "BEA"


class Unspeakable:
    """
    Can't be shown.
    """

    def __str__(self) -> str:
        raise ZeroDivisionError


TOLD: list[tuple[str, dict[str, Any]]] = [
    ("no fields", {}),
    ("{address}: {name} is here", {"address": "192.0.2.7", "name": "bea {x} %s"}),
    ("{who} joined {room!r}; {share:.1f} %", {"who": Visitor(), "room": "lobby", "share": 2.55}),
    ("{who.name}", {"who": Visitor()}),
    ("{shout()}", {"shout": Visitor().shout}),
    ("{missing}", {}),
    ("{who}", {"who": Unspeakable()}),
    ("two\nlines {x}", {"x": "and\nmore"}),
    ("with a system", {"log_system": "-"}),
    ("", {}),
]


@pytest.mark.parametrize(("format", "fields"), TOLD)
def test_aLineIsTheOneThatTwistdWouldWrite(format: str, fields: dict[str, Any]) -> None:
    ours, theirs = spelledTwice(lambda log: log.warn(format, **fields))
    assert ours == theirs


def test_aFailureComesWithItsTraceback() -> None:
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError:
        why = Failure()
    ours, theirs = spelledTwice(lambda log: log.failure("it broke", why))
    assert ours == theirs
    assert "Traceback" in ours


def test_eachLineHasTheTimeOfItsOwnEvent() -> None:
    def tell(log: Logger) -> None:
        for time in (1.5, 1.9, 2.0, 86400.0, 1.0):
            event = {"log_format": "now", "log_level": LogLevel.info, "log_namespace": "here"}
            log.observer({**event, "log_time": time})

    ours, theirs = spelledTwice(tell)
    assert ours == theirs


def test_whatComesInOneTurnIsFlushedOnceAtItsEnd() -> None:
    file, turn = File(), Turn()
    log = Logger("here", observer=TextLog(file, turn.soon))
    for _ in range(2):
        log.info("one")
        log.info("two")
        assert len(turn.calls) == 1
        turn.end()
    assert file.flushed == 2
    assert file.getvalue().count("\n") == 4


class Gone(io.StringIO):
    """
    A terminal that was closed.
    """

    def flush(self) -> None:
        raise OSError(errno.EIO, "Input/output error")


def test_aTerminalThatIsGoneBreaksNothingAndIsNotToldOf() -> None:
    calls: list[Callable[[], None]] = []
    log = TextLog(Gone(), calls.append)
    Logger(observer=log).info("hello")
    assert len(calls) == 1
    calls.pop()()
    assert calls == []
    assert log.lost == 1


def test_whatATerminalThatIsGoneDoesNotTakeGoesOnInAFileOfTheDataFolder(tmp_path: Path) -> None:
    opened: list[Any] = []

    def refuge() -> Place:
        opened.append(refugeIn(tmp_path)())
        return opened[-1]  # type: ignore[no-any-return]

    log = TextLog(Gone(), atOnce, refuge)
    Logger("here", observer=log).info("hello")
    Logger("here", observer=log).info("and more")
    (place,) = opened
    place.close()
    file = tmp_path / REFUGE
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("The log goes on here. Where it was: Input/output error")
    assert lines[1].endswith("[here#info] hello")
    assert lines[2].endswith("[here#info] and more")
    assert file.stat().st_mode & 0o777 == 0o600
    assert log.lost == 0


def test_whereNothingElseCanBeOpenedTheLinesAreCounted(tmp_path: Path) -> None:
    log = TextLog(Gone(), atOnce, refugeIn(tmp_path / "none"))
    Logger(observer=log).info("hello")
    assert log.lost == 1


def test_inTheJournalEachLineSaysHowGraveItIs() -> None:
    file = io.StringIO()
    log = Logger("chat", observer=TextLog(file, atOnce, inJournal=True))
    log.info("all is well")
    log.warn("the disk is full")
    log.failure("that went wrong", Failure(ValueError("why")))
    lines = file.getvalue().splitlines()
    assert [line[:3] for line in lines[:2]] == ["<6>", "<4>"]
    assert lines[1].endswith("[chat#warn] the disk is full")
    assert len(lines) > 3
    assert {line[:3] for line in lines[2:]} == {"<2>"}, "those of the traceback too"


def test_elsewhereThereIsNoSuchMark(tmp_path: Path) -> None:
    with open(tmp_path / "log", "w", encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        stream = f"{status.st_dev}:{status.st_ino}"
        assert isJournal(file, {"JOURNAL_STREAM": stream})
        # Another stream was the journal's, such as the standard error.
        assert not isJournal(file, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
        assert not isJournal(file, {})
    assert not isJournal(io.StringIO(), {"JOURNAL_STREAM": stream})
    assert not isJournal(file, {"JOURNAL_STREAM": stream}), "a closed one"
