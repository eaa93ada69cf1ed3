"""
The rules that every store keeps for the network itself: its state, bans, invitations.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.contracts.store_case import StoreCase, now
from twisted_chat.domain.accounterrors import WrongCode
from twisted_chat.domain.errors import NameTaken, NotSaved
from twisted_chat.domain.records import Account, Invitation
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

    def registeredWith(self, name: str, code: str = "c0de", at: float = 200.0) -> bool:
        """
        Make an account with an invitation.

        @return: whether the invitation allows it; if not, there is no account.
        """
        try:
            now(self.store.createAccount(Account(name, name, name, name, "", at), code))
        except WrongCode:
            assert now(self.store.accountById(name)) is None
            return False
        assert now(self.store.accountById(name)) is not None
        return True

    def test_anInvitationIsUsedUp(self) -> None:
        now(self.store.createInvitation(self.invitation))
        self.again()
        assert self.registeredWith("dan")
        assert now(self.store.invitations()) == [replace(self.invitation, uses=1)]
        assert self.registeredWith("eve")
        assert now(self.store.invitations()) == []
        assert not self.registeredWith("fay")

    def test_anInvitationRunsOut(self) -> None:
        now(self.store.createInvitation(self.invitation))
        assert not self.registeredWith("dan", at=500.0)
        now(self.store.createInvitation(replace(self.invitation, until=0.0)))
        assert self.registeredWith("dan", at=1e12)
        assert not self.registeredWith("eve", "other")
        now(self.store.createInvitation(replace(self.invitation, uses=0)))
        assert not self.registeredWith("eve")

    def test_anAccountThatCantBeMadeUsesUpNoInvitation(self) -> None:
        now(self.store.createInvitation(self.invitation))
        assert self.registeredWith("dan")
        with pytest.raises(NameTaken):
            self.registeredWith("dan")
        with pytest.raises(NotSaved):
            # Its id is another's, which is noticed last.
            now(self.store.createAccount(Account("dan", "gus", "gus", "gus", "", 200.0), "c0de"))
        assert now(self.store.invitations()) == [replace(self.invitation, uses=1)]

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
