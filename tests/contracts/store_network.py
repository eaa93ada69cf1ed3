"""
The rules that every store keeps for the network itself: its state, bans, invitations.
"""

from __future__ import annotations

from dataclasses import replace

from tests.contracts.store_case import StoreCase, now
from twisted_chat.domain.records import Invitation
from twisted_chat.domain.values import Mask


class NetworkContract(StoreCase):
    """
    What lasts of the network itself.
    """

    invitation = Invitation("c0de", ("lobby", "dev"), 2, 500.0, "ann", 100.0)

    def test_theNetworkRemembersFactsByName(self) -> None:
        assert now(self.store.networkFacts()) == {}
        now(self.store.setNetworkFact("lockdown", 2))
        now(self.store.setNetworkFact("claim", {"hash": "x", "until": 5.5, "by": ["a", None]}))
        now(self.store.setNetworkFact("lockdown", 3))
        now(self.store.setNetworkFact("none", None))
        for _ in range(2):
            facts = now(self.store.networkFacts())
            assert facts == {"lockdown": 3, "claim": {"hash": "x", "until": 5.5, "by": ["a", None]}}
            self.again()
        now(self.store.setNetworkFact("claim", None))
        assert now(self.store.networkFacts()) == {"lockdown": 3}

    def test_aServerBanTakesThePlaceOfOneOfTheSameMask(self) -> None:
        late, early = Mask("bea", "ann", 9.0, 20.0, "spam"), Mask("*@10.0.0.0/8", "ann", 5.0)
        for entry in (Mask("bea", "gus", 1.0, reason="old"), late, early):
            now(self.store.putServerBan(entry))
        for _ in range(2):
            assert now(self.store.serverBans()) == [early, late]
            self.again()

    def test_removingAServerBanGivesIt(self) -> None:
        entry = Mask("bea", "ann", 9.0, 20.0, "spam")
        now(self.store.putServerBan(entry))
        assert now(self.store.removeServerBan("gus")) is None
        assert now(self.store.removeServerBan("bea")) == entry
        assert now(self.store.removeServerBan("bea")) is None
        assert now(self.store.serverBans()) == []

    def test_anInvitationIsUsedUp(self) -> None:
        now(self.store.createInvitation(self.invitation))
        self.again()
        assert now(self.store.useInvitation("c0de", 200.0)) == self.invitation
        left = replace(self.invitation, uses=1)
        assert now(self.store.invitations()) == [left]
        assert now(self.store.useInvitation("c0de", 200.0)) == left
        assert now(self.store.useInvitation("c0de", 200.0)) is None
        assert now(self.store.invitations()) == []

    def test_anInvitationRunsOut(self) -> None:
        now(self.store.createInvitation(self.invitation))
        assert now(self.store.useInvitation("c0de", 500.0)) is None
        now(self.store.createInvitation(replace(self.invitation, until=0.0)))
        assert now(self.store.useInvitation("c0de", 1e12)) is not None
        assert now(self.store.useInvitation("other", 0.0)) is None
        now(self.store.createInvitation(replace(self.invitation, uses=0)))
        assert now(self.store.useInvitation("c0de", 0.0)) is None

    def test_invitationsAreListedOldestFirstAndCanBeTakenBack(self) -> None:
        first = replace(self.invitation, code="zz", at=50.0, rooms=())
        for invitation in (self.invitation, first):
            now(self.store.createInvitation(invitation))
        assert now(self.store.invitations()) == [first, self.invitation]
        assert now(self.store.removeInvitation("zz")) == first
        assert now(self.store.removeInvitation("zz")) is None
        assert now(self.store.invitations()) == [self.invitation]

    def test_allConversationsAreToldInPages(self) -> None:
        ids = sorted([self.lobby, *(self.newRoom(name) for name in ("a", "b", "c", "d"))])
        assert now(self.store.conversationIds("", 3)) == ids[:3]
        assert now(self.store.conversationIds(ids[2], 3)) == ids[3:]
        assert now(self.store.conversationIds(ids[-1], 3)) == []
