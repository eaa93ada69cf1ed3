"""
Who may not join a room comes into the one that it names instead.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.senton import SentOn
from tests.doubles import Net
from twisted_chat.domain.errors import (
    BadInput,
    MayNotEnter,
    NoSuchRoom,
    NotAllowed,
)
from twisted_chat.domain.events import SettingsChanged
from twisted_chat.domain.roles import Role


class TestForwarding(SentOn):
    """
    Rooms C{dev} and C{queue} of one owner on one node, and somebody else on another.
    """

    @pytest.fixture(autouse=True)
    def _rooms(self) -> None:
        self.net = Net()
        self.owner = self.net.registered("owner")
        self.ann = self.net.registered("ann", 1)
        self.net.join("dev", self.owner)
        self.net.join("queue", self.owner)

    def set(self, name: str, value: str, room: str = "dev") -> None:
        """
        The owner sets something.
        """
        self.net.now(self.owner.configure(self.owner.roomNamed(room), name, value))
        self.net.settle()

    def test_whoMayJoinIsNotSentOn(self) -> None:
        self.set("forward", "queue")
        entrance = self.join(self.ann)
        assert (entrance.room.name, self.told) == ("dev", [])

    @pytest.mark.parametrize(
        ("setting", "value"), [("invite-only", "on"), ("limit", "1"), ("password", "sesame")]
    )
    def test_whoMayNotComesIntoTheOtherRoomAndIsToldWhy(self, setting: str, value: str) -> None:
        self.set("forward", "queue")
        self.set(setting, value)
        entrance = self.join(self.ann, "DEV")
        assert entrance.room.name == "queue"
        (why,) = self.told
        assert why.startswith("You can't join dev: ")
        assert [room.name for room in self.ann.rooms] == ["queue"]
        there = self.owner.roomNamed("queue").members
        assert there.keys() == {self.owner.personId, self.ann.personId}
        # Once they may, they come where they want to be.
        self.set(setting, "off")
        assert self.join(self.ann).room.name == "dev"

    def test_whoIsBannedIsSentOnToo(self) -> None:
        self.set("forward", "queue")
        self.net.now(self.owner.ban(self.owner.roomNamed("dev"), "ann"))
        assert self.join(self.ann).room.name == "queue"

    def test_whoIsInTheOtherRoomAlreadyStaysThere(self) -> None:
        self.set("forward", "queue")
        self.set("invite-only", "on")
        self.join(self.ann, "queue")
        entrance = self.join(self.ann)
        assert (entrance.room.name, entrance.new) == ("queue", False)
        assert len(self.told) == 1

    def test_nobodyIsSentOnTwice(self) -> None:
        self.net.join("third", self.owner)
        self.set("forward", "queue")
        self.set("forward", "third", "queue")
        for room in ("dev", "queue"):
            self.set("invite-only", "on", room)
        with pytest.raises(MayNotEnter, match="join dev: you need an invitation"):
            self.join(self.ann)
        assert self.ann.rooms == []

    def test_whereTheOtherRoomIsGoneItIsAsIfNoneWereNamed(self) -> None:
        self.set("forward", "queue")
        self.set("invite-only", "on")
        self.net.now(self.owner.destroy(self.owner.roomNamed("queue")))
        self.net.settle()
        with pytest.raises(MayNotEnter, match="join dev: you need an invitation"):
            self.join(self.ann)
        assert self.net.now(self.net.hubs[0].store.roomId("queue")) is None

    def test_whoHasTakenTheNameOfAnEndedRoomIsSentNobody(self) -> None:
        self.set("forward", "queue")
        self.set("invite-only", "on")
        self.net.now(self.owner.destroy(self.owner.roomNamed("queue")))
        self.net.settle()
        self.net.join("queue", self.net.registered("mallory"))
        with pytest.raises(MayNotEnter, match="join dev: you need an invitation"):
            self.join(self.ann)
        assert self.ann.rooms == []

    def test_theOtherRoomIsTheSameUnderItsNewName(self) -> None:
        self.set("forward", "queue")
        self.set("invite-only", "on")
        self.net.now(self.owner.renameRoom(self.owner.roomNamed("queue"), "waiting"))
        self.net.settle()
        assert self.join(self.ann).room.name == "waiting"
        assert len(self.told) == 1

    def test_whatWasSetByNameAloneGoesByTheName(self) -> None:
        changes = (("forward", "queue"), ("invite-only", True))
        self.net.now(
            self.owner._publishAs(
                self.owner.roomNamed("dev"), Role.OWNER, SettingsChanged, changes=changes
            )
        )
        self.net.settle()
        assert self.join(self.ann).room.name == "queue"

    def test_afterOffNobodyIsSentOn(self) -> None:
        self.set("forward", "queue")
        self.set("invite-only", "on")
        self.set("forward", "off")
        with pytest.raises(MayNotEnter):
            self.join(self.ann)

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("nowhere", NoSuchRoom),
            ("dev", BadInput),
            ("ann's", NotAllowed),
            ("secret", NoSuchRoom),
            ("a b", BadInput),
        ],
    )
    def test_itMustBeARoomThatOneKeepsInOrderToo(self, name: str, refusal: Any) -> None:
        self.net.join("ann's", self.ann)
        self.net.join("secret", self.ann)
        self.net.now(self.ann.configure(self.ann.roomNamed("secret"), "hidden", "on"))
        with pytest.raises(refusal):
            self.set("forward", name)
        assert self.owner.roomNamed("dev").setting("forward") == ""
