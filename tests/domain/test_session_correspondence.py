"""
Who may write to somebody in private.
"""

from __future__ import annotations

import pytest

from tests.doubles import Net, heard
from twisted_chat.domain import correspondence
from twisted_chat.domain.accounterrors import NotRegistered
from twisted_chat.domain.correspondence import MOST_ACCEPTED
from twisted_chat.domain.errors import NoSuchPerson, RegisteredOnly


class TestStrangers:
    """
    Ann hears registered people alone; bea is registered on another node, carl is a guest there.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net()
        self.ann, self.bea = self.net.registered("ann"), self.net.registered("bea", 1)
        self.carl = self.net.guest("carl", 1)
        self.net.now(self.ann.setRegisteredOnly(True))

    def test_aGuestCanNotWriteToThemNorDisturbThem(self) -> None:
        with pytest.raises(
            RegisteredOnly, match=r"^ann hears only registered people in private\.$"
        ):
            self.net.now(self.carl.tell("ann", "hi"))
        with pytest.raises(RegisteredOnly):
            self.net.now(self.carl.tagPerson("ann", (("+typing", "active"),)))

    def test_aGuestCanNotWriteToThemWhenTheyAreNotConnectedEither(self) -> None:
        self.net.now(self.ann.logout())
        with pytest.raises(RegisteredOnly):
            self.net.now(self.carl.tell("ann", "hi"))

    def test_whoHasWrittenBeforeCanOnlyTakeItBack(self) -> None:
        self.net.now(self.ann.setRegisteredOnly(False))
        aside = self.net.now(self.carl.tell("ann", "hi")).conversations[0]
        self.net.now(self.ann.setRegisteredOnly(True))
        with pytest.raises(RegisteredOnly):
            self.net.now(self.carl.edit(aside, 1, "read this"))
        with pytest.raises(RegisteredOnly):
            self.net.now(self.carl.react(aside, 1, "!"))
        assert self.net.now(self.carl.delete(aside, 1)).target == 1

    def test_registeredPeopleCan(self) -> None:
        assert self.net.now(self.bea.tell("ann", "hi")).text == "hi"

    def test_itHoldsOnTheirNextVisitAndUntilTheyTakeItBack(self) -> None:
        self.net.now(self.ann.logout())
        again = self.net.login("ann", node=1)
        assert again.registeredOnly
        self.net.now(again.setRegisteredOnly(False))
        assert not again.registeredOnly
        self.net.now(self.carl.tell("ann", "hi"))

    def test_whomTheyWriteToMayAnswer(self) -> None:
        self.net.now(self.ann.tell("carl", "hi"))
        assert self.net.now(self.carl.tell("ann", "hello")).text == "hello"

    def test_whomAnotherOfTheirConnectionsWritesToMayAnswer(self) -> None:
        other = self.net.login("ann", node=1)
        self.net.now(self.ann.setRegisteredOnly(False))
        self.net.now(other.setRegisteredOnly(True))
        self.net.settle()
        self.net.now(self.ann.tell("carl", "hi"))
        assert self.net.now(self.carl.tell("ann", "hello")).text == "hello"

    def test_whomTheyAcceptMayWriteUntilTheyDoNoMore(self) -> None:
        self.net.now(self.ann.accept("Carl"))
        self.net.now(self.carl.tell("ann", "hi"))
        assert list(self.net.now(self.ann.accepted()).values()) == ["carl"]
        assert self.net.now(self.ann.unaccept("CARL"))
        assert not self.net.now(self.ann.unaccept("carl"))
        with pytest.raises(RegisteredOnly):
            self.net.now(self.carl.tell("ann", "hi"))

    def test_whomTheyAcceptNoMoreIsNobodyElse(self) -> None:
        self.net.guest("dora")
        for name in ("carl", "dora"):
            self.net.now(self.ann.accept(name))
        assert self.net.now(self.ann.unaccept("Carl"))
        assert not self.net.now(self.ann.unaccept("carl"))
        assert list(self.net.now(self.ann.accepted()).values()) == ["dora"]

    def test_whoIsHeardAnywayNeedsNotBeAccepted(self) -> None:
        self.net.now(self.ann.tell("bea", "hi"))
        assert self.net.now(self.ann.accepted()) == {}

    def test_whoeverTakesTheNameOfAnAcceptedGuestIsNotAccepted(self) -> None:
        self.net.now(self.ann.accept("carl"))
        self.net.now(self.carl.logout())
        other = self.net.guest("carl")
        with pytest.raises(RegisteredOnly):
            self.net.now(other.tell("ann", "hi"))

    def test_anotherSessionOfTheirsAcceptsNobodyAway(self) -> None:
        second = self.net.login("ann", node=1)
        dora = self.net.guest("dora")
        self.net.now(self.ann.accept("carl"))
        self.net.now(second.accept("dora"))
        for guest in (self.carl, dora):
            self.net.now(guest.tell("ann", "hi"))

    def test_theOldestOfTooManyIsForgotten(self) -> None:
        self.net.now(self.ann.accept("carl"))
        guests = [self.net.guest(f"g{number}") for number in range(MOST_ACCEPTED)]
        for guest in guests:
            self.net.now(self.ann.accept(guest.name))
        assert len(self.net.now(self.ann.accepted())) == MOST_ACCEPTED
        with pytest.raises(RegisteredOnly):
            self.net.now(self.carl.tell("ann", "hi"))
        self.net.now(guests[0].tell("ann", "hi"))

    def test_anOperatorOfTheNetworkIsHeard(self) -> None:
        self.carl.operate()
        self.net.now(self.carl.tell("ann", "hi"))

    def test_aGuestCanNotWishForIt(self) -> None:
        with pytest.raises(NotRegistered):
            self.net.now(self.carl.setRegisteredOnly(True))
        with pytest.raises(NotRegistered):
            self.net.now(self.carl.accept("bea"))
        assert self.net.now(self.carl.accepted()) == {}

    def test_nobodyCanNotBeAccepted(self) -> None:
        with pytest.raises(NoSuchPerson):
            self.net.now(self.ann.accept("nobody"))


class TestManyStrangers:
    """
    A bot that is here for long, and to which guests write who go again.
    """

    @pytest.fixture(autouse=True)
    def _make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twisted_chat.domain.directs.MOST_DIRECTS", 3)
        monkeypatch.setattr("twisted_chat.domain.directs.MOST_KEPT", 6)
        monkeypatch.setattr("twisted_chat.domain.correspondence.MOST_KEPT", 6)
        self.net = Net(1)
        self.bot = self.net.registered("bot")

    def visit(self, name: str) -> str:
        """
        A guest comes, talks with the bot, and goes.

        @return: the id of the conversation.
        """
        guest = self.net.guest(name)
        said = self.net.now(guest.tell("bot", "hi"))
        self.net.now(self.bot.tell(name, "hello"))
        guest.logout()
        self.net.settle()
        return str(said.conversation)

    def test_ofThoseWhoHaveGoneOnlySoManyAreKnown(self) -> None:
        stays = self.net.guest("stays")
        first = self.net.now(stays.tell("bot", "hi")).conversation
        visits = [self.visit(f"g{n}") for n in range(20)]
        roster = self.net.hubs[0].roster
        assert 3 <= len(roster.directs.heads(self.bot.identity)) <= 6
        assert len(roster.directs._of) <= 7
        assert len(roster.conversations) <= 10
        assert len(self.bot._places) <= 6
        assert first in roster.conversations
        assert visits[-1] in roster.conversations
        assert visits[0] not in roster.conversations

    def test_whatIsDoneInOneThatIsKnownNoMoreIsToldOnceAndNothingOfBefore(self) -> None:
        other = self.net.login("bot")
        first = self.visit("g0")
        for n in range(1, 20):
            self.visit(f"g{n}")
        list(heard(self.bot, other))
        self.net.now(self.bot.edit(first, 2, "good-bye"))
        self.net.settle()
        for lines in heard(other):
            assert [line.split(" ", 1)[1] for line in lines] == ["3 edited bot good-bye"]


def test_withHowManyOneHasTalkedIsGoneThroughOnce(monkeypatch: pytest.MonkeyPatch) -> None:
    net, folded = Net(1), list[str]()
    ann = net.registered("ann")
    for number in range(30):
        # Two of each name, of which the first had it before the other.
        guest = net.guest(f"guest{number // 2}")
        net.now(guest.tell("ann", "hi"))
        guest.logout()
        net.settle()
    ann.logout()
    again = net.login("ann")
    fold = correspondence.foldAny

    def counted(name: str) -> str:
        folded.append(name)
        return fold(name)

    monkeypatch.setattr(correspondence, "foldAny", counted)
    missed = net.now(again.missed())
    assert len({each.place for each in missed}) == 30
    assert all("#" in each.place for each in missed)
    assert len(folded) <= 2 * 30
