"""
Orders where no server runs: a hub without doors, in this process, on the data alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure

# The outermost part: from here on the clock is an argument.
from twisted.python.runtime import seconds

from twisted_chat.admin import answering
from twisted_chat.admin.answering import answers
from twisted_chat.admin.desk import Desk, officially
from twisted_chat.admin.doctor import fromOutside
from twisted_chat.admin.messages import Answer, Request, encode
from twisted_chat.cloak import knownSecret, newSecret
from twisted_chat.config import Settings
from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.operating.place import Place
from twisted_chat.passwords import Argon2Passwords
from twisted_chat.serverlog.text import TextLog, refugeIn
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import InUse, StartRefused
from twisted_chat.storage.sqlite_copy import moment, refusing, requireRevision
from twisted_chat.tap import makeHub, makeStore

Take = Callable[[Answer], None]

DOCTOR: Final = "doctor"
"""The order that has an answer where nothing can be opened."""


@dataclass(frozen=True, slots=True)
class Closed:
    """
    Data that could not be opened: L{Premises<twisted_chat.admin.desk.Premises>}.
    """

    folder: Path
    database: Path
    settings: Settings
    server: None = None

    @property
    def now(self) -> float:
        """
        The time, in POSIX seconds.
        """
        return seconds()


def askData(place: Place, request: Request, take: Take) -> None:
    """
    Do what is asked for on the data alone.

    @param take: is given each line of the answer.
    @raise BadInput: the data can't be used, or a server uses it.
    @raise SettingsError: something is wrong with the settings, or the folder.
    @raise StartRefused: the data can't be used.
    """
    place.existing()
    place.becomeOwner()
    try:
        _workOn(place, request, take)
    except InUse as error:
        raise BadInput(
            why=f"{error} It can't be asked: it starts just now, or its log says more."
        ) from error
    except (ChatError, SettingsError, StartRefused) as error:
        if request.order != DOCTOR:
            raise
        closed = Closed(place.folder, place.database, place.settings)
        for row in fromOutside(closed, str(error).rstrip(".")):
            take(Answer(row=msgspec.Raw(msgspec.json.encode(row))))
        take(Answer(end=True))


def _workOn(place: Place, request: Request, take: Take) -> None:
    lock = FolderLock(place.folder, place.database)
    try:
        with (
            refusing(f"{place.database} can't be read", place.database),
            moment(place.database) as connection,
        ):
            requireRevision(connection)
        _logTo(sys.stderr, place.folder)
        wrong: list[Failure] = []

        def run(reactor: Any) -> Deferred[None]:
            done = Deferred.fromCoroutine(_ask(reactor, place, request, take))
            return done.addErrback(wrong.append)

        try:
            react(run, ())
        except SystemExit:
            # So it ends when all is well.
            pass
        for failure in wrong:
            failure.raiseException()
    finally:
        lock.release()


def _logTo(stream: Any, folder: Path) -> None:
    """
    There is no other log for what should never happen; and what was done is in that of the folder.
    """
    isGrave = LogLevelFilterPredicate(defaultLogLevel=LogLevel.error)
    observers: list[ILogObserver] = [FilteringLogObserver(textFileLogObserver(stream), [isGrave])]
    isOrder = LogLevelFilterPredicate(defaultLogLevel=LogLevel.critical)
    isOrder.setLogLevelForNamespace(answering.__name__, LogLevel.info)
    try:
        log = TextLog(refugeIn(folder)(), lambda call: call())
    except OSError as error:
        print(f"twisted-chat: There will be no line in the log: {error}", file=stream)
    else:
        observers.append(FilteringLogObserver(log, [isOrder]))
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)


async def _ask(reactor: Any, place: Place, request: Request, take: Take) -> None:
    store = makeStore(reactor, place.settings)
    # That there is none yet, or no more, is for a server to see to.
    secret = knownSecret(place.folder) or newSecret()
    hub = makeHub(reactor, place.settings, store, secret)
    passwords = Argon2Passwords(reactor)
    hub.reload = _nothingToReload
    passwords.start()
    try:
        await store.start()
        await hub.start()
        await hub.operatorsRoom.start()
        desk = Desk(hub, passwords, place.folder, place.database, place.settings)
        by = officially(f"user {os.getuid()}, no server")
        async for answer in answers(desk, by, encode(request)):
            take(answer)
        await hub.stop()
    finally:
        passwords.stop()
        await store.stop()


def _nothingToReload() -> list[str]:
    raise BadInput(why="No server runs, so there is nothing to read again.")
