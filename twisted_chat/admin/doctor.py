"""
Looking for what is wrong with a server, or soon will be; each finding with its cure.
"""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from twisted_chat.admin.accounts import accountsOf
from twisted_chat.admin.desk import Desk, Premises
from twisted_chat.admin.entry import LEVELS
from twisted_chat.admin.findings import ERROR, OK, WARNING, Finding
from twisted_chat.admin.network import dataFolder, dataSize
from twisted_chat.admin.order import Row, Rows
from twisted_chat.admin.showing import brief, size
from twisted_chat.beginning import BEGUN
from twisted_chat.cloak import SECRET_FILE
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.official import Official
from twisted_chat.domain.quantities import counted, durationText
from twisted_chat.domain.units import GIB, MIB, MILLISECONDS
from twisted_chat.doors.certificates import WARN_BEFORE, loadCertificate
from twisted_chat.doors.openfiles import SPARE_FILES, mostConnections
from twisted_chat.doors.selfsigned import CERT_FILE, KEY_FILE
from twisted_chat.monitoring.health import TRIED
from twisted_chat.serverlog.text import REFUGE
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.storage.lock import LOCK_ENDING, LOCK_FILE
from twisted_chat.storage.schema import REVISION
from twisted_chat.storage.sqlite_open import DATABASE

LITTLE: Final = 1 * GIB
"""Less free disk space is worth a warning ..."""

TOO_LITTLE: Final = 100 * MIB
"""... and less than this is an error."""

FEW: Final = 1000
"""So few files that a disk can take still (its free inodes) are worth a warning."""

SLOW: Final = 100 * MILLISECONDS
"""A tiny commit that takes longer is worth a warning ..."""

TOO_SLOW: Final = 1000 * MILLISECONDS
"""... and one that takes longer than this is an error."""

AHEAD: Final = 60.0
"""Seconds that the newest message may be ahead of the clock."""

OTHERS: Final = 0o077
"""The rights of everybody but the owner."""


OWN: Final = (
    BEGUN, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}{LOCK_ENDING}", LOCK_FILE,
    SECRET_FILE, CERT_FILE, KEY_FILE, REFUGE,
)  # fmt: skip
"""What a server makes in its data folder, and has to read and write at the next start."""


Findings = AsyncIterator[Finding]


async def doctor(desk: Desk, by: Official) -> Rows:
    """
    Look at everything.
    """
    for outside in OUTSIDE:
        for finding in outside(desk):
            yield asdict(finding)
    for look in CHECKS:
        async for finding in look(desk):
            yield asdict(finding)


def fromOutside(here: Premises, why: str) -> Iterator[Row]:
    """
    Look at what there is to see where the data can't be opened.

    @param why: why it can't.
    """
    for outside in OUTSIDE:
        for finding in outside(here):
            yield asdict(finding)
    cure = "see to what is found above, or to what this says; then ask again for the rest"
    yield asdict(Finding(ERROR, "data", why, cure))


def _running(here: Premises) -> Iterator[Finding]:
    if here.server is None:
        cure = "start it, or see why it ended: journalctl -u twisted-chat, or twistd.log"
        yield Finding(WARNING, "server", "it does not run; this is about the data alone", cure)
    else:
        spent = durationText(here.now - here.server.since)
        yield Finding(OK, "server", f"it runs for {spent}, process {os.getpid()}")


def _doors(here: Premises) -> Iterator[Finding]:
    doors = here.server.doors if here.server is not None else ()
    for door in doors:
        if door.isOpen:
            yield Finding(
                OK, f"door {door.wire.name}", f"open: {', '.join(door.commands(None)) or door.text}"
            )
        else:
            cure = f"free it, or move the door: {door.wire.option}, or {door.wire.setting}"
            yield Finding(ERROR, f"door {door.wire.name}", f"closed: {door.reason}", cure)
    if here.server is not None and not any(door.isOpen for door in doors):
        cure = "give it doors: the settings of the table [listen]"
        yield Finding(ERROR, "doors", "nobody can come in", cure)


async def _schema(desk: Desk) -> Findings:
    # It is not even opened, where it is another one.
    yield Finding(OK, "schema", f"{REVISION}, the one of this program")


def _disk(here: Premises) -> Iterator[Finding]:
    data = dataFolder(here)
    used = dataSize(here)
    yield from _space("disk", data, f", the data takes {size(used)}" if used is not None else "")
    if data.stat().st_dev != here.folder.stat().st_dev:
        yield from _space("disk of the data folder", here.folder)


def _space(about: str, folder: Path, more: str = "") -> Iterator[Finding]:
    """
    @param more: what else is to be said of it.
    """
    usage = shutil.disk_usage(folder)
    found = f"{size(usage.free)} free of {size(usage.total)}{more}"
    level = ERROR if usage.free < TOO_LITTLE else WARNING if usage.free < LITTLE else OK
    cure = f"make room where {folder} is, or let less be kept: network.keep"
    yield Finding(level, about, found, cure if level != OK else "")
    system = os.statvfs(folder)
    # Where files are not counted there is no limit.
    if system.f_files and system.f_favail < FEW:
        found = f"the {about} takes {counted(system.f_favail, 'more file')}"
        cure = f"delete files where {folder} is: it is its inodes that are used up (df -i)"
        yield Finding(WARNING if system.f_favail else ERROR, f"files on the {about}", found, cure)


def _files(here: Premises) -> Iterator[Finding]:
    if here.server is None:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = here.settings.limits.connections
    needed = connections + SPARE_FILES
    if limit == resource.RLIM_INFINITY or limit >= needed:
        yield Finding(OK, "open files", f"{connections:,} connections fit into the system's limit")
    else:
        cure = f"raise it to {needed} (LimitNOFILE, ulimit -n), or lower limits.connections"
        most = mostConnections(connections)
        found = f"the system allows {limit:,}: {most:,} connections, of {connections:,} that may be"
        yield Finding(WARNING, "open files", found, cure)


def _certificate(here: Premises) -> Iterator[Finding]:
    listen, tls = here.settings.listen, here.settings.tls
    cert = tls.cert or here.folder / CERT_FILE
    if not (listen.tlsPort or listen.ircTlsPort) or not (tls.cert or cert.exists()):
        return
    cure = f"renew {cert}; a changed file is read without a restart"
    try:
        key = tls.key or (cert if tls.cert else here.folder / KEY_FILE)
        expires = loadCertificate(cert, key).expires
    except SettingsError as error:
        yield Finding(ERROR, "certificate", str(error), cure)
        return
    left = expires - here.now
    found = f"its last day is {datetime.fromtimestamp(expires):%Y-%m-%d}"
    level = ERROR if left <= 0 else WARNING if left < WARN_BEFORE else OK
    yield Finding(level, "certificate", found, cure if level != OK else "")


async def _commit(desk: Desk) -> Findings:
    counts, disk = desk.hub.counts, f"the disk of {dataFolder(desk)}"
    cure = f"free {disk} of other work, or move the data to a faster one"
    began = desk.now
    try:
        await desk.hub.store.setNetworkFact(TRIED, int(began))
    except ChatError as error:
        cure = f"see to {disk}: nothing can be said until then"
        yield Finding(ERROR, "log", f"a tiny commit was refused: {_reason(error)}", cure)
        return
    took = desk.now - began
    level = ERROR if took > TOO_SLOW else WARNING if took > SLOW else OK
    yield Finding(level, "log", f"a tiny commit took {brief(took)}", cure if level != OK else "")
    if counts.unsavedAt > counts.committedAt:
        found = f"the last message was not saved: {counts.unsavedWhy}"
        yield Finding(ERROR, "log", found, f"see to {disk}")


def _reason(error: ChatError) -> str:
    return str(error.fields.get("why", error.text))


async def _clock(desk: Desk) -> Findings:
    """
    A clock that was set back is behind what was written before.
    """
    store, now = desk.hub.store, desk.now
    said = await store.lastSaid([room.id for room in await store.rooms()])
    ahead = max(said.values(), default=0.0) - now
    if ahead > AHEAD:
        found = f"it is {durationText(ahead)} behind the newest message"
        cure = "set it by NTP: timedatectl set-ntp true; if it is right, it was not when that was"
        cure += " said, and all that is said has that time until it comes"
        yield Finding(WARNING, "clock", found, cure)
    else:
        shown = datetime.fromtimestamp(now).astimezone()
        yield Finding(OK, "clock", f"it is {shown:%Y-%m-%d %H:%M:%S %Z}")


def _permissions(here: Premises) -> Iterator[Finding]:
    folder, about = here.folder, "data folder"
    status = folder.stat()
    wrong = False
    if status.st_uid != os.geteuid():
        wrong = True
        found = f"it belongs to user {status.st_uid}, and this runs as {os.geteuid()}"
        cure = f"start it as that user, or: chown -R {os.geteuid()} {folder}"
        yield Finding(WARNING, about, found, cure)
    if strange := ", ".join(_strangers(folder, status.st_uid)):
        wrong = True
        found = f"not its owner's, as whom a server starts: {strange}"
        cure = f"chown -R {status.st_uid}:{status.st_gid} {folder}"
        yield Finding(ERROR, about, found, cure)
    if status.st_mode & OTHERS:
        wrong = True
        found = f"others may come into it: mode {status.st_mode & 0o777:04o}"
        yield Finding(WARNING, about, found, f"chmod 700 {folder}")
    for path in _readable(here):
        wrong = True
        found = f"others may read {path.name}: mode {path.stat().st_mode & 0o777:04o}"
        yield Finding(ERROR, about, found, f"chmod 600 {path}")
    if not wrong:
        yield Finding(OK, about, f"{folder} is its owner's alone")


def _strangers(folder: Path, owner: int) -> Iterator[str]:
    """
    The server's own files in the data folder that are not its owner's: a server was started there
    as somebody else, or what was put back was not given to who owns the folder.
    """
    for name in OWN:
        # Not all of them are there.
        with suppress(OSError):
            if (folder / name).lstat().st_uid != owner:
                yield name


def _readable(here: Premises) -> list[Path]:
    """
    The secrets that others may read. In a closed folder it makes no difference, until it is copied.
    """
    paths = [here.folder / name for name in (SECRET_FILE, KEY_FILE)]
    if here.database is not None:
        # What SQLite makes beside it has its mode.
        paths.append(here.database)
    return [path for path in paths if path.exists() and path.stat().st_mode & OTHERS]


def _secret(here: Premises) -> Iterator[Finding]:
    hasData = here.database is not None and here.database.exists()
    if hasData and not (here.folder / SECRET_FILE).exists():
        path = here.folder / SECRET_FILE
        cure = "put it back from a backup before the next start, which else makes another"
        found = f"{path} is not there: bans of cloaks made with it are about nobody"
        yield Finding(WARNING, "secret", found, cure)


async def _entry(desk: Desk) -> Findings:
    doorman = desk.hub.doorman
    if doorman.level:
        cure = "when the trouble is over: twisted-chat admin lockdown 0"
        found = f"level {doorman.level}: {LEVELS[doorman.level]}"
        yield Finding(WARNING, "lockdown", found, cure)
    else:
        yield Finding(OK, "lockdown", "none")
    bans = doorman.serverBans()
    lasting = sum(not entry.until for entry in bans)
    yield Finding(OK, "bans", f"{len(bans)}, of which {lasting} without an end" if bans else "none")
    operators = [account.name async for account in accountsOf(desk) if account.operator]
    if operators:
        yield Finding(OK, "operators", f"{len(operators)}")
    else:
        cure = "twisted-chat admin accounts create NAME --operator, or operators add NAME"
        yield Finding(WARNING, "operators", "there is none", cure)


OUTSIDE: Final[tuple[Callable[[Premises], Iterator[Finding]], ...]] = (
    _running,
    _doors,
    _disk,
    _files,
    _certificate,
    _permissions,
    _secret,
)
"""What can be looked at without opening the data, in this order."""

CHECKS: Final[tuple[Callable[[Desk], Findings], ...]] = (_schema, _commit, _clock, _entry)
"""What is looked at in the data, in this order."""
