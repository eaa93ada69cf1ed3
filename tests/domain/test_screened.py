"""
Where what people without a voice say is for a room's operators alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles import Net, heard
from twisted_chat.domain.errors import MayNotSpeak
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session


class TestOpModerated:
    """
    A room of an owner, a half-operator, and two without a voice, on two nodes.
    """

    @pytest.fixture(autouse=True)
    def _room(self) -> None:
        self.net = Net()
        self.owner = self.net.registered("owner")
        self.half = self.net.registered("half", 1)
        self.ann = self.net.registered("ann")
        self.bea = self.net.registered("bea", 1)
        self.all = (self.owner, self.half, self.ann, self.bea)
        self.net.join("dev", *self.all)
        self.net.say(self.ann, "dev", "before")
        here = self.owner.roomNamed("dev")
        self.net.now(self.owner.setRole(here, "half", Role.HALFOP))
        self.net.now(self.owner.configure(here, "op-moderated", "on"))
        list(heard(*self.all))

    def told(self) -> list[list[str]]:
        """
        @return: what each of the four got, without number and place.
        """
        return [[line.split(" ", 2)[2] for line in lines] for lines in heard(*self.all)]

    def say(self, session: Session, text: str) -> Any:
        """
        Somebody says something.
        """
        said = self.net.now(session.say(session.roomNamed("dev"), text))
        self.net.settle()
        return said

    def test_onlyOperatorsAreShownWhatIsSaidWithoutAVoice(self) -> None:
        self.say(self.ann, "a question")
        assert self.told() == [["said ann a question"], ["said ann a question"], [], []]

    def test_whoHasAVoiceIsHeardByAll(self) -> None:
        self.net.now(self.owner.setRole(self.owner.roomNamed("dev"), "ann", Role.VOICE))
        self.told()
        for session in (self.ann, self.half):
            name = session.name
            self.say(session, "an answer")
            others = [[f"said {name} an answer"] if s is not session else [] for s in self.all]
            assert self.told() == others

    def test_allOfOnesConnectionsAreShownWhatOneSays(self) -> None:
        elsewhere = self.net.login("ann", node=1)
        list(heard(elsewhere))
        self.say(self.ann, "a question")
        assert [line.split(" ", 2)[2] for line in next(heard(elsewhere))] == ["said ann a question"]

    def test_nothingOfItIsKept(self) -> None:
        self.say(self.ann, "a question")
        self.say(self.half, "an answer")
        here = self.owner.roomNamed("dev")
        page = self.net.now(self.owner.history(here.id))
        assert [event.text for event in page.events] == ["before", "an answer"]

    def test_whatAllWouldSeeIsRefusedInstead(self) -> None:
        here = self.ann.roomNamed("dev")
        for act in (
            lambda: self.ann.edit(here.id, 1, "a question"),
            lambda: self.ann.react(here.id, 1, "👍"),
            lambda: self.ann.setTopic(here, "a question"),
        ):
            with pytest.raises(MayNotSpeak, match="only its operators are shown"):
                self.net.now(act())
        self.net.now(self.ann.delete(here.id, 1))

    def test_whatClientsTellEachOtherIsForOperatorsToo(self) -> None:
        here = self.ann.roomNamed("dev")
        for keep in (False, True):
            self.net.now(self.ann.tag(here, (("+typing", "active"),), keep=keep))
            self.net.settle()
            assert [len(lines) for lines in self.told()] == [1, 1, 0, 0]

    def test_whoSpeaksJustBeforeItIsTurnedOnIsHeardByFew(self) -> None:
        owner = self.owner.roomNamed("dev")
        self.net.now(self.owner.configure(owner, "op-moderated", "off"))
        self.told()
        turned = self.owner.configure(owner, "op-moderated", "on")
        said = self.bea.say(self.bea.roomNamed("dev"), "too late")
        self.net.now(turned)
        self.net.now(said)
        self.net.settle()
        assert [sum("too late" in line for line in lines) for lines in self.told()] == [1, 1, 0, 0]
