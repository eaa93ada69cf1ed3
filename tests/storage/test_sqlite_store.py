"""
L{SqliteStore} keeps the rules of every store, in memory and in a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.contracts.store import StoreContract
from tests.storage.quick import fileStore, memoryStore
from twisted_chat.domain.interfaces import IStore


class TestSqliteInMemory(StoreContract):
    """
    With the log kept in memory.
    """

    lasting = False

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return memoryStore(seconds)


class TestSqliteFile(StoreContract):
    """
    With the log in the data folder.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return fileStore(folder, seconds)
