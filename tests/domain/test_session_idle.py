"""
What people who do nothing don't take: there are ten thousand of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AnySet
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import Net, heard
from twisted_chat.domain.announcements import Batch, Run
from twisted_chat.domain.delivery import NOTHING
from twisted_chat.domain.events import Event, Renamed
from twisted_chat.domain.ids import NETWORK
from twisted_chat.domain.official import Official
from twisted_chat.domain.session import Session
from twisted_chat.domain.sparse import NONE_YET
from twisted_chat.domain.values import SERVER


@pytest.fixture
def net() -> Net:
    return Net(nodes=1)


def kept(thing: object) -> Iterator[tuple[str, Any]]:
    """
    What an object keeps, by name.
    """
    for each in type(thing).__mro__:
        for name in each.__dict__.get("__slots__", ()):
            if hasattr(thing, name):
                yield name, getattr(thing, name)


def collections(session: Session) -> set[str]:
    """
    By name, the collections that a session does not share with others.
    """
    return {
        name
        for name, value in kept(session)
        if isinstance(value, list | Mapping | AnySet)
        and value is not NONE_YET
        and value is not NOTHING
        and name != "asked"
    }


def test_aSessionHasNothingButItsSlots(net: Net) -> None:
    assert not hasattr(net.guest("ann"), "__dict__")


def test_aSessionThatHasDoneNothingHasNoCollectionButItsPreferences(net: Net) -> None:
    ann, bea = net.guest("ann"), net.registered("bea")
    net.join("dev", ann, bea)
    assert collections(ann) == collections(bea) == {"preferences"}


def test_whatASessionRemembersGoesWhenItIsTakenBack(net: Net) -> None:
    ann, _ = net.guest("ann"), net.guest("bea")
    net.now(ann.ignore("bea"))
    net.join("dev", ann)
    assert collections(ann) == {"_ignoredNames", "ignored", "preferences"}
    net.now(ann.unignore("bea"))
    assert collections(ann) == {"preferences"}
    assert ann.ignoredNames() == []


def test_nothingByWhichAPasswordCouldBeGuessedIsKeptOfWhoIsConnected(net: Net) -> None:
    bea = net.registered("bea")
    by = Official(SERVER, "a test")
    net.now(Deferred.fromCoroutine(net.hubs[0].registry.setOperator(by, "bea", True)))
    net.settle()
    for session in (bea, net.login("bea")):
        account = session.account
        assert account is not None
        assert account.operator
        assert (account.name, account.password, account.scram, account.reset) == ("bea", "", "", "")
        assert account.preferences is NONE_YET
    assert net.now(net.store.account("bea")).password


def test_aPasswordCanBeChangedAndPreferencesStayThough(net: Net) -> None:
    bea = net.registered("bea")
    net.now(bea.setQuiet(True))
    net.now(bea.changePassword("correct horse", "battery staple"))
    assert net.login("bea", "battery staple").quiet


def test_peopleWhoAreHereShareHowTheyAre(net: Net) -> None:
    ann, bea = net.guest("ann"), net.guest("bea")
    net.join("dev", ann, bea)
    assert ann.person.nodes == {"node0": ("online", "")}
    assert ann.person.nodes is bea.person.nodes
    net.now(ann.away("out"))
    assert (ann.person.away, bea.person.away) == ("out", "")
    net.now(ann.back())
    assert ann.person.nodes is bea.person.nodes


class TestChannels:
    """
    Ann and bea are in C{dev}.
    """

    @pytest.fixture(autouse=True)
    def _make(self, net: Net) -> None:
        self.net, self.hub = net, net.hubs[0]
        self.ann, self.bea = net.guest("ann"), net.guest("bea")
        self.room = net.join("dev", self.ann, self.bea)
        list(heard(self.ann, self.bea))

    def test_nobodyHasAChannelToWhomNothingWasTold(self) -> None:
        assert set(self.hub.roster.conversations) == {NETWORK, self.room.id}

    def test_whatIsToldToAPersonReachesAllTheirConnections(self) -> None:
        self.net.now(self.net.registered("cid").logout())
        sessions = self.net.login("cid"), self.net.login("cid")
        self.net.now(self.ann.tell("cid", "hello"))
        for lines in heard(*sessions):
            assert [line.split()[-1] for line in lines] == ["hello"]

    def test_aChannelIsMadeByTheFirstThatIsToldThere(self) -> None:
        eve = self.net.guest("eve")
        self.net.now(self.ann.invite(self.room, "eve"))
        assert [line.split()[1] for lines in heard(eve) for line in lines] == ["invited"]
        assert set(self.hub.roster.conversations) == {NETWORK, self.room.id, eve.personId}

    def test_aChannelTellsEachInTheFormatThatTheyWantThen(self) -> None:
        assert self.bea.personId not in self.hub.roster.conversations
        channel = self.hub.roster.channel(self.bea.personId)
        assert channel is not None
        assert list(channel.audience.formats) == [self.bea]
        assert self.hub.roster.channel(self.bea.personId) is channel

    def test_whoIsNotHereHasNoChannel(self) -> None:
        id = self.bea.personId
        self.net.now(self.ann.tell("bea", "hello"))
        self.net.now(self.bea.logout())
        assert self.hub.roster.channel(id) is None
        assert id not in self.hub.roster.conversations
        assert not self.hub.roster.hears(id)

    def test_whatComesInTwoPartsIsToldOnceWhereTheSecondIsTheFirstOfAChannel(self) -> None:
        renamed: Event = Renamed(
            id="e1",
            author=self.bea.author,
            conversations=(self.room.id, self.ann.personId),
            at=self.net.clock.seconds(),
            old="bea",
            new="dee",
        )
        renamed = renamed.following((0, 0))
        for conversation in renamed.conversations:
            run = Run(conversation, 0, 1, (renamed,))
            self.hub.receive(Batch("elsewhere", 1, (run,)))
        self.net.settle()
        assert self.ann.receiver.lines() == ["dev 0 renamed bea dee"]  # type: ignore[attr-defined]
