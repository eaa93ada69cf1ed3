"""
The rules that every store keeps.

A test class inherits from L{StoreContract} and says how its store is made::

    class TestMyStore(StoreContract):
        def makeStore(self, folder, seconds):
            return MyStore(folder / "chat.db", seconds)
"""

from __future__ import annotations

import pytest

from tests.contracts.store_case import now, seqs
from tests.contracts.store_formernames import FormerNameContract
from tests.contracts.store_log import LogContract, RightsContract
from tests.contracts.store_network import NetworkContract
from tests.contracts.store_notes import NoteContract
from tests.contracts.store_people import FaceContract, MarkContract, PeopleContract
from tests.contracts.store_quotes import QuoteContract
from tests.contracts.store_remarks import RemarkContract
from tests.contracts.store_rooms import AccountContract, DirectContract, RoomContract
from tests.contracts.store_text import TargetContract
from tests.contracts.store_topics import TopicContract
from tests.contracts.store_undone import ActContract, ExpiryContract, PlacesContract
from twisted_chat.domain.errors import NotSaved


class StoreContract(
    LogContract,
    TargetContract,
    RightsContract,
    RoomContract,
    DirectContract,
    AccountContract,
    NetworkContract,
    PeopleContract,
    NoteContract,
    MarkContract,
    FaceContract,
    ActContract,
    ExpiryContract,
    PlacesContract,
    QuoteContract,
    TopicContract,
    RemarkContract,
    FormerNameContract,
):
    """
    All of it.
    """

    def test_aPoisonEventLeavesNothingOfItsBatch(self) -> None:
        good, poison = self.said("good"), self.said("bad \ud800")
        with pytest.raises(NotSaved):
            now(self.store.append([good, poison, self.said("other")]))
        assert self.everything() == []
        assert seqs(self.placed(good)) == [1]
        with pytest.raises(NotSaved):
            now(self.store.append([poison]))
        assert seqs(self.placed(self.said("other"))) == [2]

    def test_aClosedStoreSaysSo(self) -> None:
        for _ in range(2):
            now(self.store.stop())
        with pytest.raises(NotSaved):
            now(self.store.append([self.said("late")]))
        with pytest.raises(NotSaved):
            now(self.store.history(self.lobby))
        self.store = self.makeStore(self.folder, self.clock.seconds)
        now(self.store.start())
