"""
The rules that every store keeps for the names that rooms had.
"""

from __future__ import annotations

from itertools import pairwise

from tests.contracts.store_case import ANN, BEA, NOBODY, StoreCase, now
from twisted_chat.domain.errors import NameTaken
from twisted_chat.domain.events import Ended, Event, RoomRenamed, SettingsChanged
from twisted_chat.domain.values import Author

MONTH = 30 * 86400.0


class FormerNameContract(StoreCase):
    """
    Rooms that had another name.
    """

    def renaming(self, room: str, old: str, new: str, **fields: str) -> Event:
        """
        @param room: its id.
        @return: the event.
        """
        event: Event = self.event(RoomRenamed, conversations=(room,), old=old, new=new, **fields)
        return event

    def rename(self, room: str, *names: str) -> None:
        """
        A room gets one name after another.
        """
        for old, new in pairwise(names):
            self.clock.advance(1)
            self.placed(self.renaming(room, old, new))

    def letHidden(self, room: str, hidden: bool = True) -> None:
        """
        Let members alone know of a room.
        """
        changes = (("hidden", hidden),)
        self.placed(self.event(SettingsChanged, conversations=(room,), changes=changes))

    def former(self, *folds: str) -> list[str | None]:
        """
        @return: the rooms to which former names lead.
        """
        return [now(self.store.formerRoomId(fold)) for fold in folds]

    def opened(self, name: str, creator: Author | None = BEA) -> tuple[str, bool] | None:
        """
        Ask for a room, as somebody does who joins.

        @return: the id of what was given, and whether it was made.
        """
        found = now(self.store.openRoom(name, name, creator, self.clock.seconds()))
        return found and (found.id, found.created)

    def test_everyNameThatARoomHadLeadsToItAndIsGivenToNoOther(self) -> None:
        dev = self.newRoom("dev")
        assert self.former("dev") == [None]
        self.rename(dev, "Dev", "Build", "Forge")
        other = self.newRoom("other")
        for _ in range(2):
            assert self.former("dev", "build", "forge", "none") == [dev, dev, None, None]
            assert now(self.store.roomId("dev")) is None
            assert self.opened("dev") == (dev, False)
            # Who makes nothing finds the rooms that there are.
            assert self.opened("dev", None) is None
            assert isinstance(self.refused(self.renaming(other, "other", "DEV")), NameTaken)
            self.again()
        assert self.room(other).name == "other"

    def test_theRoomItselfMayHaveItBack(self) -> None:
        dev = self.newRoom("dev")
        self.rename(dev, "dev", "build", "dev")
        assert self.former("dev", "build") == [None, dev]
        assert now(self.store.roomId("dev")) == dev
        # Another spelling is no other name.
        self.rename(dev, "dev", "DEV")
        assert self.former("dev", "build") == [None, dev]

    def test_afterAMonthItIsAsIfNobodyHadHadIt(self) -> None:
        dev = self.newRoom("dev")
        self.rename(dev, "dev", "build")
        self.clock.advance(MONTH - 1)
        assert self.former("dev") == [dev]
        self.clock.advance(1)
        assert self.former("dev") == [None]
        assert (self.opened("dev") or ("", False))[1]
        self.rename(dev, "build", "forge")
        assert self.former("dev", "build") == [None, dev]

    def test_whoeverTakesItByRightHasIt(self) -> None:
        dev, other = self.newRoom("dev"), self.newRoom("other")
        self.rename(dev, "dev", "build", "forge")
        self.placed(self.renaming(other, "other", "dev", taking=dev))
        assert self.former("dev", "build", "other") == [None, dev, other]
        assert now(self.store.roomId("dev")) == other
        self.rename(other, "dev", "third")
        assert self.former("dev") == [other]
        # What the network needs is made under its name, whoever had that.
        made = self.opened("build", NOBODY)
        assert made is not None
        assert made == (now(self.store.roomId("build")), True)
        assert self.former("build") == [None]

    def test_ofAHiddenRoomNoFormerNameTells(self) -> None:
        dev, ops = self.newRoom("dev"), self.newRoom("ops")
        self.letHidden(dev)
        self.rename(dev, "dev", "build")
        self.rename(ops, "ops", "crew")
        self.letHidden(ops)
        for hidden in (True, False):
            assert self.former("dev", "ops") == [None, None]
            for room in (dev, ops):
                self.letHidden(room, hidden)
        assert (self.opened("dev") or ("", False))[1]

    def test_withTheRoomItsFormerNamesEnd(self) -> None:
        dev = self.newRoom("dev")
        self.rename(dev, "dev", "build")
        self.placed(self.event(Ended, conversations=(dev,)))
        assert self.former("dev") == [None]
        assert self.opened("dev", ANN) not in (None, (dev, False))

    def test_notMoreThanFiveLeadToOneRoom(self) -> None:
        dev = self.newRoom("a")
        self.rename(dev, *"abcdefg")
        assert self.former(*"abcdefg") == [None, dev, dev, dev, dev, dev, None]
