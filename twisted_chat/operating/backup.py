"""
Making a backup of a server, running or not, and going back to it.
"""

from __future__ import annotations

import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copy as copyWithMode
from tempfile import TemporaryDirectory

from twisted_chat.beginning import makingIn
from twisted_chat.domain.errors import BadInput
from twisted_chat.operating import archive
from twisted_chat.operating.archive import Archive, FileSum, Manifest
from twisted_chat.operating.place import Place
from twisted_chat.storage.present import isFile
from twisted_chat.storage.sqlite_copy import (
    copyDatabase,
    damage,
    opened,
    refusing,
    revisionIn,
    sync,
    tableSums,
)
from twisted_chat.storage.sqlite_link import sentence
from twisted_chat.storage.sqlite_open import DATABASE

OWNERS, READABLE = 0o600, 0o044
"""
What others may be allowed of a file that is restored, if they were: what is in a backup was
perhaps written by somebody else.
"""


def backUp(file: Path, place: Place, seconds: Callable[[], float]) -> Manifest:
    """
    Make a backup; the server, if one runs, goes on meanwhile.

    @param file: where; there must be no such file. Only its owner may read it. Beside it there has
        to be room for another copy of the database as long as this takes.
    @param seconds: the time now, in POSIX seconds.
    @return: what is in it.
    @raise BadInput: it could not be made; then there is no file.
    """
    place.existing()
    at = seconds()
    with _written(file) as (partial, folder):
        copy = folder / DATABASE
        with (
            refusing(f"{place.database} can't be copied", place.database),
            _refusingGarbage(str(place.database)),
        ):
            copyDatabase(place.database, copy)
            with closing(opened(copy)) as connection:
                wrong = damage(connection)
                revision = revisionIn(connection)
                tables = tableSums(connection)
        if wrong is not None:
            raise BadInput(why=f"{place.database} is damaged: {wrong}.")
        if revision is None:
            raise BadInput(why=f"{place.database} is not the database of a server.")
        with refusing(f"{place.folder} can't be read"):
            given = _keys(place.folder)
            if place.config is not None:
                given[archive.SETTINGS] = place.config
            # A certificate may be renewed while the database is read.
            kept = {name: Path(copyWithMode(path, folder / name)) for name, path in given.items()}
            paths = {DATABASE: copy, **kept}
            files = {name: archive.fileSum(path) for name, path in paths.items()}
        manifest = Manifest(archive.FORMAT, archive.VERSION, at, revision, tables, files)
        with partial.open("wb") as written:
            archive.write(written, manifest, paths)
    return manifest


def _keys(folder: Path) -> dict[str, Path]:
    """
    The keys in a data folder, by name.
    """
    found = {path.name: path for key in archive.KEYS for path in sorted(folder.glob(key))}
    keys = {name: path for name, path in found.items() if isFile(path)}
    for name in keys:
        if not archive.belongs(name):
            raise BadInput(why=f"{name!a} can't be restored under this name; rename it.")
    return keys


@contextmanager
def _refusingGarbage(what: str) -> Iterator[None]:
    """
    Tell of a database so damaged that not even what SQLite complains of is text.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise BadInput(why=f"{what} is damaged: it has names that are no text.") from error


@contextmanager
def _written(file: Path) -> Iterator[tuple[Path, Path]]:
    """
    A file that is there whole or not at all, and does not take the place of another.

    @return: where to write it, and a folder for what is needed meanwhile; both go.
    """
    with refusing(f"{file} can't be written"):
        if file.exists() or file.is_symlink():
            raise BadInput(why=f"{file} exists already; it is not overwritten.")
        with TemporaryDirectory(prefix=f".{file.name}.", dir=file.absolute().parent) as name:
            partial = Path(name) / "backup.tar"
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield partial, Path(name)
            sync(partial)
            _place(partial, file)
            sync(file.absolute().parent)


def _place(partial: Path, file: Path) -> None:
    """
    Give a file its name, unless another has got it meanwhile.
    """
    try:
        os.link(partial, file)
    except FileExistsError:
        raise BadInput(why=f"{file} exists already; it is not overwritten.") from None
    except OSError:
        # A file system without links, of which a name is taken from nobody but by a hair's breadth.
        if file.exists():
            raise
        partial.rename(file)


def restore(file: Path, folder: Path) -> Manifest:
    """
    Go back to a backup.

    @param folder: what is to be the data folder: empty, or not there yet.
    @return: what was in the backup.
    @raise BadInput: it could not be restored; then the folder is as it was.
    """
    with refusing(f"{file} can't be read"):
        source = file.open("rb")
    with source, refusing(f"{folder} can't be written"):
        try:
            with tarfile.open(fileobj=source, mode="r:") as tar:
                packed = Archive(tar, str(file))
                with _emptyFolder(folder):
                    _unpack(packed, folder)
        except tarfile.TarError as error:
            why = "it is no tar file, or not whole"
            raise BadInput(why=f"{file} is not a backup that can be used: {why}.") from error
    return packed.manifest


@contextmanager
def _emptyFolder(folder: Path) -> Iterator[None]:
    """
    A folder that is filled, or else as empty as before. A server that starts there meanwhile waits:
    it would begin a network, whose write-ahead log would be taken for that of what is restored.
    """
    isNew = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with makingIn(folder):
        if any(folder.iterdir()):
            raise BadInput(why=f"{folder} is not empty; a backup is restored into an empty folder.")
        try:
            yield
        except BaseException:
            for path in folder.iterdir():
                path.unlink()
            if isNew:
                folder.rmdir()
            raise


def _unpack(packed: Archive, folder: Path) -> None:
    # Whoever breaks this off leaves no database that is not checked: so it gets its name last.
    nameless = folder / f"{DATABASE}.restored"

    def write(name: str, wanted: FileSum, blocks: Iterator[bytes]) -> None:
        path = nameless if name == DATABASE else folder / name
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(opened, "wb") as written:
            for block in blocks:
                written.write(block)
            written.flush()
            os.fchmod(written.fileno(), wanted.mode & READABLE | OWNERS)
            os.fsync(written.fileno())

    packed.unpack(write)
    try:
        with (
            _refusingGarbage("The database in the backup"),
            closing(opened(nameless)) as connection,
        ):
            wrong = damage(connection)
            revision = revisionIn(connection)
            same = wrong is None and tableSums(connection) == packed.manifest.tables
    except sqlite3.Error as error:
        raise BadInput(
            why=f"The database in the backup can't be read: {sentence(error)}."
        ) from error
    if not same or revision != packed.manifest.revision:
        why = wrong or "its tables are not what the manifest says"
        raise BadInput(why=f"The database in the backup is damaged: {why}.")
    nameless.rename(folder / DATABASE)
    sync(folder)
