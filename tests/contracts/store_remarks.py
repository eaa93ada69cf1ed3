"""
The rules that every store keeps for what people say in few words: reactions and reasons.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.store_case import ANN, AT, BEA, StoreCase, now
from twisted_chat.domain.errors import NoSuchMessage, NotReacted
from twisted_chat.domain.events import (
    Deleted,
    Event,
    Kicked,
    ListChanged,
    Reacted,
    RoomRenamed,
    Unreacted,
)
from twisted_chat.domain.records import Act
from twisted_chat.domain.values import Mask


class RemarkContract(StoreCase):
    """
    Reactions that are taken away, and reasons that are blank.
    """

    def act(self) -> None:
        """
        An operator does something.
        """
        now(self.store.recordAct(Act("act", 10.0, "oscar", "purge", "ann, 1h")))

    def reacted(self, emoji: str = "x", **fields: Any) -> Any:
        """
        @return: a reaction to the first message, at its place.
        """
        usual = {"emoji": emoji, "target": 1, "tags": (("+react", emoji),)}
        return self.placed(self.event(Reacted, **(usual | fields)))[0]

    def rows(self, *seqs: int) -> list[int]:
        """
        @return: the numbers of the rows of what Ann has done in the lobby.
        """
        written = now(self.store.writtenBy(ANN.id, 0, 99))
        return [row for row, event in written if event.seq in seqs]

    def blank(self, *seqs: int, act: str = "") -> None:
        """
        Take the remarks out of some events.
        """
        now(self.store.blankRemarks(self.rows(*seqs), act))

    def played(self) -> list[str]:
        """
        @return: what can be read again.
        """
        return [event.kind for event in now(self.store.history(self.lobby, wide=True)).events]

    def test_aReactionThatIsMeantByItsIdIsGoneAndWhatTookItBackDoesNotHaveIt(self) -> None:
        self.placed(self.said("one"))
        meant = self.reacted("secret")
        (back,) = self.placed(
            self.event(
                Unreacted, emoji="secret", target=1, reaction=meant.id, tags=(("+x", "secret"),)
            )
        )
        # Whoever is here must know what to take away.
        assert (back.emoji, back.tags) == ("secret", (("+x", "secret"),))  # type: ignore[attr-defined]
        for _ in range(2):
            _, reaction, unreacted = self.everything()
            assert "secret" not in repr((reaction, unreacted))
            assert (reaction.readable, unreacted.readable) == (False, True)
            assert self.played() == ["said", "unreacted"]
            self.again()
        again = self.event(Unreacted, emoji="secret", target=1)
        assert isinstance(self.refused(again), NotReacted)

    def test_whatAnActTakesBackIsKeptAsideUntilItIsUndone(self) -> None:
        self.act()
        self.placed(self.said("one"))
        meant = self.reacted("secret")
        back = {"emoji": "secret", "target": 1, "reaction": meant.id, "act": "act"}
        self.placed(self.event(Unreacted, **back))
        assert now(self.store.hidden("act")) == [(self.lobby, 2, "secret")]
        now(self.store.markUndone("act"))
        assert now(self.store.hidden("act")) == []

    @pytest.mark.parametrize(
        ("kind", "given"),
        [
            (Kicked, {"person": "p", "name": "P", "reason": "secret"}),
            (Deleted, {"target": 1, "targetId": "event1", "reason": "secret"}),
            (RoomRenamed, {"old": "lobby", "new": "hall", "reason": "secret"}),
            (ListChanged, {"list": "ban", "added": (Mask("m", "ann", 1.5, 2.5, "secret"),)}),
        ],
    )
    def test_aReasonIsBlankAndAllElseStays(self, kind: type[Event], given: Any) -> None:
        self.act()
        self.placed(self.said("one"))
        (event,) = self.placed(self.event(kind, **given))
        (other,) = self.placed(self.event(Kicked, person="p", name="P", reason="x", author=BEA))
        self.blank(2, 3, act="act")
        for _ in range(2):
            _, blank, kept = self.everything()
            assert repr(blank) == repr(event).replace("secret", "")
            assert kept == other
            self.again()
        # Once more, it would be blank that is kept aside.
        self.blank(2, act="other")
        assert [place[:2] for place in now(self.store.hidden("act"))] == [(self.lobby, 2)]
        assert now(self.store.restoreReasons("act")) == 1
        assert self.everything()[1] == event
        assert now(self.store.restoreReasons("act")) == 0
        assert now(self.store.hidden("act")) == []

    def test_whatIsForgottenIsNotPutBack(self) -> None:
        self.act()
        self.placed(self.event(Kicked, person="p", name="P", reason="secret"))
        self.blank(1, act="act")
        now(self.store.forgetHidden(ANN.id))
        assert now(self.store.restoreReasons("act")) == 0
        assert "secret" not in repr(self.everything())

    def test_aReactionToWhatIsGoneIsBlank(self) -> None:
        self.placed(self.said("one"))
        self.reacted("secret")
        self.placed(self.event(Deleted, target=1))
        self.blank(2)
        assert "secret" not in repr(self.everything())
        assert self.played() == []

    def test_ofAReactionThatWasTakenBackNothingIsLeftAndItIsNotThereAgain(self) -> None:
        self.placed(self.said("one"))
        self.reacted("other")
        self.reacted("secret")
        self.placed(self.event(Unreacted, emoji="secret", target=1))
        self.reacted("secret", author=BEA)
        self.blank(4)
        assert self.played() == ["said", "reacted", "reacted"]
        log = self.everything()
        assert "secret" not in repr([log[2], log[3]])
        for emoji, there in (("secret", False), ("other", True)):
            refused = self.refused(self.event(Unreacted, emoji=emoji, target=1))
            assert isinstance(refused, NotReacted) is not there

    def test_theReasonsInListsAreKnownByWhoGaveThemAndAreChanged(self) -> None:
        made = [Mask(mask, "nick", AT, reason=why) for mask, why in (("m", "secret"), ("n", ""))]
        self.placed(self.event(ListChanged, list="mute", added=tuple(made)))
        other = (Mask("o", "ann", AT, reason="x"),)
        self.placed(self.event(ListChanged, list="mute", added=other, author=BEA))
        (found,) = now(self.store.reasonsListed(ANN.id, "ann", AT))
        assert found == (self.lobby, "mute", "m")
        assert now(self.store.reasonsListed(ANN.id, "ann", AT + 1)) == []
        none = (("m", ""), ("not there", "y"))
        for reasons, present in ((none, ""), ((("m", "back"),), "back")):
            self.placed(self.event(ListChanged, list="mute", reasons=reasons))
            for _ in range(2):
                (mute, *rest) = self.room().lists["mute"]
                assert mute == Mask("m", "nick", AT, reason=present)
                assert rest == [made[1], *other]
                self.again()
        self.blank(4)
        assert "back" not in repr(self.everything())

    def test_messagesAreNotBlankedSo(self) -> None:
        self.placed(self.said("one", tags=(("+x", "y"),)))
        before = self.everything()
        self.blank(1)
        now(self.store.blankRemarks([], ""))
        assert self.everything() == before
        gone = self.event(Unreacted, emoji="x", target=1, reaction="event1")
        assert isinstance(self.refused(gone), NoSuchMessage)
