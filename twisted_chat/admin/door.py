"""
The server's side of the admin socket: who may come to it, and how answers are given.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IDelayedCall,
    IListeningPort,
    IPushProducer,
    IReactorTime,
)
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.admin.answering import answers
from twisted_chat.admin.desk import Desk, officially
from twisted_chat.admin.messages import LONGEST_REQUEST, Answer, encode
from twisted_chat.admin.socketpath import SOCKET, socketIn
from twisted_chat.domain.official import Official
from twisted_chat.domain.units import SECONDS

ASKED_WITHIN: Final = 10 * SECONDS
"""Whoever connects has to say in this time what they want."""

READ_WITHIN: Final = 60 * SECONDS
"""Whoever does not read an answer for so long is disconnected."""

MOST_CONNECTIONS: Final = 16

ROOT: Final = 0

OWNER_ONLY: Final = 0o600

_CREDENTIALS: Final = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Peer:
    """
    Who is at the other end, as the system knows it.
    """

    process: int
    user: int

    def __str__(self) -> str:
        """
        For the server's log.
        """
        return f"{SOCKET} (user {self.user}, process {self.process})"


def peerOf(transport: Any) -> Peer | None:
    """
    Who is at the other end of a unix socket.

    @return: C{None} where the system does not tell; then the file's mode has to do.
    """
    # OpenBSD has it too, and tells it in another order.
    if sys.platform != "linux":
        return None
    found = transport.getHandle().getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
    )
    process, user, _ = _CREDENTIALS.unpack(found)
    return Peer(process, user)


@implementer(IPushProducer)
class Flow:
    """
    Lets the writing side wait for the reading one.
    """

    def __init__(self, clock: IReactorTime, tooSlow: Callable[[], object]) -> None:
        """
        @param tooSlow: called when nothing was read for L{READ_WITHIN}.
        """
        self._clock = clock
        self._tooSlow = tooSlow
        self._waiting: Deferred[bool] | None = None
        self._timer: IDelayedCall | None = None
        self._isPaused = self._isLost = False

    def room(self) -> Deferred[bool]:
        """
        @return: fires when there is room for more: with C{False} if nobody reads any longer.
        """
        if self._isLost or not self._isPaused:
            return succeed(not self._isLost)
        self._waiting = Deferred()
        return self._waiting

    def pauseProducing(self) -> None:
        """
        There is no room.
        """
        self._isPaused = True
        self._stop()
        self._timer = self._clock.callLater(READ_WITHIN, self._tooSlow)

    def resumeProducing(self) -> None:
        """
        There is room again.
        """
        self._isPaused = False
        self._tell()

    def stopProducing(self) -> None:
        """
        Nobody reads any longer.
        """
        self._isLost = True
        self._tell()

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _tell(self) -> None:
        self._stop()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(not self._isLost)


class AdminConnection(LineOnlyReceiver):
    """
    Somebody who has one request.
    """

    factory: AdminFactory
    transport: Any

    delimiter = b"\n"
    MAX_LENGTH = LONGEST_REQUEST

    _log = Logger()
    _timer: IDelayedCall | None = None
    _asked = False

    def connectionMade(self) -> None:
        """
        See who it is.
        """
        factory = self.factory
        factory.connections.add(self)
        self._flow = Flow(factory.clock, self.transport.abortConnection)
        self.transport.registerProducer(self._flow, True)
        peer = factory.peerOf(self.transport)
        self._by = officially(str(peer) if peer is not None else SOCKET)
        if peer is not None and peer.user not in (ROOT, os.geteuid()):
            self._log.warn("{peer}: refused", peer=peer)
            self._end(Answer(error="Only root, and the user that the server runs as, may do that."))
        elif len(factory.connections) > MOST_CONNECTIONS:
            self._end(Answer(error="Too many do that at the same time. Try again later."))
        else:
            self._timer = factory.clock.callLater(ASKED_WITHIN, self._tooLate)

    def _tooLate(self) -> None:
        self._end(Answer(error="Nothing was asked for in time."))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Nobody waits for an answer any more; what was begun is done nevertheless.
        """
        self._forgetTimer()
        self._flow.stopProducing()
        self.factory.connections.discard(self)

    def _forgetTimer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def lineReceived(self, line: bytes) -> None:
        """
        The request. What comes behind it is nobody's.
        """
        if not self._asked and not self.transport.disconnecting:
            self._asked = True
            self._forgetTimer()
            done = Deferred.fromCoroutine(self._answer(line, self._by))
            done.addErrback(lambda why: self._log.failure("an answer broke off", why))

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        It is none.
        """
        self._asked = True
        self._forgetTimer()
        self._end(Answer(error=f"A request has at most {LONGEST_REQUEST} bytes."))

    async def _answer(self, line: bytes, by: Official) -> None:
        given: AsyncIterator[Answer] = answers(self.factory.desk, by, line)
        isRead = True
        async for answer in given:
            # What was begun is done, whether anybody still reads of it or not.
            if isRead:
                self.transport.write(encode(answer) + b"\n")
                isRead = await self._flow.room()
        self._end()

    def _end(self, answer: Answer | None = None) -> None:
        self._asked = True
        if answer is not None:
            self.transport.write(encode(answer) + b"\n")
        self.transport.unregisterProducer()
        self.transport.loseConnection()


class AdminFactory(ServerFactory):
    """
    Lets those in who may.

    @ivar connections: that there are.
    """

    protocol = AdminConnection  # type: ignore[assignment]
    noisy = False

    def __init__(
        self,
        desk: Desk,
        clock: IReactorTime,
        peerOf: Callable[[Any], Peer | None] = peerOf,
    ) -> None:
        """
        @param desk: where orders are carried out.
        @param clock: the reactor's time.
        @param peerOf: tells who is at the other end of a transport.
        """
        self.desk = desk
        self.clock = clock
        self.peerOf = peerOf
        self.connections: set[AdminConnection] = set()


class AdminDoor:
    """
    The socket in the data folder.
    """

    _log = Logger()

    def __init__(self, reactor: Any, desk: Desk) -> None:
        """
        @param reactor: listens.
        @param desk: where orders are carried out.
        """
        self._reactor = reactor
        self._folder = desk.folder
        self._factory = AdminFactory(desk, reactor)
        self._port: IListeningPort | None = None
        self._path = ""
        self._place = ExitStack()

    def open(self) -> None:
        """
        Listen. The folder is ours alone by now, so a socket that is there is one that was left. A
        server that nobody can reach so goes on nevertheless.
        """
        try:
            path = self._path = self._place.enter_context(socketIn(self._folder))
            _clear(Path(path))
            # Not even for a moment may anybody else come to it.
            before = os.umask(0o777 & ~OWNER_ONLY)
            try:
                self._port = self._reactor.listenUNIX(path, self._factory, mode=OWNER_ONLY)
            finally:
                os.umask(before)
        except (OSError, CannotListenError) as error:
            self._log.warn(
                "twisted-chat admin can't come to this server: {path}: {error}",
                path=self._folder / SOCKET,
                error=error,
            )

    def close(self) -> Deferred[Any]:
        """
        Listen no longer, and hang up.

        @return: fires when the socket is gone.
        """
        port, self._port = self._port, None
        for connection in list(self._factory.connections):
            connection.transport.abortConnection()
        if port is None:
            return succeed(None)
        try:
            # What listens removes it, and does not end well where somebody else has done so.
            if not os.path.lexists(self._path):
                Path(self._path).touch(OWNER_ONLY)
        except OSError as error:
            self._log.warn("{path} has gone: {error}", path=self._path, error=error)
        closed = maybeDeferred(port.stopListening)
        closed.addBoth(self._closed)
        return closed

    def _closed(self, result: object) -> object:
        self._place.close()
        return result


def _clear(path: Path) -> None:
    """
    Remove a socket that was left.
    """
    try:
        isSocket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if isSocket:
        path.unlink()
