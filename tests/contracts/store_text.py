"""
The rules that every store keeps for texts: edits, deletions, searching.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.contracts.store_case import (
    ANN,
    AT,
    BEA,
    StoreCase,
    now,
    seqs,
    texts,
)
from twisted_chat.domain.errors import AlreadyReacted, NoSuchMessage, NotReacted
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Event,
    Reacted,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.records import Criteria
from twisted_chat.domain.values import Author


class TargetContract(StoreCase):
    """
    Edits, deletions, reactions, and searching.
    """

    def react(self, emoji: str, author: Author = ANN, target: int = 1) -> Reacted:
        """
        @return: a reaction.
        """
        return self.event(Reacted, emoji=emoji, author=author, target=target)

    def unreact(self, emoji: str, author: Author = ANN, reaction: str = "") -> Unreacted:
        """
        @return: a reaction to the first message that is taken back.
        """
        return self.event(Unreacted, emoji=emoji, author=author, reaction=reaction, target=1)

    def test_anEditChangesWhatIsReadAndNotWhatHappened(self) -> None:
        self.placed(self.said("one"))
        self.placed(self.event(Edited, target=1, text="two"))
        message = now(self.store.message(self.lobby, 1))
        assert message is not None
        assert (message.text, message.edited) == ("two", True)
        assert texts(self.everything()) == ["one", "two"]

    def test_anEditInTheBatchOfItsMessage(self) -> None:
        self.placed(
            self.said("one"),
            self.event(Edited, target=1, text="two"),
            self.event(Edited, target=1, text="three"),
        )
        assert texts(now(self.store.history(self.lobby)).events) == ["three"]
        assert now(self.store.search([(self.lobby, 1)], "one")).total == 0
        assert now(self.store.search([(self.lobby, 1)], "three")).total == 1

    def test_aDeletionBlanksTheMessageAndItsEdits(self) -> None:
        self.placed(
            self.said("one"),
            self.event(Edited, target=1, text="two"),
            self.event(Deleted, target=1, reason="no"),
        )
        assert [getattr(e, "text", None) for e in self.everything()] == ["", "", None]
        assert now(self.store.message(self.lobby, 1)) is None
        assert now(self.store.history(self.lobby)).total == 0
        for word in ("one", "two"):
            assert now(self.store.search([(self.lobby, 1)], word)).total == 0

    @pytest.mark.parametrize("cls", [Edited, Deleted, Reacted, Unreacted])
    def test_nothingIsDoneToWhatIsNoMessage(self, cls: type[Event]) -> None:
        fields = {"edited": {"text": "x"}, "deleted": {}}.get(cls.kind, {"emoji": "x"})
        self.placed(
            self.said("one"), self.event(TopicChanged, text="tea"), self.event(Deleted, target=1)
        )
        for target in (0, 1, 2, 3, 4, 5, 99):
            error = self.refused(self.event(cls, target=target, **fields))
            assert isinstance(error, NoSuchMessage)
            assert error.fields["number"] == target
        assert len(self.everything()) == 3

    def test_whatStandsForAMessageIsKnownToWhoeverChangesItNext(self) -> None:
        _, second, other, gone = self.placed(
            self.said("one"),
            self.event(Edited, target=1, text="two"),
            self.event(Edited, target=1, text="three"),
            self.event(Deleted, target=1),
        )[0:4]
        assert [second.shown, other.shown, gone.shown] == ["", second.id, other.id]
        assert [e.shown for e in self.everything()[1:]] == ["", second.id, other.id]

    @pytest.mark.parametrize("cls", [Edited, Deleted])
    def test_theAuthorOfTheTargetMustBeTheOneThatIsMeant(self, cls: type[Event]) -> None:
        fields = {"text": "x"} if cls is Edited else {}
        self.placed(self.said("one", author=BEA))
        for wrong in ({"targetAuthor": ANN}, {"targetId": "another"}):
            error = self.refused(self.event(cls, target=1, **wrong, **fields))
            assert isinstance(error, NoSuchMessage)
        assert texts(self.everything()) == ["one"]
        renamed = Author(BEA.id, "other", "bea")
        self.placed(self.event(cls, target=1, targetAuthor=renamed, **fields))

    def test_anEditAfterADeletionInOneBatchIsRefusedAlone(self) -> None:
        self.placed(self.said("one"))
        placements = self.append(
            self.event(Deleted, target=1),
            self.event(Edited, target=1, text="two"),
            self.said("three"),
        )
        assert [placement.event.seq for placement in placements] == [2, 0, 3]
        assert isinstance(placements[1].error, NoSuchMessage)

    def test_oneReactsToAMessageWithAnEmojiOnce(self) -> None:
        placements = self.append(
            self.said("one"),
            self.react("👍"),
            self.react("👍"),
            self.react("👎"),
            self.react("👍", author=BEA),
        )
        assert [placement.event.seq for placement in placements] == [1, 2, 0, 3, 4]
        for error in (placements[2].error, self.refused(self.react("👍"))):
            assert isinstance(error, AlreadyReacted)
            assert "message 1 with 👍" in str(error)
        self.placed(self.said("two"), self.react("👍", target=5))
        assert [e.kind for e in self.everything()].count("reacted") == 4

    def test_onlyAReactionThatIsThereIsTakenBack(self) -> None:
        self.placed(self.said("one"), self.react("👍", author=BEA))
        assert isinstance(self.refused(self.unreact("👍")), NotReacted)
        placements = self.append(
            self.react("👍"), self.unreact("👎"), self.unreact("👍"), self.unreact("👍")
        )
        assert [placement.event.seq for placement in placements] == [3, 0, 4, 0]
        assert isinstance(self.refused(self.unreact("👍")), NotReacted)
        self.placed(self.react("👍"), self.unreact("👍", author=BEA))

    def test_howAnEmojiIsWrittenMakesNoOtherReaction(self) -> None:
        """
        With a variation selector or without: older logs have both.
        """
        self.placed(self.said("one"), self.react("❤"))
        assert isinstance(self.refused(self.react("❤\ufe0f")), AlreadyReacted)
        (back,) = self.placed(self.unreact("❤\ufe0f"))
        # Clients know it as it was.
        assert [back.emoji, self.everything()[-1].emoji] == ["❤", "❤"]  # type: ignore[attr-defined]
        assert isinstance(self.refused(self.unreact("❤")), NotReacted)
        self.placed(self.react("❤\ufe0f"))

    def test_aReactionThatIsMeantByItsIdIsTakenBackAsAnyOther(self) -> None:
        _, first = self.placed(self.said("one"), self.react("👍"))
        assert isinstance(self.refused(self.unreact("👍", reaction="another")), NoSuchMessage)
        self.placed(self.unreact("👍", reaction=first.id))
        for again in ("", first.id):
            self.refused(self.unreact("👍", reaction=again))
        (second,) = self.placed(self.react("👍"))
        assert isinstance(self.refused(self.unreact("👍", reaction=first.id)), NoSuchMessage)
        self.placed(self.unreact("👍"))
        assert isinstance(self.refused(self.unreact("👍", reaction=second.id)), NoSuchMessage)
        self.placed(self.react("👍"))

    def test_whatWasReactedBeforeARestartIsKnown(self) -> None:
        self.placed(self.said("one"), self.react("👍"))
        self.again()
        assert isinstance(self.refused(self.react("👍")), AlreadyReacted)
        self.placed(self.unreact("👍"))

    def test_searchFindsThePresentTextWhateverItsCaseAndAccents(self) -> None:
        self.placed(self.said("Ein CAFÉ in Straßburg"), self.said("cafe"), self.said("tea"))
        for words in ("café", "CAFE", "strassburg cafe", "Cafe\u0301 EIN"):
            found = now(self.store.search([(self.lobby, 1)], words))
            assert 1 in seqs(found.events)
        assert now(self.store.search([(self.lobby, 1)], "cafe")).total == 2
        assert now(self.store.search([(self.lobby, 1)], "cafe tea")).total == 0

    @pytest.mark.parametrize(
        ("text", "found", "missing"),
        [
            (
                "我们在北京大学见面吧。",
                ["北京", "大学", "学", "北京大学 见面"],
                ["京北", "北大", "東京"],
            ),
            (
                "明日は東京タワーへ行きます",
                ["東京", "タワー", "タワーへ行"],
                ["京都", "行東", "タワ行"],
            ),
            ("ฉันกินข้าวที่บ้าน", ["กิน", "ข้าว", "บ้าน ข้าว"], ["กัน", "ขาว", "กินบ้าน"]),
            (
                "내일 학교에서 회의가 있어요",
                ["학교", "회의", "내일 회의"],
                ["하교", "의회", "교학"],
            ),
            ("かぎを iPhone手机 に", ["かぎ", "手机", "IPHONE", "iphone手"], ["きか", "phone"]),
            ("हिन्दी में", ["हिन्दी"], ["हन्द"]),
            ("I ❤️ tea 1️⃣", ["tea", "1"], ["️", "❤️ coffee"]),
        ],
    )
    def test_searchFindsWordsBetweenWhichNoSpacesStand(
        self, text: str, found: list[str], missing: list[str]
    ) -> None:
        self.placed(self.said(text), self.said("tea and other things: 12"))
        for words in found:
            page = now(self.store.search([(self.lobby, 1)], words))
            assert 1 in seqs(page.events), words
        for words in missing:
            assert now(self.store.search([(self.lobby, 1)], words)).total == 0, words
        self.placed(self.event(Edited, target=1, text="其他"))
        assert now(self.store.search([(self.lobby, 1)], "其他")).total == 1
        for word in {*found} - {"tea", "1"}:
            assert now(self.store.search([(self.lobby, 1)], word)).total == 0, word
        self.placed(self.event(Deleted, target=1))
        assert now(self.store.search([(self.lobby, 1)], "其他")).total == 0

    @pytest.mark.parametrize(
        ("words", "criteria", "found"),
        [
            ("tea", Criteria(author="ANN"), [1, 3, 5]),
            ("tea", Criteria(author="bea", account=BEA.id), [2, 4]),
            ("tea", Criteria(author="nobody"), []),
            ("tea", Criteria(since=AT + 3), [3, 4, 5]),
            ("tea", Criteria(until=AT + 3), [1, 2, 3]),
            ("3", Criteria(author="ann"), [3]),
            (None, Criteria(author="bea", account=BEA.id), [2, 4]),
            (None, Criteria(), [1, 2, 3, 4, 5]),
            (None, Criteria(since=AT + 2, until=AT + 4), [2, 3, 4]),
            ("!", Criteria(until=AT + 4), []),
        ],
    )
    def test_searchMayAskWhoSaidItAndWhen(
        self, words: str | None, criteria: Criteria, found: list[int]
    ) -> None:
        for number in range(1, 6):
            author = BEA if number % 2 == 0 else ANN
            self.clock.advance(1)
            self.placed(self.said(f"tea {number}", author=author))
        self.placed(self.event(Edited, target=4, text="tea later", author=BEA))
        for places in ([(self.lobby, 1)], [(self.lobby, 1), ("elsewhere", 1)]):
            page = now(self.store.search(places, words, criteria=criteria))
            assert (seqs(page.events), page.total) == (found, len(found))
            oldest = replace(criteria, oldest=True)
            page = now(self.store.search(places, words, 2, oldest))
            assert seqs(page.events) == found[:2]
            page = now(self.store.search(places, words, 2, criteria))
            assert seqs(page.events) == found[-2:]

    def test_withoutWordsNothingDeletedIsFoundAndNoMoreIsCountedThanAsked(self) -> None:
        self.placed(*(self.said(f"tea {number}") for number in range(1, 5)))
        self.placed(self.event(Deleted, target=2))
        page = now(self.store.search([(self.lobby, 1)], None, 2, Criteria(author="ann")))
        assert (seqs(page.events), page.total, page.more) == ([3, 4], 2, True)
        page = now(self.store.search([(self.lobby, 3)], None, 2, Criteria(author="ann")))
        assert (seqs(page.events), page.total, page.more) == ([3, 4], 2, False)

    @pytest.mark.parametrize("more", [0, 1, 20])
    def test_withoutWordsWhatSomebodySaidIsFoundInAllRooms(self, more: int) -> None:
        others = [self.newRoom(f"room{number}") for number in range(more)]
        rooms = [self.lobby, *others]
        for number in range(3):
            for id in rooms:
                self.placed(self.said("tea", author=(ANN, BEA)[number % 2], conversations=(id,)))
        places = [(self.lobby, 2), *((id, 1) for id in others)]
        for oldest in (False, True):
            criteria = Criteria(author="ann", oldest=oldest)
            expected = [(id, 1) for id in others] + [(id, 3) for id in rooms]
            page = now(self.store.search(places, None, 2, criteria))
            found = [(event.conversation, event.seq) for event in page.events]
            assert found == (expected[:2] if oldest else expected[-2:])
            assert (page.total, page.more) == (min(2, len(expected)), len(expected) > 2)
            assert now(self.store.search(places, None, 100, criteria)).total == len(expected)

    def test_searchGivesTheNewestOldestFirst(self) -> None:
        self.placed(*(self.said(f"tea {number}") for number in range(1, 8)))
        page = now(self.store.search([(self.lobby, 1)], "tea", limit=2))
        assert (seqs(page.events), page.total) == ([6, 7], 7)

    def test_searchGoesOverWhatMayBeReadOnly(self) -> None:
        dev, ops = self.newRoom("dev"), self.newRoom("ops")
        for id in (self.lobby, dev, ops):
            self.placed(*(self.said("tea", conversations=(id,)) for _ in range(3)))
        page = now(self.store.search([(self.lobby, 3), (dev, 2), ("none", 1)], "tea"))
        found = [(event.conversation, event.seq) for event in page.events]
        assert (found, page.total) == ([(self.lobby, 3), (dev, 2), (dev, 3)], 3)
        assert now(self.store.search([], "tea")).total == 0
        assert now(self.store.search([("none", 1)], "tea")).total == 0

    def test_inManyConversationsTheSameIsFoundAsInFew(self) -> None:
        rooms = [self.lobby, *(self.newRoom(f"room{number}") for number in range(50))]
        for id in rooms:
            self.placed(self.said("green tea", conversations=(id,)))
        # What is searched for is never taken for a conversation.
        for words, least in (("tea", 51), ("green tea", 51), ("1", 0), ("place", 0), ("7 tea", 0)):
            for number in (1, 2, 20, 51):
                may = [(id, 1) for id in rooms[:number]]
                page = now(self.store.search(may, words, limit=100))
                assert page.total == len(page.events) == min(number, least), (words, number)
                assert [event.conversation for event in page.events] == rooms[: page.total]

    @pytest.mark.parametrize(
        "words",
        [
            "",
            " ",
            '"',
            '""',
            "a\0b",
            "\0",
            "*",
            "tea OR",
            "NOT",
            "NEAR(",
            "text:tea",
            "-tea",
            "(",
            "^tea",
            "tea*",
            "'; DROP TABLE log; --",
            "\ud800",
            "{text}: x",
            "💥",
            "+",
            "\u0301",
        ],
    )
    def test_searchTakesAnything(self, words: str) -> None:
        self.placed(self.said("nothing of it"))
        assert now(self.store.search([(self.lobby, 1)], words)).events == ()
        self.placed(self.said("tea"))
        now(self.store.search([(self.lobby, 1)], words))
