"""
A network begins once: where its data is lost, a start does not make a new network in silence.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from twisted.logger import Logger

from twisted_chat.doors.selfsigned import writeOnce
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.storage.present import isThere
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.sqlite_copy import moment, revisionIn

BEGUN: Final = "begun"
"""
The file in the data folder that says that a network has begun, and where its database is. It is
written when the database has its tables, so a first start that was broken off is begun again.
"""

FOREIGN: Final = "is another program's"

_log = Logger()


def isKept(database: Path) -> bool:
    """
    Whether a database is there.

    @raise SettingsError: nobody knows: this user may not look.
    """
    try:
        return isThere(database)
    except OSError as error:
        raise SettingsError("network.database", f"{database}: {error.strerror}") from error


def setMask() -> None:
    """
    What is made from here on its owner can use, and nobody else can change: not the folders either
    in which the data folder is, or somebody could put another in its place.
    """
    before = os.umask(0o077)
    os.umask(before & 0o055 | 0o022)


def makeFolder(folder: Path) -> None:
    """
    Make the data folder, if there is none; and tell root of one that is somebody else's, who can't
    read later what root writes there now.

    @raise SettingsError: it can't be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat()
    except OSError as error:
        raise SettingsError("network.data_dir", f"{folder}: {error.strerror}") from error
    if os.geteuid() == 0 != owner.st_uid:
        _log.warn(
            "{folder} is user {owner}'s, and this runs as root: that user can't use then what is in"
            " it. End it, chown -R {owner}:{group} {folder}, and start it as that user",
            folder=str(folder),
            owner=owner.st_uid,
            group=owner.st_gid,
        )


@contextmanager
def makingIn(folder: Path) -> Iterator[None]:
    """
    Several starts at the same moment make what is not there yet one after the other: each would
    keep its own in memory, and the last one's be in the folder.

    @param folder: the data folder, with nothing in it that could be locked.
    @raise SettingsError: it can't be read.
    """
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError("network.data_dir", f"{folder}: {error.strerror}") from error
    try:
        # Some file systems have no locks for folders.
        with suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def prepareIn(folder: Path, database: Path | None, prepare: Callable[[], None]) -> None:
    """
    Bring a database up to date; make it, if the network has not begun.

    @param folder: the data folder.
    @param database: the file; C{None} if it is in none.
    @param prepare: does it.
    @raise StartRefused: see L{requireData}; or it can't be done.
    """
    if database is None:
        prepare()
        return
    requireData(folder, database)
    prepare()
    _note(folder / BEGUN, database)


def requireData(folder: Path, database: Path) -> None:
    """
    @raise StartRefused: the network of a data folder has begun, and its data is not there; or what
        is there is another program's.
    """
    wrong = _wrong(database)
    if wrong == FOREIGN:
        raise StartRefused(f"The database {database} {wrong}: it has tables, and none of ours.")
    begun = folder / BEGUN
    known = _noted(begun) if wrong else ""
    if known:
        where = "" if known == _spelled(database) else f", in {known}"
        raise StartRefused(
            f"The database {database} {wrong}, but the network has begun{where}."
            " Put it back, or bring back a backup: twisted-chat restore FILE --data-dir FOLDER."
            f" To begin a new network here, remove {begun} first."
        )


@contextmanager
def madeOrNot(database: Path) -> Iterator[None]:
    """
    Where there is no data and what is to bring it fails, there is none afterwards: a start would
    take empty tables for a network.

    @param database: the file.
    """
    # The file itself: a link to it stays.
    path = database.resolve()
    try:
        before = path.stat().st_size if isThere(path) else None
    except OSError:
        # Whoever opens it will say why that can't be done.
        before = -1
    try:
        yield
    except BaseException:
        if not before:
            for ending in ("-wal", "-shm", "-journal"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
        if before == 0:
            os.truncate(path, 0)
        elif before is None:
            path.unlink(missing_ok=True)
        raise


def _wrong(database: Path) -> str:
    """
    What is wrong with a database in which nothing of a network is; C{""} if that can't be said of
    it.
    """
    try:
        if not database.stat().st_size:
            return "is empty"
        with moment(database) as connection:
            if revisionIn(connection) is not None:
                return ""
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return FOREIGN if tables else "has no tables"
    except FileNotFoundError:
        return "is missing"
    except (OSError, sqlite3.Error):
        # Whoever opens it will say why that can't be done.
        return ""


def _spelled(database: Path) -> str:
    return os.fsdecode(database.absolute())


def _noted(begun: Path) -> str:
    """
    @return: where the database of a network was that has begun; C{""} if none has.
    """
    try:
        return os.fsdecode(begun.read_bytes()).strip() or "another file"
    except OSError:
        return ""


def _note(begun: Path, database: Path) -> None:
    where = _spelled(database)
    if _noted(begun) == where:
        return
    try:
        writeOnce(begun, os.fsencode(where) + b"\n")
    except OSError as error:
        # The network is there, and people wait for it.
        _log.warn("{path} can't be written: {why}", path=str(begun), why=error.strerror)
