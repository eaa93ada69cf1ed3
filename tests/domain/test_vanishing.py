"""
Whoever vanishes while something of theirs is under way leaves nothing behind.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.errors import Closing, NotSaved
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.session import Session


class TestVanishing:
    """
    A node whose store can be slow.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(1, wrap=Shaky)
        self.store = cast("Any", self.net.store)
        self.roster = self.net.hubs[0].roster
        self.names = cast("Any", self.net.hubs[0].network)._board.names

    def answer(self) -> None:
        """
        Let the store answer all that it is asked.
        """
        self.store.slow = False
        self.store.slowReads.clear()
        while self.store.late:
            self.store.answer()
            self.net.settle()

    def away(self, name: str) -> None:
        """
        Have somebody registered, in the room C{dev}, who is not there.
        """
        session = self.net.registered(name)
        self.net.join("dev", session)
        self.net.now(session.logout())

    def comingBack(self, name: str, ear: Ear, slow: str) -> list[Any]:
        """
        Let somebody log in, as far as it goes while the store is slow.

        @return: what came of it, when it is over.
        """
        self.store.slowReads.add(slow)
        came = self.net.portals[0].login(PasswordLogin(name, "correct horse"), ear, IChatUser)
        self.net.settle()
        return outcome(came)

    @pytest.mark.parametrize("refused", [False, True])
    def test_inTheMidstOfARenamingKeepsNeitherName(self, refused: bool) -> None:
        bea = self.net.guest("bea")
        self.store.slow = True
        if refused:
            self.store.wrong = lambda events: NotSaved(why="the disk is full")
        renamed = outcome(bea.rename("carl"))
        self.net.settle()
        bea.logout("lost")
        self.answer()
        assert renamed
        assert not self.names

    def test_whileTheNewNameIsAskedForDoesNotGetIt(self) -> None:
        bea = self.net.guest("bea")
        network: Any = self.net.hubs[0].network
        claim, asked = network.claim, Deferred[None]()

        def slowly(*what: str) -> Deferred[str]:
            return asked.addCallback(lambda _: claim(*what))

        network.claim = slowly
        renamed = outcome(bea.rename("carl"))
        bea.logout("lost")
        asked.callback(None)
        self.net.settle()
        assert list(map(type, renamed)) == [Closing]
        assert not self.names

    def test_whoIsPutOutWhileComingBackListensNowhere(self) -> None:
        self.away("ann")
        bob, ear = self.net.guest("bob"), Ear()
        room = self.net.join("dev", bob)
        operator = self.net.operator("oper", address="10.1.1.1")
        came = self.comingBack("ann", ear, "memberships")
        self.net.now(operator.kill("ann"))
        self.answer()
        assert list(map(type, came)) == [Closing]
        audience = self.roster.conversations[room.id].audience
        assert list(audience.formats) == [bob]
        assert "ann" not in self.names

    def test_whileOneBecomesSomebodyRegisteredIsNobodyAnyMore(self) -> None:
        self.away("ann")
        bea = self.net.guest("bea")
        account = self.net.now(self.store.account("ann"))
        self.store.slowReads.add("directs")
        assumed = outcome(Deferred.fromCoroutine(bea.assume(account)))
        self.net.settle()
        bea.logout("lost")
        self.answer()
        assert assumed
        assert not self.roster.reads(account.id)
        assert not self.names

    def test_whileBeingPutIntoARoomIsNotThere(self) -> None:
        self.net.registered("ann")
        bea, operator = self.net.registered("bea"), self.net.operator("oper", address="10.1.1.1")
        room = self.net.join("dev", bea)
        self.store.slow = True
        outcome(operator.forceJoin("ann", "dev"))
        self.net.settle()
        self.store.answer()
        self.net.settle()
        (ann,) = (each for each in self.roster.sessions.values() if each.name == "ann")
        ann.logout("lost")
        self.answer()
        assert [v.presence for v in bea.who(room) if v.name == "ann"] == ["offline"]

    def test_beforeOneBecomesSomebodyRegisteredDoesNot(self) -> None:
        self.away("ann")
        bea = self.net.guest("bea")
        account = self.net.now(self.store.account("ann"))
        bea.logout("lost")
        with pytest.raises(Closing):
            self.net.now(Deferred.fromCoroutine(bea.assume(account)))
        assert not self.roster.reads(account.id)
        assert not self.names

    def test_whileRegisteringIsNoMemberAndComesInWhereTheyAreInvitedLater(self) -> None:
        operator, bea = self.net.operator("oper", address="10.1.1.1"), self.net.guest("bea")
        self.net.join("dev", self.net.guest("carl"), bea)
        code = self.net.now(operator.invitation(["tea"]))
        self.store.slowReads.add("createAccount")
        registered = outcome(bea.register("correct horse", code))
        bea.logout("lost")
        self.answer()
        assert registered
        account = self.net.now(self.store.account("bea"))
        assert not self.net.now(self.store.memberships(account.id))
        assert [room.name for room in self.net.login("bea").rooms] == ["tea"]

    def test_aLoginThatCantBeCompletedLeavesNoSession(self, logged: list[str]) -> None:
        ann: Session = self.net.registered("ann")
        self.net.now(ann.setPreference("invited", ["dev"]))
        self.net.now(ann.logout())
        self.store.brokenReads.add("changeAccount")
        with pytest.raises(NotSaved):
            self.net.login("ann")
        told = [line for line in logged if "was last here was not saved" in line]
        assert len(told) == 1
        assert not self.roster.sessions
        assert not self.names

    def test_aLoginThatTheNetworkRefusesLeavesNoName(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away("ann")
        refused = NotSaved(why="the network does not answer")
        monkeypatch.setattr(self.net.hubs[0].network, "subscribe", lambda channel: fail(refused))
        with pytest.raises(NotSaved):
            self.net.login("ann")
        assert not self.roster.sessions
        assert not self.names
