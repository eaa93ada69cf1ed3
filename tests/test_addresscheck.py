"""
The operator's check of addresses: what a program says holds, and one that is broken lets all in.
"""

from __future__ import annotations

import os
import sys
from errno import EMFILE
from pathlib import Path
from select import select
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.error import ProcessDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from tests.conftest import Wrongs
from twisted_chat.addresscheck import AT_ONCE, CommandCheck
from twisted_chat.config import load
from twisted_chat.settings.kinds import SettingsError

REFUSING = """
import json, sys
asked = json.load(sys.stdin)
print(json.dumps({"allow": asked["address"] != "192.0.2.7", "reason": "told " + asked["name"]}))
"""


def isThere() -> bool:
    """
    They always are.
    """
    return True


def check(program: str, seconds: float = 20.0) -> CommandCheck:
    """
    @return: a check by a Python program.
    """
    from twisted.internet import reactor

    return CommandCheck(reactor, [sys.executable, "-I", "-c", program], seconds)


@pytest_twisted.ensureDeferred
async def test_theProgramSaysWhoMayNotComeInAndWhy() -> None:
    asked = check(REFUSING)
    assert await asked.refuse("192.0.2.7", "alex", "", isThere) == "told alex"
    assert await asked.refuse("192.0.2.8", "alex", "alex", isThere) is None


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("print('what?')", "JSON"),
        ("print('{}')", "allow"),
        ("raise SystemExit(3)", "it failed"),
        ("print('x' * 100_000, flush=True); import time; time.sleep(60)", "too much"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_aProgramThatIsBrokenLetsEverybodyInAndIsInTheLog(
    program: str, why: str, wrongs: Wrongs
) -> None:
    assert await check(program).refuse("192.0.2.7", "alex", "", isThere) is None
    (wrong,) = wrongs.flush()
    assert why in str(wrong)


@pytest_twisted.ensureDeferred
async def test_aProgramThatHangsIsNotWaitedFor(wrongs: Wrongs) -> None:
    hanging = check("import time; time.sleep(600)", 0.2)
    assert await hanging.refuse("192.0.2.7", "alex", "", isThere) is None
    (wrong,) = wrongs.flush()
    assert "took too long" in str(wrong)


WAITING = """
import subprocess, sys
waiting = subprocess.Popen(["sh", "-c", "read line < $0", sys.argv[1]])
if sys.argv[2:]:
    waiting.wait()
"""


@pytest.mark.parametrize("too", [(), ("too",)])
@pytest_twisted.ensureDeferred
async def test_whatTheProgramHasStartedIsNotWaitedForEither(
    too: tuple[str, ...], tmp_path: Path, wrongs: Wrongs
) -> None:
    from twisted.internet import reactor

    # Whoever reads from it waits until somebody writes.
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    command = [sys.executable, "-I", "-c", WAITING, str(gate), *too]
    hanging = CommandCheck(reactor, command, 1.0)
    try:
        asked = hanging.refuse("192.0.2.7", "alex", "", isThere)
        assert await asked.addTimeout(20.0, reactor) is None  # type: ignore[arg-type]
    finally:
        os.close(os.open(gate, os.O_RDWR))
    (wrong,) = wrongs.flush()
    assert "took too long" in str(wrong)


STARTING = """
import subprocess, sys
with open(sys.argv[1], "wb", 0) as gate:
    started = subprocess.Popen(["sh", "-c", "echo x; exec sleep 600"], stdout=gate)
if sys.argv[2:]:
    started.wait()
"""


@pytest.mark.parametrize("too", [(), ("too",)])
@pytest_twisted.ensureDeferred
async def test_whatTheProgramHasStartedEndsWithIt(
    too: tuple[str, ...], tmp_path: Path, wrongs: Wrongs
) -> None:
    from twisted.internet import reactor

    class Turned(Clock):
        def spawnProcess(self, *arguments: Any, **named: Any) -> None:
            reactor.spawnProcess(*arguments, **named)  # type: ignore[attr-defined]

    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # It ends when nobody has it open for writing any more.
    reading = os.open(gate, os.O_RDONLY | os.O_NONBLOCK)
    try:
        clock = Turned()
        command = [sys.executable, "-I", "-c", STARTING, str(gate), *too]
        asked = CommandCheck(clock, command, 3.0).refuse("192.0.2.7", "alex", "", isThere)
        assert select([reading], [], [], 60.0)[0]
        assert os.read(reading, 9) == b"x\n"
        clock.advance(3.0)
        assert await asked is None
        assert select([reading], [], [], 60.0)[0]
        assert os.read(reading, 9) == b""
    finally:
        os.close(reading)
    (wrong,) = wrongs.flush()
    assert "took too long" in str(wrong)


def test_aProgramThatCantBeRunLetsEverybodyInToo(wrongs: Wrongs) -> None:
    class Full(Clock):
        def spawnProcess(self, *arguments: object, **named: object) -> None:
            raise OSError(EMFILE, "Too many open files")

    clock = Full()
    asked = CommandCheck(clock, ["/bin/true"], 3.0)
    let: list[str | None] = []
    for _ in range(2 * AT_ONCE):
        asked.refuse("192.0.2.7", "alex", "", isThere).addCallback(let.append)
    assert let == [None] * 2 * AT_ONCE
    assert not clock.getDelayedCalls()
    assert all("Too many open files" in str(wrong) for wrong in wrongs.flush())


def test_nobodyIsAskedAboutWhoHasGoneSinceSoNobodyWaitsBehindThem() -> None:
    class Running(Clock):
        def spawnProcess(self, asking: Any, *arguments: object, **named: object) -> None:
            begun.append(asking)

    begun: list[Any] = []
    let: list[str | None] = []
    gone = False
    asked = CommandCheck(Running(), ["/bin/true"], 3.0)
    for _ in range(4000):
        asked.refuse("192.0.2.7", "alex", "", lambda: not gone).addCallback(let.append)
    gone = True
    asked.refuse("192.0.2.8", "bea", "", isThere).addCallback(let.append)
    assert len(begun) == AT_ONCE
    begun[0].outReceived(b'{"allow": true}')
    begun[0].processEnded(Failure(ProcessDone(0)))
    assert len(begun) == AT_ONCE + 1
    assert b"bea" in begun[-1]._question
    assert let == [None] * (4000 - AT_ONCE + 1)


def test_theSettingIsAProgramThatCanBeRun(tmp_path: Path) -> None:
    values: dict[str, Any] = {"entry.check": [sys.executable, "-c", "x"]}
    assert load(None, values).entry.check == (sys.executable, "-c", "x")
    with pytest.raises(SettingsError, match=r"entry.check: .*no program"):
        load(None, {"entry.check": str(tmp_path / "none")})
    with pytest.raises(SettingsError, match=r"entry.check: .*no program"):
        load(None, {"entry.check": str(tmp_path)})
