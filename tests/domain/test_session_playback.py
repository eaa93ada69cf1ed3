"""
Playback: parts of conversations, marks of what was read, what devices have missed.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import Net, heard
from twisted_chat.domain.errors import MayNotRead, NoSuchMessage, NoSuchPerson, PersonGone, TooLong
from twisted_chat.domain.events import Said
from twisted_chat.domain.ids import directId
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.pace import Pace
from twisted_chat.domain.playback import MOST_PROGRAMS
from twisted_chat.domain.records import ReadMark
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session
from twisted_chat.domain.values import Author


class TestPlayback:
    """
    Ann owns C{dev}, bea is a member on another node, carl is a guest there who is not in it.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net(limits=Limits(page=4))
        self.ann, self.bea = self.net.registered("ann"), self.net.registered("bea", 1)
        self.carl = self.net.guest("carl", 1)
        self.room = self.net.join("dev", self.ann, self.bea)
        self.there = self.bea.roomNamed("dev")
        list(heard(self.ann, self.bea, self.carl))

    def now(self, deferred: Deferred[Any]) -> Any:
        """
        The result.
        """
        return self.net.now(deferred)

    def kinds(self, session: Session) -> list[str]:
        """
        What kinds of events somebody got.
        """
        (lines,) = heard(session)
        return [line.split(" ")[2] for line in lines]

    # Parts.

    def test_aPartIsFilledUpWithWhatIsWanted(self) -> None:
        for text in "abc":
            self.net.say(self.ann, "dev", text)
            for topic in "123456":
                self.now(self.ann.setTopic(self.room, topic + text))
        for oldest in (False, True):
            found = self.now(self.bea.part(self.room.id, 3, oldest=oldest, messages=True))
            assert [event.text for event in found] == ["a", "b", "c"]
        found = self.now(self.bea.part(self.room.id, 99))
        assert [event.kind for event in found] == ["topic"] * 4

    def test_aPartOfNothingIsNothing(self) -> None:
        self.net.say(self.ann, "dev", "a")
        assert self.now(self.bea.part(self.room.id, 0)) == []
        assert self.now(self.bea.part(self.room.id, 9, after=1)) == []
        assert self.now(self.bea.part(self.room.id, 9, after=1, oldest=True)) == []

    def test_onlyWhoMayReadFindsAnything(self) -> None:
        self.net.say(self.ann, "dev", "a")
        (event,) = self.now(self.bea.part(self.room.id, 1))
        assert self.now(self.bea.seqOf(self.room.id, event.id)) == 1
        self.net.join("other", self.carl)
        for wrong in (self.carl.roomNamed("other").id, self.room.id):
            with pytest.raises((NoSuchMessage, MayNotRead)):
                self.now(self.carl.seqOf(wrong, event.id))
        with pytest.raises(MayNotRead):
            self.now(self.carl.part(self.room.id, 1))

    def test_aPrivateConversationIsFoundByTheNameOfThenToo(self) -> None:
        with pytest.raises(NoSuchPerson):
            self.now(self.ann.directWith("nobody"))
        with pytest.raises(NoSuchPerson):
            self.now(self.ann.directWith("no body"))
        # As what was taken in from another network may be.
        far = Author("far", "Carl Smith", "Carl Smith")
        where = directId(self.ann.identity, far.id)
        hub = self.ann.hub
        self.now(hub.publish(hub.event(Said, far, where, peer=self.ann.author, text="hi")))
        with pytest.raises(NoSuchPerson):
            self.now(self.ann.directWith("nobody"))
        with pytest.raises(PersonGone):
            self.now(self.ann.tell(far, "hi"))
        said = self.now(self.ann.tell("carl", "hi"))
        self.now(self.carl.rename("other"))
        assert self.now(self.ann.directWith("Carl")) == said.conversation

    # Marks.

    def test_aMarkIsKeptForAccountsAndRememberedForGuests(self) -> None:
        said = self.now(self.ann.say(self.room, "a"))
        self.net.join("dev", self.carl)
        for session in (self.bea, self.carl):
            assert self.now(session.readMark(self.room.id)) is None
            mark = self.now(session.readUpto(self.room.id, said.at))
            assert mark == ReadMark(1, said.at)
            assert self.now(session.readUpto(self.room.id, said.at - 9)) == mark
            assert self.now(session.readMark(self.room.id)) == mark
        again = self.net.login("bea")
        assert self.now(again.readMark(self.room.id)) == ReadMark(1, said.at)

    def test_nobodyHasReadWhatIsNotSaid(self) -> None:
        mark = self.now(self.bea.readUpto(self.room.id, 9e9))
        assert mark.at <= self.net.clock.seconds()

    def test_theOtherConnectionsOfAnAccountAreToldOfANewMark(self) -> None:
        other = self.net.login("bea")
        said = self.now(self.ann.say(self.room, "a"))
        for _ in range(2):
            self.now(self.bea.readUpto(self.room.id, said.at))
            self.net.settle()
        (marked,) = other.receiver.happenings  # type: ignore[attr-defined]
        assert (marked.kind, marked.where, marked.upto) == ("readMarked", self.room.id, 1)

    # Devices.

    def test_eachDeviceIsToldWhatItHasMissed(self) -> None:
        self.bea.logout()
        self.net.say(self.ann, "dev", "a")
        for device, found in (("", ["a"]), ("phone", ["a"]), ("", []), ("phone", [])):
            session = self.net.login("bea")
            missed = self.now(session.missedOn(device, self.room.id))
            assert ([e.text for e in missed.page.events] if missed else []) == found
            self.now(session.noteTold(device))
            session.logout()

    def test_ofWhatADeviceWasNotShownNothingIsNoted(self) -> None:
        self.bea.logout()
        self.net.say(self.ann, "dev", "a")
        session = self.net.login("bea")
        self.now(session.noteTold(""))
        assert self.now(self.net.store.deviceMarks(session.identity, "")) == {}

    def test_theLastProgramsAreRememberedAndThoseOfGuestsAreNot(self) -> None:
        for number in range(MOST_PROGRAMS + 2):
            self.now(Deferred.fromCoroutine(self.bea.setProgram(str(number), True)))
        self.now(Deferred.fromCoroutine(self.bea.setProgram("5", False)))
        last = [str(number) for number in range(2, MOST_PROGRAMS + 2) if number != 5]
        account = self.now(self.net.store.accountById(self.bea.identity))
        assert list(account.preferences["programs"]) == last
        self.now(Deferred.fromCoroutine(self.carl.setProgram("", True)))
        assert self.carl.preferences == {}

    # What clients tell each other.

    def test_tagsPassToThoseInARoomAndLeaveNoTrace(self) -> None:
        self.now(self.ann.tag(self.room, (("+typing", "active"),)))
        self.net.settle()
        assert self.kinds(self.bea) == ["tagged"]
        assert self.now(self.net.store.replay(self.room.id, 0, 9)) == []

    def test_tagsPassInPrivateBeforeAnythingWasSaid(self) -> None:
        self.now(self.ann.tagPerson("carl", (("ctcp", "VERSION"),)))
        self.net.settle()
        assert self.kinds(self.carl) == ["tagged"]
        assert self.now(self.net.store.directs(self.ann.identity)) == []
        self.now(self.ann.tell("carl", "hi"))
        self.net.settle()
        assert self.kinds(self.carl) == ["said"]

    def test_tagsHaveALimitAndWhoMayNotSpeakHasNone(self) -> None:
        long = (("+x", "y" * 9000),)
        for doing in (self.ann.tag(self.room, long), self.ann.tagPerson("bea", long)):
            with pytest.raises(TooLong, match="characters of tags"):
                self.now(doing)
        self.now(self.ann.configure(self.room, "moderated", "on"))
        self.net.settle()
        with pytest.raises(Exception, match="moderated"):
            self.now(self.bea.tag(self.there, (("+x", "y"),)))

    def test_whereThereIsMuchToDoTagsAreLost(self) -> None:
        self.ann.hub.commits.setPace(Pace(mostEvents=0, mostBytes=0))
        assert self.now(self.ann.tag(self.room, (("+x", "y"),))) is None
        assert self.now(self.ann.tagPerson("bea", (("+x", "y"),))) is None

    # For some roles.

    def test_whatIsForARoleReachesNobodyElseOnAnyNode(self) -> None:
        self.net.join("dev", self.carl)
        dora = self.net.guest("dora")
        self.net.join("dev", dora)
        self.now(self.ann.setRole(self.room, "carl", Role.VOICE))
        self.net.settle()
        list(heard(self.ann, self.bea, self.carl, dora))
        said = self.now(self.bea.say(self.there, "psst", atLeast=Role.VOICE))
        self.now(self.bea.tag(self.there, (("+x", "y"),), atLeast=Role.OPERATOR))
        self.net.settle()
        assert [self.kinds(each) for each in (self.ann, self.carl, dora, self.bea)] == [
            ["said", "tagged"],
            ["said"],
            [],
            [],
        ]
        assert not said.kept
        assert said.seq not in [e.seq for e in self.now(self.net.store.replay(self.room.id, 0, 9))]

    # How a text looks.

    def test_stylesGoWithATextAsItWasGiven(self) -> None:
        said = self.now(self.ann.say(self.room, "bold", styles=((0, 4, "b"),)))
        assert self.now(self.bea.message(self.room.id, said.seq)).styles == ((0, 4, "b"),)
        said = self.now(self.ann.tell("bea", "bo\x07ld", styles=((0, 4, "b"),)))
        assert (said.text, said.styles) == ("bold", ())
