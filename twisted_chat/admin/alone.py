"""
Orders where no server runs: a hub without doors, in this process, on the data alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure

from twisted_chat.admin.answering import answers
from twisted_chat.admin.desk import Desk, officially
from twisted_chat.admin.messages import Answer, Request, encode
from twisted_chat.cloak import keptSecret
from twisted_chat.domain.errors import BadInput
from twisted_chat.operating.place import Place
from twisted_chat.passwords import Argon2Passwords
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.schema import REVISION
from twisted_chat.storage.sqlite_copy import moment, refusing, revisionIn
from twisted_chat.tap import makeHub, makeStore

Take = Callable[[Answer], None]


def askData(place: Place, request: Request, take: Take) -> None:
    """
    Do what is asked for on the data alone.

    @param take: is given each line of the answer.
    @raise BadInput: the data can't be used, or a server uses it.
    """
    place.existing()
    place.becomeOwner()
    try:
        lock = FolderLock(place.folder, place.database)
    except StartRefused as error:
        raise BadInput(
            why=f"{error} It can't be asked: it starts just now, or its log says more."
        ) from error
    try:
        _requireRevision(place)
        _logTo(sys.stderr)
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


def _requireRevision(place: Place) -> None:
    """
    Only a start changes the tables.
    """
    with refusing(f"{place.database} can't be read"), moment(place.database) as connection:
        found = revisionIn(connection)
    if found != REVISION:
        raise BadInput(
            why=f"The data is of schema {found}, and this program needs {REVISION}. If that is"
            " newer, start the server once, and the data is brought up to date; else install the"
            " version that has written it."
        )


def _logTo(stream: Any) -> None:
    """
    There is no other log for what should never happen.
    """
    isGrave = LogLevelFilterPredicate(defaultLogLevel=LogLevel.error)
    observer = FilteringLogObserver(textFileLogObserver(stream), [isGrave])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)


async def _ask(reactor: Any, place: Place, request: Request, take: Take) -> None:
    store = makeStore(reactor, place.settings)
    hub = makeHub(reactor, place.settings, store, keptSecret(place.folder))
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
