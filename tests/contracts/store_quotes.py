"""
The rules that every store keeps for what operators are shown of reported messages.
"""

from __future__ import annotations

from tests.contracts.store_case import AT, BEA, NOBODY, StoreCase, now, texts
from twisted_chat.domain.errors import NoSuchMessage
from twisted_chat.domain.events import Deleted, Ended, Said
from twisted_chat.domain.ids import QUOTE, reportsOf
from twisted_chat.domain.records import Act


class QuoteContract(StoreCase):
    """
    A quote goes with its message.
    """

    def quote(self, said: Said, **fields: object) -> Said:
        """
        @return: a message as operators are shown it, in the lobby.
        """
        usual = {"id": QUOTE + said.id, "author": NOBODY}
        return self.said(f"quoted: {said.text}", **(usual | fields))

    def shown(self) -> list[str]:
        """
        @return: the quotes that can be read, and found.
        """
        page = now(self.store.history(self.lobby, limit=99))
        quotes = [event for event in page.events if event.id.startswith(QUOTE)]
        assert now(self.store.search([(self.lobby, 1)], "quoted")).total == len(quotes)
        assert page.total == len(page.events)
        return texts(quotes)

    def test_aQuoteIsBlankOnceItsMessageIsDeleted(self) -> None:
        dev = self.newRoom("dev")
        one, two = (self.said(text, conversations=(dev,)) for text in ("one", "two"))
        self.placed(one, two, self.quote(one), self.quote(two))
        assert self.shown() == ["quoted: one", "quoted: two"]
        self.placed(self.event(Deleted, conversations=(dev,), target=1))
        for _ in range(2):
            assert self.shown() == ["quoted: two"]
            assert "one" not in " ".join(texts(self.everything()))
            self.again()

    def test_whatIsDeletedIsNotQuoted(self) -> None:
        one, two = self.said("one"), self.said("two")
        self.placed(one, two, self.event(Deleted, target=1))
        assert isinstance(self.refused(self.quote(one)), NoSuchMessage)
        deleted = self.event(Deleted, target=2)
        placements = self.append(self.said("x"), deleted, self.quote(two))
        assert isinstance(placements[-1].error, NoSuchMessage)
        assert self.shown() == []

    def test_itGoesWithWhatIsTooOldAndWithTheRoom(self) -> None:
        dev, tea = self.newRoom("dev"), self.newRoom("tea")
        one, two = self.said("one", conversations=(dev,)), self.said("two", conversations=(tea,))
        other = self.said("other", conversations=(dev,))
        self.placed(one, two)
        self.clock.advance(10)
        (young,) = self.placed(other)
        self.placed(*map(self.quote, (one, two, other)))
        now(self.store.expire(dev, young.at, 99))
        assert self.shown() == ["quoted: two", "quoted: other"]
        self.placed(self.event(Ended, conversations=(tea,)))
        now(self.store.sweepDeleted())
        assert self.shown() == ["quoted: other"]

    def test_whatSomebodyReportsIsFoundAndCanBeForgotten(self) -> None:
        now(self.store.recordAct(Act("act", 10.0, "oscar", "purge", "ann, 1h")))
        begins, _ = reportsOf("ann-id")
        for number, (id, author) in enumerate(
            [(begins, NOBODY), (begins, NOBODY), (reportsOf("ann-i")[0], NOBODY), (begins, BEA)]
        ):
            self.clock.advance(1)
            self.placed(self.said(f"report {number}", id=f"{id}{number}", author=author))
        assert texts(now(self.store.reportedBy("ann-id", 9))) == ["report 0", "report 1"]
        assert texts(now(self.store.reportedBy("ann-id", 1))) == ["report 0"]
        assert texts(now(self.store.reportedBy("ann-id", 9, AT + 2))) == ["report 1"]
        self.placed(
            self.event(Deleted, target=1, act="act"), self.event(Deleted, target=3, act="act")
        )
        assert texts(now(self.store.reportedBy("ann-id", 9))) == ["report 1"]
        now(self.store.forgetHidden("ann-id"))
        assert now(self.store.hidden("act")) == [(self.lobby, 3, "report 2")]

    def test_onlyTheServersOwnWordGoes(self) -> None:
        one = self.said("one")
        self.placed(one, self.said("quoted: mine", id=QUOTE + one.id))
        self.placed(self.event(Deleted, target=1))
        assert self.shown() == ["quoted: mine"]
