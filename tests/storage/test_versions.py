"""
The later texts of messages go with them, however many they are, and nobody waits for all.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contracts.store_case import ANN, StoreCase, now, seqs
from tests.storage.quick import fileStore
from twisted_chat.domain.events import Deleted, Edited, Ended, Reacted, Restored
from twisted_chat.domain.interfaces import IStore
from twisted_chat.domain.records import Act
from twisted_chat.storage import sqlite_sweep, versions
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.threads import NoThreads
from twisted_chat.storage.transfer import exported
from twisted_chat.storage.unswept import UNSWEPT

EDITS = 20
AT_ONCE = 3


class TestVersions(StoreCase):
    """
    A message that was edited more often than can go at once.
    """

    def makeStore(self, folder: Path, seconds: Callable[[], float]) -> IStore:
        return fileStore(folder, seconds)

    @pytest.fixture(autouse=True)
    def _few(self, _started: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(versions, "AT_ONCE", AT_ONCE)
        self.edited(self.lobby)

    def edited(self, conversation: str, word: str = "secret") -> None:
        """
        Say something, and edit it again and again.
        """
        self.placed(self.said("first", conversations=(conversation,)))
        for number in range(EDITS):
            self.clock.advance(1)
            text = f"{word} {number}"
            self.placed(
                self.event(Edited, target=1, text=text, conversations=(conversation,)),
                self.event(Reacted, target=1, emoji=f"e{number}", conversations=(conversation,)),
            )

    def left(self) -> int:
        """
        @return: how many texts of edits the log has.
        """
        assert isinstance(self.store, SqliteStore)
        ((found,),) = self.store._link.raw.execute(
            "SELECT count(*) FROM log WHERE kind = 'edited' AND text <> ''"
        )
        return int(found)

    def readable(self) -> list[str]:
        """
        @return: what anybody is given of the texts, by whichever way.
        """
        events = list(now(self.store.replay(self.lobby, 0, 999)))
        events += now(self.store.missed(self.lobby, 1, 1, 999, 999)).events
        events += [event for _, event in now(self.store.writtenBy(ANN.id, 0, 999))]
        texts = [str(getattr(event, "text", "")) for event in events]
        texts += [line.decode() for line in exported(self.folder / "chat.db")]
        return [text for text in texts if "secret" in text]

    def test_someGoWithADeletionAndTheRestWithTheSweepInSteps(self) -> None:
        assert len(self.readable()) > EDITS
        self.placed(self.event(Deleted, target=1))
        assert EDITS - AT_ONCE <= self.left() < EDITS
        assert self.readable() == []
        self.afterKill()
        assert self.readable() == []
        assert isinstance(self.store, SqliteStore)
        for _ in versions.blankRest(self.store._link):
            left = self.left()
            assert not self.store._link.inTransaction
        assert left == 0
        assert list(versions.blankRest(self.store._link)) == []

    def test_theSweepTakesThemAll(self) -> None:
        self.placed(self.event(Deleted, target=1))
        now(self.store.sweepDeleted())
        assert self.left() == 0
        assert self.readable() == []
        assert b"secret" not in b"".join(each.read_bytes() for each in self.folder.iterdir())

    def test_whatWasRestoredIsNoneOfTheRest(self) -> None:
        now(self.store.recordAct(Act("act", 0.0, "ann", "purge", "")))
        self.placed(self.event(Deleted, target=1, act="act"))
        self.placed(
            self.event(Restored, target=1, text="secret again"),
            self.event(Edited, target=1, text="secret once more"),
        )
        now(self.store.sweepDeleted())
        texts = [each.text for each in now(self.store.replay(self.lobby, 2 * EDITS + 2, 9))]  # type: ignore[attr-defined]
        assert texts == ["secret again", "secret once more"]
        self.placed(self.event(Deleted, target=1))
        now(self.store.sweepDeleted())
        assert self.readable() == []

    def test_soDoThoseOfWhatIsTooOld(self) -> None:
        self.placed(self.said("second"))
        assert now(self.store.expire(self.lobby, self.clock.seconds() - EDITS + 0.5, 1)) == 1
        assert EDITS - AT_ONCE <= self.left() < EDITS
        assert self.readable() == []
        now(self.store.sweepDeleted())
        assert self.left() == 0
        assert seqs(now(self.store.replay(self.lobby, 0, 999)))[0] == 2

    def test_thoseOfWhatHasGoneBeforeAreNotGoneThroughAgain(self) -> None:
        assert isinstance(self.store, SqliteStore)
        noted: list[int] = []
        for rows in (1, 5):
            assert now(self.store.expire(self.lobby, self.clock.seconds() + 1, rows)) == rows
            names = self.store._link.raw.execute("SELECT name FROM facts").fetchall()
            noted.append(sum(name.startswith("versions") for (name,) in names))
            now(self.store.sweepDeleted())
        assert noted == [1, 0]

    def test_aRoomThatGetsTheNumberOfOneThatEndedKeepsItsTexts(self) -> None:
        assert isinstance(self.store, SqliteStore)
        dev = self.newRoom("dev")
        self.edited(dev)
        self.placed(self.event(Deleted, target=1))
        sweep = sqlite_sweep.steps(self.store._link, {UNSWEPT: 1})
        next(sweep)
        # What is noted now this sweep does not know of.
        self.placed(self.event(Deleted, target=1, conversations=(dev,)))
        self.placed(self.event(Ended, conversations=(dev,)))
        for _ in sweep:
            pass
        ops = self.newRoom("ops")
        self.edited(ops, "open")
        now(self.store.sweepDeleted())
        said = now(self.store.replay(ops, 0, 999))
        assert sum("open" in str(getattr(event, "text", "")) for event in said) == EDITS

    def afterKill(self) -> None:
        """
        Another program opens what the first has left behind.
        """
        database = f"sqlite:///{self.folder / 'chat.db'}"
        self.store = SqliteStore(database, NoThreads(), self.clock.seconds)
        now(self.store.start())
