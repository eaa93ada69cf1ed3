"""
Oneself and others: one person on however many connections and nodes.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.logger import capturedLogs, formatEvent

from tests.domain.shaky import Shaky, outcome
from tests.doubles import Ear, Net, heard
from twisted_chat.domain.accounterrors import (
    AlreadyRegistered,
    BadLogin,
    NameRegistered,
    NameTooAlike,
    NotRegistered,
    WrongPassword,
)
from twisted_chat.domain.accounts import ProvenLogin
from twisted_chat.domain.errors import BadInput, BadName, NameTaken, NoSuchPerson, NotSaved, TooMany
from twisted_chat.domain.interfaces import IChatUser
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.profile import ROOMS_FOR_A_LINE
from twisted_chat.domain.rates import SHARED, RateLimits, Rates
from twisted_chat.domain.session import Session


def presences(session: Session, room: str = "dev") -> dict[str, tuple[str, str]]:
    """
    Who is how, as somebody sees it.
    """
    views = session.who(session.roomNamed(room))
    return {view.name: (view.presence, view.away) for view in views}


def told(session: Session) -> list[str]:
    """
    What somebody got, without where.
    """
    (lines,) = heard(session)
    return [line.split(" ", 2)[2] for line in lines]


class TestPresence:
    """
    Ann has an account; bea and carl watch on two nodes.
    """

    @pytest.fixture(autouse=True)
    def _make(self, net: Net) -> None:
        self.net = net
        self.bea, self.carl = net.guest("bea"), net.guest("carl", 1)
        self.ann = net.registered("ann")
        net.join("dev", self.bea, self.carl, self.ann)
        self.check("online")

    def check(self, state: str, away: str = "", *lines: str) -> None:
        """
        Both see ann in one state, and have been told just so much.
        """
        self.net.settle()
        for watcher in (self.bea, self.carl):
            got = [line for line in told(watcher) if "presence" in line]
            assert got == list(lines)
            assert presences(watcher)["ann"] == (state, away)

    def test_twoConnectionsAreOnePersonWhoeverGoesFirst(self) -> None:
        second = self.net.login("ann", node=1)
        self.check("online")
        third = self.net.login("ann", node=1)
        self.check("online")
        for session in (self.ann, third):
            session.logout()
            self.check("online")
        second.logout("lost")
        self.check("offline", "", "presence ann lost")
        back = self.net.login("ann")
        self.check("online", "", "presence ann online")
        assert [room.name for room in back.rooms] == ["dev"]

    def test_whoIsAwayOnAllNodesIsAway(self) -> None:
        second = self.net.login("ann", node=1)
        self.net.now(self.ann.away("lunch"))
        self.check("online")
        self.net.now(second.away("dinner"))
        self.check("away", "lunch", "presence ann away")
        self.net.now(self.ann.back())
        self.check("online", "", "presence ann online")
        self.ann.logout()
        self.check("away", "dinner", "presence ann quit")
        second.logout()
        self.check("offline", "", "presence ann quit")

    def test_anotherTextOfWhoIsAwayIsTold(self) -> None:
        self.net.join("tea", self.bea, self.ann)
        for text, lines in (("lunch", ["presence ann away"]), ("tea", ["presence ann away"])):
            self.net.now(self.ann.away(text))
            self.check("away", text, *lines)
        self.net.now(self.ann.away("tea"))
        self.check("away", "tea")

    def test_whatIsNotTheTextThatIsShownIsNotTold(self) -> None:
        second = self.net.login("ann", node=1)
        self.net.now(self.ann.away("lunch"))
        self.net.now(second.away("dinner"))
        self.check("away", "lunch", "presence ann away")
        self.net.now(second.away("supper"))
        self.check("away", "lunch")
        self.ann.logout()
        self.check("away", "supper")

    def test_whoEntersLaterSeesTheSame(self) -> None:
        self.net.now(self.ann.away("lunch"))
        for node in (0, 1):
            late = self.net.guest(f"late{node}", node)
            self.net.join("dev", late)
            assert presences(late)["ann"] == ("away", "lunch")
        self.ann.logout()
        last = self.net.guest("last", 1)
        self.net.join("dev", last)
        assert presences(last)["ann"] == ("offline", "")

    def test_aGuestWhoGoesIsNoMemberAnyMore(self) -> None:
        self.bea.logout("lost")
        self.net.settle()
        assert told(self.carl)[-1] == "left bea lost"
        assert set(presences(self.carl)) == {"carl", "ann"}
        again = self.net.guest("bea", 1)
        assert again.rooms == []

    def test_loggingOutTwiceIsOnce(self) -> None:
        self.bea.logout()
        self.bea.logout()
        self.net.settle()
        assert told(self.carl).count("left bea quit") == 1
        assert self.net.now(self.net.hubs[0].network.people()) == 2

    def test_whoisTellsWhatOneMayKnow(self) -> None:
        self.net.join("secret", self.ann)
        self.net.now(self.ann.away("lunch"))
        seen = self.net.now(self.carl.whois("ANN"))
        assert (seen.name, seen.account, seen.presence, seen.away) == (
            "ann", "ann", "away", "lunch",
        )  # fmt: skip
        assert seen.rooms == ("dev",)
        assert seen.seenAt == 0
        self.net.clock.advance(3600)
        self.ann.logout()
        self.net.settle()
        gone = self.net.now(self.carl.whois("ann"))
        assert gone.presence == "offline"
        assert gone.seenAt == pytest.approx(self.net.clock.seconds(), abs=1)
        with pytest.raises(NoSuchPerson):
            self.net.now(self.carl.whois("nobody"))


class TestNames:
    """
    One name is one person's.
    """

    def test_aNameInUseIsTakenOnEveryNodeHoweverItIsSpelled(self, net: Net) -> None:
        ann = net.guest("Ann")
        for node in (0, 1):
            with pytest.raises(NameTaken):
                net.guest("aNN", node)
        ann.logout()
        net.guest("aNN", 1)

    def test_aNewNameIsTakenAndTheOldOneFree(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        net.join("dev", ann, bea)
        list(heard(bea))
        net.now(ann.rename("anna"))
        assert told(bea) == ["renamed ann anna"]
        assert set(presences(bea)) == {"anna", "bea"}
        net.guest("ann", 1)
        with pytest.raises(NameTaken):
            net.now(bea.rename("ANNA"))
        net.now(ann.rename("Anna"))
        net.now(ann.rename("Anna"))
        assert told(bea) == ["renamed anna Anna"]
        ann.logout()
        net.settle()
        net.guest("anna")
        assert net.now(net.hubs[0].network.people()) == 3

    def test_theLogTellsWhatSomebodyWasCalledBefore(self, net: Net) -> None:
        """
        Or nobody who reads it knows who that is, where many come from one address.
        """
        ann = net.guest("ann")
        with capturedLogs() as logs:
            net.now(ann.rename("anna"))
            net.now(ann.rename("anna"))
            with pytest.raises(BadName):
                net.now(ann.rename("a b"))
        assert [formatEvent(log) for log in logs] == [f"{ann} was called ann before"]
        assert "anna" in str(ann)

    def test_aRegisteredNameIsItsOwners(self, net: Net) -> None:
        ann = net.registered("ann")
        bea = net.guest("bea", 1)
        net.now(ann.rename("else"))
        with pytest.raises(NameRegistered):
            net.now(bea.rename("Ann"))
        with pytest.raises(NameRegistered):
            net.guest("Ann")
        # A message for the account's name still finds the person.
        net.now(bea.tell("ann", "hi"))
        net.now(bea.tell("else", "hi"))
        assert told(ann) == ["said bea hi"] * 2
        net.now(ann.rename("ann"))

    def test_namesThatNobodyCanHave(self, net: Net) -> None:
        ann = net.guest("ann")
        for name in ("", "a b", "server", "1st", "x" * 33, "a@b"):
            with pytest.raises(BadName):
                net.now(ann.rename(name))
            with pytest.raises(BadName):
                net.guest(name)
        assert ann.name == "ann"

    def test_whoIsNowhereIsRenamedToo(self, net: Net) -> None:
        ann = net.guest("ann")
        net.now(ann.rename("anna"))
        assert ann.name == "anna"
        net.join("dev", ann)
        assert set(presences(ann)) == {"anna"}


class TestAccounts:
    """
    Registering, and what an account keeps.
    """

    def test_whatAGuestWasToldInPrivateIsNoNewsToTheAccount(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        net.now(bea.tell("ann", "before"))
        net.now(ann.register("correct horse"))
        net.now(ann.logout("quit"))
        net.now(bea.tell("ann", "after"))
        missed = net.now(net.login("ann").missed())
        assert [event.text for one in missed for event in one.page.events] == ["after"]

    def test_registeringKeepsWhereOneIsWhoOneIsAndWhatOneMay(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea", 1)
        room = net.join("dev", ann, bea)
        net.now(ann.tell("bea", "psst"))
        list(heard(bea))
        net.now(ann.register("correct horse"))
        net.settle()
        assert [line.split()[0] for line in told(bea)] == ["account"]
        view = next(v for v in bea.who(bea.roomNamed("dev")) if v.name == "ann")
        assert view.account == "ann"
        role = room.role(ann.personId)
        assert role > 0
        ann.logout()
        net.settle()
        again = net.login("ann", node=1)
        assert [r.name for r in again.rooms] == ["dev"]
        assert again.personId == ann.personId
        assert again.rooms[0].role(again.personId) is role
        assert net.now(again.search("psst")).total == 1

    def test_whoRegistersMayReadOnWhatTheyMightAsAGuest(self, net: Net) -> None:
        ann, bea = net.guest("ann"), net.guest("bea")
        room = net.join("dev", bea)
        net.now(bea.configure(room, "history", "joined"))
        net.say(bea, "dev", "before")
        net.join("dev", ann)
        net.say(bea, "dev", "as a guest")
        net.now(ann.register("correct horse"))
        net.settle()
        ann.logout()
        net.settle()
        net.say(bea, "dev", "away")
        again = net.login("ann", node=1)

        def texts(events: Any) -> list[str]:
            return [event.text for event in events]

        assert texts(net.now(again.history(room.id)).events) == ["as a guest", "away"]
        (missed,) = net.now(again.missed())
        assert texts(missed.page.events) == ["away"]

    def test_anAccountIsMadeOnceWithAPasswordThatWillDo(self, net: Net) -> None:
        ann = net.guest("ann")
        for password in ("", "short", "x" * 301, "abc\x00defgh"):
            with pytest.raises(BadInput):
                net.now(ann.register(password))
        net.now(ann.register("correct horse"))
        with pytest.raises(AlreadyRegistered):
            net.now(ann.register("correct horse"))

    def test_aNameThatLooksLikeAnAccountsIsRefused(self, net: Net) -> None:
        net.registered("paypal")
        with pytest.raises(NameTooAlike):
            net.now(net.guest("paypaI").register("correct horse"))

    def test_thePasswordIsChangedByWhoKnowsTheOldOne(self, net: Net) -> None:
        ann = net.registered("ann")
        with pytest.raises(WrongPassword):
            net.now(ann.changePassword("wrong", "battery staple"))
        with pytest.raises(BadInput):
            net.now(ann.changePassword("correct horse", "short"))
        net.now(ann.changePassword("correct horse", "battery staple"))
        with pytest.raises(BadLogin):
            net.login("ann")
        net.login("ann", "battery staple")
        with pytest.raises(NotRegistered):
            net.now(net.guest("bea").changePassword("correct horse", "battery staple"))

    def test_aCodeForALostPasswordIsOfNoUseOnceThatIsChanged(self, net: Net) -> None:
        ann, oscar = net.registered("ann"), net.operator("oscar")
        code = net.now(oscar.resetAccount("ann"))
        net.now(ann.changePassword("correct horse", "battery staple"))
        with pytest.raises(BadLogin):
            net.login("ann", code)

    def test_whatOneHasSetForOneselfHoldsOnAllConnections(self, net: Net) -> None:
        ann = net.registered("ann")
        other = net.login("ann", node=1)
        net.now(ann.setForAll("zone", 120))
        net.now(ann.setQuiet(True))
        net.now(ann.setRegisteredOnly(True))
        net.settle()
        assert (other.zone, other.quiet, other.registeredOnly) == (120, True, True)

    def test_whatOneHasSetForOneselfLasts(self, net: Net) -> None:
        ann, bea = net.registered("ann"), net.registered("bea")
        guest = net.guest("guest")
        ann.setQuiet(True)
        net.now(ann.setPreference("zone", 120))
        for name in ("bea", "guest"):
            net.now(ann.ignore(name))
        ann.logout()
        again = net.login("ann", node=1)
        assert (again.quiet, again.zone) == (True, 120)
        assert again.ignoredNames() == ["bea", "guest"]
        assert again.ignores(bea.author)
        assert again.ignores(guest.author)
        net.now(again.unignore("BEA"))
        again.setQuiet(False)
        third = net.login("ann")
        assert (third.quiet, third.ignoredNames()) == (False, ["guest"])

    def test_whoComesBackIsCalledAsTheyComeWhateverTheyWereCalledLast(self, net: Net) -> None:
        bea, carl = net.guest("bea"), net.guest("carl", 1)
        ann = net.registered("ann")
        net.join("dev", ann, bea, carl)
        net.now(ann.rename("anna"))
        net.now(ann.logout())
        net.settle()
        back = net.login("ann")
        net.settle()
        assert back.name == "ann"
        assert net.now(back.whois("ann")).presence == "online"
        for watcher in (bea, carl):
            assert "ann" in presences(watcher)
            assert "anna" not in presences(watcher)

    def test_whatNobodyAskedToHaveKeptIsNotToldOfWhereItIsNotSaved(self, net: Net) -> None:
        ann, guest = net.registered("ann"), net.guest("guest")
        guest.remember("zone", 60)
        assert guest.zone == 60
        ann.remember("zone", 120)
        net.settle()
        store: Any = net.hubs[0].store
        store.changeAccount = lambda *_, **__: fail(NotSaved(why="the disk is full"))
        ann.remember("zone", 180)
        net.settle()
        assert ann.zone == 120

    def test_aGuestsSettingsLastAsLongAsTheGuest(self, net: Net) -> None:
        guest = net.guest("guest")
        net.now(guest.setPreference("zone", 60))
        assert guest.zone == 60
        net.registered("ann")
        net.now(guest.ignore("ann"))
        assert guest.ignoredNames() == ["ann"]


class TestIgnoring:
    """
    Hearing nothing of somebody.
    """

    def test_ignoringAnAccountFollowsItUnderEveryNameAndAGuestsGoesWithTheName(
        self, net: Net
    ) -> None:
        ann, bea, guest = net.guest("ann"), net.registered("bea", 1), net.guest("guest", 1)
        net.join("dev", ann, bea, guest)
        for name in ("bea", "guest"):
            net.now(ann.ignore(name))
        net.now(bea.rename("innocent"))
        net.now(guest.rename("other"))
        list(heard(ann))
        net.say(bea, "dev", "ignored")
        net.say(guest, "dev", "heard")
        net.now(bea.tell("ann", "ignored"))
        net.now(net.guest("guest").tell("ann", "ignored too"))
        assert told(ann) == ["said other heard"]
        assert ann.lastDirect is None
        page = net.now(ann.history(ann.roomNamed("dev").id))
        assert [event.text for event in page.events] == ["heard"]

    def test_whoIsIgnoredAsAGuestIsWhenTheyRegisterUnderThatName(self, net: Net) -> None:
        ann, carl = net.guest("ann"), net.guest("carl", 1)
        room = net.join("dev", ann, carl)
        net.now(ann.ignore("carl"))
        net.say(carl, "dev", "as a guest")
        net.now(carl.register("correct horse"))
        list(heard(ann))
        net.say(carl, "dev", "registered")
        net.now(carl.tell("ann", "in private"))
        assert told(ann) == []
        assert net.now(ann.history(room.id)).events == ()
        net.now(ann.unignore("carl"))
        assert len(net.now(ann.history(room.id)).events) == 2

    def test_ofWhomIsIgnoredNothingIsReadThatTheySaidAsAGuest(self, net: Net) -> None:
        ann, carl = net.guest("ann"), net.guest("carl", 1)
        room = net.join("dev", ann, carl)
        net.say(carl, "dev", "as a guest")
        net.now(carl.register("correct horse"))
        net.now(ann.ignore("carl"))
        assert net.now(ann.history(room.id)).events == ()

    def test_whomOneConnectionIgnoresTheOthersDoToo(self, net: Net) -> None:
        here, bea, dora = net.registered("ann"), net.registered("bea"), net.registered("dora")
        net.join("dev", here, bea, dora)
        there = net.login("ann", node=1)
        net.now(here.ignore("bea"))
        net.now(there.ignore("dora"))
        net.settle()
        for session in (here, there):
            assert session.ignoredNames() == ["bea", "dora"]
        list(heard(here, there))
        for session in (bea, dora):
            net.say(session, "dev", "unheard")
        assert list(heard(here, there)) == [[], []]
        net.now(there.unignore("bea"))
        net.settle()
        assert here.ignoredNames() == ["dora"]
        for session in (here, there):
            session.logout()
        net.settle()
        assert net.login("ann").ignoredNames() == ["dora"]

    def test_twoConnectionsThatIgnoreAtTheSameTimeLoseNothing(self, net: Net) -> None:
        here, _, _ = net.registered("ann"), net.registered("bea"), net.registered("dora")
        there = net.login("ann", node=1)
        both = [here.ignore("bea"), there.ignore("dora")]
        for each in both:
            net.now(each)
        net.settle()
        assert here.ignoredNames() == there.ignoredNames() == ["bea", "dora"]

    def test_whatCantBeIgnored(self) -> None:
        net = Net(limits=Limits(list=1))
        ann, _ = net.guest("ann"), net.guest("bea")
        with pytest.raises(BadInput, match="yourself"):
            net.now(ann.ignore("ann"))
        with pytest.raises(NoSuchPerson):
            net.now(ann.ignore("nobody"))
        with pytest.raises(BadInput, match="do not ignore"):
            net.now(ann.unignore("bea"))
        net.now(ann.ignore("bea"))
        net.now(net.guest("carl").back())
        with pytest.raises(TooMany):
            net.now(ann.ignore("carl"))


def test_nobodyComesInUnderLettersThatLookLikeSomebodyRegistered(net: Net) -> None:
    net.registered("alex")
    with pytest.raises(NameTooAlike):
        net.guest("\u0430lex")
    bea = net.guest("bea")
    with pytest.raises(NameTooAlike):
        net.now(bea.rename("\u0430lex"))
    assert net.guest("a1ex").name == "a1ex"


def test_whatLooksLikeOnesOwnNameIsOnesOwnHoweverOneTakesIt(net: Net) -> None:
    alex = net.registered("alex")
    for name in ("\u0430lex", "alex"):
        net.now(alex.rename(name))
    alex.logout()
    net.settle()
    wish = ProvenLogin(alex.personId, "\u0430lex")
    again: Session = net.now(net.portals[0].login(wish, Ear(), IChatUser))[1]
    assert again.name == "\u0430lex"
    with pytest.raises(NameTooAlike):
        net.guest("\u0430lex", 1)


def test_whoComesBackCanAnswerTheLastPrivateMessage(net: Net) -> None:
    ann, bea = net.registered("ann"), net.registered("bea")
    ann.logout()
    net.settle()
    net.now(bea.tell("ann", "are you back yet?"))
    ann = net.login("ann")
    net.now(ann.missed())
    assert ann.lastDirect == bea.author


def test_whatOneHasDoneToTheRoomIsNoNews(net: Net) -> None:
    ann, bea, carl = net.registered("ann"), net.registered("bea"), net.guest("carl")
    room = net.join("dev", ann, bea, carl)
    net.now(ann.setTopic(room, "mine"))
    net.now(ann.kick(room, "carl"))
    net.now(ann.renameRoom(room, "devs"))
    ann.logout()
    net.settle()
    assert net.now(net.login("ann").missed()) == []
    net.now(bea.setTopic(bea.roomNamed("devs"), "hers"))
    (missed,) = net.now(net.login("ann").missed())
    assert ([event.text for event in missed.page.events], missed.page.total) == (["hers"], 1)


def test_whatOneHasDoneToMessagesIsNoNews(net: Net) -> None:
    ann, bea = net.registered("ann"), net.registered("bea")
    room = net.join("dev", ann, bea)
    net.say(ann, "dev", "one")
    net.say(bea, "dev", "two")
    net.now(ann.delete(room.id, None))
    ann.logout()
    net.settle()
    page = net.now(net.login("ann").missed())[0].page
    assert ([event.kind for event in page.events], page.total) == (["said"], 1)


@pytest.mark.parametrize("trusted", [False, True])
def test_whatIsToldInManyRoomsCountsAsMoreLines(trusted: bool) -> None:
    net = Net()
    hub = net.hubs[0]
    hub.rates = Rates(RateLimits(), hub.clock.seconds, lambda address: trusted)
    ann = net.guest("ann")
    for number in range(10):
        net.join(f"room{number}", ann)
    net.now(ann.rename("anna"))
    net.now(ann.away("for tea"))
    net.now(Deferred.fromCoroutine(ann.setRealName("Ann")))
    net.now(Deferred.fromCoroutine(ann.setMetadata("color", "red")))
    spent = 0 if trusted else 4 * 10 // ROOMS_FOR_A_LINE
    left = SHARED * hub.rates.limits.lines.burst - spent
    assert hub.rates.line(ann.address, "", left) == 0
    assert hub.rates.line(ann.address, "", 1) > 0


def test_whoSetsSomethingForThemselvesIsNotLookedForAmongAll(net: Net) -> None:
    class Unread(dict[str, Session]):
        def values(self) -> Any:
            raise AssertionError("all were gone through")

    ann = net.registered("ann")
    others = [net.login("ann"), net.login("ann", node=1)]
    for hub in net.hubs:
        hub.roster.sessions = Unread(hub.roster.sessions)
    net.now(ann.setQuiet(True))
    net.settle()
    assert [one.quiet for one in (ann, *others)] == [True] * 3


def test_whatTwoConnectionsSetAtOnceIsForBothWhatIsStored() -> None:
    net = Net(wrap=lambda store: cast(Any, Shaky(store)))
    ann, store = net.registered("ann"), cast(Shaky, net.store)
    second = net.login("ann")
    store.slowReads = {"changeAccount"}
    done = outcome(ann.setQuiet(True))
    store.slowReads = set()
    net.now(second.setQuiet(False))
    store.answer()
    net.settle()
    assert done == [None]
    assert (ann.quiet, second.quiet) == (False, False)
