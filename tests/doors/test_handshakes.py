"""
L{twisted_chat.doors.handshakes}: hundreds who say hello at the same moment keep nobody waiting.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.doors.test_certificates import clockNow
from twisted_chat.doors.certificates import Certificates
from twisted_chat.doors.halfclose import HalfClosing
from twisted_chat.doors.handshakes import PORTION, Handshakes
from twisted_chat.doors.selfsigned import selfSigned


class Hearing(Protocol):
    """
    Keeps what it hears.
    """

    heard = b""

    def dataReceived(self, data: bytes) -> None:
        """
        Something was said.
        """
        self.heard += data


class Crowd:
    """
    Clients at a door for TLS, where each step of a handshake takes half of a portion and more.
    """

    def __init__(self, folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock = clockNow()
        shake = HalfClosing.do_handshake

        def slowly(connection: HalfClosing) -> None:
            if connection.get_app_data().connected:
                clock.rightNow += 0.6 * PORTION
            shake(connection)

        certificates = Certificates(*selfSigned(folder, "chat.example", clock), clock)
        factory = certificates.wrap(Factory.forProtocol(Hearing))
        self.servers: list[Any] = [factory.buildProtocol(None) for _ in range(count)]
        self.transports = [StringTransport() for _ in self.servers]
        self.clients = [
            SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None) for _ in self.servers
        ]
        for server, transport in zip(self.servers, self.transports, strict=True):
            server.makeConnection(transport)
        for client in self.clients:
            client.set_connect_state()
        monkeypatch.setattr(HalfClosing, "do_handshake", slowly)

    def speak(self) -> None:
        """
        All go on with their handshakes, and say hi when they can.
        """
        for server, client in zip(self.servers, self.clients, strict=True):
            with contextlib.suppress(SSL.WantReadError):
                client.do_handshake()
                client.send(b"hi")
            with contextlib.suppress(SSL.WantReadError):
                server.dataReceived(client.bio_read(65536))

    def turn(self) -> None:
        """
        The reactor's next turn.
        """
        calls, self.clock.calls = self.clock.calls, []
        for call in calls:
            call.func(*call.args, **call.kw)

    def answered(self) -> int:
        """
        @return: how many have been answered since this was last asked.
        """
        count = 0
        for transport, client in zip(self.transports, self.clients, strict=True):
            if transport.value():
                client.bio_write(transport.value())
                transport.clear()
                count += 1
        return count


def test_theyAreAnsweredAFewAtATimeWithOthersTurnsInBetween(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(tmp_path, 9, monkeypatch)
    crowd.speak()
    assert crowd.answered() == 2
    assert [each.producerState for each in crowd.transports] == ["producing"] * 2 + ["paused"] * 7
    for _ in range(3):
        crowd.turn()
        assert crowd.answered() == 2
    crowd.turn()
    assert crowd.answered() == 1
    assert {each.producerState for each in crowd.transports} == {"producing"}
    crowd.speak()
    for _ in range(5):
        crowd.turn()
    assert [server.wrappedProtocol.heard for server in crowd.servers] == [b"hi"] * 9
    crowd.turn()
    assert crowd.clock.calls == []


def test_whoHasGoneWhileWaitingIsPassedOver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(tmp_path, 4, monkeypatch)
    crowd.speak()
    crowd.servers[2].connectionLost(Failure(ConnectionLost()))
    crowd.transports[2].clear()
    for _ in range(3):
        crowd.turn()
    assert crowd.answered() == 3


def test_whatGoesWrongWithOneKeepsNobodyElseWaiting() -> None:
    clock = Clock()
    handshakes, done = Handshakes(clock), list[str]()

    def slowly() -> None:
        clock.rightNow += PORTION

    def wrongly() -> None:
        raise ZeroDivisionError

    handshakes.take(slowly)
    for step in (wrongly, lambda: done.append("next")):
        assert not handshakes.take(step)
    with pytest.raises(ZeroDivisionError):
        clock.advance(0)
    clock.advance(0)
    assert done == ["next"]


def test_whoseProtocolReadsNoMoreIsNotReadWhenItsTurnHasCome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(tmp_path, 3, monkeypatch)
    crowd.speak()
    crowd.servers[2].pauseProducing()
    crowd.turn()
    assert crowd.transports[2].producerState == "paused"
    crowd.servers[2].resumeProducing()
    assert crowd.transports[2].producerState == "producing"
