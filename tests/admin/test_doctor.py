"""
L{twisted_chat.admin.doctor}: each thing that is wrong is found, with its cure.
"""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock, deferLater

from tests.admin.desks import Office
from twisted_chat.config import load
from twisted_chat.domain.errors import NotSaved
from twisted_chat.domain.units import DAYS, GIB
from twisted_chat.doors.selfsigned import selfSigned


def look(office: Office) -> dict[str, dict[str, Any]]:
    """
    What is not in order, by what it is about.
    """
    rows = office.do("doctor")
    assert all(row["cure"] for row in rows if row["level"] != "ok")
    assert not any(row["cure"] for row in rows if row["level"] == "ok")
    return {row["about"]: row for row in rows if row["level"] != "ok"}


@pytest.fixture
def well(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """
    A desk where all is well.
    """
    office.server.doors = [Door()]
    office.do("accounts create", name="alex", password="correct horse", operator=True)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(50 * GIB))
    monkeypatch.setattr(resource, "getrlimit", lambda which: (20_000, 20_000))
    return office


def usage(free: int) -> Any:
    """
    A disk.
    """
    return SimpleNamespace(total=100 * GIB, used=100 * GIB - free, free=free)


class Door:
    """
    Where people come in.
    """

    wire = SimpleNamespace(name="line", option="--port", setting="listen.port")
    text = "5000"

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self.isOpen = not reason

    def commands(self, lan: str | None) -> list[str]:
        return ["nc localhost 5000"]


def test_whereAllIsWellNothingIsFound(well: Office) -> None:
    assert look(well) == {}


def test_aServerThatDoesNotRunIsFound(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    found = look(Office(tmp_path, isRunning=False))
    assert set(found) == {"server", "operators"}


def test_aDoorThatIsClosedIsFound(well: Office) -> None:
    well.server.doors.append(Door("port 5000 can't be opened: address already in use"))
    row = look(well)["door line"]
    assert row["level"] == "error"
    assert "already in use" in row["found"]
    assert "--port" in row["cure"]


def test_aServerThatNobodyCanComeInToIsFound(well: Office) -> None:
    well.server.doors = []
    assert look(well)["doors"]["level"] == "error"


@pytest.mark.parametrize(("free", "level"), [(GIB - 1, "warning"), (100 * 1024**2 - 1, "error")])
def test_aDiskThatIsNearlyFullIsFound(
    well: Office, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free))
    assert look(well)["disk"]["level"] == level


def test_theDiskThatTheDatabaseIsOnIsLookedAtToo(
    well: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    C{network.database} may name a file on another disk than the data folder's.
    """
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    well.desk.database = elsewhere / "chat.sqlite"
    well.desk.database.write_bytes(b"")
    well.desk.database.chmod(0o600)
    (well.desk.folder / "secret").touch(0o600)
    free = {elsewhere: 50 * GIB, well.desk.folder: 50 * GIB}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free[path]))
    assert look(well) == {}
    free[elsewhere] = 0
    assert look(well)["disk"]["cure"].startswith(f"make room where {elsewhere} is")
    (row,) = well.do("status")
    assert row["diskFree"] == 0
    well.hub.counts.unsaved(well.net.clock.seconds(), "the disk is full")
    assert look(well)["log"]["cure"] == f"see to the disk of {elsewhere}"
    # And that of the folder, if it is another.
    free.update({elsewhere: 50 * GIB, well.desk.folder: 0})
    assert "disk of the data folder" not in look(well)
    real = Path.stat

    def stat(path: Path, **how: Any) -> Any:
        found = real(path, **how)
        return os.stat_result((*found[:2], 4711, *found[3:])) if path == elsewhere else found

    monkeypatch.setattr(Path, "stat", stat)
    assert look(well)["disk of the data folder"]["level"] == "error"


@pytest.mark.parametrize(("left", "level"), [(999, "warning"), (0, "error")])
def test_aDiskThatCanTakeFewMoreFilesIsFound(
    well: Office, monkeypatch: pytest.MonkeyPatch, left: int, level: str
) -> None:
    told = SimpleNamespace(f_files=10_000, f_favail=left)
    monkeypatch.setattr(os, "statvfs", lambda path: told)
    assert look(well)["files on the disk"]["level"] == level
    # A file system that does not count them.
    told.f_files = 0
    assert look(well) == {}


def test_tooFewFilesForTheConnectionsAreFound(
    well: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (10_255, 10_255))
    assert "10256" in look(well)["open files"]["cure"]
    assert look(well)["open files"]["found"].startswith("the system allows 10,255: 9,999 conn")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (10_256, 10_256))
    assert look(well) == {}


def test_aCommitThatIsRefusedIsFound(well: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> Deferred[None]:
        return fail(NotSaved(why="the disk is full"))

    monkeypatch.setattr(well.net.store, "setNetworkFact", refuse)
    row = look(well)["log"]
    assert (row["level"], row["found"]) == ("error", "a tiny commit was refused: the disk is full")


@pytest.mark.parametrize(("seconds", "level"), [(0.15, "warning"), (1.5, "error")])
def test_aCommitThatIsSlowIsFound(
    well: Office, monkeypatch: pytest.MonkeyPatch, seconds: float, level: str
) -> None:
    def later(*arguments: object) -> Deferred[None]:
        return deferLater(well.net.clock, seconds)

    monkeypatch.setattr(well.net.store, "setNetworkFact", later)
    monkeypatch.setattr("tests.doubles.TICK", 0.05)
    assert look(well)["log"]["level"] == level


def test_messagesThatWereNotSavedAreFound(well: Office) -> None:
    well.hub.counts.unsaved(well.net.clock.seconds(), "the disk is full")
    assert "the disk is full" in look(well)["log"]["found"]


def test_aClockThatWasSetBackIsFound(well: Office) -> None:
    alex = well.net.guest("bea")
    room = well.net.join("dev", alex)
    well.net.say(alex, "dev", "hello")
    said = well.net.now(well.net.store.lastSaid([room.id]))[room.id]
    assert look(well) == {}
    behind = Clock()
    behind.advance(said - 3600)
    well.hub.clock = behind  # type: ignore[assignment]
    assert "1 hour" in look(well)["clock"]["found"]


@pytest.mark.parametrize(
    ("left", "level"), [(15 * DAYS, None), (13 * DAYS, "warning"), (-1 * DAYS, "error")]
)
def test_aCertificateThatEndsIsFoundWithItsLastDay(
    well: Office, left: float, level: str | None
) -> None:
    then = Clock()
    then.advance(well.net.clock.seconds() + left - 3650 * DAYS)
    selfSigned(well.desk.folder, "chat.example", then)
    found = look(well)
    assert found.get("certificate", {}).get("level") == level


def test_aCertificateThatCantBeReadIsFound(well: Office) -> None:
    file = well.desk.folder / "broken.pem"
    file.write_text("nothing")
    folder = str(well.desk.folder)
    well.server.settings = load(None, {"network.data_dir": folder, "tls.cert": str(file)})
    assert "broken.pem" in look(well)["certificate"]["found"]
    given = {"network.data_dir": folder, "tls.cert": str(file)}
    off = {"listen.tls_port": "off", "listen.irc_tls_port": "off"}
    well.server.settings = load(None, {**given, **off})
    assert look(well) == {}


def test_whatOthersMayReadIsFound(well: Office) -> None:
    secret = well.desk.folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o640)
    assert look(well)["data folder"]["cure"] == f"chmod 600 {secret}"
    secret.chmod(0o600)
    well.desk.folder.chmod(0o750)
    assert look(well)["data folder"]["cure"] == f"chmod 700 {well.desk.folder}"


def test_aFolderOfSomebodyElsesIsFound(well: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert f"belongs to user {mine}" in look(well)["data folder"]["found"]


@pytest.mark.parametrize("name", ["secret", "chat.sqlite-wal", "lock", "begun", "server.log"])
def test_filesOfSomebodyElsesAreFound(
    well: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As after one start as root: the next one as the owner fails.
    """
    folder, lstat = well.desk.folder, Path.lstat
    (folder / name).touch(0o600)
    (folder / "notes.txt").touch()
    owner = folder.stat()

    def asRoots(path: Path) -> Any:
        isOurs = path.name not in (name, "notes.txt")
        return lstat(path) if isOurs else SimpleNamespace(st_uid=owner.st_uid + 1)

    monkeypatch.setattr(Path, "lstat", asRoots)
    found = look(well)["data folder"]
    assert found["found"] == f"not its owner's, as whom a server starts: {name}"
    assert found["cure"] == f"chown -R {owner.st_uid}:{owner.st_gid} {folder}"


def test_aLockdownIsFound(well: Office) -> None:
    well.do("lockdown", level=3)
    assert look(well)["lockdown"]["cure"].endswith("twisted-chat admin lockdown 0")


def test_aNetworkWithoutOperatorsIsFound(well: Office) -> None:
    well.do("operators remove", name="alex")
    assert set(look(well)) == {"operators"}


def test_aDatabaseThatOthersMayReadIsFound(well: Office) -> None:
    file = well.desk.folder / "chat.sqlite"
    file.touch(0o644)
    (well.desk.folder / "secret").touch(0o600)
    well.desk.database = file
    assert look(well)["data folder"]["cure"] == f"chmod 600 {file}"


def test_aSecretThatIsLostIsFoundAndNotMade(well: Office) -> None:
    file = well.desk.folder / "chat.sqlite"
    file.touch(0o600)
    well.desk.database = file
    assert "not there" in look(well)["secret"]["found"]
    assert not (well.desk.folder / "secret").exists()
