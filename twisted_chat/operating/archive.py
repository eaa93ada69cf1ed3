"""
The file that a backup is: a tar with a manifest first, and no folders in it.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO

import msgspec

from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.units import MIB
from twisted_chat.storage.sqlite_copy import TableSum
from twisted_chat.storage.sqlite_open import DATABASE

FORMAT = "twisted_chat backup"
VERSION = 1
"""Of the format: a file of a later one is refused."""

MANIFEST = "manifest.json"
SETTINGS = "chat.toml"

BLOCK = 1 * MIB
"""How much is read at once."""

MOST_MANIFEST = 1 * MIB
"""The manifest of a file that somebody has made up may have any size."""

KEYS = ("secret", "*.pem", "*.key")
"""What is kept of the data folder beside the database."""

LONGEST_NAME = 255
"""How many bytes the name of a file may have."""


def belongs(name: str) -> bool:
    """
    Whether a file in a backup can be called so: it stays in the folder that it is restored to, and
    is nothing there but the database, a key or the settings.
    """
    if name in (MANIFEST, DATABASE, SETTINGS):
        return True
    # What can be printed can be encoded, too.
    isPlain = name.isprintable() and "/" not in name and len(name.encode()) <= LONGEST_NAME
    return isPlain and any(fnmatchcase(name, each) for each in KEYS)


class FileSum(msgspec.Struct, frozen=True):
    """
    What a file holds.

    @ivar size: in bytes.
    @ivar mode: who may read and write it, as C{chmod} takes it.
    @ivar sha256: of its content.
    """

    size: int
    mode: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """
    What a backup holds.

    @ivar at: when it was begun, in POSIX seconds.
    @ivar revision: the schema of the database.
    @ivar tables: what the tables of the database say.
    @ivar files: the files beside the manifest, by name, in their order.
    """

    format: str
    version: int
    at: float
    revision: str
    tables: dict[str, TableSum]
    files: dict[str, FileSum]


def fileSum(path: Path) -> FileSum:
    """
    @raise OSError: the file can't be read.
    """
    with path.open("rb") as file:
        digest = sha256()
        size = 0
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return FileSum(size, path.stat().st_mode & 0o777, digest.hexdigest())


def write(file: IO[bytes], manifest: Manifest, paths: dict[str, Path]) -> None:
    """
    Write a backup.

    @param paths: where the files of the manifest are; they don't change meanwhile.
    @raise OSError: something can't be read or written.
    """
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        tar.addfile(_member(MANIFEST, len(text), 0o600, manifest.at), BytesIO(text))
        for name, entry in manifest.files.items():
            with paths[name].open("rb") as content:
                tar.addfile(_member(name, entry.size, entry.mode, manifest.at), content)


def _member(name: str, size: int, mode: int, at: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, mode, int(at)
    return member


class Archive:
    """
    A backup that is read, as little trusted as any file that somebody hands over.
    """

    def __init__(self, tar: tarfile.TarFile, name: str) -> None:
        """
        @param name: what to call it.
        @raise BadInput: it is no backup.
        @raise tarfile.TarError: likewise, here and later.
        """
        self._name = name
        self._members = self._walk(tar)
        self.manifest = self._readManifest()

    def unpack(self, write: Callable[[str, FileSum, Iterator[bytes]], None]) -> None:
        """
        Unpack all files.

        @param write: called with the name, what it has to be and the content of each.
        @raise BadInput: it holds other things than its manifest says.
        """
        left = dict(self.manifest.files)
        for member, content in self._members:
            wanted = left.pop(member.name, None)
            if wanted is None or member.size != wanted.size:
                raise self._wrong(f"{member.name!r} is not what the manifest says")
            digest = sha256()
            write(member.name, wanted, _blocks(content, digest.update))
            if digest.hexdigest() != wanted.sha256:
                raise self._wrong(f"the checksum of {member.name} is wrong")
        if left:
            raise self._wrong(f"{', '.join(left)} is missing")

    def _walk(self, tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
        for member in tar:
            # No folders, no links, no devices: nothing that could lead elsewhere. And nothing with
            # holes, which would be larger when unpacked than the whole backup.
            isPlain = member.isreg() and not member.issparse()
            content = tar.extractfile(member) if isPlain else None
            if content is None or not belongs(member.name):
                raise self._wrong(f"{member.name!r} does not belong in it")
            yield member, content

    def _readManifest(self) -> Manifest:
        member, content = next(self._members, (None, None))
        if member is None or content is None or member.name != MANIFEST:
            raise self._wrong("it does not begin with a manifest")
        if member.size > MOST_MANIFEST:
            raise self._wrong("its manifest is too long")
        try:
            manifest = msgspec.json.decode(content.read(), type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._wrong("its manifest can't be read") from error
        if manifest.format != FORMAT:
            raise self._wrong("its manifest is one of something else")
        if manifest.version != VERSION:
            raise BadInput(
                why=f"{self._name} is a backup of format {manifest.version}, and this program knows"
                f" format {VERSION}."
            )
        if DATABASE not in manifest.files:
            raise self._wrong("it has no database")
        for name in manifest.files:
            if not belongs(name):
                raise self._wrong(f"{name!r} does not belong in it")
        return manifest

    def _wrong(self, why: str) -> BadInput:
        return BadInput(why=f"{self._name} is not a backup that can be used: {why}.")


def _blocks(content: IO[bytes], seen: Callable[[bytes], object]) -> Iterator[bytes]:
    while block := content.read(BLOCK):
        seen(block)
        yield block
