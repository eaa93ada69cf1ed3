"""
The rules that every store keeps for people: accounts, keys, notes, marks, and their end.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.contracts.store_case import ANN, BEA, GUS, StoreCase, now, seqs, texts
from twisted_chat.domain.accounterrors import NameTooAlike
from twisted_chat.domain.errors import NameTaken
from twisted_chat.domain.events import (
    AccountChanged,
    Deleted,
    Edited,
    Joined,
    Left,
    ListChanged,
    Reacted,
    RolesChanged,
)
from twisted_chat.domain.ids import directId
from twisted_chat.domain.records import Account, ReadMark
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Author, Mask, PersonRecord, RoleChange

FIRST, SECOND = "a" * 64, "b" * 64

FACE = Author(ANN.id, "annie", "ann", face="face-id")
"""Ann, under another name than her account's."""


class PeopleContract(StoreCase):
    """
    Accounts and what belongs to them.
    """

    ann = Account(ANN.id, "Ann", "ann", "arm", "$argon2$", 5.0, 6.0, {"zone": 120})

    def register(self, *names: str) -> None:
        """
        Make accounts.
        """
        for name in names:
            account = Account(f"{name.lower()}-id", name, name.lower(), name.lower(), "$", 1.0)
            now(self.store.createAccount(account))

    def test_allOfAnAccountIsKept(self) -> None:
        whole = replace(
            self.ann,
            operator=True,
            suspended="spam",
            scram="SCRAM$",
            reset="hash",
            resetUntil=9.0,
        )
        now(self.store.createAccount(whole))
        for _ in range(2):
            assert now(self.store.account("ann")) == whole
            self.again()

    def test_eachOfItIsChangedByItsName(self) -> None:
        now(self.store.createAccount(self.ann))
        changes: dict[str, object] = {
            "operator": True,
            "suspended": "spam",
            "scram": "SCRAM$",
            "reset": "hash",
            "resetUntil": 9.0,
        }
        expected = self.ann
        for name, value in changes.items():
            now(self.store.changeAccount(ANN.id, **{name: value}))
            expected = replace(expected, **{name: value})  # type: ignore[arg-type]
            assert now(self.store.accountById(ANN.id)) == expected
        now(self.store.changeAccount(ANN.id, seenAt=8.0, operator=False, suspended=""))
        expected = replace(expected, seenAt=8.0, operator=False, suspended="")
        assert now(self.store.accountById(ANN.id)) == expected

    def test_accountsAreToldInPagesByName(self) -> None:
        self.register("Bea", "ann", "carl", "Dan")
        names = [account.name for account in now(self.store.accounts())]
        assert names == ["ann", "Bea", "carl", "Dan"]
        page = now(self.store.accounts("ann", 2))
        assert [account.name for account in page] == ["Bea", "carl"]
        assert now(self.store.accounts("dan", 2)) == []

    def test_aCertificateStandsForOneAccount(self) -> None:
        self.register("ann", "bea")
        store = self.store
        assert now(store.addFingerprint(ANN.id, SECOND))
        assert now(store.addFingerprint(ANN.id, FIRST))
        assert not now(store.addFingerprint(ANN.id, FIRST))
        assert not now(store.addFingerprint(BEA.id, FIRST))
        assert now(store.fingerprints(ANN.id)) == [FIRST, SECOND]
        found = now(store.accountOfFingerprint(FIRST))
        assert found is not None
        assert found.id == ANN.id
        assert not now(store.removeFingerprint(BEA.id, FIRST))
        assert now(store.removeFingerprint(ANN.id, FIRST))
        assert not now(store.removeFingerprint(ANN.id, FIRST))
        assert now(store.accountOfFingerprint(FIRST)) is None
        assert now(store.addFingerprint(BEA.id, FIRST))

    def test_notesOfPeopleAndRooms(self) -> None:
        store = self.store
        for target, key, value in (
            (ANN.id, "url", "x"),
            (ANN.id, "avatar", "y"),
            (self.lobby, "url", "z"),
            (ANN.id, "url", "w"),
            (ANN.id, "none", None),
        ):
            now(store.setMetadata(target, key, value))
        self.again()
        store = self.store
        assert now(store.metadata(ANN.id)) == {"avatar": "y", "url": "w"}
        now(store.setMetadata(ANN.id, "url", None))
        assert now(store.metadata(ANN.id)) == {"avatar": "y"}
        assert now(store.metadata(self.lobby)) == {"url": "z"}
        assert now(store.metadata("nobody")) == {}

    def test_anErasedAccountLeavesItsNameAndNothingElse(self) -> None:
        self.register("bea")
        now(self.store.createAccount(replace(self.ann, operator=True, scram="S", reset="r")))
        now(self.store.addFingerprint(ANN.id, FIRST))
        now(self.store.setMetadata(ANN.id, "url", "x"))
        now(self.store.setDeviceMarks(ANN.id, "phone", {self.lobby: 0}))
        self.placed(
            self.joined(ANN),
            self.joined(BEA),
            self.said("one", read=True),
            self.said("hi", conversations=(directId(ANN.id, BEA.id),), peer=BEA),
            self.event(RolesChanged, changes=(RoleChange(ANN.id, "Ann", Role.ADMIN),)),
        )
        now(self.store.eraseAccount(ANN.id, 99.0))
        now(self.store.eraseAccount("nobody", 99.0))
        for _ in range(2):
            erased = Account(ANN.id, "ann", "ann", "arm", "", 0.0, erasedAt=99.0)
            assert now(self.store.account("ann")) == erased
            assert now(self.store.accountLike("arm")) == erased
            assert now(self.store.accountById(ANN.id)) == erased
            assert now(self.store.accountOfFingerprint(FIRST)) is None
            held = now(self.store.heldAbout(ANN.id))
            rest = {name: value for name, value in held.items() if value}
            assert list(rest) == ["memberships"]
            assert [m.id for m in self.room().members] == [BEA.id]
            assert self.room().roles == {}
            (direct,) = now(self.store.directs(BEA.id))
            assert (direct.other, direct.otherName) == (ANN.id, "ann")
            # What was said stays until it is deleted.
            assert texts(now(self.store.history(self.lobby)).events) == ["one"]
            self.again()

    def test_whoSpeaksWhenTheirAccountIsErasedHasReadNothing(self) -> None:
        """
        They are connected still, and are about to be sent away.
        """
        now(self.store.createAccount(self.ann))
        now(self.store.eraseAccount(ANN.id, 99.0))
        self.placed(self.said("one", read=True), self.joined(GUS))
        self.placed(self.said("two", read=True))
        held = now(self.store.heldAbout(ANN.id))
        assert not any(held.values())

    def test_anErasedNameIsNeverGivenOutAgain(self) -> None:
        now(self.store.createAccount(self.ann))
        now(self.store.eraseAccount(ANN.id, 99.0))
        self.again()
        with pytest.raises(NameTaken):
            now(self.store.createAccount(Account("x", "ANN", "ann", "other", "", 0.0)))
        with pytest.raises(NameTooAlike):
            now(self.store.createAccount(Account("x", "Arm", "arm", "arm", "", 0.0)))

    def test_allThatIsHeldAboutSomebody(self) -> None:
        self.register("ann", "bea")
        now(self.store.addFingerprint(ANN.id, FIRST))
        now(self.store.setMetadata(ANN.id, "url", "x"))
        now(self.store.putServerBan(Mask("account:ann", "bea", 1.0, reason="why")))
        now(self.store.putServerBan(Mask("gus", "bea", 1.0)))
        masks = ("ann", "ann@192.0.2.*", "account:ann", "anna", "annx@*", "an_", "bea")
        banned = tuple(Mask(mask, "bea", 1.0) for mask in masks)
        self.placed(
            self.said("zero", author=BEA),
            self.joined(ANN),
            self.said("one", read=True),
            self.event(RolesChanged, changes=(RoleChange(ANN.id, "ann", Role.VOICE),)),
            self.event(ListChanged, list="ban", added=banned, author=BEA),
            self.event(ListChanged, list="mute", added=(Mask("gus", "nick", 2.0, 3.0, "so"),)),
        )
        now(self.store.setDeviceMarks(ANN.id, "phone", {self.lobby: 2}))
        held = now(self.store.heldAbout(ANN.id))
        assert json.loads(json.dumps(held)) == held
        here = {"conversation": self.lobby, "room": "lobby"}
        by = {"setter": "bea", "at": 1.0, "until": 0.0}
        lists = held["lists"]
        assert isinstance(lists, list)
        assert sorted((e["list"], e["mask"]) for e in lists) == [
            ("ban", "account:ann"),
            ("ban", "ann"),
            ("ban", "ann@192.0.2.*"),
            ("mute", "gus"),
        ]
        assert {**here, **by, "list": "ban", "mask": "ann", "reason": ""} in lists
        assert {name: value for name, value in held.items() if name != "lists"} == {
            "memberships": [{**here, "name": "ann", "joinedSeq": 1}],
            "roles": [{**here, "role": "voice"}],
            "marks": [{**here, "seq": 2, "at": 0.0}],
            "devices": [{**here, "device": "phone", "seq": 2, "at": self.clock.seconds()}],
            "bans": [{**by, "mask": "account:ann", "reason": "why"}],
            "keys": [FIRST],
            "metadata": {"url": "x"},
        }
        nothing = now(self.store.heldAbout("nobody"))
        assert not any(nothing.values())
        assert nothing.keys() == held.keys()

    def test_whatSomebodyHasWrittenIsToldInPages(self) -> None:
        dev = self.newRoom("dev")
        self.placed(
            self.said("one"),
            self.said("other", author=BEA),
            self.said("two", conversations=(dev,)),
            self.event(Edited, target=1, text="eins"),
            self.said("three"),
            self.event(Deleted, target=4, targetAuthor=ANN),
            self.event(Reacted, author=GUS, target=1, emoji="x"),
        )
        self.clock.advance(100)
        self.placed(self.said("late"))
        pages, after = [], 0
        while page := now(self.store.writtenBy(ANN.id, after, 2)):
            pages += page
            after = page[-1][0]
        events = [event for _, event in pages]
        found = [(e.conversation, e.kind, getattr(e, "text", None)) for e in events]
        assert found == [
            (self.lobby, "said", "eins"),
            (dev, "said", "two"),
            (self.lobby, "edited", "eins"),
            (self.lobby, "deleted", None),
            (self.lobby, "said", "late"),
        ]
        late = now(self.store.writtenBy(ANN.id, 0, 9, self.clock.seconds()))
        assert [event for _, event in late] == events[-1:]
        assert now(self.store.writtenBy("nobody", 0, 9)) == []

    def test_whatSomebodyHasWrittenIsFoundAmongMuchOfOthers(self) -> None:
        mine = []
        for turn in range(5):
            mine += self.placed(self.said(f"mine {turn}"))
            self.placed(*[self.said("others'", author=BEA) for _ in range(90)])
        pages, after = [], 0
        while page := now(self.store.writtenBy(ANN.id, after, 2)):
            pages += page
            after = page[-1][0]
        assert [event for _, event in pages] == mine


class MarkContract(StoreCase):
    """
    Up to where people have read.
    """

    def talk(self) -> list[float]:
        """
        @return: when nine messages were said, 10 s after each other.
        """
        times = []
        for _ in range(9):
            self.clock.advance(10)
            times.append(self.placed(self.said("x", author=BEA))[0].at)
        return times

    def test_aMarkHasTheTimeOfItsEvent(self) -> None:
        times = self.talk()
        store = self.store
        assert now(store.readMark(ANN.id, self.lobby)) is None
        assert now(store.markRead(ANN.id, self.lobby, 4)) == ReadMark(4, times[3])
        assert now(store.markRead(ANN.id, self.lobby, 2)) == ReadMark(4, times[3])
        assert now(store.markRead(ANN.id, self.lobby, 99)) == ReadMark(9, times[8])
        assert now(store.readMark(ANN.id, self.lobby)) == ReadMark(9, times[8])
        assert now(store.readMark(ANN.id, "none")) is None
        assert now(store.markRead(ANN.id, "none", 3)) == ReadMark(0, 0.0)

    def test_orThatOfTheNewestBelowIt(self) -> None:
        (first,) = self.placed(self.said("x"))
        assert now(self.store.markRead(ANN.id, self.lobby, 0)) == ReadMark(0, 0.0)
        self.placed(self.said("not kept", kept=False))
        assert now(self.store.markRead(ANN.id, self.lobby, 2)) == ReadMark(2, first.at)

    def test_aTimeThatIsGivenIsKept(self) -> None:
        times = self.talk()
        given = times[3] + 3
        store = self.store
        assert now(store.markRead(ANN.id, self.lobby, 4, given)) == ReadMark(4, given)
        self.again()
        store = self.store
        assert now(store.readMark(ANN.id, self.lobby)) == ReadMark(4, given)
        # Neither an earlier time nor a time of an earlier place takes it back.
        for seq, at in ((4, given - 1), (3, given + 1), (4, 0.0)):
            assert now(store.markRead(ANN.id, self.lobby, seq, at)) == ReadMark(4, given)
        assert now(store.markRead(ANN.id, self.lobby, 4, given + 2)) == ReadMark(4, given + 2)
        assert now(store.markRead(ANN.id, self.lobby, 5)) == ReadMark(5, times[4])

    def test_speakingMovesTheTimeOfAMarkToo(self) -> None:
        now(self.store.markRead(ANN.id, self.lobby, 0, 5.0))
        (said,) = self.placed(self.said("x", read=True))
        assert now(self.store.readMark(ANN.id, self.lobby)) == ReadMark(1, said.at)

    def test_aDeviceIsToldMoreAndNeverLess(self) -> None:
        self.talk()
        dev = self.newRoom("dev")
        store = self.store
        assert now(store.deviceMarks(ANN.id, "phone")) == {}
        now(store.setDeviceMarks(ANN.id, "phone", {self.lobby: 4, dev: 7, "none": 3}))
        now(store.setDeviceMarks(ANN.id, "laptop", {self.lobby: 1}))
        self.again()
        store = self.store
        now(store.setDeviceMarks(ANN.id, "phone", {self.lobby: 2}))
        # There is nothing in dev.
        assert now(store.deviceMarks(ANN.id, "phone")) == {self.lobby: 4, dev: 0}
        assert now(store.deviceMarks(ANN.id, "laptop")) == {self.lobby: 1}
        assert now(store.deviceMarks(BEA.id, "phone")) == {}

    def test_theDevicesThatWereMarkedLastAreKept(self) -> None:
        self.talk()
        now(self.store.setDeviceMarks(BEA.id, "d0", {self.lobby: 1}))
        for number in range(20):
            self.clock.advance(1)
            now(self.store.setDeviceMarks(ANN.id, f"d{number}", {self.lobby: 1}))
        now(self.store.setDeviceMarks(ANN.id, "d0", {self.lobby: 2}))
        now(self.store.setDeviceMarks(ANN.id, "new", {self.lobby: 1}))
        devices = [f"d{number}" for number in range(20)]
        kept = [name for name in devices if now(self.store.deviceMarks(ANN.id, name))]
        assert kept == ["d0", *devices[2:]]
        assert now(self.store.deviceMarks(ANN.id, "new")) == {self.lobby: 1}
        for number in range(21):
            now(self.store.setDeviceMarks(GUS.id, f"d{number:02}", {self.lobby: 1}))
        assert now(self.store.deviceMarks(GUS.id, "d20")) == {self.lobby: 1}
        assert now(self.store.deviceMarks(BEA.id, "d0")) == {self.lobby: 1}


class FaceContract(StoreCase):
    """
    People under another name than their account's: the account has what lasts.
    """

    record = PersonRecord("face-id", "annie", "ann", identity=ANN.id)

    def test_aFaceIsNoLastingMember(self) -> None:
        self.placed(self.event(Joined, author=FACE, person=self.record, node="one"))
        assert self.room().members == ()

    def test_aFaceThatLeavesDoesNotEndTheMembershipOfTheAccount(self) -> None:
        self.placed(self.joined(ANN), self.event(Left, author=FACE, reason="left"))
        assert [m.id for m in self.room().members] == [ANN.id]

    def test_whoTakesTheRightsOfAnotherAccountBecomesNoMember(self) -> None:
        gus = Author(GUS.id, GUS.name, "ann")
        self.placed(
            self.event(AccountChanged, author=FACE, account="ann"),
            self.event(AccountChanged, author=gus, account="ann", identity=ANN.id),
            self.event(AccountChanged, author=GUS, account=""),
        )
        assert self.room().members == ()

    def test_whatAFaceReadsAndOwnsIsTheAccounts(self) -> None:
        dev = self.newRoom("dev", FACE)
        assert self.room(dev).roles == {ANN.id: Role.OWNER}
        self.placed(self.joined(ANN), self.said("x", author=FACE, read=True))
        assert now(self.store.memberships(ANN.id))[0].read == 1

    def test_theLogHasTheAccountOfAFace(self) -> None:
        self.placed(self.said("x", author=FACE), self.said("y"), self.said("z", author=GUS))
        found = [event.author for event in self.everything()]
        assert found == [Author(ANN.id, "annie", "ann"), ANN, GUS]
        assert seqs([now(self.store.lastOf(self.lobby, ANN.id))]) == [2]  # type: ignore[list-item]

    def test_inPrivateTheOtherHasTheNameOfTheAccount(self) -> None:
        where = (directId(ANN.id, BEA.id),)
        peer = Author(BEA.id, "beatrix", "bea", face="other-face")
        self.placed(self.said("hi", conversations=where, author=FACE, peer=peer))
        assert now(self.store.directs(ANN.id))[0].otherName == "bea"
        assert now(self.store.directs(BEA.id))[0].otherName == "ann"
        self.placed(self.said("ho", conversations=where, author=FACE, peer=BEA))
        assert now(self.store.directs(BEA.id))[0].otherName == "ann"
