"""
Reading: history in pages, and picking up where one left off without a hole or a repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net, heard
from tests.examples import examples
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.correspondence import MARK_LENGTH
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import Event
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.reading import Missed
from twisted_chat.domain.repair import SWEEP
from twisted_chat.domain.session import Session


def texts(events: Iterator[Event] | tuple[Event, ...]) -> list[str]:
    """
    What was said.
    """
    return [event.text for event in events if event.kind == "said"]  # type: ignore[attr-defined]


def live(session: Session) -> list[str]:
    """
    What somebody was told as it happened.
    """
    (lines,) = heard(session)
    return [line.split(" ", 4)[4] for line in lines if " said " in line]


def byPlace(missed: list[Missed]) -> dict[str, list[str]]:
    """
    What was missed where.
    """
    return {one.place: texts(one.page.events) for one in missed}


class TestHistory:
    """
    A room in which five things were said.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(limits=Limits(page=3))
        self.ann, self.bea = self.net.registered("ann"), self.net.guest("bea", 1)
        self.room = self.net.join("dev", self.ann, self.bea)
        self.net.say(self.ann, "dev", "1", "2", "3", "4", "5")

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ({}, "345"),
            ({"limit": 2}, "45"),
            ({"limit": 99}, "345"),
            ({"limit": 0}, "5"),
            ({"limit": -3}, "5"),
            ({"before": 3}, "12"),
            ({"before": 1}, ""),
            ({"before": 10**30}, "345"),
            ({"after": 3}, "45"),
            ({"after": 1, "limit": 2}, "23"),
            ({"after": 10**30}, ""),
            ({"after": 1, "before": 4}, "23"),
        ],
    )
    def test_aPageIsTheNewestOfItsRangeOrTheOldestAfterASeq(
        self, how: dict[str, int], expected: str
    ) -> None:
        page = self.net.now(self.bea.history(self.room.id, **how))
        assert "".join(texts(page.events)) == expected

    def test_aPageTellsHowMuchThereIs(self) -> None:
        assert self.net.now(self.bea.history(self.room.id, 2)).total == 5

    def test_searchFindsTheNewestFirstOfAllThatOneMayRead(self) -> None:
        self.net.join("other", self.ann)
        self.net.say(self.ann, "other", "Café noir")
        self.net.say(self.ann, "dev", "cafe au lait")
        self.net.now(self.ann.tell("bea", "CAFÉ"))
        assert sorted(texts(self.net.now(self.ann.search("cafe")).events)) == [
            "CAFÉ",
            "Café noir",
            "cafe au lait",
        ]
        assert sorted(texts(self.net.now(self.bea.search("café")).events)) == [
            "CAFÉ",
            "cafe au lait",
        ]
        assert self.net.now(self.bea.search('"*')).events == ()

    def test_placesHaveTheNamesThatPeopleUse(self) -> None:
        said = self.net.now(self.ann.tell("bea", "psst"))
        assert self.bea.placeOf(self.room.id) == "dev"
        assert self.bea.placeOf(said.conversation) == "@ann"
        assert self.ann.placeOf(said.conversation) == "@bea"


class TestIgnored:
    """
    Ann ignores igor, who says much.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(limits=Limits(page=5, catchUp=3, lastLines=3))
        self.ann, self.bea = self.net.registered("ann"), self.net.registered("bea", 1)
        self.igor = self.net.guest("igor", 1)
        self.room = self.net.join("dev", self.ann, self.bea, self.igor)
        self.net.now(self.ann.ignore("igor"))

    def says(self, session: Session, *said: str) -> None:
        self.net.say(session, "dev", *said)

    def chatter(self, lines: int) -> None:
        self.says(self.igor, *(f"buy now {number}" for number in range(lines)))

    def history(self, **how: int) -> tuple[list[str], int, bool]:
        page = self.net.now(self.ann.history(self.room.id, **how))
        return texts(page.events), page.total, page.more

    def test_theirLinesPushNoOthersOutOfAHistory(self) -> None:
        self.says(self.bea, "important")
        self.chatter(12)
        self.says(self.bea, "too")
        assert self.history(limit=2) == (["important", "too"], 2, False)
        assert self.history(before=14) == (["important"], 1, False)

    def test_theirLinesAreNotCounted(self) -> None:
        self.says(self.bea, "one", "two")
        self.chatter(12)
        self.says(self.bea, "three")
        assert self.history(limit=2) == (["two", "three"], 3, False)
        self.chatter(12)
        assert self.history(limit=1) == (["three"], 1, True)
        self.chatter(5)
        assert self.history(limit=5) == (["one", "two", "three"], 3, False)

    def test_theirLinesAreNotCountedWhereNoneOfThemWouldBeShownEither(self) -> None:
        self.chatter(2)
        self.says(self.bea, "one", "two", "three")
        assert self.history(limit=2) == (["two", "three"], 3, False)

    def test_theirLinesPushNoOthersOutOfWhatIsShownOnJoining(self) -> None:
        self.says(self.bea, "important")
        self.chatter(4)
        self.net.now(self.ann.leave(self.room))
        entrance = self.net.now(self.ann.join("dev"))
        assert texts(entrance.page.events) == ["important"]

    def test_theirLinesPushNoOthersOutOfWhatWasMissed(self) -> None:
        self.ann.logout()
        self.net.settle()
        self.says(self.bea, "important")
        self.chatter(12)
        back = self.net.login("ann")
        (missed,) = self.net.now(back.missed())
        assert (texts(missed.page.events), missed.page.total) == (["important"], 1)
        self.net.now(back.missedOn("phone", self.room.id))
        on = self.net.now(back.missedOn("phone", self.room.id))
        assert texts(on.page.events) == ["important"]

    def test_whatWasMissedIsOnlySaidToBeMoreWhereItIs(self) -> None:
        self.ann.logout()
        self.net.settle()
        self.says(self.bea, "one", "two", "three", "four")
        self.chatter(2)
        back = self.net.login("ann")
        (missed,) = self.net.now(back.missed())
        page = missed.page
        assert (texts(page.events), page.total) == (["two", "three", "four"], 4)

    def test_theirLinesPushNoOthersOutOfASearch(self) -> None:
        self.says(self.bea, "what to buy")
        self.chatter(12)
        page = self.net.now(self.ann.search("buy", 1))
        assert (texts(page.events), page.total, page.more) == (["what to buy"], 1, False)
        self.says(self.bea, "buy bread", "buy salt")
        page = self.net.now(self.ann.search("buy", 1))
        assert (texts(page.events), page.total, page.more) == (["buy salt"], 1, True)

    def test_whoIgnoresNobodyIsAnsweredByOneRead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chatter(12)
        store, reads = cast(Any, self.net.store), []
        for name in ("history", "search"):
            read = getattr(store, name)
            monkeypatch.setattr(
                store, name, lambda *a, read=read, **how: (reads.append(1), read(*a, **how))[1]
            )
        assert self.net.now(self.bea.history(self.room.id, 3)).total == 12
        assert self.net.now(self.bea.search("buy", 3)).total == 12
        assert len(reads) == 2


class TestComingBack:
    """
    Ann has an account and goes; bea goes on.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(limits=Limits(catchUp=3))
        self.ann, self.bea = self.net.registered("ann"), self.net.registered("bea", 1)
        self.room = self.net.join("dev", self.ann, self.bea)
        self.net.say(self.bea, "dev", "old")
        self.net.now(self.ann.markRead(self.room.id))

    def away(self, *said: str) -> None:
        """
        Things are said while ann is away.
        """
        self.ann.logout()
        self.net.settle()
        self.net.say(self.bea, "dev", *said)

    def missed(self, session: Session) -> dict[str, list[str]]:
        """
        What somebody is shown.
        """
        return byPlace(self.net.now(session.missed()))

    def test_whatCameSinceOneReadIsShownUpToALimitAndCounted(self) -> None:
        self.away("1", "2", "3", "4", "5")
        back = self.net.login("ann")
        (one,) = self.net.now(back.missed())
        assert texts(one.page.events) == ["3", "4", "5"]
        assert one.page.total == 5
        assert live(back) == []

    @pytest.mark.parametrize("ignored", ["", "carl"])
    def test_whereNothingIsToBeShownItIsCounted(self, ignored: str) -> None:
        for hub in self.net.hubs:
            hub.limits = replace(hub.limits, catchUp=0)
        if ignored:
            self.net.guest(ignored)
            self.net.now(self.ann.ignore(ignored))
        self.net.now(self.bea.tell("ann", "psst"))
        self.away("1", "2", "3", "4", "5")
        back = self.net.login("ann")
        found = self.net.now(back.missed())
        assert {each.place: (each.page.events, each.page.total) for each in found} == {
            "dev": ((), 5),
            "@bea": ((), 1),
        }
        assert back.lastDirect.name == "bea"
        self.net.now(back.markAllRead())
        back.logout()
        self.net.settle()
        assert self.missed(self.net.login("ann")) == {}

    def test_whoWroteLastInPrivateIsShownLastAndIsAnswered(self) -> None:
        carl = self.net.guest("carl")
        self.away()
        for who in (carl, self.bea, carl):
            self.net.now(who.tell("ann", "psst"))
            self.net.clock.advance(1)
        back = self.net.login("ann")
        assert list(self.missed(back)) == ["@bea", "@carl"]
        assert back.lastDirect.name == "carl"
        again = self.net.login("ann", node=1)
        self.net.now(self.bea.tell("ann", "and now?"))
        self.net.settle()
        assert list(self.missed(again)) == ["@bea", "@carl"]
        assert again.lastDirect.name == "bea", "and not who wrote before that"

    def test_whoHasReadAllIsShownNothing(self) -> None:
        self.away()
        assert self.missed(self.net.login("ann")) == {}

    def test_notReadingIsShownAgain(self) -> None:
        self.away("1")
        for _ in range(2):
            back = self.net.login("ann")
            assert self.missed(back) == {"dev": ["1"]}
            back.logout()
            self.net.settle()
        back = self.net.login("ann")
        self.net.now(back.markAllRead())
        back.logout()
        self.net.settle()
        assert self.missed(self.net.login("ann", node=1)) == {}

    def test_speakingInARoomIsHavingReadIt(self) -> None:
        self.away("1")
        back = self.net.login("ann")
        self.net.say(back, "dev", "hi")
        back.logout()
        self.net.settle()
        assert self.missed(self.net.login("ann")) == {}

    def test_whatWasSaidBeforeOneJoinedIsNotMissed(self) -> None:
        carl = self.net.registered("carl")
        self.net.join("dev", carl)
        carl.logout()
        self.net.settle()
        assert self.missed(self.net.login("carl")) == {}

    def test_whatIsHeldUntilTheMissedIsShownFollowsWithoutAHoleOrARepeat(self) -> None:
        self.away("1", "2")
        login = self.net.portals[1].login(PasswordLogin("ann", "correct horse"), Ear(), IChatUser)
        back = self.net.now(login)[1]
        self.net.say(self.bea, "dev", "3")
        assert live(back) == []
        assert self.missed(back) == {"dev": ["1", "2"]}
        back.release()
        self.net.say(self.bea, "dev", "4")
        assert live(back) == ["3", "4"]

    def test_editsAndDeletionsOfWhatWasReadAreMissedTheDeletedTextIsNot(self) -> None:
        self.net.say(self.bea, "dev", "to be deleted")
        self.net.now(self.ann.markRead(self.room.id))
        self.away("new")
        self.net.now(self.bea.edit(self.room.id, 1, "changed"))
        self.net.now(self.bea.delete(self.room.id, 2))
        self.net.now(self.bea.delete(self.room.id, 3))
        (one,) = self.net.now(self.net.login("ann").missed())
        assert [(e.kind, getattr(e, "text", None)) for e in one.page.events] == [
            ("edited", "changed"),
            ("deleted", None),
        ]

    def test_whoWasPutOutIsInTheRoomNoMoreAndShownNothingOfIt(self) -> None:
        self.ann.logout()
        carl = self.net.registered("carl")
        self.net.join("other", carl, self.bea)
        self.net.settle()
        owner = self.net.login("ann", node=1)
        self.net.now(owner.transfer(owner.roomNamed("dev"), "bea"))
        owner.logout()
        self.net.settle()
        self.net.now(self.bea.kick(self.bea.roomNamed("dev"), "ann"))
        self.net.say(self.bea, "dev", "1")
        back = self.net.login("ann")
        assert back.rooms == []
        assert self.missed(back) == {}

    def test_privateMessagesWaitForWhoIsOffline(self) -> None:
        self.away()
        self.net.now(self.bea.tell("ann", "one"))
        carl = self.net.guest("carl")
        self.net.now(carl.tell("Ann", "two"))
        carl.logout()
        self.net.settle()
        # Somebody else of that name is somebody else.
        other = self.net.guest("carl", 1)
        assert self.net.now(other.search("two")).total == 0
        back = self.net.login("ann")
        before = f"@carl#{carl.identity[-MARK_LENGTH:]}"
        assert self.missed(back) == {"@bea": ["one"], before: ["two"]}
        self.net.now(back.markAllRead())
        self.net.now(self.bea.tell("ann", "three"))
        assert live(back) == ["three"]
        back.logout()
        self.net.settle()
        again = self.net.login("ann", node=1)
        assert self.missed(again) == {"@bea": ["three"]}
        assert live(again) == []

    def test_whatIsSaidToAGuestIsNotShownToTheNextOfThatName(self) -> None:
        carl = self.net.guest("carl")
        self.net.now(self.ann.tell("carl", "secret"))
        self.net.now(carl.tell("ann", "secret too"))
        carl.logout()
        self.net.settle()
        again = self.net.guest("carl")
        assert self.net.now(again.missed()) == []
        assert self.net.now(again.search("secret")).total == 0
        assert self.net.now(self.net.store.directs(again.personId)) == []
        self.net.now(again.register("correct horse"))
        again.logout()
        self.net.settle()
        assert self.missed(self.net.login("carl")) == {}

    def test_ofWhomOneIgnoresNothingIsMissed(self) -> None:
        self.net.now(self.ann.ignore("bea"))
        self.away("1")
        self.net.now(self.bea.tell("ann", "psst"))
        assert self.missed(self.net.login("ann")) == {}

    def test_whoIsOnAnotherNodeHasTheirPrivateTalkTooAndIsShownItOnce(self) -> None:
        self.net.now(self.bea.tell("ann", "one"))
        second = self.net.login("ann", node=1)
        assert self.missed(second) == {"@bea": ["one"]}
        self.net.now(self.bea.tell("ann", "two"))
        assert live(second) == ["two"]
        self.ann.logout()
        second.logout()
        self.net.settle()
        self.net.now(self.bea.tell("ann", "three"))
        third = self.net.login("ann", node=1)
        assert self.missed(third) == {"@bea": ["one", "two", "three"]}
        self.net.now(self.bea.tell("ann", "four"))
        assert live(third) == ["four"]


class TestWhileComingBack:
    """
    What is said while a slow store is asked what was missed is told once: as missed or as it
    happens.
    """

    @examples(40)
    @given(
        st.integers(0, 1),
        st.booleans(),
        st.lists(st.sampled_from(["room", "direct", "answer"]), max_size=12),
    )
    def test_nothingIsToldTwiceOrNever(self, node: int, second: bool, steps: list[str]) -> None:
        net = Net(wrap=lambda store: cast(Any, Shaky(store)))
        store = cast(Shaky, net.store)
        ann, bea = net.registered("ann"), net.registered("bea", 1)
        net.join("dev", ann, bea)
        net.now(bea.tell("ann", "d0"))
        if not second:
            ann.logout()
        net.settle()
        said = {"room": ["r0"], "direct": ["d0"]}
        net.say(bea, "dev", "r0")
        net.settle()
        store.slowReads = {"memberships", "directs", "room"}
        ear = Ear()
        results: list[Any] = []
        login = net.portals[node].login(PasswordLogin("ann", "correct horse"), ear, IChatUser)
        login.addBoth(results.append)
        for number, step in enumerate([*steps, *["answer"] * 8]):
            if step == "answer":
                store.answer()
            else:
                text = f"{step[0]}{number}"
                said[step].append(text)
                done = (
                    bea.say(bea.roomNamed("dev"), text) if step == "room" else bea.tell("ann", text)
                )
                done.addErrback(results.append)
            net.settle(0.002)
        store.slowReads = set()
        store.answer()
        net.settle()
        assert len(results) == 1
        back = results[0][1]
        missed = byPlace(net.now(back.missed()))
        back.release()
        net.say(bea, "dev", "rend")
        net.now(bea.tell("ann", "dend"))
        now = [line for line in ear.lines() if " said " in line]
        inRoom = [line.split(" ", 4)[4] for line in now if line.startswith("dev")]
        direct = [line.split(" ", 4)[4] for line in now if line.startswith(" ")]
        assert missed.get("dev", []) + inRoom == [*said["room"], "rend"]
        assert missed.get("@bea", []) + direct == [*said["direct"], "dend"]

    @examples(40)
    @given(st.lists(st.sampled_from(["come", "say", "answer"]), max_size=14))
    @example(["answer", "come", "come", "come", "say", "answer"])
    def test_noneOfOnesConnectionsMissesTheFirstThatIsSaidInPrivate(self, steps: list[str]) -> None:
        net = Net(wrap=lambda store: cast(Any, Shaky(store)))
        store = cast(Shaky, net.store)
        bea = net.registered("bea", 1)
        net.registered("ann").logout()
        net.settle()
        said: list[str] = []
        came: list[tuple[Ear, list[Any]]] = []
        for number, step in enumerate([*steps, "come", "say", *["answer"] * 8]):
            # Whoever comes first may be the last to have come.
            store.slowReads = {"memberships"} if number % 3 else set()
            if step == "answer":
                store.answer()
            elif step == "say":
                said.append(f"d{number}")
                bea.tell("ann", said[-1])
            else:
                ear = Ear()
                login = net.portals[0].login(PasswordLogin("ann", "correct horse"), ear, IChatUser)
                came.append((ear, outcome(login)))
            net.settle(0.002)
        store.slowReads = set()
        store.answer()
        net.settle()
        for ear, results in came:
            session = results[0][1]
            missed = byPlace(net.now(session.missed()))
            session.release()
            told = [line.split(" ", 4)[4] for line in ear.lines() if " said " in line]
            assert missed.get("@bea", []) + told == said

    def test_whatIsSavedAndNotYetToldReachesWhoWasHereThoughTheyComeOnceMore(self) -> None:
        net = Net(nodes=1)
        ann, bea = net.registered("ann"), net.registered("bea")
        network: Any = net.hubs[0].network
        announce, late = network.announce, list[Any]()

        def delay(batch: Any) -> Deferred[None]:
            late.append(batch)
            return succeed(None)

        network.announce = delay
        bea.tell("ann", "hello")
        net.settle()
        network.announce = announce
        second = net.login("ann")
        for batch in late:
            announce(batch)
        missed = byPlace(net.now(second.missed())).get("@bea", [])
        assert (live(ann), missed + live(second)) == (["hello"], ["hello"])


def test_whoWasPutOutReadsNothingOfWhatWasSaidAfterThatWhereNobodyHasHeardOfIt() -> None:
    net = Net(seed=1, drop=1.0)
    ann, bea = net.registered("ann"), net.guest("bea", 1)
    net.join("dev", ann)
    net.join("dev", bea)
    net.settle(SWEEP)
    net.say(ann, "dev", "word for bea")
    net.settle(SWEEP)
    net.now(ann.kick(ann.roomNamed("dev"), "bea"))
    net.say(ann, "dev", "word about bea")
    here = bea.roomNamed("dev")
    for page in (net.now(bea.history(here.id)), net.now(bea.search("word"))):
        assert texts(page.events) == ["word for bea"]
        assert page.total == 1
    assert texts(tuple(net.now(bea.part(here.id, 10)))) == ["word for bea"]
    assert net.now(bea.history(here.id, after=1)).events == ()
    net.settle(SWEEP)
    with pytest.raises(ChatError):
        net.now(bea.history(here.id))
