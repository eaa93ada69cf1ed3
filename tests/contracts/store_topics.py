"""
The rules that every store keeps for topics that are deleted.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.contracts.store_case import ANN, BEA, StoreCase, now, texts
from twisted_chat.domain.errors import NoSuchMessage
from twisted_chat.domain.events import Deleted, Edited, Event, Restored, TopicChanged
from twisted_chat.domain.records import Act


class TopicContract(StoreCase):
    """
    Topics that are deleted and restored.
    """

    def topic(self, text: str) -> Event:
        """
        Bea sets the topic.
        """
        (set,) = self.placed(self.event(TopicChanged, text=text, author=BEA))
        return set

    def gone(self, target: int, act: str = "") -> Any:
        """
        @return: the deletion of a topic.
        """
        return self.event(Deleted, target=target, targetAuthor=BEA, act=act, topic=True)

    def back(self, target: int, text: str) -> Any:
        """
        @return: what restores a topic.
        """
        return self.event(Restored, target=target, targetAuthor=BEA, text=text, topic=True)

    def read(self) -> list[str]:
        """
        @return: the topics that history has.
        """
        return texts(now(self.store.history(self.lobby)).events)

    def test_aDeletedTopicIsGoneFromTheLogAndFromTheRoomThatHasIt(self) -> None:
        self.topic("tea")
        (gone,) = self.placed(self.gone(1))
        assert gone.current  # type: ignore[attr-defined]
        for _ in range(2):
            first, deletion = self.everything()
            assert (first.text, first.readable) == ("", False)  # type: ignore[attr-defined]
            assert deletion == gone
            assert (self.room().topic, self.room().topicBy) == ("", "")
            assert self.read() == []
            self.again()
        assert isinstance(self.refused(self.gone(1)), NoSuchMessage)

    def test_anEarlierTopicGoesAndThePresentOneStays(self) -> None:
        self.topic("tea")
        self.topic("tea")
        (gone,) = self.placed(self.gone(1))
        assert not gone.current  # type: ignore[attr-defined]
        assert (self.room().topic, self.room().topicBy) == ("tea", "bea")
        assert self.read() == ["tea"]

    def test_itIsDeletedInTheBatchInWhichItIsSet(self) -> None:
        set = self.event(TopicChanged, text="tea", author=BEA)
        assert self.placed(set, self.gone(1))[1].current  # type: ignore[attr-defined]
        assert self.room().topic == ""

    def test_whatIsNoTopicOrTakesOneAwayIsNotDeletedAsOne(self) -> None:
        self.placed(self.said("one", author=BEA), self.event(TopicChanged, text="", author=BEA))
        self.placed(self.event(TopicChanged, text="tea", author=ANN))
        for target in (0, 1, 2, 3, 4):
            assert isinstance(self.refused(self.gone(target)), NoSuchMessage)
        plain = self.event(Deleted, target=3)
        for wrong in (plain, self.event(Edited, target=3, text="x"), self.back(3, "x")):
            assert isinstance(self.refused(wrong), NoSuchMessage)
        assert self.room().topic == "tea"

    def test_anUndoneDeletionBringsTheTopicBack(self) -> None:
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea, 1h")))
        before, was = self.topic("tea"), self.room()
        self.placed(self.gone(1, "act"))
        assert now(self.store.hidden("act")) == [(self.lobby, 1, "tea")]
        (back,) = self.placed(self.back(1, "tea"))
        assert back.current  # type: ignore[attr-defined]
        for _ in range(2):
            assert replace(self.room(), head=was.head) == was
            assert self.everything()[0] == before
            assert self.read() == ["tea"]
            assert now(self.store.search([(self.lobby, 1)], "tea")).total == 0
            assert now(self.store.placeOfId(back.id)) == (self.lobby, 1)
            self.again()
        # For good now, and with what had brought it back.
        (gone,) = self.placed(self.gone(1))
        assert (gone.current, gone.shown) == (True, back.id)  # type: ignore[attr-defined]
        assert texts([self.everything()[0], self.everything()[2]]) == ["", ""]
        assert isinstance(self.refused(self.back(1, "tea")), NoSuchMessage)

    @pytest.mark.parametrize("since", ["coffee", ""])
    def test_itIsNotTheTopicAgainWhereThatWasChangedSince(self, since: str) -> None:
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea, 1h")))
        self.topic("tea")
        self.placed(self.gone(1, "act"))
        self.topic(since)
        (back,) = self.placed(self.back(1, "tea"))
        assert not back.current  # type: ignore[attr-defined]
        assert self.room().topic == since
        assert self.read() == ["tea", since]

    def test_theTopicsThatHaveOutlivedTheirEventsAreKnownByWhoSetThem(self) -> None:
        self.topic("tea")
        self.clock.advance(10)
        self.placed(self.said("later"))
        assert now(self.store.outlivedTopics(BEA.id, "bea")) == []
        self.clock.advance(10)
        for left in (1, 0):
            before = self.clock.seconds() - 10 * left
            assert now(self.store.expire(self.lobby, before, 9)) == 1
            assert now(self.store.outlivedTopics(BEA.id, "another name")) == [self.lobby]
            # Somebody else has had the name.
            assert now(self.store.outlivedTopics(ANN.id, "bea")) == []
        self.topic("")
        assert now(self.store.outlivedTopics(BEA.id, "bea")) == []

    def test_whoSetATopicIsKnownAgainWhenItWasRestored(self) -> None:
        now(self.store.recordAct(Act("act", 10.0, "ann", "purge", "bea, 1h")))
        self.topic("tea")
        self.placed(self.gone(1, "act"))
        self.placed(self.back(1, "tea"))
        self.clock.advance(10)
        now(self.store.expire(self.lobby, self.clock.seconds(), 9))
        assert now(self.store.outlivedTopics(BEA.id, "another name")) == [self.lobby]

    def test_theTopicIsGoneFromWhatSomebodyHasWritten(self) -> None:
        self.topic("tea")
        assert len(now(self.store.writtenBy(BEA.id, 0, 9, 0.0))) == 1
        self.placed(self.gone(1))
        assert now(self.store.writtenBy(BEA.id, 0, 9, 0.0)) == []
