"""
L{twisted_chat.storage.sqlite_rooms}: rooms are made and found with little ado.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import pytest
from twisted.internet.defer import Deferred

from tests.contracts.store_case import ANN, now
from tests.storage.quick import memory
from twisted_chat.storage import sqlite_rooms
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Counted(NoThreads):
    """
    Counts what it is given.
    """

    pieces = 0

    def write(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Deferred[T]:
        self.pieces += 1
        return super().write(work, *arguments)


def test_noThreadIsAskedForANameThatNoRoomHas() -> None:
    threads = Counted()
    store = SqliteStore("sqlite://", threads, lambda: 0.0, memory)
    now(store.start())
    before = threads.pieces
    assert now(store.roomId("tea")) is None
    assert threads.pieces == before
    made = now(store.openRoom("tea", "tea", ANN, 0.0))
    assert made is not None
    assert now(store.roomId("tea")) == made.id
    assert threads.pieces == before + 2


def test_whereThereAreTooManyNamesToKeepInMindTheDatabaseIsAsked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite_rooms, "MOST_NAMES", 2)
    threads = Counted()
    store = SqliteStore("sqlite://", threads, lambda: 0.0, memory)
    now(store.start())
    made = {}
    for name in ("tea", "coffee", "juice"):
        room = now(store.openRoom(name, name, ANN, 0.0))
        assert room is not None
        made[name] = room.id
    before = threads.pieces
    assert {name: now(store.roomId(name)) for name in made} == made
    assert now(store.roomId("milk")) is None
    assert threads.pieces == before + 4
