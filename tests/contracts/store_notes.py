"""
The rules that every store keeps for notes, and for accounts of which nothing more is kept.
"""

from __future__ import annotations

import pytest

from tests.contracts.store_case import ANN, NOBODY, StoreCase, now
from twisted_chat.domain.accounterrors import AccountDeleted
from twisted_chat.domain.errors import ChatError, NoSuchRoom, TooMany
from twisted_chat.domain.events import Left, MetadataChanged
from twisted_chat.domain.keeping import MOST_KEYS
from twisted_chat.domain.records import Account, ReadMark


class NoteContract(StoreCase):
    """
    What people change of an account and of rooms.
    """

    def annRegisters(self) -> None:
        """
        Make Ann's account.
        """
        now(self.store.createAccount(Account(ANN.id, "Ann", "ann", "arm", "$argon2$", 5.0)))

    def test_notesThatComeAsEventsAreKeptWithTheirOwner(self) -> None:
        self.annRegisters()

        def note(owner: str, key: str, value: str | None = "x") -> ChatError | None:
            where = (self.lobby, ANN.id)
            named = {"target": ANN.id, "key": key, "value": value, "owner": owner}
            return self.refused(self.event(MetadataChanged, conversations=where, **named))

        for number in range(MOST_KEYS):
            assert note(ANN.id, f"key{number}") is None
        assert isinstance(note(ANN.id, "other"), TooMany)
        assert note(ANN.id, "key1", "y") is None
        assert note(ANN.id, "key2", None) is None
        assert note(ANN.id, "other") is None
        assert note(self.lobby, "url") is None
        assert note("", "url") is None
        assert isinstance(note("no room", "url"), NoSuchRoom)
        self.again()
        found = now(self.store.metadata(ANN.id))
        assert (len(found), found["key1"]) == (MOST_KEYS, "y")
        assert now(self.store.metadata(self.lobby)) == {"url": "x"}
        now(self.store.eraseAccount(ANN.id, 99.0))
        assert isinstance(note(ANN.id, "url"), AccountDeleted)
        assert now(self.store.metadata(ANN.id)) == {}

    def test_nothingIsKeptWithAnAccountThatIsErased(self) -> None:
        store, dev = self.store, self.newRoom("dev", NOBODY)
        self.annRegisters()
        self.placed(self.joined(ANN), self.joined(ANN, conversations=(dev,)))
        self.placed(self.event(Left, reason="left"))
        assert now(store.eraseAccount(ANN.id, 99.0)) == [dev]
        assert now(store.eraseAccount(ANN.id, 99.0)) == []
        assert now(store.eraseAccount("nobody", 99.0)) == []
        assert isinstance(self.refused(self.joined(ANN)), AccountDeleted)
        for late in (
            lambda: store.setMetadata(ANN.id, "url", "x"),
            lambda: store.addFingerprint(ANN.id, "a" * 64),
            lambda: store.openRoom("new", "new", ANN, 1.0),
        ):
            with pytest.raises(AccountDeleted):
                now(late())
        now(store.changeAccount(ANN.id, seenAt=100.0, preferences={"zone": 120}))
        now(store.setDeviceMarks(ANN.id, "phone", {self.lobby: 0}))
        assert now(store.markRead(ANN.id, self.lobby, 1)) == ReadMark(0, 0.0)
        for _ in range(2):
            erased = Account(ANN.id, "ann", "ann", "arm", "", 0.0, erasedAt=99.0)
            assert now(self.store.accountById(ANN.id)) == erased
            assert not any(now(self.store.heldAbout(ANN.id)).values())
            assert now(self.store.roomId("new")) is None
            self.again()
