"""
L{twisted_chat.doors.socketoptions} on systems that have other words for them, or none.
"""

from __future__ import annotations

import socket
from typing import Any

import pytest

from twisted_chat.doors.socketoptions import SocketOptions

LINUX = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")


class Listener:
    """
    Keeps what is set.
    """

    def __init__(self) -> None:
        self.options: dict[tuple[int, int], int] = {}

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self.options[level, name] = value


def test_whereTheTimeBeforeProbesHasAnotherNameItIsSetToo(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    macOS; by default it would be two hours.
    """
    monkeypatch.delattr(socket, "TCP_KEEPIDLE", raising=False)
    monkeypatch.setattr(socket, "TCP_KEEPALIVE", 0x10, raising=False)
    listener: Any = Listener()
    SocketOptions(deadAfter=90).apply(listener)
    assert listener.options[socket.IPPROTO_TCP, 0x10] == 20


def test_whatASystemDoesNotHaveIsLeftOut(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*LINUX, "TCP_KEEPALIVE"):
        monkeypatch.delattr(socket, name, raising=False)
    with socket.socket() as listener:
        SocketOptions().apply(listener)
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
